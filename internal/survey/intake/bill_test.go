package intake_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
	"sonae/internal/survey/sbom"
	"sonae/internal/survey/software"
)

func bom(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "sbom", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// device puts a medical device into the ledger.
func device(t testing.TB, db *store.DB, facilityID, name, model, serial string) string {
	t.Helper()
	return do(t, db, func(ctx context.Context, tx *store.Tx) (asset.Result, error) {
		return asset.Observe(ctx, tx, asset.Observation{FacilityID: facilityID, Source: asset.SourceCSV, AtMS: t0, Kind: asset.KindMedical, Identity: asset.Identity{Serial: serial, Model: model, Maker: "架空メディカル"},
			Groups: map[string]asset.Values{"list": {asset.FieldName: name, asset.FieldModel: model, asset.FieldSerial: serial, asset.FieldMaker: "架空メディカル"}}})
	}).AssetID
}

func draft(t testing.TB, db *store.DB, c *clock, name string, body []byte, assetID string) (intake.Import, error) {
	t.Helper()
	parcels, err := intake.Parcels(noDoor{}, intake.Brought{FacilityID: facilityA, AssetID: assetID, Files: []intake.File{{Name: name, Body: body}}, ByID: "u", By: "佐藤"}, "")
	if err != nil {
		return intake.Import{}, err
	}
	return try(t, db, func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
		return parcels[0].Create(ctx, tx, noDoor{}, c.now())
	})
}

func carry(t testing.TB, db *store.DB, c *clock, name string, body []byte, assetID string) intake.Import {
	t.Helper()
	m, err := draft(t, db, c, name, body, assetID)
	if err != nil {
		t.Fatal(err)
	}
	do(t, db, func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
		return intake.Start(ctx, tx, m.ID, c.now())
	})
	return run(t, db, c, m.ID)
}

func words(t testing.TB) text.Translator {
	t.Helper()
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	return texts.For(text.Japanese)
}

// noDoor knows no files of machines.
type noDoor struct{ intake.Door }

func (noDoor) Sort(files []intake.File) (lists, machines []intake.File) { return files, nil }

func outcomes(t testing.TB, db *store.DB, m intake.Import) map[string]string {
	t.Helper()
	rows, err := intake.TakenRows(t.Context(), db, m.ID, "", 0, 200)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, r := range rows {
		out[r.Name] = string(r.Outcome) + " " + r.Back
	}
	return out
}

func installs(t testing.TB, db *store.DB, id string) string {
	t.Helper()
	list, _, _, err := software.ListByAsset(t.Context(), db, software.InstallFilter{AssetID: id})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, i := range list {
		out = append(out, i.Source+" "+i.Name+" "+i.Version)
	}
	return strings.Join(out, ", ")
}

// The whole way: a first list, a newer one, and both taken back again.
func TestBillOfMaterials(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{t0}
		id := device(t, db, facilityA, "輸液ポンプ 3号", "KP-100", "KP100-000123")
		one := carry(t, db, c, "pump.cdx.json", bom(t, "pump.cdx.json"), id)
		if one.State != intake.StateDone || one.Form != intake.FormBill || one.Counts.Create != 6 || one.Total != 6 {
			t.Fatalf("first: %+v", one)
		}
		m, err := draft(t, db, c, "pump-2.cdx.json", bom(t, "pump-2.cdx.json"), id)
		if err != nil {
			t.Fatal(err)
		}
		report, err := intake.ForeseeBill(t.Context(), db, m, words(t))
		if err != nil {
			t.Fatal(err)
		}
		if b := report.Bill; b.Before == nil || b.Before.FileName != "pump.cdx.json" || b.Before.Newer || b.Before.Other || b.NoVersion != 1 || b.NoID != 2 || b.Subject.Serial != "KP100-000123" {
			t.Errorf("report: %+v", report.Bill)
		}
		do(t, db, func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
			return intake.Start(ctx, tx, m.ID, c.now())
		})
		two := run(t, db, c, m.ID)
		if two.Counts != report.Counts {
			t.Errorf("foreseen %+v, done %+v", report.Counts, two.Counts)
		}
		want := map[string]string{"架空RTOS 5.2.1": "same ", "openssl 3.0.13 → 3.0.15": "change ", "zlib 1.2.11": "gone ", "点滴制御パネル 2.4.0": "same ", "無線モジュール": "same ",
			"org.apache.logging.log4j/log4j-core 2.17.1": "same ", "expat 2.6.3": "create "}
		if diff := cmp.Diff(want, outcomes(t, db, two)); diff != "" {
			t.Error(diff)
		}
		if got := installs(t, db, id); !strings.Contains(got, "sbom openssl 3.0.15") || strings.Contains(got, "zlib") {
			t.Errorf("installs: %s", got)
		}
		_, err = try(t, db, func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
			return intake.Undo(ctx, tx, one.ID, "鈴木")
		})
		if f := fault.Of(err); f == nil || f.Key != "intake.error.newer_bill" {
			t.Errorf("the older one taken back first: %v", err)
		}
		undo(t, db, c, two.ID)
		if got := installs(t, db, id); !strings.Contains(got, "sbom openssl 3.0.13") || !strings.Contains(got, "zlib") || strings.Contains(got, "expat") {
			t.Errorf("installs after undoing: %s", got)
		}
		if got := outcomes(t, db, two)["zlib 1.2.11"]; got != "gone back" {
			t.Errorf("taken back: %s", got)
		}
		if got := undo(t, db, c, one.ID); got.State != intake.StateUndone || installs(t, db, id) != "" {
			t.Errorf("both undone: %+v %s", got, installs(t, db, id))
		}
	})
}

// The asset is chosen by a person, within the facility; proposals help.
func TestAssetOfBill(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{t0}
		other := device(t, db, "01900000-0000-7000-8000-00000000000b", "輸液ポンプ KP-100", "KP-100", "KP100-000123")
		near := device(t, db, facilityA, "架空ポンプ 9号", "KP-100", "KP100-000999")
		right := device(t, db, facilityA, "ポンプ 3号", "KP-200", "kp100-000123")
		m, err := draft(t, db, c, "pump.cdx.json", bom(t, "pump.cdx.json"), "")
		if err != nil {
			t.Fatal(err)
		}
		start := func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
			return intake.Start(ctx, tx, m.ID, c.now())
		}
		if _, err := try(t, db, start); fault.Of(err) == nil || fault.Of(err).Key != "intake.error.no_asset" {
			t.Errorf("started for no asset: %v", err)
		}
		doc, err := m.Bill(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		proposals := func(s sbom.Subject, text string) (out []string) {
			list, err := intake.Proposals(t.Context(), db, everything, facilityA, s, text)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range list {
				out = append(out, p.Asset.ID+" "+p.Reason)
			}
			return out
		}
		if diff := cmp.Diff([]string{right + " serial", near + " part"}, proposals(doc.Subject, "")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{near + " "}, proposals(doc.Subject, "9号")); diff != "" {
			t.Error(diff)
		}
		choose := func(id string) error {
			_, err := try(t, db, func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
				return intake.Choose(ctx, tx, m.ID, id)
			})
			return err
		}
		for name, id := range map[string]string{"another facility's": other, "missing": store.NewID(), "no id": "x"} {
			if err := choose(id); !fault.Is(err, fault.CodeNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := choose(near); err != nil {
			t.Error(err)
		}
		do(t, db, start)
		run(t, db, c, m.ID)
		if installs(t, db, near) == "" || installs(t, db, right)+installs(t, db, other) != "" {
			t.Error("went to another asset")
		}
		if got := proposals(doc.Subject, ""); len(got) != 2 || got[0] != near+" before" {
			t.Errorf("next time: %v", got)
		}
		if err := choose(right); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("chosen after it was taken in: %v", err)
		}
		if _, err := draft(t, db, c, "x.json", bom(t, "pump.cdx.json"), other); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("named in another facility: %v", err)
		}
	})
}

// What cannot be taken is told, the rest is; a file with nothing to take changes nothing.
func TestHostileBill(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{t0}
		id := device(t, db, facilityA, "輸液ポンプ", "KP-100", "S1")
		json := func(components string) []byte {
			return fmt.Appendf(nil, `{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[%s]}`, components)
		}
		m := carry(t, db, c, "a.json", json(`{"name":"a","version":"1"},{"name":"a","version":"1"},{"name":""},{"name":"=1+1"}`), id)
		if m.Counts.Create != 2 || m.Counts.Same != 1 || m.Counts.Refuse != 1 {
			t.Errorf("%+v", m.Counts)
		}
		rows, err := intake.TakenRows(t.Context(), db, m.ID, intake.OutcomeSame, 0, 10)
		if err != nil || len(rows) != 1 || intake.DescribeTaken(rows[0], words(t)).Remark == "" {
			t.Errorf("repeated: %+v %v", rows, err)
		}
		if m := carry(t, db, c, "b.json", json(`{"name":""}`), id); m.Counts.Refuse != 1 || m.Counts.Gone != 0 || installs(t, db, id) != "sbom =1+1 , sbom a 1" {
			t.Errorf("nothing to take: %+v %s", m.Counts, installs(t, db, id))
		}
		if _, err := draft(t, db, c, "c.json", json(`{`), id); fault.Of(err) == nil || fault.Of(err).Place != "c.json" {
			t.Errorf("broken: %v", err)
		}
		var n int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM intake_import`).Scan(&n); err != nil || n != 2 {
			t.Errorf("%d imports are kept: %v", n, err)
		}
	})
}
