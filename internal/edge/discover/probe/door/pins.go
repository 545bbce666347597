package door

import (
	"maps"
	"net/netip"
	"sync"
	"time"
)

// kernel is what the doors of this process gave the kernel, and what they heard. It is one
// for all of them, because the kernel has one table: a door that took an entry back which
// another one needs would make the kernel ask everybody on the link.
var kernel = table{began: time.Now(), pins: map[place]*pin{}, until: map[place]time.Time{}, heard: map[netip.Addr]neighbour{}}

// heardMax bounds the stations that are remembered: one that makes up addresses must not
// fill the memory.
const heardMax = 1 << 17

// place is a station at a link.
type place struct {
	index int
	addr  netip.Addr
}

type table struct {
	began time.Time // of the process
	mu    sync.Mutex
	pins  map[place]*pin
	until map[place]time.Time // when the last pin ended
	heard map[netip.Addr]neighbour
}

// hear notes that a station was heard.
func (t *table) hear(addr netip.Addr, n neighbour) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.heard) >= heardMax {
		maps.DeleteFunc(t.heard, func(_ netip.Addr, n neighbour) bool { return !n.fresh() })
	}
	if old, known := t.heard[addr]; n.at.After(old.at) && (known || len(t.heard) < heardMax) {
		t.heard[addr] = n
	}
}

// heardAt is who was heard at an address within FreshMax.
func (t *table) heardAt(addr netip.Addr) neighbour {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := t.heard[addr]; n.fresh() {
		return n
	}
	return neighbour{}
}

// pin is an entry that the kernel was given.
type pin struct {
	users int
	had   bool // the kernel had an entry before
}

// take gives the kernel an entry by set, unless a door did already.
func (t *table) take(at place, had bool, set func() error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.pins[at]; p != nil {
		p.users++
		return nil
	}
	if err := set(); err != nil {
		return err
	}
	t.pins[at] = &pin{users: 1, had: had}
	return nil
}

// give takes one use of an entry back; unset is called with the last one, and told whether
// the kernel had an entry before.
func (t *table) give(at place, unset func(had bool)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.pins[at]
	if p == nil {
		return
	}
	if p.users--; p.users > 0 {
		return
	}
	delete(t.pins, at)
	if len(t.until) > heardMax {
		clear(t.until)
		t.began = time.Now()
	}
	t.until[at] = time.Now()
	unset(p.had)
}

// proves reports whether the kernel's word that it heard a station at a time is its own: the
// entry of a pin looks as if it had been. A pin of another process, or of this one before
// it was started again, ended before this one began.
func (t *table) proves(at place, heard time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	since, known := t.until[at]
	if !known {
		since = t.began
	}
	return t.pins[at] == nil && heard.After(since.Add(time.Second)) // the kernel counts in 1/100 s
}
