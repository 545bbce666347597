package snmp

import (
	"context"
	"slices"
	"sync"
	"time"

	"sonae/internal/survey/network"
)

// Target is a device to ask.
type Target struct {
	Address    string // host or host:port
	Credential Credential
}

// Outcome is what became of a target.
type Outcome struct {
	Target  Target
	At      int // place in the list of targets
	Reading network.Reading
	Err     error // why the device could not be read at all; see TroubleOf
	Took    time.Duration
}

// ScanOptions say how to ask many devices. Zero fields take the defaults.
type ScanOptions struct {
	Workers  int // devices asked at a time; default 16
	Limits   Limits
	Patience Patience
	Now      func() time.Time
	// Gate is asked before each packet. Without one nothing is sent: every target ends
	// with ErrProtected.
	Gate Gate
}

// Scan asks targets, several at a time, and hands over each outcome as soon as it is
// there; fn is called by one goroutine at a time. It ends early when ctx does: what was
// not asked has no outcome. An engine ID that an earlier device of the scan has, too, is
// taken out of the reading, because it names neither.
func Scan(ctx context.Context, targets []Target, o ScanOptions, fn func(Outcome)) {
	if o.Workers <= 0 {
		o.Workers = 16
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	next := make(chan int)
	var workers sync.WaitGroup
	var one sync.Mutex
	engines := map[string]string{}
	for range min(o.Workers, len(targets)) {
		workers.Go(func() {
			for i := range next {
				out := ask(ctx, targets[i], o)
				out.At = i
				if ctx.Err() != nil && out.Err != nil {
					continue
				}
				one.Lock()
				shared(&out.Reading, engines)
				fn(out)
				one.Unlock()
			}
		})
	}
	for i := range targets {
		select {
		case next <- i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	workers.Wait()
}

func ask(ctx context.Context, t Target, o ScanOptions) Outcome {
	out := Outcome{Target: t}
	began := time.Now()
	agent, err := dialGated(ctx, t, o.Gate, o.Patience)
	if err != nil {
		out.Err = err
		return out
	}
	defer func() { _ = agent.Close() }()
	out.Reading, out.Err = Read(ctx, agent, o.Limits, o.Now())
	out.Took = time.Since(began)
	return out
}

// shared takes an engine ID out of a reading that another device has shown, too.
func shared(r *network.Reading, engines map[string]string) {
	id := r.Device.EngineID
	if id == "" {
		return
	}
	r.Device.EngineID = ""
	key := r.Device.Key()
	r.Device.EngineID = id
	if other, known := engines[id]; known && (other != key || key == "") {
		DropEngine(r)
		return
	}
	engines[id] = key
}

// DropEngine takes the engine ID out of a reading, because another device has the same,
// and says so.
func DropEngine(r *network.Reading) {
	r.Device.EngineID = ""
	for i := range r.Seen {
		r.Seen[i].Seer.EngineID = ""
	}
	if line := "system: " + string(ErrShared); !slices.Contains(r.Partial, line) {
		r.Partial = append(r.Partial, line)
	}
}
