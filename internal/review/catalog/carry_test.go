package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// carried maps each new row to its forerunners.
func carried(t *testing.T, from, to, sheet string) map[string][]string {
	t.Helper()
	carries, err := realCatalog(t).CarryOver(from, to)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string][]string{}
	for _, c := range carries {
		if c.To.Sheet.ID != sheet {
			continue
		}
		for _, r := range c.From {
			m[c.To.Number] = append(m[c.To.Number], r.Number+" "+string(r.Target))
		}
	}
	return m
}

func TestCarryOverR6ToR7(t *testing.T) {
	want := map[string][]string{
		"":   {" org"},
		"1①": {"1(1) org"},
		"2①": {"2(1) all"},
		"2②": {"2(2) all"},
		"2③": {"2(3) all"},
		"2④": {"2(4) server", "2(4) pc"},
		"2⑤": {"2(5) server", "2(5) pc"},
		"2⑥": {"2(7) server", "2(7) pc", "2(7) network"},
		"2⑪": {"2(6) server"},
		"2⑫": {"2(9) server", "2(9) pc"}, // two rows with one number, each from its own target
		"2⑬": {"2(8) network"},
		"3①": {"3(1) org"},
		"3②": {"3(2) org"},
		"3③": {"3(3) org"},
		// 2⑦ to 2⑩ and 4① are new
	}
	if diff := cmp.Diff(want, carried(t, "r6", "r7", "medical")); diff != "" {
		t.Errorf("carry-over (-want +got):\n%s", diff)
	}
}

func TestCarryOverR7ToR8(t *testing.T) {
	got := carried(t, "r7", "r8", "provider")
	if len(got) != 19 { // 18 different printed numbers and the gate question
		t.Errorf("numbers carried over: got %d, want 19", len(got))
	}
	if diff := cmp.Diff([]string{"2⑥ all"}, got["2⑥"]); diff != "" {
		t.Errorf("2⑥ (-want +got):\n%s", diff)
	}
}

func TestCarryOverTwoYears(t *testing.T) {
	got := carried(t, "r6", "r8", "provider")
	if diff := cmp.Diff([]string{"2(7) server", "2(7) pc", "2(7) network"}, got["2⑥"]); diff != "" {
		t.Errorf("2⑥ from R6 (-want +got):\n%s", diff)
	}
	if _, ok := got["2⑦"]; ok {
		t.Error("2⑦ did not exist in R6")
	}
}

func TestCarryOverRefusesWrongEditions(t *testing.T) {
	c := realCatalog(t)
	for _, pair := range [][2]string{{"r7", "r6"}, {"r7", "r7"}, {"r5", "r6"}, {"r7", "r9"}} {
		if got, err := c.CarryOver(pair[0], pair[1]); err == nil {
			t.Errorf("%v: got %d pairs, want an error", pair, len(got))
		}
	}
}

// A merged row takes over はい only when every old row was はい.
func TestCarryYes(t *testing.T) {
	carries, err := realCatalog(t).CarryOver("r6", "r7")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range carries {
		if c.To.ID != "r7.medical.2.6" {
			continue
		}
		for _, no := range append([]string{""}, "r6.medical.2.7.server", "r6.medical.2.7.pc", "r6.medical.2.7.network") {
			got := c.Yes(func(r *Row) bool { return r.ID != no })
			if want := no == ""; got != want {
				t.Errorf("いいえ in %q: got %v, want %v", no, got, want)
			}
		}
		return
	}
	t.Fatal("2⑥ is not carried over")
}

func TestCarryYesNeedsARow(t *testing.T) {
	if (Carry{}).Yes(func(*Row) bool { return true }) {
		t.Error("nothing carried over must not propose はい")
	}
}
