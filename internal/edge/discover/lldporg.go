package discover

import (
	"encoding/binary"

	"sonae/internal/survey/network"
)

// Organisations that extend LLDP.
const (
	oui8021 = 0x0080c2
	oui8023 = 0x00120f
	ouiMED  = 0x0012bb
)

// organisation reads the extensions of IEEE 802.1 (802.1Q, annex D), IEEE 802.3 (802.3,
// clause 79) and LLDP-MED (ANSI/TIA-1057, 10.2). One that is too short says nothing; the
// others of the frame still count.
func (f *lldpFrame) organisation(oui uint32, kind byte, v []byte) {
	switch oui {
	case oui8021:
		f.bridging(kind, v)
	case oui8023:
		f.ethernet(kind, v)
	case ouiMED:
		f.inventory(kind, v)
	}
}

func (f *lldpFrame) bridging(kind byte, v []byte) {
	switch {
	case kind == 1 && len(v) >= 2: // the port's own VLAN
		if id := int(binary.BigEndian.Uint16(v)); id > 0 && id < vlanMask {
			f.vlan = id
		}
	case kind == 3 && len(v) >= 3: // name of a VLAN
		if n := int(v[2]); len(v) >= 3+n {
			f.t.add(TraitLLDPVLAN, itoa(int(binary.BigEndian.Uint16(v)))+" "+clean(v[3:3+n], nameMax))
		}
	case kind == 7 && len(v) >= 5: // link aggregation, in its 802.1 place
		f.aggregation(v)
	}
}

func (f *lldpFrame) ethernet(kind byte, v []byte) {
	switch {
	case kind == 1 && len(v) >= 5:
		if mau := int(binary.BigEndian.Uint16(v[3:])); mau > 0 {
			f.t.add(TraitLLDPPhy, itoa(mau))
		}
	case kind == 2 && len(v) >= 1:
		f.t.add(TraitLLDPPower, map[bool]string{true: "pse", false: "pd"}[v[0]&1 != 0])
	case kind == 3 && len(v) >= 5: // link aggregation, in its older 802.3 place
		f.aggregation(v)
	}
}

// aggregation notes the group that the port is in, if it is in one now.
func (f *lldpFrame) aggregation(v []byte) {
	if v[0]&2 != 0 {
		f.t.add(TraitLLDPAggregation, itoa(int(binary.BigEndian.Uint32(v[1:])&0x7fffffff)))
	}
}

// medInventory are the subtypes of the inventory, 10.2.6.
var medInventory = map[byte]string{
	5: TraitLLDPHardware, 6: network.TraitLLDPFirmware, 7: TraitLLDPSoftware, 8: network.TraitLLDPSerial,
	9: network.TraitLLDPMaker, 10: network.TraitLLDPModel, 11: TraitLLDPAsset,
}

func (f *lldpFrame) inventory(kind byte, v []byte) {
	if key := medInventory[kind]; key != "" {
		f.t.text(key, v)
	}
}
