package network_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/survey/network"
)

const (
	hour = int64(3_600_000)
	day  = 24 * hour
	now  = 400 * day
)

// mac makes the address of the n-th device; of one station, globally administered.
func mac(n int) string { return fmt.Sprintf("00005e0053%02x", n) }

// seen makes a sighting of the last hour.
func seen(how network.How, seer network.Party, seerPort string, of network.Party, ofPort string) network.Sighting {
	return network.Sighting{Observation: network.Observation{FacilityID: facility, Seer: seer, SeerPort: seerPort, Seen: of, SeenPort: ofPort, How: how, AtMS: now}, FirstMS: now - hour, LastMS: now}
}

// during sets when a sighting was made.
func during(s network.Sighting, first, last int64) network.Sighting {
	s.FirstMS, s.LastMS, s.AtMS = first, last, last
	return s
}

func withMAC(n int) network.Party { return network.Party{MAC: mac(n)} }

func chassis(n int, name string) network.Party {
	return network.Party{ChassisID: "mac:" + mac(n), Name: name}
}

func at(p network.Party, ip string) network.Party {
	p.Address = netip.MustParseAddr(ip)
	return p
}

func resolve(sightings ...network.Sighting) network.Graph {
	return network.Resolve(network.Evidence{FacilityID: facility, AtMS: now, Sightings: sightings})
}

// linksOf writes links as lines: A port – B port kind proofs.
func linksOf(g network.Graph) []string {
	names := map[string]string{}
	for _, n := range g.Nodes {
		names[n.Key] = n.Key
		if n.Name != "" {
			names[n.Key] = n.Name
		}
	}
	var out []string
	for _, l := range g.Links {
		how := make([]string, len(l.How))
		for i, h := range l.How {
			how[i] = string(h)
		}
		out = append(out, fmt.Sprintf("%s[%s] %s[%s] %s %s", names[l.A], l.APort, names[l.B], l.BPort, l.Kind, strings.Join(how, "+")))
	}
	return out
}

func clashesOf(g network.Graph) []string {
	var out []string
	for _, c := range g.Clashes {
		out = append(out, fmt.Sprintf("%s %s %d", c.Kind, c.Value, len(c.Nodes)))
	}
	return out
}

func TestLinks(t *testing.T) {
	sw1, sw2, sw3 := chassis(1, "SW-1"), chassis(2, "SW-2"), chassis(3, "SW-3")
	fdb := func(seer network.Party, port string, n int) network.Sighting {
		return seen(network.HowFDB, seer, port, withMAC(n), "")
	}
	cases := map[string]struct {
		sightings []network.Sighting
		want      []string
		clashes   []string
	}{
		"both sides of one cable are one link": {
			[]network.Sighting{
				fdb(sw1, "Gi1/0/9", 9), fdb(sw2, "Gi1/0/8", 8),
				seen(network.HowLLDP, sw1, "GigabitEthernet1/0/1", sw2, "Gi1/0/24"), seen(network.HowLLDP, sw2, "GigabitEthernet1/0/24", sw1, "Gi1/0/1"),
			},
			[]string{"SW-1[GigabitEthernet1/0/1] SW-2[GigabitEthernet1/0/24] trunk lldp", "SW-1[Gi1/0/9] mac:" + mac(9) + "[] edge fdb", "SW-2[Gi1/0/8] mac:" + mac(8) + "[] edge fdb"}, nil,
		},
		"LLDP and CDP on one cable are one link": {
			[]network.Sighting{seen(network.HowLLDP, sw1, "Gi0/1", sw2, "Gi0/2"), seen(network.HowCDP, sw2, "GigabitEthernet0/2", network.Party{Name: "SW-1"}, "GigabitEthernet0/1")},
			[]string{"SW-1[Gi0/1] SW-2[GigabitEthernet0/2] edge lldp+cdp"}, nil,
		},
		"two cables between two switches stay two": {
			[]network.Sighting{
				seen(network.HowLLDP, sw1, "Gi0/1", sw2, "Gi0/1"), seen(network.HowLLDP, sw1, "Gi0/2", sw2, "Gi0/2"),
				seen(network.HowLLDP, sw2, "Gi0/1", sw1, "Gi0/1"), seen(network.HowLLDP, sw2, "Gi0/2", sw1, "Gi0/2"),
			},
			[]string{"SW-1[Gi0/1] SW-2[Gi0/1] edge lldp", "SW-1[Gi0/2] SW-2[Gi0/2] edge lldp"}, nil,
		},
		"sides that count their ports differently": {
			[]network.Sighting{seen(network.HowLLDP, sw1, "port1", sw2, "513"), seen(network.HowLLDP, sw2, "ge-0/0/1", sw1, "10001")},
			[]string{"SW-1[port1] SW-2[ge-0/0/1] edge lldp"}, nil,
		},
		"switches that see each other in their tables alone": {
			[]network.Sighting{fdb(sw1, "1", 2), fdb(sw2, "8", 1), fdb(sw1, "2", 9), fdb(sw2, "8", 9)},
			[]string{"SW-1[1] SW-2[8] trunk fdb", "SW-1[2] mac:" + mac(9) + "[] edge fdb"}, nil,
		},
		"a switch between two others": {
			[]network.Sighting{fdb(sw1, "1", 2), fdb(sw1, "1", 3), fdb(sw2, "1", 1), fdb(sw2, "2", 3), fdb(sw3, "1", 1), fdb(sw3, "1", 2)},
			[]string{"SW-1[1] SW-2[1] trunk fdb", "SW-2[2] SW-3[1] trunk fdb"}, nil,
		},
		"three switches at one that nobody read": {
			[]network.Sighting{fdb(sw1, "1", 2), fdb(sw1, "1", 3), fdb(sw2, "1", 1), fdb(sw2, "1", 3), fdb(sw3, "1", 1), fdb(sw3, "1", 2)},
			nil, nil,
		},
		"several devices at one port have something between": {
			[]network.Sighting{fdb(sw1, "3", 10), fdb(sw1, "3", 11)},
			[]string{"SW-1[3] mac:" + mac(10) + "[] behind fdb", "SW-1[3] mac:" + mac(11) + "[] behind fdb"}, nil,
		},
		"a PC behind a telephone": {
			[]network.Sighting{seen(network.HowLLDP, sw1, "3", chassis(10, "TEL"), "1"), fdb(sw1, "3", 10), fdb(sw1, "3", 11)},
			[]string{"SW-1[3] TEL[1] edge lldp", "SW-1[3] mac:" + mac(11) + "[] behind fdb"}, nil,
		},
		"one address at two ports at a time is no link": {
			[]network.Sighting{fdb(sw1, "3", 10), fdb(sw2, "4", 10)},
			nil, []string{"mac " + mac(10) + " 3"},
		},
		"a device that moved is where it was seen last": {
			[]network.Sighting{during(fdb(sw1, "3", 10), now-9*day, now-2*day), fdb(sw2, "4", 10)},
			[]string{"SW-2[4] mac:" + mac(10) + "[] edge fdb"}, nil,
		},
		"a port with half the house behind it hangs nobody": {
			slices.Collect(func(yield func(network.Sighting) bool) {
				for n := 20; n < 60; n++ {
					if !yield(fdb(sw1, "9", n)) {
						return
					}
				}
			}),
			nil, nil,
		},
		"two switches told of at one port": {
			[]network.Sighting{fdb(sw1, "9", 52), fdb(sw2, "9", 50), fdb(sw3, "9", 51), seen(network.HowLLDP, sw1, "1", sw2, "1"), seen(network.HowLLDP, sw1, "1", sw3, "1")},
			[]string{"SW-1[1] SW-2[1] trunk lldp", "SW-1[1] SW-3[1] trunk lldp", "SW-1[9] mac:" + mac(52) + "[] edge fdb", "SW-2[9] mac:" + mac(50) + "[] edge fdb", "SW-3[9] mac:" + mac(51) + "[] edge fdb"}, []string{"port 1 3"},
		},
		"associations are no cables": {
			[]network.Sighting{seen(network.HowDICOM, at(withMAC(1), "192.0.2.1"), "CT1", at(withMAC(2), "192.0.2.2"), "PACS"), seen(network.HowWiFi, sw1, "wlan0", withMAC(9), "")},
			[]string{"SW-1[CT1] mac:" + mac(2) + "[PACS] talk dicom", "SW-1[wlan0] mac:" + mac(9) + "[] wireless wifi"}, nil,
		},
		"one IP address of two devices": {
			[]network.Sighting{seen(network.HowARP, withMAC(1), "", at(withMAC(8), "192.0.2.8"), ""), seen(network.HowARP, withMAC(1), "", at(withMAC(9), "192.0.2.8"), "")},
			nil, []string{"address 192.0.2.8 2"},
		},
		"an IP address that was given on is none": {
			[]network.Sighting{during(seen(network.HowARP, withMAC(1), "", at(withMAC(8), "192.0.2.8"), ""), now-9*day, now-2*day), seen(network.HowARP, withMAC(1), "", at(withMAC(9), "192.0.2.8"), "")},
			nil, nil,
		},
		"routers that share an address are none": {
			[]network.Sighting{seen(network.HowARP, withMAC(1), "", at(network.Party{MAC: "00005e000105"}, "192.0.2.8"), ""), seen(network.HowARP, withMAC(1), "", at(withMAC(9), "192.0.2.8"), "")},
			nil, nil,
		},
		"CDP tells names, and two have it": {
			[]network.Sighting{seen(network.HowLLDP, sw3, "1", chassis(5, "SAME"), "1"), seen(network.HowLLDP, sw3, "2", chassis(6, "SAME"), "1"), seen(network.HowCDP, sw1, "7", network.Party{Name: "SAME"}, "9")},
			[]string{"SW-3[1] SAME[1] edge lldp", "SW-3[2] SAME[1] edge lldp", "mac:" + mac(1) + "[7] SAME[9] edge cdp"}, nil,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			g := resolve(c.sightings...)
			if name == "CDP tells names, and two have it" {
				g.Nodes[slices.IndexFunc(g.Nodes, func(n network.Node) bool { return n.Key == "mac:"+mac(1) })].Name = ""
			}
			got := linksOf(g)
			slices.Sort(got)
			slices.Sort(c.want)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error("links (-want +got):\n" + diff)
			}
			if diff := cmp.Diff(c.clashes, clashesOf(g)); diff != "" {
				t.Error("clashes (-want +got):\n" + diff)
			}
		})
	}
}

// Devices that forward and that nobody can read hang where they were seen, and what is
// behind them, too.
func TestUnreadDevicesThatForward(t *testing.T) {
	sw1, sw2 := chassis(1, "SW-1"), chassis(2, "SW-2")
	fdb := func(seer network.Party, port string, n int) network.Sighting {
		return seen(network.HowFDB, seer, port, withMAC(n), "")
	}
	caps := func(key string) map[string][]network.SeenTrait {
		return map[string][]network.SeenTrait{key: {{Trait: network.Trait{Key: network.TraitLLDPCaps, Value: "bridge,wlan"}, FirstMS: now - hour, LastMS: now}}}
	}
	router, point := "mac:"+mac(30), "mac:"+mac(31)
	cases := map[string]struct {
		unread    string
		sightings []network.Sighting
		want      []string
		clashes   []string
		at        map[string]string
	}{
		"a router alone at a port": {
			router, []network.Sighting{fdb(sw1, "7", 30)},
			[]string{"SW-1[7] " + router + "[] edge fdb"}, nil, map[string]string{router: "SW-1 7"},
		},
		"an access point that LLDP told of, with two clients": {
			point, []network.Sighting{seen(network.HowLLDP, sw1, "7", chassis(31, "AP-X"), "lan1"), fdb(sw1, "7", 31), fdb(sw1, "7", 40), fdb(sw1, "7", 41)},
			[]string{"SW-1[7] AP-X[lan1] trunk lldp", "SW-1[7] mac:" + mac(40) + "[] behind fdb", "SW-1[7] mac:" + mac(41) + "[] behind fdb"}, nil,
			map[string]string{point: "SW-1 7", "mac:" + mac(40): "SW-1 7"},
		},
		"an unread switch between two that were read": {
			router, []network.Sighting{fdb(sw1, "1", 30), fdb(sw1, "1", 40), fdb(sw2, "24", 30), fdb(sw2, "3", 40)},
			[]string{"SW-2[3] mac:" + mac(40) + "[] edge fdb"}, nil, map[string]string{"mac:" + mac(40): "SW-2 3"},
		},
		"an uplink to half the house": {
			router, slices.Collect(func(yield func(network.Sighting) bool) {
				for n := 30; n < 60 && yield(fdb(sw1, "9", n)); n++ {
				}
			}), nil, nil, map[string]string{},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			g := network.Resolve(network.Evidence{FacilityID: facility, AtMS: now, Sightings: c.sightings, Traits: caps(c.unread)})
			got := linksOf(g)
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error("links (-want +got):\n" + diff)
			}
			if diff := cmp.Diff(c.clashes, clashesOf(g)); diff != "" {
				t.Error("clashes (-want +got):\n" + diff)
			}
			sockets := g.Sockets()
			for key, want := range c.at {
				if at := sockets[key]; at.Node.Name+" "+at.Port != want {
					t.Errorf("%s hangs at %q, want %q", key, at.Node.Name+" "+at.Port, want)
				}
			}
			if len(c.at) == 0 && len(sockets) > 0 {
				t.Errorf("%v have a place", sockets)
			}
		})
	}
}

func known(id, kind string, macs []string, ips ...string) network.Known {
	return network.Known{AssetID: id, Name: "A-" + id, Kind: kind, MACs: macs, Addresses: ips, FirstMS: 1}
}

func nodeKeys(g network.Graph) (out []string) {
	for _, n := range g.Nodes {
		out = append(out, n.Key+" "+string(n.State)+" "+strings.Join(n.Addrs, ",")+" "+strings.Join(n.Segments, ","))
	}
	return out
}

func TestDevicesAndTheLedger(t *testing.T) {
	ward := network.Segment{ID: "ward", CIDR: "192.0.2.0/24", VLAN: 20}
	arp := func(n int, ip string) network.Sighting {
		return seen(network.HowARP, withMAC(1), "", at(withMAC(n), ip), "")
	}
	listener := "mac:" + mac(1) + " unlisted  "
	cases := map[string]struct {
		e       network.Evidence
		want    []string
		clashes []string
	}{
		"by hardware address": {
			network.Evidence{Known: []network.Known{known("pc", "pc", []string{mac(9)})}, Sightings: []network.Sighting{arp(9, "192.0.2.9")}},
			[]string{"asset:pc listed 192.0.2.9 ward", listener}, nil,
		},
		"two network cards are one device": {
			network.Evidence{Known: []network.Known{known("pc", "pc", []string{mac(8), mac(9)})}, Sightings: []network.Sighting{arp(9, "192.0.2.9"), arp(8, "198.51.100.8")}},
			[]string{"asset:pc listed 192.0.2.9,198.51.100.8 ward", listener}, nil,
		},
		"by IP address where the ledger knows no other": {
			network.Evidence{Known: []network.Known{known("list", "medical", nil, "192.0.2.9")}, Sightings: []network.Sighting{arp(9, "192.0.2.9")}},
			[]string{"asset:list listed 192.0.2.9 ward", listener}, nil,
		},
		"not by IP address where the ledger knows better": {
			network.Evidence{Known: []network.Known{known("pc", "pc", []string{mac(7)}, "192.0.2.9")}, Sightings: []network.Sighting{arp(9, "192.0.2.9")}},
			[]string{"asset:pc listed 192.0.2.9 ward", listener, "mac:" + mac(9) + " unlisted 192.0.2.9 ward"}, nil,
		},
		"two rows of the ledger stay two": {
			network.Evidence{
				Known:     []network.Known{known("a", "pc", []string{mac(8)}), known("b", "pc", []string{mac(9)})},
				Sightings: []network.Sighting{seen(network.HowLLDP, withMAC(1), "", network.Party{ChassisID: "mac:" + mac(8), MAC: mac(9)}, "")},
			},
			[]string{"asset:a listed  ", "asset:b listed  ", listener}, []string{"asset mac:" + mac(8) + " 2"},
		},
		"a device that names its ports": {
			network.Evidence{
				Aliases:   []network.Alias{{Party: "mac:" + mac(2), Also: "mac:" + mac(3), LastMS: now}, {Party: "mac:" + mac(2), Also: "ip:192.0.2.2", LastMS: now}},
				Sightings: []network.Sighting{seen(network.HowFDB, withMAC(2), "1", withMAC(9), ""), seen(network.HowLLDP, withMAC(1), "", withMAC(3), "")},
			},
			[]string{listener, "mac:" + mac(2) + " unlisted 192.0.2.2 ward", "mac:" + mac(9) + " unlisted  "}, nil,
		},
		"a device that claims another's address": {
			network.Evidence{
				Aliases: []network.Alias{{Party: "mac:" + mac(2), Also: "mac:" + mac(4), LastMS: now}, {Party: "mac:" + mac(3), Also: "mac:" + mac(4), LastMS: now}},
			},
			[]string{"mac:" + mac(2) + " unlisted  ", "mac:" + mac(3) + " unlisted  "}, nil,
		},
		"segment by VLAN where no address is known": {
			network.Evidence{Sightings: []network.Sighting{func() network.Sighting {
				s := seen(network.HowFDB, withMAC(1), "1", withMAC(9), "")
				s.VLAN = 20
				return s
			}()}},
			[]string{listener, "mac:" + mac(9) + " unlisted  ward"}, nil,
		},
		"a capture file does not tell who saw": {
			network.Evidence{Sightings: []network.Sighting{
				seen(network.HowARP, network.Party{}, "", at(withMAC(9), "192.0.2.9"), ""), seen(network.HowLLDP, network.Party{}, "", chassis(2, "SW-2"), "7"),
				seen(network.HowFDB, network.Party{}, "1", withMAC(9), ""), seen(network.HowWiFi, network.Party{}, "", withMAC(9), ""),
			}},
			[]string{"mac:" + mac(2) + " unlisted  ", "mac:" + mac(9) + " unlisted 192.0.2.9 ward"}, nil,
		},
		"visitors, in time and too long": {
			network.Evidence{
				Marks:     []network.Mark{{PartyKey: "mac:" + mac(8), UntilMS: now + day}, {PartyKey: "mac:" + mac(9), UntilMS: now - day}},
				Sightings: []network.Sighting{arp(8, "192.0.2.8"), arp(9, "192.0.2.9")},
			},
			[]string{listener, "mac:" + mac(8) + " visitor 192.0.2.8 ward", "mac:" + mac(9) + " overdue 192.0.2.9 ward"}, nil,
		},
		"two who give out addresses": {
			network.Evidence{
				Traits: map[string][]network.SeenTrait{
					"mac:" + mac(8): {{Trait: network.Trait{Key: network.TraitDHCPServer, Value: "offer"}, LastMS: now}},
					"mac:" + mac(9): {{Trait: network.Trait{Key: network.TraitDHCPServer, Value: "offer"}, LastMS: now}},
				},
				Sightings: []network.Sighting{arp(8, "192.0.2.8"), arp(9, "192.0.2.9")},
			},
			[]string{listener, "mac:" + mac(8) + " unlisted 192.0.2.8 ward", "mac:" + mac(9) + " unlisted 192.0.2.9 ward"}, []string{"dhcp ward 2"},
		},
		"an address that became another device": {
			network.Evidence{
				Traits: map[string][]network.SeenTrait{"mac:" + mac(9): {
					{Trait: network.Trait{Key: network.TraitDHCPVendor, Value: "printer"}, FirstMS: now - 30*day, LastMS: now - 3*day},
					{Trait: network.Trait{Key: network.TraitDHCPVendor, Value: "MSFT 5.0"}, FirstMS: now - 2*day, LastMS: now},
				}},
				Sightings: []network.Sighting{arp(9, "192.0.2.9")},
			},
			[]string{listener, "mac:" + mac(9) + " unlisted 192.0.2.9 ward"}, []string{"traits dhcp.vendor: printer → MSFT 5.0 1"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.e.FacilityID, c.e.AtMS, c.e.Segments = facility, now, []network.Segment{ward}
			g := network.Resolve(c.e)
			if diff := cmp.Diff(c.want, nodeKeys(g)); diff != "" {
				t.Error("nodes (-want +got):\n" + diff)
			}
			if diff := cmp.Diff(c.clashes, clashesOf(g)); diff != "" {
				t.Error("clashes (-want +got):\n" + diff)
			}
		})
	}
}

// house is a made-up hospital: two core switches, edge switches with 40 devices each,
// every table read, half of the devices in the ledger.
func house(switches int) network.Evidence {
	e := network.Evidence{FacilityID: facility, AtMS: now, Traits: map[string][]network.SeenTrait{}}
	address := func(kind, n int) string { return fmt.Sprintf("00005e%02x%04x", kind, n) }
	core := network.Party{ChassisID: "mac:" + address(1, 0), Name: "CORE"}
	for s := range switches {
		e.Segments = append(e.Segments, network.Segment{ID: fmt.Sprint("s", s), CIDR: fmt.Sprintf("10.%d.%d.0/24", s/250, s%250), VLAN: int64(s + 1)})
		edge := network.Party{ChassisID: "mac:" + address(2, s), Name: fmt.Sprint("SW-", s)}
		e.Sightings = append(e.Sightings, seen(network.HowLLDP, core, fmt.Sprint("Te1/", s), edge, "Gi0/49"), seen(network.HowLLDP, edge, "Gi0/49", core, fmt.Sprint("Te1/", s)))
		for d := range 40 {
			n := s*40 + d
			ip := fmt.Sprintf("10.%d.%d.%d", s/250, s%250, d+1)
			device := network.Party{MAC: address(16, n)}
			e.Sightings = append(e.Sightings, seen(network.HowFDB, edge, fmt.Sprint("Gi0/", d), device, ""), seen(network.HowFDB, core, fmt.Sprint("Te1/", s), device, ""), seen(network.HowARP, core, "", at(device, ip), ""))
			if n%2 == 0 {
				e.Known = append(e.Known, known(fmt.Sprint(n), "pc", []string{device.MAC}, ip))
			}
		}
	}
	return e
}

func TestOrderOfEvidenceDoesNotMatter(t *testing.T) {
	e := house(6)
	// Some that contradict each other, and some that lack most.
	e.Sightings = append(e.Sightings, seen(network.HowFDB, network.Party{ChassisID: "mac:00005e020001"}, "Gi0/7", network.Party{MAC: "00005e100001"}, ""),
		seen(network.HowCDP, network.Party{Name: "SW-3"}, "Gi0/3", network.Party{Name: "core"}, "x"), seen(network.HowSNMP, network.Party{Name: "sonae"}, "", at(network.Party{}, "10.0.0.1"), ""))
	want := network.Resolve(e)
	if len(want.Links) < 240 || len(want.Clashes) == 0 {
		t.Fatalf("%d links, %d clashes: the case shows nothing", len(want.Links), len(want.Clashes))
	}
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		r.Shuffle(len(e.Sightings), func(i, j int) { e.Sightings[i], e.Sightings[j] = e.Sightings[j], e.Sightings[i] })
		r.Shuffle(len(e.Known), func(i, j int) { e.Known[i], e.Known[j] = e.Known[j], e.Known[i] })
		if diff := cmp.Diff(want, network.Resolve(e), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

// Every port of the made-up hospital has the device that was plugged in, and no other link.
func TestHouseIsDrawnAsItIs(t *testing.T) {
	g := network.Resolve(house(25))
	byKind := map[network.LinkKind]int{}
	for _, l := range g.Links {
		byKind[l.Kind]++
	}
	if diff := cmp.Diff(map[network.LinkKind]int{network.LinkTrunk: 25, network.LinkEdge: 1000}, byKind); diff != "" {
		t.Error(diff)
	}
	if len(g.Nodes) != 1026 || len(g.Clashes) != 0 || len(g.Ports) != 25*40+25 {
		t.Errorf("%d nodes, %d clashes, %d ports", len(g.Nodes), len(g.Clashes), len(g.Ports))
	}
}

func BenchmarkResolve(b *testing.B) {
	e := house(125) // 5,126 devices
	b.ReportAllocs()
	for b.Loop() {
		network.Resolve(e)
	}
}
