package collect

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/wire"
)

// hardware reads who made the machine and what is in it: SMBIOS as the kernel
// shows it under /sys/class/dmi/id, the device tree where there is no SMBIOS,
// /proc/cpuinfo, /proc/meminfo, the TPM and the EFI variables.
func hardware(_ context.Context, src *Source) (*wire.Hardware, error) {
	var g gaps
	h := &wire.Hardware{}
	dmiIdentity(src, h, &g)
	h.HostName = src.line("/proc/sys/kernel/hostname")
	h.OSFamily = src.OS
	h.MachineID = machineID(src.line("/etc/machine-id"))
	h.MACs = physicalMACs(src)
	info, err := src.text("/proc/cpuinfo")
	g.add("/proc/cpuinfo", err)
	cpu := parseCPUInfo(info)
	h.CPUModel, h.CPUSockets, h.CPUCores, h.CPUThreads = cpu.model, cpu.sockets, cpu.cores, cpu.threads
	if cpu.sockets == 0 {
		h.CPUSockets, h.CPUCores = topology(src)
	}
	memory, err := src.text("/proc/meminfo")
	g.add("/proc/meminfo", err)
	h.MemoryBytes = parseMemTotal(memory)
	h.Virtual = virtualName(h.Maker, h.Model, src.line("/sys/hypervisor/type"), cpu.hypervisor)
	if h.Virtual != "" {
		h.Chassis = "virtual"
	}
	switch src.line("/sys/class/tpm/tpm0/tpm_version_major") {
	case "2":
		h.TPMVersion = "2.0"
	case "1":
		h.TPMVersion = "1.2"
	}
	h.SecureBoot = secureBoot(src, &g)
	return h, g.err()
}

// dmiIdentity fills what SMBIOS says of the machine. Serial number and UUID are
// readable by root only.
func dmiIdentity(src *Source, h *wire.Hardware, g *gaps) {
	const dir = "/sys/class/dmi/id/"
	if !src.exists(dir + "sys_vendor") {
		h.Model = src.line("/proc/device-tree/model")
		h.Serial = src.line("/proc/device-tree/serial-number")
		if h.Model == "" {
			g.say("no SMBIOS and no device tree: maker, model and serial number are not known")
		}
		return
	}
	read := func(name string) string {
		text, err := src.text(dir + name)
		g.add("SMBIOS "+name, err)
		return strings.TrimSpace(text)
	}
	h.Maker, h.Model = read("sys_vendor"), read("product_name")
	// Lenovo writes the type code in product_name and the name people know in
	// product_version.
	if version := read("product_version"); h.Maker == "LENOVO" && version != "" {
		h.Model = strings.TrimSpace(version + " " + h.Model)
	}
	h.Serial, h.SMBIOSUUID = read("product_serial"), strings.ToLower(read("product_uuid"))
	h.BIOSVersion, h.BIOSDate = read("bios_version"), isoDate(read("bios_date"))
	kind, _ := strconv.Atoi(read("chassis_type"))
	h.Chassis = chassisName(kind)
	if table, err := src.text("/sys/firmware/dmi/tables/DMI"); err == nil {
		h.MemoryModules = parseSMBIOS([]byte(table)).MemoryModules
	} else {
		g.add("memory modules", err)
	}
}

// isoDate turns the SMBIOS form 12/31/2024 into 2024-12-31; "" when it is not
// a date.
func isoDate(text string) string {
	for _, form := range []string{"01/02/2006", "01/02/06", time.DateOnly} {
		if day, err := time.Parse(form, text); err == nil {
			return day.Format(time.DateOnly)
		}
	}
	return ""
}

// chassisName groups the chassis types of DMTF DSP0134 3.7.0, 7.4.1, table 17.
func chassisName(kind int) string {
	switch kind & 0x7f { // the top bit says whether there is a lock
	case 3, 4, 5, 6, 7, 13, 15, 16, 24, 35, 36:
		return "desktop"
	case 8, 9, 10, 11, 14, 30, 31, 32:
		return "laptop"
	case 17, 23, 25, 28, 29:
		return "server"
	case 0, 2:
		return "unknown"
	}
	return "other"
}

// machineID hides the id of the installation: machine-id(5) asks not to use it
// directly outside the machine, but a keyed hash of it.
func machineID(id string) string {
	if len(id) != 32 {
		return "" // missing, or "uninitialized" in an image that was never started
	}
	return hashedID(id)
}

// hashedID is 16 bytes in hexadecimal; "" of nothing.
func hashedID(id string) string {
	if id == "" {
		return ""
	}
	mac := hmac.New(sha256.New, []byte(id))
	mac.Write([]byte("sonae machine id v1"))
	return hex.EncodeToString(mac.Sum(nil))[:32]
}

// cpuInfo is what /proc/cpuinfo says.
type cpuInfo struct {
	model                   string
	sockets, cores, threads int
	hypervisor              bool
}

// parseCPUInfo reads the x86 and the ARM form; on ARM there are no sockets.
func parseCPUInfo(text string) cpuInfo {
	var info cpuInfo
	var socket string
	sockets, cores := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "processor":
			info.threads++
		case "model name", "Model", "cpu model": // x86, Raspberry Pi, MIPS
			if info.model == "" {
				info.model = value
			}
		case "physical id":
			socket = value
			sockets[socket] = true
		case "core id":
			cores[socket+"/"+value] = true
		case "flags":
			info.hypervisor = info.hypervisor || slices.Contains(strings.Fields(value), "hypervisor")
		}
	}
	info.sockets, info.cores = len(sockets), len(cores)
	return info
}

// topology counts sockets and cores where /proc/cpuinfo does not name them.
func topology(src *Source) (sockets, cores int) {
	seenSockets, seenCores := map[string]bool{}, map[string]bool{}
	for _, dir := range src.glob("/sys/devices/system/cpu/cpu[0-9]*/topology") {
		socket := src.line(dir + "/physical_package_id")
		seenSockets[socket] = true
		seenCores[socket+"/"+src.line(dir+"/core_id")] = true
	}
	return len(seenSockets), len(seenCores)
}

// parseMemTotal gives the memory the kernel manages, a little less than what is
// built in.
func parseMemTotal(text string) int64 {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}

// hypervisors are makers and models that virtual machines give as their own,
// as documented by the makers and seen in systemd-detect-virt(1).
var hypervisors = []struct{ text, name string }{
	{"vmware", "vmware"}, {"virtualbox", "virtualbox"}, {"innotek", "virtualbox"}, {"qemu", "kvm"},
	{"kvm", "kvm"}, {"red hat", "kvm"}, {"openstack", "kvm"}, {"nutanix", "nutanix"}, {"xen", "xen"},
	{"amazon ec2", "amazon"}, {"google compute engine", "google"}, {"parallels", "parallels"},
	{"bhyve", "bhyve"}, {"bochs", "bochs"}, {"apple virtualization", "apple"},
}

// virtualName names the hypervisor; "" on real hardware. flagged is the CPU's
// own word that it runs under one.
func virtualName(maker, model, hypervisorType string, flagged bool) string {
	if hypervisorType != "" {
		return hypervisorType
	}
	if maker == "Microsoft Corporation" && model == "Virtual Machine" {
		return "hyper-v"
	}
	both := strings.ToLower(maker + " " + model)
	for _, h := range hypervisors {
		if strings.Contains(both, h.text) {
			return h.name
		}
	}
	if flagged {
		return "other"
	}
	return ""
}

// efiSecureBoot is the variable SecureBoot in the namespace of the EFI standard
// (UEFI 2.10, 3.3): four bytes of attributes, then 0 or 1.
const efiSecureBoot = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

func secureBoot(src *Source, g *gaps) *bool {
	text, err := src.text(efiSecureBoot)
	on := err == nil && len(text) == 5 && text[4] == 1
	switch {
	case err == nil && len(text) == 5:
		return &on
	case errors.Is(err, fs.ErrNotExist) && src.exists("/sys") && !src.exists("/sys/firmware/efi"):
		return &on // started by a legacy BIOS or a hypervisor: no secure boot
	case !errors.Is(err, fs.ErrNotExist):
		g.add("secure boot", err)
	}
	return nil
}

// physicalMACs lists the addresses of interfaces that have a device behind them.
func physicalMACs(src *Source) []string {
	var list []string
	for _, name := range src.names("/sys/class/net") {
		dir := "/sys/class/net/" + name
		mac := src.line(dir + "/address")
		if src.exists(dir+"/device") && realMAC(mac) && !slices.Contains(list, mac) {
			list = append(list, mac)
		}
	}
	slices.Sort(list)
	return list
}

// realMAC tells whether an address is one at all: not empty, not all zero.
func realMAC(mac string) bool {
	return len(mac) >= 17 && strings.Trim(mac, "0:") != ""
}
