package probe

import (
	"os"
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

// watch gives the frames that arrive at a host and came from the prober, by hardware
// address or by IP address.
func (l *lab) watch(ns string) (heard func() string) {
	read := l.Watch(ns, "eth0")
	return func() string { return read("ether src " + proberMAC + " or src host 10.98.0.1 or src host 10.97.0.1") }
}

// TestProtectedHearNothing: whatever is asked, not one frame of ours reaches a device of
// the do-not-probe list, not even a broadcast, while permitted hosts beside it are found.
func TestProtectedHearNothing(t *testing.T) {
	l := newLab(t, "tcpdump", "bash", "python3")
	l.prober = l.Plug("p", proberMAC, "10.98.0.1/24")
	a := l.Plug("a", "02:00:00:00:01:02", "10.98.0.2/24")
	l.Plug("b", "02:00:00:00:01:03", "10.98.0.3/24") // nobody heard of it yet
	router := l.Plug("r", "02:00:00:00:01:09", "10.98.0.9/24", "10.99.0.9/24")
	l.Exec(router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
	l.Must("ip", "-n", l.prober, "route", "add", "10.99.0.0/24", "via", "10.98.0.9")
	far := l.Plug("f", "02:00:00:00:02:02", "10.99.0.2/24")
	l.Must("ip", "-n", far, "route", "add", "default", "via", "10.99.0.9")
	protected := map[string]string{
		"address":    l.Plug("ca", "02:00:00:00:01:0a", "10.98.0.66/24"),
		"range":      l.Plug("cr", "02:00:00:00:01:0b", "10.98.0.130/24"),
		"MAC":        l.Plug("cm", "02:00:00:00:01:0c", "10.98.0.67/24"),
		"maker":      l.Plug("cp", "00:1b:a9:00:01:0d", "10.98.0.68/24"),
		"far":        l.Plug("cf", "02:00:00:00:02:0a", "10.99.0.66/24"),
		"both links": l.Plug("cb", "02:00:00:00:01:0e", "10.98.0.69/24", "10.99.0.69/24"),
	}
	for _, ns := range protected {
		l.Start(ns, "python3", "-m", "http.server", "80") // it would answer
	}
	web := t.TempDir()
	if err := os.WriteFile(filepath.Join(web, "index.html"), []byte("<title>外来 web</title>"), 0o600); err != nil {
		t.Fatal(err)
	}
	l.Start(a, "python3", "-m", "http.server", "80", "--directory", web)
	l.Start(far, "python3", "-m", "http.server", "80", "--directory", web)
	l.Open(a, 80)
	l.Open(far, 80)
	l.Meet(l.prober, "10.98.0.2")
	l.Meet(l.prober, "10.98.0.9")
	l.Meet(router, "10.99.0.2")
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

// TestProtectedHearNothing6: the same over IPv6. Neighbour solicitations of the kernel are
// frames, too: they go to a group that a switch may send to everybody.
func TestProtectedHearNothing6(t *testing.T) {
	l := newLab(t, "tcpdump", "bash")
	l.prober = l.Plug("p", proberMAC, "2001:db8:98::1/64")
	l.Plug("a", "02:00:00:00:01:02", "2001:db8:98::2/64")
	l.Plug("b", "02:00:00:00:01:03", "2001:db8:98::3/64") // nobody heard of it yet
	ct := l.Plug("ct", "02:00:00:00:01:66", "2001:db8:98::26/64")
	l.Meet(l.prober, "2001:db8:98::2")
	time.Sleep(time.Second) // their kernels speak of themselves for a while
	read := l.Watch(ct, "eth0")
	o := Order{Ranges: prefixes("2001:db8:98::/122"), Methods: []Method{ARP, Ping, TCP}, Ports: []uint16{80}}
	out := l.run(job{Order: o, List: l.list("2001:db8:98::26 CT")})
	time.Sleep(6 * time.Second) // the kernel asks again about stations after 5 s
	if f := read("ether src " + proberMAC); f != "" {
		t.Errorf("the protected device heard:\n%s", f)
	}
	if diff := cmp.Diff([]string{"2001:db8:98::2"}, out.addresses()); diff != "" || out.Error != "" {
		t.Errorf("%s\n%s", out.Error, diff)
	}
	for addr, want := range map[string]string{"2001:db8:98::26": "rule", "2001:db8:98::3": "broadcast", "2001:db8:98::1": "self"} {
		if got := out.reasons()[addr]; got != want {
			t.Errorf("%s was left out by %q, want %q", addr, got, want)
		}
	}
	// Where nobody is protected, stations of IPv6 are found by ping.
	out = l.run(job{Order: o, List: l.list()})
	if diff := cmp.Diff([]string{"2001:db8:98::2", "2001:db8:98::26", "2001:db8:98::3"}, out.addresses()); diff != "" || out.Error != "" {
		t.Errorf("%s\n%s", out.Error, diff)
	}
}
