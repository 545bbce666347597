package discover

import (
	"encoding/binary"

	"sonae/internal/survey/network"
)

// Types of TLVs as Cisco's devices send them; the protocol was never published. Numbers
// as in the packets of CISCO-CDP-MIB's cdpCacheTable.
const (
	cdpDevice       = 0x0001
	cdpAddress      = 0x0002
	cdpPort         = 0x0003
	cdpCapabilities = 0x0004
	cdpVersion      = 0x0005
	cdpPlatform     = 0x0006
	cdpNativeVLAN   = 0x000a
	cdpSystemName   = 0x0014
	cdpManagement   = 0x0016
)

// cdpCaps are the words for the bits of cdpCacheCapabilities.
var cdpCaps = []string{"router", "bridge", "source-route-bridge", "switch", "host", "igmp", "repeater", "telephone", "remote", "cvta", "two-port-relay"}

// readCDP notes the neighbour that a Cisco device says to be. Own reading: that of
// gopacket gives the whole frame up for one field it does not like.
func (d *Decoder) readCDP(data []byte) {
	if len(data) < 4 || data[0] < 1 || data[0] > 2 {
		d.bad("cdp")
		return
	}
	seen, port, vlan, t := network.Party{MAC: d.p.mac}, "", 0, traits{}
	data = data[4:]
	for range tlvsMax {
		if len(data) == 0 {
			break
		}
		if len(data) < 4 {
			d.bad("cdp")
			break
		}
		kind, n := binary.BigEndian.Uint16(data), int(binary.BigEndian.Uint16(data[2:]))
		if n < 4 || n > len(data) {
			d.bad("cdp")
			break
		}
		v := data[4:n]
		switch kind {
		case cdpPort:
			port = clean(v, nameMax)
		case cdpNativeVLAN:
			if len(v) >= 2 {
				vlan = int(binary.BigEndian.Uint16(v)) & vlanMask
			}
		default:
			cdpField(kind, v, &seen, &t)
		}
		data = data[n:]
	}
	if seen.Name == "" && port == "" {
		return
	}
	o := d.see(network.HowCDP, seen, t)
	o.SeenPort = port
	if o.VLAN == 0 && vlan != vlanMask {
		o.VLAN = vlan
	}
}

func cdpField(kind uint16, v []byte, seen *network.Party, t *traits) {
	switch kind {
	case cdpDevice:
		if seen.Name == "" {
			seen.Name = clean(v, nameMax)
		}
	case cdpSystemName:
		if name := clean(v, nameMax); name != "" {
			seen.Name = name
		}
	case cdpAddress, cdpManagement:
		cdpAddresses(v, seen, t)
	case cdpCapabilities:
		if len(v) >= 4 {
			t.add(TraitCDPCaps, words(binary.BigEndian.Uint32(v), cdpCaps))
		}
	case cdpVersion:
		t.text(network.TraitCDPVersion, v)
	case cdpPlatform:
		t.text(network.TraitCDPPlatform, v)
	}
}

// cdpAddresses reads a counted list: kind and length of the protocol's number, the number,
// length and bytes of the address.
func cdpAddresses(v []byte, seen *network.Party, t *traits) {
	if len(v) < 4 {
		return
	}
	count := min(int(binary.BigEndian.Uint32(v)&0xffff), addressesMax)
	v = v[4:]
	for range count {
		if len(v) < 2 || len(v) < 4+int(v[1]) {
			return
		}
		v = v[2+int(v[1]):]
		n := int(binary.BigEndian.Uint16(v))
		if len(v) < 2+n {
			return
		}
		if a := address(v[2 : 2+n]); usable(a) {
			switch {
			case !seen.Address.IsValid():
				seen.Address = a
			case seen.Address != a:
				t.add(TraitCDPManagement, a.String())
			}
		}
		v = v[2+n:]
	}
}
