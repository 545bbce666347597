package evidence

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sonae/internal/review/catalog"
)

// Body is what a record proves, in its canonical JSON form: fields in this order,
// map keys sorted, lists sorted as clean does, no HTML escaping, no line end. The
// time stands outside, so that equal findings have equal bodies.
type Body struct {
	Rule       string         `json:"rule"`
	Version    int            `json:"version"`
	Variant    string         `json:"variant"`
	Target     catalog.Target `json:"target"`
	Facility   string         `json:"facility"`
	Values     catalog.Values `json:"values"`
	Suggestion Suggestion     `json:"suggestion"`
	Checks     []Result       `json:"checks"`
}

// maxValueBytes bounds one text from the ledger inside a record.
const maxValueBytes = 500

// clean brings lists into their one order, cuts long ones and makes nil lists empty.
func (b *Body) clean() {
	for i := range b.Checks {
		r := &b.Checks[i]
		for n := range r.Failing {
			r.Failing[n].Label, r.Failing[n].Ref = short(r.Failing[n].Label), short(r.Failing[n].Ref)
		}
		slices.SortFunc(r.Failing, func(a, b Item) int {
			return cmp.Or(strings.Compare(a.Label, b.Label), strings.Compare(a.AssetID, b.AssetID),
				strings.Compare(a.Ref, b.Ref), strings.Compare(a.Reason, b.Reason))
		})
		slices.SortFunc(r.Sources, func(a, b SourceAge) int { return strings.Compare(a.Source, b.Source) })
		r.FailingTotal = max(r.FailingTotal, int64(len(r.Failing)))
		if len(r.Failing) > MaxFailing {
			r.Failing = r.Failing[:MaxFailing]
		}
		r.Figures, r.Failing, r.Sources = full(r.Figures), full(r.Failing), full(r.Sources)
	}
	b.Checks = full(b.Checks)
}

// full turns a nil list into an empty one, which JSON writes as [].
func full[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// short cuts a text between characters.
func short(s string) string {
	if len(s) <= maxValueBytes {
		return s
	}
	return strings.ToValidUTF8(s[:maxValueBytes], "") + "…"
}

// canonical writes the body; hash is its SHA-256 in hex.
func (b Body) canonical() (data []byte, hash string, err error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(b); err != nil {
		return nil, "", fmt.Errorf("write evidence of %s: %w", b.Rule, err)
	}
	data = bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	sum := sha256.Sum256(data)
	return data, hex.EncodeToString(sum[:]), nil
}

// sameness is the hash of everything but the ages of the sources: those move with
// every report while nothing else does.
func (b Body) sameness() (string, error) {
	c := b
	c.Checks = slices.Clone(b.Checks)
	for i := range c.Checks {
		c.Checks[i].Sources = slices.Clone(c.Checks[i].Sources)
		for n := range c.Checks[i].Sources {
			c.Checks[i].Sources[n].NewestMS = 0
		}
	}
	_, hash, err := c.canonical()
	return hash, err
}

// newest gives the age of each source: the latest over all checks.
func (b Body) newest() map[string]int64 {
	m := map[string]int64{}
	for _, r := range b.Checks {
		for _, s := range r.Sources {
			m[s.Source] = max(m[s.Source], s.NewestMS)
		}
	}
	return m
}

// Canonical gives the bytes of the record's body whose hash SHA256 is; an error
// when they are not those any more.
func (r Record) Canonical() ([]byte, error) {
	data, hash, err := r.Body.canonical()
	if err == nil && hash != r.SHA256 {
		err = fmt.Errorf("evidence %s: body has hash %s, not %s", r.ID, hash, r.SHA256)
	}
	return data, err
}
