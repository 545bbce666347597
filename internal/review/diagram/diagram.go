// Package diagram makes the network diagram of a facility that people read, print and
// hand to inspectors: the graph of a day (survey/network) with its ways in, who is
// responsible, and a revision that rises when the content changes, laid out
// (survey/network/layout) and written as a drawing, PDF, SVG, draw.io, GraphML or CSV.
//
//	sheet, err := diagram.Load(ctx, db, diagram.Request{FacilityID: id, Facility: name, AtMS: now, NowMS: now}, tr)
//	err = sheet.PDF(file, document.A3Landscape)
//
// The same state gives the same bytes in every form. Names come from machines and are
// hostile: they stay text everywhere.
package diagram

import (
	"sonae/internal/platform/text"
	"sonae/internal/survey/network"
)

// Request asks for the diagram of a day.
type Request struct {
	FacilityID string
	Facility   string // its name
	AtMS       int64  // the moment it shows; not 0
	NowMS      int64  // the moment of asking
	// Graph is the map of now, recognised, where the caller keeps one; nil = it is made.
	Graph *network.Graph
}

// Person answers for the systems.
type Person struct{ Role, Name string }

// Sheet is everything that a diagram says, in one language.
type Sheet struct {
	FacilityID string
	Facility   string
	AtMS       int64
	NowMS      int64
	Graph      network.Graph
	Outside    []Way
	Spots      []network.Spot
	Persons    []Person
	Revision   int64    // 0 = the day is before the first, or its state was never numbered
	Hash       string   // SHA-256 of the facts, lower-case hexadecimal
	Servers    []string // Party keys that answered as DHCP servers
	tr         text.Translator
}

// Mark is the revision as it stands on paper: "3 (a1b2c3d4)".
func (s *Sheet) Mark() string {
	short := s.Hash[:min(len(s.Hash), 8)]
	if s.Revision == 0 {
		return s.tr.T("map.revision.none", "Hash", short)
	}
	return s.tr.T("map.revision", "Number", s.Revision, "Hash", short)
}

// Node finds a node by its key.
func (s *Sheet) Node(key string) (network.Node, bool) {
	for _, n := range s.Graph.Nodes {
		if n.Key == key {
			return n, true
		}
	}
	return network.Node{}, false
}
