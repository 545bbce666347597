package audit_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/review/audit"
)

// cell is one column of one row, found by its key column.
type cell struct {
	table, key, col string
	id              int64
}

func (c cell) read(t *testing.T, db *store.DB) any {
	t.Helper()
	var v any
	q := fmt.Sprintf(`SELECT %s FROM %s WHERE %s = $1`, c.col, c.table, c.key)
	if err := db.QueryRow(context.Background(), q, c.id).Scan(&v); err != nil {
		t.Fatalf("%+v: %v", c, err)
	}
	return v
}

func exec(t *testing.T, db *store.DB, query string, args ...any) error {
	t.Helper()
	return db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	})
}

// with sets the cell, runs fn and puts the old value back. A value that the
// database itself refuses (a key that exists) is no damage.
func (c cell) with(t *testing.T, db *store.DB, old, v any, fn func(what string)) {
	t.Helper()
	set := fmt.Sprintf(`UPDATE %s SET %s = $1 WHERE %s = $2`, c.table, c.col, c.key)
	if err := exec(t, db, set, v, c.id); err != nil {
		if store.KindOf(err) != store.KindUnique {
			t.Fatalf("%+v: %v", c, err)
		}
		return
	}
	fn(fmt.Sprintf("%s %d %s: %q → %q", c.table, c.id, c.col, old, v))
	id := any(c.id)
	if c.col == c.key {
		id = v
	}
	if err := exec(t, db, set, old, id); err != nil {
		t.Fatal(err)
	}
}

// variants gives the value with each byte changed in turn (each bit of a number).
func variants(old any) []any {
	var out []any
	switch v := old.(type) {
	case []byte:
		for i := range v {
			b := bytes.Clone(v)
			b[i] ^= 1
			out = append(out, b)
		}
		out = append(out, append(bytes.Clone(v), 0), []byte{})
	case string:
		for i := range len(v) {
			b := []byte(v)
			b[i] ^= 1
			out = append(out, string(b))
		}
		out = append(out, v+" ")
		if v != "" {
			out = append(out, "")
		}
	case int64:
		for bit := range 63 {
			out = append(out, v^1<<bit)
		}
		out = append(out, -v-1)
	}
	return out
}

var columns = map[string]struct {
	key  string
	cols []string
}{
	"audit_entry": {"seq", []string{"seq", "body", "at_ms", "actor_kind", "actor_id", "actor_name", "action", "object_kind",
		"object_id", "object_name", "facility_id", "address"}},
	"audit_hash":       {"idx", []string{"idx", "hash"}},
	"audit_head":       {"id", []string{"id", "size", "frontier"}},
	"audit_checkpoint": {"size", []string{"size", "at_ms", "note"}},
}

func ids(t *testing.T, db *store.DB, table string) []int64 {
	t.Helper()
	rows, err := db.Query(context.Background(), fmt.Sprintf(`SELECT %s FROM %s ORDER BY 1`, columns[table].key, table))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var out []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		out = append(out, id)
	}
	return out
}

// owner is the entry that a row belongs to: what a report must name.
func owner(table string, id int64) (int64, bool) {
	switch table {
	case "audit_entry", "audit_checkpoint":
		return id, true
	case "audit_hash":
		level, n := tlog.SplitStoredHashIndex(id)
		return (n+1)<<level - 1, true // the leaf that completes the subtree
	}
	return 0, false // the head belongs to no entry
}

func expect(t *testing.T, r audit.Report, table string, id int64, what string) {
	t.Helper()
	if r.OK() {
		t.Errorf("not found: %s", what)
		return
	}
	if want, ok := owner(table, id); ok && r.Damage.Seq != want {
		t.Errorf("%s: named %d (%s %s), want %d", what, r.Damage.Seq, r.Damage.Kind, r.Damage.Detail, want)
	}
}

func TestEveryChangedByteIsFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := openLog(t, db)
		fill(t, db, 2)
		if _, err := log.Sign(t.Context()); err != nil {
			t.Fatal(err)
		}
		fill(t, db, 1)
		count := 0
		for table, c := range columns {
			for _, id := range ids(t, db, table) {
				for _, col := range c.cols {
					at := cell{table, c.key, col, id}
					old := at.read(t, db)
					for _, v := range variants(old) {
						at.with(t, db, old, v, func(what string) {
							count++
							expect(t, verify(t, log), table, id, what)
						})
					}
				}
			}
		}
		if r := verify(t, log); !r.OK() {
			t.Errorf("after putting everything back: %+v", r.Damage)
		}
		t.Logf("%d changes", count)
		if count < 2000 {
			t.Errorf("only %d changes tried", count)
		}
	})
}

func TestEveryDroppedRowIsFound(t *testing.T) {
	for table, c := range columns {
		if table == "audit_checkpoint" {
			continue // a missing checkpoint proves less, but damages nothing
		}
		t.Run(table, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				log := openLog(t, db)
				fill(t, db, 6)
				for _, id := range ids(t, db, table) {
					// Out of sight is as good as gone, and can be put back.
					move := fmt.Sprintf(`UPDATE %s SET %s = $1 WHERE %s = $2`, table, c.key, c.key)
					if err := exec(t, db, move, 1_000_000, id); err != nil {
						t.Fatal(err)
					}
					gone := fmt.Sprintf(`UPDATE %s SET %s = $1 WHERE %s = $2`, table, c.key, c.key)
					expect(t, verify(t, log), table, id, fmt.Sprintf("row %d moved away", id))
					if err := exec(t, db, gone, id, 1_000_000); err != nil {
						t.Fatal(err)
					}
				}
				last := ids(t, db, table)
				id := last[len(last)/2]
				if err := exec(t, db, fmt.Sprintf(`DELETE FROM %s WHERE %s = $1`, table, c.key), id); err != nil {
					t.Fatal(err)
				}
				expect(t, verify(t, log), table, id, fmt.Sprintf("row %d deleted", id))
			})
		})
	}
}

func TestSwappedEntriesAreFound(t *testing.T) {
	swap := func(t *testing.T, db *store.DB, a, b int64) {
		t.Helper()
		for _, step := range [][2]int64{{a, -1}, {b, a}, {-1, b}} {
			if err := exec(t, db, `UPDATE audit_entry SET seq = $1 WHERE seq = $2`, step[1], step[0]); err != nil {
				t.Fatal(err)
			}
		}
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := openLog(t, db)
		fill(t, db, 6)
		for a := range int64(6) {
			for b := a + 1; b < 6; b++ {
				swap(t, db, a, b)
				if r := verify(t, log); r.OK() || r.Damage.Seq != a || r.Damage.Kind != audit.DamageColumn {
					t.Errorf("%d ↔ %d: %+v", a, b, r.Damage)
				}
				swap(t, db, a, b)
				if r := verify(t, log); !r.OK() {
					t.Fatalf("%d ↔ %d put back: %+v", a, b, r.Damage)
				}
			}
		}
	})
}

// forge replaces the whole log by an honest-looking one of n entries: what
// somebody could do who has the database but not the server key.
func forge(t *testing.T, db *store.DB, n int) {
	t.Helper()
	for _, q := range []string{`DELETE FROM audit_entry`, `DELETE FROM audit_hash`, `UPDATE audit_head SET size = 0, frontier = $1`} {
		var args []any
		if q[:6] == "UPDATE" {
			args = append(args, []byte{})
		}
		if err := exec(t, db, q, args...); err != nil {
			t.Fatal(err)
		}
	}
	fill(t, db, n)
}

func TestRewrittenLogIsFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := openLog(t, db)
		fill(t, db, 3)
		if _, err := log.Sign(t.Context()); err != nil {
			t.Fatal(err)
		}
		fill(t, db, 4)
		kept, err := log.Sign(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		forge(t, db, 9) // all hashes consistent, other times
		if r := verify(t, log); r.OK() || r.Damage.Kind != audit.DamageRewritten || r.Damage.Seq != 0 || r.Damage.LastSeq != 2 {
			t.Errorf("rewritten: %+v", r.Damage)
		}
		forge(t, db, 2) // the tail dropped, head and hashes made to fit
		if r := verify(t, log); r.OK() || r.Damage.Kind != audit.DamageMissing || r.Damage.Seq != 2 {
			t.Errorf("dropped tail: %+v", r.Damage)
		}
		if err := exec(t, db, `DELETE FROM audit_checkpoint`); err != nil {
			t.Fatal(err)
		}
		// Nothing in the database tells any more; the checkpoint kept elsewhere does.
		if r := verify(t, log, kept.Note); r.OK() || r.Damage.Seq != 2 {
			t.Errorf("dropped tail and checkpoints: %+v", r.Damage)
		}
		if _, err := log.Verify(t.Context(), []byte("nonsense")); err == nil {
			t.Error("a nonsense checkpoint was taken")
		}
	})
}
