//go:build linux

package packaging

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sonae/internal/wire"
)

// life is what happens to the package on a machine, line by line with a mark
// before each answer. The agent outside of its unit (free.json) is what the one
// inside has to match.
const life = `exec >/t/out 2>&1
say() { printf '%s: ' "$1"; }
set -u
perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => '$PORT'); sleep 300' &
sleep 3 # until the services of the machine have settled
/t/sonae-agent once --out /t/free.json
say install; dpkg -i /t/agent.deb >/t/dpkg.log && echo ok
say enabled; systemctl is-enabled sonae-agent
say waits; systemctl is-active sonae-agent
say configured; sonae-agent configure --server $SERVER --token good-token
say started; systemctl start sonae-agent && echo ok
for i in $(seq 100); do [ -e /var/lib/sonae-agent/device ] && break; sleep 0.3; done
sleep 2
say active; systemctl is-active sonae-agent
say status; sonae-agent status | head -1
say mode; stat -c %a /var/lib/sonae-agent
say token; ls /var/lib/sonae-agent/token 2>&1 | grep -c 'No such'
say memory; systemctl show -p MemoryMax sonae-agent
systemctl show -p ExecMainPID sonae-agent >/t/pid
grep -E 'Cap|NoNewPrivs|Seccomp:' /proc/$(sed 's/.*=//' /t/pid)/status >/t/limits
say again; sonae-agent install --server $SERVER --token good-token | tail -1
say uninstall; sonae-agent uninstall
say upgrade; dpkg -i /t/agent.deb >/t/dpkg.log && systemctl is-active sonae-agent
say same; sonae-agent status | head -1
say removed; dpkg -r sonae-agent >/t/dpkg.log && echo ok
say gone; ls /usr/bin/sonae-agent /usr/lib/systemd/system/sonae-agent.service 2>&1 | grep -c 'No such'
say stopped; systemctl is-active sonae-agent
say kept; ls /var/lib/sonae-agent/device
say purged; dpkg -P sonae-agent >/t/dpkg.log && ls /var/lib/sonae-agent 2>&1 | grep -c 'No such'
`

// TestDebOnSystemd boots a systemd of its own over a throw-away copy of this
// machine, installs the package there with dpkg, has the service report to a
// server, upgrades, removes and purges it. It compares what the agent finds inside
// the limits of its unit with what it finds without them.
func TestDebOnSystemd(t *testing.T) {
	file := built(t, "sonae-agent_*_amd64.deb", "systemd-nspawn", "dpkg")
	if os.Geteuid() != 0 {
		t.Skip("not root")
	}
	server := &ingest{}
	ts := httptest.NewServer(server)
	defer ts.Close()
	root, box := machine(t)
	run(t, "cp", file, filepath.Join(box, "agent.deb"))
	run(t, "sh", "-c", fmt.Sprintf("cd %q && dpkg-deb --fsys-tarfile agent.deb | tar xf - ./usr/bin/sonae-agent --strip-components=3", box))
	write(t, filepath.Join(box, "life.sh"), fmt.Sprintf("SERVER=%s\nPORT=%d\n%s", ts.URL, freePort(t), life))
	boot(t, root, box)

	said := map[string]string{}
	for line := range strings.Lines(read(t, filepath.Join(box, "out"))) {
		if mark, answer, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			said[mark] = answer
		}
	}
	for mark, want := range map[string]string{
		"install": "ok", "enabled": "enabled", "waits": "inactive", "configured": "the service will report to " + ts.URL, "started": "ok",
		"active": "active", "status": "device      device-1", "mode": "700", "token": "1", "memory": "MemoryMax=209715200",
		"again": "the service sonae-agent is installed and running", "upgrade": "active", "same": "device      device-1",
		"removed": "ok", "gone": "2", "stopped": "inactive", "kept": "/var/lib/sonae-agent/device", "purged": "1",
		"uninstall": "sonae-agent: a package installed this agent; remove it with the package manager, for example: apt remove sonae-agent",
	} {
		if said[mark] != want {
			t.Errorf("%s: %q, want %q", mark, said[mark], want)
		}
	}
	limits := read(t, filepath.Join(box, "limits"))
	// CAP_DAC_READ_SEARCH 2 and CAP_SYS_PTRACE 19 (capabilities(7)); systemd-nspawn itself
	// keeps the third, CAP_NET_ADMIN, from a machine on the network of its host.
	for _, want := range []string{fmt.Sprintf("CapBnd:\t%016x", 1<<2|1<<19), "NoNewPrivs:\t1", "Seccomp:\t2"} {
		if !strings.Contains(limits, want) {
			t.Errorf("the service's limits miss %q:\n%s", want, limits)
		}
	}
	sameInside(t, filepath.Join(box, "free.json"), server.first())
	if t.Failed() {
		t.Logf("%s", read(t, filepath.Join(box, "out")))
	}
}

// sameInside compares the report of the service with that of the free agent. What
// moves between the two is left out: free space, log-ins, the processes of the
// test itself.
func sameInside(t *testing.T, free string, inside *wire.Report) {
	t.Helper()
	var outside wire.Report
	if err := json.Unmarshal([]byte(read(t, free)), &outside); err != nil {
		t.Fatal(err)
	}
	if inside == nil {
		t.Fatal("the service sent no report")
	}
	var notes []string
	for _, n := range inside.Notes {
		if !slices.Contains(outside.Notes, n) {
			notes = append(notes, string(n.Section)+": "+n.Reason)
		}
	}
	if len(notes) > 0 {
		t.Errorf("only inside the limits: %s", strings.Join(notes, "\n"))
	}
	samePorts(t, &outside, inside)
	for _, section := range []wire.Section{wire.SecHardware, wire.SecDisks, wire.SecInterfaces, wire.SecAccounts, wire.SecUpdates, wire.SecVolumes, wire.SecSecurity} {
		if outside.Digests[section] != inside.Digests[section] {
			t.Errorf("section %s differs:\ninside  %s\noutside %s", section, show(inside, section), show(&outside, section))
		}
	}
}

// samePorts leaves out ports that came or went; the process behind a port is what
// only CAP_SYS_PTRACE shows.
func samePorts(t *testing.T, outside, inside *wire.Report) {
	t.Helper()
	behind := false
	for _, port := range *inside.Sections.Ports {
		behind = behind || port.Process == "perl"
		if i := slices.IndexFunc(*outside.Sections.Ports, func(p wire.Port) bool {
			return p.Number == port.Number && p.Protocol == port.Protocol && p.Address == port.Address
		}); i >= 0 && (*outside.Sections.Ports)[i] != port {
			t.Errorf("port: inside %+v, outside %+v", port, (*outside.Sections.Ports)[i])
		}
	}
	if !behind {
		t.Errorf("the program behind the test's port is not named: %s", show(inside, wire.SecPorts))
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

func show(r *wire.Report, section wire.Section) string {
	body, _ := json.Marshal(r.Sections.Only(section))
	return string(body)
}

// machine lays a file system that forgets over this machine's own.
func machine(t *testing.T) (root, box string) {
	t.Helper()
	work := t.TempDir()
	root, box = filepath.Join(work, "root"), filepath.Join(work, "t")
	memory := filepath.Join(work, "memory")
	for _, dir := range []string{root, box, memory} {
		if err := os.Mkdir(dir, 0o755); err != nil { //nolint:gosec // the root of a machine
			t.Fatal(err)
		}
	}
	if err := syscall.Mount("tmpfs", memory, "tmpfs", 0, "size=512m"); err != nil {
		t.Skipf("no mounts here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(memory, syscall.MNT_DETACH) })
	upper, scratch := filepath.Join(memory, "u"), filepath.Join(memory, "w")
	run(t, "mkdir", upper, scratch)
	if err := syscall.Mount("overlay", root, "overlay", 0, "lowerdir=/,upperdir="+upper+",workdir="+scratch); err != nil {
		t.Skipf("no overlay file system here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(root, syscall.MNT_DETACH) })
	run(t, "mkdir", "-p", filepath.Join(root, "t"))
	unit := "[Unit]\nAfter=basic.target\nRequires=basic.target\nSuccessAction=exit-force\nFailureAction=exit-force\n[Service]\nType=oneshot\nExecStart=/bin/sh /t/life.sh\n"
	run(t, "mkdir", "-p", filepath.Join(root, "etc/systemd/system"))
	write(t, filepath.Join(root, "etc/systemd/system/sonae-test.service"), unit)
	return root, box
}

// boot runs the machine until it ends by itself.
func boot(t *testing.T, root, box string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot", "--console=pipe", //nolint:gosec // our own folders
		"--machine=sonae-test", "--directory="+root, "--bind="+box+":/t", "systemd.unit=sonae-test.service")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	out, err := cmd.CombinedOutput()
	if _, statErr := os.Stat(filepath.Join(box, "out")); statErr != nil {
		t.Skipf("systemd does not boot here: %v\n%s", err, out)
	}
	if ctx.Err() != nil {
		t.Errorf("the machine did not end by itself\n%s\n%s", out, read(t, filepath.Join(box, "out")))
	}
}

// ingest takes one device's reports, with the real decoding.
type ingest struct {
	mu      sync.Mutex
	reports []*wire.Report
}

func (i *ingest) first() *wire.Report {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.reports) == 0 {
		return nil
	}
	return i.reports[0]
}

func (i *ingest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/enroll") {
		_ = json.NewEncoder(w).Encode(wire.EnrollReply{DeviceID: "device-1"})
		return
	}
	report, err := wire.Decode(r.Body, r.Header.Get("Content-Encoding"), wire.ReportLimits())
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.reports = append(i.reports, report)
	_ = json.NewEncoder(w).Encode(wire.ReportReply{Seq: report.Seq})
}
