package view

import "testing"

func TestSpark(t *testing.T) {
	for name, c := range map[string]struct {
		points []SparkPoint
		want   string // path, or empty for no picture
		y      string
	}{
		"nothing":       {nil, "", ""},
		"one day":       {[]SparkPoint{{"2026-11-24", 3}}, "", ""},
		"same day":      {[]SparkPoint{{"2026-11-24", 3}, {"2026-11-24", 4}}, "", ""},
		"no day":        {[]SparkPoint{{"x", 3}, {"2026-11-24", 4}}, "", ""},
		"up":            {[]SparkPoint{{"2026-11-23", 3}, {"2026-11-24", 4}}, "M3 25h0L77 3", "3"},
		"level":         {[]SparkPoint{{"2026-11-23", 3}, {"2026-11-24", 3}}, "M3 14h0L77 14", "14"},
		"over a month":  {[]SparkPoint{{"2026-10-31", 0}, {"2026-11-01", 10}, {"2026-11-02", 5}}, "M3 25h0L40 3L77 14", "14"},
		"gap":           {[]SparkPoint{{"2026-11-20", 0}, {"2026-11-21", 4}, {"2026-11-24", 4}}, "M3 25h0L21.5 3M77 3h0", "3"},
		"a day between": {[]SparkPoint{{"2026-11-20", 0}, {"2026-11-22", 4}, {"2026-11-24", 2}}, "M3 25h0M40 3h0M77 14h0", "14"},
	} {
		got := NewSpark(c.points)
		switch {
		case got == nil && c.want != "":
			t.Errorf("%s: no picture", name)
		case got != nil && (got.Path != c.want || got.X != "77" || got.Y != c.y):
			t.Errorf("%s: %+v, want %s", name, *got, c.want)
		}
	}
}
