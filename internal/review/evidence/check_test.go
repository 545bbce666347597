package evidence_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/text"
	"sonae/internal/review/catalog"
	"sonae/internal/review/evidence"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/organisation"
	"sonae/internal/survey/software"
)

func TestCatalogCallsOnlyKnownChecks(t *testing.T) {
	cat := loadCatalog(t)
	if err := evidence.Verify(cat); err != nil {
		t.Error(err)
	}
	var have []string
	for _, c := range evidence.Checks() {
		have = append(have, c.Name)
	}
	slices.Sort(have)
	if diff := cmp.Diff(cat.CheckNames(), have); diff != "" {
		t.Errorf("checks of the catalog and of the program differ (-catalog +program):\n%s", diff)
	}
}

// checkCase is a check in a small hospital: what it must find.
type checkCase struct {
	name    string
	check   string
	target  catalog.Target
	args    catalog.Args
	build   func(h *hospital)
	state   evidence.State
	missing string
	reasons []string         // of the failing things, in order
	figures map[string]int64 // some of the figures
}

func num(n float64) catalog.Value { return catalog.Number(n) }

var daysArg = func(n float64) catalog.Args { return catalog.Args{"days": num(n)} }

func checkCases() []checkCase {
	all := slices.Concat(ledgerCases(), peopleCases(), accountCases(), patchCases(), setupCases(), serviceCases(), logCases())
	return all
}

func ledgerCases() []checkCase {
	classes := catalog.Args{"classes": catalog.List("server", "pc", "network")}
	return []checkCase{
		{"no system", "systems_registered", "org", catalog.Args{"min": num(1)}, func(h *hospital) {}, evidence.Fail, "", nil, map[string]int64{"systems": 0}},
		{"patient data on a PC without system", "systems_registered", "org", catalog.Args{"min": num(1)}, func(h *hospital) {
			h.edit(h.box(asset.KindPC, "PC1"), now-dayMS, asset.Values{asset.FieldPatientData: "yes"})
		}, evidence.Fail, "", []string{"patient_data_without_system"}, map[string]int64{"devices_with_patient_data": 1}},
		{"system in use", "systems_registered", "org", catalog.Args{"min": num(1)}, func(h *hospital) {
			h.enter(now-dayMS, asset.Values{asset.FieldKind: "system", asset.FieldName: "電子カルテ", asset.FieldPatientData: "yes"})
		}, evidence.Pass, "", nil, map[string]int64{"systems_with_patient_data": 1}},
		{"all classes", "asset_classes_covered", "all", classes, func(h *hospital) {
			h.box(asset.KindVM, "SV1")
			h.box(asset.KindPC, "PC1")
			h.box(asset.KindVPN, "VPN1")
		}, evidence.Pass, "", nil, map[string]int64{"class_server": 1, "class_pc": 1, "class_network": 1}},
		{"disposed devices do not cover a class", "asset_classes_covered", "all", classes, func(h *hospital) {
			h.box(asset.KindPC, "PC1")
			h.edit(h.box(asset.KindServer, "SV1"), now-dayMS, asset.Values{asset.FieldStatus: "disposed", asset.FieldDisposedOn: on(2), asset.FieldDisposalReason: "故障"})
		}, evidence.Fail, "", []string{"class_empty", "class_empty"}, map[string]int64{"class_server": 0}},
		{"fields filled", "required_fields_complete", "all", catalog.Args{"min": num(0.95)}, func(h *hospital) {
			h.box(asset.KindPC, "PC1")
		}, evidence.Pass, "", nil, map[string]int64{"fields_filled": 10_000}},
		{"fields empty", "required_fields_complete", "all", catalog.Args{"min": num(0.95)}, func(h *hospital) {
			h.box(asset.KindPC, "PC1")
			h.enter(now-dayMS, asset.Values{asset.FieldKind: "pc", asset.FieldName: "PC2"})
		}, evidence.Fail, "", []string{"fields_empty"}, map[string]int64{"assets_incomplete": 1}},
		{"empty ledger", "required_fields_complete", "all", catalog.Args{"min": num(0.95)}, func(h *hospital) {}, evidence.Unknown, "empty_ledger", nil, nil},
		{"nobody looked at the network", "unreconciled_devices", "all", daysArg(30), func(h *hospital) { h.box(asset.KindPC, "PC1") },
			evidence.Unknown, "no_discovery", nil, nil},
		{"stranger on the network", "unreconciled_devices", "all", daysArg(30), func(h *hospital) { stranger(h, now-2*dayMS) },
			evidence.Fail, "", []string{"not_in_ledger"}, map[string]int64{"unreconciled": 1}},
		{"stranger was registered", "unreconciled_devices", "all", daysArg(30), func(h *hospital) {
			h.edit(stranger(h, now-2*dayMS), now-dayMS, asset.Values{asset.FieldName: "NAS-1", asset.FieldKind: "storage"})
		}, evidence.Pass, "", nil, map[string]int64{"unreconciled": 0}},
		{"device on the map that is in no ledger", "unreconciled_devices", "all", daysArg(30), func(h *hospital) { seen(h, "00005e005355", now-2*dayMS) },
			evidence.Fail, "", []string{"not_in_ledger"}, map[string]int64{"unreconciled": 1}},
		{"device on the map long ago", "unreconciled_devices", "all", daysArg(20), func(h *hospital) { seen(h, "00005e005355", now-30*dayMS) },
			evidence.Unknown, "no_discovery", nil, map[string]int64{"unreconciled": 0}},
		{"no way in", "ways_in_gaps", "all", gapsArg("patch_owner", "review"), func(h *hospital) {}, evidence.Unknown, "no_ways_in", nil, nil},
		{"way in without gaps", "ways_in_gaps", "all", gapsArg("patch_owner", "review"), func(h *hospital) { wayIn(h, "業者", on(20)) }, evidence.Pass, "", nil, map[string]int64{"ways_in": 1, "ways_in_gaps": 0}},
		{"way in that nobody updates or reviews", "ways_in_gaps", "all", gapsArg("patch_owner", "review"), func(h *hospital) { wayIn(h, "不明", on(400)) }, evidence.Fail, "", []string{"way_gap", "way_gap"}, map[string]int64{"ways_in": 1, "ways_in_gaps": 1}},
		{"VPN box that nobody registered", "ways_in_unregistered", "all", nil, func(h *hospital) { h.enter(now-dayMS, complete("vpn", "VPN1", 1)) }, evidence.Fail, "", []string{"way_unregistered"}, map[string]int64{"ways_in_unregistered": 1}},
		{"nothing that may be a way in", "ways_in_unregistered", "all", nil, func(h *hospital) { h.box(asset.KindPC, "PC1") }, evidence.Pass, "", nil, nil},
		{"remote maintenance not said", "remote_maintenance_known", "all", nil, func(h *hospital) {
			h.enter(now-dayMS, asset.Values{asset.FieldKind: "pc", asset.FieldName: "PC1", asset.FieldRemoteMaintenance: "no"})
			h.enter(now-dayMS, asset.Values{asset.FieldKind: "pc", asset.FieldName: "PC2", asset.FieldRemoteMaintenance: "unknown"})
		}, evidence.Fail, "", []string{"remote_unknown"}, map[string]int64{"assets": 2, "remote_unknown": 1}},
		{"stocktake in time", "stocktake_within", "all", daysArg(365), func(h *hospital) { h.record(organisation.KindStocktake, on(100)) }, evidence.Pass, "", nil, nil},
		{"stocktake too long ago", "stocktake_within", "all", daysArg(365), func(h *hospital) { h.record(organisation.KindStocktake, on(366)) }, evidence.Fail, "", nil, nil},
		{"a drill is no stocktake", "stocktake_within", "all", daysArg(365), func(h *hospital) { h.record(organisation.KindDrill, on(1)) }, evidence.Fail, "", nil, nil},
		{"report to management", "management_report_within", "all", daysArg(365), func(h *hospital) { h.record(organisation.KindManagement, on(365)) }, evidence.Pass, "", nil, nil},
		{"nothing seen", "stale_assets", "all", daysArg(90), func(h *hospital) {
			h.box(asset.KindPC, "PC1")
			h.edit(h.box(asset.KindPC, "PC2"), now-100*dayMS, asset.Values{asset.FieldVerifiedOn: on(100)})
			h.edit(h.box(asset.KindPC, "PC3"), now-dayMS, asset.Values{asset.FieldVerifiedOn: on(3)})
			h.machine(asset.KindPC, "PC4", now-dayMS)
		}, evidence.Fail, "", []string{"never_seen", "last_seen"}, map[string]int64{"assets": 4, "assets_stale": 2}},
	}
}

func gapsArg(words ...string) catalog.Args { return catalog.Args{"gaps": catalog.List(words...)} }

// seen is a device that the network map has and no ledger.
func seen(h *hospital, mac string, atMS int64) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		o := network.Observation{FacilityID: h.id, How: network.HowARP, Seen: network.Party{MAC: mac}, AtMS: atMS}
		_, err := network.Observe(ctx, tx, []network.Observation{o}, now)
		return err
	})
}

// wayIn registers a way in from outside.
func wayIn(h *hospital, patchOwner, reviewedOn string) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := network.CreateExternal(ctx, tx, network.External{FacilityID: h.id, Name: "PACS", Party: "v", PartyKind: network.PartyVendor, Line: network.LineVPN, Authentication: network.AuthCertificate,
			SecondFactor: network.Yes, SourceLimit: network.Yes, Opening: network.OpenOnRequest, PatchOwner: patchOwner, ReviewedOn: reviewedOn}, now-dayMS)
		return err
	})
}

// stranger is a device that only listening tells about.
func stranger(h *hospital, atMS int64) string {
	h.t.Helper()
	h.n++
	id := ""
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		r, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: h.id, Source: asset.SourcePassive, AtMS: atMS,
			Identity: asset.Identity{MACs: []string{complete("pc", "", h.n)[asset.FieldMAC]}},
			Groups:   map[string]asset.Values{asset.SectionIdentity: {asset.FieldIP: "10.20.9.9"}}})
		id = r.AssetID
		return err
	})
	return id
}

func peopleCases() []checkCase {
	one := catalog.Args{"role": catalog.Word("safety_manager"), "exactly": num(1)}
	return []checkCase{
		{"nobody appointed", "officer_assigned", "org", one, func(h *hospital) {}, evidence.Fail, "", nil, map[string]int64{"officers": 0}},
		{"one appointed", "officer_assigned", "org", one, func(h *hospital) { h.appoint(h.staff("山田", ""), "") }, evidence.Pass, "", nil, map[string]int64{"officers": 1}},
		{"two appointed", "officer_assigned", "org", one, func(h *hospital) { h.appoint(h.staff("山田", ""), ""); h.appoint(h.staff("鈴木", ""), "") },
			evidence.Fail, "", []string{"appointed", "appointed"}, map[string]int64{"officers": 2}},
		{"officer works here", "officer_active", "org", nil, func(h *hospital) { h.appoint(h.staff("山田", ""), "") }, evidence.Pass, "", nil, nil},
		{"officer left", "officer_active", "org", nil, func(h *hospital) { h.appoint(h.staff("山田", on(10)), "") }, evidence.Fail, "", []string{"left"}, nil},
		{"no officer to ask about", "officer_active", "org", nil, func(h *hospital) {}, evidence.Unknown, "no_officer", nil, nil},
		{"letter attached", "appointment_document", "org", nil, func(h *hospital) { h.appoint(h.staff("山田", ""), store.NewID()) }, evidence.Pass, "", nil, map[string]int64{"documents": 1}},
		{"letter added as a file", "appointment_document", "org", nil, func(h *hospital) { h.letter(h.appoint(h.staff("山田", ""), ""), now-dayMS) }, evidence.Pass, "", nil, map[string]int64{"documents": 1}},
		{"letter added afterwards", "appointment_document", "org", nil, func(h *hospital) { h.letter(h.appoint(h.staff("山田", ""), ""), now+dayMS) }, evidence.Fail, "", []string{"no_document"}, nil},
		{"letter missing", "appointment_document", "org", nil, func(h *hospital) { h.appoint(h.staff("山田", ""), "") }, evidence.Fail, "", []string{"no_document"}, nil},
		{"trained", "officer_trained_within", "org", daysArg(365), func(h *hospital) { h.record(organisation.KindTraining, on(30)) }, evidence.Pass, "", nil, nil},
		{"not trained", "officer_trained_within", "org", daysArg(365), func(h *hospital) {}, evidence.Fail, "", nil, nil},
	}
}

func accountCases() []checkCase {
	const check = "vendor_or_leaver_accounts"
	return []checkCase{
		{"no account told", check, "all", nil, func(h *hospital) { h.machine(asset.KindPC, "PC1", now-dayMS) }, evidence.Unknown, "no_accounts", nil, nil},
		{"no owner known", check, "all", nil, func(h *hospital) { h.accounts(h.machine(asset.KindPC, "PC1", now-dayMS), now-dayMS, user("a", now)) },
			evidence.Unknown, "no_owners", nil, nil},
		{"leaver and former vendor", check, "all", nil, func(h *hospital) {
			pc := h.machine(asset.KindPC, "PC1", now-dayMS)
			h.accounts(pc, now-dayMS, user("gone", now-20*dayMS), user("used", now-2*dayMS), user("stays", now), user("maint", now))
			h.owner(pc, "gone", account.Owner{Kind: account.OwnerStaff, StaffID: h.staff("退職 一郎", on(10))})
			h.owner(pc, "used", account.Owner{Kind: account.OwnerStaff, StaffID: h.staff("退職 二郎", on(10))})
			h.owner(pc, "stays", account.Owner{Kind: account.OwnerStaff, StaffID: h.staff("在職 花子", "")})
			h.owner(pc, "maint", account.Owner{Kind: account.OwnerVendor, VendorID: h.vendorWithContract("終了電算"+h.id, on(30))})
		}, evidence.Fail, "", []string{"owner_left", "used_after_leaving", "contract_ended"}, map[string]int64{"leaver_accounts": 2, "vendor_accounts": 1}},
		{"disabled accounts of leavers are fine", check, "all", nil, func(h *hospital) {
			pc := h.machine(asset.KindPC, "PC1", now-dayMS)
			off := user("gone", now-20*dayMS)
			off.Enabled = false
			h.accounts(pc, now-dayMS, off, user("maint", now))
			h.owner(pc, "gone", account.Owner{Kind: account.OwnerStaff, StaffID: h.staff("退職 一郎", on(10))})
			h.owner(pc, "maint", account.Owner{Kind: account.OwnerVendor, VendorID: h.vendorWithContract("継続電算"+h.id, "")})
		}, evidence.Pass, "", nil, map[string]int64{"accounts": 1}},
		{"unused and undecided", "unused_accounts", "all", daysArg(90), func(h *hospital) {
			pc := h.machine(asset.KindPC, "PC1", now-100*dayMS)
			h.accounts(pc, now-100*dayMS, user("old", now-91*dayMS), user("never", 0), user("fresh", now-dayMS), user("kept", now-200*dayMS))
			h.owner(pc, "kept", account.Owner{Kind: account.OwnerShared, Note: "夜間当直用"})
		}, evidence.Fail, "", []string{"never_used", "last_used"}, map[string]int64{"unused_accounts": 2}},
		{"log-ins not told", "unused_accounts", "all", daysArg(90), func(h *hospital) {
			a := user("x", 0)
			a.Login = account.LoginUnknown
			h.accounts(h.machine(asset.KindPC, "PC1", now-dayMS), now-dayMS, a)
		}, evidence.Unknown, "logins_not_told", nil, map[string]int64{"accounts_login_unknown": 1}},
		{"ownerless, the powerful first", "ownerless_accounts", "all", nil, func(h *hospital) {
			root := user("root", now)
			root.Privileged = true
			h.accounts(h.machine(asset.KindPC, "PC1", now-dayMS), now-dayMS, user("a", now), root)
		}, evidence.Fail, "", []string{"no_owner_privileged", "no_owner"}, map[string]int64{"ownerless_accounts": 2}},
		{"fresh data", "account_data_fresh", "all", daysArg(90), func(h *hospital) { h.machine(asset.KindServer, "SV1", now-dayMS) }, evidence.Pass, "", nil, nil},
		{"old and silent", "account_data_fresh", "all", daysArg(90), func(h *hospital) {
			h.machine(asset.KindServer, "SV1", now-91*dayMS)
			h.box(asset.KindPC, "PC1")
			h.machine(asset.KindPC, "PC2", now-dayMS)
		}, evidence.Fail, "", []string{"data_never", "data_old"}, map[string]int64{"machines": 3, "machines_old": 1, "machines_silent": 1}},
		{"network devices have no agent", "account_data_fresh", "network", daysArg(90), func(h *hospital) { h.box(asset.KindNetwork, "SW1") }, evidence.Unknown, "no_reports", nil, nil},
	}
}

func patchCases() []checkCase {
	limits := catalog.Args{"critical_days": num(14), "high_days": num(30), "other_days": num(90)}
	pend := func(name, severity string, security bool) software.Pending {
		return software.Pending{Name: name, Offered: "2", Security: security, Severity: severity}
	}
	return []checkCase{
		{"late by severity", "pending_security_updates", "all", limits, func(h *hospital) {
			pc := h.machine(asset.KindPC, "PC1", now-20*dayMS)
			h.updates(pc, now-20*dayMS, pend("a", "Critical", true), pend("b", "Important", true), pend("c", "", true), pend("d", "Critical", false))
		}, evidence.Fail, "", []string{"updates_late"}, map[string]int64{"updates_waiting": 3, "updates_late": 1, "machines_late": 1}},
		{"in time", "pending_security_updates", "all", limits, func(h *hospital) {
			h.updates(h.machine(asset.KindPC, "PC1", now-dayMS), now-dayMS, pend("a", "critical", true))
		}, evidence.Pass, "", nil, map[string]int64{"updates_waiting": 1}},
		{"nobody tells", "pending_security_updates", "all", limits, func(h *hospital) { h.box(asset.KindPC, "PC1") }, evidence.Unknown, "no_reports", nil, nil},
		{"out of support", "supported_os", "all", nil, func(h *hospital) {
			h.edit(h.box(asset.KindPC, "PC1"), now-dayMS, asset.Values{asset.FieldSupportEndsOn: on(1)})
			h.edit(h.box(asset.KindPC, "PC2"), now-dayMS, asset.Values{asset.FieldSupportEndsOn: on(0)})
		}, evidence.Fail, "", []string{"support_ended"}, map[string]int64{"support_ended": 1}},
		{"end of support not known", "supported_os", "all", nil, func(h *hospital) {
			h.box(asset.KindPC, "PC1")
			h.machine(asset.KindPC, "PC2", now-dayMS)
		}, evidence.Unknown, "support_unknown", nil, map[string]int64{"support_unknown": 1}},
		{"supported", "supported_os", "all", nil, func(h *hospital) { h.box(asset.KindPC, "PC1") }, evidence.Pass, "", nil, nil},
		{"versions known", "os_version_known", "all", catalog.Args{"min": num(0.5)}, func(h *hospital) {
			h.box(asset.KindPC, "PC1")
			h.enter(now-dayMS, asset.Values{asset.FieldKind: "pc", asset.FieldName: "PC2"})
		}, evidence.Pass, "", []string{"version_unknown"}, map[string]int64{"coverage": 5000}},
		{"versions unknown", "os_version_known", "all", catalog.Args{"min": num(0.95)}, func(h *hospital) {
			h.enter(now-dayMS, asset.Values{asset.FieldKind: "pc", asset.FieldName: "PC2"})
		}, evidence.Fail, "", []string{"version_unknown"}, map[string]int64{"version_known": 0}},
		{"assessed", "updates_assessed", "all", catalog.Args{"min": num(1)}, func(h *hospital) {
			h.machine(asset.KindPC, "PC1", now-dayMS)
			h.edit(h.box(asset.KindNetwork, "SW1"), now-dayMS, asset.Values{asset.FieldFirmwareOn: "2026-10-01"})
		}, evidence.Pass, "", nil, map[string]int64{"updates_assessed": 2}},
		{"firmware without date", "updates_assessed", "all", catalog.Args{"min": num(1)}, func(h *hospital) { h.box(asset.KindNetwork, "SW1") },
			evidence.Fail, "", []string{"updates_not_told"}, nil},
		{"protection off", "protection_running", "all", nil, func(h *hospital) {
			h.guards(h.machine(asset.KindPC, "PC1", now-dayMS), software.Safeguard{Kind: software.GuardProtection, Name: "A", State: software.Off, Detail: "antimalware"})
		}, evidence.Fail, "", []string{"no_protection"}, nil},
		{"protection on", "protection_running", "all", nil, func(h *hospital) {
			h.guards(h.machine(asset.KindPC, "PC1", now-dayMS), software.Safeguard{Kind: software.GuardProtection, Name: "A", State: software.On, Detail: "antimalware"})
		}, evidence.Pass, "", nil, map[string]int64{"machines_good": 1}},
		{"one machine is silent", "protection_running", "all", nil, func(h *hospital) {
			h.guards(h.machine(asset.KindPC, "PC1", now-dayMS), software.Safeguard{Kind: software.GuardProtection, Name: "A", State: software.On, Detail: "antimalware"})
			h.box(asset.KindPC, "PC2")
		}, evidence.Unknown, "silent_machines", nil, map[string]int64{"machines_silent": 1}},
	}
}

func setupCases() []checkCase {
	pc := func(h *hospital, name string) string { return h.machine(asset.KindPC, name, now-dayMS) }
	length := catalog.Args{"min": num(8)}
	return []checkCase{
		{"short passwords", "password_length", "all", length, func(h *hospital) {
			h.settings(pc(h, "PC1"), software.Setting{Kind: "password_policy", Item: "min_length", Value: "0"})
			h.settings(pc(h, "PC2"), software.Setting{Kind: "password_policy", Item: "min_length", Value: "14"}, software.Setting{Kind: "password_policy", Item: "complexity", Value: "on"})
		}, evidence.Fail, "", []string{"short_passwords"}, map[string]int64{"machines_bad": 1, "machines_good": 1, "min_length": 8}},
		{"long passwords", "password_length", "all", length, func(h *hospital) {
			h.settings(pc(h, "PC1"), software.Setting{Kind: "password_policy", Item: "min_length", Value: "8"}, software.Setting{Kind: "ssh", Item: "root_login", Value: "no"})
		}, evidence.Pass, "", nil, map[string]int64{"machines_good": 1}},
		{"length not told", "password_length", "all", length, func(h *hospital) {
			h.settings(pc(h, "PC1"), software.Setting{Kind: "password_policy", Item: "history", Value: "5"})
		}, evidence.Unknown, "silent_machines", nil, map[string]int64{"machines_silent": 1}},
		{"automatic log-on", "automatic_logon", "all", nil, func(h *hospital) {
			h.settings(pc(h, "PC1"), software.Setting{Kind: "auto_logon", Value: "on"}, software.Setting{Kind: "auto_logon", Item: "user", Value: "kiosk"})
			h.settings(pc(h, "PC2"), software.Setting{Kind: "auto_logon", Value: "off"})
		}, evidence.Fail, "", []string{"automatic_logon"}, map[string]int64{"machines_bad": 1, "machines_good": 1}},
		{"no automatic log-on", "automatic_logon", "all", nil, func(h *hospital) {
			h.settings(pc(h, "PC1"), software.Setting{Kind: "auto_logon", Value: "off"})
		}, evidence.Pass, "", nil, nil},
		{"who told nothing", "automatic_logon", "all", nil, func(h *hospital) { h.box(asset.KindPC, "PC1") }, evidence.Unknown, "silent_machines", nil, nil},
		{"administrator not managed", "local_admin_managed", "all", nil, func(h *hospital) {
			h.settings(pc(h, "PC1"), software.Setting{Kind: "local_admin", Item: "managed", Value: "none"})
			h.settings(pc(h, "PC2"), software.Setting{Kind: "local_admin", Item: "managed", Value: "windows_laps"})
		}, evidence.Fail, "", []string{"local_admin_unmanaged"}, map[string]int64{"machines_bad": 1, "machines_good": 1}},
		{"administrators managed", "local_admin_managed", "all", nil, func(h *hospital) {
			h.settings(pc(h, "PC1"), software.Setting{Kind: "local_admin", Item: "managed", Value: "laps"})
		}, evidence.Pass, "", nil, nil},
		{"administrator not known", "local_admin_managed", "all", nil, func(h *hospital) {
			h.settings(pc(h, "PC1"), software.Setting{Kind: "local_admin", Item: "managed", Value: "unknown"})
		}, evidence.Unknown, "silent_machines", nil, nil},
		{"stick last week", "removable_media_seen", "all", daysArg(90), func(h *hospital) {
			h.usb(pc(h, "PC1"), asset.USBStorage{Kind: "disk", Serial: "1", LastSeen: on(7)})
			h.usb(pc(h, "PC2"), asset.USBStorage{Kind: "disk", Serial: "2", LastSeen: on(91)}, asset.USBStorage{Kind: "optical", Serial: "3", LastSeen: on(1)})
			h.usb(pc(h, "PC3"), asset.USBStorage{Kind: "disk", Serial: "4", Connected: true})
		}, evidence.Fail, "", []string{"removable_media_seen", "removable_media_seen"}, map[string]int64{"machines_bad": 2, "machines_good": 1, "limit_days": 90}},
		{"no stick", "removable_media_seen", "all", daysArg(90), func(h *hospital) { pc(h, "PC1") }, evidence.Pass, "", nil, nil},
		{"sticks not told", "removable_media_seen", "all", daysArg(90), func(h *hospital) { h.box(asset.KindPC, "PC1") }, evidence.Unknown, "silent_machines", nil, nil},
		{"backup too old", "backup_within", "all", daysArg(7), func(h *hospital) {
			h.backups(h.machine(asset.KindServer, "SV1", now-dayMS), software.Backup{Product: "Veeam", LastOKMS: now - 9*dayMS})
			h.backups(h.machine(asset.KindServer, "SV2", now-dayMS), software.Backup{Product: "Veeam", LastOKMS: now - 2*dayMS}, software.Backup{Product: "File History"})
		}, evidence.Fail, "", []string{"backup_old"}, map[string]int64{"machines_bad": 1, "machines_good": 1}},
		{"backup in time", "backup_within", "all", daysArg(7), func(h *hospital) {
			h.backups(h.machine(asset.KindServer, "SV1", now-dayMS), software.Backup{Product: "Veeam", LastOKMS: now - 2*dayMS})
		}, evidence.Pass, "", nil, nil},
		{"no backup program", "backup_within", "all", daysArg(7), func(h *hospital) { h.machine(asset.KindServer, "SV1", now-dayMS) }, evidence.Unknown, "silent_machines", nil, nil},
		{"firewall switched off", "protection_switched_off", "all", nil, func(h *hospital) {
			h.switchedOff(pc(h, "PC1"), software.SwitchedOff{What: "firewall", Name: "public", By: "setting"})
			pc(h, "PC2")
		}, evidence.Fail, "", []string{"switched_off"}, map[string]int64{"machines_bad": 1, "machines_good": 1}},
		{"nothing switched off", "protection_switched_off", "all", nil, func(h *hospital) { pc(h, "PC1") }, evidence.Pass, "", nil, nil},
		{"switches not told", "protection_switched_off", "all", nil, func(h *hospital) { h.box(asset.KindPC, "PC1") }, evidence.Unknown, "silent_machines", nil, nil},
	}
}

func serviceCases() []checkCase {
	watch := catalog.Args{"watch": catalog.List("smb1", "telnet", "rdp_unrestricted", "remote_control")}
	return []checkCase{
		{"risky by port, service and program", "risky_services", "all", watch, func(h *hospital) {
			a := h.machine(asset.KindServer, "SV1", now-dayMS)
			h.services(a, "mrxsmb10", "TeamViewer")
			h.ports(a, network.Port{Protocol: "tcp", Address: "0.0.0.0", Number: 23, Process: "telnetd"}, network.Port{Protocol: "tcp", Address: "127.0.0.1", Number: 3389, Process: "svchost"})
		}, evidence.Fail, "", []string{"risky", "risky", "risky"}, map[string]int64{"risky": 3}},
		{"decided with a reason", "risky_services", "all", watch, func(h *hospital) {
			a := h.machine(asset.KindServer, "SV1", now-dayMS)
			h.services(a, "TeamViewer")
			h.decide("server", "TeamViewer", software.Needed, "保守契約による。接続元を限定")
		}, evidence.Pass, "", nil, map[string]int64{"risky_excepted": 1}},
		{"decided without a reason", "risky_services", "all", watch, func(h *hospital) {
			a := h.machine(asset.KindServer, "SV1", now-dayMS)
			h.services(a, "TeamViewer")
			h.decide("server", "TeamViewer", software.Needed, "")
		}, evidence.Fail, "", []string{"risky"}, nil},
		{"PCs are not asked about on the server row", "risky_services", "server", watch, func(h *hospital) {
			h.services(h.machine(asset.KindPC, "PC1", now-dayMS), "TeamViewer")
			h.machine(asset.KindServer, "SV1", now-dayMS)
		}, evidence.Pass, "", nil, map[string]int64{"machines": 1}},
		{"undecided", "undecided_services", "server", nil, func(h *hospital) {
			a := h.machine(asset.KindServer, "SV1", now-dayMS)
			h.services(a, "sshd", "cron", "cups")
			h.decide("server", "sshd", software.Needed, "")
			h.decide("server", "cups", software.Unneeded, "")
		}, evidence.Fail, "", []string{"service_undecided", "service_unneeded"}, map[string]int64{"services_undecided": 1, "services_unneeded": 1}},
		{"all decided", "undecided_services", "server", nil, func(h *hospital) {
			h.services(h.machine(asset.KindServer, "SV1", now-dayMS), "sshd")
			h.decide("server", "sshd", software.Needed, "")
		}, evidence.Pass, "", nil, nil},
		{"services told", "service_data_fresh", "pc", daysArg(30), func(h *hospital) { h.machine(asset.KindPC, "PC1", now-dayMS) }, evidence.Pass, "", nil, nil},
	}
}

func logCases() []checkCase {
	log := func(keep, oldestAgo int64, state string) software.Safeguard {
		g := software.Safeguard{Kind: software.GuardLog, Name: "Security", State: state, KeepDays: keep}
		if oldestAgo > 0 {
			g.OldestMS = now - oldestAgo*dayMS
		}
		return g
	}
	return []checkCase{
		{"server logs", "logging_enabled", "server", nil, func(h *hospital) { h.guards(h.machine(asset.KindServer, "SV1", now-dayMS), log(30, 0, software.Off)) },
			evidence.Pass, "", nil, nil},
		{"server without log", "logging_enabled", "server", nil, func(h *hospital) { h.machine(asset.KindServer, "SV1", now-dayMS) }, evidence.Fail, "", []string{"no_log"}, nil},
		{"the ledger names the log server", "logging_enabled", "server", nil, func(h *hospital) {
			h.edit(h.box(asset.KindServer, "SV1"), now-dayMS, asset.Values{asset.FieldLogDestination: "log01"})
		}, evidence.Pass, "", nil, nil},
		{"log set to a year", "log_retention", "server", daysArg(365), func(h *hospital) { h.guards(h.machine(asset.KindServer, "SV1", now-dayMS), log(365, 0, software.Off)) },
			evidence.Pass, "", nil, nil},
		{"log reaches back a year", "log_retention", "server", daysArg(365), func(h *hospital) { h.guards(h.machine(asset.KindServer, "SV1", now-dayMS), log(0, 400, software.Off)) },
			evidence.Pass, "", nil, nil},
		{"log too short", "log_retention", "server", daysArg(365), func(h *hospital) { h.guards(h.machine(asset.KindServer, "SV1", now-dayMS), log(30, 31, software.Off)) },
			evidence.Fail, "", []string{"log_short"}, nil},
		{"silent server", "log_recent", "server", catalog.Args{"hours": num(48)}, func(h *hospital) { h.machine(asset.KindServer, "SV1", now-3*dayMS) },
			evidence.Fail, "", []string{"silent_since"}, nil},
		{"server reported", "log_recent", "server", catalog.Args{"hours": num(48)}, func(h *hospital) { h.machine(asset.KindServer, "SV1", now-dayMS) }, evidence.Pass, "", nil, nil},
		{"reviewed", "log_review_within", "server", daysArg(30), func(h *hospital) { h.record(organisation.KindLogReview, on(30)) }, evidence.Pass, "", nil, nil},
		{"review overdue", "log_review_within", "server", daysArg(30), func(h *hospital) { h.record(organisation.KindLogReview, on(31)) }, evidence.Fail, "", nil, nil},
		{"clock follows", "time_synchronised", "server", nil, func(h *hospital) {
			h.guards(h.machine(asset.KindServer, "SV1", now-dayMS), software.Safeguard{Kind: software.GuardTime, State: software.On})
		}, evidence.Pass, "", nil, nil},
		{"clock runs free", "time_synchronised", "server", nil, func(h *hospital) {
			h.guards(h.machine(asset.KindServer, "SV1", now-dayMS), software.Safeguard{Kind: software.GuardTime, State: software.Off})
		}, evidence.Fail, "", []string{"time_not_synced"}, nil},
		{"log forwarded", "log_copied_elsewhere", "server", nil, func(h *hospital) { h.guards(h.machine(asset.KindServer, "SV1", now-dayMS), log(30, 0, software.On)) },
			evidence.Pass, "", nil, nil},
		{"log stays", "log_copied_elsewhere", "server", nil, func(h *hospital) { h.guards(h.machine(asset.KindServer, "SV1", now-dayMS), log(30, 0, software.Off)) },
			evidence.Fail, "", []string{"log_not_copied"}, nil},
	}
}

// Every check passes, fails and cannot tell as its rule says, on both engines, and
// everything it says has a text in both languages.
func TestChecks(t *testing.T) {
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seen := map[string]bool{}
		for _, c := range checkCases() {
			seen[c.check] = true
			t.Run(c.check+"/"+c.name, func(t *testing.T) {
				h := newHospital(t, db)
				c.build(h)
				checkOne(t, texts, h, c)
			})
		}
		for _, c := range evidence.Checks() {
			if !seen[c.Name] {
				t.Errorf("check %s has no case", c.Name)
			}
		}
	})
}

func checkOne(t *testing.T, texts *text.Catalogue, h *hospital, c checkCase) {
	t.Helper()
	out := h.run(c.check, c.target, c.args, now)
	var reasons []string
	for _, it := range out.Failing {
		reasons = append(reasons, it.Reason[len("evidence.reason."):])
	}
	if out.State != c.state || out.Missing != prefixed(c.missing) {
		t.Errorf("got %s %s, want %s %s", out.State, out.Missing, c.state, prefixed(c.missing))
	}
	slices.Sort(reasons)
	slices.Sort(c.reasons)
	if diff := cmp.Diff(c.reasons, reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	figures := map[string]int64{}
	for _, f := range out.Figures {
		figures[f.Name] = f.Number
	}
	for name, want := range c.figures {
		if got, ok := figures[name]; !ok || got != want {
			t.Errorf("figure %s: got %d (there: %v), want %d", name, got, ok, want)
		}
	}
	for _, lang := range text.Languages() {
		speak(t, texts.For(lang), c.check, out)
	}
}

func prefixed(missing string) string {
	if missing == "" {
		return ""
	}
	return "evidence.missing." + missing
}

// speak asks for every sentence of an outcome; a missing text panics in tests.
func speak(t *testing.T, tr text.Translator, check string, out evidence.Outcome) {
	t.Helper()
	r := evidence.Result{Check: check, State: out.State, Figures: out.Figures, Failing: out.Failing, FailingTotal: out.FailingTotal, Missing: out.Missing}
	said := []string{r.Title(tr), r.Sentence(tr)}
	r.State = evidence.Fail
	said = append(said, r.Sentence(tr))
	for _, f := range out.Figures {
		said = append(said, f.Title(tr), f.Value(tr))
	}
	for _, it := range out.Failing {
		said = append(said, it.Text(tr), it.Name(tr)+".")
	}
	for _, s := range out.Sources {
		said = append(said, evidence.SourceTitle(tr, s.Source))
	}
	if slices.Contains(said, "") {
		t.Errorf("an empty sentence among %q", said)
	}
}
