package collect

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/agent/wmi"
	"sonae/internal/wire"
)

// backupProgram is a program that makes copies, by its service, with the events it
// writes when a run ends. Names are those of the makers' documentation.
type backupProgram struct {
	service, name string
	channel       string // of its events; empty: only that it is there is known
	done          string // XPath of a run that ended well
	ended         string // XPath of a run however it ended
}

// backupPrograms is what Sonae knows. A program that is not here is not seen: add
// a line with its source.
var backupPrograms = []backupProgram{
	// learn.microsoft.com, Windows Server Backup: event 4 of its channel is success.
	{"", "Windows Server Backup", "Microsoft-Windows-Backup", "*[System[(EventID=4)]]", "*[System[(EventID=4 or EventID=5 or EventID=8 or EventID=9 or EventID=17 or EventID=22 or EventID=49 or EventID=50 or EventID=52 or EventID=517 or EventID=518 or EventID=521 or EventID=527 or EventID=528 or EventID=544 or EventID=545 or EventID=546 or EventID=561 or EventID=564 or EventID=612)]]"},
	// helpcenter.veeam.com, Veeam Agent for Windows, events: 190 ends a job; its
	// level is information, warning or error.
	{"VeeamEndpointBackupSvc", "Veeam Agent for Microsoft Windows", "Veeam Agent", "*[System[(EventID=190) and (Level=4 or Level=0)]]", "*[System[(EventID=190)]]"},
	{"VeeamBackupSvc", "Veeam Backup & Replication", "Veeam Backup", "*[System[(EventID=190) and (Level=4 or Level=0)]]", "*[System[(EventID=190)]]"},
	{"MMS", "Acronis Cyber Protect", "", "", ""},
	{"CASAD2DWebSvc", "Arcserve UDP Agent", "", "", ""},
	{"BackupExecAgentAccelerator", "Veritas Backup Exec Agent", "", "", ""},
	{"NetBackup Client Service", "Veritas NetBackup Client", "", "", ""},
	{"obengine", "Microsoft Azure Backup (MARS)", "", "", ""},
	{"ShadowProtectSvc", "StorageCraft ShadowProtect", "", "", ""},
}

// winBackups lists the backup programs of the machine with their last success as
// the event log tells it, and File History of people who are logged on.
func winBackups(ctx context.Context, src *Source) ([]wire.Backup, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	list := []wire.Backup{}
	for _, p := range backupPrograms {
		if p.service != "" && !r.has(keyServices, p.service) {
			continue
		}
		b := wire.Backup{Software: p.name, Target: "unknown", Evidence: keyServices + `\` + p.service}
		if p.channel != "" {
			b.Evidence = "event log " + p.channel
			b.LastOKMS, b.LastTriedMS = src.lastEvent(p.channel, p.done, &g), src.lastEvent(p.channel, p.ended, &g)
		}
		if p.service == "" && b.LastTriedMS == 0 && b.LastOKMS == 0 {
			continue // the feature is part of every server; nobody uses it here
		}
		list = append(list, b)
	}
	list = append(list, r.fileHistory(src)...)
	list = append(list, shadowCopies(ctx, src, &g)...)
	slices.SortFunc(list, func(a, b wire.Backup) int {
		return cmp.Or(strings.Compare(a.Software, b.Software), strings.Compare(a.Job, b.Job))
	})
	return list, g.err()
}

// lastEvent is when the newest event of a channel that fits was written; 0: there
// is none.
func (s *Source) lastEvent(channel, query string, g *gaps) int64 {
	if s.Windows.Calls.LastEvent == nil {
		g.say("event log %s cannot be read: when the last backup ended is not known", channel)
		return 0
	}
	when, err := s.Windows.Calls.LastEvent(channel, query)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, fs.ErrPermission):
		g.noRight = true
		g.say("event log %s: the agent may not read it; run it as SYSTEM", channel)
	default:
		g.add("event log "+channel, err)
	}
	return winTimeMS(when, s.Now())
}

// fileHistory reads until when the files of each person are copied.
func (r reg) fileHistory(src *Source) []wire.Backup {
	names := r.profileNames()
	var list []wire.Backup
	for _, sid := range r.userHives() {
		key := `HKU\` + sid + `\Software\Microsoft\Windows\CurrentVersion\FileHistory`
		ms := dayMS(winTimeMS(r.values(key).Time("ProtectedUpToTime"), src.Now())) // it copies every hour
		if ms == 0 {
			continue
		}
		list = append(list, wire.Backup{Software: "File History", Job: cmp.Or(names[strings.ToUpper(sid)], sid), Target: "unknown", LastOKMS: ms, Evidence: key + `\ProtectedUpToTime`})
	}
	return list
}

// shadowCopies are the snapshots of volumes that lie beside the data: no backup by
// themselves, and the first thing that ransomware deletes.
func shadowCopies(ctx context.Context, src *Source, g *gaps) []wire.Backup {
	w, err := src.wmi()
	if err != nil {
		return nil
	}
	rows, err := w.Query(ctx, spaceCIM, "Win32_ShadowCopy", "InstallDate")
	if err != nil && !errors.Is(err, wmi.ErrNotThere) {
		g.add("shadow copies", err)
	}
	newest := int64(0)
	for _, row := range rows {
		newest = max(newest, winTimeMS(cimTime(row.Text("InstallDate")), src.Now()))
	}
	if newest == 0 {
		return nil
	}
	return []wire.Backup{{Software: "Volume Shadow Copy", Target: "local", LastOKMS: dayMS(newest), Evidence: "Win32_ShadowCopy"}}
}

// cimTime reads 20240131120000.123456+540: the last part is minutes before UTC
// (DMTF DSP0004, 5.2.4). Zero when it is none.
func cimTime(text string) time.Time {
	if len(text) != 25 {
		return time.Time{}
	}
	when, err := time.Parse("20060102150405", text[:14])
	minutes, offsetErr := strconv.Atoi(text[21:])
	if err != nil || offsetErr != nil {
		return time.Time{}
	}
	return when.Add(-time.Duration(minutes) * time.Minute)
}

// eventTime reads <TimeCreated SystemTime='2024-01-31T12:00:00.0000000Z'/> of an
// event; zero when it is not there.
func eventTime(text string) time.Time {
	_, rest, ok := strings.Cut(text, "SystemTime=")
	if !ok || len(rest) < 2 {
		return time.Time{}
	}
	value, _, _ := strings.Cut(rest[1:], rest[:1])
	when, err := time.Parse(time.RFC3339Nano, value)
	if err != nil {
		return time.Time{}
	}
	return when.UTC()
}
