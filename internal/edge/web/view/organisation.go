package view

// Tab is one of the pages side by side under a heading.
type Tab struct {
	Href, Label string
	Current     bool
}

// Duties is who is appointed to what.
type Duties struct {
	Page
	Tabs     []Tab
	Rows     []DutyRow
	Roles    []Choice
	Names    []string // staff, offered while typing
	Places   []Choice // facilities to choose from; empty: clear
	CanEdit  bool
	Many     bool // several facilities: show which
	ShowForm bool
}

// DutyRow is one duty with its present holders.
type DutyRow struct {
	Role, Label, Why string
	Needed           bool // somebody has to hold it
	Holders          []Holder
	AppointHref      string
}

// Holder is a person with a duty.
type Holder struct {
	ID, Name, By, Facility string
	Since, Until           string // days
	Files                  int    // letters and other documents beside it
	Revision               int64
	CanEnd                 bool
}

// StaffList is the people of the facilities, and the departments.
type StaffList struct {
	Page
	Tabs        []Tab
	Rows        []StaffRow
	Departments []DepartmentRow
	DepChoices  []Choice
	Places      []Choice
	Total       int
	Pager       Pager
	CanEdit     bool
	Many        bool
}

// StaffRow is one person.
type StaffRow struct {
	ID, Name, Kana, Number, Department, Job, Facility string
	From, Until                                       string
	Left                                              bool
}

// DepartmentRow is one department.
type DepartmentRow struct{ ID, Name, Code, Phone, Facility string }

// StaffForm is the page of one person.
type StaffForm struct {
	Page
	Tabs       []Tab
	Row        StaffRow
	Mail       string
	Phone      string
	Revision   int64
	DepChoices []Choice
	CanEdit    bool
	Duties     []string
}

// RecordList is the dated proofs that something was done.
type RecordList struct {
	Page
	Tabs    []Tab
	Kinds   []Choice
	Filter  []Choice
	Places  []Choice
	Rows    []RecordRow
	Pager   Pager
	CanEdit bool
	Many    bool
}

// RecordRow is one record.
type RecordRow struct {
	ID, Kind, Title, On, By, Note, Period, Facility string
	Revision                                        int64
	Files                                           int // minutes and other documents beside it
	Withdrawn                                       bool
	WithdrawnWhy                                    string
	CanEdit                                         bool
}

// Documents is the page of one record or appointment: what is known, and its files.
type Documents struct {
	Page
	Heading, Sub        string
	UpHref, UpLabel     string // the list it belongs to
	Base                string // address of this page, the files are below it
	Lines               []DocumentLine
	Files               []FileRow
	FilesNone, FilesAdd string // words for no file, and for adding one
	Types               string // accepted endings
	MaxMB               int
	CanEdit             bool
	Withdrawn           string // why it does not count; empty: it counts
}

// DocumentLine is one thing that is known.
type DocumentLine struct{ Label, Value string }
