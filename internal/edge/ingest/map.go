package ingest

import (
	"strconv"

	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/software"
	"sonae/internal/wire"
)

// observation is what a report says to the ledger.
func observation(facilityID string, atMS int64, r *wire.Report) asset.Observation {
	o := asset.Observation{
		FacilityID: facilityID, Source: asset.SourceAgent, DeviceID: r.DeviceID, AtMS: atMS,
		Groups: map[string]asset.Values{}, Digests: digests(r),
	}
	for _, body := range r.Sections.Carried() {
		o.Reported = append(o.Reported, string(body.Section))
	}
	if h := r.Sections.Hardware; h != nil {
		o.Identity = identityOf(h.Identity)
		o.Kind = kindOf(h)
		o.Groups[string(wire.SecHardware)] = hardware(h)
	}
	if s := r.Sections.OS; s != nil {
		if o.Identity.HostName == "" {
			o.Identity.HostName = s.HostName
		}
		if s.Family == "windows" && s.Domain != "" { // elsewhere it is the search domain of the resolver
			o.Identity.DomainName = s.HostName + "." + s.Domain
		}
		o.Groups[string(wire.SecOS)] = asset.Values{
			asset.FieldOSName: s.Name, asset.FieldOSVersion: s.Version, asset.FieldHostName: s.HostName, asset.FieldUser: s.LastUser,
		}
	}
	if list := r.Sections.Interfaces; list != nil {
		ip, mac := network.Primary(interfaces(*list))
		if _, ok := asset.ParseMAC(mac); !ok { // InfiniBand and the like are no MAC of the ledger
			mac = ""
		}
		o.Groups[string(wire.SecInterfaces)] = asset.Values{asset.FieldIP: ip, asset.FieldMAC: mac}
	}
	if list := r.Sections.SwitchedOff; list != nil {
		o.Groups[string(wire.SecSwitchedOff)] = asset.Values{asset.FieldSwitchedOff: switchedOffWords(*list)}
	}
	storage(&o, &r.Sections)
	return o
}

// digests leaves out the sections of a newer agent: what this server cannot store it
// must not ask for.
func digests(r *wire.Report) map[string]string {
	out := make(map[string]string, len(r.Digests))
	for _, section := range wire.AllSections {
		if digest, ok := r.Digests[section]; ok {
			out[string(section)] = digest
		}
	}
	return out
}

func identityOf(id wire.Identity) asset.Identity {
	return asset.Identity{
		Maker: id.Maker, Model: id.Model, Serial: id.Serial, SMBIOSUUID: id.SMBIOSUUID,
		MachineID: id.MachineID, MACs: id.MACs, HostName: id.HostName,
	}
}

// chassisKinds suggests a kind of asset by the form of the machine. It looks at the
// hardware section alone, so that the suggestion does not change with the sections
// that happen to be in a report.
var chassisKinds = map[string]asset.Kind{
	"desktop": asset.KindPC, "laptop": asset.KindPC, "server": asset.KindServer, "virtual": asset.KindVM,
}

func kindOf(h *wire.Hardware) asset.Kind {
	if h.Virtual != "" {
		return asset.KindVM
	}
	return chassisKinds[h.Chassis]
}

func hardware(h *wire.Hardware) asset.Values {
	v := asset.Values{
		asset.FieldMaker: h.Maker, asset.FieldModel: h.Model, asset.FieldSerial: h.Serial,
		asset.FieldCPU: h.CPUModel, asset.FieldFirmwareVersion: h.BIOSVersion,
	}
	if h.BIOSDate >= "1980-01-01" { // empty firmware fields read as year 0 or 1
		v[asset.FieldFirmwareOn] = h.BIOSDate
	}
	if h.MemoryBytes > 0 {
		v[asset.FieldMemoryBytes] = strconv.FormatInt(h.MemoryBytes, 10)
	}
	return v
}

// storage adds disks and volumes. The size of a machine's disks leaves out what is
// taken out again.
func storage(o *asset.Observation, s *wire.Sections) {
	if s.Disks != nil {
		disks, size := make([]asset.Disk, len(*s.Disks)), int64(0)
		for i, d := range *s.Disks {
			disks[i] = asset.Disk{Name: d.Name, Model: d.Model, Serial: d.Serial, Kind: d.Kind, Bus: d.Bus, SizeBytes: d.SizeBytes, Health: d.Health}
			if d.Kind != "optical" && d.Kind != "removable" && size+d.SizeBytes >= size {
				size += d.SizeBytes
			}
		}
		o.Disks = &disks
		values := asset.Values{}
		if size > 0 {
			values[asset.FieldDiskBytes] = strconv.FormatInt(size, 10)
		}
		o.Groups[string(wire.SecDisks)] = values
	}
	if s.Volumes != nil {
		volumes := make([]asset.Volume, len(*s.Volumes))
		for i, v := range *s.Volumes {
			volumes[i] = asset.Volume{Mount: v.Mount, Device: v.Device, FileSystem: v.FileSystem, SizeBytes: v.SizeBytes, FreeBytes: v.FreeBytes,
				Encryption: asset.Encryption(v.Encryption), Method: v.Method}
		}
		o.Volumes = &volumes
	}
}

func interfaces(list []wire.Interface) []network.Interface {
	out := make([]network.Interface, len(list))
	for i, n := range list {
		out[i] = network.Interface{Name: n.Name, MAC: n.MAC, Kind: n.Kind, Up: n.Up, SpeedMbps: n.SpeedMbps,
			Addresses: n.Addresses, Gateway: n.Gateway, DNS: n.DNS, DHCP: n.DHCP}
	}
	return out
}

func ports(list []wire.Port) []network.Port {
	out := make([]network.Port, len(list))
	for i, p := range list {
		out[i] = network.Port{Protocol: p.Protocol, Address: p.Address, Number: p.Number, Process: p.Process, Path: p.Path, RunAs: p.User}
	}
	return out
}

func programs(list []wire.Package) []software.Program {
	out := make([]software.Program, len(list))
	for i, p := range list {
		out[i] = software.Program{Kind: p.Kind, Name: p.Name, Version: p.Version, Publisher: p.Publisher, Arch: p.Arch, Origin: p.Source, InstalledOn: p.InstalledOn}
	}
	return out
}

func services(list []wire.Service) []software.Service {
	out := make([]software.Service, len(list))
	for i, s := range list {
		out[i] = software.Service{Name: s.Name, Title: s.Title, Start: s.Start, Running: s.Running, Path: s.Path, RunAs: s.RunAs}
	}
	return out
}

// accounts keeps what the wire cannot tell apart as unknown: no time of a last log-on
// may mean "never" or "no record".
func accounts(list []wire.Account) []account.Account {
	out := make([]account.Account, len(list))
	for i, a := range list {
		login := account.LoginUnknown
		if a.LastLoginMS > 0 {
			login = account.LoginAt
		}
		out[i] = account.Account{Name: a.Name, SystemID: a.ID, FullName: a.FullName, Enabled: a.Enabled, Locked: a.Locked, Privileged: a.Privileged,
			Interactive: a.Interactive, Why: a.Why, Groups: a.Groups, PasswordSetMS: a.PasswordSetMS, PasswordNever: a.PasswordNever,
			NoPassword: a.NoPassword, Login: login, LastLoginMS: a.LastLoginMS}
	}
	return out
}

func pending(list []wire.Pending) []software.Pending {
	out := make([]software.Pending, len(list))
	for i, p := range list {
		out[i] = software.Pending{Name: p.Name, Have: p.Have, Offered: p.Offered, Security: p.Security, Severity: p.Severity}
	}
	return out
}

// safeguards flattens the security section into rows of one form.
func safeguards(s *wire.Security) []software.Safeguard {
	out := []software.Safeguard{
		{Kind: software.GuardFirewall, State: state(s.FirewallOn), Detail: s.FirewallDetail},
		{Kind: software.GuardTime, State: state(s.TimeSynced), Detail: s.TimeSource},
		{Kind: software.GuardUpdates, State: state(s.AutoUpdates)},
	}
	if s.ScreenLockSec > 0 {
		out = append(out, software.Safeguard{Kind: software.GuardScreenLock, State: software.On, Detail: strconv.Itoa(s.ScreenLockSec)})
	}
	for _, p := range s.Protection {
		out = append(out, software.Safeguard{Kind: software.GuardProtection, Name: p.Product, State: state(&p.Running), Detail: p.Kind, Version: p.Version, AsOf: p.PatternDate,
			Pattern: p.PatternVersion, RealTime: realTime(p.RealTime)})
	}
	for _, l := range s.LogRetention {
		out = append(out, software.Safeguard{Kind: software.GuardLog, Name: l.Name, State: state(&l.Forwarded), KeepDays: int64(l.KeepDays), MaxBytes: l.MaxBytes, OldestMS: l.OldestMS})
	}
	for _, name := range s.RemoteAccess {
		out = append(out, software.Safeguard{Kind: software.GuardRemote, Name: name, State: software.On})
	}
	return out
}

// realTime is empty where the agent does not tell.
func realTime(on *bool) string {
	if on == nil {
		return ""
	}
	return state(on)
}

// state reads an answer that may be missing.
func state(on *bool) string {
	switch {
	case on == nil:
		return software.Unknown
	case *on:
		return software.On
	}
	return software.Off
}
