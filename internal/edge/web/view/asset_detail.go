package view

// AssetHead is the top of every page of one device.
type AssetHead struct {
	ID, Name, Icon, Kind, KindHref string
	Tag, Purpose, Facility, Status string
	States                         []State
	SeenMS                         int64
	Tabs                           []CountTab
	Day, NowHref                   string // a past day, and the same page now
	Revision                       int64
	CanEdit, CanRetire, Disposed   bool
}

// AssetShow is the first page of a device.
type AssetShow struct {
	Page
	Head      AssetHead
	Groups    []FactGroup
	Guard     []GuardLine
	Silence   *AssetSilence // nil: a past day, or nobody but people ever spoke of it
	Members   []AssetMember
	IsSystem  bool     // Members are devices; else systems
	Systems   []Choice // systems the device could join
	Vendor    *AssetVendor
	Contracts []ContractRow
}

// FactGroup is one block of facts.
type FactGroup struct {
	Label string
	Rows  []FactRow
}

// FactRow is one field: what is shown, who says so, who says otherwise.
type FactRow struct {
	Field, Label, Value string
	Sources             []FactSource
	Missing             bool // required and empty
	Conflict            bool // sources disagree
	Decided             bool // a person has settled all of it
	CanDecide           bool
}

// Said are the sources to show: the winner, and all when they disagree.
func (r FactRow) Said() []FactSource {
	if r.Conflict {
		return r.Sources
	}
	return r.Sources[:min(1, len(r.Sources))]
}

// FactSource is what one source says.
type FactSource struct {
	Kind, Source, By, Value, Raw string
	AtMS, SinceMS                int64
	Winning, Contradicts         bool
	SettledBy                    string // who settled that the value shown stands
	SettledMS                    int64
}

// GuardLine is one line of the card of what protects a device.
type GuardLine struct{ Label, Kind, Words string }

// AssetMember is a device of a system, or a system of a device.
type AssetMember struct {
	ID, Name, Icon, Role, Href string
	SinceMS                    int64
}

// AssetVendor is the company behind a device; ID is empty when it is not registered.
type AssetVendor struct{ ID, Name, Contact, Phone, Emergency string }

// AssetProtection is the page of protection, updates, services and volumes.
type AssetProtection struct {
	Page
	Head       AssetHead
	Guard      []GuardLine
	Safeguards []SafeguardRow
	Updates    []UpdateRow
	Pending    []PendingRow
	Services   []ServiceRow
	Volumes    []VolumeRow
	Disks      []DiskRow
	Off        []OffRow
	Settings   []SettingRow
	Backups    []BackupRow
	Lists      []DetailList
}

// OffRow is a protection that somebody turned off.
type OffRow struct {
	What, Name, By, Evidence string
	SinceMS, KnownMS         int64 // last change of the setting (0 = unknown), first report of it
}

// SettingRow is one answer about how a device is set up; Kind is its badge, or empty.
type SettingRow struct {
	Label, Subject, Kind, Value, Evidence string
	SinceMS                               int64
}

// BackupRow is backup software with its last runs.
type BackupRow struct {
	Product, Job, Target, Evidence string
	LastOKMS, LastTriedMS          int64
	Failed                         bool // tried again since the last success
}

// DetailList is a list that is closed at first.
type DetailList struct {
	ID, Title, Count string
	Heads            []string
	Rows             [][]string
}

// Add puts a row with one text a column.
func (d *DetailList) Add(cells ...string) { d.Rows = append(d.Rows, cells) }

// SafeguardRow is one thing that protects a device, or weakens it.
type SafeguardRow struct {
	Kind, Name, StateKind, State, Detail, Version, AsOf string
	SinceMS                                             int64
}

// UpdateRow is what a package manager says about itself.
type UpdateRow struct {
	Source, Kind              string
	CheckedMS, DoneMS, SeenMS int64
	Reboot                    bool
}

// PendingRow is an update that waits.
type PendingRow struct {
	Name, Have, Offered, Severity string
	Security                      bool
	SinceMS                       int64
}

// ServiceRow is a background program.
type ServiceRow struct {
	Name, Title, Start, RunAs, Path string
	Running, Auto                   bool
	SinceMS                         int64
}

// VolumeRow is a file system.
type VolumeRow struct{ Mount, FileSystem, Size, Free, StateKind, State, Method string }

// DiskRow is a drive.
type DiskRow struct{ Name, Model, Serial, Kind, Size, Health string }

// AssetSoftware is the page of a device's programs.
type AssetSoftware struct {
	Page
	Head  AssetHead
	Q     string
	Rows  []InstallRow
	Total int
	Bills []BillRow
	// CanImport: may take in a bill of materials.
	CanImport bool
	Pager     Pager
}

// InstallRow is one program.
type InstallRow struct {
	Name, Version, Publisher, Kind, InstalledOn, Source, SourceText string
	SinceMS                                                         int64
	Identifier, Licence                                             string // of components: package URL or CPE
}

// BillRow is a bill of materials of an asset.
type BillRow struct {
	ImportID, File, Subject, Supplier, Form, By string
	Components                                  int
	WrittenMS, SinceMS, GoneMS                  int64 // GoneMS 0 = in force
}

// AssetNetwork is the page of interfaces and ports.
type AssetNetwork struct {
	Page
	Head       AssetHead
	Interfaces []InterfaceRow
	Ports      []PortRow
	Exposed    int
	Parts      *DeviceParts // of infrastructure only
	OnlyPorts  int          // interfaces that are listed as ports of Parts
	CanProve   bool         // may see what was sent to the device
}

// InterfaceRow is one interface.
type InterfaceRow struct {
	Name, MAC, Kind, Gateway, DHCP, Source, SourceText string
	Up                                                 bool
	Mbps                                               int64
	Addresses, DNS                                     []string
}

// PortRow is one listening port.
type PortRow struct {
	Protocol, Address, Process, Path, RunAs string
	Number                                  int
	Exposed                                 bool
	SinceMS                                 int64
}

// AccountRow is one account of a device.
type AccountRow struct {
	AssetID, Asset                                         string
	Name, FullName, Why, Login, Owner, OwnerKind, Note     string
	OwnerName                                              string
	Groups                                                 []string
	Privileged, Enabled, Locked, NoPassword, PasswordNever bool
	NoOwner                                                bool
	LoginMS, PasswordMS, SinceMS                           int64
	UnusedDays                                             int
	// Of accounts in a directory only:
	Directory, Key, Place string
	Service, CanSet       bool
	MayBe, MayBeID        string // person of the staff it may belong to
}

// AssetAccounts is the page of a device's accounts.
type AssetAccounts struct {
	Page
	Head   AssetHead
	Rows   []AccountRow
	Total  int
	Pager  Pager
	Kinds  []Choice
	Chosen string // account whose form was sent
}

// AccountList is the page of accounts over all devices.
type AccountList struct {
	Page
	Show, Q string
	Tabs    []Tab
	Rows    []AccountRow
	Total   int
	Limit   int // days without use
	Pager   Pager
	Kinds   []Choice // of owner; accounts of directories only
}

// AssetHistory is the page of a device's changes.
type AssetHistory struct {
	Page
	Head  AssetHead
	Rows  []ChangeRow
	Pager Pager
}

// ChangeRow is one change.
type ChangeRow struct {
	AtMS                                             int64
	Field, Old, New, Source, SourceText, By, DayHref string
	Settled                                          bool // Old is what the source says, New the value that stands
}

// AssetDocuments is the page of files and contracts.
type AssetDocuments struct {
	Page
	Head      AssetHead
	Files     []FileRow
	Types     string // accepted file name endings
	MaxMB     int
	CanAttach bool
	CanImport bool // may take in files about it
	Vendor    *AssetVendor
	Covering  []ContractRow // contracts that cover the device
	Others    []ContractRow // others with its vendor
}

// CoveringTable is the table of the contracts that cover the device.
func (v *AssetDocuments) CoveringTable() ContractTable {
	return v.contractTable(v.Covering, false, true)
}

// OthersTable is the table of the vendor's other contracts.
func (v *AssetDocuments) OthersTable() ContractTable { return v.contractTable(v.Others, false, false) }

// FileRow is one attachment.
type FileRow struct {
	ID, Name, Size, By, SHA256 string
	AtMS                       int64
	Proof                      bool // proof of disposal: cannot be taken off
}

// AccountCells is one row with the page around it, for the shared cells.
type AccountCells struct {
	Page *Page
	Row  AccountRow
}

// Cells joins a row with its page.
func (p *Page) Cells(r AccountRow) AccountCells { return AccountCells{p, r} }
