package view

// State is one badge: its kind (see badge) and its words.
type State struct{ Kind, Text string }

// Pair is one hidden field of a form.
type Pair struct{ Name, Value string }

// CountTab is a tab with a number; an empty count shows none.
type CountTab struct {
	Href, Label, Count string
	Current            bool
}

// FilterChip is one filter in force, with the way to take it off.
type FilterChip struct{ Label, Href, Remove string }

// FacetMenu is one menu of filters.
type FacetMenu struct {
	Label   string
	Choices []FacetChoice
}

// FacetChoice is one filter of a menu; the link switches it.
type FacetChoice struct {
	Label, Count, Href string
	On                 bool
}

// On reports whether anything of the menu is chosen.
func (m FacetMenu) On() bool {
	for _, c := range m.Choices {
		if c.On {
			return true
		}
	}
	return false
}

// AssetColumn is one heading; Sort is the value of aria-sort or empty.
type AssetColumn struct{ Label, Href, Sort string }

// AssetCell is one cell of the ledger.
type AssetCell struct {
	Text               string
	Icon               string // picture before the text
	Source, SourceText string // second line: where it came from
	Sub                string // last line, small
	Number, Warn       bool
}

// AssetRow is one device.
type AssetRow struct {
	ID, Name, Tag, Href string
	Facility            string // only when several are in view
	Cells               []AssetCell
	StateKind, State    string
	More                []string // further states
}

// SavedView is a stored way to look at the list.
type SavedView struct {
	ID, Name, Href string
	Shared, Own    bool
	Current        bool
}

// AssetList is the ledger.
type AssetList struct {
	Page
	Q                      string
	Tabs                   []CountTab
	Chips                  []FilterChip
	Facets                 []FacetMenu
	Columns                []AssetColumn
	ColumnChoices          []Choice
	Rows                   []AssetRow
	Views                  []SavedView
	Hidden                 []Pair // what the search form keeps
	HiddenColumns          []Pair // what the form of columns keeps
	HiddenDay              []Pair // what the form of the day keeps
	QueryText              string // the whole query, for saving
	Bulk                   []Choice
	Sizes                  []Tab
	Pager                  Pager
	Total                  int
	AsOf                   string // the day shown; empty = now
	AsOfMS                 int64
	NowHref                string
	ExportCSV, ExportExcel string
	CanAdd, CanImport      bool
	CanEdit                bool
	CanExport              bool
	CanSave                bool
}

// Span is the number of columns of the table.
func (v *AssetList) Span() int { return len(v.Columns) + 2 }

// BulkMain are the bulk actions that have a button of their own.
func (v *AssetList) BulkMain() []Choice { return v.Bulk[:min(3, len(v.Bulk))] }

// BulkMore are the bulk actions in the menu.
func (v *AssetList) BulkMore() []Choice { return v.Bulk[min(3, len(v.Bulk)):] }
