package asset_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

func create(t testing.TB, db *store.DB, facility string, set asset.Values) asset.Asset {
	t.Helper()
	return do(t, db, func(ctx context.Context, tx *store.Tx) (asset.Asset, error) {
		a, _, err := asset.Create(ctx, tx, everything, facility, set, "sato", t0)
		return a, err
	})
}

func list(t testing.TB, db *store.DB, f asset.Filter, p asset.Page) asset.ListPage {
	t.Helper()
	page, err := asset.List(t.Context(), db, f, p)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func names(page asset.ListPage) []string {
	var out []string
	for _, a := range page.Items {
		out = append(out, a.Name)
	}
	return out
}

// small is a ledger of six.
func small(t testing.TB, db *store.DB) map[string]string {
	ids := map[string]string{}
	for _, v := range []asset.Values{
		{asset.FieldKind: "pc", asset.FieldName: "外来-PC-2", asset.FieldDepartment: "医事課", asset.FieldRoom: "1階 外来", asset.FieldIP: "10.40.1.9", asset.FieldOSName: "Windows 11", asset.FieldSerial: "SN100%_A", asset.FieldSupportEndsOn: "2027-01-01"},
		{asset.FieldKind: "pc", asset.FieldName: "外来-PC-10", asset.FieldDepartment: "医事課", asset.FieldRoom: "1階 外来", asset.FieldIP: "10.40.1.10", asset.FieldOSName: "Windows 10", asset.FieldRemoteMaintenance: "yes"},
		{asset.FieldKind: "server", asset.FieldName: "ｻｰﾊﾞ-01", asset.FieldDepartment: "医療情報室", asset.FieldPatchOwner: "情報室", asset.FieldMAC: "F8-B1-56-AA-00-07", asset.FieldOSName: "Windows Server", asset.FieldMemoryBytes: "68719476736"},
		{asset.FieldKind: "vpn", asset.FieldName: "FW-VPN-01", asset.FieldPatchOwner: "業者", asset.FieldInternetFacing: "yes", asset.FieldCriticality: "high"},
		{asset.FieldKind: "pc", asset.FieldName: "試用機", asset.FieldStatus: "trial", asset.FieldTrialEndsOn: "2026-12-31", asset.FieldMemoryBytes: "4294967296"},
	} {
		ids[v[asset.FieldName]] = create(t, db, facilityA, v).ID
	}
	ids["健診-PC-1"] = create(t, db, facilityB, asset.Values{asset.FieldKind: "pc", asset.FieldName: "健診-PC-1", asset.FieldDepartment: "健診課"}).ID
	do(t, db, func(ctx context.Context, tx *store.Tx) (int, error) {
		_, _, err := asset.Retire(ctx, tx, everything, ids["試用機"], 0, asset.Disposal{On: "2026-10-01", Reason: "返却"}, "sato", t0+1)
		return 0, err
	})
	return ids
}

func TestListFilters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ids := small(t, db)
		tests := map[string]struct {
			f    asset.Filter
			want []string
		}{
			"all but disposed":     {asset.Filter{}, []string{"FW-VPN-01", "ｻｰﾊﾞ-01", "健診-PC-1", "外来-PC-2", "外来-PC-10"}},
			"two characters":       {asset.Filter{Text: "外来"}, []string{"外来-PC-2", "外来-PC-10"}},
			"width and case":       {asset.Filter{Text: "サーバ ｗｉｎｄｏｗｓ"}, []string{"ｻｰﾊﾞ-01"}},
			"every word":           {asset.Filter{Text: "外来　pc-10"}, []string{"外来-PC-10"}},
			"wildcards are text":   {asset.Filter{Text: "100%_a"}, []string{"外来-PC-2"}},
			"quote":                {asset.Filter{Text: "' OR 1=1 --"}, nil},
			"address in pieces":    {asset.Filter{Text: "f8b156aa0007"}, []string{"ｻｰﾊﾞ-01"}},
			"address with dashes":  {asset.Filter{Text: "F8-B1-56-AA-00-07"}, []string{"ｻｰﾊﾞ-01"}},
			"ip":                   {asset.Filter{Text: "10.40.1.1"}, []string{"外来-PC-10"}},
			"kind and status":      {asset.Filter{Kinds: []asset.Kind{asset.KindPC}, Statuses: []asset.Status{asset.StatusDisposed}}, []string{"試用機"}},
			"without department":   {asset.Filter{Departments: []string{""}}, []string{"FW-VPN-01"}},
			"either department":    {asset.Filter{Departments: []string{"医事課", "健診課"}}, []string{"健診-PC-1", "外来-PC-2", "外来-PC-10"}},
			"support ends":         {asset.Filter{SupportEndsBy: "2027-01-01"}, []string{"外来-PC-2"}},
			"remote unknown":       {asset.Filter{RemoteMaintenance: []string{"unknown"}, Kinds: []asset.Kind{asset.KindPC}}, []string{"健診-PC-1", "外来-PC-2"}},
			"other room's answer":  {asset.Filter{AssetIDs: []string{ids["FW-VPN-01"], ids["試用機"], "nobody"}}, []string{"FW-VPN-01"}},
			"empty answer":         {asset.Filter{AssetIDs: []string{}}, nil},
			"stale":                {asset.Filter{StaleDays: 90, NowMS: t0, Text: "fw"}, []string{"FW-VPN-01"}},
			"facility":             {asset.Filter{FacilityIDs: []string{facilityB}}, []string{"健診-PC-1"}},
			"scope of B":           {asset.Filter{Scope: asset.Scope{Places: []asset.Place{{FacilityID: facilityB}}}}, []string{"健診-PC-1"}},
			"scope of B asks A":    {asset.Filter{Scope: asset.Scope{Places: []asset.Place{{FacilityID: facilityB}}}, FacilityIDs: []string{facilityA}}, nil},
			"scope of department":  {asset.Filter{Scope: asset.Scope{Places: []asset.Place{{FacilityID: facilityA, Department: "医療情報室"}}}}, []string{"ｻｰﾊﾞ-01"}},
			"all of B, one of A":   {asset.Filter{Scope: asset.Scope{Places: []asset.Place{{FacilityID: facilityB}, {FacilityID: facilityA, Department: "医療情報室"}}}}, []string{"ｻｰﾊﾞ-01", "健診-PC-1"}},
			"no scope, no answer":  {asset.Filter{Scope: asset.Scope{Places: []asset.Place{}}}, nil},
			"criticality":          {asset.Filter{Criticality: []string{"high"}}, []string{"FW-VPN-01"}},
			"entered by hand only": {asset.Filter{Sources: []asset.Source{asset.SourceAgent}}, nil},
		}
		for name, tt := range tests {
			t.Run(name, func(t *testing.T) {
				if tt.f.Scope.Places == nil {
					tt.f.Scope = everything
				}
				page := list(t, db, tt.f, asset.Page{Facets: true})
				if diff := cmp.Diff(tt.want, names(page)); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if page.Total != len(tt.want) {
					t.Errorf("total %d, want %d", page.Total, len(tt.want))
				}
			})
		}
	})
}

func TestListFacets(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		small(t, db)
		page := list(t, db, asset.Filter{Scope: everything, Kinds: []asset.Kind{asset.KindPC}}, asset.Page{Facets: true})
		got := map[asset.Field][]asset.Count{}
		for _, f := range page.Facets {
			got[f.Field] = f.Counts
		}
		want := map[asset.Field][]asset.Count{
			// Kind ignores its own choice, the others do not.
			asset.FieldKind:       {{Value: "pc", N: 3}, {Value: "server", N: 1}, {Value: "vpn", N: 1}},
			asset.FieldStatus:     {{Value: "in_use", N: 3}, {Value: "disposed", N: 1}},
			asset.FieldDepartment: {{Value: "医事課", N: 2}, {Value: "健診課", N: 1}},
			asset.FieldOSName:     {{Value: "", N: 1}, {Value: "Windows 10", N: 1}, {Value: "Windows 11", N: 1}},
			asset.FieldRoom:       {{Value: "1階 外来", N: 2}, {Value: "", N: 1}},
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreMapEntries(func(f asset.Field, _ []asset.Count) bool { return want[f] == nil })); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// Every order pages through all rows once, on both engines the same.
func TestListSortsAndPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		small(t, db)
		for i := range 7 {
			observe(t, db, report(i, t0+int64(i%3)))
		}
		whole := list(t, db, asset.Filter{Scope: everything}, asset.Page{})
		for _, field := range asset.SortFields() {
			for _, desc := range []bool{false, true} {
				p := asset.Page{Sort: asset.Sort{By: field, Desc: desc}, Limit: 3}
				seen := map[string]bool{}
				n := 0
				for {
					page := list(t, db, asset.Filter{Scope: everything}, p)
					for _, a := range page.Items {
						seen[a.ID] = true
						n++
					}
					if p.Cursor = page.Next; p.Cursor == "" {
						break
					}
				}
				if n != whole.Total || len(seen) != whole.Total {
					t.Errorf("%s desc %v: %d rows, %d different, want %d", field, desc, n, len(seen), whole.Total)
				}
			}
		}
		first := list(t, db, asset.Filter{Scope: everything, Text: "windows"}, asset.Page{Sort: asset.Sort{By: asset.FieldMemoryBytes, Desc: true}, Limit: 2})
		if diff := cmp.Diff("ｻｰﾊﾞ-01", names(first)[0]); diff != "" {
			t.Errorf("most memory first (-want +got)\n%s", diff)
		}
		for _, p := range []asset.Page{{Cursor: "AAAA"}, {Cursor: first.Next}, {Limit: 201}, {Limit: -1}, {Sort: asset.Sort{By: "id; DROP TABLE asset_asset"}}} {
			if _, err := asset.List(t.Context(), db, asset.Filter{Scope: everything}, p); !fault.Is(err, fault.CodeInvalid) {
				t.Errorf("%+v: %v", p, err)
			}
		}
	})
}

func TestIPSort(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, ip := range []string{"10.0.0.10", "10.0.0.9", "9.255.0.1", "2001:db8::1"} {
			create(t, db, facilityA, asset.Values{asset.FieldKind: "other", asset.FieldName: ip, asset.FieldIP: ip})
		}
		got := names(list(t, db, asset.Filter{Scope: everything}, asset.Page{Sort: asset.Sort{By: asset.FieldIP}}))
		if diff := cmp.Diff([]string{"9.255.0.1", "10.0.0.9", "10.0.0.10", "2001:db8::1"}, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestEachRow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		do(t, db, func(ctx context.Context, tx *store.Tx) (int, error) {
			for i := range 1203 {
				if _, err := asset.Observe(ctx, tx, report(i, t0)); err != nil {
					return i, err
				}
			}
			return 0, nil
		})
		n, last := 0, ""
		err := asset.EachRow(t.Context(), db, asset.Filter{Scope: everything}, func(a asset.Asset) error {
			n++
			for _, c := range asset.ExportColumns() {
				last = a.Cell(c.Field)
			}
			return nil
		})
		if err != nil || n != 1203 || last != "agent" {
			t.Errorf("%d rows, last cell %q, %v", n, last, err)
		}
		n = 0
		err = asset.EachAsOf(t.Context(), db, everything, t0, func(a asset.Asset) error {
			n++
			if a.Values[asset.FieldSerial] == "" || a.Values[asset.FieldIP] == "" {
				t.Fatalf("asset %s was cut: %v", a.ID, a.Values)
			}
			return nil
		})
		if err != nil || n != 1203 {
			t.Errorf("as of then: %d rows, %v", n, err)
		}
		f, err := asset.FiguresAsOf(t.Context(), db, everything, t0+100*day, 90)
		if err != nil || f.Total.Assets != 1203 || f.Total.Stale != 1203 || len(f.Stale) != asset.MaxStale {
			t.Errorf("figures: %+v, %d stale, %v", f.Total, len(f.Stale), err)
		}
	})
}

// Whatever a person or a machine sends as text comes back byte by byte, can be
// found, and does no harm.
func TestHostileText(t *testing.T) {
	hostile := []string{"'; DROP TABLE asset_asset; --", `" OR ""="`, "%_\\%", "$1 $2 ?", "a\x1eb\x1fc\x1dd", "<script>alert(1)</script>", "=cmd|' /C calc'!A0",
		"\u202egnp.exe", "line\nbreak\ttab", "𠮷野家 髙﨑 ㈱①", "e\u0301 \u00e9", strings.Repeat("長", 500), "{\"a\":[1]}", "\\u0000", "\x01\x7f", "ﷺ", " lead and trail "}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for i, text := range hostile {
			a := create(t, db, facilityA, asset.Values{asset.FieldKind: "other", asset.FieldName: fmt.Sprint("n", i), asset.FieldRoom: text, asset.FieldNote: text, asset.FieldDepartment: text})
			got := get(t, db, a.ID)
			if got.Values[asset.FieldRoom] != text || got.Values[asset.FieldNote] != text {
				t.Errorf("%q came back as %q", text, got.Values[asset.FieldRoom])
			}
			page := list(t, db, asset.Filter{Scope: everything, Rooms: []string{text}}, asset.Page{Facets: true})
			if page.Total != 1 || len(page.Items) != 1 || page.Items[0].ID != a.ID {
				t.Errorf("%q: %d found by its room", text, page.Total)
			}
			for _, f := range page.Facets {
				if f.Field == asset.FieldDepartment && (len(f.Counts) != 1 || f.Counts[0].Value != text) {
					t.Errorf("%q: facet %v", text, f.Counts)
				}
			}
			found := list(t, db, asset.Filter{Scope: everything, Text: text}, asset.Page{})
			if found.Total == 0 {
				t.Errorf("%q is not found by free text", text)
			}
		}
		for name, text := range map[string]string{"too long": strings.Repeat("長", 501), "NUL": "a\x00b", "not UTF-8": "\xff\xfe"} {
			_, err := try(t, db, func(ctx context.Context, tx *store.Tx) (int, error) {
				_, _, err := asset.Create(ctx, tx, everything, facilityA, asset.Values{asset.FieldKind: "other", asset.FieldName: "x", asset.FieldRoom: text}, "sato", t0)
				return 0, err
			})
			if !fault.Is(err, fault.CodeInvalid) || fault.Of(err).Place != "room" {
				t.Errorf("%s: %v", name, err)
			}
			_, err = asset.List(t.Context(), db, asset.Filter{Scope: everything, Text: text}, asset.Page{})
			if !fault.Is(err, fault.CodeInvalid) {
				t.Errorf("search for %s: %v", name, err)
			}
		}
	})
}

func FuzzParseFilter(f *testing.F) {
	for _, q := range []string{"q=外来&kind=pc&kind=server&status=trial", "stale_days=90&incomplete=1", "department=&room=%00", "stale_days=9999999999999999999", "kind=x", "support_ends_by=2026-13-01", "criticality=high&criticality="} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		got, err := asset.ParseFilter(values)
		if err != nil {
			if !fault.Is(err, fault.CodeInvalid) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := asset.ParseFilter(got.Query())
		if err != nil {
			t.Fatalf("%q does not read back: %v", text, err)
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatalf("%q (-first +again)\n%s", text, diff)
		}
	})
}
