package view

func sampleExternals(p Page) View {
	return &ExternalList{Page: p, AsOf: evil, Day: "2026-11-01", Many: true, CanEdit: true,
		Rows: []ExternalRow{
			{Href: "/external/1", Name: evil, Party: evil, PartyKind: evil, Facility: evil, Line: evil, Protocol: evil, Box: evil, BoxHref: "/assets/1", Firmware: evil, Auth: evil, SecondFactor: evil, SourceLimit: evil, Opening: evil, PatchOwner: evil, LastSession: evil, Reviewed: evil, Gaps: []string{evil, "b"}},
			{Href: "/external/2", Name: "b"},
		},
		Proposals: []ExternalProposal{{FacilityID: "1", Key: evil, Kind: evil, Name: evil, Href: "/assets/1", Machines: 1, Proof: evil, Facility: evil, FirstMS: 1}, {Key: "k", Name: "n", Machines: 3, FirstMS: 1}}}
}

func sampleExternalsNone(p Page) View { return &ExternalList{Page: p} }

func sampleExternal(p Page) View {
	return &ExternalForm{Page: p, ID: "1", Name: evil, Facility: evil, FacilityID: "1", Revision: 2, CanEdit: true, Gaps: []string{evil}, Proposal: evil, Places: sampleChoices,
		Fields:  []Input{p.Input("name", "external.name").Must().Or(evil), p.Input("line", "external.line").From(sampleChoices)},
		History: []ExternalState{{1, 2, evil, evil, evil, evil, evil}, {FromMS: 1}}}
}

func sampleExternalRead(p Page) View {
	return &ExternalForm{Page: p, ID: "1", Name: "a", Fields: []Input{p.Input("name", "external.name").Or(evil), p.Input("line", "external.line").From(sampleChoices)}}
}
