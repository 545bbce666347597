package network

// Socket is where a device hangs: a port of a device that forwards.
type Socket struct {
	Node Node // the switch or access point
	Port string
	Kind LinkKind
}

// Sockets finds where the devices of the map hang, by Node.Key. A device with two cards
// at two ports is at the one confirmed last. A device that forwards itself hangs where
// another saw it, or at its only neighbour; what has several has no place of its own.
func (g Graph) Sockets() map[string]Socket {
	nodes := make(map[string]Node, len(g.Nodes))
	for _, n := range g.Nodes {
		nodes[n.Key] = n
	}
	out, last := map[string]Socket{}, map[string]int64{}
	put := func(device, hub, port string, l Link) {
		if at, known := last[device]; nodes[hub].Forwards && (!known || l.LastMS > at) {
			out[device], last[device] = Socket{Node: nodes[hub], Port: port, Kind: l.Kind}, l.LastMS
		}
	}
	for _, l := range g.Links {
		if l.Kind != LinkEdge && l.Kind != LinkBehind && l.Kind != LinkWireless {
			continue
		}
		// Of two that forward, the one that names its port has seen the other.
		if nodes[l.A].Forwards && (!nodes[l.B].Forwards || l.BPort == "") {
			put(l.B, l.A, l.APort, l)
		} else {
			put(l.A, l.B, l.BPort, l)
		}
	}
	g.atOnlyNeighbour(out, put)
	return out
}

// atOnlyNeighbour places what is joined by trunks to one other device only: a telephone
// with a port for a PC, a wireless router, a small switch.
func (g Graph) atOnlyNeighbour(placed map[string]Socket, put func(device, hub, port string, l Link)) {
	beside := map[string]map[string]bool{}
	note := func(a, b string) {
		if beside[a] == nil {
			beside[a] = map[string]bool{}
		}
		beside[a][b] = true
	}
	var trunks []Link
	for _, l := range g.Links {
		if l.Kind == LinkTrunk {
			note(l.A, l.B)
			note(l.B, l.A)
			trunks = append(trunks, l)
		}
	}
	done := make(map[string]bool, len(placed))
	for k := range placed {
		done[k] = true
	}
	for _, l := range trunks {
		if len(beside[l.A]) == 1 && !done[l.A] {
			put(l.A, l.B, l.BPort, l)
		}
		if len(beside[l.B]) == 1 && !done[l.B] {
			put(l.B, l.A, l.APort, l)
		}
	}
}
