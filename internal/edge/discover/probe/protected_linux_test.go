package probe

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// everything is every method there is, and more than the usual ports.
func everything(ranges ...string) Order {
	return Order{Ranges: prefixes(ranges...), Methods: Methods, Ports: []uint16{22, 23, 80, 104, 443, 445, 554, 9100, 11112}}
}

const proberMAC = "02:00:00:00:01:01"

// watch lets the real tcpdump write down what arrives at a host. heard counts the frames
// that came from the prober, by hardware address or by IP address.
func (l *lab) watch(ns string) (heard func() string) {
	l.t.Helper()
	file := filepath.Join(l.t.TempDir(), "frames.pcap")
	stop := l.start(ns, "tcpdump", "-i", "eth0", "-U", "-Z", "root", "-w", file)
	for range 100 {
		if info, err := os.Stat(file); err == nil && info.Size() >= 24 { // its head is there
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return func() string {
		l.t.Helper()
		stop()
		out, err := exec.Command("tcpdump", "-n", "-e", "-r", file, "ether src "+proberMAC+" or src host 10.98.0.1 or src host 10.97.0.1").Output()
		if err != nil {
			l.t.Fatalf("read %s: %v", file, err)
		}
		return string(bytes.TrimSpace(out))
	}
}

// meet lets two hosts hear of each other, as machines that work together do.
func (l *lab) meet(ns, address string) {
	l.t.Helper()
	l.must("ip", "netns", "exec", ns, "bash", "-c", "echo > /dev/udp/"+address+"/9; sleep 0.3")
}

// open waits until a port of a host takes connections.
func (l *lab) open(ns string, port int) {
	l.t.Helper()
	l.must("ip", "netns", "exec", ns, "bash", "-c", fmt.Sprintf("for i in $(seq 1 100); do (echo > /dev/tcp/127.0.0.1/%d) 2>/dev/null && exit 0; sleep 0.1; done; exit 1", port))
}

// TestProtectedHearNothing: whatever is asked, not one frame of ours reaches a device of
// the do-not-probe list, not even a broadcast, while permitted hosts beside it are found.
func TestProtectedHearNothing(t *testing.T) {
	l := newLab(t, "tcpdump", "bash", "python3")
	l.prober = l.plug("p", proberMAC, "10.98.0.1/24")
	a := l.plug("a", "02:00:00:00:01:02", "10.98.0.2/24")
	l.plug("b", "02:00:00:00:01:03", "10.98.0.3/24") // nobody heard of it yet
	router := l.plug("r", "02:00:00:00:01:09", "10.98.0.9/24", "10.99.0.9/24")
	l.must("ip", "netns", "exec", router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
	l.must("ip", "-n", l.prober, "route", "add", "10.99.0.0/24", "via", "10.98.0.9")
	far := l.plug("f", "02:00:00:00:02:02", "10.99.0.2/24")
	l.must("ip", "-n", far, "route", "add", "default", "via", "10.99.0.9")
	protected := map[string]string{
		"address":    l.plug("ca", "02:00:00:00:01:0a", "10.98.0.66/24"),
		"range":      l.plug("cr", "02:00:00:00:01:0b", "10.98.0.130/24"),
		"MAC":        l.plug("cm", "02:00:00:00:01:0c", "10.98.0.67/24"),
		"maker":      l.plug("cp", "00:1b:a9:00:01:0d", "10.98.0.68/24"),
		"far":        l.plug("cf", "02:00:00:00:02:0a", "10.99.0.66/24"),
		"both links": l.plug("cb", "02:00:00:00:01:0e", "10.98.0.69/24", "10.99.0.69/24"),
	}
	for _, ns := range protected {
		l.start(ns, "python3", "-m", "http.server", "80") // it would answer
	}
	web := t.TempDir()
	if err := os.WriteFile(filepath.Join(web, "index.html"), []byte("<title>外来 web</title>"), 0o600); err != nil {
		t.Fatal(err)
	}
	l.start(a, "python3", "-m", "http.server", "80", "--directory", web)
	l.start(far, "python3", "-m", "http.server", "80", "--directory", web)
	l.open(a, 80)
	l.open(far, 80)
	l.meet(l.prober, "10.98.0.2")
	l.meet(l.prober, "10.98.0.9")
	l.meet(router, "10.99.0.2")
	// From here on nothing but the run speaks.
	heard := map[string]func() string{}
	for name, ns := range protected {
		heard[name] = l.watch(ns)
	}
	list := l.list("10.98.0.66 CT", "10.98.0.128/25 ICU", "02:00:00:00:01:0c pump", "00:1b:a9 maker", "10.99.0.66", "02-00-00-00-01-0e", "10.98.0.69", "10.99.0.69")
	out := l.run(job{Order: everything("10.98.0.0/24", "10.99.0.0/24", "10.98.0.66/32"), List: list})
	time.Sleep(7 * time.Second) // the kernel asks again about stations after 5 s (DELAY_PROBE_TIME)
	for name, frames := range heard {
		if f := frames(); f != "" {
			t.Errorf("the device protected by %s heard:\n%s", name, f)
		}
	}
	if diff := cmp.Diff([]string{"10.98.0.2", "10.98.0.9", "10.99.0.2", "10.99.0.9"}, out.addresses()); diff != "" || out.Error != "" {
		t.Errorf("%s\nfound: %s", out.Error, diff)
	}
	for _, x := range out.Answers {
		if s := x.Address.String(); (s == "10.98.0.2" || s == "10.99.0.2") && !strings.Contains(tell(x.Traits), "http.title=外来 web") {
			t.Errorf("%s: %s", s, tell(x.Traits))
		}
	}
	for addr, want := range map[string]string{"10.98.0.1": "self", "10.98.0.3": "broadcast", "10.98.0.66": "rule", "10.98.0.69": "rule", "10.98.0.130": "rule", "10.98.0.67": "broadcast", "10.98.0.68": "broadcast", "10.99.0.66": "rule", "10.99.0.69": "rule"} {
		if got := out.reasons()[addr]; got != want {
			t.Errorf("%s was left out by %q, want %q", addr, got, want)
		}
	}
	for _, s := range out.Sent {
		if s.Broadcast {
			t.Errorf("a broadcast went out: %+v", s)
		}
	}
}

func tell(list traits) string {
	var b strings.Builder
	for _, x := range list {
		b.WriteString(x.Key + "=" + x.Value + " ")
	}
	return b.String()
}
