package view

// layoutParts are the partials of each layout.
var layoutParts = map[string][]string{
	"layout_app":  {"part_head.html", "part_flash.html", "part_preferences.html"},
	"layout_gate": {"part_head.html", "part_flash.html", "part_preferences.html"},
}

const (
	app  = "layout_app"  // signed in: top bar, navigation, page
	gate = "layout_gate" // nobody yet, or an error: brand and one card
)

// list is every view: struct, layout, template file, partials it uses. A new
// view adds its line here and a sample in samples_test.go.
func list() []spec {
	return []spec{
		{&Problem{}, gate, "problem", nil},
		{&AppProblem{}, app, "problem", nil},
		{&Login{}, gate, "login", []string{"field"}},
		{&LoginSecond{}, gate, "login_second", []string{"field"}},
		{&Setup{}, gate, "setup", []string{"field"}},
		{&SetupGone{}, gate, "setup_gone", []string{"field"}},
		{&Welcome{}, gate, "welcome", []string{"field"}},
		{&Prove{}, app, "prove", []string{"field"}},
		{&Today{}, app, "today", nil},
		{&Once{}, app, "once", []string{"secret"}},
		{&Profile{}, app, "profile", []string{"field"}},
		{&TOTP{}, app, "totp", []string{"field", "secret"}},
		{&Duties{}, app, "duties", []string{"tabs", "field"}},
		{&StaffList{}, app, "staff", []string{"tabs", "field", "table"}},
		{&StaffForm{}, app, "staff_form", []string{"field"}},
		{&RecordList{}, app, "records", []string{"tabs", "field", "table"}},
		{&Documents{}, app, "documents", nil},
		{&VendorList{}, app, "vendors", []string{"field", "table", "contracts"}},
		{&VendorForm{}, app, "vendor_form", []string{"field", "contracts"}},
		{&ContractForm{}, app, "contract_form", []string{"field"}},
		{&Checklist{}, app, "checklist", []string{"field"}},
		{&VendorSheets{}, app, "vendor_sheets", nil},
		{&Packs{}, app, "packs", []string{"field", "table"}},
		{&AuditList{}, app, "audit", []string{"field", "table"}},
		{&DeviceList{}, app, "devices", []string{"field", "table"}},
		{&DirectoryList{}, app, "directories", nil},
		{&SilenceList{}, app, "silence", []string{"table"}},
		{&SilenceIntervals{}, app, "silence_intervals", []string{"field"}},
		{&DirectoryForm{}, app, "directory_form", []string{"field", "tabs", "table"}},
		{&PolicyList{}, app, "policies", []string{"field", "table"}},
		{&DeviceInstall{}, app, "device_install", []string{"secret"}},
		{&DeviceShow{}, app, "device_show", []string{"field"}},
		{&EntryShow{}, app, "entry_show", []string{"field"}},
		{&KitList{}, app, "kits", []string{"field", "table"}},
		{&UserList{}, app, "users", []string{"table"}},
		{&UserForm{}, app, "user_form", []string{"field"}},
		{&TokenList{}, app, "tokens", []string{"field"}},
		{&FacilityList{}, app, "facilities", []string{"field"}},
		{&FacilityForm{}, app, "facility_form", []string{"field"}},
		{&AssetList{}, app, "assets", []string{"field"}},
		{&AssetShow{}, app, "asset_show", []string{"asset_head", "guard", "field"}},
		{&AssetProtection{}, app, "asset_protection", []string{"asset_head", "guard"}},
		{&AssetSoftware{}, app, "asset_software", []string{"asset_head", "table"}},
		{&AssetAccounts{}, app, "asset_accounts", []string{"asset_head", "account_cells", "table"}},
		{&AssetNetwork{}, app, "asset_network", []string{"asset_head", "device_parts"}},
		{&AssetDocuments{}, app, "asset_documents", []string{"asset_head", "contracts"}},
		{&AssetHistory{}, app, "asset_history", []string{"asset_head", "table"}},
		{&AssetNew{}, app, "asset_new", []string{"asset_fields", "field"}},
		{&AssetEdit{}, app, "asset_edit", []string{"asset_fields", "field"}},
		{&AssetRetire{}, app, "asset_retire", []string{"field"}},
		{&AssetBulk{}, app, "asset_bulk", []string{"field"}},
		{&ImportList{}, app, "imports", []string{"table"}},
		{&ImportNew{}, app, "import_new", []string{"field"}},
		{&ImportShow{}, app, "import_show", []string{"table", "import_bill"}},
		{&ConflictList{}, app, "conflicts", []string{"table"}},
		{&ConflictShow{}, app, "conflict_show", nil},
		{&UnlistedList{}, app, "unlisted", []string{"table"}},
		{&UnlistedShow{}, app, "unlisted_show", []string{"field"}},
		{&ExternalList{}, app, "externals", nil},
		{&ExternalForm{}, app, "external_form", []string{"field"}},
		{&AssetMerges{}, app, "asset_merges", []string{"asset_head"}},
		{&AccountList{}, app, "accounts", []string{"tabs", "account_cells", "table"}},
		{&ServiceList{}, app, "asset_services", []string{"tabs"}},
		{&SoftwareRemoved{}, app, "software_removed", []string{"table"}},
		{&NetworkMap{}, app, "network", nil},
		{&AddressPlan{}, app, "addresses", nil},
		{&Guideline{}, app, "guideline", nil},
	}
}
