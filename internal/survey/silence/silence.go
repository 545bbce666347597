// Package silence tells which sources no longer report: of which machine, since when,
// and why as far as it is known. A machine that is not heard of is a fact like any
// other, and each source has a pace of its own: an agent reports by the hour, a stick
// is carried around by the month.
//
// What is judged is one source of one machine, as asset_source of the ledger keeps it.
// Time counts only while the server ran and, for machines that people switch on, while
// the facility was open (calendar.go): after an outage of the server or a holiday
// nothing is called silent that could not have reported. A machine that somebody
// excepted is shown as excepted, never left out.
//
// A periodic job judges everything (job.go) and keeps what does not report in a table
// of its own, so that lists and counts are quick and taking in a report costs nothing
// more. A page of one machine judges at once:
//
//	lines, err := silence.OfAsset(ctx, db, id, now)       // every source of a machine
//	rows, total, next, err := silence.List(ctx, db, filter) // all that do not report
//	whole, err := silence.Wholes(ctx, db, facilities, now)  // a directory, an entry …
//
// Tables of other rooms are read here, never written.
package silence

import (
	"sonae/internal/survey/asset"
)

// State is how a source of a machine stands. Shown by "silence.state." + word.
type State string

// The states.
const (
	Reporting State = "reporting" // within its interval
	Late      State = "late"      // over interval and grace
	Silent    State = "silent"    // over the limit: not reporting
	Excepted  State = "excepted"  // would be late or silent, but a person said that it is to be so
	Ended     State = "ended"     // for good: disposed of, device revoked
	Unset     State = ""          // nothing is expected of the source
)

// ListStates are the states that lists hold, the most urgent first.
var ListStates = []State{Silent, Late, Excepted}

// Reason is why, as far as it is known. Shown by "silence.reason." + word.
type Reason string

// The reasons; of several the first of this order.
const (
	ReasonUnknown     Reason = ""
	ReasonDisposed    Reason = "disposed"    // ended: the ledger says so
	ReasonRevoked     Reason = "revoked"     // ended: the device's right was taken away
	ReasonException   Reason = "exception"   // a person excepted it
	ReasonNotInUse    Reason = "not_in_use"  // ordered, spare or in repair, says the ledger
	ReasonClock       Reason = "clock"       // the time of the last report cannot be right
	ReasonRefused     Reason = "refused"     // it tries, and the server refuses
	ReasonStopped     Reason = "stopped"     // a policy stops its agent
	ReasonDisabled    Reason = "disabled"    // the directory has its account disabled
	ReasonElsewhere   Reason = "elsewhere"   // another source saw the machine since
	ReasonCertificate Reason = "certificate" // its certificate ended meanwhile: it has to enrol anew
	ReasonOverdue     Reason = "overdue"     // the next file or round is due
	ReasonFailing     Reason = "failing"     // of a directory: readings fail
	ReasonPaused      Reason = "paused"      // of a directory: a person paused it
)

// Kind is what intervals are set for: a source of machines, or a source as a whole.
// Shown by "silence.kind." + word.
type Kind string

// Kinds that are no asset.Source.
const (
	KindScript Kind = "script" // the script for old Windows, run by a schedule
	// KindWhole is a door as a whole: all agents of a facility, an entry for agents of
	// another maker.
	KindWhole Kind = "whole"
)

// Kinds is every kind in the order of pages.
var Kinds = []Kind{Kind(asset.SourceAgent), Kind(asset.SourceGLPI), Kind(asset.SourceFusion), Kind(asset.SourceOCS), KindScript, Kind(asset.SourceUSB),
	Kind(asset.SourceSNMP), Kind(asset.SourcePassive), Kind(asset.SourceCSV), Kind(asset.SourceDirectory), Kind(asset.SourceFeed), KindWhole}

// Line is one source of one machine as judged.
type Line struct {
	AssetID     string
	Source      asset.Source
	State       State
	Reason      Reason
	SeenMS      int64        // last report by the server's clock; 0 = at no known time
	SinceMS     int64        // since when it is in this state; 0 = not kept (OfAsset)
	SkippedMS   int64        // of the time since SeenMS: server down or facility closed
	DownMS      int64        // of it: server down
	Expectation Expectation  // what it was judged by
	OtherSource asset.Source // who saw the machine after SeenMS; empty = nobody
	OtherMS     int64
	Refusal     string // text key of the last refusal since SeenMS; empty = none
	Exception   *Exception
}
