package web

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/organisation"
	"sonae/internal/survey/software"
	"sonae/internal/treat/vendor"
)

// hostile stands in every field of one reported machine: it would become an element,
// leave an attribute, run as a formula or as a template wherever escaping is missing.
const hostile = `=1+1"'><img src=x onerror=alert(1)><script>x()</script>{{.T "x"}}`

// ledger is a small ledger of two facilities.
type ledger struct {
	*world
	main, branch string            // facilities
	ids          map[string]string // assets by short name
	vendor       string
}

// newLedger fills a world: machines that report, things entered by hand, one machine
// whose every field is hostile, one device of another facility and one of another
// department.
func newLedger(t *testing.T, db *store.DB) *ledger {
	t.Helper()
	l := &ledger{world: newWorld(t, db), ids: map[string]string{}}
	l.main, l.branch = l.facility("架空市立あおば台病院"), l.facility("あおば台クリニック")
	l.user("op", identity.Grant{Role: identity.Operator})
	l.user("reader", identity.Grant{Role: identity.Auditor})
	l.user("branch", identity.Grant{Role: identity.Operator, FacilityID: l.branch})
	l.user("ward", identity.Grant{Role: identity.Department, FacilityID: l.main, Department: "放射線科"})
	l.tx(func(ctx context.Context, tx *store.Tx) error {
		v, err := vendor.Create(ctx, tx, vendor.Vendor{Name: "架空メディカル情報株式会社", Kind: vendor.KindSystem, Contact: "保守窓口", Phone: "000-0000-0000", EmergencyPhone: "000-0000-0001"}, store.MS(l.clock()))
		l.vendor = v.ID
		return err
	})
	now := store.MS(l.clock())
	l.machine("pc", l.main, "EMR-3N-07", 1, now-2*3600_000)
	l.machine("old", l.main, "EMR-3N-08", 2, now-15*dayMS)
	l.machine("server", l.main, "EMR-DB-01", 3, now-3600_000)
	l.machine("other", l.branch, "CL-PC-01", 4, now-3600_000)
	l.hostileMachine(now - 60_000)
	l.hand(now)
	l.rows(l.ids["pc"], now)
	return l
}

// machine is what an agent reports.
func (l *ledger) machine(short, facility, host string, n int, atMS int64) {
	l.t.Helper()
	kind, os := asset.KindPC, "Windows 10 LTSC 2019"
	if short == "server" {
		kind, os = asset.KindServer, "Windows Server 2019"
	}
	l.observe(short, asset.Observation{FacilityID: facility, Source: asset.SourceAgent, DeviceID: "device-" + short, AtMS: atMS, Kind: kind,
		Identity: asset.Identity{Maker: "例示電機", Model: "ED-M590", Serial: fmt.Sprintf("EX59-%06d", n), MACs: []string{fmt.Sprintf("f8:b1:56:00:00:%02x", n)}},
		Groups: map[string]asset.Values{
			asset.SectionHardware: {asset.FieldMaker: "例示電機", asset.FieldModel: "ED-M590", asset.FieldSerial: fmt.Sprintf("EX59-%06d", n), asset.FieldCPU: "Example 9 2.4 GHz", asset.FieldMemoryBytes: "4294967296", asset.FieldDiskBytes: "128035676160"},
			asset.SectionOS:       {asset.FieldOSName: os, asset.FieldOSVersion: "10.0.17763.6054", asset.FieldHostName: host},
			"interfaces":          {asset.FieldIP: fmt.Sprintf("10.20.3.%d", n+36), asset.FieldMAC: fmt.Sprintf("f8:b1:56:00:00:%02x", n)},
		},
		Volumes: &[]asset.Volume{{Mount: "C:", FileSystem: "ntfs", SizeBytes: 128 << 30, FreeBytes: 27 << 30, Encryption: asset.EncryptionOn, Method: "bitlocker"}, {Mount: "D:", FileSystem: "ntfs", SizeBytes: 10 << 30, Encryption: asset.EncryptionUnknown}},
		Disks:   &[]asset.Disk{{Name: "disk0", Model: "Example SSD 128", Serial: "S1", Kind: "ssd", SizeBytes: 128 << 30, Health: "ok"}},
	})
}

func (l *ledger) observe(short string, o asset.Observation) {
	l.t.Helper()
	l.tx(func(ctx context.Context, tx *store.Tx) error {
		res, err := asset.Observe(ctx, tx, o)
		l.ids[short] = res.AssetID
		return err
	})
}

// hostileMachine reports markup and formulas in every field that takes text.
func (l *ledger) hostileMachine(atMS int64) {
	values := asset.Values{}
	for _, f := range asset.Fields {
		if (f.Type == asset.TypeText || f.Type == asset.TypeUser || f.Type == asset.TypeVendor) && !f.ManualOnly {
			values[f.Name] = hostile
		}
	}
	l.observe("evil", asset.Observation{FacilityID: l.main, Source: asset.SourceAgent, DeviceID: "device-evil", AtMS: atMS, Kind: asset.KindPC,
		Identity: asset.Identity{Serial: hostile}, Groups: map[string]asset.Values{asset.SectionHardware: values},
		Volumes: &[]asset.Volume{{Mount: hostile, Device: hostile, FileSystem: hostile, Encryption: asset.EncryptionOff, Method: hostile}},
		Disks:   &[]asset.Disk{{Name: hostile, Model: hostile, Serial: hostile, Kind: hostile, Health: "failing"}}})
	l.hostileRows(l.ids["evil"], atMS)
}

func (l *ledger) hostileRows(id string, atMS int64) {
	l.tx(func(ctx context.Context, tx *store.Tx) error { return hostileSetup(ctx, tx, id, atMS) })
	l.tx(func(ctx context.Context, tx *store.Tx) error {
		_, _, err := software.RecordInstalls(ctx, tx, software.NewKnown(), id, "agent", atMS, []software.Program{{Kind: hostile, Name: hostile, Version: hostile, Publisher: hostile}})
		if err == nil {
			_, err = software.RecordServices(ctx, tx, id, "agent", atMS, []software.Service{{Name: hostile, Title: hostile, Start: software.StartAuto, Running: true, Path: hostile, RunAs: hostile}})
		}
		if err == nil {
			_, err = software.RecordSafeguards(ctx, tx, id, "agent", atMS, []software.Safeguard{{Kind: software.GuardProtection, Name: hostile, State: hostile, Detail: hostile, Version: hostile, AsOf: hostile}, {Kind: hostile, Name: hostile, State: software.Off}})
		}
		if err == nil {
			_, err = software.RecordUpdates(ctx, tx, id, "agent", atMS, software.UpdateState{RebootNeed: true, CheckedMS: atMS}, []software.Pending{{Name: hostile, Have: hostile, Offered: hostile, Severity: hostile, Security: true}})
		}
		if err == nil {
			_, err = account.Record(ctx, tx, id, "agent", atMS, []account.Account{{Name: hostile, FullName: hostile, Enabled: true, Privileged: true, Interactive: true, Why: hostile, Groups: []string{hostile}}})
		}
		if err == nil {
			_, err = network.RecordInterfaces(ctx, tx, id, "agent", atMS, []network.Interface{{Name: hostile, MAC: hostile, Kind: hostile, Gateway: hostile, DNS: []string{hostile}, Addresses: []string{"192.0.2.9/24"}}})
		}
		if err == nil {
			_, err = network.RecordPorts(ctx, tx, id, "agent", atMS, []network.Port{{Protocol: hostile, Address: hostile, Number: 445, Process: hostile, Path: hostile, RunAs: hostile, Exposed: true}})
		}
		return err
	})
}

func hostileSetup(ctx context.Context, tx *store.Tx, id string, atMS int64) error {
	const agent = "agent"
	_, e1 := software.RecordSettings(ctx, tx, id, agent, atMS, []software.Setting{{Kind: hostile, Subject: hostile, Item: hostile, Value: hostile, Evidence: hostile},
		{Kind: "local_admin", Item: "changed_ms", Value: hostile}, {Kind: "screen_lock", Item: "seconds", Value: "600"}, {Kind: "smb1_server", Value: software.On}})
	_, e2 := software.RecordSwitchedOff(ctx, tx, id, agent, atMS, []software.SwitchedOff{{What: hostile, Name: hostile, By: hostile, Evidence: hostile},
		{What: "firewall", By: "policy", SinceMS: atMS - 40*dayMS, Evidence: "/etc/ufw/ufw.conf"}})
	_, e3 := software.RecordBackups(ctx, tx, id, agent, atMS, []software.Backup{{Product: hostile, Job: hostile, Target: hostile, LastOKMS: 1, LastTriedMS: atMS, Evidence: hostile}})
	_, e4 := software.RecordExtensions(ctx, tx, id, agent, atMS, []software.Extension{{Browser: hostile, User: hostile, Profile: hostile, ID: hostile, Name: hostile, Version: hostile}})
	_, e5 := software.RecordStartup(ctx, tx, id, agent, atMS, []software.Startup{{Name: hostile, Kind: hostile, Trigger: hostile, Command: hostile, RunAs: hostile}})
	_, e6 := software.RecordPatches(ctx, tx, id, agent, atMS, []software.Patch{{ID: hostile, Title: hostile, InstalledOn: hostile}})
	_, e7 := software.RecordUpdateRuns(ctx, tx, id, agent, atMS, []software.UpdateRun{{AtMS: atMS, PatchID: hostile, Title: hostile, Packages: 3, Result: hostile}})
	_, e8 := account.RecordGroups(ctx, tx, id, agent, atMS, []account.Group{{Name: hostile, SystemID: hostile, Privileged: true, Members: []string{hostile, "b"}}})
	_, e9 := asset.RecordPrinters(ctx, tx, id, agent, atMS, []asset.Printer{{Name: hostile, Driver: hostile, Port: hostile, Address: hostile, Default: true, Shared: true}})
	_, e10 := asset.RecordMonitors(ctx, tx, id, agent, atMS, []asset.Monitor{{Maker: hostile, Model: hostile, Serial: hostile, MadeYear: 2021, Port: hostile}})
	_, e11 := asset.RecordUSBStorage(ctx, tx, id, agent, atMS, []asset.USBStorage{{Kind: hostile, Vendor: hostile, Product: hostile, Serial: hostile, FirstSeen: hostile, LastSeen: "2026-11-01", Connected: true}})
	_, e12 := asset.RecordMemoryModules(ctx, tx, id, agent, atMS, []asset.MemoryModule{{Slot: hostile, Kind: hostile, Maker: hostile, Part: hostile, Serial: hostile, SizeBytes: 8 << 30}})
	return errors.Join(e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, e12)
}

// hand is what people entered.
func (l *ledger) hand(now int64) {
	l.create("vpn", l.main, asset.Values{asset.FieldKind: "vpn", asset.FieldName: "FW-VPN-01", asset.FieldAssetTag: "NW-0007", asset.FieldRoom: "2階サーバ室", asset.FieldPatchOwner: "架空メディカル",
		asset.FieldVendor: l.vendor, asset.FieldCustodian: "医療情報室", asset.FieldSupportEndsOn: l.clock().AddDate(0, 0, 40).Format(time.DateOnly), asset.FieldInternetFacing: "yes"}, now-40*dayMS)
	l.create("ct", l.main, asset.Values{asset.FieldKind: "medical", asset.FieldName: "MOD-CT-01", asset.FieldAssetTag: "ME-0042", asset.FieldDepartment: "放射線科", asset.FieldRoom: "1階 CT室", asset.FieldCustodian: "放射線科"}, now-40*dayMS)
	l.create("system", l.main, asset.Values{asset.FieldKind: "system", asset.FieldName: "電子カルテ", asset.FieldPatchOwner: "業者", asset.FieldCriticality: "high"}, now-40*dayMS)
	l.create("cloud", l.main, asset.Values{asset.FieldKind: "cloud", asset.FieldName: "勤怠クラウド", asset.FieldAssetTag: "CL-0003", asset.FieldCustodian: "総務課", asset.FieldVendor: "みほん勤怠", asset.FieldVerifiedOn: l.clock().AddDate(0, 0, -10).Format(time.DateOnly)}, now-40*dayMS)
	l.edit("pc", asset.Values{asset.FieldAssetTag: "PC-0317", asset.FieldPurpose: "電子カルテ端末", asset.FieldRoom: "3階北病棟", asset.FieldCustodian: "医療情報室", asset.FieldDepartment: "看護部", asset.FieldVendor: l.vendor}, now-3600_000)
	l.observe("pc", asset.Observation{FacilityID: l.main, Source: asset.SourceSNMP, DeviceID: "switch", AtMS: now - 600_000,
		Identity: asset.Identity{Serial: "EX59-000001", Maker: "例示電機", MACs: []string{"f8:b1:56:00:00:01"}},
		Groups:   map[string]asset.Values{"port": {asset.FieldSwitchPort: "SW-3N-01 の 17番", asset.FieldRoom: "3階東病棟", asset.FieldModel: "ED-M591"}}})
	l.tx(func(ctx context.Context, tx *store.Tx) error {
		err := asset.AddMember(ctx, tx, asset.Scope{All: true}, l.ids["system"], l.ids["pc"], "端末", "佐藤", now)
		if err == nil {
			_, err = organisation.CreateStaff(ctx, tx, organisation.Staff{FacilityID: l.main, Name: "佐藤 花子", Number: "1001"}, now)
		}
		if err == nil {
			_, err = vendor.CreateContract(ctx, tx, vendor.Contract{VendorID: l.vendor, FacilityID: l.main, Title: "電子カルテ保守", Kind: vendor.ContractMaintenance, StartsOn: "2026-04-01", EndsOn: "2027-03-31",
				PatchOwner: vendor.PatchVendor, Remote: vendor.RemoteYes, Assets: []string{l.ids["pc"]}}, now)
		}
		return err
	})
	// A twin with the same serial number and other hardware: a conflict of identity.
	l.observe("twin", asset.Observation{FacilityID: l.branch, Source: asset.SourceAgent, DeviceID: "device-twin", AtMS: now - 1000, Kind: asset.KindPC,
		Identity: asset.Identity{Maker: "例示電機", Model: "ED-M590", Serial: "EX59-000003", MACs: []string{"f8:b1:56:00:00:99"}},
		Groups:   map[string]asset.Values{asset.SectionOS: {asset.FieldHostName: "TWIN-01", asset.FieldOSName: "Windows 11"}}})
}

func (l *ledger) create(short, facility string, set asset.Values, atMS int64) {
	l.t.Helper()
	l.tx(func(ctx context.Context, tx *store.Tx) error {
		a, _, err := asset.Create(ctx, tx, asset.Scope{All: true}, facility, set, "佐藤", atMS)
		l.ids[short] = a.ID
		return err
	})
}

func (l *ledger) edit(short string, set asset.Values, atMS int64) {
	l.t.Helper()
	l.tx(func(ctx context.Context, tx *store.Tx) error {
		_, _, err := asset.Edit(ctx, tx, asset.Scope{All: true}, l.ids[short], 0, set, "佐藤", atMS)
		return err
	})
}

// rows are the programs, services, accounts and so on of an ordinary machine.
func (l *ledger) rows(id string, now int64) {
	var programs []software.Program
	for i := range 130 {
		programs = append(programs, software.Program{Kind: "registry", Name: fmt.Sprintf("みほんソフト %03d", i), Version: fmt.Sprintf("%d.2.14", i), Publisher: "みほん社", InstalledOn: "2025-08-01"})
	}
	off := false
	l.tx(func(ctx context.Context, tx *store.Tx) error {
		_, _, err := software.RecordInstalls(ctx, tx, software.NewKnown(), id, "agent", now, programs)
		if err == nil {
			_, err = software.RecordServices(ctx, tx, id, "agent", now, []software.Service{{Name: "Spooler", Title: "Print Spooler", Start: software.StartAuto, Running: true, RunAs: "LocalSystem"}, {Name: "RemoteRegistry", Start: software.StartDisabled}})
		}
		if err == nil {
			_, err = software.RecordSafeguards(ctx, tx, id, "agent", now, []software.Safeguard{
				{Kind: software.GuardProtection, Name: "Example Defender", State: software.On, Detail: "antimalware", Version: "4.18", AsOf: "2026-11-23"}, {Kind: software.GuardFirewall, State: software.On, Detail: "domain"},
				{Kind: software.GuardTime, State: software.On, Detail: "ntp.example"}, {Kind: software.GuardUpdates, State: software.Off}, {Kind: software.GuardLog, Name: "Security", State: software.Off, OldestMS: now - 60*dayMS, MaxBytes: 20 << 20},
				{Kind: software.GuardRemote, Name: "RDP", State: software.On}})
		}
		if err == nil {
			_, err = software.RecordUpdates(ctx, tx, id, "agent", now, software.UpdateState{CheckedMS: now, LastDoneMS: now - 100*dayMS, RebootNeed: true}, []software.Pending{{Name: "KB5040430", Offered: "2026-11", Security: true, Severity: "Important"}, {Name: "Driver", Offered: "2.1"}})
		}
		if err == nil {
			_, err = account.Record(ctx, tx, id, "agent", now, []account.Account{
				{Name: "emr-svc", Enabled: true, Privileged: true, Interactive: true, Why: "Administrators", Groups: []string{"Administrators"}, Login: account.LoginAt, LastLoginMS: now - 120*dayMS},
				{Name: "ward-3n", FullName: "3階北病棟（共用）", Enabled: true, Interactive: true, Login: account.LoginAt, LastLoginMS: now - 3600_000}, {Name: "Guest", Interactive: true}})
		}
		if err == nil {
			_, err = network.RecordInterfaces(ctx, tx, id, "agent", now, []network.Interface{{Name: "Ethernet", MAC: "f8:b1:56:00:00:01", Kind: "ethernet", Up: true, SpeedMbps: 1000, Addresses: []string{"10.20.3.37/24"}, Gateway: "10.20.3.1", DNS: []string{"10.20.0.53"}, DHCP: &off}})
		}
		if err == nil {
			_, err = network.RecordPorts(ctx, tx, id, "agent", now, []network.Port{{Protocol: "tcp", Address: "0.0.0.0", Number: 445, Process: "System", Exposed: true}, {Protocol: "tcp", Address: "127.0.0.1", Number: 9000, Process: "agent.exe"}})
		}
		return err
	})
}
