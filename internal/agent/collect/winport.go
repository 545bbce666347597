package collect

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"sonae/internal/wire"
)

// winClientPort is the first port of the range that Windows gives to clients
// ("The default dynamic port range for TCP/IP", KB 929851).
const winClientPort = 49152

// winPorts reads the tables of listening sockets with their owners.
func winPorts(_ context.Context, src *Source) ([]wire.Port, error) {
	g := gaps{account: "SYSTEM"}
	if src.Windows == nil || src.Windows.Calls.Sockets == nil {
		return nil, errors.New("the source has no table of sockets")
	}
	owners := src.portOwners(&g)
	list := []wire.Port{}
	read := 0
	for _, protocol := range []string{"tcp", "udp"} {
		for _, v6 := range []bool{false, true} {
			body, err := src.Windows.Calls.Sockets(protocol, v6)
			if err != nil {
				g.add("table of "+protocol+" sockets", err)
				continue
			}
			read++
			for _, s := range parseSocketTable(body, protocol, v6) {
				// An unconnected UDP socket in the range for clients waits for
				// an answer from outside; it is gone the next minute.
				if protocol == "udp" && s.port >= winClientPort {
					continue
				}
				owner := owners[s.pid]
				list = append(list, wire.Port{Protocol: protocol, Address: s.address.String(), Number: s.port, Process: owner.name, Path: owner.path, User: owner.user})
			}
		}
	}
	if read == 0 {
		return nil, g.err()
	}
	slices.SortFunc(list, func(a, b wire.Port) int {
		return cmp.Or(strings.Compare(a.Protocol, b.Protocol), a.Number-b.Number, strings.Compare(a.Address, b.Address), strings.Compare(a.Process, b.Process))
	})
	return slices.Compact(list), g.err()
}

// portOwner is what is known of a process: its services stand in brackets after
// its name, for svchost.exe alone says nothing.
type portOwner struct{ name, path, user string }

func (s *Source) portOwners(g *gaps) map[uint32]portOwner {
	owners := map[uint32]portOwner{4: {name: "System"}}
	if s.Windows.Calls.Processes == nil {
		return owners
	}
	processes, err := s.Windows.Calls.Processes()
	g.add("list of processes", err)
	for _, p := range processes {
		owners[p.PID] = portOwner{name: p.Name, path: p.Path}
	}
	r, err := s.registry(g)
	if err != nil {
		return owners
	}
	services := map[uint32][]string{}
	for _, state := range s.serviceStates(g) {
		if state.PID != 0 {
			services[state.PID] = append(services[state.PID], state.Name)
		}
	}
	for pid, names := range services {
		slices.Sort(names)
		owner := owners[pid]
		if len(names) <= 4 {
			owner.name += " (" + strings.Join(names, ", ") + ")"
		}
		owner.user = r.values(keyServices, names[0]).Text("ObjectName")
		owners[pid] = owner
	}
	return owners
}

// winSocket is one row of a table.
type winSocket struct {
	address netip.Addr
	port    int
	pid     uint32
}

// Layout of the rows of MIB_TCPTABLE_OWNER_PID, MIB_TCP6TABLE_OWNER_PID,
// MIB_UDPTABLE_OWNER_PID and MIB_UDP6TABLE_OWNER_PID (tcpmib.h, udpmib.h), after
// the count of 32 bits. Ports are in network order in the first two of four bytes.
var socketLayouts = map[string]struct{ size, address, length, port, pid int }{
	"tcp": {24, 4, 4, 8, 20}, "tcp6": {56, 0, 16, 20, 52}, "udp": {12, 0, 4, 4, 8}, "udp6": {28, 0, 16, 20, 24},
}

func parseSocketTable(body []byte, protocol string, v6 bool) []winSocket {
	if v6 {
		protocol += "6"
	}
	at, ok := socketLayouts[protocol]
	if !ok || len(body) < 4 {
		return nil
	}
	count := int(binary.LittleEndian.Uint32(body))
	body = body[4:]
	var list []winSocket
	for range min(count, len(body)/at.size) {
		row := body[:at.size]
		body = body[at.size:]
		address, _ := netip.AddrFromSlice(row[at.address : at.address+at.length])
		port := int(binary.BigEndian.Uint16(row[at.port:]))
		if port == 0 {
			continue
		}
		list = append(list, winSocket{address, port, binary.LittleEndian.Uint32(row[at.pid:])})
	}
	return list
}
