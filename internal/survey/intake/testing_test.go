package intake_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
)

const (
	facilityA = "01900000-0000-7000-8000-00000000000a"
	t0        = int64(1_790_000_000_000)
)

var everything = asset.Scope{All: true}

// do runs fn in a transaction and fails the test on error.
func do[T any](t testing.TB, db *store.DB, fn func(context.Context, *store.Tx) (T, error)) T {
	t.Helper()
	out, err := try(t, db, fn)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func try[T any](t testing.TB, db *store.DB, fn func(context.Context, *store.Tx) (T, error)) (out T, err error) {
	t.Helper()
	err = db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		out, err = fn(ctx, tx)
		return err
	})
	return out, err
}

// clock gives every batch a time of its own.
type clock struct{ ms int64 }

func (c *clock) now() int64 { c.ms += 1000; return c.ms }

// hospital writes the ledger of a fictional hospital as its office would: CP932, a
// title above the headings, eras, full-width numbers, words of the field.
func hospital(t testing.TB, rows int) []byte {
	t.Helper()
	var b strings.Builder
	b.WriteString("架空市立みなと病院　情報機器台帳（令和７年度）,,,,\r\n,,\r\n")
	b.WriteString("管理番号,機器種別,機器名,メーカー,型番,シリアル番号,ホスト名,IPアドレス,MACアドレス,OS,OSバージョン,メモリ(GB),部署,設置場所,管理者,購入日,保証期限,患者情報,リモート保守,備考\r\n")
	for i := range rows {
		kind := []string{"ノートＰＣ", "サーバー", "L2スイッチ", "複合機", "医療機器"}[i%5]
		fmt.Fprintf(&b, "Ｍ－%05d,%s,%s%d,株式会社例示製作所,ＸＬ－%d,SN%08X,MNT-%04d,10.%d.%d.%d,00-1A-2B-%02X-%02X-%02X,Windows 11 Pro,23H2,１６,%s,%d階 %s室,例示 太郎%d,令和%d年%d月%d日,R%d.%d.%d,%s,×,\"一行目\r\n二行目 №%d\"\r\n",
			i, kind, "端末", i, i%90, i*7919+0xA0000000, i, i/65536, i/256%256, i%256, i/65536, i/256%256, i%256, []string{"外来", "病棟３階", "放射線科", "髙度医療室"}[i%4],
			i%8+1, "①", i%50, i%7+2, i%12+1, i%28+1, i%3+8, i%12+1, i%28+1, []string{"○", "無"}[i%2], i)
	}
	out, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// csv joins rows with commas.
func csv(rows ...string) []byte { return []byte(strings.Join(rows, "\r\n") + "\r\n") }

// plan reads a list with the proposed columns and foresees it.
func plan(t testing.TB, db *store.DB, body []byte, withoutNumber bool) intake.Plan {
	t.Helper()
	l, err := intake.Read(body, "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := intake.Foresee(t.Context(), db, l, intake.Order{FacilityID: facilityA, FileName: "台帳.csv", Columns: intake.Propose(l.Headings), WithoutNumber: withoutNumber}, t0)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// take imports a list to its end.
func take(t testing.TB, db *store.DB, c *clock, name string, body []byte, withoutNumber bool) intake.Import {
	t.Helper()
	m := do(t, db, func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
		m, err := intake.Create(ctx, tx, intake.Upload{FacilityID: facilityA, FileName: name, Body: body, ByID: "u", By: "佐藤"}, c.now())
		if err != nil {
			return m, err
		}
		if withoutNumber {
			if m, err = intake.Arrange(ctx, tx, m.ID, m.Order.Columns, true, "佐藤", c.now()); err != nil {
				return m, err
			}
		}
		return intake.Start(ctx, tx, m.ID, c.now())
	})
	return run(t, db, c, m.ID)
}

// run carries an import on to its end.
func run(t testing.TB, db *store.DB, c *clock, id string) intake.Import {
	t.Helper()
	if err := (intake.Deps{DB: db, NowMS: c.now}).Run(t.Context(), id, nil); err != nil {
		t.Fatal(err)
	}
	m, err := intake.ByID(t.Context(), db, id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func undo(t testing.TB, db *store.DB, c *clock, id string) intake.Import {
	t.Helper()
	do(t, db, func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
		return intake.Undo(ctx, tx, id, "鈴木")
	})
	return run(t, db, c, id)
}

// ledger lists all assets by name.
func ledger(t testing.TB, db *store.DB) map[string]asset.Asset {
	t.Helper()
	out := map[string]asset.Asset{}
	cursor := ""
	for {
		page, err := asset.List(t.Context(), db, asset.Filter{Scope: everything}, asset.Page{Limit: 200, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Items {
			name := a.Name
			if name == "" {
				name = a.ID
			}
			out[name] = a
		}
		if cursor = page.Next; cursor == "" {
			return out
		}
	}
}
