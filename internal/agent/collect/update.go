package collect

import (
	"context"
	"slices"
	"strings"
	"time"

	"sonae/internal/wire"
)

// updates says what the package manager offers and has not installed, as of its
// own last look. It asks nobody outside the machine.
func updates(ctx context.Context, src *Source) (*wire.Updates, error) {
	var g gaps
	u := &wire.Updates{Pending: []wire.Pending{}, RebootNeed: src.exists("/run/reboot-required") || src.exists("/var/run/reboot-required")}
	set, err := src.packages()
	if err != nil {
		return nil, err
	}
	for _, manager := range set.managers {
		switch manager {
		case "dpkg":
			if err := aptUpdates(ctx, src, set, u, &g); err != nil {
				return nil, err
			}
			text, err := tail(src, "/var/log/apt/history.log", maxTextBytes)
			g.add("/var/log/apt/history.log", err)
			u.History = parseAptHistory(text, src.zone())
		case "rpm":
			g.say("updates that dnf or zypper offer are not read by this version of the agent")
			for _, p := range set.list {
				if day, err := time.Parse(time.DateOnly, p.InstalledOn); err == nil && p.Kind == "rpm" {
					u.LastDoneMS = max(u.LastDoneMS, day.UnixMilli())
				}
			}
		}
	}
	return u, g.err()
}

// aptUpdates compares what is installed with the lists that apt has fetched.
func aptUpdates(ctx context.Context, src *Source, set packageSet, u *wire.Updates, g *gaps) error {
	have := map[string]wire.Package{}
	for _, p := range set.list {
		if p.Kind == "dpkg" {
			have[p.Name+":"+p.Arch] = p
		}
	}
	best, err := candidates(ctx, src, have, g)
	if err != nil {
		return err
	}
	for key, c := range best {
		p := have[key]
		u.Pending = append(u.Pending, wire.Pending{Name: p.Name, Have: p.Version, Offered: c.version, Security: c.security})
	}
	slices.SortFunc(u.Pending, func(a, b wire.Pending) int {
		return strings.Compare(a.Name+"\x00"+a.Have, b.Name+"\x00"+b.Have)
	})
	// Files keep the time the mirror gave them; the folder for half-fetched
	// lists, and the stamp of the daily job, show when apt itself last looked.
	u.CheckedMS = max(src.changedMS("/var/lib/apt/periodic/update-success-stamp"), src.changedMS("/var/lib/apt/lists/partial"))
	u.LastDoneMS = max(u.LastDoneMS, lastAptRun(src))
	return nil
}

// lastAptRun finds the last time apt changed packages; of dpkg alone the
// database's own time tells.
func lastAptRun(src *Source) int64 {
	text, _ := src.text("/var/log/apt/history.log")
	if at := strings.LastIndex(text, "\nEnd-Date: "); at >= 0 {
		line, _, _ := strings.Cut(text[at+1:], "\n")
		when := strings.Join(strings.Fields(strings.TrimPrefix(line, "End-Date: ")), " ")
		// The log is in local time; a day is all that is promised of it.
		if t, err := time.Parse(time.DateTime, when); err == nil {
			return dayMS(t.UnixMilli())
		}
	}
	return dayMS(src.changedMS("/var/lib/dpkg/status"))
}
