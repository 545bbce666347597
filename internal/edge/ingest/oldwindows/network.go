package oldwindows

import (
	"encoding/csv"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"sonae/internal/wire"
)

// network reads the interfaces that have an address or could have one.
func (f *folder) network() error {
	list := f.wmic(wire.SecInterfaces, "nicconfig")
	if list == nil {
		return nil
	}
	out := []wire.Interface{}
	for _, o := range list[:min(len(list), wire.MaxRows)] {
		name, mac := first(o.get("Description"), o.get("Caption")), macOf(o["MACAddress"])
		if name == "" || mac == "" && !o.yes("IPEnabled") {
			continue
		}
		n := wire.Interface{Name: name, MAC: mac, Kind: "ethernet", Up: o.yes("IPEnabled"), Addresses: prefixes(o.list("IPAddress"), o.list("IPSubnet"))}
		if dhcp := o.get("DHCPEnabled"); dhcp != "" {
			on := o.yes("DHCPEnabled")
			n.DHCP = &on
		}
		for _, gateway := range o.list("DefaultIPGateway") {
			if a, err := netip.ParseAddr(gateway); err == nil && n.Gateway == "" {
				n.Gateway = a.String()
			}
		}
		for _, server := range o.list("DNSServerSearchOrder") {
			if a, err := netip.ParseAddr(server); err == nil {
				n.DNS = append(n.DNS, a.String())
			}
		}
		out = append(out, n)
		if h := f.report.Sections.Hardware; mac != "" && len(h.MACs) < 32 {
			h.MACs = append(h.MACs, mac)
		}
	}
	f.report.Sections.Interfaces = &out
	return nil
}

func macOf(s string) string {
	mac, err := net.ParseMAC(strings.TrimSpace(s))
	if err != nil {
		return ""
	}
	return mac.String()
}

// prefixes joins addresses with their masks: 255.255.255.0, or 64 for IPv6.
func prefixes(addresses, masks []string) (out []string) {
	for i, text := range addresses {
		a, err := netip.ParseAddr(text)
		if err != nil {
			continue
		}
		bits := a.BitLen()
		if i < len(masks) {
			if m := net.ParseIP(masks[i]).To4(); m != nil {
				if ones, size := net.IPMask(m).Size(); size == 32 {
					bits = ones
				}
			} else if n, err := strconv.Atoi(masks[i]); err == nil && n >= 0 && n <= a.BitLen() {
				bits = n
			}
		}
		out = append(out, netip.PrefixFrom(a.WithZone(""), min(bits, a.BitLen())).String())
	}
	return out
}

// ports reads netstat -ano: a listening TCP socket has port 0 on the other side, whatever
// the word for its state is; a UDP socket has "*:*".
func (f *folder) ports() error {
	text, ok := f.text(wire.SecPorts, "netstat.txt")
	if !ok {
		return nil
	}
	programs := f.processes()
	out := []wire.Port{}
	seen := map[string]bool{}
	for _, line := range lines(text) {
		w := strings.Fields(line)
		if len(w) < 4 || len(out) == wire.MaxRows {
			continue
		}
		protocol := strings.ToLower(w[0])
		if protocol != "tcp" && protocol != "udp" || protocol == "tcp" && !strings.HasSuffix(w[2], ":0") || protocol == "udp" && w[2] != "*:*" {
			continue
		}
		at := strings.LastIndexByte(w[1], ':')
		if at < 0 {
			continue
		}
		address, err := netip.ParseAddr(strings.Trim(w[1][:at], "[]"))
		number, err2 := strconv.Atoi(w[1][at+1:])
		if err != nil || err2 != nil || number < 1 || number > 65535 {
			continue
		}
		p := wire.Port{Protocol: protocol, Address: address.WithZone("").String(), Number: number, Process: programs[w[len(w)-1]]}
		if key := p.Protocol + p.Address + strconv.Itoa(p.Number); !seen[key] {
			seen[key] = true
			out = append(out, p)
		}
	}
	f.report.Sections.Ports = &out
	return nil
}

// processes names processes by their number, from tasklist /fo csv /nh.
func (f *folder) processes() map[string]string {
	out := map[string]string{}
	for _, row := range f.csv(wire.SecPorts, "tasklist.csv") {
		if len(row) > 1 {
			out[strings.TrimSpace(row[1])] = keep(row[0])
		}
	}
	return out
}

// csv reads rows; what cannot be read ends them.
func (f *folder) csv(section wire.Section, name string) [][]string {
	text, ok := f.text(section, name)
	if !ok {
		return nil
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	var out [][]string
	for len(out) < wire.MaxPackages {
		row, err := r.Read()
		if err != nil {
			break
		}
		out = append(out, row)
	}
	return out
}
