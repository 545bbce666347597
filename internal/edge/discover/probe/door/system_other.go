//go:build !linux

package door

import (
	"context"
	"net"
	"net/netip"
	"strconv"

	"sonae/internal/platform/fault"
)

// canPin: there is no way to keep the kernel from asking the whole link.
const canPin = false

// system is what the Door uses of other operating systems than Linux: there is no ARP of
// our own and no neighbour table. Near a protected device it therefore sends nothing.
type system struct{ echoes }

func openSystem(_ func(int, netip.Addr, net.HardwareAddr, bool), heardEcho func(netip.Addr, uint16, uint16)) (*system, error) {
	return &system{echoes{heard: heardEcho}}, nil
}

// route finds the interface by the address that the system would send from: connecting a
// UDP socket sends nothing.
func (s *system) route(addr netip.Addr, links func(int, func() (*link, error)) (*link, error)) (hop, error) {
	c, err := net.Dial("udp", net.JoinHostPort(addr.String(), strconv.Itoa(9)))
	if err != nil {
		return hop{}, errNoWay
	}
	own, _ := netip.AddrFromSlice(c.LocalAddr().(*net.UDPAddr).IP)
	_ = c.Close()
	own = own.Unmap()
	if own == addr {
		return hop{self: true, next: addr}, nil
	}
	cards, err := net.Interfaces()
	if err != nil {
		return hop{}, err
	}
	for i := range cards {
		l, err := linkOf(&cards[i])
		if err != nil {
			continue
		}
		for _, p := range l.prefixes {
			if p.Addr() != own {
				continue
			}
			if l, err = links(l.index, func() (*link, error) { return l, nil }); err != nil {
				return hop{}, err
			}
			h := hop{link: l, next: addr}
			for _, p := range l.prefixes {
				h.attached = h.attached || p.Contains(addr)
				if p.Contains(addr) && addr.Is4() && p.Bits() < 31 && (addr == p.Masked().Addr() || !p.Contains(addr.Next())) {
					return h, errAddress
				}
			}
			return h, nil
		}
	}
	return hop{}, errNoWay
}

func (s *system) neighbours() map[netip.Addr]neighbour              { return nil }
func (s *system) pin(*link, netip.Addr, net.HardwareAddr) error     { return errNoWay }
func (s *system) unpin(*link, netip.Addr, net.HardwareAddr, bool)   {}
func (s *system) sendARP(*link, net.HardwareAddr, netip.Addr) error { return errNoWay }
func (s *system) close() error                                      { return s.echoes.close() }
func (s *system) noRedirects(*link) error                           { return errNoWay }
func vanish(c net.Conn)                                             { reset(c) }
func segments(_ net.Conn, guess int) int                            { return guess }
func noRight(err error) error {
	return fault.Forbidden("probe.error.no_right").WithHint("probe.error.no_right_hint").Because(err)
}

// Listen hears nothing here: near a protected device nothing is sent anyway.
func Listen(context.Context, []string) error { return nil }
