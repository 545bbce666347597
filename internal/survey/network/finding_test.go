package network

import (
	"context"
	"slices"
	"testing"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

func findingGraph() Graph {
	node := func(key, assetID, kind string, traits ...Trait) Node {
		return Node{Key: key, AssetID: assetID, Kind: kind, Keys: []string{"mac:" + key}, MACs: []string{key}, State: map[bool]NodeState{true: StateListed, false: StateUnlisted}[assetID != ""], Traits: traits, LastMS: 5, FirstMS: 1}
	}
	visitor := node("visitor", "", "storage")
	visitor.State = StateVisitor
	stray := node("stray", "a1", "server")
	stray.Segments = []string{"s1"}
	right := node("right", "a2", "pc")
	right.Segments = []string{"s1", "s2"}
	guess := node("guess", "", "server")
	guess.Segments = []string{"s1"}
	return Graph{FacilityID: "f", Segments: []Segment{{ID: "s1", Kinds: []string{"pc", "printer"}}, {ID: "s2"}},
		Nodes: []Node{node("nas", "", "storage", Trait{TraitHTTPTitle, "NAS"}), node("ap", "", "network", Trait{TraitLLDPCaps, "bridge,wlan"}), node("sw", "", "network", Trait{TraitLLDPCaps, "bridge"}),
			visitor, stray, right, guess, node("dhcp", "a3", "pc"), node("dhcpd", "a4", "server")},
		Clashes: []Clash{{Kind: ClashAddress, Value: "192.0.2.7", Nodes: []string{"nas", "stray"}, LastMS: 4}}}
}

func kindsOf(list []Finding) (out []string) {
	for _, f := range list {
		out = append(out, string(f.Kind)+" "+f.Nodes[0])
	}
	return out
}

// Each rule finds what it is for and nothing else: a visitor's device, a kind that is only
// guessed, and a segment of which nobody said what belongs into it are none.
func TestFindings(t *testing.T) {
	got := kindsOf(findAll(findingGraph(), []string{"mac:dhcp", "mac:dhcpd"}, ownerless{"a1": {"custodian"}}))
	want := []string{"dhcp_server dhcp", "wireless ap", "storage nas", "switch sw", "clash_address nas", "segment stray", "owner stray"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A finding that was put aside stays so until its day, and comes back when its facts
// change.
func TestAside(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, g := t.Context(), findingGraph()
		const now = int64(1_800_000_000_000)
		find := func(g Graph, at int64) Finding {
			list, err := Findings(ctx, db, g, at)
			if err != nil {
				t.Fatal(err)
			}
			return list[slices.IndexFunc(list, func(f Finding) bool { return f.Kind == FindStorage })]
		}
		put := func(a Aside) error {
			return db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				a.Facts = find(g, now).Facts
				_, err := PutAside(ctx, tx, "f", find(g, now), a, now)
				return err
			})
		}
		for _, bad := range []Aside{{UntilMS: now + 1}, {Reason: "r", UntilMS: now}, {Reason: "r", UntilMS: now + 400*86_400_000}} {
			if put(bad) == nil {
				t.Errorf("%+v was taken", bad)
			}
		}
		for range 2 { // a second word replaces the first
			if err := put(Aside{Reason: "借りている", UntilMS: now + 86_400_000, By: "a"}); err != nil {
				t.Fatal(err)
			}
		}
		if f := find(g, now+1); f.Aside == nil || f.Aside.Reason != "借りている" {
			t.Errorf("aside: %+v", f.Aside)
		}
		if f := find(g, now+86_400_000); f.Aside != nil {
			t.Error("still aside after its day")
		}
		other := findingGraph()
		other.Nodes[0].Segments = []string{"s2"}
		if f := find(other, now+1); f.Aside != nil {
			t.Error("still aside in another segment")
		}
		err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return TakeBackAside(ctx, tx, "f", find(g, now).Key, now+2)
		})
		if f := find(g, now+3); err != nil || f.Aside != nil {
			t.Errorf("taken back: %v, %+v", err, f.Aside)
		}
	})
}
