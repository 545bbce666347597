package collect

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"sonae/internal/wire"
)

// winStartup lists what runs without being called by a person: Run keys, startup
// folders, and scheduled tasks that start at boot or log-on or are not Windows' own.
func winStartup(ctx context.Context, src *Source) ([]wire.StartupItem, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	env := r.environment()
	list := append([]wire.StartupItem{}, r.runKeys(env)...)
	list = append(list, startupFolders(src, r)...)
	list = append(list, tasks(ctx, src, env, &g)...)
	slices.SortFunc(list, func(a, b wire.StartupItem) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name), strings.Compare(a.RunAs, b.RunAs), strings.Compare(a.Command, b.Command))
	})
	return slices.Compact(list), ctxOr(ctx, g.err())
}

// ctxOr prefers the end of time to a gap: a list that was cut off is not one.
func ctxOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

const (
	runKey   = `Microsoft\Windows\CurrentVersion\Run`
	approved = `Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\`
)

// runKeys reads Run and RunOnce of the machine in both views and of people.
func (r reg) runKeys(env map[string]string) []wire.StartupItem {
	type place struct{ root, sub, approved, user string }
	places := []place{{`HKLM\SOFTWARE\`, "", "Run", ""}, {`HKLM\SOFTWARE\`, `Wow6432Node\`, "Run32", ""}}
	names := r.profileNames()
	for _, sid := range r.userHives() {
		places = append(places, place{`HKU\` + sid + `\Software\`, "", "Run", cmp.Or(names[strings.ToUpper(sid)], sid)})
	}
	var list []wire.StartupItem
	for _, p := range places {
		off := r.values(p.root + approved + p.approved)
		for _, once := range []string{"", "Once"} {
			v := r.values(p.root + p.sub + runKey + once)
			for _, name := range v.Names() {
				command := expand(v.Text(name), env)
				if command == "" {
					continue
				}
				// The first byte is odd when somebody turned the item off in the
				// task manager.
				state := off[strings.ToLower(name)].Data
				list = append(list, wire.StartupItem{
					Name: cmp.Or(name, "(default)"), Kind: "run_key", Trigger: "logon", Command: wire.WithoutSecrets(command), RunAs: p.user,
					Enabled: len(state) == 0 || state[0]&1 == 0,
				})
			}
		}
	}
	return list
}

const startupFolder = "Microsoft/Windows/Start Menu/Programs/Startup"

// startupFolders lists the files in the startup folders of everybody and of each
// profile. Who turned one off says the registry of the machine, or of that person.
func startupFolders(src *Source, r reg) []wire.StartupItem {
	type place struct{ root, user string }
	folders := map[string]place{"/ProgramData/" + startupFolder: {`HKLM\SOFTWARE\`, ""}}
	for sid, folder := range r.profileNames() {
		folders["/Users/"+folder+"/AppData/Roaming/"+startupFolder] = place{`HKU\` + sid + `\Software\`, folder}
	}
	var list []wire.StartupItem
	for folder, p := range folders {
		off := r.values(p.root + approved + "StartupFolder")
		for _, name := range src.names(folder) {
			if strings.EqualFold(name, "desktop.ini") {
				continue
			}
			state := off[strings.ToLower(name)].Data
			list = append(list, wire.StartupItem{
				Name: strings.TrimSuffix(name, path.Ext(name)), Kind: "startup_folder", Trigger: "logon",
				Command: `C:` + strings.ReplaceAll(folder, "/", `\`) + `\` + name, RunAs: p.user, Enabled: len(state) == 0 || state[0]&1 == 0,
			})
		}
	}
	return list
}
