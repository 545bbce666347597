package collect

import (
	"bufio"
	"context"
	"encoding/binary"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/wire"
)

// logFiles are the log files whose keeping the inspection asks about: log-ins
// and the system's own messages, by the names of Debian and Red Hat.
var logFiles = []string{"/var/log/auth.log", "/var/log/secure", "/var/log/syslog", "/var/log/messages", "/var/log/audit/audit.log"}

// logStores reads which logs there are, how far back they go, and how long they
// are set to be kept.
func logStores(_ context.Context, src *Source) ([]wire.LogStore, error) {
	var g gaps
	list := []wire.LogStore{}
	forwarded := logsForwarded(src)
	if j, ok := journal(src); ok {
		j.Forwarded = forwarded
		list = append(list, j)
	}
	rotation := readRotation(src)
	for _, name := range logFiles {
		if !src.exists(name) {
			continue
		}
		store := wire.LogStore{Name: name, OldestMS: oldestRecord(src, name), Forwarded: forwarded}
		if rule, ok := rotation[name]; ok {
			store.KeepDays, store.MaxBytes = rule.days(), rule.maxBytes()
		}
		if name == "/var/log/audit/audit.log" {
			store.MaxBytes = auditBytes(src.line("/etc/audit/auditd.conf"))
		}
		list = append(list, store)
	}
	return list, g.err()
}

// journal reads where journald keeps its records and for how long
// (journald.conf(5)). Kept only in memory, they are gone at the next start.
func journal(src *Source) (wire.LogStore, bool) {
	store := wire.LogStore{Name: "journald"}
	files := src.glob("/var/log/journal/*/*.journal")
	if len(files) == 0 {
		store.Name = "journald (in memory only)"
		files = src.glob("/run/log/journal/*/*.journal")
	}
	if len(files) == 0 {
		return store, false
	}
	for _, name := range files {
		if first := journalStart(src, name); first > 0 && (store.OldestMS == 0 || first < store.OldestMS) {
			store.OldestMS = first
		}
	}
	settings := map[string]string{}
	for _, pattern := range []string{"/usr/lib/systemd/journald.conf", "/etc/systemd/journald.conf", "/usr/lib/systemd/journald.conf.d/*.conf", "/etc/systemd/journald.conf.d/*.conf"} {
		for _, file := range src.glob(pattern) {
			maps.Copy(settings, parseAssignments(src.line(file)))
		}
	}
	store.KeepDays = timeSpanDays(settings["MaxRetentionSec"])
	store.MaxBytes = byteSize(settings["SystemMaxUse"])
	store.OldestMS = dayMS(store.OldestMS)
	return store, true
}

// journalStart reads head_entry_realtime, microseconds since 1970 at byte 184 of
// a journal file (systemd, Journal File Format).
func journalStart(src *Source, name string) int64 {
	const at, size = 184, 8
	file, _, closer, err := src.readerAt(name)
	if err != nil {
		return 0
	}
	defer closer.Close()
	head := make([]byte, at+size)
	if _, err := file.ReadAt(head, 0); err != nil || string(head[:8]) != "LPKSHHRH" {
		return 0
	}
	micro := binary.LittleEndian.Uint64(head[at:])
	if micro > uint64(1)<<62 {
		return 0
	}
	return int64(micro / 1000)
}

// timeSpanDays reads a span like "1month", "90day", "2week" or plain seconds
// (systemd.time(7)) and rounds down to days.
func timeSpanDays(text string) int {
	units := []struct {
		name    string
		seconds float64
	}{
		{"year", 31557600}, {"y", 31557600}, {"month", 2629800}, {"M", 2629800}, {"week", 604800}, {"w", 604800},
		{"day", 86400}, {"d", 86400}, {"hour", 3600}, {"hr", 3600}, {"h", 3600}, {"min", 60}, {"m", 60}, {"sec", 1}, {"s", 1}, {"", 1},
	}
	total := 0.0
	text = strings.ReplaceAll(text, " ", "")
	for text != "" {
		n := 0
		for n < len(text) && (isDigit(text[n]) || text[n] == '.') {
			n++
		}
		value, err := strconv.ParseFloat(text[:n], 64)
		if err != nil {
			return 0
		}
		text = text[n:]
		n = 0
		for n < len(text) && !isDigit(text[n]) {
			n++
		}
		unit := strings.TrimSuffix(text[:n], "s")
		if text[:n] == "s" {
			unit = "s"
		}
		at := slices.IndexFunc(units, func(u struct {
			name    string
			seconds float64
		}) bool {
			return u.name == unit
		})
		if at < 0 {
			return 0
		}
		total, text = total+value*units[at].seconds, text[n:]
	}
	return int(min(total/86400, 36500))
}

// byteSize reads "500M", "4G" and plain bytes, with K, M, G, T of 1,024.
func byteSize(text string) int64 {
	shift := strings.IndexByte("KMGT", lastByte(strings.ToUpper(text))) + 1
	if shift > 0 {
		text = text[:len(text)-1]
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n < 0 || n > 1<<20 && shift > 2 {
		return 0
	}
	return int64(n * float64(int64(1)<<(10*shift)))
}

func lastByte(text string) byte {
	if text == "" {
		return ' '
	}
	return text[len(text)-1]
}

// auditBytes is what auditd keeps: its files in number times their size in MiB
// (auditd.conf(5)).
func auditBytes(text string) int64 {
	settings := map[string]string{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, "="); ok {
			settings[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	size, _ := strconv.ParseInt(settings["max_log_file"], 10, 32)
	files, _ := strconv.ParseInt(settings["num_logs"], 10, 32)
	return size * max(files, 1) << 20
}

// oldestRecord is when the oldest file of a log begins: by its first line where
// that can be read, else by when the file was last written.
func oldestRecord(src *Source, name string) int64 {
	oldest, file := src.changedMS(name), name
	for _, old := range src.glob(name + `[.\-]*`) {
		if ms := src.changedMS("/" + old); ms > 0 && ms < oldest {
			oldest, file = ms, "/"+old
		}
	}
	if ext := path.Ext(file); ext != ".gz" && ext != ".xz" && ext != ".zst" && ext != ".bz2" {
		if f, err := src.open(file); err == nil {
			defer f.Close()
			line, _ := bufio.NewReaderSize(f, 512).ReadString('\n')
			if ms := logLineMS(line, oldest); ms > 0 && ms < oldest {
				oldest = ms
			}
		}
	}
	return dayMS(oldest)
}

// logLineMS reads the time at the start of a line: RFC 3339 of today's rsyslog,
// "Nov  4 12:00:00" of RFC 3164, or audit's "msg=audit(1700000000.123:45)". The
// old form has no year: the last one that is not after the file was written.
func logLineMS(line string, notAfterMS int64) int64 {
	if word, _, ok := strings.Cut(line, " "); ok {
		if t, err := time.Parse(time.RFC3339, word); err == nil {
			return t.UnixMilli()
		}
	}
	if _, rest, ok := strings.Cut(line, "msg=audit("); ok {
		seconds, _, _ := strings.Cut(rest, ".")
		n, _ := strconv.ParseInt(seconds, 10, 64)
		return n * 1000
	}
	if len(line) < len(time.Stamp) {
		return 0
	}
	t, err := time.Parse(time.Stamp, line[:len(time.Stamp)])
	if err != nil {
		return 0
	}
	limit := time.UnixMilli(notAfterMS).UTC().AddDate(0, 0, 1)
	t = t.AddDate(limit.Year(), 0, 0)
	if t.After(limit) {
		t = t.AddDate(-1, 0, 0)
	}
	return t.UnixMilli()
}

// logsForwarded tells whether a log daemon is set to send to another host.
func logsForwarded(src *Source) bool {
	for _, pattern := range []string{"/etc/rsyslog.conf", "/etc/rsyslog.d/*.conf", "/etc/syslog-ng/syslog-ng.conf", "/etc/syslog-ng/conf.d/*.conf", "/etc/systemd/journal-upload.conf"} {
		for _, file := range src.glob(pattern) {
			for line := range strings.Lines(src.line(file)) {
				if forwards(line) {
					return true
				}
			}
		}
	}
	return false
}

// forwards knows "*.* @host", "*.* @@host:514" and omfwd of rsyslog, network
// destinations of syslog-ng, and URL= of systemd-journal-upload.
func forwards(line string) bool {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' || line[0] == ';' {
		return false
	}
	if rest, ok := strings.CutPrefix(line, "URL="); ok {
		return strings.TrimSpace(rest) != ""
	}
	if strings.Contains(line, "omfwd") || strings.Contains(line, "omrelp") {
		return true
	}
	if strings.HasPrefix(line, "destination") && (strings.Contains(line, "network(") || strings.Contains(line, "syslog(") || strings.Contains(line, "tcp(") || strings.Contains(line, "udp(")) {
		return true
	}
	field := strings.Fields(line)
	return len(field) == 2 && strings.Contains(field[0], ".") && strings.HasPrefix(field[1], "@") && len(strings.Trim(field[1], "@")) > 0
}
