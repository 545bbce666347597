package silence

import "time"

// nationalHoliday reports whether a day is a holiday by the Act on National Holidays
// (国民の祝日に関する法律, Act No. 178 of 1948, as amended in 2018), article 2, with the
// substitute holidays of article 3. Years 2022–2099; the exceptions that single years
// had before (2019–2021) are not wanted: nothing that old is judged. No Go module for
// it is kept up.
func nationalHoliday(d time.Time) bool {
	if named(d) {
		return true
	}
	// Article 3 (2): a holiday on a Sunday moves to the next day that is none.
	for before := d.AddDate(0, 0, -1); named(before); before = before.AddDate(0, 0, -1) {
		if before.Weekday() == time.Sunday {
			return true
		}
	}
	// Article 3 (3): a day between two holidays.
	return d.Weekday() != time.Sunday && named(d.AddDate(0, 0, -1)) && named(d.AddDate(0, 0, 1))
}

// fixed are the holidays of a fixed day.
var fixed = map[[2]int]bool{{1, 1}: true, {2, 11}: true, {2, 23}: true, {4, 29}: true, {5, 3}: true, {5, 4}: true, {5, 5}: true, {8, 11}: true, {11, 3}: true, {11, 23}: true}

// mondays are the holidays on the n-th Monday of a month.
var mondays = map[time.Month]int{time.January: 2, time.July: 3, time.September: 3, time.October: 2}

// named is article 2 alone.
func named(d time.Time) bool {
	year, month, day := d.Date()
	if fixed[[2]int{int(month), day}] {
		return true
	}
	if n, ok := mondays[month]; ok && d.Weekday() == time.Monday && (day-1)/7+1 == n {
		return true
	}
	switch month {
	case time.March:
		return day == equinox(year, 20.8431)
	case time.September:
		return day == equinox(year, 23.2488)
	}
	return false
}

// equinox is the day of an equinox in 1980–2099. The formula is the one commonly used
// (海上保安庁水路部「暦計算研究会」編『新こよみ便利帳』, 1991); the binding day is
// published by the National Astronomical Observatory each February for the year after.
func equinox(year int, base float64) int {
	n := float64(year - 1980)
	return int(base + 0.242194*n - float64((year-1980)/4))
}

// yearEnd reports whether public offices are closed around the new year: 29 December
// to 3 January (行政機関の休日に関する法律, Act No. 91 of 1988, article 1).
func yearEnd(d time.Time) bool {
	_, month, day := d.Date()
	return month == time.December && day >= 29 || month == time.January && day <= 3
}
