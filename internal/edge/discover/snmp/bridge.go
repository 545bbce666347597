package snmp

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"sonae/internal/survey/network"
)

// BRIDGE-MIB (RFC 4188) and Q-BRIDGE-MIB (RFC 4363).
const (
	basePortIfIndex = ".1.3.6.1.2.1.17.1.4.1.2"
	tpFdbEntry      = ".1.3.6.1.2.1.17.4.3.1"
	qTpFdbEntry     = ".1.3.6.1.2.1.17.7.1.2.2.1"
	qVlanFdbID      = ".1.3.6.1.2.1.17.7.1.4.2.1.3"
)

var (
	bridgeRoots = []string{basePortIfIndex}
	fdbRoots    = []string{tpFdbEntry + ".2", tpFdbEntry + ".3", qTpFdbEntry + ".2", qTpFdbEntry + ".3", qVlanFdbID}
)

// contextsMost is how many VLANs of a Cisco switch are asked one by one.
const contextsMost = 300

// bridgePorts reads which interface a port number of the bridge tables means.
func (r *reader) bridgePorts(ctx context.Context) error {
	return r.walk(ctx, basePortIfIndex, func(index []uint32, v Value) bool {
		if n := v.Index(); len(index) == 1 && n > 0 {
			r.bridge[int(index[0])] = n
		}
		return true
	})
}

// interfaceOf gives the ifIndex of a bridge port. Devices without the table number
// their bridge ports like their interfaces.
func (r *reader) interfaceOf(bridgePort int) int {
	if n := r.bridge[bridgePort]; n > 0 {
		return n
	}
	if len(r.bridge) == 0 {
		return bridgePort
	}
	return 0
}

// Status of an entry (RFC 4188, dot1dTpFdbStatus): 3 learned, 5 set by a person; an
// entry of status 4 is the bridge's own address, others are not valid.
const (
	fdbLearned = 3
	fdbSelf    = 4
	fdbSet     = 5
)

// fdb reads behind which port the bridge has learned which hardware address.
func (r *reader) fdb(ctx context.Context) error {
	vlanOf := map[uint32]int{}
	err := r.walk(ctx, qVlanFdbID, func(index []uint32, v Value) bool {
		// Index: time mark, VLAN. Several VLANs that share a table have no one number.
		if n := v.Small(); len(index) == 2 && n > 0 {
			if _, twice := vlanOf[uint32(n)]; twice {
				vlanOf[uint32(n)] = 0
			} else {
				vlanOf[uint32(n)] = int(index[1])
			}
		}
		return true
	})
	before := len(r.Seen)
	tagged := r.learned(ctx, qTpFdbEntry, 1, func(index []uint32) int {
		if len(vlanOf) > 0 {
			return vlanOf[index[0]]
		}
		return int(min(index[0], 4095)) // most makers use the VLAN as number of the table
	})
	var plain error
	if len(r.Seen) == before {
		plain = r.learned(ctx, tpFdbEntry, 0, func([]uint32) int { return 0 })
	}
	contexts := r.contexts(ctx)
	for _, e := range []error{err, tagged, plain, contexts} {
		if e != nil {
			return e
		}
	}
	return nil
}

// entry of a forwarding table.
type entry struct {
	port, status int
	vlan         int
	mac          string
}

// learned reads a forwarding table whose index holds skip numbers before the six bytes
// of the address.
func (r *reader) learned(ctx context.Context, table string, skip int, vlan func([]uint32) int) error {
	found := map[string]*entry{}
	var order []*entry
	err := r.columns(ctx, table, []string{"2", "3"}, func(column int, index []uint32, v Value) {
		if len(index) != skip+6 {
			return
		}
		b, ok := octets(index[skip:])
		if !ok {
			return
		}
		key := fmt.Sprint(index)
		e := found[key]
		if e == nil {
			if column == 1 {
				return
			}
			e = &entry{mac: Value{Kind: KindBytes, Bytes: b}.MAC(), status: fdbLearned, vlan: vlan(index)}
			found[key] = e
			order = append(order, e)
		}
		if column == 0 {
			e.port = v.Small()
		} else {
			e.status = v.Small()
		}
	})
	for _, e := range order {
		if e.mac == "" || !hexEven(e.mac[1]) || e.status == fdbSelf || e.status != fdbLearned && e.status != fdbSet || e.port == 0 {
			continue
		}
		if e.vlan > 4094 {
			e.vlan = 0
		}
		name := r.portName(r.interfaceOf(e.port))
		if name == "" {
			continue
		}
		r.observe(network.Observation{How: network.HowFDB, SeerPort: name, VLAN: e.vlan, Seen: network.Party{MAC: e.mac}})
	}
	return err
}

// hexEven reports an even digit: the lowest bit of the first byte marks an address of
// a group (IEEE 802), which is no device.
func hexEven(digit byte) bool {
	if digit >= 'a' {
		return (digit-'a')%2 == 0
	}
	return (digit-'0')%2 == 0
}

// contexts asks a Cisco switch for the table of each of its VLANs: it tells only that
// of the VLAN that stands in the community or context.
func (r *reader) contexts(ctx context.Context) error {
	if !r.is("9") || len(r.vlanIDs) == 0 {
		return nil
	}
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(r.vlanIDs)), func(id int) bool { return id >= 1002 && id <= 1005 }) // token ring and FDDI defaults
	silent, answered := 0, false
	for i, id := range ids {
		if i == contextsMost {
			return ErrContexts
		}
		err := r.inContext(ctx, id)
		switch {
		case noAnswer(err):
			// A VLAN that no port uses does not answer. A device where none does has no
			// contexts: three are enough to know.
			if silent++; silent == 3 && !answered {
				return nil
			}
		case err != nil:
			return err
		default:
			answered = true
		}
	}
	return nil
}

func (r *reader) inContext(ctx context.Context, vlan int) error {
	agent, err := r.agent.InContext(vlan)
	if err != nil {
		return err
	}
	outer, absent, ports := r.agent, r.absent, r.bridge
	r.agent, r.absent, r.bridge = agent, map[string]bool{}, map[int]int{}
	defer func() {
		r.agent, r.absent = outer, absent
		maps.Copy(r.bridge, ports)
		_ = agent.Close()
	}()
	if err := r.bridgePorts(ctx); err != nil {
		return err
	}
	return r.learned(ctx, tpFdbEntry, 0, func([]uint32) int { return vlan })
}
