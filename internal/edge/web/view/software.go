package view

// SoftwareRemoved is the list of programs that are no longer on a machine.
type SoftwareRemoved struct {
	Page
	Q              string
	Updates        bool   // also those that another version replaced
	AssetID, Asset string // of one device; empty = of all
	Rows           []RemovedRow
	Pager          Pager
}

// RemovedRow is one of them; Successor is the version that took its place, if any.
type RemovedRow struct {
	Name, Version, Publisher, Successor, Source, SourceText, Asset, Href string
	GoneMS, SinceMS                                                      int64
}
