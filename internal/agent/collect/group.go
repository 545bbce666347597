package collect

import (
	"context"
	"slices"
	"strings"

	"sonae/internal/wire"
)

// groups reads the local groups with their members, those by primary group included.
func groups(_ context.Context, src *Source) ([]wire.Group, error) {
	lines, err := src.lines("/etc/group")
	if err != nil {
		return nil, err
	}
	if lines == nil {
		return nil, ErrNoData
	}
	users, err := src.lines("/etc/passwd")
	if err != nil {
		return nil, err
	}
	primary := map[string][]string{}
	for _, line := range users {
		if user, ok := parsePasswd(line); ok {
			primary[user.gid] = append(primary[user.gid], user.name)
		}
	}
	list := []wire.Group{}
	for _, line := range lines {
		if g, ok := parseGroup(line); ok {
			g.Members = sortedNames(append(g.Members, primary[g.ID]...))
			list = append(list, g)
		}
	}
	slices.SortStableFunc(list, func(a, b wire.Group) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// parseGroup reads a line of group(5).
func parseGroup(line string) (wire.Group, bool) {
	field := strings.Split(strings.TrimSpace(line), ":")
	if len(field) < 4 || field[0] == "" || strings.HasPrefix(field[0], "#") || strings.ContainsAny(field[0][:1], "+-") {
		return wire.Group{}, false
	}
	g := wire.Group{Name: field[0], ID: field[2], Members: strings.FieldsFunc(field[3], func(r rune) bool { return r == ',' || r == ' ' })}
	g.Privileged = slices.Contains(adminGroups, g.Name) || slices.Contains(rootGroups, g.Name)
	return g, true
}
