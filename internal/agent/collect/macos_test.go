package collect

import (
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
		"Library/Preferences/com.apple.alf.plist":                        binary(map[string]any{"globalstate": 1}),
		"Library/Preferences/com.apple.SoftwareUpdate.plist":             binary(map[string]any{"AutomaticDownload": false, "AutomaticCheckEnabled": true}),
		"Library/Managed Preferences/com.apple.screensaver.plist":        binary(map[string]any{"askForPassword": true, "idleTime": 300}),
		"Library/Preferences/com.apple.TimeMachine.plist":                binary(map[string]any{"Destinations": []any{map[string]any{"LastKnownVolumeName": "NAS", "NetworkURL": "smb://u:p@nas/tm", "SnapshotDates": []any{machineTime.Add(-time.Hour)}}}}),
		"etc/ssh/sshd_config":                                            "PermitRootLogin no\n",
		"private/var/db/com.apple.xpc.launchd/disabled.plist":            binary(map[string]any{"com.openssh.sshd": false}),
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
