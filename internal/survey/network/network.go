// Package network knows how machines are connected: interfaces with addresses,
// listening ports, and the segments of a facility. The rows come from agents
// (edge/ingest hands them over inside its transaction) and keep their history.
//
// A segment is drawn by a person as an address range; which machines are in it
// follows from their addresses when somebody asks, so that a changed segment is
// true at once and nothing is stored twice. Two facilities may use the same private
// range: a segment counts for the machines of its facility only.
package network

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"strings"
)

// Interface is a network interface of a machine.
type Interface struct {
	AssetID   string
	Source    string // who says so: agent, snmp, csv …
	Name      string
	MAC       string   // as reported
	Kind      string   // ethernet, wifi, loopback, virtual, tunnel, mobile, other; empty = unknown
	Up        bool     // when last reported
	SpeedMbps int64    // 0 = unknown
	Addresses []string // CIDR form, 192.0.2.7/24; a bare address counts as one host
	Gateway   string
	DNS       []string
	DHCP      *bool // nil: cannot tell
	FirstMS   int64
	GoneMS    int64 // 0 = still there
}

// Port is a socket that listens.
type Port struct {
	AssetID  string
	Source   string
	Protocol string // tcp, udp
	Address  string // 0.0.0.0, ::, 127.0.0.1 …
	Number   int    // 1–65535
	Process  string
	Path     string
	RunAs    string
	Exposed  bool // not bound to loopback: can be reached from beyond the machine
	FirstMS  int64
	GoneMS   int64 // 0 = still open
}

// Exposed reports whether a socket on this address can be reached from another
// machine: everything but loopback. An address that cannot be read counts as
// exposed, because a guess must not hide an open port.
func Exposed(address string) bool {
	a, err := netip.ParseAddr(strings.Trim(address, "[]"))
	if err != nil {
		return true
	}
	return !a.Unmap().IsLoopback()
}

// AddressKey writes an address as 32 hexadecimal digits that sort like addresses;
// IPv4 stands as IPv4-mapped IPv6 (RFC 4291, section 2.5.5.2).
func AddressKey(a netip.Addr) string {
	b := a.As16()
	return hex.EncodeToString(b[:])
}

// MACKey is a hardware address as plain hexadecimal digits in lower case, or empty
// when text is none. Six, eight or twenty bytes (Ethernet, EUI-64, InfiniBand).
func MACKey(text string) string {
	k := strings.NewReplacer(":", "", "-", "", ".", "").Replace(strings.ToLower(text))
	if _, err := hex.DecodeString(k); err != nil || len(k) != 12 && len(k) != 16 && len(k) != 40 {
		return ""
	}
	return k
}

// keyMax is the length of a row key in bytes: PostgreSQL refuses index entries
// over about 2,700 bytes.
const keyMax = 400

func key(parts ...string) string {
	k := strings.Join(parts, "|")
	if len(k) <= keyMax {
		return k
	}
	sum := sha256.Sum256([]byte(k))
	return strings.ToValidUTF8(k[:keyMax-2*len(sum)], "") + hex.EncodeToString(sum[:])
}

func packList(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	b, err := json.Marshal(list)
	if err != nil { // strings always encode
		return "[]"
	}
	return string(b)
}

func unpackList(text string) []string {
	var list []string
	if json.Unmarshal([]byte(text), &list) != nil {
		return nil
	}
	return list
}
