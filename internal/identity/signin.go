package identity

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Names of the events of signing in, as they stand in the audit log.
const (
	EventSignIn       = "sign_in"          // signed in, all factors given
	EventPassword     = "sign_in.password" // password was right, second factor still to come
	EventRefused      = "sign_in.refused"  // a wrong password, code or key
	EventSignOut      = "sign_out"
	EventProved       = "sign_in.again" // a signed-in person gave a factor again
	EventSetup        = "setup"
	EventSetupRefused = "setup.refused"
	EventLinkUsed     = "setup_link"         // chose a password with a set-up link
	EventLinkRefused  = "setup_link.refused" // a wrong, used or run-out link
)

// randomText gives n random bytes as base64url text.
func randomText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// SignIn checks login name and password. When the user has a second factor,
// User.HasSecond is true and nobody is signed in yet: SecondFactor or a passkey
// must follow. Wrong name, wrong password and disabled user give the same fault in
// the same time; after repeated failures the fault is too_many with RetryMS.
func (r *Registry) SignIn(ctx context.Context, login, password, address string) (User, error) {
	u, err := r.checkSecret(ctx, login, password, address)
	if err != nil {
		return User{}, err
	}
	event := EventSignIn
	if u.HasSecond() {
		event = EventPassword
	}
	err = r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if event == EventSignIn {
			if err := r.signedIn(ctx, tx, u.ID); err != nil {
				return err
			}
		}
		return r.record(ctx, tx, Event{AtMS: r.nowMS(), Action: event, UserID: u.ID, Login: u.Login, Address: address})
	})
	return u, err
}

// signedIn notes the time; a user who was disabled meanwhile is refused.
func (r *Registry) signedIn(ctx context.Context, tx *store.Tx, userID string) error {
	res, err := tx.Exec(ctx, `UPDATE identity_user SET last_sign_in_ms = $1 WHERE id = $2 AND disabled_ms IS NULL`, r.nowMS(), userID)
	if err != nil {
		return fmt.Errorf("note sign-in: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return wrongSecret()
}

func wrongSecret() error {
	return fault.New(fault.CodeUnauthenticated, "identity.error.wrong_sign_in").WithHint("identity.error.wrong_sign_in.hint")
}

// checkSecret counts the attempt, compares the password outside any transaction,
// and stores the outcome.
func (r *Registry) checkSecret(ctx context.Context, login, password, address string) (User, error) {
	own, from := subjectUser(login), subjectsAddress(address)
	err := r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return r.attempt(ctx, tx, append([]subject{own}, from...)...)
	})
	if err != nil {
		return User{}, err
	}
	hash, disabled, err := r.passwordOf(ctx, login)
	if err != nil {
		return User{}, err
	}
	ok, weak, err := r.hasher.matches(ctx, password, hash)
	if err != nil {
		return User{}, err
	}
	var better string
	if ok && weak {
		if better, err = r.hasher.make(ctx, password); err != nil {
			return User{}, err
		}
	}
	var u User
	err = r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if !ok || disabled {
			// The refusal is stored, so this transaction must commit.
			return r.refused(ctx, tx, login, address, "password")
		}
		if u, err = r.UserByLogin(ctx, tx, login); err != nil {
			return err
		}
		if better != "" {
			if _, err := tx.Exec(ctx, `UPDATE identity_user SET password_hash = $1 WHERE id = $2 AND password_hash = $3`, better, u.ID, hash); err != nil {
				return fmt.Errorf("renew password hash: %w", err)
			}
		}
		return r.forgive(ctx, tx, own, from)
	})
	if err == nil && (!ok || disabled) {
		err = wrongSecret()
	}
	return u, err
}

// passwordOf reads what is needed to check a password; both are zero for an
// unknown user.
func (r *Registry) passwordOf(ctx context.Context, login string) (hash string, disabled bool, err error) {
	err = r.db.QueryRow(ctx, `SELECT password_hash, disabled_ms IS NOT NULL FROM identity_user WHERE login_key = $1`, foldLogin(login)).Scan(&hash, &disabled)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read user: %w", err)
	}
	return hash, disabled, nil
}

// refused records a failure. What was typed as login name may be a password typed
// into the wrong field: only names that exist are told.
func (r *Registry) refused(ctx context.Context, tx *store.Tx, login, address, how string) error {
	e := Event{AtMS: r.nowMS(), Action: EventRefused, Address: address, Detail: map[string]string{"how": how}}
	u, err := r.UserByLogin(ctx, tx, login)
	if err != nil && !fault.Is(err, fault.CodeNotFound) {
		return err
	}
	if err == nil {
		e.UserID, e.Login = u.ID, u.Login
	}
	return r.record(ctx, tx, e)
}

// SecondFactor completes a sign-in with a code from the generator, or with a
// recovery code. userID is the one SignIn gave, kept by the caller in the session.
func (r *Registry) SecondFactor(ctx context.Context, userID, code, address string) (User, error) {
	own, from := subjectSecond(userID), subjectsAddress(address)
	err := r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return r.attempt(ctx, tx, append([]subject{own}, from...)...)
	})
	if err != nil {
		return User{}, err
	}
	var u User
	var ok bool
	err = r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		ok = false
		if u, err = r.UserByID(ctx, tx, userID); err != nil {
			return err
		}
		if u.DisabledMS != 0 {
			return wrongSecret()
		}
		how := "totp"
		if ok, err = r.useTOTP(ctx, tx, userID, code); err == nil && !ok {
			how = "recovery"
			ok, err = r.useRecovery(ctx, tx, userID, code)
		}
		if err != nil {
			return err
		}
		if !ok {
			return r.refused(ctx, tx, u.Login, address, "second")
		}
		if err := errors.Join(r.forgive(ctx, tx, own, from), r.signedIn(ctx, tx, userID)); err != nil {
			return err
		}
		return r.record(ctx, tx, Event{AtMS: r.nowMS(), Action: EventSignIn, UserID: u.ID, Login: u.Login, Address: address, Detail: map[string]string{"second": how}})
	})
	if err == nil && !ok {
		err = fault.New(fault.CodeUnauthenticated, "identity.error.wrong_code").At("code").WithHint("identity.error.wrong_code.hint")
	}
	if err != nil {
		return User{}, err
	}
	return u, nil
}

// SignedOut records that a person signed out.
func (r *Registry) SignedOut(ctx context.Context, u User, address string) error {
	return r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return r.record(ctx, tx, Event{AtMS: r.nowMS(), Action: EventSignOut, UserID: u.ID, Login: u.Login, Address: address})
	})
}
