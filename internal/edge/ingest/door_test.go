package ingest_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sonae/internal/edge/ingest"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
	"sonae/internal/wire"
)

// desk is a person who brings files.
type desk struct {
	*world
	t    *testing.T
	door intake.Door
	kit  *wire.Kit
}

func newDesk(t *testing.T, db *store.DB) *desk {
	w := newWorld(t, db)
	d := &desk{world: w, t: t, door: ingest.New(w.deps()).Door()}
	d.kit = d.newKit(w.facility)
	return d
}

func (d *desk) newKit(facility string) *wire.Kit {
	d.t.Helper()
	var file []byte
	d.tx(d.t, func(ctx context.Context, tx *store.Tx) (err error) {
		file, _, err = d.registry.CreateKit(ctx, tx, identity.System("test"), identity.Kit{FacilityID: facility, Name: "USB 1号", ExpiresMS: store.MS(start.AddDate(0, 1, 0))})
		return err
	})
	kit, err := wire.ParseKit(file)
	if err != nil {
		d.t.Fatalf("the agent cannot read the kit: %v", err)
	}
	return kit
}

// pc is what the agent says of a PC.
func pc(host, serial string, at time.Time, packages ...wire.Package) wire.Report {
	on := true
	services := []wire.Service{{Name: "spooler", Start: "auto"}}
	accounts := []wire.Account{{Name: "Administrator", Enabled: true, Privileged: true, Interactive: true}}
	volumes := []wire.Volume{{Mount: `C:\`, Encryption: "off"}}
	interfaces := []wire.Interface{{Name: "Ethernet", MAC: "00:1a:2b:00:00:01", Kind: "ethernet", Up: true, Addresses: []string{"192.0.2.7/24"}}}
	ports := []wire.Port{{Protocol: "tcp", Address: "0.0.0.0", Number: 3389}}
	r := wire.Report{Version: 1, CollectedMS: at.UnixMilli(), Agent: wire.Agent{Version: "1", OS: "windows", Arch: "amd64"}, Sections: wire.Sections{
		Hardware: &wire.Hardware{Identity: wire.Identity{Maker: "Dell Inc.", Model: "OptiPlex", Serial: serial, HostName: host, OSFamily: "windows"}, Chassis: "desktop"},
		OS:       &wire.OS{Family: "windows", Name: "Windows 10 Pro", Version: "10.0.19045", HostName: host},
		Packages: &packages, Services: &services, Accounts: &accounts, Volumes: &volumes, Interfaces: &interfaces, Ports: &ports,
		Security: &wire.Security{FirewallOn: &on},
	}, Notes: []wire.Note{{Section: wire.SecUpdates, State: wire.NoRight, Reason: "not run as administrator"}}}
	r.Seal()
	return r
}

func (d *desk) sealed(r wire.Report) []byte {
	d.t.Helper()
	file, err := wire.SealReport(d.kit, r)
	if err != nil {
		d.t.Fatal(err)
	}
	return file
}

// bring makes one import of files and gives what it would do.
func (d *desk) bring(assetID string, files ...intake.File) (intake.Import, intake.Plan) {
	d.t.Helper()
	parcels, err := intake.Parcels(d.door, intake.Brought{FacilityID: d.facility, AssetID: assetID, Files: files, By: "鈴木"}, "")
	if err != nil {
		d.t.Fatal(err)
	}
	if len(parcels) != 1 {
		d.t.Fatalf("%d parcels", len(parcels))
	}
	var m intake.Import
	d.tx(d.t, func(ctx context.Context, tx *store.Tx) (err error) {
		m, err = parcels[0].Create(ctx, tx, d.door, store.MS(d.now()))
		return err
	})
	plan, err := intake.ForeseeMachines(d.t.Context(), d.db, d.door, m, store.MS(d.now()))
	if err != nil {
		d.t.Fatal(err)
	}
	return m, plan
}

// run carries an import out, or takes it back.
func (d *desk) run(m intake.Import, change func(ctx context.Context, tx *store.Tx) error) (intake.Import, []intake.Taken) {
	d.t.Helper()
	d.tx(d.t, change)
	if err := (intake.Deps{DB: d.db, NowMS: func() int64 { return store.MS(d.now()) }, Door: d.door}).Run(d.t.Context(), m.ID, nil); err != nil {
		d.t.Fatal(err)
	}
	m, err := intake.ByID(d.t.Context(), d.db, m.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	rows, err := intake.TakenRows(d.t.Context(), d.db, m.ID, "", 0, 200)
	if err != nil {
		d.t.Fatal(err)
	}
	return m, rows
}

func (d *desk) start(m intake.Import) (intake.Import, []intake.Taken) {
	return d.run(m, func(ctx context.Context, tx *store.Tx) error {
		_, err := intake.Start(ctx, tx, m.ID, store.MS(d.now()))
		return err
	})
}

func (d *desk) undo(m intake.Import) []intake.Taken {
	_, rows := d.run(m, func(ctx context.Context, tx *store.Tx) error {
		_, err := intake.Undo(ctx, tx, m.ID, "鈴木")
		return err
	})
	return rows
}

func (d *desk) count(query string, args ...any) int {
	d.t.Helper()
	var n int
	if err := d.db.QueryRow(d.t.Context(), query, args...).Scan(&n); err != nil {
		d.t.Fatal(err)
	}
	return n
}

var openRows = map[string]string{
	"installs": `SELECT count(*) FROM software_install WHERE gone_ms IS NULL`, "services": `SELECT count(*) FROM software_service WHERE gone_ms IS NULL`,
	"accounts": `SELECT count(*) FROM account_local WHERE gone_ms IS NULL`, "ports": `SELECT count(*) FROM network_port WHERE gone_ms IS NULL`,
	"interfaces": `SELECT count(*) FROM network_interface WHERE gone_ms IS NULL`, "volumes": `SELECT count(*) FROM asset_volume WHERE gone_ms IS NULL`,
	"safeguards": `SELECT count(*) FROM software_safeguard WHERE gone_ms IS NULL AND kind = 'firewall'`,
}

// A sealed file goes the way of a report, as a source of its own; the same file again is
// harmless; taking it back leaves nothing behind but history.
func TestSealedFiles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		old := wire.Package{Name: "Old Viewer", Version: "1", Kind: "registry"}
		first := intake.File{Name: "pc-1_20261124.sonae", Body: d.sealed(pc("pc-1", "EX59204", start.Add(-time.Hour), old))}
		broken := intake.File{Name: "pc-2.sonae", Body: first.Body[:len(first.Body)-20]}
		m, plan := d.bring("", first, broken, intake.File{Name: "readme.txt", Body: []byte("hello")})
		if plan.Counts.Create != 1 || plan.Counts.Refuse != 2 {
			t.Fatalf("plan: %+v", plan.Counts)
		}
		if r := plan.Rows[0]; r.Machine.KitName != "USB 1号" || r.Name != "pc-1" || len(r.Machine.Gaps) != 1 || len(r.Machine.Contents) != 9 {
			t.Errorf("row: %+v of %+v", r, r.Machine)
		}
		if d.count(`SELECT count(*) FROM asset_asset`) != 0 {
			t.Error("the preview stored an asset")
		}
		m, rows := d.start(m)
		if m.State != intake.StateDone || rows[0].Outcome != intake.OutcomeCreate || rows[1].Problem == nil || rows[2].Problem == nil {
			t.Fatalf("%s: %+v", m.State, rows)
		}
		id := rows[0].AssetID
		a, err := asset.Get(t.Context(), db, asset.Scope{All: true}, id)
		if err != nil || a.LastSource != asset.SourceUSB || a.LastSeenMS != start.Add(-time.Hour).UnixMilli() || a.Values[asset.FieldSerial] != "EX59204" {
			t.Fatalf("asset: %+v, %v", a, err)
		}
		for what, query := range openRows {
			if d.count(query) != 1 {
				t.Errorf("%s: %d open rows, want 1", what, d.count(query))
			}
		}
		// The same file once more.
		again, plan := d.bring("", first)
		if plan.Counts.Same != 1 || plan.Rows[0].Remark == nil {
			t.Errorf("the same file: %+v", plan.Rows[0])
		}
		_, rows = d.start(again)
		if rows[0].Outcome != intake.OutcomeSame || intake.DescribeTaken(rows[0], d.texts.For("en")).Remark == "" {
			t.Errorf("the same file: %+v", rows[0])
		}
		d.set(d.now().Add(24 * time.Hour))
		// A later one changes, an earlier one is refused.
		later := pc("pc-1", "EX59204", d.now(), wire.Package{Name: "New Viewer", Version: "2", Kind: "registry"})
		second, plan := d.bring("", intake.File{Name: "later.sonae", Body: d.sealed(later)})
		if plan.Counts.Change != 1 {
			t.Fatalf("a later file: %+v", plan.Rows[0])
		}
		second, _ = d.start(second)
		if _, plan := d.bring("", intake.File{Name: "early.sonae", Body: d.sealed(pc("pc-1", "EX59204", start.Add(-2*time.Hour), old))}); plan.Counts.Refuse != 1 || plan.Rows[0].Problem.Fault.Key != "intake.error.older" {
			t.Errorf("an earlier file: %+v", plan.Rows[0])
		}
		d.takenBack(m, second, id)
	})
}

// takenBack takes two imports of one machine back, first in the wrong order.
func (d *desk) takenBack(first, second intake.Import, id string) {
	t := d.t
	d.set(d.now().Add(time.Hour))
	err := d.db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := intake.Undo(ctx, tx, first.ID, "鈴木")
		return err
	})
	if !fault.Is(err, fault.CodeConflict) || fault.Of(err).Args[1] != second.FileName {
		t.Errorf("an import with a newer one behind it: %v", err)
	}
	if rows := d.undo(second); rows[0].Back != "back" {
		t.Errorf("the newer one: %q", rows[0].Back)
	}
	if n := d.count(`SELECT count(*) FROM software_install i JOIN software_title s ON s.no = i.title_no WHERE i.gone_ms IS NULL AND s.name = 'Old Viewer'`); n != 1 {
		t.Errorf("%d open rows of what had been there before", n)
	}
	for what, query := range openRows {
		if d.count(query) != 1 {
			t.Errorf("%s after undoing: %d open rows, want 1", what, d.count(query))
		}
	}
	a, err := asset.Get(t.Context(), d.db, asset.Scope{All: true}, id)
	if err != nil || a.LastSeenMS != start.Add(-time.Hour).UnixMilli() {
		t.Errorf("seen %d, %v", a.LastSeenMS, err)
	}
}

// Taking back the only import of a machine takes it out of the ledger.
func TestSealedTakenBackWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		m, _ := d.bring("", intake.File{Name: "a.sonae", Body: d.sealed(pc("pc-1", "EX59204", start))})
		m, _ = d.start(m)
		d.set(d.now().Add(time.Hour))
		if rows := d.undo(m); rows[0].Back != "removed" {
			t.Errorf("back: %q", rows[0].Back)
		}
		for _, query := range append([]string{`SELECT count(*) FROM asset_asset`, `SELECT count(*) FROM asset_identity`, `SELECT count(*) FROM asset_source`}, openRows["installs"], openRows["accounts"]) {
			if n := d.count(query); n != 0 {
				t.Errorf("%s: %d", query, n)
			}
		}
		// The file may come again.
		if _, plan := d.bring("", intake.File{Name: "a.sonae", Body: d.sealed(pc("pc-1", "EX59204", start))}); plan.Counts.Create != 1 {
			t.Errorf("again: %+v", plan.Rows[0])
		}
	})
}

// Files of strangers, revoked and expired kits and other facilities stay out, each with
// its reason; a clock that is wrong by years is not believed.
func TestSealedRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		var other string
		d.tx(t, func(ctx context.Context, tx *store.Tx) error {
			f, err := d.registry.CreateFacility(ctx, tx, identity.Facility{Name: "架空診療所", Kind: identity.Clinic})
			other = f.ID
			return err
		})
		seal := func(kit *wire.Kit) []byte {
			file, err := wire.SealReport(kit, pc("pc-1", "EX59204", start))
			if err != nil {
				t.Fatal(err)
			}
			return file
		}
		forged := *d.kit
		forged.Key = bytes.Repeat([]byte{1}, 32)
		unknown := *d.kit
		unknown.ID = store.NewID()
		revoked := d.newKit(d.facility)
		d.tx(t, func(ctx context.Context, tx *store.Tx) error { return d.registry.RevokeKit(ctx, tx, revoked.ID) })
		for name, tt := range map[string]struct {
			body []byte
			key  string
		}{
			"forged signature": {seal(&forged), "intake.error.sealed_signature"},
			"unknown kit":      {seal(&unknown), "intake.error.other_server"},
			"revoked kit":      {seal(revoked), "identity.error.kit_revoked"},
			"other facility":   {seal(d.newKit(other)), "intake.error.other_facility"},
			"not sealed":       {[]byte(`{"version":1,"collected_ms":5}`), "intake.error.not_sealed"},
			"newer version":    {append([]byte("sonae-once/9 x\n"), 1), "intake.error.sealed_version"},
		} {
			_, plan := d.bring("", intake.File{Name: name, Body: tt.body})
			if r := plan.Rows[0]; r.Outcome != intake.OutcomeRefuse || r.Problem.Fault.Key != tt.key {
				t.Errorf("%s: %+v", name, r.Problem)
			}
		}
		good := seal(d.kit)
		d.set(d.now().AddDate(0, 2, 0))
		if _, plan := d.bring("", intake.File{Name: "x", Body: good}); plan.Rows[0].Problem == nil || plan.Rows[0].Problem.Fault.Key != "identity.error.kit_expired" {
			t.Errorf("expired kit: %+v", plan.Rows[0].Problem)
		}
		d.set(start)
		for name, at := range map[string]time.Time{"2009": start.AddDate(-17, 0, 0), "2099": start.AddDate(73, 0, 0)} {
			_, plan := d.bring("", intake.File{Name: "clock.sonae", Body: d.sealed(pc("clock", "EX1", at))})
			if r := plan.Rows[0]; r.Machine.AtMS != start.UnixMilli() || !strings.Contains(fmt.Sprint(r.Machine.Gaps), "clock") {
				t.Errorf("clock in %s: taken as of %d, gaps %v", name, r.Machine.AtMS, r.Machine.Gaps)
			}
		}
	})
}

// A person may name the machine; a file without a number goes to the one machine with its
// host name, and never to one of two.
func TestFilesOfNamedMachines(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		m, _ := d.bring("", intake.File{Name: "a.sonae", Body: d.sealed(pc("pc-1", "EX59204", start.Add(-time.Hour)))})
		_, rows := d.start(m)
		nameless := pc("pc-1", "", start)
		nameless.Sections.Interfaces = nil
		nameless.Sections.Hardware.Serial = "To be filled by O.E.M."
		nameless.Seal()
		m, plan := d.bring("", intake.File{Name: "b.sonae", Body: d.sealed(nameless)})
		if plan.Rows[0].AssetID != rows[0].AssetID {
			t.Fatalf("by host name: %+v", plan.Rows[0])
		}
		if _, rows := d.start(m); rows[0].AssetID != plan.Rows[0].AssetID || d.count(`SELECT count(*) FROM asset_asset`) != 1 {
			t.Errorf("taken: %+v", rows[0])
		}
		stranger := nameless
		stranger.Sections.OS = &wire.OS{Family: "windows", Name: "Windows XP", HostName: "pc-9"}
		stranger.Sections.Hardware = nil
		stranger.Seal()
		if _, plan := d.bring("", intake.File{Name: "c.sonae", Body: d.sealed(stranger)}); plan.Counts.Refuse != 1 || plan.Rows[0].Problem.Fault.Key != "intake.error.nobody" {
			t.Errorf("nobody's: %+v", plan.Rows[0])
		}
		_, plan = d.bring(rows[0].AssetID, intake.File{Name: "c.sonae", Body: d.sealed(stranger)})
		if plan.Rows[0].AssetID != rows[0].AssetID {
			t.Errorf("named: %+v", plan.Rows[0].Problem)
		}
		_, err := intake.Parcels(d.door, intake.Brought{FacilityID: d.facility, AssetID: rows[0].AssetID, Files: []intake.File{{Name: "x.csv", Body: []byte("ホスト名,メーカー\r\na,b\r\n")}}}, "")
		if !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("a list for one machine: %v", err)
		}
	})
}

// A typical PC fits into 50 KB.
func TestSealedSizeOfTypicalPC(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		p := newPool()
		file := d.sealed(pc("pc-1", "EX59204", start, append(p.base, p.tail...)[:918]...))
		t.Logf("918 programs: %d bytes", len(file))
		if len(file) > 50_000 {
			t.Errorf("%d bytes, want at most 50,000", len(file))
		}
	})
}

// A ZIP of folders of the collector for old Windows: one machine each, beside what is
// nobody's; taking it back takes everything back.
func TestFoldersOfOldWindows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		var zipped bytes.Buffer
		z := zip.NewWriter(&zipped)
		for name, body := range map[string]string{
			"XP1_20261124/sonae-collect.txt":  "sonae-collect 1\nhost=XP1\ncodepage=932\n",
			"XP1_20261124/wmic-csproduct.txt": "IdentifyingNumber=EX777\nVendor=Dell Inc.\nName=OptiPlex\n",
			"XP1_20261124/wmic-os.txt":        "Caption=Microsoft Windows XP Professional\nVersion=5.1.2600\nCSName=XP1\nLocalDateTime=20261124080000.000000+000\n",
			"XP1_20261124/wmic-qfe.txt":       "HotFixID=KB958644\nInstalledOn=4/20/2009\n",
			"XP1_20261124/wmic-service.txt":   "Name=Spooler\nStartMode=Auto\nState=Running\n",
			"XP2_20261124/sonae-collect.txt":  "not a manifest",
		} {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = w.Write([]byte(body))
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		m, plan := d.bring("", intake.File{Name: "round.zip", Body: zipped.Bytes()})
		if plan.Counts.Create != 1 || plan.Counts.Refuse != 1 || plan.Rows[0].Machine.Place != "round.zip/XP1_20261124" {
			t.Fatalf("plan: %+v %+v", plan.Counts, plan.Rows[0])
		}
		m, rows := d.start(m)
		a, err := asset.Get(t.Context(), db, asset.Scope{All: true}, rows[0].AssetID)
		if err != nil || a.LastSource != asset.SourceScript || a.LastSeenMS != start.Add(-time.Hour).UnixMilli() || a.Values[asset.FieldOSName] != "Microsoft Windows XP Professional" {
			t.Fatalf("asset: %+v, %v", a, err)
		}
		if n := d.count(`SELECT count(*) FROM software_patch WHERE gone_ms IS NULL`); n != 1 {
			t.Errorf("%d installed updates", n)
		}
		d.set(d.now().Add(time.Hour))
		if rows := d.undo(m); rows[0].Back != "removed" || d.count(`SELECT count(*) FROM software_patch WHERE gone_ms IS NULL`)+d.count(`SELECT count(*) FROM asset_asset`) != 0 {
			t.Errorf("taken back: %+v", rows[0])
		}
	})
}
