package collect

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/wire"
)

// accounts reads the local accounts from passwd(5), group(5), shadow(5) and
// sudoers(5), and their last log-ins. Accounts that only a directory knows are
// not on this machine. No secret is kept: of a password hash only whether it is
// there, empty or locked.
func accounts(_ context.Context, src *Source) ([]wire.Account, error) {
	var g gaps
	lines, err := src.lines("/etc/passwd")
	if err != nil {
		return nil, err
	}
	if lines == nil {
		return nil, ErrNoData
	}
	shadow, shadowErr := src.lines("/etc/shadow")
	g.add("/etc/shadow", shadowErr)
	groups, err := src.lines("/etc/group")
	g.add("/etc/group", err)
	rules := readSudoers(src, &g)
	logins := readLogins(src, &g)
	secrets := parseShadow(shadow)
	memberOf, groupNames := parseGroups(groups)
	today := src.Now().Unix() / (24 * 3600)

	list := []wire.Account{}
	for _, line := range lines {
		user, ok := parsePasswd(line)
		if !ok {
			continue
		}
		a := wire.Account{Name: user.name, ID: strconv.Itoa(user.uid), FullName: user.fullName, Enabled: true, Interactive: interactiveShell(user.shell)}
		a.Groups = slices.Clone(memberOf[user.name])
		if primary := groupNames[user.gid]; primary != "" && !slices.Contains(a.Groups, primary) {
			a.Groups = append(a.Groups, primary)
		}
		slices.Sort(a.Groups)
		if secret, known := secrets[user.name]; known {
			secret.apply(&a, today)
		} else if user.password == "" {
			a.NoPassword = a.Interactive
		}
		a.Why = privilege(user, a.Groups, rules)
		a.Privileged = a.Why != ""
		a.LastLoginMS = max(logins.byUID[user.uid], logins.byName[user.name])
		list = append(list, a)
	}
	return list, g.err()
}

// passwdLine is one line of /etc/passwd.
type passwdLine struct {
	name, password, fullName, shell string
	uid                             int
	gid                             string
}

func parsePasswd(line string) (passwdLine, bool) {
	field := strings.Split(line, ":")
	if len(field) < 7 || field[0] == "" || strings.HasPrefix(line, "#") || strings.ContainsAny(field[0][:1], "+-") {
		return passwdLine{}, false // "+" and "-" include accounts of NIS
	}
	uid, err := strconv.Atoi(field[2])
	if err != nil {
		return passwdLine{}, false
	}
	name, _, _ := strings.Cut(field[4], ",") // room and telephone follow
	return passwdLine{name: field[0], password: field[1], uid: uid, gid: field[3], fullName: name, shell: strings.TrimSpace(field[6])}, true
}

// interactiveShell tells whether someone can work in what starts at log-in. An
// empty shell means /bin/sh (passwd(5)).
func interactiveShell(shell string) bool {
	switch shell[strings.LastIndexByte(shell, '/')+1:] {
	case "nologin", "false", "sync", "shutdown", "halt", "git-shell":
		return false
	}
	return true
}

// parseGroups gives the groups of each user, and the names of groups by id.
func parseGroups(lines []string) (memberOf map[string][]string, names map[string]string) {
	memberOf, names = map[string][]string{}, map[string]string{}
	for _, line := range lines {
		field := strings.Split(line, ":")
		if len(field) < 4 || field[0] == "" {
			continue
		}
		names[field[2]] = field[0]
		for user := range strings.SplitSeq(strings.TrimSpace(field[3]), ",") {
			if user != "" && !slices.Contains(memberOf[user], field[0]) {
				memberOf[user] = append(memberOf[user], field[0])
			}
		}
	}
	return memberOf, names
}

// shadowLine is what matters of one line of /etc/shadow, times in days since 1970.
type shadowLine struct {
	empty, locked, password  bool
	changed, maxAge, expires int64 // -1 = not set
}

func parseShadow(lines []string) map[string]shadowLine {
	found := map[string]shadowLine{}
	for _, line := range lines {
		field := strings.Split(strings.TrimSpace(line), ":")
		if len(field) < 8 {
			continue
		}
		hash := field[1]
		found[field[0]] = shadowLine{
			empty: hash == "",
			// "!" is put before the hash by passwd -l and usermod -L, "!!" and
			// "!*" stand where none was ever set. "*" alone is a system account
			// that never had one: not locked by anybody.
			locked:   strings.HasPrefix(hash, "!"),
			password: len(strings.TrimLeft(hash, "!*")) > 1,
			changed:  days(field[2]), maxAge: days(field[4]), expires: days(field[7]),
		}
	}
	return found
}

func days(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 1<<20 {
		return -1
	}
	return n
}

// neverExpires is the age from which shadow's own tools say "never" (login.defs(5),
// PASS_MAX_DAYS).
const neverExpires = 10000

func (s shadowLine) apply(a *wire.Account, today int64) {
	a.Locked = s.locked
	a.Enabled = !s.locked && (s.expires < 0 || s.expires > today)
	a.NoPassword = s.empty && a.Interactive
	if s.password && s.changed > 0 {
		a.PasswordSetMS = s.changed * 24 * 3600 * 1000
	}
	a.PasswordNever = s.password && (s.maxAge < 0 || s.maxAge >= neverExpires)
}

// rootGroups are groups whose members can make themselves root: by the default
// rules of Debian (sudo), Red Hat (wheel) and old Ubuntu (admin) where the rules
// cannot be read, and by what Docker and LXD document of theirs.
var (
	adminGroups = []string{"sudo", "wheel", "admin"}
	rootGroups  = []string{"root", "docker", "lxd", "disk"}
)

// privilege says what makes a user an administrator; "" when nothing does.
func privilege(user passwdLine, groups []string, rules sudoRules) string {
	if user.uid == 0 {
		return "uid 0"
	}
	if !interactiveShell(user.shell) {
		// A service account in the group disk or root is how its program works.
		groups = slices.DeleteFunc(slices.Clone(groups), func(g string) bool { return slices.Contains(rootGroups, g) })
	}
	if rules.users[user.name] || rules.users["#"+strconv.Itoa(user.uid)] || rules.users["ALL"] {
		return "sudo: user"
	}
	for _, g := range groups {
		if rules.users["%"+g] {
			return "sudo: group " + g
		}
	}
	for _, g := range groups {
		if slices.Contains(rootGroups, g) || !rules.known && slices.Contains(adminGroups, g) {
			return "group " + g
		}
	}
	return ""
}
