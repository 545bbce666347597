package discover

import (
	"bytes"
	"encoding/binary"
	"net"
	"strings"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// Packets that the tests share, made by hand and by gopacket's writers.

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func serialize(list ...gopacket.SerializableLayer) []byte {
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true}, list...); err != nil {
		panic(err)
	}
	return bytes.Clone(buf.Bytes())
}

var (
	macA   = must(net.ParseMAC("00:11:22:33:44:55"))
	macB   = must(net.ParseMAC("00:aa:bb:cc:dd:ee"))
	macAll = net.HardwareAddr{255, 255, 255, 255, 255, 255}
)

func ethernet(src, dst net.HardwareAddr, kind layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: src, DstMAC: dst, EthernetType: kind}
}

// arpPacket is an ARP packet of a sender about an address.
func arpPacket(op uint16, mac net.HardwareAddr, sender, target string) []byte {
	return serialize(ethernet(mac, macAll, layers.EthernetTypeARP), &layers.ARP{AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4,
		Operation: op, SourceHwAddress: mac, SourceProtAddress: net.ParseIP(sender).To4(), DstHwAddress: make([]byte, 6), DstProtAddress: net.ParseIP(target).To4()})
}

// udpPacket is a datagram; its frame goes to all when the address is one of many.
func udpPacket(mac net.HardwareAddr, src, dst string, srcPort, dstPort uint16, body []byte) []byte {
	return frameOf(mac, src, dst, layers.IPProtocolUDP, &layers.UDP{SrcPort: layers.UDPPort(srcPort), DstPort: layers.UDPPort(dstPort)}, body)
}

func tcpPacket(mac net.HardwareAddr, src, dst string, srcPort, dstPort uint16, seq uint32, body []byte) []byte {
	return frameOf(mac, src, dst, layers.IPProtocolTCP, &layers.TCP{SrcPort: layers.TCPPort(srcPort), DstPort: layers.TCPPort(dstPort), Seq: seq, PSH: true, ACK: true, Window: 1000}, body)
}

func frameOf(mac net.HardwareAddr, src, dst string, protocol layers.IPProtocol, l gopacket.SerializableLayer, body []byte) []byte {
	to := macB
	switch ip := net.ParseIP(dst); {
	case ip.IsMulticast():
		to = net.HardwareAddr{1, 0, 0x5e, 0, 0, 1}
	case strings.HasSuffix(dst, ".255"):
		to = macAll
	}
	if strings.Contains(src, ":") {
		ip := &layers.IPv6{Version: 6, NextHeader: protocol, HopLimit: 255, SrcIP: net.ParseIP(src), DstIP: net.ParseIP(dst)}
		return serialize(ethernet(mac, to, layers.EthernetTypeIPv6), ip, l, gopacket.Payload(body))
	}
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: protocol, SrcIP: net.ParseIP(src).To4(), DstIP: net.ParseIP(dst).To4()}
	return serialize(ethernet(mac, to, layers.EthernetTypeIPv4), ip, l, gopacket.Payload(body))
}

// dhcpSeed is a message of a client (op 1) or a server (op 2); its host name is Japanese
// in Shift_JIS.
func dhcpSeed(op layers.DHCPOp) []byte {
	m := &layers.DHCPv4{Operation: op, HardwareType: layers.LinkTypeEthernet, HardwareLen: 6, ClientHWAddr: macA, Xid: 7}
	if op == layers.DHCPOpRequest {
		m.Options = layers.DHCPOptions{
			layers.NewDHCPOption(layers.DHCPOptMessageType, []byte{byte(layers.DHCPMsgTypeRequest)}),
			layers.NewDHCPOption(layers.DHCPOptHostname, []byte("\x8e\xf3\x95\x74PC")), // 受付PC
			layers.NewDHCPOption(layers.DHCPOptParamsRequest, []byte{1, 3, 6, 15, 31, 33}),
			layers.NewDHCPOption(layers.DHCPOptClassID, []byte("MSFT 5.0")),
			layers.NewDHCPOption(layers.DHCPOptRequestIP, []byte{192, 0, 2, 77}),
			layers.NewDHCPOption(layers.DHCPOptClientID, append([]byte{1}, macA...)),
		}
	} else {
		m.YourClientIP = net.IP{192, 0, 2, 77}
		m.Options = layers.DHCPOptions{
			layers.NewDHCPOption(layers.DHCPOptMessageType, []byte{byte(layers.DHCPMsgTypeAck)}),
			layers.NewDHCPOption(layers.DHCPOptServerID, []byte{192, 0, 2, 1}),
		}
	}
	m.Options = append(m.Options, layers.NewDHCPOption(layers.DHCPOptEnd, nil))
	return serialize(m)
}

func tlv6(code uint16, v []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, code)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(v))), v...)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func tlv(kind int, v []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(kind<<9|len(v))), v...)
}

func tlvText(kind int, prefix string, v string) []byte { return tlv(kind, []byte(prefix+v)) }

func cdpTLV(kind uint16, v string) []byte {
	b := binary.BigEndian.AppendUint16(nil, kind)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(v)+4)), v...)
}

func nbEncode(name string, suffix byte) []byte {
	b := []byte(name + strings.Repeat(" ", 15-len(name)))
	out := []byte{32}
	for _, c := range append(b, suffix) {
		out = append(out, 'A'+c>>4, 'A'+c&15)
	}
	return append(out, 0)
}

func dicomPDU(kind byte, called, calling, version string) []byte {
	pad := func(s string) []byte { return []byte(s + strings.Repeat(" ", 16-len(s))) }
	item := func(kind byte, v []byte) []byte {
		return append(binary.BigEndian.AppendUint16([]byte{kind, 0}, uint16(len(v))), v...)
	}
	user := join(item(0x51, []byte{0, 0, 64, 0}), item(dicomClass, []byte("1.2.276.0.7230010.3.0.3.6.7")), item(dicomVersion, []byte(version)))
	body := join([]byte{0, 1, 0, 0}, pad(called), pad(calling), make([]byte, 32),
		item(dicomContext, []byte(dicomContextName)), item(0x20, make([]byte, 2000)), item(dicomUser, user))
	return append(binary.BigEndian.AppendUint32([]byte{kind, 0}, uint32(len(body))), body...)
}

var (
	arpSeed = arpPacket(1, macA, "192.0.2.9", "192.0.2.1")[14:]
	ndSeed  = join([]byte{136, 0, 0, 0, 0xa0, 0, 0, 0}, net.ParseIP("2001:db8::9"), []byte{2, 1}, macA)

	dhcp6Seed = join([]byte{1, 1, 2, 3}, tlv6(1, join([]byte{0, 3, 0, 1}, macA)), tlv6(6, []byte{0, 23, 0, 24}),
		tlv6(39, []byte("\x01\x06ward-1\x04hosp\x00")), tlv6(16, []byte("\x00\x00\x01\x37\x00\x08MSFT 5.0")))

	ssdpSeed = []byte("NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nSERVER: Linux/4.9 UPnP/1.0 NAS/1.2\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nUSN: uuid:1::upnp:rootdevice\r\nLOCATION: http://192.0.2.9:80/d.xml\r\n\r\n")

	netbiosSeed = join([]byte{0, 1, 0x29, 0x10, 0, 1, 0, 0, 0, 0, 0, 1}, nbEncode("\x93\xe0\x89\xc8-PC1", 0x20), []byte{0, 0x20, 0, 1},
		[]byte{0xc0, 0x0c, 0, 0x20, 0, 1, 0, 0, 0, 0, 0, 6, 0, 0, 192, 0, 2, 9})

	datagramSeed = join([]byte{0x11, 0x0a, 0, 1, 192, 0, 2, 9, 0, 138, 0, 200, 0, 0}, nbEncode("WARD3", 0), nbEncode("HOSPITAL", 0x1d),
		[]byte("\xffSMB\x25"), make([]byte, smbHeader-5), []byte{17}, make([]byte, 36), []byte("\\MAILSLOT\\BROWSE\x00"),
		[]byte{1, 0, 0, 0, 0, 0}, []byte("WARD3\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), []byte{6, 1, 3, 16, 0, 0, 15, 1, 0x55, 0xaa}, []byte("nurse station\x00"))

	lldpSeed = join(tlv(lldpChassis, append([]byte{4}, macB...)), tlvText(lldpPort, "\x05", "Gi1/0/3"), tlv(lldpTTL, []byte{0, 120}),
		tlvText(lldpPortDescription, "", "to CT room"), tlvText(lldpSystemName, "", "sw-3f"), tlvText(lldpSystemDescription, "", "Example Switch OS 1.2"),
		tlv(lldpCapabilities, []byte{0, 0x14, 0, 0x04}), tlv(lldpManagement, []byte{5, 1, 192, 0, 2, 2, 2, 0, 0, 0, 1, 0}),
		tlv(lldpManagement, join([]byte{17, 2}, net.ParseIP("2001:db8::2"), []byte{2, 0, 0, 0, 1, 0})),
		tlv(lldpOrganisation, []byte{0, 0x80, 0xc2, 1, 0, 30}), tlvText(lldpOrganisation, "\x00\x80\xc2\x03\x00\x1e\x04", "ward"),
		tlv(lldpOrganisation, []byte{0, 0x12, 0x0f, 1, 3, 0, 0, 0, 30}), tlv(lldpOrganisation, []byte{0, 0x12, 0x0f, 3, 3, 0, 0, 0, 5}), tlv(lldpOrganisation, []byte{0, 0x12, 0x0f, 2, 7, 1, 3}),
		tlvText(lldpOrganisation, "\x00\x12\xbb\x08", "SN123"), tlvText(lldpOrganisation, "\x00\x12\xbb\x09", "Maker"), tlvText(lldpOrganisation, "\x00\x12\xbb\x0a", "Model X"),
		tlvText(lldpOrganisation, "\x00\x12\xbb\x06", "1.2.3"), tlv(lldpEnd, nil))

	cdpSeed = join([]byte{2, 180, 0, 0}, cdpTLV(cdpDevice, "sw-4f.example"), cdpTLV(cdpAddress, "\x00\x00\x00\x01\x01\x01\xcc\x00\x04\xc0\x00\x02\x04"), cdpTLV(cdpPort, "GigabitEthernet1/0/4"),
		cdpTLV(cdpCapabilities, "\x00\x00\x00\x09"), cdpTLV(cdpVersion, "Example IOS\nVersion 15"), cdpTLV(cdpPlatform, "example WS-C2960"), cdpTLV(cdpNativeVLAN, "\x00\x0a"))

	dicomSeed = dicomPDU(dicomRequest, "PACS", "CT1", "OFFIS_DCMTK_367")
	hl7Seed   = []byte("\x0bMSH|^~\\&|\x83\x8c\x83\x5a|HOSP|LAB|X|20261122||ADT^A01|1|P|2.5\rPID|||12345||SECRET^NAME\r\x1c\r")

	mdnsSeed = mdnsMessage()
)

// mdnsMessage announces a printer.
func mdnsMessage() []byte {
	return serialize(&layers.DNS{QR: true, AA: true,
		Answers: []layers.DNSResourceRecord{
			{Name: []byte("_ipp._tcp.local"), Type: layers.DNSTypePTR, Class: layers.DNSClassIN, TTL: 120, PTR: []byte("Office._ipp._tcp.local")},
			{Name: []byte("Office._ipp._tcp.local"), Type: layers.DNSTypeSRV, Class: layers.DNSClassIN, TTL: 120, SRV: layers.DNSSRV{Port: 631, Name: []byte("printer3.local")}},
			{Name: []byte("Office._ipp._tcp.local"), Type: layers.DNSTypeTXT, Class: layers.DNSClassIN, TTL: 120, TXTs: [][]byte{[]byte("ty=Printer 3000"), []byte("usb_MFG=Maker")}},
		},
		Additionals: []layers.DNSResourceRecord{
			{Name: []byte("printer3.local"), Type: layers.DNSTypeA, Class: layers.DNSClassIN, TTL: 120, IP: net.IP{192, 0, 2, 9}},
			{Name: []byte("printer3.local"), Type: layers.DNSTypeAAAA, Class: layers.DNSClassIN, TTL: 120, IP: net.ParseIP("fe80::9")},
		}})
}

// packets are whole frames of all protocols.
var packets = [][]byte{
	arpPacket(1, macA, "192.0.2.9", "192.0.2.1"),
	udpPacket(macA, "0.0.0.0", "255.255.255.255", 68, 67, dhcpSeed(layers.DHCPOpRequest)),
	udpPacket(macB, "192.0.2.1", "255.255.255.255", 67, 68, dhcpSeed(layers.DHCPOpReply)),
	udpPacket(macA, "192.0.2.9", "224.0.0.251", 5353, 5353, mdnsSeed),
	udpPacket(macA, "192.0.2.9", "224.0.0.252", 50000, 5355, mdnsSeed),
	udpPacket(macA, "192.0.2.9", "239.255.255.250", 50000, 1900, ssdpSeed),
	udpPacket(macA, "192.0.2.9", "192.0.2.255", 137, 137, netbiosSeed),
	udpPacket(macA, "192.0.2.9", "192.0.2.255", 138, 138, datagramSeed),
	udpPacket(macA, "fe80::9", "ff02::1:2", 546, 547, dhcp6Seed),
	serialize(ethernet(macB, must(net.ParseMAC("01:80:c2:00:00:0e")), layers.EthernetTypeLinkLayerDiscovery), gopacket.Payload(lldpSeed)),
	join(must(net.ParseMAC("01:00:0c:cc:cc:cc")), macB, binary.BigEndian.AppendUint16(nil, uint16(len(snapCDP)+len(cdpSeed))), snapCDP, cdpSeed),
	tcpPacket(macA, "192.0.2.9", "192.0.2.20", 40000, 104, 1, dicomSeed),
	tcpPacket(macA, "192.0.2.9", "192.0.2.20", 40001, 2575, 1, hl7Seed),
	join(macAll, macA, []byte{0x88, 0xa8, 0, 100, 0x81, 0, 0, 30, 8, 6}, arpSeed),
}

func pcapFile(list ...[]byte) []byte {
	var b bytes.Buffer
	w := pcapgo.NewWriter(&b)
	if err := w.WriteFileHeader(65536, layers.LinkTypeEthernet); err != nil {
		panic(err)
	}
	for _, p := range list {
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(p), Length: len(p)}, p); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

func ngFile(list ...[]byte) []byte {
	var b bytes.Buffer
	w := must(pcapgo.NewNgWriter(&b, layers.LinkTypeEthernet))
	for _, p := range list {
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(p), Length: len(p)}, p); err != nil {
			panic(err)
		}
	}
	if err := w.Flush(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func payload(b []byte) gopacket.SerializableLayer { return gopacket.Payload(b) }
