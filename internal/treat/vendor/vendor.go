// Package vendor knows the companies that supply and maintain systems, and the
// contracts with them: for how long, for which machines, who applies security
// updates, whether they come in from outside. People enter all of it; nothing is
// deleted: a vendor closes, a contract ends or is cancelled, coverage of a machine
// is taken away with its time.
//
// Days are text in the form 2006-01-02 in the facility's own time; empty means not
// said. A last day is included.
package vendor

// Vendor is a company.
type Vendor struct {
	ID             string
	Name           string // 1–200 characters; one open vendor a name
	Kana           string
	Kind           Kind
	Contact        string // person or desk
	Phone          string
	EmergencyPhone string // answers at night
	Mail           string
	Note           string
	ClosedOn       string // no business after this day; empty = open
	Revision       int64  // rises with every change; an update names the one it saw
	CreatedMS      int64
	UpdatedMS      int64
}

// Kind says what a vendor does for the hospital.
type Kind string

// Kinds of vendor.
const (
	KindSystem      Kind = "system"      // supplies a medical information system
	KindDevice      Kind = "device"      // medical devices
	KindNetwork     Kind = "network"     // network and lines
	KindMaintenance Kind = "maintenance" // looks after machines
	KindCloud       Kind = "cloud"       // cloud service
	KindOther       Kind = "other"
)

// Kinds is every kind in the order of lists.
var Kinds = []Kind{KindSystem, KindDevice, KindNetwork, KindMaintenance, KindCloud, KindOther}

// ContractKind says what a contract is about.
type ContractKind string

// Kinds of contract.
const (
	ContractMaintenance ContractKind = "maintenance"
	ContractLease       ContractKind = "lease"
	ContractLicence     ContractKind = "licence"
	ContractService     ContractKind = "service" // cloud or outsourced work
	ContractOther       ContractKind = "other"
)

// ContractKinds is every kind in the order of lists.
var ContractKinds = []ContractKind{ContractMaintenance, ContractLease, ContractLicence, ContractService, ContractOther}

// PatchOwner is who applies security updates.
type PatchOwner string

// Who may apply updates.
const (
	PatchVendor   PatchOwner = "vendor"
	PatchHospital PatchOwner = "hospital"
	PatchShared   PatchOwner = "shared"  // the contract divides it
	PatchUnknown  PatchOwner = "unknown" // the contract does not say, or nobody has looked
)

// PatchOwners is every answer in the order of lists.
var PatchOwners = []PatchOwner{PatchVendor, PatchHospital, PatchShared, PatchUnknown}

// Remote says whether a vendor maintains from outside.
type Remote string

// Answers about remote maintenance.
const (
	RemoteYes     Remote = "yes"
	RemoteNo      Remote = "no"
	RemoteUnknown Remote = "unknown"
)

// Remotes is every answer in the order of lists.
var Remotes = []Remote{RemoteYes, RemoteNo, RemoteUnknown}

// Contract is an agreement with a vendor.
type Contract struct {
	ID          string
	VendorID    string
	VendorName  string // read only
	FacilityID  string
	Title       string // 1–200 characters
	Number      string // the hospital's own number
	Kind        ContractKind
	StartsOn    string
	EndsOn      string // last day; empty = open end
	AutoRenew   bool   // goes on by itself when nobody gives notice
	NoticeDays  int64  // notice before the end, 0–3650; 0 = not agreed
	PatchOwner  PatchOwner
	Remote      Remote
	DocumentID  string // blob or attachment id; empty = none
	Note        string
	CancelledOn string   // last day after an early end; empty = not cancelled
	Assets      []string // machines, systems and services it covers now; filled by Contract, not by lists
	AssetCount  int64    // how many it covers now; read only
	Revision    int64
	CreatedMS   int64
	UpdatedMS   int64
}

// LastDay is the day the contract ends in fact; empty = open end.
func (c Contract) LastDay() string {
	if c.CancelledOn != "" && (c.EndsOn == "" || c.CancelledOn < c.EndsOn) {
		return c.CancelledOn
	}
	return c.EndsOn
}

// ActiveOn reports whether the contract is in force on day (2006-01-02). One that
// renews itself is in force after its last day until somebody cancels it.
func (c Contract) ActiveOn(day string) bool {
	if day < c.StartsOn || c.CancelledOn != "" && day > c.CancelledOn {
		return false
	}
	return c.AutoRenew || c.EndsOn == "" || day <= c.EndsOn
}
