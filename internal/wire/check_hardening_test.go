package wire

import (
	"errors"
	"strings"
	"testing"
)

// full carries every section about set-up and surroundings, with every member.
func full() *Report {
	yes, no, twelve := true, false, 12
	r := sample()
	s := &r.Sections
	s.Hardware = &Hardware{MemoryModules: []MemoryModule{{Slot: "DIMM_A1", SizeBytes: 8 << 30, Kind: "DDR4", SpeedMTs: 3200, Maker: "Example", Part: "EX-8G", Serial: "00001"}}}
	s.Security = &Security{Protection: []Protection{{Product: "p", Kind: "antimalware", PatternVersion: "1.4", RealTime: &no}}}
	s.Updates = &Updates{
		Installed: []InstalledUpdate{{ID: "KB5006670", Title: "2021-10 …", InstalledOn: "2021-10-14"}},
		History:   []UpdateRun{{AtMS: 1764000000000, ID: "KB5006670", Title: "2021-10 …", Packages: 1, Result: "failed"}},
	}
	s.Peripherals = &Peripherals{
		Printers:   []Printer{{Name: "reception", Driver: "Example PS", Port: "IP_192.0.2.8", Address: "192.0.2.8", Default: true, Shared: true}},
		Monitors:   []Monitor{{Maker: "EIZ", Model: "EX2400", Serial: "1234", MadeYear: 2021, Port: "DP-1"}},
		USBStorage: []USBStorage{{Kind: "disk", Vendor: "Example", Product: "Stick", Serial: "A1", VendorID: "0951", ProductID: "16ae", FirstSeen: "2024-05-01", LastSeen: "2025-11-01", Connected: true}},
	}
	s.Extensions = &[]Extension{{Browser: "firefox", User: "suzuki", Profile: "abcd.default-release", ID: "x@example.org", Name: "X", Version: "1.0", Enabled: true, Forced: true}}
	s.Startup = &[]StartupItem{{Name: `\Example\Update`, Kind: "scheduled_task", Trigger: "boot", Command: "x.exe", RunAs: "SYSTEM", Enabled: true}}
	s.Groups = &[]Group{{Name: "Administrators", ID: "S-1-5-32-544", Privileged: true, Members: []string{"EXAMPLE\\Domain Admins", "admin"}}}
	s.Hardening = &Hardening{
		SMB1Server: &no, SMB1Client: &yes,
		RemoteDesktop:  &RemoteDesktop{Enabled: true, NLA: &yes, Port: 3389, Allowed: []string{"Remote Desktop Users"}},
		AutoLogon:      &AutoLogon{Enabled: true, User: "kiosk", ClearPassword: true, Source: `HKLM\…\Winlogon`},
		ScreenLock:     []ScreenLock{{User: "suzuki", Seconds: 600, On: &yes, Password: &yes, Enforced: true, Source: "x"}},
		PasswordPolicy: &PasswordPolicy{&twelve, &twelve, &twelve, &twelve, &twelve, &twelve, &yes, "x"},
		LocalAdmin:     &LocalAdmin{Managed: "windows_laps", ChangedMS: 1764000000000, ExpiresMS: 1764000000000, Marker: strings.Repeat("ab", 32)},
		Firewall:       []FirewallProfile{{Name: "public", On: &yes, Inbound: "block"}},
		AccessControl:  &AccessControl{System: "apparmor", State: "enforcing", Detail: "x"},
		SSH:            &SSHServer{Enabled: true, RootLogin: "no", PasswordLogin: &no, EmptyPasswords: &no, Exceptions: []string{"User backup"}, ConfigChangedMS: 1764000000000},
	}
	s.SwitchedOff = &[]SwitchedOff{{What: "auto_updates", Name: "apt-daily.timer", By: "masked", SinceMS: 1764000000000, Evidence: "/etc/systemd/system/apt-daily.timer"}}
	s.Backups = &[]Backup{{Software: "restic", Job: "home", Target: "network", LastOKMS: 1764000000000, LastTriedMS: 1764000000000, Evidence: "/root/.cache/restic"}}
	r.Seal()
	return r
}

func TestCheckHardening(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Sections)
		place  string // "" = accepted
	}{
		{"untouched", func(*Sections) {}, ""},
		{"memory without slot", func(s *Sections) { s.Hardware.MemoryModules[0].Slot = "" }, "sections.hardware.memory_modules[0].slot"},
		{"memory of minus one", func(s *Sections) { s.Hardware.MemoryModules[0].SizeBytes = -1 }, "sections.hardware.memory_modules[0].size_bytes"},
		{"memory speed", func(s *Sections) { s.Hardware.MemoryModules[0].SpeedMTs = -1 }, "sections.hardware.memory_modules[0].speed_mts"},
		{"patch without number", func(s *Sections) { s.Updates.Installed[0].ID = " " }, "sections.updates.installed[0].id"},
		{"patch of no day", func(s *Sections) { s.Updates.Installed[0].InstalledOn = "10/14/2021" }, "sections.updates.installed[0].installed_on"},
		{"run before 1970", func(s *Sections) { s.Updates.History[0].AtMS = -1 }, "sections.updates.history[0].at_ms"},
		{"run of minus packages", func(s *Sections) { s.Updates.History[0].Packages = -1 }, "sections.updates.history[0].packages"},
		{"run with another end", func(s *Sections) { s.Updates.History[0].Result = "2" }, "sections.updates.history[0].result"},
		{"printer without name", func(s *Sections) { s.Peripherals.Printers[0].Name = "" }, "sections.peripherals.printers[0].name"},
		{"monitor older than EDID", func(s *Sections) { s.Peripherals.Monitors[0].MadeYear = 1989 }, "sections.peripherals.monitors[0].made_year"},
		{"monitor of no year", func(s *Sections) { s.Peripherals.Monitors[0].MadeYear = 0 }, ""},
		{"storage of a kind", func(s *Sections) { s.Peripherals.USBStorage[0].Kind = "stick" }, "sections.peripherals.usb_storage[0].kind"},
		{"vendor in capitals", func(s *Sections) { s.Peripherals.USBStorage[0].VendorID = "09AF" }, "sections.peripherals.usb_storage[0].vendor_id"},
		{"product too long", func(s *Sections) { s.Peripherals.USBStorage[0].ProductID = "09af1" }, "sections.peripherals.usb_storage[0].product_id"},
		{"seen on no day", func(s *Sections) { s.Peripherals.USBStorage[0].FirstSeen = "yesterday" }, "sections.peripherals.usb_storage[0].first_seen"},
		{"last seen on no day", func(s *Sections) { s.Peripherals.USBStorage[0].LastSeen = "2025-13-01" }, "sections.peripherals.usb_storage[0].last_seen"},
		{"browser with markup", func(s *Sections) { (*s.Extensions)[0].Browser = "<b>" }, "sections.extensions[0].browser"},
		{"extension without ID", func(s *Sections) { (*s.Extensions)[0].ID = "" }, "sections.extensions[0].id"},
		{"start without name", func(s *Sections) { (*s.Startup)[0].Name = "" }, "sections.startup[0].name"},
		{"start of a kind", func(s *Sections) { (*s.Startup)[0].Kind = "magic" }, "sections.startup[0].kind"},
		{"start at a whim", func(s *Sections) { (*s.Startup)[0].Trigger = "whim" }, "sections.startup[0].trigger"},
		{"group without name", func(s *Sections) { (*s.Groups)[0].Name = "" }, "sections.groups[0].name"},
		{"member without name", func(s *Sections) { (*s.Groups)[0].Members[1] = "" }, "sections.groups[0].members[1]"},
		{"RDP port", func(s *Sections) { s.Hardening.RemoteDesktop.Port = 65536 }, "sections.hardening.remote_desktop.port"},
		{"lock after minus one", func(s *Sections) { s.Hardening.ScreenLock[0].Seconds = -1 }, "sections.hardening.screen_lock[0].seconds"},
		{"length of minus one", func(s *Sections) { s.Hardening.PasswordPolicy.MinLength = new(-1) }, "sections.hardening.password_policy.min_length"},
		{"length not told", func(s *Sections) { s.Hardening.PasswordPolicy.MinLength = nil }, ""},
		{"age of minus one", func(s *Sections) { s.Hardening.PasswordPolicy.MaxAgeDays = new(-1) }, "sections.hardening.password_policy.max_age_days"},
		{"managed by hand", func(s *Sections) { s.Hardening.LocalAdmin.Managed = "hand" }, "sections.hardening.local_admin.managed"},
		{"changed after 2100", func(s *Sections) { s.Hardening.LocalAdmin.ChangedMS = maxTimeMS + 1 }, "sections.hardening.local_admin.changed_ms"},
		{"expires after 2100", func(s *Sections) { s.Hardening.LocalAdmin.ExpiresMS = maxTimeMS + 1 }, "sections.hardening.local_admin.expires_ms"},
		{"a password for a marker", func(s *Sections) { s.Hardening.LocalAdmin.Marker = "P@ssw0rd" }, "sections.hardening.local_admin.marker"},
		{"firewall without name", func(s *Sections) { s.Hardening.Firewall[0].Name = "" }, "sections.hardening.firewall[0].name"},
		{"firewall that shrugs", func(s *Sections) { s.Hardening.Firewall[0].Inbound = "shrug" }, "sections.hardening.firewall[0].inbound"},
		{"access control of a kind", func(s *Sections) { s.Hardening.AccessControl.System = "x" }, "sections.hardening.access_control.system"},
		{"access control in a mood", func(s *Sections) { s.Hardening.AccessControl.State = "x" }, "sections.hardening.access_control.state"},
		{"root login perhaps", func(s *Sections) { s.Hardening.SSH.RootLogin = "perhaps" }, "sections.hardening.ssh.root_login"},
		{"sshd_config of the past", func(s *Sections) { s.Hardening.SSH.ConfigChangedMS = -1 }, "sections.hardening.ssh.config_changed_ms"},
		{"nothing of hardening told", func(s *Sections) { *s.Hardening = Hardening{} }, ""},
		{"switched off: what", func(s *Sections) { (*s.SwitchedOff)[0].What = "brain" }, "sections.switched_off[0].what"},
		{"switched off: by", func(s *Sections) { (*s.SwitchedOff)[0].By = "magic" }, "sections.switched_off[0].by"},
		{"switched off: since", func(s *Sections) { (*s.SwitchedOff)[0].SinceMS = -1 }, "sections.switched_off[0].since_ms"},
		{"switched off: no proof", func(s *Sections) { (*s.SwitchedOff)[0].Evidence = "" }, "sections.switched_off[0].evidence"},
		{"backup by nobody", func(s *Sections) { (*s.Backups)[0].Software = "" }, "sections.backups[0].software"},
		{"backup to the moon", func(s *Sections) { (*s.Backups)[0].Target = "moon" }, "sections.backups[0].target"},
		{"backup of the past", func(s *Sections) { (*s.Backups)[0].LastOKMS = -1 }, "sections.backups[0].last_ok_ms"},
		{"backup tried in the past", func(s *Sections) { (*s.Backups)[0].LastTriedMS = -1 }, "sections.backups[0].last_tried_ms"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := full()
			tt.change(&r.Sections)
			r.Seal()
			err := r.Check()
			var refusal *Refusal
			errors.As(err, &refusal)
			switch {
			case tt.place == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.place != "" && (refusal == nil || refusal.Code != CodeBadValue || refusal.Place != tt.place):
				t.Errorf("error = %v, want bad_value at %s", err, tt.place)
			}
		})
	}
}
