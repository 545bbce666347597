package asset

import (
	_ "embed" // the table of addresses
	"encoding/hex"
	"net"
	"strings"
)

// ParseMAC reads an EUI-48 address in any usual notation and writes it as
// 00:00:5e:00:53:17; ok is false for anything else.
func ParseMAC(s string) (mac string, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) == 12 { // 00005E005317, as labels print it
		raw, err := hex.DecodeString(s)
		if err == nil {
			return net.HardwareAddr(raw).String(), true
		}
	}
	hw, err := net.ParseMAC(s)
	if err != nil || len(hw) != 6 {
		return "", false
	}
	return hw.String(), true
}

//go:embed addresses.txt
var addressTable string

// sharedPrefixes and virtualPrefixes are the lines of the table, by kind.
var sharedPrefixes, virtualPrefixes = addressesOf("shared"), addressesOf("virtual")

func addressesOf(kind string) (out []string) {
	for line := range strings.Lines(addressTable) {
		part := strings.Split(strings.TrimSpace(line), "\t")
		if len(part) == 3 && part[0] == kind {
			out = append(out, part[1])
		}
	}
	return out
}

// sharedMAC reports whether a canonical address cannot tell machines apart:
// group or locally administered (IEEE 802-2014, section 8.2: the two low bits of
// the first octet), or one of sharedPrefixes.
func sharedMAC(mac string) bool {
	return strings.ContainsRune("2367abef13579bdf", rune(mac[1])) || sharedByPrefix(mac)
}

// localMAC reports whether a canonical address is of one interface and locally
// administered (same source).
func localMAC(mac string) bool { return strings.ContainsRune("26ae", rune(mac[1])) }

func sharedByPrefix(mac string) bool {
	return hasPrefix(mac, sharedPrefixes) || hasPrefix(mac, virtualPrefixes)
}

func hasPrefix(mac string, list []string) bool {
	for _, p := range list {
		if strings.HasPrefix(mac, p) {
			return true
		}
	}
	return false
}

// macKey gives the key of an address; empty when it tells nothing.
func macKey(s string) string {
	mac, ok := ParseMAC(s)
	if !ok || sharedMAC(mac) {
		return ""
	}
	return string(KeyMAC) + ":" + mac
}

// virtualKey gives the key of an address that a hypervisor gave; empty for others.
func virtualKey(s string) string {
	mac, ok := ParseMAC(s)
	if !ok || hasPrefix(mac, sharedPrefixes) || !hasPrefix(mac, virtualPrefixes) {
		return ""
	}
	return string(KeyVirtual) + ":" + mac
}
