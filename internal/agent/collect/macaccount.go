package collect

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/wire"
)

// macDirectory holds the local accounts and groups, one property list each, with every
// value in a list (opendirectoryd(8), node /Local/Default). Only root may read it.
const macDirectory = "/private/var/db/dslocal/nodes/Default/"

// Groups whose members may change the whole machine: wheel and admin (sudoers(5) of
// macOS names admin).
var macPrivileged = map[string]bool{"0": true, "80": true}

// macRecord is one file of macDirectory.
type macRecord map[string]any

// first is the first value under a key.
func (r macRecord) first(key string) string {
	if list := plistStrings(r, key); len(list) > 0 {
		return list[0]
	}
	return ""
}

// macRecords reads all files of one folder of macDirectory. What cannot be read is a gap.
func macRecords(src *Source, folder string, g *gaps) []macRecord {
	var out []macRecord
	for _, file := range src.glob(macDirectory + folder + "/*.plist") {
		text, err := src.text(file)
		if err != nil {
			g.add(file, err)
			continue
		}
		record := macRecord(parsePlist([]byte(text)))
		if record.first("name") == "" {
			g.say("%s: not a record with a name", path.Base(file))
			continue
		}
		out = append(out, record)
	}
	return out
}

// noRecords says why there are none: an ordinary user does not even see the files.
func noRecords(folder string) error {
	return fmt.Errorf("%s: nothing to be seen; the agent has to run as root: %w", macDirectory+folder, fs.ErrPermission)
}

// macAccounts lists the local accounts with their groups and the day of the password.
// When somebody last logged on is in no file.
func macAccounts(_ context.Context, src *Source) ([]wire.Account, error) {
	g := gaps{}
	users := macRecords(src, "users", &g)
	if users == nil {
		return nil, noRecords("users")
	}
	groups := macRecords(src, "groups", &g)
	memberOf := macMembership(groups)
	list := make([]wire.Account, 0, len(users))
	for _, u := range users {
		_, hash := u["ShadowHashData"]
		a := wire.Account{Name: u.first("name"), ID: u.first("uid"), FullName: u.first("realname"), PasswordSetMS: macPasswordSet(u)}
		a.Enabled = !strings.Contains(strings.Join(plistStrings(u, "authentication_authority"), " "), ";DisabledUser;")
		// Without a hash and with "*" nobody can log on: so are root, as delivered, and
		// the accounts of services.
		a.Interactive = interactiveShell(u.first("shell")) && (hash || u.first("passwd") != "*")
		a.NoPassword = a.Interactive && !hash && u.first("passwd") == ""
		for _, group := range append(memberOf[u.first("generateduid")], memberOf["@"+a.Name]...) {
			a.Groups = append(a.Groups, group.first("name"))
			if macPrivileged[group.first("gid")] {
				a.Privileged, a.Why = true, "group "+group.first("name")
			}
		}
		for _, group := range groups {
			if group.first("gid") == u.first("gid") {
				a.Groups = append(a.Groups, group.first("name"))
			}
		}
		a.Groups = sortedNames(a.Groups)
		if a.ID == "0" {
			a.Privileged, a.Why = true, "uid 0"
		}
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b wire.Account) int { return strings.Compare(a.Name, b.Name) })
	g.say("when somebody last logged on is in no file of macOS")
	return list, g.err()
}

// macMembership are the groups by their members: by generated UID, and by "@" and name.
func macMembership(groups []macRecord) map[string][]macRecord {
	of := map[string][]macRecord{}
	for _, group := range groups {
		for _, id := range plistStrings(group, "groupmembers") {
			of[id] = append(of[id], group)
		}
		for _, name := range plistStrings(group, "users") {
			of["@"+name] = append(of["@"+name], group)
		}
	}
	return of
}

// macPasswordSet is the day of the password: a property list inside the record holds it
// as seconds (pwpolicy(8), policyAttributeLastPasswordChangeTime).
func macPasswordSet(u macRecord) int64 {
	list, _ := u["accountPolicyData"].([]any)
	if len(list) == 0 {
		return 0
	}
	body, _ := list[0].([]byte)
	seconds, ok := parsePlist(body)["passwordLastSetTime"].(float64)
	if !ok || seconds <= 0 || seconds > float64(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC).Unix()) {
		return 0
	}
	return dayMS(int64(seconds) * 1000)
}

// macGroups lists the local groups with their members by name.
func macGroups(_ context.Context, src *Source) ([]wire.Group, error) {
	g := gaps{}
	groups := macRecords(src, "groups", &g)
	if groups == nil {
		return nil, noRecords("groups")
	}
	names := map[string]string{}
	users := macRecords(src, "users", &g)
	for _, u := range users {
		names[u.first("generateduid")] = u.first("name")
	}
	list := make([]wire.Group, 0, len(groups))
	for _, r := range groups {
		one := wire.Group{Name: r.first("name"), ID: r.first("gid"), Privileged: macPrivileged[r.first("gid")]}
		one.Members = plistStrings(r, "users")
		for _, id := range plistStrings(r, "groupmembers") {
			if name := names[id]; name != "" {
				one.Members = append(one.Members, name)
			} else {
				one.Members = append(one.Members, id) // of a directory, or deleted
			}
		}
		for _, u := range users {
			if u.first("gid") == one.ID {
				one.Members = append(one.Members, u.first("name"))
			}
		}
		one.Members = sortedNames(one.Members)
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b wire.Group) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		x, _ := strconv.Atoi(a.ID)
		y, _ := strconv.Atoi(b.ID)
		return x - y
	})
	return list, g.err()
}
