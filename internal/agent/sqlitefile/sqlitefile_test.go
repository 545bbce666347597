package sqlitefile

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"
)

// make a database with SQLite itself; wal leaves the changes in the log.
func build(t testing.TB, pageSize int, wal bool, statements ...string) (file, log []byte) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "test.db")
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	mode := "DELETE"
	if wal {
		mode = "WAL"
	}
	first := []string{fmt.Sprintf("PRAGMA page_size=%d", pageSize), "PRAGMA journal_mode=" + mode, "PRAGMA wal_autocheckpoint=0"}
	for _, s := range append(first, statements...) {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	if wal { // closing would empty the log
		file, log = readFile(t, name), readFile(t, name+"-wal")
		db.Close()
		return file, log
	}
	db.Close()
	return readFile(t, name), nil
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func rows(file, log []byte, table string) ([][]Value, error) {
	var db *DB
	var err error
	if log == nil {
		db, err = Open(bytes.NewReader(file), int64(len(file)), nil, 0)
	} else {
		db, err = Open(bytes.NewReader(file), int64(len(file)), bytes.NewReader(log), int64(len(log)))
	}
	if err != nil {
		return nil, err
	}
	var got [][]Value
	err = db.Rows(table, func(id int64, columns []Value) error {
		got = append(got, append([]Value{id}, columns...))
		return nil
	})
	return got, err
}

func TestRows(t *testing.T) {
	long := strings.Repeat("長い", 20000)
	file, _ := build(t, 512, false,
		"CREATE TABLE other(x)", "INSERT INTO other VALUES('not this one')",
		"CREATE TABLE t(n INTEGER, r REAL, s TEXT, b BLOB, z)",
		"INSERT INTO t VALUES(1, 1.5, 'あ', x'00ff', NULL)", "INSERT INTO t VALUES(-1, -2.25, '', x'', 0)",
		"INSERT INTO t VALUES(9223372036854775807, 0.0, '"+long+"', NULL, 1)", "INSERT INTO t VALUES(-129, 3.0, 'x', NULL, 8388608)",
	)
	got, err := rows(file, nil, "t")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]Value{
		{int64(1), int64(1), 1.5, "あ", []byte{0, 255}, nil},
		{int64(2), int64(-1), -2.25, "", []byte{}, int64(0)},
		{int64(3), int64(9223372036854775807), int64(0), long, nil, int64(1)}, // SQLite keeps whole reals as integers
		{int64(4), int64(-129), int64(3), "x", nil, int64(8388608)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%.3000s", diff)
	}
	if _, err := rows(file, nil, "missing"); !errors.Is(err, ErrFormat) {
		t.Errorf("missing table: error = %v, want ErrFormat", err)
	}
}

// TestDeepTree has interior pages of several levels.
func TestDeepTree(t *testing.T) {
	for _, pageSize := range []int{512, 4096, 65536} {
		file, _ := build(t, pageSize, false, "CREATE TABLE t(a TEXT)",
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 20000) INSERT INTO t SELECT 'row ' || i FROM n")
		got, err := rows(file, nil, "t")
		if err != nil || len(got) != 20000 || got[19999][1] != "row 20000" {
			t.Errorf("pages of %d: %d rows, %v; want 20000", pageSize, len(got), err)
		}
	}
}

// TestLog reads what only stands in the write-ahead log, and not what was never
// committed there.
func TestLog(t *testing.T) {
	file, log := build(t, 4096, true, "CREATE TABLE t(a)", "INSERT INTO t VALUES('old')", "UPDATE t SET a = 'new'", "INSERT INTO t VALUES('more')")
	got, err := rows(file, log, "t")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]Value{{int64(1), "new"}, {int64(2), "more"}}, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for cut := len(log) - 1; cut > len(log)-4096; cut -= 1000 { // the last commit is not whole
		got, err := rows(file, log[:cut], "t")
		if err != nil || len(got) != 1 || got[0][1] != "new" {
			t.Errorf("log cut at %d: %v, %v; want the commit before", cut, got, err)
		}
	}
}

func FuzzRows(f *testing.F) {
	file, log := build(f, 512, true, "CREATE TABLE t(a, b)", "INSERT INTO t VALUES(1, '"+strings.Repeat("x", 2000)+"')")
	f.Add(file, log)
	plain, _ := build(f, 512, false, "CREATE TABLE t(a, b)", "INSERT INTO t VALUES(1, '"+strings.Repeat("x", 2000)+"')")
	f.Add(plain, []byte{})
	f.Fuzz(func(t *testing.T, file, log []byte) {
		_, _ = rows(file, log, "t") // no panic, no endless walk
	})
}
