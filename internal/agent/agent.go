// Package agent is what runs on an endpoint: it takes the inventory (collect),
// makes itself known to the server once, and sends what changed. State is a
// folder of its own, readable by its owner only:
//
//	key          Ed25519 private key, made here, never sent
//	device       the ID the server gave, and which server that was
//	trust        the device's certificate, and the authority that signs the server's
//	policy       the server's signed policy
//	state        sequence number, digests the server has, last outcome, events
//	running      collectors that run now; found at the start, it names what killed the agent
//	spool/       the newest report that is not yet sent
//
// Messages are those of package wire; docs/agent-protocol.md is for whoever
// writes another agent.
package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"time"

	"sonae/internal/agent/collect"
	"sonae/internal/agent/spool"
	"sonae/internal/wire"
)

// Config is what an agent needs to know. ServerURL and StateDir must be set.
type Config struct {
	ServerURL string // "https://sonae.example.jp"; http only for loopback
	Token     string // enrolment token; needed until the device is known
	StateDir  string // made with mode 0700 when missing
	Version   string // of the agent, as reported

	CAFile string // PEM file of the authority that signed the server's certificate; "" = the system's
	Pin    string // SHA-256 of the server certificate's public key, see ParsePin; "" = none

	Interval time.Duration // between reports; 0 = DefaultInterval
	Spread   time.Duration // the first report waits a random part of it, so that a hospital's PCs do not all start at once

	HTTPClient *http.Client     // for tests and for a server in the same process; CAFile and Pin do not touch it
	Now        func() time.Time // nil = time.Now
	Random     func() float64   // in [0, 1); nil = math/rand/v2
	Log        *slog.Logger     // nil = slog.Default()
	// Shared says that the process does other work, too, as a server that reports its own
	// machine: priority, processor time and memory are not the agent's then, and it must
	// not end the process.
	Shared bool
	// Collect takes the inventory; nil = that of this machine.
	Collect func(ctx context.Context, version string) (wire.Report, error)
	// Busy tells whether the machine has no time now; nil = as the system says.
	Busy func() bool

	cpu   func() time.Duration // processor time of this process
	heap  func() uint64        // bytes of live objects
	abort func()               // ends the process
}

// exitMemory is the process's exit code when a collector took too much memory.
const exitMemory = 75

// DefaultInterval is the time between reports.
const DefaultInterval = time.Hour

// refreshEvery is how often sections with volatile members are sent although
// their digests are unchanged, so that free space and log-ins do not grow old.
const refreshEvery = 24 * time.Hour

// Agent is one endpoint. It is not safe for concurrent use, and one process at a
// time should work on a state folder; two do no harm but send more than needed.
type Agent struct {
	cfg    Config
	server *server
	store  *store
	spool  *spool.Spool

	running   inFlight
	started   bool // the first report since the start was taken
	inventory func(ctx context.Context, version string) (wire.Report, error)
	narrow    func([]collect.Collector) []collect.Collector // for the next inventory
}

// Result is what one report came to.
type Result struct {
	DeviceID string         `json:"device_id"`
	Seq      int64          `json:"seq"`
	Sent     []wire.Section `json:"sent"`  // sections whose bodies were sent
	Bytes    int            `json:"bytes"` // compressed
	Notes    []wire.Note    `json:"notes,omitempty"`
	Enrolled bool           `json:"enrolled"` // the device became known just now
}

// New checks the configuration and opens the state folder. It sends nothing.
func New(cfg Config) (*Agent, error) {
	if cfg.Interval <= 0 {
		cfg.Interval = DefaultInterval
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Float64
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Busy == nil {
		cfg.Busy = machineBusy
	}
	if cfg.cpu == nil {
		cfg.cpu, cfg.heap, cfg.abort = ownCPU, heapBytes, func() { os.Exit(exitMemory) }
	}
	server, err := newServer(cfg)
	if err != nil {
		return nil, err
	}
	store, err := openStore(cfg.StateDir, cfg.ServerURL)
	if err != nil {
		return nil, err
	}
	queue, err := spool.Open(spoolDir(cfg.StateDir), wire.MaxBodyBytes)
	if err != nil {
		return nil, err
	}
	server.rely(store.trust, store.key)
	a := &Agent{cfg: cfg, server: server, store: store, spool: queue, running: inFlight{now: cfg.Now}}
	a.inventory = collect.Repeated(func(list []collect.Collector) []collect.Collector { return a.narrow(list) })
	return a, nil
}

// Once takes the inventory, enrols when needed, and sends what changed. A report
// that could not be sent stays in the spool. Errors are *Problem where the server
// answered.
func (a *Agent) Once(ctx context.Context) (Result, error) {
	if a.rules().Stop || a.store.policy.Stop {
		// It may be over: the server says.
		if err := a.askPolicy(ctx); err != nil {
			return Result{}, err
		}
		if a.rules().Stop {
			return Result{}, ErrStopped
		}
	}
	report, err := a.take(ctx)
	if err != nil {
		return Result{}, err
	}
	if err := a.keep(report); err != nil {
		// A full disk does not keep a report from being sent.
		a.cfg.Log.Warn("the report is not kept", "err", err)
	}
	return a.deliver(ctx, report)
}

// deliver sends a report, notes the outcome, and empties the spool when there is
// no sense in sending this report again.
func (a *Agent) deliver(ctx context.Context, report wire.Report) (Result, error) {
	result, err := a.send(ctx, report)
	a.server.rest()
	now := a.cfg.Now().UnixMilli()
	a.store.state.LastTryMS, a.store.state.AliveMS = now, now
	a.store.state.LastError = ""
	if err != nil {
		a.store.state.LastError = err.Error()
	} else {
		a.store.state.LastDoneMS = now
	}
	var problem *Problem
	if err == nil || errors.As(err, &problem) && problem.final() {
		err = errors.Join(err, a.spool.Drop())
	}
	return result, errors.Join(err, a.store.save())
}

// Run sends a report every interval until ctx ends, and returns nil then. What
// goes wrong is logged and tried again, later each time. It lets other programs go
// first, keeps the quiet hours, and waits for a busy machine for a while.
func (a *Agent) Run(ctx context.Context) error {
	if !a.cfg.Shared {
		lowPriority()
	}
	a.look()
	if !a.cfg.Shared { // another process's death is not a collector's doing
		a.survive()
	}
	defer a.stopped()
	if a.store.device.ID != "" && !a.pause(ctx, a.startIn()) {
		return nil
	}
	if !a.rules().Stop {
		a.sendSpooled(ctx)
	}
	failures := 0
	for ctx.Err() == nil {
		if !a.calm(ctx) {
			return nil
		}
		result, err := a.Once(ctx)
		if ctx.Err() != nil {
			return nil
		}
		wait := a.nextIn()
		switch {
		case errors.Is(err, ErrStopped):
			failures = 0
			a.cfg.Log.Info("stopped by the server's policy", "asks_again_in", wait.Round(time.Second))
		case err != nil:
			wait = a.retryIn(failures, err)
			failures++
			a.cfg.Log.Warn("report not sent", "err", err, "again_in", wait.Round(time.Second))
		default:
			failures = 0
			a.cfg.Log.Info("report sent", "device", result.DeviceID, "seq", result.Seq, "sections", len(result.Sent), "bytes", result.Bytes)
		}
		a.plan(wait)
		if !a.pause(ctx, wait) {
			return nil
		}
	}
	return nil
}

// plan notes when the next report is due, for the status.
func (a *Agent) plan(wait time.Duration) {
	a.store.state.NextMS = a.cfg.Now().Add(wait).UnixMilli()
	if err := a.store.save(); err != nil {
		a.cfg.Log.Warn("state not kept", "err", err)
	}
}

// stopped notes an orderly end.
func (a *Agent) stopped() {
	a.running.keep("")
	a.store.state.StoppedMS = a.cfg.Now().UnixMilli()
	if err := a.store.save(); err != nil {
		a.cfg.Log.Warn("state not kept", "err", err)
	}
}

// How long a busy machine is waited for, and how often it is looked at.
const (
	busyMost = 15 * time.Minute
	busyLook = time.Minute
)

// calm waits for the end of the quiet hours, and then for the machine to have time, but
// not for ever: what is always busy is to be known, too. false means that ctx ended.
func (a *Agent) calm(ctx context.Context) bool {
	for quiet := a.rules().Quiet(a.cfg.Now()); quiet > 0; quiet = a.rules().Quiet(a.cfg.Now()) {
		wait := quiet + time.Duration(a.cfg.Random()*float64(a.cfg.Spread)) // not all at the same minute
		a.plan(wait)
		if !a.pause(ctx, wait) {
			return false
		}
	}
	for waited := time.Duration(0); waited < busyMost && a.cfg.Busy(); waited += busyLook {
		if !a.pause(ctx, busyLook) {
			return false
		}
	}
	return ctx.Err() == nil
}

// startIn is how long a known device waits before its first report: a random
// part of Spread, or the interval when Once has just done the work. A new device
// does not wait: somebody is looking for it in the ledger.
func (a *Agent) startIn() time.Duration {
	if a.cfg.Now().UnixMilli()-a.store.state.LastDoneMS < time.Minute.Milliseconds() {
		return a.nextIn()
	}
	return time.Duration(a.cfg.Random() * float64(a.cfg.Spread))
}

// sendSpooled delivers what an earlier run could not, before the next inventory
// replaces it.
func (a *Agent) sendSpooled(ctx context.Context) {
	report, err := a.kept()
	if err != nil {
		if !errors.Is(err, spool.ErrEmpty) {
			a.cfg.Log.Warn("the kept report cannot be read", "err", err)
		}
		return
	}
	if _, err := a.deliver(ctx, report); err != nil {
		a.cfg.Log.Warn("kept report not sent", "err", err)
	}
}

// pause waits; false means that ctx ended.
func (a *Agent) pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// nextIn is the interval, a tenth longer or shorter.
func (a *Agent) nextIn() time.Duration {
	return time.Duration(float64(a.interval()) * (0.9 + 0.2*a.cfg.Random()))
}

// firstRetry doubles with every failure, up to the interval.
const firstRetry = 30 * time.Second

// retryIn is a random part of the back-off, at least half of it, and never less
// than what the server asked for.
func (a *Agent) retryIn(failures int, err error) time.Duration {
	wait := a.interval()
	if failures < 16 {
		wait = min(wait, firstRetry<<failures)
	}
	wait = time.Duration(float64(wait) * (0.5 + 0.5*a.cfg.Random()))
	if problem, ok := errors.AsType[*Problem](err); ok {
		if problem.final() || problem.hopeless() {
			wait = a.nextIn() // sooner changes nothing
		}
		// Not all at the same moment either: up to a tenth later.
		wait = max(wait, time.Duration(float64(problem.RetryAfter)*(1+0.1*a.cfg.Random())))
	}
	return wait
}

// keep puts a report into the spool.
func (a *Agent) keep(report wire.Report) error {
	body, err := encode(report)
	if err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	return a.spool.Put(body)
}
