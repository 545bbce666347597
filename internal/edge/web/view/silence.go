package view

// SilenceList is the page of what does not report.
type SilenceList struct {
	Page
	Wholes     []SilenceWhole // sources as a whole that do not report
	WholesWell int            // those that do
	Outages    []Outage
	Tabs       []CountTab
	Facets     []FacetMenu
	Chips      []FilterChip
	Rows       []SilenceRow
	Many       bool // several facilities
	ExportCSV  string
	Pager      Pager
	Settings   bool // the reader may change intervals
}

// Outage is a time in which the server did not run.
type Outage struct{ FromMS, UntilMS int64 }

// SilenceWhole is a source as a whole.
type SilenceWhole struct {
	Name, Detail, Facility, Href string
	StateKind, State, Reason     string
	LastMS                       int64 // 0 = nothing yet
	Machines                     int
	Every                        string
}

// SilenceRow is one source of one machine that does not report.
type SilenceRow struct {
	AssetID, Name, Icon, Facility, Department string
	Source, SourceText                        string
	StateKind, State, Reason                  string
	LastMS, SinceMS                           int64  // last report, since when in this state; 0 = not known
	Skipped                                   string // how much of the time does not count, in words
	Elsewhere                                 string // source that saw the machine since; empty = none
	ElsewhereKind                             string
	ElsewhereMS                               int64
	Exception                                 string // until when, why, who
}

// SilenceIntervals is the page of expected intervals.
type SilenceIntervals struct {
	Page
	CanManage bool
	Places    []Choice // facilities to choose from; empty: only one
	At        string   // ID of the facility shown
	Name      string
	Rows      []IntervalRow
	Closed    []ClosedDay
}

// IntervalRow is what is expected of a kind of source.
type IntervalRow struct {
	Kind, Label, Why                string
	Every, Grace, Silent            int64 // hours
	EveryText, LateText, SilentText string
	SkipClosed, Off, Changed        bool
	By                              string
	AtMS                            int64
}

// ClosedDay is a day on which a facility is closed.
type ClosedDay struct{ Day, Name, By string }

// SilenceLine is one source on the page of a machine.
type SilenceLine struct {
	Source, SourceText       string
	StateKind, State, Reason string
	Every                    string
	LastMS                   int64
	Elsewhere, ElsewhereKind string
	ElsewhereMS              int64
	Skipped                  string
}

// AssetException is an exception on the page of a machine.
type AssetException struct{ ID, Source, Days, Until, Reason, By string }

// AssetSilence is what the page of a machine says of its sources.
type AssetSilence struct {
	Lines      []SilenceLine
	Exceptions []AssetException
	Sources    []Choice
	Weekdays   []Choice
	CanEdit    bool
}
