//go:build unix

package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"

	"sonae/internal/migration"
	"sonae/internal/platform/store"
)

// One server serves one test binary; it ends with it.
var server struct {
	once     sync.Once
	url      string
	err      error
	none     bool
	migrated sync.Once
	template string    // name of the database that others are copied from
	life     io.Closer // the pipe whose end stops the server; held so that it is not collected
}

// PostgresURL gives the address of a fresh, empty database.
func PostgresURL(t testing.TB) string {
	t.Helper()
	serve(t)
	return fresh(t, "template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'")
}

// migratedURL is PostgresURL with the schema already there.
func migratedURL(t testing.TB) string {
	t.Helper()
	serve(t)
	server.migrated.Do(func() {
		server.template = "template_" + strings.ReplaceAll(store.NewID(), "-", "")
		admin(t, "CREATE DATABASE "+server.template+" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'")
		db, err := store.Open(context.Background(), store.Config{URL: databaseURL(server.template)}, migration.Files)
		if err != nil {
			t.Fatalf("make the template: %v", err)
		}
		if err := db.Close(); err != nil { // a template with connections cannot be copied
			t.Fatalf("close the template: %v", err)
		}
	})
	return fresh(t, server.template)
}

// serve starts the server when it is needed first; without PostgreSQL the test ends here.
func serve(t testing.TB) {
	t.Helper()
	server.once.Do(func() { server.url, server.none, server.err = start() })
	if server.none {
		if os.Getenv("CI") == "true" {
			t.Fatal("PostgreSQL is not installed: apt-get install postgresql")
		}
		t.Skip("PostgreSQL is not installed (apt-get install postgresql): its tests are left out")
	}
	if server.err != nil {
		t.Fatalf("start PostgreSQL: %v", server.err)
	}
}

// fresh makes a database for one test.
func fresh(t testing.TB, template string) string {
	t.Helper()
	name := "t" + strings.ReplaceAll(store.NewID(), "-", "")
	admin(t, "CREATE DATABASE "+name+" TEMPLATE "+template)
	t.Cleanup(func() { admin(t, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return databaseURL(name)
}

func databaseURL(name string) string {
	return strings.Replace(server.url, "/postgres?", "/"+name+"?", 1)
}

func admin(t testing.TB, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", server.url)
	if err != nil {
		t.Fatalf("reach PostgreSQL: %v", err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// binaries finds initdb and postgres: newest Debian version first, then PATH.
func binaries() (string, bool) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	sort.Slice(dirs, func(i, j int) bool { return version(dirs[i]) > version(dirs[j]) })
	for _, d := range dirs {
		if _, err := os.Stat(filepath.Join(d, "initdb")); err == nil {
			return d, true
		}
	}
	p, err := exec.LookPath("initdb")
	return filepath.Dir(p), err == nil
}

func version(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	return n
}

func start() (url string, none bool, err error) {
	bin, ok := binaries()
	if !ok {
		return "", true, nil
	}
	// Not under the test's own folder: the postgres user must be able to enter it.
	dir, err := os.MkdirTemp("", "sonae-pg-")
	if err != nil {
		return "", false, err
	}
	cred, err := credential(dir)
	if err != nil {
		return "", false, err
	}
	data := filepath.Join(dir, "data")
	run := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "sonae", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	run.Dir, run.SysProcAttr = dir, cred
	if out, err := run.CombinedOutput(); err != nil {
		return "", false, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return "", false, err
	}
	return launch(bin, dir, data, port, cred)
}

func launch(bin, dir, data string, port int, cred *syscall.SysProcAttr) (string, bool, error) {
	// The shell ends the server when this test binary (its standard input) is gone,
	// however it went, and removes the folder.
	script := `"$1/postgres" -D "$2" -p "$3" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync="$4" -c max_connections=120 -c shared_buffers=64MB >"$2/../log" 2>&1 & pg=$!; read _; kill -INT $pg; wait $pg; cd /; rm -rf "$5"`
	fsync := "off" // test databases are thrown away
	if os.Getenv("SONAE_BENCH") != "" {
		fsync = "on"
	}
	cmd := exec.Command("/bin/sh", "-c", script, "sh", bin, data, strconv.Itoa(port), fsync, dir)
	cmd.Dir, cmd.SysProcAttr = dir, cred
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return "", false, err
	}
	server.life = pipe
	if err := cmd.Start(); err != nil {
		return "", false, err
	}
	url := fmt.Sprintf("postgres://sonae@127.0.0.1:%d/postgres?sslmode=disable", port)
	if err := await(url); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		return "", false, fmt.Errorf("%w\n%s", err, log)
	}
	return url, false, nil
}

func await(url string) error {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if err = db.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no answer after 60 s: %w", err)
		case <-tick.C:
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// credential makes root step down to the postgres user, since PostgreSQL refuses
// to run as root; any other user runs it as themselves.
func credential(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("root needs a postgres user to start PostgreSQL as: %w", err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil //nolint:gosec // ids of a local user
}
