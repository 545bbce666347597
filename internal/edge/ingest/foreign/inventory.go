package foreign

import (
	"strconv"
	"strings"

	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/software"
)

// Sections of the ledger that an inventory brings; those of lists are the words of our
// own agent's, so that the same list of two sources is known as the same.
const (
	secBIOS       = "bios"
	secHardware   = asset.SectionHardware
	secOS         = asset.SectionOS
	secCPU        = "cpus"
	secDisks      = asset.SectionDisks
	SecInterfaces = "interfaces" // network.RecordInterfaces
	SecPackages   = "packages"   // software.RecordInstalls
	SecAccounts   = "accounts"   // account.Record
	SecSecurity   = "security"   // software.RecordSafeguards
)

// Inventory is what a message says, in the terms of the rooms. A nil list was not
// reported; an empty one says that there is none.
type Inventory struct {
	Identity   asset.Identity
	Kind       asset.Kind // suggestion; empty = no idea
	Groups     map[string]asset.Values
	Disks      *[]asset.Disk
	Volumes    *[]asset.Volume
	Interfaces *[]network.Interface
	Programs   *[]software.Program
	Accounts   *[]account.Account
	Safeguards *[]software.Safeguard
}

// Inventory maps the sections. Values that cannot be true (dates before 1980, speeds
// below zero) are left away; a serial number nobody filled in is passed as found,
// because the ledger knows those.
func (m *Message) Inventory() Inventory {
	in := Inventory{Groups: map[string]asset.Values{}}
	c := m.content
	if c.has("BIOS") {
		in.bios(c.first("BIOS"))
	}
	if c.has("HARDWARE") {
		in.hardware(c.first("HARDWARE"))
	}
	if c.has("CPUS") {
		in.Groups[secCPU] = asset.Values{asset.FieldCPU: squeeze(c.first("CPUS").get("NAME", "TYPE"))}
	}
	in.system(c)
	in.kind(c)
	if c.has("STORAGES") {
		in.storages(c["STORAGES"])
	}
	if c.has("DRIVES") {
		in.Volumes = volumes(c["DRIVES"])
	}
	if c.has("NETWORKS") {
		in.networks(c["NETWORKS"], c.first("HARDWARE"))
	}
	if c.has("SOFTWARES") {
		in.Programs = programs(c["SOFTWARES"])
	}
	// Rights come from groups: one without the other would take them away.
	if c.has("LOCAL_USERS") && (c.has("LOCAL_GROUPS") || !m.Partial) {
		in.Accounts = accounts(c["LOCAL_USERS"], c["LOCAL_GROUPS"])
	}
	if c.has("FIREWALL") && c.has("ANTIVIRUS") || !m.Partial && (c.has("FIREWALL") || c.has("ANTIVIRUS")) {
		in.Safeguards = safeguards(c["FIREWALL"], c["ANTIVIRUS"])
	}
	return in
}

// Reported names the sections of other rooms that came.
func (in *Inventory) Reported() []string {
	var out []string
	for section, came := range map[string]bool{SecInterfaces: in.Interfaces != nil, SecPackages: in.Programs != nil,
		SecAccounts: in.Accounts != nil, SecSecurity: in.Safeguards != nil} {
		if came {
			out = append(out, section)
		}
	}
	return out
}

func (in *Inventory) bios(r row) {
	in.Identity.Maker, in.Identity.Model, in.Identity.Serial = r.get("SMANUFACTURER"), r.get("SMODEL"), r.get("SSN")
	in.Groups[secBIOS] = asset.Values{
		asset.FieldMaker: in.Identity.Maker, asset.FieldModel: in.Identity.Model, asset.FieldSerial: in.Identity.Serial,
		asset.FieldFirmwareVersion: r.get("BVERSION"), asset.FieldFirmwareOn: day(r.get("BDATE"), isoDay, americanDay),
	}
}

// nobody are what agents name as last user when the log has no name.
var nobody = map[string]bool{"wtmp": true, "reboot": true, "unknown": true}

func (in *Inventory) hardware(r row) {
	in.Identity.SMBIOSUUID, in.Identity.HostName = r.get("UUID"), r.get("NAME")
	v := asset.Values{asset.FieldHostName: in.Identity.HostName}
	if n := size(r.get("MEMORY"), mebibyte); n > 0 {
		v[asset.FieldMemoryBytes] = strconv.FormatInt(n, 10)
	}
	if user := r.get("LASTLOGGEDUSER", "USERID"); !nobody[user] {
		v[asset.FieldUser] = user
	}
	in.Groups[secHardware] = v
}

// system takes name and version of the operating system from its own section, or from
// HARDWARE where the agent has no other (OCS). FusionInventory writes the kernel there.
func (in *Inventory) system(c content) {
	r, hw := c.first("OPERATINGSYSTEM"), c.first("HARDWARE")
	name, version := r.get("FULL_NAME", "NAME"), r.get("VERSION")
	switch {
	case c.has("OPERATINGSYSTEM"):
		if windows(name) {
			version = r.get("KERNEL_VERSION", "VERSION") // 10.0.19045 tells what 22H2 does not
		}
	case hw.get("OSNAME") != "":
		name, version = hw.get("OSNAME"), hw.get("OSVERSION")
	default:
		return
	}
	in.Groups[secOS] = asset.Values{asset.FieldOSName: strings.TrimPrefix(squeeze(name), "Microsoft "), asset.FieldOSVersion: version}
}

func windows(name string) bool { return strings.Contains(strings.ToLower(name), "windows") }

// chassis suggests a kind by the form of the machine, as agents write the words of
// DMTF DSP0134, type 3.
var chassis = map[string]asset.Kind{
	"desktop": asset.KindPC, "low profile desktop": asset.KindPC, "mini tower": asset.KindPC, "tower": asset.KindPC, "pizza box": asset.KindPC,
	"all in one": asset.KindPC, "space-saving": asset.KindPC, "mini pc": asset.KindPC, "stick pc": asset.KindPC, "portable": asset.KindPC,
	"laptop": asset.KindPC, "notebook": asset.KindPC, "sub notebook": asset.KindPC, "convertible": asset.KindPC, "detachable": asset.KindPC, "tablet": asset.KindPC,
	"main server chassis": asset.KindServer, "rack mount chassis": asset.KindServer, "blade": asset.KindServer, "blade enclosure": asset.KindServer, "server": asset.KindServer,
}

// hypervisors are the words of VMSYSTEM that mean a virtual machine. Docker is none:
// FusionInventory and GLPI Agent say so of machines that only look like a container.
var hypervisors = []string{"vmware", "virtualbox", "hyper-v", "virtual pc", "virtual machine", "xen", "qemu", "kvm", "parallels", "bhyve", "nutanix"}

// kind looks at both sections it needs and suggests nothing when one did not come.
func (in *Inventory) kind(c content) {
	if !c.has("BIOS") || !c.has("HARDWARE") {
		return
	}
	bios, hw := c.first("BIOS"), c.first("HARDWARE")
	in.Kind = chassis[strings.ToLower(bios.get("TYPE"))]
	if in.Kind == "" {
		in.Kind = chassis[strings.ToLower(hw.get("CHASSIS_TYPE"))]
	}
	vm := strings.ToLower(hw.get("VMSYSTEM"))
	for _, word := range hypervisors {
		if strings.HasPrefix(vm, word) {
			in.Kind = asset.KindVM
		}
	}
}

// squeeze makes one space of several.
func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }
