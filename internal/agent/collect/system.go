package collect

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"sonae/internal/wire"
)

// system reads which operating system runs: os-release(5), the kernel's names
// under /proc/sys/kernel, time zone and locale.
func system(_ context.Context, src *Source) (*wire.OS, error) {
	var g gaps
	text, err := src.text("/etc/os-release")
	if errors.Is(err, fs.ErrNotExist) {
		text, err = src.text("/usr/lib/os-release")
	}
	g.add("os-release", err)
	release := parseAssignments(text)
	o := &wire.OS{
		Family: src.OS, ID: release["ID"], Version: release["VERSION_ID"], Edition: release["VARIANT"],
		Name: release["PRETTY_NAME"], Kernel: src.line("/proc/sys/kernel/osrelease"), Arch: src.Arch,
		HostName: src.line("/proc/sys/kernel/hostname"),
	}
	if o.Name == "" {
		o.Name = strings.TrimSpace("Linux " + release["NAME"])
	}
	// Only this file has the point release.
	if point := src.line("/etc/debian_version"); o.ID == "debian" && strings.HasPrefix(point, o.Version+".") {
		o.Version = point
	}
	o.Domain = domain(src, o.HostName)
	o.InstalledMS = dayMS(firstOf(src.changedMS("/var/log/installer"), src.changedMS("/root/anaconda-ks.cfg")))
	stat, err := src.text("/proc/stat")
	g.add("/proc/stat", err)
	o.BootedMS = parseBootTime(stat)
	o.TimeZone = timeZone(src)
	o.Locale = locale(src)
	o.LastUser = lastUser(src)
	return o, g.err()
}

func firstOf(values ...int64) int64 {
	for _, v := range values {
		if v != 0 {
			return v
		}
	}
	return 0
}

// parseAssignments reads NAME=value lines with shell quotes, as in os-release(5).
func parseAssignments(text string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || strings.HasPrefix(key, "#") {
			continue
		}
		if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			quote := value[0]
			value = value[1 : n-1]
			if quote == '"' {
				value = strings.NewReplacer(`\"`, `"`, `\$`, `$`, `\\`, `\`, "\\`", "`").Replace(value)
			}
		}
		values[strings.TrimSpace(key)] = value
	}
	return values
}

// parseBootTime reads btime of /proc/stat (proc_stat(5)), rounded to a minute
// because the kernel's own value moves by a second when the clock is corrected.
func parseBootTime(stat string) int64 {
	for line := range strings.Lines(stat) {
		if rest, ok := strings.CutPrefix(line, "btime "); ok {
			seconds, _ := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
			return (seconds + 30) / 60 * 60 * 1000
		}
	}
	return 0
}

func timeZone(src *Source) string {
	if _, zone, ok := strings.Cut(src.link("/etc/localtime"), "zoneinfo/"); ok {
		return zone
	}
	return src.line("/etc/timezone")
}

func locale(src *Source) string {
	for _, name := range []string{"/etc/locale.conf", "/etc/default/locale"} {
		if text, err := src.text(name); err == nil {
			if lang := parseAssignments(text)["LANG"]; lang != "" {
				return lang
			}
		}
	}
	return ""
}

// domain is the domain of the host name, or the directory the machine joined
// through SSSD or Samba.
func domain(src *Source, host string) string {
	if _, domain, ok := strings.Cut(host, "."); ok && domain != "localdomain" {
		return domain
	}
	for _, where := range []struct{ file, key string }{
		{"/etc/sssd/sssd.conf", "domains"}, {"/etc/samba/smb.conf", "realm"},
	} {
		text, err := src.text(where.file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(text) {
			key, value, ok := strings.Cut(line, "=")
			if ok && strings.TrimSpace(key) == where.key {
				first, _, _ := strings.Cut(value, ",")
				return strings.ToLower(strings.TrimSpace(first))
			}
		}
	}
	return ""
}
