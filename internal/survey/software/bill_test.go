package software_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
)

func openssl(version, licence string) software.Component {
	return software.Component{Kind: "library", Name: "openssl", Version: version, PURL: "pkg:generic/openssl@" + version, Licence: licence, Hashes: "SHA-256:ab"}
}

// A newer bill ends what the older one said, keeps its days, leaves the agent's list
// alone, and is taken back as a whole.
func TestBills(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := room{db, software.NewKnown()}
		id := machine(t, db, facility, "dev-1", asset.KindMedical)
		r.install(t, id, 5, program("openssl", "1.1.1"))
		record := func(name string, atMS int64, list ...software.Component) {
			t.Helper()
			tx(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, err := software.RecordBill(ctx, tx, software.Bill{AssetID: id, ID: name, Standard: "CycloneDX", SpecVersion: "1.6", Subject: "輸液ポンプ", FileName: name}, atMS, list)
				return err
			})
		}
		shown := func(atMS int64) string {
			t.Helper()
			list, total, _, err := software.ListByAsset(t.Context(), db, software.InstallFilter{AssetID: id, AtMS: atMS})
			if err != nil || int(total) != len(list) {
				t.Fatal(total, err)
			}
			var out []string
			for _, i := range list {
				s := i.Source + " " + i.Name + " " + i.Version
				if i.Component != nil {
					s += " " + i.Component.Licence + " " + i.Component.PURL
				}
				out = append(out, s)
			}
			return strings.Join(out, ", ")
		}
		const agent = "agent openssl 1.1.1"
		zlib := software.Component{Kind: "deb", Name: "zlib", Version: "1.2"}
		record("first", 10, openssl("3.0.1", "Apache-2.0"), zlib)
		record("second", 20, openssl("3.0.2", "Apache-2.0"), zlib)
		for at, want := range map[int64]string{
			7: agent, 15: agent + ", sbom openssl 3.0.1 Apache-2.0 pkg:generic/openssl@3.0.1, sbom zlib 1.2  ",
			0: agent + ", sbom openssl 3.0.2 Apache-2.0 pkg:generic/openssl@3.0.2, sbom zlib 1.2  ",
		} {
			got := strings.Split(shown(at), ", ")
			if len(got) != strings.Count(want, ",")+1 {
				t.Errorf("at %d: %v, want %s", at, got, want)
			}
			for _, g := range got {
				if !strings.Contains(want, g) {
					t.Errorf("at %d: %s is not among %s", at, g, want)
				}
			}
		}
		list, err := software.Bills(t.Context(), db, id)
		if err != nil || len(list) != 2 || list[0].ID != "second" || list[0].GoneMS != 0 || list[1].GoneMS != 20 || list[0].Components != 2 {
			t.Errorf("bills: %+v %v", list, err)
		}
		gone, _, _, err := software.ListGone(t.Context(), db, software.GoneFilter{AssetID: id})
		if err != nil || len(gone) != 1 || gone[0].Successor != "3.0.2" {
			t.Errorf("gone: %+v %v", gone, err)
		}
		back := func(beforeMS, nowMS int64) {
			tx(t, db, func(ctx context.Context, tx *store.Tx) error {
				return software.ReturnBill(ctx, tx, id, beforeMS, nowMS)
			})
		}
		back(19, 30)
		if got := shown(0); !strings.Contains(got, "sbom openssl 3.0.1 Apache-2.0") || strings.Contains(got, "3.0.2") || !strings.Contains(got, agent) {
			t.Errorf("taken back: %s", got)
		}
		if b, err := software.BillInForce(t.Context(), db, id); err != nil || b.ID != "first" {
			t.Errorf("in force: %+v %v", b, err)
		}
		if ids, err := software.AssetsWithBillAbout(t.Context(), db, facility, "輸液ポンプ"); err != nil || len(ids) != 1 || ids[0] != id {
			t.Error(ids, err)
		}
		back(9, 40)
		if got := shown(0); got != agent {
			t.Errorf("both taken back: %s", got)
		}
		if b, err := software.BillInForce(t.Context(), db, id); err != nil || b.ID != "" {
			t.Errorf("in force: %+v %v", b, err)
		}
	})
}

// A licence alone may change: the install stays, what the bill says of it has its days.
func TestBillOfOneLicence(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		id := machine(t, db, facility, "dev-1", asset.KindSystem)
		for i, licence := range []string{"Apache-2.0", "MIT"} {
			tx(t, db, func(ctx context.Context, tx *store.Tx) error {
				ch, err := software.RecordBill(ctx, tx, software.Bill{AssetID: id, ID: fmt.Sprint(i)}, int64(10*(i+1)), []software.Component{openssl("3.0.1", licence)})
				if ch.Changed != i {
					t.Errorf("%s: %+v", licence, ch)
				}
				return err
			})
		}
		for at, want := range map[int64]string{15: "Apache-2.0", 0: "MIT"} {
			list, _, _, err := software.ListByAsset(t.Context(), db, software.InstallFilter{AssetID: id, AtMS: at})
			if err != nil || len(list) != 1 || list[0].Component == nil || list[0].Component.Licence != want || list[0].FirstMS != 10 {
				t.Errorf("at %d: %+v %v", at, list, err)
			}
		}
		if n, err := software.ComponentsInForce(t.Context(), db, id); err != nil || len(n) != 1 || !n[0].Same(openssl("3.0.1", "MIT")) {
			t.Errorf("in force: %+v %v", n, err)
		}
		if has, err := software.HasBill(t.Context(), db, id); err != nil || !has {
			t.Error(has, err)
		}
	})
}
