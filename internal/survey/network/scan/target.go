package scan

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"sonae/internal/platform/fault"
)

// targetsText is the longest list a plan keeps, in bytes.
const targetsText = 256 << 10

// refusedShown is how many lines a refusal names.
const refusedShown = 10

// ReadTargets reads a list of targets, one a line: an address, a host name, either with
// ":port", a range "192.0.2.0/24", or "192.0.2.10-192.0.2.20" and "192.0.2.10-20". "#"
// begins a remark. It gives every address to ask once, in the order of the list. Errors:
// invalid, with the number and text of each line that cannot be read, or of the line
// that exceeds TargetsMost.
func ReadTargets(text string) ([]string, error) {
	if len(text) > targetsText {
		return nil, fault.TooLarge("scan.error.targets_most", "Max", TargetsMost, "Line", 0).At("targets")
	}
	var out, bad []string
	refused := 0
	seen := map[string]bool{}
	for n, line := range strings.Split(strings.TrimPrefix(strings.ReplaceAll(text, "\r", "\n"), "\ufeff"), "\n") {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		list, ok := expand(line)
		if !ok {
			if refused++; len(bad) < refusedShown {
				bad = append(bad, fmt.Sprintf("%d: %s", n+1, shorten(line)))
			}
			continue
		}
		for _, t := range list {
			if !seen[t] {
				seen[t] = true
				out = append(out, t)
			}
		}
		if len(out) > TargetsMost {
			return nil, fault.Invalid("scan.error.targets_most", "Max", TargetsMost, "Line", n+1).At("targets")
		}
	}
	if refused > 0 {
		return nil, fault.Invalid("scan.error.lines", "Count", refused, "Lines", strings.Join(bad, " / ")).At("targets")
	}
	return out, nil
}

func shorten(line string) string {
	runes := []rune(strings.ToValidUTF8(line, "?"))
	if len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return string(runes)
}

// expand gives the addresses of one line.
func expand(line string) ([]string, bool) {
	if p, err := netip.ParsePrefix(line); err == nil {
		return ofPrefix(p)
	}
	if first, rest, is := strings.Cut(line, "-"); is {
		if a, err := netip.ParseAddr(strings.TrimSpace(first)); err == nil {
			return ofRange(a, strings.TrimSpace(rest))
		}
	}
	return one(line)
}

// ofPrefix leaves out what no device has: the first and the last address of an IPv4
// network wider than /31 (RFC 919, RFC 3021).
func ofPrefix(p netip.Prefix) ([]string, bool) {
	p = p.Masked()
	host := p.Addr().BitLen() - p.Bits()
	if host > 12 || unusable(p.Addr()) && p.Bits() != 0 || p.Bits() == 0 {
		return nil, false
	}
	var out []string
	for a := p.Addr(); p.Contains(a); a = a.Next() {
		out = append(out, a.String())
	}
	if p.Addr().Is4() && host > 1 {
		out = out[1 : len(out)-1]
	}
	return out, true
}

func ofRange(first netip.Addr, rest string) ([]string, bool) {
	last, err := netip.ParseAddr(rest)
	if err != nil {
		n, err := strconv.ParseUint(rest, 10, 8)
		if err != nil || !first.Is4() {
			return nil, false
		}
		b := first.As4()
		b[3] = byte(n)
		last = netip.AddrFrom4(b)
	}
	if last.BitLen() != first.BitLen() || last.Less(first) || unusable(first) || unusable(last) {
		return nil, false
	}
	var out []string
	for a := first; a.Compare(last) <= 0 && a.IsValid(); a = a.Next() {
		if out = append(out, a.String()); len(out) > TargetsMost {
			return nil, false
		}
	}
	return out, true
}

// one reads "host", "host:port", "192.0.2.1", "2001:db8::1" and "[2001:db8::1]:port".
func one(line string) ([]string, bool) {
	if a, err := netip.ParseAddr(strings.Trim(line, "[]")); err == nil {
		return []string{a.String()}, !unusable(a) && a.Zone() == ""
	}
	host, port := line, ""
	if strings.Contains(line, ":") {
		var err error
		if host, port, err = net.SplitHostPort(line); err != nil {
			return nil, false
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, false
		}
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return []string{netip.AddrPortFrom(a, portOf(port)).String()}, !unusable(a) && a.Zone() == ""
	}
	if !hostName(host) {
		return nil, false
	}
	if port != "" {
		host += ":" + port
	}
	return []string{strings.ToLower(host)}, true
}

func portOf(text string) uint16 {
	n, _ := strconv.ParseUint(text, 10, 16) // checked by the caller
	return uint16(n)
}

// unusable are addresses that no single device has: a packet there reaches many.
func unusable(a netip.Addr) bool {
	return a.IsMulticast() || a.IsUnspecified() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) || a.Is4In6()
}

// hostName reports whether a text is one: RFC 1123, 2.1, with the underscore that
// Windows allows. A name of digits and dots alone is a mistyped address.
func hostName(s string) bool {
	if s == "" || len(s) > 253 || strings.Trim(s, "0123456789./-") == "" {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range label {
			if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}
