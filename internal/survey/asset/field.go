package asset

import "slices"

// Field names one thing known about an asset. Stored and sent as its word;
// shown by "asset.field." + word.
type Field string

// Fields.
const (
	FieldKind              Field = "kind"
	FieldStatus            Field = "status"
	FieldName              Field = "name"
	FieldHostName          Field = "host_name"
	FieldAssetTag          Field = "asset_tag"
	FieldPurpose           Field = "purpose"
	FieldSwitchedOff       Field = "switched_off" // protections that somebody turned off: words of the agent, sorted, a space between
	FieldMaker             Field = "maker"
	FieldModel             Field = "model"
	FieldSerial            Field = "serial"
	FieldOSName            Field = "os_name"
	FieldOSVersion         Field = "os_version"
	FieldFirmwareVersion   Field = "firmware_version"
	FieldCPU               Field = "cpu"
	FieldMemoryBytes       Field = "memory_bytes"
	FieldDiskBytes         Field = "disk_bytes"
	FieldIP                Field = "ip"
	FieldMAC               Field = "mac"
	FieldSegment           Field = "segment"
	FieldSwitchPort        Field = "switch_port"
	FieldInternetFacing    Field = "internet_facing"
	FieldRemoteMaintenance Field = "remote_maintenance"
	FieldLogDestination    Field = "log_destination"
	FieldLine              Field = "line_number"
	FieldSIM               Field = "sim"
	FieldCarrier           Field = "carrier"
	FieldDepartment        Field = "department"
	FieldBuilding          Field = "building"
	FieldRoom              Field = "room"
	FieldCustodian         Field = "custodian"
	FieldUser              Field = "user_name"
	FieldCriticality       Field = "criticality"
	FieldPatientData       Field = "patient_data"
	FieldVendor            Field = "vendor"
	FieldPatchOwner        Field = "patch_owner"
	FieldContractRef       Field = "contract_ref"
	FieldPurchasedOn       Field = "purchased_on"
	FieldWarrantyEndsOn    Field = "warranty_ends_on"
	FieldMaintenanceEndsOn Field = "maintenance_ends_on"
	FieldSupportEndsOn     Field = "support_ends_on"
	FieldFirmwareOn        Field = "firmware_on"
	FieldVerifiedOn        Field = "verified_on"
	FieldTrialEndsOn       Field = "trial_ends_on"
	FieldLoanEndsOn        Field = "loan_ends_on"
	FieldLoanTo            Field = "loan_to"
	FieldDisposedOn        Field = "disposed_on"
	FieldDisposalProof     Field = "disposal_proof"
	FieldDisposalReason    Field = "disposal_reason"
	FieldNote              Field = "note"

	// FieldLastSeen is a column of lists, not a fact.
	FieldLastSeen Field = "last_seen"
	// FieldFacility is where the asset belongs; a fact, but not in Fields: it stands
	// in Asset.FacilityID, and only a person moves an asset.
	FieldFacility Field = "facility"
	// FieldSource is a facet, not a fact: the best source that knows the asset.
	FieldSource Field = "source"
)

// FieldType is the form of a value; every value is text in its canonical form.
type FieldType string

// Types of fields.
const (
	TypeText   FieldType = "text"   // any UTF-8 without NUL, as entered
	TypeEnum   FieldType = "enum"   // one of Choices
	TypeDate   FieldType = "date"   // 2006-01-02
	TypeInt    FieldType = "int"    // decimal, 0 or more
	TypeBytes  FieldType = "bytes"  // decimal number of bytes
	TypeBool3  FieldType = "bool3"  // yes, no, unknown
	TypeIP     FieldType = "ip"     // IPv4 or IPv6 as net/netip writes it
	TypeMAC    FieldType = "mac"    // 00:00:5e:00:53:17
	TypeUser   FieldType = "user"   // a person, by name or user ID
	TypeVendor FieldType = "vendor" // a vendor's ID, or its name as written
	TypeFile   FieldType = "file"   // attachment ID of the same asset
	TypeTime   FieldType = "time"   // Unix ms; list columns only
)

// Group is the block of the page a field stands in. Shown by "asset.group." + word.
type Group string

// Groups in page order.
const (
	GroupBasic    Group = "basic"
	GroupHardware Group = "hardware"
	GroupSoftware Group = "software"
	GroupNetwork  Group = "network"
	GroupMobile   Group = "mobile"
	GroupPlace    Group = "place"
	GroupDuty     Group = "duty" // who answers for it: vendor, patches, contract
	GroupDates    Group = "dates"
	GroupLife     Group = "life" // trial, loan, disposal
)

// Groups is every group in page order.
var Groups = []Group{GroupBasic, GroupHardware, GroupSoftware, GroupNetwork, GroupMobile, GroupPlace, GroupDuty, GroupDates, GroupLife}

// Limits of text values, in characters. Wide enough for every real value that
// field tests of other ledgers mention; longer ones are refused, never cut.
const (
	maxText = 500
	maxLong = 10_000
)

// FieldInfo describes a field: one line of the table that drives validation,
// pages, lists, exports and completeness.
type FieldInfo struct {
	Name     Field
	Type     FieldType
	Group    Group
	MaxChars int
	Choices  []string // TypeEnum, TypeBool3
	Kinds    []Kind   // kinds it applies to; nil = all
	// Recorded fields are what people and papers know best: contract and CSV go
	// before what a machine says. Others are observed: the machine goes first.
	Recorded bool
	// ManualOnly fields are refused from every source but people and CSV.
	ManualOnly bool
	// ObservedOnly fields are refused from everybody but the machine itself.
	ObservedOnly bool
	List         bool // can be a column of lists; all fields are in exports
	Default      bool // column shown when nobody chose
	Search       bool // free text looks into it
}

var (
	yesNo     = []string{"yes", "no", "unknown"}
	onNetwork = []Kind{KindPC, KindServer, KindNetwork, KindVPN, KindMedical, KindPrinter, KindMobile, KindStorage, KindVM, KindOther}
	boxes     = []Kind{KindPC, KindServer, KindNetwork, KindVPN, KindMedical, KindPrinter, KindMobile, KindStorage, KindOther}
	computers = []Kind{KindPC, KindServer, KindMedical, KindMobile, KindStorage, KindVM, KindOther}
	firmware  = []Kind{KindNetwork, KindVPN, KindMedical, KindPrinter, KindStorage, KindOther, KindPC, KindServer}
	lines     = []Kind{KindMobile, KindPC, KindNetwork, KindVPN, KindMedical, KindOther}
)

// Fields is the table of fields in page order.
var Fields = []FieldInfo{
	{Name: FieldKind, Type: TypeEnum, Group: GroupBasic, Choices: words(Kinds), Recorded: true, List: true, Default: true},
	{Name: FieldStatus, Type: TypeEnum, Group: GroupBasic, Choices: words(Statuses), Recorded: true, ManualOnly: true, List: true, Default: true},
	{Name: FieldName, Type: TypeText, Group: GroupBasic, MaxChars: maxText, Recorded: true, List: true, Default: true, Search: true},
	{Name: FieldHostName, Type: TypeText, Group: GroupBasic, MaxChars: maxText, Kinds: onNetwork, List: true, Search: true},
	{Name: FieldAssetTag, Type: TypeText, Group: GroupBasic, MaxChars: maxText, Recorded: true, List: true, Default: true, Search: true},
	{Name: FieldPurpose, Type: TypeText, Group: GroupBasic, MaxChars: maxText, Recorded: true, List: true, Search: true},
	{Name: FieldCriticality, Type: TypeEnum, Group: GroupBasic, Choices: []string{"high", "medium", "low"}, Recorded: true, ManualOnly: true, List: true},
	{Name: FieldPatientData, Type: TypeBool3, Group: GroupBasic, Choices: yesNo, Recorded: true, List: true},

	{Name: FieldMaker, Type: TypeText, Group: GroupHardware, MaxChars: maxText, List: true, Search: true},
	{Name: FieldModel, Type: TypeText, Group: GroupHardware, MaxChars: maxText, List: true, Search: true},
	{Name: FieldSerial, Type: TypeText, Group: GroupHardware, MaxChars: maxText, Kinds: boxes, List: true, Search: true},
	{Name: FieldCPU, Type: TypeText, Group: GroupHardware, MaxChars: maxText, Kinds: computers, List: true},
	{Name: FieldMemoryBytes, Type: TypeBytes, Group: GroupHardware, Kinds: computers, List: true},
	{Name: FieldDiskBytes, Type: TypeBytes, Group: GroupHardware, Kinds: computers, List: true},

	{Name: FieldOSName, Type: TypeText, Group: GroupSoftware, MaxChars: maxText, Kinds: onNetwork, List: true, Default: true, Search: true},
	{Name: FieldOSVersion, Type: TypeText, Group: GroupSoftware, MaxChars: maxText, Kinds: onNetwork, List: true, Search: true},
	{Name: FieldFirmwareVersion, Type: TypeText, Group: GroupSoftware, MaxChars: maxText, Kinds: firmware, List: true, Search: true},
	{Name: FieldFirmwareOn, Type: TypeDate, Group: GroupSoftware, Kinds: firmware, List: true},
	{Name: FieldSwitchedOff, Type: TypeText, Group: GroupSoftware, MaxChars: maxText, Kinds: computers, ObservedOnly: true, List: true},

	{Name: FieldIP, Type: TypeIP, Group: GroupNetwork, Kinds: onNetwork, List: true, Default: true, Search: true},
	{Name: FieldMAC, Type: TypeMAC, Group: GroupNetwork, Kinds: onNetwork, List: true, Search: true},
	{Name: FieldSegment, Type: TypeText, Group: GroupNetwork, MaxChars: maxText, Kinds: onNetwork, Recorded: true, List: true, Search: true},
	{Name: FieldSwitchPort, Type: TypeText, Group: GroupNetwork, MaxChars: maxText, Kinds: onNetwork, List: true},
	{Name: FieldInternetFacing, Type: TypeBool3, Group: GroupNetwork, Choices: yesNo, Recorded: true, List: true},
	{Name: FieldRemoteMaintenance, Type: TypeBool3, Group: GroupNetwork, Choices: yesNo, Recorded: true, List: true},
	{Name: FieldLogDestination, Type: TypeText, Group: GroupNetwork, MaxChars: maxText, Recorded: true, List: true},

	{Name: FieldLine, Type: TypeText, Group: GroupMobile, MaxChars: maxText, Kinds: lines, Recorded: true, List: true, Search: true},
	{Name: FieldSIM, Type: TypeText, Group: GroupMobile, MaxChars: maxText, Kinds: lines, List: true, Search: true},
	{Name: FieldCarrier, Type: TypeText, Group: GroupMobile, MaxChars: maxText, Kinds: lines, Recorded: true, List: true},

	{Name: FieldDepartment, Type: TypeText, Group: GroupPlace, MaxChars: maxText, Recorded: true, List: true, Search: true},
	{Name: FieldBuilding, Type: TypeText, Group: GroupPlace, MaxChars: maxText, Recorded: true, List: true, Search: true},
	{Name: FieldRoom, Type: TypeText, Group: GroupPlace, MaxChars: maxText, Recorded: true, List: true, Default: true, Search: true},
	{Name: FieldCustodian, Type: TypeUser, Group: GroupPlace, MaxChars: maxText, Recorded: true, List: true, Default: true, Search: true},
	{Name: FieldUser, Type: TypeUser, Group: GroupPlace, MaxChars: maxText, Recorded: true, List: true, Search: true},

	{Name: FieldVendor, Type: TypeVendor, Group: GroupDuty, MaxChars: maxText, Recorded: true, List: true, Search: true},
	{Name: FieldPatchOwner, Type: TypeText, Group: GroupDuty, MaxChars: maxText, Recorded: true, List: true, Search: true},
	{Name: FieldContractRef, Type: TypeText, Group: GroupDuty, MaxChars: maxText, Recorded: true, List: true, Search: true},

	{Name: FieldPurchasedOn, Type: TypeDate, Group: GroupDates, Recorded: true, List: true},
	{Name: FieldWarrantyEndsOn, Type: TypeDate, Group: GroupDates, Recorded: true, List: true},
	{Name: FieldMaintenanceEndsOn, Type: TypeDate, Group: GroupDates, Recorded: true, List: true},
	{Name: FieldSupportEndsOn, Type: TypeDate, Group: GroupDates, Recorded: true, List: true},
	{Name: FieldVerifiedOn, Type: TypeDate, Group: GroupDates, Recorded: true, ManualOnly: true, List: true},

	{Name: FieldTrialEndsOn, Type: TypeDate, Group: GroupLife, Recorded: true, ManualOnly: true, List: true},
	{Name: FieldLoanEndsOn, Type: TypeDate, Group: GroupLife, Recorded: true, ManualOnly: true, List: true},
	{Name: FieldLoanTo, Type: TypeText, Group: GroupLife, MaxChars: maxText, Recorded: true, ManualOnly: true, List: true},
	{Name: FieldDisposedOn, Type: TypeDate, Group: GroupLife, Recorded: true, ManualOnly: true, List: true},
	{Name: FieldDisposalProof, Type: TypeFile, Group: GroupLife, Recorded: true, ManualOnly: true},
	{Name: FieldDisposalReason, Type: TypeText, Group: GroupLife, MaxChars: maxText, Recorded: true, ManualOnly: true},
	{Name: FieldNote, Type: TypeText, Group: GroupLife, MaxChars: maxLong, Recorded: true, Search: true},
}

// observedOrder and recordedOrder say whose value is shown when sources
// disagree, strongest first. docs/decisions/0005-provenance-and-temporal-facts.md
// gives the reasons.
var (
	observedOrder = []Source{SourceManual, SourceAgent, SourceUSB, SourceScript, SourceGLPI, SourceFusion, SourceOCS, SourceSNMP, SourceNetInventory, SourceDirectory, SourceVendor, SourceSBOM, SourceCSV, SourceContract, SourceFeed, SourcePassive}
	recordedOrder = []Source{SourceManual, SourceContract, SourceCSV, SourceVendor, SourceSBOM, SourceDirectory, SourceFeed, SourceSNMP, SourceNetInventory, SourceAgent, SourceUSB, SourceScript, SourceGLPI, SourceFusion, SourceOCS, SourcePassive}
)

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// fieldAt maps a field to its line in Fields.
var fieldAt = func() map[Field]int {
	m := make(map[Field]int, len(Fields))
	for i, f := range Fields {
		m[f.Name] = i
	}
	return m
}()

// Info gives the description of a field; ok is false when there is no such field.
func Info(f Field) (info FieldInfo, ok bool) {
	i, ok := fieldAt[f]
	if !ok {
		return FieldInfo{}, false
	}
	return Fields[i], true
}

// AppliesTo reports whether the field makes sense for a kind. A value may still
// be stored for other kinds (kinds are corrected later); pages just do not ask.
func (f FieldInfo) AppliesTo(k Kind) bool {
	if len(f.Kinds) == 0 {
		return true
	}
	return slices.Contains(f.Kinds, k)
}
