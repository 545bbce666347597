package door

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"sonae/internal/platform/fault"
)

// canPin: the kernel takes neighbour entries from us.
const canPin = true

// system is what the Door uses of Linux. Reading routes and neighbours sends nothing.
type system struct {
	heardARP  func(index int, addr netip.Addr, mac net.HardwareAddr, answer bool)
	mu        sync.Mutex // one netlink question at a time
	netlink   *netlink.Conn
	arpSocket map[int]*os.File
	redirects redirects
	echoes
}

func openSystem(heardARP func(int, netip.Addr, net.HardwareAddr, bool), heardEcho func(netip.Addr, uint16, uint16)) (*system, error) {
	c, err := netlink.Dial(unix.NETLINK_ROUTE, nil)
	if err != nil {
		return nil, fmt.Errorf("open netlink: %w", err)
	}
	return &system{heardARP: heardARP, netlink: c, arpSocket: map[int]*os.File{}, echoes: echoes{heard: heardEcho}}, nil
}

func (s *system) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.arpSocket {
		_ = f.Close()
	}
	s.redirects.restore()
	return errors.Join(s.netlink.Close(), s.echoes.close())
}

// route asks the kernel which way it would send (rtnetlink(7), RTM_GETROUTE).
func (s *system) route(addr netip.Addr, links func(int, func() (*link, error)) (*link, error)) (hop, error) {
	family := byte(unix.AF_INET)
	if addr.Is6() {
		family = unix.AF_INET6
	}
	body := []byte{family, byte(addr.BitLen()), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	attrs, err := netlink.MarshalAttributes([]netlink.Attribute{{Type: unix.RTA_DST, Data: addr.AsSlice()}})
	if err != nil {
		return hop{}, err
	}
	s.mu.Lock()
	answers, err := s.netlink.Execute(netlink.Message{Header: netlink.Header{Type: unix.RTM_GETROUTE, Flags: netlink.Request}, Data: append(body, attrs...)})
	s.mu.Unlock()
	if err != nil || len(answers) == 0 || len(answers[0].Data) < unix.SizeofRtMsg {
		return hop{}, errors.Join(errNoWay, err)
	}
	h := hop{next: addr, attached: true}
	switch answers[0].Data[7] { // rtm_type
	case unix.RTN_UNICAST:
	case unix.RTN_LOCAL:
		return hop{self: true, next: addr}, nil
	case unix.RTN_BROADCAST, unix.RTN_MULTICAST, unix.RTN_ANYCAST:
		return h, errAddress
	default:
		return h, errNoWay
	}
	out, err := netlink.UnmarshalAttributes(answers[0].Data[unix.SizeofRtMsg:])
	if err != nil {
		return h, fmt.Errorf("read route to %s: %w", addr, err)
	}
	index := 0
	for _, a := range out {
		switch a.Type {
		case unix.RTA_OIF:
			if len(a.Data) == 4 {
				index = int(binary.NativeEndian.Uint32(a.Data))
			}
		case unix.RTA_GATEWAY:
			if g, ok := netip.AddrFromSlice(a.Data); ok {
				h.next, h.attached = g, g == addr
			}
		case unix.RTA_VIA: // an IPv4 address by way of an IPv6 station (RFC 5549)
			if g, ok := netip.AddrFromSlice(a.Data[min(2, len(a.Data)):]); ok {
				h.next, h.attached = g, false
			}
		}
	}
	h.link, err = links(index, func() (*link, error) { return s.link(index) })
	return h, err
}

// link reads an interface and opens its ARP socket.
func (s *system) link(index int) (*link, error) {
	card, err := net.InterfaceByIndex(index)
	if err != nil {
		return nil, errors.Join(errNoWay, err)
	}
	l, err := linkOf(card)
	if err != nil || l.mac == nil {
		return l, err
	}
	err = s.openARP(l)
	if fault.Is(err, fault.CodeForbidden) {
		l.noARP, err = err, nil // SNMP goes without, away from protected devices
	}
	return l, err
}

// neighbours reads the kernel's neighbour table (rtnetlink(7), RTM_GETNEIGH). nil when it
// cannot be read.
func (s *system) neighbours() map[netip.Addr]neighbour {
	s.mu.Lock()
	answers, err := s.netlink.Execute(netlink.Message{Header: netlink.Header{Type: unix.RTM_GETNEIGH, Flags: netlink.Request | netlink.Dump}, Data: make([]byte, unix.SizeofNdMsg)})
	s.mu.Unlock()
	if err != nil {
		return nil
	}
	now := time.Now()
	out := make(map[netip.Addr]neighbour, len(answers))
	for _, m := range answers {
		if addr, n, ok := neighbourOf(m.Data, now); ok {
			out[addr] = n
		}
	}
	return out
}

// hz is in what the kernel counts for programs: USER_HZ (time(7)).
const hz = 100

// Our entries are known in the kernel's table by a protocol (linux/neighbour.h,
// NDA_PROTOCOL; Linux 5.0) whose number /etc/iproute2/rt_protos gives nobody.
const (
	ndaProtocol = 12
	ourProtocol = 83
)

func neighbourOf(b []byte, now time.Time) (addr netip.Addr, n neighbour, ok bool) {
	if len(b) < unix.SizeofNdMsg {
		return addr, n, false
	}
	n.link = int(binary.NativeEndian.Uint32(b[4:]))
	state := binary.NativeEndian.Uint16(b[8:])
	attrs, err := netlink.UnmarshalAttributes(b[unix.SizeofNdMsg:])
	if err != nil || state&(unix.NUD_INCOMPLETE|unix.NUD_FAILED|unix.NUD_NOARP) != 0 {
		return addr, n, false
	}
	for _, a := range attrs {
		switch a.Type {
		case unix.NDA_DST:
			addr, _ = netip.AddrFromSlice(a.Data)
		case unix.NDA_LLADDR:
			if len(a.Data) == 6 {
				n.mac = net.HardwareAddr(a.Data)
			}
		case ndaProtocol:
			n.ours = len(a.Data) == 1 && a.Data[0] == ourProtocol
		case unix.NDA_CACHEINFO: // confirmed, used, updated: ticks ago
			if len(a.Data) >= 4 && state&unix.NUD_PERMANENT == 0 {
				n.at = now.Add(-time.Duration(binary.NativeEndian.Uint32(a.Data)) * time.Second / hz)
			}
		}
	}
	return addr, n, addr.IsValid() && n.mac != nil
}

// pin gives the kernel an entry that it does not question.
func (s *system) pin(l *link, addr netip.Addr, mac net.HardwareAddr) error {
	return s.neighbour(unix.RTM_NEWNEIGH, netlink.Create|netlink.Replace, l, addr, mac, unix.NUD_PERMANENT)
}

// unpin takes it back: keep leaves it as one that was heard some time ago.
func (s *system) unpin(l *link, addr netip.Addr, mac net.HardwareAddr, keep bool) {
	if keep {
		_ = s.neighbour(unix.RTM_NEWNEIGH, netlink.Create|netlink.Replace, l, addr, mac, unix.NUD_STALE)
		return
	}
	_ = s.neighbour(unix.RTM_DELNEIGH, 0, l, addr, nil, 0)
}

func (s *system) neighbour(kind netlink.HeaderType, flags netlink.HeaderFlags, l *link, addr netip.Addr, mac net.HardwareAddr, state uint16) error {
	b := make([]byte, unix.SizeofNdMsg)
	b[0] = unix.AF_INET
	if addr.Is6() {
		b[0] = unix.AF_INET6
	}
	binary.NativeEndian.PutUint32(b[4:], uint32(l.index)) //nolint:gosec // an index of the kernel
	binary.NativeEndian.PutUint16(b[8:], state)
	list := []netlink.Attribute{{Type: unix.NDA_DST, Data: addr.AsSlice()}}
	if mac != nil {
		list = append(list, netlink.Attribute{Type: unix.NDA_LLADDR, Data: mac}, netlink.Attribute{Type: ndaProtocol, Data: []byte{ourProtocol}})
	}
	attrs, err := netlink.MarshalAttributes(list)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err = s.netlink.Execute(netlink.Message{Header: netlink.Header{Type: kind, Flags: netlink.Request | netlink.Acknowledge | flags}, Data: append(b, attrs...)})
	if err != nil {
		return fmt.Errorf("set neighbour %s of %s: %w", addr, l.name, err)
	}
	return nil
}

// noRight is the fault for EPERM.
func noRight(err error) error {
	return fault.Forbidden("probe.error.no_right").WithHint("probe.error.no_right_hint").Because(err)
}
