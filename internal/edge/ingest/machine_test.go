package ingest_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"sonae/internal/wire"
)

// start is the time of the tests.
var start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// pool is the software a hospital uses: a base image that most machines have and a
// tail of programs that few have, each in up to four versions.
type pool struct {
	base []wire.Package
	tail []wire.Package
}

func newPool() pool {
	rnd := rand.New(rand.NewPCG(1, 1))
	makers := []string{"Microsoft Corporation", "例示ソフトウェア株式会社", "Example Medical Systems", "見本電子株式会社", ""}
	kinds := []string{"registry", "msi", "store"}
	one := func(name string) []wire.Package {
		var out []wire.Package
		for v := range 1 + rnd.IntN(4) {
			out = append(out, wire.Package{
				Name: name, Version: fmt.Sprintf("%d.%d.%d.%d", 1+rnd.IntN(20), v, rnd.IntN(100), rnd.IntN(9999)), Publisher: makers[rnd.IntN(len(makers))],
				Kind: kinds[rnd.IntN(len(kinds))], Arch: "amd64", InstalledOn: fmt.Sprintf("2025-%02d-%02d", 1+rnd.IntN(12), 1+rnd.IntN(28)),
			})
		}
		return out
	}
	var p pool
	for i := range 260 {
		p.base = append(p.base, one(fmt.Sprintf("業務用基本ソフト %03d Runtime Component", i))...)
	}
	for i := range 1200 {
		p.tail = append(p.tail, one(fmt.Sprintf("部門別ソフト %04d Professional Edition", i))...)
	}
	return p
}

// draw picks packages for one machine: three quarters of the base, the rest from the
// tail with the usual many-have-few.
func (p pool) draw(rnd *rand.Rand, n int) []wire.Package {
	seen := map[string]bool{}
	var out []wire.Package
	for len(out) < n {
		from := p.base
		if len(out) >= n*3/4 {
			from = p.tail
		}
		x := rnd.Float64()
		c := from[int(x*x*float64(len(from)))]
		if key := c.Name + c.Version; !seen[key] {
			seen[key] = true
			out = append(out, c)
		}
	}
	return out
}

// pc is the full report of machine n: 300 packages, 40 services, 25 ports, 10
// accounts, 3 interfaces and everything else a PC has.
func (p pool) pc(n int) *wire.Report {
	rnd := rand.New(rand.NewPCG(2, uint64(n)))
	id := wire.Identity{
		Maker: "見本電子株式会社", Model: fmt.Sprintf("Desk %d", n%7), Serial: fmt.Sprintf("SN%08d", n), SMBIOSUUID: fmt.Sprintf("%08x-0000-4000-8000-%012x", n, n),
		MachineID: fmt.Sprintf("m%040x", n), MACs: []string{mac(n, 0), mac(n, 1)}, HostName: fmt.Sprintf("PC-%05d", n), OSFamily: "windows",
	}
	r := &wire.Report{Version: wire.Version, Seq: 1, CollectedMS: start.UnixMilli(), Agent: wire.Agent{Version: "0.1", OS: "windows", Arch: "amd64"}}
	s := &r.Sections
	s.Hardware = &wire.Hardware{Identity: id, BIOSVersion: "1.2", BIOSDate: "2024-05-01", Chassis: "desktop", CPUModel: "例示プロセッサー", CPUSockets: 1, CPUCores: 4, CPUThreads: 8, MemoryBytes: 16 << 30, SecureBoot: new(true)}
	s.OS = &wire.OS{Family: "windows", Name: "Windows 11 Pro", Version: "10.0.26100", Edition: "Professional", Arch: "amd64", HostName: id.HostName, Domain: "example.local", TimeZone: "Asia/Tokyo"}
	s.Disks = &[]wire.Disk{{Name: "disk0", Model: "例示SSD", Serial: fmt.Sprintf("D%d", n), Kind: "ssd", Bus: "nvme", SizeBytes: 512 << 30, Health: "ok"}}
	s.Volumes = &[]wire.Volume{{Mount: `C:\`, FileSystem: "NTFS", SizeBytes: 500 << 30, FreeBytes: 200 << 30, Encryption: "on", Method: "bitlocker"}, {Mount: `D:\`, FileSystem: "NTFS", SizeBytes: 5 << 30, Encryption: "off"}}
	s.Interfaces = &[]wire.Interface{
		{Name: "イーサネット", MAC: mac(n, 0), Kind: "ethernet", Up: true, SpeedMbps: 1000, Addresses: []string{fmt.Sprintf("10.%d.%d.%d/16", 10+n/65000, n/250%250, 1+n%250), "fe80::1/64"}, Gateway: "10.10.0.1", DNS: []string{"10.10.1.11", "10.10.1.12"}, DHCP: new(false)},
		{Name: "Wi-Fi", MAC: mac(n, 1), Kind: "wifi"},
		{Name: "Loopback", Kind: "loopback", Up: true, Addresses: []string{"127.0.0.1/8", "::1/128"}},
	}
	packages := p.draw(rnd, 300)
	s.Packages = &packages
	var services []wire.Service
	for i := range 40 {
		services = append(services, wire.Service{Name: fmt.Sprintf("Service%02d", i), Title: fmt.Sprintf("見本サービス %02d", i), Start: "auto", Running: i%3 > 0, Path: fmt.Sprintf(`C:\Program Files\Example\service%02d.exe -k netsvcs`, i), RunAs: "LocalSystem"})
	}
	s.Services = &services
	var ports []wire.Port
	for i := range 25 {
		ports = append(ports, wire.Port{Protocol: "tcp", Address: []string{"0.0.0.0", "127.0.0.1", "::"}[i%3], Number: 49152 + i, Process: "svchost.exe", Path: `C:\Windows\System32\svchost.exe`, User: "SYSTEM"})
	}
	s.Ports = &ports
	var accounts []wire.Account
	for i := range 10 {
		accounts = append(accounts, wire.Account{Name: fmt.Sprintf("user%02d", i), ID: fmt.Sprintf("S-1-5-21-%d-%d", n, i), FullName: "見本 太郎", Enabled: i < 8, Privileged: i == 0, Interactive: true, Groups: []string{"Users"}, LastLoginMS: start.UnixMilli() - int64(i)*86400000})
	}
	s.Accounts = &accounts
	s.Security = &wire.Security{FirewallOn: new(true), TimeSynced: new(true), TimeSource: "10.10.1.11", AutoUpdates: new(false),
		Protection:   []wire.Protection{{Product: "例示アンチウイルス", Kind: "antimalware", Running: true, Version: "14.2", PatternDate: "2026-11-23"}},
		LogRetention: []wire.LogStore{{Name: "Security", OldestMS: start.UnixMilli() - 90*86400000, MaxBytes: 128 << 20}}}
	s.Updates = &wire.Updates{CheckedMS: start.UnixMilli(), Pending: []wire.Pending{{Name: "2026-11 累積更新プログラム", Offered: "KB0000001", Security: true, Severity: "critical"}}}
	setup(r, n)
	return r
}

// setup is how machine n is set up and what is connected to it: 20 things that start by
// themselves, 15 groups, 10 extensions, 30 patches, and a bit of everything else.
func setup(r *wire.Report, n int) {
	s := &r.Sections
	s.Hardware.MemoryModules = []wire.MemoryModule{{Slot: "DIMM_A1", SizeBytes: 8 << 30, Kind: "DDR4", SpeedMTs: 3200, Maker: "見本電子", Part: "EX-8G", Serial: fmt.Sprintf("M%d", n)}}
	s.Security.Protection[0].PatternVersion, s.Security.Protection[0].RealTime = "1.443.12.0", new(true)
	s.Peripherals = &wire.Peripherals{
		Printers:   []wire.Printer{{Name: "受付プリンター", Driver: "例示PS", Port: "IP_10.10.2.8", Address: "10.10.2.8", Default: true}},
		Monitors:   []wire.Monitor{{Maker: "EXM", Model: "EX2400", Serial: fmt.Sprintf("MON%d", n), MadeYear: 2021, Port: "DP-1"}},
		USBStorage: []wire.USBStorage{{Kind: "disk", Vendor: "例示", Product: "USBメモリー", Serial: fmt.Sprintf("U%d", n), VendorID: "0951", ProductID: "16ae", FirstSeen: "2025-05-01", LastSeen: "2026-11-01"}},
	}
	var extensions []wire.Extension
	for i := range 10 {
		extensions = append(extensions, wire.Extension{Browser: "edge", User: "user01", Profile: "Default", ID: fmt.Sprintf("abcdefghijklmnop%04d", i), Name: fmt.Sprintf("拡張機能 %d", i), Version: "1.2.3", Enabled: i > 0})
	}
	s.Extensions = &extensions
	var startup []wire.StartupItem
	for i := range 20 {
		startup = append(startup, wire.StartupItem{Name: fmt.Sprintf(`\例示\Task %02d`, i), Kind: "scheduled_task", Trigger: "boot", Command: `C:\Program Files\Example\task.exe`, RunAs: "SYSTEM", Enabled: true})
	}
	s.Startup = &startup
	var groups []wire.Group
	for i := range 15 {
		groups = append(groups, wire.Group{Name: fmt.Sprintf("Group %02d", i), ID: fmt.Sprintf("S-1-5-32-%d", 544+i), Privileged: i == 0, Members: []string{"EXAMPLE\\Domain Users", "user01"}})
	}
	s.Groups = &groups
	s.Hardening = &wire.Hardening{SMB1Server: new(false), RemoteDesktop: &wire.RemoteDesktop{Enabled: true, NLA: new(true), Allowed: []string{"Remote Desktop Users"}},
		AutoLogon: &wire.AutoLogon{Enabled: true, User: "kiosk", ClearPassword: true, Source: `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`}, ScreenLock: []wire.ScreenLock{{Seconds: 600, On: new(true), Password: new(true), Enforced: true}},
		PasswordPolicy: &wire.PasswordPolicy{MinLength: new(8), LockoutThreshold: new(0), Complexity: new(false)}, LocalAdmin: &wire.LocalAdmin{Managed: "none"},
		Firewall: []wire.FirewallProfile{{Name: "domain", On: new(true), Inbound: "block"}, {Name: "public", On: new(false)}}}
	s.SwitchedOff = &[]wire.SwitchedOff{{What: "firewall", Name: "public", By: "setting", Evidence: `HKLM\…\PublicProfile EnableFirewall=0`},
		{What: "auto_updates", By: "policy", SinceMS: start.UnixMilli() - 86400000*40, Evidence: `HKLM\…\WindowsUpdate\AU NoAutoUpdate=1`}}
	s.Backups = &[]wire.Backup{{Software: "例示バックアップ", Job: "毎日", Target: "network", LastOKMS: start.UnixMilli() - 86400000, LastTriedMS: start.UnixMilli()}}
	for i := range 30 {
		s.Updates.Installed = append(s.Updates.Installed, wire.InstalledUpdate{ID: fmt.Sprintf("KB50%05d", i), Title: "Security Update", InstalledOn: "2026-10-14"})
	}
	s.Updates.History = []wire.UpdateRun{{AtMS: start.UnixMilli() - 86400000, ID: "KB5000000", Title: "累積更新プログラム", Result: "failed"}}
}

func mac(n, i int) string {
	return fmt.Sprintf("00:00:5e:%02x:%02x:%02x", n>>12&0xff, n>>4&0xff, n&0xf<<4|i)
}
