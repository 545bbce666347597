package document

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"
)

// half counts full-width characters as 2 and others as 1.
func half(s string) float64 {
	n := 0.0
	for _, r := range s {
		switch {
		case r == '\n':
		case r > 0xff:
			n += 2
		default:
			n++
		}
	}
	return n
}

func TestBreakLines(t *testing.T) {
	for _, test := range []struct {
		name string
		text string
		max  float64
		want []string
	}{
		{"empty", "", 10, []string{""}},
		{"fits", "機器の台帳", 10, []string{"機器の台帳"}},
		{"between characters", "機器の台帳です", 10, []string{"機器の台帳", "です"}},
		{"full stop does not begin a line", "機器の台帳。次", 10, []string{"機器の台", "帳。次"}},
		{"closing bracket does not begin a line", "機器（台帳）です", 10, []string{"機器（台", "帳）です"}},
		{"opening bracket does not end a line", "機器の台（帳）", 10, []string{"機器の台", "（帳）"}},
		{"small kana does not begin a line", "機器のチェック", 10, []string{"機器の", "チェック"}},
		{"prolonged sound mark", "これはデータ", 8, []string{"これは", "データ"}},
		{"iteration mark", "機器台帳人々", 10, []string{"機器台帳", "人々"}},
		{"ellipsis stays together", "機器台帳……", 10, []string{"機器台", "帳……"}},
		{"CVE number is one word", "対応CVE-2024-38063です", 14, []string{"対応", "CVE-2024-38063", "です"}},
		{"number and unit", "今日は100%です", 9, []string{"今日は", "100%です"}},
		{"address is one word", "先10.20.30.40へ", 12, []string{"先", "10.20.30.40", "へ"}},
		{"words", "held by the vendor", 8, []string{"held by ", "the ", "vendor"}},
		{"blanks hang", "abcd      efgh", 4, []string{"abcd      ", "efgh"}},
		{"newline", "一行\n\n三行", 10, []string{"一行\n", "\n", "三行"}},
		{"newline at the end", "一行\n", 10, []string{"一行\n"}},
		{"long word is cut after a sign", "PC-3N-0001-abc", 8, []string{"PC-3N-", "0001-abc"}},
		{"long word without signs", "0123456789abcdef", 6, []string{"012345", "6789ab", "cdef"}},
		{"full stop after a long word", "0123456789。", 10, []string{"012345678", "9。"}},
		{"wider than the line", "機器", 1, []string{"機", "器"}},
		{"cluster stays whole", "👩‍👩‍👧👩‍👩‍👧", 6, []string{"👩‍👩‍👧", "👩‍👩‍👧"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, breakLines(test.text, test.max, half)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoLineBeginsOrEndsWrongly(t *testing.T) {
	for _, r := range notAtStart {
		lines := breakLines("機器の台帳"+string(r)+"機器の台帳", 10, half)
		if first := firstRune(lines[1]); first == r {
			t.Errorf("%c begins a line: %q", r, lines)
		}
	}
	for _, r := range notAtEnd {
		lines := breakLines("機器の台"+string(r)+"帳の機器の台帳", 10, half)
		if last := lastRune(lines[0]); last == r {
			t.Errorf("%c ends a line: %q", r, lines)
		}
	}
}

func FuzzBreakLines(f *testing.F) {
	for _, seed := range []string{"機器（台帳）です。", "CVE-2024-38063 と\r\n髙﨑㈱", "a\u0301👩‍👩‍👧\xff\xfe", strings.Repeat("長い", 50), "  \n \n", "。。。。。。。"} {
		f.Add(seed, uint8(9))
	}
	f.Fuzz(func(t *testing.T, text string, most uint8) {
		max := float64(most)
		lines := breakLines(text, max, half)
		if joined := strings.Join(lines, ""); joined != text {
			t.Fatalf("%q became %q", text, joined)
		}
		for i, line := range lines {
			if i > 0 && line == "" {
				t.Fatalf("empty line in %q", lines)
			}
			if utf8.ValidString(text) && !utf8.ValidString(line) {
				t.Fatalf("a character was cut in %q", lines)
			}
			if shown := strings.TrimSpace(line); half(shown) > max && uniseg.GraphemeClusterCount(shown) > 1 {
				t.Fatalf("line %q is wider than %v", line, max)
			}
		}
	})
}

func TestWidestPiece(t *testing.T) {
	for text, want := range map[string]float64{
		"": 0, "機器の台帳": 2, "CVE-2024-38063 の対応": 14, "held by\nvendor": 6, "（帳）": 6, "2026-11-24 8:15": 10,
	} {
		if got := widestPiece(text, half); got != want {
			t.Errorf("widestPiece(%q) = %v, want %v", text, got, want)
		}
	}
}
