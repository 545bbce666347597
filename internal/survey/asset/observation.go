package asset

import (
	"context"

	"sonae/internal/platform/store"
)

// Sections of a report that this room itself reads. Other rooms use their own
// words (software: "packages") with the same Digests.
const (
	SectionIdentity = "identity" // kind and what Identity says; always present
	SectionHardware = "hardware"
	SectionOS       = "os"
	SectionDisks    = "disks"
	SectionVolumes  = "volumes"
)

// Identity is what a source knows to tell a machine from others. Empty parts are
// not known. Firmware placeholders may be passed as found.
type Identity struct {
	Maker      string
	Model      string
	Serial     string
	SMBIOSUUID string
	// MachineID is of the operating system's installation. It is kept as proof in
	// conflicts only: disk images are cloned with it.
	MachineID string
	MACs      []string // any usual notation; of physical interfaces
	HostName  string   // never used to match alone
	// DomainName is the whole name in the domain that the machine is joined to, as it
	// says itself or as the directory says of it; empty when it is in none.
	DomainName string
	AssetTag   string // number on the sticker; matches inside a facility
}

// Observation is what one source says about one machine at one time.
type Observation struct {
	FacilityID string
	Source     Source
	// DeviceID is the source's own stable name for the machine: the agent's
	// enrolment, an SNMP engine ID, a directory GUID. Empty when it has none.
	DeviceID string
	// AtMS is when it was seen, by the server's clock. An observation older than the
	// newest one of the same source and asset changes nothing (Result.Older).
	AtMS int64
	// AliveMS is when the machine itself last gave a sign of life, for sources that
	// only tell of it: a directory keeps computers that were thrown away. 0 = it was
	// there at AtMS; negative = not known.
	AliveMS int64
	By      string // who carried it (CSV, USB); empty for machines
	// AssetID is the asset that a person named. It goes before everything the machine
	// could be recognised by, and nothing of that is kept as a key: the person may have
	// named another machine than the one that speaks.
	AssetID  string
	Identity Identity
	Kind     Kind // suggestion; empty = no idea
	// Groups holds the facts by section. A missing section means "not reported
	// now" and leaves its facts alone; a present one is complete: fields it had
	// before and lacks now end.
	Groups map[string]Values
	// Partial: Groups holds only part of what the source says (a list has the columns
	// it has). Fields it does not name stay as the source said them before.
	Partial bool
	// Digests of all sections the source holds now, reported or not; nil for
	// sources without digests.
	Digests map[string]string
	// Reported names the sections whose bodies are in this report, other rooms'
	// included; the keys of Groups need not be repeated.
	Reported []string
	// Volumes and Disks replace the known ones; nil = not reported now.
	Volumes *[]Volume
	Disks   *[]Disk
	// Guard is asked before DeviceID is tied for the first time to an asset that other
	// devices of the same source report for; others are their DeviceIDs. Its error
	// refuses the observation. nil = nobody is asked.
	Guard func(ctx context.Context, tx *store.Tx, assetID string, others []string) error
}

// Result is what an observation did.
type Result struct {
	AssetID   string
	Created   bool
	Changed   []Change // of winning values
	Need      []string // sections whose digest is not held: ask for their bodies
	Older     bool     // a newer observation is stored; nothing was changed
	Conflicts int      // new entries in the queue of conflicts
	Volumes   int      // rows of volumes or disks that came, changed or went
	// Outranked names lists of this report that a stronger source keeps (see
	// outranked): other rooms leave the rows of this source away, too.
	Outranked map[string]Source
	// Before is how the source had spoken of the asset: see TakeBackReport.
	Before Spoke
}

// Volume is a mounted file system.
type Volume struct {
	Mount      string
	Device     string
	FileSystem string
	SizeBytes  int64
	FreeBytes  int64      // as of the last report; not kept in history
	Encryption Encryption // on, off, unknown
	Method     string     // luks2, bitlocker …; empty when not encrypted or not known
	Source     Source
	FirstMS    int64
	GoneMS     int64 // 0 = still there
}

// Encryption is the state of a volume. Shown by "asset.encryption." + word.
type Encryption string

// States of encryption.
const (
	EncryptionOn      Encryption = "on"
	EncryptionOff     Encryption = "off"
	EncryptionUnknown Encryption = "unknown"
)

// Disk is a physical or virtual drive.
type Disk struct {
	Name      string
	Model     string
	Serial    string
	Kind      string // ssd, hdd, virtual, optical, removable, unknown
	Bus       string
	SizeBytes int64
	Health    string // ok, failing, unknown
	Source    Source
	FirstMS   int64
	GoneMS    int64 // 0 = still there
}

// Conflict is a contradiction about identity that a person must settle.
type Conflict struct {
	ID       string
	AssetID  string // asset that the observation went to
	OtherID  string // asset that claims the same key; empty when none
	Cause    Cause
	KeyKind  KeyKind
	KeyValue string
	Source   Source
	Proof    string // JSON: both sides' keys as they were
	FirstMS  int64
	LastMS   int64
	ClosedMS int64 // 0 = open
	ClosedBy string
	Note     string // why it was closed
	Outcome  Outcome
	LaterMS  int64 // put aside until then; 0 = never was
}
