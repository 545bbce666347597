package silence

import (
	"time"

	"sonae/internal/survey/asset"
)

// contact is what is known of one source of one machine.
type contact struct {
	assetID    string
	facilityID string
	source     asset.Source
	status     asset.Status
	// seenMS is the time of the newest report as the ledger has it: by the clock of the
	// machine, at most that of the server.
	seenMS int64
	// heardMS is when the server last took a report of the device, by its own clock; 0 =
	// not known for this source.
	heardMS   int64
	revokedMS int64 // 0 = may report
	// certificateMS is the end of the device's certificate; 0 = it has none.
	certificateMS int64
	stopped       bool  // a policy stops the agent
	everyHours    int64 // what a policy asks of the agent; 0 = nothing
	refusal       string
	refusedMS     int64
	disabled      bool // the directory has the computer's account disabled
	otherMS       int64
	other         asset.Source
	// ledger and ledgerMS are who saw the machine last, and when, as the ledger says:
	// a machine that was only heard on the network has no row for that.
	ledger    asset.Source
	ledgerMS  int64
	directory int64 // for the source directory: last good reading that covers the computer; 0 = none
}

// clockSlack is how far a time may lie ahead, or behind the server's, before it is
// taken for wrong: two days, as the entry for reports allows (wire.MaxClockSkewMS).
const clockSlack = 48 * time.Hour

// sameSighting is how much later another source must have seen a machine to prove that
// it lived on: reports of one minute are one sighting.
const sameSighting = time.Hour

// last is when the source was last heard of, and whether its own time is wrong. 0 = at
// no time that could be right.
func (k contact) last(nowMS int64) (ms int64, wrong bool) {
	slack := clockSlack.Milliseconds()
	seen := max(k.seenMS, k.directory)
	if seen > nowMS+slack { // stored while the server's own clock was ahead
		seen, wrong = 0, true
	}
	heard := k.heardMS
	if heard > nowMS+slack {
		heard = 0
	}
	if heard > 0 && seen < heard-slack {
		wrong = true
	}
	return min(max(seen, heard), nowMS), wrong
}

// judge says how a source of a machine stands. exceptions are those of the machine that
// hold today.
func judge(k contact, e Expectation, cal *calendar, exceptions []Exception) Line {
	e = e.asked(k.everyHours)
	l := Line{AssetID: k.assetID, Source: k.source, Expectation: e}
	var wrong bool
	l.SeenMS, wrong = k.last(cal.nowMS)
	if k.otherMS >= l.SeenMS+sameSighting.Milliseconds() && k.otherMS <= cal.nowMS+clockSlack.Milliseconds() {
		l.OtherSource, l.OtherMS = k.other, k.otherMS
	}
	if k.refusedMS > l.SeenMS {
		l.Refusal = k.refusal
	}
	switch {
	case k.status == asset.StatusDisposed:
		l.State, l.Reason = Ended, ReasonDisposed
		return l
	case k.revokedMS != 0:
		l.State, l.Reason = Ended, ReasonRevoked
		return l
	case e.Off:
		return l
	}
	l.State = l.pace(e, cal, 0)
	if wrong {
		l.Reason = ReasonClock
	}
	if l.SeenMS == 0 && wrong {
		l.State = Late // it did report, at a time nobody knows: not silent, and not fine either
	}
	if l.State == Reporting {
		return l
	}
	l.except(k, e, cal, exceptions)
	if l.State == Late || l.State == Silent {
		l.Reason = l.why(k, wrong, cal.nowMS)
	}
	return l
}

// pace compares the time that counts with the limits.
func (l *Line) pace(e Expectation, cal *calendar, weekdays int64) State {
	late, silent := e.EveryHours+e.GraceHours, e.SilentHours
	skip := e.SkipClosed
	if weekdays != 0 {
		// On some days only: the first of them without a report is late, the second is
		// silence. That the facility is closed on one is what the person who named it knows.
		late, silent, skip = day-1, 2*day-1, false
	}
	hour := time.Hour.Milliseconds()
	if weekdays == 0 && cal.nowMS-l.SeenMS <= late*hour {
		return Reporting
	}
	from := l.SeenMS
	if weekdays != 0 { // the rest of a day with a report is no day without one
		from = min(cal.dayAfter(from), cal.nowMS)
	}
	t := cal.since(from, skip, weekdays)
	l.SkippedMS, l.DownMS = t.skipped, t.down
	switch {
	case t.counted > silent*hour:
		return Silent
	case t.counted > late*hour:
		return Late
	}
	return Reporting
}

// except applies what a person said of the machine: it is out of use, or it has an
// exception of its own.
func (l *Line) except(k contact, e Expectation, cal *calendar, exceptions []Exception) {
	for i, x := range exceptions {
		if x.Source != "" && x.Source != k.source {
			continue
		}
		if x.Weekdays == 0 {
			l.State, l.Reason, l.Exception = Excepted, ReasonException, &exceptions[i]
			return
		}
		l.Exception = &exceptions[i]
		if l.State = l.pace(e, cal, x.Weekdays); l.State == Reporting {
			l.State, l.Reason = Excepted, ReasonException
		}
		return
	}
	if k.stopped {
		l.State, l.Reason = Excepted, ReasonStopped
		return
	}
	switch k.status {
	case asset.StatusOrdered, asset.StatusSpare, asset.StatusRepair:
		l.State, l.Reason = Excepted, ReasonNotInUse
	}
}

// why is the reason of a late or silent source, as far as it is known.
func (l *Line) why(k contact, wrong bool, nowMS int64) Reason {
	switch {
	case wrong:
		return ReasonClock
	case l.Refusal != "":
		return ReasonRefused
	case k.disabled:
		return ReasonDisabled
	case k.certificateMS != 0 && k.certificateMS < nowMS:
		return ReasonCertificate
	case l.OtherSource != "":
		return ReasonElsewhere
	case k.source == asset.SourceCSV || k.source == asset.SourceUSB || Kind(k.source) == KindScript:
		return ReasonOverdue
	}
	return ReasonUnknown
}
