package probe

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"sonae/internal/edge/discover/probe/door"
	"sonae/internal/platform/fault"
	"sonae/internal/survey/network/noprobe"
)

const (
	// Addresses that are awaited at a time: as many as the rate can ask while one that does
	// not answer is waited for. More would only stand in line, and be asked again after a
	// pause.
	atOnceMin, atOnceMax = 16, 4096
	// flushEvery is how often Log.Tell is called.
	flushEvery = 500 * time.Millisecond
	// The list is read anew every second, or more seldom where reading takes long.
	reloadEvery = time.Second
	reloadShare = 10 // a tenth of the time at most
)

// Run asks the addresses of an order, from a cursor on, and tells log everything. It
// pauses when ctx ends: the last batch holds the cursor with which to go on. The gate is
// reloaded while it runs, so that a device that is put on the list meanwhile is safe.
// Errors: of the order, the system and the log; ctx.Err() after a pause; unavailable when
// the do-not-probe list cannot be read (any more).
func Run(ctx context.Context, o Order, gate *noprobe.Gate, from Cursor, log Log) (Progress, error) {
	o, err := o.Checked()
	if err != nil {
		return Progress{}, err
	}
	if from.Order != "" && from.Order != o.Key() {
		return Progress{}, fault.Conflict("probe.error.cursor")
	}
	if !gate.Loaded() {
		return Progress{}, errUnloaded()
	}
	all := o.Addresses()
	r := &run{order: o, log: log, all: all, done: make([]bool, len(all)), full: make(chan struct{}, 1)}
	r.next = min(max(0, from.Next), len(all))
	r.ahead.kept = r.next
	r.progress = Progress{Done: r.next, Total: len(all)}
	if r.door, err = door.Open(gate, o.Rate, door.Log{Ahead: r.station, Tell: r.sent}); err != nil {
		return r.progress, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	var watch sync.WaitGroup
	watch.Go(func() { r.reload(ctx, stop) })
	watch.Go(func() { r.flushing(ctx, stop) })
	r.ask(ctx, stop)
	ended := context.Cause(ctx)
	stop(nil)
	watch.Wait()
	err = errors.Join(ended, r.door.Close())
	// What was found before the pause is told all the same.
	r.batch.Ended = true
	return r.flush(context.WithoutCancel(ctx), err)
}

func errUnloaded() error {
	return fault.New(fault.CodeUnavailable, "probe.error.unloaded").WithHint("probe.error.unloaded_hint")
}

// run is a scan that goes on.
type run struct {
	order Order
	door  *door.Door
	log   Log
	all   []netip.Addr
	ahead ahead

	mu       sync.Mutex
	batch    Batch
	done     []bool
	next     int // all before it are done
	progress Progress
	flushes  sync.Mutex
	full     chan struct{}
}

// ask hands addresses to workers.
func (r *run) ask(ctx context.Context, stop context.CancelCauseFunc) {
	work := make(chan int)
	var workers sync.WaitGroup
	wait := time.Duration(r.order.Tries) * r.order.Timeout
	atOnce := min(atOnceMax, max(atOnceMin, int(float64(r.order.Rate)*wait.Seconds())))
	for range min(atOnce, len(r.all)-r.next) {
		workers.Go(func() {
			for i := range work {
				h := host{run: r, addr: r.all[i]}
				err := h.ask(ctx)
				switch {
				case ctx.Err() != nil: // it was not asked to the end: it will be again
				case err != nil:
					stop(err)
				default:
					r.finish(i)
				}
			}
		})
	}
	for i := r.next; i < len(r.all) && ctx.Err() == nil; i++ {
		if err := r.written(ctx, i); err != nil {
			stop(err)
			break
		}
		select {
		case work <- i:
		case <-ctx.Done():
		}
	}
	close(work)
	workers.Wait()
	_ = r.awaited() // the last part: nobody of it was asked, or ctx tells why
}

func (r *run) finish(i int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done[i] = true
	r.progress.Done++
	for r.next < len(r.done) && r.done[r.next] {
		r.next++
	}
}

// reload keeps the list fresh. A run whose list cannot be read ends.
func (r *run) reload(ctx context.Context, stop context.CancelCauseFunc) {
	pause := reloadEvery
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		began := time.Now()
		if err := r.door.Reload(ctx); err != nil && ctx.Err() == nil {
			stop(fault.New(fault.CodeUnavailable, "probe.error.unloaded").WithHint("probe.error.unloaded_hint").Because(err))
			return
		}
		pause = max(reloadEvery, reloadShare*time.Since(began))
	}
}

func (r *run) flushing(ctx context.Context, stop context.CancelCauseFunc) {
	t := time.NewTicker(flushEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		case <-r.full:
		}
		if _, err := r.flush(ctx, nil); err != nil && ctx.Err() == nil {
			stop(err)
			return
		}
	}
}

// flush tells the log what there is. What it does not take is told again with the next.
// ended is passed on.
func (r *run) flush(ctx context.Context, ended error) (Progress, error) {
	r.flushes.Lock()
	defer r.flushes.Unlock()
	r.mu.Lock()
	b := r.batch
	r.batch = Batch{Ended: b.Ended}
	r.progress.Cursor = Cursor{Order: r.order.Key(), Next: r.next}
	b.Progress = r.progress
	r.mu.Unlock()
	err := r.log.Tell(ctx, b)
	if err != nil {
		r.mu.Lock()
		r.batch.Answers, r.batch.Sent, r.batch.Refused = append(b.Answers, r.batch.Answers...), append(b.Sent, r.batch.Sent...), append(b.Refused, r.batch.Refused...)
		r.mu.Unlock()
	}
	return b.Progress, errors.Join(ended, err)
}

// batchFull is when Log.Tell is called before its time.
const batchFull = 2000

func (r *run) tell(fn func(*Batch, *Progress)) {
	r.mu.Lock()
	fn(&r.batch, &r.progress)
	full := len(r.batch.Sent)+len(r.batch.Refused) >= batchFull
	r.mu.Unlock()
	if full {
		select {
		case r.full <- struct{}{}:
		default:
		}
	}
}

func (r *run) sent(s Sent) {
	r.tell(func(b *Batch, p *Progress) {
		b.Sent = append(b.Sent, s)
		p.Packets += int64(s.Packets)
	})
}

func (r *run) refused(x Refused) {
	r.tell(func(b *Batch, p *Progress) {
		b.Refused = append(b.Refused, x)
		p.LeftOut++
	})
}

func (r *run) answered(a Answer) {
	r.tell(func(b *Batch, p *Progress) {
		b.Answers = append(b.Answers, a)
		p.Answered++
	})
}
