package door

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// vanish makes Close send nothing: a socket in repair mode is taken apart in silence
// (tcp(7); Linux, net/ipv4/tcp.c, tcp_close). Without the right to do so it sends RST.
func vanish(c net.Conn) {
	t, ok := c.(*net.TCPConn)
	if !ok {
		return
	}
	if raw, err := t.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_REPAIR, 1) })
		if err == nil {
			return
		}
	}
	_ = t.SetLinger(0)
}

// segments counts what the kernel sent on a connection; guess where it does not say.
func segments(c net.Conn, guess int) int {
	n := guess
	if t, ok := c.(syscall.Conn); ok {
		if raw, err := t.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) {
				if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
					n = int(info.Segs_out)
				}
			})
		}
	}
	return n
}
