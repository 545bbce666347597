package discover

import (
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// extensionsMax is how many IPv6 extension headers are followed (RFC 8200 knows seven).
const extensionsMax = 8

func (d *Decoder) readIPv4(data []byte) {
	if d.ip4.DecodeFromBytes(data, gopacket.NilDecodeFeedback) != nil || data[0]>>4 != 4 {
		d.bad("ip")
		return
	}
	d.p.src, d.p.dst, d.p.hops = address(d.ip4.SrcIP), address(d.ip4.DstIP), d.ip4.TTL
	d.tie()
	if d.ip4.FragOffset != 0 {
		d.counts.Fragments++
		return
	}
	d.p.fragmented = d.ip4.Flags&layers.IPv4MoreFragments != 0
	d.transport(d.ip4.Protocol, d.ip4.Payload)
}

func (d *Decoder) readIPv6(data []byte) {
	if d.ip6.DecodeFromBytes(data, gopacket.NilDecodeFeedback) != nil || data[0]>>4 != 6 {
		d.bad("ip")
		return
	}
	d.p.src, d.p.dst, d.p.hops = address(d.ip6.SrcIP), address(d.ip6.DstIP), d.ip6.HopLimit
	d.tie()
	next, body := d.ip6.NextHeader, d.ip6.Payload
	if d.ip6.HopByHop != nil {
		next = d.ip6.HopByHop.NextHeader
	}
	for range extensionsMax {
		switch next {
		case layers.IPProtocolIPv6HopByHop, layers.IPProtocolIPv6Routing, layers.IPProtocolIPv6Destination:
			if d.skip.DecodeFromBytes(body, gopacket.NilDecodeFeedback) != nil {
				d.bad("ip")
				return
			}
			next, body = d.skip.NextHeader, d.skip.Payload
		case layers.IPProtocolIPv6Fragment:
			if d.frag.DecodeFromBytes(body, gopacket.NilDecodeFeedback) != nil {
				d.bad("ip")
				return
			}
			if d.frag.FragmentOffset != 0 {
				d.counts.Fragments++
				return
			}
			d.p.fragmented = d.frag.MoreFragments
			next, body = d.frag.NextHeader, d.frag.Payload
		default:
			d.transport(next, body)
			return
		}
	}
	d.bad("ip")
}

// transport hands a datagram to the protocol of its port.
func (d *Decoder) transport(protocol layers.IPProtocol, body []byte) {
	fb := gopacket.NilDecodeFeedback
	switch protocol {
	case layers.IPProtocolUDP:
		if d.udp.DecodeFromBytes(body, fb) != nil {
			d.bad("udp")
			return
		}
		d.p.srcPort, d.p.dstPort, d.p.payload = uint16(d.udp.SrcPort), uint16(d.udp.DstPort), d.udp.Payload
		if read := udpReader(d.p.srcPort, d.p.dstPort); read != nil && len(d.p.payload) > 0 {
			read(d, d.p.payload)
		}
	case layers.IPProtocolTCP:
		if d.tcp.DecodeFromBytes(body, fb) != nil {
			d.bad("tcp")
			return
		}
		d.p.srcPort, d.p.dstPort, d.p.payload, d.p.seq = uint16(d.tcp.SrcPort), uint16(d.tcp.DstPort), d.tcp.Payload, d.tcp.Seq
		d.readStream(d.p.payload)
	case layers.IPProtocolICMPv6:
		d.readND(body)
	}
}

// udpReader finds the protocol of a datagram. Answers of SSDP and NetBIOS come from the
// port to the asker's own.
func udpReader(src, dst uint16) func(*Decoder, []byte) {
	for _, port := range [2]uint16{dst, src} {
		switch port {
		case 67, 68: // RFC 2131, 4.1
			return (*Decoder).readDHCP
		case 546, 547: // RFC 9915, 7.2
			return (*Decoder).readDHCP6
		case 5353: // RFC 6762, 3
			return (*Decoder).readMDNS
		case 5355: // RFC 4795, 2
			return (*Decoder).readLLMNR
		case 1900: // UPnP Device Architecture 2.0, 1.1
			return (*Decoder).readSSDP
		case 137: // RFC 1002, 4.2
			return (*Decoder).readNetBIOS
		case 138: // RFC 1002, 4.4
			return (*Decoder).readDatagram
		}
	}
	return nil
}

// tie decides whether the sender's hardware address and address belong together. That is
// so where the packet cannot have come through a router, or where the machine itself has
// said so before (ARP, neighbour discovery).
func (d *Decoder) tie() {
	if d.p.mac == "" || d.p.virtual || !usable(d.p.src) {
		return
	}
	switch {
	case d.onLink():
		d.p.tied = true
		d.known.learn(d.p.src, d.p.vlan, d.p.mac, d.p.atMS)
	default:
		d.p.tied = d.known.mac(d.p.src, d.p.vlan, d.p.atMS) == d.p.mac
	}
}

// onLink reports a packet that no router forwards: to a group of the link only
// (224.0.0.0/24, RFC 5771, 4; ff02::/16, RFC 4291, 2.7), to everybody on the link, or from
// an address of the link only. A broadcast into a network counts when the sender can be
// in that very network: routers may forward such a broadcast from elsewhere.
func (d *Decoder) onLink() bool {
	src, dst := d.p.src, d.p.dst
	switch {
	case src.IsLinkLocalUnicast(), dst.IsLinkLocalMulticast(), dst.IsInterfaceLocalMulticast(), dst == limitedBroadcast:
		return true
	case d.p.broadcast && dst.Is4() && !dst.IsMulticast():
		return broadcastNet(dst).Contains(src)
	}
	return false
}

// broadcastNet is the widest network whose broadcast address dst can be: all its last
// bits that are one are the host's.
func broadcastNet(dst netip.Addr) netip.Prefix {
	b := dst.As4()
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	ones := 0
	for n&1 == 1 && ones < 24 {
		ones++
		n >>= 1
	}
	return netip.PrefixFrom(dst, 32-ones).Masked()
}
