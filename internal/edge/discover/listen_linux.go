package discover

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"sonae/internal/platform/fault"
)

// receiveBytes is the kernel's buffer for packets that wait: at 50,000 packets a second
// about a second in which the machine does something else. It is taken only while
// packets wait.
const receiveBytes = 32 << 20

// socket is a packet socket (packet(7)). Own, because pcapgo's has no way to set the
// buffer, and its default holds five milliseconds of the load that must not be lost.
type socket struct {
	file *os.File
	raw  syscall.RawConn
	buf  []byte
	oob  []byte
}

func openTap(name string) (tap, error) {
	card, err := net.InterfaceByName(name)
	if err != nil {
		return nil, fault.NotFound("discover.error.interface", "Name", name, "Known", known()).Because(err)
	}
	// Protocol 0 hears nothing: the filter comes before the first packet.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return nil, fault.Forbidden("discover.error.no_right", "Name", name).WithHint("discover.error.no_right_hint").Because(err)
	}
	if err != nil {
		return nil, fmt.Errorf("open packet socket: %w", err)
	}
	if err := prepare(fd, card.Index); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("listen on %s: %w", name, err)
	}
	s := &socket{file: os.NewFile(uintptr(fd), name), buf: make([]byte, acceptAll), oob: make([]byte, 256)}
	if s.raw, err = s.file.SyscallConn(); err != nil {
		_ = s.file.Close()
		return nil, fmt.Errorf("listen on %s: %w", name, err)
	}
	return s, nil
}

func prepare(fd, index int) error {
	program, err := filter()
	if err != nil {
		return err
	}
	steps := make([]unix.SockFilter, len(program))
	for i, p := range program {
		steps[i] = unix.SockFilter{Code: p.Op, Jt: p.Jt, Jf: p.Jf, K: p.K}
	}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(steps)), Filter: &steps[0]}); err != nil { //nolint:gosec // shorter than 255
		return fmt.Errorf("attach filter: %w", err)
	}
	// Without these it hears all the same: without VLAN, its own packets, with a smaller buffer.
	_ = unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_AUXDATA, 1)
	_ = unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1)
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBytes) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBytes)
	}
	return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: swap(unix.ETH_P_ALL), Ifindex: index})
}

// swap writes a number in the order of the network.
func swap(n uint16) uint16 {
	return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, n))
}

func (s *socket) read() (data []byte, at time.Time, vlan int, err error) {
	var n, oobn int
	var callErr error
	if err := s.raw.Read(func(fd uintptr) bool {
		n, oobn, _, _, callErr = unix.Recvmsg(int(fd), s.buf, s.oob, 0)
		return !errors.Is(callErr, unix.EAGAIN)
	}); err != nil {
		return nil, at, 0, err
	}
	if errors.Is(callErr, unix.EINTR) {
		return s.read()
	}
	if callErr != nil {
		return nil, at, 0, fmt.Errorf("receive: %w", callErr)
	}
	return s.buf[:n], time.Now(), auxVLAN(s.oob[:oobn]), nil
}

// auxVLAN is the tag that the kernel took off the frame; 0 = none. The only message that
// was asked for is struct tpacket_auxdata: status, two lengths of 4 bytes, two offsets of
// 2 bytes, the tag.
func auxVLAN(oob []byte) int {
	head := unix.CmsgLen(0)
	if len(oob) < head+int(unsafe.Sizeof(unix.TpacketAuxdata{})) {
		return 0
	}
	h := (*unix.Cmsghdr)(unsafe.Pointer(&oob[0])) //nolint:gosec // the length was looked at
	if h.Level != unix.SOL_PACKET || h.Type != unix.PACKET_AUXDATA {
		return 0
	}
	aux := oob[head:]
	if binary.NativeEndian.Uint32(aux)&unix.TP_STATUS_VLAN_VALID == 0 {
		return 0
	}
	return int(binary.NativeEndian.Uint16(aux[16:])) & vlanMask
}

func (s *socket) deadline(at time.Time) error { return s.file.SetReadDeadline(at) }

func (s *socket) lost() (int64, error) {
	var packets int64
	var callErr error
	err := s.raw.Control(func(fd uintptr) {
		stats, err := unix.GetsockoptTpacketStats(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS)
		if callErr = err; err == nil {
			packets = int64(stats.Drops)
		}
	})
	return packets, errors.Join(err, callErr)
}

func (s *socket) close() error { return s.file.Close() }
