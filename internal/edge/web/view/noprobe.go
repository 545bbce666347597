package view

// NoProbeList is the list of what active scanning never touches.
type NoProbeList struct {
	Page
	Rows    []NoProbeRow
	Devices []NoProbeDevice
	Unknown int      // medical devices without any address
	Ended   bool     // rules that were taken off are shown, too
	Many    bool     // several facilities
	Places  []Choice // facilities where the reader may add rules
	Fields  []Input  // of the form; none: the reader may only look
}

// NoProbeRow is one rule.
type NoProbeRow struct {
	ID, Kind, Value, Reason, By, Facility string
	AtMS                                  int64
	EndedMS                               int64 // 0 = in force
	EndedBy, EndReason                    string
	CanEnd                                bool
}

// NoProbeDevice is a medical device of the ledger.
type NoProbeDevice struct {
	Href, Name, Facility string
	Addresses            []string
	Sources              string // who told of them
}
