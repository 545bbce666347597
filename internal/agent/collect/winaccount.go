package collect

import (
	"context"
	"errors"
	"slices"
	"strings"

	"sonae/internal/wire"
)

// Flags of an account (lmaccess.h, UF_…).
const (
	accountDisabled      = 0x0002
	accountLocked        = 0x0010
	passwordNeverExpires = 0x10000
)

// SIDs of groups whose members may change the whole machine ("Well-known SIDs",
// learn.microsoft.com).
const (
	sidAdministrators = "S-1-5-32-544"
	sidRemoteDesktop  = "S-1-5-32-555"
)

var privilegedSIDs = map[string]string{
	sidAdministrators: "Administrators", "S-1-5-32-549": "Server Operators", "S-1-5-32-551": "Backup Operators",
	"S-1-5-32-548": "Account Operators", "S-1-5-32-550": "Print Operators", "S-1-5-32-578": "Hyper-V Administrators",
}

// winAccounts lists the accounts of the machine itself. Members of the domain
// that may administer it stand in the groups.
func winAccounts(_ context.Context, src *Source) ([]wire.Account, error) {
	g := gaps{account: "SYSTEM"}
	if src.Windows == nil || src.Windows.Calls.Users == nil {
		return nil, errors.New("the source has no list of accounts")
	}
	users, err := src.Windows.Calls.Users()
	if err != nil {
		return nil, err
	}
	var groups []WinGroup
	if src.Windows.Calls.Groups != nil {
		groups, err = src.Windows.Calls.Groups()
		g.add("local groups", err)
	}
	now := src.Now()
	groupsOf := membership(groups)
	list := make([]wire.Account, 0, len(users))
	for _, u := range users {
		a := wire.Account{
			Name: u.Name, ID: u.SID, FullName: u.FullName,
			Enabled: u.Flags&accountDisabled == 0, Locked: u.Flags&accountLocked != 0, PasswordNever: u.Flags&passwordNeverExpires != 0,
			LastLoginMS: int64(u.LastLogonSec) * 1000,
		}
		a.Interactive = a.Enabled
		if u.PasswordAgeSec > 0 {
			a.PasswordSetMS = max(0, dayMS(now.UnixMilli()-int64(u.PasswordAgeSec)*1000))
		}
		belong(&a, groupsOf[a.ID])
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b wire.Account) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return list, g.err()
}

// membership are the groups of each member, by its SID: a domain controller has
// thousands of both.
func membership(groups []WinGroup) map[string][]*WinGroup {
	of := map[string][]*WinGroup{}
	for i, group := range groups {
		for _, m := range group.Members {
			if at := of[m.SID]; m.SID != "" && (len(at) == 0 || at[len(at)-1] != &groups[i]) {
				of[m.SID] = append(at, &groups[i])
			}
		}
	}
	return of
}

// belong notes the groups an account is a member of, and which of them make it
// privileged.
func belong(a *wire.Account, groups []*WinGroup) {
	var why []string
	for _, group := range groups {
		a.Groups = append(a.Groups, group.Name)
		if _, known := privilegedSIDs[group.SID]; known {
			why = append(why, group.Name)
		}
	}
	slices.Sort(a.Groups)
	slices.Sort(why)
	a.Privileged = len(why) > 0
	a.Why = strings.Join(why, ", ")
}
