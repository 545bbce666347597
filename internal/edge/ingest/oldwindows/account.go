package oldwindows

import (
	"strconv"
	"strings"

	"sonae/internal/wire"
)

// sidAdministrators is the group of administrators, whatever it is called
// (well-known SIDs, [MS-DTYP] 2.4.2.4).
const sidAdministrators = "S-1-5-32-544"

// accounts reads local accounts and groups.
func (f *folder) accounts() error {
	groups := f.groups()
	list := f.wmic(wire.SecAccounts, "useraccount")
	if list == nil {
		return nil
	}
	in := membership(groups)
	known := map[string]bool{}
	out := []wire.Account{}
	for _, o := range list[:min(len(list), wire.MaxAccounts)] {
		name := o.get("Name")
		if name == "" || known[strings.ToLower(name)] || o.get("LocalAccount") != "" && !o.yes("LocalAccount") {
			continue
		}
		known[strings.ToLower(name)] = true
		a := wire.Account{Name: name, ID: o.get("SID"), FullName: o.get("FullName"), Enabled: !o.yes("Disabled"), Locked: o.yes("Lockout"), Interactive: true}
		a.PasswordNever = o.get("PasswordExpires") != "" && !o.yes("PasswordExpires")
		a.NoPassword = false // "may have none" (PasswordRequired) is not "has none"
		for _, g := range in[strings.ToLower(name)] {
			a.Groups = append(a.Groups, g.Name)
			if g.Privileged {
				a.Privileged, a.Why = true, "member of "+g.Name
			}
		}
		if strings.HasSuffix(a.ID, "-500") { // the built-in administrator
			a.Privileged, a.Why = true, first(a.Why, "built-in administrator")
		}
		out = append(out, a)
	}
	f.note(wire.SecAccounts, wire.Partial, "last log-on and age of passwords are not collected by the script")
	f.report.Sections.Accounts = &out
	return nil
}

// membership tells the groups of each member by its name in small letters, each group
// once.
func membership(groups []wire.Group) map[string][]wire.Group {
	out := map[string][]wire.Group{}
	for _, g := range groups {
		seen := map[string]bool{}
		for _, member := range g.Members {
			if m := strings.ToLower(member); !seen[m] {
				seen[m] = true
				out[m] = append(out[m], g)
			}
		}
	}
	return out
}

// groups reads the members that net localgroup prints between its line of dashes and
// its last line, one a line. A group that net cannot name is listed without members.
func (f *folder) groups() []wire.Group {
	sids := map[string]string{}
	for _, o := range f.wmic(wire.SecGroups, "group") {
		sids[strings.ToLower(o.get("Name"))] = o.get("SID")
	}
	text, ok := f.text(wire.SecGroups, "net-localgroup.txt")
	if !ok {
		return nil
	}
	var out []wire.Group
	inside := false
	for _, line := range lines(text) {
		switch trimmed := strings.TrimSpace(line); {
		case strings.HasPrefix(line, "== "):
			if len(out) == wire.MaxRows {
				continue
			}
			name := keep(line[3:])
			sid := sids[strings.ToLower(name)]
			out, inside = append(out, wire.Group{Name: first(name, "?"), ID: sid, Privileged: sid == sidAdministrators}), false
		case strings.HasPrefix(trimmed, "-----"):
			inside = true
		case trimmed == "":
			inside = inside && len(out) > 0 && len(out[len(out)-1].Members) == 0
		case inside && len(out) > 0 && len(out[len(out)-1].Members) < wire.MaxRows:
			g := &out[len(out)-1]
			g.Members = append(g.Members, keep(trimmed))
		}
	}
	for i := range out {
		// "The command completed successfully." has no marks of its own; it is the last.
		if n := len(out[i].Members); n > 0 {
			out[i].Members = out[i].Members[:n-1]
		}
	}
	f.report.Sections.Groups = &out
	return out
}

// Lines of net accounts stand in one order in every language.
const (
	netMinAge, netMaxAge, netMinLength, netHistory = 1, 2, 3, 4
	netLockout, netLockoutMinutes                  = 5, 6
)

// policy reads net accounts. A word instead of a number ("Never", "None") says that
// there is no such rule.
func (f *folder) policy() *wire.PasswordPolicy {
	text, ok := f.text(wire.SecHardening, "net-accounts.txt")
	if !ok {
		return nil
	}
	var values []string
	for _, line := range lines(text) {
		if _, value, ok := cutLabel(line); ok {
			values = append(values, strings.TrimSpace(value))
		}
	}
	if len(values) <= netLockoutMinutes {
		f.note(wire.SecHardening, wire.Failed, "net-accounts.txt is not an output of net accounts")
		return nil
	}
	at := func(i int) *int {
		n, err := strconv.Atoi(values[i])
		if err != nil || n < 0 {
			n = 0
		}
		return &n
	}
	return &wire.PasswordPolicy{MinAgeDays: at(netMinAge), MaxAgeDays: at(netMaxAge), MinLength: at(netMinLength), History: at(netHistory),
		LockoutThreshold: at(netLockout), LockoutMinutes: at(netLockoutMinutes), Source: "net accounts"}
}
