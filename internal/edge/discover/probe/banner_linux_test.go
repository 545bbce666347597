package probe

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestBanners asks real servers: a web server, sshd, TLS of openssl, smbd, and a DICOM
// node of dcmtk.
func TestBanners(t *testing.T) {
	l := newLab(t, "bash", "python3", "openssl")
	l.prober = l.Plug("p", proberMAC, "10.98.0.1/24")
	a := l.Plug("a", "02:00:00:00:01:02", "10.98.0.2/24")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("<title>内視鏡 <2></title>"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"http.server": "SimpleHTTP", "http.title": "内視鏡"}
	l.Start(a, "python3", "-m", "http.server", "80", "--directory", dir)
	ports := []int{80, 443}
	key, cert := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	l.Must("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "30", "-subj", "/O=Fictional/CN=nas-3f")
	l.Start(a, "openssl", "s_server", "-quiet", "-www", "-accept", "443", "-key", key, "-cert", cert)
	want["tls.subject"], want["tls.version"] = "CN=nas-3f", "TLS 1."
	if has("sshd") && has("ssh-keygen") {
		_ = os.MkdirAll("/run/sshd", 0o755) //nolint:gosec // where sshd wants it
		host := filepath.Join(dir, "host")
		l.Must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", host)
		sshd, _ := exec.LookPath("sshd")
		l.Start(a, sshd, "-D", "-f", "/dev/null", "-o", "HostKey="+host, "-o", "PidFile=none", "-o", "UsePAM=no")
		ports, want["ssh.banner"] = append(ports, 22), "SSH-2.0-OpenSSH"
	}
	if has("smbd") {
		conf := filepath.Join(dir, "smb.conf")
		text := "[global]\nnetbios name = PACS-FS\nworkgroup = HOSP\ninterfaces = lo eth0\n"
		for _, d := range []string{"lock", "state", "cache", "private", "pid", "ncalrpc"} {
			sub := filepath.Join(dir, d)
			if err := os.Mkdir(sub, 0o700); err != nil {
				t.Fatal(err)
			}
			name := map[string]string{"private": "private dir", "ncalrpc": "ncalrpc dir"}[d]
			if name == "" {
				name = d + " directory"
			}
			text += name + " = " + sub + "\n"
		}
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		l.Start(a, "smbd", "-F", "--no-process-group", "-s", conf, "-l", dir)
		ports = append(ports, 445)
		want["smb.dialect"], want["smb.name"], want["smb.version"] = "3.0.2", "PACS-FS", "6.1."
	}
	if has("storescp") {
		l.Start(a, "storescp", "-aet", "TESTSCP", "11112")
		ports = append(ports, 11112)
		want["dicom.ae_title"], want["dicom.echo"], want["dicom.implementation"] = "TESTSCP", "success", "OFFIS_DCMTK"
	}
	for _, p := range ports {
		l.Open(a, p)
	}
	l.Start(a, "python3", "-c", answers)
	l.Open(a, 554)
	want["rtsp.server"], want["sip.user_agent"] = "Camera/1.0", "Phone/2.0"
	out := l.run(job{Order: Order{Ranges: prefixes("10.98.0.2/32"), Methods: Methods, Called: "TESTSCP"}, List: l.list()})
	if len(out.Answers) != 1 || out.Error != "" {
		t.Fatalf("%s %+v", out.Error, out.Answers)
	}
	for k, v := range want {
		if !strings.Contains(tell(out.Answers[0].Traits), k+"="+v) {
			t.Errorf("no %s=%s in %s", k, v, tell(out.Answers[0].Traits))
		}
	}
	t.Log(tell(out.Answers[0].Traits))
}

// answers is a camera and a telephone.
const answers = `
import socket, threading
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("", 5060))
def sip():
    while True:
        b, a = u.recvfrom(4096); u.sendto(b"SIP/2.0 200 OK\r\nUser-Agent: Phone/2.0\r\nAllow: INVITE, OPTIONS\r\n\r\n", a)
threading.Thread(target=sip, daemon=True).start()
s = socket.create_server(("", 554))
while True:
    c, a = s.accept()
    if c.recv(4096): c.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Camera/1.0\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n")
    c.close()
`

func has(tool string) bool {
	_, err := exec.LookPath(tool)
	return err == nil
}

// TestPauseAndGoOn: a run that was paused goes on where it was: every address is asked, and
// but for those that were being asked, once.
func TestPauseAndGoOn(t *testing.T) {
	l := newLab(t, "bash")
	l.prober = l.Plug("p", proberMAC, "10.98.0.1/22")
	l.Plug("a", "02:00:00:00:01:02", "10.98.0.2/22", "10.98.2.77/22", "10.98.3.200/22")
	o := Order{Ranges: prefixes("10.98.0.0/22"), Methods: []Method{ARP}, Rate: 400, Tries: 1}
	first := l.run(job{Order: o, List: l.list(), Stop: 300})
	if c := first.Progress.Cursor; c.Next < 1 || c.Next > 900 || !strings.Contains(first.Error, "canceled") {
		t.Fatalf("%+v %s", first.Progress, first.Error)
	}
	second := l.run(job{Order: o, List: l.list(), Cursor: first.Progress.Cursor})
	found := strings.Join(append(first.addresses(), second.addresses()...), " ")
	for _, a := range []string{"10.98.0.2", "10.98.2.77", "10.98.3.200"} {
		if !strings.Contains(found, a) {
			t.Errorf("%s was not found: %s", a, found)
		}
	}
	if p := second.Progress; p.Done != 1022 || p.Cursor.Next != 1022 || second.Error != "" {
		t.Errorf("%+v %s", p, second.Error)
	}
	if n := len(first.Sent) + len(second.Sent); n < 1021 || n > 1021+500 {
		t.Errorf("%d packets", n)
	}
	for _, out := range []told{first, second} {
		for _, s := range out.Sent {
			if !slices.ContainsFunc(out.Ahead, func(p Part) bool { return p.First.Compare(s.Address) <= 0 && s.Address.Compare(p.Last) <= 0 }) {
				t.Errorf("%s was asked and not written ahead", s.Address)
			}
		}
	}
	o.Rate = 500
	if out := l.run(job{Order: o, List: l.list(), Cursor: first.Progress.Cursor}); !strings.Contains(out.Error, "probe.error.cursor") {
		t.Errorf("another order went on: %s", out.Error)
	}
}

// TestProtectedWhileRunning: a device that is put on the list while a scan runs is safe at
// once.
func TestProtectedWhileRunning(t *testing.T) {
	l := newLab(t, "tcpdump", "bash")
	l.prober = l.Plug("p", proberMAC, "10.98.0.1/22")
	ct := l.Plug("ct", "02:00:00:00:01:66", "10.98.3.66/22")
	heard := l.watch(ct)
	list := l.list()
	var put atomic.Int64
	time.AfterFunc(2*time.Second, func() {
		_ = os.WriteFile(list, []byte("10.98.3.66 CT\n"), 0o600)
		put.Store(time.Now().UnixMicro())
	})
	out := l.run(job{Order: Order{Ranges: prefixes("10.98.0.0/22"), Methods: DefaultMethods, Rate: 200}, List: list})
	frames := heard()
	late := 0
	for line := range strings.Lines(frames) {
		second, _, _ := strings.Cut(line, " ")
		at, err := strconv.ParseFloat(second, 64)
		if err != nil {
			t.Fatal(err)
		}
		if after := int64(at*1e6) - put.Load(); after > (100 * time.Millisecond).Microseconds() { // a look every 20 ms, on a machine that does other things, too
			late++
			t.Errorf("%d µs after it was put on the list: %s", after, line)
		}
	}
	if out.reasons()["10.98.3.66"] != "rule" || out.reasons()["10.98.3.70"] != "broadcast" || frames == "" {
		t.Errorf("left out: %s, %s; %d frames late", out.reasons()["10.98.3.66"], out.reasons()["10.98.3.70"], late)
	}
}

// TestFigureSweep: 200 answering hosts in a /22, side by side with nmap -sn.
func TestFigureSweep(t *testing.T) {
	if os.Getenv("SONAE_BENCH") == "" {
		t.Skip("figures are measured by make bench")
	}
	l := newLab(t, "nmap")
	l.prober = l.Plug("p", proberMAC, "10.98.0.1/22")
	many := l.Plug("m", "02:00:00:00:01:02")
	var batch strings.Builder
	for i := range 200 {
		fmt.Fprintf(&batch, "addr add %s/22 dev eth0\n", netip.AddrFrom4([4]byte{10, 98, byte(i % 4), byte(10 + i)}))
	}
	file := filepath.Join(t.TempDir(), "batch")
	if err := os.WriteFile(file, []byte(batch.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	l.Must("ip", "-n", many, "-batch", file)
	ours, theirs := time.Hour, time.Hour
	for range 3 { // the better of three each, in turn
		out := l.run(job{Order: Order{Ranges: prefixes("10.98.0.0/22"), Methods: []Method{ARP, Ping}}, List: l.list()})
		if len(out.Answers) != 200 || out.Error != "" {
			t.Fatalf("%d answered %s", len(out.Answers), out.Error)
		}
		ours = min(ours, out.Took)
		text, err := exec.Command("ip", "netns", "exec", l.prober, "nmap", "-sn", "-n", "10.98.0.0/22").Output()
		m := regexp.MustCompile(`\((\d+) hosts up\) scanned in ([0-9.]+) seconds`).FindStringSubmatch(string(text))
		if err != nil || m == nil || m[1] != "201" {
			t.Fatalf("%v: %s", err, text)
		}
		s, _ := strconv.ParseFloat(m[2], 64)
		theirs = min(theirs, time.Duration(s*float64(time.Second)))
	}
	ratio := float64(ours) / float64(theirs)
	for _, f := range []map[string]any{
		{"figure": "sweep_22_s", "value": ours.Seconds(), "unit": "s", "ok": true},
		{"figure": "sweep_22_nmap_s", "value": theirs.Seconds(), "unit": "s", "ok": true},
		{"figure": "sweep_22_to_nmap", "value": ratio, "unit": "1", "target": 1.0, "ok": ratio <= 1},
	} {
		line, _ := json.Marshal(f)
		fmt.Println("FIGURE " + string(line))
	}
	t.Logf("%d cores, %v to %v", runtime.NumCPU(), ours, theirs)
}
