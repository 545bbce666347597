package snmp

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

// reader collects what one device says. Groups find there what earlier groups read.
type reader struct {
	*session
	network.Reading
	ports   map[int]*port // by ifIndex
	order   []int         // ifIndex in the order of the device
	bridge  map[int]int   // bridge port → ifIndex (dot1dBasePortTable)
	tagged  map[int]map[int]bool
	plain   map[int]map[int]bool
	seen    map[string]bool // hardware addresses and observations that were taken already
	vlanIDs map[int]string
	objects string // sysObjectID
}

// port is an interface with what groups find out about it.
type port struct {
	network.Interface
	state network.PortState
	kind  int // ifType
}

// Read asks a device for every group and gives what it said. It fails only when the
// device does not answer at all, or ctx ends; a group that fails is a line of
// Reading.Partial.
func Read(ctx context.Context, agent Agent, limits Limits, now time.Time) (network.Reading, error) {
	limits = limits.orDefaults()
	bounded, stop := context.WithTimeout(ctx, limits.Time)
	defer stop()
	r := &reader{
		session: newSession(agent, limits),
		Reading: network.Reading{Source: string(asset.SourceSNMP), How: network.HowSNMP, AtMS: now.UnixMilli()},
		ports:   map[int]*port{}, bridge: map[int]int{}, tagged: map[int]map[int]bool{}, plain: map[int]map[int]bool{},
		seen: map[string]bool{}, vlanIDs: map[int]string{},
	}
	if err := r.system(bounded); err != nil {
		return r.Reading, err
	}
	if err := r.probe(bounded, roots()); err != nil && TroubleOf(err) != ErrTooBig {
		r.note("tables", err)
	}
	for _, g := range groups {
		if err := g.read(r, bounded); err != nil {
			if ctx.Err() != nil {
				return r.Reading, ctx.Err()
			}
			r.note(g.name, err)
			if TroubleOf(err) == ErrTime || TroubleOf(err) == ErrVolume {
				break
			}
		}
	}
	r.finish()
	return r.Reading, nil
}

// note adds a line about a part that is missing.
func (r *reader) note(group string, err error) {
	r.Partial = append(r.Partial, group+": "+string(TroubleOf(err)))
}

// finish puts the interfaces and ports into the reading.
func (r *reader) finish() {
	for _, index := range r.order {
		p := r.ports[index]
		p.state.Name, p.state.Index = p.Name, index
		p.state.Tagged, p.state.Untagged = rising(r.tagged[index]), rising(r.plain[index])
		r.Interfaces = append(r.Interfaces, p.Interface)
		r.Ports = append(r.Ports, p.state)
		if p.MAC != "" && p.MAC != r.Device.MAC {
			if key := "mac:" + p.MAC; !slices.Contains(r.Also, key) && ownAddress(p.MAC) {
				r.Also = append(r.Also, key)
			}
		}
	}
	for _, id := range rising(keys(r.vlanIDs)) {
		r.VLANs = append(r.VLANs, network.VLAN{ID: id, Name: r.vlanIDs[id]})
	}
}

// ownAddress leaves out hardware addresses that are the same on many devices: those of
// redundancy protocols (VRRP 00005e0001xx, RFC 9568; HSRP 00000c07acxx, 00000c9ff…).
func ownAddress(mac string) bool {
	for _, shared := range []string{"00005e0001", "00005e0002", "00000c07ac", "00000c9ff"} {
		if len(mac) >= len(shared) && mac[:len(shared)] == shared {
			return false
		}
	}
	return true
}

func keys[V any](m map[int]V) map[int]bool {
	out := make(map[int]bool, len(m))
	for k := range m {
		out[k] = true
	}
	return out
}

func rising(set map[int]bool) []int {
	if len(set) == 0 {
		return nil
	}
	list := make([]int, 0, len(set))
	for n := range set {
		list = append(list, n)
	}
	slices.Sort(list)
	return list
}

// portName gives the name of an interface, or its number when the device tells none.
func (r *reader) portName(index int) string {
	if p := r.ports[index]; p != nil {
		return p.Name
	}
	if index == 0 {
		return ""
	}
	return strconv.Itoa(index)
}

// trait adds a trait of the device when there is a value and none was told before.
func (r *reader) trait(key, value string) {
	if value == "" || slices.ContainsFunc(r.Traits, func(t network.Trait) bool { return t.Key == key }) {
		return
	}
	r.Traits = append(r.Traits, network.Trait{Key: key, Value: value})
}

// observe adds whom the device sees; each only once.
func (r *reader) observe(o network.Observation) {
	if o.Seen.Empty() {
		return
	}
	if o.Seer.Empty() {
		o.Seer = r.Device
	}
	key := fmt.Sprint(o.How, o.SeerPort, o.Seen.Key(), o.Seen.Address, o.SeenPort, o.VLAN)
	if r.seen[key] {
		return
	}
	r.seen[key] = true
	o.AtMS = r.AtMS
	r.Seen = append(r.Seen, o)
}
