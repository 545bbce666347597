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
	Places         []Choice // empty: nothing to choose
	Fixed          string   // the facility, when there is nothing to choose
	AssetID, Asset string   // the machine that the files are about, when a person named it
	MaxMB          int
	CanKit         bool // may see collection kits
}

// KitList is the collection kits.
type KitList struct {
	Page
	Kits      []KitRow
	Places    []Choice // empty: nothing to choose
	Fixed     string
	Expiries  []Choice
	CanManage bool
	Many      bool // several facilities are shown
	Q         string
	Pager     Pager
}

// KitRow is one collection kit.
type KitRow struct {
	ID, Name, Facility, By, StateKind, State string
	Files                                    int
	UsedMS, EndMS                            int64
	Open                                     bool
}

// ImportShow is one import: a draft with what it would do, or what it did.
type ImportShow struct {
	Page
	ID, File, Facility, State, StateKind, ReadAs, SHA256, Base string
	Taken, Undone                                              string // who and when
	Draft, Running, CanImport, CanUndo, WithoutNumber          bool
	Machines                                                   bool   // files of machines, no list
	Wrong                                                      string // why nothing can be foreseen
	Done, Total, Ready, Refused                                int
	Bill                                                       *ImportBill // of a bill of materials that is a draft
	AssetHref, AssetName                                       string      // what a bill is about; empty: not chosen, or not for the reader
	Q                                                          string
	Asking                                                     bool // which asset it is about, is asked openly
	IsBill, More                                               bool // More: not all that may be meant are proposed
	Proposals                                                  []ImportProposal
	Columns                                                    []ImportColumn
	Tabs                                                       []CountTab
	Rows                                                       []ImportLine
	Pager                                                      Pager
}

// ImportBill is what a bill of materials says of itself.
type ImportBill struct {
	Form, Subject, Supplier, Serial, Authors, ID, Components string
	WrittenMS                                                int64 // 0 = not told
	Notes                                                    []string
	LeftOut, Before                                          string
	Warnings                                                 []string
}

// ImportProposal is an asset that a bill may be about.
type ImportProposal struct {
	ID, Name, Href, Kind, Model, Serial, Reason string
	Current                                     bool
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
	Problem, Remark                  string
	How, Contents                    string // of a machine's file: how it was made, what it holds
	Gaps                             []string
	Changes                          []ImportChange
	Notes                            []string // contradictions
	Back, BackKind                   string   // what undoing did
}

// ImportChange is one value of a row.
type ImportChange struct {
	Label, Old, New string
	Kept            bool
}
