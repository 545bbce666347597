package view

func sampleUnlisted(p Page) View {
	return &UnlistedList{Page: p, Tabs: []CountTab{{Href: "/unlisted", Label: evil, Count: "1", Current: true}}, State: evil, Q: evil, Many: true, Seeing: true, Pager: p.Pager("s", "/a", "/b"),
		Findings: []NetworkFinding{{evil, evil, evil, []AssetLink{{"/a", evil, evil}, {Name: "b"}}, evil, evil, evil, "", "", 1}, {Href: "/f", Kind: "k"}}, Aside: []NetworkFinding{{Href: "/f", Kind: evil, Value: evil, Nodes: []AssetLink{{"/a", evil, evil}}, Aside: evil, Reason: evil}},
		Rows: []UnlistedRow{
			{Href: "/unlisted/device?key=a", Name: evil, Icon: "server", Kind: evil, Maker: evil, MAC: evil, Addresses: []string{evil, "b"}, Segments: []string{evil}, Place: evil, PlaceKind: evil, Facility: evil, StateKind: "danger", State: evil, Until: evil, Note: evil, FirstMS: 1, LastMS: 1},
			{Href: "/b", Name: "b", Icon: "device-unknown", StateKind: "warn", State: "s", FirstMS: 1, LastMS: 1},
		}}
}

func sampleUnlistedNone(p Page) View {
	return &UnlistedList{Page: p, Tabs: []CountTab{{Href: "/unlisted", Label: "a", Count: "0"}}, Seeing: true}
}

func sampleUnlistedBlind(p Page) View {
	return &UnlistedList{Page: p, Tabs: []CountTab{{Href: "/unlisted", Label: "a", Count: "0"}}}
}

func sampleUnlistedShow(p Page) View {
	return &UnlistedShow{Page: p, FacilityID: "1", Key: evil, Name: evil, Icon: "server", StateKind: "danger", State: evil, Until: evil, Note: evil, By: evil, FirstMS: 1, LastMS: 1, CanEdit: true, Marked: true, Kinds: sampleChoices,
		Facts: []UnlistedFact{{Label: evil, Values: []string{evil}, Mono: true}, {Label: "b"}}, Claims: []UnlistedClaim{{evil, evil, evil, evil, []string{evil}}, {Label: "b", Value: "c"}}, Traits: []UnlistedTrait{{evil, evil}}, Sightings: []UnlistedSighting{{evil, evil, evil, "20", 1, 1}}}
}

func sampleFinding(p Page) View {
	return &FindingShow{Page: p, FacilityID: "1", Key: evil, Digest: evil, Kind: evil, Why: evil, Row: NetworkFinding{Nodes: []AssetLink{{"/a", evil, evil}, {"/b", "b", ""}}, LastMS: 1}, FirstMS: 1, Aside: evil, Reason: evil, CanEdit: true,
		Facts: []UnlistedFact{{Label: evil, Values: []string{evil}, Mono: true}, {Label: "b"}}}
}

func sampleFindingRead(p Page) View {
	return &FindingShow{Page: p, FacilityID: "1", Key: "a", Kind: "k", Row: NetworkFinding{LastMS: 1}}
}
