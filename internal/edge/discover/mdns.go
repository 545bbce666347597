package discover

import (
	"maps"
	"slices"
	"strings"

	"sonae/internal/survey/network"
)

// readMDNS notes names, addresses and services that machines announce (RFC 6762, 6763).
// What is said of a host that is not the sender (a reflector between networks, a proxy for
// sleeping machines) is noted for that host, without the sender's hardware address.
// Questions name their sender only: known answers in them are other machines' words.
func (d *Decoder) readMDNS(data []byte) {
	if !d.dnsMessage(data, "mdns") {
		return
	}
	if !d.dns.QR {
		// A probe proposes its own records (RFC 6762, 8.2), which may still be refused.
		d.see(network.HowMDNS, d.source(), nil)
		return
	}
	z := zoneOf(d.dns.Answers, d.dns.Additionals)
	sender, told := d.source(), false
	for _, host := range z.hosts {
		t, name := z.about(host), strings.TrimSuffix(host, ".local")
		mine := slices.Contains(z.addrs[host], sender.Address)
		if mine {
			told = true
			named := sender
			named.Name = name
			if !d.foreign(z) {
				// What no host is named for is the sender's when it speaks for itself only.
				for _, more := range z.about("") {
					t.add(more.Key, more.Value)
				}
			}
			d.see(network.HowMDNS, named, t)
		}
		for i, a := range z.addrs[host] {
			if a == sender.Address || i >= addressesMax {
				continue
			}
			seen := d.party(a)
			seen.Name = name
			if mine && seen.MAC == "" && sender.MAC != "" && a.IsLinkLocalUnicast() {
				seen.MAC = sender.MAC // its other address on the very same link
			}
			d.see(network.HowMDNS, seen, t)
		}
	}
	if !told {
		d.see(network.HowMDNS, sender, z.about(""))
	}
}

// addressesMax is how many addresses of one host are noted from one message.
const addressesMax = 16

// foreign reports a message about hosts beside the sender.
func (d *Decoder) foreign(z *zone) bool {
	for _, host := range z.hosts {
		if !slices.Contains(z.addrs[host], d.p.src) {
			return true
		}
	}
	return false
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
