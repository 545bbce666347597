package identity

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

// invited creates somebody without a password and gives their link.
func (d *desk) invited(login string, grants ...Grant) (User, string) {
	d.t.Helper()
	p, err := d.PrepareUser(d.t.Context(), System("t"), NewUser{Login: login, ByLink: true, Grants: grants})
	if err != nil {
		d.t.Fatal(err)
	}
	var u User
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		u, err = d.CreateUser(ctx, tx, p)
		return err
	})
	return u, d.link(u)
}

func (d *desk) link(u User) (code string) {
	d.t.Helper()
	d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		code, _, err = d.CreateSetupLink(ctx, tx, System("t"), u.ID)
		return err
	})
	return code
}

func TestSetupLink(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		d.user("boss", Grant{Role: Administrator})
		u, code := d.invited("sato", Grant{Role: Operator})
		if u.HasPassword() {
			t.Error("somebody without a password seems to have one")
		}
		for _, password := range []string{"", longPassword} {
			if _, err := d.SignIn(t.Context(), "sato", password, ""); !fault.Is(err, fault.CodeUnauthenticated) {
				t.Errorf("signed in without a password: %v", err)
			}
		}
		// Looking does not use it up, and only a hash is kept.
		for range 2 {
			if got, err := d.OpenSetupLink(t.Context(), strings.ToLower(strings.ReplaceAll(code, "-", " ")), ""); err != nil || got.ID != u.ID {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		var stored int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM identity_setup_link WHERE code_hash = $1 OR code_hash = $2`, []byte(code), []byte(strings.ReplaceAll(code, "-", ""))).Scan(&stored); err != nil || stored != 0 {
			t.Errorf("the code itself is stored: %d, %v", stored, err)
		}
		if _, err := d.UseSetupLink(t.Context(), code, "short", ""); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("short password: %v", err)
		}
		// Of many at one moment one wins.
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() { _, errs[i] = d.UseSetupLink(t.Context(), code, longPassword, "") })
		}
		wg.Wait()
		if n := len(slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err != nil })); n != 1 {
			t.Errorf("%d of four used one link: %v", n, errs)
		}
		if got, err := d.SignIn(t.Context(), "sato", longPassword, ""); err != nil || got.MustChange || !got.HasPassword() {
			t.Errorf("%+v, %v", got, err)
		}
		if !slices.Contains(d.events, "setup_link sato") {
			t.Errorf("events %v", d.events)
		}
	})
}

// TestSetupLinkEnds: used, revoked, replaced, run out and a disabled owner all look
// like a wrong code.
func TestSetupLinkEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for name, end := range map[string]func(d *desk, u User, code string){
			"used": func(d *desk, _ User, code string) {
				if _, err := d.UseSetupLink(t.Context(), code, longPassword, ""); err != nil {
					t.Fatal(err)
				}
			},
			"revoked": func(d *desk, u User, _ string) {
				d.tx(func(ctx context.Context, tx *store.Tx) error { return d.RevokeSetupLink(ctx, tx, System("t"), u.ID) })
				err := d.try(func(ctx context.Context, tx *store.Tx) error { return d.RevokeSetupLink(ctx, tx, System("t"), u.ID) })
				if !fault.Is(err, fault.CodeNotFound) {
					t.Errorf("revoked twice: %v", err)
				}
			},
			"replaced": func(d *desk, u User, _ string) { d.link(u) },
			"run out":  func(d *desk, _ User, _ string) { d.clock.add(SetupLinkLife) },
			"disabled": func(d *desk, u User, _ string) {
				d.tx(func(ctx context.Context, tx *store.Tx) error {
					return second(d.SetDisabled(ctx, tx, System("t"), u.ID, true))
				})
				d.tx(func(ctx context.Context, tx *store.Tx) error {
					return second(d.SetDisabled(ctx, tx, System("t"), u.ID, false))
				})
			},
		} {
			t.Run(name, func(t *testing.T) {
				d := newDesk(t, db)
				if _, err := d.UserByLogin(t.Context(), db, "boss"); err != nil {
					d.user("boss", Grant{Role: Administrator})
				}
				u, code := d.invited("u-"+strings.ReplaceAll(name, " ", "-"), Grant{Role: Auditor})
				end(d, u, code)
				wrong := func(code string) string {
					_, err := d.UseSetupLink(t.Context(), code, longPassword, "")
					if !fault.Is(err, fault.CodeUnauthenticated) {
						t.Errorf("err = %v", err)
					}
					return fault.Of(err).Key
				}
				if a, b := wrong(code), wrong("AAAAAA-AAAAAA-AAAAAA-AAAAAA"); a != b {
					t.Errorf("told apart: %s, %s", a, b)
				}
			})
		}
	})
}

// TestSetupLinkAfterForgotten: the old password, sessions and half-done sign-ins stop
// at once; the second factor stays.
func TestSetupLinkAfterForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		u := d.user("sato", Grant{Role: Administrator})
		d.withTOTP(u)
		code := d.link(u)
		if _, err := d.SignIn(t.Context(), "sato", longPassword, ""); !fault.Is(err, fault.CodeUnauthenticated) {
			t.Errorf("the forgotten password works: %v", err)
		}
		got, err := d.UseSetupLink(t.Context(), code, "x7Kp2mQz", "") // 8 characters: there is a second factor
		if err != nil || !got.HasSecond() {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := d.SignIn(t.Context(), "sato", "x7Kp2mQz", ""); err != nil || !got.HasSecond() {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestSetupLinkIsThrottled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		_, code := d.invited("sato", Grant{Role: Administrator})
		for range limitAddress.free + 1 {
			_, _ = d.OpenSetupLink(t.Context(), "wrong", "192.0.2.9")
		}
		if _, err := d.OpenSetupLink(t.Context(), code, "192.0.2.9"); !fault.Is(err, fault.CodeTooMany) {
			t.Errorf("err = %v", err)
		}
		if _, err := d.OpenSetupLink(t.Context(), code, "192.0.2.10"); err != nil {
			t.Errorf("another address: %v", err)
		}
	})
}

// TestTokensEndWithTheirOwner: disabling or lowering a person revokes what they and
// their tokens issued, as far as it reaches beyond what is left.
func TestTokensEndWithTheirOwner(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		f := d.facility("本院")
		d.user("boss", Grant{Role: Administrator})
		u := d.user("sato", Grant{Role: Administrator})
		issue := func(by Principal, name string, g Grant) (secret string) {
			d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
				secret, _, err = d.CreateToken(ctx, tx, by, NewToken{Name: name, Grant: g, Write: true})
				return err
			})
			return secret
		}
		works := func(secret string) bool {
			_, err := d.TokenPrincipal(t.Context(), secret, "")
			return err == nil
		}
		wide := issue(u.Principal(""), "wide", Grant{Role: Administrator})
		by, err := d.TokenPrincipal(t.Context(), wide, "")
		if err != nil {
			t.Fatal(err)
		}
		child := issue(by, "child", Grant{Role: Operator})
		local := issue(by, "local", Grant{Role: Auditor, FacilityID: f.ID})
		machine := issue(System("t"), "machine", Grant{Role: Administrator})
		var ended Ended
		d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
			ended, err = d.SetGrants(ctx, tx, System("t"), u.ID, []Grant{{Role: Administrator, FacilityID: f.ID}})
			return err
		})
		if !slices.Equal(ended.Tokens, []string{"wide", "child"}) || works(wide) || works(child) || !works(local) || !works(machine) {
			t.Errorf("after lowering: ended %v; wide %v child %v local %v machine %v", ended, works(wide), works(child), works(local), works(machine))
		}
		d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
			ended, err = d.SetGrants(ctx, tx, System("t"), u.ID, []Grant{{Role: Administrator, FacilityID: f.ID}, {Role: Auditor}})
			return err
		})
		if len(ended.Tokens) != 0 || !works(local) {
			t.Errorf("raising ended %v", ended)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return second(d.SetDisabled(ctx, tx, System("t"), u.ID, true))
		})
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return second(d.SetDisabled(ctx, tx, System("t"), u.ID, false))
		})
		if works(local) || !works(machine) {
			t.Errorf("after disabling: local %v machine %v", works(local), works(machine))
		}
	})
}

func TestProve(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		u := d.user("sato", Grant{Role: Administrator})
		secret := d.withTOTP(u)
		d.clock.add(5 * time.Minute)
		for name, c := range map[string]struct {
			password, code string
			ok             bool
		}{
			"password":       {longPassword, "", true},
			"wrong password": {"wrong", "", false},
			"nothing":        {"", "", false},
			"code":           {"", code(t, secret, d.clock.now()), true},
			"wrong code":     {"", "000000", false},
		} {
			if err := d.Prove(t.Context(), u, c.password, c.code, ""); (err == nil) != c.ok || err != nil && !fault.Is(err, fault.CodeUnauthenticated) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if !slices.Contains(d.events, "sign_in.again sato") {
			t.Errorf("events %v", d.events)
		}
		var last error
		for range limitUser.free + 1 {
			last = d.Prove(t.Context(), u, "wrong", "", "")
		}
		if !fault.Is(last, fault.CodeTooMany) {
			t.Errorf("never made to wait: %v", errors.Unwrap(last))
		}
	})
}
