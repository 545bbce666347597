package collect

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"sonae/internal/wire"
)

// unitFolders are where systemd looks for units, first found wins
// (systemd.unit(5)); generators make units of init scripts.
var unitFolders = []string{
	"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system", "/lib/systemd/system", "/run/systemd/generator.late", "/run/systemd/generator",
}

// services reads systemd's units from their files: which there are, which start
// by themselves, and which run, by the control group of each process.
func services(_ context.Context, src *Source) ([]wire.Service, error) {
	var g gaps
	units := findUnits(src)
	if len(units.file) == 0 {
		return nil, fmt.Errorf("no systemd units: %w", ErrNoData)
	}
	procs, err := src.processes()
	g.add("/proc", err)
	running := runningUnits(procs)
	names := slices.Collect(maps.Keys(units.file))
	for name := range running { // instances of templates without a link, and units made on the fly
		if _, known := units.file[name]; !known && units.file[template(name)] != "" {
			names = append(names, name)
		}
	}
	for name := range units.wanted {
		if units.file[name] == "" && units.file[template(name)] != "" && strings.HasSuffix(name, ".service") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	list := []wire.Service{}
	for _, name := range slices.Compact(names) {
		if strings.HasSuffix(name, "@.service") {
			continue // a template is no service
		}
		list = append(list, units.read(src, name, running, procs))
	}
	return list, g.err()
}

// unitSet is what the folders of systemd hold.
type unitSet struct {
	file   map[string]string // unit → its file; "" for an alias
	masked map[string]bool
	wanted map[string]bool // something starts it
}

func findUnits(src *Source) unitSet {
	u := unitSet{file: map[string]string{}, masked: map[string]bool{}, wanted: map[string]bool{}}
	seen := map[string]bool{}
	for _, folder := range unitFolders {
		for _, name := range src.names(folder) {
			if strings.HasSuffix(name, ".wants") || strings.HasSuffix(name, ".requires") {
				for _, wanted := range src.names(folder + "/" + name) {
					u.wanted[wanted] = true
				}
			}
			if !strings.HasSuffix(name, ".service") || seen[name] {
				continue
			}
			target := src.link(folder + "/" + name)
			if target != "" && target != "/dev/null" && path.Base(target) != name {
				continue // another name of a unit that is listed itself
			}
			seen[name] = true
			u.file[name], u.masked[name] = folder+"/"+name, target == "/dev/null"
		}
	}
	return u
}

// template gives the unit file of an instance: "getty@.service" of
// "getty@tty1.service".
func template(name string) string {
	before, _, ok := strings.Cut(name, "@")
	if !ok {
		return name
	}
	return before + "@.service"
}

func (u unitSet) read(src *Source, name string, running map[string]bool, procs []process) wire.Service {
	s := wire.Service{Name: strings.TrimSuffix(name, ".service"), Running: running[name]}
	if u.masked[name] {
		s.Start = "disabled"
		return s
	}
	file := u.file[name]
	if file == "" {
		file = u.file[template(name)]
	}
	text, _ := src.text(file)
	for _, folder := range unitFolders { // drop-ins change single settings
		for _, extra := range src.glob(folder + "/" + name + ".d/*.conf") {
			more, _ := src.text(extra)
			text += "\n" + more
		}
	}
	unit := parseUnit(text)
	s.Title, s.RunAs, s.Path = unit.title, unit.user, unit.path
	if _, instance, ok := strings.Cut(s.Name, "@"); ok {
		s.Title = strings.NewReplacer("%i", instance, "%I", instance).Replace(s.Title)
	}
	switch {
	case u.wanted[name]:
		s.Start = "auto"
	case unit.installable:
		s.Start = "disabled"
	default:
		s.Start = "manual" // started by another unit, a socket, a timer or by hand
	}
	// Without systemd as first process there are no control groups to go by.
	if !s.Running && s.Path != "" && len(running) == 0 {
		s.Running = slices.ContainsFunc(procs, func(p process) bool { return p.path == s.Path })
	}
	return s
}

// unitInfo is what of a unit file is reported.
type unitInfo struct {
	title, path, user string
	installable       bool // has an [Install] section: somebody decides whether it starts
}

// parseUnit reads a unit file (systemd.syntax(7)); of a setting given twice the
// last counts.
func parseUnit(text string) unitInfo {
	var u unitInfo
	section := ""
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
			u.installable = u.installable || section == "[Install]"
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		value = strings.TrimSpace(value)
		switch section + strings.TrimSpace(key) {
		case "[Unit]Description":
			u.title = value
		case "[Service]User":
			u.user = value
		case "[Service]ExecStart":
			// Marks before the path say how errors and rights are handled.
			if first := strings.Fields(strings.TrimLeft(value, "-@:+!|")); len(first) > 0 && u.path == "" {
				u.path = strings.Trim(first[0], `"`)
			}
		}
	}
	return u
}

func runningUnits(procs []process) map[string]bool {
	running := map[string]bool{}
	for _, p := range procs {
		if p.unit != "" {
			running[p.unit] = true
		}
	}
	return running
}
