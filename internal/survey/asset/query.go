package asset

import "time"

// Filter says which assets a list holds. Empty parts do not restrict, except
// Statuses: none means all but disposed.
type Filter struct {
	Scope       Scope
	Text        string // words, all of which must occur somewhere
	FacilityIDs []string
	Kinds       []Kind
	Statuses    []Status
	Departments []string // "" = assets without one; the same below
	Rooms       []string
	Custodians  []string
	OS          []string // os_name
	Sources     []Source // best source that knows it (FieldSource)
	Criticality []string
	Vendors     []string
	SystemID    string // members of this system
	// StaleDays: not seen and not verified by a person for more than this many
	// days before NowMS; 0 = no matter. At most 3650.
	StaleDays int
	// Silence: a source of the machine stands so (silent, late, excepted; package
	// silence judges it and asset reads its table). Present only.
	Silence []string
	NowMS   int64
	// Zone is where the days of Attention begin; nil = UTC. Never taken from a query
	// text, as NowMS.
	Zone              *time.Location
	Attention         bool   // something is to be looked at: Asset.Concerns at NowMS
	Incomplete        bool   // a required field is empty
	Contradicting     bool   // sources disagree and nobody has settled it
	SwitchedOff       bool   // a protection was switched off on purpose
	SupportEndsBy     string // date; support ends on or before it
	RemoteMaintenance []string
	InternetFacing    []string
	PatientData       []string
	// AssetIDs restricts to the answer of another room (software, findings); nil =
	// no restriction, empty = nothing. Never taken from a query text.
	AssetIDs []string
}

// Sort is the order of a list.
type Sort struct {
	By   Field // a list column, FieldLastSeen included; empty = name
	Desc bool
}

// Page asks for one page of a list.
type Page struct {
	Sort   Sort
	Limit  int    // 1–200; 0 = 50
	Cursor string // Next of the page before; empty = first page
	Facets bool   // also count by facet
}

// ListPage is one page.
type ListPage struct {
	Items  []Asset
	Next   string // empty on the last page
	Total  int
	Facets []Facet
	// Overview is counted together with the facets.
	Overview Overview
}

// Facet counts the assets by the values of a field, with all filters applied
// except the one on the field itself.
type Facet struct {
	Field  Field
	Counts []Count // most first; at most MaxFacetCounts
}

// Count is one value of a facet; Value "" means "none".
type Count struct {
	Value string
	N     int
}

// MaxFacetCounts bounds the values of one facet.
const MaxFacetCounts = 200

// View is a saved way to look at the list.
type View struct {
	ID        string
	OwnerID   string // person it belongs to
	Shared    bool   // others see it, too
	Name      string
	Query     string  // canonical query text, see Filter.Query
	Columns   []Field // shown columns in order; empty = default
	CreatedMS int64
	UpdatedMS int64
}

// Column is a column that a list or an export can show.
type Column struct {
	Field   Field
	Type    FieldType
	Default bool // shown when nobody chose
}
