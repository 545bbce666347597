package collect

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"sonae/internal/wire"
)

// winLogs are the event logs an inspection asks for.
var winLogs = []string{"Application", "Security", "System"}

// winLogStores reads how large each log may grow, whether it writes over old
// records, and how old its oldest record is.
func winLogStores(_ context.Context, src *Source) ([]wire.LogStore, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	forwarded := len(r.values(keyPolicies, `Windows\EventLog\EventForwarding\SubscriptionManager`)) > 0
	list := []wire.LogStore{}
	for _, name := range winLogs {
		v := r.values(keyServices, "EventLog", name)
		if v == nil {
			continue
		}
		store := wire.LogStore{Name: name, Forwarded: forwarded}
		if size, ok := v.Number("MaxSize"); ok && size < 1<<40 {
			store.MaxBytes = int64(size)
		}
		// Retention in seconds; 0 writes over the oldest, the largest number
		// keeps all until somebody clears the log ([MS-EVEN] 1.1.3).
		if keep, ok := v.Number("Retention"); ok && keep > 0 && keep < 1<<32-1 {
			store.KeepDays = int(keep / 86400)
		}
		if size, ok := r.values(keyPolicies, `Windows\EventLog`, name).Number("MaxSize"); ok && size < 1<<32 {
			store.MaxBytes = int64(size) << 10 // of a policy in KiB
		}
		store.OldestMS = src.oldestEvent(name, &g)
		list = append(list, store)
	}
	slices.SortFunc(list, func(a, b wire.LogStore) int { return compareText(a.Name, b.Name) })
	return list, g.err()
}

// oldestEvent is the day of a log's oldest record; 0 when it is empty or closed
// to the agent.
func (s *Source) oldestEvent(log string, g *gaps) int64 {
	if s.Windows.Calls.OldestEvent == nil {
		g.say("the age of the oldest record of event logs is not known")
		return 0
	}
	when, err := s.Windows.Calls.OldestEvent(log)
	switch {
	case errors.Is(err, fs.ErrPermission):
		g.noRight = true
		g.say("event log %s: the agent may not read it; run it as SYSTEM", log)
	case err != nil:
		g.add("event log "+log, err)
	}
	return dayMS(winTimeMS(when, s.Now()))
}
