// Package scan keeps the active searches of a facility: whom the server asks, when, with
// which credentials, and how each carrying out went. It sends nothing itself; the runner
// (edge/discover/scanner) does, and writes here whom it is going to ask before the first
// packet goes (WriteAhead), and then what it sent to whom (Note).
//
// A plan is a list of targets or segments with a schedule; every change makes a revision,
// and a run keeps to the revision it began with. A run is taken by exactly one server:
// the slot of the schedule and the live run of a plan are unique in the database. Its
// targets are its cursor: what is not open any more was done, so that a run goes on
// after a restart where it stopped.
//
//	plan, err := scan.CreatePlan(ctx, tx, scan.Plan{…}, now)
//	run, err := scan.Ask(ctx, tx, plan, "name", 0, now)   // then wake the queue
//	proof, err := scan.Prove(ctx, q, scan.Subject{…}, fromMS, toMS)
package scan

import (
	"sonae/internal/platform/fault"
)

// Kind is what a plan does. Shown by "scan.kind." + word.
type Kind string

// Kinds. Try is no plan: a credential was tried on one address.
const (
	KindSNMP  Kind = "snmp"
	KindSweep Kind = "sweep"
	KindTry   Kind = "try"
)

// Kinds is every kind a plan may have, in the order of pages.
var Kinds = []Kind{KindSNMP, KindSweep}

// Limits of a plan.
const (
	// TargetsMost is how many addresses a plan of SNMP may ask: a /20, more than a
	// hospital has devices of its network.
	TargetsMost  = 4096
	WorkersMost  = 64
	RateMost     = 1000 // packets a second of a sweep
	credsMost    = 8    // credentials tried on one address
	segmentsMost = 200
	portsMost    = 64
)

// Settings are what a person chose for a plan.
type Settings struct {
	Targets     string   `json:"targets,omitempty"`     // snmp: one a line, see ReadTargets
	Credentials []string `json:"credentials,omitempty"` // snmp: IDs, tried in this order
	Workers     int      `json:"workers,omitempty"`     // snmp: devices asked at a time, 1–64
	Segments    []string `json:"segments,omitempty"`    // sweep: IDs of segments of the facility
	Methods     []string `json:"methods,omitempty"`     // sweep: words of Methods
	Ports       []int    `json:"ports,omitempty"`       // sweep: ports tried by method tcp, 1–65535
	Rate        int      `json:"rate,omitempty"`        // sweep: packets a second, 1–1000
	Schedule    Schedule `json:"schedule"`
}

// Plan is one kept search.
type Plan struct {
	ID         string
	Revision   int64
	FacilityID string
	Name       string // 1–100 characters
	Kind       Kind
	Enabled    bool // a plan that is not is not started by its schedule
	Settings   Settings
	By         string
	CreatedMS  int64
	FromMS     int64 // of this revision
	UntilMS    int64 // 0 = it holds
}

// State is how a run stands. Shown by "scan.state." + word.
type State string

// States of a run. Waiting, running and paused runs are live.
const (
	Waiting State = "waiting" // for a server, or for the hours of its schedule
	Running State = "running"
	Paused  State = "paused"  // a person paused it
	Stopped State = "stopped" // a person ended it
	Done    State = "done"
	Failed  State = "failed"
)

// Live reports a run that may still send.
func (s State) Live() bool { return s == Waiting || s == Running || s == Paused }

// Run is one carrying out of a plan.
type Run struct {
	ID           string
	FacilityID   string
	PlanID       string // empty: a credential was tried
	PlanRevision int64
	Name         string
	Kind         Kind
	State        State
	SlotMS       int64 // the time of the schedule; 0 = a person asked
	By           string
	JobID        string
	CreatedMS    int64
	StartedMS    int64 // 0 = not yet
	FinishedMS   int64 // 0 = not yet
	BeatMS       int64
	Total        int64 // 0 = not counted yet
	Done         int64
	Answered     int64
	LeftOut      int64  // by do-not-probe rules
	Quiet        int64  // answered before, not now
	Place        string // where a sweep goes on; opaque
	Problem      *fault.Error
}

// TargetState is what became of a target. Shown by "scan.target." + word.
type TargetState string

// States of a target.
const (
	Open     TargetState = "open"     // not asked yet
	Answered TargetState = "answered" // and taken into the ledger
	Trouble  TargetState = "trouble"  // see Target.Trouble
	Quiet    TargetState = "quiet"    // did not answer, but did before
	LeftOut  TargetState = "left_out" // by a rule; nothing was sent
)

// TargetStates is every state in the order of pages.
var TargetStates = []TargetState{Trouble, Quiet, LeftOut, Answered, Open}

// Target is one line of the report of a run.
type Target struct {
	RunID        string
	Seq          int64
	Address      string // as listed: host or host:port
	IP           string // what was asked; empty = nothing was
	State        TargetState
	Trouble      string // word of "snmp.trouble."
	Rule         string // of the do-not-probe list
	Name         string // as the device says itself
	AssetID      string
	CredentialID string
	Taken        int64    // rows taken into ledger and map
	Partial      []string // parts that could not be read: "group: snmp: word"
	BeforeMS     int64    // last answer before this run; 0 = none
	AtMS         int64
	TookMS       int64
}

// Methods are the ways of a sweep, in the order of pages. Shown by "scan.method." + word.
var Methods = []string{"arp", "ping", "tcp", "http", "ssh", "tls", "smb", "sip", "rtsp", "dicom"}
