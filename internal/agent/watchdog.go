package agent

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"

	"sonae/internal/agent/collect"
	"sonae/internal/wire"
)

// Caps of one collector. The largest known honest need is a domain controller with
// 5,000 accounts: 30 MB and 2 s.
const (
	capCPU      = 60 * time.Second
	capHeap     = 128 << 20 // bytes of live objects of the whole process
	leftOutTime = 24 * time.Hour
)

// watchdog keeps a collector from harming its host: one that takes too much processor
// time is left out for a day; one that takes too much memory ends the process, which
// the service manager starts again, without it. What kills the process from outside is
// found at the next start (running.go).
type watchdog struct {
	agent   *Agent
	leftOut map[string]int64 // collectors not to run, and until when (Unix ms)

	mu    sync.Mutex
	name  string            // running now
	begin time.Duration     // processor time of the process then
	found map[string]string // collectors that took too much, and what
}

func newWatchdog(a *Agent) *watchdog {
	return &watchdog{agent: a, leftOut: maps.Clone(a.store.state.LeftOut), found: map[string]string{}}
}

func (w *watchdog) start(name string) bool {
	if !w.allowed(name) {
		return false
	}
	begun := w.agent.running.begin(name)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !begun {
		w.found[name] = name + " of the inventory before still runs"
		return false
	}
	w.name, w.begin = name, w.agent.cfg.cpu()
	return true
}

// allowed is false for what is left out.
func (w *watchdog) allowed(name string) bool {
	until, out := w.leftOut[name]
	return !out || over(until, w.agent.cfg.Now())
}

// over tells that something is left out no longer. A day that ends in more than a day
// was noted by a clock that was wrong.
func over(untilMS int64, now time.Time) bool {
	return now.UnixMilli() >= untilMS || untilMS > now.Add(leftOutTime).UnixMilli()
}

// end may come late: a collector whose time is over ends when it likes.
func (w *watchdog) end(name string) {
	w.agent.running.end(name)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.name != name {
		return
	}
	w.name = ""
	if took := w.agent.cfg.cpu() - w.begin; took > capCPU {
		w.found[name] = fmt.Sprintf("%s took %s of processor time", name, took.Round(time.Second))
	}
}

// settle notes what was found, after the collectors or before the process ends.
func (w *watchdog) settle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, why := range w.found {
		w.agent.leaveOut(name, why)
	}
	clear(w.found)
	maps.DeleteFunc(w.agent.store.state.LeftOut, func(_ string, until int64) bool { return over(until, w.agent.cfg.Now()) })
}

// guard looks at memory until ctx ends.
func (w *watchdog) guard(ctx context.Context) {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if w.tooMuch() {
			w.settle()
			if err := w.agent.store.save(); err != nil {
				w.agent.cfg.Log.Error("state not kept", "err", err)
			} else {
				w.agent.running.keep("") // the reason is known
			}
			w.agent.cfg.Log.Error("a collector takes too much memory; the agent ends and starts again without it")
			w.agent.cfg.abort()
			return
		}
	}
}

func (w *watchdog) tooMuch() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	heap := w.agent.cfg.heap()
	if w.name == "" || heap <= capHeap {
		return false
	}
	runtime.GC() // what is garbage does not count
	if heap = w.agent.cfg.heap(); heap <= capHeap {
		return false
	}
	w.found[w.name] = fmt.Sprintf("%s took %d MB of memory", w.name, heap>>20)
	return true
}

// heapBytes are the live objects of this process.
func heapBytes() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

// take reads the inventory within the policy and under the watchdog, and measures what
// that costs.
func (a *Agent) take(ctx context.Context) (wire.Report, error) {
	off := a.rules().Off
	var before time.Duration
	if !a.cfg.Shared {
		before = a.cfg.cpu()
	}
	report, err := a.collect(ctx, off)
	if err != nil {
		return report, err
	}
	strip(&report, off)
	a.missed(report)
	if !a.cfg.Shared {
		a.store.state.CPUMS = (a.cfg.cpu() - before).Milliseconds()
	}
	return report, nil
}

func (a *Agent) collect(ctx context.Context, off []wire.Section) (wire.Report, error) {
	if a.cfg.Collect != nil {
		return a.cfg.Collect(ctx, a.cfg.Version)
	}
	if a.cfg.Shared { // what others in this process take would count as the collectors'
		a.narrow = func(list []collect.Collector) []collect.Collector {
			return collect.Watched(collect.Without(list, off), a.running.begin, a.running.end)
		}
		return a.inventory(ctx, a.cfg.Version)
	}
	dog := newWatchdog(a)
	watch, stop := context.WithCancel(ctx)
	var guarded sync.WaitGroup
	guarded.Go(func() { dog.guard(watch) })
	a.narrow = func(list []collect.Collector) []collect.Collector {
		return collect.Watched(collect.Without(list, off), dog.start, dog.end)
	}
	report, err := a.inventory(ctx, a.cfg.Version)
	stop()
	guarded.Wait()
	dog.settle()
	return report, err
}
