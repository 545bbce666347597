package ingest

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/platform/store"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
	"sonae/internal/wire"
)

// setup takes in how the machine is set up and what was switched off on it: both are
// what rules look at.
func (t *taking) setup(ctx context.Context, tx *store.Tx, assetID string) error {
	s := &t.report.Sections
	if h := s.Hardening; h != nil {
		if err := t.news(software.RecordSettings(ctx, tx, assetID, string(t.source), t.atMS, settings(h))); err != nil {
			return err
		}
	}
	if s.SwitchedOff != nil {
		if err := t.news(software.RecordSwitchedOff(ctx, tx, assetID, string(t.source), t.atMS, switchedOff(*s.SwitchedOff))); err != nil {
			return err
		}
	}
	if s.Backups != nil {
		t.changed = true // last runs matter to rules though they make no history
		if _, err := software.RecordBackups(ctx, tx, assetID, string(t.source), t.atMS, backups(*s.Backups)); err != nil {
			return err
		}
	}
	if s.Groups != nil {
		return t.news(account.RecordGroups(ctx, tx, assetID, string(t.source), t.atMS, groups(*s.Groups)))
	}
	return nil
}

// news remembers that rows changed.
func (t *taking) news(ch store.Change, err error) error {
	t.changed = t.changed || ch.Any()
	return err
}

// surroundings takes in what is connected to the machine and what runs on it by itself.
func (t *taking) surroundings(ctx context.Context, tx *store.Tx, assetID string) error {
	s := &t.report.Sections
	if h := s.Hardware; h != nil {
		if _, err := asset.RecordMemoryModules(ctx, tx, assetID, string(t.source), t.atMS, memoryModules(h.MemoryModules)); err != nil {
			return err
		}
	}
	if p := s.Peripherals; p != nil {
		if err := t.peripherals(ctx, tx, assetID, p); err != nil {
			return err
		}
	}
	if s.Extensions != nil {
		if _, err := software.RecordExtensions(ctx, tx, assetID, string(t.source), t.atMS, extensions(*s.Extensions)); err != nil {
			return err
		}
	}
	if s.Startup != nil {
		if _, err := software.RecordStartup(ctx, tx, assetID, string(t.source), t.atMS, startup(*s.Startup)); err != nil {
			return err
		}
	}
	return t.patches(ctx, tx, assetID, s.Updates)
}

func (t *taking) peripherals(ctx context.Context, tx *store.Tx, assetID string, p *wire.Peripherals) error {
	if _, err := asset.RecordPrinters(ctx, tx, assetID, string(t.source), t.atMS, printers(p.Printers)); err != nil {
		return err
	}
	if _, err := asset.RecordMonitors(ctx, tx, assetID, string(t.source), t.atMS, monitors(p.Monitors)); err != nil {
		return err
	}
	_, err := asset.RecordUSBStorage(ctx, tx, assetID, string(t.source), t.atMS, usbStorage(p.USBStorage))
	return err
}

func (t *taking) patches(ctx context.Context, tx *store.Tx, assetID string, u *wire.Updates) error {
	if u == nil {
		return nil
	}
	installed := make([]software.Patch, len(u.Installed))
	for i, p := range u.Installed {
		installed[i] = software.Patch{ID: p.ID, Title: p.Title, InstalledOn: p.InstalledOn}
	}
	if _, err := software.RecordPatches(ctx, tx, assetID, string(t.source), t.atMS, installed); err != nil {
		return err
	}
	runs := make([]software.UpdateRun, len(u.History))
	for i, r := range u.History {
		runs[i] = software.UpdateRun{AtMS: r.AtMS, PatchID: r.ID, Title: r.Title, Packages: int64(r.Packages), Result: r.Result}
	}
	_, err := software.RecordUpdateRuns(ctx, tx, assetID, string(t.source), t.atMS, runs)
	return err
}

// switchedOffWords is the fact of the ledger: what was switched off, each word once.
func switchedOffWords(list []wire.SwitchedOff) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = s.What
	}
	slices.Sort(words)
	return strings.Join(slices.Compact(words), " ")
}

func switchedOff(list []wire.SwitchedOff) []software.SwitchedOff {
	out := make([]software.SwitchedOff, len(list))
	for i, s := range list {
		out[i] = software.SwitchedOff{What: s.What, Name: s.Name, By: s.By, SinceMS: s.SinceMS, Evidence: s.Evidence}
	}
	return out
}

func backups(list []wire.Backup) []software.Backup {
	out := make([]software.Backup, len(list))
	for i, b := range list {
		out[i] = software.Backup{Product: b.Software, Job: b.Job, Target: b.Target, LastOKMS: b.LastOKMS, LastTriedMS: b.LastTriedMS, Evidence: b.Evidence}
	}
	return out
}

func groups(list []wire.Group) []account.Group {
	out := make([]account.Group, len(list))
	for i, g := range list {
		out[i] = account.Group{Name: g.Name, SystemID: g.ID, Privileged: g.Privileged, Members: g.Members}
	}
	return out
}

func memoryModules(list []wire.MemoryModule) []asset.MemoryModule {
	out := make([]asset.MemoryModule, len(list))
	for i, m := range list {
		out[i] = asset.MemoryModule{Slot: m.Slot, Kind: m.Kind, Maker: m.Maker, Part: m.Part, Serial: m.Serial, SizeBytes: m.SizeBytes, SpeedMTs: int64(m.SpeedMTs)}
	}
	return out
}

func printers(list []wire.Printer) []asset.Printer {
	out := make([]asset.Printer, len(list))
	for i, p := range list {
		out[i] = asset.Printer{Name: p.Name, Driver: p.Driver, Port: p.Port, Address: p.Address, Default: p.Default, Shared: p.Shared}
	}
	return out
}

func monitors(list []wire.Monitor) []asset.Monitor {
	out := make([]asset.Monitor, len(list))
	for i, m := range list {
		out[i] = asset.Monitor{Maker: m.Maker, Model: m.Model, Serial: m.Serial, MadeYear: int64(m.MadeYear), Port: m.Port}
	}
	return out
}

func usbStorage(list []wire.USBStorage) []asset.USBStorage {
	out := make([]asset.USBStorage, len(list))
	for i, u := range list {
		out[i] = asset.USBStorage{Kind: u.Kind, Vendor: u.Vendor, Product: u.Product, Serial: u.Serial, VendorID: u.VendorID, ProductID: u.ProductID,
			FirstSeen: u.FirstSeen, LastSeen: u.LastSeen, Connected: u.Connected}
	}
	return out
}

func extensions(list []wire.Extension) []software.Extension {
	out := make([]software.Extension, len(list))
	for i, e := range list {
		out[i] = software.Extension{Browser: e.Browser, User: e.User, Profile: e.Profile, ID: e.ID, Name: e.Name, Version: e.Version, Enabled: e.Enabled, Forced: e.Forced}
	}
	return out
}

func startup(list []wire.StartupItem) []software.Startup {
	out := make([]software.Startup, len(list))
	for i, s := range list {
		out[i] = software.Startup{Name: s.Name, Kind: s.Kind, Trigger: s.Trigger, Command: s.Command, RunAs: s.RunAs, Enabled: s.Enabled}
	}
	return out
}

// sheet collects settings as rows. What the agent cannot tell makes no row.
type sheet []software.Setting

func (s *sheet) add(kind, subject, item, value, evidence string) {
	if value != "" {
		*s = append(*s, software.Setting{Kind: kind, Subject: subject, Item: item, Value: value, Evidence: evidence})
	}
}

func (s *sheet) sw(kind, subject, item string, on *bool, evidence string) {
	if on != nil {
		s.add(kind, subject, item, state(on), evidence)
	}
}

func (s *sheet) number(kind, item string, n *int, evidence string) {
	if n != nil {
		s.add(kind, "", item, strconv.Itoa(*n), evidence)
	}
}

// settings flattens the section "hardening" into one row an answer.
func settings(h *wire.Hardening) []software.Setting {
	var s sheet
	s.sw("smb1_server", "", "", h.SMB1Server, "")
	s.sw("smb1_client", "", "", h.SMB1Client, "")
	if r := h.RemoteDesktop; r != nil {
		s.sw("remote_desktop", "", "", &r.Enabled, "")
		s.sw("remote_desktop", "", "nla", r.NLA, "")
		s.add("remote_desktop", "", "port", number(r.Port), "")
		s.add("remote_desktop", "", "allowed", strings.Join(r.Allowed, ", "), "")
	}
	if a := h.AutoLogon; a != nil {
		s.sw("auto_logon", "", "", &a.Enabled, a.Source)
		s.add("auto_logon", "", "user", a.User, a.Source)
		if a.Enabled || a.ClearPassword {
			s.sw("auto_logon", "", "clear_password", &a.ClearPassword, a.Source)
		}
	}
	for _, l := range h.ScreenLock {
		s.sw("screen_lock", l.User, "", l.On, l.Source)
		s.add("screen_lock", l.User, "seconds", number(l.Seconds), l.Source)
		s.sw("screen_lock", l.User, "password", l.Password, l.Source)
		s.sw("screen_lock", l.User, "enforced", &l.Enforced, l.Source)
	}
	s.passwords(h.PasswordPolicy)
	if a := h.LocalAdmin; a != nil {
		s.add("local_admin", "", "managed", a.Managed, "")
		s.add("local_admin", "", "changed_ms", moment(a.ChangedMS), "")
		s.add("local_admin", "", "expires_ms", moment(a.ExpiresMS), "")
		s.add("local_admin", "", "marker", a.Marker, "")
	}
	for _, f := range h.Firewall {
		s.sw("firewall_profile", f.Name, "", f.On, "")
		s.add("firewall_profile", f.Name, "inbound", f.Inbound, "")
	}
	if a := h.AccessControl; a != nil {
		s.add("access_control", a.System, "", a.State, a.Detail)
	}
	s.ssh(h.SSH)
	return s
}

func (s *sheet) passwords(p *wire.PasswordPolicy) {
	if p == nil {
		return
	}
	const kind = "password_policy"
	s.number(kind, "min_length", p.MinLength, p.Source)
	s.number(kind, "history", p.History, p.Source)
	s.number(kind, "min_age_days", p.MinAgeDays, p.Source)
	s.number(kind, "max_age_days", p.MaxAgeDays, p.Source)
	s.number(kind, "lockout_threshold", p.LockoutThreshold, p.Source)
	s.number(kind, "lockout_minutes", p.LockoutMinutes, p.Source)
	s.sw(kind, "", "complexity", p.Complexity, p.Source)
}

func (s *sheet) ssh(v *wire.SSHServer) {
	if v == nil {
		return
	}
	s.sw("ssh", "", "", &v.Enabled, "")
	s.add("ssh", "", "root_login", v.RootLogin, "")
	s.sw("ssh", "", "password_login", v.PasswordLogin, "")
	s.sw("ssh", "", "empty_passwords", v.EmptyPasswords, "")
	s.add("ssh", "", "exceptions", strings.Join(v.Exceptions, ", "), "")
	s.add("ssh", "", "changed_ms", moment(v.ConfigChangedMS), "")
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func moment(ms int64) string {
	if ms == 0 {
		return ""
	}
	return strconv.FormatInt(ms, 10)
}
