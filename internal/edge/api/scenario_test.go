package api_test

import (
	"archive/zip"
	"bytes"
	"context"
	"mime/multipart"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"sonae/internal/edge/directory/directorytest"
	"sonae/internal/identity"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/review/evidence"
	"sonae/internal/review/inspection"
	"sonae/internal/survey/account"
	"sonae/internal/survey/network"
)

// burstTime is long enough for two failures of a stranger to be forgiven.
const burstTime = 10 * time.Second

// form makes a multipart body with one file.
func form(name string, content []byte) (body []byte, media string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		panic(err) // a buffer takes everything
	}
	_, _ = part.Write(content)
	_ = w.Close()
	return b.Bytes(), w.FormDataContentType()
}

// scenario is a request of the administrator and the answer to expect. $NAME in
// path and body stands for what an earlier step remembered.
type scenario struct {
	op       string // operation it is about
	method   string
	path     string
	body     string
	status   int               // 0 = 200
	want     []string          // texts that the answer holds
	not      []string          // texts that it does not hold
	remember map[string]string // name → field of the answer
}

// story is one success of every operation, and the refusals that matter, in an
// order in which each step finds what it needs.
var story = []scenario{
	{op: "listFacilities", path: "/facilities?limit=1", want: []string{`"total":2`, `"created_at":"2026-11-24T00:30:00Z"`}, remember: map[string]string{"next": "next"}},
	{op: "listFacilities", path: "/facilities?limit=1&cursor=$next", want: []string{`"next":""`}},
	{op: "listFacilities", path: "/facilities?cursor=bm9uc2Vuc2U", status: 422, want: []string{`"place":"cursor"`}},
	{op: "createFacility", method: "POST", path: "/facilities", body: `{"name":"健診センター","kind":"clinic"}`, status: 201, remember: map[string]string{"clinic": "id"}},
	{op: "createFacility", method: "POST", path: "/facilities", body: `{"name":"健診センター"}`, status: 409, want: []string{`"code":"conflict"`, `"place":"name"`}},
	{op: "createFacility", method: "POST", path: "/facilities", body: `{"name":"x","beds":-1}`, status: 422, want: []string{`"place":"body.beds"`}},
	{op: "getFacility", path: "/facilities/$clinic", want: []string{`"name":"健診センター"`}},
	{op: "updateFacility", method: "PATCH", path: "/facilities/$clinic", body: `{"code":"1234567"}`, want: []string{`"code":"1234567"`, `"kind":"clinic"`}},

	{op: "createVendor", method: "POST", path: "/vendors", body: `{"name":"株式会社例示","kind":"system","emergency_phone":"000-0000-0000"}`, status: 201, remember: map[string]string{"vendor": "id"}},
	{op: "createVendor", method: "POST", path: "/vendors", body: `{"name":"㈱例示"}`, status: 409},
	{op: "createVendor", method: "POST", path: "/vendors", body: `{"name":"y","kind":"emr"}`, status: 422, want: []string{`"place":"kind"`}},
	{op: "listVendors", path: "/vendors?q=例示", want: []string{`"total":1`}},
	{op: "getVendor", path: "/vendors/$vendor", want: []string{`"rev":1`}},
	{op: "updateVendor", method: "PATCH", path: "/vendors/$vendor", body: `{"rev":1,"note":"夜間も可"}`, want: []string{`"rev":2`, `"emergency_phone":"000-0000-0000"`}},
	{op: "updateVendor", method: "PATCH", path: "/vendors/$vendor", body: `{"rev":1,"note":"x"}`, status: 409},

	{op: "createDepartment", method: "POST", path: "/departments", body: `{"facility_id":"$A","name":"医療情報室"}`, status: 201, remember: map[string]string{"department": "id"}},
	{op: "updateDepartment", method: "PATCH", path: "/departments/$department", body: `{"rev":1,"phone":"内線 100"}`, want: []string{`"rev":2`}},
	{op: "createStaff", method: "POST", path: "/staff", body: `{"facility_id":"$A","number":"S1","name":"架空 太郎","department":"放射線科","job":"技師","employed_from":"2020-04-01","employed_until":""}`, status: 201, remember: map[string]string{"staff": "id"}},
	{op: "createStaff", method: "POST", path: "/staff", body: `{"facility_id":"$A","number":"S2","name":"架空 次郎","department":"放射線科"}`, status: 201},
	{op: "createStaff", method: "POST", path: "/staff", body: `{"facility_id":"$A","number":"S1","name":"x"}`, status: 409},
	{op: "listDepartments", path: "/departments?facility=$A", want: []string{`"total":2`, "放射線科"}},
	{op: "listStaff", path: "/staff?q=太郎", want: []string{`"total":1`}},
	{op: "getStaff", path: "/staff/$staff", want: []string{`"department_id":"`}},
	{op: "updateStaff", method: "PATCH", path: "/staff/$staff", body: `{"rev":1,"department_id":"$department"}`, want: []string{`"department_id":"$department"`}},
	{op: "createAppointment", method: "POST", path: "/appointments", body: `{"facility_id":"$A","role":"safety_manager","staff_id":"$staff","appointed_by":"病院長","appointed_on":"2026-04-01","note":"任命書 1"}`, status: 201, remember: map[string]string{"appointment": "id"}},
	{op: "listAppointments", path: "/appointments?active_on=2026-11-24", want: []string{`"total":1`}},
	{op: "updateAppointment", method: "PATCH", path: "/appointments/$appointment", body: `{"rev":1,"until_on":"2027-03-31"}`, want: []string{`"until_on":"2027-03-31"`}},
	{op: "createRecord", method: "POST", path: "/records", body: `{"facility_id":"$A","kind":"stocktake","title":"全館の棚卸し","held_on":"2026-10-01","held_by":"医療情報室"}`, status: 201, remember: map[string]string{"record": "id"}},
	{op: "updateRecord", method: "PATCH", path: "/records/$record", body: `{"rev":1,"note":"不明機 2台"}`, want: []string{`"rev":2`}},
	{op: "listRecords", path: "/records?kind=stocktake&from=2026-10-01", want: []string{`"total":1`}},
	{op: "listRecords", path: "/records?from=yesterday", status: 422, want: []string{`"place":"from"`}},
	{op: "withdrawRecord", method: "POST", path: "/records/$record/withdraw", body: `{"rev":2,"why":"日付の誤り"}`, want: []string{`"withdrawn_why":"日付の誤り"`}},
	{op: "listRecords", path: "/records", want: []string{`"total":0`}},

	{op: "createAsset", method: "POST", path: "/assets", body: `{"facility_id":"$A","kind":"system","status":"in_use","values":{"name":"電子カルテ","vendor":"$vendor","custodian":"医療情報室長"}}`, status: 201, remember: map[string]string{"system": "id"}},
	{op: "createAsset", method: "POST", path: "/assets", body: `{"facility_id":"$A","kind":"pc","values":{"name":"外来-PC-1","serial":"SN1","department":"外来","memory_bytes":"8589934592"},"system_ids":["$system"]}`, status: 201, want: []string{`"name":"電子カルテ"`}, remember: map[string]string{"asset": "id"}},
	{op: "createAsset", method: "POST", path: "/assets", body: `{"facility_id":"$A","kind":"pc","values":{"name":"x","serial":"sn1"}}`, status: 409, want: []string{`"place":"serial"`}},
	{op: "createAsset", method: "POST", path: "/assets", body: `{"facility_id":"$A","kind":"vpn","values":{"name":"x"}}`, status: 422, want: []string{`"place":"patch_owner"`}},
	{op: "createAsset", method: "POST", path: "/assets", body: `{"facility_id":"$A","kind":"pc","values":{"name":"x","kind":"server"}}`, status: 422, want: []string{`"place":"kind"`}},
	{op: "createAsset", method: "POST", path: "/assets", body: `{"facility_id":"$A","kind":"pc","values":{"name":"x","colour":"red"}}`, status: 422, want: []string{`"place":"colour"`}},
	{op: "createAsset", method: "POST", path: "/assets", body: `{"facility_id":"$A","kind":"pc","values":{"name":"x","ip":"10.0.0.256"}}`, status: 422, want: []string{`"place":"ip"`}},
	{op: "listAssets", path: "/assets?kind=pc&kind=system&facets=true&sort=-name", want: []string{`"total":3`, `"field":"department"`, `{"value":"外来","count":1}`}},
	{op: "listAssets", path: "/assets?department=", want: []string{`"total":2`, "電子カルテ"}},
	{op: "listAssets", path: "/assets?attention=true&facets=true&q=外来", want: []string{`"total":1`, `"attention":1`}},
	{op: "listAssets", path: "/assets?incomplete=true&q=外来", want: []string{`"total":1`}},
	{op: "listAssets", path: "/assets?system=$system", want: []string{`"total":1`, "外来-PC-1"}},
	{op: "settleField", method: "POST", path: "/assets/$asset/settle", body: `{"rev":1,"field":"ip","value":"10.0.0.1"}`, status: 422, want: []string{`"place":"ip"`}},
	{op: "settleField", method: "POST", path: "/assets/$asset/settle", body: `{"rev":0,"field":"ip","value":""}`, status: 422},
	{op: "settleField", method: "POST", path: "/assets/$asset/settle", body: `{"rev":1,"field":"department","value":"外来"}`, status: 422, want: []string{`"place":"department"`}},
	{op: "listAssets", path: "/assets?kind=toaster", status: 422, want: []string{`"place":"kind"`}},
	{op: "listAssets", path: "/assets?sort=colour", status: 422, want: []string{`"place":"sort"`}},
	{op: "listAssets", path: "/assets?colour=red", status: 422, want: []string{`"place":"query.colour"`}},
	{op: "listAssets", path: "/assets?limit=1000", status: 422, want: []string{`"place":"query.limit"`}},
	{op: "getAsset", path: "/assets/$asset", want: []string{`"source":"manual"`, `"by":"administrator"`, `"missing_fields":[`}},
	{op: "updateAsset", method: "PATCH", path: "/assets/$asset", body: `{"rev":1,"kind":"pc","values":{"department":"","room":"診察室 1"},"system_ids":[]}`, want: []string{`"systems":[]`, `"rev":2`}, not: []string{`"department":"外来"`}},
	{op: "updateAsset", method: "PATCH", path: "/assets/$asset", body: `{"rev":2}`, want: []string{`"rev":2`}},
	{op: "bulkUpdateAssets", method: "PATCH", path: "/assets/bulk", body: `{"ids":["$asset","$system"],"values":{"building":"本館"}}`, want: []string{`{"assets":2,"changes":2}`}},
	{op: "moveAsset", method: "POST", path: "/assets/$asset/move", body: `{"facility_id":"$clinic"}`, want: []string{`"facility_id":"$clinic"`}},
	{op: "updateAsset", method: "PATCH", path: "/assets/$system", body: `{"rev":2,"values":{"note":"n"}}`, want: []string{`"rev":3`}},
	{op: "updateAsset", method: "PATCH", path: "/assets/$machine", body: `{"rev":1,"values":{"os_name":"Debian 13"}}`, want: []string{`"contradictions":1`}},
	{op: "settleField", method: "POST", path: "/assets/$machine/settle", body: `{"rev":1,"field":"os_name","value":"Debian 13"}`, status: 409},
	{op: "settleField", method: "POST", path: "/assets/$machine/settle", body: `{"rev":2,"field":"os_name","value":"Debian 13"}`, want: []string{`"contradictions":0`, `"settled_by"`, `"contradicts":false`}, not: []string{`"contradicts":true`}},
	{op: "listAssetHistory", path: "/assets/$machine/history?limit=1", want: []string{`"settled":true`, `"old":"Debian"`}},
	{op: "listRemovedSoftware", path: "/software/removed?asset=$machine&since=2026-01-01&until=2027-01-01&updates=true", want: []string{`"items":[]`, `"total":0`}},
	{op: "listRemovedSoftware", path: "/software/removed?since=yesterday", status: 422, want: []string{`"place":"since"`}},
	{op: "listAssetSoftware", path: "/assets/$machine/software?q=zlib", want: []string{`"total":1`}},
	{op: "listAssetAccounts", path: "/assets/$machine/accounts?privileged=true", want: []string{`"total":1`, `"last_login":"never"`}},
	{op: "listAssetInterfaces", path: "/assets/$machine/interfaces", want: []string{"192.0.2.7/24"}},
	{op: "listAssetPorts", path: "/assets/$machine/ports", want: []string{`"exposed":true`}},
	{op: "getAssetEquipment", path: "/assets/$machine/equipment", want: []string{`"alias":"3F ward"`, `"on_battery":false`}},
	{op: "listAssetVolumes", path: "/assets/$machine/volumes", want: []string{`"encryption":"on"`}},
	{op: "listAssetDisks", path: "/assets/$machine/disks", want: []string{`"serial":"D1"`}},
	{op: "listAssetServices", path: "/assets/$machine/services", want: []string{`"start":"auto"`}},
	{op: "listAssetUpdates", path: "/assets/$machine/updates", want: []string{`"security":true`}},
	{op: "listAssetSafeguards", path: "/assets/$machine/safeguards", want: []string{`"state":"on"`}},
	{op: "listAssetSwitchedOff", path: "/assets/$machine/switched-off", want: []string{`"what":"auto_updates"`, `"by":"masked"`, `"since":"20`}},
	{op: "listAssetSettings", path: "/assets/$machine/settings", want: []string{`"kind":"smb1_server"`, `"value":"off"`}},
	{op: "listAssetBackups", path: "/assets/$machine/backups", want: []string{`"last_ok_at":"20`}, not: []string{"last_tried_at"}},
	{op: "listAssetPrinters", path: "/assets/$machine/printers", want: []string{`"name":"reception"`}},
	{op: "listAssetMonitors", path: "/assets/$machine/monitors", want: []string{`"model":"EX2400"`}},
	{op: "listAssetUSBStorage", path: "/assets/$machine/usb-storage", want: []string{`"serial":"A1"`}},
	{op: "listAssetMemoryModules", path: "/assets/$machine/memory-modules", want: []string{`"size_bytes":8589934592`}},
	{op: "listAssetExtensions", path: "/assets/$machine/extensions", want: []string{`"id":"x@example.org"`}},
	{op: "listAssetStartup", path: "/assets/$machine/startup", want: []string{`"kind":"systemd_timer"`}},
	{op: "listAssetGroups", path: "/assets/$machine/groups", want: []string{`"members":["nurse"]`}},
	{op: "listAssetPatches", path: "/assets/$machine/patches", want: []string{`"number":"KB0000001"`}},
	{op: "listAssetUpdateRuns", path: "/assets/$machine/update-runs", want: []string{`"result":"failed"`}},
	{op: "listAssets", path: "/assets?switched_off=true", want: []string{`"total":1`, `"switched_off":"auto_updates"`}},
	{op: "updateAsset", method: "PATCH", path: "/assets/$system", body: `{"rev":3,"values":{"switched_off":"firewall"}}`, status: 422, want: []string{`"place":"switched_off"`}},
	{op: "listAssetMembers", path: "/assets/$system/members", want: []string{`"total":0`}},
	{op: "listAssetMembers", path: "/assets/$system/members?as_of=2026-11-24T00:36:00Z", want: []string{`"total":1`}, status: 0},
	{op: "joinSystem", method: "PUT", path: "/assets/$machine/systems/$system", body: `{"role":"端末"}`, status: 204},
	{op: "joinSystem", method: "PUT", path: "/assets/$system/systems/$machine", body: `{}`, status: 422, want: []string{`"place":"system"`}},
	{op: "getAsset", path: "/assets/$machine", want: []string{`"role":"端末"`}},
	{op: "leaveSystem", method: "DELETE", path: "/assets/$machine/systems/$system", status: 204},
	{op: "leaveSystem", method: "DELETE", path: "/assets/$machine/systems/$system", status: 404},
	{op: "setAccountOwner", method: "POST", path: "/assets/$machine/accounts/owner", body: `{"name":"nurse","kind":"staff","staff_id":"$staff","note":"夜勤"}`, status: 204},
	{op: "setAccountOwner", method: "POST", path: "/assets/$machine/accounts/owner", body: `{"name":"nobody","kind":"shared"}`, status: 404},
	{op: "listAccounts", path: "/accounts?facility=$A&owner_kind=staff", want: []string{`"total":1`, `"asset_id":"$machine"`, `"owner_note":"夜勤"`}},
	{op: "listUndecided", path: "/baseline/undecided?facility=$A&asset_kind=pc", want: []string{`"name":"sshd"`}},
	{op: "decideBaseline", method: "POST", path: "/baseline", body: `{"facility_id":"$A","subject":"service","name":"sshd","asset_kind":"pc","verdict":"unneeded","reason":"使わない"}`, status: 204},
	{op: "listDeviations", path: "/baseline/deviations?facility=$A", want: []string{`"name":"sshd"`}},
	{op: "listBaseline", path: "/baseline?facility=$A", want: []string{`"verdict":"unneeded"`}},
	{op: "decideBaseline", method: "POST", path: "/baseline", body: `{"facility_id":"$A","subject":"service","name":"sshd","asset_kind":"pc","verdict":"undecided"}`, status: 204},
	{op: "listBaseline", path: "/baseline?facility=$A", want: []string{`"total":0`}},
	{op: "listAssetHistory", path: "/assets/$asset/history", want: []string{`"field":"facility"`}},
	{op: "exportAssetsCSV", path: "/assets/export.csv?facility=$clinic", want: []string{"host_name", "外来-PC-1"}, not: []string{"電子カルテ"}},
	{op: "exportAssetsCSV", path: "/assets/export.csv?labels=true", want: []string{"健診センター", "株式会社例示"}, not: []string{"$vendor"}},
	{op: "exportAssetsExcel", path: "/assets/export.xlsx", want: []string{"PK"}},

	{op: "saveView", method: "POST", path: "/views", body: `{"name":"PC","query":"kind=pc&sort=-last_seen","columns":["name","ip"],"shared":true}`, status: 201, remember: map[string]string{"view": "id"}},
	{op: "saveView", method: "POST", path: "/views", body: `{"name":"PC","query":"kind=toaster"}`, status: 422},
	{op: "listViews", path: "/views", want: []string{`"own":true`}},
	{op: "deleteView", method: "DELETE", path: "/views/$view", status: 204},
	{op: "getTopology", path: "/topology?facility=$A", want: []string{`"nodes":[`, `"links":[`}},
	{op: "getTopology", path: "/topology?facility=$A&date=yesterday", status: 422},
	{op: "downloadTopology", path: "/topology/file?facility=$A&format=svg", want: []string{"<svg"}},
	{op: "downloadTopology", path: "/topology/file?facility=$A&format=csv", want: []string{","}},
	{op: "downloadTopology", path: "/topology/file?facility=$A&format=exe", status: 422},
	{op: "addNoProbe", method: "POST", path: "/no-probe", body: `{"facility_id":"$A","kind":"mac","value":"00-00-5E","reason":"検査室"}`, status: 201, want: []string{`"value":"00:00:5e"`}, remember: map[string]string{"noprobe": "id"}},
	{op: "addNoProbe", method: "POST", path: "/no-probe", body: `{"facility_id":"$A","kind":"mac","value":"00005e","reason":"x"}`, status: 409},
	{op: "addNoProbe", method: "POST", path: "/no-probe", body: `{"facility_id":"$A","kind":"address","value":"ct","reason":"x"}`, status: 422, want: []string{`"place":"value"`}},
	{op: "endNoProbe", method: "POST", path: "/no-probe/$noprobe/end", body: `{}`, status: 422, want: []string{`"place":"reason"`}},
	{op: "listNoProbe", path: "/no-probe?facility=$A", want: []string{"検査室"}},
	{op: "endNoProbe", method: "POST", path: "/no-probe/$noprobe/end", body: `{"reason":"撤去"}`, want: []string{`"end_reason":"撤去"`}},
	{op: "listNoProbe", path: "/no-probe?facility=$A", not: []string{"検査室"}},
	{op: "listNoProbe", path: "/no-probe?facility=$A&ended=true", want: []string{"撤去"}},
	{op: "listUnlistedDevices", path: "/unlisted-devices?facility=$A&q=nas+gi1/0/7", want: []string{`"total":1`, `"key":"mac:00005e005377"`, `"macs":["00:00:5e:00:53:77"]`, `"port":"Gi1/0/7"`, `"link":"edge"`}},
	{op: "listUnlistedDevices", path: "/unlisted-devices?facility=$A&state=visitor", want: []string{`"total":0`}},
	{op: "listUnlistedDevices", path: "/unlisted-devices?facility=$A&state=tank", status: 422},
	{op: "getUnlistedDevice", path: "/unlisted-devices/device?facility=$A&key=mac:00005e005377", want: []string{`"sightings":[{`, `"how":"mdns"`, `"proof":{`}},
	{op: "getUnlistedDevice", path: "/unlisted-devices/device?facility=$A&key=mac:000000000001", status: 404, want: []string{`"place":"key"`}},
	{op: "listNetworkFindings", path: "/network-findings?facility=$A&kind=dhcp_server", want: []string{`"total":1`, `"key":"dhcp_server|mac:00005e005377"`, `"why":"`}, not: []string{`"aside"`}},
	{op: "getNetworkFinding", path: "/network-findings/finding?facility=$A&key=dhcp_server|mac:00005e005377", want: []string{`"basis":"`, `"name":"SW-3N"`}, remember: map[string]string{"facts": "facts"}},
	{op: "putNetworkFindingAside", method: "POST", path: "/network-findings/aside", body: `{"facility_id":"$A","key":"dhcp_server|mac:00005e005377","facts":"other","reason":"業者が調査中","until_on":"2026-12-01"}`, status: 409},
	{op: "putNetworkFindingAside", method: "POST", path: "/network-findings/aside", body: `{"facility_id":"$A","key":"dhcp_server|mac:00005e005377","facts":"$facts","reason":"業者が調査中","until_on":"2026-11-01"}`, status: 422, want: []string{`"place":"until_on"`}},
	{op: "putNetworkFindingAside", method: "POST", path: "/network-findings/aside", body: `{"facility_id":"$A","key":"dhcp_server|mac:00005e005377","facts":"$facts","until_on":"2026-12-01"}`, status: 422, want: []string{`"place":"reason"`}},
	{op: "putNetworkFindingAside", method: "POST", path: "/network-findings/aside", body: `{"facility_id":"$A","key":"dhcp_server|mac:00005e005377","facts":"$facts","reason":"業者が調査中","until_on":"2026-12-01"}`, want: []string{`"until_on":"2026-12-01"`}},
	{op: "listNetworkFindings", path: "/network-findings?facility=$A&state=aside", want: []string{`"total":1`, "業者が調査中"}},
	{op: "reopenNetworkFinding", method: "POST", path: "/network-findings/reopen", body: `{"facility_id":"$A","key":"dhcp_server|mac:00005e005377"}`, not: []string{`"aside"`}},
	{op: "getNetworkFinding", path: "/network-findings/finding?facility=$A&key=gone", status: 404},
	{op: "markVisitor", method: "POST", path: "/unlisted-devices/visitor", body: `{"facility_id":"$A","key":"mac:00005e005377","until_on":"2026-12-01"}`, status: 422, want: []string{`"place":"note"`}},
	{op: "markVisitor", method: "POST", path: "/unlisted-devices/visitor", body: `{"facility_id":"$A","key":"mac:00005e005377","note":"例示保守の測定器","until_on":"2028-12-01"}`, status: 422, want: []string{`"place":"until_on"`}},
	{op: "markVisitor", method: "POST", path: "/unlisted-devices/visitor", body: `{"facility_id":"$A","key":"mac:00005e005377","note":"例示保守の測定器","until_on":"2026-12-01"}`, want: []string{`"state":"visitor"`, `"until_on":"2026-12-01"`}},
	{op: "getUnlistedDevice", path: "/unlisted-devices/device?facility=$A&key=mac:00005e005377", want: []string{"例示保守の測定器", `"marked_by":"`}},
	{op: "unmarkVisitor", method: "POST", path: "/unlisted-devices/visitor/end", body: `{"facility_id":"$A","key":"mac:00005e005377"}`, status: 204},
	{op: "adoptUnlistedDevice", method: "POST", path: "/unlisted-devices/adopt", body: `{"facility_id":"$A","key":"mac:00005e005377","kind":"tank"}`, status: 422, want: []string{`"place":"kind"`}},
	{op: "adoptUnlistedDevice", method: "POST", path: "/unlisted-devices/adopt", body: `{"facility_id":"$A","key":"mac:00005e005377","kind":"storage"}`, status: 201, want: []string{`"asset_id":"`}, remember: map[string]string{"nas": "asset_id"}},
	{op: "getUnlistedDevice", path: "/unlisted-devices/device?facility=$A&key=mac:00005e005377", status: 409},
	{op: "retireAsset", method: "POST", path: "/assets/$nas/retire", body: `{"rev":1,"disposed_on":"2026-11-20","reason":"持ち帰り"}`},
	{op: "listSegmentProposals", path: "/segment-proposals?facility=$A", want: []string{`"total":`}},
	{op: "createSegment", method: "POST", path: "/segments", body: `{"facility_id":"$A","name":"病棟","cidr":"198.51.100.1/24"}`, status: 422, want: []string{`"place":"cidr"`}},
	{op: "createSegment", method: "POST", path: "/segments", body: `{"facility_id":"$A","name":"病棟","cidr":"198.51.100.0/24","kinds":["tank"]}`, status: 422, want: []string{`"place":"kinds"`}},
	{op: "createSegment", method: "POST", path: "/segments", body: `{"facility_id":"$A","name":"病棟","cidr":"198.51.100.0/24","dhcp":["198.51.100.9-1"]}`, status: 422, want: []string{`"place":"dhcp"`}},
	{op: "createSegment", method: "POST", path: "/segments", body: `{"facility_id":"$A","name":"病棟","cidr":"198.51.100.0/24","vlan":30,"kinds":["printer","pc"],"dhcp":["198.51.100.100-199"]}`, status: 201, want: []string{`"kinds":["pc","printer"]`, `"dhcp":["198.51.100.100-198.51.100.199"]`, `"by":"`}, remember: map[string]string{"segment": "id"}},
	{op: "createSegment", method: "POST", path: "/segments", body: `{"facility_id":"$A","name":"x","cidr":"198.51.100.0/24"}`, status: 409, want: []string{`"place":"cidr"`}},
	{op: "listSegments", path: "/segments?facility=$A", want: []string{`"total":1`, `"vlan":30`}},
	{op: "listSegments", path: "/segments?facility=$A&as_of=2026-11-01", want: []string{`"total":0`}},
	{op: "updateSegment", method: "PATCH", path: "/segments/$segment", body: `{"rev":1,"purpose":"病棟の端末","kinds":[]}`, want: []string{`"rev":2`, `"kinds":[]`, `"vlan":30`}},
	{op: "updateSegment", method: "PATCH", path: "/segments/$segment", body: `{"rev":1,"purpose":"x"}`, status: 409},
	{op: "getSegment", path: "/segments/$segment", want: []string{`"purpose":"病棟の端末"`}},
	{op: "listSegmentHistory", path: "/segments/$segment/history", want: []string{`"total":2`, `"kinds":["pc","printer"]`}},
	{op: "endSegment", method: "DELETE", path: "/segments/$segment?rev=1", status: 409},
	{op: "endSegment", method: "DELETE", path: "/segments/$segment?rev=2", status: 204},
	{op: "getSegment", path: "/segments/$segment", want: []string{`"ended_by":"`, `"until_at":"`}},
	{op: "updateSegment", method: "PATCH", path: "/segments/$segment", body: `{"rev":3,"purpose":"x"}`, status: 404},
	{op: "createWayIn", method: "POST", path: "/ways-in", body: `{"facility_id":"$A","name":"PACS保守","party":"例示イメージング","line":"vpn","authentication":"shared"}`, status: 422, want: []string{`"place":"patch_owner"`}},
	{op: "createWayIn", method: "POST", path: "/ways-in", body: `{"facility_id":"$A","name":"PACS保守","party":"例示イメージング","line":"vpn","authentication":"shared","patch_owner":"不明","asset_id":"$machine"}`, status: 201, want: []string{`"shared"`, `"patch_owner"`}, remember: map[string]string{"wayin": "id"}},
	{op: "createWayIn", method: "POST", path: "/ways-in", body: `{"facility_id":"$A","name":"x","party":"x","patch_owner":"x","contract_id":"01900000-0000-7000-8000-000000000000"}`, status: 422, want: []string{`"place":"contract_id"`}},
	{op: "listWaysIn", path: "/ways-in?facility=$A", want: []string{"PACS保守", `"asset_id":"$machine"`}},
	{op: "updateWayIn", method: "PATCH", path: "/ways-in/$wayin", body: `{"rev":1,"second_factor":"yes","patch_owner":"例示イメージング"}`, want: []string{`"second_factor":"yes"`, `"authentication":"shared"`}},
	{op: "updateWayIn", method: "PATCH", path: "/ways-in/$wayin", body: `{"rev":1,"second_factor":"no"}`, status: 409},
	{op: "getWayIn", path: "/ways-in/$wayin", want: []string{`"rev":2`}},
	{op: "listWayInHistory", path: "/ways-in/$wayin/history", want: []string{`"patch_owner":"不明"`}},
	{op: "endWayIn", method: "DELETE", path: "/ways-in/$wayin?rev=2", status: 204},
	{op: "createScanCredential", method: "POST", path: "/scan-credentials", body: `{"facility_id":"$A","name":"病棟","version":"2c","community":"hidden-word"}`, status: 201, not: []string{"hidden"}, remember: map[string]string{"scankey": "id"}},
	{op: "listScanCredentials", path: "/scan-credentials?facility=$A", want: []string{"病棟"}, not: []string{"hidden"}},
	{op: "updateScanCredential", method: "PATCH", path: "/scan-credentials/$scankey", body: `{"rev":1,"name":"病棟のスイッチ","version":"2c"}`, want: []string{"病棟のスイッチ"}},
	{op: "tryScanCredential", method: "POST", path: "/scan-credentials/$scankey/try", body: `{"address":"127.0.0.1:1"}`, want: []string{`"trouble":"`}},
	{op: "createScan", method: "POST", path: "/scans", body: `{"facility_id":"$A","name":"夜の探索","kind":"snmp","settings":{"targets":"127.0.0.1:1","credentials":["$scankey"],"workers":4,"when":"hand"}}`, status: 201, remember: map[string]string{"scan": "id"}},
	{op: "listScans", path: "/scans?facility=$A", want: []string{"夜の探索"}},
	{op: "updateScan", method: "PATCH", path: "/scans/$scan", body: `{"rev":1,"name":"夜間の探索"}`, want: []string{"夜間の探索"}},
	{op: "listScanHistory", path: "/scans/$scan/history", want: []string{"夜の探索", "夜間の探索"}},
	{op: "beginScan", method: "POST", path: "/scans/$scan/runs", status: 202, remember: map[string]string{"scanrun": "id"}},
	{op: "beginScan", method: "POST", path: "/scans/$scan/runs", status: 409},
	{op: "pauseScanRun", method: "POST", path: "/scan-runs/$scanrun/pause", want: []string{`"state":"paused"`}},
	{op: "resumeScanRun", method: "POST", path: "/scan-runs/$scanrun/resume", want: []string{`"state":"waiting"`}},
	{op: "stopScanRun", method: "POST", path: "/scan-runs/$scanrun/stop", want: []string{`"state":"stopped"`}},
	{op: "getScanRun", path: "/scan-runs/$scanrun", want: []string{`"state":"stopped"`}},
	{op: "getScan", path: "/scans/$scan", want: []string{"$scanrun"}},
	{op: "listScanRuns", path: "/scans/$scan/runs", want: []string{"$scanrun"}},
	{op: "listScanTargets", path: "/scan-runs/$scanrun/targets", want: []string{`"items":[`}},
	{op: "listScanSent", path: "/scan-runs/$scanrun/sent", want: []string{`"items":[`}},
	{op: "getScanProof", path: "/scan-proof?facility=$A&device=192.0.2.99&from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z", want: []string{`"untouched":true`}},
	{op: "getScanProof", path: "/scan-proof?facility=$A&device=192.0.2.99&from=2027-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", status: 422, want: []string{`"place":"to"`}},
	{op: "listScanProposals", path: "/scan-proposals?facility=$A", want: []string{`"items":[`}},
	{op: "refuseScanProposal", method: "POST", path: "/scan-proposals/refuse", body: `{"facility_id":"$A","address":"192.0.2.98","reason":"ベンダ管理"}`, status: 204},
	{op: "acceptScanProposal", method: "POST", path: "/scans/$scan/targets", body: `{"rev":2,"address":"192.0.2.97"}`, want: []string{"192.0.2.97"}},
	{op: "endScan", method: "DELETE", path: "/scans/$scan?rev=3", status: 204},
	{op: "removeScanCredential", method: "DELETE", path: "/scan-credentials/$scankey?rev=2", status: 204},
	{op: "getAddressPlan", path: "/topology/addresses?facility=$A", want: []string{`"items":[`}},
	{op: "listConflicts", path: "/conflicts?asset=$machine", want: []string{`"total":1`, `"id":"$conflict"`}},
	{op: "getConflict", path: "/conflicts/$conflict", want: []string{`"id":"$conflict"`, `"keys":[]`}},
	{op: "answerConflict", method: "POST", path: "/conflicts/$conflict/answer", body: `{"outcome":"later"}`, want: []string{`"later_at":"`}},
	{op: "listConflicts", path: "/conflicts?asset=$machine&awake=true", want: []string{`"total":0`}},
	{op: "answerConflict", method: "POST", path: "/conflicts/$conflict/answer", body: `{"outcome":"different"}`, status: 422, want: []string{`"place":"outcome"`}},
	{op: "createAsset", method: "POST", path: "/assets", body: `{"facility_id":"$A","kind":"pc","values":{"name":"双子","room":"201"}}`, status: 201, remember: map[string]string{"twin": "id"}},
	{op: "mergeAsset", method: "POST", path: "/assets/$machine/merge", body: `{"other_id":"$machine"}`, status: 422, want: []string{`"place":"other"`}},
	{op: "mergeAsset", method: "POST", path: "/assets/$machine/merge", body: `{"other_id":"$twin","note":"同じPC"}`, want: []string{`"kind":"merge"`, `"gone_name":"双子"`}, remember: map[string]string{"merge": "id"}},
	{op: "listAssetMerges", path: "/assets/$machine/merges", want: []string{`"id":"$merge"`, `"total":1`}},
	{op: "listAssetParts", path: "/assets/$machine/parts", want: []string{`"key":"manual"`}},
	{op: "splitAsset", method: "POST", path: "/assets/$machine/split", body: `{"parts":["nobody"]}`, status: 422},
	{op: "splitAsset", method: "POST", path: "/assets/$machine/split", body: `{"parts":["manual"],"name":"予備機"}`, want: []string{`"gone_name":"予備機"`}, remember: map[string]string{"split": "id"}},
	{op: "undoMerge", method: "POST", path: "/assets/$machine/merges/$merge/undo", status: 409},
	{op: "undoMerge", method: "POST", path: "/assets/$machine/merges/$split/undo", want: []string{`"undone_by":"`}},
	{op: "undoMerge", method: "POST", path: "/assets/$machine/merges/$merge/undo", want: []string{`"undone_at":"`}},
	{op: "closeConflict", method: "POST", path: "/conflicts/$conflict/close", body: `{"note":"同じ機種"}`, status: 204},
	{op: "closeConflict", method: "POST", path: "/conflicts/$conflict/close", body: `{"note":"again"}`, status: 409},

	{op: "createContract", method: "POST", path: "/contracts", body: `{"facility_id":"$A","vendor_id":"$vendor","title":"電子カルテ 保守","starts_on":"2026-04-01","ends_on":"2027-01-31","kind":"maintenance","patch_owner":"vendor","remote":"yes","asset_ids":["$system"]}`, status: 201, want: []string{`"asset_count":1`}, remember: map[string]string{"contract": "id"}},
	{op: "createContract", method: "POST", path: "/contracts", body: `{"facility_id":"$A","vendor_id":"$vendor","title":"x","starts_on":"2026-04-01","asset_ids":["$asset"]}`, status: 422, want: []string{`"place":"assets"`}},
	{op: "listContracts", path: "/contracts?ends_until=2027-03-31", want: []string{`"total":1`}},
	{op: "getContract", path: "/contracts/$contract", want: []string{`"asset_ids":["$system"]`}},
	{op: "updateContract", method: "PATCH", path: "/contracts/$contract", body: `{"rev":1,"notice_days":90}`, want: []string{`"asset_ids":["$system"]`, `"notice_days":90`}},

	{op: "createEnrollToken", method: "POST", path: "/enroll-tokens", body: `{"facility_id":"$A","note":"病棟","max_uses":20,"expires_in":"24h"}`, status: 201, want: []string{`"token":"sonae_enroll_`}, remember: map[string]string{"enroll": "id"}},
	{op: "createEnrollToken", method: "POST", path: "/enroll-tokens", body: `{"facility_id":"$A","max_uses":20,"expires_in":"tomorrow"}`, status: 422, want: []string{`"place":"expires_in"`}},
	{op: "listEnrollTokens", path: "/enroll-tokens", want: []string{`"note":"病棟"`}, not: []string{"sonae_enroll_"}},
	{op: "openEntry", method: "POST", path: "/entries", body: `{"facility_id":"$A","protocol":"ocs","note":"外来"}`, status: 201, want: []string{`"secret":"`, `"user":"sonae"`}, remember: map[string]string{"opened": "id"}},
	{op: "openEntry", method: "POST", path: "/entries", body: `{"facility_id":"$A","protocol":"telnet"}`, status: 422},
	{op: "listEntries", path: "/entries", want: []string{`"note":"外来"`, `"protocol":"ocs"`, `"method":"secret"`}, not: []string{`"secret":`}},
	{op: "addEntryCertificate", method: "POST", path: "/entries/$opened/certificates", body: `{"certificate":"-----BEGIN CERTIFICATE-----\nMIIBYzCCARWgAwIBAgIUFMlBX7jTIhHmpsXGB3QEY0qqfKcwBQYDK2VwMB4xHDAa\nBgNVBAMME0V4YW1wbGUgSG9zcGl0YWwgQ0EwIBcNMjYxMTI3MTc0MDMwWhgPMjEy\nNjExMDMxNzQwMzBaMB4xHDAaBgNVBAMME0V4YW1wbGUgSG9zcGl0YWwgQ0EwKjAF\nBgMrZXADIQDf8T5F4JCFogRHmel42ToHNKwBG9+NLdJhpVWnJnHUrKNjMGEwHQYD\nVR0OBBYEFKE5oxj2OmuKxBuiVvB5qdkEu9C6MB8GA1UdIwQYMBaAFKE5oxj2OmuK\nxBuiVvB5qdkEu9C6MA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMAUG\nAytlcANBAI0ERHN7WiT8nsNVtwyeyvKKmUHh4D33WnRGDskNVWJMud4KFz4Oh76J\nln9YLyJ+RS/PXrQvtSyQ9zmwfsUpQg4=\n-----END CERTIFICATE-----"}`, status: 409},
	{op: "openEntry", method: "POST", path: "/entries", body: `{"facility_id":"$A","protocol":"glpi","method":"certificate","note":"病棟"}`, status: 201, want: []string{`"method":"certificate"`}, not: []string{`"secret":`, `"user":`}, remember: map[string]string{"certified": "id"}},
	{op: "addEntryCertificate", method: "POST", path: "/entries/$certified/certificates", body: `{"certificate":"-----BEGIN CERTIFICATE-----\nMIIBYzCCARWgAwIBAgIUFMlBX7jTIhHmpsXGB3QEY0qqfKcwBQYDK2VwMB4xHDAa\nBgNVBAMME0V4YW1wbGUgSG9zcGl0YWwgQ0EwIBcNMjYxMTI3MTc0MDMwWhgPMjEy\nNjExMDMxNzQwMzBaMB4xHDAaBgNVBAMME0V4YW1wbGUgSG9zcGl0YWwgQ0EwKjAF\nBgMrZXADIQDf8T5F4JCFogRHmel42ToHNKwBG9+NLdJhpVWnJnHUrKNjMGEwHQYD\nVR0OBBYEFKE5oxj2OmuKxBuiVvB5qdkEu9C6MB8GA1UdIwQYMBaAFKE5oxj2OmuK\nxBuiVvB5qdkEu9C6MA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMAUG\nAytlcANBAI0ERHN7WiT8nsNVtwyeyvKKmUHh4D33WnRGDskNVWJMud4KFz4Oh76J\nln9YLyJ+RS/PXrQvtSyQ9zmwfsUpQg4=\n-----END CERTIFICATE-----"}`, status: 201, want: []string{`"kind":"ca"`, `"subject":"CN=Example Hospital CA"`}, remember: map[string]string{"anchor": "id"}},
	{op: "addEntryCertificate", method: "POST", path: "/entries/$certified/certificates", body: `{"certificate":"rubbish"}`, status: 422, want: []string{`"place":"certificate"`}},
	{op: "issueEntryCertificate", method: "POST", path: "/entries/$certified/issued-certificates", status: 201, want: []string{`"kind":"issued"`, "BEGIN PRIVATE KEY"}},
	{op: "listEntryCertificates", path: "/entries/$certified/certificates", want: []string{`"total":2`, `"id":"$anchor"`}, not: []string{"PRIVATE KEY"}},
	{op: "removeEntryCertificate", method: "DELETE", path: "/entries/$certified/certificates/$anchor", status: 204},
	{op: "removeEntryCertificate", method: "DELETE", path: "/entries/$certified/certificates/$anchor", status: 404},
	{op: "listEntryCertificates", path: "/entries/$certified/certificates", want: []string{`"total":1`}},
	{op: "closeEntry", method: "DELETE", path: "/entries/$opened", status: 204},
	{op: "createKit", method: "POST", path: "/kits", body: `{"facility_id":"$A","name":"USB 1号","expires_in":"720h"}`, status: 201, want: []string{`"sonae_kit":1`, `"recipient":"age1`, `"signing_key":"`}, remember: map[string]string{"kit": "id"}},
	{op: "createKit", method: "POST", path: "/kits", body: `{"facility_id":"$A","name":"x","expires_in":"90000h"}`, status: 422},
	{op: "listKits", path: "/kits", want: []string{`"name":"USB 1号"`, `"files":0`}, not: []string{"signing_key"}},
	{op: "revokeKit", method: "DELETE", path: "/kits/$kit", status: 204},
	{op: "revokeEnrollToken", method: "DELETE", path: "/enroll-tokens/$enroll", status: 204},
	{op: "listDevices", path: "/devices?q=b-pc", want: []string{`"total":2`}},
	{op: "grantTakeover", method: "POST", path: "/devices/$device/takeover", status: 409},
	{op: "listDevices", path: "/devices?q=b-pc-2", want: []string{`"waits_for":"$device"`, `"waits_for_asset":"$machine"`}},
	{op: "grantTakeover", method: "POST", path: "/devices/$waiting/takeover", status: 204},
	{op: "revokeDevice", method: "DELETE", path: "/devices/$device?why=%E7%9B%97%E9%9B%A3", status: 204},
	{op: "listDevices", path: "/devices?q=b-pc-1", want: []string{`"revoked_why":"盗難"`}},
	{op: "getDevice", path: "/devices/$waiting", want: []string{`"name":"B-PC-2"`, `"events":[]`}},
	{op: "setDevicePolicy", method: "PUT", path: "/device-policies", body: `{"rules":{"interval_min":120}}`, want: []string{`"interval_min":120`}},
	{op: "setDevicePolicy", method: "PUT", path: "/device-policies", body: `{"facility_id":"$A","department":"外来","rules":{"off":["ports"],"quiet_from":"08:30","quiet_to":"12:00"}}`, want: []string{`"department":"外来"`}, remember: map[string]string{"policy": "id"}},
	{op: "setDevicePolicy", method: "PUT", path: "/device-policies", body: `{"device_id":"$waiting","rules":{"stop":true}}`, want: []string{`"stop":true`}},
	{op: "setDevicePolicy", method: "PUT", path: "/device-policies", body: `{"rules":{"off":["hardware"]}}`, status: 422, want: []string{`"place":"off"`}},
	{op: "setDevicePolicy", method: "PUT", path: "/device-policies", body: `{"rules":{"interval_min":5}}`, status: 422, want: []string{`"place":"interval_min"`}},
	{op: "listDevicePolicies", path: "/device-policies", want: []string{`"total":4`}},
	{op: "removeDevicePolicy", method: "DELETE", path: "/device-policies/$policy", status: 204},
	{op: "removeDevicePolicy", method: "DELETE", path: "/device-policies/$policy", status: 404},
	{op: "showDeviceTrust", path: "/device-trust", want: []string{`"certificate_required":true`, `"without_certificate":1`, "BEGIN CERTIFICATE"}},
	{op: "setDeviceTrust", method: "PUT", path: "/device-trust", body: `{"certificate_required":false}`, want: []string{`"certificate_required":false`}},
	{op: "listKnocks", path: "/knocks", want: []string{`"summary":"unknown-pc"`}},

	{op: "createDirectory", method: "POST", path: "/directories", body: `{"facility_id":"$A","name":"AD","address":"$ldap","pin":"$pin","base_dn":"DC=x","bind_name":"reader","password":"geheim"}`, status: 201, not: []string{"geheim"}, remember: map[string]string{"directory": "id"}},
	{op: "createDirectory", method: "POST", path: "/directories", body: `{"facility_id":"$A","name":"AD","address":"ldap://dc1","base_dn":"DC=x","bind_name":"reader","password":"x"}`, status: 422, want: []string{`"place":"address"`}},
	{op: "getDirectory", path: "/directories/$directory", want: []string{`"silent":false`, `"every_minutes":60`}, not: []string{"geheim"}},
	{op: "updateDirectory", method: "PATCH", path: "/directories/$directory", body: `{"rev":1,"address":"elsewhere:636"}`, status: 422, want: []string{`"place":"password"`}},
	{op: "updateDirectory", method: "PATCH", path: "/directories/$directory", body: `{"rev":1,"every_minutes":120}`, want: []string{`"rev":2`}},
	{op: "testDirectory", method: "POST", path: "/directories/$directory/test", want: []string{`"computers":45`, `"accounts":25`}},
	{op: "listDirectories", path: "/directories", want: []string{`"total":1`}},
	{op: "readDirectory", method: "POST", path: "/directories/$directory/read", body: `{"full":true}`, status: 202, remember: map[string]string{"reading": "job_id"}},
	{op: "stopDirectory", method: "POST", path: "/directories/$directory/stop", status: 204},
	{op: "stopDirectory", method: "POST", path: "/directories/$directory/stop", status: 409},
	{op: "listDirectoryComputers", path: "/directories/$directory/computers", want: []string{`"total":0`}},
	{op: "listDirectoryAccounts", path: "/directory-accounts?facility=$A", want: []string{`"name":"hanako.r"`, `"may_be_staff_id":"$staff"`, `"may_be_by":"number"`}},
	{op: "setDirectoryAccountOwner", method: "POST", path: "/directory-accounts/owner", body: `{"directory_id":"$entrydir","guid":"$entry","kind":"staff","staff_id":"$staff"}`, status: 204},
	// Nobody of another facility owns an account here.
	{op: "createStaff", method: "POST", path: "/staff", body: `{"facility_id":"$clinic","number":"Z1","name":"架空 三郎"}`, status: 201, remember: map[string]string{"stranger": "id"}},
	{op: "setDirectoryAccountOwner", method: "POST", path: "/directory-accounts/owner", body: `{"directory_id":"$entrydir","guid":"$entry","kind":"staff","staff_id":"$stranger"}`, status: 422, want: []string{`"place":"staff_id"`}},
	{op: "setAccountOwner", method: "POST", path: "/assets/$machine/accounts/owner", body: `{"name":"nurse","kind":"staff","staff_id":"$stranger"}`, status: 422, want: []string{`"place":"staff_id"`}},
	{op: "listSilence", path: "/silence?state=silent&source=agent&reason=refused&before=2030-01-01T00:00:00Z&facility=$A", want: []string{`"total":0`}},
	{op: "listSilence", path: "/silence?cursor=x", status: 422},
	{op: "exportSilence", path: "/silence/export.csv", want: []string{"asset_id,name"}},
	{op: "listSources", path: "/silence/sources", want: []string{`"kind":"directory"`}},
	{op: "setInterval", method: "PUT", path: "/silence/intervals", body: `{"facility_id":"$A","kind":"agent","every_hours":12,"grace_hours":12,"silent_hours":20}`, status: 422, want: []string{`"place":"silent_hours"`}},
	{op: "setInterval", method: "PUT", path: "/silence/intervals", body: `{"facility_id":"$A","kind":"agent","every_hours":12,"grace_hours":12,"silent_hours":60}`, status: 204},
	{op: "listIntervals", path: "/silence/intervals?facility=$A", want: []string{`"every_hours":12`, `"standard":false`}},
	{op: "resetInterval", method: "DELETE", path: "/silence/intervals?facility=$A&kind=agent", status: 204},
	{op: "addClosedDay", method: "PUT", path: "/silence/closed-days", body: `{"facility_id":"$A","day":"2026-12-28","name":"創立記念日"}`, status: 204},
	{op: "addClosedDay", method: "PUT", path: "/silence/closed-days", body: `{"facility_id":"$A","day":"28.12.","name":"創立記念日"}`, status: 422, want: []string{`"place":"day"`}},
	{op: "listClosedDays", path: "/silence/closed-days?facility=$A", want: []string{"創立記念日"}},
	{op: "removeClosedDay", method: "DELETE", path: "/silence/closed-days?facility=$A&day=2026-12-28", status: 204},
	{op: "removeClosedDay", method: "DELETE", path: "/silence/closed-days?facility=$A&day=2026-12-28", status: 404},
	{op: "exceptAsset", method: "POST", path: "/assets/$machine/silence", body: `{"weekdays":[1],"until_on":"2020-01-01","reason":"月曜だけ"}`, status: 422, want: []string{`"place":"until_on"`}},
	{op: "exceptAsset", method: "POST", path: "/assets/$machine/silence", body: `{"weekdays":[1],"until_on":"2027-03-31","reason":"月曜だけ"}`, status: 201, want: []string{`"weekdays":[1]`}, remember: map[string]string{"exception": "id"}},
	{op: "getAssetSilence", path: "/assets/$machine/silence", want: []string{`"source":"agent"`, `"reason":"月曜だけ"`}},
	{op: "endException", method: "DELETE", path: "/assets/$machine/silence/$exception", status: 204},
	{op: "endException", method: "DELETE", path: "/assets/$machine/silence/$exception", status: 404},
	{op: "setDirectoryAccountOwner", method: "POST", path: "/directory-accounts/owner", body: `{"directory_id":"$entrydir","guid":"$directory","kind":"shared"}`, status: 404},

	{op: "createUser", method: "POST", path: "/users", body: `{"login":"admin","grants":[{"role":"administrator"}]}`, status: 201},
	{op: "createUser", method: "POST", path: "/users", body: `{"login":"hanako","name":"例示 花子","grants":[{"role":"manager","facility_id":"$A"}]}`, status: 201, want: []string{`"has_password":false`, `"url":"http://localhost/welcome?code=`, `"expires_at"`}, remember: map[string]string{"user": "id"}},
	{op: "createUser", method: "POST", path: "/users", body: `{"login":"short","password":"x","grants":[{"role":"manager"}]}`, status: 422, want: []string{`password`}},
	{op: "listUsers", path: "/users?q=hana", want: []string{`"total":1`}},
	{op: "getUser", path: "/users/$user", want: []string{`"login":"hanako"`}},
	{op: "createUserSetupLink", method: "POST", path: "/users/$user/setup-link", status: 201, want: []string{`"url":"http://localhost/welcome?code=`}},
	{op: "revokeUserSetupLink", method: "DELETE", path: "/users/$user/setup-link", status: 204},
	{op: "revokeUserSetupLink", method: "DELETE", path: "/users/$user/setup-link", status: 404},
	{op: "updateUser", method: "PATCH", path: "/users/$user", body: `{"grants":[{"role":"auditor"}],"disabled":true}`, want: []string{`"role":"auditor"`, `"disabled_at"`}},
	{op: "createUserSetupLink", method: "POST", path: "/users/$user/setup-link", status: 409},
	{op: "resetUserSecondFactor", method: "DELETE", path: "/users/$user/second-factor", status: 204},
	{op: "createToken", method: "POST", path: "/tokens", body: `{"name":"t","grant":{"role":"auditor"},"expires_in":"24h"}`, status: 201, want: []string{`"token":"sonae_`, `"scope":"read"`}, remember: map[string]string{"token": "id", "secret": "token"}},
	{op: "createToken", method: "POST", path: "/tokens", body: `{"name":"t","grant":{"role":"department"}}`, status: 422},
	{op: "listTokens", path: "/tokens", want: []string{`"name":"t"`}, not: []string{"$secret"}},
	{op: "revokeToken", method: "DELETE", path: "/tokens/$token", status: 204},

	{op: "listChecklists", path: "/checklists", want: []string{`"id":"r7"`, `"provisional":true`, `"default":true`}},
	{op: "getChecklist", path: "/checklists/r7/medical?facility=$A", want: []string{`"id":"r7.medical.2.1"`, `"suggestion":"`, `"mark":"`, `"sha256":"`}},
	{op: "getChecklist", path: "/checklists/r7/medical", status: 422, want: []string{`"place":"query.facility"`}},
	{op: "getChecklist", path: "/checklists/r99/medical?facility=$A", status: 404},
	{op: "getChecklist", path: "/checklists/r7/medical?facility=$A&date=2026-13-01", status: 422, want: []string{`"place":"date"`}},
	{op: "answerChecklistRow", method: "POST", path: "/checklists/r7/medical/rows/r7.medical.2.1/answer", body: `{"facility_id":"$A","value":"no","confirmed_by":"架空 太郎","target_on":"2027-02-28","round":1}`, status: 201, want: []string{`"round":1`, `"confirmed_on":"2026-11-24"`, `"proofs":[{"record":"`}},
	{op: "answerChecklistRow", method: "POST", path: "/checklists/r7/medical/rows/r7.medical.2.1/answer", body: `{"facility_id":"$A","value":"yes","confirmed_by":"架空 太郎","round":1}`, status: 409},
	{op: "answerChecklistRow", method: "POST", path: "/checklists/r7/medical/rows/r7.medical.2.1/answer", body: `{"facility_id":"$A","value":"no","confirmed_by":"架空 太郎"}`, status: 422, want: []string{`"place":"target_on"`}},
	{op: "answerChecklistRow", method: "POST", path: "/checklists/r7/medical/rows/nothing/answer", body: `{"facility_id":"$A","value":"yes","confirmed_by":"x"}`, status: 404},
	{op: "answerChecklistRow", method: "POST", path: "/checklists/r7/medical/rows/r7.medical.2.1/answer", body: `{"facility_id":"$A","value":"yes"}`, status: 422},
	{op: "addChecklistLink", method: "POST", path: "/checklists/r7/medical/rows/r7.medical.2.1/links", body: `{"facility_id":"$A","kind":"place","title":"棚卸し簿","target":"医療情報室 棚3"}`, status: 201, remember: map[string]string{"link": "id"}},
	{op: "addChecklistLink", method: "POST", path: "/checklists/r7/medical/rows/r7.medical.2.1/links", body: `{"facility_id":"$A","kind":"page","title":"x","target":"javascript:alert(1)"}`, status: 422, want: []string{`"place":"target"`}},
	{op: "addChecklistLink", method: "POST", path: "/checklists/r7/medical/rows/r7.medical.2.1/links", body: `{"facility_id":"$A","kind":"file","title":"x","target":"$machine"}`, status: 422},
	{op: "setChecklistWording", method: "PUT", path: "/checklists/r7/medical/rows/r7.medical.2.1/wording", body: `{"wording":"貼り付けた文"}`, status: 204},
	{op: "getChecklist", path: "/checklists/r7/medical?facility=$A", want: []string{`"target":"医療情報室 棚3"`, `"wording":"貼り付けた文"`}},
	{op: "removeChecklistLink", method: "DELETE", path: "/checklists/r7/medical/rows/r7.medical.2.1/links/$link?facility=$A", status: 204},
	{op: "removeChecklistLink", method: "DELETE", path: "/checklists/r7/medical/rows/r7.medical.2.1/links/$link?facility=$A", status: 404},
	{op: "getChecklist", path: "/checklists/r7/medical?facility=$A", want: []string{`"confirmed_by":"架空 太郎"`, `"no":1`}},
	{op: "listEvidence", path: "/evidence?facility=$A&rule=AE-INV-01", want: []string{`"rule":"AE-INV-01"`, `"reason":"`}, remember: map[string]string{}},
	{op: "getEvidence", path: "/evidence/$evidence", want: []string{`"checks":[`}},
	{op: "listEvidenceHistory", path: "/evidence/history?facility=$A&rule=AE-INV-01&target=$target", want: []string{`"total":1`}},
	{op: "listEvidenceHistory", path: "/evidence/history?facility=$A&rule=AE-XX-01&target=all", status: 404},
	{op: "listGuideline", path: "/guideline/6.0?part=control&limit=200", want: []string{`"part":"control"`, `"summary":{"ja":"`}, not: []string{`"content_known":false`}},
	{op: "listGuideline", path: "/guideline/6.0?unknown=true&limit=200", want: []string{`"content_known":false`}},
	{op: "listGuideline", path: "/guideline/9.9", status: 404},
	{op: "makePack", method: "POST", path: "/packs", body: `{"facility_id":"$A","edition":"r99"}`, status: 404, want: []string{`"place":"edition"`}},
	{op: "makePack", method: "POST", path: "/packs", body: `{"facility_id":"$A","edition":"r7","made_by":"架空 太郎"}`, status: 202, want: []string{`"state":"available"`}, remember: map[string]string{"job": "id"}},
	{op: "getJob", path: "/jobs/$job", want: []string{`"facility_id":"$A"`}},
	{op: "listJobs", path: "/jobs?state=available", want: []string{`"id":"$job"`}},
	{op: "getAuditHead", path: "/audit/head", want: []string{`"public_key":"sonae-audit-`}},
	{op: "verifyAudit", method: "POST", path: "/audit/verify", status: 202, want: []string{`"kind":"audit.verify"`}},
	{op: "listAuditVerifications", path: "/audit/verifications", want: []string{`"total":0`}},
	{op: "verifyAudit", method: "POST", path: "/audit/verify", body: `{"checkpoints":["nonsense"]}`, status: 422, want: []string{`"place":"checkpoints[0]"`}},
	{op: "listAudit", path: "/audit?from=2026-11-24&until=2026-11-24&action=asset.&limit=2", want: []string{`"action":"asset.`}, remember: map[string]string{"log": "next"}},
	{op: "listAudit", path: "/audit?from=2026-11-24&until=2026-11-24&action=asset.&limit=2&cursor=$log", want: []string{`"action":"asset.`}},
	{op: "getToday", path: "/today?facility=$A", want: []string{`"day":"2026-11-24"`, `"title":"電子カルテ 保守"`, `"ledger":{"total":3`, `"edition":"r8"`}},
	{op: "retireAsset", method: "POST", path: "/assets/$asset/retire", body: `{"rev":4,"disposed_on":"2026-11-20"}`, status: 422, want: []string{`"place":"disposal_proof"`}},
	{op: "retireAsset", method: "POST", path: "/assets/$asset/retire", body: `{"rev":4,"disposed_on":"2026-11-20","reason":"故障"}`, want: []string{`"status":"disposed"`}},
	{op: "listAssets", path: "/assets?q=外来", want: []string{`"total":0`}},
	{op: "listAssets", path: "/assets?q=外来&status=disposed", want: []string{`"total":1`}},
	{op: "createAsset", method: "POST", path: "/assets", body: `{"facility_id":"$A","kind":"vpn","status":"in_use","values":{"name":"VPN-1","patch_owner":"例示保守"}}`, status: 201, remember: map[string]string{"vpnbox": "id"}},
	{op: "listWayInProposals", path: "/way-in-proposals?facility=$A", want: []string{`"key":"box:$vpnbox"`}},
	{op: "refuseWayInProposal", method: "POST", path: "/way-in-proposals/refuse", body: `{"facility_id":"$A","key":"box:$vpnbox","reason":"予備機"}`, status: 204},
	{op: "listWayInProposals", path: "/way-in-proposals?facility=$A", not: []string{"box:$vpnbox"}},
	{op: "refuseWayInProposal", method: "POST", path: "/way-in-proposals/refuse", body: `{"facility_id":"$A","key":"box:$vpnbox","reason":"予備機"}`, status: 404},
}

// stranger shows a NAS on the network of a facility that is in no ledger.
func (w *world) stranger(facilityID, mac string) {
	w.t.Helper()
	now := store.MS(w.clock.now())
	sw := network.Party{ChassisID: "mac:00005e0053f0", Name: "SW-3N"}
	nas := network.Party{MAC: mac, Address: netip.MustParseAddr("192.0.2.99"), Name: "nas"}
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := network.Observe(ctx, tx, []network.Observation{
			{FacilityID: facilityID, How: network.HowFDB, Seer: sw, SeerPort: "Gi1/0/7", Seen: network.Party{MAC: mac}, AtMS: now},
			{FacilityID: facilityID, How: network.HowMDNS, Seer: network.Party{Name: "sonae"}, Seen: nas, AtMS: now, Traits: []network.Trait{{Key: network.TraitSysDescr, Value: "Linux DiskStation 4.4.302+ #69057 SMP"}, {Key: network.TraitDHCPServer, Value: "offer"}}},
		}, now)
		return err
	})
}

// waitingDevice is a device of facility B that claims another one's machine.
func (w *world) waitingDevice(of, assetID string) (id string) {
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		secret, _, err := w.reg.CreateEnrollToken(ctx, tx, identity.System("test"), identity.EnrollToken{FacilityID: w.b.ID, MaxUses: 5, ExpiresMS: store.MS(w.clock.now()) + 1e6})
		if err != nil {
			return err
		}
		d, err := w.reg.Enroll(ctx, tx, identity.Enrolling{Secret: secret, PublicKey: append(make([]byte, 31), 1), Name: "B-PC-2"})
		if err != nil {
			return err
		}
		id = d.ID
		_, err = w.reg.AskTakeOver(ctx, tx, d.ID, assetID, []string{of})
		return err
	})
	return id
}

var name = regexp.MustCompile(`\$[A-Za-z]+`)

// TestStory drives every operation against a running API with a real database.
func TestStory(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		known := w.prepare()
		put := func(s string) string {
			return name.ReplaceAllStringFunc(s, func(n string) string {
				v, ok := known[n[1:]]
				if !ok {
					t.Fatalf("nothing remembered as %s", n)
				}
				return v
			})
		}
		succeeded := map[string]bool{}
		for _, s := range story {
			r := request{method: s.method, path: put(s.path), token: w.admin}
			if s.method == "" {
				r.method = "GET"
			}
			if s.body != "" {
				r.body = put(s.body)
			}
			if s.status == 0 {
				s.status = 200
			}
			got := w.do(r)
			if got.status != s.status {
				t.Fatalf("%s %s: %d, want %d: %s", s.op, r.path, got.status, s.status, got.body)
			}
			for _, text := range s.want {
				if !strings.Contains(string(got.body), put(text)) {
					t.Errorf("%s %s: %s is missing: %.2000s", s.op, r.path, text, got.body)
				}
			}
			for _, text := range s.not {
				if strings.Contains(string(got.body), put(text)) {
					t.Errorf("%s %s: %s stands in: %.2000s", s.op, r.path, text, got.body)
				}
			}
			for n, field := range s.remember {
				known[n] = got.text(t, field)
			}
			succeeded[s.op] = succeeded[s.op] || got.status < 300
		}
		w.packs(known, succeeded)
		w.attachments(known["machine"], succeeded)
		w.checklistFiles(succeeded)
		w.imports(succeeded)
		w.later(succeeded)
		w.organisationFiles(known["appointment"], succeeded)
		for _, op := range w.api.Operations() {
			if !succeeded[op.ID] {
				t.Errorf("%s: the story holds no success", op.ID)
			}
		}
	})
}

// prepare makes what people cannot make through the API, and evidence.
func (w *world) prepare() map[string]string {
	w.t.Helper()
	things := foreign{"assets": w.machine(w.a.ID, "PC-7")}
	things.rest(w)
	w.stranger(w.a.ID, "00005e005377")
	w.must(w.reg.Knock(w.t.Context(), "192.0.2.99", "unknown-pc"))
	now := store.MS(w.clock.now())
	_, err := evidence.Evaluate(w.t.Context(), w.db, w.cat, evidence.Request{FacilityID: w.a.ID, AsOfMS: now, NowMS: now})
	w.must(err)
	found, err := evidence.LatestAll(w.t.Context(), w.db, w.a.ID, now)
	w.must(err)
	ldap := directorytest.New(w.t)
	entry := account.DirectoryAccount{FacilityID: w.a.ID, Key: store.NewID(), Name: "hanako.r", Number: "Ｓ１", Enabled: true}
	directory := store.NewID()
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := account.RecordDirectory(ctx, tx, directory, now, []account.DirectoryAccount{entry})
		return err
	})
	known := map[string]string{"ldap": ldap.Address, "pin": ldap.Pin, "entry": entry.Key, "entrydir": directory, "A": w.a.ID, "B": w.b.ID, "machine": things["assets"], "conflict": things["conflicts"], "device": things["devices"]}
	known["waiting"] = w.waitingDevice(things["devices"], things["assets"])
	for k, r := range found {
		if k.RuleID == "AE-INV-01" {
			known["evidence"], known["target"] = r.ID, string(k.Target)
		}
	}
	return known
}

// packs does what the job would do, then reads the pack.
func (w *world) packs(known map[string]string, succeeded map[string]bool) {
	w.t.Helper()
	j, err := job.ByID(w.t.Context(), w.db, known["job"])
	w.must(err)
	texts, err := textsOnce()
	w.must(err)
	work := inspection.Worker(inspection.Deps{DB: w.db, Catalog: w.cat, Texts: texts, Facility: w.reg.FacilityByID, Now: w.clock.now})
	w.must(work(w.t.Context(), j))
	list := w.get("/packs?edition=r7&facility=" + w.a.ID).items(w.t)
	if len(list) != 1 || list[0]["made_by"] != "架空 太郎" {
		w.t.Fatalf("packs: %v", list)
	}
	id := list[0]["id"].(string)
	file := w.get("/packs/" + id + "/file")
	if _, err := zip.NewReader(bytes.NewReader(file.body), int64(len(file.body))); err != nil {
		w.t.Errorf("pack is no ZIP: %v", err)
	}
	if got := file.header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") || file.header.Get("X-Content-Type-Options") != "nosniff" {
		w.t.Errorf("pack: headers %v", file.header)
	}
	hash := w.get("/packs/"+id).text(w.t, "manifest_sha256")
	if log := w.get("/audit?action=pack."); !strings.Contains(string(log.body), hash) {
		w.t.Errorf("the audit log does not hold the manifest's hash: %s", log.body)
	}
	succeeded["listPacks"], succeeded["getPack"], succeeded["downloadPack"] = true, true, true
}

// attachments uploads, reads back, refuses and removes.
func (w *world) attachments(id string, succeeded map[string]bool) {
	w.t.Helper()
	pdf := []byte("%PDF-1.4\n架空の証明書\n%%EOF\n")
	send := func(name string, content []byte) answer {
		body, media := form(name, content)
		return w.do(request{method: "POST", path: "/assets/" + id + "/attachments", token: w.admin, body: body, media: media})
	}
	made := send("廃棄 証明書.pdf", pdf)
	if made.status != 201 || made.text(w.t, "media_type") != "application/pdf" || made.text(w.t, "name") != "廃棄 証明書.pdf" {
		w.t.Fatalf("upload: %d %s", made.status, made.body)
	}
	path := "/assets/" + id + "/attachments/" + made.text(w.t, "id")
	back := w.get(path)
	if !bytes.Equal(back.body, pdf) || back.header.Get("Content-Type") != "application/pdf" || !strings.Contains(back.header.Get("Content-Disposition"), "attachment") {
		w.t.Errorf("download: %v %q", back.header, back.body)
	}
	if rows := w.get("/assets/" + id + "/attachments").items(w.t); len(rows) != 1 {
		w.t.Errorf("list: %v", rows)
	}
	for what, c := range map[string]struct {
		name    string
		content []byte
		status  int
	}{
		"a page that says it is a picture": {"x.png", []byte("<html><script>alert(1)</script></html>"), 415},
		"a program":                        {"x.exe", []byte("MZ\x90\x00"), 415},
		"nothing":                          {"x.pdf", nil, 422},
		"more than 25 MB":                  {"x.pdf", append([]byte("%PDF-1.4\n"), make([]byte, 25<<20)...), 413},
		"more than any form":               {"x.pdf", append([]byte("%PDF-1.4\n"), make([]byte, 27<<20)...), 413},
	} {
		if got := send(c.name, c.content); got.status != c.status || got.header.Get("Content-Type") != "application/problem+json" {
			w.t.Errorf("%s: %d %.300s", what, got.status, got.body)
		}
	}
	if got := w.do(request{method: "POST", path: "/assets/" + id + "/attachments", token: w.admin, body: map[string]string{"file": "x"}}); got.status/100 != 4 {
		w.t.Errorf("JSON in place of a form: %d %s", got.status, got.body)
	}
	w.send("DELETE", path, nil)
	if got := w.do(request{method: "GET", path: path, token: w.admin}); got.status != 404 {
		w.t.Errorf("removed: %d", got.status)
	}
	for _, op := range []string{"addAttachment", "downloadAttachment", "listAttachments", "removeAttachment"} {
		succeeded[op] = true
	}
}

// checklistFiles puts a file beside a row, reads it back and takes it away.
func (w *world) checklistFiles(succeeded map[string]bool) {
	w.t.Helper()
	pdf := []byte("%PDF-1.4\n架空の規程\n%%EOF\n")
	sheet := "/checklists/r7/medical"
	at := "?facility=" + w.a.ID
	send := func(row, name string, content []byte) answer {
		body, media := form(name, content)
		return w.do(request{method: "POST", path: sheet + "/rows/" + row + "/files" + at, token: w.admin, body: body, media: media})
	}
	made := send("r7.medical.4.1", "規程.pdf", pdf)
	if made.status != 201 || made.text(w.t, "kind") != "file" || made.text(w.t, "title") != "規程.pdf" || strings.Contains(string(made.body), "target") {
		w.t.Fatalf("upload: %d %s", made.status, made.body)
	}
	succeeded["addChecklistFile"] = true
	path := sheet + "/files/" + made.text(w.t, "id") + at
	back := w.get(path)
	if !bytes.Equal(back.body, pdf) || back.header.Get("Content-Type") != "application/pdf" || !strings.Contains(back.header.Get("Content-Disposition"), "attachment") {
		w.t.Errorf("download: %v %q", back.header, back.body)
	}
	succeeded["downloadChecklistFile"] = true
	if got := send("r7.medical.4.1", "x.png", []byte("<html>")); got.status != 415 {
		w.t.Errorf("a page that says it is a picture: %d %s", got.status, got.body)
	}
	if got := send("r7.medical.9.9", "x.pdf", pdf); got.status != 404 {
		w.t.Errorf("no such row: %d %s", got.status, got.body)
	}
	if got := w.do(request{method: "GET", path: "/checklists/r7/vendor/files/" + made.text(w.t, "id") + at, token: w.admin}); got.status != 404 {
		w.t.Errorf("beside another sheet: %d", got.status)
	}
	w.send("DELETE", sheet+"/rows/r7.medical.4.1/links/"+made.text(w.t, "id")+at, nil)
	if got := w.do(request{method: "GET", path: path, token: w.admin}); got.status != 404 {
		w.t.Errorf("removed: %d", got.status)
	}
}
