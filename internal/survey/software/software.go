// Package software knows what runs on the machines: installed programs, services,
// updates that wait, and what protects a machine. The rows come from agents and
// from files (edge/ingest hands them over inside its transaction) and keep their
// history, so that "what was installed on that day" is one query.
//
// A program is stored once as a Title, whatever number of machines have it; an
// install is a pair of machine and title with its times. People decide per name
// and kind of machine whether a service or program is needed (Decide); rules only
// list what nobody has decided (Undecided).
//
// A bill of materials (Bill) says the same of a device that nobody can look into: its
// components are installs of the source sbom, with names for weaknesses, licence and
// hashes beside (Component).
//
// What protects a machine (firewall, time, anti-malware, logs, automatic updates,
// remote access) lives here as Safeguard rows and not in package network: each is
// a program or a setting of the system that runs, is switched off or replaced like
// any other software, while network knows only what can be reached from where.
package software

// Program is one installed piece of software, as its source writes it.
type Program struct {
	Kind        string // dpkg, rpm, registry, store, app, msi, pip …
	Name        string
	Version     string // empty when the source does not say
	Publisher   string
	Arch        string
	Origin      string // source package, when it differs from Name
	InstalledOn string // 2006-01-02, or empty
}

// Title is a program as it is stored once for all machines.
type Title struct {
	ID        string // TitleID of the five fields that follow
	Kind      string
	Name      string
	Version   string
	Publisher string
	Arch      string
	Origin    string // source package, when it differs from Name
}

// Install is a title on a machine.
type Install struct {
	Title
	AssetID     string
	Source      string // who says so: agent, csv, manual …
	InstalledOn string // 2006-01-02 as the system says, or empty
	FirstMS     int64  // first reported, Unix ms
	GoneMS      int64  // first report without it, Unix ms; 0 = still there
	// Component is what a bill of materials says of it; nil from other sources, and in
	// lists of what ended.
	Component *Component
	no        int64
}

// Start modes of a service.
const (
	StartAuto     = "auto"     // with the system
	StartManual   = "manual"   // when something asks for it
	StartDisabled = "disabled" // never
	StartOther    = "other"
)

// Service is a background program the system starts.
type Service struct {
	AssetID string
	Source  string
	Name    string
	Title   string // name for people, when the system has one
	Start   string // one of the Start modes
	Running bool   // when last reported
	Path    string
	RunAs   string // account it runs as
	FirstMS int64
	GoneMS  int64 // 0 = still there
}

// Pending is an update that is offered and not installed. FirstMS says since when
// this machine waits: it stays the same when a newer version is offered meanwhile,
// and starts again when something was installed or the update became one for
// security.
type Pending struct {
	AssetID  string
	Source   string
	Name     string
	Have     string // installed version
	Offered  string
	Security bool
	Severity string // as its source writes it, or empty
	FirstMS  int64
	GoneMS   int64 // 0 = still waiting
}

// UpdateState is what the package manager says about itself.
type UpdateState struct {
	AssetID    string
	Source     string
	CheckedMS  int64 // age of its own lists; 0 = unknown
	LastDoneMS int64 // last time something was updated; 0 = unknown
	RebootNeed bool
	SeenMS     int64 // report that said so
}

// Kinds of safeguard.
const (
	GuardFirewall   = "firewall"     // Detail: which, zone
	GuardTime       = "time_sync"    // Detail: source of time
	GuardUpdates    = "auto_updates" // installs updates by itself
	GuardScreenLock = "screen_lock"  // KeepDays 0; Detail: seconds
	GuardProtection = "protection"   // a product; Detail: antimalware, edr, integrity, other
	GuardLog        = "log"          // a log of the system and what it keeps; state on = forwarded to another host
	GuardRemote     = "remote"       // a way in for remote control that listens or runs
)

// States of a safeguard.
const (
	On      = "on"
	Off     = "off"
	Unknown = "unknown"
)

// Safeguard is one thing that protects a machine, or weakens it (remote access).
type Safeguard struct {
	AssetID  string
	Source   string
	Kind     string // one of the Guard kinds
	Name     string // product, log, way in; empty for kinds that exist once
	State    string // On, Off, Unknown
	Detail   string
	Version  string
	AsOf     string // 2006-01-02 of the pattern file, or empty
	Pattern  string // version of the pattern file, as its maker counts
	RealTime string // protection: looks at files as they are opened: On, Off, or empty: not told
	KeepDays int64  // logs: as configured; 0 = not limited by age, or unknown
	MaxBytes int64  // logs: as configured; 0 = unknown
	OldestMS int64  // logs: oldest record; 0 = unknown
	FirstMS  int64
	GoneMS   int64 // 0 = still so
}

// Page says which part of a list is wanted.
type Page struct {
	After string // Next of the page before; empty = from the start
	Limit int    // 1–1000; 0 = 100
}

func (p Page) limit() int {
	if p.Limit <= 0 {
		return 100
	}
	return min(p.Limit, 1000)
}
