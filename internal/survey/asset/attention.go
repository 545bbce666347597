package asset

import (
	"strings"
	"time"

	"sonae/internal/platform/store"
)

// Reason is why a person should look at an asset. Shown by "asset.state." + word.
type Reason string

// Reasons, most urgent first.
const (
	ReasonSupportOver   Reason = "support_over"  // its support date has passed
	ReasonSilent        Reason = "silent"        // in use, and neither seen nor verified within the limit
	ReasonSwitchedOff   Reason = "switched_off"  // a protection was switched off on purpose
	ReasonContradicting Reason = "contradicting" // sources disagree and nobody has settled it
	ReasonSupportNear   Reason = "support_near"  // its support ends within SupportNearDays
	ReasonIncomplete    Reason = "incomplete"    // a required field is empty
	ReasonUnverified    Reason = "unverified"    // only entered: never seen, never verified
)

// Limits of the reasons, in days.
const (
	// SilentAgentDays is after how many days without a report a machine with our
	// agent is silent: a week covers long weekends.
	SilentAgentDays = 7
	// SilentDays is the limit of everything else that is seen, as the evidence rule
	// AE-INV-01 sets it.
	SilentDays = 90
	// SupportNearDays is how long before its end a support date is a reason.
	SupportNearDays = 90
)

// Concern is one reason with its number: days of silence or until the end of
// support, protections switched off, empty fields; 0 for the others.
type Concern struct {
	Reason Reason
	N      int
}

// limits are the moments that the reasons compare with, for one moment and zone.
// Days are 2006-01-02.
type limits struct {
	nowMS              int64
	today, supportNear string
	agentMS, otherMS   int64 // seen at this moment or before: silent
	agentDay, otherDay string
}

func limitsAt(nowMS int64, zone *time.Location) limits {
	if zone == nil {
		zone = time.UTC
	}
	const dayMS = 24 * 60 * 60 * 1000
	day := func(ms int64) string { return store.Time(ms).In(zone).Format(time.DateOnly) }
	l := limits{nowMS: nowMS, today: day(nowMS), agentMS: nowMS - SilentAgentDays*dayMS, otherMS: nowMS - SilentDays*dayMS}
	l.supportNear = store.Time(nowMS).In(zone).AddDate(0, 0, SupportNearDays).Format(time.DateOnly)
	l.agentDay, l.otherDay = day(l.agentMS), day(l.otherMS)
	return l
}

// Concerns lists what is to be looked at about an asset at a moment, most urgent
// first; days are those of the zone (nil: UTC). Empty for disposed assets. An asset
// with any is what Filter.Attention finds.
func (a Asset) Concerns(nowMS int64, zone *time.Location) []Concern {
	return a.concerns(limitsAt(nowMS, zone))
}

func (a Asset) concerns(l limits) []Concern {
	if a.Status == StatusDisposed {
		return nil
	}
	var out []Concern
	end, verified := a.Values[FieldSupportEndsOn], a.Values[FieldVerifiedOn]
	if end != "" && end < l.today {
		out = append(out, Concern{ReasonSupportOver, 0})
	}
	if days := a.silent(l); days > 0 {
		out = append(out, Concern{ReasonSilent, days})
	}
	if off := a.Values[FieldSwitchedOff]; off != "" {
		out = append(out, Concern{ReasonSwitchedOff, len(strings.Fields(off))})
	}
	if a.Contradictions > 0 {
		out = append(out, Concern{ReasonContradicting, 0})
	}
	if end >= l.today && end <= l.supportNear {
		out = append(out, Concern{ReasonSupportNear, daysBetween(l.today, end)})
	}
	if a.Missing > 0 {
		out = append(out, Concern{ReasonIncomplete, a.Missing})
	}
	if a.LastSeenMS == 0 && verified == "" {
		out = append(out, Concern{ReasonUnverified, 0})
	}
	return out
}

// silent is for how many whole days an asset in use has not been seen; 0 when that
// is within the limit, a person verified it since, or a past day cannot tell.
func (a Asset) silent(l limits) int {
	ms, day := l.otherMS, l.otherDay
	if a.LastSource == SourceAgent {
		ms, day = l.agentMS, l.agentDay
	}
	if !inUse(a.Status) || a.LastSeenMS == 0 || a.SeenLater || a.LastSeenMS > ms || a.Values[FieldVerifiedOn] > day {
		return 0
	}
	return int((l.nowMS - a.LastSeenMS) / (24 * 60 * 60 * 1000))
}

func daysBetween(from, to string) int {
	a, errA := time.Parse(time.DateOnly, from)
	b, errB := time.Parse(time.DateOnly, to)
	if errA != nil || errB != nil { // the ledger keeps canonical dates only
		return 0
	}
	return int(b.Sub(a).Hours() / 24)
}

// attention is the condition of concerns as SQL; it is true or false, never null.
// The row has all it takes, and lists scan rows anyway: no index, which every report
// would have to write, makes it faster (BenchmarkList).
func (w *where) attention(l limits) string {
	w.args = append(w.args, l.supportNear, l.otherMS, l.otherDay, string(SourceAgent), l.agentMS, l.agentDay)
	last := len(w.args)
	cond := `(a.status <> 'disposed' AND (a.missing > 0 OR a.contradictions > 0 OR a.switched_off <> '' OR (a.last_seen_ms = 0 AND a.verified_on = '')
		OR (a.support_ends_on <> '' AND a.support_ends_on <= ?)
		OR (a.status IN ('in_use', 'trial', 'on_loan') AND a.last_seen_ms > 0 AND ((a.last_seen_ms <= ? AND a.verified_on <= ?)
			OR (a.last_source = ? AND a.last_seen_ms <= ? AND a.verified_on <= ?)))))`
	return numbered(cond, last-5)
}

// Overview counts the assets that pass a filter whatever their kind, and whether
// they need a look or not: the tabs above a list.
type Overview struct {
	All       int
	Attention int     // those with any of Concerns
	ByKind    []Count // most first
}

func overviewOf(kinds map[string]int, attention int) Overview {
	o := Overview{Attention: attention, ByKind: ordered(kinds)}
	for _, c := range o.ByKind {
		o.All += c.N
	}
	return o
}
