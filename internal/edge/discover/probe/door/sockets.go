package door

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// echoes are the sockets of ICMP, opened when the first request is sent: SNMP needs none,
// and no right to have them.
type echoes struct {
	heard func(addr netip.Addr, mark, seq uint16)
	once  sync.Once
	err   error
	v4    *icmp.PacketConn
	v6    *icmp.PacketConn // nil where there is no IPv6
}

func (e *echoes) open() error {
	e.once.Do(func() {
		if e.v4, e.err = icmp.ListenPacket("ip4:icmp", "0.0.0.0"); e.err != nil {
			if errors.Is(e.err, os.ErrPermission) {
				e.err = noRight(e.err)
			}
			return
		}
		go listenEcho(e.v4, 1, ipv4.ICMPTypeEchoReply, e.heard) // 1 = IANA's number of ICMP
		v6, err := icmp.ListenPacket("ip6:ipv6-icmp", "::")
		if err != nil {
			return
		}
		e.v6 = v6
		go listenEcho(e.v6, 58, ipv6.ICMPTypeEchoReply, e.heard)
	})
	return e.err
}

func (e *echoes) close() error {
	e.once.Do(func() {})
	var err error
	if e.v4 != nil {
		err = e.v4.Close()
	}
	if e.v6 != nil {
		err = errors.Join(err, e.v6.Close())
	}
	return err
}

func listenEcho(c *icmp.PacketConn, protocol int, answer icmp.Type, heard func(netip.Addr, uint16, uint16)) {
	buf := make([]byte, 1500)
	for {
		n, from, err := c.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		m, err := icmp.ParseMessage(protocol, buf[:n])
		if err != nil || m.Type != answer {
			continue
		}
		echo, is := m.Body.(*icmp.Echo)
		ip, known := from.(*net.IPAddr)
		if !is || !known {
			continue
		}
		if a, ok := netip.AddrFromSlice(ip.IP); ok {
			heard(a.Unmap(), uint16(echo.ID), uint16(echo.Seq)) //nolint:gosec // 16 bits of the packet
		}
	}
}

// sendEcho sends a request of the length that ping(8) of Windows has: 32 bytes.
func (e *echoes) sendEcho(addr netip.Addr, mark, seq uint16) error {
	if err := e.open(); err != nil {
		return err
	}
	m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: int(mark), Seq: int(seq), Data: []byte("Sonae network inventory, echo .. ")[:32]}}
	c := e.v4
	if addr.Is6() {
		m.Type, c = ipv6.ICMPTypeEchoRequest, e.v6
	}
	if c == nil {
		return errNoWay
	}
	b, err := m.Marshal(nil)
	if err != nil {
		return err
	}
	_, err = c.WriteTo(b, &net.IPAddr{IP: addr.AsSlice()})
	return err
}

func (s *system) dial(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{KeepAlive: -1} // no packets that nobody asked for
	return d.DialContext(ctx, network, to.String())
}

// linkOf reads an interface. mac is nil where nobody is asked for addresses.
func linkOf(card *net.Interface) (*link, error) {
	addrs, err := card.Addrs()
	if err != nil {
		return nil, fmt.Errorf("read addresses of %s: %w", card.Name, err)
	}
	l := &link{index: card.Index, name: card.Name}
	if len(card.HardwareAddr) == 6 && card.Flags&net.FlagBroadcast != 0 {
		l.mac = card.HardwareAddr
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			ip, _ := netip.AddrFromSlice(n.IP)
			bits, size := n.Mask.Size()
			if ip = ip.Unmap(); ip.BitLen() != size {
				bits -= size - ip.BitLen()
			}
			l.prefixes = append(l.prefixes, netip.PrefixFrom(ip, bits))
		}
	}
	return l, nil
}
