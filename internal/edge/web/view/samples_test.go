package view

// samples is one filled view for each line of list.go; add yours here.
var samples = []func(Page) View{
	sampleScans, sampleScansNone, sampleScan, sampleScanSweep, sampleScanPlaces, sampleScanRead, sampleScanReport, sampleScanReportPaused, sampleScanSent, sampleScanSentNone, sampleScanProof, sampleScanProofForm, sampleScanKeys, sampleScanKeysNone, sampleScanKey, sampleScanKeyNew,
	func(p Page) View {
		return &Problem{p, ProblemBody{Status: 404, What: "x", SoWhat: "y", Next: "z", NextHref: "/", NextLabel: "go", RequestID: "id"}}
	},
	func(p Page) View {
		return &AppProblem{p, ProblemBody{Status: 500, What: "x", SoWhat: "y", Next: "z", NextHref: "/", NextLabel: "go", RequestID: "id"}}
	},
	func(p Page) View { return &Login{Page: p, Hospital: evil, Next: "/x?" + evil, Passkeys: true} },
	func(p Page) View { return &LoginSecond{Page: p, Next: "/", TOTP: true, Passkeys: true} },
	func(p Page) View { return &LoginSecond{Page: p, Next: "/", Recovery: true} },
	func(p Page) View {
		return &Setup{Page: p, Code: evil, Kinds: sampleChoices, Facility: evil, Beds: "20"}
	},
	func(p Page) View { return &SetupGone{Page: p} },
	func(p Page) View {
		return &ImportList{Page: p, CanImport: true, Many: true, Pager: p.Pager("s", "/a", "/b"), Rows: []ImportRow{{ID: "1", File: evil, Facility: evil, State: "s", StateKind: "ok", By: evil, Counts: evil, AtMS: 1, Rows: 3}}}
	},
	func(p Page) View { return &ImportList{Page: p} },
	func(p Page) View { return &ImportNew{Page: p, Places: sampleChoices, MaxMB: 25} },
	func(p Page) View {
		return &ImportNew{Page: p, Fixed: "1", AssetID: "1", Asset: evil, MaxMB: 25, CanKit: true}
	},
	func(p Page) View {
		return &KitList{Page: p, Places: sampleChoices, Expiries: sampleChoices, CanManage: true, Many: true,
			Kits: []KitRow{{ID: "1", Name: evil, Facility: evil, By: evil, StateKind: "ok", State: "s", Files: 3, UsedMS: 1, EndMS: 2, Open: true}, {ID: "2", Name: "b"}}}
	},
	func(p Page) View { return &KitList{Page: p} },
	func(p Page) View {
		return &ImportShow{Page: p, ID: "1", File: evil, State: "s", StateKind: "info", Base: "/imports/1", Draft: true, CanImport: true, Machines: true, WithoutNumber: true, Ready: 1, Refused: 1,
			Rows: []ImportLine{{Row: 1, Kind: "ok", Outcome: "o", Name: evil, Place: evil, How: evil, Contents: evil, Remark: evil, Gaps: []string{evil}}}}
	},
	func(p Page) View {
		return &ImportShow{Page: p, ID: "1", File: evil, Facility: evil, State: "s", StateKind: "info", ReadAs: evil, Base: "/imports/1", Draft: true, CanImport: true, WithoutNumber: true, Wrong: evil, Ready: 3, Refused: 1,
			Columns: []ImportColumn{{Letter: "A", Heading: evil, Example: evil, Fields: sampleChoices}}, Tabs: []CountTab{{"/a", evil, "3", true}, {"/b", "b", "", false}}, Pager: p.Pager("s", "", "/b"),
			Rows: []ImportLine{{Row: 2, Kind: "ok", Outcome: "o", Name: evil, Changes: []ImportChange{{Label: evil, Old: evil, New: evil}}, Notes: []string{evil}}, {Row: 3, Kind: "danger", Outcome: "o", Problem: evil}}}
	},
	func(p Page) View {
		return &ImportShow{Page: p, ID: "1", File: evil, State: "s", StateKind: "ok", SHA256: "x", Base: "/imports/1", Taken: evil, Undone: evil, Running: true, CanImport: true, CanUndo: true, Done: 1, Total: 2,
			Rows: []ImportLine{{Row: 2, Kind: "ok", Outcome: "o", Name: evil, Href: "/assets/1", Back: evil, Changes: []ImportChange{{Label: "l", New: "n", Kept: true}}}}}
	},
	func(p Page) View {
		return &ImportShow{Page: p, ID: "1", File: evil, State: "s", StateKind: "info", Base: "/imports/1", Draft: true, CanImport: true, IsBill: true, Asking: true, More: true, Q: evil, Refused: 1,
			Bill:      &ImportBill{Form: evil, Subject: evil, Supplier: evil, Serial: evil, Authors: evil, ID: evil, Components: "3", WrittenMS: 1, Notes: []string{evil}, LeftOut: evil},
			Proposals: []ImportProposal{{ID: "1", Name: evil, Href: "/assets/1", Kind: "k", Model: evil, Serial: evil, Reason: "r"}}}
	},
	func(p Page) View {
		return &ImportShow{Page: p, ID: "1", File: evil, State: "s", StateKind: "info", Base: "/imports/1", Draft: true, CanImport: true, IsBill: true, AssetHref: "/assets/1/software", AssetName: evil, Ready: 3,
			Bill: &ImportBill{Form: "f", Components: "3", Before: evil, Warnings: []string{evil}}, Proposals: []ImportProposal{{ID: "1", Name: "n", Href: "/assets/1", Current: true}},
			Rows: []ImportLine{{Row: 1, Kind: "warn", Outcome: "o", Name: evil, How: evil, Contents: evil, Changes: []ImportChange{{Label: "l", Old: evil, New: evil}}}}}
	},
	func(p Page) View {
		return &ImportShow{Page: p, ID: "1", File: "f", State: "s", StateKind: "ok", Base: "/imports/1", Taken: "t", IsBill: true, CanUndo: true, CanImport: true, AssetHref: "/assets/1/software", AssetName: evil}
	},
	func(p Page) View { return &Welcome{Page: p, Code: evil, Name: evil, Login: evil, Least: 13} },
	func(p Page) View { return &Welcome{Page: p} },
	func(p Page) View {
		return &Prove{Page: p, Action: "/users", Carried: []Carried{{Name: evil, Value: evil}}, Password: true, TOTP: true, Passkeys: true}
	},
	func(p Page) View { return &Prove{Page: p, Action: "/prove"} },
	func(p Page) View { return &SetupGone{Page: p, Done: true} },
	func(p Page) View {
		return &Today{Page: p, Heading: "today", Sub: evil, Hidden: 3, KPIs: []KPI{{Href: "/assets", Label: evil, Value: "3", Unit: "u", Note: evil, NoteKind: "warn", Spark: NewSpark([]SparkPoint{{"2026-11-23", 1}, {"2026-11-24", 2}}), Trend: evil, TrendIcon: "arrow-up", SparkWords: evil}},
			Later: []LaterTodo{{Topic: evil, Title: evil, Until: evil}}, LaterFrom: "2026-11-25", LaterUntil: "2027-11-25",
			Todos: []Todo{{N: 1, Topic: evil, Title: evil, Why: evil, BadgeKind: "danger", Badge: evil, Meta: []string{evil}, Href: "/x", Button: evil, First: true, Pressed: true}},
			Ends:  []Deadline{{Days: 3, Title: evil, Note: evil, Href: "/x", Soon: true}, {Days: 30, Title: "a"}}, Fresh: []Freshness{{"ok", evil, evil}, {"warn", "a", "b"}}}
	},
	func(p Page) View { return &Today{Page: p, Heading: "today"} },
	func(p Page) View {
		return &Once{Page: p, Heading: evil, Lead: evil, Warning: evil, Items: []OnceItem{{Label: evil, Secret: p.Secret("one", evil), Hint: evil}}, Codes: []string{"a", "b"}, BackHref: "/", BackLabel: "back"}
	},
	func(p Page) View {
		return &Profile{Page: p, Login: evil, Name: evil, Languages: sampleChoices, Themes: sampleChoices, Densities: sampleChoices, TOTP: true, Second: true, Codes: 3,
			Passkeys: []Passkey{{ID: "1", Name: evil, AddedMS: 1, UseMS: 0}, {ID: "2", Name: "b", AddedMS: 1, UseMS: 2}}, CanAdd: true,
			Sessions: []Session{{ID: "1", Device: evil, Address: evil, Here: true}, {ID: "2", Device: evil}}, MustDo: evil}
	},
	func(p Page) View { return &Profile{Page: p, Languages: sampleChoices} },
	func(p Page) View {
		return &TOTP{Page: p, QR: "data:image/png;base64,AAAA", Secret: p.Secret("totp-secret", evil)}
	},
	func(p Page) View {
		return &Duties{Page: p, Tabs: sampleTabs, Roles: sampleChoices, Names: []string{evil}, Places: sampleChoices, CanEdit: true, Many: true,
			Rows: []DutyRow{{Role: "planner", Label: evil, Why: evil, Needed: true, AppointHref: "/x"}, {Role: "a", Label: evil, Holders: []Holder{{ID: "1", Name: evil, By: evil, Since: "s", Until: "u", Files: 1, CanEnd: true}, {ID: "2", Name: evil}}}}}
	},
	func(p Page) View {
		return &StaffList{Page: p, Tabs: sampleTabs, Rows: []StaffRow{{ID: "1", Name: evil, Kana: evil, Left: true, Until: "d"}, {ID: "2", Name: "b"}}, Departments: []DepartmentRow{{ID: "1", Name: evil}},
			DepChoices: sampleChoices, Places: sampleChoices, CanEdit: true, Many: true, Pager: p.Pager("s", "/a", "/b")}
	},
	func(p Page) View { return &StaffList{Page: p, Tabs: sampleTabs} },
	func(p Page) View {
		return &StaffForm{Page: p, Row: StaffRow{ID: "1", Name: evil}, DepChoices: sampleChoices, CanEdit: true, Duties: []string{evil, "b"}}
	},
	func(p Page) View { return &StaffForm{Page: p, Row: StaffRow{ID: "1", Name: evil}} },
	func(p Page) View {
		return &RecordList{Page: p, Tabs: sampleTabs, Kinds: sampleChoices, Filter: sampleChoices, Places: sampleChoices, CanEdit: true, Many: true, Pager: p.Pager("s", "", "/b"),
			Rows: []RecordRow{{ID: "1", Title: evil, Period: evil, Note: evil, Files: 2, CanEdit: true}, {ID: "2", Title: evil, Withdrawn: true, WithdrawnWhy: evil}}}
	},
	func(p Page) View { return &RecordList{Page: p, Tabs: sampleTabs, Filter: sampleChoices} },
	func(p Page) View {
		return &Documents{Page: p, Heading: evil, Sub: evil, UpHref: "/organisation", UpLabel: evil, Base: "/organisation/records/1", Lines: []DocumentLine{{evil, evil}, {"a", "b"}},
			Files: []FileRow{{ID: "1", Name: evil, Size: "1", By: evil, SHA256: "ab", AtMS: 1}, {ID: "2", Name: "b"}}, FilesNone: evil, FilesAdd: evil, Types: ".pdf", MaxMB: 25, CanEdit: true}
	},
	func(p Page) View { return &Documents{Page: p, Heading: "h", Withdrawn: evil, FilesNone: "none"} },
	func(p Page) View {
		return &VendorList{Page: p, Rows: []VendorRow{{ID: "1", Name: evil, Closed: true}, {ID: "2", Name: "b", Emergency: evil}}, CanEdit: true, Ending: sampleContracts, Pager: p.Pager("s", "", "")}
	},
	func(p Page) View { return &VendorList{Page: p} },
	func(p Page) View {
		return &VendorForm{Page: p, ID: "1", Row: VendorRow{ID: "1", Name: evil, Kind: "k", Phone: evil}, Kinds: sampleChoices, CanEdit: true, CanAdd: true, Contracts: sampleContracts, Many: true}
	},
	func(p Page) View { return &VendorForm{Page: p, Kinds: sampleChoices, CanEdit: true} },
	func(p Page) View { return &VendorForm{Page: p, ID: "1", Row: VendorRow{Name: evil}} },
	func(p Page) View {
		return &ContractForm{Page: p, VendorID: "1", VendorName: evil, Kinds: sampleChoices, Patch: sampleChoices, Remote: sampleChoices, Places: sampleChoices, CanEdit: true}
	},
	func(p Page) View {
		return &ContractForm{Page: p, ID: "1", VendorID: "1", VendorName: evil, Title: evil, AutoRenew: true, Facility: evil, Kinds: sampleChoices, Patch: sampleChoices, Remote: sampleChoices, CanEdit: true}
	},
	func(p Page) View { return &ContractForm{Page: p, ID: "1", Title: evil, StartsOn: "2026-04-01"} },
	func(p Page) View {
		return &AuditList{Page: p, Kinds: sampleChoices, Total: 3, CanExport: true, ExportHref: "/audit/export", Filtered: true, Pager: p.Pager("s", "/a", "/b"),
			Last: &AuditOutcome{EndedMS: 1, Size: 3, From: 2, Root: evil, OK: true, Words: evil}, Job: &Job{Running: true, Total: 9, Href: "/x"}, Head: AuditHead{Size: 3, Root: "r", SignedMS: 1, Signed: 2, PublicKey: "k"},
			Rows: []AuditRow{{Seq: 1, AtMS: 1, Actor: evil, Action: evil, Object: evil, ObjectKind: evil, ObjectHref: "/users/1", Address: evil, Detail: evil, Icon: "cpu"}, {Seq: 0, Icon: "cpu"}}}
	},
	func(p Page) View { return &AuditList{Page: p, Kinds: sampleChoices} },
	func(p Page) View {
		return &DeviceList{Page: p, Tokens: []EnrolRow{{ID: "1", Note: evil, StateKind: "ok", State: "s", Open: true}}, Knocks: []KnockRow{{Summary: evil, Address: evil, Count: 3}},
			Entries: []EntryRow{{ID: "1", Protocol: "p", Note: evil, Facility: evil, By: evil, UsedMS: 1, StateKind: "ok", State: "s", Open: true}, {ID: "2", Method: "m", Href: "/devices/entries/2", StateKind: "none", State: "s"}}, Protocols: sampleChoices, EntryMethods: sampleChoices, EntryPlaces: sampleChoices, CanOpen: true,
			Devices: []DeviceRow{{ID: "1", Name: evil, StateKind: "silent", State: "s", Open: true}, {ID: "2", Name: "b", SeenMS: 1, StateKind: "none", State: "s"}}, Facilities: sampleChoices, Expiries: sampleChoices, CanManage: true, Many: true, Pager: p.Pager("s", "", "")}
	},
	func(p Page) View {
		return &DeviceList{Page: p, Required: true, Without: 3, CanDemand: true, Waiting: []DeviceRow{{ID: "1", Name: evil, SeenMS: 1}}}
	},
	func(p Page) View { return &DeviceList{Page: p} },
	func(p Page) View {
		return &EntryShow{Page: p, ID: "1", Protocol: "p", Note: evil, Facility: evil, By: evil, Address: evil, How: evil, UsedMS: 1, CanManage: true,
			Certificates: []EntryCertificateRow{{ID: "1", Kind: "k", Subject: evil, Issuer: evil, SHA256: "ab", By: evil, StartMS: 1, EndMS: 2, AddedMS: 1, StateKind: "warn", State: "s"}}}
	},
	func(p Page) View { return &EntryShow{Page: p, ID: "1", Protocol: "p", ClosedMS: 1, Encrypted: true} },
	func(p Page) View {
		return &DeviceInstall{Page: p, Server: evil, Pin: "00", Local: true, Steps: []OnceItem{{Label: evil, Secret: p.Secret("one", evil), Hint: evil}}}
	},
	func(p Page) View {
		return &DirectoryList{Page: p, Rows: []DirectoryRow{{ID: "1", Name: evil, Facility: evil, Address: evil, StateKind: "silent", State: "s", Problem: evil, GoodMS: 1}, {ID: "2", Name: "b", StateKind: "ok", State: "s"}}, CanAdd: true, Many: true}
	},
	func(p Page) View { return &DirectoryList{Page: p} },
	func(p Page) View { return &NetworkMap{Page: p} },
	func(p Page) View {
		links := []NetworkLink{{evil, "/network"}, {"b", "/network"}}
		return &NetworkMap{Page: p, FacilityID: "1", Places: sampleChoices, AsOf: "2026-11-01", AsOfWords: evil, Mark: evil, Counts: evil, Notice: evil, Label: evil, Fit: true, FitHref: "/network",
			Filter: NetworkFilter{Query: evil, Systems: sampleChoices, Vendors: sampleChoices, Kinds: sampleChoices, States: sampleChoices, Segments: sampleChoices, On: true, ClearHref: "/network"},
			Ways:   []NetworkWay{{Label: evil, Party: evil, Href: "/vendors/1", Entry: true, Devices: links}, {Label: "b"}}, Entries: 1, Since: "2026-10-01", SinceWords: evil,
			Changes: []NetworkChange{{"plus", evil, evil, "/network", evil}, {Icon: "minus", Words: "w", Name: "n"}}, ChangesMore: 3,
			Segments: []NetworkSegment{{Name: evil, Range: "r", VLAN: "1", Purpose: evil, Href: "/network", Devices: evil, Marked: []NetworkMark{{"danger", evil, evil, "/network"}}, Ways: links}, {Name: "b", Href: "/network"}},
			Devices:  []NetworkDevice{{Name: evil, Href: "/network", Icon: "cpu", Kind: evil, Maker: evil, StateKind: "ok", State: evil, Segments: evil, Addresses: evil, MACs: evil, LastMS: 1, Places: []NetworkPlace{{evil, evil, "/network", evil, true}}}, {Name: "b", Href: "/network", Icon: "cpu", StateKind: "danger", State: "s"}},
			Shown:    evil, Path: NetworkPath{From: evil, To: evil, Asked: true, FromChoices: sampleChoices, Hidden: []Pair{{evil, evil}}, Steps: []NetworkStep{{evil, "/network", "cpu", evil, evil}, {Name: "b", Href: "/network", Icon: "cpu"}}},
			Port:    NetworkPort{Devices: sampleChoices, Name: evil, Rows: []NetworkPortRow{{Port: evil, Count: "3", Uplink: true}, {Port: evil, Devices: links, More: 3}}},
			Exports: []NetworkExport{{evil, "/network/export", "download"}}, Addresses: "/network/addresses", CanEdit: true, Moved: true, Hidden: []Pair{{"q", evil}}}
	},
	func(p Page) View { return &NetworkMap{Page: p, Path: NetworkPath{Asked: true}} },
	func(p Page) View { return &AddressPlan{Page: p} },
	func(p Page) View {
		links := []NetworkLink{{evil, "/network"}, {"b", "/network"}}
		return &AddressPlan{Page: p, Places: sampleChoices, FacilityID: "1", Map: "/network", CSV: "/network/addresses/export.csv", Outside: 3,
			Rows: []AddressRow{{Name: evil, Range: "r", VLAN: "1", Purpose: evil, Href: "/network", Size: "s", Used: "u", Free: "f", Devices: "d", Share: 0.5, Duplicates: []AddressTwice{{evil, links}}, DHCP: links, DHCPMany: true, Ranges: []string{evil}, Given: evil, Astray: evil, Occupied: evil}, {Name: "b", Href: "/network"}}}
	},
	func(p Page) View { return &SilenceList{Page: p} },
	func(p Page) View {
		return &SilenceList{Page: p, Wholes: []SilenceWhole{{Name: evil, Detail: evil, Facility: evil, Href: "/devices", StateKind: "silent", State: "s", Reason: evil, LastMS: 1, Machines: 3, Every: "e"}, {Name: "b", StateKind: "warn", State: "s"}}, WholesWell: 2,
			Outages: []Outage{{1, 2}}, Tabs: []CountTab{{Href: "/silence", Label: "l", Count: "3", Current: true}}, Facets: []FacetMenu{{Label: "l", Choices: []FacetChoice{{Label: evil, Count: "1", Href: "/silence", On: true}}}},
			Chips: []FilterChip{{evil, "/silence", "r"}}, Many: true, ExportCSV: "/silence/export.csv", Settings: true,
			Rows: []SilenceRow{{AssetID: "1", Name: evil, Facility: evil, Department: evil, Source: "agent", SourceText: "a", StateKind: "silent", State: "s", Reason: evil, LastMS: 1, SinceMS: 1, Skipped: evil, Elsewhere: evil, ElsewhereMS: 1}, {AssetID: "2", Name: "b", Source: "ocs", StateKind: "exc", State: "s", Exception: evil}}}
	},
	func(p Page) View { return &SilenceIntervals{Page: p} },
	func(p Page) View {
		return &SilenceIntervals{Page: p, CanManage: true, Places: []Choice{{Value: "1", Label: evil}, {Value: "2", Label: "b", Current: true}}, At: "1", Name: evil, Closed: []ClosedDay{{"2026-12-29", evil, evil}},
			Rows: []IntervalRow{{Kind: "agent", Label: "l", Why: evil, EveryText: "e", Changed: true, By: evil, AtMS: 1, SkipClosed: true}, {Kind: "csv", Label: "l", Off: true}}}
	},
	func(p Page) View {
		return &DirectoryForm{Page: p, ID: "1", Row: DirectoryRow{ID: "1", Name: evil, Address: evil, Facility: evil, StateKind: "silent", State: "s", Problem: evil, GoodMS: 1, FullMS: 1, FailingMS: 1}, Base: evil, Minutes: 60, Paused: true,
			CanManage: true, Job: &Job{Running: true, Total: 9, Href: "/x"}, Shrunk: true, Tabs: sampleTabs, Gone: true, Q: evil, Pager: p.Pager("s", "/a", "/b"),
			Computers: []DirectoryComputer{{AssetID: "1", Name: evil, HostName: evil, OS: evil, Place: evil, Description: evil, LoginMS: 1, GoneMS: 1}, {AssetID: "2", Name: "b", Enabled: true}, {AssetID: "3", Name: "c"}}}
	},
	func(p Page) View { return &DirectoryForm{Page: p, Places: sampleChoices, CanManage: true} },
	func(p Page) View {
		return &DirectoryForm{Page: p, ID: "1", Row: DirectoryRow{ID: "1", Name: "a", StateKind: "ok", State: "s"}, Tabs: sampleTabs}
	},
	func(p Page) View {
		return &DeviceShow{Page: p, ID: "1", Name: evil, Facility: evil, EnrolMS: 1, SeenMS: 1, Certificate: "ab12", CertificateMS: 1, StateKind: "warn", State: evil, CanManage: true,
			AgentVersion: evil, CPUMS: 1, PeakKB: 1, Policy: []string{evil, "b"}, Events: []DeviceEvent{{AtMS: 1, Kind: evil, Detail: evil}},
			Waits: &DeviceWaits{SinceMS: 1, SeenMS: 1, DeviceID: "2", Device: evil, AssetID: "3"}}
	},
	func(p Page) View {
		return &PolicyList{Page: p, Rows: []PolicyRow{{ID: "1", Target: evil, Href: "/devices/1", By: evil, Words: []string{evil, "b"}, ChangedMS: 1, Stop: true, CanRemove: true}, {ID: "2", Target: "all"}},
			Targets: sampleChoices, Intervals: sampleChoices, Sections: sampleChoices, CanManage: true}
	},
	func(p Page) View {
		return &PolicyList{Page: p, DeviceID: "1", Device: evil, CanManage: true, Intervals: sampleChoices}
	},
	func(p Page) View { return &PolicyList{Page: p} },
	func(p Page) View { return &DeviceShow{Page: p, ID: "1", Name: "b", RevokedMS: 1, RevokedWhy: evil} },
	func(p Page) View {
		return &UserList{Page: p, Rows: []UserRow{{ID: "1", Name: evil, Login: evil, StateKind: "ok", State: "s", Me: true}, {ID: "2", Name: "b", Second: evil, SeenMS: 1, StateKind: "none", State: "s"}}, CanAdd: true, Pager: p.Pager("s", "", "")}
	},
	func(p Page) View {
		return &UserForm{Page: p, Roles: sampleChoices, Facilities: sampleChoices, CanManage: true}
	},
	func(p Page) View {
		return &UserForm{Page: p, ID: "1", Login: evil, Name: evil, Roles: sampleChoices, Facilities: sampleChoices, CanManage: true, HasSecond: true, Waiting: true, Link: &UserLink{EndMS: 1},
			Grants: []GrantRow{{ID: evil, Role: evil, Facility: evil}, {ID: "2", Role: "r", Facility: "f", Department: evil}}}
	},
	func(p Page) View {
		return &UserForm{Page: p, ID: "1", Name: "a", Disabled: true, CanManage: true, Waiting: true, Link: &UserLink{EndMS: 1, Over: true}, Facilities: sampleChoices, Roles: sampleChoices}
	},
	func(p Page) View { return &UserForm{Page: p, ID: "1", Name: "a", Me: true, CanManage: true} },
	func(p Page) View {
		return &TokenList{Page: p, Rows: []TokenRow{{ID: "1", Name: evil, StateKind: "ok", State: "s", Open: true}, {ID: "2", Name: "b", EndMS: 1, UsedMS: 1, StateKind: "none", State: "s"}}, Roles: sampleChoices, Facilities: sampleChoices, Expiries: sampleChoices, Scopes: sampleChoices, CanManage: true}
	},
	func(p Page) View { return &TokenList{Page: p} },
	func(p Page) View {
		return &Checklist{Page: p, Heading: evil, Sub: evil, Facility: evil, Subject: evil, FacilityID: "f", SheetPath: "/checklists/r7/medical", Provisional: evil, Past: evil, PastHref: "/x", Official: "https://a.example/", PackHref: "/packs", Editions: sampleChoices, Sheets: []CountTab{{"/x", evil, "19", true}}, CanConfirm: true, Tally: Tally{19, 3, 2, 1, 13, 1, 15}, Rows: sampleChecklistRows, Evidence: sampleEvidence}
	},
	func(p Page) View {
		return &Checklist{Page: p, Rows: sampleChecklistRows, Sheets: []CountTab{{"/x", "s", "1", true}}, Evidence: &RowEvidence{Gate: true, ModeIcon: "cpu", SuggestKind: "none"}, CanConfirm: true}
	},
	func(p Page) View {
		return &VendorSheets{Page: p, Heading: evil, SheetPath: "/checklists/r7/vendor", Provisional: evil, Facility: evil, FacilityID: "f", Editions: sampleChoices, Sheets: []CountTab{{"/x", evil, "14", true}}, Rows: []VendorSheetRow{{"/x", evil, 3, 14, 1, false}, {"/y", "b", 14, 14, 0, true}, {Subject: "c"}}}
	},
	func(p Page) View {
		return &VendorSheets{Page: p, Sheets: []CountTab{{"/x", "s", "1", true}}}
	},
	func(p Page) View {
		return &Packs{Page: p, Facility: evil, FacilityID: "f", Provisional: evil, Date: "2026-01-01", CanMake: true, Editions: sampleChoices, Ready: []ReadyLine{{"warn", evil, "2", "/x"}}, Job: &Job{"1", "/x", 1, 6, true, false}, Rows: []PackRow{{"1", "r7", "2026-01-01", evil, "1 MB", "abc", 1, 9, 3}}, Pager: p.Pager("s", "", "")}
	},
	func(p Page) View { return &Packs{Page: p, Job: &Job{Failed: true}} },
	func(p Page) View {
		return &FacilityList{Page: p, Rows: []FacilityRow{{ID: "1", Name: evil, Code: evil, Beds: 3}, {ID: "2", Name: "b"}}, CanAdd: true, Kinds: sampleChoices}
	},
	func(p Page) View {
		return &FacilityForm{Page: p, ID: "1", Row: FacilityRow{Name: evil, Beds: 3}, Kinds: sampleChoices, CanSet: true}
	},
	sampleAssetList, sampleAssetShow, sampleProtection, sampleSoftware, sampleNetwork, sampleAccounts, sampleAccountList, sampleHistory, sampleDocuments,
	sampleAssetNew, sampleAssetKind, sampleAssetEdit, sampleRetire, sampleBulk, sampleNoProbe, sampleNoProbeNone, sampleExternals, sampleExternalsNone, sampleExternal, sampleExternalRead, sampleSegments, sampleSegmentsNone, sampleSegment, sampleSegmentRead, sampleSegmentWhere, sampleUnlisted, sampleUnlistedNone, sampleUnlistedBlind, sampleUnlistedShow, sampleFinding, sampleFindingRead, sampleConflicts, sampleConflict, sampleConflictSelf, sampleConflictDone, sampleMerges, sampleMergesNone, sampleServices, sampleDecided, sampleRemoved, sampleGuideline,
	func(p Page) View { return &AssetList{Page: p} },
}

var (
	sampleChecklistRows = []ChecklistRow{{Section: evil}, {ID: "1", Number: "2①", Title: evil, Target: evil, Href: "/x", MarkWords: evil, SuggestKind: "ok", Suggest: "s", AnswerKind: "none", Answer: evil, On: evil, Review: evil, ModeIcon: "cpu", Mode: "m", Current: true}, {ID: "2", Title: "b", SuggestKind: "none", AnswerKind: "warn", ModeIcon: "cpu"}}
	sampleEvidence      = &RowEvidence{ID: "r", Number: "2①", Title: evil, Wording: evil, ModeIcon: "cpu", Mode: "m", SuggestKind: "warn", Suggest: "s", Summary: evil, Rule: evil, RuleID: "AE", HumanMust: evil, CannotProve: evil, Guideline: []string{evil}, Acceptable: []string{evil},
		Checks: []CheckLine{{"warn", "s", evil, evil}, {"ok", "s", "t", ""}}, Failing: []FailLine{{evil, evil, "/assets/1"}, {Name: "b"}}, FailingTotal: 9, FailingMore: 7, Sources: []SourceLine{{"agent", evil, 3, 1}, {Kind: "x", Title: "t"}}, AsOfMS: 1, SHA256: "h", MaySkip: true,
		Contradicts: true, MayBeYes: true, Value: "no", ConfirmedOn: "2026-01-01", TargetMax: "2027-03-31", Proposal: evil, NextRound: 2, Rounds: []RoundLine{{1, evil, evil, evil, evil, evil}}, Links: []ProofLink{{ID: "1", Kind: "page", Title: evil, Target: "https://a.example/"}, {ID: "2", Kind: "place", KindWords: "k", Title: "t", Target: evil}, {ID: "3", Kind: "file", Title: evil, Target: "/checklists/r7/medical/files/3", Size: evil, SHA256: evil}}}
	sampleChoices   = []Choice{{Value: "", Label: "none"}, {Value: evil, Label: evil, Current: true}}
	sampleTabs      = []Tab{{Href: "/a", Label: evil, Current: true}, {Href: "/b", Label: "b"}}
	sampleContracts = []ContractRow{{ID: "1", Title: evil, Vendor: evil, Facility: evil, Kind: "k", Period: evil, Patch: "p", Remote: "r", RemoteKind: "info", StateKind: "warn", State: evil}}
)
