package account_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/organisation"
)

const facility = "0192f0c1-2b3c-7d4e-8f5a-000000000001"

func tx(t testing.TB, db *store.DB, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := db.Tx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func machine(t testing.TB, db *store.DB, device string) (id string) {
	t.Helper()
	tx(t, db, func(ctx context.Context, tx *store.Tx) error {
		res, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: facility, Source: asset.SourceAgent, DeviceID: device, AtMS: 1, Kind: asset.KindPC})
		id = res.AssetID
		return err
	})
	return id
}

func record(t testing.TB, db *store.DB, assetID string, atMS int64, list ...account.Account) (ch store.Change) {
	t.Helper()
	tx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		ch, err = account.Record(ctx, tx, assetID, "agent", atMS, list)
		return err
	})
	return ch
}

func own(db *store.DB, t testing.TB, assetID, name string, o account.Owner) error {
	t.Helper()
	return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error { return account.SetOwner(ctx, tx, assetID, name, o) })
}

func list(t testing.TB, db *store.DB, f account.Filter) []account.Account {
	t.Helper()
	got, _, _, err := account.List(t.Context(), db, f)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func names(list []account.Account) string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.Name
	}
	return strings.Join(out, " ")
}

func TestRecordKeepsEveryField(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		pc := machine(t, db, "d1")
		want := account.Account{
			AssetID: pc, Source: "agent", Name: "保守'; DROP TABLE x--", SystemID: "S-1-5-21-1", FullName: "<b>保守</b>", Enabled: true, Locked: true, Privileged: true,
			Interactive: true, Why: "Administrators", Groups: []string{"Administrators", "利用者,\"x\""}, PasswordSetMS: 5, PasswordNever: true, NoPassword: true,
			Login: account.LoginAt, LastLoginMS: 77, FirstMS: 100,
		}
		in := want
		record(t, db, pc, 100, in)
		in.LastLoginMS = 99
		if ch := record(t, db, pc, 200, in); ch.Any() {
			t.Errorf("a log-on made history: %+v", ch)
		}
		want.LastLoginMS = 99
		if diff := cmp.Diff([]account.Account{want}, list(t, db, account.Filter{AssetID: pc})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		in.Privileged = false
		if ch := record(t, db, pc, 300, in); ch.Changed != 1 {
			t.Errorf("got %+v, want one change", ch)
		}
		for at, want := range map[int64]bool{250: true, 350: false} {
			if got := list(t, db, account.Filter{AssetID: pc, AtMS: at}); len(got) != 1 || got[0].Privileged != want {
				t.Errorf("as of %d: %+v", at, got)
			}
		}
	})
}

func TestListFiltersAndPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		pc := machine(t, db, "d1")
		var all []account.Account
		for i := range 30 {
			all = append(all, account.Account{Name: fmt.Sprintf("user/%02d", i), Enabled: i%2 == 0, Privileged: i%10 == 0, Interactive: true})
		}
		record(t, db, pc, 100, all...)
		if err := own(db, t, pc, "user/00", account.Owner{Kind: account.OwnerVendor, SetBy: "u", SetMS: 200}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name string
			f    account.Filter
			want string
		}{
			{"privileged", account.Filter{Facilities: []string{facility}, Privileged: true}, "user/00 user/10 user/20"},
			{"enabled and privileged without owner", account.Filter{Privileged: true, Enabled: true, NoOwner: true}, "user/10 user/20"},
			{"vendor", account.Filter{OwnerKind: account.OwnerVendor}, "user/00"},
			{"vendor before it was set", account.Filter{OwnerKind: account.OwnerVendor, AtMS: 150}, ""},
			{"text", account.Filter{Text: "R/2", AssetID: pc, Privileged: true}, "user/20"},
			{"no facility", account.Filter{Facilities: []string{}}, ""},
		} {
			if got := names(list(t, db, c.f)); got != c.want {
				t.Errorf("%s: got %q, want %q", c.name, got, c.want)
			}
		}
		var seen []account.Account
		f := account.Filter{AssetID: pc, Limit: 7}
		for {
			page, total, next, err := account.List(t.Context(), db, f)
			if err != nil || total != 30 {
				t.Fatalf("total %d, %v", total, err)
			}
			seen = append(seen, page...)
			if f.After = next; next == "" {
				break
			}
		}
		if names(seen) != names(all) {
			t.Errorf("got %s", names(seen))
		}
	})
}

func TestUnusedKeepsNeverAndUnknownApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const day = 24 * 3600 * 1000
		pc := machine(t, db, "d1")
		acc := func(name string, login account.Login, at int64) account.Account {
			return account.Account{Name: name, Enabled: true, Interactive: true, Login: login, LastLoginMS: at}
		}
		early := []account.Account{acc("old", account.LoginAt, 5*day), acc("recent", account.LoginAt, 95*day), acc("never", account.LoginNever, 0), acc("unknown", account.LoginUnknown, 0), acc("silent", "", 0)}
		service := acc("service", account.LoginNever, 0)
		service.Interactive = false
		disabled := acc("disabled", account.LoginAt, 1)
		disabled.Enabled = false
		program := acc("program", account.LoginNever, 0)
		record(t, db, pc, 1*day, append(early, service, disabled, program)...)
		// "never" changes a group: its row begins anew, the account does not.
		changed := append([]account.Account{}, early...)
		changed[2].Groups = []string{"x"}
		record(t, db, pc, 90*day, append(changed, service, disabled, program, acc("fresh", account.LoginNever, 0))...)
		if err := own(db, t, pc, "program", account.Owner{Kind: account.OwnerSystem, SetMS: 90 * day}); err != nil {
			t.Fatal(err)
		}
		got, err := account.Unused(t.Context(), db, account.UnusedFilter{Facilities: []string{facility}, Days: 60, NowMS: 100 * day})
		if err != nil {
			t.Fatal(err)
		}
		if names(got.Old) != "old" || names(got.Never) != "never" || names(got.Unknown) != "silent unknown" {
			t.Errorf("old %q, never %q, unknown %q", names(got.Old), names(got.Never), names(got.Unknown))
		}
	})
}

func TestOwnerOfSomebodyWhoLeft(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		pc := machine(t, db, "d1")
		record(t, db, pc, 100, account.Account{Name: "sato", Enabled: true}, account.Account{Name: "ito", Enabled: true})
		var left, here organisation.Staff
		tx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			if left, err = organisation.CreateStaff(ctx, tx, organisation.Staff{FacilityID: facility, Name: "佐藤", EmployedUntil: "2026-03-31"}, 1); err != nil {
				return err
			}
			here, err = organisation.CreateStaff(ctx, tx, organisation.Staff{FacilityID: facility, Name: "伊藤"}, 1)
			return err
		})
		for name, id := range map[string]string{"sato": left.ID, "ito": here.ID} {
			if err := own(db, t, pc, name, account.Owner{Kind: account.OwnerStaff, StaffID: id, SetBy: "u", SetMS: 200}); err != nil {
				t.Fatal(err)
			}
		}
		for day, want := range map[string]string{"2026-03-31": "", "2026-04-01": "sato"} {
			if got := names(list(t, db, account.Filter{Enabled: true, LeftBefore: day})); got != want {
				t.Errorf("%s: got %q, want %q", day, got, want)
			}
		}
		if err := own(db, t, pc, "sato", account.Owner{SetBy: "u", SetMS: 300}); err != nil {
			t.Fatal(err)
		}
		if got := names(list(t, db, account.Filter{StaffID: left.ID})); got != "" {
			t.Errorf("owner was taken away, got %q", got)
		}
	})
}

func TestSetOwnerRefuses(t *testing.T) {
	db := storetest.SQLite(t)
	pc := machine(t, db, "d1")
	record(t, db, pc, 100, account.Account{Name: "a"})
	id := store.NewID()
	for _, c := range []struct {
		name, account string
		o             account.Owner
		code          fault.Code
		place         string
	}{
		{"nobody", "a", account.Owner{Kind: account.OwnerStaff}, fault.CodeInvalid, "staff_id"},
		{"staff of a vendor", "a", account.Owner{Kind: account.OwnerVendor, StaffID: id}, fault.CodeInvalid, "staff_id"},
		{"vendor of staff", "a", account.Owner{Kind: account.OwnerStaff, StaffID: id, VendorID: id}, fault.CodeInvalid, "vendor_id"},
		{"kind", "a", account.Owner{Kind: "king"}, fault.CodeInvalid, "kind"},
		{"note", "a", account.Owner{Kind: account.OwnerShared, Note: "\x00"}, fault.CodeInvalid, "note"},
		{"account", "b", account.Owner{Kind: account.OwnerShared}, fault.CodeNotFound, ""},
	} {
		if f := fault.Of(own(db, t, pc, c.account, c.o)); f == nil || f.Code != c.code || f.Place != c.place {
			t.Errorf("%s: got %v", c.name, f)
		}
	}
}
