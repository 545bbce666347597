package snmp

import (
	"math"
	"strconv"
	"strings"
)

// oidMax is the number of sub-identifiers a name may have (RFC 2578, 3.5).
const oidMax = 128

// appendOID appends the sub-identifiers of a dotted name; false when it is none.
func appendOID(list []uint32, text string) ([]uint32, bool) {
	text = strings.TrimPrefix(text, ".")
	for text != "" {
		part, rest, more := strings.Cut(text, ".")
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil || len(list) == oidMax || more && rest == "" {
			return list, false
		}
		list, text = append(list, uint32(n)), rest
	}
	return list, true
}

// compareOID compares two dotted names by their numbers: -1, 0 or 1. A name that cannot
// be read compares as lower, which ends a walk.
func compareOID(a, b string) int {
	for {
		var x, y int64
		x, a = firstNumber(a)
		y, b = firstNumber(b)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		case x < 0:
			return 0
		}
	}
}

// firstNumber cuts the first sub-identifier off; -1 at the end.
func firstNumber(oid string) (int64, string) {
	oid = strings.TrimPrefix(oid, ".")
	if oid == "" {
		return -1, ""
	}
	part, rest, _ := strings.Cut(oid, ".")
	n, err := strconv.ParseUint(part, 10, 32)
	if err != nil || n > math.MaxUint32 {
		return -1, ""
	}
	return int64(n), rest
}

// under gives what of oid comes after root; false when it does not lie under root.
func under(oid, root string) (string, bool) {
	if len(oid) <= len(root)+1 || oid[:len(root)] != root || oid[len(root)] != '.' {
		return "", false
	}
	return oid[len(root)+1:], true
}

// octets reads an index part as bytes; false when a number is not one.
func octets(index []uint32) ([]byte, bool) {
	b := make([]byte, len(index))
	for i, n := range index {
		if n > 255 {
			return nil, false
		}
		b[i] = byte(n)
	}
	return b, true
}
