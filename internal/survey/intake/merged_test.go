package intake_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
)

// A list that comes after the server's clock went back is refused row by row, aloud.
func TestClockWentBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{t0}
		take(t, db, c, "a.csv", csv("資産番号,名称,設置場所", "T-1,端末,1階"), false)
		c.ms -= 3600_000
		m := take(t, db, c, "b.csv", csv("資産番号,名称,設置場所", "T-1,端末,2階", "T-2,別の端末,3階"), false)
		rows, err := intake.TakenRows(t.Context(), db, m.ID, "", 0, 50)
		if err != nil || len(rows) != 2 || m.Counts.Refuse != 1 || m.Counts.Create != 1 {
			t.Fatalf("%+v, %+v, %v", m.Counts, rows, err)
		}
		if p := rows[0].Problem; rows[0].Outcome != intake.OutcomeRefuse || p == nil || p.Fault.Key != "intake.error.clock_back" {
			t.Errorf("the row: %+v", rows[0])
		}
		if got := ledger(t, db)["端末"].Values[asset.FieldRoom]; got != "1階" {
			t.Errorf("room %q", got)
		}
	})
}

// facts is everything that sources say about every row, and who reports.
func facts(t testing.TB, db *store.DB) string {
	t.Helper()
	rows, err := db.Query(t.Context(), `SELECT a.label, f.field, f.source, f.value FROM asset_asset a LEFT JOIN asset_fact f ON f.asset_id = a.id AND f.gone_ms IS NULL
		UNION ALL SELECT a.label, 'source', o.source, '' FROM asset_asset a JOIN asset_source o ON o.asset_id = a.id ORDER BY 1, 2, 3, 4`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var cols [4]*string
		if err := rows.Scan(&cols[0], &cols[1], &cols[2], &cols[3]); err != nil {
			t.Fatal(err)
		}
		line := ""
		for _, col := range cols {
			if col != nil {
				line += *col + " | "
			}
		}
		out = append(out, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// An import is taken back after rows became one or two meanwhile: the ledger is as if it
// had not been.
func TestUndoAfterMergeAndSplit(t *testing.T) {
	list := csv("資産番号,名称,製造番号,設置場所,備考", "T-1,取込端末,SNLIST0001,1階,一覧から", "T-2,手入力の端末,SNLIST0002,2階,一覧から")
	type world struct {
		db             *store.DB
		c              *clock
		hand, agent, m string // rows by hand, by an agent; the import
	}
	tx := func(t *testing.T, w *world, fn func(ctx context.Context, tx *store.Tx) error) {
		t.Helper()
		if err := w.db.Tx(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	brought := func(t *testing.T, w *world) string {
		t.Helper()
		rows, err := intake.TakenRows(t.Context(), w.db, w.m, "", 0, 50)
		if err != nil || len(rows) != 2 {
			t.Fatal(rows, err)
		}
		return rows[0].AssetID
	}
	merge := func(t *testing.T, w *world, kept, gone string) {
		tx(t, w, func(ctx context.Context, tx *store.Tx) error {
			_, err := asset.Merge(ctx, tx, everything, nil, kept, gone, "", "佐藤", w.c.now())
			return err
		})
	}
	unmerge := func(t *testing.T, w *world) {
		tx(t, w, func(ctx context.Context, tx *store.Tx) error {
			list, err := asset.MergesOf(ctx, tx, w.agent)
			if err != nil || len(list) == 0 {
				return fmt.Errorf("merges %v: %w", list, err)
			}
			id := list[0].ID
			_, err = asset.Unmerge(ctx, tx, everything, nil, id, "佐藤", w.c.now())
			return err
		})
	}
	for name, between := range map[string]func(t *testing.T, w *world) (after func()){
		"the row it brought went into another": func(t *testing.T, w *world) func() { merge(t, w, w.agent, brought(t, w)); return nil },
		"one that it changed went into another, and came out after": func(t *testing.T, w *world) func() {
			merge(t, w, w.agent, w.hand)
			return func() { unmerge(t, w) }
		},
		"merged, and taken apart again": func(t *testing.T, w *world) func() {
			merge(t, w, w.agent, brought(t, w))
			unmerge(t, w)
			return nil
		},
		"two merges, one upon the other": func(t *testing.T, w *world) func() {
			merge(t, w, w.hand, brought(t, w))
			merge(t, w, w.agent, w.hand)
			return func() { unmerge(t, w) }
		},
		"what lists say was split off": func(t *testing.T, w *world) func() {
			tx(t, w, func(ctx context.Context, tx *store.Tx) error {
				_, err := asset.Split(ctx, tx, everything, nil, w.hand, []string{"csv"}, "", "", "佐藤", w.c.now())
				return err
			})
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				w := &world{db: db, c: &clock{t0}}
				w.hand = do(t, db, func(ctx context.Context, tx *store.Tx) (asset.Asset, error) {
					a, _, err := asset.Create(ctx, tx, everything, facilityA, asset.Values{asset.FieldKind: "pc", asset.FieldName: "手入力の端末", asset.FieldAssetTag: "T-2"}, "佐藤", w.c.now())
					return a, err
				}).ID
				w.agent = do(t, db, func(ctx context.Context, tx *store.Tx) (asset.Result, error) {
					return asset.Observe(ctx, tx, asset.Observation{FacilityID: facilityA, Source: asset.SourceAgent, DeviceID: "d1", AtMS: w.c.now(), Kind: asset.KindPC,
						Identity: asset.Identity{Maker: "Example", Serial: "SNAGENT"}, Groups: map[string]asset.Values{asset.SectionOS: {asset.FieldHostName: "agent-pc"}}})
				}).AssetID
				before := facts(t, db)
				w.m = take(t, db, w.c, "台帳.csv", list, false).ID
				after := between(t, w)
				m := undo(t, db, w.c, w.m)
				if m.State != intake.StateUndone {
					t.Errorf("state %s", m.State)
				}
				if after != nil {
					after()
				}
				if diff := cmp.Diff(before, facts(t, db)); diff != "" {
					rows, _ := intake.TakenRows(t.Context(), db, w.m, "", 0, 50)
					t.Errorf("%s\n%s", diff, fmt.Sprint(rows))
				}
			})
		})
	}
}
