package collect

import (
	"cmp"
	"context"
	"encoding/json"
	"io/fs"
	"path"
	"slices"
	"strings"

	"sonae/internal/wire"
)

// protecting are the units whose masking turns a protection off.
var protecting = map[string]string{
	"apt-daily.timer": "auto_updates", "apt-daily-upgrade.timer": "auto_updates", "unattended-upgrades.service": "auto_updates",
	"dnf-automatic.timer": "auto_updates", "dnf-automatic-install.timer": "auto_updates", "dnf5-automatic.timer": "auto_updates", "transactional-update.timer": "auto_updates",
	"ufw.service": "firewall", "firewalld.service": "firewall", "nftables.service": "firewall",
	"clamav-daemon.service": "malware_protection", "clamd@scan.service": "malware_protection", "clamav-freshclam.service": "malware_protection", "clamav-clamonacc.service": "real_time_protection",
	"mdatp.service": "malware_protection", "falcon-sensor.service": "malware_protection", "ds_agent.service": "malware_protection", "sophos-spl.service": "malware_protection",
	"sentinelone.service": "malware_protection", "kesl.service": "malware_protection", "eea.service": "malware_protection", "cybereason-sensor.service": "malware_protection",
	"auditd.service": "audit", "rsyslog.service": "event_log", "syslog-ng.service": "event_log", "systemd-journald.service": "event_log",
	"chrony.service": "time_sync", "chronyd.service": "time_sync", "systemd-timesyncd.service": "time_sync", "ntpd.service": "time_sync", "ntpsec.service": "time_sync",
	"apparmor.service": "access_control", "timeshift.service": "backup", "borgmatic.timer": "backup",
}

// switchedOff finds protections that somebody turned off: masked units, units that the
// distribution turns on and that are off, and settings. What never was there is not
// switched off.
func switchedOff(_ context.Context, src *Source) ([]wire.SwitchedOff, error) {
	list := []wire.SwitchedOff{}
	list = append(list, maskedUnits(src)...)
	list = append(list, unitsAgainstPreset(src)...)
	list = append(list, settingsOff(src)...)
	list = append(list, bootOff(src)...)
	slices.SortFunc(list, func(a, b wire.SwitchedOff) int {
		return cmp.Or(strings.Compare(a.What, b.What), strings.Compare(a.Name, b.Name), strings.Compare(a.By, b.By), strings.Compare(a.Evidence, b.Evidence))
	})
	return list, nil
}

// linkChangedMS is when a link itself was made; 0 when it is not there.
func (s *Source) linkChangedMS(name string) int64 {
	info, err := fs.Lstat(s.Files, clip(name))
	if err != nil || info.ModTime().Unix() <= 0 {
		return 0
	}
	return info.ModTime().UnixMilli()
}

// maskedUnits are links to /dev/null that "systemctl mask" makes. A time service that
// is masked because another one runs is not switched off.
func maskedUnits(src *Source) []wire.SwitchedOff {
	var list []wire.SwitchedOff
	timed := false
	units := findUnits(src)
	for unit, what := range protecting {
		timed = timed || what == "time_sync" && units.wanted[unit]
	}
	for _, folder := range []string{"/etc/systemd/system", "/run/systemd/system"} {
		for _, unit := range src.names(folder) {
			what, known := protecting[unit]
			file := folder + "/" + unit
			if !known || src.link(file) != "/dev/null" || timed && what == "time_sync" {
				continue
			}
			list = append(list, wire.SwitchedOff{What: what, Name: unit, By: "masked", SinceMS: src.linkChangedMS(file), Evidence: file + " -> /dev/null"})
		}
	}
	return list
}

// unitsAgainstPreset are installed units that the distribution's preset turns on
// (systemd.preset(5)), that nothing starts and that do not run.
func unitsAgainstPreset(src *Source) []wire.SwitchedOff {
	units := findUnits(src)
	preset := map[string]string{}
	for _, file := range src.glob("/usr/lib/systemd/system-preset/*.preset") {
		for line := range strings.Lines(src.line(file)) {
			if f := strings.Fields(line); len(f) == 2 && preset[f[1]] == "" {
				preset[f[1]] = f[0] + " /" + clip(file)
			}
		}
	}
	procs, _ := src.processes()
	running := runningUnits(procs)
	var list []wire.SwitchedOff
	for _, unit := range []string{"firewalld.service", "auditd.service", "rsyslog.service", "apparmor.service"} {
		file, on := strings.CutPrefix(preset[unit], "enable ")
		if !on || units.file[unit] == "" || units.masked[unit] || units.wanted[unit] || running[unit] {
			continue
		}
		list = append(list, wire.SwitchedOff{What: protecting[unit], Name: unit, By: "service", Evidence: "not enabled, though " + file + " enables it"})
	}
	return list
}

// settingsOff are settings in files that say "off" in words.
func settingsOff(src *Source) []wire.SwitchedOff {
	var list []wire.SwitchedOff
	say := func(what, name, by, file, evidence string) {
		list = append(list, wire.SwitchedOff{What: what, Name: name, By: by, SinceMS: src.changedMS(file), Evidence: "/" + clip(file) + ": " + evidence})
	}
	if file, line := aptOff(src); file != "" {
		say("auto_updates", "apt", "setting", file, line)
	}
	const selinux = "/etc/selinux/config"
	if v := parseAssignments(src.line(selinux))["SELINUX"]; v == "disabled" || v == "permissive" {
		say("access_control", "SELinux", "setting", selinux, "SELINUX="+v)
	}
	for _, file := range append([]string{"/etc/systemd/journald.conf"}, src.glob("/etc/systemd/journald.conf.d/*.conf")...) {
		values := map[string]string{}
		readINI(src.line(file), values)
		if v := values["journal/storage"]; strings.EqualFold(v, "none") {
			say("event_log", "journald", "setting", file, "Storage=none")
		}
	}
	for _, file := range src.glob("/etc/dconf/db/*.d/*") {
		values := map[string]string{}
		readINI(src.line(file), values)
		if values["org/gnome/desktop/screensaver/lock-enabled"] == "false" {
			say("screen_lock", "", "policy", file, "lock-enabled=false")
		}
	}
	const mdatp = "/etc/opt/microsoft/mdatp/managed/mdatp_managed.json"
	if level := mdatpLevel(src.line(mdatp)); level != "" && level != "real_time" {
		say("real_time_protection", "Microsoft Defender", "policy", mdatp, "enforcementLevel "+level)
	}
	return list
}

// mdatpLevel reads antivirusEngine.enforcementLevel, or enableRealTimeProtection of
// older versions (learn.microsoft.com, defender-endpoint/linux-preferences).
func mdatpLevel(text string) string {
	var c struct {
		AntivirusEngine struct {
			EnforcementLevel         string `json:"enforcementLevel"`
			EnableRealTimeProtection *bool  `json:"enableRealTimeProtection"`
		} `json:"antivirusEngine"`
	}
	if text == "" || json.Unmarshal([]byte(text), &c) != nil {
		return ""
	}
	if on := c.AntivirusEngine.EnableRealTimeProtection; on != nil && !*on && c.AntivirusEngine.EnforcementLevel == "" {
		return "off"
	}
	return c.AntivirusEngine.EnforcementLevel
}

// aptOff finds the file that turns apt's automatic updates off, where the package that
// does them is installed. Files are read in order, and the last counts.
func aptOff(src *Source) (file, line string) {
	if !src.exists("/usr/bin/unattended-upgrade") {
		return "", ""
	}
	for _, name := range append(src.glob("/etc/apt/apt.conf.d/*"), "/etc/apt/apt.conf") {
		if base := path.Base(name); strings.Contains(base, ".") && !strings.HasSuffix(base, ".conf") {
			continue // apt.conf(5): other endings are left out
		}
		settings := map[string]string{}
		parseAptConf(src.line(name), settings)
		for _, key := range []string{"apt::periodic::unattended-upgrade", "apt::periodic::enable"} {
			value, set := settings[key]
			switch {
			case set && value == "0":
				file, line = name, key+" 0"
			case set && strings.HasPrefix(line, key+" "):
				file, line = "", ""
			}
		}
	}
	return file, line
}

// bootOff are words of the kernel's command line (kernel-parameters of the kernel).
func bootOff(src *Source) []wire.SwitchedOff {
	off := map[string]wire.SwitchedOff{
		"selinux=0": {What: "access_control", Name: "SELinux"}, "enforcing=0": {What: "access_control", Name: "SELinux"},
		"apparmor=0": {What: "access_control", Name: "AppArmor"}, "audit=0": {What: "audit"},
	}
	var list []wire.SwitchedOff
	for word := range strings.FieldsSeq(src.line("/proc/cmdline")) {
		if s, known := off[word]; known {
			s.By, s.Evidence = "boot", "/proc/cmdline: "+word
			list = append(list, s)
		}
	}
	return list
}
