package text

import (
	"fmt"
	"strconv"
	"time"
	_ "time/tzdata" // Windows and small containers have no zone files of their own
)

// Tokyo is Asia/Tokyo, the zone of eras, fiscal years and dates without a zone.
func Tokyo() *time.Location { return tokyo }

var tokyo = mustZone("Asia/Tokyo")

// mustZone cannot fail for names inside the embedded zone data.
func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

// era is one Japanese era: year 1 contains the first day.
type era struct {
	name       string // as printed, 令和
	letter     string // short form on paper forms (JIS X 0301)
	romaji     string
	year       int // Western year of era year 1
	month, day int // first day
}

// eras, newest first. First days: 元号を改める政令 (平成31年政令第143号, in force
// 2019-05-01) for 令和; 元号を改める政令 (昭和64年政令第1号, in force 1989-01-08)
// for 平成; 大正15年詔書 of 1926-12-25, in force the same day, for 昭和. Years are counted
// as in 元号法 (昭和54年法律第43号) and written 元年 for the first.
var eras = []era{
	{"令和", "R", "Reiwa", 2019, 5, 1},
	{"平成", "H", "Heisei", 1989, 1, 8},
	{"昭和", "S", "Showa", 1926, 12, 25},
}

// eraOf finds the era of a calendar day; false before 1926-12-25.
func eraOf(year, month, day int) (era, bool) {
	for _, e := range eras {
		if !before(year, month, day, e) {
			return e, true
		}
	}
	return era{}, false
}

// before reports whether a day lies before the era's first day.
func before(year, month, day int, e era) bool {
	if year != e.year {
		return year < e.year
	}
	if month != e.month {
		return month < e.month
	}
	return day < e.day
}

// Era writes a day as on Japanese paper, 令和8年11月24日 (令和元年5月1日 for the first
// year), as seen in Tokyo. Days before 1926-12-25 come in Western years, 1920年1月1日;
// the zero time gives "".
func Era(date time.Time) string {
	if date.IsZero() {
		return ""
	}
	year, month, day := date.In(tokyo).Date()
	e, ok := eraOf(year, int(month), day)
	if !ok {
		return fmt.Sprintf("%d年%d月%d日", year, month, day)
	}
	return fmt.Sprintf("%s年%d月%d日", e.yearName(year), month, day)
}

// yearName is era and year without 年: 令和8, 令和元.
func (e era) yearName(year int) string {
	if year == e.year {
		return e.name + "元"
	}
	return e.name + strconv.Itoa(year-e.year+1)
}

// EraShort writes a day as R8.11.24, as seen in Tokyo; days before 1926-12-25 as
// 1920.1.1; the zero time as "".
func EraShort(date time.Time) string {
	if date.IsZero() {
		return ""
	}
	year, month, day := date.In(tokyo).Date()
	e, ok := eraOf(year, int(month), day)
	if !ok {
		return fmt.Sprintf("%d.%d.%d", year, month, day)
	}
	return fmt.Sprintf("%s%d.%d.%d", e.letter, year-e.year+1, month, day)
}

// FiscalYear is the Japanese fiscal year a day lies in, as the Western year it
// begins in: 1 April to 31 March (財政法 第11条, 地方自治法 第208条), seen in Tokyo.
func FiscalYear(date time.Time) int {
	year, month, _ := date.In(tokyo).Date()
	if month < time.April {
		return year - 1
	}
	return year
}

// FiscalYearDays gives the first and the last day of a fiscal year, at midnight in Tokyo.
func FiscalYearDays(fiscalYear int) (first, last time.Time) {
	first = time.Date(fiscalYear, time.April, 1, 0, 0, 0, 0, tokyo)
	return first, time.Date(fiscalYear+1, time.March, 31, 0, 0, 0, 0, tokyo)
}

// fiscalYearEra names a fiscal year's era by its 1 May: the government calls the
// whole of fiscal 2019 令和元年度, though it began a month before the era
// (改元に伴う元号による年表示の取扱いについて, 申合せ of April 2019). No other era since 1926
// began in April, so for all other years 1 May and 1 April agree.
func fiscalYearEra(fiscalYear int) (era, bool) { return eraOf(fiscalYear, 5, 1) }
