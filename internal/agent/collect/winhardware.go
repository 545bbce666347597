package collect

import (
	"context"
	"slices"
	"strings"

	"sonae/internal/wire"
)

// winHardware reads SMBIOS, the processor's name, the TPM and Secure Boot. Only
// the SMBIOS table and the memory do not come from the registry.
func winHardware(_ context.Context, src *Source) (*wire.Hardware, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	n, err := src.native()
	if err != nil {
		return nil, err
	}
	h := n.Hardware
	readSMBIOS(n.SMBIOS, &h)
	if len(n.SMBIOS) == 0 {
		r.firmware(&h)
	}
	processors := r.subkeys(`HKLM\HARDWARE\DESCRIPTION\System\CentralProcessor`)
	if name := spaced(r.values(`HKLM\HARDWARE\DESCRIPTION\System\CentralProcessor\0`).Text("ProcessorNameString")); name != "" {
		h.CPUModel = name
	}
	if len(processors) > 0 {
		h.CPUThreads = len(processors)
	}
	if h.Virtual = virtualName(h.Maker, h.Model, "", false); h.Virtual != "" {
		h.Chassis = "virtual"
	}
	h.OSFamily, h.HostName = src.OS, r.hostName()
	h.MachineID = hashedID(r.values(`HKLM\SOFTWARE\Microsoft\Cryptography`).Text("MachineGuid"))
	h.MACs = r.physicalMACs(n.Links)
	h.TPMVersion = r.tpm()
	h.SecureBoot = r.secureBoot()
	for _, reason := range n.Gaps {
		g.say("%s", reason)
	}
	return &h, g.err()
}

// readSMBIOS takes from the table what is not known by other means.
func readSMBIOS(body []byte, h *wire.Hardware) {
	if len(body) == 0 {
		return
	}
	table := parseSMBIOS(body)
	h.Maker, h.Model, h.Serial, h.SMBIOSUUID = table.Maker, table.Model, table.Serial, table.SMBIOSUUID
	h.BIOSVersion, h.BIOSDate, h.Chassis = table.BIOSVersion, table.BIOSDate, table.Chassis
	h.CPUModel, h.CPUSockets, h.CPUCores, h.CPUThreads = table.CPUModel, table.CPUSockets, table.CPUCores, table.CPUThreads
	h.MemoryModules = table.MemoryModules
}

// firmware reads what Windows copies of SMBIOS into the registry.
func (r reg) firmware(h *wire.Hardware) {
	v := r.values(`HKLM\HARDWARE\DESCRIPTION\System\BIOS`)
	h.Maker, h.Model = v.Text("SystemManufacturer"), v.Text("SystemProductName")
	h.BIOSVersion, h.BIOSDate = v.Text("BIOSVersion"), isoDate(v.Text("BIOSReleaseDate"))
	r.gaps.say("SMBIOS cannot be read: serial number and UUID are not known")
}

// physicalMACs are those of adapters that Plug and Play found on a bus: what a
// program made (VPN, bridge, loopback) hangs on ROOT or SWD.
func (r reg) physicalMACs(links []NativeLink) []string {
	var list []string
	for _, l := range links {
		if l.Loop || l.Tunnel || !realMAC(l.MAC) || slices.Contains(list, l.MAC) || !r.onBus(l.ID) {
			continue
		}
		list = append(list, l.MAC)
	}
	slices.Sort(list)
	return list
}

// keyNetwork has the connections by the GUID of their adapter; the class is that
// of network adapters.
const keyNetwork = keyControl + `\Network\{4D36E972-E325-11CE-BFC1-08002BE10318}`

// onBus tells whether an adapter is hardware; also when nothing is known of it.
func (r reg) onBus(id string) bool {
	if id == "" {
		return true
	}
	device := strings.ToUpper(r.values(keyNetwork, id, "Connection").Text("PnpInstanceID"))
	if device == "" {
		device = strings.ToUpper(r.values(keyNetwork, id, "Connection").Text("PnPInstanceID"))
	}
	return device == "" || !strings.HasPrefix(device, `ROOT\`) && !strings.HasPrefix(device, `SWD\`) && !strings.HasPrefix(device, "{")
}

// tpm reads by which device the driver of the TPM was started: MSFT0101 is the
// name of a TPM 2.0 (ACPI of the TCG, "TCG ACPI Specification" 1.4, 8), others are
// 1.2.
func (r reg) tpm() string {
	device := strings.ToUpper(r.values(keyServices, `TPM\Enum`).Text("0"))
	switch {
	case strings.Contains(device, "MSFT0101"):
		return "2.0"
	case device != "":
		return "1.2"
	}
	return ""
}

// secureBoot: without UEFI there is none (PEFirmwareType 1 is a legacy BIOS).
func (r reg) secureBoot() *bool {
	on := false
	state := r.values(keyControl, `SecureBoot\State`)
	if n, ok := state.Number("UEFISecureBootEnabled"); ok {
		on = n == 1
		return &on
	}
	if r.values(keyControl).Is("PEFirmwareType", 1) {
		return &on
	}
	return nil
}
