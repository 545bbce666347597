package network

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what outsiders may fill a row with.
const (
	nameMax = 255 // bytes of a name or port: RFC 1035, section 2.3.4; IEEE 802.1AB, 8.5.3.2
	vlanMax = 4094
)

// clean makes an observation fit to be kept: texts without control characters and not
// too long, hardware addresses in one form and only those of one station. ok is false
// when nothing names who was seen, or it saw itself. Who saw may be unknown: a capture
// file does not tell.
func (o Observation) clean() (_ Observation, ok bool) {
	o.Seer, o.Seen = o.Seer.clean(), o.Seen.clean()
	o.SeerPort, o.SeenPort = line(o.SeerPort), line(o.SeenPort)
	if o.VLAN < 0 || o.VLAN > vlanMax {
		o.VLAN = 0
	}
	ok = o.Seen.Key() != "" && o.Seer.Key() != o.Seen.Key() && slices.Contains(Hows, o.How) && o.FacilityID != "" && o.AtMS > 0
	return o, ok
}

func (p Party) clean() Party {
	p.MAC = stationMAC(p.MAC)
	p.Name = line(p.Name)
	p.ChassisID = line(p.ChassisID)
	if mac, is := strings.CutPrefix(p.ChassisID, "mac:"); is {
		p.ChassisID = "mac:" + stationMAC(mac)
		if p.ChassisID == "mac:" {
			p.ChassisID = ""
		}
	}
	p.EngineID = strings.ToLower(p.EngineID)
	if _, err := hex.DecodeString(p.EngineID); err != nil || len(p.EngineID) > 64 { // RFC 3411: 5 to 32 octets
		p.EngineID = ""
	}
	p.Address = p.Address.Unmap().WithZone("")
	if !oneHost(p.Address) {
		p.Address = netip.Addr{}
	}
	return p
}

// oneHost reports whether an address can be that of one station.
func oneHost(a netip.Addr) bool {
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && !a.IsLoopback() && a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// stationMAC is the MACKey of an address that one station may have; empty for groups
// (IEEE 802-2014, section 8.2: lowest bit of the first octet) and for zeros.
func stationMAC(text string) string {
	k := MACKey(text)
	if k == "" || strings.Trim(k, "0") == "" || strings.ContainsRune("13579bdf", rune(k[1])) {
		return ""
	}
	return k
}

// redundant are the beginnings of addresses that routers share, and pass from one to
// the other: they never tell devices apart.
var redundant = []string{
	"00005e0001", "00005e0002", // VRRP: RFC 5798, section 7.3
	"00000c07ac", // HSRP: RFC 2281
	"00000c9ff",  // HSRP version 2
	"0007b400",   // GLBP
}

func isRedundant(mac string) bool {
	return slices.ContainsFunc(redundant, func(p string) bool { return strings.HasPrefix(mac, p) })
}

// line makes text of outside a short line: valid UTF-8, no control or direction
// characters, nameMax bytes.
func line(text string) string {
	return cutText(text, nameMax)
}

func cutText(text string, maxBytes int) string {
	if len(text) > 4*maxBytes { // no work on what is cut away
		text = text[:4*maxBytes]
	}
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, text)
	text = strings.TrimSpace(text)
	for len(text) > maxBytes {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	return text
}
