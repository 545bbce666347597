package scanner

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sonae/internal/edge/discover/snmp"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network/noprobe"
	"sonae/internal/survey/network/scan"
)

var words = []string{"auth-secret-1", "priv-secret-1", "readers-word", "wrong-word", "another-secret"}

// A real agent is read through a plan: the right credential among wrong ones, what is
// wrong with the others in one word, and no secret in the log.
func TestRealAgentThroughAPlan(t *testing.T) {
	address := runSnmpd(t)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		wrong := w.community("違う", "wrong-word")
		ward := scan.Credential{Name: "v3", Version: "3", User: "ward", Auth: "sha", Priv: "aes"}
		right := w.credential(ward, scan.Secret{AuthKey: "auth-secret-1", PrivKey: "priv-secret-1"})
		badKey := w.credential(ward, scan.Secret{AuthKey: "another-secret", PrivKey: "priv-secret-1"})
		ward.User = "nobody"
		badUser := w.credential(ward, scan.Secret{AuthKey: "auth-secret-1", PrivKey: "priv-secret-1"})
		off := closedPort(t)
		stop := w.serving()
		defer stop()

		p := w.plan([]string{address, off, "no-such-host.invalid"}, 4, wrong, badUser, badKey, right)
		r := w.until(w.begin(p).ID, "done", over)
		if r.State != scan.Done || r.Total != 3 || r.Done != 3 || r.Answered != 1 {
			t.Fatalf("%+v\n%s", r, w.log)
		}
		got := w.report(r.ID)
		if a := got[address]; a.State != scan.Answered || a.Name != "ward-3" || a.CredentialID != right.ID || a.AssetID == "" || a.Taken == 0 || a.IP != "127.0.0.1" {
			t.Errorf("%+v", a)
		}
		if a := got[off]; a.State != scan.Trouble || a.Trouble != string(snmp.ErrOff) {
			t.Errorf("%+v", a)
		}
		if a := got["no-such-host.invalid"]; a.State != scan.Trouble || a.Trouble != string(snmp.ErrName) || a.IP != "" {
			t.Errorf("%+v", a)
		}
		if a, err := asset.Get(t.Context(), db, asset.Scope{All: true}, got[address].AssetID); err != nil || a.FacilityID != here {
			t.Errorf("the ledger: %+v %v", a, err)
		}
		for name, c := range map[snmp.Trouble]scan.Credential{snmp.ErrCredential: badKey, snmp.ErrSilent: wrong} {
			p := w.plan([]string{address}, 1, c)
			r := w.until(w.begin(p).ID, "done", over)
			a := w.report(r.ID)[address]
			quiet := name == snmp.ErrSilent // it answered before: that is told
			if a.Trouble != string(name) || quiet != (a.State == scan.Quiet) {
				t.Errorf("%s: %+v", name, a)
			}
		}
		for _, secret := range words {
			if strings.Contains(w.log.String(), secret) {
				t.Errorf("%q is in the log", secret)
			}
		}
		sent, err := scan.SentIn(t.Context(), db, r.ID, "", 10)
		if err != nil || len(sent) != 1 || sent[0].Address != "127.0.0.1" || sent[0].Packets < 5 {
			t.Errorf("record %+v %v", sent, err)
		}
	})
}

// Try: one request, told in one word, and in the record like everything else.
func TestTry(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		d := newDevice(t, "sw-3f", "readers-word", 0)
		try := func(c scan.Credential) scan.Target {
			t.Helper()
			var r scan.Run
			w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
				r, err = scan.Try(ctx, tx, c, d.address, "x", w.s.nowMS())
				return err
			})
			got, err := w.s.Try(t.Context(), c, r)
			if err != nil {
				t.Fatal(err)
			}
			if now, err := scan.RunByID(t.Context(), db, r.ID); err != nil || now.State != scan.Done {
				t.Errorf("%+v %v", now, err)
			}
			return got
		}
		right := w.community("a", "readers-word")
		if got := try(right); got.State != scan.Answered || got.Name != "sw-3f" || got.AssetID != "" || d.requests.Load() != 1 {
			t.Errorf("%+v, %d requests", got, d.requests.Load())
		}
		if got := try(w.community("b", "wrong-word")); got.Trouble != string(snmp.ErrSilent) {
			t.Errorf("%+v", got)
		}
		before := d.requests.Load()
		w.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := noprobe.Add(ctx, tx, noprobe.Rule{FacilityID: here, Kind: noprobe.KindRange, Value: "127.0.0.0/8", Reason: "test"}, w.s.nowMS())
			return err
		})
		if got := try(right); got.State != scan.LeftOut || d.requests.Load() != before || got.Rule == "" {
			t.Errorf("%+v, %d requests more", got, d.requests.Load()-before)
		}
		var n int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM network_scan_sent`).Scan(&n); err != nil || n != 3 {
			t.Error("lines of the record:", n, err)
		}
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := scan.Try(ctx, tx, right, "127.0.0.0/29", "x", 1)
			return err
		})
		if !fault.Is(err, fault.CodeInvalid) {
			t.Error(err)
		}
	})
}

// A run is paused, goes on with another server after the first stopped, and asks nobody
// twice who had answered.
func TestPauseStopAndGoOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		c := w.community("a", "readers-word")
		var targets []string
		var devices []*device
		for i := range 24 {
			d := newDevice(t, fmt.Sprintf("sw-%02d", i), "readers-word", 25*time.Millisecond)
			devices, targets = append(devices, d), append(targets, d.address)
		}
		p := w.plan(targets, 2, c)
		r := w.begin(p)
		stop := w.serving()
		w.until(r.ID, "begun", func(r scan.Run) bool { return r.Done >= 2 })
		w.tx(func(ctx context.Context, tx *store.Tx) error { return scan.Pause(ctx, tx, r.ID, w.s.nowMS()) })
		asked := func() (n int64) {
			for _, d := range devices {
				n += d.requests.Load()
			}
			return n
		}
		for before := int64(-1); before != asked(); time.Sleep(lookEvery + 200*time.Millisecond) {
			before = asked()
		}
		paused, err := scan.RunByID(t.Context(), db, r.ID)
		if err != nil || paused.State != scan.Paused || paused.Done == 24 {
			t.Fatalf("%+v %v", paused, err)
		}
		w.tx(func(ctx context.Context, tx *store.Tx) error { return scan.GoOn(ctx, tx, paused, w.s.nowMS()) })
		w.until(r.ID, "further", func(r scan.Run) bool { return r.Done > paused.Done })
		stop() // the server ends
		middle, err := scan.RunByID(t.Context(), db, r.ID)
		if err != nil || middle.State != scan.Running || middle.Done == 24 {
			t.Fatalf("%+v %v", middle, err)
		}
		counts := make([]int64, len(devices))
		done := w.report(r.ID)
		for i, d := range devices {
			counts[i] = d.requests.Load()
		}
		again := newWorld(t, db) // another server
		stop = again.serving()
		end := again.until(r.ID, "done", over)
		if end.State != scan.Done || end.Answered != 24 || end.Total != 24 {
			t.Errorf("%+v", end)
		}
		for i, d := range devices {
			if done[d.address].State == scan.Answered && d.requests.Load() != counts[i] {
				t.Errorf("%s was asked again after the restart", d.address)
			}
		}
		devices[0].off.Store(true)
		r = again.begin(p)
		if end = again.until(r.ID, "done", over); end.Quiet != 1 || end.Answered != 23 || again.report(r.ID)[devices[0].address].State != scan.Quiet {
			t.Errorf("%+v", end)
		}
		r = again.begin(p)
		again.until(r.ID, "begun", func(r scan.Run) bool { return r.Done >= 1 })
		again.tx(func(ctx context.Context, tx *store.Tx) error { return scan.Stop(ctx, tx, r.ID, again.s.nowMS()) })
		stop()
		if end, err = scan.RunByID(t.Context(), db, r.ID); err != nil || end.State != scan.Stopped || end.Done == 24 {
			t.Errorf("%+v %v", end, err)
		}
	})
}

// A rule that is written while a run goes on holds for what is not asked yet; and while
// the list cannot be read nothing is sent.
func TestDoNotProbe(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		c := w.community("a", "readers-word")
		d := newDevice(t, "pump", "readers-word", 0)
		w.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := noprobe.Add(ctx, tx, noprobe.Rule{FacilityID: here, Kind: noprobe.KindAddress, Value: "127.0.0.1", Reason: "輸液ポンプ"}, w.s.nowMS())
			return err
		})
		stop := w.serving()
		defer stop()
		// A name is as protected as its addresses.
		_, port, _ := strings.Cut(d.address, ":")
		r := w.until(w.begin(w.plan([]string{d.address, "localhost:" + port}, 2, c)).ID, "done", over)
		if r.State != scan.Done || r.LeftOut != 2 || d.requests.Load() != 0 {
			t.Errorf("%+v, %d requests", r, d.requests.Load())
		}
		subject, err := scan.SubjectOfAddress(t.Context(), db, here, "127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		proof, err := scan.Prove(t.Context(), db, subject, 0, w.s.nowMS()+1)
		if err != nil || !proof.Untouched() || len(proof.LeftOut) != 1 || proof.Runs != 1 {
			t.Errorf("%+v %v", proof, err)
		}
	})
}

// The schedule begins a run once, whoever looks at the clock.
func TestDue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		c := w.community("a", "readers-word")
		p := w.plan([]string{closedPort(t)}, 1, c)
		p.Settings.Schedule = scan.Schedule{When: scan.EveryN, Hours: 1}
		w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
			p, err = scan.UpdatePlan(ctx, tx, p, w.s.nowMS())
			return err
		})
		now := time.Now()
		w.s.deps.Now = func() time.Time { return now }
		look := func() []scan.Run {
			t.Helper()
			if err := w.s.due(t.Context(), testJob); err != nil {
				t.Fatal(err)
			}
			list, err := scan.Runs(t.Context(), db, p.ID, "", 10)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		if got := look(); len(got) != 0 {
			t.Error("begun at once", got)
		}
		now = now.Add(2*time.Hour + time.Minute)
		look()
		runs := look()
		if len(runs) != 1 || runs[0].SlotMS == 0 {
			t.Fatalf("%+v", runs)
		}
		w.tx(func(ctx context.Context, tx *store.Tx) error { return scan.Stop(ctx, tx, runs[0].ID, w.s.nowMS()) })
		if got := look(); len(got) != 1 {
			t.Error("the slot came twice")
		}
		now = now.Add(time.Hour)
		runs = look()
		if len(runs) != 2 {
			t.Fatal(runs)
		}
		// A run whose job is gone gets one again.
		w.tx(func(ctx context.Context, tx *store.Tx) error { _, err := tx.Exec(ctx, `DELETE FROM job`); return err })
		now = now.Add(lostAfter + time.Second)
		look()
		var jobs int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM job WHERE kind = $1`, scan.JobRun).Scan(&jobs); err != nil || jobs != 1 {
			t.Error("jobs", jobs, err)
		}
		if err := w.s.tidy(t.Context(), testJob); err != nil {
			t.Error(err)
		}
	})
}
