package network

import (
	"net/netip"
	"slices"
	"strings"
)

// Known is what the ledger holds of a device that may be on the network.
type Known struct {
	AssetID   string
	Name      string
	Kind      string // word of asset.Kind
	Maker     string
	Model     string
	MACs      []string // MACKey form
	Addresses []string // without prefix length
	FirstMS   int64
	LastMS    int64 // 0 = never seen by an observing source
}

// Evidence is everything from which the map of a day is made.
type Evidence struct {
	FacilityID string
	AtMS       int64
	Sightings  []Sighting
	Aliases    []Alias
	Traits     map[string][]SeenTrait // by Party.Key
	Known      []Known
	Segments   []Segment
	Marks      []Mark
	PortNames  map[string]PortNames // by Node.Key of devices of the ledger
}

// PortNames are the ports of a device by what else it calls them (ifDescr), as portWord
// writes both: neighbours tell the one, tables of the device the other.
type PortNames map[string]string

// Resolve makes the map: first which keys are of one device, then which row of the
// ledger that is, then what is connected to what, and where the evidence contradicts
// itself. Nothing is invented: a link stands only on a sighting, and what two readings
// contradict is a Clash and no link. The order of the evidence does not matter.
func Resolve(e Evidence) Graph {
	r := newResolver(e)
	r.joinHard()
	r.joinSoft()
	r.tieToLedger()
	r.makeNodes()
	r.linkNeighbours()
	r.linkForwarding()
	r.linkTalk()
	r.findClashes()
	return r.graph()
}

// resolver holds the steps' common state.
type resolver struct {
	Evidence
	keys     union
	holders  map[netip.Addr][]hold // who was seen with an address
	names    map[string][]string   // lower-case name → roots
	assets   map[string][]string   // hardware address key → assets
	byAsset  map[string]*Known
	rootKeys map[string][]string // root → its keys, sorted
	node     map[string]string   // key → Node.Key
	nodes    map[string]*Node
	links    map[string]*Link
	cabled   map[portKey][]string // by Node.Key and portWord: who LLDP or CDP told of there
	tables   map[portKey]*portTable
	clashes  []Clash
	plan     *Plan
	staleMS  int64 // older than this is stale
}

// hold says that a device was seen with an address.
type hold struct {
	key         string // its strongest hard key
	first, last int64
	proof       Observation
}

func newResolver(e Evidence) *resolver {
	return &resolver{
		Evidence: e, keys: union{}, holders: map[netip.Addr][]hold{}, names: map[string][]string{}, assets: map[string][]string{}, byAsset: map[string]*Known{},
		rootKeys: map[string][]string{}, node: map[string]string{}, nodes: map[string]*Node{}, links: map[string]*Link{}, cabled: map[portKey][]string{}, tables: map[portKey]*portTable{},
		plan: NewPlan(e.Segments), staleMS: e.AtMS - StaleAfter.Milliseconds(),
	}
}

// hardKeys are the keys that name one device for good: its chassis and its hardware
// address. An address that routers pass to each other is none.
func (p Party) hardKeys() []string {
	var out []string
	switch {
	case strings.HasPrefix(p.ChassisID, "mac:"):
		out = append(out, p.ChassisID)
	case p.ChassisID != "":
		out = append(out, key("chassis:"+p.ChassisID))
	}
	if p.MAC != "" && !isRedundant(p.MAC) {
		out = append(out, "mac:"+p.MAC)
	}
	return slices.Compact(out)
}

// joinHard joins what one party carried together, and what a device said of itself.
func (r *resolver) joinHard() {
	for _, s := range r.Sightings {
		for _, p := range []Party{s.Seer, s.Seen} {
			r.keys.join(p.Key(), p.hardKeys()...)
		}
	}
	claims := map[string]int{}
	for _, a := range r.Aliases {
		claims[a.Also]++
	}
	for _, a := range r.Aliases {
		// An address that two devices claim as theirs joins nothing.
		if strings.HasPrefix(a.Also, "mac:") && claims[a.Also] == 1 && !isRedundant(strings.TrimPrefix(a.Also, "mac:")) || strings.HasPrefix(a.Also, "chassis:") && claims[a.Also] == 1 {
			r.keys.join(a.Party, a.Also)
			continue
		}
		r.keys.add(a.Party)
	}
}

// joinSoft ties parties that were named by an address or a name alone to the one device
// that has it. With two candidates they stay on their own.
func (r *resolver) joinSoft() {
	r.collectHolders()
	for _, s := range r.Sightings {
		for _, p := range []Party{s.Seer, s.Seen} {
			if p.Empty() || len(p.hardKeys()) > 0 {
				continue
			}
			if root, ok := r.holderOf(p.Address); ok {
				r.keys.join(root, p.Key())
			} else if root, ok := r.namedBy(p, s.How); ok {
				r.keys.join(root, p.Key())
			}
		}
	}
}

func (r *resolver) collectHolders() {
	for _, s := range r.Sightings {
		for _, p := range []Party{s.Seer, s.Seen} {
			hard := p.hardKeys()
			if len(hard) == 0 {
				continue
			}
			if p.Address.IsValid() {
				r.holders[p.Address] = append(r.holders[p.Address], hold{hard[0], s.FirstMS, s.LastMS, s.Observation})
			}
			r.addName(p.Name, hard[0])
		}
	}
	for _, a := range r.Aliases {
		if a.Party == "" {
			continue
		}
		if text, is := strings.CutPrefix(a.Also, "ip:"); is {
			if ip := addressOf(text); ip.IsValid() {
				r.holders[ip] = append(r.holders[ip], hold{key: a.Party, first: a.FirstMS, last: a.LastMS})
			}
		}
		if name, is := strings.CutPrefix(a.Also, "name:"); is {
			r.addName(name, a.Party)
		}
	}
}

func (r *resolver) addName(name, key string) {
	if name = strings.ToLower(name); name != "" {
		r.names[name] = append(r.names[name], key)
	}
}

// holdersOf are the devices that hold an address at the time of the map: the one seen
// with it last, and those that had it at the same time.
func (r *resolver) holdersOf(a netip.Addr) (roots []string) {
	var best hold
	for _, h := range r.holders[a] {
		if h.last > best.last {
			best = h
		}
	}
	for _, h := range r.holders[a] {
		if h.last >= best.first {
			roots = append(roots, r.keys.find(h.key))
		}
	}
	return sortUnique(roots)
}

// holderOf is the one device that holds an address; with two, nobody knows.
func (r *resolver) holderOf(a netip.Addr) (root string, ok bool) {
	if roots := r.holdersOf(a); len(roots) == 1 {
		return roots[0], true
	}
	return "", false
}

// namedBy is the one device that has the name by which CDP knows its neighbour: its
// device ID is a name, whole or without the domain. Other protocols' names prove nothing.
func (r *resolver) namedBy(p Party, how How) (root string, ok bool) {
	if how != HowCDP || p.Name == "" {
		return "", false
	}
	name := strings.ToLower(p.Name)
	short, _, _ := strings.Cut(name, ".")
	for _, n := range []string{name, short} {
		roots := map[string]bool{}
		for _, k := range r.names[n] {
			roots[r.keys.find(k)] = true
		}
		if len(roots) == 1 {
			for root := range roots {
				return root, true
			}
		}
	}
	return "", false
}

// union joins keys of one device. The root of a set is its smallest key, so that it does
// not depend on the order of joining.
type union map[string]string

func (u union) add(k string) {
	if k != "" && u[k] == "" {
		u[k] = k
	}
}

func (u union) find(k string) string {
	u.add(k)
	for u[k] != k {
		if next := u[u[k]]; next != "" {
			u[k] = next
		}
		k = u[k]
	}
	return k
}

func (u union) join(first string, others ...string) {
	if first == "" {
		return
	}
	for _, k := range others {
		if k == "" {
			continue
		}
		a, b := u.find(first), u.find(k)
		u[max(a, b)] = min(a, b)
	}
	u.add(first)
}
