package evidence_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/text"
	"sonae/internal/review/catalog"
	"sonae/internal/review/evidence"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/organisation"
)

var inventory = evidence.Key{RuleID: "AE-INV-01", Target: catalog.TargetAll}

func evaluate(t testing.TB, db *store.DB, cat *catalog.Catalog, facility string, asOfMS, nowMS int64) evidence.Summary {
	t.Helper()
	s, err := evidence.Evaluate(context.Background(), db, cat, evidence.Request{FacilityID: facility, AsOfMS: asOfMS, NowMS: nowMS})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func latest(t testing.TB, db *store.DB, facility string, key evidence.Key, asOfMS int64) evidence.Record {
	t.Helper()
	r, err := evidence.Latest(context.Background(), db, facility, key, asOfMS)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// stored is every record of a facility as the database has it, by id, without the
// columns that a confirmation may move.
func stored(t testing.TB, db *store.DB, facility string) map[string]string {
	t.Helper()
	rows, err := db.Query(context.Background(), `SELECT id, rule_id, target, variant, rule_version, suggestion, as_of_ms, evaluated_ms, body, sha256, same_sha256
		FROM evidence_record WHERE facility_id = $1`, facility)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	all := map[string]string{}
	for rows.Next() {
		var id, rule, target, variant, suggestion, sum, same string
		var version, asOf, evaluated int64
		var body []byte
		if err := rows.Scan(&id, &rule, &target, &variant, &version, &suggestion, &asOf, &evaluated, &body, &sum, &same); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal([]any{rule, target, variant, version, suggestion, asOf, evaluated, body, sum, same})
		if err != nil {
			t.Fatal(err)
		}
		all[id] = string(text)
		if got := sha256.Sum256(body); hex.EncodeToString(got[:]) != sum {
			t.Errorf("record %s: its hash is not that of its body", id)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// An evidence record never changes: whatever is evaluated later, for now or for a
// past day, the rows that were there stay as they are; equal findings move the
// confirmation and store nothing.
func TestRecordsNeverChange(t *testing.T) {
	cat := loadCatalog(t)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHospital(t, db)
		h.box(asset.KindPC, "PC1")
		first := evaluate(t, db, cat, h.id, now, now)
		if first.Stored != first.Evaluated || first.Evaluated == 0 {
			t.Fatalf("got %+v, want a record for every rule", first)
		}
		before := stored(t, db, h.id)
		again := evaluate(t, db, cat, h.id, now+1000, now+1000)
		if again.Stored != 0 || again.Confirmed != first.Evaluated {
			t.Errorf("unchanged facts: got %+v, want confirmations only", again)
		}
		r := latest(t, db, h.id, inventory, now+1000)
		if r.ConfirmedMS != now+1000 || r.EvaluatedMS != now {
			t.Errorf("confirmed %d, evaluated %d", r.ConfirmedMS, r.EvaluatedMS)
		}
		h.record(organisation.KindStocktake, on(5))
		changed := evaluate(t, db, cat, h.id, now+2000, now+2000)
		if changed.Stored != 1 { // only the inventory rule asks for a stocktake
			t.Errorf("a stocktake: got %+v, want one new record", changed)
		}
		evaluate(t, db, cat, h.id, now-150*dayMS, now+3000)
		evaluate(t, db, cat, h.id, now+4000, now+4000)
		after := stored(t, db, h.id)
		for id, row := range before {
			if after[id] != row {
				t.Errorf("record %s changed:\n%s\n%s", id, row, after[id])
			}
		}
		list, err := evidence.History(t.Context(), db, h.id, inventory, evidence.Page{})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 3 {
			t.Fatalf("got %d records of the inventory rule, want now, changed and past", len(list))
		}
		// Page by page it is the same, and up to a moment it is the rest.
		page := evidence.Page{Limit: 1}
		for i, want := range list {
			got, err := evidence.History(t.Context(), db, h.id, inventory, page)
			if err != nil || len(got) != 1 || got[0].ID != want.ID {
				t.Fatalf("page %d: got %d records, %v", i, len(got), err)
			}
			page.AfterMS, page.AfterID = got[0].AsOfMS, got[0].ID
		}
		if got, err := evidence.History(t.Context(), db, h.id, inventory, page); err != nil || len(got) != 0 {
			t.Errorf("after the last page: %d records, %v", len(got), err)
		}
		until := list[1].AsOfMS
		if got, err := evidence.History(t.Context(), db, h.id, inventory, evidence.Page{UntilMS: until}); err != nil || len(got) != 2 || got[0].ID != list[1].ID {
			t.Errorf("up to the second: %d records, %v", len(got), err)
		}
		if n, err := evidence.HistoryCount(t.Context(), db, h.id, inventory, until); err != nil || n != 2 {
			t.Errorf("up to the second: %d counted, %v", n, err)
		}
		if last := latest(t, db, h.id, inventory, now+9000); last.AsOfMS != now+2000 {
			t.Errorf("the latest record is of %d, want the one with the stocktake", last.AsOfMS)
		}
	})
}

// What was known on a past day comes from the histories: a device that came later
// does not count, and one that is disposed now did.
func TestEvaluateAsOfThePast(t *testing.T) {
	cat := loadCatalog(t)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHospital(t, db)
		server := h.box(asset.KindServer, "SV1") // 200 days ago
		h.edit(server, now-10*dayMS, asset.Values{asset.FieldStatus: "disposed", asset.FieldDisposedOn: on(10), asset.FieldDisposalReason: "更改"})
		h.enter(now-5*dayMS, complete(asset.KindPC, "PC-NEW", h.n+50))
		classes := catalog.Args{"classes": catalog.List("server", "pc", "network")}
		figures := func(atMS int64) map[string]int64 {
			got := map[string]int64{}
			for _, f := range h.run("asset_classes_covered", "all", classes, atMS).Figures {
				got[f.Name] = f.Number
			}
			return got
		}
		want := map[int64]map[string]int64{
			now:             {"class_server": 0, "class_pc": 1, "class_network": 0},
			now - 7*dayMS:   {"class_server": 0, "class_pc": 0, "class_network": 0},
			now - 20*dayMS:  {"class_server": 1, "class_pc": 0, "class_network": 0},
			now - 300*dayMS: {"class_server": 0, "class_pc": 0, "class_network": 0},
		}
		for at, figs := range want {
			if diff := cmp.Diff(figs, figures(at)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", time.UnixMilli(at), diff)
			}
		}
		// The past and the present agree when both look at this very moment.
		for _, c := range checkCases() {
			t.Run(c.check+"/"+c.name, func(t *testing.T) {
				h := newHospital(t, db)
				c.build(h)
				live, past := h.run(c.check, c.target, c.args, now), pastRun(h, c)
				if live.State != past.State || live.FailingTotal != past.FailingTotal {
					t.Errorf("live %s %d, from the history %s %d", live.State, live.FailingTotal, past.State, past.FailingTotal)
				}
				if diff := cmp.Diff(live.Figures, past.Figures); diff != "" {
					t.Errorf("figures (-live +history):\n%s", diff)
				}
			})
		}
		evaluate(t, db, cat, h.id, now-20*dayMS, now)
		if r := latest(t, db, h.id, inventory, now-20*dayMS); r.AsOfMS != now-20*dayMS || r.EvaluatedMS != now {
			t.Errorf("as of %d, evaluated %d", r.AsOfMS, r.EvaluatedMS)
		}
	})
}

// pastRun runs a check on the history although the moment is now.
func pastRun(h *hospital, c checkCase) evidence.Outcome {
	h.t.Helper()
	for _, k := range evidence.Checks() {
		if k.Name == c.check {
			past, err := evidence.ReadLedger(context.Background(), h.db, h.id, now)
			if err != nil {
				h.t.Fatal(err)
			}
			out, err := k.Run(context.Background(), h.db, evidence.Input{FacilityID: h.id, AsOfMS: now, Past: past, Target: c.target, Args: c.args})
			if err != nil {
				h.t.Fatal(err)
			}
			return out
		}
	}
	return evidence.Outcome{}
}

func TestLatestAllSpeaksForTheMoment(t *testing.T) {
	cat := loadCatalog(t)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHospital(t, db)
		if _, err := evidence.Latest(t.Context(), db, h.id, inventory, now); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("nothing evaluated: got %v", err)
		}
		evaluate(t, db, cat, h.id, now-30*dayMS, now-30*dayMS)
		h.record(organisation.KindStocktake, on(12))
		evaluate(t, db, cat, h.id, now, now)
		for at, want := range map[int64]int64{now - 40*dayMS: 0, now - 20*dayMS: now - 30*dayMS, now: now} {
			all, err := evidence.LatestAll(t.Context(), db, h.id, at)
			if err != nil {
				t.Fatal(err)
			}
			if got := all[inventory].AsOfMS; got != want {
				t.Errorf("as of %d: got the record of %d, want %d", at, got, want)
			}
			if want != 0 && len(all) != len(evidence.KeysOf(evidence.InUse(cat, now)...)) {
				t.Errorf("got %d records, want %d", len(all), len(evidence.KeysOf(evidence.InUse(cat, now)...)))
			}
		}
		if _, err := evidence.Get(t.Context(), db, latest(t, db, h.id, inventory, now).ID); err != nil {
			t.Error(err)
		}
	})
}

func TestParameters(t *testing.T) {
	cat := loadCatalog(t)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHospital(t, db)
		set := func(rule, name string, v catalog.Value) error {
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return evidence.SetParameter(ctx, tx, cat, rule, name, v, "sato", now)
			})
		}
		for name, err := range map[string]error{
			"share out of range": set("AE-INV-01", "completeness_min", catalog.Number(1.5)),
			"unknown name":       set("AE-INV-01", "nonsense", catalog.Number(1)),
			"wrong kind":         set("AE-INV-01", "stocktake_days", catalog.Word("x")),
		} {
			if !fault.Is(err, fault.CodeInvalid) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if err := set("AE-XXX-99", "x", catalog.Number(1)); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("unknown rule: got %v", err)
		}
		if err := set("AE-INV-01", "stocktake_days", catalog.Number(30)); err != nil {
			t.Fatal(err)
		}
		h.record(organisation.KindStocktake, on(40))
		evaluate(t, db, cat, h.id, now, now)
		body := latest(t, db, h.id, inventory, now).Body
		if v := body.Values["stocktake_days"]; !v.Equal(catalog.Number(30)) {
			t.Errorf("record has stocktake_days %s, want 30", v)
		}
		if s := state(body, "stocktake_within"); s != evidence.Fail {
			t.Errorf("a stocktake 40 days ago with a limit of 30: %s", s)
		}
		h.tx(func(ctx context.Context, tx *store.Tx) error {
			return evidence.ResetParameter(ctx, tx, "AE-INV-01", "stocktake_days")
		})
		evaluate(t, db, cat, h.id, now+1, now+1)
		if s := state(latest(t, db, h.id, inventory, now+1).Body, "stocktake_within"); s != evidence.Pass {
			t.Errorf("with the rule's own limit: %s", s)
		}
	})
}

func state(b evidence.Body, check string) evidence.State {
	for _, r := range b.Checks {
		if r.Check == check {
			return r.State
		}
	}
	return ""
}

// The job judges a facility, and the daily one queues all of them once.
func TestJobs(t *testing.T) {
	cat := loadCatalog(t)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHospital(t, db)
		clock := func() time.Time { return time.UnixMilli(now) }
		workers := evidence.Workers(db, cat, func(context.Context) ([]string, error) { return []string{h.id}, nil }, clock)
		for range 2 {
			if err := workers[evidence.JobAll](t.Context(), job.Job{Kind: evidence.JobAll}); err != nil {
				t.Fatal(err)
			}
		}
		h.tx(func(ctx context.Context, tx *store.Tx) error { return evidence.Enqueue(ctx, tx, h.id, clock()) })
		jobs, err := job.List(t.Context(), db, evidence.JobEvaluate, job.Available, 10)
		if err != nil || len(jobs) != 1 {
			t.Fatalf("got %d waiting jobs (%v), want one", len(jobs), err)
		}
		if err := workers[evidence.JobEvaluate](t.Context(), jobs[0]); err != nil {
			t.Fatal(err)
		}
		latest(t, db, h.id, inventory, now)
		if err := workers[evidence.JobEvaluate](t.Context(), job.Job{Kind: evidence.JobEvaluate, Args: []byte(`{"facility":""}`)}); err == nil {
			t.Error("a job without facility did not fail")
		}
	})
}

// Every record can be told in both languages.
func TestSummary(t *testing.T) {
	cat := loadCatalog(t)
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.SQLite(t)
	h := newHospital(t, db)
	evaluate(t, db, cat, h.id, now, now)
	all, err := evidence.LatestAll(t.Context(), db, h.id, now)
	if err != nil {
		t.Fatal(err)
	}
	for key, r := range all {
		for _, lang := range text.Languages() {
			if r.Summary(texts.For(lang)) == "" {
				t.Errorf("%v in %s: no summary", key, lang)
			}
		}
		if r.Suggestion == evidence.SuggestYes {
			t.Errorf("an empty hospital: %s suggests yes", key.RuleID)
		}
	}
	want := "任命されている人は 0人です（1人のはずです）。"
	if got := all[evidence.Key{RuleID: "AE-GOV-01", Target: "org"}].Summary(texts.For("ja")); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
