package wire

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// allowed values of the sections about set-up and surroundings.
var (
	storageKinds  = []string{"disk", "optical", "floppy", "portable", "reader", "other"}
	startupKinds  = []string{"scheduled_task", "run_key", "startup_folder", "cron", "systemd_timer", "autostart", "launch_daemon", "launch_agent", "login_item", "other"}
	triggers      = []string{"", "boot", "logon", "schedule", "other"}
	backupTargets = []string{"", "local", "removable", "network", "cloud", "tape", "unknown"}
	runResults    = []string{"succeeded", "with_errors", "failed", "aborted", "in_progress", "unknown"}
	adminManagers = []string{"windows_laps", "laps", "other", "none", "unknown"}
	inboundKinds  = []string{"", "allow", "block"}
	accessSystems = []string{"selinux", "apparmor", "sip", "gatekeeper", "none"}
	accessStates  = []string{"enforcing", "permissive", "disabled", "unknown"}
	rootLogins    = []string{"", "yes", "no", "prohibit-password", "forced-commands-only"} // sshd_config(5)
	offThings     = []string{"auto_updates", "malware_protection", "real_time_protection", "firewall", "screen_lock", "audit", "event_log", "time_sync", "backup", "access_control", "user_account_control", "secure_boot", "other"}
	offMeans      = []string{"policy", "service", "masked", "setting", "boot"}
)

// list checks the rows of a list inside a section.
func list[T any](c *checker, place string, rows []T, check func(*T)) {
	for i := range rows {
		if c.refusal != nil {
			return
		}
		c.at(func() { check(&rows[i]) }, place, i)
	}
}

func (c *checker) peripherals(p *Peripherals) {
	const at = "sections.peripherals."
	list(c, at+"printers", p.Printers, func(p *Printer) { c.filled("name", p.Name) })
	list(c, at+"monitors", p.Monitors, func(m *Monitor) {
		// One byte above 1990: VESA E-EDID, release A, rev. 2, 3.4.4.
		c.that(m.MadeYear == 0 || m.MadeYear >= 1990 && m.MadeYear <= 2245, "made_year", "not a year an EDID can hold")
	})
	list(c, at+"usb_storage", p.USBStorage, func(u *USBStorage) {
		c.oneOf("kind", u.Kind, storageKinds)
		c.usbID("vendor_id", u.VendorID)
		c.usbID("product_id", u.ProductID)
		c.day("first_seen", u.FirstSeen)
		c.day("last_seen", u.LastSeen)
	})
}

func (c *checker) usbID(place, id string) {
	raw, err := hex.DecodeString(id)
	c.that(id == "" || err == nil && len(raw) == 2 && id == strings.ToLower(id), place, "not four hex digits in lower case")
}

func (c *checker) extension(e *Extension) {
	c.token("browser", e.Browser)
	c.filled("id", e.ID)
}

func (c *checker) startup(s *StartupItem) {
	c.filled("name", s.Name)
	c.oneOf("kind", s.Kind, startupKinds)
	c.oneOf("trigger", s.Trigger, triggers)
}

func (c *checker) group(g *Group) {
	c.filled("name", g.Name)
	for i, member := range g.Members {
		c.filled(fmt.Sprintf("members[%d]", i), member)
	}
}

func (c *checker) hardening(h *Hardening) {
	const at = "sections.hardening."
	if r := h.RemoteDesktop; r != nil {
		c.that(r.Port >= 0 && r.Port <= 65535, at+"remote_desktop.port", "not a port number")
	}
	list(c, at+"screen_lock", h.ScreenLock, func(l *ScreenLock) { c.count("seconds", int64(l.Seconds)) })
	if p := h.PasswordPolicy; p != nil {
		c.passwordPolicy(at+"password_policy.", p)
	}
	if a := h.LocalAdmin; a != nil {
		c.oneOf(at+"local_admin.managed", a.Managed, adminManagers)
		c.time(at+"local_admin.changed_ms", a.ChangedMS)
		c.time(at+"local_admin.expires_ms", a.ExpiresMS)
		raw, err := hex.DecodeString(a.Marker)
		c.that(a.Marker == "" || err == nil && len(raw) == 32 && a.Marker == strings.ToLower(a.Marker), at+"local_admin.marker", "not 64 hex digits in lower case")
	}
	list(c, at+"firewall", h.Firewall, func(f *FirewallProfile) {
		c.filled("name", f.Name)
		c.oneOf("inbound", f.Inbound, inboundKinds)
	})
	if a := h.AccessControl; a != nil {
		c.oneOf(at+"access_control.system", a.System, accessSystems)
		c.oneOf(at+"access_control.state", a.State, accessStates)
	}
	if s := h.SSH; s != nil {
		c.oneOf(at+"ssh.root_login", s.RootLogin, rootLogins)
		c.time(at+"ssh.config_changed_ms", s.ConfigChangedMS)
	}
}

func (c *checker) passwordPolicy(at string, p *PasswordPolicy) {
	for _, rule := range []struct {
		name  string
		value *int
	}{
		{"min_length", p.MinLength}, {"history", p.History}, {"min_age_days", p.MinAgeDays},
		{"max_age_days", p.MaxAgeDays}, {"lockout_threshold", p.LockoutThreshold}, {"lockout_minutes", p.LockoutMinutes},
	} {
		if rule.value != nil {
			c.count(at+rule.name, int64(*rule.value))
		}
	}
}

func (c *checker) switchedOff(s *SwitchedOff) {
	c.oneOf("what", s.What, offThings)
	c.oneOf("by", s.By, offMeans)
	c.time("since_ms", s.SinceMS)
	c.filled("evidence", s.Evidence)
}

func (c *checker) backup(b *Backup) {
	c.filled("software", b.Software)
	c.oneOf("target", b.Target, backupTargets)
	c.time("last_ok_ms", b.LastOKMS)
	c.time("last_tried_ms", b.LastTriedMS)
}
