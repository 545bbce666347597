package snmp

import (
	"encoding/csv"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/survey/network"
)

// The recordings come from many networks; those that name each other by LLDP stand in a
// list. The map that is made from all of them has exactly these links between them.
func TestMapOfTheRecordings(t *testing.T) {
	e := network.Evidence{FacilityID: "f"}
	names := map[string][]string{} // Party.Key → recordings
	read := readings(t)
	order := make([]string, 0, len(read))
	for name := range read {
		order = append(order, name)
	}
	slices.Sort(order)
	for i, name := range order {
		r := read[name]
		// A recording does not hold the address that was asked.
		r.Device.Address = netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)})
		e.AtMS = max(e.AtMS, r.AtMS)
		names[r.Device.Key()] = append(names[r.Device.Key()], name)
		for _, k := range r.Also {
			e.Aliases = append(e.Aliases, network.Alias{Party: r.Device.Key(), Also: k, FirstMS: r.AtMS, LastMS: r.AtMS})
		}
		for _, o := range r.Seen {
			o.FacilityID, o.Seer, o.AtMS = "f", r.Device, r.AtMS
			e.Sightings = append(e.Sightings, network.Sighting{Observation: o, FirstMS: r.AtMS, LastMS: r.AtMS})
		}
	}
	g := network.Resolve(e)
	of := map[string][]string{} // Node.Key → recordings
	for _, n := range g.Nodes {
		for _, k := range n.Keys {
			of[n.Key] = append(of[n.Key], names[k]...)
		}
	}
	got := map[string]bool{}
	for _, l := range g.Links {
		if !slices.Contains(l.How, network.HowLLDP) {
			continue
		}
		for _, a := range of[l.A] {
			for _, b := range of[l.B] {
				if a != b {
					got[fmt.Sprintf("%s – %s", min(a, b), max(a, b))] = true
				}
			}
		}
	}
	f, err := os.Open(filepath.Join(corpus(t), "lldp-cross-links.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, row := range rows[1:] {
		if _, known := read[row[0]]; known {
			want[fmt.Sprintf("%s – %s", min(row[0], row[1]), max(row[0], row[1]))] = true
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	t.Logf("%d devices, %d links, %d between recordings, %d clashes", len(g.Nodes), len(g.Links), len(got), len(g.Clashes))
}
