package scanner

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"

	"sonae/internal/edge/discover/probe"
	"sonae/internal/edge/discover/probe/door"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/noprobe"
	"sonae/internal/survey/network/scan"
)

// The words of ways are those that package probe knows.
func TestMethods(t *testing.T) {
	var words []string
	for _, m := range probe.Methods {
		words = append(words, string(m))
	}
	if !slices.Equal(words, scan.Methods) {
		t.Errorf("probe knows %v, plans %v", words, scan.Methods)
	}
}

// A batch of a sweep is kept whole: who answered is on the map and in the report once,
// what was sent and what was kept back is in the record, and the run knows where to go on.
func TestSweepIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		var segment network.Segment
		w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
			segment, err = network.CreateSegment(ctx, tx, network.Segment{FacilityID: here, CIDR: "192.0.2.0/29", Name: "病棟"}, w.s.nowMS())
			return err
		})
		p := scan.Plan{FacilityID: here, Name: "s", Kind: scan.KindSweep, By: "x", Settings: scan.Settings{Segments: []string{segment.ID}, Methods: []string{"arp", "ping"}, Rate: 10, Schedule: scan.Schedule{When: scan.ByHand}}}
		w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
			p, err = scan.CreatePlan(ctx, tx, p, w.s.nowMS())
			return err
		})
		r := w.begin(p)
		order, err := w.s.order(t.Context(), p)
		if err != nil || len(order.Addresses()) != 6 || order.Rate != 10 {
			t.Fatal(order, err)
		}
		mac, _ := net.ParseMAC("02:00:00:00:00:01")
		one, two := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
		now := w.s.nowMS()
		batch := probe.Batch{
			Answers:  []probe.Answer{{AtMS: now, Address: one, MAC: mac, How: network.HowPing, Name: "pc-1"}},
			Sent:     []probe.Sent{{AtMS: now, Address: one, MAC: mac, Method: probe.ARP, Packets: 1}, {AtMS: now, Address: one, MAC: mac, Method: probe.Ping, Packets: 2}},
			Refused:  []probe.Refused{{AtMS: now, Address: two, Reason: door.ReasonRule, Rule: noprobe.Rule{Kind: noprobe.KindMedical, Name: "輸液ポンプ"}}},
			Progress: probe.Progress{Done: 2, Total: 6, Cursor: probe.Cursor{Order: order.Key(), Next: 2}},
		}
		for range 2 { // again after a server died
			if err := w.s.keep(t.Context(), r, batch); err != nil {
				t.Fatal(err)
			}
		}
		got, err := scan.RunByID(t.Context(), db, r.ID)
		if err != nil || got.Done != 2 || got.Total != 6 || got.Answered != 1 || got.Place == "" {
			t.Errorf("%+v %v", got, err)
		}
		if list := w.report(r.ID); len(list) != 1 || list["192.0.2.1"].Name != "pc-1" {
			t.Errorf("%+v", list)
		}
		sent, err := scan.SentIn(t.Context(), db, r.ID, "", 10)
		if err != nil || len(sent) != 3 || sent[0].MAC != "020000000001" || sent[2].Rule != "medical:輸液ポンプ" {
			t.Errorf("%+v %v", sent, err)
		}
		var seen int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM network_sighting WHERE seen_mac = '020000000001'`).Scan(&seen); err != nil || seen != 1 {
			t.Error("on the map:", seen, err)
		}
		for reason, want := range map[door.Reason]string{door.ReasonBroadcast: "broadcast:medical:x", door.ReasonSelf: "self:", door.ReasonAddress: "no_station:"} {
			x := &door.Refused{Reason: reason}
			if reason == door.ReasonBroadcast {
				x.Rule = noprobe.Rule{Kind: noprobe.KindMedical, Name: "x"}
			}
			if got := ReasonText(x); got != want {
				t.Errorf("%s: %q", reason, got)
			}
		}
	})
}
