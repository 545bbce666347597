package view

func sampleScans(p Page) View {
	return &ScanList{Page: p, CanEdit: true, Many: true,
		Rows:      []ScanRow{{Href: "/network/scans/1", Name: evil, Facility: evil, Kind: evil, When: evil, StateKind: "ok", State: evil, LastHref: "/network/scans/1/runs/1", LastWords: evil, LastMS: 1, NextMS: 2}, {Href: "/network/scans/2", Name: "b", StateKind: "none"}},
		Proposals: []ScanProposal{{FacilityID: "1", Facility: evil, Address: evil, Name: evil, Why: evil, LastMS: 1, Plans: sampleChoices}, {Address: "192.0.2.1", FacilityID: "1"}}}
}

func sampleScansNone(p Page) View { return &ScanList{Page: p} }

func sampleScan(p Page) View {
	return &ScanForm{Page: p, ID: "1", Name: evil, Facility: evil, FacilityID: "1", Kind: "snmp", KindWords: evil, Revision: 2, Targets: evil, TargetsMax: 10, Keys: []Input{p.Input("credential1", "scan.keys").From(sampleChoices)}, NoKeys: true,
		Days: sampleChoices, When: sampleChoices, Workers: "16", Hours: "24", From: "22:00", Until: "05:00", Enabled: true, WhenWords: evil, NextMS: 1, Live: &ScanRun{Href: "/x", StateKind: "info", State: evil, Words: evil}, CanEdit: true,
		Runs: []ScanRun{{Href: "/x", StateKind: "ok", State: evil, By: evil, Words: evil, BeganMS: 1}}, MoreHref: "/x", History: []ScanState{{1, 2, evil, evil}, {FromMS: 1}}}
}

func sampleScanSweep(p Page) View {
	return &ScanForm{Page: p, Kind: "sweep", Kinds: sampleChoices, Segments: sampleChoices, Methods: sampleChoices, Ports: "22", Rate: "50", CanEdit: true}
}

func sampleScanPlaces(p Page) View {
	return &ScanForm{Page: p, Kind: "snmp", Places: sampleChoices, CanEdit: true}
}

func sampleScanRead(p Page) View {
	return &ScanForm{Page: p, ID: "1", Name: evil, Kind: "snmp", ReadOnly: []Pair{{evil, evil}}}
}

func sampleScanReport(p Page) View {
	return &ScanReport{Page: p, PlanHref: "/network/scans/1", PlanName: evil, Facility: evil, Run: ScanRun{Href: "/x", StateKind: "info", State: evil, By: evil, Words: evil, BeganMS: 1, EndedMS: 2, Done: 1, Total: 2, Running: true, Problem: evil},
		Tabs: []CountTab{{"/x", evil, "2", true}}, Lines: []ScanLine{{Address: evil, IP: evil, StateKind: "ok", State: evil, Words: evil, Name: evil, Href: "/assets/1", Key: evil, Partial: []string{evil}, Taken: 3, AtMS: 1, BeforeMS: 1}, {Address: "b", StateKind: "none"}},
		Pager: p.Pager("s", "", "/x"), SentHref: "/x/sent", CanEdit: true, Live: true}
}

func sampleScanReportPaused(p Page) View {
	return &ScanReport{Page: p, Run: ScanRun{Href: "/x", StateKind: "hold", Total: 1, Paused: true}, CanEdit: true, Live: true}
}

func sampleScanSent(p Page) View {
	return &ScanSent{Page: p, ReportHref: "/x", PlanName: evil, BeganMS: 1, CSVHref: "/x?format=csv", Lines: []ScanSentLine{{Address: evil, MAC: evil, How: evil, Packets: "3", FirstMS: 1, LastMS: 2}, {Address: "b", Rule: evil}}, Ahead: []string{evil, "b"}, Pager: p.Pager("s", "", "")}
}

func sampleScanSentNone(p Page) View { return &ScanSent{Page: p} }

func sampleScanProof(p Page) View {
	line := ScanSentLine{Address: evil, MAC: evil, How: evil, Packets: "3", FirstMS: 1, LastMS: 2, RunHref: "/x", RunName: evil}
	return &ScanProof{Page: p, Places: sampleChoices, Facility: evil, FacilityID: "1", AssetID: "1", Device: evil, From: "2026-10-01", To: "2026-11-01", Made: true, Name: evil, Addresses: evil, Period: evil, Verdict: evil, VerdictKind: "warn", KeptMS: 1, Runs: evil,
		Sent: []ScanSentLine{line, {RunName: "b"}}, Maybe: []ScanSentLine{line, {RunName: "b"}}, LeftOut: []ScanSentLine{line, {Rule: evil, RunName: "b"}}, More: 2, Files: sampleChoices}
}

func sampleScanProofForm(p Page) View { return &ScanProof{Page: p, FacilityID: "1"} }

func sampleScanKeys(p Page) View {
	return &ScanKeys{Page: p, CanEdit: true, Many: true, Rows: []ScanKey{{ID: "1", Name: evil, Facility: evil, Version: "SNMPv3", User: evil, Protection: evil, By: evil, UpdatedMS: 1, Used: []string{evil, "b"}}, {ID: "2", Name: "b"}}}
}

func sampleScanKeysNone(p Page) View { return &ScanKeys{Page: p} }

func sampleScanKey(p Page) View {
	return &ScanKeyForm{Page: p, ID: "1", Row: ScanKey{Name: evil, Facility: evil, User: evil}, Revision: 1, Places: sampleChoices, Versions: sampleChoices, Auths: sampleChoices, Privs: sampleChoices, Context: evil, CanEdit: true}
}

func sampleScanKeyNew(p Page) View {
	return &ScanKeyForm{Page: p, Versions: sampleChoices, Auths: sampleChoices, Privs: sampleChoices}
}
