package discover

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sonae/internal/edge/discover/netlab"
	"sonae/internal/survey/network"
)

// TestLab listens among a real LLDP daemon, a real DHCP server and a real client: all are
// found, with the words they are known by.
func TestLab(t *testing.T) {
	l := netlab.New(t, "lldpd", "lldpcli", "dnsmasq", "udhcpc", "bash")
	sw := l.Plug("a", "02:00:00:00:0a:01", "10.99.0.2/24")
	dhcp := l.Plug("b", "02:00:00:00:0b:01", "10.99.0.1/24")
	client := l.Plug("c", "02:00:00:00:0c:01")
	dir := t.TempDir()
	// lldpd and lldpcli give root's rights up before they use their socket.
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil { //nolint:gosec // nothing but the test's sockets is in it
			t.Fatal(err)
		}
	}
	sock := filepath.Join(dir, "lldp.sock")
	l.Start(sw, "unshare", "--uts", "sh", "-c", "hostname switch-3f; exec lldpd -d -p "+filepath.Join(dir, "lldp.pid")+" -u "+sock+" -I eth0")
	l.Start(dhcp, "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--user=root", "--interface=eth0", "--bind-interfaces", "--dhcp-authoritative",
		"--dhcp-range=10.99.0.50,10.99.0.60,1h", "--dhcp-leasefile="+filepath.Join(dir, "leases"), "--pid-file=")
	l.Start(client, "bash", "-c", "sleep 1; udhcpc -i eth0 -f -q -n -t 10 -T 1 -s /bin/true -x hostname:ward-pc -V 'Lab 1.0'; ip addr add 10.99.0.77/24 dev eth0; for i in 1 2 3; do echo > /dev/udp/10.99.0.1/9; sleep 1; done")
	l.Start(sw, "sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do lldpcli -u "+sock+" configure lldp tx-interval 1 && break; sleep 1; done")

	var mu sync.Mutex
	all := ""
	ctx, stop := context.WithTimeout(context.Background(), 60*time.Second)
	defer stop()
	want := []string{
		"lldp mac:020000000a01 020000000a01 switch-3f 10.99.0.2 port eth0 ",
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
	err := netlab.Inside(l.Switch, func() (err error) {
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
