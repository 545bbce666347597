package asset

import (
	"testing"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

func FuzzCursor(f *testing.F) {
	o, err := orderOf(Sort{By: FieldRoom})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(o.cursor("3階北病棟", store.NewID()))
	f.Add(step{AtMS: 5, Field: "room", Source: "csv"}.text())
	f.Add("e30")
	f.Fuzz(func(t *testing.T, text string) {
		if at, err := o.parse(text); err == nil {
			if again, err := o.parse(o.cursor(at.Key, at.ID)); err != nil || again != at {
				t.Fatalf("%q reads as %+v, then %+v, %v", text, at, again, err)
			}
		} else if !fault.Is(err, fault.CodeInvalid) {
			t.Fatal(err)
		}
		if s, err := parseStep(text); err == nil && text != "" {
			if again, err := parseStep(s.text()); err != nil || again != s {
				t.Fatalf("%q reads as %+v, then %+v, %v", text, s, again, err)
			}
		} else if err != nil && !fault.Is(err, fault.CodeInvalid) {
			t.Fatal(err)
		}
	})
}

func TestSortKey(t *testing.T) {
	order := []string{"", "pc-2", "PC-10", "pc-010a", "PC-11", "pc-100", "外来-1", "外来-02"}
	for i := 1; i < len(order); i++ {
		if sortKey(order[i-1]) >= sortKey(order[i]) {
			t.Errorf("%q (%q) does not come before %q (%q)", order[i-1], sortKey(order[i-1]), order[i], sortKey(order[i]))
		}
	}
	if n := len(sortKey(string(make([]rune, 5000)))); n > 200 {
		t.Errorf("key of %d bytes", n)
	}
}

func TestEveryFieldIsDescribed(t *testing.T) {
	groups := map[Group]bool{}
	for _, g := range Groups {
		groups[g] = true
	}
	for _, f := range Fields {
		if !groups[f.Group] {
			t.Errorf("%s: unknown group %q", f.Name, f.Group)
		}
		textual := f.Type == TypeText || f.Type == TypeUser || f.Type == TypeVendor
		if textual != (f.MaxChars > 0) || (f.Type == TypeEnum || f.Type == TypeBool3) != (len(f.Choices) > 0) {
			t.Errorf("%s: limit %d and choices %v do not fit %s", f.Name, f.MaxChars, f.Choices, f.Type)
		}
	}
	for k, list := range requirements {
		for _, r := range list {
			for _, f := range r {
				if info, ok := Info(f); !ok || !info.AppliesTo(k) {
					t.Errorf("%s requires %s, which does not apply", k, f)
				}
			}
		}
	}
	for _, k := range Kinds {
		if len(requirements[k]) == 0 {
			t.Errorf("%s requires nothing", k)
		}
	}
	if Fields[0].Name != FieldKind || Fields[1].Name != FieldStatus {
		t.Error("the wide row expects kind and status first")
	}
}
