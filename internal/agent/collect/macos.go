package collect

import (
	"cmp"
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"time"

	"howett.net/plist"

	"sonae/internal/wire"
)

// plist reads a property list, XML or binary, as a dictionary; nil when the file is not
// there or is none.
func (s *Source) plist(name string) map[string]any {
	text, err := s.text(name)
	if err != nil {
		return nil
	}
	return parsePlist([]byte(text))
}

// xmlPlist is plist for files that any person may write: a binary list can name one
// part many times over and grow without bound when it is read, one in XML cannot.
func (s *Source) xmlPlist(name string) map[string]any {
	text, err := s.text(name)
	if err != nil || strings.HasPrefix(text, "bplist") {
		return nil
	}
	return parsePlist([]byte(text))
}

// parsePlist reads a property list whose root is a dictionary. The library panics on
// some broken files.
func parsePlist(body []byte) (values map[string]any) {
	defer func() {
		if recover() != nil {
			values = nil
		}
	}()
	if _, err := plist.Unmarshal(body, &values); err != nil {
		return nil
	}
	return values
}

// plistBool and its kin read one value; what has another type is not there.
func plistBool(values map[string]any, key string) (value, ok bool) {
	switch v := values[key].(type) {
	case bool:
		return v, true
	case uint64:
		return v != 0, true
	case int64:
		return v != 0, true
	}
	return false, false
}

func plistString(values map[string]any, key string) string {
	text, _ := values[key].(string)
	return text
}

func plistStrings(values map[string]any, key string) []string {
	list, _ := values[key].([]any)
	var out []string
	for _, one := range list {
		if text, ok := one.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// macApps are the applications for everybody (developer.apple.com, "Information
// Property List").
func macApps(src *Source) ([]wire.Package, error) {
	if src.OS != "darwin" {
		return nil, ErrNoData
	}
	var list []wire.Package
	for _, pattern := range []string{"/Applications/*.app", "/Applications/*/*.app", "/System/Applications/*.app", "/System/Applications/Utilities/*.app"} {
		for _, app := range src.glob(pattern) {
			about := src.plist(app + "/Contents/Info.plist")
			if about == nil || len(list) >= maxInstalls {
				continue
			}
			list = append(list, wire.Package{Kind: "app", Name: strings.TrimSuffix(path.Base(app), ".app"), Source: plistString(about, "CFBundleIdentifier"),
				Version: cmp.Or(plistString(about, "CFBundleShortVersionString"), plistString(about, "CFBundleVersion"))})
		}
	}
	if list == nil {
		return nil, ErrNoData
	}
	return list, nil
}

// macStartup lists the jobs of launchd that are not Apple's own (launchd.plist(5)).
func macStartup(_ context.Context, src *Source) ([]wire.StartupItem, error) {
	list := []wire.StartupItem{}
	read := func(folder, kind, trigger, user string) {
		for _, file := range src.glob(folder + "/*.plist") {
			job := src.xmlPlist(file)
			if job == nil {
				continue
			}
			off, _ := plistBool(job, "Disabled")
			item := wire.StartupItem{Name: cmp.Or(plistString(job, "Label"), path.Base(file)), Kind: kind, Trigger: trigger, RunAs: cmp.Or(plistString(job, "UserName"), user), Enabled: !off}
			if _, timed := job["StartCalendarInterval"]; timed {
				item.Trigger = "schedule"
			}
			item.Command = wire.WithoutSecrets(cmp.Or(strings.Join(plistStrings(job, "ProgramArguments"), " "), plistString(job, "Program")))
			list = append(list, item)
		}
	}
	read("/Library/LaunchDaemons", "launch_daemon", "boot", "root")
	read("/Library/LaunchAgents", "launch_agent", "logon", "")
	for _, h := range src.homes() {
		read(h.dir+"/Library/LaunchAgents", "launch_agent", "logon", h.user)
	}
	slices.SortFunc(list, func(a, b wire.StartupItem) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name), strings.Compare(a.RunAs, b.RunAs), strings.Compare(a.Command, b.Command))
	})
	return list, nil
}

// Preferences of macOS that are read below.
const (
	macLogin    = "/Library/Preferences/com.apple.loginwindow.plist"
	macFirewall = "/Library/Preferences/com.apple.alf.plist" // up to macOS 14
	macUpdate   = "/Library/Preferences/com.apple.SoftwareUpdate.plist"
	macTime     = "/Library/Preferences/com.apple.TimeMachine.plist"
	macManaged  = "/Library/Managed Preferences/"
)

// macHardening reads SSH, automatic log-on, the application firewall and the screen
// lock that a management profile sets.
func macHardening(_ context.Context, src *Source) (*wire.Hardening, error) {
	var g gaps
	h := &wire.Hardening{SSH: sshServer(src, &g)}
	if h.SSH != nil {
		// The service is started by launchd; its state is kept where only root reads.
		jobs := src.plist(macServices)
		off, known := plistBool(jobs, "com.openssh.sshd")
		h.SSH.Enabled = known && !off
	}
	login := src.plist(macLogin)
	h.AutoLogon = &wire.AutoLogon{User: plistString(login, "autoLoginUser"), Source: macLogin}
	h.AutoLogon.Enabled = h.AutoLogon.User != ""
	// kcpassword holds the password behind a fixed key: as good as clear text.
	h.AutoLogon.ClearPassword = src.exists("/etc/kcpassword")
	if alf := src.plist(macFirewall); alf != nil {
		if state, ok := plistBool(alf, "globalstate"); ok {
			h.Firewall = []wire.FirewallProfile{{Name: "application", On: &state}}
		}
	} else {
		g.say("the state of the application firewall is not in a file since macOS 15")
	}
	if saver := src.plist(macManaged + "com.apple.screensaver.plist"); saver != nil {
		l := wire.ScreenLock{Enforced: true, Source: macManaged + "com.apple.screensaver.plist"}
		if ask, ok := plistBool(saver, "askForPassword"); ok {
			l.Password = &ask
		}
		if idle, ok := saver["idleTime"].(uint64); ok && idle <= 1<<30 {
			l.Seconds, l.On = int(idle), new(idle > 0)
		}
		h.ScreenLock = []wire.ScreenLock{l}
	}
	return h, g.err()
}

// macSwitchedOff finds automatic updates that were turned off: the keys are written only
// when somebody changes them (support.apple.com, "Software Update settings").
func macSwitchedOff(_ context.Context, src *Source) ([]wire.SwitchedOff, error) {
	list := []wire.SwitchedOff{}
	for _, place := range []struct{ file, by string }{{macUpdate, "setting"}, {macManaged + "com.apple.SoftwareUpdate.plist", "policy"}} {
		values := src.plist(place.file)
		for _, key := range []string{"AutomaticCheckEnabled", "AutomaticDownload", "CriticalUpdateInstall", "ConfigDataInstall"} {
			if on, set := plistBool(values, key); set && !on {
				list = append(list, wire.SwitchedOff{What: "auto_updates", Name: key, By: place.by, SinceMS: src.changedMS(place.file), Evidence: place.file + ": " + key + " false"})
			}
		}
	}
	return list, nil
}

// macBackups reads the destinations of Time Machine with their last snapshots; the file
// needs Full Disk Access.
func macBackups(_ context.Context, src *Source) ([]wire.Backup, error) {
	text, err := src.text(macTime)
	if err != nil {
		if errors.Is(err, ErrNoData) || !src.exists(macTime) {
			return []wire.Backup{}, nil
		}
		return nil, err
	}
	return parseTimeMachine(parsePlist([]byte(text))), nil
}

func parseTimeMachine(values map[string]any) []wire.Backup {
	list := []wire.Backup{}
	destinations, _ := values["Destinations"].([]any)
	for _, one := range destinations {
		d, _ := one.(map[string]any)
		b := wire.Backup{Software: "Time Machine", Job: plistString(d, "LastKnownVolumeName"), Target: "removable", Evidence: macTime}
		if plistString(d, "NetworkURL") != "" {
			b.Target = "network"
		}
		dates, _ := d["SnapshotDates"].([]any)
		for _, date := range dates {
			if t, ok := date.(time.Time); ok && t.Unix() > 0 {
				b.LastOKMS = max(b.LastOKMS, t.UnixMilli())
			}
		}
		dates, _ = d["AttemptDates"].([]any)
		for _, date := range dates {
			if t, ok := date.(time.Time); ok && t.Unix() > 0 {
				b.LastTriedMS = max(b.LastTriedMS, t.UnixMilli())
			}
		}
		list = append(list, b)
	}
	return list
}
