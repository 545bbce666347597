package discover

import (
	"bytes"
	"context"
	"net/netip"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gopacket/gopacket/layers"

	"sonae/internal/survey/network"
)

// checkWords fails on an observation that holds what was promised to be kept out.
func checkWords(t *testing.T, list []network.Observation) {
	t.Helper()
	text := func(what, s string, limit int) {
		if !utf8.ValidString(s) || len(s) > limit {
			t.Fatalf("%s: %d bytes, valid %v", what, len(s), utf8.ValidString(s))
		}
		for _, r := range s {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("%s holds %U", what, r)
			}
		}
	}
	for _, o := range list {
		if o.Seen.Empty() {
			t.Fatalf("nobody was seen: %+v", o)
		}
		if o.VLAN < 0 || o.VLAN > 4094 {
			t.Fatalf("VLAN %d", o.VLAN)
		}
		if o.Seen.MAC != "" && network.MACKey(o.Seen.MAC) != o.Seen.MAC {
			t.Fatalf("MAC %q", o.Seen.MAC)
		}
		if a := o.Seen.Address; a != (netip.Addr{}) && !usable(a) {
			t.Fatalf("address %v", a)
		}
		text("name", o.Seen.Name, nameMax)
		text("port", o.SeenPort, nameMax)
		text("chassis", o.Seen.ChassisID, nameMax+16)
		if len(o.Traits) > traitsMax {
			t.Fatalf("%d traits", len(o.Traits))
		}
		for _, tr := range o.Traits {
			text(tr.Key, tr.Value, network.TraitMax)
		}
	}
}

// at is the time of packets in tests.
var at = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// heard is a decoder that is in the middle of a datagram from 192.0.2.9.
func heard() *Decoder {
	d := NewDecoder(Place{FacilityID: "f"})
	d.p = packet{atMS: at.UnixMilli(), mac: "001122334455", src: netip.MustParseAddr("192.0.2.9"), dst: netip.MustParseAddr("192.0.2.1"), tied: true, hops: 255}
	return d
}

// fuzzReader fuzzes one protocol, without the net of Decode.
func fuzzReader(f *testing.F, read func(*Decoder, []byte), seeds ...[]byte) {
	f.Helper()
	for _, s := range seeds {
		f.Add(s)
		f.Add(s[:len(s)/2])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := heard()
		read(d, bytes.Clone(data))
		checkWords(t, d.out)
	})
}

func FuzzARP(f *testing.F)  { fuzzReader(f, (*Decoder).readARP, arpSeed) }
func FuzzND(f *testing.F)   { fuzzReader(f, (*Decoder).readND, ndSeed) }
func FuzzDHCP(f *testing.F) { fuzzReader(f, (*Decoder).readDHCP, dhcpSeed(1), dhcpSeed(2)) }
func FuzzDHCP6(f *testing.F) {
	fuzzReader(f, (*Decoder).readDHCP6, dhcp6Seed)
}
func FuzzMDNS(f *testing.F)     { fuzzReader(f, (*Decoder).readMDNS, mdnsSeed) }
func FuzzLLMNR(f *testing.F)    { fuzzReader(f, (*Decoder).readLLMNR, mdnsSeed) }
func FuzzSSDP(f *testing.F)     { fuzzReader(f, (*Decoder).readSSDP, ssdpSeed) }
func FuzzNetBIOS(f *testing.F)  { fuzzReader(f, (*Decoder).readNetBIOS, netbiosSeed) }
func FuzzDatagram(f *testing.F) { fuzzReader(f, (*Decoder).readDatagram, datagramSeed) }
func FuzzLLDP(f *testing.F)     { fuzzReader(f, (*Decoder).readLLDP, lldpSeed) }
func FuzzCDP(f *testing.F)      { fuzzReader(f, (*Decoder).readCDP, cdpSeed) }
func FuzzStream(f *testing.F)   { fuzzReader(f, (*Decoder).readStream, dicomSeed, hl7Seed) }

// FuzzFrame fuzzes whole packets of every link type.
func FuzzFrame(f *testing.F) {
	links := []layers.LinkType{layers.LinkTypeEthernet, layers.LinkTypeRaw, layers.LinkTypeLinuxSLL, layers.LinkTypeLinuxSLL2, layers.LinkTypeNull}
	for _, p := range packets {
		f.Add(byte(0), p)
		if len(p) > 14 {
			f.Add(byte(1), p[14:])
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		d := NewDecoder(Place{})
		d.read(links[int(kind)%len(links)], bytes.Clone(data), at, 0)
		checkWords(t, d.out)
	})
}

// FuzzCapture fuzzes capture files.
func FuzzCapture(f *testing.F) {
	f.Add(pcapFile(packets...))
	f.Add(ngFile(packets...))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = ReadCapture(context.Background(), bytes.NewReader(data), Place{}, NewCoalescer(), func(_ context.Context, batch []network.Observation) error {
			checkWords(t, batch)
			return nil
		}, nil)
	})
}
