package collect

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"sonae/internal/agent/winreg"
	"sonae/internal/wire"
)

const (
	keyUpdate       = keyWindows + `\WindowsUpdate`
	keyUpdatePolicy = keyPolicies + `\Windows\WindowsUpdate`
	keyComponents   = keyWindows + `\Component Based Servicing`
)

// winUpdates reads what is installed from the component store, asks the Windows
// Update Agent what it has found and done, and notes whether a restart is due. It
// asks nobody outside the machine: the agent's search stays offline.
func winUpdates(ctx context.Context, src *Source) (*wire.Updates, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	u := &wire.Updates{Pending: []wire.Pending{}}
	u.RebootNeed = r.has(keyUpdate, `Auto Update\RebootRequired`) || r.has(keyComponents, "RebootPending")
	u.Installed = r.installedUpdates(ctx, src)
	for _, i := range u.Installed {
		if day, err := time.Parse(time.DateOnly, i.InstalledOn); err == nil {
			u.LastDoneMS = max(u.LastDoneMS, day.UnixMilli())
		}
	}
	if src.Windows.Calls.Updates == nil {
		g.say("the Windows Update Agent was not asked: what is offered is not known")
		return u, g.err()
	}
	state, err := src.Windows.Calls.Updates(ctx)
	if err != nil {
		g.say("Windows Update Agent: %v", err)
		return u, g.err()
	}
	fromUpdateAgent(u, state)
	return u, g.err()
}

// fromUpdateAgent takes over what the Windows Update Agent knows.
func fromUpdateAgent(u *wire.Updates, state WinUpdates) {
	u.CheckedMS = dayMS(max(0, state.CheckedMS))
	u.LastDoneMS = max(u.LastDoneMS, dayMS(max(0, state.InstalledMS)))
	u.RebootNeed = u.RebootNeed || state.RebootNeed
	for _, p := range state.Pending {
		u.Pending = append(u.Pending, wire.Pending{Name: cmp.Or(spaced(p.Title), p.KB, "unnamed update"), Offered: p.KB, Security: p.Security, Severity: p.Severity})
	}
	slices.SortFunc(u.Pending, func(a, b wire.Pending) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Offered, b.Offered))
	})
	u.Pending = slices.Compact(u.Pending)
	for _, h := range state.History {
		run := wire.UpdateRun{AtMS: max(0, h.AtMS), ID: kbOf(h.Title), Title: spaced(h.Title), Result: runResult(h.Result)}
		u.History = append(u.History, run)
	}
	slices.SortFunc(u.History, func(a, b wire.UpdateRun) int {
		return cmp.Or(cmp.Compare(b.AtMS, a.AtMS), strings.Compare(a.ID, b.ID), strings.Compare(a.Title, b.Title))
	})
}

// runResult names an OperationResultCode (wuapi.h).
func runResult(code int64) string {
	names := map[int64]string{1: "in_progress", 2: "succeeded", 3: "with_errors", 4: "failed", 5: "aborted"}
	return cmp.Or(names[code], "unknown")
}

// kbNumber is the number of an article in the knowledge base.
var kbNumber = regexp.MustCompile(`KB\d{5,8}`)

func kbOf(text string) string { return kbNumber.FindString(strings.ToUpper(text)) }

// maxInstalled bounds the patches listed; Windows keeps those of its build.
const maxInstalled = 2000

// installedUpdates joins three lists by KB number: packages of the component
// store, updates of programs beside the Uninstall keys, and what WMI calls quick
// fixes, which has the days. Newest first.
func (r reg) installedUpdates(ctx context.Context, src *Source) []wire.InstalledUpdate {
	found := map[string]wire.InstalledUpdate{}
	add := func(u wire.InstalledUpdate) {
		have := found[u.ID]
		u.Title, u.InstalledOn = cmp.Or(have.Title, u.Title), max(have.InstalledOn, u.InstalledOn)
		if u.ID != "" && len(found) < maxInstalled {
			found[u.ID] = u
		}
	}
	for _, u := range r.componentUpdates(src.Now()) {
		add(u)
	}
	for _, p := range r.uninstall(src.Arch, nil) {
		if p.update {
			add(wire.InstalledUpdate{ID: cmp.Or(kbOf(p.key), kbOf(p.Name)), Title: p.Name, InstalledOn: p.InstalledOn})
		}
	}
	for _, u := range quickFixes(ctx, src, r.gaps) {
		add(u)
	}
	list := make([]wire.InstalledUpdate, 0, len(found))
	for _, u := range found {
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b wire.InstalledUpdate) int {
		return cmp.Or(strings.Compare(b.InstalledOn, a.InstalledOn), strings.Compare(a.ID, b.ID))
	})
	return list
}

// componentPackage is the name of a package that is an update:
// Package_for_KB5031356~31bf3856ad364e35~amd64~~19041.3570.1.10,
// Package_for_RollupFix~31bf3856ad364e35~amd64~~19041.3570.1.10. Parts of one have
// a number before "for", and are left out.
var componentPackage = regexp.MustCompile(`^Package_for_(KB\d{5,8}|RollupFix|ServicingStack_\d+|DotNetRollup[_0-9]*)~[^~]*~[^~]*~[^~]*~([\d.]+)$`)

// componentUpdates lists the updates of the component store that are installed:
// CurrentState 112 (0x70), or 80 (0x50) that waits for the restart.
func (r reg) componentUpdates(now time.Time) []wire.InstalledUpdate {
	var list []wire.InstalledUpdate
	for _, name := range r.subkeys(keyComponents, "Packages") {
		part := componentPackage.FindStringSubmatch(name)
		if part == nil {
			continue
		}
		v := r.values(keyComponents, "Packages", name)
		if !v.Is("CurrentState", 112) && !v.Is("CurrentState", 80) {
			continue
		}
		u := wire.InstalledUpdate{ID: part[1], InstalledOn: componentDay(v, now)}
		if !strings.HasPrefix(part[1], "KB") {
			u.ID += " " + part[2] // a cumulative update has no KB number here, but its revision
			u.Title = kbOf(v.Text("InstallLocation"))
		}
		list = append(list, u)
	}
	return list
}

// componentDay joins the two halves of a FILETIME.
func componentDay(v winreg.Values, now time.Time) string {
	high, okHigh := v.Number("InstallTimeHigh")
	low, okLow := v.Number("InstallTimeLow")
	if !okHigh || !okLow || high >= 1<<31 || low >= 1<<32 {
		return ""
	}
	when := winreg.FileTime(high<<32 | low)
	if winTimeMS(when, now) == 0 {
		return ""
	}
	return when.Format(time.DateOnly)
}

// quickFixes asks WMI; its day comes as text in one of two forms.
func quickFixes(ctx context.Context, src *Source, g *gaps) []wire.InstalledUpdate {
	w, err := src.wmi()
	if err != nil {
		return nil
	}
	rows, err := w.Query(ctx, spaceCIM, "Win32_QuickFixEngineering", "HotFixID", "InstalledOn", "Description")
	g.add("quick fixes", err)
	var list []wire.InstalledUpdate
	for _, row := range rows {
		id := kbOf(row.Text("HotFixID"))
		if id == "" {
			continue // "File 1" of Windows XP
		}
		list = append(list, wire.InstalledUpdate{ID: id, Title: row.Text("Description"), InstalledOn: quickFixDay(row.Text("InstalledOn"))})
	}
	return list
}

// quickFixDay reads month/day/year, which WMI writes on every language of
// Windows, and the FILETIME in hexadecimal of Vista.
func quickFixDay(text string) string {
	for _, form := range []string{"1/2/2006", "2006-01-02", "20060102"} {
		if day, err := time.Parse(form, text); err == nil && day.Year() > 1990 && day.Year() < 2100 {
			return day.Format(time.DateOnly)
		}
	}
	var n uint64
	if len(text) == 16 {
		if _, err := fmt.Sscanf(text, "%x", &n); err == nil {
			if when := winreg.FileTime(n); !when.IsZero() {
				return when.Format(time.DateOnly)
			}
		}
	}
	return ""
}

// winAutoUpdates tells whether updates are installed without anybody doing it.
func winAutoUpdates(_ context.Context, src *Source) (*bool, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	on := len(r.updatesOff()) == 0
	if options, ok := r.values(keyUpdatePolicy, "AU").Number("AUOptions"); ok && (options == 2 || options == 3) {
		on = false // tells a person, who then installs
	}
	return &on, g.err()
}

// updatesOff lists what turns automatic updates off.
func (r reg) updatesOff() []wire.SwitchedOff {
	var list []wire.SwitchedOff
	au := keyUpdatePolicy + `\AU`
	if r.values(au).Is("NoAutoUpdate", 1) {
		list = append(list, r.offBy("auto_updates", "Windows Update", setting{au, "NoAutoUpdate", true}, "1"))
	}
	if r.values(au).Is("AUOptions", 1) {
		list = append(list, r.offBy("auto_updates", "Windows Update", setting{au, "AUOptions", true}, "1"))
	}
	if r.values(keyUpdatePolicy).Is("DisableWindowsUpdateAccess", 1) {
		list = append(list, r.offBy("auto_updates", "Windows Update", setting{keyUpdatePolicy, "DisableWindowsUpdateAccess", true}, "1"))
	}
	list = append(list, r.serviceOff("auto_updates", "Windows Update", "wuauserv")...)
	return list
}

// serviceOff is the row of a service that is set to disabled.
func (r reg) serviceOff(what, name, service string) []wire.SwitchedOff {
	key := keyServices + `\` + service
	if !r.values(key).Is("Start", startDisabled) {
		return nil
	}
	return []wire.SwitchedOff{{What: what, Name: name, By: "service", SinceMS: r.writtenMS(key), Evidence: key + `\Start = 4`}}
}
