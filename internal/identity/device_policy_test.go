package identity

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

func TestPolicies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d, other := newDesk(t, db), newDesk(t, db)
		f, g := d.facility("本院").ID, d.facility("分院").ID
		m := d.enrol(f, 10)
		at := func(who *desk) (PolicyRules, int64) {
			t.Helper()
			rules, version, err := who.PolicyOf(t.Context(), m.Device)
			if err != nil {
				t.Fatal(err)
			}
			return rules, version
		}
		if rules, version := at(d); version != 0 || rules.IntervalMin != 0 {
			t.Errorf("without any: %+v, version %d", rules, version)
		}
		set := func(p Policy) (out Policy) {
			t.Helper()
			d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
				out, err = d.SetPolicy(ctx, tx, System("test"), p)
				return err
			})
			return out
		}
		last := int64(0)
		want := func(what string, minutes int, stop bool) {
			t.Helper()
			rules, version := at(d)
			if rules.IntervalMin != minutes || rules.Stop != stop || version <= last {
				t.Errorf("%s: %+v, version %d after %d", what, rules, version, last)
			}
			last = version
		}
		set(Policy{Rules: PolicyRules{IntervalMin: 30}})
		want("all", 30, false)
		set(Policy{FacilityID: g, Rules: PolicyRules{IntervalMin: 45, Stop: true}})
		want("another facility's", 30, false)
		set(Policy{FacilityID: f, Rules: PolicyRules{IntervalMin: 60}})
		want("facility", 60, false)
		department := set(Policy{FacilityID: f, Department: "外来", Rules: PolicyRules{IntervalMin: 90}})
		want("another department's", 60, false)
		one := set(Policy{FacilityID: f, DeviceID: m.ID, Rules: PolicyRules{IntervalMin: 120}})
		want("device", 120, false)
		set(Policy{Rules: PolicyRules{IntervalMin: 30, Stop: true}})
		want("stop for all counts for the device, too", 120, true)
		set(Policy{Rules: PolicyRules{IntervalMin: 30}})
		want("stop taken back", 120, false)
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.RemovePolicy(ctx, tx, one.ID) })
		want("device's removed", 60, false)
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO asset_source (asset_id, source, device_key, digest, seen_ms) VALUES ('a1', 'agent', $1, '', 1)`, "device:agent|"+m.ID)
			return err
		})
		if err := d.try(func(ctx context.Context, tx *store.Tx) error { return d.RemovePolicy(ctx, tx, one.ID) }); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("removed twice: %v", err)
		}
		if again := set(Policy{FacilityID: f, Department: "外来", Rules: PolicyRules{IntervalMin: 240}}); again.ID != department.ID {
			t.Error("two policies for one target")
		}
		// Another server has it within seconds, with the same key.
		other.clock.add(settingTrust)
		if rules, version := at(other); version < last || rules.IntervalMin != 60 {
			t.Errorf("another server: %+v, version %d", rules, version)
		}
		mine, err1 := d.PolicyKey(t.Context())
		theirs, err2 := other.PolicyKey(t.Context())
		if err1 != nil || err2 != nil || !mine.Equal(theirs) || len(mine) != ed25519.PrivateKeySize {
			t.Error("the servers have keys of their own")
		}
	})
}

func TestDeviceEvents(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		m := d.enrol(d.facility("本院").ID, 10)
		for i := range 13 {
			s := DeviceState{Version: "1.2", Policy: 7, CPUMS: 200, PeakKB: 15000}
			for n := range 10 {
				s.Events = append(s.Events, DeviceEvent{Kind: "clock", AtMS: int64(i*10 + n), Detail: fmt.Sprint("x\x1b", n)})
			}
			for range 2 { // an answer that was lost: told again
				d.tx(func(ctx context.Context, tx *store.Tx) error { return d.RecordDeviceState(ctx, tx, m.ID, s) })
			}
			d.clock.add(time.Minute)
		}
		events, err := d.DeviceEvents(t.Context(), db, m.ID)
		if err != nil || len(events) != maxDeviceEvents || events[0].AtMS != 129 || events[0].Detail != "x9" {
			t.Errorf("%d events, first %+v, %v", len(events), events[0], err)
		}
		state, err := d.StateOfDevice(t.Context(), db, m.ID)
		if err != nil || state.Version != "1.2" || state.Policy != 7 || state.CPUMS != 200 {
			t.Errorf("%+v, %v", state, err)
		}
	})
}
