package text

import (
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// load gives the shipped catalogue.
func load(t testing.TB) *Catalogue {
	t.Helper()
	catalogue, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return catalogue
}

func TestShippedTextsAreComplete(t *testing.T) {
	ja, err := Parse(jaJSON)
	if err != nil {
		t.Fatal(err)
	}
	en, err := Parse(enJSON)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range Check(ja, en) {
		t.Error(fault)
	}
	if got, want := len(Keys()), len(ja); got != want {
		t.Errorf("go-i18n reads %d keys, the file has %d", got, want)
	}
}

func TestCheckNamesEveryFault(t *testing.T) {
	tests := []struct {
		name   string
		ja, en map[string]string
		want   string
	}{
		{"only in ja", map[string]string{"a.b": "x"}, map[string]string{}, "a.b: missing in en.json"},
		{"only in en", map[string]string{}, map[string]string{"a.b": "x"}, "a.b: missing in ja.json"},
		{"empty", map[string]string{"a.b": " "}, map[string]string{"a.b": "x"}, "a.b: empty in ja.json"},
		{"one part", map[string]string{"other": "x"}, map[string]string{"other": "x"}, "other: a key is"},
		{"placeholders", map[string]string{"a.b": "{{.N}}台"}, map[string]string{"a.b": "{{.M}} devices"}, "a.b: placeholders differ"},
		{"template", map[string]string{"a.b": "{{.N"}, map[string]string{"a.b": "x"}, "a.b: ja.json"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := strings.Join(Check(test.ja, test.en), "\n")
			if !strings.Contains(got, test.want) {
				t.Errorf("faults %q lack %q", got, test.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for name, data := range map[string]string{
		"twice": `{"a.b":"x","a.b":"y"}`, "list": `[]`, "nested": `{"a":{"b":"x"}}`, "cut": `{"a.b":"x"`, "empty": ``,
	} {
		if _, err := Parse([]byte(data)); err == nil {
			t.Errorf("%s: %s was accepted", name, data)
		}
	}
}

// sample is a small catalogue of the test's own.
func sample(t testing.TB) Translator {
	t.Helper()
	table, err := newTable(English, []byte(`{"a.plain":"Plain","a.count":"{{.Count}} device{{if ne .Count 1}}s{{end}}","a.two":"{{.A}}<{{.B}}"}`))
	if err != nil {
		t.Fatal(err)
	}
	return Translator{table: table, zone: Tokyo()}
}

func TestT(t *testing.T) {
	tr := sample(t)
	for _, test := range []struct {
		key  string
		args []any
		want string
	}{
		{"a.plain", nil, "Plain"},
		{"a.count", []any{"Count", 1}, "1 device"},
		{"a.count", []any{"Count", int64(2)}, "2 devices"},
		{"a.two", []any{"A", "<b>", "B", 3}, "<b><3"},
	} {
		if got := tr.T(test.key, test.args...); got != test.want {
			t.Errorf("T(%s) = %q, want %q", test.key, got, test.want)
		}
	}
}

func TestMistakesPanicInTests(t *testing.T) {
	tr := sample(t)
	for name, use := range map[string]func(){
		"missing key":   func() { tr.T("a.nothing") },
		"missing value": func() { tr.T("a.count") },
		"no name":       func() { tr.T("a.count", 5, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			use()
		}()
	}
}

func TestMistakesAreRememberedOnceAndBounded(t *testing.T) {
	was := slog.Default()
	defer slog.SetDefault(was)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	tr := sample(t)
	for range 3 {
		tr.logOnce("a.nothing", "no such text")
	}
	if got := tr.table.missingCount.Load(); got != 1 {
		t.Errorf("logged %d times, want once", got)
	}
	for i := range 3 * maxMissing {
		tr.logOnce(strconv.Itoa(i), "no such text")
	}
	if got := tr.table.missingCount.Load(); got != maxMissing {
		t.Errorf("remembered %d, want %d", got, maxMissing)
	}
}

func TestConcurrentUse(t *testing.T) {
	catalogue := load(t)
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, Tokyo())
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 200 {
				tr := catalogue.For(Match("en-GB,ja;q=0.5"))
				if got := tr.Ago(now, now.Add(-72*time.Hour)); got != "3 days ago" {
					t.Errorf("got %q", got)
				}
			}
		})
	}
	group.Wait()
}

func TestMatch(t *testing.T) {
	for header, want := range map[string]string{
		"":                              "ja",
		"ja":                            "ja",
		"en-US,en;q=0.9":                "en",
		"fr-FR,fr;q=0.9":                "ja",
		"fr,en;q=0.8":                   "en",
		"en;q=0.3,ja;q=0.9":             "ja",
		"ja-JP-u-ca-japanese":           "ja",
		";;;":                           "ja",
		"*":                             "ja",
		strings.Repeat("en,", 400):      "ja",
		"x-" + strings.Repeat("-", 900): "ja",
	} {
		if got := Match(header); got != want {
			t.Errorf("Match(%.40q) = %s, want %s", header, got, want)
		}
	}
}

func TestForUnknownLanguageIsJapanese(t *testing.T) {
	catalogue := load(t)
	got := []string{catalogue.For("ja").Lang(), catalogue.For("en").Lang(), catalogue.For("xx").Lang()}
	if diff := cmp.Diff([]string{"ja", "en", "ja"}, got); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkPlainText(b *testing.B) {
	tr := load(b).For("ja")
	for b.Loop() {
		tr.T("error.internal")
	}
}

func BenchmarkTextWithValue(b *testing.B) {
	tr := load(b).For("ja")
	for b.Loop() {
		tr.T("time.days_ago", "Days", 3)
	}
}
