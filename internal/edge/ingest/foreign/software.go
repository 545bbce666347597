package foreign

import (
	"strings"

	"sonae/internal/survey/account"
	"sonae/internal/survey/software"
)

// packageKinds are the words of FROM in the words of our own agent.
var packageKinds = map[string]string{"deb": "dpkg", "rpm": "rpm", "registry": "registry", "wmi": "registry", "": "registry", "uwp": "store", "store": "store"}

func programs(rows []row) *[]software.Program {
	out := make([]software.Program, 0, len(rows))
	for _, r := range rows {
		name := r.get("NAME")
		if name == "" {
			continue
		}
		from := strings.ToLower(r.get("FROM"))
		kind, ok := packageKinds[from]
		if !ok {
			kind = word(from)
		}
		out = append(out, software.Program{
			Kind: kind, Name: name, Version: r.get("VERSION"), Publisher: r.get("PUBLISHER"), Arch: r.get("ARCH", "ARCHITECTURE"),
			InstalledOn: day(r.get("INSTALLDATE", "INSTALL_DATE"), isoDay, slashDay, europeanDay),
		})
	}
	return &out
}

// word makes a kind of what an agent writes: letters, digits, '-' and '_'.
func word(text string) string {
	w := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return -1
	}, text)
	if w == "" {
		return "other"
	}
	return clip(w)
}

// adminGroups give rights over the whole machine.
var adminGroups = map[string]bool{"sudo": true, "wheel": true, "admin": true, "root": true, "disk": true, "docker": true, "administrators": true}

// accounts joins users with their groups. The agents say neither whether an account is
// locked nor when it was last used.
func accounts(users, groups []row) *[]account.Account {
	memberOf, nameOf := map[string][]string{}, map[string]string{}
	for _, g := range groups {
		name := g.get("NAME")
		if id := g.get("ID", "ID_GROUP"); id != "" {
			nameOf[id] = name
		} else if name == "root" {
			nameOf["0"] = name
		}
		for _, field := range []string{"MEMBER", "MEMBERS"} {
			for _, m := range g[field] {
				memberOf[m] = append(memberOf[m], name)
			}
		}
	}
	out, seen := make([]account.Account, 0, len(users)), map[string]bool{}
	for _, u := range users {
		name := u.get("LOGIN", "NAME")
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		full, _, _ := strings.Cut(u.get("NAME"), ",") // passwd(5): room and telephone follow
		a := account.Account{Name: name, SystemID: u.get("ID", "ID_USER"), FullName: full, Enabled: true, Interactive: interactive(u.get("SHELL")), Groups: memberOf[name], Login: account.LoginUnknown}
		if a.SystemID == "" && name == "root" {
			a.SystemID = "0" // OCS leaves out zeros
		}
		if primary := nameOf[u.get("GID")]; primary != "" {
			a.Groups = append(a.Groups, primary)
		}
		a.Groups = tidy(a.Groups)
		a.Why = privilege(a)
		a.Privileged = a.Why != ""
		out = append(out, a)
	}
	return &out
}

func privilege(a account.Account) string {
	if a.SystemID == "0" || strings.HasPrefix(a.SystemID, "S-1-5-21-") && strings.HasSuffix(a.SystemID, "-500") { // the built-in administrator
		return "uid " + a.SystemID
	}
	if !a.Interactive {
		return "" // a service account in such a group is how its program works
	}
	for _, g := range a.Groups {
		if adminGroups[strings.ToLower(g)] {
			return "group " + g
		}
	}
	return ""
}

// interactive tells whether somebody can work in what starts at log-in; Windows names
// no shell.
func interactive(shell string) bool {
	switch shell[strings.LastIndexByte(shell, '/')+1:] {
	case "nologin", "false", "sync", "shutdown", "halt", "git-shell":
		return false
	}
	return true
}
