package server

import (
	"bytes"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"sonae/internal/edge/discover/probe"
)

// A log of a scan that was killed says of those who were ahead that something may have been
// sent, and of nobody else.
func TestKilledLog(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	order, err := probe.Order{Ranges: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}.Checked()
	if err != nil {
		t.Fatal(err)
	}
	l, err := openSweepLog(name, order, probe.Cursor{})
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddr
	parts := []probe.Part{{Seq: 0, First: at("192.0.2.1"), Last: at("192.0.2.64"), Count: 64}, {Seq: 64, First: at("192.0.2.65"), Last: at("192.0.2.128"), Count: 64}, {Seq: -1, First: at("192.0.2.254"), Last: at("192.0.2.254"), Count: 1}}
	if err := l.ahead(t.Context(), parts); err != nil {
		t.Fatal(err)
	}
	batch := probe.Batch{Sent: []probe.Sent{{AtMS: 1, Address: at("192.0.2.64"), Method: probe.ARP, Packets: 1}}, Progress: probe.Progress{Done: 70, Total: 254, Cursor: probe.Cursor{Order: order.Key(), Next: 66}}}
	if err := l.batch(batch); err != nil {
		t.Fatal(err)
	}
	if err := l.f.Close(); err != nil { // killed
		t.Fatal(err)
	}
	for address, want := range map[string]bool{"192.0.2.64": false, "192.0.2.66": false, "192.0.2.67": true, "192.0.2.128": true, "192.0.2.129": false, "192.0.2.254": true} {
		var out bytes.Buffer
		if err := Proof(address, name, "en", false, &out); err != nil || strings.Contains(out.String(), "may have been sent") != want {
			t.Errorf("%s: %s %v", address, &out, err)
		}
	}
	// It goes on to the end: what is not known stays so.
	if l, err = openSweepLog(name, order, probe.Cursor{Order: order.Key(), Next: 66}); err != nil {
		t.Fatal(err)
	}
	if err := l.ahead(t.Context(), parts[1:2]); err != nil {
		t.Fatal(err)
	}
	if err := l.end("done"); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Proof("192.0.2.100", name, "ja", true, &out); err != nil || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("%s %v", &out, err)
	}
}
