package network_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/network"
)

func sampleDevice(at int64) network.Reading {
	return network.Reading{
		Source: "snmp", How: network.HowSNMP, AtMS: at,
		Ports:    []network.PortState{{Name: "1/1", Index: 1, Text: "Ward switch Port 1", Alias: "3F ward", Enabled: true, VLAN: 20, Untagged: []int{20}, Tree: "forwarding"}, {Name: "1/2", Index: 2, Tagged: []int{10, 20}}},
		VLANs:    []network.VLAN{{ID: 10, Name: "records"}, {ID: 20}},
		Tree:     &network.Tree{Bridge: "00005e005301", Root: "00005e005302", RootPort: "1/2", Priority: 32768, RootCost: 4},
		Modules:  []network.Module{{Index: 1, Class: "chassis", Name: "Switch", Serial: "S1"}, {Index: 2, Within: 1, Class: "power"}},
		Supplies: []network.Supply{{Name: "Black", Kind: "toner", Colour: "black", Percent: 40, Level: 40, Max: 100}}, Pages: 1234,
		Power: &network.Power{Battery: "normal", ChargePercent: 100, MinutesLeft: 30, LoadPercent: 20},
	}
}

func record(t *testing.T, db *store.DB, id string, r network.Reading) store.Change {
	t.Helper()
	var ch store.Change
	err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		ch, err = network.RecordDevice(ctx, tx, id, r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

// What a device tells comes back as it told it, on its day; levels are no news.
func TestRecordDevice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const id = "0192f0c1-2b3c-7d4e-8f5a-0000000000d1"
		first := sampleDevice(1000)
		record(t, db, id, first)
		got, err := network.PartsOf(t.Context(), db, id, 0)
		if err != nil {
			t.Fatal(err)
		}
		want := network.Parts{Ports: first.Ports, VLANs: first.VLANs, Bridges: []network.Tree{*first.Tree}, Modules: first.Modules, Supplies: first.Supplies, Pages: 1234, Power: []network.Power{*first.Power}}
		if d := cmp.Diff(want, got, cmp.Comparer(sameList[int])); d != "" {
			t.Error(d)
		}
		second := sampleDevice(2000)
		second.Supplies[0].Percent, second.Pages, second.Power.ChargePercent, second.Tree.RootCost, second.Ports[0].Tree = 39, 1300, 90, 8, "blocking"
		if ch := record(t, db, id, second); ch.Any() {
			t.Errorf("levels are news: %+v", ch)
		}
		if got, _ := network.PartsOf(t.Context(), db, id, 0); got.Pages != 1300 || got.Supplies[0].Percent != 39 || got.Power[0].ChargePercent != 90 {
			t.Errorf("levels stay behind: %+v", got)
		}
		third := sampleDevice(3000)
		third.Ports[0].Alias, third.Modules, third.Power.OnBattery = "4F ward", third.Modules[:1], true
		if ch := record(t, db, id, third); ch != (store.Change{Changed: 2, Gone: 1}) {
			t.Errorf("change %+v", ch)
		}
		if then, _ := network.PartsOf(t.Context(), db, id, 1500); len(then.Modules) != 2 || then.Ports[0].Alias != "3F ward" || then.Power[0].OnBattery {
			t.Errorf("on that day: %+v", then)
		}
	})
}

func sameList[T comparable](a, b []T) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// What could not be read is not gone; what a device no longer tells is.
func TestRecordDeviceInPart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const id = "0192f0c1-2b3c-7d4e-8f5a-0000000000d2"
		record(t, db, id, sampleDevice(1000))
		record(t, db, id, network.Reading{Source: "snmp", How: network.HowSNMP, AtMS: 2000, Partial: []string{"interfaces: timeout", "vlans: timeout", "stp: timeout", "entity: timeout", "printer: timeout", "ups: timeout"}})
		if got, err := network.PartsOf(t.Context(), db, id, 0); err != nil || len(got.Ports) != 2 || len(got.Modules) != 2 || got.Pages == 0 || len(got.Power) != 1 || len(got.Bridges) != 1 {
			t.Errorf("%+v %v", got, err)
		}
		half := sampleDevice(2500)
		half.Ports[0].VLAN, half.Partial = 0, []string{"vlans: timeout"}
		record(t, db, id, half)
		if got, _ := network.PartsOf(t.Context(), db, id, 0); got.Ports[0].VLAN != 20 {
			t.Error("a VLAN that could not be read is gone")
		}
		record(t, db, id, network.Reading{Source: "snmp", How: network.HowSNMP, AtMS: 3000})
		if got, err := network.PartsOf(t.Context(), db, id, 0); err != nil || !got.Empty() {
			t.Errorf("%+v %v", got, err)
		}
		const other = "0192f0c1-2b3c-7d4e-8f5a-0000000000d3"
		record(t, db, other, half)
		if got, _ := network.PartsOf(t.Context(), db, other, 0); len(got.Ports) != 2 {
			t.Error("what was read the first time, and in part, is not kept")
		}
	})
}
