package probe

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/platform/fault"
)

// Limits of an order. No standard sets them: they keep a slip of the hand from flooding a
// hospital.
const (
	// AddressesMax is how many addresses one order may hold: a /16.
	AddressesMax = 1 << 16
	// RateMax and RateDefault are packets in a second. 1,000 ARP requests of 64 bytes are
	// half a megabit; nmap's default on an empty network is about 650.
	RateMax     = 5000
	RateDefault = 1000
	PortsMax    = 64
	rangesMax   = 256
	// TimeoutDefault is how long an answer is awaited. It stays below the second after
	// which the kernel would repeat a SYN by itself (RFC 6298, 2.1).
	TimeoutDefault = 600 * time.Millisecond
	timeoutMax     = 900 * time.Millisecond
	timeoutMin     = 50 * time.Millisecond
	triesDefault   = 2
	triesMax       = 3
)

// Order says whom to ask, and how. Zero fields take the defaults.
type Order struct {
	Ranges  []netip.Prefix `json:"ranges"`            // a single address is a /32 or /128
	Methods []Method       `json:"methods,omitempty"` // default DefaultMethods
	Ports   []uint16       `json:"ports,omitempty"`   // TCP; default those of Services that a method speaks
	Rate    int            `json:"rate,omitempty"`    // packets in a second, 1–RateMax
	Timeout time.Duration  `json:"timeout,omitempty"` // for one answer, 50–900 ms
	Tries   int            `json:"tries,omitempty"`   // of ARP and ping, 1–3
	// Calling and Called are the AE titles of DICOM C-ECHO, 1–16 characters (PS3.5, 6.2).
	Calling string `json:"calling,omitempty"` // default SONAE
	Called  string `json:"called,omitempty"`  // default ANY-SCP
}

// Checked gives the order with its defaults filled in. Errors: invalid with the place.
func (o Order) Checked() (Order, error) {
	var err error
	if o.Ranges, err = ranges(o.Ranges); err != nil {
		return o, err
	}
	if len(o.Methods) == 0 {
		o.Methods = DefaultMethods
	}
	for _, m := range o.Methods {
		if !slices.Contains(Methods, m) {
			return o, fault.Invalid("probe.error.method", "Method", string(m), "Known", MethodWords()).At("methods")
		}
	}
	o.Methods = slices.DeleteFunc(slices.Clone(Methods), func(m Method) bool { return !slices.Contains(o.Methods, m) })
	o.defaults()
	switch {
	case o.Rate < 1 || o.Rate > RateMax:
		return o, fault.Invalid("probe.error.rate", "Max", RateMax).At("rate")
	case o.Timeout < timeoutMin || o.Timeout > timeoutMax:
		return o, fault.Invalid("probe.error.timeout", "Min", timeoutMin.Milliseconds(), "Max", timeoutMax.Milliseconds()).At("timeout")
	case o.Tries < 1 || o.Tries > triesMax:
		return o, fault.Invalid("probe.error.tries", "Max", triesMax).At("tries")
	case len(o.Ports) > PortsMax || slices.Contains(o.Ports, 0):
		return o, fault.Invalid("probe.error.ports", "Max", PortsMax).At("ports")
	case !title(o.Calling) || !title(o.Called):
		return o, fault.Invalid("probe.error.title").At("titles")
	}
	return o, nil
}

func (o *Order) defaults() {
	if o.Rate == 0 {
		o.Rate = RateDefault
	}
	if o.Timeout == 0 {
		o.Timeout = TimeoutDefault
	}
	if o.Tries == 0 {
		o.Tries = triesDefault
	}
	if o.Calling == "" {
		o.Calling = "SONAE"
	}
	if o.Called == "" {
		o.Called = "ANY-SCP"
	}
	if len(o.Ports) == 0 {
		for _, s := range Services {
			if o.uses(s.Method) && s.Method != TCP || s.Method != DICOM && o.uses(TCP) {
				o.Ports = append(o.Ports, s.Port)
			}
		}
	}
	o.Ports = slices.Clone(o.Ports)
	slices.Sort(o.Ports)
	o.Ports = slices.Compact(o.Ports)
	if !slices.ContainsFunc(o.Methods, overTCP) {
		o.Ports = nil
	}
}

// overTCP reports whether a method connects to TCP ports.
func overTCP(m Method) bool { return m != ARP && m != Ping && m != SIP }

func (o Order) uses(m Method) bool { return slices.Contains(o.Methods, m) }

// speaks says how a port is asked; empty: not at all. A port that is in no list is spoken
// to when the order names one banner only: then the person means that one.
func (o Order) speaks(port uint16) Method {
	m := methodOf(port)
	banners := slices.DeleteFunc(slices.Clone(o.Methods), func(m Method) bool { return m == TCP || !overTCP(m) })
	switch {
	case m != TCP && o.uses(m):
		return m
	case m == TCP && len(banners) == 1:
		return banners[0]
	case o.uses(TCP) && m != DICOM:
		return TCP
	}
	return ""
}

// sweeps reports whether an address is asked first whether it is there at all.
func (o Order) sweeps() bool { return o.uses(ARP) || o.uses(Ping) }

// MethodWords lists the methods for people: "arp, ping, …".
func MethodWords() string {
	words := make([]string, len(Methods))
	for i, m := range Methods {
		words[i] = string(m)
	}
	return strings.Join(words, ", ")
}

// title reports whether s can be an application entity title: printable ASCII without a
// backslash (DICOM PS3.5, 6.2).
func title(s string) bool {
	return len(s) >= 1 && len(s) <= 16 && strings.TrimSpace(s) != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' || r == '\\' })
}

// ranges makes ranges canonical, takes out those that lie within others, and counts.
func ranges(list []netip.Prefix) ([]netip.Prefix, error) {
	if len(list) == 0 || len(list) > rangesMax {
		return nil, fault.Invalid("probe.error.ranges", "Max", rangesMax).At("ranges")
	}
	out := make([]netip.Prefix, 0, len(list))
	for _, p := range list {
		if !p.IsValid() || p.Addr().Is4In6() || p.Addr().Zone() != "" || p.Addr().IsMulticast() || p.Addr().IsUnspecified() && p.IsSingleIP() {
			return nil, fault.Invalid("probe.error.range", "Range", p.String()).At("ranges")
		}
		out = append(out, p.Masked())
	}
	slices.SortFunc(out, func(a, b netip.Prefix) int {
		if c := a.Addr().Compare(b.Addr()); c != 0 {
			return c
		}
		return a.Bits() - b.Bits()
	})
	kept := out[:0]
	for _, p := range out {
		if n := len(kept); n == 0 || !kept[n-1].Overlaps(p) {
			kept = append(kept, p)
		}
	}
	total := new(big.Int)
	for _, p := range kept {
		total.Add(total, new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-p.Bits()))) //nolint:gosec // 0–128
	}
	if total.Cmp(big.NewInt(AddressesMax)) > 0 {
		return nil, fault.Invalid("probe.error.too_many", "Count", total.String(), "Max", AddressesMax).At("ranges")
	}
	return slices.Clone(kept), nil
}

// Addresses are the addresses of the order's ranges, rising. The first and the last of an
// IPv4 range wider than /31 are left out: they name the network and everybody in it
// (RFC 922, section 7), and so are those that no station has. The order must be checked.
func (o Order) Addresses() []netip.Addr {
	var out []netip.Addr
	for _, p := range o.Ranges {
		ends := p.Addr().Is4() && p.Bits() < 31
		for a := p.Addr(); p.Contains(a); a = a.Next() {
			first, last := a == p.Addr(), !p.Contains(a.Next())
			if station(a) && (!ends || !first && !last) {
				out = append(out, a)
			}
		}
	}
	return out
}

// station reports whether one station can have the address.
func station(a netip.Addr) bool {
	return a.IsValid() && a.Zone() == "" && !a.IsMulticast() && !a.IsUnspecified() && !a.IsLoopback() && a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// Key tells orders apart: a cursor belongs to one.
func (o Order) Key() string {
	body, err := json.Marshal(o)
	if err != nil { // it holds only numbers and texts
		return ""
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:8])
}

// ParseRanges reads addresses and ranges, comma or space between. Errors: invalid, with
// the word that is none. Names are not resolved: the question would go to a server that
// nobody asked to bother, and the answer could lead anywhere.
func ParseRanges(text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' || r == '\r' }) {
		if a, err := netip.ParseAddr(word); err == nil {
			word = a.Unmap().String() + "/" + strconv.Itoa(a.Unmap().BitLen())
		}
		p, err := netip.ParsePrefix(word)
		if err != nil {
			return nil, fault.Invalid("probe.error.range", "Range", cut(word, 60)).At("ranges")
		}
		out = append(out, p)
	}
	return out, nil
}
