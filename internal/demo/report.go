package demo

import (
	"net/netip"
	"time"

	"sonae/internal/wire"
)

const gib = int64(1) << 30

// report fills the sections that PCs and servers share; Load adds device, number
// and digests.
func (b *builder) report(id wire.Identity, m model, os system, cidr, gateway string) wire.Report {
	chassis := "desktop"
	if id.OSFamily == "linux" || m.memoryGB >= 64 {
		chassis = "server"
	}
	secureBoot := os.version >= "10.0.2" || b.chance(60)
	boot := b.now.Add(-time.Duration(1+b.rnd.IntN(14*24)) * time.Hour).UnixMilli()
	r := wire.Report{Version: wire.Version, CollectedMS: b.now.Add(-time.Duration(b.rnd.IntN(240)) * time.Minute).UnixMilli(), Agent: wire.Agent{Version: "demo", OS: id.OSFamily, Arch: "amd64"}}
	r.Sections.Hardware = &wire.Hardware{Identity: id, BIOSVersion: "1." + string(rune('0'+b.rnd.IntN(9))), BIOSDate: b.daysAgo(400, 2500), Chassis: chassis, CPUModel: m.cpu, CPUSockets: 1, CPUCores: 4, CPUThreads: 8, MemoryBytes: m.memoryGB * gib, SecureBoot: &secureBoot}
	r.Sections.OS = &wire.OS{Family: id.OSFamily, Name: os.name, Version: os.version, Edition: os.edition, Arch: "amd64", HostName: id.HostName, Domain: "aobadai.example", InstalledMS: b.now.AddDate(0, 0, -300-b.rnd.IntN(1500)).UnixMilli(), BootedMS: boot - boot%60000, TimeZone: "Asia/Tokyo"}
	disks := []wire.Disk{{Name: "disk0", Model: "例示SSD " + id.Model, Serial: "D" + id.SMBIOSUUID[:8], Kind: "ssd", Bus: "sata", SizeBytes: m.diskGB * gib, Health: pick(b, []string{"ok", "ok", "ok", "ok", "unknown"})}}
	r.Sections.Disks = &disks
	mount, fs, encryption, method := `C:\`, "NTFS", "off", ""
	if b.chance(55) {
		encryption, method = "on", "bitlocker"
	}
	if id.OSFamily == "linux" {
		mount, fs, encryption, method = "/", "ext4", "off", ""
	}
	volumes := []wire.Volume{{Mount: mount, FileSystem: fs, SizeBytes: m.diskGB * gib, FreeBytes: m.diskGB * gib * int64(10+b.rnd.IntN(60)) / 100, Encryption: encryption, Method: method}}
	r.Sections.Volumes = &volumes
	ifs := []wire.Interface{{Name: "イーサネット", MAC: id.MACs[0], Kind: "ethernet", Up: true, SpeedMbps: 1000, Addresses: []string{cidr}, Gateway: gateway, DNS: []string{"10.10.1.11"}}}
	if len(id.MACs) > 1 {
		ifs = append(ifs, wire.Interface{Name: "バックアップ", MAC: id.MACs[1], Kind: "ethernet", Up: true, SpeedMbps: 10000})
	}
	r.Sections.Interfaces = &ifs
	b.running(&r, netip.MustParsePrefix(cidr).Addr().String(), chassis == "server")
	return r
}

// running fills services, ports, protection and updates.
func (b *builder) running(r *wire.Report, address string, server bool) {
	services := []wire.Service{
		{Name: "WinDefend", Title: "Microsoft Defender Antivirus Service", Start: "auto", Running: b.chance(70)},
		{Name: "Spooler", Title: "Print Spooler", Start: "auto", Running: true},
		{Name: "LanmanServer", Title: "Server", Start: "auto", Running: true},
		{Name: "W32Time", Title: "Windows Time", Start: "auto", Running: true},
		{Name: "EventLog", Title: "Windows Event Log", Start: "auto", Running: true},
		{Name: "wuauserv", Title: "Windows Update", Start: pick(b, []string{"manual", "manual", "disabled"}), Running: false},
	}
	ports := []wire.Port{{Protocol: "tcp", Address: "0.0.0.0", Number: 445, Process: "System"}, {Protocol: "tcp", Address: "0.0.0.0", Number: 135, Process: "svchost.exe"}}
	if server || b.chance(15) {
		services = append(services, wire.Service{Name: "TermService", Title: "Remote Desktop Services", Start: "auto", Running: true})
		ports = append(ports, wire.Port{Protocol: "tcp", Address: "0.0.0.0", Number: 3389, Process: "svchost.exe"})
	}
	if b.chance(4) {
		services = append(services, wire.Service{Name: "vncserver", Title: "VNC Server", Start: "auto", Running: true})
		ports = append(ports, wire.Port{Protocol: "tcp", Address: address, Number: 5900, Process: "vncserver.exe"})
	}
	r.Sections.Services, r.Sections.Ports = &services, &ports
	firewall, synced, auto := b.chance(88), b.chance(95), b.chance(40)
	sec := &wire.Security{FirewallOn: &firewall, TimeSynced: &synced, TimeSource: "10.10.1.11", AutoUpdates: &auto,
		LogRetention: []wire.LogStore{{Name: "Security", OldestMS: b.now.AddDate(0, 0, -20-b.rnd.IntN(500)).UnixMilli(), MaxBytes: 128 << 20, Forwarded: server && b.chance(60)}}}
	if b.chance(94) {
		sec.Protection = []wire.Protection{{Product: "例示アンチウイルス", Kind: "antimalware", Running: b.chance(97), Version: "14.2.1044", PatternDate: b.daysAgo(0, 9)}}
	}
	r.Sections.Security = sec
	up := &wire.Updates{CheckedMS: b.now.Add(-6 * time.Hour).UnixMilli(), LastDoneMS: b.now.AddDate(0, 0, -b.rnd.IntN(90)).UnixMilli(), Pending: []wire.Pending{}}
	if b.chance(25) {
		up.Pending = append(up.Pending, wire.Pending{Name: "2026-11 累積更新プログラム（見本）", Offered: "KB0000001", Security: true, Severity: "critical"})
	}
	if b.chance(10) {
		up.Pending = append(up.Pending, wire.Pending{Name: "2026-10 .NET 更新（見本）", Offered: "KB0000002", Security: false})
	}
	r.Sections.Updates = up
}
