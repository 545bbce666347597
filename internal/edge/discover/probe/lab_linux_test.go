package probe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sonae/internal/survey/network/noprobe"
)

// lab is a network of namespaces: a bridge without an address, a prober and hosts at its
// ports.
type lab struct {
	t      *testing.T
	prefix string
	bridge string
	prober string
}

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
	l := &lab{t: t, prefix: fmt.Sprintf("snp%d", os.Getpid()%100000)}
	l.bridge = l.host("sw")
	l.must("ip", "-n", l.bridge, "link", "add", "br0", "type", "bridge")
	l.must("ip", "-n", l.bridge, "link", "set", "br0", "up")
	return l
}

func (l *lab) must(name string, args ...string) {
	l.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		l.t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

func (l *lab) host(name string) string {
	ns := l.prefix + name
	l.must("ip", "netns", "add", ns)
	l.t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", ns).Run() })
	l.must("ip", "-n", ns, "link", "set", "lo", "up")
	return ns
}

// plug connects a new host to the bridge by eth0.
func (l *lab) plug(name, mac string, addresses ...string) string {
	ns := l.host(name)
	l.must("ip", "link", "add", "p"+name, "netns", l.bridge, "type", "veth", "peer", "name", "eth0", "netns", ns)
	l.must("ip", "-n", l.bridge, "link", "set", "p"+name, "master", "br0", "up")
	l.must("ip", "-n", ns, "link", "set", "eth0", "address", mac)
	l.must("ip", "netns", "exec", ns, "sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1")
	l.must("ip", "-n", ns, "link", "set", "eth0", "up")
	for _, a := range addresses {
		l.must("ip", "-n", ns, "addr", "add", a, "dev", "eth0")
	}
	return ns
}

// start runs a program in a namespace until the test ends, or stop is called.
func (l *lab) start(ns, name string, args ...string) (stop func()) {
	l.t.Helper()
	cmd := exec.Command("ip", append([]string{"netns", "exec", ns, name}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		l.t.Fatalf("%s: %v", name, err)
	}
	var ended bool
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

// Run in a namespace of the lab, the test binary is the prober: it takes a job from the
// environment and prints what Run tells.
type job struct {
	Order  Order
	List   string // file of the do-not-probe list
	Cursor Cursor
	Stop   int // pause when so many addresses are done; 0 = never
	Out    string
}

type told struct {
	Answers  []Answer
	Sent     []Sent
	Refused  []Refused
	Progress Progress
	Error    string
	Took     time.Duration
}

const jobVariable = "SONAE_PROBE_JOB"

func TestMain(m *testing.M) {
	if text := os.Getenv(jobVariable); text != "" {
		if err := work(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func work(text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	gate := noprobe.New(noprobe.File(j.List))
	if err := gate.Reload(context.Background()); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var out told
	began := time.Now()
	p, err := Run(ctx, j.Order, gate, j.Cursor, func(_ context.Context, b Batch) error {
		out.Answers, out.Sent, out.Refused = append(out.Answers, b.Answers...), append(out.Sent, b.Sent...), append(out.Refused, b.Refused...)
		if j.Stop > 0 && b.Progress.Done >= j.Stop {
			stop()
		}
		return nil
	})
	out.Progress, out.Took = p, time.Since(began)
	if err != nil {
		out.Error = err.Error()
	}
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return os.WriteFile(j.Out, body, 0o600)
}

// run lets the prober do a job.
func (l *lab) run(j job) (out told) {
	l.t.Helper()
	j.Out = filepath.Join(l.t.TempDir(), "told.json")
	body, err := json.Marshal(j)
	if err != nil {
		l.t.Fatal(err)
	}
	cmd := exec.Command("ip", "netns", "exec", l.prober, os.Args[0])
	cmd.Env = append(os.Environ(), jobVariable+"="+string(body))
	if text, err := cmd.CombinedOutput(); err != nil {
		l.t.Fatalf("%v: %s", err, text)
	}
	body, err = os.ReadFile(j.Out)
	if err != nil {
		l.t.Fatal(err)
	}
	if err := json.Unmarshal(body, &out); err != nil {
		l.t.Fatal(err)
	}
	return out
}

func (l *lab) list(lines ...string) string {
	l.t.Helper()
	name := filepath.Join(l.t.TempDir(), "no-probe.txt")
	if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		l.t.Fatal(err)
	}
	return name
}

func prefixes(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func (o told) addresses() (out []string) {
	for _, a := range o.Answers {
		out = append(out, a.Address.String())
	}
	slices.Sort(out)
	return out
}

func (o told) reasons() map[string]string {
	out := map[string]string{}
	for _, r := range o.Refused {
		out[r.Address.String()] = string(r.Reason)
	}
	return out
}
