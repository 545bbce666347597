package intake_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
)

func TestHospitalList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		body := hospital(t, 200)
		p := plan(t, db, body, false)
		if want := (intake.Counts{Rows: 200, Create: 200}); p.Counts != want {
			t.Fatalf("counts %+v, want %+v; first row %+v", p.Counts, want, p.Rows[0].Problem)
		}
		if got := len(ledger(t, db)); got != 0 {
			t.Fatalf("a preview stored %d assets", got)
		}
		c := &clock{ms: t0}
		m := take(t, db, c, "台帳.csv", body, false)
		if m.State != intake.StateDone || m.Counts.Create != 200 || m.Done != 200 {
			t.Fatalf("import ended as %+v", m)
		}
		all := ledger(t, db)
		got := all["端末7"]
		want := asset.Values{"kind": "network", "status": "in_use", "name": "端末7", "asset_tag": "M-00007", "maker": "株式会社例示製作所", "model": "XL-7", "serial": "SNA000D889",
			"host_name": "MNT-0007", "ip": "10.0.0.7", "mac": "00:1a:2b:00:00:07", "os_name": "Windows 11 Pro", "os_version": "23H2", "memory_bytes": "17179869184",
			"department": "髙度医療室", "room": "8階 ①室", "custodian": "例示 太郎7", "purchased_on": "2020-08-08", "warranty_ends_on": "2027-08-08", "patient_data": "no",
			"remote_maintenance": "no", "note": "一行目\r\n二行目 №7"}
		if d := cmp.Diff(want, got.Values); d != "" {
			t.Errorf("asset: %s", d)
		}
		if got.LastSeenMS != 0 {
			t.Errorf("a list is no sighting, but last seen is %d", got.LastSeenMS)
		}
		facts, err := asset.Facts(t.Context(), db, got.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range facts {
			if f.Source != asset.SourceCSV || f.By != "台帳.csv · 佐藤" {
				t.Errorf("%s is said by %s %q", f.Field, f.Source, f.By)
			}
		}
		if again := plan(t, db, body, false); again.Counts.Same != 200 {
			t.Errorf("the same list again: %+v", again.Counts)
		}
	})
}

func TestTwoRowsOneMachine(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		body := csv("管理番号,ホスト名,シリアル番号", "A-1,pc1,S-111", "A-1,pc2,S-222", "A-3,pc3,S-111", ",pc4,", "A-5,pc5,S-555", "", ",,")
		p := plan(t, db, body, false)
		var got []string
		for _, r := range p.Rows {
			key := ""
			if r.Problem != nil {
				key = r.Problem.Fault.Key
			}
			got = append(got, string(r.Outcome)+" "+key)
		}
		want := []string{"create ", "refuse intake.error.repeated", "refuse intake.error.repeated", "refuse intake.error.no_number", "create "}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		m := take(t, db, &clock{ms: t0}, "a.csv", body, false)
		if m.Counts != p.Counts {
			t.Errorf("done %+v, foreseen %+v", m.Counts, p.Counts)
		}
	})
}

func TestRowsWithoutNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{ms: t0}
		body := csv("名称,機器種別", "電子カルテシステム,システム", "PACS,システム", "ＰＡＣＳ,システム")
		if m := take(t, db, c, "s.csv", body, true); m.Counts.Create != 2 || m.Counts.Refuse != 1 {
			t.Fatalf("first time %+v", m.Counts)
		}
		if m := take(t, db, c, "s.csv", body, true); m.Counts.Create != 0 || m.Counts.Refuse != 3 {
			t.Errorf("second time %+v", m.Counts)
		}
		if n := len(ledger(t, db)); n != 2 {
			t.Errorf("%d assets, want 2", n)
		}
	})
}

func TestManualAndAgentGoFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{ms: t0}
		seen := do(t, db, func(ctx context.Context, tx *store.Tx) (asset.Result, error) {
			return asset.Observe(ctx, tx, asset.Observation{FacilityID: facilityA, Source: asset.SourceAgent, DeviceID: "d1", AtMS: c.now(), Kind: asset.KindPC,
				Identity: asset.Identity{Maker: "Dell Inc.", Serial: "ABC1234"}, Groups: map[string]asset.Values{asset.SectionHardware: {"maker": "Dell Inc.", "serial": "ABC1234"}, asset.SectionOS: {"os_name": "Windows 11 Pro", "host_name": "pc1"}}})
		})
		do(t, db, func(ctx context.Context, tx *store.Tx) (any, error) {
			_, _, err := asset.Edit(ctx, tx, everything, seen.AssetID, 0, asset.Values{"room": "101"}, "佐藤", c.now())
			return nil, err
		})
		body := csv("メーカー,シリアル番号,OS,部屋,部署", "デル,-,,,", "DELL,ABC1234,Windows 10 Pro,202,外来")
		p := plan(t, db, body, false)
		r := p.Rows[1]
		if r.Outcome != intake.OutcomeChange || r.AssetID != seen.AssetID || !r.Contradicts() || len(r.Hidden) != 2 {
			t.Fatalf("row %+v", r)
		}
		take(t, db, c, "a.csv", body, false)
		a, err := asset.Get(t.Context(), db, everything, seen.AssetID)
		if err != nil {
			t.Fatal(err)
		}
		if a.Values["os_name"] != "Windows 11 Pro" || a.Values["room"] != "101" || a.Values["department"] != "外来" || a.Contradictions != 2 {
			t.Errorf("after import %+v", a)
		}
	})
}

func TestFewerColumnsEndNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{ms: t0}
		take(t, db, c, "a.csv", csv("管理番号,名称,部署", "A-1,受付端末,外来"), false)
		m := take(t, db, c, "b.csv", csv("管理番号,部署", "A-1,病棟"), false)
		a := ledger(t, db)["受付端末"]
		if a.Values["department"] != "病棟" || m.Counts.Change != 1 {
			t.Errorf("after the second list: %+v %+v", a.Values, m.Counts)
		}
		m = undo(t, db, c, m.ID)
		if a = ledger(t, db)["受付端末"]; a.Values["department"] != "外来" || m.State != intake.StateUndone {
			t.Errorf("after undoing: %+v %s", a.Values, m.State)
		}
	})
}

func TestUndo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{ms: t0}
		m := take(t, db, c, "a.csv", csv("管理番号,名称,部署,シリアル番号", "A-1,one,外来,S-111", "A-2,two,外来,S-222", "A-3,three,外来,S-333"), false)
		two := ledger(t, db)["two"]
		do(t, db, func(ctx context.Context, tx *store.Tx) (any, error) {
			_, _, err := asset.Edit(ctx, tx, everything, two.ID, 0, asset.Values{"room": "101"}, "佐藤", c.now())
			return nil, err
		})
		take(t, db, c, "b.csv", csv("管理番号,部署", "A-3,病棟"), false)
		m = undo(t, db, c, m.ID)
		rows, err := intake.TakenRows(t.Context(), db, m.ID, "", 0, 50)
		if err != nil {
			t.Fatal(err)
		}
		var back []string
		for _, r := range rows {
			back = append(back, r.Back)
		}
		if d := cmp.Diff([]string{"removed", "stays", "kept"}, back); d != "" {
			t.Error(d)
		}
		all := ledger(t, db)
		if len(all) != 2 {
			t.Errorf("%d assets left: %v", len(all), all)
		}
		a, err := asset.Get(t.Context(), db, everything, two.ID)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(asset.Values{"room": "101", "status": "in_use"}, a.Values); d != "" {
			t.Errorf("two: %s", d)
		}
		three, err := asset.Get(t.Context(), db, everything, rows[2].AssetID)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(asset.Values{"department": "病棟", "asset_tag": "A-3", "status": "in_use"}, three.Values); d != "" {
			t.Errorf("three: %s", d)
		}
		// The numbers are free again.
		if p := plan(t, db, csv("管理番号,名称,シリアル番号", "A-1,one,S-111"), false); p.Counts.Create != 1 {
			t.Errorf("after undoing, the list again: %+v", p.Counts)
		}
		if _, err := try(t, db, func(ctx context.Context, tx *store.Tx) (intake.Import, error) { return intake.Undo(ctx, tx, m.ID, "x") }); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("undone twice: %v", err)
		}
	})
}

// Two lists taken back in any order leave nothing, and what both say stays with the one that
// stands. Both asset_source and the values' marks follow.
func TestUndoListsInAnyOrder(t *testing.T) {
	lists := [][]byte{csv("管理番号,名称,部署", "A-1,one,外来", "A-2,two,外来"), csv("管理番号,部署", "A-1,病棟", "A-2,外来"), csv("管理番号,名称,部署", "A-1,one,外来", "A-2,zwei,外来")}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			c := &clock{ms: t0}
			var all []intake.Import
			for _, body := range lists {
				all = append(all, take(t, db, c, "a.csv", body, false))
			}
			for i, n := range order {
				undo(t, db, c, all[n].ID)
				if i == 0 {
					want := [][3]string{{"one", "外来", "zwei"}, {"one", "外来", "zwei"}, {"one", "病棟", "two"}}[n]
					got := ledger(t, db)
					if a := got[want[0]]; a.Values["department"] != want[1] || got[want[2]].Values["department"] != "外来" || got[want[2]].Values["asset_tag"] != "A-2" {
						t.Errorf("without list %d: %+v", n, got)
					}
				}
			}
			rows, err := intake.TakenRows(t.Context(), db, all[0].ID, "", 0, 50)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				for _, s := range r.Sets {
					if s.Kept {
						t.Errorf("order %v: %s is shown as kept", order, s.Field)
					}
				}
			}
			for what, query := range map[string]string{"assets": `SELECT count(*) FROM asset_asset`, "open facts": `SELECT count(*) FROM asset_fact WHERE gone_ms IS NULL`,
				"facts that count": `SELECT count(*) FROM asset_fact WHERE undone_ms IS NULL`, "sources": `SELECT count(*) FROM asset_source`, "sections": `SELECT count(*) FROM asset_section`, "keys": `SELECT count(*) FROM asset_identity`} {
				var n int
				if err := db.QueryRow(t.Context(), query).Scan(&n); err != nil || n != 0 {
					t.Errorf("order %v: %d %s left, %v", order, n, what, err)
				}
			}
		}
	})
}

// The history shows what a list said and that it was taken back, and goes on with what holds.
func TestHistoryOfUndoing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{ms: t0}
		take(t, db, c, "a.csv", csv("管理番号,名称,部署", "A-1,one,外来"), false)
		m := take(t, db, c, "b.csv", csv("管理番号,部署", "A-1,病棟"), false)
		undo(t, db, c, m.ID)
		page, err := asset.History(t.Context(), db, ledger(t, db)["one"].ID, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, ch := range page.Items {
			if ch.Field == asset.FieldDepartment {
				got = append(got, ch.Old+" → "+ch.New+" · "+ch.By)
			}
		}
		if d := cmp.Diff([]string{"病棟 → 外来 · 鈴木", "外来 → 病棟 · b.csv · 佐藤", " → 外来 · a.csv · 佐藤"}, got); d != "" {
			t.Error(d)
		}
	})
}

// A page that is just full has no next one.
func TestPagesOfImports(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for range 4 {
			do(t, db, func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
				return intake.Create(ctx, tx, intake.Upload{FacilityID: facilityA, FileName: "a.csv", Body: csv("管理番号", "A-1")}, t0)
			})
		}
		var pages []int
		for after, more := "", true; more; more = after != "" {
			list, next, total, err := intake.Imports(t.Context(), db, intake.Filter{After: after, Limit: 2})
			if err != nil || total != 4 {
				t.Fatal(total, err)
			}
			pages, after = append(pages, len(list)), next
		}
		if d := cmp.Diff([]int{2, 2}, pages); d != "" {
			t.Error(d)
		}
	})
}

// TestResume stops an import after each batch and goes on: every row is taken once.
func TestResume(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{ms: t0}
		m := do(t, db, func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
			m, err := intake.Create(ctx, tx, intake.Upload{FacilityID: facilityA, FileName: "a.csv", Body: hospital(t, 120)}, c.now())
			if err != nil {
				return m, err
			}
			return intake.Start(ctx, tx, m.ID, c.now())
		})
		stop := context.Canceled
		for range 3 {
			_ = (intake.Deps{DB: db, NowMS: c.now}).Run(t.Context(), m.ID, func(int, int) error { return stop })
		}
		if m = run(t, db, c, m.ID); m.Counts.Create != 120 || m.State != intake.StateDone {
			t.Errorf("after stops: %+v", m)
		}
		if n := len(ledger(t, db)); n != 120 {
			t.Errorf("%d assets", n)
		}
		// Undoing may stop, too.
		do(t, db, func(ctx context.Context, tx *store.Tx) (intake.Import, error) { return intake.Undo(ctx, tx, m.ID, "x") })
		_ = (intake.Deps{DB: db, NowMS: c.now}).Run(t.Context(), m.ID, func(int, int) error { return stop })
		if m = run(t, db, c, m.ID); m.State != intake.StateUndone || len(ledger(t, db)) != 0 {
			t.Errorf("after undoing: %+v, %d assets", m, len(ledger(t, db)))
		}
	})
}

func TestColumnsAreRemembered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{ms: t0}
		body := csv("管理番号,変わった見出し", "A-1,101号室")
		up := intake.Upload{FacilityID: facilityA, FileName: "a.csv", Body: body}
		create := func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
			return intake.Create(ctx, tx, up, c.now())
		}
		m := do(t, db, create)
		if d := cmp.Diff([]asset.Field{"asset_tag", ""}, m.Order.Columns); d != "" {
			t.Error(d)
		}
		do(t, db, func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
			return intake.Arrange(ctx, tx, m.ID, []asset.Field{"asset_tag", "room"}, false, "佐藤", c.now())
		})
		if m = do(t, db, create); m.Order.Columns[1] != "room" {
			t.Errorf("the next list has %v", m.Order.Columns)
		}
		for _, bad := range [][]asset.Field{{"room", "room"}, {"disposal_proof"}, {"no_such"}, {}, {"", ""}, {"name", "room", "note"}} {
			if _, err := try(t, db, func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
				return intake.Arrange(ctx, tx, m.ID, bad, false, "佐藤", c.now())
			}); !fault.Is(err, fault.CodeInvalid) {
				t.Errorf("columns %v: %v", bad, err)
			}
		}
		up.FacilityID = "01900000-0000-7000-8000-00000000000b"
		if m = do(t, db, create); m.Order.Columns[1] != "" {
			t.Errorf("another facility has %v", m.Order.Columns)
		}
	})
}

// TestPreviewIsQuick is the figure of docs/import-files.md: a CP932 file of 3,000 rows
// is shown in under 5 s, new or known.
// How long a preview takes is a figure of make bench; here it is only printed.
func TestLongList(t *testing.T) {
	if testing.Short() {
		t.Skip("3,000 rows")
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		body := hospital(t, 3000)
		for _, what := range []string{"new", "known"} {
			start := time.Now()
			p := plan(t, db, body, false)
			took := time.Since(start)
			t.Logf("preview of 3,000 %s rows on %s: %s", what, db.Engine(), took)
			if p.Counts.Refuse > 0 {
				t.Errorf("preview of 3,000 %s rows: %+v", what, p.Counts)
			}
			if what == "new" {
				start = time.Now()
				take(t, db, &clock{ms: t0}, "a.csv", body, false)
				t.Logf("import of 3,000 rows on %s: %s", db.Engine(), time.Since(start))
			}
		}
	})
}

func TestFormulasStayText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		take(t, db, &clock{ms: t0}, "a.csv", csv("管理番号,名称,備考", `A-1,=cmd|' /C calc'!A0,"+1+1"`, "A-2,@SUM(1),-2"), false)
		all := ledger(t, db)
		if a := all["=cmd|' /C calc'!A0"]; a.Values["note"] != "+1+1" {
			t.Errorf("first: %+v", all)
		}
		if a := all["@SUM(1)"]; a.Values["note"] != "-2" {
			t.Errorf("second: %+v", all)
		}
	})
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		body []byte
		key  string
	}{
		"empty":              {[]byte("\r\n \r\n"), "document.error.grid_empty"},
		"headings only":      {csv("管理番号,名称"), "intake.error.no_rows"},
		"no charset":         {[]byte("管理番号,名称\r\nA-1,\xff\xfe\xff\r\n"), "document.error.grid_charset"},
		"ten thousand":       {csv("管理番号,名称", "A-1"+strings.Repeat(",x", 10_000)), "document.error.grid_columns"},
		"open quote":         {csv("管理番号,名称", `A-1,"open`), "document.error.csv_quote"},
		"old Excel":          {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1xxxx"), "document.error.grid_old_excel"},
		"a ZIP and no Excel": {[]byte("PK\x03\x04 nothing"), "document.error.grid_broken"},
	} {
		if _, err := intake.Read(c.body, ""); err == nil || fault.Of(err).Key != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
}
