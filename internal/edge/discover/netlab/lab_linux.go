// Package netlab makes networks of Linux namespaces, so that tests of discovery have real
// wires: a switch, and hosts at its ports, each with its own kernel state. Only tests use
// it (TestOnlyTestsUse in internal/arch_test.go).
//
//	l := netlab.New(t, "tcpdump")
//	a := l.Plug("a", "02:00:00:00:00:0a", "10.98.0.2/24")
//	heard := l.Watch(a)
//	l.Start(a, "python3", "-m", "http.server", "80")
//
// Without root, or without a program that a test needs, the test is skipped with the
// reason. Everything is taken away when the test ends.
package netlab

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Lab is one network.
type Lab struct {
	Switch string // namespace of the switch; its ports are called "port" + name of the host

	t      testing.TB
	prefix string
}

// made counts the labs of this process: several tests may have one at a time.
var made atomic.Int64

// New makes the switch, a bridge without an address. tools are programs that the test
// needs beside ip(8).
func New(t testing.TB, tools ...string) *Lab {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("not root: network namespaces cannot be made")
	}
	for _, tool := range append(tools, "ip") {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	l := &Lab{t: t, prefix: fmt.Sprintf("snl%d.%d", os.Getpid(), made.Add(1))}
	if out, err := exec.Command("ip", "netns", "add", l.prefix).CombinedOutput(); err != nil { //nolint:gosec // a name of ours
		t.Skipf("network namespaces cannot be made: %v: %s", err, out)
	}
	_ = exec.Command("ip", "netns", "del", l.prefix).Run() //nolint:gosec // a name of ours
	l.Switch = l.Host("sw")
	l.Must("ip", "-n", l.Switch, "link", "add", "br0", "type", "bridge")
	l.Must("ip", "-n", l.Switch, "link", "set", "br0", "up")
	return l
}

// Must runs a program that has to succeed.
func (l *Lab) Must(name string, args ...string) {
	l.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil { //nolint:gosec // of a test
		l.t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

// Exec runs a program that has to succeed in a namespace.
func (l *Lab) Exec(ns, name string, args ...string) {
	l.t.Helper()
	l.Must("ip", append([]string{"netns", "exec", ns, name}, args...)...)
}

// Host makes a namespace that is connected to nothing. Interfaces that come into it later
// have no IPv6 until somebody switches it on: they would speak by themselves.
func (l *Lab) Host(name string) string {
	l.t.Helper()
	ns := l.prefix + name
	l.Must("ip", "netns", "add", ns)
	l.t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", ns).Run() }) //nolint:gosec // a name of ours
	l.Exec(ns, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
	l.Must("ip", "-n", ns, "link", "set", "lo", "up")
	return ns
}

// Plug connects a new host to the switch by its interface eth0. IPv6 is on when one of the
// addresses, all with their length, is of it; then they are in use at once, without the
// question whether somebody has them (RFC 4862, 5.4).
func (l *Lab) Plug(name, mac string, addresses ...string) string {
	l.t.Helper()
	ns := l.Host(name)
	l.Must("ip", "link", "add", "port"+name, "netns", l.Switch, "type", "veth", "peer", "name", "eth0", "netns", ns)
	l.Must("ip", "-n", l.Switch, "link", "set", "port"+name, "master", "br0", "up")
	l.up(ns, "eth0", mac, addresses)
	return ns
}

// Join connects two hosts by a wire of their own, each by an interface of the given name
// that must be new to it. The first host's interface has the address, the second's none.
func (l *Lab) Join(one, other, port, mac, address string) {
	l.t.Helper()
	l.Must("ip", "link", "add", port, "netns", one, "type", "veth", "peer", "name", port, "netns", other)
	l.up(one, port, mac, []string{address})
	l.Must("ip", "-n", other, "link", "set", port, "up")
}

func (l *Lab) up(ns, port, mac string, addresses []string) {
	l.t.Helper()
	l.Must("ip", "-n", ns, "link", "set", port, "address", mac)
	for _, a := range addresses {
		if netip.MustParsePrefix(a).Addr().Is6() {
			l.Exec(ns, "sysctl", "-qw", "net.ipv6.conf."+port+".disable_ipv6=0", "net.ipv6.conf."+port+".accept_dad=0", "net.ipv6.conf."+port+".router_solicitations=0")
			break
		}
	}
	l.Must("ip", "-n", ns, "link", "set", port, "up")
	for _, a := range addresses {
		if netip.MustParsePrefix(a).Addr().Is6() {
			l.Must("ip", "-n", ns, "addr", "add", a, "dev", port, "nodad")
			continue
		}
		l.Must("ip", "-n", ns, "addr", "add", a, "dev", port)
	}
}

// Start runs a program in a namespace until the test ends, or stop is called.
func (l *Lab) Start(ns, name string, args ...string) (stop func()) {
	l.t.Helper()
	cmd := exec.Command("ip", append([]string{"netns", "exec", ns, name}, args...)...) //nolint:gosec // of a test
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}                              // it may have children
	if err := cmd.Start(); err != nil {
		l.t.Fatalf("%s: %v", name, err)
	}
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		timer := time.AfterFunc(3*time.Second, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		_ = cmd.Wait()
		timer.Stop()
	}
	l.t.Cleanup(stop)
	return stop
}

// Client speaks HTTP to servers in a namespace.
func Client(ns string) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (c net.Conn, err error) {
		err = Inside(ns, func() error {
			c, err = (&net.Dialer{}).DialContext(ctx, network, address)
			return err
		})
		return c, err
	}}}
}

// Inside runs fn with the network of a namespace. Sockets that it opens stay there.
func Inside(ns string, fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		f, err := os.Open(filepath.Join("/run/netns", ns))
		if err == nil {
			err = unix.Setns(int(f.Fd()), unix.CLONE_NEWNET) //nolint:gosec // a file descriptor fits
			_ = f.Close()
		}
		if err == nil {
			err = fn()
		}
		done <- err
	}()
	return <-done
}
