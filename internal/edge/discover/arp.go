package discover

import (
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"sonae/internal/survey/network"
)

// readARP notes who says that he has which address (RFC 826): requests, answers and
// announcements all name their sender. A probe (RFC 5227, 2.1.1) has no address yet: it
// asks whether it may take one, and only its hardware address is noted. The target of a
// request is somebody who may not exist.
func (d *Decoder) readARP(data []byte) {
	a := &d.arp
	if a.DecodeFromBytes(data, gopacket.NilDecodeFeedback) != nil || a.Protocol != layers.EthernetTypeIPv4 || a.HwAddressSize != 6 || a.ProtAddressSize != 4 {
		d.bad("arp")
		return
	}
	mac, addr := hardware(a.SourceHwAddress), address(a.SourceProtAddress)
	if mac == "" {
		d.bad("arp")
		return
	}
	seen := network.Party{MAC: mac}
	if usable(addr) {
		seen.Address = addr
		d.known.learn(addr, d.p.vlan, mac, d.p.atMS)
	}
	d.see(network.HowARP, seen, nil)
}
