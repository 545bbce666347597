package collect

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"sonae/internal/wire"
)

// startup lists what runs without being called: cron(8), timers of systemd, and what
// desktops start at log-on. Services have a section of their own.
func startup(_ context.Context, src *Source) ([]wire.StartupItem, error) {
	var g gaps
	list := []wire.StartupItem{}
	for _, file := range append([]string{"/etc/crontab"}, src.glob("/etc/cron.d/*")...) {
		text, err := src.text(file)
		g.add(file, err)
		list = append(list, parseCrontab(text, "/"+clip(file), "")...)
	}
	for _, folder := range []string{"/var/spool/cron/crontabs", "/var/spool/cron"} {
		for _, user := range src.names(folder) {
			if user == "crontabs" || strings.HasPrefix(user, ".") {
				continue
			}
			text, err := src.text(folder + "/" + user)
			g.add(folder, err)
			list = append(list, parseCrontab(text, folder+"/"+user, user)...)
		}
	}
	for _, often := range []string{"hourly", "daily", "weekly", "monthly"} {
		for _, name := range src.names("/etc/cron." + often) {
			if !strings.HasPrefix(name, ".") {
				list = append(list, wire.StartupItem{Name: "/etc/cron." + often + "/" + name, Kind: "cron", Trigger: "schedule", Command: "/etc/cron." + often + "/" + name, RunAs: "root", Enabled: true})
			}
		}
	}
	list = append(list, timers(src)...)
	list = append(list, autostart(src)...)
	slices.SortFunc(list, func(a, b wire.StartupItem) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name), strings.Compare(a.RunAs, b.RunAs), strings.Compare(a.Command, b.Command))
	})
	return slices.Compact(list), g.err()
}

// parseCrontab reads a table of crontab(5); user is empty where the lines name one. Its
// entries are told apart by their command.
func parseCrontab(text, file, user string) []wire.StartupItem {
	var list []wire.StartupItem
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		fields := strings.Fields(line)
		skip := 5
		if strings.HasPrefix(line, "@") {
			skip = 1
		}
		if user == "" {
			skip++
		}
		if line == "" || line[0] == '#' || len(fields) <= skip || skip > 2 && strings.ContainsAny(fields[0], "=\"'") {
			continue
		}
		item := wire.StartupItem{Kind: "cron", Trigger: "schedule", RunAs: user, Enabled: true}
		if fields[0] == "@reboot" {
			item.Trigger = "boot"
		}
		if user == "" {
			item.RunAs = fields[skip-1]
		}
		item.Command = wire.WithoutSecrets(strings.Join(fields[skip:], " "))
		item.Name = file + ": " + cut(item.Command, 200)
		list = append(list, item)
	}
	return list
}

// timers lists timers of systemd with what they start.
func timers(src *Source) []wire.StartupItem {
	var list []wire.StartupItem
	units := findUnits(src)
	seen := map[string]bool{}
	for _, folder := range unitFolders {
		for _, name := range src.names(folder) {
			if !strings.HasSuffix(name, ".timer") || strings.HasSuffix(name, "@.timer") || seen[name] {
				continue
			}
			seen[name] = true
			file := folder + "/" + name
			item := wire.StartupItem{Name: name, Kind: "systemd_timer", Trigger: "schedule", Enabled: units.wanted[name] && src.link(file) != "/dev/null"}
			values := map[string]string{}
			readINI(src.line(file), values)
			if values["timer/onbootsec"] != "" && values["timer/oncalendar"] == "" && values["timer/onunitactivesec"] == "" {
				item.Trigger = "boot"
			}
			service := values["timer/unit"]
			if service == "" {
				service = strings.TrimSuffix(name, ".timer") + ".service"
			}
			if unit := units.file[service]; unit != "" {
				run := map[string]string{}
				readINI(src.line(unit), run)
				item.Command = wire.WithoutSecrets(strings.TrimLeft(run["service/execstart"], "-@:+!|"))
				item.RunAs = cmp.Or(run["service/user"], "root")
			}
			list = append(list, item)
		}
	}
	return list
}

// autostart reads entries of the Desktop Application Autostart Specification
// (freedesktop.org): a person's file hides that of the system.
func autostart(src *Source) []wire.StartupItem {
	var list []wire.StartupItem
	read := func(folder, user string) {
		for _, file := range src.glob(folder + "/*.desktop") {
			values := map[string]string{}
			readINI(src.line(file), values)
			hidden := values["desktop entry/hidden"] == "true" || values["desktop entry/x-gnome-autostart-enabled"] == "false"
			if command := values["desktop entry/exec"]; command != "" || hidden {
				list = append(list, wire.StartupItem{Name: path.Base(file), Kind: "autostart", Trigger: "logon", Command: wire.WithoutSecrets(command), RunAs: user, Enabled: !hidden})
			}
		}
	}
	read("/etc/xdg/autostart", "")
	for _, h := range src.homes() {
		read(h.dir+"/.config/autostart", h.user)
	}
	return list
}
