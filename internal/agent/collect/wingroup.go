package collect

import (
	"context"
	"errors"
	"slices"
	"strings"

	"sonae/internal/wire"
)

// winGroups lists the local groups with their members. A member that no domain
// can name any more is shown by its SID.
func winGroups(_ context.Context, src *Source) ([]wire.Group, error) {
	if src.Windows == nil || src.Windows.Calls.Groups == nil {
		return nil, errors.New("the source has no list of groups")
	}
	groups, err := src.Windows.Calls.Groups()
	if err != nil && len(groups) == 0 {
		return nil, err
	}
	g := gaps{account: "SYSTEM"}
	g.add("members of groups", err)
	host := ""
	if r, err := src.registry(&g); err == nil {
		host = r.values(keyControl, `ComputerName\ActiveComputerName`).Text("ComputerName")
	}
	list := make([]wire.Group, 0, len(groups))
	for _, group := range groups {
		_, privileged := privilegedSIDs[group.SID]
		list = append(list, wire.Group{Name: group.Name, ID: group.SID, Privileged: privileged, Members: memberNames(group, host)})
	}
	slices.SortFunc(list, func(a, b wire.Group) int { return strings.Compare(a.Name, b.Name) })
	return list, g.err()
}

// memberNames are the members' names, without the machine's own before them.
func memberNames(group WinGroup, host string) []string {
	var names []string
	for _, m := range group.Members {
		name := m.Name
		if domain, own, ok := strings.Cut(name, `\`); ok && (domain == "" || strings.EqualFold(domain, host)) {
			name = own
		}
		if name == "" {
			name = m.SID
		}
		names = append(names, name)
	}
	return sortedNames(names)
}

// membersOf are the names in the group with that SID, and the group's own name.
func membersOf(groups []WinGroup, sid, host string) (name string, members []string) {
	for _, group := range groups {
		if group.SID == sid {
			return group.Name, memberNames(group, host)
		}
	}
	return "", nil
}
