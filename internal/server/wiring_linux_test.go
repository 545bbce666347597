package server_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/edge/discover/netlab"
	"sonae/internal/platform/store"
	"sonae/internal/server/servertest"
	"sonae/internal/survey/network"
)

// ward is a small hospital wired up with real daemons: three switches that speak LLDP
// (lldpd) and answer SNMP (snmpd, with lldpd as its subagent), a PC that speaks LLDP, one
// that says nothing by itself, and a CT that nobody may touch.
//
//	server ─ core ┬ sw1 ─ pc1 (LLDP)
//	              └ sw2 ┬ pc2
//	                    └ ct
type ward struct {
	*netlab.Lab
	t       *testing.T
	server  string
	others  []string // all but the server and the CT
	heardCT func(string) string
}

// switchPorts are what each switch is joined by; the bridge has the address.
var switchPorts = map[string]string{"core": "10.96.0.2", "sw1": "10.96.0.3", "sw2": "10.96.0.4"}

func newWard(t *testing.T) *ward {
	w := &ward{Lab: netlab.New(t, "tcpdump", "bash", "snmpd", "lldpd", "unshare"), t: t}
	at := map[string]string{}
	for i, name := range []string{"core", "sw1", "sw2"} {
		ns := w.Host(name)
		at[name] = ns
		w.Must("ip", "-n", ns, "link", "add", "br0", "type", "bridge")
		w.Must("ip", "-n", ns, "link", "set", "br0", "address", fmt.Sprintf("02:00:00:00:0c:%02x", i+1), "up")
		w.Must("ip", "-n", ns, "addr", "add", switchPorts[name]+"/24", "dev", "br0")
	}
	for i, cable := range [][3]string{{"core", "sw1", "up1"}, {"core", "sw2", "up2"}} {
		w.cable(at[cable[0]], at[cable[1]], cable[2], i)
	}
	hosts := map[string]string{}
	for i, h := range [][3]string{{"srv", "core", "10.96.0.1"}, {"pc1", "sw1", "10.96.0.11"}, {"pc2", "sw2", "10.96.0.12"}, {"ct", "sw2", "10.96.0.66"}} {
		ns := w.Host(h[0])
		hosts[h[0]] = ns
		w.Must("ip", "link", "add", "to-"+h[0], "netns", at[h[1]], "type", "veth", "peer", "name", "eth0", "netns", ns)
		w.Must("ip", "-n", at[h[1]], "link", "set", "to-"+h[0], "master", "br0", "up")
		w.Must("ip", "-n", ns, "link", "set", "eth0", "address", fmt.Sprintf("02:00:00:00:0d:%02x", i+1), "up")
		w.Must("ip", "-n", ns, "addr", "add", h[2]+"/24", "dev", "eth0")
	}
	w.server, w.others = hosts["srv"], []string{at["core"], at["sw1"], at["sw2"], hosts["pc1"], hosts["pc2"]}
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} { // lldpd gives root's rights up before it uses its socket
		if err := os.Chmod(d, 0o755); err != nil { //nolint:gosec // nothing but the test's sockets is in it
			t.Fatal(err)
		}
	}
	for name, ns := range at {
		w.agent(ns, name, dir)
	}
	w.speak(hosts["pc1"], "pc1", dir, "eth0")
	w.Start(hosts["ct"], "python3", "-m", "http.server", "80") // it would answer
	w.heardCT = w.Watch(hosts["ct"], "eth0")
	return w
}

// cable joins two switches.
func (w *ward) cable(one, other, port string, n int) {
	w.t.Helper()
	w.Must("ip", "link", "add", port, "netns", one, "type", "veth", "peer", "name", port, "netns", other)
	for i, ns := range []string{one, other} {
		w.Must("ip", "-n", ns, "link", "set", port, "address", fmt.Sprintf("02:00:00:00:0e:%d%d", n, i), "master", "br0", "up")
	}
}

// agent starts the SNMP agent of a switch, with its LLDP daemon below it.
func (w *ward) agent(ns, name, dir string) {
	w.t.Helper()
	conf := filepath.Join(dir, name+".conf")
	lines := "agentaddress udp:" + switchPorts[name] + ":161\nrocommunity readers-word\nsysName " + name + "\nmaster agentx\nagentXSocket tcp:127.0.0.1:705\n"
	if err := os.WriteFile(conf, []byte(lines), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.Start(ns, "snmpd", "-f", "-C", "-c", conf, "-Lf", filepath.Join(dir, name+".log"), "-I", "-smux", "-p", filepath.Join(dir, name+".pid"))
	w.Open(ns, 705)
	w.speak(ns, name, dir, "up*,to-*", "-x", "-X", "tcp:127.0.0.1:705")
}

// speak starts an LLDP daemon that sends every second.
func (w *ward) speak(ns, name, dir, ports string, more ...string) {
	w.t.Helper()
	sock := filepath.Join(dir, name+".sock")
	line := "hostname " + name + "; exec lldpd -d -p " + filepath.Join(dir, name+".lldp") + " -u " + sock + " -I '" + ports + "' " + strings.Join(more, " ")
	w.Start(ns, "unshare", "--uts", "sh", "-c", line)
	w.Start(ns, "sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do lldpcli -u "+sock+" configure lldp tx-interval 1 && break; sleep 1; done")
}

// meet lets the server hear of everybody but the CT. The others begin: what the server
// itself sent would reach the CT.
func (w *ward) meet() {
	w.t.Helper()
	for _, ns := range w.others {
		w.Meet(ns, "10.96.0.1")
	}
}

// topology is the map as the API tells it.
type topology struct {
	Nodes []struct {
		Key, Name, State string
		Addresses        []string
	} `json:"nodes"`
	Links []struct {
		A     string `json:"a"`
		B     string `json:"b"`
		APort string `json:"a_port"`
		BPort string `json:"b_port"`
	} `json:"links"`
}

// lines writes links by the names of their ends, in alphabetical order.
func (g topology) lines() []string {
	names := map[string]string{}
	for _, n := range g.Nodes {
		names[n.Key] = n.Name
	}
	var out []string
	for _, l := range g.Links {
		one, other := names[l.A]+" "+l.APort, names[l.B]+" "+l.BPort
		out = append(out, min(one, other)+" – "+max(one, other))
	}
	slices.Sort(out)
	return out
}

func (g topology) addresses() []string {
	var out []string
	for _, n := range g.Nodes {
		out = append(out, n.Addresses...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// A search by SNMP and a sweep find every host of the ward and exactly the cables that
// LLDP tells of, and the CT, which both name, hears nothing of it.
func TestSearchDrawsTheWard(t *testing.T) {
	w := newWard(t)
	o := servertest.Options{Data: t.TempDir()}
	p := servertest.Start(t, o)
	facility, _ := p.Prepare(t, 1)
	token := p.Token
	if err := p.Call(http.MethodPost, "/api/v1/assets", map[string]any{"facility_id": facility, "kind": "medical", "values": map[string]string{"name": "CT 1", "ip": "10.96.0.66", "mac": "02:00:00:00:0d:04"}}, nil); err != nil {
		t.Fatal(err)
	}
	var segment network.Segment
	if err := p.Rooms(t).DB.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		segment, err = network.CreateSegment(ctx, tx, network.Segment{FacilityID: facility, Name: "病棟", CIDR: "10.96.0.0/24"}, time.Now().UnixMilli())
		return err
	}); err != nil {
		t.Fatal(err)
	}
	p.Stop()
	p = servertest.StartInside(t, w.server, o)
	p.Token, p.HTTP = token, netlab.Client(w.server)
	p.Await(t)
	var key struct {
		ID string `json:"id"`
	}
	if err := p.Call(http.MethodPost, "/api/v1/scan-credentials", map[string]any{"facility_id": facility, "name": "読み取り", "version": "2c", "community": "readers-word"}, &key); err != nil {
		t.Fatal(err)
	}
	w.meet()
	search := map[string]any{"facility_id": facility, "name": "スイッチ", "kind": "snmp", "settings": map[string]any{"targets": "10.96.0.2-4\n10.96.0.66", "credentials": []string{key.ID}, "workers": 3, "when": "hand"}}
	sweep := map[string]any{"facility_id": facility, "name": "病棟", "kind": "sweep", "settings": map[string]any{"segments": []string{segment.ID}, "methods": []string{"arp", "ping", "tcp"}, "ports": []int{80}, "rate": 200, "when": "hand"}}
	w.ended(p, begin(t, p, sweep))

	// The daemons need a while to hear of each other; then a reading shows it.
	want := []string{"core up1 – sw1 up1", "core up2 – sw2 up2", "pc1 eth0 – sw1 to-pc1"}
	var g topology
	for deadline := time.Now().Add(90 * time.Second); ; {
		w.meet()
		w.ended(p, begin(t, p, search))
		search["name"] = fmt.Sprint("スイッチ ", time.Now().UnixNano())
		g = topology{}
		if err := p.Call(http.MethodGet, "/api/v1/topology?facility="+facility, nil, &g); err != nil {
			t.Fatal(err)
		}
		if slices.Equal(g.lines(), want) || time.Now().After(deadline) {
			break
		}
	}
	if diff := cmp.Diff(want, g.lines()); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	for _, a := range []string{"10.96.0.2", "10.96.0.3", "10.96.0.4", "10.96.0.11", "10.96.0.12", "10.96.0.66"} {
		if !slices.Contains(g.addresses(), a) {
			t.Errorf("%s is not on the map: %v", a, g.addresses())
		}
	}
	if f := w.heardCT("ether src 02:00:00:00:0d:01"); f != "" {
		t.Errorf("the CT heard of the server:\n%s", f)
	}
}

// ended waits for the end of a run.
func (w *ward) ended(p *servertest.Process, id string) {
	w.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		r := runOf(w.t, p, id)
		if r.State == "done" {
			return
		}
		if r.State == "failed" || time.Now().After(deadline) {
			w.t.Fatalf("%+v", r)
		}
	}
}
