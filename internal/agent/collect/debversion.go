package collect

import "strings"

// compareDeb orders two Debian package versions, [epoch:]upstream[-revision], as
// deb-version(7) says: below zero when a is older. It never fails: dpkg refuses
// malformed versions before they come here.
func compareDeb(a, b string) int {
	epochA, upstreamA, revisionA := splitDeb(a)
	epochB, upstreamB, revisionB := splitDeb(b)
	if c := compareDebPart(epochA, epochB); c != 0 {
		return c
	}
	if c := compareDebPart(upstreamA, upstreamB); c != 0 {
		return c
	}
	return compareDebPart(revisionA, revisionB)
}

// splitDeb takes a version apart; a missing epoch or revision counts as 0.
func splitDeb(v string) (epoch, upstream, revision string) {
	epoch, revision = "0", "0"
	if before, after, ok := strings.Cut(v, ":"); ok {
		epoch, v = before, after
	}
	if at := strings.LastIndexByte(v, '-'); at >= 0 {
		v, revision = v[:at], v[at+1:]
	}
	return epoch, v, revision
}

// compareDebPart compares alternating runs of non-digits and digits.
func compareDebPart(a, b string) int {
	for a != "" || b != "" {
		for a != "" && !isDigit(a[0]) || b != "" && !isDigit(b[0]) {
			weightA, weightB := debWeight(a), debWeight(b)
			if weightA != weightB {
				return weightA - weightB
			}
			a, b = a[min(1, len(a)):], b[min(1, len(b)):]
		}
		numberA, numberB := digits(&a), digits(&b)
		if len(numberA) != len(numberB) {
			return len(numberA) - len(numberB)
		}
		if c := strings.Compare(numberA, numberB); c != 0 {
			return c
		}
	}
	return 0
}

// debWeight orders the first character: '~' before the end, the end before
// letters, letters before everything else.
func debWeight(s string) int {
	switch {
	case s == "" || isDigit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z':
		return int(s[0])
	}
	return int(s[0]) + 256
}

// digits takes the leading digits off s and gives them without leading zeros.
func digits(s *string) string {
	n := 0
	for n < len(*s) && isDigit((*s)[n]) {
		n++
	}
	number := strings.TrimLeft((*s)[:n], "0")
	*s = (*s)[n:]
	return number
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
