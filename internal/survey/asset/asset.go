// Package asset is the ledger: which machines, medical information systems and
// cloud services there are, what is known about each, from whom and since when.
//
// Nothing here is a bare value. Every value is a fact: a field, a source that
// says it, the time since when and the time it was last confirmed. Facts are
// never overwritten; they end (gone_ms) and the next one begins, so "what did we
// have on that day" is one query (AsOf). Where sources disagree, a value entered
// by hand wins, then the order written in field.go, and the disagreement stays
// visible. The winning values stand in one wide row (asset_asset), written in the
// same transaction, which lists, filters and exports read.
//
// Sources come in through Observe (and Confirm, when nothing changed); people
// through Create, Edit, BulkEdit and Retire. All functions are stateless and
// safe for concurrent use; those that write run on a transaction of the caller,
// who also writes the audit entry from what they return. A function that takes an
// asset ID and no Scope (Facts, History, Volumes …) expects that the caller has
// the asset from Get, which knows the scope.
//
//	res, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: f, Source: asset.SourceAgent, …})
//	page, err := asset.List(ctx, db, asset.Filter{Scope: scope, Text: "外来"}, asset.Page{Limit: 50})
package asset

// Kind is what an asset is. Stored and sent as its word; shown by the message
// key "asset.kind." + word.
type Kind string

// Kinds of assets. A system (medical information system: 電子カルテ, PACS …) is a
// thing that devices belong to; cloud is a service outside.
const (
	KindPC      Kind = "pc"
	KindServer  Kind = "server"
	KindNetwork Kind = "network"
	KindVPN     Kind = "vpn" // VPN and remote-access devices, whatever box they are in
	KindMedical Kind = "medical"
	KindPrinter Kind = "printer"
	KindMobile  Kind = "mobile"
	KindStorage Kind = "storage"
	KindVM      Kind = "vm"
	KindOther   Kind = "other"
	KindSystem  Kind = "system"
	KindCloud   Kind = "cloud"
)

// Kinds is every kind in the order of pages.
var Kinds = []Kind{KindPC, KindServer, KindNetwork, KindVPN, KindMedical, KindPrinter, KindMobile, KindStorage, KindVM, KindOther, KindSystem, KindCloud}

// Status is where an asset stands in its life. Shown by "asset.status." + word.
type Status string

// Statuses. Trial needs FieldTrialEndsOn, on_loan needs FieldLoanEndsOn, disposed
// needs FieldDisposedOn and either a proof (attachment) or a reason.
const (
	StatusOrdered  Status = "ordered"
	StatusInUse    Status = "in_use"
	StatusSpare    Status = "spare"
	StatusOnLoan   Status = "on_loan"
	StatusTrial    Status = "trial"
	StatusRepair   Status = "repair"
	StatusDisposed Status = "disposed"
)

// Statuses is every status in the order of a life.
var Statuses = []Status{StatusOrdered, StatusInUse, StatusSpare, StatusOnLoan, StatusTrial, StatusRepair, StatusDisposed}

// Source is who says a fact. Shown by "asset.source." + word.
type Source string

// Sources.
const (
	SourceManual    Source = "manual" // a person, in the page or the API
	SourceAgent     Source = "agent"  // our agent on the machine
	SourceUSB       Source = "usb"    // the collector's file, carried by hand
	SourceScript    Source = "script" // what the script for old Windows wrote
	SourceGLPI      Source = "glpi"   // GLPI Agent, sending to Sonae
	SourceFusion    Source = "fusioninventory"
	SourceOCS       Source = "ocs"       // OCS Inventory agent, sending to Sonae
	SourceSNMP      Source = "snmp"      // the device, asked over the network
	SourcePassive   Source = "passive"   // heard on the network
	SourceCSV       Source = "csv"       // an imported ledger
	SourceDirectory Source = "directory" // LDAP or Active Directory
	SourceContract  Source = "contract"
	SourceVendor    Source = "vendor" // the vendor's answer
	SourceFeed      Source = "feed"   // public knowledge, for example end of support
	SourceSBOM      Source = "sbom"   // a maker's list of what its product is made of

	// SourceNetInventory is the device, asked over the network by a program of another
	// maker (netdiscovery, netinventory).
	SourceNetInventory Source = "netinventory"
)

// Sources is every source in the order of pages.
var Sources = []Source{SourceManual, SourceAgent, SourceUSB, SourceScript, SourceGLPI, SourceFusion, SourceOCS, SourceSNMP, SourceNetInventory, SourcePassive, SourceCSV, SourceDirectory, SourceContract, SourceVendor, SourceSBOM, SourceFeed}

// Values maps fields to their values in canonical text form (see FieldType); a
// missing field has no value. Never holds empty strings.
type Values map[Field]string

// Asset is the wide row: the winning value of every field and the figures that
// follow from the facts. It is a copy; changing it changes nothing stored.
type Asset struct {
	ID         string // UUIDv7
	FacilityID string
	Rev        int64 // rises with every stored change; Edit compares it
	Kind       Kind
	Status     Status
	// Name is what lists show: the name given, else the host name, else empty.
	Name       string
	Values     Values
	CreatedMS  int64
	UpdatedMS  int64 // last change of any fact, not of a mere confirmation
	LastSeenMS int64 // last time an observing source saw it; 0 = never
	LastSource Source
	// SeenLater is set in views of the past only: it was seen after that moment, so
	// LastSeenMS is the last change known then, and it was seen then or later.
	SeenLater      bool
	MainSource     Source // best source that knows it
	Required       int    // fields that AE-INV-01 asks of this kind
	Missing        int    // how many of them are empty; see MissingFields
	Contradictions int    // fields about which sources disagree, unsettled
}

// Fact is one statement of one source about one field.
type Fact struct {
	Field   Field
	Value   string
	Source  Source
	Section string // part of the source's report it came in; empty for people
	By      string // person or import that entered it; empty for machines
	FirstMS int64  // since when the source says so
	SinceMS int64  // the same, where it said so in another row of the ledger before; 0 = nowhere
	// LastMS is when the source last confirmed it: its section was reported, or
	// found unchanged. Equal to FirstMS for what a person entered.
	LastMS int64
	GoneMS int64 // when the source stopped saying so; 0 = still does
	// Winning: this is the value the ledger shows.
	Winning bool
	// Contradicts: another value is shown although this source says this one, and
	// nobody has settled it.
	Contradicts bool
	// Settled: as Contradicts, but a person has decided so (Decision).
	Settled bool
	// Decision is what a person last settled about the statement, in force or not;
	// nil = nothing.
	Decision *Decision
}

// Place is one area of a Scope: a facility, a department, or a department of a
// facility. An empty part does not limit.
type Place struct{ FacilityID, Department string }

// Scope is which assets a person may see or change, in the form of the rights in
// identity: everything, or what stands in any of the places ("all of facility A,
// and one department of facility B"). The zero value allows none.
type Scope struct {
	All    bool
	Places []Place
}

// Change is one field of one asset that got another value; for audit entries
// and history. Old or New is empty when there was or is none.
type Change struct {
	AssetID string
	Field   Field
	Old     string
	New     string
	Source  Source
	By      string
	AtMS    int64
	// Settled: no value changed. A person decided that New stands although Source
	// says Old.
	Settled bool
}
