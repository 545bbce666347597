package asset_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

// Sightings of the cases below, each as a source brings it.

func byAgent(device, maker, serial, uuid string, macs ...string) asset.Observation {
	return asset.Observation{Source: asset.SourceAgent, DeviceID: device, Identity: asset.Identity{Maker: maker, Serial: serial, SMBIOSUUID: uuid, MACs: macs}}
}

func byOCS(device, maker, serial, uuid string, macs ...string) asset.Observation {
	o := byAgent(device, maker, serial, uuid, macs...)
	o.Source = asset.SourceOCS
	return o
}

func byList(maker, serial, tag string, macs ...string) asset.Observation {
	return asset.Observation{Source: asset.SourceCSV, By: "台帳.csv", Partial: true, Identity: asset.Identity{Maker: maker, Serial: serial, AssetTag: tag, MACs: macs}}
}

func byNetwork(mac string) asset.Observation {
	return asset.Observation{Source: asset.SourcePassive, Identity: asset.Identity{MACs: []string{mac}}}
}

func byDirectory(guid, name string) asset.Observation {
	return asset.Observation{Source: asset.SourceDirectory, DeviceID: guid, Identity: asset.Identity{DomainName: name}}
}

func joined(o asset.Observation, name string) asset.Observation {
	o.Identity.DomainName = name
	return o
}

func named(o asset.Observation, host string) asset.Observation {
	o.Identity.HostName = host
	o.Groups = map[string]asset.Values{asset.SectionOS: {asset.FieldHostName: host}}
	return o
}

const (
	u1, u2, u3 = "4c4c4544-0051-3010-8048-b4c04f4e4d31", "4c4c4544-0051-3010-8048-b4c04f4e4d32", "8a5f1f30-9b6c-11ee-b9d1-0242ac120002"
	m1, m2, m3 = "f8:b1:56:aa:00:01", "f8:b1:56:aa:00:02", "f8:b1:56:aa:00:03"
	dock       = "48:2a:e3:aa:00:09" // of a maker that makes PCs, too: no list knows it
	v1, v2     = "00:0c:29:aa:00:01", "00:0c:29:aa:00:02"
	random     = "da:a1:19:00:00:01" // locally administered
	vpn        = "00:05:9a:3c:7a:00" // the same on every PC
	ami        = "03000200-0400-0500-0006-000700080009"
)

// TestMachines is the table of troubles: what comes in, in order, which row each goes
// to, and how many lines the queue has for a person. A letter is a row; the first
// sighting makes A.
func TestMachines(t *testing.T) {
	cases := []struct {
		name  string
		seen  []asset.Observation
		rows  string
		lines int
	}{
		{"one machine, every source", []asset.Observation{byList("デル", "EX59204", "PC-1"), joined(byAgent("d1", "Dell Inc.", "EX59204", u1, m1), "pc-1.hosp.example"),
			byDirectory("g1", "PC-1.hosp.example"), byOCS("o1", "DELL", "ex59204", u1, m1), byNetwork(m1)}, "A A A A A", 0},
		{"directory first", []asset.Observation{byDirectory("g1", "pc-1.hosp.example"), joined(byAgent("d1", "Dell", "EX59204", u1, m1), "PC-1.hosp.example")}, "A A", 0},
		{"heard on the network first", []asset.Observation{byNetwork(m1), byNetwork(m2), byAgent("d1", "Dell", "EX59204", u1, m1)}, "A B A", 0},
		{"placeholder serials and UUIDs", []asset.Observation{byAgent("d1", "Acme", "To be filled by O.E.M.", ami, m1), byAgent("d2", "Acme", "To be filled by O.E.M.", ami, m2),
			byAgent("d3", "Acme", "Default string", "ffffffff-ffff-ffff-ffff-ffffffffffff", m3)}, "A B C", 0},
		{"placeholders typed in a list", []asset.Observation{byList("富士通", "なし", "PC-1"), byList("富士通", "不明", "PC-2"), byList("富士通", "－", "PC-3")}, "A B C", 0},
		{"cloned boards: equal serial and UUID", []asset.Observation{byAgent("d1", "Acme", "A1B2C3D4", u1, m1), byAgent("d2", "Acme", "A1B2C3D4", u1, m2)}, "A B", 1},
		{"cloned boards, seen again", []asset.Observation{byAgent("d1", "Acme", "A1B2C3D4", u1, m1), byAgent("d2", "Acme", "A1B2C3D4", u1, m2),
			byAgent("d1", "Acme", "A1B2C3D4", u1, m1), byAgent("d2", "Acme", "A1B2C3D4", u1, m2), byOCS("o2", "Acme", "A1B2C3D4", u1, m2)}, "A B A B B", 1},
		{"cloned boards without a number", []asset.Observation{byAgent("d1", "Acme", "None", u1, m1), byAgent("d2", "Acme", "None", u1, m2)}, "A B", 1},
		{"cloned disk with the agent's files", []asset.Observation{byAgent("d1", "Dell", "EX59204", u1, m1), byAgent("d1", "Dell", "EX59205", u2, m2),
			byAgent("d1", "Dell", "EX59204", u1, m1)}, "A B A", 1},
		{"mainboard swapped, number written again", []asset.Observation{byAgent("d1", "Dell", "EX59204", u1, m1), byAgent("d1", "Dell", "EX59204", u2, m2), byList("Dell", "EX59204", "PC-1")}, "A A A", 1},
		{"mainboard swapped, number lost", []asset.Observation{byAgent("d1", "Dell", "EX59204", u1, m1), byAgent("d1", "Dell", "Default string", u2, m2)}, "A B", 1},
		{"set up anew", []asset.Observation{byAgent("d1", "Dell", "EX59204", u1, m1), byAgent("d2", "Dell", "EX59204", u1, m1)}, "A A", 0},
		{"set up anew, without numbers", []asset.Observation{byAgent("d1", "Acme", "0", ami, m1), byAgent("d2", "Acme", "0", ami, m1)}, "A A", 0},
		{"two names for one address", []asset.Observation{named(byList("", "", "", m1), "uketsuke-1"), named(byList("", "", "", m1), "gairai-9")}, "A A", 0},
		{"renamed", []asset.Observation{named(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-1"), named(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-2"), named(byOCS("o1", "Dell", "EX59204", u1, m1), "pc-2")}, "A A A", 0},
		{"renamed in the domain", []asset.Observation{joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-1.hosp.example"), byDirectory("g1", "pc-1.hosp.example"),
			byDirectory("g1", "pc-2.hosp.example"), joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-2.hosp.example")}, "A A A A", 0},
		{"replaced under the same name", []asset.Observation{joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-1.hosp.example"), byDirectory("g1", "pc-1.hosp.example"),
			joined(byAgent("d2", "HP", "5CG0271", u2, m2), "pc-1.hosp.example")}, "A A B", 1},
		{"replaced under the same name, the directory's row still apart", []asset.Observation{byList("Dell", "EX59204", "PC-1"), byDirectory("g1", "pc-1.hosp.example"),
			joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-1.hosp.example"), joined(byAgent("d2", "HP", "5CG0271", u2, m2), "pc-1.hosp.example"), byDirectory("g1", "pc-1.hosp.example")}, "A B A C B", 3},
		{"name given on", []asset.Observation{joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-1.hosp.example"), byDirectory("g1", "pc-1.hosp.example"), byDirectory("g1", "pc-2.hosp.example"),
			joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-2.hosp.example"), byDirectory("g2", "pc-1.hosp.example"), joined(byAgent("d2", "HP", "5CG0271", u2, m2), "pc-1.hosp.example")}, "A A A A B B", 0},
		{"name given on, before the first machine says so", []asset.Observation{joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-1.hosp.example"), byDirectory("g1", "pc-1.hosp.example"), byDirectory("g1", "pc-2.hosp.example"),
			byDirectory("g2", "pc-1.hosp.example"), joined(byAgent("d2", "HP", "5CG0271", u2, m2), "pc-1.hosp.example"), joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-2.hosp.example")}, "A A A B C A", 3},
		{"name given on, the directory's row still apart", []asset.Observation{byList("Dell", "EX59204", "PC-1"), byDirectory("g1", "pc-1.hosp.example"), joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-1.hosp.example"),
			joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-2.hosp.example"), joined(byAgent("d2", "HP", "5CG0271", u2, m2), "pc-1.hosp.example"), byDirectory("g1", "pc-2.hosp.example")}, "A B A A C B", 2},
		{"object given on, the first one's row still apart", []asset.Observation{byList("Dell", "EX59204", "PC-1"), byDirectory("g1", "pc-1.hosp.example"), joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-1.hosp.example"),
			byDirectory("g1", "pc-2.hosp.example"), byDirectory("g2", "pc-1.hosp.example")}, "A B A B C", 2},
		{"two objects of one name", []asset.Observation{byDirectory("g1", "pc-1.hosp.example"), byDirectory("g2", "pc-1.hosp.example"), byDirectory("g1", "pc-1.hosp.example")}, "A B A", 1},
		{"name of two machines, by itself", []asset.Observation{joined(byAgent("d1", "Dell", "EX59204", u1, m1), "pc-1.hosp.example"), joined(byAgent("d2", "HP", "5CG0271", u2, m2), "pc-1.hosp.example"),
			joined(byList("", "", ""), "pc-1.hosp.example"), joined(byList("", "", ""), "pc-1.hosp.example")}, "A B C C", 3},
		{"replaced with the same sticker", []asset.Observation{byList("Dell", "EX59204", "PC-1"), byList("HP", "5CG0271", "PC-1")}, "A B", 1},
		{"virtual machine moved", []asset.Observation{byAgent("d1", "VMware, Inc.", "VMware-56 4d aa", u1, v1), byAgent("d1", "VMware, Inc.", "VMware-56 4d aa", u1, v1), byOCS("o1", "VMware, Inc.", "VMware-56 4d aa", u1, v1)}, "A A A", 0},
		{"virtual machine copied", []asset.Observation{byAgent("d1", "VMware, Inc.", "VMware-56 4d aa", u1, v1), byAgent("d2", "VMware, Inc.", "VMware-56 4d aa", u1, v2)}, "A B", 1},
		{"virtual machine copied with the agent", []asset.Observation{byAgent("d1", "VMware, Inc.", "VMware-56 4d aa", u1, v1), byAgent("d1", "VMware, Inc.", "VMware-56 4d aa", u1, v2),
			byAgent("d1", "VMware, Inc.", "VMware-56 4d aa", u1, v1), byAgent("d1", "VMware, Inc.", "VMware-56 4d aa", u1, v2)}, "A B A B", 1},
		{"virtual machine got a card more", []asset.Observation{byAgent("d1", "VMware, Inc.", "VMware-56 4d aa", u1, v1), byAgent("d1", "VMware, Inc.", "VMware-56 4d aa", u1, v1, v2)}, "A A", 0},
		{"two systems on one PC", []asset.Observation{byAgent("d1", "Dell", "EX59204", u1, m1), byAgent("d2", "Dell", "EX59204", u1, m1), byAgent("d1", "Dell", "EX59204", u1, m1), byAgent("d2", "Dell", "EX59204", u1, m1)}, "A A A A", 1},
		{"dock of many", []asset.Observation{byAgent("d1", "Dell", "EX59204", u1, m1, dock), byAgent("d2", "Dell", "EX59205", u2, m2, dock), byAgent("d3", "Dell", "EX59206", u3, m3, dock), byNetwork(dock)}, "A B C D", 3},
		{"dock of many, PCs without numbers", []asset.Observation{byAgent("d1", "Acme", "0", ami, m1, dock), byAgent("d2", "Acme", "0", ami, m2, dock)}, "A B", 1},
		{"adapter going round", []asset.Observation{byAgent("d1", "Dell", "EX59204", u1, m1, dock), byAgent("d1", "Dell", "EX59204", u1, m1), byAgent("d2", "Dell", "EX59205", u2, m2, dock), byAgent("d2", "Dell", "EX59205", u2, dock)}, "A A B B", 0},
		{"VPN adapter of all", []asset.Observation{byAgent("d1", "Acme", "0", ami, vpn, m1), byAgent("d2", "Acme", "0", ami, vpn, m2), byNetwork(vpn)}, "A B C", 0},
		{"random addresses", []asset.Observation{byAgent("d1", "Apple", "C02XG0", u1, random), byAgent("d1", "Apple", "C02XG0", u1, "da:a1:19:00:00:02"), byAgent("d2", "Apple", "C02XG1", u2, random)}, "A A B", 0},
		{"one of two cards changed", []asset.Observation{byAgent("d1", "Dell", "EX59204", u1, m1, m2), byAgent("d2", "Dell", "EX59204", u1, m1, m3)}, "A A", 0},
		{"asset number in another case and width", []asset.Observation{byList("", "", "PC-0012"), byList("", "", "ｐｃ－００１２"), byList("", "", "pc‐0012"), byList("", "", "ＰＣー００１２ ")}, "A A A A", 0},
		{"maker in another spelling", []asset.Observation{byAgent("d1", "FUJITSU CLIENT COMPUTING LIMITED", "DSKB012345", u1, m1), byList("富士通", "DSKB012345", ""), byList("富士通株式会社", "ｄｓｋｂ０１２３４５", "")}, "A A A", 0},
		{"maker in a spelling that nobody knows", []asset.Observation{byAgent("d1", "Acme Corp.", "DSKB012345", u1, m1), byList("アクメ", "DSKB012345", "PC-1")}, "A B", 1},
		{"no maker in the list", []asset.Observation{byAgent("d1", "Dell Inc.", "EX59204417", u1, m1), byList("", "ex59204417", "PC-1"), byList("", "EX59204417", "")}, "A A A", 0},
		{"no maker, short number", []asset.Observation{byAgent("d1", "Dell Inc.", "1023", u1, m1), byList("", "1023", "PC-1"), byList("", "1023", "PC-1")}, "A B B", 1},
		{"one number at two makers", []asset.Observation{byAgent("d1", "Dell Inc.", "12345ABC", u1, m1), byAgent("d2", "Lenovo", "12345ABC", u2, m2), byList("レノボ", "12345ABC", "PC-2")}, "A B B", 0},
		{"one number at two makers, list without maker", []asset.Observation{byAgent("d1", "Dell Inc.", "12345ABC", u1, m1), byAgent("d2", "Lenovo", "12345ABC", u2, m2), byList("", "12345ABC", "PC-2"), byList("", "12345ABC", "PC-2")}, "A B C C", 2},
		{"serial mistyped, address right", []asset.Observation{byAgent("d1", "Dell", "EX59204", u1, m1), byList("Dell", "EX59Z04", "PC-1", m1)}, "A B", 1},
		{"consoles without any number", []asset.Observation{named(byList("", "", ""), "ct-1"), named(byList("", "", ""), "ct-1"), named(byAgent("d1", "", "", ""), "ct-1")}, "A B C", 0},
		{"UUID in both byte orders", []asset.Observation{byAgent("d1", "Dell", "", u1), byOCS("o1", "Dell", "", "44454c4c-5100-1030-8048-b4c04f4e4d31")}, "A A", 0},
		{"model as serial number", []asset.Observation{withModel(byAgent("d1", "Acme", "NUC-7", "", m1), "NUC-7"), withModel(byAgent("d2", "Acme", "NUC-7", "", m2), "NUC-7")}, "A B", 0},
		{"disk put into another PC", []asset.Observation{byAgent("d1", "Dell", "EX59204", u1, m1), byAgent("d2", "Dell", "EX59205", u2, m2), byAgent("d1", "Dell", "EX59205", u2, m2)}, "A B B", 1},
		{"two boards of one batch, each by its own source", []asset.Observation{byAgent("d1", "Acme", "A1B2C3D4", u1, m1), byOCS("o2", "Acme", "A1B2C3D4", u1, m2)}, "A B", 1},
		{"key that two rows hold, by itself", []asset.Observation{byAgent("d1", "Acme", "A1B2C3D4", u1, m1), byAgent("d2", "Acme", "A1B2C3D4", u1, m2), byList("Acme", "A1B2C3D4", ""), byList("Acme", "A1B2C3D4", "")}, "A B C C", 3},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, tt := range cases {
			t.Run(tt.name, func(t *testing.T) {
				for _, table := range []string{"asset_identity", "asset_conflict", "asset_source"} {
					do(t, db, func(ctx context.Context, tx *store.Tx) (any, error) { return tx.Exec(ctx, "DELETE FROM "+table) })
				}
				letters := map[string]string{}
				var rows []string
				for i, o := range tt.seen {
					o.FacilityID, o.AtMS = facilityA, t0+int64(i)
					id := observe(t, db, o).AssetID
					if letters[id] == "" {
						letters[id] = string(rune('A' + len(letters)))
					}
					rows = append(rows, letters[id])
				}
				n, err := asset.ConflictCount(t.Context(), db, asset.ConflictFilter{Scope: everything})
				if got := strings.Join(rows, " "); got != tt.rows || n != tt.lines || err != nil {
					t.Errorf("rows %s, want %s; %d lines, want %d: %s; %v", got, tt.rows, n, tt.lines, lines(t, db, letters), err)
				}
			})
		}
	})
}

func withModel(o asset.Observation, model string) asset.Observation {
	o.Identity.Model = model
	return o
}

// lines tells the queue in short.
func lines(t testing.TB, db *store.DB, letters map[string]string) string {
	t.Helper()
	list, err := asset.Conflicts(t.Context(), db, asset.ConflictFilter{Scope: everything})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range list {
		out = append(out, fmt.Sprintf("%s–%s %s %s", letters[c.AssetID], letters[c.OtherID], c.Cause, c.KeyValue))
	}
	return strings.Join(out, "; ")
}
