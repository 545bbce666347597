package collect

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"howett.net/plist"

	"sonae/internal/wire"
)

const (
	macHistory  = "/Library/Receipts/InstallHistory.plist"
	macXProtect = "/Library/Apple/System/Library/CoreServices/XProtect.bundle/Contents/Info.plist"
	macServices = "/private/var/db/com.apple.xpc.launchd/disabled.plist"
)

// macUpdates reads what Software Update last found and what was installed.
func macUpdates(_ context.Context, src *Source) (*wire.Updates, error) {
	g := gaps{}
	u := &wire.Updates{Pending: []wire.Pending{}}
	settings := src.plist(macUpdate)
	if settings == nil && !src.exists(macHistory) {
		return nil, ErrNoData
	}
	for _, key := range []string{"LastFullSuccessfulDate", "LastSuccessfulDate"} {
		if t, ok := settings[key].(time.Time); ok && t.Unix() > 0 {
			u.CheckedMS = max(u.CheckedMS, t.UnixMilli())
		}
	}
	if u.CheckedMS == 0 {
		g.say("Software Update does not say when it last looked: which updates wait is not known")
	}
	waiting, _ := settings["RecommendedUpdates"].([]any)
	for _, one := range waiting {
		update, _ := one.(map[string]any)
		if name := plistString(update, "Display Name"); name != "" {
			u.Pending = append(u.Pending, wire.Pending{Name: name, Offered: plistString(update, "Display Version")})
		}
	}
	text, err := src.text(macHistory)
	g.add(macHistory, err)
	u.History = parseInstallHistory([]byte(text))
	for _, run := range u.History {
		u.LastDoneMS = max(u.LastDoneMS, run.AtMS)
	}
	return u, g.err()
}

// parseInstallHistory keeps the runs of Software Update and of the installer of macOS,
// newest first; the rest are programs that people installed.
func parseInstallHistory(body []byte) (runs []wire.UpdateRun) {
	defer func() {
		if recover() != nil { // the library panics on some broken files
			runs = nil
		}
	}()
	var list []map[string]any
	if _, err := plist.Unmarshal(body, &list); err != nil {
		return nil
	}
	for _, one := range list {
		at, _ := one["date"].(time.Time)
		switch strings.ToLower(plistString(one, "processName")) {
		case "softwareupdated", "softwareupdate", "macos installer", "os x installer", "osinstallersetupd":
		default:
			continue
		}
		if at.Unix() <= 0 {
			continue
		}
		title, version := plistString(one, "displayName"), plistString(one, "displayVersion")
		if !strings.Contains(title, version) {
			title = strings.TrimSpace(title + " " + version)
		}
		runs = append(runs, wire.UpdateRun{AtMS: at.UnixMilli(), Title: title, Result: "succeeded"})
	}
	slices.SortStableFunc(runs, func(a, b wire.UpdateRun) int { return cmp.Compare(b.AtMS, a.AtMS) })
	return runs[:min(len(runs), 100)]
}

// macProtection is Apple's own protection with the version of its patterns; products of
// others are among the applications.
func macProtection(_ context.Context, src *Source) ([]wire.Protection, error) {
	about := src.plist(macXProtect)
	if about == nil {
		return nil, ErrNoData
	}
	p := wire.Protection{Product: "XProtect", Kind: "antimalware", Running: true, PatternVersion: plistString(about, "CFBundleShortVersionString")}
	if ms := src.changedMS(macXProtect); ms > 0 {
		p.PatternDate = time.UnixMilli(ms).UTC().Format(time.DateOnly)
	}
	return []wire.Protection{p}, nil
}

// macRemote is what launchd lets in from elsewhere: services that are off by delivery
// and that somebody enabled.
func macRemote(_ context.Context, src *Source) ([]string, error) {
	jobs := src.plist(macServices)
	if jobs == nil {
		return nil, ErrNoData
	}
	list := []string{}
	for label, name := range map[string]string{"com.openssh.sshd": "sshd", "com.apple.screensharing": "vnc", "com.apple.RemoteDesktop.agent": "ard", "com.apple.AEServer": "apple-events"} {
		if off, known := plistBool(jobs, label); known && !off {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list, nil
}

// macAutoUpdates tells whether security updates install by themselves. The keys are
// written only when somebody changes them; the standard is on.
func macAutoUpdates(_ context.Context, src *Source) (*bool, error) {
	if !src.exists(macUpdate) {
		return nil, ErrNoData
	}
	on := true
	for _, file := range []string{macUpdate, macManaged + path.Base(macUpdate)} {
		values := src.plist(file)
		for _, key := range []string{"AutomaticCheckEnabled", "CriticalUpdateInstall"} {
			if set, known := plistBool(values, key); known {
				on = on && set
			}
		}
	}
	return &on, nil
}
