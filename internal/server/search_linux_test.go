package server_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sonae/internal/edge/discover/netlab"
	"sonae/internal/platform/store"
	"sonae/internal/server/servertest"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/scan"
)

const (
	nearMAC = "02:00:00:00:0a:01" // of the server on the wire with the protected device
	farMAC  = "02:00:00:00:0b:01" // of the server on the other wire
)

var printerMAC = net.HardwareAddr{2, 0, 0, 0, 0x0a, 3}

// hospital is what the server searches: a wire with a CT and a PC, and another one with a
// machine of many addresses, ten of which take requests of SNMP and never answer.
type hospital struct {
	*netlab.Lab
	t                *testing.T
	server, pc, many string
	printer          string // never heard of by the kernel of the server
	heardCT          func(string) string
	heardMany        func(string) string
	heardPC          func(string) string
	heardPrinter     func(string) string
}

const silentAgents = `
import socket, time
keep = []
for i in range(10, 20):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("10.97.0.%d" % i, 161)); keep.append(s)
time.sleep(600)
`

func newHospital(t *testing.T) *hospital {
	h := &hospital{Lab: netlab.New(t, "tcpdump", "bash", "python3", "snmpd"), t: t}
	h.server = h.Plug("srv", nearMAC, "10.98.0.1/24")
	h.pc = h.Plug("pc", "02:00:00:00:0a:02", "10.98.0.2/24")
	h.printer = h.Plug("pr", printerMAC.String(), "10.98.0.3/24")
	ct := h.Plug("ct", "02:00:00:00:0a:66", "10.98.0.66/24")
	h.many = h.Host("many")
	h.Join(h.server, h.many, "eth1", farMAC, "10.97.0.1/22")
	for i := range 60 {
		h.Must("ip", "-n", h.many, "addr", "add", fmt.Sprintf("10.97.%d.%d/22", i%4, 10+i), "dev", "eth1")
	}
	for i := 10; i < 20; i++ {
		h.Must("ip", "-n", h.many, "addr", "replace", fmt.Sprintf("10.97.0.%d/22", i), "dev", "eth1")
	}
	conf := filepath.Join(t.TempDir(), "snmpd.conf")
	if err := os.WriteFile(conf, []byte("agentaddress udp:10.98.0.2:161\nrocommunity readers-word\nsysName pc-3f\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.Start(h.pc, "snmpd", "-f", "-C", "-c", conf, "-Lf", filepath.Join(filepath.Dir(conf), "log"), "-I", "-smux", "-p", filepath.Join(filepath.Dir(conf), "pid"))
	h.Start(ct, "python3", "-m", "http.server", "80") // it would answer
	h.Start(h.many, "python3", "-c", silentAgents)
	h.Start(h.many, "python3", "-m", "http.server", "80")
	h.Open(h.many, 80)
	h.Meet(h.server, "10.98.0.2")
	// From here on nobody but the server speaks.
	h.heardCT, h.heardMany, h.heardPC, h.heardPrinter = h.Watch(ct, "eth0"), h.Watch(h.many, "eth1"), h.Watch(h.pc, "eth0"), h.Watch(h.printer, "eth0")
	return h
}

// serve starts the server in its place.
func (h *hospital) serve(o servertest.Options, token string) *servertest.Process {
	h.t.Helper()
	p := servertest.StartInside(h.t, h.server, o, "eth0")
	p.Token, p.HTTP = token, netlab.Client(h.server)
	p.Await(h.t)
	return p
}

// run is a run as the API shows it.
type run struct {
	ID       string `json:"id"`
	State    string `json:"state"`
	Done     int    `json:"done"`
	Answered int    `json:"answered"`
	LeftOut  int    `json:"left_out"`
	Problem  string `json:"problem"`
}

func runOf(t *testing.T, p *servertest.Process, id string) (r run) {
	t.Helper()
	if err := p.Call(http.MethodGet, "/api/v1/scan-runs/"+id, nil, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// begin keeps a search and begins a run of it.
func begin(t *testing.T, p *servertest.Process, search map[string]any) string {
	t.Helper()
	var made struct {
		ID string `json:"id"`
	}
	if err := p.Call(http.MethodPost, "/api/v1/scans", search, &made); err != nil {
		t.Fatal(err)
	}
	var r run
	if err := p.Call(http.MethodPost, "/api/v1/scans/"+made.ID+"/runs", nil, &r); err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// sent is a line of the record of what was sent.
type sent struct {
	Address string `json:"address"`
	How     string `json:"how"`
	Rule    string `json:"rule"`
	Packets int    `json:"requests"`
}

func record(t *testing.T, p *servertest.Process, id string) (all []sent) {
	t.Helper()
	for cursor := ""; ; {
		var page struct {
			Items []sent `json:"items"`
			Next  string `json:"next"`
		}
		if err := p.Call(http.MethodGet, "/api/v1/scan-runs/"+id+"/sent?limit=200&cursor="+cursor, nil, &page); err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
}

// onWire counts the packets on a wire by way and address.
func onWire(read func(string) string, mac string) map[string]int {
	out := map[string]int{}
	for how, look := range map[string][2]string{
		"arp":  {"arp[6:2] = 1", `who-has ([0-9.]+)`},
		"ping": {"icmp[icmptype] = icmp-echo", `> ([0-9.]+): ICMP`},
		"tcp":  {"tcp", `> (\d+\.\d+\.\d+\.\d+)\.80:`},
		"snmp": {"udp dst port 161", `> (\d+\.\d+\.\d+\.\d+)\.161:`},
	} {
		is := regexp.MustCompile(look[1])
		for line := range strings.Lines(read("ether src " + mac + " and " + look[0])) {
			if m := is.FindStringSubmatch(line); m != nil {
				out[how+" "+m[1]]++
			} else {
				out["unread "+line]++
			}
		}
	}
	return out
}

// A server that searches is killed in the middle and goes on: every packet on the wire is
// in the record, or its address is among those to whom something may have been sent; only
// those are asked again; and not one frame reaches the protected device.
func TestKilledSearchTellsTheTruth(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for the lease of a killed server to run out")
	}
	killedSearch(t, servertest.Options{Data: t.TempDir()})
}

func killedSearch(t *testing.T, o servertest.Options) {
	h := newHospital(t)
	p := servertest.Start(t, o)
	facility, _ := p.Prepare(t, 1)
	token := p.Token
	if err := p.Call(http.MethodPost, "/api/v1/assets", map[string]any{"facility_id": facility, "kind": "medical", "values": map[string]string{"name": "CT 1", "ip": "10.98.0.66", "mac": "02:00:00:00:0a:66"}}, nil); err != nil {
		t.Fatal(err)
	}
	rooms := p.Rooms(t)
	var segments []string
	for name, cidr := range map[string]string{"画像診断": "10.98.0.0/24", "外来": "10.97.0.0/22"} {
		if err := rooms.DB.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			s, err := network.CreateSegment(ctx, tx, network.Segment{FacilityID: facility, Name: name, CIDR: cidr}, time.Now().UnixMilli())
			segments = append(segments, s.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	p.Stop()

	p = h.serve(o, token)
	var key struct {
		ID string `json:"id"`
	}
	if err := p.Call(http.MethodPost, "/api/v1/scan-credentials", map[string]any{"facility_id": facility, "name": "読み取り", "version": "2c", "community": "readers-word"}, &key); err != nil {
		t.Fatal(err)
	}
	runs := []string{
		begin(t, p, map[string]any{"facility_id": facility, "name": "全館", "kind": "sweep", "settings": map[string]any{"segments": segments, "methods": []string{"arp", "ping", "tcp"}, "ports": []int{80}, "rate": 200, "when": "hand"}}),
		begin(t, p, map[string]any{"facility_id": facility, "name": "ネットワーク機器", "kind": "snmp", "settings": map[string]any{"targets": "10.97.0.10-19\n10.98.0.66\n10.98.0.2", "credentials": []string{key.ID}, "workers": 3, "when": "hand"}}),
	}
	for deadline := time.Now().Add(30 * time.Second); runOf(t, p, runs[0]).Done < 500 || runOf(t, p, runs[1]).Done < 2; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the runs do not begin")
		}
	}
	p.Kill()
	done := []int64{}
	for _, id := range runs {
		r, err := scan.RunByID(t.Context(), rooms.DB, id)
		if err != nil || r.State != scan.Running {
			t.Fatalf("%+v %v", r, err)
		}
		done = append(done, r.Done)
	}
	p = h.serve(o, token)
	for _, id := range runs {
		for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
			announce(t, h.printer, "eth0", printerMAC, net.IPv4(10, 98, 0, 3))
			r := runOf(t, p, id)
			if r.State == "done" {
				break
			}
			if time.Now().After(deadline) || r.State == "failed" {
				t.Fatalf("%+v", r)
			}
		}
	}
	if f := h.heardCT("ether src " + nearMAC); f != "" {
		t.Errorf("the protected device heard:\n%s", f)
	}
	told, maybe := map[string]int{}, map[string]bool{}
	for _, id := range runs {
		for _, s := range record(t, p, id) {
			switch {
			case s.Address == "10.98.0.66" && s.Rule == "":
				t.Errorf("%+v", s)
			case s.Rule != "":
			case s.How == scan.HowMaybe:
				maybe[s.Address] = true
			default:
				told[s.How+" "+s.Address] += s.Packets
			}
		}
	}
	went := onWire(h.heardMany, farMAC)
	for _, read := range []func(string) string{h.heardPC, h.heardPrinter} {
		for what, n := range onWire(read, nearMAC) {
			went[what] += n
		}
	}
	if told["arp 10.98.0.3"] == 0 {
		t.Error("a station that was heard by listening was not asked")
	}
	for what, n := range went {
		_, address, _ := strings.Cut(what, " ")
		if told[what] > n || told[what] < n && !maybe[address] {
			t.Errorf("%s: %d on the wire, %d in the record", what, n, told[what])
		}
	}
	for what, n := range told {
		if went[what] == 0 {
			t.Errorf("%s: %d in the record, none on the wire", what, n)
		}
		if _, address, _ := strings.Cut(what, " "); strings.HasPrefix(what, "arp") && n > 2 && !maybe[address] {
			t.Errorf("%s was asked %d times", what, n)
		}
	}
	if other := h.heardMany("ether src " + farMAC + " and not (arp or icmp[icmptype] = icmp-echo or tcp or udp dst port 161)"); other != "" {
		t.Errorf("beside it the server sent:\n%s", other)
	}
	sweep, asked := runOf(t, p, runs[0]), runOf(t, p, runs[1])
	if len(maybe) == 0 || len(maybe) > 700 || sweep.Answered < 60 || asked.Answered != 1 || asked.LeftOut != 1 {
		t.Errorf("killed at %v; something may have been sent to %d; %+v %+v", done, len(maybe), sweep, asked)
	}
	t.Logf("killed at %v, went on to the end; %d packets, %d addresses to which something may have been sent", done, len(went), len(maybe))
}
