package network

// Socket is where a device hangs: a port of a device that forwards.
type Socket struct {
	Node Node // the switch or access point
	Port string
	Kind LinkKind // edge, behind or wireless
}

// Sockets finds where the devices of the map hang, by Node.Key. A device with two cards
// at two ports is at the one confirmed last.
func (g Graph) Sockets() map[string]Socket {
	nodes := make(map[string]Node, len(g.Nodes))
	for _, n := range g.Nodes {
		nodes[n.Key] = n
	}
	out, last := map[string]Socket{}, map[string]int64{}
	for _, l := range g.Links {
		device, hub, port := l.A, l.B, l.BPort
		if nodes[device].Forwards {
			device, hub, port = l.B, l.A, l.APort
		}
		if l.Kind != LinkEdge && l.Kind != LinkBehind && l.Kind != LinkWireless || !nodes[hub].Forwards {
			continue
		}
		if at, known := last[device]; !known || l.LastMS > at {
			out[device], last[device] = Socket{Node: nodes[hub], Port: port, Kind: l.Kind}, l.LastMS
		}
	}
	return out
}
