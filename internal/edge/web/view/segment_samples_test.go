package view

func sampleSegments(p Page) View {
	return &SegmentList{Page: p, FacilityID: "1", Places: sampleChoices, Day: "2026-11-01", AsOf: evil, Map: "/network", Addresses: "/network/addresses", New: "/network/segments/new", CanEdit: true,
		Rows: []SegmentRow{
			{Href: "/network/segments/1", Name: evil, Purpose: evil, Range: evil, VLAN: evil, Around: evil, Kinds: []string{evil, "b"}, Used: "1", Size: "254", Devices: "1", Share: .5, By: evil, FromMS: 1},
			{Href: "/network/segments/2", Name: "b"},
		},
		Proposals: []SegmentProposal{{Href: "/network/segments/new", Name: evil, Range: evil, VLAN: evil, Machines: evil, Sources: []string{evil, "b"}}, {Href: "/network/segments/new", VLAN: "10"}}}
}

func sampleSegmentsNone(p Page) View { return &SegmentList{Page: p} }

func sampleSegment(p Page) View {
	return &SegmentForm{Page: p, ID: "1", Name: evil, Facility: evil, FacilityID: "1", List: "/network/segments", Revision: 2, Proposal: evil, CanEdit: true, Around: evil, Within: []string{evil, "b"}, KindsError: evil,
		Fields: []Input{p.Input("name", "segment.name").Must().Or(evil)}, Kinds: []SegmentKind{{Choice{Value: "pc", Label: evil, Current: true}, evil}, {Choice: Choice{Value: "b", Label: "b"}}},
		Ties: []SegmentTie{{evil, "/network"}, {Words: evil}}, History: []SegmentState{{1, 2, evil, evil, evil, evil, evil, evil, evil, []string{evil}}, {FromMS: 1}}}
}

func sampleSegmentRead(p Page) View {
	return &SegmentForm{Page: p, ID: "1", Name: "a", List: "/network/segments", Ended: evil, Fields: []Input{p.Input("name", "segment.name").Or(evil)}, Kinds: []SegmentKind{{Choice: Choice{Label: evil, Current: true}}, {}}}
}

func sampleSegmentWhere(p Page) View {
	return &SegmentForm{Page: p, List: "/network/segments", Places: sampleChoices}
}
