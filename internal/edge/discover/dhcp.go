package discover

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"sonae/internal/survey/network"
)

// readDHCP notes who asks for an address and with what words, who gets one, and who gives
// it (RFC 2131). The order of option 55 tells operating systems apart, so it is kept.
func (d *Decoder) readDHCP(data []byte) {
	m := &d.dhcp
	if m.DecodeFromBytes(data, gopacket.NilDecodeFeedback) != nil {
		d.bad("dhcp")
		if len(data) < 240 || len(m.Options) == 0 { // options before the bad one still count
			return
		}
	}
	opts := dhcpOptions(m.Options)
	switch m.Operation {
	case layers.DHCPOpRequest:
		d.dhcpClient(m, opts)
	case layers.DHCPOpReply:
		d.dhcpServer(m, opts)
	}
}

// dhcpOptions joins the parts of options that were split (RFC 3396).
func dhcpOptions(list layers.DHCPOptions) map[layers.DHCPOpt][]byte {
	out := make(map[layers.DHCPOpt][]byte, len(list))
	for _, o := range list {
		if old, there := out[o.Type]; !there {
			out[o.Type] = o.Data
		} else if len(old) < network.TraitMax {
			out[o.Type] = append(slices.Clip(old), o.Data...)
		}
	}
	return out
}

func (d *Decoder) dhcpClient(m *layers.DHCPv4, opts map[layers.DHCPOpt][]byte) {
	// The address it has, never the one it wishes for (option 50).
	seen := network.Party{MAC: hardware(m.ClientHWAddr), Address: own(address(m.ClientIP))}
	var t traits
	t.text(network.TraitDHCPHost, opts[layers.DHCPOptHostname])
	seen.Name = clean(opts[layers.DHCPOptHostname], nameMax)
	if seen.Name == "" {
		seen.Name = clientFQDN(opts[dhcpOptFQDN])
	}
	t.add(network.TraitDHCPParams, numbers(opts[layers.DHCPOptParamsRequest], 1))
	t.text(network.TraitDHCPVendor, opts[layers.DHCPOptClassID])
	t.add(TraitDHCPClientID, hex.EncodeToString(first(opts[layers.DHCPOptClientID], nameMax)))
	d.see(network.HowDHCP, seen, t)
}

// dhcpServer notes the server, and the client that its acknowledgement gives an address.
func (d *Decoder) dhcpServer(m *layers.DHCPv4, opts map[layers.DHCPOpt][]byte) {
	kind := layers.DHCPMsgType(0)
	if b := opts[layers.DHCPOptMessageType]; len(b) == 1 {
		kind = layers.DHCPMsgType(b[0])
	}
	if kind == layers.DHCPMsgTypeOffer || kind == layers.DHCPMsgTypeAck || kind == layers.DHCPMsgTypeNak {
		server := network.Party{Address: own(address(opts[layers.DHCPOptServerID]))}
		switch {
		case server.Address == d.p.src && own(address(m.RelayAgentIP)) == (netip.Addr{}):
			// No relay between: the frame is the server's own.
			server.MAC = d.p.mac
			d.known.learn(server.Address, d.p.vlan, server.MAC, d.p.atMS)
		case !server.Address.IsValid():
			server.Address = own(d.p.src)
		}
		d.see(network.HowDHCP, server, traits{{Key: network.TraitDHCPServer, Value: "offer"}})
	}
	if kind == layers.DHCPMsgTypeAck {
		client := network.Party{MAC: hardware(m.ClientHWAddr), Address: own(address(m.YourClientIP))}
		d.known.learn(client.Address, d.p.vlan, client.MAC, d.p.atMS)
		d.see(network.HowDHCP, client, nil)
	}
}

// dhcpOptFQDN is the client's full name (RFC 4702).
const dhcpOptFQDN layers.DHCPOpt = 81

// clientFQDN reads option 81: flags, two unused bytes, then the name as text or, with
// flag E, as DNS labels (RFC 4702, 2).
func clientFQDN(b []byte) string {
	if len(b) < 4 {
		return ""
	}
	if b[0]&0x04 != 0 {
		return dnsLabels(b[3:])
	}
	return clean(b[3:], nameMax)
}

// dnsLabels reads a name of labels without compression; a cut one as far as it goes.
func dnsLabels(b []byte) string {
	var parts []string
	for len(b) > 1 && b[0] > 0 && b[0] < 64 && int(b[0]) < len(b) {
		parts = append(parts, string(b[1:1+int(b[0])]))
		b = b[1+int(b[0]):]
	}
	return clean([]byte(strings.Join(parts, ".")), nameMax)
}

// own is an address that one machine can have, else none.
func own(a netip.Addr) netip.Addr {
	if !usable(a) {
		return netip.Addr{}
	}
	return a
}

// numbers writes numbers of size bytes each with commas between.
func numbers(b []byte, size int) string {
	var s strings.Builder
	for ; len(b) >= size && s.Len() < network.TraitMax-8; b = b[size:] {
		n := 0
		for _, one := range b[:size] {
			n = n<<8 | int(one)
		}
		if s.Len() > 0 {
			s.WriteByte(',')
		}
		s.WriteString(strconv.Itoa(n))
	}
	return s.String()
}

func first(b []byte, n int) []byte { return b[:min(len(b), n)] }
