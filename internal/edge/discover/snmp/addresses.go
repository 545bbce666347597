package snmp

import (
	"context"
	"encoding/binary"
	"math/bits"
	"net/netip"
	"strconv"
)

// IP-MIB (RFC 4293): ipAddrTable (old, IPv4 only) and ipAddressTable; IPV6-MIB
// (RFC 2465) of older devices.
const (
	ipAddrEntry    = ".1.3.6.1.2.1.4.20.1"
	ipAddressEntry = ".1.3.6.1.2.1.4.34.1"
	ipv6AddrEntry  = ".1.3.6.1.2.1.55.1.8.1"
)

var addressRoots = append(append(columnsOf(ipAddrEntry, "2", "3"), columnsOf(ipAddressEntry, "3", "5")...), ipv6AddrEntry+".2")

// owned is an address of the device itself.
type owned struct {
	port, bits int
}

// addresses reads the device's own addresses.
func (r *reader) addresses(ctx context.Context) error {
	found := map[netip.Addr]owned{}
	var order []netip.Addr
	add := func(a netip.Addr, port, length int) {
		a, ok := usable(a)
		if !ok {
			return
		}
		o, known := found[a]
		if !known {
			order = append(order, a)
		}
		if port > 0 {
			o.port = port
		}
		if length > 0 && length <= a.BitLen() {
			o.bits = length
		}
		found[a] = o
	}
	err := r.columns(ctx, ipAddrEntry, []string{"2", "3"}, func(column int, index []uint32, v Value) {
		if a, rest, ok := addressIndex(index, 4); !ok || len(rest) > 0 {
			return
		} else if column == 0 {
			add(a, v.Index(), 0)
		} else if len(v.Bytes) == 4 {
			add(a, 0, maskBits(v.Bytes))
		}
	})
	more := r.columns(ctx, ipAddressEntry, []string{"3", "5"}, func(column int, index []uint32, v Value) {
		a, _, ok := inetIndex(index)
		switch {
		case !ok:
		case column == 0:
			add(a, v.Index(), 0)
		default:
			add(a, 0, prefixBits(v))
		}
	})
	old := r.columns(ctx, ipv6AddrEntry, []string{"2"}, func(_ int, index []uint32, v Value) {
		if len(index) != 17 {
			return
		}
		if a, _, ok := addressIndex(index[1:], 16); ok {
			add(a, int(index[0]), v.Small())
		}
	})
	for _, a := range order {
		r.own(a, found[a])
	}
	for _, e := range []error{err, more, old} {
		if e != nil {
			return e
		}
	}
	return nil
}

// own writes an address to its interface and, when it names the device alone, to its
// keys.
func (r *reader) own(a netip.Addr, o owned) {
	if o.bits == 0 {
		o.bits = a.BitLen()
	}
	if p := r.ports[o.port]; p != nil {
		p.Addresses = append(p.Addresses, a.String()+"/"+strconv.Itoa(o.bits))
	}
	if a.IsLoopback() || a.IsLinkLocalUnicast() {
		return
	}
	r.Also = append(r.Also, "ip:"+a.String())
}

// addressIndex reads size numbers of an index as an address.
func addressIndex(index []uint32, size int) (netip.Addr, []uint32, bool) {
	if len(index) < size {
		return netip.Addr{}, nil, false
	}
	b, ok := octets(index[:size])
	if !ok {
		return netip.Addr{}, nil, false
	}
	a, ok := netip.AddrFromSlice(b)
	return a, index[size:], ok
}

// inetIndex reads InetAddressType and InetAddress out of an index (RFC 4001): type,
// length, bytes; some devices leave the length out.
func inetIndex(index []uint32) (netip.Addr, []uint32, bool) {
	if len(index) < 5 {
		return netip.Addr{}, nil, false
	}
	size := map[uint32]int{1: 4, 2: 16, 3: 4, 4: 16}[index[0]]
	if size == 0 {
		return netip.Addr{}, nil, false
	}
	rest := index[1:]
	zone := 0
	if index[0] > 2 { // with a zone of four bytes behind
		zone = 4
	}
	if int(rest[0]) == size+zone && len(rest) > size+zone {
		a, _, ok := addressIndex(rest[1:], size)
		return a, rest[1+size+zone:], ok
	}
	return addressIndex(rest, size)
}

// maskBits counts the leading ones of a netmask; 0 when it has holes.
func maskBits(mask []byte) int {
	m := binary.BigEndian.Uint32(mask)
	n := bits.LeadingZeros32(^m)
	if m != ^uint32(0)<<(32-n) && n < 32 {
		return 0
	}
	return n
}

// prefixBits reads the length out of a row pointer to ipAddressPrefixTable: its last
// number.
func prefixBits(v Value) int {
	index, ok := appendOID(nil, v.OID)
	if v.Kind != KindOID || !ok || len(index) < 12 {
		return 0
	}
	return int(min(index[len(index)-1], 128))
}
