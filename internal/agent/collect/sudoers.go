package collect

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// sudoRules are whom sudoers(5) lets run commands as somebody else: user names,
// "%group", "#uid", "ALL", with aliases resolved. Which commands is not looked
// at: each is a way up that somebody decided on.
type sudoRules struct {
	users map[string]bool
	known bool // the rules could be read, or sudo is not there
}

// maxIncludes bounds how deep sudoers files include each other.
const maxIncludes = 16

func readSudoers(src *Source, g *gaps) sudoRules {
	r := sudoReader{src: src, aliases: map[string][]string{}, users: map[string]bool{}}
	err := r.file("/etc/sudoers", 0)
	g.add("/etc/sudoers", err)
	rules := sudoRules{users: map[string]bool{}, known: err == nil || errors.Is(err, fs.ErrNotExist)}
	for user := range r.users {
		r.resolve(user, rules.users, 0)
	}
	return rules
}

type sudoReader struct {
	src     *Source
	aliases map[string][]string // User_Alias
	users   map[string]bool
}

func (r *sudoReader) file(name string, depth int) error {
	if depth > maxIncludes {
		return nil
	}
	text, err := r.src.text(name)
	if err != nil {
		return err
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		line = strings.TrimSpace(line)
		word, rest, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
		rest = strings.Trim(strings.TrimSpace(rest), `"`)
		if rest != "" && !path.IsAbs(rest) && strings.HasSuffix(word, "include") {
			rest = path.Join(path.Dir(name), rest)
		}
		switch word {
		case "#include", "@include":
			err = errors.Join(err, missingIsFine(r.file(rest, depth+1)))
		case "#includedir", "@includedir":
			err = errors.Join(err, r.folder(rest, depth+1))
		default:
			r.rule(line)
		}
	}
	return err
}

func missingIsFine(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// folder reads the files that sudo would: not those with a dot or a tilde at
// the end.
func (r *sudoReader) folder(dir string, depth int) error {
	var err error
	for _, name := range r.src.names(dir) {
		if !strings.Contains(name, ".") && !strings.HasSuffix(name, "~") {
			err = errors.Join(err, missingIsFine(r.file(path.Join(dir, name), depth)))
		}
	}
	return err
}

// rule takes the left side of a line, "alice, %admins HOST = (ALL) ALL".
func (r *sudoReader) rule(line string) {
	if line == "" || line[0] == '#' && (len(line) < 2 || !isDigit(line[1])) {
		return // a comment; "#0" would be a user by number
	}
	if rest, ok := strings.CutPrefix(line, "User_Alias"); ok {
		for definition := range strings.SplitSeq(rest, ":") {
			name, list, _ := strings.Cut(definition, "=")
			for user := range strings.SplitSeq(list, ",") {
				r.aliases[strings.TrimSpace(name)] = append(r.aliases[strings.TrimSpace(name)], strings.TrimSpace(user))
			}
		}
		return
	}
	for _, other := range []string{"Defaults", "Host_Alias", "Cmnd_Alias", "Cmd_Alias", "Runas_Alias"} {
		if strings.HasPrefix(line, other) {
			return
		}
	}
	left, _, ok := strings.Cut(line, "=")
	if !ok {
		return
	}
	// The user list ends before the last word, which is the host list; commas
	// may have space around them.
	for strings.Contains(left, " ,") || strings.Contains(left, ", ") {
		left = strings.ReplaceAll(strings.ReplaceAll(left, " ,", ","), ", ", ",")
	}
	field := strings.Fields(strings.ReplaceAll(left, `\ `, "\x01"))
	if len(field) == 0 {
		return
	}
	for user := range strings.SplitSeq(field[0], ",") {
		if user = strings.Trim(strings.ReplaceAll(user, "\x01", " "), `"`); user != "" {
			r.users[user] = true
		}
	}
}

// resolve puts a user, or the members of an alias, into the set.
func (r *sudoReader) resolve(user string, into map[string]bool, depth int) {
	members, isAlias := r.aliases[user]
	if !isAlias || depth > maxIncludes {
		if !strings.HasPrefix(user, "!") {
			into[user] = true
		}
		return
	}
	for _, m := range members {
		r.resolve(m, into, depth+1)
	}
}
