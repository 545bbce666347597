package identity

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

func TestFacilities(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		a, b := d.facility("Sonae 病院"), d.facility("分院")
		for _, tt := range []struct {
			name string
			f    Facility
			code fault.Code
		}{
			{"same name, other case", Facility{Name: "sonae 病院"}, fault.CodeConflict},
			{"no name", Facility{Name: "  "}, fault.CodeInvalid},
			{"line break", Facility{Name: "a\nb"}, fault.CodeInvalid},
			{"reversed text", Facility{Name: "a\u202eb"}, fault.CodeInvalid},
			{"too long", Facility{Name: strings.Repeat("院", 201)}, fault.CodeInvalid},
			{"unknown kind", Facility{Name: "x", Kind: "castle"}, fault.CodeInvalid},
			{"beds below zero", Facility{Name: "x", Beds: -1}, fault.CodeInvalid},
		} {
			err := d.try(func(ctx context.Context, tx *store.Tx) error { _, err := d.CreateFacility(ctx, tx, tt.f); return err })
			if !fault.Is(err, tt.code) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		a.Name, a.Beds, a.Code = "備え'; DROP TABLE x; --", 120, "1312345"
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.UpdateFacility(ctx, tx, a) })
		for _, name := range []string{a.ID, a.Code, " 備え'; drop table X; -- "} {
			got, err := d.FacilityByName(t.Context(), db, name)
			if diff := cmp.Diff(a, got); diff != "" || err != nil {
				t.Errorf("%q: %v (-want +got):\n%s", name, err, diff)
			}
		}
		if _, err := d.FacilityByName(t.Context(), db, ""); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("empty name: %v", err)
		}
		p := Principal{Kind: KindUser, ID: "x", Grants: []Grant{{Role: Operator, FacilityID: b.ID}}}
		got, err := d.FacilitiesFor(t.Context(), db, p, AssetEdit)
		if err != nil || len(got) != 1 || got[0].ID != b.ID {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestCreateUserRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		d.user("Sato", Grant{Role: Administrator})
		good := func(change func(*NewUser)) NewUser {
			n := NewUser{Login: "new", Password: longPassword, Grants: []Grant{{Role: Operator}}}
			change(&n)
			return n
		}
		for _, tt := range []struct {
			name string
			by   Principal
			n    NewUser
			code fault.Code
		}{
			{"login taken", System("t"), good(func(n *NewUser) { n.Login = "ｓＡＴＯ" }), fault.CodeConflict},
			{"space in login", System("t"), good(func(n *NewUser) { n.Login = "a b" }), fault.CodeInvalid},
			{"no login", System("t"), good(func(n *NewUser) { n.Login = " " }), fault.CodeInvalid},
			{"no role", System("t"), good(func(n *NewUser) { n.Grants = nil }), fault.CodeInvalid},
			{"unknown role", System("t"), good(func(n *NewUser) { n.Grants = []Grant{{Role: "root"}} }), fault.CodeInvalid},
			{"department missing", System("t"), good(func(n *NewUser) { n.Grants = []Grant{{Role: Department}} }), fault.CodeInvalid},
			{"unknown facility", System("t"), good(func(n *NewUser) { n.Grants = []Grant{{Role: Operator, FacilityID: store.NewID()}} }), fault.CodeNotFound},
			{"unknown language", System("t"), good(func(n *NewUser) { n.Lang = "fr" }), fault.CodeInvalid},
			{"mail", System("t"), good(func(n *NewUser) { n.Mail = "x" }), fault.CodeInvalid},
			{"by somebody without the right", Principal{Kind: KindUser, ID: "m", Grants: []Grant{{Role: Manager}}}, good(func(*NewUser) {}), fault.CodeForbidden},
		} {
			t.Run(tt.name, func(t *testing.T) {
				p, err := d.PrepareUser(t.Context(), tt.by, tt.n)
				if err == nil {
					err = d.try(func(ctx context.Context, tx *store.Tx) error { _, err := d.CreateUser(ctx, tx, p); return err })
				}
				if !fault.Is(err, tt.code) {
					t.Errorf("err = %v", err)
				}
			})
		}
	})
}

func TestLastAdministratorStays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		f := d.facility("本院")
		users := []User{d.user("a", Grant{Role: Administrator}), d.user("b", Grant{Role: Administrator})}
		d.user("local", Grant{Role: Administrator, FacilityID: f.ID}) // does not count: cannot do everything
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, u := range users { // each disables the other at the same moment
			wg.Go(func() {
				errs[i] = d.try(func(ctx context.Context, tx *store.Tx) error {
					return second(d.SetDisabled(ctx, tx, users[i].Principal(""), users[1-i].ID, true))
				})
				_ = u
			})
		}
		wg.Wait()
		ok := 0
		for _, err := range errs {
			if err == nil {
				ok++
			} else if !fault.Is(err, fault.CodeConflict) {
				t.Error(err)
			}
		}
		if ok != 1 {
			t.Errorf("%d of two succeeded: %v", ok, errs)
		}
		for _, u := range users {
			err := d.try(func(ctx context.Context, tx *store.Tx) error {
				return second(d.SetGrants(ctx, tx, System("t"), u.ID, []Grant{{Role: Auditor}}))
			})
			if got, readErr := d.UserByID(t.Context(), db, u.ID); readErr != nil || (got.DisabledMS == 0) != fault.Is(err, fault.CodeConflict) {
				t.Errorf("%s: %v, %v", u.Login, err, readErr)
			}
		}
	})
}

func TestNobodyTakesOverSomebodyWithMoreRights(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		f := d.facility("本院")
		chief := d.user("chief", Grant{Role: Administrator})
		local := d.user("local", Grant{Role: Administrator, FacilityID: f.ID}).Principal("")
		for name, try := range map[string]func(ctx context.Context, tx *store.Tx) error{
			"disable": func(ctx context.Context, tx *store.Tx) error {
				return second(d.SetDisabled(ctx, tx, local, chief.ID, true))
			},
			"rights": func(ctx context.Context, tx *store.Tx) error {
				return second(d.SetGrants(ctx, tx, local, chief.ID, []Grant{{Role: Auditor, FacilityID: f.ID}}))
			},
			"own rights": func(ctx context.Context, tx *store.Tx) error {
				return second(d.SetGrants(ctx, tx, local, local.ID, []Grant{{Role: Administrator}}))
			},
			"second factor": func(ctx context.Context, tx *store.Tx) error { return d.ResetSecond(ctx, tx, local, chief.ID) },
			"password": func(ctx context.Context, tx *store.Tx) error {
				_, _, err := d.CreateSetupLink(ctx, tx, local, chief.ID)
				return err
			},
		} {
			if err := d.try(try); !fault.Is(err, fault.CodeForbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestUserList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		for i := range 5 {
			d.user(fmt.Sprint("User", i), Grant{Role: Auditor}, Grant{Role: Operator})
		}
		var got []string
		after := ""
		for {
			users, next, total, err := d.Users(t.Context(), db, UserFilter{Text: "uSER", After: after, Limit: 2})
			if err != nil || total != 5 {
				t.Fatal(total, err)
			}
			for _, u := range users {
				got = append(got, u.Login)
				if len(u.Grants) != 2 {
					t.Errorf("%+v", u)
				}
			}
			if after = next; next == "" {
				break
			}
		}
		if diff := cmp.Diff([]string{"User0", "User1", "User2", "User3", "User4"}, got); diff != "" {
			t.Error(diff)
		}
		if users, _, total, err := d.Users(t.Context(), db, UserFilter{Text: "100%\x00"}); len(users) != 0 || total != 0 || err != nil {
			t.Errorf("wildcards find %v, %v", users, err)
		}
	})
}
