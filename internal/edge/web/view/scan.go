package view

// ScanList is the page of kept searches of the network.
type ScanList struct {
	Page
	Rows      []ScanRow
	Proposals []ScanProposal
	Plans     []Choice // of SNMP, to which a proposal may be added
	CanEdit   bool
	Many      bool // several facilities
}

// ScanRow is one search with its last run and its next.
type ScanRow struct {
	Href, Name, Facility, Kind, When string
	StateKind, State                 string // badge of the last run, or that there was none
	LastHref, LastWords              string
	LastMS, NextMS                   int64 // 0 = none
}

// ScanProposal is an address that looks like a device of the network.
type ScanProposal struct {
	FacilityID, Facility, Address, Name, Why string
	LastMS                                   int64
	Plans                                    []Choice // of its facility
}

// ScanForm is one search, or a new one.
type ScanForm struct {
	Page
	ID, Name, Facility, FacilityID string
	Kind, KindWords                string
	Revision                       int64
	Places                         []Choice // choose a facility first
	Kinds                          []Choice // of a new search
	Targets                        string
	TargetsMax                     int
	Keys                           []Input // credentials in the order in which they are tried
	NoKeys                         bool    // the facility has no credential yet
	Segments, Methods, Days        []Choice
	Ports, Workers, Rate           string
	When                           []Choice
	Hours, From, Until             string
	Enabled                        bool
	WhenWords                      string
	NextMS                         int64
	Live                           *ScanRun // run under way
	Runs                           []ScanRun
	MoreHref                       string
	History                        []ScanState
	CanEdit, CanKeys               bool
	ReadOnly                       []Pair // settings in words, for who may not change them
}

// ScanState is a search as it was for a time.
type ScanState struct {
	FromMS, UntilMS int64
	By, Words       string
}

// ScanRun is one carrying out of a search.
type ScanRun struct {
	Href, StateKind, State, By, Words string
	BeganMS, EndedMS                  int64
	Done, Total                       int
	Running, Paused                   bool
	Problem                           string
}

// ScanReport is the page of a run: progress and what became of each target.
type ScanReport struct {
	Page
	PlanHref, PlanName, Facility string
	Run                          ScanRun
	Tabs                         []CountTab
	Lines                        []ScanLine
	Pager                        Pager
	SentHref                     string
	CanEdit                      bool
	Live                         bool
}

// ScanLine is what became of one target.
type ScanLine struct {
	Address, IP, StateKind, State, Words, Name, Href, Key string
	Partial                                               []string
	Taken                                                 int
	AtMS, BeforeMS                                        int64
}

// ScanSent is the record of what a run sent to whom.
type ScanSent struct {
	Page
	ReportHref, PlanName string
	BeganMS, EndedMS     int64
	Lines                []ScanSentLine
	Ahead                []string // addresses and ranges whose result is not written yet
	Pager                Pager
	CSVHref              string
}

// ScanSentLine is a line of the record.
type ScanSentLine struct {
	Address, MAC, How, Rule, Packets string
	FirstMS, LastMS                  int64
	RunHref, RunName                 string
}

// ScanProof is the sheet that says what was sent to a device.
type ScanProof struct {
	Page
	Places              []Choice
	Facility            string
	FacilityID, AssetID string
	Device              string
	From, To            string // days of the form
	Made                bool   // the sheet below is filled
	Name                string
	Addresses           string
	Period              string
	Verdict             string
	VerdictKind         string
	Whole               bool
	KeptMS              int64
	Runs                string
	Sent, Maybe         []ScanSentLine
	LeftOut             []ScanSentLine
	More                int
	Files               []Choice // address and kind of file
}

// ScanKeys is the page of credentials.
type ScanKeys struct {
	Page
	Rows    []ScanKey
	CanEdit bool
	Many    bool
}

// ScanKey is one credential, without its secret.
type ScanKey struct {
	ID, Name, Facility, Version, User, Protection, By string
	UpdatedMS                                         int64
	Used                                              []string // plans
}

// ScanKeyForm is one credential, or a new one.
type ScanKeyForm struct {
	Page
	ID         string
	Row        ScanKey
	Revision   int64
	Places     []Choice
	FacilityID string
	Versions   []Choice
	Auths      []Choice
	Privs      []Choice
	Context    string
	CanEdit    bool
}
