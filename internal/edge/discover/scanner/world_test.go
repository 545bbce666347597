package scanner

import (
	"context"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"sonae/internal/edge/discover/snmp"
	"sonae/internal/platform/job"
	"sonae/internal/platform/seal"
	"sonae/internal/platform/store"
	"sonae/internal/survey/network/scan"
)

const here = "0192f0c1-2b3c-7d4e-8f5a-000000000001"

// world is the room on a database, with the log that it writes.
type world struct {
	t   *testing.T
	db  *store.DB
	s   *Scanner
	log *safeLog
}

// safeLog keeps what is logged.
type safeLog struct {
	all atomic.Pointer[string]
}

func (l *safeLog) Write(b []byte) (int, error) {
	for {
		old := l.all.Load()
		text := string(b)
		if old != nil {
			text = *old + text
		}
		if l.all.CompareAndSwap(old, &text) {
			return len(b), nil
		}
	}
}

func (l *safeLog) String() string {
	if s := l.all.Load(); s != nil {
		return *s
	}
	return ""
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	k, err := seal.NewKey([]byte(strings.Repeat("k", seal.KeyBytes)))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, log: &safeLog{}}
	w.s = New(Deps{DB: db, Seal: k, Now: time.Now, Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Patience: snmp.Patience{Timeout: 700 * time.Millisecond, Retries: -1}})
	return w
}

func (w *world) tx(fn func(context.Context, *store.Tx) error) {
	w.t.Helper()
	if err := w.db.Tx(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) credential(c scan.Credential, secret scan.Secret) scan.Credential {
	w.t.Helper()
	c.FacilityID, c.By = here, "x"
	w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = w.s.Create(ctx, tx, c, secret)
		return err
	})
	return c
}

func (w *world) community(name, text string) scan.Credential {
	return w.credential(scan.Credential{Name: name, Version: "2c"}, scan.Secret{Community: text})
}

func (w *world) plan(targets []string, workers int, credentials ...scan.Credential) scan.Plan {
	w.t.Helper()
	p := scan.Plan{FacilityID: here, Name: "p", Kind: scan.KindSNMP, Enabled: true, By: "x", Settings: scan.Settings{Targets: strings.Join(targets, "\n"), Workers: workers, Schedule: scan.Schedule{When: scan.ByHand}}}
	for _, c := range credentials {
		p.Settings.Credentials = append(p.Settings.Credentials, c.ID)
	}
	w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		p, err = scan.CreatePlan(ctx, tx, p, w.s.nowMS())
		return err
	})
	return p
}

func (w *world) begin(p scan.Plan) (r scan.Run) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = scan.Ask(ctx, tx, p, "x", 0, w.s.nowMS())
		return err
	})
	return r
}

// serving runs a queue until the function it gives is called.
func (w *world) serving() (stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan error, 1)
	q := job.New(w.db, job.Config{Workers: w.s.Workers(), Poll: 20 * time.Millisecond, Log: slog.New(slog.NewTextHandler(w.log, nil))})
	go func() { ended <- q.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
	}
}

// until waits for a run to be as ok says.
func (w *world) until(id string, what string, ok func(scan.Run) bool) scan.Run {
	w.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		r, err := scan.RunByID(w.t.Context(), w.db, id)
		if err != nil {
			w.t.Fatal(err)
		}
		if ok(r) {
			return r
		}
		if time.Now().After(end) {
			w.t.Fatalf("the run is not %s: %+v\n%s", what, r, w.log)
		}
	}
}

func over(r scan.Run) bool { return !r.State.Live() }

// report gives the targets of a run by address.
func (w *world) report(id string) map[string]scan.Target {
	w.t.Helper()
	list, _, err := scan.Report(w.t.Context(), w.db, scan.TargetFilter{RunID: id, Limit: 10000})
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]scan.Target{}
	for _, t := range list {
		out[t.Address] = t
	}
	return out
}

// device is a small agent of SNMPv2c on this machine that counts requests; a wrong
// community gets no answer, and neither does anybody while it is off.
type device struct {
	address  string
	requests atomic.Int64
	off      atomic.Bool
	slow     time.Duration
}

func newDevice(t *testing.T, name, community string, slow time.Duration) *device {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	d := &device{address: conn.LocalAddr().String(), slow: slow}
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			d.requests.Add(1)
			if body := d.reply(name, community, buf[:n]); body != nil && !d.off.Load() {
				time.Sleep(d.slow) // a slow management processor
				_, _ = conn.WriteTo(body, from)
			}
		}
	}()
	return d
}

func (d *device) reply(name, community string, body []byte) []byte {
	codec := &gosnmp.GoSNMP{Version: gosnmp.Version2c}
	p, err := codec.SnmpDecodePacket(body)
	if err != nil || p.Community != community {
		return nil
	}
	out := &gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: community, PDUType: gosnmp.GetResponse, RequestID: p.RequestID}
	for _, v := range p.Variables {
		pdu := gosnmp.SnmpPDU{Name: v.Name, Type: gosnmp.NoSuchObject}
		if p.PDUType != gosnmp.GetRequest {
			pdu.Type = gosnmp.EndOfMibView
		} else if v.Name == sysName {
			pdu.Type, pdu.Value = gosnmp.OctetString, []byte(name)
		}
		out.Variables = append(out.Variables, pdu)
	}
	b, err := out.MarshalMsg()
	if err != nil {
		return nil
	}
	return b
}

// closedPort is an address of this machine at which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	return conn.LocalAddr().String()
}

// runSnmpd starts the agent of Net-SNMP and gives its address.
func runSnmpd(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("snmpd")
	if err != nil {
		t.Skip("snmpd is not installed")
	}
	dir, address := t.TempDir(), closedPort(t)
	conf := filepath.Join(dir, "snmpd.conf")
	text := "agentaddress udp:" + address + "\ncreateUser ward SHA auth-secret-1 AES priv-secret-1\nrouser ward authpriv\nrocommunity readers-word\nsysName ward-3\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, "-f", "-C", "-c", conf, "-Lf", filepath.Join(dir, "log"), "-I", "-smux", "-p", filepath.Join(dir, "pid"))
	cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+dir)
	if err := cmd.Start(); err != nil {
		t.Skipf("start snmpd: %v", err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 100 {
		agent, err := snmp.Dial(t.Context(), address, snmp.Credential{Version: "2c", Community: "readers-word"}, snmp.Patience{Timeout: 100 * time.Millisecond, Retries: -1}, func(context.Context) (func(), error) { return func() {}, nil })
		if err != nil {
			t.Fatal(err)
		}
		_, err = agent.Get(t.Context(), []string{sysName})
		_ = agent.Close()
		if err == nil {
			return address
		}
		time.Sleep(50 * time.Millisecond) // a process of another program: there is nothing to wait on
	}
	t.Skip("snmpd did not start")
	return ""
}

// testJob stands for the job that the queue hands over.
var testJob job.Job
