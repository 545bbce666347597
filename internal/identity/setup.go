package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// setupCodeLife is how long a set-up code may be used.
const setupCodeLife = 24 * time.Hour

// SetupCode makes the one-time code for the first set-up and gives it, to be shown
// on the server's own terminal. It replaces the code of an earlier start. Once
// somebody can sign in it gives an empty text.
func (r *Registry) SetupCode(ctx context.Context) (string, error) {
	code := oneTimeCode()
	err := r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.Exec(ctx, `UPDATE identity_guard SET code_hash = $1, expires_ms = $2 WHERE id = 1 AND set_up_ms IS NULL
			AND NOT EXISTS (SELECT 1 FROM identity_user)`, setupHash(code), store.MS(r.now().Add(setupCodeLife)))
		if err != nil {
			return fmt.Errorf("make set-up code: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return err
		}
		code = ""
		return nil
	})
	return code, err
}

// oneTimeCode makes 120 random bits that people can read out: four groups of six.
func oneTimeCode() string {
	b := make([]byte, 15)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	t := base32.StdEncoding.EncodeToString(b)
	return t[:6] + "-" + t[6:12] + "-" + t[12:18] + "-" + t[18:]
}

func setupHash(code string) []byte {
	sum := sha256.Sum256([]byte("setup\n" + strings.NewReplacer("-", "", " ", "").Replace(strings.ToUpper(code))))
	return sum[:]
}

// NeedsSetup reports whether nobody can sign in yet.
func (r *Registry) NeedsSetup(ctx context.Context) (bool, error) {
	var n int
	err := r.db.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM identity_user LIMIT 1) AS t`).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("count users: %w", err)
	}
	return n == 0, nil
}

// NewSetup is what the first set-up takes.
type NewSetup struct {
	Code     string
	Facility Facility // its ID may name one that exists already
	Admin    NewUser  // Grants are ignored: an administrator of everything
	Address  string
}

// Setup creates the first facility and administrator. It works once: of two that
// come at the same moment, on whichever servers, one wins and the other gets a
// conflict. A wrong code counts as a failed attempt of the address.
func (r *Registry) Setup(ctx context.Context, n NewSetup) (User, Facility, error) {
	from := append(subjectsAddress(n.Address), subject{"setup", limitAddress})
	err := r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return r.attempt(ctx, tx, from...) })
	if err != nil {
		return User{}, Facility{}, err
	}
	if err := r.checkSetupCode(ctx, n); err != nil {
		return User{}, Facility{}, err
	}
	n.Admin.Grants, n.Admin.ByLink = []Grant{{Role: Administrator}}, false
	prepared, err := r.PrepareUser(ctx, System("setup"), n.Admin)
	if err != nil {
		return User{}, Facility{}, err
	}
	var u User
	f := n.Facility
	err = r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		f = n.Facility
		if err := r.claimSetup(ctx, tx, n.Code); err != nil {
			return err
		}
		if f.ID == "" {
			if f, err = r.CreateFacility(ctx, tx, f); err != nil {
				return err
			}
		} else if err := r.UpdateFacility(ctx, tx, f); err != nil {
			return err
		}
		if u, err = r.CreateUser(ctx, tx, prepared); err != nil {
			return err
		}
		if err := r.forgive(ctx, tx, subject{}, from); err != nil {
			return err
		}
		return r.record(ctx, tx, Event{AtMS: r.nowMS(), Action: EventSetup, UserID: u.ID, Login: u.Login, Address: n.Address,
			Detail: map[string]string{"facility": f.ID, "facility_name": f.Name}})
	})
	if err != nil {
		return User{}, Facility{}, err
	}
	return u, f, nil
}

// checkSetupCode looks before the slow part, so that strangers cannot make the
// server hash passwords.
func (r *Registry) checkSetupCode(ctx context.Context, n NewSetup) error {
	var good int
	err := r.db.QueryRow(ctx, `SELECT count(*) FROM identity_guard WHERE id = 1 AND set_up_ms IS NULL AND code_hash = $1 AND expires_ms > $2
		AND NOT EXISTS (SELECT 1 FROM identity_user)`, setupHash(n.Code), r.nowMS()).Scan(&good)
	if err != nil {
		return fmt.Errorf("check set-up code: %w", err)
	}
	if good == 1 {
		return nil
	}
	needs, err := r.NeedsSetup(ctx)
	if err != nil {
		return err
	}
	if !needs {
		return setupDone()
	}
	err = r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return r.record(ctx, tx, Event{AtMS: r.nowMS(), Action: EventSetupRefused, Address: n.Address})
	})
	if err != nil {
		return err
	}
	return fault.New(fault.CodeUnauthenticated, "identity.error.setup_code").At("code").WithHint("identity.error.setup_code.hint")
}

func setupDone() error { return fault.Conflict("identity.error.set_up") }

// claimSetup uses the code up. The row lock makes a second one wait and then find
// nothing.
func (r *Registry) claimSetup(ctx context.Context, tx *store.Tx, code string) error {
	now := r.nowMS()
	res, err := tx.Exec(ctx, `UPDATE identity_guard SET set_up_ms = $1, code_hash = NULL WHERE id = 1 AND set_up_ms IS NULL
		AND code_hash = $2 AND expires_ms > $3 AND NOT EXISTS (SELECT 1 FROM identity_user)`, now, setupHash(code), now)
	if err != nil {
		return fmt.Errorf("use set-up code: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return setupDone()
}
