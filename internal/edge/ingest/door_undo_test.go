package ingest_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/intake"
	"sonae/internal/wire"
)

// brought is one import of a scenario: a list, or a file of each of some machines.
type brought struct {
	at    time.Time
	list  string
	files map[string]wire.Report // by machine
	m     intake.Import
	rows  map[string]string // machine → what undoing did; only files
	gone  bool              // taken back as a whole
}

// scenario makes some imports about few machines whose content overlaps.
func scenario(r *rand.Rand) []*brought {
	var out []*brought
	var last wire.Report
	for i := range 2 + r.IntN(4) {
		b := &brought{at: start.Add(time.Duration(i+1) * time.Hour)}
		machines := []string{"M1", "M2"}[:1+r.IntN(2)]
		if r.IntN(5) < 2 {
			b.list = randomList(r, machines)
			out = append(out, b)
			continue
		}
		b.files = map[string]wire.Report{}
		for _, name := range machines {
			report := randomPC(r, name, b.at)
			if r.IntN(2) == 0 && last.Sections.Hardware != nil && last.Sections.Hardware.Identity.HostName == name {
				report = last // the same content
				report.CollectedMS = b.at.UnixMilli()
			}
			b.files[name], last = report, report
		}
		out = append(out, b)
	}
	return out
}

// randomList says some of few values about machines.
func randomList(r *rand.Rand, machines []string) string {
	cols := []string{"部署", "設置場所", "OS", "機器種別"}
	values := map[string][]string{"部署": {"外来", "病棟", ""}, "設置場所": {"101", "102"}, "OS": {"Windows 10 Pro", "Windows 7"}, "機器種別": {"パソコン", "サーバー"}}
	some := cols[:1+r.IntN(len(cols))]
	var b strings.Builder
	b.WriteString("管理番号,メーカー,シリアル番号," + strings.Join(some, ",") + "\r\n")
	for _, name := range machines {
		tag := []string{"T-" + name, "U-" + name}[r.IntN(2)]
		b.WriteString(tag + ",Dell Inc.,SN" + name + "X7")
		for _, c := range some {
			b.WriteString("," + values[c][r.IntN(len(values[c]))])
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

// randomPC is a report whose sections are there or not, and hold some of few rows.
func randomPC(r *rand.Rand, name string, at time.Time) wire.Report {
	one := func(all ...string) (some []string) {
		for _, s := range all {
			if r.IntN(2) == 0 {
				some = append(some, s)
			}
		}
		return some
	}
	out := wire.Report{Version: 1, CollectedMS: at.UnixMilli(), Agent: wire.Agent{Version: "1", OS: "windows", Arch: "amd64"}}
	s := &out.Sections
	s.Hardware = &wire.Hardware{Identity: wire.Identity{Maker: "Dell Inc.", Model: []string{"OptiPlex", "Latitude"}[r.IntN(2)], Serial: "SN" + name + "X7", HostName: name, OSFamily: "windows"}, Chassis: "desktop"}
	if r.IntN(4) > 0 {
		s.OS = &wire.OS{Family: "windows", Name: []string{"Windows 10 Pro", "Windows 11 Pro"}[r.IntN(2)], Version: []string{"10.0.1", "10.0.2"}[r.IntN(2)], HostName: name}
	}
	if r.IntN(4) > 0 {
		list := []wire.Package{}
		for _, p := range one("Viewer", "Office", "Reader") {
			list = append(list, wire.Package{Name: p, Version: []string{"1", "2"}[r.IntN(2)], Kind: "registry"})
		}
		s.Packages = &list
	}
	if r.IntN(4) > 0 {
		list := []wire.Account{}
		for _, a := range one("Administrator", "nurse") {
			list = append(list, wire.Account{Name: a, Enabled: r.IntN(2) == 0, Interactive: true, LastLoginMS: at.UnixMilli() - 1000})
		}
		s.Accounts = &list
	}
	if r.IntN(4) > 0 {
		list := []wire.Service{}
		for _, a := range one("spooler", "dhcp", "ntp") {
			list = append(list, wire.Service{Name: a, Start: "auto", Running: r.IntN(2) == 0})
		}
		s.Services = &list
	}
	if r.IntN(3) > 0 {
		list := []wire.Volume{}
		for _, a := range one(`C:\`, `D:\`) {
			list = append(list, wire.Volume{Mount: a, Encryption: []string{"on", "off"}[r.IntN(2)], SizeBytes: 1000, FreeBytes: int64(r.IntN(900))})
		}
		s.Volumes = &list
	}
	if r.IntN(3) > 0 {
		n := name[len(name)-1:]
		list := []wire.Interface{{Name: "Ethernet", MAC: "00:1a:2b:00:00:0" + n, Kind: "ethernet", Up: true, Addresses: []string{"192.0.2." + n + "/24"}}}
		if r.IntN(2) == 0 {
			list = append(list, wire.Interface{Name: "Wi-Fi", MAC: "00:1a:2b:00:01:0" + n, Kind: "wifi"})
		}
		s.Interfaces = &list
		if r.IntN(2) == 0 {
			s.Hardware.MACs = []string{list[0].MAC}
		}
	}
	if r.IntN(3) > 0 {
		s.Updates = &wire.Updates{CheckedMS: at.UnixMilli() - int64(r.IntN(5)), RebootNeed: r.IntN(2) == 0}
	}
	if r.IntN(3) > 0 {
		on := r.IntN(2) == 0
		s.Security = &wire.Security{FirewallOn: &on}
	}
	out.Seal()
	return out
}

// take imports what stands of b.
func (d *desk) take(b *brought) {
	d.set(b.at)
	var m intake.Import
	if b.list != "" {
		d.tx(d.t, func(ctx context.Context, tx *store.Tx) (err error) {
			m, err = intake.Create(ctx, tx, intake.Upload{FacilityID: d.facility, FileName: "l.csv", Body: []byte(b.list), By: "鈴木"}, store.MS(d.now()))
			return err
		})
	} else {
		var files []intake.File
		for _, name := range slices.Sorted(maps.Keys(b.files)) {
			files = append(files, intake.File{Name: name + ".sonae", Body: d.sealed(b.files[name])})
		}
		d.tx(d.t, func(ctx context.Context, tx *store.Tx) (err error) {
			m, err = intake.CreateMachines(ctx, tx, d.door, intake.Brought{FacilityID: d.facility, Name: "m.zip", Files: files, By: "鈴木"}, store.MS(d.now()))
			return err
		})
	}
	m, rows := d.start(m)
	for _, r := range rows {
		if r.Outcome == intake.OutcomeRefuse {
			d.t.Fatalf("refused: %+v", r.Problem)
		}
	}
	if b.m.ID == "" {
		b.m = m
	}
}

// takeBack takes an import back as far as it can be; it tells whether it did something.
func (d *desk) takeBack(b *brought) bool {
	d.set(d.now().Add(time.Minute))
	err := d.db.Tx(d.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := intake.Undo(ctx, tx, b.m.ID, "田中")
		return err
	})
	if fault.Is(err, fault.CodeConflict) && fault.Of(err).Key == "intake.error.later" {
		return false
	}
	if err != nil {
		d.t.Fatal(err)
	}
	m, rows := d.run(b.m, func(context.Context, *store.Tx) error { return nil })
	b.gone = m.State == intake.StateUndone
	b.rows = map[string]string{}
	for _, r := range rows {
		if r.Machine != nil {
			b.rows[strings.TrimSuffix(r.Machine.Place, ".sonae")] = r.Back
		}
	}
	return true
}

// rest is what stands of an import.
func (b *brought) rest() *brought {
	if b.rows == nil {
		return b
	}
	out := *b
	out.files = map[string]wire.Report{}
	for name, file := range b.files {
		if b.rows[name] == "later" {
			out.files[name] = file
		}
	}
	return &out
}

// tables lists the tables that hold rows of an asset.
func (d *desk) tables() []string {
	query := `SELECT DISTINCT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) p ON p.name = 'asset_id' WHERE m.type = 'table' ORDER BY 1`
	if d.db.Engine() == store.Postgres {
		query = `SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = current_schema() AND column_name = 'asset_id' ORDER BY 1`
	}
	return d.column(query)
}

func (d *desk) column(query string, args ...any) (out []string) {
	d.t.Helper()
	rows, err := d.db.Query(d.t.Context(), query, args...)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			d.t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

// wipe empties the ledger.
func (d *desk) wipe() {
	for _, table := range append(d.tables(), "asset_asset") {
		d.tx(d.t, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM "+table)
			return err
		})
	}
}

// ledgerRows writes every row of the ledger, with assets by serial number, but for what
// stays on purpose: marks of statements taken back, closed doubts, counters of changes, and
// who first said where an asset belongs.
func (d *desk) ledgerRows() (out []string) {
	d.t.Helper()
	for _, table := range append(d.tables(), "asset_asset") {
		if strings.HasPrefix(table, "intake_") || table == "software_unsettled" {
			continue
		}
		cond := map[string]string{"asset_fact": " WHERE undone_ms IS NULL", "asset_conflict": " WHERE closed_ms IS NULL"}[table]
		rows, err := d.db.Query(d.t.Context(), "SELECT * FROM "+table+cond)
		if err != nil {
			d.t.Fatal(err)
		}
		cols, err := rows.Columns()
		if err != nil {
			d.t.Fatal(err)
		}
		for rows.Next() {
			values := make([]any, len(cols))
			into := make([]any, len(cols))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				d.t.Fatal(err)
			}
			out = append(out, d.line(table, cols, values))
		}
		_ = rows.Close()
	}
	for id, serial := range d.serials() {
		for i := range out {
			out[i] = strings.ReplaceAll(out[i], id, serial)
		}
	}
	slices.Sort(out)
	return out
}

func (d *desk) line(table string, cols []string, values []any) string {
	var b strings.Builder
	b.WriteString(table)
	where := fmt.Sprint(values[max(slices.Index(cols, "field"), 0)]) == "facility"
	for i, c := range cols {
		switch {
		case table == "asset_asset" && slices.Contains([]string{"rev", "created_ms", "updated_ms"}, c), table == "asset_fact" && where && c != "value",
			table == "asset_identity" && slices.Contains([]string{"first_ms", "source"}, c), table == "software_install" && c == "settled",
			table == "asset_section" && strings.Contains(fmt.Sprint(values), "csv") && (c == "body_ms" || c == "seen_ms"):
			continue
		}
		fmt.Fprintf(&b, " %s=%v", c, values[i])
	}
	return b.String()
}

func (d *desk) serials() map[string]string {
	out := map[string]string{}
	for _, s := range d.column(`SELECT id || ' ' || serial FROM asset_asset`) {
		id, serial, _ := strings.Cut(s, " ")
		out[id] = serial
	}
	return out
}

// Imports taken back in any order leave the ledger as if they had never been.
func TestUndoInAnyOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		runs := uint64(25)
		if db.Engine() == store.Postgres {
			runs = 8
		}
		for seed := range runs {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				d.t = t
				d.wipe()
				anyOrder(d, rand.New(rand.NewPCG(seed, 7))) //nolint:gosec // a test
			})
			d.t = t
		}
	})
}

func anyOrder(d *desk, r *rand.Rand) {
	all := scenario(r)
	for _, b := range all {
		d.take(b)
	}
	back := slices.Clone(all)
	r.Shuffle(len(back), func(i, j int) { back[i], back[j] = back[j], back[i] })
	back = back[:1+r.IntN(len(back))]
	d.set(start.Add(100 * time.Hour))
	for tries := 0; tries < 2*len(back); tries++ {
		for _, b := range back {
			if !b.gone {
				d.takeBack(b)
			}
		}
	}
	got := d.ledgerRows()
	d.wipe()
	for _, b := range all {
		if rest := b.rest(); !b.gone && (rest.list != "" || len(rest.files) > 0) {
			d.take(rest)
		}
	}
	want := d.ledgerRows()
	if diff := cmp.Diff(want, got); diff != "" {
		d.t.Errorf("the ledger after undoing (+) is not the ledger without the imports (-):\n%s", diff)
		for i, b := range all {
			d.t.Logf("%d: %q %v back %v %v", i, b.list, b.files, b.gone, b.rows)
		}
	}
}

// An import in the middle is refused as long as a later one speaks of all its machines; of
// some, it is taken back as far as that goes, and for the rest when the later one is.
func TestUndoInWrongOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		r := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // a test
		before := d.ledgerRows()
		first := &brought{at: start.Add(time.Hour), files: map[string]wire.Report{"M1": randomPC(r, "M1", start.Add(time.Hour)), "M2": randomPC(r, "M2", start.Add(time.Hour))}}
		second := &brought{at: start.Add(2 * time.Hour), files: map[string]wire.Report{"M1": randomPC(r, "M1", start.Add(2*time.Hour))}}
		third := &brought{at: start.Add(3 * time.Hour), files: map[string]wire.Report{"M1": randomPC(r, "M1", start.Add(3*time.Hour))}}
		for _, b := range []*brought{first, second, third} {
			d.take(b)
		}
		if d.takeBack(second) {
			t.Error("an import in the middle was taken back")
		}
		if m, err := intake.ByID(t.Context(), db, second.m.ID); err != nil || m.State != intake.StateDone {
			t.Errorf("after the refusal: %+v, %v", m, err)
		}
		if !d.takeBack(first) || first.gone || first.rows["M1"] != "later" || first.rows["M2"] != "removed" {
			t.Errorf("taken back in part: %v", first.rows)
		}
		if d.takeBack(first) {
			t.Error("nothing has changed, and the rest was taken back")
		}
		if !d.takeBack(third) || !d.takeBack(second) || !d.takeBack(first) || !first.gone || first.rows["M1"] != "removed" {
			t.Errorf("the newest first: %v", first.rows)
		}
		if diff := cmp.Diff(before, d.ledgerRows()); diff != "" {
			t.Error(diff)
		}
	})
}

// A file that says nothing new stands in nobody's way: the earlier one's facts become its
// own, and go with it. Two files of one second are told apart.
func TestUndoBehindTheSame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		report := randomPC(rand.New(rand.NewPCG(1, 2)), "M1", start) //nolint:gosec // a test
		later := report
		later.CollectedMS = start.Add(5 * time.Hour).UnixMilli()
		take := func(at time.Duration, r wire.Report) *brought {
			b := &brought{at: start.Add(at), files: map[string]wire.Report{"M1": r}}
			d.take(b)
			return b
		}
		before := d.ledgerRows()
		first, second, third := take(time.Hour, report), take(2*time.Hour, report), take(6*time.Hour, later)
		if third.m.Counts.Same != 1 || second.m.Counts.Same != 1 {
			t.Fatalf("not the same: %+v %+v", second.m.Counts, third.m.Counts)
		}
		for _, b := range []*brought{second, first} {
			if !d.takeBack(b) || b.rows["M1"] != "kept" || d.count(`SELECT count(*) FROM asset_asset`) != 1 {
				t.Errorf("taken back: %v", b.rows)
			}
		}
		if n := d.count(`SELECT count(*) FROM asset_fact WHERE gone_ms IS NULL AND first_ms <> $1`, later.CollectedMS); n != 0 {
			t.Errorf("%d facts that are older than the only file that stands", n)
		}
		if !d.takeBack(third) || third.rows["M1"] != "removed" {
			t.Errorf("taken back: %v", third.rows)
		}
		if diff := cmp.Diff(before, d.ledgerRows()); diff != "" {
			t.Error(diff)
		}
	})
}
