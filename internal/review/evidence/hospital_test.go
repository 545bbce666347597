package evidence_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	datafiles "sonae/catalog"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/catalog"
	"sonae/internal/review/evidence"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/organisation"
	"sonae/internal/survey/software"
	"sonae/internal/treat/vendor"
)

const dayMS = int64(24 * 3600 * 1000)

// now is noon in Tokyo of Tuesday, 24 November 2026.
var now = time.Date(2026, 11, 24, 12, 0, 0, 0, text.Tokyo()).UnixMilli()

// on is the day so many days before now.
func on(daysAgo int) string {
	return time.UnixMilli(now - int64(daysAgo)*dayMS).In(text.Tokyo()).Format(time.DateOnly)
}

func loadCatalog(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Load(datafiles.FS)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// hospital is a facility under test; its methods fill the real rooms.
type hospital struct {
	t  testing.TB
	db *store.DB
	id string
	n  int // numbers serials, addresses: no two facilities share one
}

var hospitals atomic.Int64

func newHospital(t testing.TB, db *store.DB) *hospital {
	return &hospital{t: t, db: db, id: store.NewID(), n: int(hospitals.Add(1)) * 100}
}

func (h *hospital) tx(fn func(ctx context.Context, tx *store.Tx) error) {
	h.t.Helper()
	if err := h.db.Tx(context.Background(), fn); err != nil {
		h.t.Fatal(err)
	}
}

var anywhere = asset.Scope{All: true}

// enter makes an asset by hand at a time.
func (h *hospital) enter(atMS int64, set asset.Values) string {
	h.t.Helper()
	var id string
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		a, _, err := asset.Create(ctx, tx, anywhere, h.id, set, "sato", atMS)
		id = a.ID
		return err
	})
	return id
}

func (h *hospital) edit(id string, atMS int64, set asset.Values) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		_, _, err := asset.Edit(ctx, tx, anywhere, id, 0, set, "sato", atMS)
		return err
	})
}

// complete are values that leave no required field of a box empty.
func complete(kind asset.Kind, name string, n int) asset.Values {
	return asset.Values{asset.FieldKind: string(kind), asset.FieldName: name, asset.FieldStatus: "in_use", asset.FieldRoom: "3階北",
		asset.FieldCustodian: "佐藤", asset.FieldDepartment: "外来", asset.FieldSerial: fmt.Sprintf("SN-%06d", n), asset.FieldIP: fmt.Sprintf("10.%d.%d.%d", n/65536%256, n/256%256, n%256),
		asset.FieldMAC: fmt.Sprintf("02:00:00:%02x:%02x:%02x", n/65536%256, n/256%256, n%256), asset.FieldOSName: "Windows 11", asset.FieldOSVersion: "10.0.26100",
		asset.FieldFirmwareVersion: "1.2", asset.FieldSupportEndsOn: "2030-01-01", asset.FieldVendor: "架空電算", asset.FieldPatchOwner: "病院",
		asset.FieldRemoteMaintenance: "no", asset.FieldInternetFacing: "no"}
}

// box enters a complete asset of a kind.
func (h *hospital) box(kind asset.Kind, name string) string {
	h.n++
	return h.enter(now-200*dayMS, complete(kind, name, h.n))
}

// sections that an agent of ours always has.
var sections = []string{"identity", "hardware", "os", "accounts", "services", "ports", "packages", "security", "updates", "hardening", "switched_off", "backups", "peripherals"}

// machine is a computer with our agent that reported at a time.
func (h *hospital) machine(kind asset.Kind, name string, atMS int64) string {
	h.t.Helper()
	h.n++
	digests := map[string]string{}
	for _, s := range sections {
		digests[s] = "d"
	}
	v := complete(kind, name, h.n)
	o := asset.Observation{FacilityID: h.id, Source: asset.SourceAgent, DeviceID: store.NewID(), AtMS: atMS, Kind: kind,
		Identity: asset.Identity{Maker: "架空", Model: "X1", Serial: v[asset.FieldSerial], MACs: []string{v[asset.FieldMAC]}, HostName: name},
		Groups: map[string]asset.Values{
			asset.SectionHardware: {asset.FieldMaker: "架空", asset.FieldModel: "X1", asset.FieldSerial: v[asset.FieldSerial]},
			asset.SectionOS:       {asset.FieldHostName: name, asset.FieldOSName: "Windows 11", asset.FieldOSVersion: "10.0.26100"},
		}, Digests: digests, Reported: sections}
	var id string
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		r, err := asset.Observe(ctx, tx, o)
		id = r.AssetID
		return err
	})
	return id
}

func (h *hospital) accounts(assetID string, atMS int64, list ...account.Account) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := account.Record(ctx, tx, assetID, "agent", atMS, list)
		return err
	})
}

func user(name string, loginMS int64) account.Account {
	a := account.Account{Name: name, Enabled: true, Interactive: true, Login: account.LoginNever}
	if loginMS > 0 {
		a.Login, a.LastLoginMS = account.LoginAt, loginMS
	}
	return a
}

func (h *hospital) owner(assetID, name string, o account.Owner) {
	h.t.Helper()
	o.SetBy, o.SetMS = "sato", now-50*dayMS
	h.tx(func(ctx context.Context, tx *store.Tx) error { return account.SetOwner(ctx, tx, assetID, name, o) })
}

func (h *hospital) staff(name, until string) string {
	h.t.Helper()
	var id string
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		s, err := organisation.CreateStaff(ctx, tx, organisation.Staff{FacilityID: h.id, Name: name, EmployedUntil: until}, now-300*dayMS)
		id = s.ID
		return err
	})
	return id
}

func (h *hospital) appoint(staffID, document string) (a organisation.Appointment) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		a, err = organisation.Appoint(ctx, tx, organisation.Appointment{FacilityID: h.id, Role: organisation.RoleSafetyManager, StaffID: staffID,
			AppointedBy: "病院長", AppointedOn: "2025-04-01", DocumentID: document}, now-300*dayMS)
		return err
	})
	return a
}

// letter puts a file beside an appointment.
func (h *hospital) letter(a organisation.Appointment, atMS int64) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := organisation.AddFile(ctx, tx, a.Owner(), "任命書.pdf", strings.NewReader("%PDF-1.4"), "佐藤", atMS)
		return err
	})
}

func (h *hospital) record(kind organisation.Kind, heldOn string) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := organisation.AddRecord(ctx, tx, organisation.Record{FacilityID: h.id, Kind: kind, Title: "記録", HeldOn: heldOn, HeldBy: "佐藤", CreatedBy: "sato"}, now-dayMS)
		return err
	})
}

func (h *hospital) vendorWithContract(name, endsOn string) string {
	h.t.Helper()
	var id string
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		v, err := vendor.Create(ctx, tx, vendor.Vendor{Name: name, Kind: vendor.KindSystem}, now-300*dayMS)
		if err != nil {
			return err
		}
		id = v.ID
		_, err = vendor.CreateContract(ctx, tx, vendor.Contract{VendorID: id, FacilityID: h.id, Title: "保守", Kind: vendor.ContractMaintenance, StartsOn: "2024-04-01",
			EndsOn: endsOn, PatchOwner: vendor.PatchVendor, Remote: vendor.RemoteNo}, now-300*dayMS)
		return err
	})
	return id
}

func (h *hospital) updates(assetID string, atMS int64, list ...software.Pending) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := software.RecordUpdates(ctx, tx, assetID, "agent", atMS, software.UpdateState{CheckedMS: atMS}, list)
		return err
	})
}

func (h *hospital) guards(assetID string, list ...software.Safeguard) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := software.RecordSafeguards(ctx, tx, assetID, "agent", now-dayMS, list)
		return err
	})
}

func (h *hospital) services(assetID string, names ...string) {
	h.t.Helper()
	var list []software.Service
	for _, n := range names {
		list = append(list, software.Service{Name: n, Start: software.StartAuto, Running: true})
	}
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := software.RecordServices(ctx, tx, assetID, "agent", now-dayMS, list)
		return err
	})
}

func (h *hospital) ports(assetID string, list ...network.Port) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := network.RecordPorts(ctx, tx, assetID, "agent", now-dayMS, list)
		return err
	})
}

func (h *hospital) decide(kind, name string, v software.Verdict, reason string) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := software.Decide(ctx, tx, software.Decision{FacilityID: h.id, Subject: software.SubjectService, Name: name, AssetKind: kind, Verdict: v,
			Reason: reason, DecidedBy: "sato", DecidedMS: now - dayMS})
		return err
	})
}

// run runs one check as of a moment.
func (h *hospital) run(name string, target catalog.Target, args catalog.Args, asOfMS int64) evidence.Outcome {
	h.t.Helper()
	for _, c := range evidence.Checks() {
		if c.Name == name {
			in := evidence.Input{FacilityID: h.id, AsOfMS: asOfMS, Target: target, Args: args}
			if asOfMS != now {
				var err error
				if in.Past, err = evidence.ReadLedger(context.Background(), h.db, h.id, asOfMS); err != nil {
					h.t.Fatal(err)
				}
			}
			out, err := c.Run(context.Background(), h.db, in)
			if err != nil {
				h.t.Fatalf("check %s: %v", name, err)
			}
			return out
		}
	}
	h.t.Fatalf("no check %s", name)
	return evidence.Outcome{}
}

// settings, usb, backups and switchedOff record how a machine is set up.
func (h *hospital) settings(assetID string, list ...software.Setting) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := software.RecordSettings(ctx, tx, assetID, "agent", now-dayMS, list)
		return err
	})
}

func (h *hospital) usb(assetID string, list ...asset.USBStorage) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := asset.RecordUSBStorage(ctx, tx, assetID, "agent", now-dayMS, list)
		return err
	})
}

func (h *hospital) backups(assetID string, list ...software.Backup) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := software.RecordBackups(ctx, tx, assetID, "agent", now-dayMS, list)
		return err
	})
}

func (h *hospital) switchedOff(assetID string, list ...software.SwitchedOff) {
	h.t.Helper()
	h.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := software.RecordSwitchedOff(ctx, tx, assetID, "agent", now-dayMS, list)
		return err
	})
}
