package noprobe

import (
	"net/netip"
	"strings"
	"time"

	"sonae/internal/survey/network"
)

// compiled is a list made ready to be asked before every packet.
type compiled struct {
	addrs    map[netip.Addr]Rule
	macs     map[string]Rule
	ranges   []rangeRule
	prefixes []Rule // beginnings of hardware addresses
	nowhere  []Rule // hardware addresses that were seen at no address
	ends     map[netip.Addr]bool
	summary  Summary
}

type rangeRule struct {
	prefix netip.Prefix
	rule   Rule
}

// together is how long after one another two hardware addresses must have been seen at an
// address so that the earlier counts as gone: sightings are exact to an hour, and two
// stations that fight for one address are seen in turn.
const together = 24 * time.Hour

// compile follows bindings from what is named to what else it is known by. Ranges are not
// followed: the router of a protected segment has one hardware address in all segments,
// and would be out of bounds in every one of them.
func compile(l List) *compiled {
	c := &compiled{addrs: map[netip.Addr]Rule{}, macs: map[string]Rule{}, ends: map[netip.Addr]bool{}}
	for _, p := range l.Ranges {
		c.end(p)
	}
	w := newWeb(l)
	for _, r := range l.Rules {
		c.rule(r, l, w)
	}
	c.summary.Rules = len(l.Rules)
	for _, d := range l.Devices {
		c.summary.Devices++
		if !d.Known() {
			c.summary.Unknown++
		}
		for _, a := range d.Addresses {
			c.protect(key{addr: a}, d.rule(), w)
		}
		for _, m := range d.MACs {
			c.protect(key{mac: m}, d.rule(), w)
		}
	}
	for mac := range w.places {
		if r, held := c.mac(mac); held {
			c.protect(key{mac: mac}, r, w)
		}
	}
	placed := map[string]bool{}
	for _, r := range c.addrs {
		placed[r.AssetID] = true
	}
	for mac, r := range c.macs {
		if len(w.places[mac]) == 0 && (r.Kind == KindMAC || r.Kind == KindMedical && !placed[r.AssetID]) {
			c.nowhere = append(c.nowhere, r)
		}
	}
	return c
}

// end notes the two addresses of a segment that no station has: what goes there reaches
// everybody in it (RFC 922, section 7; not of a /31, RFC 3021).
func (c *compiled) end(p netip.Prefix) {
	if p = p.Masked(); !p.Addr().Is4() || p.Bits() > 30 {
		return
	}
	last := p.Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		last[i/8] |= 0x80 >> (i % 8)
	}
	c.ends[p.Addr()], c.ends[netip.AddrFrom4(last)] = true, true
}

func (c *compiled) rule(r Rule, l List, w *web) {
	switch r.Kind {
	case KindAddress:
		if a, err := netip.ParseAddr(r.Value); err == nil {
			c.protect(key{addr: a}, r, w)
		}
	case KindRange:
		if p, err := netip.ParsePrefix(r.Value); err == nil {
			c.ranges = append(c.ranges, rangeRule{p, r})
		}
	case KindSegment:
		if p, ok := l.Ranges[r.Value]; ok {
			c.ranges = append(c.ranges, rangeRule{p, r})
		}
	case KindMAC:
		if len(r.Value) == macDigitsMax {
			c.protect(key{mac: r.Value}, r, w)
			return
		}
		c.prefixes = append(c.prefixes, r)
	}
}

// key is one name of a device: an address or a hardware address.
type key struct {
	addr netip.Addr
	mac  string
}

// protect puts a key and everything that is bound to it under a rule. Two steps are gone:
// address → its hardware address → that one's other addresses.
func (c *compiled) protect(k key, r Rule, w *web) {
	var macs []string
	if k.addr.IsValid() {
		c.hold(k.addr, r, "")
		macs = w.holders(k.addr)
	} else {
		macs = []string{k.mac}
	}
	for _, a := range w.same[k] {
		if a.mac != "" {
			macs = append(macs, a.mac)
		} else {
			c.hold(a.addr, r, "")
		}
	}
	for _, m := range macs {
		if _, known := c.macs[m]; !known {
			c.macs[m] = through(r, "mac:"+m)
		}
		for _, a := range w.stays(m) {
			c.hold(a, r, "mac:"+m)
		}
		for _, a := range w.same[key{mac: m}] {
			if a.addr.IsValid() {
				c.hold(a.addr, r, "mac:"+m)
			} else if _, known := c.macs[a.mac]; !known {
				c.macs[a.mac] = through(r, "mac:"+m)
			}
		}
	}
}

func (c *compiled) hold(a netip.Addr, r Rule, by string) {
	if by == "" {
		by = "ip:" + a.String()
	}
	if _, known := c.addrs[a]; !known {
		c.addrs[a] = through(r, by)
	}
}

func through(r Rule, by string) Rule { r.Through = by; return r }

func (c *compiled) address(a netip.Addr) (Rule, bool) {
	if r, held := c.addrs[a]; held {
		return r, true
	}
	for _, r := range c.ranges {
		if r.prefix.Contains(a) {
			return through(r.rule, "ip:"+a.String()), true
		}
	}
	return Rule{}, false
}

func (c *compiled) mac(mac string) (Rule, bool) {
	if r, held := c.macs[mac]; held {
		return r, true
	}
	for _, r := range c.prefixes {
		if strings.HasPrefix(mac, r.Value) {
			return through(r, "mac:"+mac), true
		}
	}
	return Rule{}, false
}

func (c *compiled) near(link []netip.Prefix) (Rule, bool) {
	for _, p := range link {
		for _, r := range c.ranges {
			if r.prefix.Overlaps(p) {
				return r.rule, true
			}
		}
		for a, r := range c.addrs {
			if p.Contains(a) {
				return r, true
			}
		}
	}
	for _, list := range [][]Rule{c.prefixes, c.nowhere} {
		if len(list) > 0 {
			return list[0], true
		}
	}
	return Rule{}, false
}

// web is what is bound to what.
type web struct {
	places map[string]map[netip.Addr]int64 // hardware address → where it was seen, and when last
	at     map[netip.Addr]map[string]int64
	same   map[key][]key // what devices said of themselves
}

func newWeb(l List) *web {
	w := &web{places: map[string]map[netip.Addr]int64{}, at: map[netip.Addr]map[string]int64{}, same: map[key][]key{}}
	for _, b := range l.Bindings {
		if w.places[b.MAC] == nil {
			w.places[b.MAC] = map[netip.Addr]int64{}
		}
		if w.at[b.Addr] == nil {
			w.at[b.Addr] = map[string]int64{}
		}
		w.places[b.MAC][b.Addr] = max(w.places[b.MAC][b.Addr], b.LastMS)
		w.at[b.Addr][b.MAC] = max(w.at[b.Addr][b.MAC], b.LastMS)
	}
	groups := map[string][]key{}
	for _, a := range l.Aliases {
		if k, ok := keyOf(a.Also); ok {
			groups[a.Party] = append(groups[a.Party], k)
		}
	}
	for party, keys := range groups {
		if k, ok := keyOf(party); ok {
			keys = append(keys, k)
		}
		for _, k := range keys {
			w.same[k] = append(w.same[k], keys...)
		}
	}
	return w
}

// keyOf reads a Party.Key; ok is false for names and the like.
func keyOf(s string) (key, bool) {
	if mac, is := strings.CutPrefix(s, "mac:"); is {
		mac = network.MACKey(mac)
		return key{mac: mac}, mac != ""
	}
	if text, is := strings.CutPrefix(s, "ip:"); is {
		a, err := netip.ParseAddr(text)
		return key{addr: a}, err == nil && one(a)
	}
	return key{}, false
}

// holders are the hardware addresses that have an address now: the last one that was seen
// at it, and those seen shortly before.
func (w *web) holders(a netip.Addr) []string {
	var newest int64
	for _, at := range w.at[a] {
		newest = max(newest, at)
	}
	var out []string
	for m, at := range w.at[a] {
		if at >= newest-together.Milliseconds() {
			out = append(out, m)
		}
	}
	return out
}

// stays are the addresses at which a hardware address is now: those that nobody has taken
// over since, and the one where it was seen last, whoever was there after it.
func (w *web) stays(mac string) []netip.Addr {
	var newest int64
	for _, at := range w.places[mac] {
		newest = max(newest, at)
	}
	var out []netip.Addr
	for a, at := range w.places[mac] {
		var since int64
		for _, other := range w.at[a] {
			since = max(since, other)
		}
		if at == newest || at >= since-together.Milliseconds() {
			out = append(out, a)
		}
	}
	return out
}
