package text

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"sonae/internal/platform/fault"
)

// maxDateBytes bounds what ParseDate looks at; the longest form it knows, with
// full-width digits, takes under 50 bytes.
const maxDateBytes = 100

// The forms ParseDate knows, after NFKC normalisation (which turns full-width
// digits and signs into ASCII, and the one-character eras ㋿ ㍻ ㍼ into two).
var (
	westernForm  = regexp.MustCompile(`^(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2}))$`)
	japaneseForm = regexp.MustCompile(`^(令和|平成|昭和|)(\d{1,4}|元)年(\d{1,2})月(\d{1,2})日$`)
	letterForm   = regexp.MustCompile(`^([RHSrhs])(\d{1,3}|元)[./-](\d{1,2})[./-](\d{1,2})$`)
)

// ParseDate reads a calendar day as people write it: 2026-11-24, 2026/11/24,
// 2026.11.24, 2026年11月24日, 令和8年11月24日, 令和元年5月1日, R8.11.24, also with
// full-width digits and blanks. The result is that day's midnight in Tokyo.
//
// A day after an era's end (平成32年4月1日, in contracts signed before the change) is
// read by counting on, as it was meant; a day before an era's first day, a day that
// does not exist, a year outside 1000 to 2999 and anything else is a fault with code invalid.
func ParseDate(input string) (time.Time, error) {
	if len(input) > maxDateBytes {
		return time.Time{}, fault.Invalid("date.error.form", "Input", "…")
	}
	s := strings.Join(strings.Fields(norm.NFKC.String(input)), "")
	year, month, day, ok := splitDate(s)
	if !ok {
		return time.Time{}, fault.Invalid("date.error.form", "Input", strings.ToValidUTF8(input, "�"))
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, tokyo)
	if y, m, d := date.Date(); y != year || int(m) != month || d != day {
		return time.Time{}, fault.Invalid("date.error.no_such_day", "Input", input)
	}
	return date, nil
}

// splitDate finds year, month and day in a normalised text.
func splitDate(s string) (year, month, day int, ok bool) {
	if m := westernForm.FindStringSubmatch(s); m != nil {
		parts := strings.Fields(strings.Join(m[1:], " "))
		return number(parts[0]), number(parts[1]), number(parts[2]), inRange(number(parts[0]))
	}
	m := japaneseForm.FindStringSubmatch(s)
	if m == nil {
		m = letterForm.FindStringSubmatch(s)
	}
	if m == nil {
		return 0, 0, 0, false
	}
	month, day = number(m[3]), number(m[4])
	if m[1] == "" {
		year = number(m[2])
		return year, month, day, inRange(year)
	}
	for _, e := range eras {
		if e.name == m[1] || e.letter == strings.ToUpper(m[1]) {
			eraYear := number(m[2])
			year = e.year + eraYear - 1
			return year, month, day, eraYear >= 1 && eraYear <= 999 && !before(year, month, day, e)
		}
	}
	return 0, 0, 0, false
}

// inRange keeps mistyped years out (20261-11-24, 0026-11-24).
func inRange(year int) bool { return year >= 1000 && year <= 2999 }

// number reads digits the forms above have already checked; 元 is 1.
func number(s string) int {
	if s == "元" {
		return 1
	}
	n, _ := strconv.Atoi(s) // at most four ASCII digits
	return n
}
