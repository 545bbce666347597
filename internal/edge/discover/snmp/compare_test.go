package snmp

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"sonae/internal/survey/network"
	"sonae/internal/survey/network/recognise"
)

func TestRecordings(t *testing.T) {
	read := readings(t)
	shares := map[string]*share{}
	of := func(key string) *share {
		if shares[key] == nil {
			shares[key] = &share{}
		}
		return shares[key]
	}
	unpack(t, "expected.tar.gz", ".json", func(name string, body []byte) {
		var e expected
		if err := json.Unmarshal(body, &e); err != nil {
			t.Logf("%s: %v", name, err)
		}
		r, ok := read[name]
		if !ok {
			return
		}
		comparePorts(name, r, portsOf(e.Ports.Poller, e.Ports.Discovery), of)
		compareLinks(name, r, e.Links.Discovery.Links, of)
		d := pollerDevice(e.OS.Poller)
		if d == nil {
			d = pollerDevice(e.OS.Discovery)
		}
		if d != nil {
			compareDevice(name, r, d, of)
		}
	})
	for _, k := range slices.Sorted(maps.Keys(shares)) {
		s := shares[k]
		t.Logf("%-7s %6d of %6d equal, %.2f %%", k, s.equal, s.all, s.percent())
		if s.percent() < least[k] {
			t.Errorf("%s: less than %.1f %%:\n%s", k, least[k], strings.Join(s.wrong, "\n"))
		}
	}
	compareCrossLinks(t, read)
}

// least is the share that must be equal. Interfaces differ where LibreNMS makes ports of
// its own out of tables of makers (radio links, virtual chassis ports, trees of Nokia and
// Huawei) or rewrites names and speeds; many serial numbers stand in tables of
// telecommunication makers that no hospital has.
var least = map[string]float64{"link": 100, "port": 99, "name": 99.5, "text": 98, "mac": 99.8, "status": 99.8, "speed": 98.8, "serial": 95, "model": 90, "version": 96}

// compareDevice compares what is recognised from what the walker read. Values count as
// equal where one names the other and more ("C2960X" and "Cisco C2960X Software").
func compareDevice(name string, r network.Reading, want *device, of func(string) *share) {
	macs := []string{r.Device.MAC}
	for _, i := range r.Interfaces {
		macs = append(macs, i.MAC)
	}
	is := recognise.Device(r.Traits, macs)
	for what, pair := range map[string][2]string{"serial": {is.Serial.Value, text(want.Serial)}, "model": {is.Model.Value, text(want.Hardware)}, "version": {is.Version.Value, text(want.Version)}} {
		got, other := letters(pair[0]), letters(pair[1])
		if nothingExpected(other) {
			continue
		}
		of(what).add(got != "" && (strings.Contains(got, other) || strings.Contains(other, got)), "%s: %q, want %q", name, pair[0], pair[1])
	}
}

// nothingExpected: LibreNMS has no value, the person who recorded took it out, or it is
// the processor in place of a model.
func nothingExpected(other string) bool {
	processor := slices.ContainsFunc([]string{"generic", "amdx64", "amd64", "intelx64", "x8664"}, func(p string) bool { return strings.HasPrefix(other, p) })
	return other == "" || processor || strings.Trim(other, "0fx") == "" || strings.Contains(other, "private") || other == "unavailable"
}

// mibWords writes names of CISCO-PRODUCTS-MIB as they stand on devices.
var mibWords = strings.NewReplacer("cisco", "", "Cisco", "", "catalyst", "cat", "Catalyst", "cat")

// letters leaves only letters and digits, in lower case.
func letters(s string) string {
	s = mibWords.Replace(s)
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, s)
}

// compareCrossLinks looks for the devices of the recordings that are real neighbours.
func compareCrossLinks(t *testing.T, read map[string]network.Reading) {
	body, err := os.ReadFile(filepath.Join(corpus(t), "lldp-cross-links.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		at := slices.IndexFunc(read[row[0]].Seen, func(o network.Observation) bool {
			return o.How == network.HowLLDP && o.Seen.Key() == row[2]
		})
		if at < 0 {
			t.Errorf("%s does not see %s", row[0], row[1])
			continue
		}
		o := read[row[0]].Seen[at]
		if !hasPort(read[row[0]], o.SeerPort) {
			t.Errorf("%s sees %s at %q, which is no port of its", row[0], row[1], o.SeerPort)
		}
		if other := read[row[1]]; !hasPort(other, o.SeenPort) {
			t.Errorf("%s sees port %q of %s, which it does not have", row[0], o.SeenPort, row[1])
		} else if other.Device.Key() != row[2] && !slices.Contains(other.Also, row[2]) {
			t.Errorf("%s calls itself %s, %s calls it %s", row[1], other.Device.Key(), row[0], row[2])
		}
		t.Logf("%s %s – %s %s", row[0], o.SeerPort, row[1], o.SeenPort)
	}
}

func hasPort(r network.Reading, name string) bool {
	return slices.ContainsFunc(r.Ports, func(p network.PortState) bool {
		return p.Name == name || p.Text == name || strings.HasPrefix(name, p.Text+" ") && p.Text != ""
	})
}

type device struct{ Serial, Version, Hardware *string }

func pollerDevice(v any) *device {
	b, _ := json.Marshal(v)
	var p struct{ Devices []device }
	if json.Unmarshal(b, &p) == nil && len(p.Devices) > 0 {
		return &p.Devices[0]
	}
	return nil
}

func comparePorts(name string, r network.Reading, want []expectedPort, of func(string) *share) {
	for _, w := range want {
		if w.Deleted != 0 {
			continue
		}
		at := -1
		for i, p := range r.Ports {
			if p.Index == w.IfIndex {
				at = i
			}
		}
		of("port").add(at >= 0, "%s: %d %s", name, w.IfIndex, text(w.IfName))
		if at < 0 {
			continue
		}
		p, i := r.Ports[at], r.Interfaces[at]
		bare, _, _ := strings.Cut(i.Name, " #")
		of("name").add(bare == text(w.IfName), "%s %d: %q, want %q", name, w.IfIndex, bare, text(w.IfName))
		if p.Text == "" { // LibreNMS takes the name in its place
			p.Text = bare
		}
		of("text").add(p.Text == text(w.IfDescr), "%s %d: %q, want %q", name, w.IfIndex, p.Text, text(w.IfDescr))
		of("mac").add(i.MAC == mac12(text(w.IfPhysAddress)), "%s %d: %q, want %q", name, w.IfIndex, i.MAC, text(w.IfPhysAddress))
		if w.IfOperStatus != nil {
			of("status").add(i.Up == (*w.IfOperStatus == "up"), "%s %d: %v, want %q", name, w.IfIndex, i.Up, *w.IfOperStatus)
		}
		if w.IfSpeed != nil {
			of("speed").add(i.SpeedMbps == *w.IfSpeed/1_000_000, "%s %d: %d, want %d", name, w.IfIndex, i.SpeedMbps, *w.IfSpeed)
		}
	}
}

// samePort compares the other end's port. Where LibreNMS has only its hardware address,
// or nothing, the description that we take is the better name.
func samePort(want, got string) bool {
	first, _, _ := strings.Cut(want, " (")
	return strings.Contains(want, got) || first == "" || textMAC(first) != "" || strings.HasSuffix(first, " 00")
}

func mac12(s string) string {
	if strings.Trim(s, "0") == "" {
		return ""
	}
	return s
}

func compareLinks(name string, r network.Reading, want []expectedLink, of func(string) *share) {
	for _, w := range want {
		ok := false
		var had []string
		for _, o := range r.Seen {
			if string(o.How) != w.Protocol {
				continue
			}
			local := o.SeerPort == w.IfName || o.SeerPort == w.IfDescr || strings.HasPrefix(o.SeerPort, w.IfName+" #")
			if local {
				had = append(had, o.Seen.Name+"|"+o.Seen.ChassisID+"|"+o.SeenPort)
			}
			ok = ok || local && (o.Seen.Name == "" || w.Hostname == o.Seen.Name || strings.EqualFold(strings.Join(strings.Fields(w.Hostname), " "), o.Seen.Name)) && samePort(w.Port, o.SeenPort)
		}
		of("link").add(ok, "%s %s on %s: %q port %q; had %q", name, w.Protocol, w.IfName, w.Hostname, w.Port, had)
	}
}
