package discover

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sonae/internal/survey/network"
)

// lab is a network of namespaces that the test made and takes away again: a listener with
// a bridge, and hosts at its ports.
type lab struct {
	t        *testing.T
	prefix   string
	listener string
}

// newLab makes the listener's namespace, or skips with the reason.
func newLab(t *testing.T, tools ...string) *lab {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("not root: network namespaces cannot be made")
	}
	for _, tool := range append(tools, "ip") {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	l := &lab{t: t, prefix: fmt.Sprintf("snd%d", os.Getpid()%100000)}
	l.listener = l.host("l")
	l.must("ip", "-n", l.listener, "link", "add", "br0", "type", "bridge")
	l.must("ip", "-n", l.listener, "link", "set", "br0", "up")
	return l
}

func (l *lab) must(name string, args ...string) {
	l.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		l.t.Skipf("%s %v: %v: %s", name, args, err, out)
	}
}

// host makes a namespace.
func (l *lab) host(name string) string {
	ns := l.prefix + name
	l.must("ip", "netns", "add", ns)
	l.t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", ns).Run() })
	l.must("ip", "-n", ns, "link", "set", "lo", "up")
	return ns
}

// plug connects a new host to the bridge; the listener's end is called port+name.
func (l *lab) plug(name, mac, address string) string {
	ns := l.host(name)
	l.must("ip", "link", "add", "port"+name, "netns", l.listener, "type", "veth", "peer", "name", "eth"+name, "netns", ns)
	l.must("ip", "-n", l.listener, "link", "set", "port"+name, "master", "br0", "up")
	l.must("ip", "-n", ns, "link", "set", "eth"+name, "address", mac, "up")
	if address != "" {
		l.must("ip", "-n", ns, "addr", "add", address, "dev", "eth"+name)
	}
	return ns
}

// start runs a program in a namespace until the test ends.
func (l *lab) start(ns, name string, args ...string) {
	l.t.Helper()
	cmd := exec.Command("ip", append([]string{"netns", "exec", ns, name}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it may have children
	if err := cmd.Start(); err != nil {
		l.t.Fatalf("%s: %v", name, err)
	}
	l.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		time.AfterFunc(3*time.Second, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		_ = cmd.Wait()
	})
}

// inside runs fn with the network of a namespace. Sockets that it opens stay there.
func (l *lab) inside(ns string, fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		f, err := os.Open(filepath.Join("/var/run/netns", ns))
		if err == nil {
			err = unix.Setns(int(f.Fd()), unix.CLONE_NEWNET)
			_ = f.Close()
		}
		if err == nil {
			err = fn()
		}
		done <- err
	}()
	return <-done
}

// TestLab listens among a real LLDP daemon, a real DHCP server and a real client: all are
// found, with the words they are known by.
func TestLab(t *testing.T) {
	l := newLab(t, "lldpd", "lldpcli", "dnsmasq", "udhcpc", "bash")
	sw := l.plug("a", "02:00:00:00:0a:01", "10.99.0.2/24")
	dhcp := l.plug("b", "02:00:00:00:0b:01", "10.99.0.1/24")
	client := l.plug("c", "02:00:00:00:0c:01", "")
	dir := t.TempDir()
	// lldpd and lldpcli give root's rights up before they use their socket.
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil { //nolint:gosec // nothing but the test's sockets is in it
			t.Fatal(err)
		}
	}
	sock := filepath.Join(dir, "lldp.sock")
	l.start(sw, "unshare", "--uts", "sh", "-c", "hostname switch-3f; exec lldpd -d -p "+filepath.Join(dir, "lldp.pid")+" -u "+sock+" -I etha")
	l.start(dhcp, "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--user=root", "--interface=ethb", "--bind-interfaces", "--dhcp-authoritative",
		"--dhcp-range=10.99.0.50,10.99.0.60,1h", "--dhcp-leasefile="+filepath.Join(dir, "leases"), "--pid-file=")
	l.start(client, "bash", "-c", "sleep 1; udhcpc -i ethc -f -q -n -t 10 -T 1 -s /bin/true -x hostname:ward-pc -V 'Lab 1.0'; ip addr add 10.99.0.77/24 dev ethc; for i in 1 2 3; do echo > /dev/udp/10.99.0.1/9; sleep 1; done")
	l.start(sw, "sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do lldpcli -u "+sock+" configure lldp tx-interval 1 && break; sleep 1; done")

	var mu sync.Mutex
	all := ""
	ctx, stop := context.WithTimeout(context.Background(), 60*time.Second)
	defer stop()
	want := []string{
		"lldp mac:020000000a01 020000000a01 switch-3f 10.99.0.2 port etha ",
		"dhcp 020000000c01 ward-pc ", "dhcp.vendor=Lab 1.0", "dhcp 020000000b01 10.99.0.1 dhcp.server=offer",
		"arp 020000000c01 10.99.0.77", "arp 020000000b01 10.99.0.1",
	}
	sink := func(_ context.Context, batch []network.Observation) error {
		mu.Lock()
		defer mu.Unlock()
		for _, o := range batch {
			if o.Seer.MAC == "" || !strings.HasPrefix(o.SeerPort, "port") {
				t.Errorf("nobody saw %s", tell(o))
			}
			o.Seer = network.Party{}
			all += tell(o) + "\n"
		}
		if missing(all, want) == "" {
			stop()
		}
		return nil
	}
	var heard []Heard
	err := l.inside(l.listener, func() (err error) {
		heard, err = Listen(ctx, Listening{Interfaces: []string{"porta", "portb", "portc"}, Sink: sink, Every: 200 * time.Millisecond})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if m := missing(all, want); m != "" {
		t.Errorf("not found: %s\nseen:\n%s", m, all)
	}
	for _, h := range heard {
		if h.Lost > 0 || len(h.Malformed) > 0 {
			t.Errorf("%+v", h)
		}
	}
}

func missing(all string, want []string) string {
	for _, w := range want {
		if !strings.Contains(all, w) {
			return w
		}
	}
	return ""
}

// TestListenRefuses: a wrong name is told with the right ones.
func TestListenRefuses(t *testing.T) {
	_, err := Listen(context.Background(), Listening{Interfaces: []string{"nope0"}})
	if err == nil || !strings.Contains(err.Error(), "lo") {
		t.Errorf("got %v", err)
	}
}
