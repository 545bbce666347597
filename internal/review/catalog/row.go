package catalog

// Row is one line of a sheet. Titles are our own words; the official sentence stays in the ministry's document.
type Row struct {
	ID            string `yaml:"id"`     // "r7.medical.2.5"; unique over all editions
	Number        string `yaml:"number"` // as printed, "2⑤" or "2(5)"; "" for the gate question
	SectionNumber int    `yaml:"section"`
	Target        Target `yaml:"target"`
	ControlID     string `yaml:"control"`
	Title         Text   `yaml:"title"`
	Answer        Answer `yaml:"answer"`
	Required      bool   `yaml:"required"`
	YesAlsoWhen   Text   `yaml:"yes_also_when"` // a further case in which はい is right; may be zero
	// MaySkip is "no_vendor_contract" where the row needs no answer without a vendor contract, else "".
	MaySkip            string         `yaml:"may_skip"`
	AcceptableEvidence []Text         `yaml:"acceptable_evidence"`
	EvidenceBasis      string         `yaml:"evidence_basis"` // manual_text, manual_partial, secondary, inferred
	GuidelineRefs      []GuidelineRef `yaml:"guideline_refs"` // empty where no reference was seen
	Evidence           RowEvidence    `yaml:"evidence"`
	Verified           bool           `yaml:"verified"`
	Verification       Verification   `yaml:"verification"`
	Confidence         Confidence     `yaml:"confidence"` // "" when verified
	Change             string         `yaml:"change"`     // against the edition before: see changes; "" when unknown
	ChangeNote         Text           `yaml:"change_note"`
	ExpectedChange     Text           `yaml:"expected_change"` // what the edition may really ask; a forecast
	Note               Text           `yaml:"note"`
	CarriesOver        []string       `yaml:"carries_over"` // rows of the previous edition; all must be はい
	SourceIDs          []string       `yaml:"sources"`

	Edition *Edition `yaml:"-"`
	Sheet   *Sheet   `yaml:"-"`
	Section *Section `yaml:"-"`
	Control *Control `yaml:"-"`
	Rule    *Rule    `yaml:"-"`
}

// Target is what a row is about.
type Target string

// The targets. TargetOrganisation means that the form prints no target.
const (
	TargetAll          Target = "all" // 医療情報システム全般
	TargetServer       Target = "server"
	TargetPC           Target = "pc"
	TargetNetwork      Target = "network"
	TargetOrganisation Target = "org"
)

// targets in printed order, with the words of the form (the words are the form's labels).
var targets = []struct {
	target Target
	title  Text
}{
	{TargetOrganisation, Text{}},
	{TargetAll, Text{JA: "医療情報システム全般", EN: "All medical information systems"}},
	{TargetServer, Text{JA: "サーバ", EN: "Servers"}},
	{TargetPC, Text{JA: "端末PC", EN: "PCs"}},
	{TargetNetwork, Text{JA: "ネットワーク機器", EN: "Network devices"}},
}

// order returns the place of the target in printed order, or -1 for an unknown one.
func (t Target) order() int {
	for i, v := range targets {
		if v.target == t {
			return i
		}
	}
	return -1
}

// Title returns the target as the form prints it; zero for TargetOrganisation.
func (t Target) Title() Text {
	if i := t.order(); i >= 0 {
		return targets[i].title
	}
	return Text{}
}

// Covers reports whether a device of class other (server, pc, network) falls under the target.
func (t Target) Covers(other Target) bool {
	return t == other || t == TargetAll && other != TargetOrganisation
}

// Answer is the shape of a row's answer. Both take はい or いいえ.
type Answer string

const (
	// AnswerGate has no date; いいえ means that no other row needs an answer.
	AnswerGate Answer = "gate"
	// AnswerDated has a confirmation date, and a target date inside the fiscal year when いいえ.
	AnswerDated Answer = "dated"
)

// Mode says how far evidence is computed.
type Mode string

// The modes.
const (
	ModeFull            Mode = "full"             // computed from the register; a person signs
	ModeAssisted        Mode = "assisted"         // part computed, part entered by hand
	ModeAttestation     Mode = "attestation"      // a person answers; documents and dates are kept
	ModeVendorStatement Mode = "vendor_statement" // a vendor answers; the register is compared
)

// RowEvidence names the evidence rule of a row. CrossCheck is the rule against which a vendor's answer is compared; ""
// on institution sheets.
type RowEvidence struct {
	RuleID     string `yaml:"rule"`
	Mode       Mode   `yaml:"mode"`
	CrossCheck string `yaml:"cross_check"`
}

// Verification tells for each aspect of a row how it is known: mhlw_text, secondary, none_printed (nothing to verify),
// recall or inferred. Only the first three count as seen.
type Verification struct {
	Exists string `yaml:"exists"`
	Number string `yaml:"number"`
	Target string `yaml:"target"`
}

func (v Verification) seen() bool {
	for _, s := range []string{v.Exists, v.Number, v.Target} {
		if s != "mhlw_text" && s != "secondary" && s != "none_printed" {
			return false
		}
	}
	return true
}

// Confidence is how sure the editors are of an unverified row: high, medium or low.
type Confidence string

// Mark is what pages print beside a row.
type Mark string

// The marks.
const (
	MarkConfirmed   Mark = "confirmed"   // existence, number and target were seen
	MarkLikely      Mark = "likely"      // one of them is inferred with high confidence, for example from print order
	MarkProvisional Mark = "provisional" // stands in until somebody compares it with the form
)

// Mark returns the row's mark.
func (r *Row) Mark() Mark {
	switch {
	case r.Verified:
		return MarkConfirmed
	case r.Confidence == "high" && !r.Sheet.Provisional:
		return MarkLikely
	default:
		return MarkProvisional
	}
}

// Provisional reports whether the row must be shown as provisional.
func (r *Row) Provisional() bool { return r.Mark() == MarkProvisional }

// IsGate reports whether the row is the opening question.
func (r *Row) IsGate() bool { return r.Answer == AnswerGate }

// GuidelineRef points from a row to the guideline. Items are resolved where the reference names catalogued items; a
// reference to a section or to a guideline without items has none. Basis is manual_r6, manual_r7_draft or mapped (our
// own mapping).
type GuidelineRef struct {
	EditionID string   `yaml:"edition"`
	Part      Part     `yaml:"part"`
	Ref       string   `yaml:"ref"` // as printed, "8③" or "14.2"; "" for the part as a whole
	ItemIDs   []string `yaml:"items"`
	Basis     string   `yaml:"basis"`

	Items []*Item `yaml:"-"`
}
