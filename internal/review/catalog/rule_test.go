package catalog

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustRule(t *testing.T, id string) *Rule {
	t.Helper()
	r, ok := realCatalog(t).Rule(id)
	if !ok {
		t.Fatalf("no rule %s", id)
	}
	return r
}

// All 21 rules are there; seven have checks that decide, the others ask the person and never
// claim full.
func TestRules(t *testing.T) {
	deciding := map[string]bool{"AE-SYS-00": true, "AE-GOV-01": true, "AE-INV-01": true, "AE-ACC-01": true,
		"AE-PAT-01": true, "AE-SVC-01": true, "AE-LOG-01": true}
	rules := realCatalog(t).Rules()
	if len(rules) != 21 {
		t.Errorf("rules: got %d, want 21", len(rules))
	}
	for _, r := range rules {
		if r.AsksPerson() == deciding[r.ID] {
			t.Errorf("%s: asks the person is %v", r.ID, r.AsksPerson())
		}
		if r.AsksPerson() && r.Mode == ModeFull {
			t.Errorf("%s asks the person and claims full", r.ID)
		}
	}
}

// A rule that suggests needs one check at least whose failure keeps はい away.
func TestRulesWithChecksCanSayNo(t *testing.T) {
	for _, r := range realCatalog(t).Rules() {
		no := false
		for _, c := range r.Checks {
			no = no || c.Decides == DecidesNo
		}
		if !r.AsksPerson() && !no {
			t.Errorf("%s has checks, none of which decides no", r.ID)
		}
	}
}

func TestBind(t *testing.T) {
	r := mustRule(t, "AE-INV-01")
	values, err := r.Values("r7", Values{"stocktake_days": Number(180)})
	if err != nil {
		t.Fatal(err)
	}
	checks, err := r.Bind(values)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range checks {
		b, err := json.Marshal(c.Args)
		if err != nil {
			t.Fatal(err)
		}
		got[c.Name] = string(c.Decides) + " " + string(b)
	}
	want := map[string]string{
		"asset_classes_covered":    `no {"classes":["server","pc","network"]}`,
		"required_fields_complete": `yes {"min":0.95}`,
		"unreconciled_devices":     `no {"days":30}`,
		"stocktake_within":         `no {"days":180}`,
		"stale_assets":             `info {"days":90}`,
		"management_report_within": `info {"days":365}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bound checks (-want +got):\n%s", diff)
	}
	if days, err := checks[3].Args.Int("days"); err != nil || days != 180 {
		t.Errorf("days: got %d %v, want 180", days, err)
	}
	if _, err := r.Bind(Values{}); err == nil {
		t.Error("binding without values must fail")
	}
}

func TestJudgement(t *testing.T) {
	tests := []struct {
		rule      string
		lang      Lang
		overrides Values
		want      []string
	}{
		{"AE-INV-01", Japanese, nil, []string{"必須欄の95%以上", "365日以内に棚卸"}},
		{"AE-INV-01", English, Values{"completeness_min": Number(0.9)}, []string{"at least 90% of", "within 365 days"}},
		{"AE-LOG-01", Japanese, Values{"silent_hours": Number(24)}, []string{"24時間以内に届き", "30日ごと"}},
		{"AE-PAT-01", English, Values{"critical_days": Number(1)}, []string{"critical 1 day,", "high 30 days"}},
		{"AE-MFA-01", Japanese, nil, []string{"2028年3月31日までに"}},
		{"AE-MFA-01", English, nil, []string{"up to 2028-03-31"}},
	}
	for _, tt := range tests {
		r := mustRule(t, tt.rule)
		values, err := r.Values("r7", tt.overrides)
		if err != nil {
			t.Fatal(err)
		}
		got := r.Judgement(tt.lang, values)
		for _, w := range tt.want {
			if !strings.Contains(got, w) {
				t.Errorf("%s %s: %q lacks %q", tt.rule, tt.lang, got, w)
			}
		}
	}
	for _, r := range realCatalog(t).Rules() {
		values, err := r.Values("r7", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, lang := range []Lang{Japanese, English} {
			if s := r.Judgement(lang, values); strings.ContainsAny(s, "{}") {
				t.Errorf("%s %s: a place is left: %s", r.ID, lang, s)
			}
		}
	}
}

func TestValuesByEdition(t *testing.T) {
	r := mustRule(t, "AE-PWD-01")
	for edition, want := range map[string]string{"r6": "r7", "r7": "r7", "r8": "guideline_7_0"} {
		v, err := r.Values(edition, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := v["profile"].String(); got != want {
			t.Errorf("%s: got %s, want %s", edition, got, want)
		}
	}
}

func TestValuesRefuses(t *testing.T) {
	tests := []struct {
		name, rule, parameter string
		value                 Value
	}{
		{"unknown name", "AE-INV-01", "stocktake", Number(1)},
		{"share above one", "AE-INV-01", "completeness_min", Number(1.01)},
		{"share below zero", "AE-INV-01", "completeness_min", Number(-0.1)},
		{"negative days", "AE-INV-01", "stocktake_days", Number(-1)},
		{"half a day", "AE-INV-01", "stocktake_days", Number(0.5)},
		{"days beyond reason", "AE-INV-01", "stocktake_days", Number(1e9)},
		{"word for days", "AE-INV-01", "stocktake_days", Word("365")},
		{"list for days", "AE-INV-01", "stocktake_days", List("365")},
		{"no value", "AE-INV-01", "stocktake_days", Value{}},
		{"date that does not exist", "AE-MFA-01", "planned_until", Word("2027-02-29")},
		{"name with spaces", "AE-PWD-01", "profile", Word("own profile")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := mustRule(t, tt.rule).Values("r7", Values{tt.parameter: tt.value}); err == nil {
				t.Errorf("accepted: %v", got)
			}
		})
	}
}

func TestValueJSON(t *testing.T) {
	for _, v := range []Value{Number(365), Number(0.95), Word("r7"), Word(""), List("a", "b"), {}} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var got Value
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if !got.Equal(v) {
			t.Errorf("%s: got %v, want %v", b, got, v)
		}
	}
	var v Value
	for _, s := range []string{`{"a":1}`, `true`, `[1,2]`} {
		if err := json.Unmarshal([]byte(s), &v); err == nil {
			t.Errorf("%s accepted as %v", s, v)
		}
	}
}

func TestArgsOfWrongKind(t *testing.T) {
	a := Args{"n": Number(1.5), "w": Word("x"), "l": List("x")}
	for name, f := range map[string]func() error{
		"int of fraction": func() error { _, err := a.Int("n"); return err },
		"float of word":   func() error { _, err := a.Float("w"); return err },
		"word of list":    func() error { _, err := a.Word("l"); return err },
		"words of word":   func() error { _, err := a.Words("w"); return err },
		"absent":          func() error { _, err := a.Int("none"); return err },
	} {
		if f() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
