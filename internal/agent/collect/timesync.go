package collect

import (
	"context"
	"slices"
	"strings"
)

// timeState is whether and from where the clock is set.
type timeState struct {
	synced *bool // nil: cannot tell
	source string
}

// timeService is a program that keeps the clock right.
type timeService struct {
	title     string
	processes []string // comm, cut to 15 bytes
	files     []string // patterns of its configuration
	keys      []string // words before its servers
}

var timeServices = []timeService{
	{"chrony", []string{"chronyd"}, []string{"/etc/chrony.conf", "/etc/chrony/chrony.conf", "/etc/chrony/conf.d/*.conf", "/etc/chrony/sources.d/*.sources", "/etc/chrony.d/*.conf"}, []string{"server", "pool", "peer", "refclock"}},
	{"systemd-timesyncd", []string{"systemd-timesyn"}, []string{"/usr/lib/systemd/timesyncd.conf", "/etc/systemd/timesyncd.conf", "/etc/systemd/timesyncd.conf.d/*.conf"}, []string{"NTP", "FallbackNTP"}},
	{"ntpd", []string{"ntpd"}, []string{"/etc/ntp.conf", "/etc/ntpsec/ntp.conf", "/etc/openntpd/ntpd.conf"}, []string{"server", "pool", "servers", "peer"}},
	{"ptp", []string{"ptp4l", "phc2sys"}, nil, nil},
}

// timeSync asks the kernel whether its clock follows a source (adjtimex(2)), and
// names the program that disciplines it with the servers it is set to use.
func timeSync(_ context.Context, src *Source) (timeState, error) {
	var g gaps
	var state timeState
	procs, err := src.processes()
	g.add("/proc", err)
	for _, service := range timeServices {
		if !slices.ContainsFunc(procs, func(p process) bool { return slices.Contains(service.processes, p.name) }) {
			continue
		}
		state.source = service.title
		if servers := timeServers(src, service); len(servers) > 0 {
			state.source += ": " + strings.Join(servers, ", ")
		}
		break
	}
	if src.ClockSynced != nil {
		synced, err := src.ClockSynced()
		g.add("clock of the kernel", err)
		if err == nil {
			state.synced = &synced
		}
	}
	if state.source == "" {
		state.source = "none: no chrony, timesyncd, ntpd or ptp runs"
	}
	return state, g.err()
}

// maxServers is how many names are worth showing.
const maxServers = 8

func timeServers(src *Source, service timeService) []string {
	var servers, fallback []string
	for _, pattern := range service.files {
		for _, file := range src.glob(pattern) {
			for line := range strings.Lines(src.line(file)) {
				key, names := timeServerLine(line)
				if !slices.Contains(service.keys, key) {
					continue
				}
				if key == "FallbackNTP" {
					fallback = names
				} else {
					servers = append(servers, names...)
				}
			}
		}
	}
	if len(servers) == 0 {
		servers = fallback
	}
	return servers[:min(len(servers), maxServers)]
}

// timeServerLine reads "server ntp.example.org iburst" and "NTP=a b".
func timeServerLine(line string) (key string, names []string) {
	line = strings.TrimSpace(line)
	if key, value, ok := strings.Cut(line, "="); ok && !strings.Contains(key, " ") {
		return key, strings.Fields(value)
	}
	field := strings.Fields(line)
	if len(field) < 2 {
		return "", nil
	}
	return field[0], field[1:2]
}
