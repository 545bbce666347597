package discover

import (
	"cmp"
	"context"
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"sonae/internal/survey/network"
)

// Coalescer stands between the decoders and a Sink: what was said before within Again only
// moves its time, so that a network that says the same all day costs a row an hour, not a
// million. Its memory is bounded: see Max. Not for concurrent use.
type Coalescer struct {
	// Again is after which time the same observation is handed on again.
	Again time.Duration
	// Max is how many different observations are remembered. When there are more, those
	// that were handed on and are oldest are forgotten (and would be handed on again when
	// seen); what waits is never forgotten: past Max it is refused and counted.
	Max int

	entries map[string]*entry
	waiting []*entry
	key     []byte
	dropped int64
}

type entry struct {
	o       network.Observation
	key     string
	sentMS  int64 // of the newest time that was handed on
	sent    bool
	waiting bool
}

// Defaults: an hour is finer than any page shows; 50,000 observations are those of some
// thousand machines and take about 30 MB.
const (
	AgainDefault = time.Hour
	RememberMax  = 50_000
)

// NewCoalescer makes one with the defaults.
func NewCoalescer() *Coalescer {
	return &Coalescer{Again: AgainDefault, Max: RememberMax, entries: map[string]*entry{}}
}

// Dropped is how many observations found no room.
func (c *Coalescer) Dropped() int64 { return c.dropped }

// Waiting is how many observations Flush would hand on.
func (c *Coalescer) Waiting() int { return len(c.waiting) }

// Add takes observations of a decoder; nothing of the slice is kept.
func (c *Coalescer) Add(list []network.Observation) {
	for i := range list {
		c.add(&list[i])
	}
}

func (c *Coalescer) add(o *network.Observation) {
	c.key = appendKey(c.key[:0], o)
	e := c.entries[string(c.key)]
	if e != nil {
		e.o.AtMS = max(e.o.AtMS, o.AtMS)
		if e.sent && !e.waiting && e.o.AtMS-e.sentMS >= c.Again.Milliseconds() {
			c.wait(e)
		}
		return
	}
	if len(c.entries) >= c.Max && !c.forget() {
		c.dropped++
		return
	}
	e = &entry{o: *o, key: string(c.key)}
	c.entries[e.key] = e
	c.wait(e)
}

func (c *Coalescer) wait(e *entry) {
	e.waiting = true
	c.waiting = append(c.waiting, e)
}

// forget makes room: the older half of what was handed on. False when all of it waits.
func (c *Coalescer) forget() bool {
	var old []*entry
	for _, e := range c.entries {
		if !e.waiting {
			old = append(old, e)
		}
	}
	if len(old) == 0 {
		return false
	}
	slices.SortFunc(old, func(a, b *entry) int { return cmp.Compare(a.o.AtMS, b.o.AtMS) })
	for _, e := range old[:(len(old)+1)/2] {
		delete(c.entries, e.key)
	}
	return true
}

// Flush hands on what waits, oldest first. What the Sink did not take still waits.
func (c *Coalescer) Flush(ctx context.Context, sink Sink) error {
	for {
		part, batch := c.take()
		if len(batch) == 0 {
			return nil
		}
		err := sink(ctx, batch)
		c.settle(part, batch, err == nil)
		if err != nil {
			return err
		}
	}
}

// take picks the oldest of what waits, at most BatchMax; settle must follow.
func (c *Coalescer) take() ([]*entry, []network.Observation) {
	slices.SortStableFunc(c.waiting, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(a.o.AtMS, b.o.AtMS), cmp.Compare(a.key, b.key))
	})
	n := min(len(c.waiting), BatchMax)
	part := c.waiting[:n:n]
	batch := make([]network.Observation, n)
	for i, e := range part {
		batch[i] = e.o
	}
	c.waiting = c.waiting[n:]
	if len(c.waiting) == 0 {
		c.waiting = nil
	}
	return part, batch
}

// settle notes what became of what was taken. What was seen again meanwhile keeps the
// newer time, and comes with the next.
func (c *Coalescer) settle(part []*entry, batch []network.Observation, ok bool) {
	if !ok {
		c.waiting = append(c.waiting, part...)
		return
	}
	for i, e := range part {
		e.sent, e.waiting, e.sentMS = true, false, batch[i].AtMS
	}
}

// again makes everything wait that was seen again since it was handed on.
func (c *Coalescer) again() {
	for _, e := range c.entries {
		if e.sent && !e.waiting && e.o.AtMS > e.sentMS {
			c.wait(e)
		}
	}
}

// Finish hands on everything that waits, and the last time of what was seen again since
// it was handed on.
func (c *Coalescer) Finish(ctx context.Context, sink Sink) error {
	c.again()
	return c.Flush(ctx, sink)
}

// appendKey writes everything of an observation but its time.
func appendKey(b []byte, o *network.Observation) []byte {
	b = appendParty(b, &o.Seer)
	b = appendText(b, o.SeerPort)
	b = appendParty(b, &o.Seen)
	b = appendText(b, o.SeenPort)
	b = appendText(b, string(o.How))
	b = binary.AppendUvarint(b, uint64(o.VLAN)) //nolint:gosec // 0–4094
	for _, t := range o.Traits {
		b = appendText(b, t.Key)
		b = appendText(b, t.Value)
	}
	return b
}

func appendParty(b []byte, p *network.Party) []byte {
	b = appendText(b, p.ChassisID)
	b = appendText(b, p.MAC)
	b = appendText(b, p.Name)
	b = appendAddress(b, p.Address)
	return appendText(b, p.EngineID)
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func appendAddress(b []byte, a netip.Addr) []byte {
	if !a.IsValid() {
		return append(b, 0)
	}
	b = append(b, 1)
	a16 := a.As16()
	return append(b, a16[:]...)
}
