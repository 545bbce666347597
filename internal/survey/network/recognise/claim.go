package recognise

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sonae/internal/survey/network"
)

// maxValue is the length of a claim's value in characters.
const maxValue = 200

// seen are the traits of a device by key, cleaned.
type seen map[string][]string

// take cleans traits: at most MaxTraits, at most TraitMax bytes each, valid UTF-8, each
// value once, sorted.
func take(traits []network.Trait) seen {
	s := seen{}
	for _, t := range traits[:min(len(traits), MaxTraits)] {
		v := t.Value
		if len(v) > network.TraitMax {
			v = v[:network.TraitMax]
		}
		v = strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(v, "\ufffd"), "\x00", ""))
		if v == "" || slices.Contains(s[t.Key], v) {
			continue
		}
		s[t.Key] = append(s[t.Key], v)
	}
	for _, vs := range s {
		slices.Sort(vs)
	}
	return s
}

// traitMAC is the key under which rules see hardware addresses, as MACKey writes them:
// some makers make serial numbers of them.
const traitMAC = "mac"

// traitMACMaker is the key under which rules see who made the network cards.
const traitMACMaker = "mac.maker"

func (s seen) addMACs(macs []string) {
	delete(s, traitMAC)
	delete(s, traitMACMaker)
	for _, m := range macs[:min(len(macs), MaxTraits)] {
		if k := network.MACKey(m); k != "" && !slices.Contains(s[traitMAC], k) {
			s[traitMAC] = append(s[traitMAC], k)
			if m := MakerName(Organisation(k)); m != "" && !slices.Contains(s[traitMACMaker], m) {
				s[traitMACMaker] = append(s[traitMACMaker], m)
			}
		}
	}
	slices.Sort(s[traitMAC])
	slices.Sort(s[traitMACMaker])
}

// tidy makes a value one line of printable text: hostile characters go, runs of space
// become one. Empty when nothing readable is left.
func tidy(v string) string {
	var b strings.Builder
	space, n := false, 0
	for _, r := range v {
		if unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError {
			space = true
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
			n++
		}
		space = false
		b.WriteRune(r)
		if n++; n >= maxValue {
			break
		}
	}
	return b.String()
}

// nothing are values that devices send where they have none.
var nothing = map[string]bool{"": true, "n/a": true, "na": true, "none": true, "null": true, "unknown": true, "not available": true,
	"not applicable": true, "not specified": true, "unspecified": true, "undefined": true, "to be filled by o.e.m.": true, "default string": true,
	"system serial number": true, "system product name": true, "system manufacturer": true, "empty": true, "-": true, "--": true, "?": true,
	"\"\"": true, "(none)": true, "<none>": true, "not set": true, "no serial number": true, "unavailable": true, "not supported": true, "<private>": true}

// claim makes a claim, or none when the value says nothing.
func claim(f Field, value string, confidence int, rule, key, proof string) (Claim, bool) {
	value = tidy(value)
	low := strings.ToLower(value)
	if nothing[low] {
		return Claim{}, false
	}
	switch f {
	case FieldSerial:
		if strings.Trim(low, "0.-x ") == "" || len(strings.Trim(low, "f")) == 0 || strings.Trim(low, "*") == "" {
			return Claim{}, false
		}
	case FieldMaker:
		value = MakerName(value)
	case FieldVersion:
		if !strings.ContainsFunc(value, unicode.IsDigit) {
			return Claim{}, false
		}
	}
	return Claim{Field: f, Value: value, Confidence: max(1, min(confidence, 100)), Rule: rule, Trait: network.Trait{Key: key, Value: proof}}, true
}

// settle sorts claims into answers. Among claims of one strength the longer value goes
// first, since it is the more exact one; then the rule's name decides, so that the answer
// does not depend on any order. One rule says a thing once.
func settle(claims []Claim) Recognition {
	slices.SortFunc(claims, func(a, b Claim) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(len(b.Value), len(a.Value)), cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Value, b.Value), cmp.Compare(a.Trait.Key, b.Trait.Key), cmp.Compare(a.Trait.Value, b.Trait.Value))
	})
	type once struct {
		field Field
		value string
		rule  string
	}
	had := map[once]bool{}
	var r Recognition
	for _, f := range Fields {
		r.at(f).Field = f
	}
	for _, c := range claims {
		a := r.at(c.Field)
		if k := (once{c.Field, c.Value, c.Rule}); a == nil || had[k] {
			continue
		} else {
			had[k] = true
		}
		if a.Value == "" && (c.Field != FieldVersion || fitsFamily(c, claims)) {
			a.Claim = c
			continue
		}
		a.Others = append(a.Others, c)
	}
	return r
}

// fitsFamily reports whether a version can be that of the strongest family: a rule that
// names another family ("Linux") tells that one's version (the kernel's), which is not
// the version of what is built on it ("DSM").
func fitsFamily(version Claim, claims []Claim) bool {
	best, own := "", ""
	for _, c := range claims {
		if c.Field != FieldFamily {
			continue
		}
		if best == "" {
			best = c.Value
		}
		if own == "" && c.Rule == version.Rule && c.Trait == version.Trait {
			own = c.Value
		}
	}
	return own == "" || compatible(FieldFamily, best, own)
}

// compatible reports whether two values of a field can both be true: one is part of
// the other.
func compatible(f Field, a, b string) bool {
	a, b = plain(a), plain(b)
	if f == FieldKind || f == FieldSerial {
		return a == b
	}
	return strings.Contains(a, b) || strings.Contains(b, a)
}

// plain leaves letters and digits, in lower case.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
