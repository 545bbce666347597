package snmp

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

// serveEnv makes the test binary answer for recorded devices, as many as its value says,
// in a process of its own: what answers must not count as memory of who asks.
const serveEnv = "SONAE_TEST_SNMP_DEVICES"

func TestMain(m *testing.M) {
	n, _ := strconv.Atoi(os.Getenv(serveEnv))
	if n == 0 {
		os.Exit(m.Run())
	}
	if err := serveRecordings(n); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// recordedPort is the port at which every recorded device answers; each has a loopback
// address of its own.
const recordedPort = "16161"

func recordedAddress(i int) string { return fmt.Sprintf("127.77.%d.%d", i/250, 1+i%250) }

// serveRecordings answers for n devices, spread evenly over the corpus, until standard
// input ends.
func serveRecordings(n int) error {
	files := map[string][]byte{}
	unpack(quiet{}, "snmprec.tar.gz", ".snmprec", func(name string, body []byte) { files[name] = body })
	var names []string
	for name := range files {
		if !strings.Contains(name, "@") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) < n {
		return fmt.Errorf("%d recordings, %d wanted", len(names), n)
	}
	for i := range n {
		name := names[i*len(names)/n]
		rec, err := OpenRecording(bytes.NewReader(files[name]))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		rec.Other = func(vlan int) *Recording {
			other, _ := OpenRecording(bytes.NewReader(files[fmt.Sprintf("%s@%d", name, vlan)]))
			return other
		}
		conn, err := net.ListenPacket("udp", net.JoinHostPort(recordedAddress(i), recordedPort))
		if err != nil {
			return err
		}
		go answer(conn, rec)
	}
	fmt.Println("ready")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	return nil
}

// quiet lets unpack run outside of a test.
type quiet struct{ testing.TB }

func (quiet) Helper() {}

func (quiet) Fatal(v ...any) { fmt.Fprintln(os.Stderr, v...); os.Exit(1) }

func (quiet) Skip(v ...any) { fmt.Fprintln(os.Stderr, v...); os.Exit(1) }

func answer(conn net.PacketConn, rec *Recording) {
	contexts := map[string]*Recording{"public": rec}
	buf := make([]byte, 64<<10)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		codec := &gosnmp.GoSNMP{Version: gosnmp.Version2c}
		p, err := codec.SnmpDecodePacket(buf[:n])
		if err != nil {
			continue
		}
		of, known := contexts[p.Community]
		if vlan, is := strings.CutPrefix(p.Community, "public@"); is && !known {
			number, _ := strconv.Atoi(vlan)
			of = rec.Other(number)
			contexts[p.Community] = of
		}
		if of == nil {
			continue
		}
		// Net::SNMP takes no answer over 1,472 bytes; neither gives a real device one.
		for most := int(p.MaxRepetitions); ; most /= 2 {
			body := replyWith(of, p, max(1, most))
			if len(body) <= 1472 || most <= 1 {
				_, _ = conn.WriteTo(body, from)
				break
			}
		}
	}
}

func snmpFigure(t *testing.T, name string, value float64, unit string, target float64, ok bool) {
	t.Helper()
	line, err := json.Marshal(map[string]any{"figure": name, "value": value, "unit": unit, "target": target, "ok": ok})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("FIGURE " + string(line))
	if !ok {
		t.Errorf("%s: %v %s, target %v", name, value, unit, target)
	}
}

// peerDevices is how many devices the other tool reads, too: it takes minutes for them.
const peerDevices = 60

// TestFigureScan reads 500 recorded devices with the built sonae, and the first of them
// with fusioninventory-netinventory where that is installed, each with 16 at a time.
func TestFigureScan(t *testing.T) {
	if os.Getenv("SONAE_BENCH") == "" {
		t.Skip("figures are measured by make bench")
	}
	corpus(t)
	binary, err := filepath.Abs("../../../../bin/sonae")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(binary); err != nil {
		t.Skip("bin/sonae is not built")
	}
	const devices = 500
	serveInBackground(t, devices)
	took, memory, answered := scanWith(t, binary, devices)
	t.Logf("%d of %d answered", answered, devices)
	snmpFigure(t, "snmp_500_devices", took.Seconds(), "s", 0, answered == devices)
	snmpFigure(t, "snmp_500_devices_memory", memory, "MiB", 150, memory <= 150)

	peer, err := exec.LookPath("fusioninventory-netinventory")
	if err != nil {
		t.Log("fusioninventory-netinventory is not installed: not compared")
		return
	}
	// The peer reads the devices in the order given: so do we, for the comparison.
	ours, _, _ := scanWith(t, binary, peerDevices)
	var args []string
	for i := range peerDevices {
		args = append(args, "--host", recordedAddress(i), "--port", recordedPort)
	}
	ctx, stop := context.WithTimeout(t.Context(), 15*time.Minute)
	defer stop()
	start := time.Now()
	cmd := exec.CommandContext(ctx, peer, append(args, "--credentials", "version:2c,community:public", "--threads", "16")...) //nolint:gosec // installed here
	out, err := cmd.Output()
	theirs := time.Since(start)
	read := bytes.Count(out, []byte("<INFO>"))
	t.Logf("peer: %d of %d devices, %v, %v", read, peerDevices, theirs, err)
	if read < peerDevices*9/10 {
		t.Fatal("the other tool did not read the devices: not compared")
	}
	snmpFigure(t, fmt.Sprintf("snmp_%d_devices_ratio_to_netinventory", peerDevices), ours.Seconds()/theirs.Seconds(), "", 1.0/3, ours*3 <= theirs)
}

func serveInBackground(t *testing.T, devices int) {
	t.Helper()
	cmd := exec.Command(os.Args[0]) //nolint:gosec // this very binary
	cmd.Env = append(os.Environ(), serveEnv+"="+strconv.Itoa(devices))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the recorded devices do not answer: %q %v", line, err)
	}
}

// scanWith runs the command and gives wall time, greatest resident memory in MiB and how
// many devices answered.
func scanWith(t *testing.T, binary string, devices int) (took time.Duration, memory float64, answered int) {
	t.Helper()
	var hosts strings.Builder
	for i := range devices {
		fmt.Fprintf(&hosts, "%s:%s\n", recordedAddress(i), recordedPort)
	}
	list := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(list, []byte(hosts.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "discover", "--snmp-hosts", list, "--json", "--workers", "16") //nolint:gosec // ours
	cmd.Env = append(os.Environ(), "SONAE_SNMP_COMMUNITY=public")
	start := time.Now()
	out, err := cmd.Output()
	took = time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(out) {
		var d DeviceJSON
		if err := json.Unmarshal(line, &d); err != nil {
			t.Fatal(err)
		}
		if d.Device != nil {
			answered++
		}
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		memory = float64(usage.Maxrss) / 1024 // Linux counts KiB (getrusage(2))
	}
	return took, memory, answered
}
