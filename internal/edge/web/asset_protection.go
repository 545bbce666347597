package web

import (
	"slices"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/platform/fault"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
	"sonae/internal/treat/vendor"
)

// vendorNamed finds a vendor by the ID or the name that stands in the ledger; the
// zero Vendor when there is none.
func (c *call) vendorNamed(name string) (vendor.Vendor, error) {
	found, err := vendor.ByID(c.r.Context(), c.s.deps.DB, name)
	if fault.Is(err, fault.CodeNotFound) {
		found, err = vendor.ByName(c.r.Context(), c.s.deps.DB, name)
	}
	if fault.Is(err, fault.CodeNotFound) {
		return vendor.Vendor{}, nil
	}
	return found, err
}

// guardOf reads what protects a device.
func (c *call) guardOf(o openAsset) (g guard, err error) {
	ctx, db := c.r.Context(), c.s.deps.DB
	if g.safeguards, err = software.Safeguards(ctx, db, o.ID, o.atMS); err != nil {
		return g, err
	}
	if g.off, err = software.AllSwitchedOff(ctx, db, o.ID, o.atMS); err != nil {
		return g, err
	}
	if g.pending, err = software.Updates(ctx, db, o.ID, o.atMS); err != nil {
		return g, err
	}
	if g.volumes, err = asset.Volumes(ctx, db, o.ID, o.atMS); err != nil || o.atMS != 0 {
		return g, err
	}
	g.states, err = software.UpdateStates(ctx, db, o.ID)
	return g, err
}

// guardLines are the card "protection now": one line a subject, whether good, bad or
// not known.
func (c *call) guardLines(g guard) []view.GuardLine {
	var lines []view.GuardLine
	if off, ok := c.offLine(g.off); ok {
		lines = append(lines, off)
	}
	lines = append(lines, c.protectionLine(g), c.encryptionLine(g))
	for _, kind := range []string{software.GuardFirewall, software.GuardUpdates, software.GuardTime} {
		lines = append(lines, c.switchLine(g, kind))
	}
	return append(lines, c.pendingLine(g), c.logLine(g), c.remoteLine(g))
}

func (c *call) guardLine(subject, kind, words string) view.GuardLine {
	return view.GuardLine{Label: c.tr.T("asset.guard." + subject), Kind: kind, Words: words}
}

// stateKinds are the badges of on, off and unknown.
var stateKinds = map[string]string{software.On: "ok", software.Off: "danger"}

func stateKind(state string) string {
	if kind := stateKinds[state]; kind != "" {
		return kind
	}
	return "unknown"
}

// worst is the worst of the states: off, then unknown, then on; empty without any.
func worst(list []software.Safeguard) string {
	out := ""
	for _, s := range list {
		if out == "" || s.State == software.Off || out == software.On && s.State != software.On {
			out = s.State
		}
	}
	return out
}

func (g guard) of(kind string) []software.Safeguard {
	var out []software.Safeguard
	for _, s := range g.safeguards {
		if s.Kind == kind {
			out = append(out, s)
		}
	}
	return out
}

func (c *call) switchLine(g guard, kind string) view.GuardLine {
	state := worst(g.of(kind))
	if state == "" {
		return c.guardLine(kind, "none", c.tr.T("asset.guard.no_report"))
	}
	return c.guardLine(kind, stateKind(state), c.known("asset.guard.state.", state))
}

// protectionLine is good when any product against malware runs.
func (c *call) protectionLine(g guard) view.GuardLine {
	list := g.of(software.GuardProtection)
	if len(list) == 0 {
		return c.guardLine(software.GuardProtection, "none", c.tr.T("asset.guard.no_report"))
	}
	i := slices.IndexFunc(list, func(s software.Safeguard) bool { return s.State == software.On })
	if i < 0 {
		return c.guardLine(software.GuardProtection, stateKind(worst(list)), c.known("asset.guard.state.", worst(list)))
	}
	words := c.tr.T("asset.guard.runs")
	if list[i].AsOf != "" {
		words = c.tr.T("asset.guard.pattern", "Day", c.typedWords(asset.TypeDate, list[i].AsOf))
	}
	return c.guardLine(software.GuardProtection, "ok", words)
}

func (c *call) encryptionLine(g guard) view.GuardLine {
	on, off := 0, 0
	for _, v := range g.volumes {
		switch v.Encryption {
		case asset.EncryptionOn:
			on++
		case asset.EncryptionOff:
			off++
		}
	}
	switch {
	case len(g.volumes) == 0:
		return c.guardLine("encryption", "none", c.tr.T("asset.guard.no_report"))
	case on == len(g.volumes):
		return c.guardLine("encryption", "ok", c.tr.T("asset.guard.state.on"))
	case on > 0:
		return c.guardLine("encryption", "warn", c.tr.T("asset.guard.partly", "On", on, "All", len(g.volumes)))
	case off > 0:
		return c.guardLine("encryption", "warn", c.tr.T("asset.guard.state.off"))
	}
	return c.guardLine("encryption", "unknown", c.tr.T("asset.guard.state.unknown"))
}

func (c *call) pendingLine(g guard) view.GuardLine {
	security := 0
	for _, p := range g.pending {
		if p.Security {
			security++
		}
	}
	switch {
	case security > 0:
		return c.guardLine("pending", "warn", c.tr.T("asset.guard.pending.security", "Count", security))
	case len(g.pending) > 0:
		return c.guardLine("pending", "info", c.tr.T("asset.guard.pending.other", "Count", len(g.pending)))
	case len(g.states) == 0:
		return c.guardLine("pending", "none", c.tr.T("asset.guard.no_report"))
	}
	return c.guardLine("pending", "ok", c.tr.T("asset.guard.pending.none"))
}

// logLine says how far back the logs go.
func (c *call) logLine(g guard) view.GuardLine {
	list := g.of(software.GuardLog)
	if len(list) == 0 {
		return c.guardLine(software.GuardLog, "none", c.tr.T("asset.guard.no_report"))
	}
	oldest := int64(0)
	for _, l := range list {
		if l.State == software.On {
			return c.guardLine(software.GuardLog, "ok", c.tr.T("asset.guard.log.forwarded"))
		}
		if l.OldestMS != 0 && (oldest == 0 || l.OldestMS < oldest) {
			oldest = l.OldestMS
		}
	}
	if oldest == 0 {
		return c.guardLine(software.GuardLog, "unknown", c.tr.T("asset.guard.log.kept"))
	}
	return c.guardLine(software.GuardLog, "info", c.tr.T("asset.guard.log.days", "Days", (c.nowMS()-oldest)/dayMS))
}

func (c *call) remoteLine(g guard) view.GuardLine {
	list := g.of(software.GuardRemote)
	on := 0
	for _, r := range list {
		if r.State == software.On {
			on++
		}
	}
	switch {
	case on > 0:
		return c.guardLine(software.GuardRemote, "warn", c.tr.T("asset.guard.remote.on", "Count", on))
	case len(g.safeguards) == 0:
		return c.guardLine(software.GuardRemote, "none", c.tr.T("asset.guard.no_report"))
	}
	return c.guardLine(software.GuardRemote, "ok", c.tr.T("asset.guard.remote.none"))
}

// assetProtection is the page of what protects a device, its updates and volumes.
func assetProtection(s *site, c *call) error {
	o, err := c.openAssetOf()
	if err != nil {
		return err
	}
	page, err := c.assetPageOf(o)
	if err != nil {
		return err
	}
	g, err := c.guardOf(o)
	if err != nil {
		return err
	}
	if g.disks, err = asset.Disks(c.r.Context(), s.deps.DB, o.ID, o.atMS); err != nil {
		return err
	}
	services, err := software.Services(c.r.Context(), s.deps.DB, o.ID, o.atMS)
	if err != nil {
		return err
	}
	v := &view.AssetProtection{Page: page, Head: c.assetHead(o, "protection"), Guard: c.guardLines(g)}
	c.fillProtection(v, g)
	v.Off = c.offRows(g.off)
	if err := c.fillSetup(v, o); err != nil {
		return err
	}
	for _, one := range services {
		v.Services = append(v.Services, view.ServiceRow{Name: one.Name, Title: one.Title, RunAs: one.RunAs, Path: one.Path, Running: one.Running,
			Start: c.known("asset.service.start.", one.Start), Auto: one.Start == software.StartAuto, SinceMS: one.FirstMS})
	}
	return c.render(v)
}

func (c *call) fillProtection(v *view.AssetProtection, g guard) {
	for _, s := range g.safeguards {
		row := view.SafeguardRow{Kind: c.known("asset.guard.", s.Kind), Name: s.Name, StateKind: stateKind(s.State), State: c.known("asset.guard.state.", s.State),
			Detail: c.known("asset.guard.kind.", s.Detail), Version: words(s.Version, s.Pattern), AsOf: s.AsOf, SinceMS: s.FirstMS}
		if s.Kind == software.GuardProtection && s.Detail == "antimalware" {
			row.Detail = "" // the kind says it
		}
		if s.RealTime == software.Off {
			row.StateKind, row.State = "danger", c.tr.T("asset.guard.real_time.off")
		}
		if s.Kind == software.GuardRemote && s.State == software.On {
			row.StateKind = "warn"
		}
		if s.Kind == software.GuardLog {
			row.StateKind, row.State = "info", c.logWords(s)
		}
		v.Safeguards = append(v.Safeguards, row)
	}
	for _, p := range g.pending {
		v.Pending = append(v.Pending, view.PendingRow{Name: p.Name, Have: p.Have, Offered: p.Offered, Security: p.Security, Severity: c.known("asset.update.severity.", strings.ToLower(p.Severity)), SinceMS: p.FirstMS})
	}
	for _, u := range g.states {
		v.Updates = append(v.Updates, view.UpdateRow{Source: c.known("asset.source.", u.Source), Kind: u.Source, CheckedMS: u.CheckedMS, DoneMS: u.LastDoneMS, Reboot: u.RebootNeed, SeenMS: u.SeenMS})
	}
	for _, d := range g.volumes {
		v.Volumes = append(v.Volumes, view.VolumeRow{Mount: d.Mount, FileSystem: d.FileSystem, Size: c.tr.Bytes(d.SizeBytes), Free: c.tr.Bytes(d.FreeBytes),
			StateKind: map[asset.Encryption]string{asset.EncryptionOn: "ok", asset.EncryptionOff: "warn", asset.EncryptionUnknown: "unknown"}[d.Encryption],
			State:     c.tr.T(encryptionKey(d.Encryption)), Method: d.Method})
	}
	for _, d := range g.disks {
		v.Disks = append(v.Disks, view.DiskRow{Name: d.Name, Model: d.Model, Serial: d.Serial, Kind: d.Kind, Size: c.tr.Bytes(d.SizeBytes), Health: d.Health})
	}
}

// logWords says what a log keeps.
func (c *call) logWords(s software.Safeguard) string {
	switch {
	case s.State == software.On:
		return c.tr.T("asset.guard.log.forwarded")
	case s.OldestMS != 0:
		return c.tr.T("asset.guard.log.days", "Days", (c.nowMS()-s.OldestMS)/dayMS)
	case s.KeepDays != 0:
		return c.tr.T("asset.guard.log.keep", "Days", s.KeepDays)
	}
	return c.tr.T("asset.guard.log.kept")
}
