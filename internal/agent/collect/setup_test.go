package collect

import (
	"maps"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/wire"
)

// linux is a machine with only these files.
func linux(files map[string]string) *Source {
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644, ModTime: machineTime}
	}
	return &Source{OS: "linux", Files: tree, Now: func() time.Time { return machineTime }}
}

func TestSSHServer(t *testing.T) {
	tests := []struct {
		name, config string
		root         string
		password     bool
	}{
		{"nothing said", "", "prohibit-password", true},
		{"keys only", "PasswordAuthentication no\n", "prohibit-password", false},
		{"the first counts", "PermitRootLogin no\nPermitRootLogin yes\n", "no", true},
		{"keyboard-interactive asks PAM for the password", "PasswordAuthentication no\nUsePAM yes\n", "prohibit-password", true},
		{"keyboard-interactive off", "PasswordAuthentication no\nUsePAM yes\nKbdInteractiveAuthentication no\n", "prohibit-password", false},
		{"with equals sign and case", "permitrootlogin=YES\n", "yes", true},
		{"old word", "PermitRootLogin without-password\n", "prohibit-password", true},
		{"for some only", "Match User x\nPermitRootLogin yes\n", "prohibit-password", true},
		{"for all again", "Match all\nPermitRootLogin yes\n", "yes", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var g gaps
			s := sshServer(linux(map[string]string{"etc/ssh/sshd_config": tt.config}), &g)
			if s == nil || s.RootLogin != tt.root || *s.PasswordLogin != tt.password {
				t.Errorf("got %+v, want root %s, password %v", s, tt.root, tt.password)
			}
		})
	}
}

// An Include that names its own file ends.
func TestSSHIncludesItself(t *testing.T) {
	var g gaps
	if s := sshServer(linux(map[string]string{"etc/ssh/sshd_config": "Include /etc/ssh/sshd_config\nPermitRootLogin no\n"}), &g); s.RootLogin != "no" {
		t.Errorf("got %+v", s)
	}
}

func TestSwitchedOffIsMeant(t *testing.T) {
	on := map[string]string{"usr/bin/unattended-upgrade": "", "etc/apt/apt.conf.d/20auto-upgrades": `APT::Periodic::Unattended-Upgrade "1";`}
	tests := []struct {
		name  string
		extra map[string]string
		want  []string
	}{
		{"as installed", nil, nil},
		{"turned off later", map[string]string{"etc/apt/apt.conf.d/99x": `APT::Periodic::Enable "0";`}, []string{"auto_updates"}},
		{"turned off, then on again", map[string]string{"etc/apt/apt.conf.d/10x": `APT::Periodic::Unattended-Upgrade "0";`}, nil},
		{"a file apt does not read", map[string]string{"etc/apt/apt.conf.d/99x.bak": `APT::Periodic::Enable "0";`}, nil},
		{"a firewall that was never there", map[string]string{"etc/ufw/ufw.conf": "ENABLED=no\n"}, nil},
		{"SELinux off at boot", map[string]string{"proc/cmdline": "quiet selinux=0"}, []string{"access_control"}},
		{"no records", map[string]string{"etc/systemd/journald.conf": "[Journal]\nStorage=none\n"}, []string{"event_log"}},
		{"a commented word", map[string]string{"etc/systemd/journald.conf": "[Journal]\n#Storage=none\n"}, nil},
		{"the screen stays open", map[string]string{"etc/dconf/db/local.d/00": "[org/gnome/desktop/screensaver]\nlock-enabled=false\n"}, []string{"screen_lock"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{}
			for _, set := range []map[string]string{on, tt.extra} {
				maps.Copy(files, set)
			}
			list, err := switchedOff(t.Context(), linux(files))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range list {
				got = append(got, s.What)
				if s.By != "boot" && s.SinceMS != machineTime.UnixMilli() {
					t.Errorf("%+v has no time", s)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("switched off (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseAptHistory(t *testing.T) {
	const text = `
Start-Date: 2026-11-18  06:12:01
Commandline: /usr/bin/unattended-upgrade
Upgrade: libssl3:amd64 (3.0.14-1, 3.0.15-1), openssl:amd64 (3.0.14-1, 3.0.15-1)
End-Date: 2026-11-18  06:12:09

Start-Date: 2026-11-19  06:00:00
Upgrade: bash:amd64 (5.2-1, 5.2-2)
Error: Sub-process /usr/bin/dpkg returned an error code (1)
End-Date: 2026-11-19  06:00:03

Start-Date: 2026-11-20  06:00:00
Install: x:amd64 (1)
`
	at := func(day, hour, minute, second int) int64 {
		return time.Date(2026, 11, day, hour, minute, second, 0, time.UTC).UnixMilli()
	}
	want := []wire.UpdateRun{
		{AtMS: at(20, 6, 0, 0), Packages: 1, Result: "aborted"},
		{AtMS: at(19, 6, 0, 0), Packages: 1, Result: "failed"},
		{AtMS: at(18, 6, 12, 1), Title: "/usr/bin/unattended-upgrade", Packages: 2, Result: "succeeded"},
	}
	if diff := cmp.Diff(want, parseAptHistory(text, time.UTC)); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
}

func TestParseCrontab(t *testing.T) {
	const text = "MAILTO=\"x\"\n# no\n*/5 * * * * backup --token abc\n@reboot warm\n* * * broken\n"
	want := []wire.StartupItem{
		{Name: "/f: backup --token ***", Kind: "cron", Trigger: "schedule", Command: "backup --token ***", RunAs: "u", Enabled: true},
		{Name: "/f: warm", Kind: "cron", Trigger: "boot", Command: "warm", RunAs: "u", Enabled: true},
	}
	if diff := cmp.Diff(want, parseCrontab(text, "/f", "u")); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}
