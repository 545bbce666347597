package evidence

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"sonae/internal/review/catalog"
)

func TestSuggest(t *testing.T) {
	r := func(d catalog.Decides, s State) Result { return Result{Decides: d, State: s} }
	cases := []struct {
		name    string
		results []Result
		want    Suggestion
	}{
		{"no check", nil, SuggestNone},
		{"info alone decides nothing", []Result{r("info", Pass)}, SuggestNone},
		{"all pass", []Result{r("no", Pass), r("yes", Pass), r("info", Fail)}, SuggestYes},
		{"a deciding no fails", []Result{r("yes", Unknown), r("no", Fail)}, SuggestNo},
		{"a yes fails", []Result{r("no", Pass), r("yes", Fail)}, SuggestNone},
		{"cannot be told", []Result{r("no", Unknown), r("yes", Pass)}, SuggestNone},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := suggest(c.results); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// The order in which rows come out of a database must not change a hash, and a
// moved age of a source must not look like news.
func TestCanonical(t *testing.T) {
	make := func(reverse bool, newest int64) Body {
		items := []Item{{AssetID: "1", Label: "a", Reason: "r"}, {AssetID: "2", Label: "b", Reason: "r"}}
		sources := []SourceAge{{"agent", 2, newest}, {"csv", 1, 5}}
		if reverse {
			slices.Reverse(items)
			slices.Reverse(sources)
		}
		b := Body{Rule: "AE-X-01", Checks: []Result{{Check: "c", Failing: items, Sources: sources}}}
		b.clean()
		return b
	}
	_, one, err := make(false, 7).canonical()
	if err != nil {
		t.Fatal(err)
	}
	if _, two, _ := make(true, 7).canonical(); one != two {
		t.Error("order of rows changes the hash")
	}
	if _, later, _ := make(false, 8).canonical(); one == later {
		t.Error("the age of a source is not part of the proof")
	}
	same, _ := make(false, 7).sameness()
	if later, _ := make(false, 8).sameness(); same != later {
		t.Error("a moved age looks like news")
	}
}

func TestCleanBoundsLists(t *testing.T) {
	var items []Item
	for i := range MaxFailing + 50 {
		items = append(items, Item{Label: fmt.Sprintf("PC-%04d", i) + strings.Repeat("端", 400), Reason: "r"})
	}
	b := Body{Checks: []Result{{Failing: items, FailingTotal: 1000}}}
	b.clean()
	r := b.Checks[0]
	if len(r.Failing) != MaxFailing || r.FailingTotal != 1000 {
		t.Errorf("got %d listed, %d in all", len(r.Failing), r.FailingTotal)
	}
	if l := r.Failing[0].Label; !utf8.ValidString(l) || len(l) > maxValueBytes+3 {
		t.Errorf("label of %d bytes, valid %v", len(l), utf8.ValidString(l))
	}
}

func TestPercentNeverRoundsUpToAll(t *testing.T) {
	for part, want := range map[int64]string{0: "0", 9500: "95", 9755: "97.5", 9999: "99.9", 10_000: "100"} {
		if got := percent(part); got != want {
			t.Errorf("%d: got %s, want %s", part, got, want)
		}
	}
	if f := share("x", 2_999, 3_000); percent(f.Number) == "100" {
		t.Error("2,999 of 3,000 is shown as all")
	}
}
