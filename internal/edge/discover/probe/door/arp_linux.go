package door

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// openARP opens a packet socket (packet(7)) that hears the ARP of a link, and takes what
// it hears until it is closed.
func (s *system) openARP(l *link) error {
	proto := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ARP))
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, int(proto))
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return noRight(err)
	}
	if err != nil {
		return fmt.Errorf("open packet socket: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: proto, Ifindex: l.index}); err != nil {
		_ = unix.Close(fd)
		return fmt.Errorf("bind packet socket to %s: %w", l.name, err)
	}
	f := os.NewFile(uintptr(fd), "arp "+l.name)
	s.mu.Lock()
	s.arpSocket[l.index] = f
	s.mu.Unlock()
	go s.listenARP(f, l)
	return nil
}

func (s *system) listenARP(f *os.File, l *link) {
	buf := make([]byte, 256)
	for {
		n, err := f.Read(buf)
		if err != nil {
			if errors.Is(err, unix.ENETDOWN) || errors.Is(err, unix.EINTR) {
				continue
			}
			return
		}
		if addr, mac, answer, ok := readARP(buf[:n], l.mac); ok {
			s.heardARP(l.index, addr, mac, answer)
		}
	}
}

func (s *system) sendARP(l *link, to net.HardwareAddr, target netip.Addr) error {
	s.mu.Lock()
	f := s.arpSocket[l.index]
	s.mu.Unlock()
	var own netip.Addr
	for _, p := range l.prefixes {
		if p.Addr().Is4() && (!own.IsValid() || p.Contains(target)) {
			own = p.Addr()
		}
	}
	if f == nil || !own.IsValid() {
		return errNoWay
	}
	_, err := f.Write(requestARP(l.mac, to, own, target))
	return err
}

// arpHead is Ethernet, IPv4, lengths 6 and 4 (RFC 826).
var arpHead = []byte{0, 1, 8, 0, 6, 4, 0}

// requestARP is the frame of a request, filled to the least length of Ethernet.
func requestARP(from, to net.HardwareAddr, own, target netip.Addr) []byte {
	b := make([]byte, 0, 60)
	b = append(b, to...)
	b = append(b, from...)
	b = append(b, 8, 6)
	b = append(b, arpHead...)
	b = append(b, 1)
	b = append(b, from...)
	b = append(b, own.AsSlice()...)
	b = append(b, 0, 0, 0, 0, 0, 0)
	b = append(b, target.AsSlice()...)
	return b[:cap(b)]
}

// readARP reads a frame: who sent it, and whether it is an answer to own.
func readARP(b []byte, own net.HardwareAddr) (addr netip.Addr, mac net.HardwareAddr, answer, ok bool) {
	if len(b) < 42 || !bytes.Equal(b[14:21], arpHead) {
		return addr, nil, false, false
	}
	mac = bytes.Clone(b[22:28])
	addr, _ = netip.AddrFromSlice(b[28:32])
	answer = b[21] == 2 && bytes.Equal(b[32:38], own)
	// A station that says of itself another address than its frame came from is a proxy or
	// a liar.
	ok = !bytes.Equal(mac, own) && mac[0]&1 == 0 && bytes.Equal(mac, b[6:12]) && !addr.IsUnspecified()
	return addr, mac, answer, ok
}
