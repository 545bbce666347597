package discover

import (
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"sonae/internal/survey/network"
)

// Lengths of the messages of RFC 4861, section 4, before their options.
var ndHeader = map[uint8]int{
	layers.ICMPv6TypeRouterSolicitation:    8,
	layers.ICMPv6TypeRouterAdvertisement:   16,
	layers.ICMPv6TypeNeighborSolicitation:  24,
	layers.ICMPv6TypeNeighborAdvertisement: 24,
}

// readND notes who has which IPv6 address (RFC 4861). A hop limit below 255 has come
// through a router and is not believed (7.1). A solicitation without a sender's address
// asks whether an address is free (RFC 4862, 5.4): nobody has it yet.
func (d *Decoder) readND(data []byte) {
	if len(data) < 4 {
		d.bad("nd")
		return
	}
	kind := data[0]
	head, ok := ndHeader[kind]
	if !ok {
		return
	}
	if len(data) < head || data[1] != 0 || d.p.hops != 255 {
		d.bad("nd")
		return
	}
	d.ndOpts = d.ndOpts[:0]
	if d.ndOpts.DecodeFromBytes(data[head:], gopacket.NilDecodeFeedback) != nil {
		d.bad("nd") // what came before still counts
	}
	var t traits
	addr, mac := d.p.src, d.ndOption(layers.ICMPv6OptSourceAddress)
	switch kind {
	case layers.ICMPv6TypeNeighborAdvertisement:
		addr, mac = netip.AddrFrom16([16]byte(data[8:24])), d.ndOption(layers.ICMPv6OptTargetAddress)
		if data[4]&0x80 != 0 { // R flag
			t.add(TraitNDRouter, "advertises")
		}
	case layers.ICMPv6TypeRouterAdvertisement:
		t.add(TraitNDRouter, "advertises")
	}
	if mac == "" && !d.p.virtual {
		mac = d.p.mac
	}
	seen := network.Party{MAC: mac}
	if usable(addr) {
		seen.Address = addr
		d.known.learn(addr, d.p.vlan, mac, d.p.atMS)
	}
	d.see(network.HowND, seen, t)
}

func (d *Decoder) ndOption(kind layers.ICMPv6Opt) string {
	for _, o := range d.ndOpts {
		if o.Type == kind && len(o.Data) >= 6 {
			return hardware(o.Data[:6])
		}
	}
	return ""
}
