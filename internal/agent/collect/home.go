package collect

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// home is the folder of a person who can log on.
type home struct{ user, dir string }

// maxHomes bounds the folders looked into on a machine that many people use.
const maxHomes = 200

// homes lists the folders of root and of people: accounts of programs have no shell.
func (s *Source) homes() []home {
	var list []home
	if s.OS == "darwin" {
		for _, name := range s.names("/Users") {
			if name != "Shared" && name != "Guest" && !strings.HasPrefix(name, ".") {
				list = append(list, home{name, "/Users/" + name})
			}
		}
		return append(list, home{"root", "/var/root"})[:min(len(list)+1, maxHomes)]
	}
	lines, _ := s.lines("/etc/passwd")
	for _, line := range lines {
		user, ok := parsePasswd(line)
		dir := path.Clean("/" + strings.Split(line+":::::::", ":")[5])
		if !ok || dir == "/" || !interactiveShell(user.shell) || slices.ContainsFunc(list, func(h home) bool { return h.dir == dir }) || len(list) >= maxHomes {
			continue
		}
		list = append(list, home{user.name, dir})
	}
	return list
}

// number reads a whole number from 0 to 2^31-1; nil when it is none.
func number(text string) *int {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
	if err != nil || n < 0 {
		return nil
	}
	return new(int(n))
}
