package demo

import (
	"fmt"
	"strings"

	"sonae/internal/survey/network"
)

// movedPC is a machine that was plugged in at another switch eleven days ago.
const movedPC = "EMR-146"

// move shows a machine at its old port until it was moved, and at its new one since.
func (w *wiring) move(s station) {
	was, port := w.port(s.room)
	first, last := w.span()
	w.plugAt(s, was, port, first, w.b.ago(12, 0))
	to, port := w.port("4階東 スタッフステーション")
	w.plugAt(s, to, port, w.b.ago(11, 0), last)
}

// stranger is a device that is in no ledger. Its hardware address begins as its maker's
// do, since that is how people recognise one.
type stranger struct {
	maker, name, ip, room string
	days                  int // since when it is there
	how                   network.How
	traits                []network.Trait
}

var strangers = []stranger{
	{"4c:e6:76", "LS-SOUMU", "10.20.21.231", "3階 総務課", 12, network.HowMDNS, traits(network.TraitMDNSService, "_smb._tcp", network.TraitMDNSService, "_adisk._tcp", network.TraitHTTPTitle, "LinkStation", network.TraitNetBIOSName, "LS-SOUMU<20>")},
	{"4c:e6:76", "WSR-1166", "10.20.2.240", "2階東 スタッフステーション", 5, network.HowLLDP, traits(network.TraitLLDPCaps, "bridge,wlan", network.TraitHTTPTitle, "WSR-1166DHP4", network.TraitLLDPSystem, "Wireless Router")},
	{"4c:e6:76", "", "10.20.10.250", "1階 診察室", 3, network.HowDHCP, traits(network.TraitDHCPServer, "offer", network.TraitSSDPServer, "OpenWRT/23.05 UPnP/1.1 MiniUPnPd/2.3", network.TraitLLDPCaps, "router,wlan")},
	{"b0:83:fe", "DESKTOP-7QK2A", "10.20.20.200", "1階 医事課", 6, network.HowDHCP, traits(network.TraitDHCPVendor, "MSFT 5.0", network.TraitDHCPHost, "DESKTOP-7QK2A")},
	{"b0:83:fe", "MAINT-NOTE-3", "10.10.1.201", serverRoom, 2, network.HowDHCP, traits(network.TraitDHCPVendor, "MSFT 5.0", network.TraitDHCPHost, "MAINT-NOTE-3")},
	{"", "US-DEMO", "10.50.0.240", "1階 生理検査室", 33, network.HowDICOM, traits(network.TraitDICOMTitle, "USDEMO", network.TraitDICOMImpl, "OFFIS_DCMTK_367")},
	{"ac:cc:8e", "axis-entrance", "10.20.22.77", "1階 連携室", 90, network.HowMDNS, traits(network.TraitMDNSService, "_axis-video._tcp", network.TraitHTTPTitle, "AXIS", network.TraitSysDescr, " ; AXIS M3045-V; Network Camera; 8.40.1; Mar 01 2019 10:00; 756; 1;")},
	{"9c:ae:d3", "EPSON PX-M7110F", "10.20.18.201", "1階 栄養事務室", 20, network.HowMDNS, traits(network.TraitMDNSService, "_ipp._tcp", network.TraitMDNSText, "ty=EPSON PX-M7110F", network.TraitMDNSText, "usb_MFG=EPSON", network.TraitMDNSText, "usb_MDL=PX-M7110F")},
	{"b8:27:eb", "", "10.20.12.199", "2階 手術部", 1, network.HowARP, nil},
}

// phones are those of the house that talk LLDP-MED and that nobody put into the ledger.
var phones = []string{"1階 医事課", "1階 診察室", "2階 医療情報室", "4階西 スタッフステーション"}

// oddities are what a hospital finds on its network that nobody put there, and what
// cannot all be true.
func (w *wiring) oddities() {
	for i, s := range strangers {
		w.stranger(i, s)
	}
	for i, room := range phones {
		w.phone(i, room)
	}
	w.guests()
	w.copiedMAC()
	w.strayLegs()
	w.talks()
}

func (w *wiring) stranger(i int, s stranger) {
	mac := w.b.mac()
	if s.maker != "" {
		mac = s.maker + mac[8:]
	}
	first, last := w.b.ago(s.days, 37*i), w.b.ago(0, 3)
	sw, port := w.port(s.room)
	w.plugAt(station{mac: mac, ip: s.ip}, sw, port, first, last)
	seen := party(s.name, mac, s.ip)
	if s.how == network.HowLLDP {
		w.see(sw, network.Observation{How: s.how, SeerPort: port, Seen: managed(s.name, mac, s.ip), SeenPort: "lan1", Traits: s.traits}, first, last)
		for n := range 2 { // behind it
			w.plugAt(station{mac: w.b.mac(), ip: fmt.Sprintf("10.20.2.%d", 241+n)}, sw, port, w.b.ago(s.days-1-n, 0), last)
		}
	} else if s.traits != nil {
		w.n.Heard = append(w.n.Heard, said(network.Observation{How: s.how, Seen: seen, Traits: s.traits, VLAN: w.n.vlan(s.ip)}, first, last)...)
	}
	mark := network.Mark{PartyKey: seen.Key(), By: "医療情報室"}
	switch s.name {
	case "MAINT-NOTE-3":
		mark.Note, mark.AtMS, mark.UntilMS = "見本イメージング株式会社 保守員の持込端末", first, w.b.ago(-9, 0)
	case "US-DEMO":
		mark.Note, mark.AtMS, mark.UntilMS = "試用の超音波装置（例示医療機器販売）", first, w.b.ago(3, 0)
	default:
		return
	}
	w.n.Visitors = append(w.n.Visitors, mark)
}

func (w *wiring) phone(i int, room string) {
	sw, port := w.port(room)
	first, last := w.span()
	mac, ip := w.b.mac(), fmt.Sprintf("10.90.0.%d", 21+i)
	p := managed(fmt.Sprintf("TEL-%03d", 201+i), mac, ip)
	p.EngineID = ""
	w.see(sw, network.Observation{How: network.HowLLDP, SeerPort: port, Seen: p, SeenPort: "1", VLAN: 90, Traits: traits(network.TraitLLDPCaps, "telephone,bridge",
		network.TraitLLDPMaker, "見本電話", network.TraitLLDPModel, "MP-300", network.TraitLLDPFirmware, "2.1.0")}, first, last)
	w.plugAt(station{mac: mac, ip: ip}, sw, port, first, last)
}

// guests are visitors' telephones in the network for them.
func (w *wiring) guests() {
	for i, os := range []string{"android-dhcp-14", "android-dhcp-13", "android-dhcp-15"} {
		p := party("", w.b.mac(), fmt.Sprintf("10.70.0.%d", 61+i))
		first, last := w.b.ago(i, 40), w.b.ago(0, 10+i)
		w.see("WLC-01", network.Observation{How: network.HowWiFi, Seer: w.at(fmt.Sprintf("AP-%03d", 7+i)).Device, SeerPort: "aobadai-guest", Seen: p, VLAN: 70}, first, last)
		w.n.Heard = append(w.n.Heard, said(network.Observation{How: network.HowDHCP, Seen: p, VLAN: 70, Traits: traits(network.TraitDHCPVendor, os)}, first, last)...)
	}
}

// first finds the first station of a kind whose address begins so.
func (w *wiring) first(kind, ip string) station {
	for _, s := range w.stations {
		if s.kind == kind && strings.HasPrefix(s.ip, ip) {
			return s
		}
	}
	return station{}
}

// copiedMAC makes something else of a printer's address: it was a printer for half a
// year and asks for an address like a PC since last week.
func (w *wiring) copiedMAC() {
	s := w.first("printer", "10.20.11.")
	seen := party("", s.mac, s.ip)
	for _, t := range []struct {
		vendor   string
		from, to int
	}{{"KP-L500", seenDays, 9}, {"MSFT 5.0", 8, 0}} {
		w.n.Heard = append(w.n.Heard, said(network.Observation{How: network.HowDHCP, Seen: seen, VLAN: w.n.vlan(s.ip), Traits: traits(network.TraitDHCPVendor, t.vendor)}, w.b.ago(t.from, 0), w.b.ago(t.to, 5))...)
	}
}

// strayLegs puts a server and a medical device into the network of the office, and lets
// the right DHCP server be heard.
func (w *wiring) strayLegs() {
	for _, m := range w.b.h.Machines {
		id := m.Report.Sections.Hardware.Identity
		if strings.HasSuffix(m.Ref, fmt.Sprintf("-%02d", leggedServer)) && m.Kind == "server" {
			sw, port := w.port("3階 総務課")
			w.plugAt(station{mac: id.MACs[1], ip: "10.20.21.250"}, sw, port, w.b.ago(24, 0), w.b.ago(0, 3))
		}
	}
	us := w.first("medical", "10.50.0.25")
	w.resolved(station{mac: us.mac, ip: "10.20.21.77"}, w.b.ago(10, 0), w.b.ago(0, 30))
	dhcp := w.first("server", "10.10.1.11").party()
	w.n.Heard = append(w.n.Heard, said(network.Observation{How: network.HowDHCP, Seen: dhcp, VLAN: 10, Traits: traits(network.TraitDHCPServer, "offer")}, w.b.ago(seenDays, 0), w.b.ago(0, 5))...)
}

// talks are pictures that modalities send to the archive.
func (w *wiring) talks() {
	archive := w.first("server", "10.10.1.23").party()
	for _, s := range w.stations {
		if s.kind != "medical" || !strings.HasPrefix(s.name, "CT") && !strings.HasPrefix(s.name, "MRI") {
			continue
		}
		first, last := w.span()
		w.n.Heard = append(w.n.Heard, said(network.Observation{How: network.HowDICOM, Seer: s.party(), Seen: archive, VLAN: 50, Traits: traits(network.TraitDICOMTitle, "PACS01")}, first, last)...)
	}
}
