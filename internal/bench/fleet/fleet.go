package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"sonae/internal/agent"
	"sonae/internal/wire"
)

// Options of a fleet. Server, Token and Dir are required.
type Options struct {
	Agents int    // machines; 1–16,777,216
	Server string // "https://…"
	Pin    string // of the server's key; "" = its certificate is signed by somebody known
	Token  string // enrolment token for so many machines
	Dir    string // state folders; in memory (tmpfs), or the disk is what gets measured
	Seed   uint64
	Ago    time.Duration // the first reports are this old, as if nobody had reported since
}

// Fleet is a number of agents.
type Fleet struct {
	options  Options
	machines []*machine
	late     time.Duration // how far the agents' clocks are behind
}

// machine is one agent. Its digests are kept, since making an inventory costs more
// than reporting it; a real agent makes it on its own machine.
type machine struct {
	agent   *agent.Agent
	changes int
	digests map[wire.Section]string
}

// New makes the agents. Nothing is sent yet.
func New(o Options) (*Fleet, error) {
	f := &Fleet{options: o, machines: make([]*machine, o.Agents), late: o.Ago}
	for n := range f.machines {
		m := &machine{}
		var err error
		m.agent, err = agent.New(agent.Config{
			Shared:    true,
			ServerURL: o.Server, Pin: o.Pin, Token: o.Token, StateDir: filepath.Join(o.Dir, fmt.Sprintf("%08d", n)), Version: "0.0.0-simulated",
			Log: slog.New(slog.DiscardHandler), Now: f.now, Random: rand.New(rand.NewPCG(o.Seed, uint64(n))).Float64, //nolint:gosec // start times, not secrets
			Collect: func(_ context.Context, version string) (wire.Report, error) { return f.report(n, m, version), nil },
		})
		if err != nil {
			return nil, err
		}
		f.machines[n] = m
	}
	return f, nil
}

func (f *Fleet) now() time.Time { return time.Now().Add(-f.late) }

func (f *Fleet) report(n int, m *machine, version string) wire.Report {
	r := wire.Report{Version: wire.Version, CollectedMS: f.now().UnixMilli(), Agent: wire.Agent{Version: version, OS: "windows", Arch: "amd64"}}
	if m.digests != nil {
		r.Digests = m.digests // nothing changed
		return r
	}
	r.Sections = Machine(f.options.Seed, n, m.changes)
	r.Seal()
	return r
}

// Change has something installed on every nth machine.
func (f *Fleet) Change(nth int) {
	for n, m := range f.machines {
		m.digests = nil
		if n%nth == 0 {
			m.changes++
		}
	}
}

// Wave is what a round of check-ins came to. Times are of whole check-ins as the
// machine sees them: connection, TLS, report, answer.
type Wave struct {
	Done    int           `json:"done"`
	Errors  []string      `json:"errors,omitempty"` // the first ten
	Failed  int           `json:"failed"`
	Waited  int           `json:"waited"` // answers 429 and 503 that were obeyed
	Bytes   int64         `json:"bytes"`  // of compressed reports
	Took    time.Duration `json:"took_ns"`
	P50     float64       `json:"p50_ms"`
	P99     float64       `json:"p99_ms"`
	Longest float64       `json:"longest_ms"`
}

// CatchUp makes the agents' clocks right again: an outage ends.
func (f *Fleet) CatchUp() { f.late = 0 }

// CheckIn has every machine report once, at a random time within spread. unchanged
// means that they compare with what they sent before and find nothing new.
func (f *Fleet) CheckIn(ctx context.Context, spread time.Duration, unchanged bool) Wave {
	r := rand.New(rand.NewPCG(f.options.Seed, 1<<40)) //nolint:gosec // start times, not secrets
	start := time.Now()
	var wg sync.WaitGroup
	results := make([]outcome, len(f.machines))
	for n, m := range f.machines {
		at := start.Add(time.Duration(r.Float64() * float64(spread)))
		wg.Go(func() {
			if !pause(ctx, time.Until(at)) {
				results[n].err = ctx.Err()
				return
			}
			results[n] = m.checkIn(ctx)
			if results[n].err == nil && m.digests == nil && !unchanged {
				sections := Machine(f.options.Seed, n, m.changes)
				sealed := wire.Report{Sections: sections}
				sealed.Seal()
				m.digests = sealed.Digests
			}
		})
	}
	wg.Wait()
	return summary(results, time.Since(start))
}

type outcome struct {
	err    error
	waited int
	bytes  int
	took   time.Duration // of the check-in that succeeded
}

// maxWaits bounds how often a machine is told to wait before that is an error.
const maxWaits = 20

// checkIn reports, and obeys a server that asks to wait, as the agent's loop does.
func (m *machine) checkIn(ctx context.Context) (o outcome) {
	for {
		start := time.Now()
		result, err := m.agent.Once(ctx)
		o.bytes += result.Bytes
		var problem *agent.Problem
		if !errors.As(err, &problem) || problem.RetryAfter == 0 || o.waited == maxWaits ||
			problem.Status != http.StatusTooManyRequests && problem.Status != http.StatusServiceUnavailable {
			o.err, o.took = err, time.Since(start)
			return o
		}
		o.waited++
		if !pause(ctx, problem.RetryAfter+time.Duration(rand.Int64N(int64(problem.RetryAfter/10)+1))) { //nolint:gosec // a wait
			o.err = ctx.Err()
			return o
		}
	}
}

func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func summary(results []outcome, took time.Duration) Wave {
	w := Wave{Took: took}
	var times []time.Duration
	for _, o := range results {
		w.Waited += o.waited
		w.Bytes += int64(o.bytes)
		if o.err != nil {
			w.Failed++
			if len(w.Errors) < 10 {
				w.Errors = append(w.Errors, o.err.Error())
			}
			continue
		}
		w.Done++
		times = append(times, o.took)
	}
	if len(times) > 0 {
		slices.Sort(times)
		w.P50, w.P99, w.Longest = ms(times, 0.5), ms(times, 0.99), ms(times, 1)
	}
	return w
}

// ms is a percentile of sorted times in milliseconds.
func ms(sorted []time.Duration, p float64) float64 {
	i := max(int(math.Ceil(p*float64(len(sorted))))-1, 0)
	return float64(sorted[i].Microseconds()) / 1000
}

// Print writes a wave for people.
func (w Wave) Print(out io.Writer, name string) {
	_, _ = fmt.Fprintf(out, "%-24s %d done, %d failed, %d told to wait, %.1f MB, in %s; p50 %.0f ms, p99 %.0f ms, longest %.0f ms\n",
		name, w.Done, w.Failed, w.Waited, float64(w.Bytes)/1e6, w.Took.Round(time.Second), w.P50, w.P99, w.Longest)
	for _, e := range w.Errors {
		_, _ = fmt.Fprintln(out, "  "+e)
	}
}

// MemoryDir makes a folder for state: in memory where the system has a place for
// that. The caller removes it.
func MemoryDir() (string, error) {
	parent := "/dev/shm" // Linux
	if info, err := os.Stat(parent); err != nil || !info.IsDir() {
		parent = ""
	}
	return os.MkdirTemp(parent, "sonae-fleet-")
}
