// Package catalog loads the compliance catalog (checklists by edition, evidence rules, guideline items) from YAML,
// checks it strictly and answers look-ups.
//
// The data lives in the folder catalog/ of the repository and is embedded by the package sonae/catalog:
//
//	cat, err := catalog.Load(datafiles.FS)
//	edition, _ := cat.DefaultEdition(now)
//	for _, row := range edition.InstitutionSheet().Rows { … }
//
// Three marks decide what may be shown. A row has a Mark (confirmed, likely, provisional) that pages print beside it.
// A guideline item is Provisional until its text was read. An item whose content is unknown has no text at all:
// Item.Requirement is the only way to the text and answers false for it.
//
// Everything returned is shared and must not be changed. A loaded Catalog may be read by many goroutines.
package catalog

import (
	"cmp"
	"slices"
	"time"
)

// Catalog is the checked content of one catalog folder.
type Catalog struct {
	editions   []*Edition // by in-force date
	rules      []*Rule    // by ID
	guidelines []*Guideline
	controls   []*Control
	sources    []*Source

	editionByID   map[string]*Edition
	ruleByID      map[string]*Rule
	guidelineByID map[string]*Guideline
	controlByID   map[string]*Control
	sourceByID    map[string]*Source
	rowByID       map[string]*Row
}

// Control is a subject that lives across editions, for example patching. Answers are carried over by control and target.
type Control struct {
	ID    string `yaml:"id"`
	Title Text   `yaml:"title"`
}

// Source says where catalog rows were read. Kind is one of mhlw_original, mhlw_text_copy, secondary, recall; Seen is
// full, partial, none or not_opened.
type Source struct {
	ID    string `yaml:"id"`
	Title Text   `yaml:"title"`
	Kind  string `yaml:"kind"`
	Seen  string `yaml:"seen"`
	URL   string `yaml:"url"`
}

// Editions returns all checklist editions, oldest first.
func (c *Catalog) Editions() []*Edition { return slices.Clone(c.editions) }

// Edition returns the edition with this ID, for example "r7".
func (c *Catalog) Edition(id string) (*Edition, bool) {
	e, ok := c.editionByID[id]
	return e, ok
}

// DefaultEdition returns the edition in force on the calendar date of at in at's own location (pass Japan time). Where
// none is in force it returns the nearest one (the oldest before the first date, the newest after the last, or the last
// one that ended) and false.
func (c *Catalog) DefaultEdition(at time.Time) (*Edition, bool) {
	day := DateOf(at)
	nearest := c.editions[0]
	for _, e := range c.editions {
		if day >= e.InForce.From {
			nearest = e
		}
	}
	return nearest, day >= nearest.InForce.From && day <= nearest.InForce.To
}

// Sheet returns a sheet of an edition, for example ("r7", "medical").
func (c *Catalog) Sheet(edition, sheet string) (*Sheet, bool) {
	e, ok := c.editionByID[edition]
	if !ok {
		return nil, false
	}
	return e.Sheet(sheet)
}

// Row returns the row with this ID, for example "r7.medical.2.5".
func (c *Catalog) Row(id string) (*Row, bool) {
	r, ok := c.rowByID[id]
	return r, ok
}

// RowsOf returns every row of a control in all editions and sheets, oldest edition first, in printed order.
func (c *Catalog) RowsOf(control string) []*Row {
	var rows []*Row
	for _, e := range c.editions {
		for _, s := range e.Sheets {
			for _, r := range s.Rows {
				if r.ControlID == control {
					rows = append(rows, r)
				}
			}
		}
	}
	return rows
}

// Control returns the control with this ID.
func (c *Catalog) Control(id string) (*Control, bool) {
	v, ok := c.controlByID[id]
	return v, ok
}

// Controls returns all controls in the order of their file.
func (c *Catalog) Controls() []*Control { return slices.Clone(c.controls) }

// Source returns the source with this ID.
func (c *Catalog) Source(id string) (*Source, bool) {
	v, ok := c.sourceByID[id]
	return v, ok
}

// Rule returns the evidence rule with this ID, for example "AE-INV-01".
func (c *Catalog) Rule(id string) (*Rule, bool) {
	r, ok := c.ruleByID[id]
	return r, ok
}

// Rules returns all evidence rules by ID.
func (c *Catalog) Rules() []*Rule { return slices.Clone(c.rules) }

// CheckNames returns the names of all checks that rules call, sorted, each once. The evidence engine compares them with
// the checks it has.
func (c *Catalog) CheckNames() []string {
	var names []string
	for _, r := range c.rules {
		for _, k := range r.Checks {
			names = append(names, k.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Guideline returns a guideline edition, for example "6.0".
func (c *Catalog) Guideline(edition string) (*Guideline, bool) {
	g, ok := c.guidelineByID[edition]
	return g, ok
}

// Guidelines returns all guideline editions, oldest first.
func (c *Catalog) Guidelines() []*Guideline { return slices.Clone(c.guidelines) }

func (c *Catalog) sort() {
	slices.SortFunc(c.editions, func(a, b *Edition) int { return cmp.Compare(a.InForce.From, b.InForce.From) })
	slices.SortFunc(c.rules, func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(c.guidelines, func(a, b *Guideline) int { return cmp.Compare(a.Issued, b.Issued) })
}
