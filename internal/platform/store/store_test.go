package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/migration"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

func count(t *testing.T, q store.Querier, query string, args ...any) int {
	t.Helper()
	var n int
	if err := q.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestTxCommitsAndRollsBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		put := func(name string, fail error) error {
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				if err := store.SetSetting(ctx, tx, name, "v", 1); err != nil {
					return err
				}
				return fail
			})
		}
		broken := errors.New("broken")
		if err := put("kept", nil); err != nil {
			t.Fatal(err)
		}
		if err := put("dropped", broken); !errors.Is(err, broken) {
			t.Fatalf("got %v, want the error of fn", err)
		}
		if n := count(t, db, `SELECT count(*) FROM setting WHERE updated_ms = 1`); n != 1 {
			t.Errorf("got %d settings, want only the committed one", n)
		}
	})
}

// One failing transaction of a shared commit must not take the others with it.
func TestTxGroupsAreIndependent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					if err := store.SetSetting(ctx, tx, fmt.Sprint(i), "v", 1); err != nil {
						return err
					}
					if i%3 == 0 {
						return errors.New("no")
					}
					return nil
				})
				if (err != nil) != (i%3 == 0) {
					t.Errorf("transaction %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if n := count(t, db, `SELECT count(*) FROM setting WHERE updated_ms = 1`); n != 133 {
			t.Errorf("got %d settings, want 133", n)
		}
	})
}

func TestTxPanicReachesItsCallerOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		func() {
			defer func() {
				if p := recover(); p != "boom" {
					t.Errorf("got panic %v, want boom", p)
				}
			}()
			_ = db.Tx(t.Context(), func(context.Context, *store.Tx) error { panic("boom") })
		}()
		if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return store.SetSetting(ctx, tx, "after", "v", 1)
		}); err != nil {
			t.Fatalf("transaction after a panic: %v", err)
		}
	})
}

func TestKindOfUnique(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		insert := func() error {
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO setting (name, value, updated_ms) VALUES ('a', '', 0)`)
				return err
			})
		}
		if err := insert(); err != nil {
			t.Fatal(err)
		}
		if got := store.KindOf(insert()); got != store.KindUnique {
			t.Errorf("got kind %v, want unique", got)
		}
	})
}

func TestInsertMany(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		values := []string{"plain", `quote " ' -- %_\`, "日本語㈱髙", "line\nbreak", "<b>&amp;", "\u2028\u202e"}
		rows := make([][]any, 0, len(values))
		for i, v := range values {
			rows = append(rows, []any{fmt.Sprint("n", i), v, int64(1)<<60 + int64(i)})
		}
		cols := []store.Col{{Name: "name", Type: store.Text}, {Name: "value", Type: store.Text}, {Name: "updated_ms", Type: store.Int}}
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if err := tx.InsertMany(ctx, "setting", cols, rows, "ON CONFLICT DO NOTHING"); err != nil {
				return err
			}
			return tx.InsertMany(ctx, "setting", cols, rows, "ON CONFLICT DO NOTHING")
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			var got string
			var n int64
			if err := db.QueryRow(t.Context(), `SELECT value, updated_ms FROM setting WHERE name = $1`, fmt.Sprint("n", i)).Scan(&got, &n); err != nil {
				t.Fatal(err)
			}
			if got != v || n != int64(1)<<60+int64(i) {
				t.Errorf("got %q %d, want %q", got, n, v)
			}
		}
	})
}

var ports = store.Section{Table: "test_port", Owner: "asset_id", Volatile: 1,
	Cols: []store.Col{{Name: "process", Type: store.Text}, {Name: "public", Type: store.Bool}, {Name: "used_ms", Type: store.Int}}}

func TestSectionKeepsHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		sync := func(at int64, rows ...store.Row) (ch store.Change) {
			t.Helper()
			err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
				ch, err = ports.Sync(ctx, tx, "a1", "agent", at, rows)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return ch
		}
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `CREATE TABLE test_port (asset_id TEXT NOT NULL, source TEXT NOT NULL, row_key TEXT NOT NULL, digest BIGINT NOT NULL,
				process TEXT, public BOOLEAN NOT NULL, used_ms BIGINT, first_ms BIGINT NOT NULL, gone_ms BIGINT, PRIMARY KEY (asset_id, source, row_key, first_ms))`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		ssh := store.Row{Key: "tcp/22", Values: []any{"sshd", true, int64(5)}}
		web := store.Row{Key: "tcp/80", Values: []any{"nginx", false, nil}}
		steps := []struct {
			at   int64
			rows []store.Row
			want store.Change
		}{
			{100, []store.Row{ssh, web}, store.Change{Added: 2}},
			{200, []store.Row{ssh, web, web}, store.Change{}},
			{300, []store.Row{ssh, {Key: "tcp/80", Values: []any{"caddy", false, nil}}}, store.Change{Changed: 1}},
			{400, []store.Row{{Key: "tcp/22", Values: []any{"sshd", true, int64(9)}}}, store.Change{Gone: 1}},
			{500, []store.Row{ssh, web}, store.Change{Added: 1}},
		}
		for _, s := range steps {
			if diff := cmp.Diff(s.want, sync(s.at, s.rows...)); diff != "" {
				t.Errorf("at %d (-want +got):\n%s", s.at, diff)
			}
		}
		for at, want := range map[int64]int{50: 0, 100: 2, 350: 2, 400: 1, 499: 1, 500: 2} {
			if got := count(t, db, `SELECT count(*) FROM test_port WHERE `+store.AsOf("", 1), at); got != want {
				t.Errorf("as of %d: got %d rows, want %d", at, got, want)
			}
		}
	})
}

func TestLikeFindsWildcardsLiterally(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for text, want := range map[string]bool{"50%_OFF\\": true, "50xxOFF": false} {
			var got bool
			if err := db.QueryRow(t.Context(), `SELECT lower($1) LIKE $2 ESCAPE '\'`, text, store.Like("0%_off\\")).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%q: got %v", text, got)
			}
		}
	})
}

func TestStatementsAreBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for i := range 500 {
			if got := count(t, db, "SELECT "+strings.Repeat("1 + ", i%3)+fmt.Sprint(i)); got != i+i%3 {
				t.Fatalf("got %d, want %d", got, i+i%3)
			}
		}
	})
}

func BenchmarkInsertMany300(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			db := storetest.SQLite(b)
			if engine == "postgres" {
				db = storetest.Postgres(b)
			}
			cols := []store.Col{{Name: "name", Type: store.Text}, {Name: "value", Type: store.Text}, {Name: "updated_ms", Type: store.Int}}
			for b.Loop() {
				rows := make([][]any, 300)
				for i := range rows {
					rows[i] = []any{store.NewID(), "value", int64(i)}
				}
				if err := db.Tx(b.Context(), func(ctx context.Context, tx *store.Tx) error {
					return tx.InsertMany(ctx, "setting", cols, rows, "")
				}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Somebody who imports a list at the terminal writes beside a server that writes without
// end: both get their turn.
func TestTwoProcessesShareTheFile(t *testing.T) {
	folder := t.TempDir()
	open := func() *store.DB {
		db, err := store.Open(t.Context(), store.Config{DataDir: folder}, migration.Files)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	put := func(db *store.DB, name string) error {
		return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error { return store.SetSetting(ctx, tx, name, "v", 1) })
	}
	server, terminal := open(), open()
	stop := make(chan struct{})
	var busy sync.WaitGroup
	for i := range 16 {
		busy.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := put(server, fmt.Sprint("s", i, n%50)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 10 {
		if err := put(terminal, fmt.Sprint("t", i)); err != nil {
			t.Errorf("write %d of the terminal: %v", i, err)
		}
	}
	close(stop)
	busy.Wait()
	if n := count(t, server, `SELECT count(*) FROM setting WHERE name LIKE 't%' AND updated_ms = 1`); n != 10 {
		t.Errorf("%d writes of the terminal are there", n)
	}
}
