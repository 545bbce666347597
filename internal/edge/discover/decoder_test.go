package discover

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket/layers"

	"sonae/internal/survey/network"
)

// tell writes an observation as one line.
func tell(o network.Observation) string {
	s := string(o.How)
	if !o.Seer.Empty() {
		s += " " + o.Seer.Key() + " saw"
	}
	for _, v := range []string{o.Seen.ChassisID, o.Seen.MAC, o.Seen.Name} {
		if v != "" {
			s += " " + v
		}
	}
	if o.Seen.Address.IsValid() {
		s += " " + o.Seen.Address.String()
	}
	if o.SeenPort != "" {
		s += " port " + o.SeenPort
	}
	if o.VLAN != 0 {
		s += fmt.Sprintf(" vlan %d", o.VLAN)
	}
	for _, t := range o.Traits {
		s += fmt.Sprintf(" %s=%s", t.Key, t.Value)
	}
	return s
}

func decodeAll(d *Decoder, list ...[]byte) []string {
	var out []string
	for _, p := range list {
		for _, o := range d.Decode(layers.LinkTypeEthernet, p, at, 0) {
			out = append(out, tell(o))
		}
	}
	return out
}

func TestDecode(t *testing.T) {
	const a, b = "001122334455", "00aabbccddee"
	for _, c := range []struct {
		name    string
		packets [][]byte
		want    []string
	}{
		{"ARP request names the asker, not the asked", packets[:1], []string{"arp " + a + " 192.0.2.9"}},
		{"ARP probe has no address yet", [][]byte{arpPacket(1, macA, "0.0.0.0", "192.0.2.9")}, []string{"arp " + a}},
		{"gratuitous ARP", [][]byte{arpPacket(2, macA, "192.0.2.9", "192.0.2.9")}, []string{"arp " + a + " 192.0.2.9"}},
		{"QinQ: the inner tag", packets[13:14], []string{"arp " + a + " 192.0.2.9 vlan 30"}},
		{"neighbour advertisement of a router", [][]byte{frameOf(macA, "fe80::9", "ff02::1", layers.IPProtocolICMPv6, payload(ndSeed), nil)}, []string{"nd " + a + " 2001:db8::9 nd.router=advertises"}},
		{"DHCP client, Japanese name, no address it only wishes for", packets[1:2],
			[]string{"dhcp " + a + " 受付PC dhcp.host=受付PC dhcp.parameters=1,3,6,15,31,33 dhcp.vendor=MSFT 5.0 dhcp.client_id=01" + a}},
		{"DHCP server and the client it serves", packets[2:3], []string{"dhcp " + b + " 192.0.2.1 dhcp.server=offer", "dhcp " + a + " 192.0.2.77"}},
		{"mDNS", packets[3:4], []string{
			"mdns " + a + " printer3 192.0.2.9 mdns.service=_ipp._tcp mdns.text=ty=Printer 3000 mdns.text=usb_MFG=Maker",
			"mdns " + a + " printer3 fe80::9 mdns.service=_ipp._tcp mdns.text=ty=Printer 3000 mdns.text=usb_MFG=Maker"}},
		{"mDNS of somebody else, by a reflector", [][]byte{udpPacket(macB, "192.0.2.1", "224.0.0.251", 5353, 5353, mdnsSeed)}, []string{
			"mdns printer3 192.0.2.9 mdns.service=_ipp._tcp mdns.text=ty=Printer 3000 mdns.text=usb_MFG=Maker",
			"mdns printer3 fe80::9 mdns.service=_ipp._tcp mdns.text=ty=Printer 3000 mdns.text=usb_MFG=Maker",
			"mdns " + b + " 192.0.2.1"}},
		{"SSDP: no MAC without proof, group 239 is routed", packets[5:6],
			[]string{"ssdp 192.0.2.9 ssdp.server=Linux/4.9 UPnP/1.0 NAS/1.2 ssdp.type=upnp:rootdevice ssdp.usn=uuid:1::upnp:rootdevice ssdp.location=http://192.0.2.9:80/d.xml"}},
		{"NetBIOS registration in Shift_JIS", packets[6:7], []string{"netbios " + a + " 内科-PC1 192.0.2.9 netbios.name=内科-PC1<20>"}},
		{"browser announcement", packets[7:8], []string{"netbios " + a + " WARD3 192.0.2.9 netbios.name=WARD3<00> netbios.version=6.1 netbios.comment=nurse station"}},
		{"DHCPv6", packets[8:9], []string{"dhcp " + a + " ward-1.hosp fe80::9 dhcp6.parameters=23,24 dhcp6.vendor=311 MSFT 5.0"}},
		{"LLDP", packets[9:10], []string{"lldp mac:" + b + " " + b + " sw-3f 192.0.2.2 port Gi1/0/3 vlan 30 lldp.port_description=to CT room lldp.system_description=Example Switch OS 1.2" +
			" lldp.capabilities=bridge lldp.management_address=2001:db8::2 lldp.vlan=30 ward lldp.mau_type=30 lldp.aggregation=5 lldp.power=pse lldp.med_serial=SN123 lldp.med_maker=Maker lldp.med_model=Model X lldp.med_firmware=1.2.3"}},
		{"CDP", packets[10:11], []string{"cdp " + b + " sw-4f.example 192.0.2.4 port GigabitEthernet1/0/4 vlan 10 cdp.capabilities=router,switch cdp.version=Example IOS Version 15 cdp.platform=example WS-C2960"}},
		{"DICOM request", packets[11:12], []string{"dicom ip:192.0.2.20 saw 192.0.2.9 dicom.ae_title=CT1 dicom.implementation_class=1.2.276.0.7230010.3.0.3.6.7 dicom.implementation=OFFIS_DCMTK_367"}},
		{"DICOM acceptance", [][]byte{tcpPacket(macB, "192.0.2.20", "192.0.2.9", 104, 40000, 1, dicomPDU(dicomAccept, "PACS", "CT1", "ARCHIVE_1"))},
			[]string{"dicom ip:192.0.2.9 saw 192.0.2.20 dicom.ae_title=PACS dicom.implementation_class=1.2.276.0.7230010.3.0.3.6.7 dicom.implementation=ARCHIVE_1"}},
		{"HL7, nothing of the patient", packets[12:13], []string{"hl7 ip:192.0.2.20 saw 192.0.2.9 hl7.application=レセ hl7.facility=HOSP"}},
		{"unicast without proof: the card only", [][]byte{udpPacket(macB, "198.51.100.7", "192.0.2.9", 53, 4000, nil)}, []string{"traffic " + b}},
		{"broadcast into another network may be forwarded", [][]byte{udpPacket(macB, "198.51.100.7", "192.0.2.255", 4000, 4000, nil)}, []string{"traffic " + b}},
		{"unicast of one who answered before", [][]byte{arpPacket(2, macA, "192.0.2.9", "192.0.2.1"), udpPacket(macA, "192.0.2.9", "192.0.2.20", 4000, 4000, nil)},
			[]string{"arp " + a + " 192.0.2.9", "traffic " + a + " 192.0.2.9"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := NewDecoder(Place{})
			if diff := cmp.Diff(c.want, decodeAll(d, c.packets...)); diff != "" {
				t.Error(diff)
			}
			if len(d.Count().Malformed) > 0 {
				t.Errorf("malformed: %v", d.Count().Malformed)
			}
		})
	}
}

// TestDICOMInSegments: the program's name stands at the end of a request that came in two.
func TestDICOMInSegments(t *testing.T) {
	d := NewDecoder(Place{})
	got := decodeAll(d, tcpPacket(macA, "192.0.2.9", "192.0.2.20", 40000, 11112, 100, dicomSeed[:1400]), tcpPacket(macA, "192.0.2.9", "192.0.2.20", 40000, 11112, 1500, dicomSeed[1400:]))
	if len(got) != 2 || strings.Contains(got[0], "OFFIS") || !strings.Contains(got[1], "OFFIS_DCMTK_367") || !strings.Contains(got[1], "ae_title=CT1") {
		t.Errorf("got %q", got)
	}
	if len(d.calls) != 0 {
		t.Errorf("%d calls are still open", len(d.calls))
	}
}

// TestRouter: everything that comes through a router has its hardware address, and none
// of it is said to be the router.
func TestRouter(t *testing.T) {
	d := NewDecoder(Place{})
	for i := range 200 {
		for _, line := range decodeAll(d, udpPacket(macB, fmt.Sprintf("10.1.2.%d", i), "239.255.255.250", 1900, 1900, ssdpSeed), tcpPacket(macB, fmt.Sprintf("10.1.3.%d", i), "192.0.2.20", 4, 104, 1, dicomSeed)) {
			if strings.Contains(line, "00aabbccddee 10.") {
				t.Fatal(line)
			}
		}
	}
}

// TestOwnPackets: the listener does not see itself.
func TestOwnPackets(t *testing.T) {
	d := NewDecoder(Place{Seer: network.Party{MAC: "001122334455"}, Port: "eth0"})
	if got := decodeAll(d, packets[0], packets[3]); len(got) > 1 { // the address of fe80::9 alone is not its card
		t.Errorf("got %q", got)
	}
	o := d.Decode(layers.LinkTypeEthernet, packets[9], at, 0)
	if len(o) != 1 || o[0].SeerPort != "eth0" || o[0].Seer.MAC != "001122334455" {
		t.Errorf("got %+v", o)
	}
}

// TestCutAndBroken cuts every packet everywhere and turns every byte around.
func TestCutAndBroken(t *testing.T) {
	for _, p := range packets {
		for i := range p {
			d := NewDecoder(Place{})
			d.read(layers.LinkTypeEthernet, bytes.Clone(p[:i]), at, 0)
			checkWords(t, d.out)
			broken := bytes.Clone(p)
			broken[i] ^= 0xff
			d.read(layers.LinkTypeEthernet, broken, at, 0)
			checkWords(t, d.out)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                         "plain",
		"\x8e\xf3\x95\x74":              "受付",
		"\x1b$B<uIU\x1b(B":              "受付",
		"受付":                            "受付",
		"a\x00\x00":                     "a",
		"<b>\x1b[31mred\x07":            "<b>[31mred",
		"abc\u202edef\u200b":            "abcdef",
		"x\ny":                          "x y",
		"\xff\xfe\xfd":                  "\uFFFD",
		strings.Repeat("あ", nameMax):    strings.Repeat("あ", nameMax/3),
		strings.Repeat("\x8e\xf3", 500): strings.Repeat("受", nameMax/3),
	} {
		if got := clean([]byte(in), nameMax); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestLinkTypes(t *testing.T) {
	ip := packets[11][14:]
	sll := join([]byte{0, 1, 0, 1, 0, 6}, macA, []byte{0, 0, 0x08, 0x06}, arpSeed)
	sll2 := join([]byte{0x08, 0x06, 0, 0, 0, 0, 0, 1, 0, 1, 1, 6}, macA, []byte{0, 0}, arpSeed)
	for _, c := range []struct {
		link layers.LinkType
		data []byte
		want string
	}{
		{layers.LinkTypeRaw, ip, "dicom"}, {layers.LinkTypeIPv4, ip, "dicom"}, {layers.LinkTypeNull, join([]byte{2, 0, 0, 0}, ip), "dicom"},
		{layers.LinkTypeLinuxSLL, sll, "arp 001122334455 192.0.2.9"}, {layers.LinkTypeLinuxSLL2, sll2, "arp 001122334455 192.0.2.9"},
	} {
		if !LinkKnown(c.link) {
			t.Errorf("%v is not known", c.link)
		}
		got := NewDecoder(Place{}).Decode(c.link, c.data, at, 0)
		if len(got) != 1 || !strings.HasPrefix(tell(got[0]), c.want) {
			t.Errorf("%v: got %v", c.link, got)
		}
	}
	d := NewDecoder(Place{})
	d.Decode(layers.LinkTypeIEEE802_11, ip, at, 0)
	if d.Count().OtherLink != 1 {
		t.Errorf("other link: %+v", d.Count())
	}
}

// TestFragments: the first part of a datagram is read as far as it goes, later ones name
// their sender at most.
func TestFragments(t *testing.T) {
	p := bytes.Clone(packets[3])
	p[14+6], p[14+7] = 0x00, 0x10 // offset 128
	d := NewDecoder(Place{})
	got := decodeAll(d, p)
	if diff := cmp.Diff([]string{"traffic 001122334455 192.0.2.9"}, got); diff != "" || d.Count().Fragments != 1 {
		t.Errorf("%s, %+v", diff, d.Count())
	}
}

func TestVirtualRouter(t *testing.T) {
	vrrp := must(net.ParseMAC("00:00:5e:00:01:0a"))
	d := NewDecoder(Place{})
	got := decodeAll(d, udpPacket(vrrp, "192.0.2.3", "224.0.0.2", 1985, 1985, []byte{0}), arpPacket(2, vrrp, "192.0.2.1", "192.0.2.1"))
	if diff := cmp.Diff([]string{"traffic 00005e00010a", "arp 00005e00010a 192.0.2.1"}, got); diff != "" {
		t.Error(diff)
	}
}
