package foreign

import (
	"net/netip"
	"slices"
	"strings"

	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

// networks gathers the rows of each interface, of which there is one an address, and
// takes addresses of real ones as identity.
func (in *Inventory) networks(rows []row, hardware row) {
	list, at := []network.Interface{}, map[string]int{}
	for _, r := range rows {
		name := r.get("DESCRIPTION")
		if name == "" {
			name = r.get("MACADDR", "MAC")
		}
		if name == "" {
			continue
		}
		i, known := at[name]
		if !known {
			i = len(list)
			at[name] = i
			list = append(list, interfaceOf(name, r))
		}
		address(&list[i], r)
	}
	out := make([]network.Interface, len(list))
	for i := range list {
		way(&list[i], hardware)
		out[i] = list[i]
		if mac, ok := asset.ParseMAC(out[i].MAC); ok && (out[i].Kind == "ethernet" || out[i].Kind == "wifi" || out[i].Kind == "mobile") {
			in.Identity.MACs = append(in.Identity.MACs, mac)
		}
	}
	in.Interfaces = &out
	ip, mac := network.Primary(out)
	if _, ok := asset.ParseMAC(mac); !ok {
		mac = ""
	}
	in.Groups[SecInterfaces] = asset.Values{asset.FieldIP: ip, asset.FieldMAC: mac}
}

func interfaceOf(name string, r row) network.Interface {
	n := network.Interface{Name: name, MAC: strings.ToLower(r.get("MACADDR", "MAC")), Kind: interfaceKind(name, r), Up: yes(r.get("STATUS"))}
	if network.MACKey(n.MAC) == "" {
		n.MAC = ""
	}
	if n.Kind != "loopback" { // agents make one up
		n.SpeedMbps = speedMbps(r.get("SPEED"))
	}
	return n
}

// made are the beginnings of names of interfaces that programs make on Linux. OCS has
// no mark for them; the others say VIRTUALDEV.
var made = []string{"ifb", "docker", "veth", "br-", "virbr", "vnet", "tap", "dummy", "lxc", "cni", "flannel", "cali", "zt"}

// tunnels are names of ways into other networks.
var tunnels = []string{"tun", "wg", "ppp", "utun", "ipsec", "gre", "sit", "vpn", "tailscale"}

// interfaceKinds are the words of TYPE.
var interfaceKinds = map[string]string{
	"ethernet": "ethernet", "ether": "ethernet", "ethernetcsmacd": "ethernet", "wifi": "wifi", "wireless": "wifi", "ieee80211": "wifi",
	"loopback": "loopback", "softwareloopback": "loopback", "bridge": "virtual", "alias": "virtual", "bonding": "virtual", "aggregate": "virtual", "dialup": "mobile",
}

func interfaceKind(name string, r row) string {
	low := strings.ToLower(name)
	begins := func(p string) bool { return strings.HasPrefix(low, p) }
	kind := interfaceKinds[strings.ToLower(r.get("TYPE"))]
	if kind == "" {
		kind = interfaceKinds[strings.ToLower(r.get("TYPEMIB"))]
	}
	switch {
	case low == "lo" || kind == "loopback" || begins("loopback"):
		return "loopback"
	case slices.ContainsFunc(tunnels, begins) || strings.Contains(low, "vpn"):
		return "tunnel"
	case yes(r.get("VIRTUALDEV")) || slices.ContainsFunc(made, begins) || strings.Contains(low, "virtual"):
		return "virtual"
	case kind == "":
		return "other"
	}
	return kind
}

func address(n *network.Interface, r row) {
	for _, p := range []string{prefix(r.get("IPADDRESS"), r.get("IPMASK")), prefix(r.get("IPADDRESS6"), r.get("IPMASK6"))} {
		if p != "" && !slices.Contains(n.Addresses, p) {
			n.Addresses = append(n.Addresses, p)
		}
	}
	gateway := r.get("IPGATEWAY")
	// OCS names the network itself as the gateway of IPv6.
	if a, err := netip.ParseAddr(gateway); err == nil && n.Gateway == "" && !a.IsUnspecified() && gateway != r.get("IPSUBNET") {
		n.Gateway = a.WithZone("").String()
	}
	if a, err := netip.ParseAddr(r.get("IPDHCP")); err == nil && !a.IsUnspecified() {
		n.DHCP = new(true)
	}
}

// way gives the machine's gateway and name servers to the interface that leads there.
func way(n *network.Interface, hardware row) {
	gateway, err := netip.ParseAddr(hardware.get("DEFAULTGATEWAY"))
	for _, text := range n.Addresses {
		p, bad := netip.ParsePrefix(text)
		if err == nil && bad == nil && n.Gateway == "" && p.Contains(gateway) {
			n.Gateway = gateway.String()
		}
	}
	if n.Gateway == "" {
		return
	}
	for _, text := range strings.FieldsFunc(hardware.get("DNS"), func(c rune) bool { return c == '/' || c == ',' || c == ' ' }) {
		if a, err := netip.ParseAddr(text); err == nil && len(n.DNS) < 16 {
			n.DNS = append(n.DNS, a.String())
		}
	}
}
