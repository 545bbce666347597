// Package wire is what an agent and the server say to each other: types, limits
// and versions, no input or output. An agent enrols once with a token and its
// public key; after that it sends reports whose bytes it signs (Ed25519, RFC
// 8032). A report names the digest of every section and carries the bodies of
// the changed ones only, so that an unchanged machine costs a few hundred bytes:
//
//	POST /ingest/v1/enroll        EnrollRequest      → EnrollReply
//	POST /ingest/v1/certificate   CertificateRequest → Trust
//	POST /ingest/v1/report        Report             → ReportReply{Need: sections the server lacks}
//	POST /ingest/v1/same          Same               → nothing: it is stored
//
// Bodies but that of Same are JSON, compressed with zstd (RFC 8878) or gzip (RFC 1952).
package wire

// Version is the version of these messages. A server refuses other versions
// with code "unsupported" and says which it speaks.
const Version = 1

// Media type and headers of a report.
const (
	ReportType      = "application/vnd.sonae.report+json"
	HeaderDevice    = "Sonae-Device"    // device ID from EnrollReply
	HeaderSignature = "Sonae-Signature" // base64 of Sign(compressed body)
)

// Limits on what one machine may send; see docs/agent-protocol.md for the
// measurements behind them. A message over a limit is refused whole.
const (
	MaxWireBytes     = 8 << 20  // compressed body
	MaxBodyBytes     = 32 << 20 // decompressed body
	MaxRatio         = 100      // decompressed ÷ compressed, for bodies over 1 MiB
	MaxDepth         = 12       // nesting of JSON
	MaxStringBytes   = 4096     // any string
	MaxPackages      = 20000
	MaxAccounts      = 20000   // a domain controller lists its whole directory
	MaxRows          = 4096    // rows of every other list
	MaxValues        = 2 << 20 // values in one message: what parsed lists may take in memory
	MaxClockSkewMS   = 48 * 3600 * 1000
	MaxEnrollBytes   = 64 << 10
	SignatureContext = "sonae report v1\x00" // put before the body when signing
)

// EnrollRequest asks to become a known device.
type EnrollRequest struct {
	Version   int      `json:"version"`
	Token     string   `json:"token"`      // enrolment token, secret
	PublicKey []byte   `json:"public_key"` // Ed25519, 32 bytes
	Identity  Identity `json:"identity"`
	// CSR asks for a device certificate at once (PKCS #10, DER, of the same key). Agents
	// without one get none.
	CSR []byte `json:"csr,omitempty"`
}

// EnrollReply names the device; the agent keeps it beside its key.
type EnrollReply struct {
	DeviceID string `json:"device_id"` // UUID
	ServerMS int64  `json:"server_ms"` // server's clock, Unix ms
	Trust           // what both know each other by from now on
}

// Identity is what tells one machine from another, strongest first. Firmware
// placeholders are sent as found; the server knows them.
type Identity struct {
	Maker      string   `json:"maker,omitempty"`
	Model      string   `json:"model,omitempty"`
	Serial     string   `json:"serial,omitempty"`
	SMBIOSUUID string   `json:"smbios_uuid,omitempty"` // DMTF DSP0134, type 1, as text
	MachineID  string   `json:"machine_id,omitempty"`  // hash of the OS installation's own id
	MACs       []string `json:"macs,omitempty"`        // of physical interfaces, aa:bb:cc:dd:ee:ff
	HostName   string   `json:"host_name,omitempty"`
	OSFamily   string   `json:"os_family,omitempty"` // linux, windows, darwin
}

// Report is the state of one machine at one time.
type Report struct {
	Version     int                `json:"version"`
	DeviceID    string             `json:"device_id"`
	Seq         int64              `json:"seq"`          // rises with every report of this device; older ones are refused as replays
	CollectedMS int64              `json:"collected_ms"` // agent's clock, Unix ms
	Agent       Agent              `json:"agent"`
	Digests     map[Section]string `json:"digests,omitempty"` // every section the agent has, hex SHA-256 of its canonical JSON
	// Whole stands for digests and notes that are as in the last acknowledged report:
	// Whole(Digests). A report with it has no digests, sections or notes.
	Whole    string   `json:"whole,omitempty"`
	Sections Sections `json:"sections"`        // bodies of sections that changed or were asked for
	Notes    []Note   `json:"notes,omitempty"` // why a section is empty or incomplete
}

// ReportReply acknowledges a stored report. Need lists sections whose digest the
// server does not hold: the agent sends their bodies in the next report, at once.
type ReportReply struct {
	Seq      int64     `json:"seq"`
	ServerMS int64     `json:"server_ms"`
	Need     []Section `json:"need,omitempty"`
	// Policy comes when the agent holds another one than Agent.Policy says.
	Policy *SignedPolicy `json:"policy,omitempty"`
	// Digests asks for the same report with its digests at once: Whole is not what the
	// server has.
	Digests bool `json:"digests,omitempty"`
}

// Agent says what collected the report.
type Agent struct {
	Version string `json:"version"`
	OS      string `json:"os"`   // GOOS
	Arch    string `json:"arch"` // GOARCH

	Policy int64 `json:"policy,omitempty"`  // version of the policy it follows; 0 = none, or to be renewed
	CPUMS  int64 `json:"cpu_ms,omitempty"`  // processor time of the agent for the last report, its own measurement
	PeakKB int64 `json:"peak_kb,omitempty"` // most memory of the agent's process since it started, 1024 bytes
	// Events are what happened to the agent itself since the last report that was taken.
	Events []AgentEvent `json:"events,omitempty"`
}

// AgentEvent is something that happened to the agent: it was stopped, its files or its
// settings changed, the clock jumped, a collector was left out because it took too
// much. A fact for people to judge, never an accusation.
type AgentEvent struct {
	Kind   string `json:"kind"` // one of AgentEvents
	AtMS   int64  `json:"at_ms"`
	Detail string `json:"detail,omitempty"` // plain English, at most 200 bytes, no secrets
}

// AgentEvents are the kinds of events of an agent.
var AgentEvents = []string{
	"stopped",  // the service was stopped in an orderly way
	"away",     // it did not run for longer than a report interval, and nobody stopped it
	"program",  // the agent's program file is another one than at the last start
	"settings", // its settings (server, pin, authority, interval) changed
	"state",    // its state was changed by others, or damaged
	"open",     // its folder or files can be changed by other users
	"clock",    // the clock jumped
	"watchdog", // a collector took too much, or the agent died while it ran; it is left out for a while
	"policy",   // a policy was refused
}

// maxAgentEvents bounds the events of one report.
const maxAgentEvents = 32

// Note explains a section that has nothing or not everything.
type Note struct {
	Section Section `json:"section"`
	State   State   `json:"state"`
	Reason  string  `json:"reason"` // plain English for the help desk, no markup
}

// State is why a section has no (full) data.
type State string

// States of a section.
const (
	NoData  State = "no_data"  // this machine has nothing of the kind
	NoRight State = "no_right" // the agent may not read it
	Failed  State = "failed"   // reading went wrong
	Partial State = "partial"  // some of it could not be read, or was cut at a limit
	NotYet  State = "not_yet"  // this version of the agent does not read it on this system
)

// Section names a part of a report.
type Section string

// Sections of a report.
const (
	SecHardware    Section = "hardware"
	SecOS          Section = "os"
	SecDisks       Section = "disks"
	SecVolumes     Section = "volumes"
	SecInterfaces  Section = "interfaces"
	SecPackages    Section = "packages"
	SecServices    Section = "services"
	SecPorts       Section = "ports"
	SecAccounts    Section = "accounts"
	SecSecurity    Section = "security"
	SecUpdates     Section = "updates"
	SecPeripherals Section = "peripherals"
	SecExtensions  Section = "extensions"
	SecStartup     Section = "startup"
	SecGroups      Section = "groups"
	SecHardening   Section = "hardening"
	SecSwitchedOff Section = "switched_off"
	SecBackups     Section = "backups"
)

// AllSections is every section in report order.
var AllSections = []Section{SecHardware, SecOS, SecDisks, SecVolumes, SecInterfaces, SecPackages, SecServices, SecPorts, SecAccounts, SecSecurity, SecUpdates,
	SecPeripherals, SecExtensions, SecStartup, SecGroups, SecHardening, SecSwitchedOff, SecBackups}

// Sections holds the bodies; nil means "not in this report", an empty list means
// "looked, and there is none".
type Sections struct {
	Hardware    *Hardware      `json:"hardware,omitempty"`
	OS          *OS            `json:"os,omitempty"`
	Disks       *[]Disk        `json:"disks,omitempty"`
	Volumes     *[]Volume      `json:"volumes,omitempty"`
	Interfaces  *[]Interface   `json:"interfaces,omitempty"`
	Packages    *[]Package     `json:"packages,omitempty"`
	Services    *[]Service     `json:"services,omitempty"`
	Ports       *[]Port        `json:"ports,omitempty"`
	Accounts    *[]Account     `json:"accounts,omitempty"`
	Security    *Security      `json:"security,omitempty"`
	Updates     *Updates       `json:"updates,omitempty"`
	Peripherals *Peripherals   `json:"peripherals,omitempty"`
	Extensions  *[]Extension   `json:"extensions,omitempty"`
	Startup     *[]StartupItem `json:"startup,omitempty"`
	Groups      *[]Group       `json:"groups,omitempty"`
	Hardening   *Hardening     `json:"hardening,omitempty"`
	SwitchedOff *[]SwitchedOff `json:"switched_off,omitempty"`
	Backups     *[]Backup      `json:"backups,omitempty"`
}
