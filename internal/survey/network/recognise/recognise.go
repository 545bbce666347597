// Package recognise says what a device of the network is from what it shows of itself:
// kind, maker, model, operating system family, version and serial number. It reads
// traits (survey/network) and hardware addresses and gives claims, each with its proof,
// its rule and a confidence. It opens nothing and asks nobody: database and network are
// others' business.
//
// What it knows stands in data:
//   - rules/*.yaml, own rules (docs/add-a-recognition-rule.md);
//   - makers.txt, one name for the many spellings of a maker;
//   - data/recog.zip, fingerprints of the Recog project;
//   - data/oui.txt.gz, who bought which hardware addresses.
//
// A rule says no more than its proof: nothing follows from a maker about a model. What
// no rule knows stays empty. Texts of devices are hostile: they are cut, cleaned and
// only ever matched by expressions that run in linear time (RE2).
package recognise

import "sonae/internal/survey/network"

// Field is what a claim is about.
type Field string

// Fields of a device.
const (
	FieldKind    Field = "kind"    // word of the ledger's kinds: pc, server, network, vpn, medical, printer, mobile, storage, other
	FieldMaker   Field = "maker"   // in one spelling: Cisco
	FieldModel   Field = "model"   // what stands on the device or its label: WS-C3560G-24TS-S
	FieldFamily  Field = "family"  // family of the operating system or firmware: Cisco IOS
	FieldVersion Field = "version" // of the operating system or firmware: 15.0(2)SE11
	FieldSerial  Field = "serial"
)

// Fields lists every field in the order of pages.
var Fields = []Field{FieldKind, FieldMaker, FieldModel, FieldFamily, FieldVersion, FieldSerial}

// Claim is what one rule says about one field.
type Claim struct {
	Field      Field
	Value      string // UTF-8 without control characters, 1–200 characters
	Confidence int    // 1–100: how sure the rule is. 90 the device names it itself in a field made for it, 70 by a number that its maker gave out, 50 by a habit of the maker, 30 by its network card
	Rule       string // name of the rule, "recog/…" for Recog's, "oui" for hardware addresses
	Trait      network.Trait
}

// Answer is all that is claimed about one field.
type Answer struct {
	Claim          // the strongest; its value is empty when nothing is known
	Others []Claim // the others, strongest first
}

// Contradictions are the other claims of at least MinContradiction whose value cannot
// be true beside the strongest. A value that is only more or less exact ("2.4" and
// "2.4.57") is none.
func (a Answer) Contradictions() []Claim {
	var out []Claim
	for _, c := range a.Others {
		if c.Confidence >= MinContradiction && !compatible(a.Field, a.Value, c.Value) {
			out = append(out, c)
		}
	}
	return out
}

// MinContradiction is the confidence from which a claim may contradict. Below it stand
// hints: a network card's maker is seldom the device's.
const MinContradiction = 50

// Recognition is what is known about a device.
type Recognition struct {
	Kind, Maker, Model, Family, Version, Serial Answer
}

// Answer gives the answer about a field; empty for a word that is none.
func (r *Recognition) Answer(f Field) Answer {
	if a := r.at(f); a != nil {
		return *a
	}
	return Answer{}
}

func (r *Recognition) at(f Field) *Answer {
	switch f {
	case FieldKind:
		return &r.Kind
	case FieldMaker:
		return &r.Maker
	case FieldModel:
		return &r.Model
	case FieldFamily:
		return &r.Family
	case FieldVersion:
		return &r.Version
	case FieldSerial:
		return &r.Serial
	}
	return nil
}

// MaxTraits is how many traits of a device are looked at; what is beyond is left out.
// A device shows some dozens.
const MaxTraits = 512

// Device recognises a device by what it showed and its hardware addresses (any common
// way of writing). The answer is the same for the same traits, whatever their order. It
// may be called concurrently; the first call reads the data, about half a second.
func Device(traits []network.Trait, macs []string) Recognition {
	seen := take(traits)
	seen.addMACs(macs)
	claims := ownRules().claims(seen)
	claims = append(claims, recogClaims(seen)...)
	claims = append(claims, macClaims(macs)...)
	return settle(claims)
}
