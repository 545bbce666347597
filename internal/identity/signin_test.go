package identity

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/pquerna/otp/totp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

func TestSignIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		u := d.user("Sato.Hanako", Grant{Role: Administrator})
		gone := d.user("gone", Grant{Role: Auditor})
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return second(d.SetDisabled(ctx, tx, System("t"), gone.ID, true))
		})
		for _, tt := range []struct {
			name, login, password string
			ok                    bool
		}{
			{"right", "Sato.Hanako", longPassword, true},
			{"other case and width", " ｓａｔｏ.HANAKO", longPassword, true},
			{"wrong password", "Sato.Hanako", longPassword + "x", false},
			{"unknown", "nobody", longPassword, false},
			{"disabled", "gone", longPassword, false},
			{"empty", "", "", false},
			{"hostile", "' OR 1=1 --\x00\xff", "' OR 1=1 --\x00\xff", false},
		} {
			t.Run(tt.name, func(t *testing.T) {
				got, err := d.SignIn(t.Context(), tt.login, tt.password, "192.0.2.1")
				if tt.ok {
					if err != nil || got.ID != u.ID || len(got.Grants) != 1 {
						t.Errorf("%+v, %v", got, err)
					}
					return
				}
				if f := fault.Of(err); f == nil || f.Code != fault.CodeUnauthenticated || f.Key != "identity.error.wrong_sign_in" {
					t.Errorf("err = %v", err)
				}
			})
		}
		want := []string{"sign_in Sato.Hanako", "sign_in Sato.Hanako", "sign_in.refused Sato.Hanako", "sign_in.refused",
			"sign_in.refused gone", "sign_in.refused", "sign_in.refused"}
		if !slices.Equal(d.events, want) {
			t.Errorf("events %q", d.events)
		}
	})
}

func TestLockOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		d.user("sato", Grant{Role: Administrator})
		for _, login := range []string{"no such person", "sato"} {
			var waits []int64
			for range 12 {
				_, err := d.SignIn(t.Context(), login, "wrong", "")
				for fault.Is(err, fault.CodeTooMany) {
					waits = append(waits, fault.Of(err).RetryMS/1000)
					d.clock.add(time.Duration(fault.Of(err).RetryMS)*time.Millisecond + time.Millisecond)
					_, err = d.SignIn(t.Context(), login, "wrong", "")
				}
				if !fault.Is(err, fault.CodeUnauthenticated) {
					t.Fatal(err)
				}
			}
			if want := []int64{30, 60, 120, 240, 480, 900, 900}; !slices.Equal(waits, want) {
				t.Errorf("%s waits %v s, want %v", login, waits, want)
			}
		}
		if _, err := d.SignIn(t.Context(), "sato", longPassword, ""); !fault.Is(err, fault.CodeTooMany) {
			t.Errorf("the right password opened a locked account: %v", err)
		}
		d.clock.add(16 * time.Minute)
		if _, err := d.SignIn(t.Context(), "sato", longPassword, ""); err != nil {
			t.Errorf("after the wait: %v", err)
		}
		for range 4 { // the count starts anew
			if _, err := d.SignIn(t.Context(), "sato", "wrong", ""); !fault.Is(err, fault.CodeUnauthenticated) {
				t.Error(err)
			}
		}
		if _, err := d.SignIn(t.Context(), "sato", longPassword, ""); err != nil {
			t.Error(err)
		}
	})
}

func TestManyGuessesAtOnceAreCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		d.user("sato", Grant{Role: Administrator})
		var mu sync.Mutex
		tried := 0
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				_, err := d.SignIn(t.Context(), "sato", "wrong", "")
				mu.Lock()
				defer mu.Unlock()
				if fault.Is(err, fault.CodeUnauthenticated) {
					tried++
				} else if !fault.Is(err, fault.CodeTooMany) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if tried != limitUser.free {
			t.Errorf("%d guesses were looked at, want %d", tried, limitUser.free)
		}
	})
}

func TestAddressIsLimited(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		d.user("sato", Grant{Role: Administrator})
		d.user("other", Grant{Role: Administrator})
		tooMany := 0
		for i := range 40 {
			// Each time another name, and another address of one /64.
			_, err := d.SignIn(t.Context(), "guess"+strings.Repeat("x", i), "wrong", "2001:db8:1:2::"+string("0123456789abcdef"[i%16]))
			if fault.Is(err, fault.CodeTooMany) {
				tooMany++
			}
			if i == 20 { // one own account does not free the attacker
				if _, err := d.SignIn(t.Context(), "other", longPassword, "2001:db8:1:2::1"); err != nil {
					t.Fatal(err)
				}
			}
		}
		if tooMany != 10 {
			t.Errorf("%d refused, want 10", tooMany)
		}
		if _, err := d.SignIn(t.Context(), "sato", longPassword, "2001:db8:1:3::1"); err != nil {
			t.Errorf("the neighbour is locked out: %v", err)
		}
	})
}

// TestUnknownUserCostsTheSame counts the slow work: a clock would tell more about
// this machine than about the code.
func TestUnknownUserCostsTheSame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		d.user("sato", Grant{Role: Administrator})
		gone := d.user("gone", Grant{Role: Administrator})
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return second(d.SetDisabled(ctx, tx, System("t"), gone.ID, true))
		})
		var work []argon2id.Params
		d.hasher.check = func(password, hash string) (bool, *argon2id.Params, error) {
			ok, params, err := argon2id.CheckHash(password, hash)
			work = append(work, *params)
			return ok, params, err
		}
		for _, tt := range []struct{ name, login, password string }{
			{"known", "sato", "wrong password"},
			{"unknown", "nobody", "wrong password"},
			{"disabled", "gone", longPassword},
			{"empty password", "nobody", ""},
			{"far too long password", "nobody", strings.Repeat("x", 1<<16)},
		} {
			work = nil
			if _, err := d.SignIn(t.Context(), tt.login, tt.password, ""); !fault.Is(err, fault.CodeUnauthenticated) {
				t.Errorf("%s: %v", tt.name, err)
			}
			if len(work) != 1 || work[0] != *d.hasher.params {
				t.Errorf("%s: hashed %+v", tt.name, work)
			}
		}
	})
}

func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// withTOTP sets up a generator and gives its secret.
func (d *desk) withTOTP(u User) string {
	d.t.Helper()
	var setup TOTPSetup
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		var err error
		setup, err = d.BeginTOTP(ctx, tx, u)
		return err
	})
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		return d.ConfirmTOTP(ctx, tx, u.ID, code(d.t, setup.Secret, d.clock.now()))
	})
	return setup.Secret
}

func TestTOTP(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		u := d.user("sato", Grant{Role: Administrator})
		var setup TOTPSetup
		d.tx(func(ctx context.Context, tx *store.Tx) (err error) { setup, err = d.BeginTOTP(ctx, tx, u); return err })
		if again, err := d.PendingTOTP(t.Context(), db, u); err != nil || again.Secret != setup.Secret {
			t.Errorf("pending %+v, %v", again, err)
		}
		if png, err := setup.QR(); err != nil || len(png) < 100 {
			t.Errorf("QR: %d bytes, %v", len(png), err)
		}
		err := d.try(func(ctx context.Context, tx *store.Tx) error { return d.ConfirmTOTP(ctx, tx, u.ID, "000000") })
		if !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("wrong first code: %v", err)
		}
		if got, err := d.SignIn(t.Context(), "sato", longPassword, ""); err != nil || got.HasSecond() {
			t.Errorf("an unconfirmed generator counts: %v", err)
		}
		first := code(t, setup.Secret, d.clock.now())
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.ConfirmTOTP(ctx, tx, u.ID, first) })
		var sealed []byte
		if err := db.QueryRow(t.Context(), `SELECT totp_secret FROM identity_user`).Scan(&sealed); err != nil || strings.Contains(string(sealed), setup.Secret) {
			t.Errorf("secret in clear, %v", err)
		}
		got, err := d.SignIn(t.Context(), "sato", longPassword, "")
		if err != nil || !got.HasSecond() {
			t.Fatal(got, err)
		}
		if _, err := d.SecondFactor(t.Context(), u.ID, first, ""); err == nil {
			t.Error("the code of the set-up worked again")
		}
		for _, tt := range []struct {
			name string
			code string
			ok   bool
		}{
			{"next step, spaces", " " + code(t, setup.Secret, d.clock.now().Add(30*time.Second)) + " ", true},
			{"the same again", code(t, setup.Secret, d.clock.now().Add(30*time.Second)), false},
			{"an earlier step", code(t, setup.Secret, d.clock.now()), false},
			{"two steps ahead", code(t, setup.Secret, d.clock.now().Add(60*time.Second)), false},
			{"nonsense", "123456789", false},
		} {
			t.Run(tt.name, func(t *testing.T) {
				if _, err := d.SecondFactor(t.Context(), u.ID, tt.code, ""); (err == nil) != tt.ok {
					t.Errorf("err = %v", err)
				}
			})
		}
	})
}

func TestSameCodeAtOnceWorksOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		u := d.user("sato", Grant{Role: Administrator})
		secret := d.withTOTP(u)
		d.clock.add(time.Minute)
		c := code(t, secret, d.clock.now())
		var mu sync.Mutex
		ok := 0
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, err := d.SecondFactor(t.Context(), u.ID, c, ""); err == nil {
					mu.Lock()
					ok++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if ok != 1 {
			t.Errorf("worked %d times", ok)
		}
	})
}

func TestRecoveryCodes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		u, other := d.user("sato", Grant{Role: Administrator}), d.user("other", Grant{Role: Administrator})
		d.withTOTP(u)
		var codes []string
		d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
			codes, err = d.NewRecoveryCodes(ctx, tx, u.ID)
			return err
		})
		if len(codes) != 10 || len(codes[0]) != 19 {
			t.Fatal(codes)
		}
		if _, err := d.SecondFactor(t.Context(), other.ID, codes[0], ""); err == nil {
			t.Error("another person's code worked")
		}
		if _, err := d.SecondFactor(t.Context(), u.ID, strings.ToUpper(strings.ReplaceAll(codes[0], "-", " ")), ""); err != nil {
			t.Errorf("typed differently: %v", err)
		}
		if _, err := d.SecondFactor(t.Context(), u.ID, codes[0], ""); err == nil {
			t.Error("a code worked twice")
		}
		if n, err := d.RecoveryLeft(t.Context(), db, u.ID); n != 9 || err != nil {
			t.Errorf("%d left, %v", n, err)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { _, err := d.NewRecoveryCodes(ctx, tx, u.ID); return err })
		if _, err := d.SecondFactor(t.Context(), u.ID, codes[1], ""); err == nil {
			t.Error("an old code worked after new ones were made")
		}
	})
}

func TestShortPasswordNeedsItsSecondFactor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		u := d.user("sato", Grant{Role: Administrator})
		me := u.Principal("192.0.2.1")
		if _, err := d.PreparePassword(t.Context(), me, longPassword, "x7Kp2mQz"); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("short without second factor: %v", err)
		}
		d.withTOTP(u)
		if _, err := d.PreparePassword(t.Context(), me, "wrong", "x7Kp2mQz"); !fault.Is(err, fault.CodeUnauthenticated) {
			t.Errorf("wrong current password: %v", err)
		}
		p, err := d.PreparePassword(t.Context(), me, longPassword, "x7Kp2mQz")
		if err != nil {
			t.Fatal(err)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.SetPassword(ctx, tx, p, "") })
		if got, err := d.SignIn(t.Context(), "sato", "x7Kp2mQz", ""); err != nil || got.MustChange {
			t.Errorf("%+v, %v", got, err)
		}
		if err := d.try(func(ctx context.Context, tx *store.Tx) error { return d.RemoveTOTP(ctx, tx, u.ID) }); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("second factor removed under a short password: %v", err)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.ResetSecond(ctx, tx, System("t"), u.ID) })
		got, err := d.SignIn(t.Context(), "sato", "x7Kp2mQz", "")
		if err != nil || got.HasSecond() || !got.MustChange {
			t.Errorf("after the reset: %+v, %v", got, err)
		}
		// The password prepared under the second factor that is gone now is refused.
		if err := d.try(func(ctx context.Context, tx *store.Tx) error { return d.SetPassword(ctx, tx, p, "") }); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("short password stored: %v", err)
		}
	})
}

func TestPasswordHashIsRenewed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		d.user("sato", Grant{Role: Administrator})
		var err error
		if d.hasher, err = newHasher(Cost{MemoryKiB: 128, Iterations: 1, Parallelism: 1}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := d.SignIn(t.Context(), "sato", longPassword, ""); err != nil {
				t.Fatal(err)
			}
		}
		var hash string
		if err := db.QueryRow(t.Context(), `SELECT password_hash FROM identity_user`).Scan(&hash); err != nil || !strings.Contains(hash, "m=128,") {
			t.Errorf("%s, %v", hash, err)
		}
	})
}

// TestRefusalWithoutAuditEntry: when the entry cannot be written, nobody signs in.
func TestNoSignInWithoutItsEntry(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		d.user("sato", Grant{Role: Administrator})
		full := errors.New("disk full")
		d.record = func(context.Context, *store.Tx, Event) error { return full }
		if _, err := d.SignIn(t.Context(), "sato", longPassword, ""); !errors.Is(err, full) {
			t.Errorf("err = %v", err)
		}
	})
}
