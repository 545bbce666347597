package recognise

import (
	"slices"
	"strings"

	"sonae/internal/survey/network"
)

// fit says which databases of Recog are asked about a trait, and how the trait is made
// into the text that they expect. Weight is the confidence of what they find.
type fit struct {
	trait  string
	db     string
	weight int
	text   func(value string, s seen) string
}

// fits in the order of their worth. Banners of a service tell what answers there, which
// may be a program on any system; SNMP speaks for the whole device.
var fits = []fit{
	{network.TraitSysObjectID, "snmp_sysobjid", 70, withDescr},
	{network.TraitSysDescr, "snmp_sysdescr", 65, nil},
	{network.TraitLLDPSystem, "snmp_sysdescr", 60, nil},
	{network.TraitSMBSystem, "smb_native_os", 60, nil},
	{network.TraitMDNSText, "mdns_device-info_txt", 60, nil},
	{network.TraitMDNSText, "mdns_workstation_txt", 30, nil},
	{network.TraitSIPAgent, "sip_user_agents", 55, nil},
	{network.TraitSIPAgent, "sip_banners", 50, nil},
	{network.TraitSSHBanner, "ssh_banners", 50, afterProtocol},
	{network.TraitHTTPServer, "http_servers", 50, nil},
	{network.TraitHTTPTitle, "html_title", 55, nil},
	{network.TraitSSDPServer, "http_servers", 45, nil},
	{network.TraitRTSPServer, "rtsp_servers", 50, nil},
	{network.TraitTLSSubject, "x509_subjects", 50, nil},
	{network.TraitDHCPVendor, "dhcp_vendor_class", 50, nil},
	{traitFTP, "ftp_banners", 50, nil},
	{traitTelnet, "telnet_banners", 50, nil},
	{traitPJL, "hp_pjl_id", 60, nil},
}

// Traits that only Recog reads as yet.
const (
	traitFTP    = "ftp.banner"
	traitTelnet = "telnet.banner"
	traitPJL    = "pjl.id"
)

// withDescr: Recog's table of sysObjectIDs looks at sysDescr, too.
func withDescr(v string, s seen) string {
	v = strings.TrimPrefix(v, ".")
	if d := s[network.TraitSysDescr]; len(d) > 0 {
		v += " " + d[0]
	}
	return v
}

// afterProtocol cuts "SSH-2.0-" (RFC 4253, 4.2).
func afterProtocol(v string, _ seen) string {
	if rest, ok := strings.CutPrefix(v, "SSH-"); ok {
		_, v, _ = strings.Cut(rest, "-")
	}
	return v
}

// recogClaims asks Recog's databases.
func recogClaims(s seen) []Claim {
	var out []Claim
	for _, f := range fits {
		open := databases()[f.db]
		for _, v := range s[f.trait] {
			if open == nil {
				break
			}
			text := v
			if f.text != nil {
				text = f.text(v, s)
			}
			if _, params := open().match(text); params != nil {
				out = append(out, fromParams(params, f, v)...)
			}
		}
	}
	return out
}

// general are makers of systems that run on anybody's hardware.
var general = []string{"linux", "debian", "ubuntu", "red hat", "centos", "suse", "freebsd", "openbsd", "netbsd", "microsoft", "net-snmp", "apache", "vmware"}

// fromParams makes claims of what Recog found. What belongs to a service alone
// (service.*) says nothing about the device.
func fromParams(p map[string]string, f fit, proof string) []Claim {
	var out []Claim
	say := func(field Field, value string, less int) {
		out = add(out, field, value, f.weight-less, "recog/"+f.db, f.trait, proof)
	}
	device := p["hw.device"]
	if device == "" {
		device = p["os.device"]
	}
	kind := kindOf(device)
	say(FieldKind, kind, 0)
	switch {
	case p["hw.vendor"] != "":
		say(FieldMaker, p["hw.vendor"], 0)
	case !slices.Contains(general, strings.ToLower(p["os.vendor"])):
		say(FieldMaker, p["os.vendor"], 5)
	}
	model := p["hw.product"]
	if model == "" {
		model = p["hw.model"]
	}
	say(FieldModel, model, 0)
	family, product := p["os.family"], p["os.product"]
	if model == "" && kind != "" && kind != "server" && product != family && strings.ContainsAny(product, "0123456789") {
		say(FieldModel, product, 20) // older fingerprints call the device the product of its system
	}
	if family == "" {
		family = product
	}
	say(FieldFamily, family, 0)
	say(FieldVersion, p["os.version"], 0)
	say(FieldSerial, p["hw.serial_number"], 0)
	return out
}

// kindWords are Recog's words for devices by Sonae's kinds.
var kindWords = map[string][]string{
	"network": {"Switch", "Router", "WAP", "Firewall", "Broadband Router", "Wireless Controller", "Security Appliance", "Network Appliance",
		"Load Balancer", "Hub", "ADSL Modem", "DSL Modem", "Cable Modem", "DOCSIS Cable Modem", "ADSL Router", "SD-WAN Appliance", "IPS", "IDS",
		"DSLAM", "Multiplexer", "Web Proxy", "WAN Accelerator", "Network Management Device", "NAC", "WLAN Repeater", "Powerline", "Network", "ATM DSL Unit", "DSU/CSU"},
	"vpn":     {"VPN", "Remote Access Server"},
	"printer": {"Printer", "Multifunction Device", "Print Server", "Copier", "Fax Server"},
	"storage": {"Storage", "NAS", "Tape Library", "Storage Appliance"},
	"pc":      {"Laptop", "Desktop", "Thin Client"},
	"mobile":  {"Mobile Phone", "Tablet", "Mobile"},
	"server":  {"Hypervisor", "Mainframe", "Lights Out Management", "Onboard Administrator", "Management Processor"},
	"medical": {"Medical"},
	"other": {"VoIP", "IP Camera", "Video Conferencing", "SIP Gateway", "Power Device", "DVR", "Media Server", "Device Server", "UPS", "PDU", "PLC", "KVM",
		"VoIP Gateway", "SIP Device", "Access Control", "Test Instrument", "Smart TV", "Network Audio", "Building Automation", "Web Cam", "Scanner",
		"Network Scanner", "Media Gateway", "Alarm Panel", "Point of Sale", "HMI Controller", "Sensor", "Environment Control", "Video Encoder"},
}

// kindOf translates a word of Recog; empty when it says nothing of the kind ("Device").
func kindOf(word string) string {
	for kind, words := range kindWords {
		if slices.Contains(words, word) {
			return kind
		}
	}
	return ""
}
