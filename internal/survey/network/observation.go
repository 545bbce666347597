package network

import (
	"net/netip"
	"strings"
)

// How is the way in which a device was seen. Stored and sent as its word; shown by the
// message "network.how." + word.
type How string

// Ways of seeing. Those that prove a cable come first, those that only prove that a
// device is there, last.
const (
	HowLLDP    How = "lldp"    // neighbour by IEEE 802.1AB
	HowCDP     How = "cdp"     // neighbour by Cisco Discovery Protocol
	HowWiFi    How = "wifi"    // client of an access point
	HowFDB     How = "fdb"     // forwarding table of a bridge (RFC 4188, dot1dTpFdbTable)
	HowARP     How = "arp"     // address resolution, heard or in a router's table (RFC 826)
	HowND      How = "nd"      // IPv6 neighbour discovery (RFC 4861)
	HowDHCP    How = "dhcp"    // heard, or in a server's lease file (RFC 2131)
	HowMDNS    How = "mdns"    // RFC 6762
	HowSSDP    How = "ssdp"    // UPnP
	HowNetBIOS How = "netbios" // RFC 1002
	HowLLMNR   How = "llmnr"   // RFC 4795
	HowDICOM   How = "dicom"   // association between two nodes (DICOM PS3.8)
	HowHL7     How = "hl7"     // MLLP connection between two nodes
	HowTraffic How = "traffic" // any other packet that named it
	HowSNMP    How = "snmp"    // the device answered itself
	HowPing    How = "ping"    // ICMP echo or an ARP request of Sonae's own
	HowService How = "service" // one of its ports answered
)

// Hows is every way of seeing in the order of pages.
var Hows = []How{HowLLDP, HowCDP, HowWiFi, HowFDB, HowARP, HowND, HowDHCP, HowMDNS, HowSSDP, HowNetBIOS, HowLLMNR, HowDICOM, HowHL7, HowTraffic, HowSNMP, HowPing, HowService}

// Party is one end of an observation, under the names that the observer gave it.
// Everything in it came from outside: it is text to be kept and shown, never trusted.
type Party struct {
	// ChassisID is what LLDP calls the device, with its kind (IEEE 802.1AB, 8.5.2.2) in
	// front: "mac:001122334455", "local:…", "net:192.0.2.1", "name:…", "component:…".
	// Empty: not told.
	ChassisID string
	MAC       string     // as MACKey writes it; empty: not told
	Address   netip.Addr // zero: not told
	Name      string     // host or system name as it said itself; at most 255 bytes
	EngineID  string     // SNMP engine ID in hexadecimal digits (RFC 3411)
}

// Empty reports whether nothing names the party.
func (p Party) Empty() bool { return p == Party{} }

// Key is the strongest name of the party, "chassis:…", "mac:…", "engine:…", "ip:…" or
// "name:…"; empty when it has none. A chassis ID that is a hardware address is the same
// key as that address.
func (p Party) Key() string {
	switch {
	case strings.HasPrefix(p.ChassisID, "mac:"):
		return p.ChassisID
	case p.ChassisID != "":
		return key("chassis:" + p.ChassisID)
	case p.MAC != "":
		return "mac:" + p.MAC
	case p.EngineID != "":
		return key("engine:" + p.EngineID)
	case p.Address.IsValid():
		return "ip:" + p.Address.Unmap().WithZone("").String()
	case p.Name != "":
		return key("name:" + strings.ToLower(p.Name))
	}
	return ""
}

// Trait is one thing a device showed of itself, by which it may be recognised:
// {"snmp.sys_descr", "Cisco IOS Software, …"}. Keys are the Trait… constants. Values are
// UTF-8, at most TraitMax bytes, as the device sent them.
type Trait struct {
	Key   string
	Value string
}

// TraitMax is the length in bytes to which the value of a trait is cut.
const TraitMax = 2048

// Keys of traits.
const (
	TraitSysDescr     = "snmp.sys_descr"     // SNMPv2-MIB, sysDescr
	TraitSysObjectID  = "snmp.sys_object_id" // dotted, with a leading dot: .1.3.6.1.4.1.9.1.1208
	TraitSysName      = "snmp.sys_name"
	TraitSysLocation  = "snmp.sys_location"
	TraitSysContact   = "snmp.sys_contact"
	TraitEntityModel  = "snmp.entity_model"  // ENTITY-MIB, entPhysicalModelName of the chassis
	TraitEntitySerial = "snmp.entity_serial" // entPhysicalSerialNum of the chassis
	TraitEntityMaker  = "snmp.entity_maker"  // entPhysicalMfgName of the chassis
	TraitEntityFW     = "snmp.entity_software"
	TraitLLDPSystem   = "lldp.system_description"
	TraitLLDPCaps     = "lldp.capabilities" // LLDPCapabilities, comma between: bridge,router
	TraitLLDPMaker    = "lldp.med_maker"    // LLDP-MED inventory (ANSI/TIA-1057)
	TraitLLDPModel    = "lldp.med_model"
	TraitLLDPSerial   = "lldp.med_serial"
	TraitLLDPFirmware = "lldp.med_firmware"
	TraitCDPPlatform  = "cdp.platform"
	TraitCDPVersion   = "cdp.version"
	TraitDHCPParams   = "dhcp.parameters" // option 55, numbers in the order sent: 1,3,6,15
	TraitDHCPVendor   = "dhcp.vendor"     // option 60
	TraitDHCPHost     = "dhcp.host"       // option 12
	TraitDHCPServer   = "dhcp.server"     // "offer" when it answered as a server
	TraitMDNSService  = "mdns.service"    // _ipp._tcp
	TraitMDNSText     = "mdns.text"       // key=value of a TXT record
	TraitSSDPServer   = "ssdp.server"
	TraitSSDPType     = "ssdp.type"
	TraitNetBIOSName  = "netbios.name" // NAME<20>
	TraitDICOMTitle   = "dicom.ae_title"
	TraitDICOMImpl    = "dicom.implementation" // version name of PS3.7 D.3.3.2
	TraitHL7App       = "hl7.application"      // MSH-3
	TraitHTTPServer   = "http.server"
	TraitHTTPTitle    = "http.title"
	TraitSSHBanner    = "ssh.banner"
	TraitTLSSubject   = "tls.subject"
	TraitSMBSystem    = "smb.native_os"
	TraitSIPAgent     = "sip.user_agent"
	TraitRTSPServer   = "rtsp.server"
)

// LLDPCapabilities are the words of TraitLLDPCaps, in the order of the bits of IEEE
// 802.1AB, table 8-4.
var LLDPCapabilities = []string{"other", "repeater", "bridge", "wlan", "router", "telephone", "docsis", "station", "cvlan", "svlan", "tpmr"}

// Observation says who saw whom, how and when. It is kept as it was said; which
// machines of the ledger the parties are is found when the map is made (Resolve).
type Observation struct {
	FacilityID string
	Seer       Party  // who saw: a switch that was asked, the listener (its own interface), a lease file's server; empty of a capture file
	SeerPort   string // the seer's port, its shortest stable name: "Gi1/0/3", "eth0"; empty: not told
	Seen       Party
	SeenPort   string // the other end's port as LLDP or CDP tell it
	How        How
	VLAN       int   // 1–4094 (IEEE 802.1Q); 0 = not told
	AtMS       int64 // Unix ms, by Sonae's clock; of a capture file: the packet's own time
	// Traits of the one that was seen.
	Traits []Trait
}

// Reading is what one device said when it was asked (SNMP) or what a file holds about
// one device: itself, its ports, and whom it sees.
type Reading struct {
	FacilityID string
	Source     string // word of asset.Source: snmp, passive …
	How        How
	AtMS       int64
	Device     Party
	// Also are further keys (see Party.Key) of the same device: the addresses of its
	// other interfaces.
	Also       []string
	Traits     []Trait
	Interfaces []Interface   // complete, or nil when it did not say
	Seen       []Observation // Seer is Device, or an access point that it looks after
	// What an infrastructure device tells of itself when asked; nil when it does not.
	Ports        []PortState
	VLANs        []VLAN
	Tree         *Tree
	Modules      []Module
	AccessPoints []AccessPoint
	Supplies     []Supply
	Pages        int64 // printed in its life; 0 = not told
	Power        *Power
	Programs     []Program
	// Partial says in one word which part is missing because of what: "fdb: timeout".
	Partial []string
}
