//go:build linux

package bench

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"sonae/internal/platform/store/storetest"
	"sonae/internal/server/servertest"
)

// Sizes of the measurement. While tuning, SONAE_BENCH_ASSETS makes a shorter run, and
// SONAE_BENCH_KEEP names a folder in which the filled SQLite database stays for the
// next run.
const (
	fullReports   = 1500
	fullPackages  = 300
	rounds        = 2 // unchanged reports a machine
	ledgerAssets  = 10000
	ledgerPackage = 200
	packAssets    = 3000
	clients       = 16
)

func TestMain(m *testing.M) { servertest.Main(m) }

func TestFigures(t *testing.T) {
	needBench(t)
	for _, engine := range []string{"sqlite", "postgres"} {
		if only := os.Getenv("SONAE_BENCH_ENGINE"); only != "" && only != engine {
			continue
		}
		t.Run(engine, func(t *testing.T) {
			database := func() string {
				if engine == "postgres" {
					return storetest.PostgresURL(t)
				}
				return ""
			}
			t.Run("ingest", func(t *testing.T) { ingest(t, engine, t.TempDir(), database()) })
			t.Run("ledger", func(t *testing.T) {
				data := t.TempDir()
				if keep := os.Getenv("SONAE_BENCH_KEEP"); keep != "" && engine == "sqlite" {
					data = keep
				}
				ledger(t, engine, data, database())
			})
			t.Run("import", func(t *testing.T) { importList(t, engine, t.TempDir(), database()) })
			t.Run("fleet", func(t *testing.T) { simulated(t, engine, t.TempDir(), database()) })
			t.Run("pack", func(t *testing.T) { pack(t, engine, t.TempDir(), database()) })
		})
	}
	t.Run("agent", agentBesideOthers)
	t.Run("wire", wireBytes)
	t.Run("day", agentDay)
}

// fill enrols machines and gives them; their reports are not sent yet.
func fill(t *testing.T, p *servertest.Process, n, packages int) []*servertest.Machine {
	t.Helper()
	_, token := p.Prepare(t, n)
	machines := make([]*servertest.Machine, n)
	if err := servertest.Each(n, clients, func(i int) (err error) {
		machines[i], err = p.Enroll(token, i, packages)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	progress("%d machines enrolled", n)
	return machines
}

type packed struct {
	device    string
	body      []byte
	signature string
}

func pack1(m *servertest.Machine) (packed, error) {
	b, sig, err := m.Body()
	return packed{m.Device, b, sig}, err
}

// ingest measures full and unchanged reports; packing and signing happen before
// the clock starts, since they belong to the agents.
func ingest(t *testing.T, engine, data, database string) {
	p := serve(t, data, database)
	machines := fill(t, p, fullReports, fullPackages)
	bodies := make([]packed, len(machines))
	for i, m := range machines {
		var err error
		if bodies[i], err = pack1(m); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	if err := servertest.Each(len(bodies), clients, func(i int) error { return p.Send(bodies[i].device, bodies[i].body, bodies[i].signature) }); err != nil {
		t.Fatal(err)
	}
	atLeast("ingest_full_reports_per_s", engine, float64(len(bodies))/time.Since(start).Seconds(), "1/s", 150)

	var again []packed
	for round := range rounds {
		for _, m := range machines {
			m.Report.Seq = int64(2 + round)
			m.Report.CollectedMS = time.Now().UnixMilli()
			m.Report.Sections = m.Report.Sections.Only()
			one, err := pack1(m)
			if err != nil {
				t.Fatal(err)
			}
			again = append(again, one)
		}
	}
	start = time.Now()
	if err := servertest.Each(len(again), clients, func(i int) error { return p.Send(again[i].device, again[i].body, again[i].signature) }); err != nil {
		t.Fatal(err)
	}
	atLeast("ingest_unchanged_reports_per_s", engine, float64(len(again))/time.Since(start).Seconds(), "1/s", 2000)
	atMost("report_unchanged_wire_bytes", engine, float64(len(again[0].body)), "B", 1000)
	stored(t, p, len(machines))
}

// stored checks that what was acknowledged is there.
func stored(t *testing.T, p *servertest.Process, want int) {
	t.Helper()
	var page struct {
		Total int `json:"total"`
	}
	if err := p.Call(http.MethodGet, "/api/v1/assets?limit=1", nil, &page); err != nil {
		t.Fatal(err)
	}
	if page.Total != want {
		t.Errorf("%d assets in the ledger after %d acknowledged machines", page.Total, want)
	}
}

// load sends the first report of n machines.
func load(t *testing.T, p *servertest.Process, n, packages int) {
	t.Helper()
	machines := fill(t, p, n, packages)
	start := time.Now()
	if err := servertest.Each(n, clients, func(i int) error {
		one, err := pack1(machines[i])
		if err != nil {
			return err
		}
		return p.Send(one.device, one.body, one.signature)
	}); err != nil {
		t.Fatal(err)
	}
	progress("%d reports in %s", n, time.Since(start).Round(time.Second))
}

func ledgerSize() int {
	if n, err := strconv.Atoi(os.Getenv("SONAE_BENCH_ASSETS")); err == nil {
		return n
	}
	return ledgerAssets
}

// ledger measures lists, start and idle memory on a large database.
func ledger(t *testing.T, engine, data, database string) {
	p := serve(t, data, database)
	if token, err := os.ReadFile(filepath.Join(data, "bench-token")); err == nil {
		p.Token = string(token) // filled by a run before: see SONAE_BENCH_KEEP
	} else {
		load(t, p, ledgerSize(), ledgerPackage)
		if err := os.WriteFile(filepath.Join(data, "bench-token"), []byte(p.Token), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	idle(t, p)
	queries := []string{"", "?q=PC-01", "?q=" + url.QueryEscape("例示") + "&limit=50", "?kind=pc&sort=-last_seen", "?q=10.20.3", "?silence=silent", "?status=in_use&sort=name&limit=100", "?q=EX0000123"}
	var times []time.Duration
	for i := range 210 {
		q := queries[i%len(queries)]
		if q == "" {
			q = "?limit=50"
		}
		start := time.Now()
		if err := p.Call(http.MethodGet, "/api/v1/assets"+q+"&facets=true", nil, nil); err != nil {
			t.Fatal(err)
		}
		times = append(times, time.Since(start))
	}
	atMost("ledger_list_p95_ms", engine, percentile(times, 0.95), "ms", 50)
	ledgerPage(t, engine, p)
	p.Stop()

	token := p.Token
	p = serve(t, data, database)
	p.Token = token
	atMost("start_ms", engine, float64(p.Ready.Milliseconds()), "ms", 1000)
	if err := p.Call(http.MethodGet, "/api/v1/assets?limit=50&facets=true", nil, nil); err != nil {
		t.Fatal(err)
	}
	idle(t, p)
	atMost("memory_idle_mb", engine, p.ResidentMB(t), "MB", 120)
}

// idle waits until the jobs of the start are done: until the server uses less than a
// hundredth of a core for ten seconds.
func idle(t *testing.T, p *servertest.Process) {
	t.Helper()
	for range 60 {
		before := p.CPU(t)
		time.Sleep(10 * time.Second)
		if p.CPU(t)-before < 100*time.Millisecond {
			return
		}
	}
	t.Error("the server does not come to rest within 10 minutes")
}

// pack measures the inspection pack as the command makes it.
func pack(t *testing.T, engine, data, database string) {
	p := serve(t, data, database)
	load(t, p, packAssets, 50)
	out := filepath.Join(t.TempDir(), "pack.zip")
	start := time.Now()
	cmd := exec.Command(binary(t, "sonae"), "pack", "--data", data, "--database", database, "--secret-key", servertest.Key, "--edition", "r7", "--facility", "計測病院", "--date", time.Now().Format(time.DateOnly), "--out", out) //nolint:gosec // ours
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	atMost("pack_3000_assets_s", engine, time.Since(start).Seconds(), "s", 10)
	info, err := os.Stat(out)
	if err != nil || info.Size() < 100_000 {
		t.Errorf("the pack is missing or too small: %v", err)
	}
}

func binary(t *testing.T, name string) string {
	t.Helper()
	p, err := filepath.Abs("../../bin/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p); err != nil {
		t.Fatalf("%v: run make build", err)
	}
	return p
}

func serve(t *testing.T, data, database string) *servertest.Process {
	t.Helper()
	o := servertest.Options{Data: data, Database: database, Binary: binary(t, "sonae")}
	if os.Getenv("SONAE_TEST_PROFILE") != "" {
		o.Binary = "" // only the test binary profiles itself
	}
	return servertest.Start(t, o)
}
