package collect

import (
	"time"

	"sonae/internal/wire"
)

// List names every collector. Each has a file of its own; what it needs beyond
// the files of the Source is in the comment of its function. Sections of the
// report are in wire.AllSections order.
func List() []Collector {
	security := func(s *wire.Sections) *wire.Security {
		if s.Security == nil {
			s.Security = &wire.Security{}
		}
		return s.Security
	}
	peripherals := func(s *wire.Sections) *wire.Peripherals {
		if s.Peripherals == nil {
			s.Peripherals = &wire.Peripherals{}
		}
		return s.Peripherals
	}
	return []Collector{
		collector("hardware", wire.SecHardware, "linux", hardware, func(s *wire.Sections, v *wire.Hardware) { s.Hardware = v }),
		collector("system", wire.SecOS, "linux", system, func(s *wire.Sections, v *wire.OS) { s.OS = v }),
		collector("disks", wire.SecDisks, "linux", disks, func(s *wire.Sections, v []wire.Disk) { s.Disks = &v }),
		collector("volumes", wire.SecVolumes, "linux", volumes, func(s *wire.Sections, v []wire.Volume) { s.Volumes = &v }),
		collector("interfaces", wire.SecInterfaces, "linux", interfaces, func(s *wire.Sections, v []wire.Interface) { s.Interfaces = &v }),
		collector("packages", wire.SecPackages, "linux darwin", packages, func(s *wire.Sections, v []wire.Package) { s.Packages = &v }),
		collector("services", wire.SecServices, "linux", services, func(s *wire.Sections, v []wire.Service) { s.Services = &v }),
		collector("ports", wire.SecPorts, "linux", ports, func(s *wire.Sections, v []wire.Port) { s.Ports = &v }),
		collector("accounts", wire.SecAccounts, "linux", accounts, func(s *wire.Sections, v []wire.Account) { s.Accounts = &v }),
		collector("firewall", wire.SecSecurity, "linux", firewall, func(s *wire.Sections, v firewallState) {
			security(s).FirewallOn, security(s).FirewallDetail = v.on, v.detail
		}),
		collector("time", wire.SecSecurity, "linux", timeSync, func(s *wire.Sections, v timeState) {
			security(s).TimeSynced, security(s).TimeSource = v.synced, v.source
		}),
		collector("protection", wire.SecSecurity, "linux", protection, func(s *wire.Sections, v []wire.Protection) { security(s).Protection = v }),
		collector("logs", wire.SecSecurity, "linux", logStores, func(s *wire.Sections, v []wire.LogStore) { security(s).LogRetention = v }),
		collector("remote access", wire.SecSecurity, "linux", remoteAccess, func(s *wire.Sections, v []string) { security(s).RemoteAccess = v }),
		collector("automatic updates", wire.SecSecurity, "linux", autoUpdates, func(s *wire.Sections, v *bool) { security(s).AutoUpdates = v }),
		collector("screen lock", wire.SecSecurity, "linux", screenLock, func(s *wire.Sections, v int) { security(s).ScreenLockSec = v }),
		collector("printers", wire.SecPeripherals, "linux", printers, func(s *wire.Sections, v []wire.Printer) { peripherals(s).Printers = v }),
		collector("monitors", wire.SecPeripherals, "linux", monitors, func(s *wire.Sections, v []wire.Monitor) { peripherals(s).Monitors = v }),
		collector("USB storage", wire.SecPeripherals, "linux", usbStorage, func(s *wire.Sections, v []wire.USBStorage) { peripherals(s).USBStorage = v }),
		collector("extensions", wire.SecExtensions, "linux darwin", extensions, func(s *wire.Sections, v []wire.Extension) { s.Extensions = &v }),
		collector("startup", wire.SecStartup, "linux", startup, func(s *wire.Sections, v []wire.StartupItem) { s.Startup = &v }),
		collector("groups", wire.SecGroups, "linux", groups, func(s *wire.Sections, v []wire.Group) { s.Groups = &v }),
		collector("hardening", wire.SecHardening, "linux", hardening, func(s *wire.Sections, v *wire.Hardening) { s.Hardening = v }),
		collector("switched off", wire.SecSwitchedOff, "linux", switchedOff, func(s *wire.Sections, v []wire.SwitchedOff) { s.SwitchedOff = &v }),
		collector("backups", wire.SecBackups, "linux", backups, func(s *wire.Sections, v []wire.Backup) { s.Backups = &v }),
		collector("updates", wire.SecUpdates, "linux", updates, func(s *wire.Sections, v *wire.Updates) { s.Updates = v }),

		collector("hardware", wire.SecHardware, "darwin", nativeHardware, func(s *wire.Sections, v *wire.Hardware) { s.Hardware = v }),
		collector("system", wire.SecOS, "darwin", nativeSystem, func(s *wire.Sections, v *wire.OS) { s.OS = v }),
		collector("volumes", wire.SecVolumes, "darwin", nativeVolumes, func(s *wire.Sections, v []wire.Volume) { s.Volumes = &v }),
		collector("interfaces", wire.SecInterfaces, "darwin", nativeInterfaces, func(s *wire.Sections, v []wire.Interface) { s.Interfaces = &v }),

		collector("accounts", wire.SecAccounts, "darwin", macAccounts, func(s *wire.Sections, v []wire.Account) { s.Accounts = &v }),
		collector("groups", wire.SecGroups, "darwin", macGroups, func(s *wire.Sections, v []wire.Group) { s.Groups = &v }),
		collector("protection", wire.SecSecurity, "darwin", macProtection, func(s *wire.Sections, v []wire.Protection) { security(s).Protection = v }),
		collector("remote access", wire.SecSecurity, "darwin", macRemote, func(s *wire.Sections, v []string) { security(s).RemoteAccess = v }),
		collector("automatic updates", wire.SecSecurity, "darwin", macAutoUpdates, func(s *wire.Sections, v *bool) { security(s).AutoUpdates = v }),
		collector("updates", wire.SecUpdates, "darwin", macUpdates, func(s *wire.Sections, v *wire.Updates) { s.Updates = v }),
		collector("startup", wire.SecStartup, "darwin", macStartup, func(s *wire.Sections, v []wire.StartupItem) { s.Startup = &v }),
		collector("hardening", wire.SecHardening, "darwin", macHardening, func(s *wire.Sections, v *wire.Hardening) { s.Hardening = v }),
		collector("switched off", wire.SecSwitchedOff, "darwin", macSwitchedOff, func(s *wire.Sections, v []wire.SwitchedOff) { s.SwitchedOff = &v }),
		collector("backups", wire.SecBackups, "darwin", macBackups, func(s *wire.Sections, v []wire.Backup) { s.Backups = &v }),

		collector("hardware", wire.SecHardware, "windows", winHardware, func(s *wire.Sections, v *wire.Hardware) { s.Hardware = v }),
		collector("system", wire.SecOS, "windows", winSystem, func(s *wire.Sections, v *wire.OS) { s.OS = v }),
		limited(wmiLimit, collector("disks", wire.SecDisks, "windows", winDisks, func(s *wire.Sections, v []wire.Disk) { s.Disks = &v })),
		limited(wmiLimit, collector("volumes", wire.SecVolumes, "windows", winVolumes, func(s *wire.Sections, v []wire.Volume) { s.Volumes = &v })),
		collector("interfaces", wire.SecInterfaces, "windows", winInterfaces, func(s *wire.Sections, v []wire.Interface) { s.Interfaces = &v }),
		collector("packages", wire.SecPackages, "windows", winPackages, func(s *wire.Sections, v []wire.Package) { s.Packages = &v }),
		collector("services", wire.SecServices, "windows", winServices, func(s *wire.Sections, v []wire.Service) { s.Services = &v }),
		collector("ports", wire.SecPorts, "windows", winPorts, func(s *wire.Sections, v []wire.Port) { s.Ports = &v }),
		collector("accounts", wire.SecAccounts, "windows", winAccounts, func(s *wire.Sections, v []wire.Account) { s.Accounts = &v }),
		collector("firewall", wire.SecSecurity, "windows", winFirewall, func(s *wire.Sections, v firewallState) {
			security(s).FirewallOn, security(s).FirewallDetail = v.on, v.detail
		}),
		collector("time", wire.SecSecurity, "windows", winTimeSync, func(s *wire.Sections, v timeState) {
			security(s).TimeSynced, security(s).TimeSource = v.synced, v.source
		}),
		limited(wmiLimit, collector("protection", wire.SecSecurity, "windows", winProtection, func(s *wire.Sections, v []wire.Protection) { security(s).Protection = v })),
		collector("logs", wire.SecSecurity, "windows", winLogStores, func(s *wire.Sections, v []wire.LogStore) { security(s).LogRetention = v }),
		collector("remote access", wire.SecSecurity, "windows", winRemoteAccess, func(s *wire.Sections, v []string) { security(s).RemoteAccess = v }),
		collector("automatic updates", wire.SecSecurity, "windows", winAutoUpdates, func(s *wire.Sections, v *bool) { security(s).AutoUpdates = v }),
		collector("screen lock", wire.SecSecurity, "windows", winScreenLock, func(s *wire.Sections, v int) { security(s).ScreenLockSec = v }),
		collector("peripherals", wire.SecPeripherals, "windows", winPeripherals, func(s *wire.Sections, v *wire.Peripherals) { s.Peripherals = v }),
		collector("extensions", wire.SecExtensions, "windows", winExtensions, func(s *wire.Sections, v []wire.Extension) { s.Extensions = &v }),
		collector("startup", wire.SecStartup, "windows", winStartup, func(s *wire.Sections, v []wire.StartupItem) { s.Startup = &v }),
		collector("groups", wire.SecGroups, "windows", winGroups, func(s *wire.Sections, v []wire.Group) { s.Groups = &v }),
		collector("hardening", wire.SecHardening, "windows", winHardening, func(s *wire.Sections, v *wire.Hardening) { s.Hardening = v }),
		collector("switched off", wire.SecSwitchedOff, "windows", winSwitchedOff, func(s *wire.Sections, v []wire.SwitchedOff) { s.SwitchedOff = &v }),
		limited(wmiLimit, collector("backups", wire.SecBackups, "windows", winBackups, func(s *wire.Sections, v []wire.Backup) { s.Backups = &v })),
		limited(updateLimit, collector("updates", wire.SecUpdates, "windows", winUpdates, func(s *wire.Sections, v *wire.Updates) { s.Updates = v })),
	}
}

// wmiLimit is for the first question to WMI after a start: the service wakes, and
// an old PC is busy with all else.
const wmiLimit = 30 * time.Second

// updateLimit is what the Windows Update Agent may take for a search that stays on
// the machine: it reads its whole store.
const updateLimit = time.Minute

func limited(most time.Duration, c Collector) Collector {
	c.Limit = most
	return c
}
