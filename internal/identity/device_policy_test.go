package identity

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"strings"
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
		belongs := "" // where the ledger says the machine belongs
		at := func(who *desk) (PolicyRules, int64) {
			t.Helper()
			rules, version, err := who.PolicyOf(t.Context(), m.Device, belongs)
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
		if err := d.try(func(ctx context.Context, tx *store.Tx) error { return d.RemovePolicy(ctx, tx, one.ID) }); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("removed twice: %v", err)
		}
		if again := set(Policy{FacilityID: f, Department: "外来", Rules: PolicyRules{IntervalMin: 240}}); again.ID != department.ID {
			t.Error("two policies for one target")
		}
		belongs = "外来"
		last--
		want("its department's", 240, false)
		belongs = ""
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

// TestPoliciesPaged: pages hold every policy that may be seen once, those for all first.
func TestPoliciesPaged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		f, g := d.facility("本院").ID, d.facility("分院").ID
		m := d.enrol(f, 10)
		set := func(p Policy) {
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				_, err := d.SetPolicy(ctx, tx, System("test"), p)
				return err
			})
		}
		set(Policy{Rules: PolicyRules{IntervalMin: 30}})
		set(Policy{FacilityID: f, DeviceID: m.ID, Rules: PolicyRules{IntervalMin: 60}})
		for n := range 5 {
			set(Policy{FacilityID: f, Department: fmt.Sprint("外来/", n), Rules: PolicyRules{IntervalMin: 60}})
			set(Policy{FacilityID: g, Department: fmt.Sprint("病棟", n), Rules: PolicyRules{IntervalMin: 60}})
		}
		read := func(filter ListFilter) (out []Policy) {
			t.Helper()
			for pages := 0; ; pages++ {
				list, next, total, err := d.Policies(t.Context(), db, filter)
				if err != nil || pages > 20 {
					t.Fatal(err)
				}
				out = append(out, list...)
				if filter.After = next; next == "" {
					if total != len(out) {
						t.Errorf("%d rows of %d", len(out), total)
					}
					return out
				}
			}
		}
		all := read(ListFilter{Scope: Scope{All: true}, Limit: 3})
		if len(all) != 12 || all[0].FacilityID != "" {
			t.Errorf("%d policies, the first %+v", len(all), all[0])
		}
		seen := read(ListFilter{Scope: Scope{Places: []Place{{FacilityID: f}}}, Limit: 2})
		if len(seen) != 7 {
			t.Errorf("of one facility: %d", len(seen))
		}
		for _, p := range seen {
			if p.FacilityID == g {
				t.Errorf("another facility's: %+v", p)
			}
			if p.DeviceID != "" && p.Device != m.Name {
				t.Errorf("the device is called %q", p.Device)
			}
		}
		if found := read(ListFilter{Scope: Scope{All: true}, Text: "外来/3"}); len(found) != 1 || found[0].Department != "外来/3" {
			t.Errorf("searched: %+v", found)
		}
		for _, bad := range []string{"x", "eA", "////"} {
			if _, _, _, err := d.Policies(t.Context(), db, ListFilter{After: bad}); !fault.Is(err, fault.CodeInvalid) {
				t.Errorf("cursor %q: %v", bad, err)
			}
		}
	})
}

// TestListsPaged: kits, codes and entries come newest first, each once, and searched.
func TestListsPaged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		f, g := d.facility("本院").ID, d.facility("分院").ID
		for n := range 7 {
			at := []string{f, g}[n%2]
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				_, _, err := d.OpenEntry(ctx, tx, System("test"), Entry{Protocol: ProtocolOCS, FacilityID: at, Note: fmt.Sprint("受け口", n)})
				if err == nil {
					_, _, err = d.CreateKit(ctx, tx, System("test"), Kit{FacilityID: at, Name: fmt.Sprint("キット", n), ExpiresMS: d.nowMS() + 3600_000})
				}
				if err == nil {
					_, _, err = d.CreateEnrollToken(ctx, tx, System("test"), EnrollToken{FacilityID: at, Note: fmt.Sprint("コード", n), MaxUses: 5, ExpiresMS: d.nowMS() + 3600_000})
				}
				return err
			})
		}
		for name, read := range map[string]func(ListFilter) ([]string, string, int, error){
			"受け口": func(f ListFilter) ([]string, string, int, error) {
				list, next, total, err := d.Entries(t.Context(), db, f)
				return named(list, func(e Entry) string { return e.Note }), next, total, err
			},
			"キット": func(f ListFilter) ([]string, string, int, error) {
				list, next, total, err := d.Kits(t.Context(), db, f)
				return named(list, func(k Kit) string { return k.Name }), next, total, err
			},
			"コード": func(f ListFilter) ([]string, string, int, error) {
				list, next, total, err := d.EnrollTokens(t.Context(), db, f)
				return named(list, func(e EnrollToken) string { return e.Note }), next, total, err
			},
		} {
			one := ListFilter{Scope: Scope{Places: []Place{{FacilityID: f}}}, Limit: 3}
			first, next, total, err := read(one)
			one.After = next
			rest, end, _, err2 := read(one)
			got := strings.TrimSpace(fmt.Sprint(first, rest, total, end))
			if want := fmt.Sprintf("[%[1]s6 %[1]s4 %[1]s2] [%[1]s0] 4", name); err != nil || err2 != nil || got != want {
				t.Errorf("%s: %s, not %s (%v, %v)", name, got, want, err, err2)
			}
			found, _, total, err := read(ListFilter{Scope: Scope{All: true}, Text: "5"})
			if err != nil || total != 1 || len(found) != 1 || found[0] != name+"5" {
				t.Errorf("%s searched: %v of %d, %v", name, found, total, err)
			}
		}
	})
}

func named[T any](list []T, name func(T) string) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = name(v)
	}
	return out
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
