package catalog

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	datafiles "sonae/catalog"
)

var loadReal = sync.OnceValues(func() (*Catalog, error) { return Load(datafiles.FS) })

// realCatalog returns the embedded catalog.
func realCatalog(t testing.TB) *Catalog {
	t.Helper()
	c, err := loadReal()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRealCatalogLoads(t *testing.T) { realCatalog(t) }

// The counts are those of the published material: FY2024 1+14+3 rows, FY2025 1+14+3+1.
func TestSheetCounts(t *testing.T) {
	c := realCatalog(t)
	tests := []struct {
		edition, sheet                 string
		rows                           int
		confirmed, likely, provisional int // over all rows, gate included
	}{
		{"r6", "medical", 18, 19, 0, 0},
		{"r6", "vendor", 14, 1, 0, 13},
		{"r7", "medical", 19, 15, 5, 0},
		{"r7", "vendor", 14, 3, 0, 11},
		{"r8", "provider", 19, 3, 0, 17},
		{"r8", "vendor", 14, 0, 0, 14},
	}
	for _, tt := range tests {
		t.Run(tt.edition+"."+tt.sheet, func(t *testing.T) {
			s, ok := c.Sheet(tt.edition, tt.sheet)
			if !ok {
				t.Fatal("no such sheet")
			}
			marks := map[Mark]int{}
			for _, r := range s.Rows {
				marks[r.Mark()]++
			}
			if got := len(s.NumberedRows()); got != tt.rows {
				t.Errorf("numbered rows: got %d, want %d", got, tt.rows)
			}
			got := [3]int{marks[MarkConfirmed], marks[MarkLikely], marks[MarkProvisional]}
			if want := [3]int{tt.confirmed, tt.likely, tt.provisional}; got != want {
				t.Errorf("confirmed, likely, provisional: got %v, want %v", got, want)
			}
		})
	}
}

func TestR7PrintedOrder(t *testing.T) {
	s := mustEdition(t, realCatalog(t), "r7").InstitutionSheet()
	type line struct {
		Number, Target, Control, Rule string
		Mark                          Mark
	}
	want := []line{
		{"", "org", "system_presence", "AE-SYS-00", MarkLikely},
		{"1①", "org", "safety_officer", "AE-GOV-01", MarkConfirmed},
		{"2①", "all", "asset_ledger", "AE-INV-01", MarkConfirmed},
		{"2②", "all", "remote_maintenance", "AE-RMT-01", MarkConfirmed},
		{"2③", "all", "mds_sds", "AE-MDS-01", MarkConfirmed},
		{"2④", "all", "access_rights", "AE-ACL-01", MarkLikely},
		{"2⑤", "all", "stale_accounts", "AE-ACC-01", MarkLikely},
		{"2⑥", "all", "patching", "AE-PAT-01", MarkConfirmed},
		{"2⑦", "all", "password_strength", "AE-PWD-01", MarkConfirmed},
		{"2⑧", "all", "password_reuse", "AE-PWD-02", MarkConfirmed},
		{"2⑨", "all", "removable_media", "AE-USB-01", MarkConfirmed},
		{"2⑩", "all", "two_factor", "AE-MFA-01", MarkLikely},
		{"2⑪", "server", "access_log", "AE-LOG-01", MarkLikely},
		{"2⑫", "server", "unneeded_services", "AE-SVC-01", MarkConfirmed},
		{"2⑫", "pc", "unneeded_services", "AE-SVC-01", MarkConfirmed},
		{"2⑬", "network", "source_restriction", "AE-NET-01", MarkConfirmed},
		{"3①", "org", "contact_chart", "AE-IR-01", MarkConfirmed},
		{"3②", "org", "backup", "AE-BKP-01", MarkConfirmed},
		{"3③", "org", "bcp", "AE-BCP-01", MarkConfirmed},
		{"4①", "org", "internal_rules", "AE-REG-01", MarkConfirmed},
	}
	var got []line
	for _, r := range s.Rows {
		got = append(got, line{r.Number, string(r.Target), r.ControlID, r.Rule.ID, r.Mark()})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("R7 sheet (-want +got):\n%s", diff)
	}
	if s.Provisional || s.Edition.Provisional {
		t.Error("the R7 institution sheet is the known example and not provisional")
	}
}

// R8 is offered with a banner; only 1①, 3③ and 4① are confirmed.
func TestR8Provisional(t *testing.T) {
	e := mustEdition(t, realCatalog(t), "r8")
	if !e.Provisional || e.ProvisionalReason.JA == "" || e.ProvisionalReason.EN == "" {
		t.Errorf("R8 must be provisional with a reason, got %v %+v", e.Provisional, e.ProvisionalReason)
	}
	var confirmed []string
	for _, r := range e.InstitutionSheet().Rows {
		if !r.Provisional() {
			confirmed = append(confirmed, r.Number)
		}
	}
	if diff := cmp.Diff([]string{"1①", "3③", "4①"}, confirmed); diff != "" {
		t.Errorf("confirmed rows (-want +got):\n%s", diff)
	}
	if e.GuidelineID != "7.0" {
		t.Errorf("guideline: got %s, want 7.0", e.GuidelineID)
	}
}

func TestGuidelineCounts(t *testing.T) {
	g, ok := realCatalog(t).Guideline("6.0")
	if !ok {
		t.Fatal("no guideline 6.0")
	}
	tests := []struct {
		part                                              Part
		chapters, items, known, verified, numbersVerified int
		reader                                            Role
	}{
		{PartGovernance, 5, 44, 44, 37, 38, RoleExecutive},
		{PartManagement, 16, 91, 81, 71, 79, RolePlanningManager},
		{PartControl, 18, 82, 68, 61, 63, RoleOperator},
	}
	for _, tt := range tests {
		t.Run(string(tt.part), func(t *testing.T) {
			p, ok := g.Part(tt.part)
			if !ok {
				t.Fatal("no such part")
			}
			var known, verified, numbers int
			for _, i := range p.Items() {
				if _, ok := i.Requirement(); ok {
					known++
				}
				if i.Verified {
					verified++
				}
				if i.NumberVerified {
					numbers++
				}
			}
			got := [5]int{len(p.Chapters), len(p.Items()), known, verified, numbers}
			want := [5]int{tt.chapters, tt.items, tt.known, tt.verified, tt.numbersVerified}
			if got != want {
				t.Errorf("chapters, items, known, verified, numbers verified: got %v, want %v", got, want)
			}
			if p.Reader != tt.reader {
				t.Errorf("reader: got %s, want %s", p.Reader, tt.reader)
			}
		})
	}
}

func TestItemOfUnknownContentHasNoText(t *testing.T) {
	g, _ := realCatalog(t).Guideline("6.0")
	for _, id := range []string{"management.8.6", "management.15.13", "control.7.5", "control.14.9"} {
		i, ok := g.Item(id)
		if !ok {
			t.Fatalf("no item %s", id)
		}
		if req, ok := i.Requirement(); ok || req != (Requirement{}) || i.ContentKnown() || !i.Provisional() {
			t.Errorf("%s: content is unknown, got %+v %v", id, req, ok)
		}
	}
}

func TestGuidelineLookups(t *testing.T) {
	c := realCatalog(t)
	g, _ := c.Guideline("6.0")
	p, _ := g.Part(PartGovernance)
	s, ok := p.Section("3.4.1")
	if !ok || len(s.Items()) != 3 || s.Chapter.Number != 3 {
		t.Fatalf("section 3.4.1: got %+v %v", s, ok)
	}
	ch, ok := p.Chapter(3)
	if !ok || len(ch.Items()) != 17 {
		t.Errorf("governance chapter 3: got %d items, want 17", len(ch.Items()))
	}
	i, ok := g.Item("control.14.5")
	if !ok || i.Number != "⑤" || i.Chapter.Number != 14 || i.Section != nil {
		t.Errorf("control.14.5: got %+v", i)
	}
	if req, _ := i.Requirement(); req.LaterEdition == nil || req.LaterEdition.EditionID != "7.0" {
		t.Errorf("control.14.5: want a note on 7.0, got %+v", req.LaterEdition)
	}
	if g7, ok := c.Guideline("7.0"); !ok || g7.ItemsCatalogued || len(g7.Parts) != 0 || len(g7.Documents) == 0 {
		t.Errorf("7.0 holds documents and no items, got %+v", g7)
	}
}

// A reference with a circled digit reaches the item; one to a section or to 7.0 does not.
func TestRowGuidelineRefs(t *testing.T) {
	c := realCatalog(t)
	refs := func(id string) map[string]int {
		r, ok := c.Row(id)
		if !ok {
			t.Fatalf("no row %s", id)
		}
		m := map[string]int{}
		for _, g := range r.GuidelineRefs {
			m[g.EditionID+" "+g.Part.Title().JA+" "+g.Ref] = len(g.Items)
		}
		return m
	}
	tests := map[string]map[string]int{
		"r7.medical.2.1":   {"6.0 経営管理編 1.2.1 管理責任②": 1, "6.0 企画管理編 9.1": 0},
		"r7.medical.2.6":   {"6.0 システム運用編 8③": 1, "6.0 システム運用編 8.2": 0},
		"r7.medical.2.3":   {},
		"r8.provider.2.11": {"7.0 システム運用編 17①②③": 0},
	}
	for id, want := range tests {
		if diff := cmp.Diff(want, refs(id)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}

func TestDefaultEdition(t *testing.T) {
	c := realCatalog(t)
	jst := time.FixedZone("JST", 9*3600)
	tests := []struct {
		name    string
		at      time.Time
		want    string
		inForce bool
	}{
		{"before the first", time.Date(2024, 3, 31, 12, 0, 0, 0, jst), "r6", false},
		{"first day of FY2024", time.Date(2024, 4, 1, 0, 0, 0, 0, jst), "r6", true},
		{"last second of FY2024", time.Date(2025, 3, 31, 23, 59, 59, 0, jst), "r6", true},
		{"first day of FY2025", time.Date(2025, 4, 1, 0, 0, 0, 0, jst), "r7", true},
		{"last day of FY2025", time.Date(2026, 3, 31, 9, 0, 0, 0, jst), "r7", true},
		{"first day of FY2026", time.Date(2026, 4, 1, 0, 0, 0, 0, jst), "r8", true},
		{"inside FY2026", time.Date(2026, 11, 24, 9, 0, 0, 0, jst), "r8", true},
		{"after the last", time.Date(2027, 4, 1, 0, 0, 0, 0, jst), "r8", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, ok := c.DefaultEdition(tt.at)
			if e.ID != tt.want || ok != tt.inForce {
				t.Errorf("got %s %v, want %s %v", e.ID, ok, tt.want, tt.inForce)
			}
		})
	}
}

func TestRowsOf(t *testing.T) {
	var got []string
	for _, r := range realCatalog(t).RowsOf("patching") {
		got = append(got, r.ID)
	}
	want := []string{
		"r6.medical.2.7.server", "r6.medical.2.7.pc", "r6.medical.2.7.network",
		"r6.vendor.2.7.server", "r6.vendor.2.7.pc", "r6.vendor.2.7.network",
		"r7.medical.2.6", "r7.vendor.2.6", "r8.provider.2.6", "r8.vendor.2.6",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows of patching (-want +got):\n%s", diff)
	}
}

func TestRowsForServerAndPC(t *testing.T) {
	c := realCatalog(t)
	for id, covers := range map[string][3]bool{ // server, pc, network
		"r7.medical.2.6":         {true, true, true},
		"r7.medical.2.12.server": {true, false, false},
		"r7.medical.2.12.pc":     {false, true, false},
		"r7.medical.3.2":         {false, false, false},
	} {
		r, _ := c.Row(id)
		got := [3]bool{r.Target.Covers(TargetServer), r.Target.Covers(TargetPC), r.Target.Covers(TargetNetwork)}
		if got != covers {
			t.Errorf("%s covers server, pc, network: got %v, want %v", id, got, covers)
		}
	}
}

func mustEdition(t testing.TB, c *Catalog, id string) *Edition {
	t.Helper()
	e, ok := c.Edition(id)
	if !ok {
		t.Fatalf("no edition %s", id)
	}
	return e
}
