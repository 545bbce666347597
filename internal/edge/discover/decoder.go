package discover

import (
	"encoding/hex"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket/layers"

	"sonae/internal/survey/network"
)

// Decoder turns the packets of one place into observations. It remembers which hardware
// address answers for which address, so packets are given in the order of their time.
// Not for concurrent use.
type Decoder struct {
	place  Place
	own    string // MAC of the listening interface: what it sends itself is no news
	known  neighbours
	calls  calls
	counts Count

	p   packet
	out []network.Observation

	// Layers are kept between packets: at 50,000 packets a second garbage costs more
	// than reading.
	eth    layers.Ethernet
	tag    layers.Dot1Q
	sll    layers.LinuxSLL
	sll2   layers.LinuxSLL2
	arp    layers.ARP
	ip4    layers.IPv4
	ip6    layers.IPv6
	skip   layers.IPv6ExtensionSkipper
	frag   layers.IPv6Fragment
	udp    layers.UDP
	tcp    layers.TCP
	dhcp   layers.DHCPv4
	dhcp6  layers.DHCPv6
	dns    layers.DNS
	ndOpts layers.ICMPv6Options
}

// packet is what is known of the packet that is being read.
type packet struct {
	atMS       int64
	vlan       int    // innermost tag of the network the sender is in; 0 = none
	mac        string // of the sender, MACKey form; empty: not told, or none that a machine can have
	broadcast  bool   // the frame goes to all
	virtual    bool   // mac belongs to a group of routers (VRRP, HSRP)
	src, dst   netip.Addr
	srcPort    uint16
	dstPort    uint16
	hops       uint8 // TTL or hop limit
	seq        uint32
	payload    []byte
	tied       bool // mac and src belong to one machine on this link
	fragmented bool // only the first part of a datagram
}

// NewDecoder makes a decoder for a place.
func NewDecoder(place Place) *Decoder {
	return &Decoder{place: place, own: place.Seer.MAC, known: neighbours{}, calls: calls{}}
}

// Count tells what became of the packets so far.
func (d *Decoder) Count() Count {
	c := Count{}
	c.Add(d.counts)
	return c
}

// Decode reads one packet. vlan is the tag that the kernel took off before, 0 = none. The
// answer is valid until the next call; nothing in it refers to data.
func (d *Decoder) Decode(link layers.LinkType, data []byte, at time.Time, vlan int) (out []network.Observation) {
	d.counts.Packets++
	d.counts.Bytes += int64(len(data))
	d.out = d.out[:0]
	// The decoders are fuzzed without this net; it is for what nobody thought of: one
	// packet must not end the listening of a hospital.
	defer func() {
		if recover() != nil {
			d.counts.malformed("panic", 1)
			out = d.out
		}
	}()
	d.read(link, data, at, vlan)
	return d.out
}

func (d *Decoder) read(link layers.LinkType, data []byte, at time.Time, vlan int) {
	d.p = packet{atMS: at.UnixMilli(), vlan: vlan & vlanMask}
	if !d.frame(link, data) {
		d.counts.OtherLink++
		return
	}
	if len(d.out) == 0 {
		d.traffic()
	}
}

// bad counts a packet that could not be read to its end.
func (d *Decoder) bad(protocol string) { d.counts.malformed(protocol, 1) }

// see notes that the place saw somebody.
func (d *Decoder) see(how network.How, seen network.Party, t traits) *network.Observation {
	return d.saw(d.place.Seer, d.place.Port, how, seen, t)
}

func (d *Decoder) saw(seer network.Party, port string, how network.How, seen network.Party, t traits) *network.Observation {
	if seen.Empty() || seen.MAC != "" && seen.MAC == d.own {
		return &network.Observation{}
	}
	d.out = append(d.out, network.Observation{FacilityID: d.place.FacilityID, Seer: seer, SeerPort: port, Seen: seen, How: how, VLAN: d.p.vlan, AtMS: d.p.atMS, Traits: t})
	return &d.out[len(d.out)-1]
}

// source is the sender of the packet: with its hardware address where that is its own.
func (d *Decoder) source() network.Party {
	return d.party(d.p.src)
}

// party names a machine by address, and by hardware address when that is known for sure.
func (d *Decoder) party(a netip.Addr) network.Party {
	if !usable(a) {
		if a == d.p.src {
			return network.Party{MAC: d.p.mac}
		}
		return network.Party{}
	}
	p := network.Party{Address: a}
	if a == d.p.src && d.p.tied {
		p.MAC = d.p.mac
	} else if a != d.p.src {
		p.MAC = d.known.mac(a, d.p.vlan, d.p.atMS)
	}
	return p
}

// traffic notes a sender of whom nothing else was said.
func (d *Decoder) traffic() {
	if d.p.mac == "" {
		return
	}
	seen := network.Party{MAC: d.p.mac}
	if d.p.tied {
		seen.Address = d.p.src
	}
	d.see(network.HowTraffic, seen, nil)
}

// hardware is a hardware address of a single machine in MACKey form, else empty.
func hardware(b []byte) string {
	if len(b) != 6 || b[0]&1 != 0 { // group addresses (IEEE 802, 8.2.2) send nothing
		return ""
	}
	if b[0]|b[1]|b[2]|b[3]|b[4]|b[5] == 0 {
		return ""
	}
	return hex.EncodeToString(b)
}

// address reads an address of 4 or 16 bytes.
func address(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a.Unmap()
}

// usable reports an address that one machine can have as its own.
func usable(a netip.Addr) bool {
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && !a.IsLoopback() && a != limitedBroadcast && !(a.Is4() && a.As4()[0] == 0)
}

var limitedBroadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})
