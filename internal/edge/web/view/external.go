package view

// ExternalList is the register of ways in from outside.
type ExternalList struct {
	Page
	AsOf      string // day that is shown, in words; empty = now
	Day       string // the same as 2006-01-02
	Rows      []ExternalRow
	Proposals []ExternalProposal
	Many      bool // several facilities
	CanEdit   bool
}

// ExternalRow is one way in.
type ExternalRow struct {
	Href, Name, Party, PartyKind, Facility string
	Line, Protocol                         string
	Box, BoxHref, Firmware                 string
	Auth, SecondFactor, SourceLimit        string
	Opening, PatchOwner                    string
	LastSession, Reviewed                  string
	Gaps                                   []string // what an inspector would ask about
}

// ExternalProposal is something that may be a way in.
type ExternalProposal struct {
	FacilityID, Key, Kind, Name, Href string
	Machines                          int
	Proof, Facility                   string
	FirstMS                           int64
}

// ExternalForm is one way in.
type ExternalForm struct {
	Page
	ID, Name, Facility string
	FacilityID         string
	Revision           int64
	Places             []Choice
	Fields             []Input
	Gaps               []string
	History            []ExternalState
	CanEdit            bool
	Proposal           string // key of the proposal that it comes from
}

// ExternalState is a way in as it was for a time.
type ExternalState struct {
	FromMS, UntilMS int64
	By, Owner, Auth string
	SecondFactor    string
	Opening         string
}
