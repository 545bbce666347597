package account_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/account"
	"sonae/internal/survey/organisation"
)

func TestDirectoryAccountsKeepEveryFieldAndHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		dir := store.NewID()
		want := account.DirectoryAccount{DirectoryID: dir, FacilityID: facility, Key: "guid-1", Name: "山田'; --", FullName: "<b>", Number: "１０", Mail: "a@b", Place: "病院 / 外来", Enabled: true, Locked: true,
			Privileged: true, Why: "Domain Admins", Groups: []string{"a", "b,c"}, Service: true, PasswordSetMS: 5, PasswordNever: true, NoPassword: true, Login: account.LoginAt, LastLoginMS: 77, FirstMS: 100}
		put := func(at int64, all bool, list ...account.DirectoryAccount) {
			tx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				if all {
					_, err = account.RecordDirectory(ctx, tx, dir, at, list)
				} else {
					_, err = account.MergeDirectory(ctx, tx, dir, at, list)
				}
				return err
			})
		}
		read := func(f account.DirectoryFilter) []account.DirectoryAccount {
			got, total, _, err := account.ListDirectory(t.Context(), db, f)
			if err != nil || int(total) != len(got) {
				t.Fatal(total, err)
			}
			return got
		}
		other := account.DirectoryAccount{DirectoryID: dir, FacilityID: facility, Key: "guid-2", Name: "suzuki"}
		put(100, true, want, other)
		if diff := cmp.Diff([]account.DirectoryAccount{want}, read(account.DirectoryFilter{Privileged: true, Text: "外", Facilities: nil, Service: true})); diff == "" {
			t.Error("found by its place, which is not searched")
		}
		if diff := cmp.Diff([]account.DirectoryAccount{want}, read(account.DirectoryFilter{Privileged: true, Text: "山田'"})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		changed := want
		changed.Privileged, changed.Why = false, ""
		put(200, false, changed)
		if got := read(account.DirectoryFilter{}); len(got) != 2 || got[1].Privileged {
			t.Errorf("after a change: %+v", got)
		}
		if got := read(account.DirectoryFilter{AtMS: 150, Privileged: true}); len(got) != 1 {
			t.Errorf("as of before: %+v", got)
		}
		put(300, true, changed)
		if got := read(account.DirectoryFilter{}); len(got) != 1 {
			t.Errorf("after one went: %+v", got)
		}
		if got := read(account.DirectoryFilter{Facilities: []string{}}); len(got) != 0 {
			t.Errorf("no facility: %+v", got)
		}
	})
}

func TestSuggestNamesOnePersonOrNobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		staff := map[string]string{}
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			for _, s := range []organisation.Staff{{Name: "山田", Number: "1002", Mail: "y@hosp.example"}, {Name: "佐藤", Mail: "shared@hosp.example"}, {Name: "伊藤", Mail: "shared@hosp.example"}} {
				s.FacilityID = facility
				made, err := organisation.CreateStaff(ctx, tx, s, 1)
				if err != nil {
					return err
				}
				staff[made.Name] = made.ID
			}
			return nil
		})
		e := func(key, number, mail string) account.DirectoryAccount {
			return account.DirectoryAccount{Key: key, FacilityID: facility, Number: number, Mail: mail}
		}
		owned := e("owned", "1002", "")
		owned.Owner.Kind = account.OwnerShared
		elsewhere := e("elsewhere", "1002", "")
		elsewhere.FacilityID = store.NewID()
		got, err := account.Suggest(t.Context(), db, []account.DirectoryAccount{e("number", "１００２", ""), e("mail", "", "Y@hosp.example"), e("two", "", "shared@hosp.example"), e("none", "9", "z@x"), owned, elsewhere})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]account.Suggestion{"number": {StaffID: staff["山田"], Name: "山田", By: "number"}, "mail": {StaffID: staff["山田"], Name: "山田", By: "mail"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestDirectoryOwner(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		dir := store.NewID()
		tx(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := account.RecordDirectory(ctx, tx, dir, 100, []account.DirectoryAccount{{FacilityID: facility, Key: "k", Name: "n"}})
			return err
		})
		set := func(key string, kind account.OwnerKind) error {
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return account.SetDirectoryOwner(ctx, tx, dir, key, account.Owner{Kind: kind, SetBy: "u", SetMS: 200})
			})
		}
		if err := set("k", account.OwnerShared); err != nil {
			t.Fatal(err)
		}
		if e, err := account.DirectoryAccountByKey(t.Context(), db, dir, "k"); err != nil || e.Owner.Kind != account.OwnerShared {
			t.Errorf("%+v, %v", e.Owner, err)
		}
		if err := set("x", account.OwnerShared); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("unknown account: %v", err)
		}
	})
}
