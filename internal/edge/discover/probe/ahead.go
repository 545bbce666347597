package probe

import (
	"context"
	"net/netip"
	"sync"
)

// Addresses that are written down ahead at a time: what is asked within half a second, so
// that writing costs little, and what may have been sent after a kill is not much.
const aheadMin, aheadMax = 64, 1024

// ahead is what a run wrote down that it is going to ask. All but stations belongs to the
// goroutine that hands addresses out.
type ahead struct {
	kept    int        // all addresses before it are written down
	coming  int        // so are those before it, when pending says so
	pending chan error // nil: nothing is being written

	one      sync.Mutex // for Log.Ahead
	stations int
}

// written waits until address i is written down, and lets the part behind it be written
// while its own is asked.
func (r *run) written(ctx context.Context, i int) error {
	if i < r.ahead.kept {
		return nil
	}
	if r.ahead.pending == nil {
		r.write(ctx)
	}
	if err := r.awaited(); err != nil {
		return err
	}
	r.write(ctx)
	return nil
}

// write begins to write the next part down.
func (r *run) write(ctx context.Context) {
	a := &r.ahead
	from := a.kept
	a.coming = min(len(r.all), from+min(aheadMax, max(aheadMin, r.order.Rate/2)))
	if from == a.coming {
		return
	}
	a.pending = make(chan error, 1)
	go func(pending chan error, parts []Part) { pending <- r.tellAhead(ctx, parts) }(a.pending, rows(r.all[from:a.coming], from))
}

// awaited waits for what is being written.
func (r *run) awaited() error {
	a := &r.ahead
	if a.pending == nil {
		return nil
	}
	err := <-a.pending
	a.pending = nil
	if err == nil {
		a.kept = a.coming
	}
	return err
}

// station writes down that the station on the way to others is asked for its hardware
// address.
func (r *run) station(ctx context.Context, addr netip.Addr) error {
	r.mu.Lock()
	r.ahead.stations++
	seq := -r.ahead.stations
	r.mu.Unlock()
	return r.tellAhead(ctx, []Part{{Seq: seq, First: addr, Last: addr, Count: 1}})
}

func (r *run) tellAhead(ctx context.Context, parts []Part) error {
	r.ahead.one.Lock()
	defer r.ahead.one.Unlock()
	return r.log.Ahead(ctx, parts)
}

// rows puts addresses that follow one another together; seq is the place of the first.
func rows(list []netip.Addr, seq int) []Part {
	var out []Part
	for i, a := range list {
		if n := len(out); n > 0 && out[n-1].Last.Next() == a {
			out[n-1].Last = a
			out[n-1].Count++
			continue
		}
		out = append(out, Part{Seq: seq + i, First: a, Last: a, Count: 1})
	}
	return out
}
