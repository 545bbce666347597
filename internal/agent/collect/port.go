package collect

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/wire"
)

// ports reads the listening sockets from /proc/net and finds whose they are by
// the sockets that each process holds.
func ports(_ context.Context, src *Source) ([]wire.Port, error) {
	var g gaps
	procs, err := src.processes()
	g.add("/proc", err)
	owners := map[uint64]process{}
	hidden := false
	for _, p := range procs {
		hidden = hidden || p.hidden
		for _, inode := range p.sockets {
			// The lowest number is the parent, which opened it; but what the
			// first process holds it holds for a service (socket activation).
			if have, taken := owners[inode]; !taken || have.pid == 1 {
				owners[inode] = p
			}
		}
	}
	users := userNames(src)
	low, high := clientPorts(src.line("/proc/sys/net/ipv4/ip_local_port_range"))
	list := []wire.Port{}
	found := false
	for _, table := range []struct{ file, protocol string }{{"tcp", "tcp"}, {"tcp6", "tcp"}, {"udp", "udp"}, {"udp6", "udp"}} {
		text, err := src.text("/proc/net/" + table.file)
		g.add("/proc/net/"+table.file, err)
		found = found || err == nil
		for _, s := range parseSockets(text) {
			// An open UDP socket in the range for clients waits for an answer
			// from outside; it is gone the next minute.
			if !s.listening(table.protocol) || table.protocol == "udp" && s.port >= low && s.port <= high {
				continue
			}
			owner, known := owners[s.inode]
			if !known && hidden {
				g.noRight = true
				g.say("the programs behind some ports may not be seen: the agent needs root, and some programs forbid it even then")
			}
			list = append(list, wire.Port{
				Protocol: table.protocol, Address: s.address.String(), Number: s.port,
				Process: owner.name, Path: owner.path, User: cmp.Or(users[s.uid], s.uid),
			})
		}
	}
	if !found {
		return nil, fmt.Errorf("no tables under /proc/net: %w", ErrNoData)
	}
	slices.SortFunc(list, func(a, b wire.Port) int {
		return cmp.Or(strings.Compare(a.Protocol, b.Protocol), a.Number-b.Number, strings.Compare(a.Address, b.Address), strings.Compare(a.Process, b.Process))
	})
	return slices.Compact(list), g.err()
}

// socket is one line of /proc/net/tcp and its like (proc_net(5)).
type socket struct {
	address netip.Addr
	port    int
	remote  bool // connected
	state   string
	uid     string
	inode   uint64
}

// listening: TCP state LISTEN (0A); UDP has no such state, an unconnected socket
// (07) takes packets from anybody. Values are those of the kernel's tcp_states.h.
func (s socket) listening(protocol string) bool {
	if protocol == "tcp" {
		return s.state == "0A"
	}
	return s.state == "07" && !s.remote
}

func parseSockets(text string) []socket {
	var list []socket
	for line := range strings.Lines(text) {
		field := strings.Fields(line)
		if len(field) < 10 || !strings.HasSuffix(field[0], ":") {
			continue
		}
		address, port, ok := parseEndpoint(field[1])
		_, remotePort, remoteOK := parseEndpoint(field[2])
		inode, err := strconv.ParseUint(field[9], 10, 64)
		if !ok || !remoteOK || err != nil || port == 0 {
			continue
		}
		list = append(list, socket{address: address, port: port, remote: remotePort != 0, state: field[3], uid: field[7], inode: inode})
	}
	return list
}

// parseEndpoint reads "0100007F:0035": words of 32 bits in the byte order of the
// machine, little-endian on all systems Sonae is built for, then the port.
func parseEndpoint(text string) (netip.Addr, int, bool) {
	host, port, ok := strings.Cut(text, ":")
	raw, err := hex.DecodeString(host)
	number, portErr := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil || portErr != nil || len(raw) != 4 && len(raw) != 16 {
		return netip.Addr{}, 0, false
	}
	for i := 0; i < len(raw); i += 4 {
		binary.BigEndian.PutUint32(raw[i:], binary.LittleEndian.Uint32(raw[i:]))
	}
	address, _ := netip.AddrFromSlice(raw)
	return address, int(number), true
}

// clientPorts is the range from which clients get their port; Linux's own
// default when it cannot be read (ip-sysctl.rst, ip_local_port_range).
func clientPorts(text string) (low, high int) {
	field := strings.Fields(text)
	if len(field) == 2 {
		a, errA := strconv.Atoi(field[0])
		b, errB := strconv.Atoi(field[1])
		if errA == nil && errB == nil {
			return a, b
		}
	}
	return 32768, 60999
}

// userNames maps uids to names.
func userNames(src *Source) map[string]string {
	names := map[string]string{}
	lines, _ := src.lines("/etc/passwd")
	for _, line := range lines {
		if user, ok := parsePasswd(line); ok {
			if id := strconv.Itoa(user.uid); names[id] == "" {
				names[id] = user.name
			}
		}
	}
	return names
}
