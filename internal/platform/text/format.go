package text

import (
	"strconv"
	"strings"
	"time"
)

// none is shown where a time is not known (zero time).
const none = "―"

// Date writes a day: 2026年11月24日, 24 Nov 2026. The zero time gives ―.
func (t Translator) Date(at time.Time) string { return t.format(at, "2006年1月2日", "2 Jan 2006") }

// DateTime writes a minute: 2026年11月24日 8:15, 24 Nov 2026 8:15.
func (t Translator) DateTime(at time.Time) string {
	return t.format(at, "2006年1月2日 15:04", "2 Jan 2006 15:04")
}

// Clock writes the time of day: 8:15.
func (t Translator) Clock(at time.Time) string { return t.format(at, "15:04", "15:04") }

// Weekday writes the day of the week in short: 火, Tue.
func (t Translator) Weekday(at time.Time) string {
	if at.IsZero() {
		return none
	}
	at = at.In(t.zone)
	if t.table.lang == Japanese {
		return [...]string{"日", "月", "火", "水", "木", "金", "土"}[at.Weekday()]
	}
	return at.Format("Mon")
}

// DateWeekday writes a day on which somebody acts: 2026年11月24日（火）, Tue 24 Nov 2026.
func (t Translator) DateWeekday(at time.Time) string {
	switch {
	case at.IsZero():
		return none
	case t.table.lang == Japanese:
		return t.Date(at) + "（" + t.Weekday(at) + "）"
	}
	return t.Weekday(at) + " " + t.Date(at)
}

// Era writes a day for paper: 令和8年11月24日 in Japanese, the plain date in English.
func (t Translator) Era(at time.Time) string {
	switch {
	case at.IsZero():
		return none
	case t.table.lang == Japanese:
		return Era(at)
	}
	return t.Date(at)
}

// FiscalYear labels a fiscal year given by the year it begins in: 令和8年度, FY2026.
// Before fiscal 1927 the Japanese label has the Western year.
func (t Translator) FiscalYear(fiscalYear int) string {
	if t.table.lang != Japanese {
		return "FY" + strconv.Itoa(fiscalYear)
	}
	if e, ok := fiscalYearEra(fiscalYear); ok {
		return e.yearName(fiscalYear) + "年度"
	}
	return strconv.Itoa(fiscalYear) + "年度"
}

// format picks the layout of the language; hours lose their leading zero.
func (t Translator) format(at time.Time, ja, en string) string {
	if at.IsZero() {
		return none
	}
	layout := en
	if t.table.lang == Japanese {
		layout = ja
	}
	out := at.In(t.zone).Format(layout)
	if i := strings.LastIndexByte(out, ':'); i >= 2 && out[i-2] == '0' {
		out = out[:i-2] + out[i-1:]
	}
	return out
}

// agoDays is how many days back are counted ("3日前") before the date is shown.
const agoDays = 30

// Ago writes a moment as seen at now: 今日 8:15, 昨日 22:41, 3日前, and the date from
// the 31st day on; 明日 8:15 and later moments with date and time. Days are calendar
// days of the translator's zone. The zero time gives ―.
func (t Translator) Ago(now, at time.Time) string {
	if at.IsZero() {
		return none
	}
	switch days := t.daysBetween(at, now); {
	case days == 0:
		return t.T("time.today", "Clock", t.Clock(at))
	case days == 1:
		return t.T("time.yesterday", "Clock", t.Clock(at))
	case days == -1:
		return t.T("time.tomorrow", "Clock", t.Clock(at))
	case days < 0:
		return t.DateTime(at)
	case days <= agoDays:
		return t.T("time.days_ago", "Days", days)
	}
	return t.Date(at)
}

// daysBetween counts calendar days from a to b.
func (t Translator) daysBetween(a, b time.Time) int {
	return dayNumber(b.In(t.zone)) - dayNumber(a.In(t.zone))
}

// dayNumber counts calendar days, unmoved by daylight saving time.
func dayNumber(at time.Time) int {
	year, month, day := at.Date()
	return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Number writes a whole number with a comma between thousands: 12,345, −3. Both
// languages write it the same.
func (t Translator) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Bytes writes a size in steps of 1,024 with the names that Windows and memory
// makers use (JEDEC 100B.01): 512 B, 1.5 KB, 16 GB. One decimal below ten, none
// from there; a negative size gives ―.
func (t Translator) Bytes(sizeBytes int64) string {
	if sizeBytes < 0 {
		return none
	}
	if sizeBytes < 1024 {
		return strconv.FormatInt(sizeBytes, 10) + " B"
	}
	value, unit := float64(sizeBytes)/1024, 0
	for value >= 1023.5 && unit < len(byteUnits)-1 {
		value, unit = value/1024, unit+1
	}
	out := strconv.FormatFloat(value, 'f', 1, 64)
	if value >= 9.95 {
		out = strconv.FormatFloat(value, 'f', 0, 64)
	}
	return strings.TrimSuffix(out, ".0") + " " + byteUnits[unit]
}

var byteUnits = [...]string{"KB", "MB", "GB", "TB", "PB", "EB"}
