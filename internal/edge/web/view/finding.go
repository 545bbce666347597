package view

// NetworkFinding is something on the network that a person has to look at.
type NetworkFinding struct {
	Href, Kind, Value string
	Nodes             []AssetLink // Tag: what it is
	Place, Room       string      // switch and port; where the switch stands
	Facility          string
	Aside, Reason     string // until when and by whom it was put aside, and why
	LastMS            int64
}

// FindingShow is the page of one finding: it can be printed as a report.
type FindingShow struct {
	Page
	FacilityID, Key string
	Digest          string // of the facts as they are shown
	Kind, Why       string
	Row             NetworkFinding
	Facts           []UnlistedFact
	FirstMS         int64
	Aside, Reason   string
	CanEdit         bool
}
