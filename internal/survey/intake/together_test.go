package intake_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/intake"
)

// TestTogetherAsAlone takes a list in with the rows of a transaction together, and a
// transaction for each row: the ledger is the same, also where rows share a key, a name or
// an asset.
func TestTogetherAsAlone(t *testing.T) {
	head := "管理番号,機器名,メーカー,シリアル番号,MACアドレス,備考"
	rows := []string{
		"A-1,端末1,例示,S001,00-1A-2B-00-00-01,", "A-2,端末2,例示,S002,00-1A-2B-00-00-02,",
		"A-3,端末3,例示,S003,00-1A-2B-00-00-02,共有アドレス", // another machine with the address of the row before
		",端末4,例示,,,番号なし", ",端末1,,,,名前が同じ",
		"A-5,端末5,例示,S001,,番号だけ同じ", // the tag is new, the number is that of the first
		"A-6,端末6,,S006,00-1A-2B-00-00-06,", "A-7,端末4,例示,S007,,", ",端末4,例示,,,もう一度",
	}
	for i := 10; i < 70; i++ {
		rows = append(rows, fmt.Sprintf("B-%d,端末%d,例示,T%03d,00-1A-2B-00-01-%02X,", i, i, i, i))
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		list, single := csv(slices.Insert(slices.Clone(rows), 0, head)...), storetest.SQLite(t)
		takeBy(t, db, list, 0)
		takeBy(t, single, list, 1)
		for _, query := range []string{
			`SELECT row_no || '|' || name || '|' || outcome || '|' || problem FROM intake_row`,
			`SELECT label || '|' || kind || '|' || status || '|' || missing || '|' || contradictions || '|' || last_source || '|' || facet_key || '|' || search FROM asset_asset`,
			`SELECT a.label || '|' || i.id_key || '|' || i.slot || '|' || i.source FROM asset_identity i JOIN asset_asset a ON a.id = i.asset_id`,
			`SELECT a.label || '|' || f.field || '|' || f.section || '|' || f.value || '|' || f.source FROM asset_fact f JOIN asset_asset a ON a.id = f.asset_id WHERE f.gone_ms IS NULL`,
			`SELECT a.label || '|' || s.source || '|' || s.section || '|' || s.digest FROM asset_section s JOIN asset_asset a ON a.id = s.asset_id`,
			`SELECT a.label || '|' || s.source || '|' || s.device_key || '|' || s.digest FROM asset_source s JOIN asset_asset a ON a.id = s.asset_id`,
			`SELECT a.label || '|' || c.cause || '|' || c.key_value FROM asset_conflict c JOIN asset_asset a ON a.id = c.asset_id`,
		} {
			got, want := texts(t, db, query), texts(t, single, query)
			if !slices.Equal(got, want) {
				gone := func(s string) bool { return slices.Contains(want, s) }
				more := func(s string) bool { return slices.Contains(got, s) }
				t.Errorf("%s:\ntogether %q\nalone    %q", query, slices.DeleteFunc(slices.Clone(got), gone), slices.DeleteFunc(slices.Clone(want), more))
			}
		}
	})
}

func takeBy(t *testing.T, db *store.DB, list []byte, rows int) {
	t.Helper()
	c := &clock{t0}
	m := do(t, db, func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
		m, err := intake.Create(ctx, tx, intake.Upload{FacilityID: facilityA, FileName: "台帳.csv", Body: list, ByID: "u", By: "佐藤"}, c.now())
		if err == nil {
			m, err = intake.Arrange(ctx, tx, m.ID, m.Order.Columns, true, "佐藤", c.now())
		}
		if err != nil {
			return m, err
		}
		return intake.Start(ctx, tx, m.ID, c.now())
	})
	if err := (intake.Deps{DB: db, NowMS: c.now}.WithBatch(rows)).Run(t.Context(), m.ID, nil); err != nil {
		t.Fatal(err)
	}
}

func texts(t *testing.T, db *store.DB, query string) (out []string) {
	t.Helper()
	rows, err := db.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}
