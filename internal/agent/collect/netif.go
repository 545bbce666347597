package collect

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/wire"
)

// interfaces reads the network interfaces under /sys/class/net with addresses,
// the way out, name servers, and whether a DHCP lease is held.
func interfaces(_ context.Context, src *Source) ([]wire.Interface, error) {
	var g gaps
	addresses := map[string][]netip.Prefix{}
	if src.Addresses != nil {
		found, err := src.Addresses()
		g.add("addresses", err)
		addresses = found
	}
	inet6, err := src.text("/proc/net/if_inet6")
	g.add("/proc/net/if_inet6", err)
	passing := temporaryAddresses(inet6)
	route, err := src.text("/proc/net/route")
	g.add("/proc/net/route", err)
	gateways := parseGateways(route)
	servers := nameServers(src)
	list := []wire.Interface{}
	for _, name := range src.names("/sys/class/net") {
		if strings.HasPrefix(name, "veth") || !src.exists("/sys/class/net/"+name+"/type") {
			continue // ends of container links come and go
		}
		n := readInterface(src, name)
		for _, prefix := range addresses[name] {
			if !passing[prefix.Addr()] {
				n.Addresses = append(n.Addresses, prefix.String())
			}
		}
		slices.Sort(n.Addresses)
		if n.Gateway = gateways[name]; n.Gateway != "" {
			n.DNS = servers
		}
		n.DHCP = dhcp(src, name)
		list = append(list, n)
	}
	return list, g.err()
}

func readInterface(src *Source, name string) wire.Interface {
	dir := "/sys/class/net/" + name
	n := wire.Interface{Name: name, Kind: interfaceKind(src, dir, name)}
	if mac := src.line(dir + "/address"); realMAC(mac) {
		n.MAC = mac
	}
	// Loopback and tunnels have no carrier and say "unknown".
	state := src.line(dir + "/operstate")
	n.Up = state == "up" || state == "unknown" && administrativelyUp(src.line(dir+"/flags"))
	if speed, err := strconv.ParseInt(src.line(dir+"/speed"), 10, 64); err == nil && speed > 0 {
		n.SpeedMbps = speed
	}
	return n
}

// administrativelyUp looks at IFF_UP of netdevice(7).
func administrativelyUp(flags string) bool {
	n, err := strconv.ParseUint(strings.TrimPrefix(flags, "0x"), 16, 32)
	return err == nil && n&1 != 0
}

// interfaceKind uses the kernel's DEVTYPE and hardware type (ARPHRD_* of
// linux/if_arp.h).
func interfaceKind(src *Source, dir, name string) string {
	devtype := parseAssignments(src.line(dir + "/uevent"))["DEVTYPE"]
	kind := src.line(dir + "/type")
	switch {
	case kind == "772": // ARPHRD_LOOPBACK
		return "loopback"
	case devtype == "wlan", src.exists(dir + "/wireless"), src.exists(dir + "/phy80211"):
		return "wifi"
	case devtype == "wwan":
		return "mobile"
	case devtype == "wireguard", src.exists(dir + "/tun_flags"),
		slices.Contains([]string{"512", "768", "769", "776", "778", "65534"}, kind): // PPP, IP tunnels, none
		return "tunnel"
	case !src.exists(dir + "/device"):
		return "virtual"
	case kind == "1": // ARPHRD_ETHER
		return "ethernet"
	}
	return "other"
}

// temporaryAddresses finds IPv6 privacy addresses (RFC 8981), which change every
// day: flag IFA_F_TEMPORARY (0x01) in the fifth column of /proc/net/if_inet6.
func temporaryAddresses(text string) map[netip.Addr]bool {
	found := map[netip.Addr]bool{}
	for line := range strings.Lines(text) {
		field := strings.Fields(line)
		if len(field) != 6 {
			continue
		}
		raw, err := hex.DecodeString(field[0])
		flags, flagErr := strconv.ParseUint(field[4], 16, 32)
		if addr, ok := netip.AddrFromSlice(raw); ok && err == nil && flagErr == nil && flags&0x01 != 0 {
			found[addr] = true
		}
	}
	return found
}

// parseGateways reads the IPv4 default routes of /proc/net/route: addresses are
// hexadecimal in the byte order of the machine, and all systems Sonae is built
// for are little-endian. The lowest metric wins.
func parseGateways(text string) map[string]string {
	gateways, metrics := map[string]string{}, map[string]int{}
	for line := range strings.Lines(text) {
		field := strings.Fields(line)
		if len(field) < 8 || field[1] != "00000000" || field[7] != "00000000" {
			continue
		}
		n, err := strconv.ParseUint(field[2], 16, 32)
		metric, metricErr := strconv.Atoi(field[6])
		if err != nil || metricErr != nil || n == 0 {
			continue
		}
		if have, ok := metrics[field[0]]; ok && have <= metric {
			continue
		}
		var raw [4]byte
		binary.LittleEndian.PutUint32(raw[:], uint32(n))
		gateways[field[0]], metrics[field[0]] = netip.AddrFrom4(raw).String(), metric
	}
	return gateways
}

// nameServers reads resolv.conf(5), or what systemd-resolved really asks when
// the file names only its local stub.
func nameServers(src *Source) []string {
	servers := parseNameServers(src.line("/etc/resolv.conf"))
	if len(servers) == 1 && strings.HasPrefix(servers[0], "127.0.0.5") {
		if real := parseNameServers(src.line("/run/systemd/resolve/resolv.conf")); len(real) > 0 {
			return real
		}
	}
	return servers
}

func parseNameServers(text string) []string {
	var servers []string
	for line := range strings.Lines(text) {
		field := strings.Fields(line)
		if len(field) < 2 || field[0] != "nameserver" {
			continue
		}
		if addr, err := netip.ParseAddr(field[1]); err == nil && !slices.Contains(servers, addr.String()) {
			servers = append(servers, addr.String())
		}
	}
	return servers
}

// leaseFiles are where DHCP clients keep the lease of an interface: dhclient,
// NetworkManager, dhcpcd, ifupdown's dhclient.
var leaseFiles = []string{
	"/var/lib/dhcp/dhclient.IF.leases", "/var/lib/dhcp/dhclient-IF.leases", "/var/lib/dhclient/dhclient-*IF.lease",
	"/var/lib/NetworkManager/internal-*-IF.lease", "/var/lib/NetworkManager/dhclient-*-IF.lease",
	"/var/lib/dhcpcd/IF.lease", "/var/lib/dhcpcd5/dhcpcd-IF.lease", "/run/dhclient.IF.pid",
}

// dhcp tells whether the interface gets its address by DHCP: by a lease, or by
// the configuration of ifupdown or network-scripts; nil when neither speaks.
func dhcp(src *Source, name string) *bool {
	yes, no := true, false
	if index := src.line("/sys/class/net/" + name + "/ifindex"); index != "" && src.exists("/run/systemd/netif/leases/"+index) {
		return &yes
	}
	for _, pattern := range leaseFiles {
		if len(src.glob(strings.ReplaceAll(pattern, "IF", name))) > 0 {
			return &yes
		}
	}
	for _, file := range append([]string{"etc/network/interfaces"}, src.glob("/etc/network/interfaces.d/*")...) {
		for line := range strings.Lines(src.line("/" + file)) {
			field := strings.Fields(line)
			if len(field) < 4 || field[0] != "iface" || field[1] != name || field[2] != "inet" {
				continue
			}
			switch field[3] {
			case "dhcp":
				return &yes
			case "static":
				return &no
			}
		}
	}
	switch parseAssignments(src.line(path.Join("/etc/sysconfig/network-scripts", "ifcfg-"+name)))["BOOTPROTO"] {
	case "dhcp":
		return &yes
	case "static", "none":
		return &no
	}
	return nil
}
