package api

import (
	"encoding/json"
	"testing"
	"time"
	"unicode/utf8"
)

func TestCheckJSON(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"object":                   {`{"a":[1,"x",null,{"b":true}]}`, true},
		"pair of surrogates":       {`"\ud83c\udfe5"`, true},
		"escaped backslash":        {`"\\u0000 \\ud800"`, true},
		"backslash, then a real u": {`"\\\u0041"`, true},
		"NUL":                      {`"\u0000"`, false},
		"NUL after a backslash":    {`"\\\u0000"`, false},
		"high alone":               {`"\ud83c"`, false},
		"high, then a letter":      {`"\ud83cx"`, false},
		"high, then high":          {`"\ud83c\ud83c"`, false},
		"low alone":                {`"\udfe5"`, false},
		"upper case":               {`"\uD83C\uDFE5"`, true},
		"name twice":               {`{"a":1,"b":{},"a":2}`, false},
		"name twice, escaped":      {`{"a":1,"\u0061":2}`, false},
		"equal names apart":        {`[{"a":1},{"a":2}]`, true},
		"two values":               {`1 2`, false},
		"cut":                      {`{"a":`, false},
		"empty":                    {``, false},
		"UTF-8 broken":             {"\"\xff\"", false},
	} {
		if err := checkJSON([]byte(c.text)); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzCheckJSON: what passes is JSON that decodes to the same value again, and never
// crashes.
func FuzzCheckJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,"\ud83c\udfe5"]}`, `"\\u0000"`, "\xff", `{"a":1,"a":2}`, `"\ud800\u"`, `\`, `"\u`, `[[[[]]]]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if checkJSON(data) != nil {
			return
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatalf("passed, and is no JSON: %v", err)
		}
		out, err := json.Marshal(v)
		if err != nil || !utf8.Valid(out) || checkJSON(out) != nil {
			t.Fatalf("%q does not survive: %q %v", data, out, err)
		}
	})
}

// FuzzCursor: a cursor opens only for its list, and to what was sealed.
func FuzzCursor(f *testing.F) {
	f.Add("vendors", "id/name", "c3RhZmY6eA")
	f.Fuzz(func(t *testing.T, list, after, hostile string) {
		if _, err := unseal(list, hostile); err == nil && hostile != "" && seal(list, after) != hostile {
			if got, _ := unseal(list, hostile); !utf8.ValidString(got) {
				t.Fatalf("%q opens to %q", hostile, got)
			}
		}
		if got, err := unseal(list, seal(list, after)); err == nil && got != after {
			t.Fatalf("sealed %q, got %q", after, got)
		}
	})
}

func TestMoments(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*3600)
	for text, want := range map[string]int64{
		"":                          0,
		"2026-11-24":                time.Date(2026, 11, 24, 14, 59, 59, 999e6, time.UTC).UnixMilli(),
		"2026-11-24T00:00:00Z":      time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC).UnixMilli(),
		"2026-11-24T09:00:00+09:00": time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC).UnixMilli(),
	} {
		if got, err := (Moment{text}).ms(tokyo); err != nil || got != want {
			t.Errorf("%q: %d %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"yesterday", "2026-02-30", "0001-01-01", "1969-01-01T00:00:00Z", "令和8年11月24日"} {
		if got, err := (Moment{text}).ms(tokyo); err == nil {
			t.Errorf("%q: %d", text, got)
		}
	}
}

func TestExplainKnowsHumasWords(t *testing.T) {
	// huma's own sentences, as its package validation has them: when an update changes
	// one, the general answer would stand in for it without anybody noticing.
	for remark, key := range map[string]string{
		"unexpected property": "api.error.detail.unknown", "unknown query parameter": "api.error.detail.unknown",
		"expected required property rev to be present": "api.error.detail.missing", "required query parameter is missing": "api.error.detail.missing_here",
		"expected string": "api.error.detail.string", "expected integer": "api.error.detail.integer", "invalid integer": "api.error.detail.integer",
		"expected number >= 1": "api.error.detail.at_least", "expected number <= 200": "api.error.detail.at_most", "expected boolean": "api.error.detail.boolean",
		"expected object": "api.error.detail.object", "expected array": "api.error.detail.array", "expected array length <= 100": "api.error.detail.count",
		"expected length <= 40": "api.error.detail.too_long", `expected value to be one of "a, b"`: "api.error.detail.one_of",
	} {
		got := ""
		for _, d := range details {
			if d.form.MatchString(remark) {
				got = d.key
				break
			}
		}
		if got != key {
			t.Errorf("%q: %s, want %s", remark, got, key)
		}
	}
}
