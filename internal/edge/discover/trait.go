package discover

import "sonae/internal/survey/network"

// Keys of traits that only listening tells, beside those of survey/network.
const (
	TraitDHCPClientID    = "dhcp.client_id"          // option 61 in hexadecimal digits (RFC 2132, 9.14)
	TraitDHCP6Params     = "dhcp6.parameters"        // option 6, numbers in the order sent (RFC 9915, 21.7)
	TraitDHCP6Vendor     = "dhcp6.vendor"            // option 16: enterprise number and text
	TraitNDRouter        = "nd.router"               // "advertises" when it sent router advertisements
	TraitLLDPPort        = "lldp.port_description"   //
	TraitLLDPManagement  = "lldp.management_address" // each address after the first
	TraitLLDPVLAN        = "lldp.vlan"               // number and name, "10 ward" (802.1Q D.2.3)
	TraitLLDPAggregation = "lldp.aggregation"        // number of the aggregated port (802.1AX)
	TraitLLDPPower       = "lldp.power"              // "pse" gives power, "pd" takes it (802.3 79.3.2)
	TraitLLDPPhy         = "lldp.mau_type"           // dot3MauType number (RFC 4836)
	TraitLLDPHardware    = "lldp.med_hardware"       // ANSI/TIA-1057, 10.2.6
	TraitLLDPSoftware    = "lldp.med_software"       //
	TraitLLDPAsset       = "lldp.med_asset"          // asset number that was typed into the device
	TraitCDPCaps         = "cdp.capabilities"        // words, comma between: router,switch
	TraitCDPManagement   = "cdp.management_address"  // each address after the first
	TraitSSDPName        = "ssdp.usn"                // unique service name
	TraitSSDPLocation    = "ssdp.location"           // address of the description; it is never fetched
	TraitSSDPAgent       = "ssdp.user_agent"         // of a machine that searches
	TraitNetBIOSGroup    = "netbios.group"           // workgroup or domain it belongs to
	TraitNetBIOSVersion  = "netbios.version"         // major.minor of its announcement ([MS-BRWS] 2.2.1)
	TraitNetBIOSComment  = "netbios.comment"         //
	TraitDICOMClass      = "dicom.implementation_class"
	TraitHL7Facility     = "hl7.facility" // MSH-4
)

// traitsMax bounds the traits of one observation: a packet holds some thousand records.
const traitsMax = 64

// traits gathers traits: empty values and repetitions are left out.
type traits []network.Trait

func (t *traits) add(key, value string) {
	if value == "" || len(*t) >= traitsMax {
		return
	}
	for _, old := range *t {
		if old.Key == key && old.Value == value {
			return
		}
	}
	*t = append(*t, network.Trait{Key: key, Value: value})
}

func (t *traits) text(key string, b []byte) { t.add(key, clean(b, network.TraitMax)) }
