package web

import (
	"sonae/internal/identity"
	"sonae/internal/survey/network/scan"
)

// Rights beside the actions of identity's table.
const (
	public   identity.Action = ""          // anybody, also without signing in
	signedIn identity.Action = "signed in" // anybody who is signed in
)

// route is one line of the table: what is asked, who may ask, who answers.
type route struct {
	pattern string          // method and path, as net/http's ServeMux reads it
	action  identity.Action // an action of identity's table, public or signedIn
	handle  handler
	// maxBody bounds the body in bytes; 0 means maxFormBytes.
	maxBody int64
	// confined routes stay open while a person must first do something about
	// their own account (choose a password after their second factors were reset).
	confined bool
	// proof routes change what guards accounts: they need a password or factor given
	// in the last minutes, see prove.go.
	proof bool
}

// routes is every address of the pages. A test drives each one with every role
// and with none, and compares with identity's table of rights; another compares
// the public ones with a reviewed list.
func routes() []route {
	return []route{
		// Anybody
		{pattern: "GET /login", action: public, handle: loginForm},
		{pattern: "POST /login", action: public, handle: loginCheck},
		{pattern: "GET /login/second", action: public, handle: secondForm},
		{pattern: "POST /login/second", action: public, handle: secondCheck},
		{pattern: "POST /login/passkey/options", action: public, handle: passkeyLoginOptions},
		{pattern: "POST /login/passkey", action: public, handle: passkeyLogin},
		{pattern: "POST /logout", action: public, handle: logout},
		{pattern: "GET /setup", action: public, handle: setupForm},
		{pattern: "POST /setup", action: public, handle: setupDo},
		{pattern: "GET /welcome", action: public, handle: welcomeForm},
		{pattern: "POST /welcome", action: public, handle: welcomeDo},
		{pattern: "POST /preferences", action: public, handle: savePreferences},

		// Today and the shell
		{pattern: "GET /{$}", action: identity.TodayRead, handle: today},
		{pattern: "POST /today/later", action: identity.ProfileEdit, handle: todayLater},
		{pattern: "POST /today/later/back", action: identity.ProfileEdit, handle: todayLaterBack},
		{pattern: "POST /facility", action: signedIn, handle: chooseFacility},
		{pattern: "GET /prove", action: signedIn, handle: proveAsk, confined: true},
		{pattern: "POST /prove", action: signedIn, handle: proveDo, confined: true},
		{pattern: "POST /prove/passkey/options", action: signedIn, handle: provePasskeyOptions, confined: true},
		{pattern: "POST /prove/passkey", action: signedIn, handle: provePasskey, confined: true},
		{pattern: "GET /search", action: identity.AssetRead, handle: search},

		// Own settings
		{pattern: "GET /profile", action: identity.ProfileEdit, handle: profileForm, confined: true},
		{pattern: "POST /profile", action: identity.ProfileEdit, handle: profileUpdate},
		{pattern: "POST /profile/password", action: identity.ProfileEdit, handle: profilePassword, confined: true},
		{pattern: "POST /profile/totp/start", action: identity.ProfileEdit, handle: totpStart, proof: true},
		{pattern: "GET /profile/totp", action: identity.ProfileEdit, handle: totpForm},
		{pattern: "POST /profile/totp", action: identity.ProfileEdit, handle: totpConfirm, proof: true},
		{pattern: "POST /profile/totp/remove", action: identity.ProfileEdit, handle: totpRemove, proof: true},
		{pattern: "POST /profile/codes", action: identity.ProfileEdit, handle: codesRenew, proof: true},
		{pattern: "POST /profile/passkeys/options", action: identity.ProfileEdit, handle: passkeyAddOptions, proof: true},
		{pattern: "POST /profile/passkeys", action: identity.ProfileEdit, handle: passkeyAdd, proof: true},
		{pattern: "POST /profile/passkeys/{id}/remove", action: identity.ProfileEdit, handle: passkeyRemove, proof: true},
		{pattern: "POST /profile/sessions/revoke", action: identity.ProfileEdit, handle: sessionRevokeAll},
		{pattern: "POST /profile/sessions/{id}/revoke", action: identity.ProfileEdit, handle: sessionRevoke},

		// Organisation
		{pattern: "GET /organisation", action: identity.OrganisationRead, handle: dutyList},
		{pattern: "POST /organisation/appointments", action: identity.OrganisationEdit, handle: dutyAppoint},
		{pattern: "GET /organisation/appointments/{id}", action: identity.OrganisationRead, handle: appointmentShow},
		{pattern: "POST /organisation/appointments/{id}/files", action: identity.OrganisationEdit, handle: appointmentAttach, maxBody: maxUpload},
		{pattern: "GET /organisation/appointments/{id}/files/{file}", action: identity.OrganisationRead, handle: appointmentFile},
		{pattern: "POST /organisation/appointments/{id}/files/{file}/delete", action: identity.OrganisationEdit, handle: appointmentDetach},
		{pattern: "POST /organisation/appointments/{id}/end", action: identity.OrganisationEdit, handle: dutyEnd},
		{pattern: "GET /organisation/staff", action: identity.OrganisationRead, handle: staffList},
		{pattern: "POST /organisation/staff", action: identity.OrganisationEdit, handle: staffCreate},
		{pattern: "GET /organisation/staff/{id}", action: identity.OrganisationRead, handle: staffForm},
		{pattern: "POST /organisation/staff/{id}", action: identity.OrganisationEdit, handle: staffUpdate},
		{pattern: "POST /organisation/departments", action: identity.OrganisationEdit, handle: departmentCreate},
		{pattern: "GET /organisation/records", action: identity.OrganisationRead, handle: recordList},
		{pattern: "POST /organisation/records", action: identity.OrganisationEdit, handle: recordCreate},
		{pattern: "GET /organisation/records/{id}", action: identity.OrganisationRead, handle: recordShow},
		{pattern: "POST /organisation/records/{id}/files", action: identity.OrganisationEdit, handle: recordAttach, maxBody: maxUpload},
		{pattern: "GET /organisation/records/{id}/files/{file}", action: identity.OrganisationRead, handle: recordFile},
		{pattern: "POST /organisation/records/{id}/files/{file}/delete", action: identity.OrganisationEdit, handle: recordDetach},
		{pattern: "POST /organisation/records/{id}/withdraw", action: identity.OrganisationEdit, handle: recordWithdraw},

		// The network
		{pattern: "GET /network", action: identity.NetworkRead, handle: networkMap},
		{pattern: "GET /network/map.json", action: identity.NetworkRead, handle: networkData},
		{pattern: "GET /network/export", action: identity.NetworkExport, handle: networkExport},
		{pattern: "POST /network/places", action: identity.NetworkEdit, handle: networkPlaces},
		{pattern: "POST /network/places/clear", action: identity.NetworkEdit, handle: networkPlacesClear},
		{pattern: "GET /network/no-probe", action: identity.NetworkRead, handle: noProbeList},
		{pattern: "POST /network/no-probe", action: identity.NetworkEdit, handle: noProbeAdd},
		{pattern: "POST /network/no-probe/{id}/end", action: identity.NetworkEdit, handle: noProbeEnd},
		{pattern: "GET /network/segments", action: identity.NetworkRead, handle: segmentList},
		{pattern: "GET /network/segments/new", action: identity.NetworkEdit, handle: segmentNew},
		{pattern: "POST /network/segments", action: identity.NetworkEdit, handle: segmentCreate},
		{pattern: "GET /network/segments/{id}", action: identity.NetworkRead, handle: segmentShow},
		{pattern: "POST /network/segments/{id}", action: identity.NetworkEdit, handle: segmentUpdate},
		{pattern: "POST /network/segments/{id}/end", action: identity.NetworkEdit, handle: segmentEnd},
		{pattern: "GET /network/addresses", action: identity.NetworkRead, handle: addressPlan},
		{pattern: "GET /network/addresses/export.csv", action: identity.NetworkExport, handle: addressExport},

		// The ledger
		{pattern: "GET /assets", action: identity.AssetRead, handle: assetList},
		{pattern: "GET /assets/export.csv", action: identity.AssetExport, handle: assetExportCSV},
		{pattern: "GET /assets/export.xlsx", action: identity.AssetExport, handle: assetExportExcel},
		{pattern: "POST /assets/views", action: identity.ViewSave, handle: assetViewSave},
		{pattern: "POST /assets/views/{id}/delete", action: identity.ViewSave, handle: assetViewDelete},
		{pattern: "GET /assets/new", action: identity.AssetEdit, handle: assetNew},
		{pattern: "POST /assets", action: identity.AssetEdit, handle: assetCreate},
		{pattern: "POST /assets/bulk", action: identity.AssetEdit, handle: assetBulk},
		{pattern: "POST /assets/bulk/save", action: identity.AssetEdit, handle: assetBulkSave},
		{pattern: "GET /assets/conflicts", action: identity.AssetRead, handle: conflictMoved},
		{pattern: "GET /external", action: identity.NetworkRead, handle: externalList},
		{pattern: "GET /external/new", action: identity.NetworkEdit, handle: externalNew},
		{pattern: "POST /external", action: identity.NetworkEdit, handle: externalCreate},
		{pattern: "POST /external/refuse", action: identity.NetworkEdit, handle: externalRefuse},
		{pattern: "GET /external/{id}", action: identity.NetworkRead, handle: externalShow},
		{pattern: "POST /external/{id}", action: identity.NetworkEdit, handle: externalUpdate},
		{pattern: "POST /external/{id}/end", action: identity.NetworkEdit, handle: externalEnd},
		{pattern: "GET /unlisted", action: identity.NetworkRead, handle: unlistedList},
		{pattern: "GET /unlisted/device", action: identity.NetworkRead, handle: unlistedShow},
		{pattern: "GET /unlisted/finding", action: identity.NetworkRead, handle: findingShow},
		{pattern: "POST /unlisted/finding/aside", action: identity.NetworkEdit, handle: findingAside},
		{pattern: "POST /unlisted/finding/open", action: identity.NetworkEdit, handle: findingOpen},
		{pattern: "POST /unlisted/adopt", action: identity.AssetEdit, handle: unlistedAdopt},
		{pattern: "POST /unlisted/mark", action: identity.NetworkEdit, handle: unlistedMark},
		{pattern: "POST /unlisted/unmark", action: identity.NetworkEdit, handle: unlistedUnmark},
		{pattern: "GET /conflicts", action: identity.AssetRead, handle: conflictList},
		{pattern: "GET /conflicts/{id}", action: identity.AssetRead, handle: conflictShow},
		{pattern: "POST /conflicts/{id}/answer", action: identity.AssetEdit, handle: conflictAnswer},
		{pattern: "POST /conflicts/{id}/close", action: identity.AssetEdit, handle: conflictClose},
		{pattern: "GET /silence", action: identity.AssetRead, handle: silenceList},
		{pattern: "GET /silence/export.csv", action: identity.AssetExport, handle: silenceExport},
		{pattern: "GET /silence/intervals", action: identity.AssetRead, handle: silenceIntervals},
		{pattern: "POST /silence/intervals", action: identity.SilenceManage, handle: silenceIntervalSet},
		{pattern: "POST /silence/closed", action: identity.SilenceManage, handle: silenceClose},
		{pattern: "POST /silence/closed/remove", action: identity.SilenceManage, handle: silenceReopen},
		{pattern: "POST /assets/{id}/silence", action: identity.AssetEdit, handle: assetExcept},
		{pattern: "POST /assets/{id}/silence/{exception}/end", action: identity.AssetEdit, handle: assetExceptEnd},
		{pattern: "GET /imports", action: identity.AssetRead, handle: importList},
		{pattern: "GET /imports/new", action: identity.AssetImport, handle: importNew},
		{pattern: "POST /imports", action: identity.AssetImport, handle: importCreate, maxBody: maxUpload},
		{pattern: "GET /imports/{id}", action: identity.AssetRead, handle: importShow},
		{pattern: "POST /imports/{id}/columns", action: identity.AssetImport, handle: importArrange},
		{pattern: "POST /imports/{id}/asset", action: identity.AssetImport, handle: importChoose},
		{pattern: "POST /imports/{id}/start", action: identity.AssetImport, handle: importStart},
		{pattern: "POST /imports/{id}/undo", action: identity.AssetImport, handle: importUndo},
		{pattern: "POST /imports/{id}/discard", action: identity.AssetImport, handle: importDiscard},
		{pattern: "GET /assets/{id}", action: identity.AssetRead, handle: assetShow},
		{pattern: "GET /assets/{id}/protection", action: identity.AssetRead, handle: assetProtection},
		{pattern: "GET /assets/{id}/software", action: identity.AssetRead, handle: assetSoftware},
		{pattern: "GET /assets/{id}/accounts", action: identity.AssetRead, handle: assetAccounts},
		{pattern: "POST /assets/{id}/accounts/owner", action: identity.AssetEdit, handle: accountOwner},
		{pattern: "GET /assets/{id}/network", action: identity.AssetRead, handle: assetNetwork},
		{pattern: "GET /assets/{id}/documents", action: identity.AssetRead, handle: assetDocuments},
		{pattern: "GET /assets/{id}/history", action: identity.AssetRead, handle: assetHistory},
		{pattern: "GET /assets/{id}/merges", action: identity.AssetRead, handle: assetMerges},
		{pattern: "POST /assets/{id}/merge", action: identity.AssetEdit, handle: assetMerge},
		{pattern: "POST /assets/{id}/split", action: identity.AssetEdit, handle: assetSplit},
		{pattern: "POST /assets/{id}/merges/{merge}/undo", action: identity.AssetEdit, handle: assetUnmerge},
		{pattern: "GET /assets/{id}/edit", action: identity.AssetEdit, handle: assetEdit},
		{pattern: "POST /assets/{id}/edit", action: identity.AssetEdit, handle: assetUpdate},
		{pattern: "POST /assets/{id}/decide", action: identity.AssetEdit, handle: assetDecide},
		{pattern: "GET /assets/{id}/disposal/new", action: identity.AssetRetire, handle: assetRetire},
		{pattern: "POST /assets/{id}/disposal", action: identity.AssetRetire, handle: assetDispose, maxBody: maxUpload},
		{pattern: "POST /assets/{id}/systems", action: identity.AssetEdit, handle: assetJoin},
		{pattern: "POST /assets/{id}/systems/remove", action: identity.AssetEdit, handle: assetLeave},
		{pattern: "POST /assets/{id}/files", action: identity.AttachmentEdit, handle: assetAttach, maxBody: maxUpload},
		{pattern: "GET /assets/{id}/files/{file}", action: identity.AttachmentRead, handle: assetFile},
		{pattern: "POST /assets/{id}/files/{file}/delete", action: identity.AttachmentEdit, handle: assetDetach},
		{pattern: "GET /software/removed", action: identity.AssetRead, handle: softwareRemoved},
		{pattern: "GET /accounts", action: identity.AssetRead, handle: accountList},
		{pattern: "POST /accounts/directory/owner", action: identity.AssetEdit, handle: entryOwner},
		{pattern: "GET /services", action: identity.AssetRead, handle: serviceList},
		{pattern: "POST /services/decide", action: identity.AssetEdit, handle: serviceDecide},
		{pattern: "GET /guideline", action: identity.GuidelineRead, handle: guidelineShow},

		// Vendors and contracts
		{pattern: "GET /vendors", action: identity.VendorRead, handle: vendorList},
		{pattern: "GET /vendors/new", action: identity.VendorEdit, handle: vendorNew},
		{pattern: "POST /vendors", action: identity.VendorEdit, handle: vendorCreate},
		{pattern: "GET /vendors/{id}", action: identity.VendorRead, handle: vendorForm},
		{pattern: "POST /vendors/{id}", action: identity.VendorEdit, handle: vendorUpdate},
		{pattern: "GET /vendors/{id}/contracts/new", action: identity.VendorEdit, handle: contractNew},
		{pattern: "POST /vendors/{id}/contracts", action: identity.VendorEdit, handle: contractCreate},
		{pattern: "GET /contracts/{id}", action: identity.VendorRead, handle: contractForm},
		{pattern: "POST /contracts/{id}", action: identity.VendorEdit, handle: contractUpdate},

		// Checklists and packs
		{pattern: "GET /checklists", action: identity.ChecklistRead, handle: checklistStart},
		{pattern: "GET /checklists/{edition}/{sheet}", action: identity.ChecklistRead, handle: checklistShow},
		{pattern: "POST /checklists/{edition}/{sheet}/answer", action: identity.ChecklistConfirm, handle: checklistAnswer},
		{pattern: "POST /checklists/{edition}/{sheet}/link", action: identity.ChecklistConfirm, handle: checklistLink},
		{pattern: "POST /checklists/{edition}/{sheet}/files", action: identity.ChecklistConfirm, handle: checklistAttach, maxBody: maxUpload},
		{pattern: "GET /checklists/{edition}/{sheet}/files/{file}", action: identity.ChecklistRead, handle: checklistFile},
		{pattern: "POST /checklists/{edition}/{sheet}/unlink", action: identity.ChecklistConfirm, handle: checklistUnlink},
		{pattern: "POST /checklists/{edition}/{sheet}/wording", action: identity.ChecklistConfirm, handle: checklistWording},
		{pattern: "GET /packs", action: identity.PackRead, handle: packList},
		{pattern: "POST /packs", action: identity.PackMake, handle: packMake},
		{pattern: "GET /packs/{id}/file", action: identity.PackRead, handle: packFile},

		// Audit log
		{pattern: "GET /audit", action: identity.AuditRead, handle: auditList},
		{pattern: "POST /audit/verify", action: identity.AuditRead, handle: auditVerify},
		{pattern: "GET /audit/export", action: identity.AuditExport, handle: auditExport},

		// Agents
		{pattern: "GET /devices", action: identity.DeviceRead, handle: deviceList},
		{pattern: "GET /devices/install", action: identity.DeviceRead, handle: deviceInstall},
		{pattern: "POST /devices/tokens", action: identity.DeviceManage, handle: enrolCreate, proof: true},
		{pattern: "POST /devices/tokens/{id}/revoke", action: identity.DeviceManage, handle: enrolRevoke},
		{pattern: "POST /devices/entries", action: identity.EntryManage, handle: entryOpen, proof: true},
		{pattern: "POST /devices/entries/{id}/close", action: identity.EntryManage, handle: entryClose},
		{pattern: "GET /devices/entries/{id}", action: identity.DeviceRead, handle: entryShow},
		{pattern: "POST /devices/entries/{id}/certificates", action: identity.EntryManage, handle: entryCertificateAdd, proof: true},
		{pattern: "POST /devices/entries/{id}/issued", action: identity.EntryManage, handle: entryCertificateIssue, proof: true},
		{pattern: "POST /devices/entries/{id}/certificates/{certificate}/remove", action: identity.EntryManage, handle: entryCertificateRemove},
		{pattern: "POST /devices/trust", action: identity.DeviceManage, handle: deviceTrust, proof: true},
		{pattern: "GET /devices/policies", action: identity.DeviceRead, handle: policyList},
		{pattern: "POST /devices/policies", action: identity.DeviceManage, handle: policySet},
		{pattern: "POST /devices/policies/{id}/remove", action: identity.DeviceManage, handle: policyRemove},
		{pattern: "GET /devices/{id}", action: identity.DeviceRead, handle: deviceShow},
		{pattern: "GET /devices/kits", action: identity.DeviceRead, handle: kitList},
		{pattern: "POST /devices/kits", action: identity.DeviceManage, handle: kitCreate, proof: true},
		{pattern: "POST /devices/kits/{id}/revoke", action: identity.DeviceManage, handle: kitRevoke},
		{pattern: "POST /devices/{id}/revoke", action: identity.DeviceManage, handle: deviceRevoke},
		{pattern: "POST /devices/{id}/takeover", action: identity.DeviceManage, handle: deviceTakeover, proof: true},

		// Searches of the network
		{pattern: "GET /network/scans", action: identity.NetworkRead, handle: scanList},
		{pattern: "GET /network/scans/new", action: identity.NetworkEdit, handle: scanNew},
		{pattern: "POST /network/scans", action: identity.NetworkEdit, handle: scanCreate},
		{pattern: "POST /network/scans/accept", action: identity.NetworkEdit, handle: scanAccept},
		{pattern: "POST /network/scans/refuse", action: identity.NetworkEdit, handle: scanRefuse},
		{pattern: "GET /network/scans/proof", action: identity.NetworkRead, handle: scanProof},
		{pattern: "GET /network/scans/{id}", action: identity.NetworkRead, handle: scanShow},
		{pattern: "POST /network/scans/{id}", action: identity.NetworkEdit, handle: scanUpdate},
		{pattern: "POST /network/scans/{id}/run", action: identity.NetworkEdit, handle: scanBegin},
		{pattern: "POST /network/scans/{id}/end", action: identity.NetworkEdit, handle: scanEnd},
		{pattern: "GET /network/scans/{id}/runs/{run}", action: identity.NetworkRead, handle: scanReport},
		{pattern: "GET /network/scans/{id}/runs/{run}/sent", action: identity.NetworkRead, handle: scanSent},
		{pattern: "POST /network/scans/{id}/runs/{run}/pause", action: identity.NetworkEdit, handle: scanMove(pauseRun, "paused", "scan.paused")},
		{pattern: "POST /network/scans/{id}/runs/{run}/resume", action: identity.NetworkEdit, handle: scanMove(scan.GoOn, "resumed", "scan.resumed")},
		{pattern: "POST /network/scans/{id}/runs/{run}/stop", action: identity.NetworkEdit, handle: scanMove(stopRun, "stopped", "scan.stopped")},
		{pattern: "GET /network/credentials", action: identity.NetworkRead, handle: scanKeyList},
		{pattern: "GET /network/credentials/new", action: identity.CredentialManage, handle: scanKeyNew},
		{pattern: "POST /network/credentials", action: identity.CredentialManage, handle: scanKeyCreate},
		{pattern: "GET /network/credentials/{id}/edit", action: identity.CredentialManage, handle: scanKeyShow},
		{pattern: "POST /network/credentials/{id}", action: identity.CredentialManage, handle: scanKeyUpdate},
		{pattern: "POST /network/credentials/{id}/try", action: identity.CredentialManage, handle: scanKeyTry},
		{pattern: "POST /network/credentials/{id}/remove", action: identity.CredentialManage, handle: scanKeyRemove},

		// Directories
		{pattern: "GET /directories", action: identity.DirectoryRead, handle: directoryList},
		{pattern: "GET /directories/new", action: identity.DirectoryManage, handle: directoryNew},
		{pattern: "POST /directories", action: identity.DirectoryManage, handle: directoryCreate},
		{pattern: "GET /directories/{id}", action: identity.DirectoryRead, handle: directoryShow},
		{pattern: "POST /directories/{id}", action: identity.DirectoryManage, handle: directoryUpdate},
		{pattern: "POST /directories/{id}/test", action: identity.DirectoryManage, handle: directoryTest},
		{pattern: "POST /directories/{id}/read", action: identity.DirectoryManage, handle: directoryRead},
		{pattern: "POST /directories/{id}/stop", action: identity.DirectoryManage, handle: directoryStop},

		// People, programs, facilities
		{pattern: "GET /users", action: identity.UserRead, handle: userList},
		{pattern: "GET /users/new", action: identity.UserManage, handle: userNew},
		{pattern: "POST /users", action: identity.UserManage, handle: userCreate, proof: true},
		{pattern: "GET /users/{id}", action: identity.UserRead, handle: userForm},
		{pattern: "POST /users/{id}", action: identity.UserManage, handle: userUpdate},
		{pattern: "POST /users/{id}/grants", action: identity.UserManage, handle: userGrantAdd, proof: true},
		{pattern: "POST /users/{id}/grants/remove", action: identity.UserManage, handle: userGrantRemove, proof: true},
		{pattern: "POST /users/{id}/disable", action: identity.UserManage, handle: userDisable},
		{pattern: "POST /users/{id}/enable", action: identity.UserManage, handle: userEnable, proof: true},
		{pattern: "POST /users/{id}/second", action: identity.UserManage, handle: userSecondReset, proof: true},
		{pattern: "POST /users/{id}/link", action: identity.UserManage, handle: userLink, proof: true},
		{pattern: "POST /users/{id}/link/revoke", action: identity.UserManage, handle: userLinkRevoke},
		{pattern: "GET /tokens", action: identity.TokenRead, handle: tokenList},
		{pattern: "POST /tokens", action: identity.TokenManage, handle: tokenCreate, proof: true},
		{pattern: "POST /tokens/{id}/revoke", action: identity.TokenManage, handle: tokenRevoke, proof: true},
		{pattern: "GET /facilities", action: identity.TodayRead, handle: facilityList},
		{pattern: "POST /facilities", action: identity.FacilityManage, handle: facilityCreate},
		{pattern: "GET /facilities/{id}", action: identity.TodayRead, handle: facilityForm},
		{pattern: "POST /facilities/{id}", action: identity.FacilityManage, handle: facilityUpdate},
	}
}
