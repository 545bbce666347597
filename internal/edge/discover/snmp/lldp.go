package snmp

import (
	"context"
	"net/netip"
	"strings"

	"sonae/internal/survey/network"
)

// LLDP-MIB (IEEE 802.1AB-2005) with LLDP-EXT-MED-MIB (ANSI/TIA-1057).
const (
	lldpLocPort    = ".1.0.8802.1.1.2.1.3.7.1"
	lldpRem        = ".1.0.8802.1.1.2.1.4.1.1"
	lldpRemAddr    = ".1.0.8802.1.1.2.1.4.2.1.3"
	lldpMedRem     = ".1.0.8802.1.1.2.1.5.4795.1.3.3.1"
	neighboursMost = 20_000
)

var lldpRoots = []string{lldpLocPort + ".2", lldpRem + ".5", lldpRemAddr, lldpMedRem + ".4", lldpMedRem + ".6"}

// neighbour is a row of a table of neighbours while its columns come in.
type neighbour struct {
	local                 int // lldpRemLocalPortNum, or ifIndex
	chassisKind, portKind int
	chassis, port         Value
	portText              string
	name, text            string
	caps                  []byte
	address               netip.Addr
	med                   [4]string // firmware, serial, maker, model
}

// neighbours keeps rows by their index in the order of the device.
type neighbours struct {
	rows  map[string]*neighbour
	order []*neighbour
}

// at gives the row of an index; local is where the number of the port stands. The time
// mark in front counts: some devices number the neighbours of a port by it alone.
func (n *neighbours) at(index []uint32, local int) *neighbour {
	key := oidText(index)
	row := n.rows[key]
	if row == nil && len(n.order) < neighboursMost {
		row = &neighbour{local: int(index[local])}
		n.rows[key] = row
		n.order = append(n.order, row)
	}
	return row
}

// lldp reads the neighbours that announced themselves.
func (r *reader) lldp(ctx context.Context) error {
	if r.absent[lldpRoots[1]] {
		return nil
	}
	table := &neighbours{rows: map[string]*neighbour{}}
	err := r.columns(ctx, lldpRem, []string{"5", "4", "6", "7", "8", "9", "10", "12"}, func(column int, index []uint32, v Value) {
		if len(index) == 3 { // time mark, local port, number
			table.set(column, table.at(index, 1), v)
		}
	})
	if len(table.order) == 0 {
		return err
	}
	addr := r.walk(ctx, lldpRemAddr, func(index []uint32, _ Value) bool {
		if len(index) > 8 { // …, address family, length, address
			table.address(index[:3], index[3:])
		}
		return true
	})
	med := r.columns(ctx, lldpMedRem, []string{"2", "4", "5", "6"}, func(column int, index []uint32, v Value) {
		if row := table.rows[oidText(index)]; row != nil {
			row.med[column] = told(v.Name())
		}
	})
	locals, local := r.localPorts(ctx)
	for _, n := range table.order {
		name, known := locals[n.local]
		if !known {
			name = r.guessPort(n.local)
		}
		r.neighbour(n, name)
	}
	for _, e := range []error{err, addr, med, local} {
		if e != nil {
			return e
		}
	}
	return nil
}

// set takes a column in the order in which both forms of LLDP-MIB are asked.
func (n *neighbours) set(column int, row *neighbour, v Value) {
	if row == nil {
		return
	}
	switch column {
	case 0:
		row.chassis = v
	case 1:
		row.chassisKind = v.Small()
	case 2:
		row.portKind = v.Small()
	case 3:
		row.port = v
	case 4:
		row.portText = v.Name()
	case 5:
		row.name = v.Name()
	case 6:
		row.text = v.Text()
	case 7:
		row.caps = v.Bytes
	}
}

// address takes a management address out of an index; IPv4 goes before IPv6.
func (n *neighbours) address(row, rest []uint32) {
	found := n.rows[oidText(row)]
	if found == nil {
		return
	}
	a, _, ok := inetIndex(rest)
	if !ok {
		return
	}
	if a, ok = usable(a); ok && (!found.address.IsValid() || a.Is4() && !found.address.Is4()) {
		found.address = a
	}
}

// localPorts reads what a port number of LLDP means: its ID, which is a name or
// address of an interface, or its description.
func (r *reader) localPorts(ctx context.Context) (map[int]string, error) {
	type local struct {
		kind int
		id   Value
		text string
	}
	found := map[int]*local{}
	err := r.columns(ctx, lldpLocPort, []string{"2", "3", "4"}, func(column int, index []uint32, v Value) {
		if len(index) != 1 {
			return
		}
		l := found[int(index[0])]
		if l == nil {
			l = &local{}
			found[int(index[0])] = l
		}
		switch column {
		case 0:
			l.kind = v.Small()
		case 1:
			l.id = v
		case 2:
			l.text = v.Name()
		}
	})
	by := r.portsByText()
	out := map[int]string{}
	for n, l := range found {
		if l.kind == portMAC && len(by[l.id.MAC()]) == 1 {
			out[n] = by[l.id.MAC()][0].Name
			continue
		}
		for _, text := range []string{l.id.Name(), l.text} {
			if p := by[strings.ToLower(text)]; text != "" && len(p) == 1 {
				out[n] = p[0].Name
				break
			}
		}
		if out[n] == "" && r.ports[n] == nil && r.interfaceOf(n) == 0 {
			// The device's own word is better than a bare number.
			out[n] = l.text
			if l.kind != portMAC && l.id.Name() != "" {
				out[n] = l.id.Name()
			}
		}
		if out[n] == "" {
			delete(out, n)
		}
	}
	return out, err
}

// portsByText finds interfaces by name, description and hardware address.
func (r *reader) portsByText() map[string][]*port {
	by := map[string][]*port{}
	for _, p := range r.ports {
		texts := []string{strings.ToLower(p.Name)}
		for _, t := range []string{strings.ToLower(p.state.Text), strings.ToLower(p.state.Alias), p.MAC} {
			if t != "" && t != texts[0] {
				texts = append(texts, t)
			}
		}
		for i, t := range texts {
			if i > 1 && t == texts[1] {
				continue
			}
			by[t] = append(by[t], p)
		}
	}
	return by
}

// guessPort reads a number that the device explains nowhere: of a bridge port, or of an
// interface.
func (r *reader) guessPort(number int) string {
	if n := r.bridge[number]; n > 0 {
		return r.portName(n)
	}
	return r.portName(number)
}

// neighbour turns a row into an observation.
func (r *reader) neighbour(n *neighbour, port string) {
	seen := network.Party{ChassisID: chassisID(n.chassisKind, n.chassis), Name: n.name, Address: n.address}
	if mac, ok := strings.CutPrefix(seen.ChassisID, "mac:"); ok {
		seen.MAC = mac
	}
	o := network.Observation{How: network.HowLLDP, SeerPort: port, Seen: seen, SeenPort: remotePort(n)}
	for i, key := range []string{network.TraitLLDPFirmware, network.TraitLLDPSerial, network.TraitLLDPMaker, network.TraitLLDPModel} {
		o.Traits = addTrait(o.Traits, key, n.med[i])
	}
	o.Traits = addTrait(o.Traits, network.TraitLLDPSystem, n.text)
	o.Traits = addTrait(o.Traits, network.TraitLLDPCaps, capabilities(n.caps))
	r.observe(o)
}

func addTrait(list []network.Trait, key, value string) []network.Trait {
	if value == "" {
		return list
	}
	return append(list, network.Trait{Key: key, Value: value})
}

func capabilities(b []byte) string {
	var words []string
	for _, n := range bitsOf(b[:min(len(b), 2)]) {
		if n < len(network.LLDPCapabilities) {
			words = append(words, network.LLDPCapabilities[n])
		}
	}
	return strings.Join(words, ",")
}
