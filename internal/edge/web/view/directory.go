package view

// DirectoryList is the page of directories that are read.
type DirectoryList struct {
	Page
	Rows   []DirectoryRow
	CanAdd bool
	Many   bool
}

// DirectoryRow is one directory with what its last readings found.
type DirectoryRow struct {
	ID, Name, Facility, Address string
	StateKind, State            string // badge
	Problem                     string // what was wrong with the last reading
	GoodMS, FullMS, FailingMS   int64  // 0 = never, or not failing
	Computers, Accounts         int
}

// DirectoryForm is the page of one directory, or of a new one.
type DirectoryForm struct {
	Page
	ID, Base, BindName, CAPEM, Pin string
	Row                            DirectoryRow
	Minutes, Revision              int
	Paused, CanManage              bool
	Places                         []Choice
	Job                            *Job
	Shrunk                         bool // the last reading found much less and waits for a person
	Tabs                           []Tab
	Gone                           bool
	Q                              string
	Computers                      []DirectoryComputer
	Pager                          Pager
}

// DirectoryComputer is one computer of a directory.
type DirectoryComputer struct {
	AssetID, Name, HostName, OS, Place, Description string
	Enabled                                         bool
	LoginMS, GoneMS                                 int64
}
