package snmp

import (
	"encoding/hex"
	"math"
	"net/netip"
	"strings"

	"sonae/internal/survey/network"
)

// Kind is what a value is.
type Kind byte

// Kinds of values.
const (
	KindNone   Kind = iota // not there: noSuchObject, noSuchInstance, endOfMibView, NULL
	KindNumber             // INTEGER, Counter, Gauge, TimeTicks
	KindBytes              // OCTET STRING, Opaque
	KindOID
	KindAddress // IpAddress, four bytes
)

// Value is one value as the device sent it.
type Value struct {
	Kind   Kind
	Number int64  // KindNumber; a Counter64 over the range stands at its end
	Bytes  []byte // KindBytes, KindAddress
	OID    string // KindOID, dotted with a leading dot
}

// Var is a value with its name, dotted with a leading dot.
type Var struct {
	OID   string
	Value Value
}

// bytesMax is the length at which a text or bit string is cut: the longest that any MIB
// read here allows are port lists of a chassis and descriptions (RFC 2579, DisplayString
// 255; RFC 4363, PortList). 64 KiB is what one UDP packet can hold.
const bytesMax = 64 << 10

// Int gives a number; a device that sends digits as text is understood, too.
func (v Value) Int() (int64, bool) {
	if v.Kind == KindNumber {
		return v.Number, true
	}
	if v.Kind != KindBytes || len(v.Bytes) == 0 || len(v.Bytes) > 19 {
		return 0, false
	}
	n := int64(0)
	for _, b := range v.Bytes {
		if b < '0' || b > '9' || n > (math.MaxInt64-9)/10 {
			return 0, false
		}
		n = n*10 + int64(b-'0')
	}
	return n, true
}

// Small gives a number that fits an int32 and is not negative, or 0.
func (v Value) Small() int {
	if n, ok := v.Int(); ok && n > 0 && n <= math.MaxInt32 {
		return int(n)
	}
	return 0
}

// Index gives an ifIndex, or 0. It is an Integer32 (RFC 2863), but some devices use all 32
// bits, which then come as negative numbers.
func (v Value) Index() int {
	n, ok := v.Int()
	switch {
	case !ok || n < math.MinInt32 || n > math.MaxUint32:
		return 0
	case n < 0:
		return int(n + 1<<32)
	}
	return int(n)
}

// Name gives a text of one line, at most 255 bytes; empty when the value is no text.
func (v Value) Name() string {
	if v.Kind != KindBytes {
		return ""
	}
	return oneLine(v.Bytes, 255)
}

// Text gives a text that may have several lines, at most network.TraitMax bytes.
func (v Value) Text() string {
	switch v.Kind {
	case KindBytes:
		return manyLines(v.Bytes, network.TraitMax)
	case KindOID:
		if _, ok := appendOID(nil, v.OID); ok {
			return v.OID
		}
	}
	return ""
}

// MAC gives a hardware address as network.MACKey writes it; empty when the value is
// none or all zero. Devices send it as bytes or as text.
func (v Value) MAC() string {
	if v.Kind != KindBytes {
		return ""
	}
	var k string
	switch n := len(v.Bytes); {
	case n == 6 || n == 8 || n == 20:
		k = hex.EncodeToString(v.Bytes)
	case n >= 11 && n <= 32:
		k = textMAC(string(v.Bytes))
	}
	if strings.Trim(k, "0") == "" {
		return ""
	}
	return k
}

// textMAC reads 00:11:22:33:44:55, 0:11:22:…, 0011.2233.4455, 00 11 22 … as text.
func textMAC(text string) string {
	text = strings.TrimSpace(strings.Trim(text, "\x00\""))
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ':' || r == ' ' || r == '-' })
	if len(parts) == 6 {
		for i, p := range parts {
			if len(p) == 1 {
				parts[i] = "0" + p
			}
		}
		text = strings.Join(parts, ":")
	}
	return network.MACKey(text)
}

// Address gives an IP address sent as IpAddress, as four or sixteen bytes
// (InetAddress, RFC 4001) or as text.
func (v Value) Address() (netip.Addr, bool) {
	if v.Kind != KindAddress && v.Kind != KindBytes {
		return netip.Addr{}, false
	}
	if a, ok := netip.AddrFromSlice(v.Bytes); ok {
		return usable(a)
	}
	if len(v.Bytes) > 45 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(strings.TrimSpace(string(v.Bytes)))
	if err != nil {
		return netip.Addr{}, false
	}
	return usable(a)
}

// usable leaves out addresses that name no single device.
func usable(a netip.Addr) (netip.Addr, bool) {
	a = a.Unmap().WithZone("")
	ok := a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
	return a, ok
}
