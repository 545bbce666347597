package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"sonae/internal/server"
	"sonae/internal/server/servertest"
)

// announcement is one ARP announcement of a station (RFC 5227).
func announcement(t *testing.T, mac net.HardwareAddr, ip net.IP) []byte {
	t.Helper()
	packet := gopacket.NewSerializeBuffer()
	broadcast := net.HardwareAddr{255, 255, 255, 255, 255, 255}
	err := gopacket.SerializeLayers(packet, gopacket.SerializeOptions{},
		&layers.Ethernet{SrcMAC: mac, DstMAC: broadcast, EthernetType: layers.EthernetTypeARP},
		&layers.ARP{AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4, Operation: layers.ARPRequest,
			SourceHwAddress: mac, SourceProtAddress: ip.To4(), DstHwAddress: make([]byte, 6), DstProtAddress: ip.To4()})
	if err != nil {
		t.Fatal(err)
	}
	return packet.Bytes()
}

// captureOf writes a capture file with one ARP announcement of a station.
func captureOf(t *testing.T, at time.Time, mac net.HardwareAddr, ip net.IP) string {
	t.Helper()
	body := announcement(t, mac, ip)
	var file bytes.Buffer
	w := pcapgo.NewWriter(&file)
	if err := w.WriteFileHeader(65536, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(body), Length: len(body)}, body); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "ward.pcap")
	if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// What a capture file shows is on the map of the running server once it is kept, and only
// then; a wrong clock is told.
func TestKeepWhatIsFound(t *testing.T) {
	p := servertest.Start(t, servertest.Options{Data: t.TempDir()})
	facility, _ := p.Prepare(t, 1)
	station := net.HardwareAddr{0x00, 0x00, 0x5e, 0x00, 0x53, 0x09}
	discover := func(keep bool, at time.Time) (said string) {
		t.Helper()
		var out, told bytes.Buffer
		o := server.DiscoverOptions{Files: []string{captureOf(t, at, station, net.IPv4(192, 0, 2, 9))}, KeepOptions: server.KeepOptions{Keep: keep}, Language: "en", Progress: &told}
		if err := server.Discover(context.Background(), p.Config(), "test", o, &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "192.0.2.9") {
			t.Errorf("printed: %s", out.String())
		}
		return told.String()
	}
	onMap := func() bool {
		t.Helper()
		var topology struct {
			Nodes []struct{ MACs []string }
		}
		if err := p.Call(http.MethodGet, "/api/v1/topology?facility="+facility, nil, &topology); err != nil {
			t.Fatal(err)
		}
		for _, n := range topology.Nodes {
			for _, m := range n.MACs {
				if strings.ReplaceAll(m, ":", "") == "00005e005309" {
					return true
				}
			}
		}
		return false
	}
	if discover(false, time.Now()); onMap() {
		t.Error("it was kept without being asked for")
	}
	if said := discover(true, time.Now().Add(time.Hour)); onMap() || !strings.Contains(said, "1 from the future") {
		t.Errorf("a packet of the future: %s", said)
	}
	if said := discover(true, time.Now()); !onMap() || !strings.Contains(said, "1 new observations") {
		t.Errorf("kept: %s", said)
	}
}

// A lease file and an ARP table are read one after the other; a file that is none is an
// error that names it, and what the others say is printed.
func TestReadTables(t *testing.T) {
	folder := t.TempDir()
	file := func(name, body string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	o := server.DiscoverOptions{Language: "ja", JSON: true, Tables: []string{
		file("leases", "1895000000 00:00:5e:00:53:61 192.0.2.61 ward-pc *\nbroken\n"), file("letter", "Dear Sir\n"), filepath.Join(folder, "none"), folder,
		file("arp", "Internet  192.0.2.2  5  0000.5e00.5302  ARPA  Vlan20\n"),
	}}
	var out, told bytes.Buffer
	o.Progress = &told
	err := server.Discover(context.Background(), server.Config{}, "test", o, &out)
	if err == nil || !strings.Contains(err.Error(), "letter: Dear Sir: DHCP") || !strings.Contains(err.Error(), "none を開けません") || !strings.Contains(err.Error(), "フォルダ") {
		t.Errorf("error %v", err)
	}
	var got struct {
		Devices []struct{ Key string }
		Sources []struct {
			Form   string
			Unread int
		}
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || len(got.Devices) != 2 || len(got.Sources) != 2 || got.Sources[0].Form != "dnsmasq" || got.Sources[0].Unread != 1 || got.Sources[1].Form != "arp" {
		t.Errorf("%+v %v", got, err)
	}
	if !strings.Contains(told.String(), "2行目は読めません：broken") {
		t.Errorf("told %s", told.String())
	}
}
