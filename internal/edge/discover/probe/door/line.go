package door

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Line is a connection whose every write asks the gate. It is a net.Conn.
type Line struct {
	net.Conn
	door    *Door
	addr    netip.Addr
	mac     net.HardwareAddr
	port    uint16
	method  Method
	hop     hop
	release func()
	ctx     context.Context //nolint:containedctx // the rate is waited for until the run ends
	began   time.Time
	writes  int
	once    sync.Once
}

// Dial connects by "tcp" or "udp". Nothing is resolved or followed: the address is whom
// the packets go to. Errors: *Refused, ErrSilent, and those of the system: refused, timed
// out.
func (d *Door) Dial(ctx context.Context, network string, addr netip.Addr, port uint16, method Method, timeout time.Duration) (*Line, error) {
	addr = addr.Unmap()
	h, release, err := d.hold(ctx, addr, timeout)
	if err != nil {
		return nil, err
	}
	l := &Line{door: d, addr: addr, port: port, method: method, hop: h, release: release, ctx: ctx, began: time.Now()}
	if h.attached {
		l.mac = d.macOf(addr)
	}
	if err = d.rate.Wait(ctx); err == nil {
		err = d.ready(ctx, addr, h)
	}
	if err != nil {
		release()
		return nil, err
	}
	dialing, stop := context.WithTimeout(ctx, timeout)
	defer stop()
	l.Conn, err = d.sys.dial(dialing, network, netip.AddrPortFrom(addr, port))
	if err != nil {
		release()
		if network == "tcp" { // one SYN; with UDP nothing was sent
			d.log.Tell(l.sent(1))
		}
		return nil, err
	}
	d.mu.Lock()
	d.lines[l] = true
	d.mu.Unlock()
	return l, nil
}

// MAC is the hardware address of the other end; nil behind a router.
func (l *Line) MAC() net.HardwareAddr { return l.mac }

func (l *Line) sent(packets int) Sent {
	return Sent{AtMS: l.began.UnixMilli(), Address: l.addr, MAC: l.mac, Method: l.method, Port: l.port, Packets: packets}
}

// Write asks the gate first; when it says no, the connection is gone without another
// packet.
func (l *Line) Write(b []byte) (int, error) {
	if err := l.door.rate.Wait(l.ctx); err != nil {
		return 0, err
	}
	if err := l.door.ready(l.ctx, l.addr, l.hop); err != nil {
		l.vanish()
		return 0, err
	}
	l.writes++
	return l.Conn.Write(b)
}

// Close ends the connection with one packet (RST), so that the kernel has nothing to
// repeat later; without any when the gate says no.
func (l *Line) Close() error {
	if l.door.ready(l.ctx, l.addr, l.hop) != nil {
		l.vanish()
		return nil
	}
	return l.end(1, func() { reset(l.Conn) })
}

// vanish ends the connection without a packet.
func (l *Line) vanish() { _ = l.end(0, func() { vanish(l.Conn) }) }

func (l *Line) end(last int, how func()) (err error) {
	l.once.Do(func() {
		packets := l.writes
		if _, tcp := l.Conn.(*net.TCPConn); tcp {
			packets = last + segments(l.Conn, 2+l.writes)
		}
		how()
		err = l.Conn.Close()
		l.door.mu.Lock()
		delete(l.door.lines, l)
		l.door.mu.Unlock()
		l.release()
		if packets > 0 {
			l.door.log.Tell(l.sent(packets))
		}
	})
	return err
}

// reset makes Close send RST.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
}
