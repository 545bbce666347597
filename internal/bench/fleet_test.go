//go:build linux

package bench

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"sonae/internal/bench/fleet"
	"sonae/internal/server/servertest"
)

// Sizes of the fleet. While tuning, SONAE_BENCH_FLEET makes a smaller one and
// SONAE_BENCH_SPREAD a faster one.
const (
	fleetAgents = 10000
	fleetSpread = 15 * time.Minute
	fleetRush   = 2 * time.Minute // the same in compressed time
)

// simulated measures a hospital's machines, each with its own key, certificate and
// TLS connection, against one server that shares the processors with them.
func simulated(t *testing.T, engine, data, database string) {
	agents, spread, rush := fleetSize(t)
	dir, err := fleet.MemoryDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p := servertest.Start(t, servertest.Options{Data: data, Database: database, Binary: binary(t, "sonae"), TLS: true})
	_, token := p.Prepare(t, agents)
	f, err := fleet.New(fleet.Options{Agents: agents, Server: p.URL, Pin: p.Pin(t), Token: token, Dir: dir, Seed: 1, Ago: 25 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	tell("fleet_agents", engine, float64(agents), "1")
	ctx := t.Context()
	// A day before: everything for the first time.
	first := round1(t, p, engine, "first", func() fleet.Wave { return f.CheckIn(ctx, spread, false) })
	tell("fleet_first_cpu_ms", engine, first.cpuMS, "ms")
	size := databaseBytes(t, p)
	tell("fleet_first_database_bytes", engine, size/float64(agents), "B")

	// The day's outage ends for all in two minutes; a third of them has something new.
	f.CatchUp()
	f.Change(3)
	back := round1(t, p, engine, "catchup", func() fleet.Wave { return f.CheckIn(ctx, rush, false) })
	atMost("fleet_catchup_s", engine, back.Took.Seconds(), "s", (15 * time.Minute).Seconds())
	tell("fleet_catchup_cpu_ms", engine, back.cpuMS, "ms")
	day := databaseBytes(t, p) - size
	tell("fleet_day_database_bytes", engine, day/float64(agents), "B")
	tell("fleet_three_years_database_gb", engine, (size+3*365*day)/1e9, "GB")

	calm := round1(t, p, engine, "unchanged", func() fleet.Wave { return f.CheckIn(ctx, spread, true) })
	atMost("fleet_unchanged_p99_ms", engine, calm.P99, "ms", 100)
	atMost("fleet_unchanged_s", engine, calm.Took.Seconds(), "s", (15*time.Minute + 30*time.Second).Seconds())
	tell("fleet_unchanged_cpu_ms", engine, calm.cpuMS, "ms")
	hurry := round1(t, p, engine, "unchanged_rush", func() fleet.Wave { return f.CheckIn(ctx, rush, true) })
	tell("fleet_unchanged_rush_p99_ms", engine, hurry.P99, "ms")
}

func fleetSize(t *testing.T) (agents int, spread, rush time.Duration) {
	t.Helper()
	agents, spread, rush = fleetAgents, fleetSpread, fleetRush
	if n, err := strconv.Atoi(os.Getenv("SONAE_BENCH_FLEET")); err == nil {
		agents = n
	}
	if d, err := time.ParseDuration(os.Getenv("SONAE_BENCH_SPREAD")); err == nil {
		spread, rush = d, min(rush, d)
	}
	return agents, spread, rush
}

// wave is a round with what it cost the server.
type wave struct {
	fleet.Wave
	cpuMS float64 // processor time of the server a check-in
}

// round1 runs one round and checks that everything acknowledged is in the database.
func round1(t *testing.T, p *servertest.Process, engine, name string, run func() fleet.Wave) wave {
	t.Helper()
	start, cpu := time.Now().UnixMilli(), p.CPU(t)
	w := run()
	spent := p.CPU(t) - cpu
	w.Print(os.Stderr, name)
	atMost("fleet_"+name+"_errors", engine, float64(w.Failed), "1", 0)
	tell("fleet_"+name+"_told_to_wait", engine, float64(w.Waited), "1")
	if got := count(t, p, `SELECT COUNT(*) FROM identity_device WHERE last_seen_ms >= $1`, start); got != w.Done {
		t.Errorf("%s: %d check-ins acknowledged, %d stored", name, w.Done, got)
	}
	if got := count(t, p, `SELECT COUNT(*) FROM asset_asset`); name == "first" && got != w.Done {
		t.Errorf("%d machines acknowledged, %d in the ledger", w.Done, got)
	}
	return wave{w, float64(spent.Milliseconds()) / float64(max(w.Done, 1))}
}

func count(t *testing.T, p *servertest.Process, query string, args ...any) int {
	t.Helper()
	var n int
	if err := p.Rooms(t).DB.QueryRow(context.Background(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// databaseBytes is what the database takes.
func databaseBytes(t *testing.T, p *servertest.Process) float64 {
	t.Helper()
	db := p.Rooms(t).DB
	query := `SELECT pg_database_size(current_database())`
	if db.Path() != "" {
		query = `SELECT (page_count - freelist_count) * page_size FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()`
	}
	var n int64
	if err := db.QueryRow(context.Background(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return float64(n)
}
