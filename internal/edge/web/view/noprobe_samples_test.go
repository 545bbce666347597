package view

func sampleNoProbe(p Page) View {
	return &NoProbeList{Page: p, Many: true, Ended: true, Unknown: 1, Places: sampleChoices,
		Fields: []Input{p.Input("kind", "noprobe.kind").From(sampleChoices), p.Input("value", "noprobe.value").Help("noprobe.value.help").Or(evil)},
		Rows: []NoProbeRow{
			{ID: "1", Kind: evil, Value: evil, Reason: evil, By: evil, Facility: evil, AtMS: 1, CanEnd: true},
			{ID: "2", Kind: "a", Value: "b", AtMS: 1, EndedMS: 2, EndedBy: evil, EndReason: evil},
		},
		Devices: []NoProbeDevice{{Href: "/assets/1", Name: evil, Facility: evil, Addresses: []string{evil, "b"}, Sources: evil}, {Href: "/assets/2"}}}
}

func sampleNoProbeNone(p Page) View { return &NoProbeList{Page: p} }
