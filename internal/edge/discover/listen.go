package discover

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gopacket/gopacket/layers"

	"sonae/internal/platform/fault"
	"sonae/internal/survey/network"
)

// Listening says on which interfaces to listen, and what to do with what is heard.
type Listening struct {
	FacilityID string
	Interfaces []string
	Sink       Sink
	// Every is how often observations are handed on; 0 = FlushDefault. While the Sink is
	// busy, listening goes on. What it does not take is tried again with the next.
	Every time.Duration
	// Failed is told what went wrong on the way (the Sink, an interface that went away):
	// listening goes on. May be nil. Called from several goroutines.
	Failed func(place string, err error)
}

// FlushDefault is how often observations are handed on.
const FlushDefault = 5 * time.Second

// retryAfter is how long to wait for an interface that went away.
const retryAfter = 5 * time.Second

// Heard is what became of the packets of an interface.
type Heard struct {
	Interface string
	Count
	Dropped int64 // observations that found no room in memory
}

// tap is an open interface. read gives the next packet, os.ErrDeadlineExceeded after the
// deadline, and is not for concurrent use.
type tap interface {
	read() (data []byte, at time.Time, vlan int, err error)
	deadline(at time.Time) error
	lost() (packets int64, err error) // since it was last asked
	close() error
}

// Listen listens until ctx ends. It sends nothing, and does not make an interface take
// packets for others (promiscuous mode). Errors, before anything was heard: an interface
// that does not exist, a missing right, a system on which listening is not possible.
func Listen(ctx context.Context, l Listening) ([]Heard, error) {
	if l.Every == 0 {
		l.Every = FlushDefault
	}
	ears := make([]*ear, 0, len(l.Interfaces))
	for _, name := range l.Interfaces {
		e, err := newEar(l, name)
		if err != nil {
			for _, open := range ears {
				_ = open.tap.close()
			}
			return nil, err
		}
		ears = append(ears, e)
	}
	var taking sync.Mutex // the Sink is called by one at a time
	var wait sync.WaitGroup
	for _, e := range ears {
		wait.Go(func() { e.listen(ctx) })
		wait.Go(func() { e.handOn(ctx, &taking) })
	}
	wait.Wait()
	out := make([]Heard, len(ears))
	for i, e := range ears {
		out[i] = Heard{Interface: e.name, Count: e.dec.Count(), Dropped: e.c.Dropped()}
		out[i].Lost = e.lost
	}
	return out, nil
}

// ear listens on one interface.
type ear struct {
	l    Listening
	name string
	tap  tap
	dec  *Decoder
	done chan struct{} // closed when no more packets come

	mu   sync.Mutex // for c
	c    *Coalescer
	lost int64
}

func newEar(l Listening, name string) (*ear, error) {
	place, err := placeOf(l.FacilityID, name)
	if err != nil {
		return nil, err
	}
	t, err := openTap(name)
	if err != nil {
		return nil, err
	}
	return &ear{l: l, name: name, tap: t, dec: NewDecoder(place), c: NewCoalescer(), done: make(chan struct{})}, nil
}

// placeOf names the interface that listens: by its hardware address and first address.
func placeOf(facilityID, name string) (Place, error) {
	card, err := net.InterfaceByName(name)
	if err != nil {
		return Place{}, fault.NotFound("discover.error.interface", "Name", name, "Known", known()).Because(err)
	}
	p := Place{FacilityID: facilityID, Port: name, Seer: network.Party{MAC: hardware(card.HardwareAddr)}}
	addrs, err := card.Addrs()
	if err != nil {
		return p, nil //nolint:nilerr // the hardware address names it
	}
	for _, a := range addrs {
		if n, err := netip.ParsePrefix(a.String()); err == nil && usable(n.Addr()) && (!p.Seer.Address.IsValid() || p.Seer.Address.Is6() && n.Addr().Is4()) {
			p.Seer.Address = n.Addr().WithZone("")
		}
	}
	return p, nil
}

// known lists the interfaces there are, for people who mistype one.
func known() string {
	all, err := net.Interfaces()
	if err != nil {
		return ""
	}
	names := make([]string, len(all))
	for i, one := range all {
		names[i] = one.Name
	}
	return strings.Join(names, ", ")
}

// tick is how often a listening that hears nothing looks whether to go on.
const tick = 200 * time.Millisecond

func (e *ear) listen(ctx context.Context) {
	defer close(e.done)
	defer func() { e.countLost(); _ = e.tap.close() }()
	for n := 0; ; n++ {
		if n%1024 == 0 {
			if ctx.Err() != nil || e.tap.deadline(time.Now().Add(tick)) != nil {
				return
			}
		}
		data, at, vlan, err := e.tap.read()
		switch {
		case err == nil:
			list := e.dec.Decode(layers.LinkTypeEthernet, data, at, vlan)
			e.mu.Lock()
			e.c.Add(list)
			e.mu.Unlock()
		case errors.Is(err, os.ErrDeadlineExceeded):
			n = -1 // look at the context now
		default:
			e.fail(err)
			if !e.reopen(ctx) {
				return
			}
			n = -1
		}
	}
}

// reopen waits until the interface is there again; false when the listening ends first.
func (e *ear) reopen(ctx context.Context) bool {
	e.countLost()
	_ = e.tap.close()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(retryAfter):
		}
		t, err := openTap(e.name)
		if err == nil {
			e.tap = t
			return true
		}
	}
}

func (e *ear) countLost() {
	if n, err := e.tap.lost(); err == nil {
		e.lost += n
	}
}

func (e *ear) fail(err error) {
	if e.l.Failed != nil {
		e.l.Failed(e.name, err)
	}
}

// handOn gives what was heard to the Sink now and then, and the rest at the end.
func (e *ear) handOn(ctx context.Context, taking *sync.Mutex) {
	timer := time.NewTicker(e.l.Every)
	defer timer.Stop()
	for last := false; !last; {
		select {
		case <-timer.C:
		case <-e.done:
			last = true
		}
		taking.Lock()
		// At the end the Sink gets a little time after the stop to take the rest.
		flush, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		if err := e.flush(flush, last); err != nil {
			e.fail(err)
		}
		stop()
		taking.Unlock()
	}
}

// flush hands on without holding up the listening.
func (e *ear) flush(ctx context.Context, last bool) error {
	for {
		e.mu.Lock()
		if last {
			e.c.again()
		}
		part, batch := e.c.take()
		e.mu.Unlock()
		if len(batch) == 0 {
			return nil
		}
		err := e.l.Sink(ctx, batch)
		e.mu.Lock()
		e.c.settle(part, batch, err == nil)
		e.mu.Unlock()
		if err != nil {
			return err
		}
	}
}
