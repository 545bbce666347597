package identity

import (
	"slices"
	"strings"
)

// Action names something a principal may do. Its value is stable: it stands in
// audit entries and in the texts ("identity.action." + value).
type Action string

// The actions. What each covers is said in docs/roles.md and in the texts.
const (
	TodayRead        Action = "today.read"
	AssetRead        Action = "asset.read"
	AssetEdit        Action = "asset.edit"
	AssetRetire      Action = "asset.retire"
	AssetImport      Action = "asset.import"
	AssetExport      Action = "asset.export"
	NetworkRead      Action = "network.read"
	NetworkExport    Action = "network.export"
	NetworkEdit      Action = "network.edit"
	AttachmentRead   Action = "attachment.read"
	AttachmentEdit   Action = "attachment.edit"
	ChecklistRead    Action = "checklist.read"
	ChecklistConfirm Action = "checklist.confirm"
	EvidenceRead     Action = "evidence.read"
	PackRead         Action = "pack.read"
	PackMake         Action = "pack.make"
	GuidelineRead    Action = "guideline.read"
	OrganisationRead Action = "organisation.read"
	OrganisationEdit Action = "organisation.edit"
	VendorRead       Action = "vendor.read"
	VendorEdit       Action = "vendor.edit"
	DeviceRead       Action = "device.read"
	DeviceManage     Action = "device.manage"
	EntryManage      Action = "entry.manage"
	DirectoryRead    Action = "directory.read"
	DirectoryManage  Action = "directory.manage"
	CredentialManage Action = "credential.manage" // of searches: SNMP
	SilenceManage    Action = "silence.manage"
	UserRead         Action = "user.read"
	UserManage       Action = "user.manage"
	TokenRead        Action = "token.read"
	TokenManage      Action = "token.manage"
	FacilityManage   Action = "facility.manage"
	AuditRead        Action = "audit.read"
	AuditExport      Action = "audit.export"
	JobRead          Action = "job.read"
	JobManage        Action = "job.manage"
	ViewSave         Action = "view.save"
	ProfileEdit      Action = "profile.edit"
)

// Role is a set of rights in the words of the guideline.
type Role string

// The roles.
const (
	Administrator Role = "administrator" // システム管理者: everything, including people and keys
	Executive     Role = "executive"     // 経営層: sees the state, decides outside the system
	Manager       Role = "manager"       // 企画管理者・医療情報システム安全管理責任者: answers for the checklist
	Operator      Role = "operator"      // システム運用担当者: keeps the ledger and the agents
	Auditor       Role = "auditor"       // 監査担当者: sees all, changes nothing
	Department    Role = "department"    // 部署担当者: the devices of one department
)

// Roles lists the roles in the order they are shown.
func Roles() []Role {
	return []Role{Administrator, Executive, Manager, Operator, Auditor, Department}
}

// Key is the message key of the role's name.
func (r Role) Key() string { return "identity.role." + string(r) }

// Valid reports whether r is one of Roles.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Key is the message key that says what the action covers.
func (a Action) Key() string { return "identity.action." + string(a) }

// right is one row of the table: who may do an action, and its nature.
type right struct {
	action Action
	// reads is true when nothing changes; a token of scope "read" may do it.
	reads bool
	// perDepartment is true when a grant's department limits it: things that
	// belong to a department. Everything else ignores the department.
	perDepartment bool
	roles         string // one letter a role, see letters
}

// letters: A administrator, E executive, M manager, O operator, U auditor, D department.
var letters = map[Role]string{
	Administrator: "A", Executive: "E", Manager: "M", Operator: "O", Auditor: "U", Department: "D",
}

// rights is the one table of who may do what. The reasons are in docs/roles.md,
// whose table is generated from this one.
var rights = []right{
	{TodayRead, true, false, "AEMOUD"},
	{AssetRead, true, true, "AEMOUD"},
	{AssetEdit, false, true, "A MO D"},
	{AssetRetire, false, true, "A MO  "},
	{AssetImport, false, true, "A MO  "},
	{AssetExport, true, true, "AEMOUD"},
	{NetworkRead, true, false, "AEMOU "},
	{NetworkExport, true, false, "AEMOU "},
	{NetworkEdit, false, false, "A MO  "},
	{AttachmentRead, true, true, "AEMOUD"},
	{AttachmentEdit, false, true, "A MO D"},
	{ChecklistRead, true, false, "AEMOU "},
	{ChecklistConfirm, false, false, "A M   "},
	{EvidenceRead, true, false, "AEMOU "},
	{PackRead, true, false, "AEMOU "},
	{PackMake, false, false, "A M   "},
	{GuidelineRead, true, false, "AEMOUD"},
	{OrganisationRead, true, false, "AEMOUD"},
	{OrganisationEdit, false, false, "A M   "},
	{VendorRead, true, false, "AEMOUD"},
	{VendorEdit, false, false, "A MO  "},
	{DeviceRead, true, false, "A MOU "},
	{DeviceManage, false, false, "A  O  "},
	{EntryManage, false, false, "A     "},
	{DirectoryRead, true, false, "A MOU "},
	{DirectoryManage, false, false, "A     "},
	{CredentialManage, false, false, "A     "},
	{SilenceManage, false, false, "A     "},
	{UserRead, true, false, "A M U "},
	{UserManage, false, false, "A     "},
	{TokenRead, true, false, "A M U "},
	{TokenManage, false, false, "A     "},
	{FacilityManage, false, false, "A     "},
	{AuditRead, true, false, "AEM U "},
	{AuditExport, true, false, "A M U "},
	{JobRead, true, false, "A MOU "},
	{JobManage, false, false, "A  O  "},
	{ViewSave, false, false, "AEMOUD"},
	{ProfileEdit, false, false, "AEMOUD"},
}

// byAction finds a row; it is written once when the program starts.
var byAction = func() map[Action]right {
	m := make(map[Action]right, len(rights))
	for _, r := range rights {
		m[r.action] = r
	}
	return m
}()

// Actions lists all actions in the order of the table.
func Actions() []Action {
	all := make([]Action, len(rights))
	for i, r := range rights {
		all[i] = r.action
	}
	return all
}

// Allowed reports whether a role may do an action, within the limits of its
// grant. An unknown role or action is never allowed.
func Allowed(role Role, action Action) bool {
	letter, known := letters[role]
	return known && strings.Contains(byAction[action].roles, letter)
}

// Reads reports whether the action changes nothing.
func (a Action) Reads() bool { return byAction[a].reads }

// PerDepartment reports whether the department of a grant limits the action.
func (a Action) PerDepartment() bool { return byAction[a].perDepartment }
