package view

// ImportList is the history of lists taken in from files.
type ImportList struct {
	Page
	CanImport bool
	Many      bool // several facilities are shown
	Rows      []ImportRow
	Pager     Pager
}

// ImportRow is one import in the list.
type ImportRow struct {
	ID, File, Facility, State, StateKind, By, Counts string
	AtMS                                             int64
	Rows                                             int
}

// ImportNew is the form that takes a file.
type ImportNew struct {
	Page
	Places []Choice // empty: nothing to choose
	Fixed  string   // the facility, when there is nothing to choose
	MaxMB  int
}

// ImportShow is one import: a draft with what it would do, or what it did.
type ImportShow struct {
	Page
	ID, File, Facility, State, StateKind, ReadAs, SHA256, Base string
	Taken, Undone                                              string // who and when
	Draft, Running, CanImport, CanUndo, WithoutNumber          bool
	Wrong                                                      string // why nothing can be foreseen
	Done, Total, Ready, Refused                                int
	Columns                                                    []ImportColumn
	Tabs                                                       []CountTab
	Rows                                                       []ImportLine
	Pager                                                      Pager
}

// ImportColumn is one column of a list with the fields it may mean.
type ImportColumn struct {
	Letter, Heading, Example string
	Fields                   []Choice
}

// ImportLine is what becomes of a row, or became of it.
type ImportLine struct {
	Row                              int
	Kind, Outcome, Name, Href, Place string
	Problem                          string
	Changes                          []ImportChange
	Notes                            []string // contradictions
	Back, BackKind                   string   // what undoing did
}

// ImportChange is one value of a row.
type ImportChange struct {
	Label, Old, New string
	Kept            bool
}
