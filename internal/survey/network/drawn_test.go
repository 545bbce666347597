package network_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/network"
)

func TestSpots(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		move := func(list ...network.Spot) error {
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return network.MoveSpots(ctx, tx, facility, "u", list, 1)
			})
		}
		if err := move(network.Spot{Box: "b", X: 1, Y: 2}, network.Spot{Box: "a", X: 3, Y: 4}); err != nil {
			t.Fatal(err)
		}
		if err := move(network.Spot{Box: "b", X: 5, Y: 6}); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []network.Spot{{Box: ""}, {Box: "a", X: -1}, {Box: "a", Y: 1 << 40}, {Box: strings.Repeat("x", 400)}, {Box: "\x00"}} {
			if err := move(bad); !fault.Is(err, fault.CodeInvalid) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		if err := move(make([]network.Spot, network.MaxSpots+1)...); !fault.Is(err, fault.CodeTooMany) {
			t.Errorf("too many: %v", err)
		}
		list, err := network.Spots(t.Context(), db, facility)
		if diff := cmp.Diff([]network.Spot{{Box: "a", X: 3, Y: 4}, {Box: "b", X: 5, Y: 6}}, list); diff != "" || err != nil {
			t.Error(diff, err)
		}
		tx(t, db, func(ctx context.Context, tx *store.Tx) error { return network.ClearSpots(ctx, tx, facility) })
		if list, err := network.Spots(t.Context(), db, facility); len(list) > 0 || err != nil {
			t.Error(list, err)
		}
	})
}

func TestEditionsRiseWithContent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		next := func(hash string, atMS, want int64) {
			t.Helper()
			tx(t, db, func(ctx context.Context, tx *store.Tx) error {
				e, err := network.NextEdition(ctx, tx, facility, hash, atMS)
				if e.Number != want || e.Hash != hash {
					t.Errorf("%s at %d is %+v, want %d", hash, atMS, e, want)
				}
				return err
			})
		}
		next("a", 10, 1)
		next("a", 20, 1)
		next("b", 30, 2)
		next("a", 40, 3)
		for at, want := range map[int64]int64{5: 0, 10: 1, 29: 1, 30: 2, 99: 3} {
			if e, err := network.EditionAt(t.Context(), db, facility, at); e.Number != want || err != nil {
				t.Errorf("at %d: %+v %v", at, e, err)
			}
		}
	})
}

// line is a graph a – sw1 – sw2 – b, with a talk between a and c.
func line() network.Graph {
	return network.Graph{
		Nodes: []network.Node{{Key: "a", Addrs: []string{"192.0.2.5"}}, {Key: "b"}, {Key: "c"}, {Key: "d"}, {Key: "sw1", Forwards: true}, {Key: "sw2", Forwards: true}},
		Links: []network.Link{{A: "a", B: "c", Kind: network.LinkTalk}, {A: "a", B: "sw1", BPort: "1", Kind: network.LinkEdge}, {A: "b", B: "sw2", BPort: "2", Kind: network.LinkEdge},
			{A: "sw1", B: "sw2", Kind: network.LinkTrunk}},
	}
}

func TestWay(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"a", "b", "a sw1 sw2 b"}, {"b", "a", "b sw2 sw1 a"}, {"a", "a", "a"}, {"a", "c", "a c"}, {"c", "b", "c a sw1 sw2 b"}, {"a", "d", ""}, {"a", "nobody", ""},
	} {
		var got []string
		for _, s := range network.Way(line(), c.from, c.to) {
			got = append(got, s.Node)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("from %s to %s: %v, want %s", c.from, c.to, got, c.want)
		}
	}
}

func TestCompare(t *testing.T) {
	to := line()
	to.Nodes = append(to.Nodes[:3:3], network.Node{Key: "new"}, to.Nodes[4], to.Nodes[5], network.Node{Key: "sw3", Forwards: true})
	to.Links = []network.Link{{A: "a", B: "sw2", BPort: "7", Kind: network.LinkEdge}, {A: "b", B: "sw2", BPort: "2", Kind: network.LinkEdge}, {A: "c", B: "sw1", BPort: "9", Kind: network.LinkEdge},
		{A: "sw2", B: "sw3", Kind: network.LinkTrunk}}
	d := network.Compare(line(), to)
	var got []string
	for _, x := range d.Devices {
		got = append(got, string(x.Kind)+" "+x.Node.Key)
	}
	for _, x := range d.Links {
		got = append(got, string(x.Kind)+" "+x.Link.A+"–"+x.Link.B)
	}
	want := []string{"moved a", "gone d", "added new", "added sw3", "added sw2–sw3", "gone sw1–sw2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAddressPlan(t *testing.T) {
	g := network.Graph{
		Segments: []network.Segment{{ID: "wide", CIDR: "192.0.2.0/24"}, {ID: "narrow", CIDR: "192.0.2.128/31"}, {ID: "six", CIDR: "2001:db8::/64"}},
		Nodes: []network.Node{{Key: "a", Keys: []string{"mac:1"}, Addrs: []string{"192.0.2.5", "192.0.2.128"}, Segments: []string{"narrow", "wide"}}, {Key: "b", Addrs: []string{"192.0.2.5"}, Segments: []string{"wide"}},
			{Key: "c", Addrs: []string{"203.0.113.1"}}},
		Clashes: []network.Clash{{Kind: network.ClashAddress, Value: "192.0.2.128", Nodes: []string{"a", "b"}}},
	}
	var got []string
	for _, u := range network.AddressPlan(g, []string{"mac:1"}, nil) {
		line := u.Segment.ID + " " + u.Size.String() + " " + u.Free.String() + " " + strings.Join(u.DHCP, ",")
		for _, d := range u.Duplicates {
			line += " " + d.Addr + "=" + strings.Join(d.Nodes, ",")
		}
		got = append(got, line)
	}
	want := []string{"wide 254 253 a 192.0.2.5=a,b", "narrow 2 1 a 192.0.2.128=a,b", "six 18446744073709551616 18446744073709551616 "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
