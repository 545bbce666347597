package network

import (
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"sonae/internal/platform/fault"
)

// maxDHCPRanges is how many ranges a segment may have: servers of one site split a
// segment into a handful at most.
const maxDHCPRanges = 16

// AddressRange are the addresses from one to another, both included, of one family.
type AddressRange struct{ From, To netip.Addr }

// String writes the range as people do; one address alone.
func (r AddressRange) String() string {
	if r.From == r.To {
		return r.From.String()
	}
	return r.From.String() + "-" + r.To.String()
}

// Contains reports whether an address lies in the range.
func (r AddressRange) Contains(a netip.Addr) bool {
	return r.From.BitLen() == a.BitLen() && r.From.Compare(a) <= 0 && a.Compare(r.To) <= 0
}

// dashes are the signs that people write between the ends of a range; all become "-".
var dashes = strings.NewReplacer("–", "-", "—", "-", "―", "-", "−", "-", "〜", "-", "~", "-", "‐", "-")

// ParseAddressRange reads "192.0.2.100-192.0.2.199", "192.0.2.100-199" or one address, in
// wide letters and with any dash, too. ok is false for anything else.
func ParseAddressRange(text string) (r AddressRange, ok bool) {
	text = strings.Join(strings.Fields(dashes.Replace(norm.NFKC.String(text))), "")
	from, to, two := strings.Cut(text, "-")
	a, err := netip.ParseAddr(from)
	if err != nil || a.Zone() != "" || a.Is4In6() {
		return r, false
	}
	if !two {
		return AddressRange{a, a}, true
	}
	if a.Is4() && !strings.Contains(to, ".") { // the last part alone
		to = from[:strings.LastIndex(from, ".")+1] + to
	}
	b, err := netip.ParseAddr(to)
	if err != nil || b.Zone() != "" || b.BitLen() != a.BitLen() || b.Less(a) {
		return r, false
	}
	return AddressRange{a, b}, true
}

// Ranges are the addresses that the segment's DHCP server gives out, as people said.
func (s Segment) Ranges() []AddressRange {
	var out []AddressRange
	for _, t := range s.DHCP {
		if r, ok := ParseAddressRange(t); ok {
			out = append(out, r)
		}
	}
	return out
}

// canonicalRanges checks what people said of the ranges of a segment, and sorts them.
func canonicalRanges(list []string, in netip.Prefix) ([]string, error) {
	var ranges []AddressRange
	for _, t := range list {
		if strings.TrimSpace(t) == "" {
			continue
		}
		r, ok := ParseAddressRange(t)
		switch {
		case !ok:
			return nil, fault.Invalid("network.error.dhcp_range", "Text", cutText(t, 60)).At("dhcp")
		case !in.Contains(r.From) || !in.Contains(r.To):
			return nil, fault.Invalid("network.error.dhcp_outside", "Range", r.String(), "CIDR", in.String()).At("dhcp")
		}
		ranges = append(ranges, r)
	}
	if len(ranges) > maxDHCPRanges {
		return nil, fault.Invalid("network.error.dhcp_many", "Max", maxDHCPRanges).At("dhcp")
	}
	slices.SortFunc(ranges, func(a, b AddressRange) int { return a.From.Compare(b.From) })
	var out []string
	for i, r := range ranges {
		if i > 0 && ranges[i-1].Contains(r.From) {
			return nil, fault.Invalid("network.error.dhcp_overlap", "A", ranges[i-1].String(), "B", r.String()).At("dhcp")
		}
		out = append(out, r.String())
	}
	return out, nil
}
