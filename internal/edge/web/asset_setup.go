package web

import (
	"context"
	"strconv"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/platform/store"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
)

// switchedOffWords writes the words of the ledger's field for people.
func (c *call) switchedOffWords(value string) string {
	var out []string
	for what := range strings.FieldsSeq(value) {
		out = append(out, c.known("asset.off.", what))
	}
	return strings.Join(out, c.tr.T("asset.and"))
}

// offRows are what was switched off, each with its since-when.
func (c *call) offRows(list []software.SwitchedOff) []view.OffRow {
	var out []view.OffRow
	for _, s := range list {
		out = append(out, view.OffRow{What: c.known("asset.off.", s.What), Name: s.Name, By: c.known("asset.off.by.", s.By), Evidence: s.Evidence,
			SinceMS: s.SinceMS, KnownMS: s.FirstMS})
	}
	return out
}

// offLine is the line of the card of protection; ok is false when nothing is off.
func (c *call) offLine(list []software.SwitchedOff) (line view.GuardLine, ok bool) {
	words := map[string]bool{}
	for _, s := range list {
		words[s.What] = true
	}
	if len(words) == 0 {
		return line, false
	}
	text := []string{}
	for _, s := range list {
		if words[s.What] {
			text = append(text, c.known("asset.off.", s.What))
			delete(words, s.What)
		}
	}
	return c.guardLine("switched_off", "danger", strings.Join(text, c.tr.T("asset.and"))), true
}

// fillSetup adds how a device is set up and what is connected to it.
func (c *call) fillSetup(v *view.AssetProtection, o openAsset) error {
	ctx, db := c.r.Context(), c.s.deps.DB
	settings, err := software.Settings(ctx, db, o.ID, o.atMS)
	if err != nil {
		return err
	}
	for _, s := range settings {
		v.Settings = append(v.Settings, c.settingRow(s))
	}
	copies, err := software.Backups(ctx, db, o.ID, o.atMS)
	if err != nil {
		return err
	}
	for _, b := range copies {
		v.Backups = append(v.Backups, view.BackupRow{Product: b.Product, Job: b.Job, Target: c.known("asset.backup.target.", b.Target), Evidence: b.Evidence,
			LastOKMS: b.LastOKMS, LastTriedMS: b.LastTriedMS, Failed: b.LastTriedMS > b.LastOKMS && b.LastOKMS > 0})
	}
	v.Lists, err = c.setupLists(o)
	return err
}

// weak are the answers that make an attack easier: a badge, not a judgement; the rules
// of the checklist judge.
var weak = map[string]string{
	"smb1_server/": software.On, "smb1_client/": software.On, "remote_desktop/nla": software.Off, "auto_logon/": software.On, "auto_logon/clear_password": software.On,
	"screen_lock/": software.Off, "screen_lock/password": software.Off, "firewall_profile/": software.Off, "firewall_profile/inbound": "allow",
	"access_control/": "disabled", "ssh/root_login": "yes", "ssh/empty_passwords": software.On, "local_admin/managed": "none",
	"password_policy/complexity": software.Off, "password_policy/min_length": "0", "password_policy/lockout_threshold": "0",
}

// settingLabel names a setting; one this version does not know stays as it is.
func (c *call) settingLabel(s software.Setting) string {
	word := s.Kind
	if s.Item != "" {
		word += "." + s.Item
	}
	return c.known("asset.setting.", word)
}

func (c *call) settingRow(s software.Setting) view.SettingRow {
	r := view.SettingRow{Label: c.settingLabel(s), Subject: c.known("asset.setting.subject.", s.Subject), Evidence: s.Evidence, SinceMS: s.FirstMS}
	switch {
	case strings.HasSuffix(s.Item, "_ms"):
		if ms, err := strconv.ParseInt(s.Value, 10, 64); err == nil {
			r.Value = c.tr.Date(store.Time(ms))
		}
	case s.Item == "seconds":
		n, err := strconv.Atoi(s.Value)
		if err == nil {
			r.Value = c.tr.T("asset.setting.value.seconds", "Seconds", n)
		}
	case s.Item == "marker":
		r.Value = s.Value[:min(len(s.Value), 12)]
	default:
		r.Value = c.known("asset.setting.value.", s.Value)
	}
	if bad, known := weak[s.Kind+"/"+s.Item]; known && s.Value == bad {
		r.Kind = "warn"
	}
	return r
}

// setupLists are the long lists of the page, each closed at first.
func (c *call) setupLists(o openAsset) ([]view.DetailList, error) {
	var out []view.DetailList
	for _, part := range []func(context.Context, openAsset) (view.DetailList, error){
		c.printerList, c.monitorList, c.usbList, c.memoryList, c.extensionList, c.startupList, c.groupList, c.patchList, c.runList,
	} {
		list, err := part(c.r.Context(), o)
		if err != nil {
			return nil, err
		}
		if len(list.Rows) > 0 {
			out = append(out, list)
		}
	}
	return out, nil
}

// detail starts a list; heads are the last parts of the keys of its columns.
func (c *call) detail(name string, n int, heads ...string) view.DetailList {
	d := view.DetailList{ID: name, Title: c.tr.T("asset.list." + name), Count: c.tr.T("asset.list.count", "Count", n)}
	for _, h := range heads {
		d.Heads = append(d.Heads, c.tr.T("asset.col."+h))
	}
	return d
}

// say writes yes or nothing, so that a column of answers can be scanned.
func (c *call) say(yes bool, key string) string {
	if yes {
		return c.tr.T("asset.col." + key)
	}
	return ""
}

func (c *call) dayOf(day string) string { return c.typedWords(asset.TypeDate, day) }

func (c *call) printerList(ctx context.Context, o openAsset) (view.DetailList, error) {
	rows, err := asset.Printers(ctx, c.s.deps.DB, o.ID, o.atMS)
	d := c.detail("printers", len(rows), "name", "driver", "port", "remarks")
	for _, p := range rows {
		d.Add(p.Name, p.Driver, words(p.Port, p.Address), words(c.say(p.Default, "default"), c.say(p.Shared, "shared")))
	}
	return d, err
}

func (c *call) monitorList(ctx context.Context, o openAsset) (view.DetailList, error) {
	rows, err := asset.Monitors(ctx, c.s.deps.DB, o.ID, o.atMS)
	d := c.detail("monitors", len(rows), "model", "serial", "year", "port")
	for _, m := range rows {
		year := ""
		if m.MadeYear > 0 {
			year = strconv.FormatInt(m.MadeYear, 10)
		}
		d.Add(words(m.Maker, m.Model), m.Serial, year, m.Port)
	}
	return d, err
}

func (c *call) usbList(ctx context.Context, o openAsset) (view.DetailList, error) {
	rows, err := asset.AllUSBStorage(ctx, c.s.deps.DB, o.ID, o.atMS)
	d := c.detail("usb_storage", len(rows), "model", "serial", "first_seen", "last_seen", "remarks")
	for _, u := range rows {
		d.Add(words(u.Vendor, u.Product, c.known("asset.usb.", u.Kind)), u.Serial, c.dayOf(u.FirstSeen), c.dayOf(u.LastSeen), c.say(u.Connected, "connected"))
	}
	return d, err
}

func (c *call) memoryList(ctx context.Context, o openAsset) (view.DetailList, error) {
	rows, err := asset.MemoryModules(ctx, c.s.deps.DB, o.ID, o.atMS)
	d := c.detail("memory_modules", len(rows), "slot", "size", "model", "serial")
	for _, m := range rows {
		d.Add(m.Slot, words(c.tr.Bytes(m.SizeBytes), m.Kind), words(m.Maker, m.Part), m.Serial)
	}
	return d, err
}

func (c *call) extensionList(ctx context.Context, o openAsset) (view.DetailList, error) {
	rows, err := software.Extensions(ctx, c.s.deps.DB, o.ID, o.atMS)
	d := c.detail("extensions", len(rows), "name", "version", "browser", "user", "remarks")
	for _, e := range rows {
		d.Add(orSame(e.Name, e.ID), e.Version, e.Browser, words(e.User, e.Profile), words(c.say(!e.Enabled, "disabled"), c.say(e.Forced, "forced")))
	}
	return d, err
}

func (c *call) startupList(ctx context.Context, o openAsset) (view.DetailList, error) {
	rows, err := software.StartupItems(ctx, c.s.deps.DB, o.ID, o.atMS)
	d := c.detail("startup", len(rows), "name", "kind", "command", "run_as", "remarks")
	for _, s := range rows {
		d.Add(s.Name, words(c.known("asset.startup.", s.Kind), c.known("asset.startup.at.", s.Trigger)), s.Command, s.RunAs, c.say(!s.Enabled, "disabled"))
	}
	return d, err
}

func (c *call) groupList(ctx context.Context, o openAsset) (view.DetailList, error) {
	rows, err := account.Groups(ctx, c.s.deps.DB, o.ID, o.atMS)
	d := c.detail("groups", len(rows), "name", "members", "remarks")
	for _, g := range rows {
		d.Add(g.Name, strings.Join(g.Members, c.tr.T("asset.and")), c.say(g.Privileged, "privileged"))
	}
	return d, err
}

func (c *call) patchList(ctx context.Context, o openAsset) (view.DetailList, error) {
	rows, err := software.Patches(ctx, c.s.deps.DB, o.ID, o.atMS)
	d := c.detail("patches", len(rows), "patch", "title", "installed_on")
	for _, p := range rows {
		d.Add(p.ID, p.Title, c.dayOf(p.InstalledOn))
	}
	return d, err
}

func (c *call) runList(ctx context.Context, o openAsset) (view.DetailList, error) {
	rows, err := software.UpdateRuns(ctx, c.s.deps.DB, o.ID, o.atMS)
	d := c.detail("update_runs", len(rows), "at", "title", "packages", "result")
	for _, r := range rows {
		packages := ""
		if r.Packages > 0 {
			packages = strconv.FormatInt(r.Packages, 10)
		}
		d.Add(c.tr.DateTime(store.Time(r.AtMS)), words(r.PatchID, r.Title), packages, c.known("asset.run.", r.Result))
	}
	return d, err
}

// words joins what is there.
func words(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " ")
}
