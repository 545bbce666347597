package discover

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"sonae/internal/survey/network"
)

// Types of TLVs (IEEE 802.1AB-2016, table 8-1).
const (
	lldpEnd = iota
	lldpChassis
	lldpPort
	lldpTTL
	lldpPortDescription
	lldpSystemName
	lldpSystemDescription
	lldpCapabilities
	lldpManagement
	lldpOrganisation = 127
)

// tlvsMax is how many TLVs of a frame are read.
const tlvsMax = 128

// lldpFrame is what a frame said.
type lldpFrame struct {
	party       network.Party
	port        string
	portMAC     bool
	description string // of the port
	vlan        int
	goodbye     bool // time to live 0: the port is going down
	t           traits
}

// readLLDP notes the neighbour at the other end of the cable (IEEE 802.1AB). A frame that
// is cut is read up to there; without chassis and port it says nothing.
func (d *Decoder) readLLDP(data []byte) {
	f := lldpFrame{}
	f.party.MAC = d.p.mac // of the port that sent it: bridges do not pass these frames on
	whole := f.read(data)
	if !whole {
		d.bad("lldp")
	}
	if f.party.ChassisID == "" || f.port == "" {
		return
	}
	if f.goodbye {
		return // it was there a moment ago, and is noted for that
	}
	if f.portMAC && f.description != "" {
		f.port = f.description // Linux hosts: the number of the card, and its name as description
	}
	o := d.see(network.HowLLDP, f.party, f.t)
	o.SeenPort = f.port
	if o.VLAN == 0 {
		o.VLAN = f.vlan
	}
}

func (f *lldpFrame) read(data []byte) bool {
	for range tlvsMax {
		if len(data) < 2 {
			return false
		}
		head := binary.BigEndian.Uint16(data)
		kind, n := int(head>>9), int(head&0x1ff)
		if kind == lldpEnd {
			return true
		}
		if len(data) < 2+n {
			return false
		}
		if !f.tlv(kind, data[2:2+n]) {
			return false
		}
		data = data[2+n:]
	}
	return false
}

// tlv reads one; false when it is too short for what it says to be.
func (f *lldpFrame) tlv(kind int, v []byte) bool {
	switch kind {
	case lldpChassis:
		if len(v) < 2 {
			return false
		}
		f.party.ChassisID = chassisID(v[0], v[1:])
		if f.party.MAC == "" {
			f.party.MAC = strings.TrimPrefix(f.party.ChassisID, "mac:")
			if network.MACKey(f.party.MAC) == "" {
				f.party.MAC = ""
			}
		}
	case lldpPort:
		if len(v) < 2 {
			return false
		}
		f.port, f.portMAC = portID(v[0], v[1:])
	case lldpTTL:
		f.goodbye = len(v) >= 2 && v[0] == 0 && v[1] == 0
	case lldpPortDescription:
		f.description = clean(v, nameMax)
		f.t.add(TraitLLDPPort, f.description)
	case lldpSystemName:
		f.party.Name = clean(v, nameMax)
	case lldpSystemDescription:
		f.t.text(network.TraitLLDPSystem, v)
	case lldpCapabilities:
		if len(v) < 4 {
			return false
		}
		f.t.add(network.TraitLLDPCaps, words(uint32(binary.BigEndian.Uint16(v[2:])), network.LLDPCapabilities)) // those in use
	case lldpManagement:
		return f.management(v)
	case lldpOrganisation:
		if len(v) < 4 {
			return false
		}
		f.organisation(uint32(v[0])<<16|uint32(v[1])<<8|uint32(v[2]), v[3], v[4:])
	}
	return true
}

// management reads an address at which the device is administered (8.5.9).
func (f *lldpFrame) management(v []byte) bool {
	if len(v) < 2 || int(v[0]) < 2 || len(v) < 1+int(v[0]) {
		return false
	}
	family, b := v[1], v[2:1+int(v[0])]
	if a := address(b); usable(a) && (family == 1 && len(b) == 4 || family == 2 && len(b) == 16) {
		if !f.party.Address.IsValid() {
			f.party.Address = a
		} else {
			f.t.add(TraitLLDPManagement, a.String())
		}
	}
	return true
}

// chassisID writes the name of the device with its kind (table 8-2) in front.
func chassisID(kind byte, v []byte) string {
	switch kind {
	case 4:
		if mac := hardware(v); mac != "" {
			return "mac:" + mac
		}
	case 5:
		if a, ok := netAddress(v); ok {
			return "net:" + a
		}
	}
	prefix := map[byte]string{1: "component:", 2: "alias:", 3: "port:", 6: "name:"}[kind]
	if prefix == "" {
		prefix = "local:"
	}
	if text := idText(v); text != "" {
		return prefix + text
	}
	return ""
}

// portID writes the name of the port (table 8-3).
func portID(kind byte, v []byte) (id string, mac bool) {
	switch {
	case kind == 3 && len(v) == 6:
		return hex.EncodeToString(v), true
	case kind == 4:
		if a, ok := netAddress(v); ok {
			return a, false
		}
	}
	return idText(v), false
}

// netAddress reads an address behind its family (IANA: 1 IPv4, 2 IPv6).
func netAddress(v []byte) (string, bool) {
	if len(v) < 5 {
		return "", false
	}
	if a := address(v[1:]); v[0] == 1 && len(v) == 5 || v[0] == 2 && len(v) == 17 {
		return a.String(), true
	}
	return "", false
}

// idText is a text, or hexadecimal digits for what is none.
func idText(v []byte) string {
	for _, b := range v {
		if b < 0x20 && b != 0 || b == 0x7f {
			return hex.EncodeToString(first(v, nameMax/2))
		}
	}
	return clean(v, nameMax)
}

// words names the bits that are set, lowest first.
func words(bits uint32, names []string) string {
	var out []string
	for i, name := range names {
		if bits&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(out, ",")
}

func itoa(n int) string { return strconv.Itoa(n) }
