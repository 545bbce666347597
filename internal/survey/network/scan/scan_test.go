package scan_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/seal"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/scan"
)

const (
	here  = "0192f0c1-2b3c-7d4e-8f5a-000000000001"
	there = "0192f0c1-2b3c-7d4e-8f5a-000000000002"
)

var start = time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC).UnixMilli()

func tx(t *testing.T, db *store.DB, fn func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := db.Tx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func tried(t *testing.T, db *store.DB, fn func(context.Context, *store.Tx) error) error {
	t.Helper()
	return db.Tx(t.Context(), fn)
}

func serverKey(t *testing.T) *seal.Key {
	t.Helper()
	key, err := seal.NewKey([]byte(strings.Repeat("k", seal.KeyBytes)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func fine(scan.Credential, scan.Secret) error { return nil }

func credential(t *testing.T, db *store.DB, facility string) scan.Credential {
	t.Helper()
	var c scan.Credential
	tx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = scan.CreateCredential(ctx, tx, serverKey(t), scan.Credential{FacilityID: facility, Name: "読取", Version: "2c", By: "x"}, scan.Secret{Community: "hidden-word"}, fine, start)
		return err
	})
	return c
}

func plan(t *testing.T, db *store.DB, facility, targets string, s scan.Schedule) scan.Plan {
	t.Helper()
	c := credential(t, db, facility)
	var p scan.Plan
	tx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		p, err = scan.CreatePlan(ctx, tx, scan.Plan{FacilityID: facility, Name: " 夜の確認 ", Kind: scan.KindSNMP, Enabled: true, By: "x",
			Settings: scan.Settings{Targets: targets, Credentials: []string{c.ID}, Workers: 8, Schedule: s}}, start)
		return err
	})
	return p
}

func ask(t *testing.T, db *store.DB, p scan.Plan, slot int64) (r scan.Run) {
	t.Helper()
	tx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = scan.Ask(ctx, tx, p, "x", slot, start)
		return err
	})
	return r
}

func TestReadTargets(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
		bad  string
	}{
		"kinds":     {"192.0.2.1\n# remark\nSW-3F.example  # third floor\n192.0.2.2:1161\r\n2001:db8::1\n[2001:db8::2]:161\nsw:162", []string{"192.0.2.1", "sw-3f.example", "192.0.2.2:1161", "2001:db8::1", "[2001:db8::2]:161", "sw:162"}, ""},
		"network":   {"192.0.2.0/30", []string{"192.0.2.1", "192.0.2.2"}, ""},
		"pair":      {"192.0.2.0/31", []string{"192.0.2.0", "192.0.2.1"}, ""},
		"range":     {"192.0.2.9-11\n192.0.2.11 - 192.0.2.12", []string{"192.0.2.9", "192.0.2.10", "192.0.2.11", "192.0.2.12"}, ""},
		"bad lines": {"192.0.2.1\n10.0.0.300\nx y\n192.0.2.9-3\n224.0.0.1\n0.0.0.0/0\nh:99999\n255.255.255.255", nil, "2: 10.0.0.300 / 3: x y / 4: 192.0.2.9-3 / 5: 224.0.0.1 / 6: 0.0.0.0/0 / 7: h:99999 / 8: 255.255.255.255"},
	} {
		got, err := scan.ReadTargets(c.text)
		if c.bad != "" {
			if f := fault.Of(err); f == nil || f.Place != "targets" || !cmp.Equal(f.Args[3], any(c.bad)) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if d := cmp.Diff(c.want, got); d != "" || err != nil {
			t.Errorf("%s: %s %v", name, d, err)
		}
	}
	if _, err := scan.ReadTargets("10.0.0.0/20\n10.1.0.0/24"); fault.Of(err) == nil {
		t.Error("more than TargetsMost were taken")
	}
}

func FuzzReadTargets(f *testing.F) {
	f.Add("192.0.2.0/24\nhost:161\n10.0.0.1-20")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := scan.ReadTargets(text)
		if err == nil && len(list) > scan.TargetsMost {
			t.Errorf("%d targets", len(list))
		}
		again, err2 := scan.ReadTargets(strings.Join(list, "\n"))
		if err == nil && (err2 != nil || !cmp.Equal(list, again)) {
			t.Errorf("not stable: %v", err2)
		}
	})
}

func TestSchedule(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*3600)
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", text, tokyo)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	night := scan.Schedule{When: scan.OnDays, Days: []int{1, 3}, From: 22 * 60, Until: 5 * 60} // Monday, Wednesday
	for now, want := range map[string]string{
		"2026-11-23 21:59": "", "2026-11-23 22:00": "2026-11-23 22:00", "2026-11-24 04:59": "2026-11-23 22:00", "2026-11-24 05:00": "", "2026-11-24 23:00": "", "2026-11-26 01:00": "2026-11-25 22:00",
	} {
		got, ok := night.Slot(at(now), at(now))
		if ok != (want != "") || ok && !got.Equal(at(want)) {
			t.Errorf("slot at %s: %v %v, want %q", now, got, ok, want)
		}
		if allowed, _ := night.Allows(at(now)); allowed != ok {
			t.Errorf("allowed at %s: %v", now, allowed)
		}
	}
	if next, _ := night.Next(at("2026-11-23 22:00"), at("2026-11-23 22:00")); !next.Equal(at("2026-11-25 22:00")) {
		t.Error("next", next)
	}
	hours := scan.Schedule{When: scan.EveryN, Hours: 6}
	made := at("2026-11-23 10:10")
	if _, ok := hours.Slot(made, at("2026-11-23 16:09")); ok {
		t.Error("a new plan runs at once")
	}
	if got, ok := hours.Slot(made, at("2026-11-24 00:00")); !ok || !got.Equal(at("2026-11-23 22:10")) {
		t.Error("slot", got, ok)
	}
	if got, _ := hours.Next(made, at("2026-11-24 00:00")); !got.Equal(at("2026-11-24 04:10")) {
		t.Error("next", got)
	}
}

// A secret is nowhere to be read: not in printed forms, not in the row.
func TestSecretsStayHidden(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := credential(t, db, here)
		secret, err := c.Open(serverKey(t))
		if err != nil || secret.Community != "hidden-word" {
			t.Fatal(err)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", secret, "credential", c)
		if printed := fmt.Sprintf("%v %+v %#v %s %q %x", secret, secret, secret, secret, secret, secret) + fmt.Sprintf("%+v", c) + log.String(); strings.Contains(printed, "hidden-word") || strings.Contains(printed, "68696464656e") {
			t.Error("the secret is printed:", printed)
		}
		var stored []byte
		if err := db.QueryRow(t.Context(), `SELECT secret FROM network_scan_credential WHERE id = $1`, c.ID).Scan(&stored); err != nil || bytes.Contains(stored, []byte("hidden")) {
			t.Error("the row holds the secret", err)
		}
		other, _ := seal.NewKey([]byte(strings.Repeat("o", seal.KeyBytes)))
		if _, err := c.Open(other); !fault.Is(err, fault.CodeUnavailable) {
			t.Error("opened with another key:", err)
		}
		// A change without a secret keeps it; of two changes from one state one wins.
		c.Name, c.By = "読取2", "y"
		change := func(ctx context.Context, tx *store.Tx) error {
			after, err := scan.UpdateCredential(ctx, tx, serverKey(t), c, scan.Secret{}, fine, start+1)
			if err != nil {
				return err
			}
			if s, err := after.Open(serverKey(t)); err != nil || s.Community != "hidden-word" || after.Name != "読取2" {
				t.Error("changed to", after, err)
			}
			return nil
		}
		tx(t, db, change)
		if err := tried(t, db, change); !fault.Is(err, fault.CodeConflict) {
			t.Error("second change:", err)
		}
		refused := errors.New("refused")
		err = tried(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := scan.CreateCredential(ctx, tx, serverKey(t), c, scan.Secret{}, func(scan.Credential, scan.Secret) error { return refused }, start)
			return err
		})
		if !errors.Is(err, refused) {
			t.Error(err)
		}
	})
}

func TestPlanKeepsItsHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := plan(t, db, here, "192.0.2.1", scan.Schedule{When: scan.ByHand, Hours: 3})
		if p.Name != "夜の確認" || p.Settings.Schedule.Hours != 0 {
			t.Errorf("%+v", p)
		}
		theirs := credential(t, db, there)
		for place, change := range map[string]func(*scan.Plan){
			"name":        func(p *scan.Plan) { p.Name = " " },
			"targets":     func(p *scan.Plan) { p.Settings.Targets = "# nothing" },
			"workers":     func(p *scan.Plan) { p.Settings.Workers = 65 },
			"credentials": func(p *scan.Plan) { p.Settings.Credentials = []string{theirs.ID} },
			"when":        func(p *scan.Plan) { p.Settings.Schedule.When = "never" },
			"hours":       func(p *scan.Plan) { p.Settings.Schedule = scan.Schedule{When: scan.EveryN} },
			"days":        func(p *scan.Plan) { p.Settings.Schedule = scan.Schedule{When: scan.OnDays} },
		} {
			wrong := p
			change(&wrong)
			err := tried(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, err := scan.UpdatePlan(ctx, tx, wrong, start)
				return err
			})
			if f := fault.Of(err); f == nil || f.Place != place {
				t.Errorf("%s: %v", place, err)
			}
		}
		next := p
		next.Settings.Workers, next.By = 4, "y"
		change := func(ctx context.Context, tx *store.Tx) error {
			_, err := scan.UpdatePlan(ctx, tx, next, start+5)
			return err
		}
		tx(t, db, change)
		if err := tried(t, db, change); !fault.Is(err, fault.CodeConflict) {
			t.Error("second change:", err)
		}
		history, err := scan.PlanHistory(t.Context(), db, p.ID)
		if err != nil || len(history) != 2 || history[0].Settings.Workers != 4 || history[1].UntilMS != start+5 || history[0].CreatedMS != start {
			t.Errorf("%+v %v", history, err)
		}
		if old, err := scan.PlanAt(t.Context(), db, p.ID, 1); err != nil || old.Settings.Workers != 8 {
			t.Error(old, err)
		}
		tx(t, db, func(ctx context.Context, tx *store.Tx) error { return scan.EndPlan(ctx, tx, p.ID, 2, start+9) })
		if list, err := scan.Plans(t.Context(), db, []string{here}); len(list) != 0 || err != nil {
			t.Error(list, err)
		}
	})
}

// Of many servers and people exactly one starts a run, and a slot is taken once.
func TestOneRunAtATime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := plan(t, db, here, "192.0.2.1", scan.Schedule{When: scan.EveryN, Hours: 1})
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for range 8 {
			wg.Go(func() {
				err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					_, err := scan.Ask(ctx, tx, p, "", start, start)
					return err
				})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				} else if !fault.Is(err, fault.CodeConflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won != 1 {
			t.Fatalf("%d runs began", won)
		}
		runs, err := scan.Runs(t.Context(), db, p.ID, "", 10)
		if err != nil || len(runs) != 1 {
			t.Fatal(runs, err)
		}
		tx(t, db, func(ctx context.Context, tx *store.Tx) error { return scan.Stop(ctx, tx, runs[0].ID, start) })
		err = tried(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := scan.Ask(ctx, tx, p, "", start, start)
			return err
		})
		if !fault.Is(err, fault.CodeConflict) {
			t.Error("the same slot twice:", err)
		}
		ask(t, db, p, 0)
	})
}

func TestRunStates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := plan(t, db, here, "192.0.2.1-4", scan.Schedule{When: scan.ByHand})
		r := ask(t, db, p, 0)
		do := func(fn func(context.Context, *store.Tx) error, want scan.State, conflict bool) {
			t.Helper()
			if err := tried(t, db, fn); fault.Is(err, fault.CodeConflict) != conflict {
				t.Error(err)
			}
			if s, err := scan.StateOf(t.Context(), db, r.ID); s != want || err != nil {
				t.Errorf("state %s, want %s, %v", s, want, err)
			}
		}
		begin := func(ctx context.Context, tx *store.Tx) error { return scan.Begin(ctx, tx, r.ID, start+1) }
		pause := func(ctx context.Context, tx *store.Tx) error { return scan.Pause(ctx, tx, r.ID, start+2) }
		goOn := func(ctx context.Context, tx *store.Tx) error { return scan.GoOn(ctx, tx, r, start+3) }
		finish := func(ctx context.Context, tx *store.Tx) error { return scan.Finish(ctx, tx, r.ID, nil, start+4) }
		do(goOn, scan.Waiting, true)
		do(begin, scan.Running, false)
		do(begin, scan.Running, false) // another server took it over
		do(pause, scan.Paused, false)
		do(begin, scan.Paused, true)
		do(finish, scan.Paused, true)
		do(goOn, scan.Waiting, false)
		do(begin, scan.Running, false)
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return scan.SetTargets(ctx, tx, r.ID, []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"})
		})
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			for i, state := range []scan.TargetState{scan.Answered, scan.LeftOut} {
				if _, err := scan.Settle(ctx, tx, r, scan.Target{Seq: int64(i + 1), Address: fmt.Sprint("192.0.2.", i+1), State: state, Name: "sw", Partial: []string{"fdb: snmp: rows"}, AtMS: start + 4}); err != nil {
					return err
				}
			}
			ok, err := scan.Settle(ctx, tx, r, scan.Target{Seq: 1, State: scan.Trouble, AtMS: start + 4})
			if ok {
				t.Error("a target was settled twice")
			}
			return err
		})
		open, err := scan.OpenTargets(t.Context(), db, r.ID, 0, 10)
		if err != nil || len(open) != 1 || open[0].Seq != 3 {
			t.Error("open", open, err)
		}
		do(finish, scan.Done, false)
		do(pause, scan.Done, true)
		now, err := scan.RunByID(t.Context(), db, r.ID)
		if err != nil || now.Total != 3 || now.Done != 2 || now.Answered != 1 || now.LeftOut != 1 || now.StartedMS != start+1 || now.FinishedMS != start+4 {
			t.Errorf("%+v %v", now, err)
		}
		list, total, err := scan.Report(t.Context(), db, scan.TargetFilter{RunID: r.ID, States: []scan.TargetState{scan.Answered}, Limit: 10})
		if err != nil || total != 1 || len(list[0].Partial) != 1 {
			t.Error(list, total, err)
		}
		known, err := scan.KnownOf(t.Context(), db, here)
		if err != nil || len(known) != 1 || known["192.0.2.1"].AnsweredMS != start+4 {
			t.Error(known, err)
		}
	})
}

// The proof: what was sent is found by address and hardware address, what was kept back
// is told apart, and a record that was cut does not prove what is before the cut.
func TestProof(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := plan(t, db, here, "192.0.2.1", scan.Schedule{When: scan.ByHand})
		r := ask(t, db, p, 0)
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := scan.Begin(ctx, tx, r.ID, start+10); err != nil {
				return err
			}
			one := scan.Sent{RunID: r.ID, FacilityID: here, Address: "192.0.2.1", How: scan.HowSNMP, FirstMS: start + 10, LastMS: start + 10}
			more, kept := one, one
			more.Packets, more.LastMS, more.MAC = 7, start+20, "020000000001"
			kept.Address, kept.Rule = "192.0.2.2", "address:192.0.2.2"
			if err := scan.Note(ctx, tx, []scan.Sent{one, kept}); err != nil {
				return err
			}
			return scan.Note(ctx, tx, []scan.Sent{more, more})
		})
		prove := func(typed string, from, to int64) scan.Proof {
			t.Helper()
			s, err := scan.SubjectOfAddress(t.Context(), db, here, typed)
			if err != nil {
				t.Fatal(err)
			}
			proof, err := scan.Prove(t.Context(), db, s, from, to)
			if err != nil {
				t.Fatal(err)
			}
			return proof
		}
		if got := prove("192.0.2.1", start, start+1000); got.Untouched() || len(got.Sent) != 1 || got.Sent[0].Packets != 14 || got.Sent[0].Run.Name != p.Name || got.Runs != 1 {
			t.Errorf("%+v", got)
		}
		if got := prove("02-00-00-00-00-01", start, start+1000); len(got.Sent) != 1 {
			t.Errorf("by hardware address: %+v", got)
		}
		if got := prove("192.0.2.2", start, start+1000); !got.Untouched() || len(got.LeftOut) != 1 {
			t.Errorf("kept back: %+v", got)
		}
		if got := prove("192.0.2.1", start+500, start+1000); !got.Untouched() {
			t.Errorf("later: %+v", got)
		}
		if _, err := scan.SubjectOfAddress(t.Context(), db, here, "x"); fault.Of(err) == nil {
			t.Error("x is no device")
		}
		if s, err := scan.SubjectOfAsset(t.Context(), db, here, store.NewID(), "x"); err != nil || len(s.Addresses) != 0 {
			t.Error(s, err)
		}
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return scan.Finish(ctx, tx, r.ID, fault.Invalid("scan.error.subject"), start+30)
		})
		for {
			more := false
			tx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				more, err = scan.Tidy(ctx, tx, 1, start+40)
				return err
			})
			if !more {
				break
			}
		}
		if got := prove("192.0.2.1", start, start+1000); got.Untouched() || got.Whole() || len(got.Sent) != 0 || got.KeptMS != start+31 {
			t.Errorf("after the cut: %+v", got)
		}
		if got := prove("192.0.2.1", start+31, start+1000); !got.Untouched() {
			t.Errorf("behind the cut: %+v", got)
		}
	})
}

func TestProposals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		p := plan(t, db, here, "192.0.2.9:161", scan.Schedule{When: scan.ByHand})
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			var seen []network.Observation
			for _, a := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.9"} {
				seen = append(seen, network.Observation{FacilityID: here, How: network.HowLLDP, Seer: party("192.0.2.50", "020000000050"), Seen: party(a, "0200000000"+a[len(a)-1:]+"0"), AtMS: start})
			}
			_, err := network.Observe(ctx, tx, seen, start)
			return err
		})
		list := func() (out []string) {
			found, err := scan.Proposals(t.Context(), db, here, start)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				out = append(out, f.Address+" "+string(f.Why))
			}
			return out
		}
		if d := cmp.Diff([]string{"192.0.2.1 neighbor", "192.0.2.2 neighbor"}, list()); d != "" {
			t.Error(d)
		}
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := scan.Refuse(ctx, tx, here, "192.0.2.1", "業者の装置", "x", start); err != nil {
				return err
			}
			after, err := scan.Accept(ctx, tx, p, "192.0.2.2", "x", start+1)
			if after.Settings.Targets != "192.0.2.9:161\n192.0.2.2" {
				t.Error(after.Settings.Targets)
			}
			return err
		})
		if got := list(); len(got) != 0 {
			t.Error(got)
		}
	})
}

func party(address, mac string) network.Party {
	return network.Party{MAC: mac, Address: netip.MustParseAddr(address)}
}
