package discover

import (
	"slices"

	"sonae/internal/survey/network"
)

// readLLMNR notes who asks for names, and who answers to one (RFC 4795). What is asked for
// may not exist, so a question names its sender only.
func (d *Decoder) readLLMNR(data []byte) {
	if !d.dnsMessage(data, "llmnr") {
		return
	}
	seen := d.source()
	if d.dns.QR {
		z := zoneOf(d.dns.Answers)
		for _, host := range z.hosts {
			if slices.Contains(z.addrs[host], seen.Address) {
				seen.Name = host
				break
			}
		}
	}
	d.see(network.HowLLMNR, seen, nil)
}
