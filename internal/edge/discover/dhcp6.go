package discover

import (
	"encoding/binary"
	"fmt"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"sonae/internal/survey/network"
)

// readDHCP6 notes clients and servers of DHCPv6 (RFC 9915). What a relay carries is not
// opened: it comes from another link.
func (d *Decoder) readDHCP6(data []byte) {
	m := &d.dhcp6
	if m.DecodeFromBytes(data, gopacket.NilDecodeFeedback) != nil {
		d.bad("dhcp6")
		if len(data) < 4 {
			return
		}
	}
	opts := map[layers.DHCPv6Opt][]byte{}
	for _, o := range m.Options {
		if _, there := opts[o.Code]; !there {
			opts[o.Code] = o.Data
		}
	}
	seen, t := d.source(), traits{}
	switch m.MsgType {
	case layers.DHCPv6MsgTypeSolicit, layers.DHCPv6MsgTypeRequest, layers.DHCPv6MsgTypeConfirm, layers.DHCPv6MsgTypeRenew, layers.DHCPv6MsgTypeRebind, layers.DHCPv6MsgTypeInformationRequest:
		if b := opts[layers.DHCPv6OptClientFQDN]; len(b) > 1 { // RFC 4704, 4
			seen.Name = dnsLabels(b[1:])
		}
		t.add(TraitDHCP6Params, numbers(opts[layers.DHCPv6OptOro], 2))
		if b := opts[layers.DHCPv6OptVendorClass]; len(b) > 6 { // enterprise number, then length and text
			t.add(TraitDHCP6Vendor, fmt.Sprintf("%d %s", binary.BigEndian.Uint32(b), clean(first(b[6:], int(binary.BigEndian.Uint16(b[4:]))), nameMax)))
		}
		if seen.MAC == "" {
			seen.MAC = duidMAC(opts[layers.DHCPv6OptClientID])
		}
	case layers.DHCPv6MsgTypeAdvertise, layers.DHCPv6MsgTypeReply:
		t.add(network.TraitDHCPServer, "offer")
	default:
		return
	}
	d.see(network.HowDHCP, seen, t)
}

// duidMAC is the hardware address in a DUID of Ethernet (RFC 9915, 11.2 and 11.4). It is
// that of some interface of the machine, so it serves only where the frame told none.
func duidMAC(b []byte) string {
	switch {
	case len(b) == 14 && binary.BigEndian.Uint16(b) == 1 && binary.BigEndian.Uint16(b[2:]) == 1:
		return hardware(b[8:])
	case len(b) == 10 && binary.BigEndian.Uint16(b) == 3 && binary.BigEndian.Uint16(b[2:]) == 1:
		return hardware(b[4:])
	}
	return ""
}
