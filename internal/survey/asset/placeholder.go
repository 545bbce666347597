package asset

import (
	"regexp"
	"strings"
)

// What firmware holds when nobody filled it in. Collected from DMTF DSP0134
// 3.7.1 (section 7.2.1: UUID of all zeros or all ones means "not set"), from the
// default text of AMI, Award and Phoenix firmware as dmidecode prints it, and
// from the defaults that GLPI 11 ships in its exclusion list (src/Blacklist.php).
var placeholderSerials = map[string]bool{
	"": true, "n/a": true, "na": true, "none": true, "null": true, "(null string)": true, "nil": true, "empty": true, "invalid": true,
	"unknown": true, "unknow": true, "not specified": true, "not available": true, "not applicable": true, "not present": true,
	"to be filled by o.e.m.": true, "to be filled by o.e.m": true, "tobefilledbyo.e.m.": true, "default string": true, "default": true,
	"default_string": true, "o.e.m.": true, "oem": true, "oem_serial": true, "oem-serial": true, "system serial number": true,
	"systemserialnumb": true, "chassis serial number": true, "base board serial number": true, "serial number xxxxxx": true,
	"serialnumber": true, "serial number": true, "eval": true, "iatpass": true, "tulip computers": true, "123456789000": true,
	"sys-1234567890": true, "sys-9876543210": true, "sn-12345": true, "sn-1234567890": true, "mb-1234567890": true,
	"sn-123456fvgv3i0b8o5n6n7k": true, "filled by o.e.m.": true, "no asset tag": true, "undefined": true, "なし": true, "不明": true,
}

// counting matches the serials that are a run of digits in order: 0123456789 and
// its beginnings from 12345 on.
var counting = regexp.MustCompile(`^0?12345(6(7(8(9(0(1(2(3(4(5(6(7)?)?)?)?)?)?)?)?)?)?)?)?$`)

// placeholderSerial wants the folded text.
func placeholderSerial(s string) bool {
	if placeholderSerials[s] || counting.MatchString(s) {
		return true
	}
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-_:/*#?", r) {
			return -1
		}
		return r
	}, s)
	// One sign repeated: 000000, xxxxxxx, 1111; also a bare "0" or "1". A serial of
	// fewer than three signs tells nothing apart.
	return len(bare) < 3 || strings.Count(bare, bare[:1]) == len(bare)
}

var placeholderUUIDs = map[string]bool{
	"03000200040005000006000700080009": true, // AMI's sample value, left in by many board makers
	"6ab5b300538d10149fb5b0684d007b53": true,
	"01010101010101010101010101010101": true,
	"12345678123456789012345678901234": true,
	"12345678123412341234123456789abc": true,
	"00020003000400050006000700080009": true, // the AMI value in the byte order before SMBIOS 2.6
}

// placeholderUUID wants 32 lower-case hexadecimal digits.
func placeholderUUID(u string) bool {
	return placeholderUUIDs[u] || strings.Count(u, u[:1]) == len(u)
}

// sharedPrefixes are addresses that many machines have or that move between them.
var sharedPrefixes = []string{
	"00:00:5e:00:01", // VRRP, RFC 5798, section 7.3
	"00:00:5e:00:02", // VRRP for IPv6, same
	"00:00:0c:07:ac", // HSRP, RFC 2281
	"00:00:0c:9f:f",  // HSRP version 2
	"00:07:b4",       // GLBP
	"00:50:56",       // VMware; copied with machines, host adapters use fixed ones
	"00:0c:29",       // VMware
	"00:05:69",       // VMware
	"00:1c:14",       // VMware
	"08:00:27",       // VirtualBox
	"00:15:5d",       // Hyper-V
	"00:16:3e",       // Xen
	"00:1c:42",       // Parallels
	"00:e0:4c",       // Realtek; USB adapters and docks
	"00:0e:c6",       // ASIX; USB adapters and docks
	"00:24:9b",       // Action Star; docks
	"8c:ae:4c",       // Plugable; docks
	"00:50:b6",       // Good Way; docks
	"00:00:00:00:00",
	"20:41:53:59:4e", // asynchronous dial-up adapter of Windows, "RAS A"; GLPI's list
	"24:b6:20:52:41", // same
	"50:50:54:50:30", // PPTP adapter of Windows; GLPI's list
	"00:a0:c6:00:00", // Qualcomm mobile modems with one address for all; GLPI's list
	"00:0b:ca:fe:00", // GLPI's list
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
	for _, p := range sharedPrefixes {
		if strings.HasPrefix(mac, p) {
			return true
		}
	}
	return false
}
