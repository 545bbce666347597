package view

// Samples of the ledger's pages; samples_test.go names each.

func sampleHead() AssetHead {
	return AssetHead{ID: "1", Name: evil, Icon: "server", Kind: "k", KindHref: "/assets?kind=pc", Tag: evil, Purpose: evil, Facility: evil, Status: "s", States: []State{{"warn", evil}, {"silent", "x"}},
		SeenMS: 1, Tabs: []CountTab{{Href: "/a", Label: evil, Current: true}, {Href: "/b", Label: "b"}}, Day: "2026-01-02", NowHref: "/assets/1", Revision: 3, CanEdit: true, CanRetire: true}
}

func sampleAssetList(p Page) View {
	return &AssetList{Page: p, Q: evil, Tabs: []CountTab{{"/a", evil, "3", true}, {"/b", "b", "", false}}, Chips: []FilterChip{{evil, "/a", evil}},
		Facets:  []FacetMenu{{evil, []FacetChoice{{evil, "2", "/a", true}, {"b", "", "/b", false}}}, {"none", nil}},
		Columns: []AssetColumn{{evil, "/a", "ascending"}, {"b", "/b", "descending"}, {"c", "/c", ""}}, ColumnChoices: sampleChoices,
		Rows: []AssetRow{{ID: "1", Name: evil, Tag: evil, Href: "/assets/1", Facility: evil, StateKind: "warn", State: evil, More: []string{evil},
			Cells: []AssetCell{{Text: evil, Icon: "server"}, {Text: evil, Source: "agent", SourceText: evil, Number: true}, {}, {Text: "w", Warn: true}, {Source: "snmp", SourceText: "s"}}}},
		Views: []SavedView{{ID: "1", Name: evil, Href: "/a", Shared: true, Own: true}, {ID: "2", Name: "b", Href: "/b", Shared: true}}, Hidden: []Pair{{evil, evil}}, HiddenColumns: []Pair{{"q", evil}}, HiddenDay: []Pair{{"q", evil}},
		QueryText: evil, Bulk: []Choice{{Value: "a", Label: evil, Icon: "flag"}, {Value: "b", Label: "b", Icon: "flag"}, {Value: "c", Label: "c", Icon: "flag"}, {Value: "d", Label: "d", Icon: "flag"}},
		Sizes: []Tab{{"/a", "50", true}, {"/b", "100", false}}, Pager: p.Pager("s", "/a", "/b"), Total: 3, AsOf: "2026-01-02", AsOfMS: 1, NowHref: "/a", ExportCSV: "/c", ExportExcel: "/x",
		CanAdd: true, CanImport: true, CanEdit: true, CanExport: true, CanSave: true}
}

func sampleAssetShow(p Page) View {
	said := []FactSource{{Kind: "manual", Source: evil, By: evil, Value: evil, Raw: evil, AtMS: 1, SinceMS: 1, Winning: true}, {Kind: "agent", Source: "s", Value: "v", Raw: "v", AtMS: 1, SinceMS: 1, Contradicts: true}}
	return &AssetShow{Page: p, Head: sampleHead(), Groups: []FactGroup{{evil, []FactRow{
		{Field: "a", Label: evil, Value: evil, Sources: said, Conflict: true, CanDecide: true}, {Field: "b", Label: "b", Value: "v", Sources: said[1:]}, {Field: "c", Label: "c", Missing: true},
		{Field: "d", Label: "d", Value: "v", Sources: said, Conflict: true, Decided: true}}}},
		Guard:   []GuardLine{{evil, "ok", evil}, {"b", "none", "x"}, {"c", "unknown", "x"}, {"d", "danger", "x"}},
		Members: []AssetMember{{ID: "1", Name: evil, Icon: "server", Role: evil, Href: "/a", SinceMS: 1}}, Systems: sampleChoices,
		Vendor: &AssetVendor{"1", evil, evil, evil, evil}, Contracts: sampleContracts}
}

func sampleProtection(p Page) View {
	return &AssetProtection{Page: p, Head: sampleHead(), Guard: []GuardLine{{evil, "warn", evil}},
		Safeguards: []SafeguardRow{{evil, evil, "ok", evil, evil, evil, "2026-01-02", 1}}, Updates: []UpdateRow{{evil, "agent", 1, 1, 1, true}},
		Pending:  []PendingRow{{evil, evil, evil, evil, true, 1}, {"a", "b", "c", "", false, 1}},
		Services: []ServiceRow{{evil, evil, evil, evil, evil, true, true, 1}, {Name: "b"}},
		Volumes:  []VolumeRow{{evil, evil, evil, evil, "ok", evil, evil}}, Disks: []DiskRow{{evil, evil, evil, evil, evil, "failing"}},
		Off: []OffRow{{evil, evil, evil, evil, 1, 1}, {"a", "", "c", "d", 0, 1}}, Settings: []SettingRow{{evil, evil, "warn", evil, evil, 1}, {Label: "a", Value: "b"}},
		Backups: []BackupRow{{evil, evil, evil, evil, 1, 2, true}, {Product: "b"}}, Lists: []DetailList{{"printers", evil, evil, []string{evil}, [][]string{{evil}}}}}
}

func sampleSoftware(p Page) View {
	return &AssetSoftware{Page: p, Head: sampleHead(), Q: evil, Total: 1, Pager: p.Pager("s", "/a", "/b"), Rows: []InstallRow{{evil, evil, evil, evil, "2026-01-02", "agent", evil, 1, "", ""}, {Name: "b", Source: "csv", Identifier: evil, Licence: evil}},
		CanImport: true, Bills: []BillRow{{ImportID: "1", File: evil, Subject: evil, Supplier: evil, Form: evil, By: evil, WrittenMS: 1, SinceMS: 1, GoneMS: 2, Components: 3}, {ImportID: "2", File: "b", SinceMS: 1}}}
}

func sampleNetwork(p Page) View {
	return &AssetNetwork{Page: p, Head: sampleHead(), Exposed: 1, OnlyPorts: 2, Interfaces: []InterfaceRow{{Name: evil, MAC: evil, Kind: evil, Gateway: evil, DHCP: evil, Source: "agent", SourceText: evil, Up: true, Mbps: 5, Addresses: []string{evil, "b"}, DNS: []string{evil}}},
		Ports: []PortRow{{evil, evil, evil, evil, evil, 80, true, 1}, {Protocol: "udp", Number: 53}},
		Parts: &DeviceParts{Ports: []SwitchPortRow{{evil, evil, evil, evil, evil, evil, evil, evil, true, true, 5}, {Name: "b"}}, MapHref: "/a", VLANs: []string{evil, "2"}, Bridges: []BridgeRow{{evil, evil, evil, 1, false}, {Bridge: "b", IsRoot: true}},
			Modules: []ModuleRow{{evil, evil, evil, evil, evil, evil, evil}}, Supplies: []SupplyRow{{evil, evil, evil, evil, "warn"}, {Name: "b", Amount: "1"}}, Pages: evil, Power: []PowerRow{{evil, "warn", evil, evil, evil, true}, {BatteryState: "ok"}}}}
}

func sampleAccount() AccountRow {
	return AccountRow{AssetID: "1", Asset: evil, Name: evil, FullName: evil, Why: evil, Login: evil, Owner: evil, OwnerKind: "staff", Note: evil, OwnerName: evil, Groups: []string{evil, "g"},
		Privileged: true, Enabled: true, NoPassword: true, LoginMS: 1, UnusedDays: 99}
}

func sampleAccounts(p Page) View {
	return &AssetAccounts{Page: p, Head: sampleHead(), Total: 2, Kinds: sampleChoices, Chosen: evil, Pager: p.Pager("s", "", ""),
		Rows: []AccountRow{sampleAccount(), {Name: "b", NoOwner: true, Owner: "o", Enabled: true}, {Name: "c", NoOwner: true, Owner: "o", Locked: true}}}
}

func sampleAccountList(p Page) View {
	return &AccountList{Page: p, Show: evil, Q: evil, Tabs: sampleTabs, Rows: []AccountRow{sampleAccount()}, Total: 1, Limit: 90, Pager: p.Pager("s", "/a", "/b")}
}

func sampleHistory(p Page) View {
	return &AssetHistory{Page: p, Head: sampleHead(), Pager: p.Pager("s", "/a", "/b"), Rows: []ChangeRow{{1, evil, evil, evil, "agent", evil, evil, "/a", true}, {AtMS: 1, Field: "f", Old: "o", Source: "csv"}}}
}

func sampleDocuments(p Page) View {
	return &AssetDocuments{Page: p, Head: sampleHead(), Files: []FileRow{{"1", evil, evil, evil, evil, 1, true}, {ID: "2", Name: "b"}}, Types: ".pdf", MaxMB: 25, CanAttach: true,
		Vendor: &AssetVendor{"", evil, evil, evil, evil}, Covering: sampleContracts, Others: sampleContracts}
}

func sampleGroups(p *Page) []FieldGroup {
	return []FieldGroup{{evil, []FormField{{p.Input("serial", "asset.field.serial").Or(evil), evil, true}, {p.Input("status", "asset.field.status").From(sampleChoices), evil, false}}}}
}

func sampleAssetNew(p Page) View {
	return &AssetNew{Page: p, Kinds: []Choice{{Value: "pc", Label: evil, Icon: "server"}}, Kind: "pc", KindLabel: evil, Icon: "server", Places: sampleChoices, Groups: sampleGroups(&p)}
}

func sampleAssetKind(p Page) View {
	return &AssetNew{Page: p, Kinds: []Choice{{Value: "pc", Label: evil, Icon: "server"}}}
}

func sampleAssetEdit(p Page) View {
	return &AssetEdit{Page: p, ID: "1", Name: evil, Icon: "server", Revision: 2, Kinds: sampleChoices, KindWas: evil, Groups: sampleGroups(&p), Clashes: []Clash{{evil, evil, evil}, {"a", "", ""}}}
}

func sampleRetire(p Page) View {
	return &AssetRetire{Page: p, ID: "1", Name: evil, Icon: "server", Revision: 2, Files: sampleChoices, MaxMB: 25}
}

func sampleBulk(p Page) View {
	return &AssetBulk{Page: p, Field: evil, Label: evil, Heading: evil, ListQuery: evil, Back: "/assets", Rows: []BulkRow{{"1", evil, evil, "server", evil}, {ID: "2", Name: "b", Icon: "server"}}, Input: p.Input("value", "asset.field.room")}
}

func sampleConflicts(p Page) View {
	return &ConflictList{Page: p, Pager: p.Pager("s", "/a", "/b"), Rows: []ConflictRow{
		{ID: "1", Cause: evil, Key: evil, Value: evil, SourceKind: "agent", Source: evil, Asset: AssetLink{"/a", evil, evil}, Other: AssetLink{"/b", evil, evil}, AtMS: 1, Href: "/conflicts/1", LaterMS: 1},
		{ID: "2", OtherElsewhere: true, ClosedMS: 1, ClosedBy: evil, Note: evil, Outcome: evil, SourceKind: "csv"}, {ID: "3", SourceKind: "csv"}}}
}

func sampleConflict(p Page) View {
	side := ConflictSide{"1", "/assets/1", evil, evil, evil}
	value := []ConflictValue{{Value: evil, SourceKind: "agent", Source: evil, AtMS: 1, Shared: true}, {Value: "b", SourceKind: "csv", Source: "s"}}
	return &ConflictShow{Page: p, ID: "1", Cause: evil, Key: evil, Value: evil, Source: evil, Mine: side, Theirs: ConflictSide{"2", "/assets/2", evil, "", ""}, Pair: true, CanAnswer: true, CanMerge: true, LaterMS: 1, SplitHref: "/assets/1/merges",
		Keys: []ConflictKey{{Label: evil, Mine: value, Theirs: value, Kind: "ok", State: evil}, {Label: "b", Mine: value}}, Fields: []ConflictField{{evil, evil, evil, true}, {Label: "b"}}}
}

func sampleConflictSelf(p Page) View {
	return &ConflictShow{Page: p, ID: "1", Cause: "c", Mine: ConflictSide{"1", "/assets/1", "a", "", ""}, CanAnswer: true, SplitHref: "/assets/1/merges"}
}

func sampleConflictDone(p Page) View {
	return &ConflictShow{Page: p, ID: "1", Cause: "c", Elsewhere: true, ClosedMS: 1, ClosedBy: evil, Note: evil, Outcome: evil}
}

func sampleMerges(p Page) View {
	return &AssetMerges{Page: p, Head: sampleHead(), Text: evil, Found: []ConflictSide{{"1", "/assets/1", evil, evil, evil}}, More: true, Parts: sampleChoices, CanEdit: true, Split: true,
		Rows: []MergeRow{{ID: "1", Words: evil, Name: evil, Href: "/assets/2", By: evil, Note: evil, AtMS: 1, CanUndo: true}, {ID: "2", Words: "w", UndoneMS: 1, UndoneBy: evil}}}
}

func sampleMergesNone(p Page) View {
	return &AssetMerges{Page: p, Head: sampleHead(), Text: "x", CanEdit: true}
}

func sampleServices(p Page) View {
	return &ServiceList{Page: p, Kind: evil, Subject: evil, Place: evil, Here: "/services", Tabs: sampleTabs, Kinds: sampleTabs, Subjects: sampleTabs, Places: sampleChoices, Total: 1, CanEdit: true,
		Rows: []ServiceDecision{{Name: evil, Kind: evil, KindLabel: evil, Icon: "server", Assets: 3}}}
}

func sampleDecided(p Page) View {
	return &ServiceList{Page: p, Show: "decided", Tabs: sampleTabs, CanEdit: true, Rows: []ServiceDecision{{Name: evil, Icon: "server", Verdict: "needed", VerdictLabel: evil, Reason: evil, AtMS: 1}, {Name: "b", Icon: "server", Verdict: "unneeded", VerdictLabel: "v"}}}
}

func sampleRemoved(p Page) View {
	return &SoftwareRemoved{Page: p, Q: evil, Updates: true, AssetID: "1", Asset: evil, Pager: p.Pager("s", "/a", "/b"), Rows: []RemovedRow{
		{Name: evil, Version: evil, Publisher: evil, Successor: evil, Source: "agent", SourceText: evil, Asset: evil, Href: "/a", GoneMS: 2, SinceMS: 1}, {Name: "b", Source: "usb"}}}
}

func sampleGuideline(p Page) View {
	return &Guideline{Page: p, Name: evil, Issued: "2023-05-31", Official: "https://www.mhlw.go.jp/", Completeness: evil, Parts: []CountTab{{"/a", evil, "3", true}}, Reader: evil, PartURL: "https://www.mhlw.go.jp/x.pdf",
		Chapters: []GuidelineChapter{{1, evil, []GuidelineItem{
			{ID: "control.1.1", Number: evil, Section: evil, Heading: evil, Summary: evil, Evidence: evil, Mode: evil, Later: evil, Known: true, Provisional: true, Cloud: true, Links: []ChecklistLink{{"/a", evil, evil}, {"/b", "b", "c"}}},
			{ID: "control.1.2", Number: "2"}}}, {2, "b", nil}}}
}
