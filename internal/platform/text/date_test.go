package text

import (
	"testing"
	"time"

	"sonae/internal/platform/fault"
)

// day is a midnight in Tokyo.
func day(year, month, d int) time.Time {
	return time.Date(year, time.Month(month), d, 0, 0, 0, 0, Tokyo())
}

func TestEra(t *testing.T) {
	for _, test := range []struct {
		name        string
		date        time.Time
		long, short string
	}{
		{"today", day(2026, 11, 24), "令和8年11月24日", "R8.11.24"},
		{"first day of Reiwa", day(2019, 5, 1), "令和元年5月1日", "R1.5.1"},
		{"last day of Heisei", day(2019, 4, 30), "平成31年4月30日", "H31.4.30"},
		{"first day of Heisei", day(1989, 1, 8), "平成元年1月8日", "H1.1.8"},
		{"last day of Showa", day(1989, 1, 7), "昭和64年1月7日", "S64.1.7"},
		{"first day of Showa", day(1926, 12, 25), "昭和元年12月25日", "S1.12.25"},
		{"before Showa", day(1926, 12, 24), "1926年12月24日", "1926.12.24"},
		{"evening UTC is the next day", time.Date(2019, 4, 30, 15, 0, 0, 0, time.UTC), "令和元年5月1日", "R1.5.1"},
		{"unknown", time.Time{}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Era(test.date); got != test.long {
				t.Errorf("Era = %s, want %s", got, test.long)
			}
			if got := EraShort(test.date); got != test.short {
				t.Errorf("EraShort = %s, want %s", got, test.short)
			}
		})
	}
}

func TestParseDate(t *testing.T) {
	want := day(2026, 11, 24)
	for input, want := range map[string]time.Time{
		"2026-11-24":     want,
		"2026/11/24":     want,
		"2026.11.24":     want,
		"2026年11月24日":    want,
		"令和8年11月24日":     want,
		"R8.11.24":       want,
		"r8/11/24":       want,
		"２０２６／１１／２４":     want,
		"令和８年１１月２４日":     want,
		"Ｒ８．１１．２４":       want,
		"㋿8年11月24日":      want,
		" 令和 8年 11月24日　": want,
		"2026/3/5":       day(2026, 3, 5),
		"令和元年5月1日":       day(2019, 5, 1),
		"平成31年4月30日":     day(2019, 4, 30),
		"平成32年4月1日":      day(2020, 4, 1),
		"H1.1.8":         day(1989, 1, 8),
		"S64.1.7":        day(1989, 1, 7),
		"2024-02-29":     day(2024, 2, 29),
	} {
		got, err := ParseDate(input)
		if err != nil || !got.Equal(want) {
			t.Errorf("ParseDate(%q) = %v, %v, want %v", input, got, err, want)
		}
	}
}

func TestParseDateRefuses(t *testing.T) {
	for _, input := range []string{
		"", "24/11/2026", "2026-13-01", "2026-02-29", "2026-11-31", "26-11-24", "2026-11/24", "令和元年4月30日", "令和0年5月1日",
		"R1000.1.1", "3000-01-01", "0999-01-01", "T15.12.24", "2026-11-24 10:00", "8年11月24日", "0000-01-01", "\xff\xfe", "２０２６年", "2026-00-10",
	} {
		if got, err := ParseDate(input); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("ParseDate(%q) = %v, %v, want an invalid fault", input, got, err)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2026-11-24", "令和元年5月1日", "R8.11.24", "㍻31年4月30日", "Ｓ６４．１．７"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		date, err := ParseDate(input)
		if err != nil {
			return
		}
		for _, form := range []string{Era(date), EraShort(date), date.Format("2006-01-02")} {
			if again, err := ParseDate(form); err != nil || !again.Equal(date) {
				t.Fatalf("%q → %v → %s → %v, %v", input, date, form, again, err)
			}
		}
	})
}

func TestFiscalYear(t *testing.T) {
	catalogue := load(t)
	for _, test := range []struct {
		date   time.Time
		year   int
		ja, en string
	}{
		{day(2026, 11, 24), 2026, "令和8年度", "FY2026"},
		{day(2026, 3, 31), 2025, "令和7年度", "FY2025"},
		{day(2026, 4, 1), 2026, "令和8年度", "FY2026"},
		{day(2019, 4, 1), 2019, "令和元年度", "FY2019"},
		{day(2019, 3, 31), 2018, "平成30年度", "FY2018"},
		{day(1989, 4, 1), 1989, "平成元年度", "FY1989"},
		{day(1989, 3, 31), 1988, "昭和63年度", "FY1988"},
		{day(1920, 4, 1), 1920, "1920年度", "FY1920"},
		{time.Date(2026, 3, 31, 16, 0, 0, 0, time.UTC), 2026, "令和8年度", "FY2026"},
	} {
		year := FiscalYear(test.date)
		if year != test.year {
			t.Errorf("FiscalYear(%v) = %d, want %d", test.date, year, test.year)
		}
		if ja, en := catalogue.For("ja").FiscalYear(year), catalogue.For("en").FiscalYear(year); ja != test.ja || en != test.en {
			t.Errorf("label of %d = %s, %s, want %s, %s", year, ja, en, test.ja, test.en)
		}
	}
	first, last := FiscalYearDays(2026)
	if !first.Equal(day(2026, 4, 1)) || !last.Equal(day(2027, 3, 31)) {
		t.Errorf("fiscal 2026 is %v to %v", first, last)
	}
}

func TestAgo(t *testing.T) {
	catalogue := load(t)
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, Tokyo())
	at := func(m time.Month, d, h, min int) time.Time { return time.Date(2026, m, d, h, min, 0, 0, Tokyo()) }
	for _, test := range []struct {
		name   string
		at     time.Time
		ja, en string
	}{
		{"this morning", at(11, 24, 8, 15), "今日 8:15", "today 8:15"},
		{"midnight", at(11, 24, 0, 0), "今日 0:00", "today 0:00"},
		{"a minute before midnight", at(11, 23, 23, 59), "昨日 23:59", "yesterday 23:59"},
		{"evening in UTC is this morning", time.Date(2026, 11, 23, 23, 15, 0, 0, time.UTC), "今日 8:15", "today 8:15"},
		{"three days", at(11, 21, 23, 0), "3日前", "3 days ago"},
		{"thirty days", at(10, 25, 1, 0), "30日前", "30 days ago"},
		{"thirty-one days", at(10, 24, 1, 0), "2026年10月24日", "24 Oct 2026"},
		{"later today", at(11, 24, 18, 0), "今日 18:00", "today 18:00"},
		{"tomorrow", at(11, 25, 9, 0), "明日 9:00", "tomorrow 9:00"},
		{"next month", at(12, 1, 9, 5), "2026年12月1日 9:05", "1 Dec 2026 9:05"},
		{"never", time.Time{}, "―", "―"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := catalogue.For("ja").Ago(now, test.at); got != test.ja {
				t.Errorf("ja: %s, want %s", got, test.ja)
			}
			if got := catalogue.For("en").Ago(now, test.at); got != test.en {
				t.Errorf("en: %s, want %s", got, test.en)
			}
		})
	}
}

func TestDatesInAnotherZone(t *testing.T) {
	at := time.Date(2026, 11, 24, 8, 15, 0, 0, Tokyo())
	if got, want := load(t).In(time.UTC).For("ja").DateTime(at), "2026年11月23日 23:15"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFormats(t *testing.T) {
	ja, en := load(t).For("ja"), load(t).For("en")
	at := time.Date(2026, 11, 24, 8, 5, 0, 0, Tokyo())
	for _, test := range []struct{ name, got, want string }{
		{"date ja", ja.Date(at), "2026年11月24日"},
		{"date en", en.Date(at), "24 Nov 2026"},
		{"date time ja", ja.DateTime(at), "2026年11月24日 8:05"},
		{"date time en", en.DateTime(at), "24 Nov 2026 8:05"},
		{"clock", ja.Clock(at.Add(10 * time.Hour)), "18:05"},
		{"weekday ja", ja.DateWeekday(at), "2026年11月24日（火）"},
		{"weekday en", en.DateWeekday(at), "Tue 24 Nov 2026"},
		{"era ja", ja.Era(at), "令和8年11月24日"},
		{"era en", en.Era(at), "24 Nov 2026"},
		{"unknown era", ja.Era(time.Time{}), "―"},
		{"zero", ja.Number(0), "0"},
		{"three digits", ja.Number(999), "999"},
		{"four digits", ja.Number(1000), "1,000"},
		{"seven digits", en.Number(-1234567), "−1,234,567"},
		{"smallest", en.Number(-1 << 63), "−9,223,372,036,854,775,808"},
		{"bytes", ja.Bytes(1023), "1023 B"},
		{"one KB", ja.Bytes(1024), "1 KB"},
		{"1.5 KB", ja.Bytes(1536), "1.5 KB"},
		{"memory", ja.Bytes(16 << 30), "16 GB"},
		{"just under a MB", ja.Bytes(1<<20 - 1), "1 MB"},
		{"largest", ja.Bytes(1<<63 - 1), "8 EB"},
		{"unknown size", ja.Bytes(-1), "―"},
	} {
		if test.got != test.want {
			t.Errorf("%s: %s, want %s", test.name, test.got, test.want)
		}
	}
}
