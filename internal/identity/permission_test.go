package identity

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/text"
)

var update = flag.Bool("update", false, "write docs/roles.md anew")

const (
	tableStart = "<!-- table made by: go test ./internal/identity -run TestRolesPage -update -->"
	tableEnd   = "<!-- end of table -->"
)

// rolesTable writes the table of rights in both languages.
func rolesTable(t *testing.T) string {
	t.Helper()
	catalogue, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	ja, en := catalogue.For("ja"), catalogue.For("en")
	var b strings.Builder
	b.WriteString("| action | 操作 | what it covers |")
	for _, r := range Roles() {
		fmt.Fprintf(&b, " %s<br>%s |", ja.T(r.Key()), en.T(r.Key()))
	}
	b.WriteString("\n|---|---|---|" + strings.Repeat(":-:|", len(Roles())) + "\n")
	for _, a := range Actions() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |", a, ja.T(a.Key()), en.T(a.Key()))
		for _, r := range Roles() {
			mark := ""
			switch {
			case Allowed(r, a) && r == Department && a.PerDepartment():
				mark = "△"
			case Allowed(r, a):
				mark = "○"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestRolesPage(t *testing.T) {
	const file = "../../docs/roles.md"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(page), tableStart)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no marks around its table", file)
	}
	want := before + tableStart + "\n" + rolesTable(t) + tableEnd + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(page)); diff != "" {
		t.Errorf("%s is old: run the command in it (-want +got):\n%s", file, diff)
	}
}

// TestEveryTextExists looks for every key this room can give to people.
func TestEveryTextExists(t *testing.T) {
	keys := text.Keys()
	want := []string{}
	for _, r := range Roles() {
		want = append(want, r.Key())
	}
	for _, a := range Actions() {
		want = append(want, a.Key())
	}
	for _, k := range FacilityKinds() {
		want = append(want, k.Key())
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		source, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(identity\.error\.[a-z_.]+)"`).FindAllSubmatch(source, -1) {
			want = append(want, string(m[1]))
		}
	}
	if len(want) < 60 {
		t.Errorf("only %d keys found: the search is broken", len(want))
	}
	for _, k := range want {
		if !slices.Contains(keys, k) {
			t.Errorf("no text for %s", k)
		}
	}
}

func TestTableOfRights(t *testing.T) {
	for _, r := range rights {
		if rest := strings.Trim(r.roles, "AEMOUD "); rest != "" {
			t.Errorf("%s: unknown letters %q", r.action, rest)
		}
		if !Allowed(Administrator, r.action) {
			t.Errorf("%s: no administrator", r.action)
		}
		own := r.action == ViewSave || r.action == ProfileEdit
		for _, role := range []Role{Auditor, Executive} {
			if Allowed(role, r.action) && !r.reads && !own {
				t.Errorf("%s may change something: %s", role, r.action)
			}
		}
		if r.reads && !Allowed(Auditor, r.action) {
			t.Errorf("an auditor cannot see %s", r.action)
		}
	}
	for _, bad := range []struct {
		role   Role
		action Action
	}{{"", AssetRead}, {"root", AssetRead}, {Administrator, ""}, {Administrator, "asset.destroy"}, {"", ""}} {
		if Allowed(bad.role, bad.action) {
			t.Errorf("%q may %q", bad.role, bad.action)
		}
	}
}

func TestPrincipal(t *testing.T) {
	operatorA := Principal{Kind: KindUser, ID: "1", Grants: []Grant{{Role: Operator, FacilityID: "A"}}}
	radiology := Principal{Kind: KindUser, ID: "2", Grants: []Grant{{Role: Department, FacilityID: "A", Department: "放射線科"}}}
	reader := Principal{Kind: KindToken, ID: "3", Grants: []Grant{{Role: Administrator}}, ReadOnly: true}
	two := Principal{Kind: KindUser, ID: "4", Grants: []Grant{{Role: Auditor}, {Role: Manager, FacilityID: "B"}}}
	device := Principal{Kind: KindDevice, ID: "5", FacilityID: "A"}
	for _, tt := range []struct {
		name                 string
		p                    Principal
		action               Action
		facility, department string
		want                 bool
	}{
		{"operator at own facility", operatorA, AssetEdit, "A", "外科", true},
		{"operator elsewhere", operatorA, AssetEdit, "B", "", false},
		{"operator without place", operatorA, AssetEdit, "", "", false},
		{"operator may not confirm", operatorA, ChecklistConfirm, "A", "", false},
		{"department, own asset", radiology, AssetEdit, "A", "放射線科", true},
		{"department, asset of another", radiology, AssetEdit, "A", "外科", false},
		{"department, asset of none", radiology, AssetRead, "A", "", false},
		{"department, own elsewhere", radiology, AssetRead, "B", "放射線科", false},
		{"department, page not about departments", radiology, GuidelineRead, "A", "", true},
		{"reading token reads", reader, AuditRead, "", "", true},
		{"reading token writes", reader, AssetEdit, "A", "", false},
		{"auditor and manager, reads all", two, AuditRead, "A", "", true},
		{"auditor and manager, confirms at B", two, ChecklistConfirm, "B", "", true},
		{"auditor and manager, confirms at A", two, ChecklistConfirm, "A", "", false},
		{"device", device, AssetRead, "A", "", false},
		{"system", System("job"), UserManage, "A", "x", true},
		{"system, unknown action", System("job"), "nonsense", "", "", false},
		{"nobody", Principal{}, TodayRead, "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.p.CanAt(tt.action, tt.facility, tt.department); got != tt.want {
				t.Errorf("CanAt = %v", got)
			}
			if got := tt.p.Scope(tt.action).Contains(tt.facility, tt.department); got != tt.want {
				t.Errorf("Scope.Contains = %v", got)
			}
			if err := tt.p.Need(tt.action, tt.facility, tt.department); (err == nil) != tt.want {
				t.Errorf("Need = %v", err)
			}
			if tt.want && !tt.p.Can(tt.action) {
				t.Error("Can = false")
			}
		})
	}
	if err := (Principal{}).NeedAny(TodayRead); !fault.Is(err, fault.CodeUnauthenticated) {
		t.Errorf("nobody: %v", err)
	}
	if err := device.NeedAny(TodayRead); !fault.Is(err, fault.CodeForbidden) {
		t.Errorf("device: %v", err)
	}
	if ids, all := two.Facilities(ChecklistConfirm); all || !slices.Equal(ids, []string{"B"}) {
		t.Errorf("Facilities = %v, %v", ids, all)
	}
	if _, all := two.Facilities(AuditRead); !all {
		t.Error("an auditor of all sees some")
	}
}

func TestMayGrant(t *testing.T) {
	adminA := Principal{Kind: KindUser, ID: "1", Grants: []Grant{{Role: Administrator, FacilityID: "A"}}}
	for _, tt := range []struct {
		name string
		p    Principal
		g    Grant
		want bool
	}{
		{"own facility", adminA, Grant{Role: Administrator, FacilityID: "A"}, true},
		{"department of own facility", adminA, Grant{Role: Department, FacilityID: "A", Department: "x"}, true},
		{"all facilities", adminA, Grant{Role: Operator}, false},
		{"another facility", adminA, Grant{Role: Operator, FacilityID: "B"}, false},
		{"manager gives nothing", Principal{Kind: KindUser, ID: "2", Grants: []Grant{{Role: Manager}}}, Grant{Role: Auditor, FacilityID: "A"}, false},
		{"reading token gives nothing", Principal{Kind: KindToken, ID: "3", Grants: []Grant{{Role: Administrator}}, ReadOnly: true}, Grant{Role: Auditor}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.p.MayGrant(tt.g); got != tt.want {
				t.Errorf("MayGrant = %v", got)
			}
		})
	}
}

// TestScopeWhereAgreesWithContains: the SQL form and the Go form say the same.
func TestScopeWhereAgreesWithContains(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		facilities, departments := []string{"A", "B'; --", ""}, []string{"外科", "放射線科", ""}
		scopes := []Scope{
			{}, {All: true},
			{Places: []Place{{FacilityID: "A"}}},
			{Places: []Place{{FacilityID: "A", Department: "外科"}, {FacilityID: "B'; --"}}},
			{Places: []Place{{Department: "放射線科"}}},
		}
		for i, s := range scopes {
			for _, f := range facilities {
				for _, d := range departments {
					args := []any{f, d}
					where := s.Where("f", "d", &args)
					var n int
					q := `SELECT count(*) FROM (SELECT CAST($1 AS TEXT) AS f, CAST($2 AS TEXT) AS d) AS t WHERE ` + where
					if err := db.QueryRow(t.Context(), q, args...).Scan(&n); err != nil {
						t.Fatal(err)
					}
					if (n == 1) != s.Contains(f, d) {
						t.Errorf("scope %d, %q %q: SQL %d, Go %v", i, f, d, n, s.Contains(f, d))
					}
				}
			}
		}
		var args []any
		if got := (Scope{Places: []Place{{FacilityID: "A", Department: "外科"}}}).Where("f", "", &args); got != "1 = 0" {
			t.Errorf("a department's place covers a table without departments: %s", got)
		}
	})
}
