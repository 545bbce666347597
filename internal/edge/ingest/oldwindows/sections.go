package oldwindows

import (
	"strings"

	"sonae/internal/wire"
)

// system reads OS, edition and service pack: from wmic, else from systeminfo.
func (f *folder) system() error {
	host := keep(f.manifest["host"])
	if text, ok := f.text(wire.SecOS, "systeminfo.txt"); ok {
		if in, ok := parseInfo(text); ok {
			in.fill(f.report)
			f.report.Notes = f.report.Notes[:len(f.report.Notes)-1] // serial number and addresses come from elsewhere
		} else {
			f.note(wire.SecOS, wire.Failed, "systeminfo.txt is not an output of systeminfo")
		}
	}
	s := f.report.Sections.OS
	if s == nil {
		s = &wire.OS{Family: "windows", Name: "Windows", HostName: host}
	}
	for _, o := range f.wmic(wire.SecOS, "os") {
		if caption := osName(o.get("Caption")); caption != "" {
			s.Name = caption
		}
		if v := o.get("Version"); v != "" {
			s.Version = v
		}
		s.Edition = first(o.get("CSDVersion"), s.Edition)
		s.HostName = first(o.get("CSName"), s.HostName)
		s.InstalledMS, s.BootedMS = cimTime(o["InstallDate"]), cimTime(o["LastBootUpTime"])/60000*60000
		s.Locale = o.get("Locale")
		if arch := o.get("OSArchitecture"); strings.HasPrefix(arch, "64") {
			s.Arch = "amd64"
		} else if strings.HasPrefix(arch, "32") {
			s.Arch = "386"
		}
	}
	s.HostName = first(s.HostName, host)
	if s.Name == "Windows" && s.Version == "" {
		f.note(wire.SecOS, wire.Failed, "neither wmic nor systeminfo told the release of Windows")
		if v := versionIn(f.manifest["ver"]); v != "" {
			s.Version = v
		}
	}
	if s.Arch == "" {
		s.Arch = archOf(first(f.manifest["arch64"], f.manifest["arch"]))
	}
	f.report.Sections.OS = s
	if s.Arch != "" {
		f.report.Agent.Arch = s.Arch
	}
	return nil
}

// versionIn finds the number in what "ver" prints.
func versionIn(s string) string {
	for word := range strings.FieldsSeq(strings.NewReplacer("[", " ", "]", " ").Replace(s)) {
		if v := versionForm.FindString(word); v != "" {
			return v
		}
	}
	return ""
}

func archOf(s string) string {
	switch strings.ToLower(s) {
	case "amd64":
		return "amd64"
	case "x86":
		return "386"
	case "ia64":
		return "ia64"
	}
	return ""
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// hardware reads the machine itself.
func (f *folder) hardware() error {
	h := f.report.Sections.Hardware
	if h == nil {
		h = &wire.Hardware{Identity: wire.Identity{OSFamily: "windows"}}
	}
	h.HostName = f.report.Sections.OS.HostName
	for _, o := range f.wmic(wire.SecHardware, "csproduct") {
		h.Maker, h.Model = first(o.get("Vendor"), h.Maker), first(o.get("Name"), h.Model)
		h.Serial, h.SMBIOSUUID = o.get("IdentifyingNumber"), o.get("UUID")
	}
	for _, o := range f.wmic(wire.SecHardware, "bios") {
		h.Serial = first(o.get("SerialNumber"), h.Serial)
		h.BIOSVersion = first(o.get("SMBIOSBIOSVersion"), h.BIOSVersion)
		if day := installedOn(first8(o["ReleaseDate"])); day != "" {
			h.BIOSDate = day
		}
	}
	for _, o := range f.wmic(wire.SecHardware, "computersystem") {
		h.Maker, h.Model = first(o.get("Manufacturer"), h.Maker), first(o.get("Model"), h.Model)
		if n := o.number("TotalPhysicalMemory"); n > 0 {
			h.MemoryBytes = n
		}
		if o.yes("PartOfDomain") {
			f.report.Sections.OS.Domain = o.get("Domain")
		}
		f.report.Sections.OS.LastUser = o.get("UserName")
	}
	for _, o := range f.wmic(wire.SecHardware, "cpu") {
		h.CPUModel = first(o.get("Name"), h.CPUModel)
		h.CPUSockets++
		h.CPUCores += int(o.number("NumberOfCores"))
		h.CPUThreads += int(o.number("NumberOfLogicalProcessors"))
	}
	if h.Virtual == "" {
		h.Virtual, h.Chassis = virtual(h.Maker, h.Model)
	}
	if h.Chassis == "" {
		h.Chassis = f.chassis()
	}
	f.report.Sections.Hardware = h
	return nil
}

func first8(s string) string { return strings.TrimSpace(s)[:min(8, len(strings.TrimSpace(s)))] }

// chassisKinds are the numbers of DMTF DSP0134, table 17.
var chassisKinds = map[string]string{"3": "desktop", "4": "desktop", "5": "desktop", "6": "desktop", "7": "desktop", "13": "desktop", "15": "desktop", "16": "desktop", "35": "desktop",
	"8": "laptop", "9": "laptop", "10": "laptop", "14": "laptop", "30": "laptop", "31": "laptop", "32": "laptop", "17": "server", "23": "server", "28": "server"}

func (f *folder) chassis() string {
	for _, o := range f.wmic(wire.SecHardware, "systemenclosure") {
		for _, n := range o.list("ChassisTypes") {
			if kind, ok := chassisKinds[n]; ok {
				return kind
			}
		}
	}
	return ""
}

// storage reads disks and volumes.
func (f *folder) storage() error {
	if list := f.wmic(wire.SecDisks, "diskdrive"); list != nil {
		disks := []wire.Disk{}
		for _, o := range list[:min(len(list), wire.MaxRows)] {
			name := first(o.get("DeviceID"), o.get("Name"))
			if name == "" {
				continue
			}
			d := wire.Disk{Name: name, Model: o.get("Model"), Serial: o.get("SerialNumber"), Bus: strings.ToLower(o.get("InterfaceType")), SizeBytes: o.number("Size"), Kind: "unknown", Health: "unknown"}
			if d.Bus == "usb" || strings.Contains(o["MediaType"], "Removable") {
				d.Kind = "removable"
			}
			if o.get("Status") == "Pred Fail" { // Win32_DiskDrive.Status, by S.M.A.R.T.
				d.Health = "failing"
			}
			disks = append(disks, d)
		}
		f.report.Sections.Disks = &disks
	}
	list := f.wmic(wire.SecVolumes, "logicaldisk")
	if list == nil {
		return nil
	}
	volumes := []wire.Volume{}
	for _, o := range list[:min(len(list), wire.MaxRows)] {
		// 2 removable, 3 local, 4 network, 5 optical (Win32_LogicalDisk.DriveType).
		if name := o.get("DeviceID"); name != "" && o.get("DriveType") == "3" {
			volumes = append(volumes, wire.Volume{Mount: name, FileSystem: o.get("FileSystem"), SizeBytes: o.number("Size"), FreeBytes: o.number("FreeSpace") >> 30 << 30, Encryption: "unknown"})
		}
	}
	f.note(wire.SecVolumes, wire.Partial, "the script cannot tell whether volumes are encrypted")
	f.report.Sections.Volumes = &volumes
	return nil
}

// services reads what the system starts. wmic says start modes in English everywhere.
func (f *folder) services() error {
	list := f.wmic(wire.SecServices, "service")
	if list == nil {
		return nil
	}
	modes := map[string]string{"auto": "auto", "manual": "manual", "disabled": "disabled"}
	out := []wire.Service{}
	for _, o := range list[:min(len(list), wire.MaxRows)] {
		name := o.get("Name")
		if name == "" {
			continue
		}
		mode, ok := modes[strings.ToLower(o.get("StartMode"))]
		if !ok {
			mode = "other"
		}
		out = append(out, wire.Service{Name: name, Title: o.get("DisplayName"), Start: mode, Running: o.get("State") == "Running", Path: program1.FindString(o.get("PathName")), RunAs: o.get("StartName")})
	}
	f.report.Sections.Services = &out
	return nil
}

// updates reads what is installed: wmic qfe and systeminfo, whichever tells more.
func (f *folder) updates() error {
	u := f.report.Sections.Updates
	if u == nil {
		u = &wire.Updates{Installed: []wire.InstalledUpdate{}}
	}
	u.Pending = []wire.Pending{}
	at := map[string]int{}
	for i, fix := range u.Installed {
		at[fix.ID] = i
	}
	for _, o := range f.wmic(wire.SecUpdates, "qfe") {
		k := kbForm.FindStringSubmatch(first(o["HotFixID"], o["Caption"]))
		if k == nil || strings.HasPrefix(o["HotFixID"], "File") {
			continue
		}
		fix := wire.InstalledUpdate{ID: "KB" + k[2], Title: o.get("Description"), InstalledOn: installedOn(strings.TrimSpace(o["InstalledOn"]))}
		if i, have := at[fix.ID]; have {
			u.Installed[i] = fix
			continue
		}
		if len(u.Installed) < wire.MaxRows {
			at[fix.ID] = len(u.Installed)
			u.Installed = append(u.Installed, fix)
		}
	}
	f.note(wire.SecUpdates, wire.Partial, "installed updates only; which ones wait is not known")
	f.report.Sections.Updates = u
	return nil
}
