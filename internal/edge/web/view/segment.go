package view

// SegmentList is what people said of the segments of a facility.
type SegmentList struct {
	Page
	FacilityID string
	Places     []Choice // facilities to choose from; empty: only one
	Day        string   // shown, 2006-01-02; empty = now
	AsOf       string   // the same in words
	Map        string   // address of the map
	Addresses  string   // address of the address plan
	New        string   // address of the form of a new one
	Rows       []SegmentRow
	Proposals  []SegmentProposal
	CanEdit    bool
}

// SegmentRow is one segment.
type SegmentRow struct {
	Href, Name, Purpose, Range, VLAN string
	Around                           string   // the wider segment that it lies in
	Kinds                            []string // what belongs into it; empty = nobody said
	Used, Size, Devices              string
	Share                            float64 // 0–1 of the addresses are in use
	By                               string
	FromMS                           int64 // since when it is said like this
}

// SegmentProposal is a range or VLAN that no segment says anything about.
type SegmentProposal struct {
	Href, Name, Range, VLAN, Machines string
	Sources                           []string
}

// SegmentForm is one segment.
type SegmentForm struct {
	Page
	ID, Name, Facility string
	FacilityID         string
	List               string // address of the list
	Revision           int64
	Places             []Choice // facilities to choose from, of a new one
	Proposal           string   // key of the proposal that it comes from
	Fields             []Input
	Kinds              []SegmentKind
	KindsError         string
	Around             string   // the wider segment that it lies in
	Within             []string // narrower segments in it
	Ties               []SegmentTie
	History            []SegmentState
	Ended              string // when and by whom it was taken out of use; empty = in use
	CanEdit            bool
}

// SegmentKind is a kind of device that may belong into a segment.
type SegmentKind struct {
	Choice
	Now string // how many stand in it today; empty = none
}

// SegmentTie is something that rests on a segment.
type SegmentTie struct{ Words, Href string }

// SegmentState is a segment as it was for a time.
type SegmentState struct {
	FromMS, UntilMS                             int64
	By, Name, Range, VLAN, Purpose, Kinds, Note string
	DHCP                                        []string // ranges
}
