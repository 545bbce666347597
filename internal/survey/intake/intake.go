// Package intake takes asset lists from files of other making into the ledger: what a
// hospital kept in Excel, an export of another product. It proposes which column means
// which field, shows for every row what would happen, then does it in batches, and can
// take the whole back. Files of machines go the way of reports (Door); a bill of materials
// becomes the software list of the one asset that a person names (bill.go).
//
//	list, err := intake.Read(body, "")                       // rows and headings
//	plan, err := intake.Foresee(ctx, db, list, order)        // nothing stored
//	imp, err := intake.Create(ctx, tx, …); intake.Start(…)   // later: Worker, Run
//
// The words that headings and cells are read by are data: headings.txt, words.txt.
// Which machine a row is about is decided by asset.Observe and nobody else; a list
// speaks as source csv, below what people enter by hand. Callers check rights and
// write the audit log.
package intake

import (
	"slices"
	"strings"

	"sonae/internal/platform/document"
	"sonae/internal/platform/fault"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
)

// List is a file read: headings, and the rows below them.
type List struct {
	Grid     document.Grid // Rows holds the rows below the headings
	Headings []string      // one a column, as they stand in the file; may be empty
	Row      int           // number of the row of headings
}

// Read reads a list. sheet names a sheet of an Excel file; empty is the first with
// something in it. Errors: those of document.ReadGrid; invalid when there is nothing
// but headings.
func Read(body []byte, sheet string) (List, error) {
	g, err := document.ReadGrid(body, sheet, document.GridLimits{})
	if err != nil {
		return List{}, err
	}
	at := headingAt(g.Rows)
	head := g.Rows[at]
	l := List{Headings: head.Cells, Row: head.Number}
	g.Rows = g.Rows[at+1:]
	if len(g.Rows) == 0 {
		return List{}, fault.Invalid("intake.error.no_rows")
	}
	l.Grid = g
	return l, nil
}

// Order says how a list is to be taken in.
type Order struct {
	FacilityID string
	FileName   string
	By         string        // the person
	Columns    []asset.Field // one a heading; empty = the column is left out
	// WithoutNumber takes rows in that have no number to recognise a machine by, as new
	// assets, as long as none of the facility bears the same name.
	WithoutNumber bool
	// AssetID is the machine that a person named for all that is in the files; empty = the
	// files tell (FormMachines), or nobody has chosen yet (FormBill). Lists have none.
	AssetID string
}

// Said is who the statements of a file are ascribed to: the file, the person and the
// collection kit, where there is one.
func (o Order) Said(kit string) string {
	empty := func(s string) bool { return s == "" }
	return strings.Join(slices.DeleteFunc([]string{o.FileName, o.By, kit}, empty), " · ")
}

// check refuses orders that cannot be carried out: a field twice, one that a list may
// not set, none at all.
func (o Order) check(headings []string) error {
	if len(o.Columns) > len(headings) {
		return fault.Invalid("intake.error.columns").At("columns")
	}
	taken := map[asset.Field]bool{}
	for _, f := range o.Columns {
		switch {
		case f == "":
			continue
		case !importable(f):
			return fault.Invalid("intake.error.field").At("columns")
		case taken[f]:
			return fault.Invalid("intake.error.twice", "Field", string(f)).At("columns")
		}
		taken[f] = true
	}
	if len(taken) == 0 {
		return fault.Invalid("intake.error.no_columns").At("columns")
	}
	return nil
}

// Outcome is what becomes of a row. Shown by "intake.outcome." + word.
type Outcome string

// Outcomes.
const (
	OutcomeCreate Outcome = "create" // a new asset
	OutcomeChange Outcome = "change" // something new about a known one
	OutcomeSame   Outcome = "same"   // all of it is known already
	OutcomeGone   Outcome = "gone"   // of bills: the bill before had it, this one has not
	OutcomeRefuse Outcome = "refuse" // not taken in; Problem says why
)

// Outcomes is every outcome in the order of pages.
var Outcomes = []Outcome{OutcomeCreate, OutcomeChange, OutcomeGone, OutcomeSame, OutcomeRefuse}

// Row is what becomes of one row.
type Row struct {
	Number  int // in the file
	Outcome Outcome
	AssetID string // empty = a new one
	Name    string // of the asset as it would be
	Changed []asset.Change
	Hidden  []asset.Change // kept, but another source's value is shown: see asset.Outlook
	Doubts  []asset.Doubt
	Problem *Problem
	// Remark says why nothing happens although nothing is wrong; nil = nothing to say.
	Remark  *fault.Error
	Machine *Machine // of imports of machines
	// Part is the component, Parts what changes about it: of bills.
	Part  *software.Component
	Parts []PartChange
	// sets is what the row says anew, and, of lists, what it says again: taking back an
	// earlier list has to leave that.
	sets    []asset.Said
	unknown bool // as of asset.Outlook
}

// Contradicts reports that the row says something else than another source, or is
// about a machine whose identity is in doubt.
func (r Row) Contradicts() bool { return len(r.Hidden)+len(r.Doubts) > 0 }

// Problem is why a row is not taken in.
type Problem struct {
	Column  int    // from 0; -1 = the whole row
	Heading string // of the column
	Field   asset.Field
	Fault   *fault.Error
}

// Counts adds the rows up.
type Counts struct {
	Rows        int `json:"rows"`
	Create      int `json:"create"`
	Change      int `json:"change"`
	Same        int `json:"same"`
	Gone        int `json:"gone" doc:"Of bills of materials: components that the one before had."`
	Refuse      int `json:"refuse"`
	Contradicts int `json:"contradicts" doc:"Rows among those taken in that say something else than another source."`
}

func (c *Counts) add(r Row) {
	c.Rows++
	switch r.Outcome {
	case OutcomeCreate:
		c.Create++
	case OutcomeChange:
		c.Change++
	case OutcomeSame:
		c.Same++
	case OutcomeGone:
		c.Gone++
	case OutcomeRefuse:
		c.Refuse++
		return
	}
	if r.Contradicts() {
		c.Contradicts++
	}
}

// Of is the number of rows with an outcome; "" = all.
func (c Counts) Of(o Outcome) int {
	switch o {
	case OutcomeCreate:
		return c.Create
	case OutcomeChange:
		return c.Change
	case OutcomeSame:
		return c.Same
	case OutcomeGone:
		return c.Gone
	case OutcomeRefuse:
		return c.Refuse
	}
	return c.Rows
}
