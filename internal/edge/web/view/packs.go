package view

// Packs lists inspection packs, with what is missing before the next one.
type Packs struct {
	Page
	Facility, FacilityID, Provisional, Date string
	CanMake                                 bool
	Editions                                []Choice
	Ready                                   []ReadyLine
	Job                                     *Job
	Rows                                    []PackRow
	Pager                                   Pager
}

// ReadyLine is one thing to look at before printing.
type ReadyLine struct{ Kind, Label, Count, Href string }

// PackRow is one pack that was made.
type PackRow struct {
	ID, Edition, Day, By, Size, Mark string
	MadeMS                           int64
	Pages, Yes                       int
}

// Job is work in the background.
type Job struct {
	ID, Href        string
	Done, Total     int
	Running, Failed bool
}
