package collect

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"sonae/internal/wire"
)

// backups finds backup software by its own files. A last success is told only where
// the program writes one after a run that worked; all others have no time.
func backups(_ context.Context, src *Source) ([]wire.Backup, error) {
	list := []wire.Backup{}
	for _, h := range src.homes() {
		list = append(list, resticCaches(src, h.dir)...)
		list = append(list, borgRecords(src, h.dir)...)
		list = append(list, duplicityRecords(src, h.dir)...)
	}
	list = append(list, rsnapshot(src)...)
	list = append(list, timeshift(src)...)
	list = append(list, veeam(src)...)
	for _, known := range backupClients {
		if src.exists(known.file) {
			list = append(list, wire.Backup{Software: known.name, Target: "network", Evidence: known.file})
		}
	}
	slices.SortFunc(list, func(a, b wire.Backup) int {
		return cmp.Or(strings.Compare(a.Software, b.Software), strings.Compare(a.Job, b.Job), strings.Compare(a.Evidence, b.Evidence))
	})
	return list, nil
}

// backupClients are clients of backup servers, by the file their makers name in the
// manual; when they last ran is known to their server.
var backupClients = []struct{ name, file string }{
	{"Bacula", "/etc/bacula/bacula-fd.conf"}, {"Bareos", "/etc/bareos/bareos-fd.d"}, {"IBM Storage Protect", "/opt/tivoli/tsm/client/ba/bin/dsm.sys"},
	{"Veritas NetBackup", "/usr/openv/netbackup/bp.conf"}, {"Commvault", "/etc/CommVaultRegistry"}, {"Acronis", "/etc/Acronis/BackupAndRecovery.config"},
}

// resticCaches: restic keeps a copy of each snapshot it has written or seen
// (restic.readthedocs.io, "Caching"): the newest is the last success known here.
func resticCaches(src *Source, dir string) []wire.Backup {
	var list []wire.Backup
	for _, cache := range src.glob(dir + "/.cache/restic/*/snapshots") {
		b := wire.Backup{Software: "restic", Job: cut(path.Base(path.Dir(cache)), 8), Target: "unknown", Evidence: "/" + clip(cache)}
		for _, two := range src.names(cache) {
			for _, name := range append([]string{""}, src.names(cache+"/"+two)...) {
				if file := path.Join(cache, two, name); len(path.Base(file)) == 64 {
					b.LastOKMS = max(b.LastOKMS, src.changedMS(file))
				}
			}
		}
		list = append(list, b)
	}
	return list
}

// borgRecords: Borg keeps the time of the last manifest it has written or seen
// (borgbackup.readthedocs.io, "Data structures: security/").
func borgRecords(src *Source, dir string) []wire.Backup {
	var list []wire.Backup
	for _, folder := range src.glob(dir + "/.config/borg/security/*") {
		b := wire.Backup{Software: "BorgBackup", Job: cut(path.Base(folder), 8), Target: "local", Evidence: "/" + clip(folder)}
		where := src.line(folder + "/location")
		if strings.Contains(where, "://") || strings.Contains(where, "@") {
			b.Target = "network"
		}
		if t, err := time.Parse("2006-01-02T15:04:05", cut(src.line(folder+"/manifest-timestamp"), 19)); err == nil {
			b.LastOKMS = t.UnixMilli()
		}
		list = append(list, b)
	}
	return list
}

// duplicityRecords: duplicity copies the manifest of each finished backup into its
// archive folder (duplicity(1), --archive-dir).
func duplicityRecords(src *Source, dir string) []wire.Backup {
	var list []wire.Backup
	for _, folder := range src.glob(dir + "/.cache/duplicity/*") {
		b := wire.Backup{Software: "duplicity", Job: cut(path.Base(folder), 8), Target: "unknown", Evidence: "/" + clip(folder)}
		for _, file := range src.glob(folder + "/*.manifest*") {
			b.LastOKMS = max(b.LastOKMS, src.changedMS(file))
		}
		list = append(list, b)
	}
	return list
}

// rsnapshot: the newest folder of the first level is set to the time of its run
// (rsnapshot(1), "snapshot_root").
func rsnapshot(src *Source) []wire.Backup {
	const file = "/etc/rsnapshot.conf"
	text, err := src.text(file)
	if err != nil {
		return nil
	}
	b := wire.Backup{Software: "rsnapshot", Target: "local", Evidence: file}
	root, level := "", ""
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case len(f) < 2:
		case f[0] == "snapshot_root":
			root = f[1]
		case (f[0] == "retain" || f[0] == "interval") && level == "":
			level = f[1]
		}
	}
	if root != "" && level != "" {
		b.LastOKMS = src.changedMS(path.Join(root, level+".0"))
	}
	return []wire.Backup{b}
}

// timeshift names its snapshots by their time (github.com/linuxmint/timeshift).
func timeshift(src *Source) []wire.Backup {
	for _, file := range []string{"/etc/timeshift/timeshift.json", "/etc/timeshift.json"} {
		if !src.exists(file) {
			continue
		}
		b := wire.Backup{Software: "Timeshift", Target: "local", Evidence: file}
		for _, name := range append(src.names("/timeshift/snapshots"), src.names("/run/timeshift/backup/timeshift/snapshots")...) {
			if t, err := time.ParseInLocation("2006-01-02_15-04-05", name, src.zone()); err == nil {
				b.LastOKMS = max(b.LastOKMS, t.UnixMilli())
			}
		}
		return []wire.Backup{b}
	}
	return nil
}

// veeam: the agent makes a folder of logs for each session of a job
// (helpcenter.veeam.com, Agent for Linux, "Log files"); how it ended is in its database.
func veeam(src *Source) []wire.Backup {
	if !src.exists("/etc/veeam/veeam.ini") {
		return nil
	}
	list := []wire.Backup{}
	for _, job := range src.names("/var/log/veeam/Backup") {
		b := wire.Backup{Software: "Veeam Agent", Job: job, Target: "unknown", Evidence: "/var/log/veeam/Backup/" + job}
		for _, session := range src.glob("/var/log/veeam/Backup/" + job + "/Session_*") {
			b.LastTriedMS = max(b.LastTriedMS, src.changedMS(session))
		}
		list = append(list, b)
	}
	if len(list) == 0 {
		list = append(list, wire.Backup{Software: "Veeam Agent", Target: "unknown", Evidence: "/etc/veeam/veeam.ini"})
	}
	return list
}

// zone is the machine's time zone; UTC when it cannot be read.
func (s *Source) zone() *time.Location {
	body, err := s.text("/etc/localtime")
	if err != nil {
		return time.UTC
	}
	zone, err := time.LoadLocationFromTZData("local", []byte(body))
	if err != nil {
		return time.UTC
	}
	return zone
}
