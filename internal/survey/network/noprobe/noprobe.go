// Package noprobe is the do-not-probe list: what active scanning never touches. It holds
// rules that people write (an address, a range, the beginning of a hardware address, a
// segment) and, always and without a way to take it off, every medical device of the
// ledger with all addresses that it is known by.
//
// The list becomes a Gate, which everything that sends asks right before each packet:
//
//	gate, err := noprobe.Load(ctx, db, facilityID, time.Now)
//	if ok, rule := gate.Permit(addr, mac); !ok { … not sent, because of rule … }
//
// A gate that could not be loaded permits nothing. It errs on the safe side: an address is
// protected, too, when a protected hardware address was last seen at it.
package noprobe

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"

	"sonae/internal/platform/fault"
	"sonae/internal/survey/network"
)

// Kind is what a rule names. Stored and sent as its word; shown by "noprobe.kind." + word.
type Kind string

// Kinds. Medical and Unloaded are never stored.
const (
	KindAddress  Kind = "address"  // one IP address: 192.0.2.7
	KindRange    Kind = "range"    // a range: 192.0.2.0/24
	KindMAC      Kind = "mac"      // a hardware address or its beginning: 00:00:5e, 00:00:5e:00:53:01
	KindSegment  Kind = "segment"  // a segment of the facility, by its ID
	KindMedical  Kind = "medical"  // a medical device of the ledger
	KindUnloaded Kind = "unloaded" // the list could not be read
)

// Kinds are the kinds that people write, in the order of pages.
var Kinds = []Kind{KindAddress, KindRange, KindMAC, KindSegment}

// Rule is one entry of the list.
type Rule struct {
	ID         string // empty for medical devices and rules of a file
	FacilityID string
	Kind       Kind
	Value      string // as the kind says; of a medical device its best-known address
	Reason     string // 1–500 characters
	By         string
	AtMS       int64
	EndedMS    int64 // 0 = in force
	EndedBy    string
	EndReason  string
	// AssetID and Name are the device of KindMedical, or Name the segment's.
	AssetID string
	Name    string
	// Through is what led from a packet to this rule, "ip:…" or "mac:…"; only of a rule
	// that Permit or Near gave.
	Through string
}

const (
	reasonMax = 500
	// A hardware address begins with what IEEE gave its maker: 24, 28 or 36 bits (MA-L,
	// MA-M, MA-S). Anything shorter would name no maker.
	macDigitsMin = 6
	macDigitsMax = 12
)

// Check makes a rule canonical. Errors: invalid with the place. Whether a segment exists
// is seen when the rule is stored.
func (r *Rule) Check() error {
	r.Value, r.Reason = strings.TrimSpace(r.Value), strings.TrimSpace(r.Reason)
	if r.Reason == "" || !fits(r.Reason) {
		return fault.Invalid("noprobe.error.reason", "Max", reasonMax).At("reason")
	}
	switch r.Kind {
	case KindAddress:
		a, err := netip.ParseAddr(r.Value)
		if err != nil || a.Zone() != "" || !one(a.Unmap()) {
			return fault.Invalid("noprobe.error.address").At("value")
		}
		r.Value = a.Unmap().String()
	case KindRange:
		p, err := netip.ParsePrefix(r.Value)
		if err != nil || p.Addr().Is4In6() {
			return fault.Invalid("noprobe.error.range").At("value")
		}
		r.Value = p.Masked().String()
	case KindMAC:
		digits := macDigits(r.Value)
		if digits == "" {
			return fault.Invalid("noprobe.error.mac").At("value")
		}
		r.Value = digits
	case KindSegment:
		if r.Value == "" || len(r.Value) > 64 {
			return fault.Invalid("noprobe.error.segment").At("value")
		}
	default:
		return fault.Invalid("noprobe.error.kind").At("kind")
	}
	return nil
}

func fits(s string) bool {
	return utf8.ValidString(s) && !strings.Contains(s, "\x00") && utf8.RuneCountInString(s) <= reasonMax
}

// one reports whether an address can be that of one station.
func one(a netip.Addr) bool {
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// macForm is how hardware addresses are written: in pairs, in Cisco's groups of four, or
// plain. Dots elsewhere would be an IP address with a slip.
var macForm = regexp.MustCompile(`^([0-9a-f]{2}([:-][0-9a-f]{2})*([:-][0-9a-f])?|[0-9a-f]{4}(\.[0-9a-f]{4})*(\.[0-9a-f]{1,3})?|[0-9a-f]+)$`)

// macDigits reads a hardware address or its beginning in any usual spelling; empty when it
// is none.
func macDigits(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	d := strings.NewReplacer(":", "", "-", "", ".", "").Replace(s)
	if !macForm.MatchString(s) || len(d) < macDigitsMin || len(d) > macDigitsMax || strings.Trim(d, "0") == "" {
		return ""
	}
	return d
}

// Show writes the value as people read it: hardware addresses with colons, the segment by
// its name, the device by its name.
func (r Rule) Show() string {
	switch r.Kind {
	case KindMAC:
		return ShowMAC(r.Value)
	case KindSegment, KindMedical:
		if r.Name != "" {
			return r.Name
		}
	}
	return r.Value
}

// ShowMAC writes the digits of a hardware address, or of its beginning, with colons.
func ShowMAC(digits string) string {
	var b strings.Builder
	for i, r := range digits {
		if i > 0 && i%2 == 0 {
			b.WriteByte(':')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Device is a medical device with everything it is known by.
type Device struct {
	AssetID    string
	FacilityID string
	Name       string
	Addresses  []netip.Addr
	MACs       []string // network.MACKey
	Sources    []string // words of asset.Source that told of them, sorted
}

// Known reports whether the device can be protected: somebody told an address of it.
func (d Device) Known() bool { return len(d.Addresses)+len(d.MACs) > 0 }

func (d Device) rule() Rule {
	r := Rule{FacilityID: d.FacilityID, Kind: KindMedical, AssetID: d.AssetID, Name: d.Name}
	switch {
	case len(d.Addresses) > 0:
		r.Value = d.Addresses[0].String()
	case len(d.MACs) > 0:
		r.Value = ShowMAC(d.MACs[0])
	}
	return r
}

// Binding says that a hardware address was seen at an address.
type Binding struct {
	MAC    string // network.MACKey
	Addr   netip.Addr
	LastMS int64
}

// List is what a gate is made of.
type List struct {
	Rules    []Rule
	Ranges   map[string]netip.Prefix // of segments, by ID
	Devices  []Device
	Bindings []Binding
	Aliases  []network.Alias // keys of one device, as it said itself
}
