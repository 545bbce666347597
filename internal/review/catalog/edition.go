package catalog

// Edition is the checklist of one Japanese fiscal year (April to March).
type Edition struct {
	Schema      string `yaml:"schema"`
	ID          string `yaml:"id"` // "r7"
	FiscalYear  int    `yaml:"fiscal_year"`
	Era         Text   `yaml:"era"` // 令和7年度 / FY2025
	Title       Text   `yaml:"title"`
	InForce     Period `yaml:"in_force"`
	GuidelineID string `yaml:"guideline"` // guideline edition the checklist rests on, "6.0"
	PreviousID  string `yaml:"previous"`  // edition whose answers are carried over; "" for the first
	// Provisional is true when most rows of the edition were not confirmed; pages then show ProvisionalReason as a banner.
	Provisional       bool          `yaml:"provisional"`
	ProvisionalReason Text          `yaml:"provisional_reason"`
	Numbering         Numbering     `yaml:"numbering"`
	Rounds            int           `yaml:"rounds"` // confirmation rounds on the form, 1–9
	RoundsVerified    bool          `yaml:"rounds_verified"`
	Goal              Text          `yaml:"goal"`
	Inspection        Text          `yaml:"inspection"`
	Published         []Publication `yaml:"published"`
	Page              string        `yaml:"page"` // the ministry's page that lists the documents
	Documents         []Document    `yaml:"documents"`
	SourceIDs         []string      `yaml:"sources"`
	Sheets            []*Sheet      `yaml:"sheets"`
}

// Publication is one date on which the ministry published something. Date is ISO, or year and month where the day is
// not known.
type Publication struct {
	Date string `yaml:"date"`
	What Text   `yaml:"what"`
}

// Document is one file of the ministry. Kind (checklists) is checklist, checklist_repost, manual or workbook; Part
// (guidelines) is a part code, questions or notice. Pages and SHA256 are given where known.
type Document struct {
	ID      string `yaml:"id"` // number in the ministry's file name, "001490745"
	Kind    string `yaml:"kind"`
	Part    Part   `yaml:"part"`
	SheetID string `yaml:"sheet"`
	URL     string `yaml:"url"`
	Pages   int    `yaml:"pages"`
	SHA256  string `yaml:"sha256"`
}

// Numbering is how the form prints row numbers.
type Numbering string

const (
	// NumberingCircled is one run of circled digits through a section: 2①, 2②, … 2⑬.
	NumberingCircled Numbering = "circled"
	// NumberingParenthesised repeats one number for a control under each target: 2(7) server, 2(7) PC.
	NumberingParenthesised Numbering = "parenthesised"
)

// SheetKind says who fills a sheet in.
type SheetKind string

// The kinds of sheets.
const (
	SheetInstitution SheetKind = "institution"
	SheetVendor      SheetKind = "vendor"
)

// Sheet returns the sheet of this edition, for example "medical".
func (e *Edition) Sheet(id string) (*Sheet, bool) {
	for _, s := range e.Sheets {
		if s.ID == id {
			return s, true
		}
	}
	return nil, false
}

// InstitutionSheet returns the sheet that the hospital fills in. Every edition has exactly one.
func (e *Edition) InstitutionSheet() *Sheet { return e.sheetOf(SheetInstitution) }

// VendorSheet returns the sheet that a vendor fills in, or nil when the catalog holds none for the edition.
func (e *Edition) VendorSheet() *Sheet { return e.sheetOf(SheetVendor) }

func (e *Edition) sheetOf(kind SheetKind) *Sheet {
	for _, s := range e.Sheets {
		if s.Kind == kind {
			return s
		}
	}
	return nil
}

// Sheet is one form of an edition with its rows in printed order.
type Sheet struct {
	ID                string    `yaml:"id"` // "medical", "provider", "vendor"
	Kind              SheetKind `yaml:"kind"`
	Title             Text      `yaml:"title"`
	OnePer            string    `yaml:"one_per"` // institution or vendor_system
	Provisional       bool      `yaml:"provisional"`
	ProvisionalReason Text      `yaml:"provisional_reason"`
	Completeness      Text      `yaml:"completeness"` // what of the sheet was confirmed
	Sections          []Section `yaml:"sections"`
	Rows              []*Row    `yaml:"rows"` // the gate question first, where the sheet has one

	Edition *Edition `yaml:"-"`
}

// Section is a numbered part of a sheet; 0 is the gate question, which carries no number on the form.
type Section struct {
	Number int  `yaml:"number"`
	Title  Text `yaml:"title"`
}

// NumberedRows returns the rows that carry a printed number, that is all but the gate question. Their count is the
// count people know (19 on the FY2025 hospital sheet).
func (s *Sheet) NumberedRows() []*Row {
	var rows []*Row
	for _, r := range s.Rows {
		if r.Number != "" {
			rows = append(rows, r)
		}
	}
	return rows
}

// Row returns the row with this full ID.
func (s *Sheet) Row(id string) (*Row, bool) {
	for _, r := range s.Rows {
		if r.ID == id {
			return r, true
		}
	}
	return nil, false
}
