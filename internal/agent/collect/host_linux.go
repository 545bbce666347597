package collect

import (
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

// Host is the machine the agent runs on.
func Host() *Source {
	return &Source{
		OS: runtime.GOOS, Arch: runtime.GOARCH, Files: os.DirFS("/"), Now: time.Now,
		Space: statfs, Addresses: hostAddresses, ClockSynced: clockSynced, FilterChains: filterChains,
	}
}

func statfs(mount string) (sizeBytes, freeBytes int64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(mount, &s); err != nil {
		return 0, 0, err
	}
	return int64(s.Blocks) * int64(s.Bsize), int64(s.Bavail) * int64(s.Bsize), nil //nolint:gosec // sizes of real disks
}

// clockSynced reads STA_UNSYNC of adjtimex(2), which an NTP program clears and
// the kernel sets again when nobody has confirmed the time for long.
func clockSynced() (bool, error) {
	const staUnsync = 0x0040
	var t syscall.Timex
	if _, err := syscall.Adjtimex(&t); err != nil {
		return false, fmt.Errorf("adjtimex: %w", err)
	}
	return t.Status&staUnsync == 0, nil
}

// filterChains dumps all nftables chains (NFT_MSG_GETCHAIN with NLM_F_DUMP). It
// needs CAP_NET_ADMIN.
func filterChains() ([][]byte, error) {
	const netfilter, getChain = 12, 10<<8 | 4 // NETLINK_NETFILTER; NFNL_SUBSYS_NFTABLES, NFT_MSG_GETCHAIN
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, netfilter)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	defer syscall.Close(fd)
	timeout := syscall.Timeval{Sec: 2}
	if err := syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &timeout); err != nil {
		return nil, os.NewSyscallError("setsockopt", err)
	}
	request := make([]byte, netlinkHead+nfGenHead)
	binary.NativeEndian.PutUint32(request, uint32(len(request))) //nolint:gosec // twenty
	binary.NativeEndian.PutUint16(request[4:], getChain)
	binary.NativeEndian.PutUint16(request[6:], syscall.NLM_F_REQUEST|syscall.NLM_F_DUMP)
	binary.NativeEndian.PutUint32(request[8:], 1)
	if err := syscall.Sendto(fd, request, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return nil, os.NewSyscallError("netlink send", err)
	}
	return receiveDump(fd)
}

func receiveDump(fd int) ([][]byte, error) {
	const most = 4096 // messages; chains of the largest container hosts
	var messages [][]byte
	buf := make([]byte, 64<<10)
	for len(messages) < most {
		n, _, err := syscall.Recvfrom(fd, buf, 0)
		if err != nil {
			return nil, os.NewSyscallError("netlink receive", err)
		}
		parsed, err := syscall.ParseNetlinkMessage(buf[:n])
		if err != nil {
			return nil, fmt.Errorf("netlink: %w", err)
		}
		for _, m := range parsed {
			switch m.Header.Type {
			case syscall.NLMSG_DONE:
				return messages, nil
			case syscall.NLMSG_ERROR:
				if len(m.Data) >= 4 {
					if code := int32(binary.NativeEndian.Uint32(m.Data)); code != 0 { //nolint:gosec // a negative errno
						return nil, os.NewSyscallError("nftables", syscall.Errno(-code))
					}
				}
				return messages, nil
			}
			head := make([]byte, netlinkHead, netlinkHead+len(m.Data))
			binary.NativeEndian.PutUint16(head[4:], m.Header.Type)
			messages = append(messages, append(head, m.Data...))
		}
	}
	return messages, nil
}
