package silence_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/silence"
)

const (
	hour      = int64(3600_000)
	day       = 24 * hour
	facility  = "facility-a"
	elsewhere = "facility-b"
)

var tokyo = time.FixedZone("JST", 9*60*60)

// t0 is a Friday, 27 November 2026, 9 o'clock in Japan.
var t0 = time.Date(2026, 11, 27, 9, 0, 0, 0, tokyo).UnixMilli()

func tx(t testing.TB, db *store.DB, fn func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := db.Tx(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func exec(t testing.TB, db *store.DB, query string, args ...any) {
	t.Helper()
	tx(t, db, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	})
}

// seen reports a machine by a source at a moment.
func seen(t testing.TB, db *store.DB, n int, source asset.Source, atMS int64) string {
	t.Helper()
	var id string
	tx(t, db, func(ctx context.Context, tx *store.Tx) error {
		o := asset.Observation{FacilityID: facility, Source: source, AtMS: atMS, Kind: asset.KindPC, DeviceID: fmt.Sprintf("00000000-0000-7000-8000-%012d", n),
			Identity: asset.Identity{Maker: "架空", Serial: fmt.Sprint("SN", 1000+n), HostName: fmt.Sprint("pc-", n)},
			Groups:   map[string]asset.Values{"hardware": {asset.FieldHostName: fmt.Sprint("pc-", n)}}}
		res, err := asset.Observe(ctx, tx, o)
		id = res.AssetID
		return err
	})
	return id
}

func judgeAll(t testing.TB, db *store.DB, nowMS int64) {
	t.Helper()
	if err := silence.JudgeAll(context.Background(), db, nowMS, tokyo); err != nil {
		t.Fatal(err)
	}
}

func list(t testing.TB, db *store.DB, f silence.Filter) []string {
	t.Helper()
	if !f.Scope.All && f.Scope.Places == nil {
		f.Scope.All = true
	}
	var out []string
	for {
		rows, total, next, err := silence.List(context.Background(), db, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			out = append(out, fmt.Sprintf("%s %s %s %s", r.Name, r.Source, r.State, r.Reason))
		}
		if f.After = next; next == "" {
			if total != len(out) {
				t.Errorf("total %d, rows %d", total, len(out))
			}
			return out
		}
	}
}

func same(t testing.TB, got []string, want ...string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestListIsWhatDoesNotReport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seen(t, db, 1, asset.SourceAgent, t0-hour)
		seen(t, db, 2, asset.SourceAgent, t0-20*day)
		seen(t, db, 2, asset.SourceSNMP, t0-hour)
		seen(t, db, 3, asset.SourceAgent, t0-6*day-15*hour)
		seen(t, db, 4, asset.SourceOCS, t0-40*day)
		four := seen(t, db, 4, asset.SourceCSV, t0-300*day)
		gone := seen(t, db, 5, asset.SourceAgent, t0-40*day)
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, _, err := asset.Retire(ctx, tx, asset.Scope{All: true}, gone, 0, asset.Disposal{On: "2026-11-01", Reason: "返却"}, "sato", t0)
			return err
		})
		judgeAll(t, db, t0)
		same(t, list(t, db, silence.Filter{}), "pc-2 agent silent elsewhere", "pc-3 agent late ", "pc-4 ocs silent ")
		same(t, list(t, db, silence.Filter{Limit: 1}), "pc-2 agent silent elsewhere", "pc-3 agent late ", "pc-4 ocs silent ")
		same(t, list(t, db, silence.Filter{States: []silence.State{silence.Silent}, Sources: []asset.Source{asset.SourceOCS}}), "pc-4 ocs silent ")
		same(t, list(t, db, silence.Filter{Reasons: []silence.Reason{silence.ReasonElsewhere}}), "pc-2 agent silent elsewhere")
		same(t, list(t, db, silence.Filter{BeforeMS: t0 - 30*day}), "pc-4 ocs silent ")
		same(t, list(t, db, silence.Filter{Departments: []string{"3階"}}))
		same(t, list(t, db, silence.Filter{Scope: asset.Scope{Places: []asset.Place{{FacilityID: elsewhere}}}}))
		same(t, list(t, db, silence.Filter{Scope: asset.Scope{Places: []asset.Place{{FacilityID: facility, Department: "外来"}, {FacilityID: facility}}}, States: []silence.State{silence.Late}}), "pc-3 agent late ")
		n, err := silence.Count(context.Background(), db, silence.Filter{Scope: asset.Scope{All: true}, States: []silence.State{silence.Late}})
		if err != nil || n.ByState[silence.Silent] != 2 || n.ByState[silence.Late] != 1 || n.SilentOnes != 2 || n.BySource[asset.SourceAgent] != 1 || n.BySource[asset.SourceOCS] != 0 {
			t.Errorf("counts %+v, %v", n, err)
		}

		// What reports again is off the list at once, whoever judges when.
		seen(t, db, 4, asset.SourceOCS, t0)
		same(t, list(t, db, silence.Filter{}), "pc-2 agent silent elsewhere", "pc-3 agent late ")
		judgeAll(t, db, t0+hour)
		same(t, list(t, db, silence.Filter{}), "pc-2 agent silent elsewhere", "pc-3 agent late ")

		// The page of one machine says all of its sources.
		lines, err := silence.OfAsset(context.Background(), db, four, t0+hour, tokyo)
		if err != nil || len(lines) != 2 || lines[0].State != silence.Unset || lines[1].State != silence.Reporting {
			t.Errorf("%+v, %v", lines, err)
		}
		if _, _, _, err := silence.List(context.Background(), db, silence.Filter{After: "%%"}); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("broken cursor: %v", err)
		}
	})
}

func TestSinceStaysWhileTheStateDoes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seen(t, db, 1, asset.SourceAgent, t0-6*day-15*hour)
		since := func() (silence.State, int64) {
			rows, _, _, err := silence.List(context.Background(), db, silence.Filter{Scope: asset.Scope{All: true}})
			if err != nil || len(rows) != 1 {
				t.Fatalf("%v %v", rows, err)
			}
			return rows[0].State, rows[0].SinceMS
		}
		judgeAll(t, db, t0)
		judgeAll(t, db, t0+hour)
		if state, ms := since(); state != silence.Late || ms != t0 {
			t.Errorf("%s since %d", state, ms-t0)
		}
		judgeAll(t, db, t0+9*day)
		judgeAll(t, db, t0+10*day)
		if state, ms := since(); state != silence.Silent || ms != t0+9*day {
			t.Errorf("%s since %d", state, ms-t0)
		}
	})
}

func TestDevices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		addFacility(t, db)
		enroll := func(n int, heardMS int64) string {
			id := fmt.Sprintf("00000000-0000-7000-8000-%012d", n)
			exec(t, db, `INSERT INTO identity_device (id, public_key, facility_id, name, enroll_token_id, enrolled_ms, enrolled_from, last_seen_ms) VALUES ($1, $2, $3, $4, '', 0, '', $5)`,
				id, []byte(id), facility, fmt.Sprint("pc-", n), heardMS)
			return id
		}
		slow, refused, revoked := enroll(1, t0-hour), enroll(2, t0-20*day), enroll(3, t0-20*day)
		seen(t, db, 1, asset.SourceAgent, t0-4000*day) // its clock stands in 2015
		seen(t, db, 2, asset.SourceAgent, t0-20*day)
		seen(t, db, 3, asset.SourceAgent, t0-20*day)
		exec(t, db, `UPDATE identity_device SET revoked_ms = 1 WHERE id = $1`, revoked)
		for i := range int64(3) {
			if err := silence.Refused(ctx, db, refused, "ingest.error.signature", t0-day+i*60_000); err != nil {
				t.Fatal(err)
			}
		}
		for _, stranger := range []string{"00000000-0000-7000-8000-999999999999", "x", ""} {
			if err := silence.Refused(ctx, db, stranger, "ingest.error.signature", t0); err != nil {
				t.Error(err)
			}
		}
		var n int
		var last int64
		if err := db.QueryRow(ctx, `SELECT count(*), max(last_ms) FROM silence_refusal`).Scan(&n, &last); err != nil || n != 1 || last != t0-day {
			t.Errorf("%d refusals, the last %d, %v", n, last-t0, err)
		}
		judgeAll(t, db, t0)
		same(t, list(t, db, silence.Filter{}), "pc-2 agent silent refused")
		_ = slow

		// A policy stops one, and asks others to report once a week.
		enroll(4, t0-20*day)
		enroll(5, t0-20*day)
		seen(t, db, 4, asset.SourceAgent, t0-20*day)
		seen(t, db, 5, asset.SourceAgent, t0-20*day)
		enroll(6, t0-14*day)
		seen(t, db, 6, asset.SourceAgent, t0-14*day)
		judgeAll(t, db, t0)
		same(t, list(t, db, silence.Filter{}), "pc-2 agent silent refused", "pc-4 agent silent ", "pc-5 agent silent ", "pc-6 agent silent ")
		for n, rules := range map[int]string{4: `{"stop":true}`, 5: `{"interval_min":10080}`, 6: `{"interval_min":10080}`} {
			exec(t, db, `INSERT INTO identity_policy (id, facility_id, department, device_id, rules, by_name, changed_ms) VALUES ($1, $2, '', $3, $4, 'sato', 1)`,
				fmt.Sprint("p", n), facility, fmt.Sprintf("00000000-0000-7000-8000-%012d", n), rules)
		}
		exec(t, db, `UPDATE identity_device SET certificate_end_ms = $1 WHERE id = $2`, t0-day, "00000000-0000-7000-8000-000000000005")
		judgeAll(t, db, t0)
		same(t, list(t, db, silence.Filter{}), "pc-2 agent silent refused", "pc-4 agent excepted stopped", "pc-5 agent silent certificate", "pc-6 agent late ")
	})
}

func addFacility(t testing.TB, db *store.DB) {
	t.Helper()
	exec(t, db, `INSERT INTO identity_facility (id, code, name, kind, created_ms) VALUES ($1, '', 'A', 'hospital', 0) ON CONFLICT DO NOTHING`, facility)
}

func TestExceptions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		one := seen(t, db, 1, asset.SourceAgent, t0-40*day)
		seen(t, db, 2, asset.SourceAgent, t0-40*day)
		except := func(x silence.Exception) (out silence.Exception, err error) {
			x.By = "sato"
			err = db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
				if out, err = silence.Except(ctx, tx, x, "2026-11-27", t0); err != nil {
					return err
				}
				return silence.JudgeAsset(ctx, tx, x.AssetID, t0, tokyo)
			})
			return out, err
		}
		judgeAll(t, db, t0)
		x, err := except(silence.Exception{AssetID: one, UntilOn: "2026-12-31", Reason: "倉庫にある"})
		if err != nil {
			t.Fatal(err)
		}
		same(t, list(t, db, silence.Filter{}), "pc-1 agent excepted exception", "pc-2 agent silent ")
		judgeAll(t, db, t0+35*day) // 1 January: it has run out
		same(t, list(t, db, silence.Filter{}), "pc-1 agent silent ", "pc-2 agent silent ")
		judgeAll(t, db, t0)
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			if err := silence.EndException(ctx, tx, x.ID, "sato", t0); err != nil {
				return err
			}
			return silence.JudgeAsset(ctx, tx, one, t0, tokyo)
		})
		same(t, list(t, db, silence.Filter{}), "pc-1 agent silent ", "pc-2 agent silent ")
		for name, bad := range map[string]silence.Exception{
			"reason":   {AssetID: one, UntilOn: "2026-12-31", Reason: " "},
			"until_on": {AssetID: one, UntilOn: "2026-11-26", Reason: "x"},
			"weekdays": {AssetID: one, UntilOn: "2026-12-26", Reason: "x", Weekdays: 128},
			"source":   {AssetID: one, UntilOn: "2026-12-26", Reason: "x", Source: "<script>"},
		} {
			if _, err := except(bad); !fault.Is(err, fault.CodeInvalid) || fault.Of(err).Place != name {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestServerThatWasDown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		beat := func(ms int64) {
			t.Helper()
			if err := silence.Beat(ctx, db, ms); err != nil {
				t.Fatal(err)
			}
		}
		beat(t0 + 4000*day) // the clock of the server was years ahead for a while
		for ms := t0 - 30*day; ms <= t0-20*day; ms += 5 * 60_000 * 12 * 24 {
			beat(ms) // once a day is a new time each, so fill in below
		}
		exec(t, db, `DELETE FROM silence_up`)
		exec(t, db, `INSERT INTO silence_up (from_ms, until_ms) VALUES ($1, $2)`, t0-30*day, t0-20*day)
		for n := range 30 {
			seen(t, db, n, asset.SourceAgent, t0-20*day-hour)
		}
		beat(t0 - 2*hour)
		beat(t0 - 2*hour + 5*60_000)
		beat(t0 - 2*hour + 15*60_000)
		judgeAll(t, db, t0-2*hour+16*60_000)
		same(t, list(t, db, silence.Filter{}))
		out, err := silence.Outages(ctx, db, t0-60*day, t0)
		if diff := cmp.Diff([]silence.Outage{{FromMS: t0 - 20*day, UntilMS: t0 - 2*hour}}, out); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	})
}

// A beat whose clock is wrong changes nothing: not what was noted before, nor, when the
// clock is right again, what is noted after.
func TestBeatWithWrongClock(t *testing.T) {
	const minute = int64(60_000)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		want := []silence.Outage{{FromMS: t0 - 20*day, UntilMS: t0 - 10*day}}
		for name, wrong := range map[string][]int64{
			"years ahead": {t0 + 4000*day}, "years back": {t0 - 4000*day}, "an hour ahead": {t0 + hour}, "an hour back": {t0 - hour},
			"in the outage": {t0 - 15*day}, "at its begin": {t0 - 20*day + 10*minute}, "before its end": {t0 - 10*day - 10*minute},
			"ahead for ten minutes": {t0 + day, t0 + day + 5*minute, t0 + day + 10*minute},
		} {
			exec(t, db, `DELETE FROM silence_up`)
			exec(t, db, `INSERT INTO silence_up (from_ms, until_ms) VALUES ($1, $2), ($3, $4)`, t0-60*day, t0-20*day, t0-10*day, t0)
			beat := func(ms int64) {
				t.Helper()
				if err := silence.Beat(ctx, db, ms); err != nil {
					t.Fatal(err)
				}
				out, err := silence.Outages(ctx, db, t0-90*day, t0+hour)
				if diff := cmp.Diff(want, out); err != nil || diff != "" {
					t.Errorf("%s: after a beat at t0%+d minutes: %v %s", name, (ms-t0)/minute, err, diff)
				}
			}
			for _, ms := range wrong {
				beat(ms)
			}
			for n := range int64(8 * 12) { // eight hours by the right clock
				beat(t0 + (n+1)*5*minute)
			}
			out, err := silence.Outages(ctx, db, t0-90*day, t0+8*hour)
			if diff := cmp.Diff(want, out); err != nil || diff != "" {
				t.Errorf("%s: in the end: %v %s", name, err, diff)
			}
			var ahead int
			if err := db.QueryRow(ctx, `SELECT count(*) FROM silence_up WHERE from_ms > $1`, t0+8*hour).Scan(&ahead); err != nil || ahead != 0 {
				t.Errorf("%s: %d times ahead are left, %v", name, ahead, err)
			}
		}
	})
}

func TestExpectations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seen(t, db, 1, asset.SourceAgent, t0-6*day-15*hour)
		set := func(k silence.Kind, e silence.Expectation) error {
			return db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				return silence.SetExpectation(ctx, tx, facility, k, e, "sato", t0)
			})
		}
		if err := set("agent", silence.Expectation{EveryHours: 1, GraceHours: 1, SilentHours: 12}); err != nil {
			t.Fatal(err)
		}
		judgeAll(t, db, t0)
		same(t, list(t, db, silence.Filter{}), "pc-1 agent silent ")
		if err := set("agent", silence.Expectation{EveryHours: 1, GraceHours: 1, SilentHours: 12, Off: true}); err != nil {
			t.Fatal(err)
		}
		judgeAll(t, db, t0)
		same(t, list(t, db, silence.Filter{}))
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return silence.ResetExpectation(ctx, tx, facility, "agent", t0)
		})
		judgeAll(t, db, t0)
		same(t, list(t, db, silence.Filter{}), "pc-1 agent late ")
		for place, bad := range map[string]silence.Expectation{
			"every_hours": {EveryHours: 0, GraceHours: 1, SilentHours: 12}, "grace_hours": {EveryHours: 1, GraceHours: -1, SilentHours: 12},
			"silent_hours": {EveryHours: 6, GraceHours: 6, SilentHours: 12},
		} {
			if err := set("agent", bad); !fault.Is(err, fault.CodeInvalid) || fault.Of(err).Place != place {
				t.Errorf("%s: %v", place, err)
			}
		}
		if err := set("<script>", silence.Standard("agent")); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("kind: %v", err)
		}
		for _, k := range silence.Kinds {
			if e := silence.Standard(k); e.SilentHours <= e.EveryHours+e.GraceHours {
				t.Errorf("standard of %s: %+v", k, e)
			}
		}
	})
}

func TestClosedDays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seen(t, db, 1, asset.SourceAgent, t0-6*day-15*hour)
		for _, d := range []string{"2026-11-24", "2026-11-25", "2026-11-26"} {
			tx(t, db, func(ctx context.Context, tx *store.Tx) error {
				return silence.Close(ctx, tx, silence.ClosedDay{FacilityID: facility, Day: d, Name: "創立記念", By: "sato"}, t0)
			})
		}
		judgeAll(t, db, t0)
		same(t, list(t, db, silence.Filter{}))
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return silence.Reopen(ctx, tx, facility, "2026-11-25", t0)
		})
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return silence.Reopen(ctx, tx, facility, "2026-11-26", t0)
		})
		judgeAll(t, db, t0)
		same(t, list(t, db, silence.Filter{}), "pc-1 agent late ")
	})
}

func TestWholes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		addFacility(t, db)
		exec(t, db, `INSERT INTO identity_device (id, public_key, facility_id, name, enroll_token_id, enrolled_ms, enrolled_from, last_seen_ms) VALUES ('d', $1, $2, 'x', '', 0, '', $3)`, []byte("k"), facility, t0-hour)
		for i, used := range []int64{t0 - hour, t0 - 9*day} {
			exec(t, db, `INSERT INTO identity_entry (id, protocol, facility_id, note, secret_hash, created_by, created_ms, last_used_ms) VALUES ($1, 'ocs', $2, $1, $3, '', 0, $4)`,
				fmt.Sprint("entry", i), facility, []byte{byte(i)}, used)
		}
		directory := func(id string, paused bool, good, failing int64) {
			exec(t, db, `INSERT INTO directory_source (id, facility_id, name, address, base_dn, bind_name, secret, ca_pem, pin, every_minutes, paused, revision, created_ms, updated_ms, job_id,
				tried_ms, good_ms, full_ms, failing_ms, problem, server_key, usn, computers, accounts) VALUES ($1, $2, $1, '', '', '', $3, '', '', 60, $4, 1, 0, 0, '', 0, $5, 0, $6, '', '', 0, 45, 0)`,
				id, facility, []byte{}, paused, good, failing)
		}
		directory("well", false, t0-hour, 0)
		directory("dead", false, t0-3*day, t0-3*day)
		directory("flaky", false, t0-hour, t0-60_000)
		directory("paused", true, t0-300*day, 0)
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			return silence.SetExpectation(ctx, tx, facility, "csv", silence.Expectation{EveryHours: 24, GraceHours: 24, SilentHours: 72}, "sato", t0-20*day)
		})
		got, err := silence.Wholes(context.Background(), db, []string{facility}, t0, tokyo)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, w := range got {
			lines = append(lines, fmt.Sprintf("%s %s %s %s", w.Kind, w.Name, w.State, w.Reason))
		}
		same(t, lines, "agent  reporting ", "ocs entry0 reporting ", "ocs entry1 silent ", "directory well reporting ", "directory dead silent failing", "directory flaky late failing",
			"directory paused excepted paused", "csv  silent overdue")
		if got[0].State != silence.Silent || got[len(got)-1].State != silence.Reporting {
			t.Error("what does not report does not come first")
		}
		if other, err := silence.Wholes(context.Background(), db, []string{elsewhere}, t0, tokyo); err != nil || len(other) != 0 {
			t.Errorf("%v, %v", other, err)
		}
	})
}
