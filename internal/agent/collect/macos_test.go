package collect

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"howett.net/plist"

	"sonae/internal/wire"
)

const plistHead = `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict>`

// mac has what the collectors of macOS read; the preferences are binary, as on a Mac.
func mac(t *testing.T) *Source {
	t.Helper()
	binary := func(v any) string {
		body, err := plist.Marshal(v, plist.BinaryFormat)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	src := linux(map[string]string{
		"Applications/Viewer.app/Contents/Info.plist":     binary(map[string]any{"CFBundleIdentifier": "jp.example.viewer", "CFBundleShortVersionString": "3.2", "CFBundleVersion": "320"}),
		"Applications/Broken.app/Contents/Info.plist":     "bplist00broken",
		"Library/LaunchDaemons/jp.example.update.plist":   plistHead + `<key>Label</key><string>jp.example.update</string><key>ProgramArguments</key><array><string>/usr/local/bin/u</string><string>--token=abc</string></array><key>RunAtLoad</key><true/></dict></plist>`,
		"Users/taro/Library/LaunchAgents/x.plist":         plistHead + `<key>Label</key><string>x</string><key>Program</key><string>/x</string><key>Disabled</key><true/><key>StartCalendarInterval</key><dict/></dict></plist>`,
		"Users/taro/Library/LaunchAgents/binary.plist":    binary(map[string]any{"Label": "binary"}),
		"Users/Shared/Library/LaunchAgents/no.plist":      plistHead + `</dict></plist>`,
		"Library/Preferences/com.apple.loginwindow.plist": binary(map[string]any{"autoLoginUser": "kiosk"}),
		"etc/kcpassword": "x",
		"Library/Preferences/com.apple.alf.plist":                                       binary(map[string]any{"globalstate": 1}),
		"Library/Preferences/com.apple.SoftwareUpdate.plist":                            binary(map[string]any{"AutomaticDownload": false, "AutomaticCheckEnabled": true, "LastFullSuccessfulDate": machineTime.Add(-48 * time.Hour), "RecommendedUpdates": []any{map[string]any{"Display Name": "macOS 26.2", "Display Version": "26.2"}, "broken"}}),
		"Library/Managed Preferences/com.apple.screensaver.plist":                       binary(map[string]any{"askForPassword": true, "idleTime": 300}),
		"Library/Preferences/com.apple.TimeMachine.plist":                               binary(map[string]any{"Destinations": []any{map[string]any{"LastKnownVolumeName": "NAS", "NetworkURL": "smb://u:p@nas/tm", "SnapshotDates": []any{machineTime.Add(-time.Hour)}}}}),
		"private/var/db/dslocal/nodes/Default/users/taro.plist":                         binary(map[string]any{"name": []any{"taro", "taro@icloud"}, "uid": []any{"501"}, "gid": []any{"20"}, "realname": []any{"見本太郎"}, "shell": []any{"/bin/zsh"}, "passwd": []any{"********"}, "generateduid": []any{"U-1"}, "ShadowHashData": []any{[]byte("x")}, "accountPolicyData": []any{[]byte(plistHead + `<key>passwordLastSetTime</key><real>1790000000.25</real></dict></plist>`)}}),
		"private/var/db/dslocal/nodes/Default/users/root.plist":                         binary(map[string]any{"name": []any{"root"}, "uid": []any{"0"}, "gid": []any{"0"}, "shell": []any{"/bin/sh"}, "passwd": []any{"*"}}),
		"private/var/db/dslocal/nodes/Default/users/old.plist":                          binary(map[string]any{"name": []any{"old"}, "uid": []any{"502"}, "gid": []any{"20"}, "shell": []any{"/bin/zsh"}, "generateduid": []any{"U-2"}, "authentication_authority": []any{";DisabledUser;", ";ShadowHash;"}, "ShadowHashData": []any{[]byte("x")}}),
		"private/var/db/dslocal/nodes/Default/users/nameless.plist":                     binary(map[string]any{"name": "taro"}),
		"private/var/db/dslocal/nodes/Default/groups/admin.plist":                       binary(map[string]any{"name": []any{"admin"}, "gid": []any{"80"}, "users": []any{"root"}, "groupmembers": []any{"U-1", "U-9"}}),
		"private/var/db/dslocal/nodes/Default/groups/staff.plist":                       binary(map[string]any{"name": []any{"staff"}, "gid": []any{"20"}}),
		"Library/Receipts/InstallHistory.plist":                                         `<?xml version="1.0"?><plist version="1.0"><array><dict><key>date</key><date>2026-10-01T00:00:00Z</date><key>displayName</key><string>macOS 26.1</string><key>displayVersion</key><string>26.1</string><key>processName</key><string>softwareupdated</string></dict><dict><key>date</key><date>2026-11-01T00:00:00Z</date><key>displayName</key><string>Viewer</string><key>processName</key><string>installer</string></dict><dict><key>date</key><date>2026-11-10T00:00:00Z</date><key>displayName</key><string>XProtectPlistConfigData</string><key>displayVersion</key><string>5321</string><key>processName</key><string>softwareupdated</string></dict></array></plist>`,
		"Library/Apple/System/Library/CoreServices/XProtect.bundle/Contents/Info.plist": binary(map[string]any{"CFBundleShortVersionString": "5321"}),
		"etc/ssh/sshd_config": "PermitRootLogin no\n",
		"private/var/db/com.apple.xpc.launchd/disabled.plist":            binary(map[string]any{"com.openssh.sshd": false, "com.apple.screensharing": false, "com.apple.smbd": true}),
		"opt/homebrew/Cellar/wget/1.25.0/INSTALL_RECEIPT.json":           "{}",
		"Users/taro/Library/Application Support/Firefox/Profiles/a/none": "",
	})
	src.OS = "darwin"
	return src
}

func TestMac(t *testing.T) {
	src := mac(t)
	startup, err := macStartup(t.Context(), src)
	wantStartup := []wire.StartupItem{
		{Name: "x", Kind: "launch_agent", Trigger: "schedule", Command: "/x", RunAs: "taro"},
		{Name: "jp.example.update", Kind: "launch_daemon", Trigger: "boot", Command: "/usr/local/bin/u --token=***", RunAs: "root", Enabled: true},
	}
	if diff := cmp.Diff(wantStartup, startup); diff != "" || err != nil {
		t.Errorf("startup (-want +got): %v\n%s", err, diff)
	}
	h, err := macHardening(t.Context(), src)
	yes, no := true, false
	wantHardening := &wire.Hardening{
		SSH:       &wire.SSHServer{Enabled: true, RootLogin: "no", PasswordLogin: &yes, EmptyPasswords: &no, ConfigChangedMS: machineTime.UnixMilli()},
		AutoLogon: &wire.AutoLogon{Enabled: true, User: "kiosk", ClearPassword: true, Source: macLogin}, Firewall: []wire.FirewallProfile{{Name: "application", On: &yes}},
		ScreenLock: []wire.ScreenLock{{Seconds: 300, On: &yes, Password: &yes, Enforced: true, Source: macManaged + "com.apple.screensaver.plist"}},
	}
	if diff := cmp.Diff(wantHardening, h); diff != "" || err != nil {
		t.Errorf("hardening (-want +got): %v\n%s", err, diff)
	}
	off, err := macSwitchedOff(t.Context(), src)
	wantOff := []wire.SwitchedOff{{What: "auto_updates", Name: "AutomaticDownload", By: "setting", SinceMS: machineTime.UnixMilli(), Evidence: macUpdate + ": AutomaticDownload false"}}
	if diff := cmp.Diff(wantOff, off); diff != "" || err != nil {
		t.Errorf("switched off (-want +got): %v\n%s", err, diff)
	}
	backups, err := macBackups(t.Context(), src)
	wantBackups := []wire.Backup{{Software: "Time Machine", Job: "NAS", Target: "network", LastOKMS: machineTime.Add(-time.Hour).UnixMilli(), Evidence: macTime}}
	if diff := cmp.Diff(wantBackups, backups); diff != "" || err != nil {
		t.Errorf("backups (-want +got): %v\n%s", err, diff)
	}
	list, err := packages(t.Context(), src)
	wantPackages := []wire.Package{{Name: "Viewer", Version: "3.2", Kind: "app", Source: "jp.example.viewer"}, {Name: "wget", Version: "1.25.0", Kind: "homebrew"}}
	if diff := cmp.Diff(wantPackages, list); diff != "" || err != nil {
		t.Errorf("packages (-want +got): %v\n%s", err, diff)
	}
}

func TestMacAccounts(t *testing.T) {
	src := mac(t)
	accounts, err := macAccounts(t.Context(), src)
	want := []wire.Account{
		{Name: "old", ID: "502", Interactive: true, Groups: []string{"staff"}},
		{Name: "root", ID: "0", Enabled: true, Privileged: true, Why: "uid 0", Groups: []string{"admin"}},
		{Name: "taro", ID: "501", FullName: "見本太郎", Enabled: true, Interactive: true, Privileged: true, Why: "group admin", Groups: []string{"admin", "staff"},
			PasswordSetMS: time.Date(2026, 9, 21, 0, 0, 0, 0, time.UTC).UnixMilli()},
	}
	if diff := cmp.Diff(want, accounts); diff != "" || gapOf(err) != "partial nameless.plist: not a record with a name; when somebody last logged on is in no file of macOS" {
		t.Errorf("accounts (-want +got): %s\n%s", gapOf(err), diff)
	}
	groups, err := macGroups(t.Context(), src)
	wantGroups := []wire.Group{{Name: "admin", ID: "80", Privileged: true, Members: []string{"U-9", "root", "taro"}}, {Name: "staff", ID: "20", Members: []string{"old", "taro"}}}
	if diff := cmp.Diff(wantGroups, groups); diff != "" || err == nil {
		t.Errorf("groups (-want +got): %v\n%s", err, diff)
	}
	// An ordinary user sees no file: that is said, and no account is claimed to be gone.
	bare := linux(nil)
	bare.OS = "darwin"
	r, err := ReportOf(t.Context(), bare, List(), "test")
	if err != nil || r.Sections.Accounts != nil || r.Sections.Groups != nil {
		t.Errorf("without rights: %+v, %v", r.Sections, err)
	}
	for _, section := range []wire.Section{wire.SecAccounts, wire.SecGroups} {
		if !slices.ContainsFunc(r.Notes, func(n wire.Note) bool { return n.Section == section && n.State == wire.NoRight }) {
			t.Errorf("%s: no note about rights in %v", section, r.Notes)
		}
	}
}

func TestMacUpdates(t *testing.T) {
	src := mac(t)
	u, err := macUpdates(t.Context(), src)
	want := &wire.Updates{CheckedMS: machineTime.Add(-48 * time.Hour).UnixMilli(), LastDoneMS: time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC).UnixMilli(), Pending: []wire.Pending{{Name: "macOS 26.2", Offered: "26.2"}},
		History: []wire.UpdateRun{{AtMS: time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC).UnixMilli(), Title: "XProtectPlistConfigData 5321", Result: "succeeded"},
			{AtMS: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), Title: "macOS 26.1", Result: "succeeded"}}}
	if diff := cmp.Diff(want, u); diff != "" || err != nil {
		t.Errorf("updates (-want +got): %v\n%s", err, diff)
	}
	never := linux(map[string]string{"Library/Receipts/InstallHistory.plist": `<plist version="1.0"><array/></plist>`})
	if u, err := macUpdates(t.Context(), never); u == nil || !strings.HasPrefix(gapOf(err), "partial Software Update does not say") {
		t.Errorf("nobody looked for updates: %+v, %v", u, err)
	}
	protection, err := macProtection(t.Context(), src)
	if diff := cmp.Diff([]wire.Protection{{Product: "XProtect", Kind: "antimalware", Running: true, PatternVersion: "5321", PatternDate: machineTime.Format(time.DateOnly)}}, protection); diff != "" || err != nil {
		t.Errorf("protection (-want +got): %v\n%s", err, diff)
	}
	remote, err := macRemote(t.Context(), src)
	if diff := cmp.Diff([]string{"sshd", "vnc"}, remote); diff != "" || err != nil {
		t.Errorf("remote access (-want +got): %v\n%s", err, diff)
	}
	if on, err := macAutoUpdates(t.Context(), src); err != nil || !*on {
		t.Errorf("automatic updates: %v, %v", on, err)
	}
	for _, broken := range []string{"", "bplist00", `<plist><array><dict><key>date</key></dict>`, `<plist><string>x</string></plist>`} {
		if runs := parseInstallHistory([]byte(broken)); runs != nil {
			t.Errorf("%q: %v", broken, runs)
		}
	}
}

// gapOf is the state and the reasons of a gap.
func gapOf(err error) string {
	var gap *GapError
	if !errors.As(err, &gap) {
		return fmt.Sprint(err)
	}
	return string(gap.State) + " " + gap.Error()
}
