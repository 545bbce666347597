package snmp

import (
	"net/netip"
	"strconv"
	"strings"
)

// Subtypes of a port ID (IEEE 802.1AB, 8.5.3.2).
const (
	portMAC     = 3
	portNetwork = 4
)

// chassisID writes a chassis ID with its kind in front, as network.Party keeps it;
// empty when there is none (IEEE 802.1AB, 8.5.2.2: 1 component, 2 alias, 3 port
// component, 4 hardware address, 5 network address, 6 interface name, 7 local).
func chassisID(kind int, v Value) string {
	if mac := v.MAC(); kind == 4 && mac != "" {
		return "mac:" + mac
	}
	// Devices that call a hardware address local, or send it without any kind.
	if (kind == 7 || kind == 0) && len(v.Bytes) == 6 && !printable(v.Bytes) {
		if mac := v.MAC(); mac != "" {
			return "mac:" + mac
		}
	}
	if kind == 5 {
		if a, ok := networkAddress(v.Bytes); ok {
			return "net:" + a.String()
		}
	}
	text := v.Name()
	if text == "" || kind == 4 && v.MAC() == "" && !printable(v.Bytes) {
		return ""
	}
	switch kind {
	case 1, 2, 3:
		return "component:" + text
	case 4:
		if mac := textMAC(text); mac != "" {
			return "mac:" + mac
		}
	case 5:
		return "net:" + text
	case 6:
		return "name:" + text
	}
	return "local:" + text
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}

// networkAddress reads an address family number (IANA) and an address; some devices
// send the address as text.
func networkAddress(b []byte) (netip.Addr, bool) {
	switch {
	case len(b) == 5 && b[0] == 1, len(b) == 17 && b[0] == 2:
		a, ok := netip.AddrFromSlice(b[1:])
		if !ok {
			return a, false
		}
		return usable(a)
	}
	return Value{Kind: KindBytes, Bytes: b}.Address()
}

// remotePort names the other end's port: its ID when that is a name, else the
// description, else the ID as an address.
func remotePort(n *neighbour) string {
	mac := ""
	if n.portKind == portMAC || len(n.port.Bytes) == 6 && !printable(n.port.Bytes) {
		mac = n.port.MAC()
	}
	if mac != "" {
		if n.portText != "" {
			return n.portText
		}
		return spaced(mac)
	}
	if n.portKind == portNetwork {
		if a, ok := networkAddress(n.port.Bytes); ok {
			return a.String()
		}
	}
	if id := n.port.Name(); id != "" {
		return id
	}
	return n.portText
}

// spaced writes a hardware address as people do.
func spaced(mac string) string {
	var b strings.Builder
	for i := 0; i+1 < len(mac); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(mac[i : i+2])
	}
	return b.String()
}

// oidText writes an index as a key.
func oidText(index []uint32) string {
	b := make([]byte, 0, 4*len(index))
	for _, n := range index {
		b = strconv.AppendUint(append(b, '.'), uint64(n), 10)
	}
	return string(b)
}
