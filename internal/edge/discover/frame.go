package discover

import (
	"bytes"
	"net"
	"strings"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// vlanMask selects the number from a tag (IEEE 802.1Q, 9.6).
const vlanMask = 0x0fff

// tagsMax is how many tags a frame may have: two are usual (QinQ), more are an attack.
const tagsMax = 4

// EtherTypes that layers has no name for.
const (
	etherTypeQinQOld layers.EthernetType = 0x9100 // before 802.1ad
	etherTypeMin     layers.EthernetType = 0x0600 // below: a length (IEEE 802.3, 3.2.6)
)

// LinkKnown reports whether packets of a link type can be read.
func LinkKnown(link layers.LinkType) bool {
	switch link {
	case layers.LinkTypeEthernet, layers.LinkTypeRaw, linkRawOld, linkRawBSD, layers.LinkTypeIPv4, layers.LinkTypeIPv6,
		layers.LinkTypeLinuxSLL, layers.LinkTypeLinuxSLL2, layers.LinkTypeNull, layers.LinkTypeLoop:
		return true
	}
	return false
}

// Numbers under which "raw IP" was written before it got 101
// (https://www.tcpdump.org/linktypes.html).
const (
	linkRawOld layers.LinkType = 12
	linkRawBSD layers.LinkType = 14
)

// frame reads the link layer; false when its type is not read.
func (d *Decoder) frame(link layers.LinkType, data []byte) bool {
	fb := gopacket.NilDecodeFeedback
	switch link {
	case layers.LinkTypeEthernet:
		if d.eth.DecodeFromBytes(data, fb) != nil {
			d.bad("ethernet")
			return true
		}
		d.sender(d.eth.SrcMAC)
		d.p.broadcast = d.eth.DstMAC[0]&1 != 0
		d.ether(d.eth.EthernetType, d.eth.Payload)
	case layers.LinkTypeLinuxSLL:
		if d.sll.DecodeFromBytes(data, fb) != nil {
			d.bad("ethernet")
			return true
		}
		d.sender(d.sll.Addr)
		d.p.broadcast = d.sll.PacketType == layers.LinuxSLLPacketTypeBroadcast || d.sll.PacketType == layers.LinuxSLLPacketTypeMulticast
		d.cooked(d.sll.EthernetType, d.sll.Payload)
	case layers.LinkTypeLinuxSLL2:
		if d.sll2.DecodeFromBytes(data, fb) != nil {
			d.bad("ethernet")
			return true
		}
		d.sender(d.sll2.Addr)
		d.p.broadcast = d.sll2.PacketType == layers.LinuxSLL2PacketTypeBroadcast || d.sll2.PacketType == layers.LinuxSLL2PacketTypeMulticast
		d.cooked(d.sll2.ProtocolType, d.sll2.Payload)
	case layers.LinkTypeRaw, linkRawOld, linkRawBSD, layers.LinkTypeIPv4, layers.LinkTypeIPv6:
		d.raw(data)
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		if len(data) > 4 { // the family of addresses, which the first half byte tells, too
			d.raw(data[4:])
		}
	default:
		return false
	}
	return true
}

func (d *Decoder) sender(mac net.HardwareAddr) {
	d.p.mac = hardware(mac)
	d.p.virtual = virtualRouter(d.p.mac)
}

// virtualRouter reports a hardware address that several routers share: VRRP (RFC 9568,
// 7.3) and HSRP (RFC 2281, 7 and version 2). Their own addresses are not tied to it.
func virtualRouter(mac string) bool {
	return strings.HasPrefix(mac, "00005e0001") || strings.HasPrefix(mac, "00005e0002") || strings.HasPrefix(mac, "00000c07ac") || strings.HasPrefix(mac, "00000c9ff")
}

// cooked reads behind Linux' cooked header, where small numbers are kinds of frames.
func (d *Decoder) cooked(kind layers.EthernetType, body []byte) {
	if kind == layers.LinuxSLL2EthernetTypeLLC {
		kind = layers.EthernetTypeLLC
	}
	d.ether(kind, body)
}

// ether reads what an EtherType announces, through VLAN tags. The innermost tag is the
// network that the sender is in; outer ones are a provider's.
func (d *Decoder) ether(kind layers.EthernetType, body []byte) {
	for range tagsMax {
		if kind != layers.EthernetTypeDot1Q && kind != layers.EthernetTypeQinQ && kind != etherTypeQinQOld {
			break
		}
		if d.tag.DecodeFromBytes(body, gopacket.NilDecodeFeedback) != nil {
			d.bad("vlan")
			return
		}
		if id := int(d.tag.VLANIdentifier); id > 0 && id < vlanMask { // 0 is a priority only, 4095 is reserved
			d.p.vlan = id
		}
		kind, body = d.tag.Type, d.tag.Payload
		if kind < etherTypeMin {
			kind = layers.EthernetTypeLLC
		}
	}
	switch kind {
	case layers.EthernetTypeARP:
		d.readARP(body)
	case layers.EthernetTypeIPv4:
		d.readIPv4(body)
	case layers.EthernetTypeIPv6:
		d.readIPv6(body)
	case layers.EthernetTypeLinkLayerDiscovery:
		d.readLLDP(body)
	case layers.EthernetTypeLLC:
		if cdp, ok := bytes.CutPrefix(body, snapCDP); ok {
			d.readCDP(cdp)
		}
	}
}

// snapCDP is the LLC and SNAP header of CDP: Cisco's number and protocol 0x2000.
var snapCDP = []byte{0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00}

func (d *Decoder) raw(data []byte) {
	switch {
	case len(data) == 0:
	case data[0]>>4 == 4:
		d.readIPv4(data)
	case data[0]>>4 == 6:
		d.readIPv6(data)
	}
}
