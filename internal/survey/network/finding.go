package network

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// FindingKind says what is wrong on the network. Shown by "network.finding." + word, why
// it matters by the same with ".why"; those that begin with ClashFinding by
// "network.clash." + the rest.
type FindingKind string

// Kinds of findings. A device that is merely not in the ledger is none of its own: it
// stands in the list of those.
const (
	FindStorage  FindingKind = "storage"     // a store of files that is in no ledger
	FindWireless FindingKind = "wireless"    // an access point or wireless router that is in no ledger
	FindSwitch   FindingKind = "switch"      // a switch or router that is in no ledger
	FindDHCP     FindingKind = "dhcp_server" // gives out addresses, and is nobody's server
	FindSegment  FindingKind = "segment"     // a device in a segment where a person said its kind does not belong
	FindOwner    FindingKind = "owner"       // a server without a department or a custodian
	// ClashFinding begins the kinds that are contradictions (Clash).
	ClashFinding = "clash_"
)

// findingOrder is the order of pages: what can stop the house or let somebody in first.
var findingOrder = []FindingKind{FindDHCP, ClashFinding + FindingKind(ClashDHCP), FindWireless, ClashFinding + FindingKind(ClashTraits), FindStorage, FindSwitch,
	ClashFinding + FindingKind(ClashAddress), FindSegment, FindOwner, ClashFinding + FindingKind(ClashMAC), ClashFinding + FindingKind(ClashPort), ClashFinding + FindingKind(ClashAsset)}

// Finding is something on the network that a person has to look at.
type Finding struct {
	Key     string // kind and subject: stable while it is the same thing
	Kind    FindingKind
	Nodes   []string // Node.Key of those concerned; the first is the one it is about
	Value   string   // what it is about: segment ID, address, trait; empty = the device itself
	Basis   []string // what it rests on: traits as "key: value", kinds of a segment, missing fields
	FirstMS int64    // since when the device is seen; 0 = not known
	LastMS  int64
	Facts   string // digest of what makes it up: when it changes, an Aside is void
	Aside   *Aside // how a person put it aside; nil = open
}

// Clash is the kind of contradiction that a finding is; empty = none.
func (f Finding) Clash() ClashKind {
	word, is := strings.CutPrefix(string(f.Kind), ClashFinding)
	if !is {
		return ""
	}
	return ClashKind(word)
}

// ownerless are fields that a server of the ledger lacks, by its ID.
type ownerless map[string][]string

// findAll finds what a map shows. servers are the Party keys that answered as DHCP
// servers.
func findAll(g Graph, servers []string, lacking ownerless) []Finding {
	var out []Finding
	segments := map[string]Segment{}
	for _, s := range g.Segments {
		segments[s.ID] = s
	}
	for _, n := range g.Nodes {
		out = append(out, findAt(n, servers, segments)...)
		if fields := lacking[n.AssetID]; len(fields) > 0 && n.AssetID != "" {
			out = append(out, about(n, FindOwner, "", fields...))
		}
	}
	for _, c := range g.Clashes {
		f := Finding{Kind: ClashFinding + FindingKind(c.Kind), Nodes: c.Nodes, Value: c.Value, LastMS: c.LastMS}
		out = append(out, f.sealed(c.Port+" "+c.Value))
	}
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(slices.Index(findingOrder, a.Kind), slices.Index(findingOrder, b.Kind)), cmp.Compare(b.FirstMS, a.FirstMS), strings.Compare(a.Key, b.Key))
	})
	return out
}

// findAt finds what is to be said of one device.
func findAt(n Node, servers []string, segments map[string]Segment) []Finding {
	var out []Finding
	stranger := n.AssetID == "" && n.State != StateVisitor
	caps, wireless := n.trait(TraitLLDPCaps, "wlan")
	switch {
	case stranger && n.Kind == "storage":
		out = append(out, about(n, FindStorage, "", n.shown()...))
	case stranger && wireless:
		out = append(out, about(n, FindWireless, "", caps))
	case stranger && (n.Kind == "network" || n.Kind == "vpn"):
		out = append(out, about(n, FindSwitch, "", n.shown()...))
	}
	serves := slices.ContainsFunc(servers, func(k string) bool { return slices.Contains(n.Keys, k) })
	if serves && !slices.Contains([]string{"server", "vm", "network", "vpn"}, n.listedKind()) {
		out = append(out, about(n, FindDHCP, "", TraitDHCPServer+": offer"))
	}
	for _, id := range n.Segments {
		// Only of the ledger: what a stranger is, is guessed.
		if s := segments[id]; n.AssetID != "" && n.Kind != "" && len(s.Kinds) > 0 && !slices.Contains(s.Kinds, n.Kind) {
			out = append(out, about(n, FindSegment, id, s.Kinds...))
		}
	}
	return out
}

// listedKind is what the ledger says a device is; empty when it is not in it.
func (n Node) listedKind() string {
	if n.AssetID == "" {
		return ""
	}
	return n.Kind
}

// shown are the traits by which somebody can recognise a device, as "key: value".
func (n Node) shown() []string {
	var out []string
	for _, t := range n.Traits[:min(len(n.Traits), 6)] {
		out = append(out, t.Key+": "+t.Value)
	}
	return out
}

// trait finds a trait that has a word in its list, as "key: value".
func (n Node) trait(key, word string) (text string, ok bool) {
	for _, t := range n.Traits {
		if t.Key == key && slices.Contains(strings.Split(t.Value, ","), word) {
			return key + ": " + t.Value, true
		}
	}
	return "", false
}

func about(n Node, kind FindingKind, value string, basis ...string) Finding {
	f := Finding{Kind: kind, Nodes: []string{n.Key}, Value: value, Basis: basis, FirstMS: n.FirstMS, LastMS: n.LastMS}
	return f.sealed(n.Kind, strings.Join(n.MACs, ","), strings.Join(n.Segments, ","))
}

// sealed gives a finding its key and the digest of its facts.
func (f Finding) sealed(more ...string) Finding {
	// A contradiction is told by its value; who takes part is a fact of it.
	subject := f.Value
	if f.Clash() == "" || f.Clash() == ClashDHCP {
		subject = strings.TrimSpace(f.Nodes[0] + " " + f.Value) // forms trim what they send
	}
	f.Key = key(string(f.Kind), subject)
	facts := slices.Concat([]string{string(f.Kind), f.Value}, f.Nodes, f.Basis, more)
	sum := sha256.Sum256([]byte(strings.Join(facts, "\x00")))
	f.Facts = hex.EncodeToString(sum[:16])
	return f
}
