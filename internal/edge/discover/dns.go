package discover

import (
	"net/netip"
	"strings"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"sonae/internal/survey/network"
)

// recordsMax is how many records of a message are looked at.
const recordsMax = 256

// dnsMessage reads a message of multicast DNS or LLMNR, as far as it goes.
func (d *Decoder) dnsMessage(data []byte, protocol string) bool {
	if len(data) < 12 {
		d.bad(protocol)
		return false
	}
	if d.dns.DecodeFromBytes(data, gopacket.NilDecodeFeedback) != nil && !d.p.fragmented {
		d.bad(protocol)
	}
	return true
}

// zone is what a message says of hosts and of the services on them.
type zone struct {
	addrs    map[string][]netip.Addr // host → addresses, in the order told
	hosts    []string                // in the order told
	target   map[string]string       // service instance → host
	services []string                // _ipp._tcp, of instances without a host in the message
	texts    map[string][]string     // instance → key=value
	kinds    map[string][]string     // instance → services
}

// zoneOf sorts the records of a message.
func zoneOf(sections ...[]layers.DNSResourceRecord) *zone {
	z := &zone{addrs: map[string][]netip.Addr{}, target: map[string]string{}, texts: map[string][]string{}, kinds: map[string][]string{}}
	left := recordsMax
	for _, section := range sections {
		for i := range section {
			if left--; left < 0 {
				return z
			}
			z.take(&section[i])
		}
	}
	return z
}

func (z *zone) take(r *layers.DNSResourceRecord) {
	name := clean(r.Name, nameMax)
	switch r.Type {
	case layers.DNSTypeA, layers.DNSTypeAAAA:
		if a := address(r.IP); usable(a) {
			if _, there := z.addrs[name]; !there {
				z.hosts = append(z.hosts, name)
			}
			z.addrs[name] = append(z.addrs[name], a)
		}
	case layers.DNSTypePTR:
		instance := clean(r.PTR, nameMax)
		if s := service(name); s != "" && s != "_services._dns-sd._udp" {
			z.kinds[instance] = append(z.kinds[instance], s)
		} else if s := service(instance); s != "" { // RFC 6763, 9: the list of kinds of services
			z.services = append(z.services, s)
		}
	case layers.DNSTypeSRV:
		z.target[name] = clean(r.SRV.Name, nameMax)
		if s := service(name); s != "" {
			z.kinds[name] = append(z.kinds[name], s)
		}
	case layers.DNSTypeTXT:
		for _, text := range r.TXTs {
			if t := clean(text, network.TraitMax); t != "" && len(z.texts[name]) < traitsMax {
				z.texts[name] = append(z.texts[name], t)
			}
		}
		if s := service(name); s != "" {
			z.kinds[name] = append(z.kinds[name], s)
		}
	}
}

// service is the kind in a name of RFC 6763, 4.1: "_ipp._tcp" of "Office._ipp._tcp.local",
// also without an instance or with a subtype before it. Empty: it is no such name.
func service(name string) string {
	parts := strings.Split(name, ".")
	for i := len(parts) - 1; i > 0; i-- {
		if p := strings.ToLower(parts[i]); (p == "_tcp" || p == "_udp") && strings.HasPrefix(parts[i-1], "_") {
			if parts[i-1] == "_dns-sd" {
				return "_services._dns-sd._udp"
			}
			return strings.ToLower(parts[i-1] + "." + parts[i])
		}
	}
	return ""
}

// about gathers what the instances of a host say; host "" stands for those without one.
func (z *zone) about(host string) traits {
	var t traits
	if host == "" {
		for _, s := range z.services {
			t.add(network.TraitMDNSService, s)
		}
	}
	for _, instance := range sortedKeys(z.kinds) {
		if z.hostOf(instance) != host {
			continue
		}
		for _, s := range z.kinds[instance] {
			t.add(network.TraitMDNSService, s)
		}
	}
	for _, instance := range sortedKeys(z.texts) {
		if z.hostOf(instance) != host {
			continue
		}
		for _, text := range z.texts[instance] {
			t.add(network.TraitMDNSText, text)
		}
	}
	return t
}

// hostOf is the host of an instance, where the message tells its addresses, too.
func (z *zone) hostOf(instance string) string {
	if host := z.target[instance]; z.addrs[host] != nil {
		return host
	}
	return ""
}
