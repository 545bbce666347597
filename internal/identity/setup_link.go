package identity

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// SetupLinkLife is how long a set-up link may be used: long enough to span a
// weekend, short enough that a forgotten one does no harm.
const SetupLinkLife = 72 * time.Hour

// SetupLink lets one person choose a password, once. The code itself is shown when
// the link is made and kept only as a hash.
type SetupLink struct {
	ID        string `json:"id"`
	UserID    string `json:"user_id"`
	CreatedBy string `json:"created_by"` // name of who made it
	CreatedMS int64  `json:"created_ms"`
	ExpiresMS int64  `json:"expires_ms"`
}

// linkHash: the code has 120 random bits, so one fast hash is enough.
func linkHash(code string) []byte {
	sum := sha256.Sum256([]byte("link\n" + strings.NewReplacer("-", "", " ", "").Replace(strings.ToUpper(code))))
	return sum[:]
}

// CreateSetupLink makes a link for a user and gives its code. Earlier links stop
// working, a password that is there stops working, and the user's sessions end: it
// is the first password as well as the answer to a forgotten or stolen one. by must
// hold everything the user holds. A disabled user is a conflict.
func (r *Registry) CreateSetupLink(ctx context.Context, tx *store.Tx, by Principal, userID string) (code string, l SetupLink, err error) {
	u, err := r.UserByID(ctx, tx, userID)
	if err != nil {
		return "", l, err
	}
	if err := mayChange(by, u); err != nil {
		return "", l, err
	}
	if u.DisabledMS != 0 {
		return "", l, fault.Conflict("identity.error.user_disabled")
	}
	if err := r.endLinks(ctx, tx, userID); err != nil {
		return "", l, err
	}
	_, err = tx.Exec(ctx, `UPDATE identity_user SET password_hash = '', password_long = FALSE, password_must_change = FALSE, password_ms = 0 WHERE id = $1`, userID)
	if err != nil {
		return "", l, fmt.Errorf("clear password: %w", err)
	}
	if err := r.EndSessions(ctx, tx, userID, ""); err != nil {
		return "", l, err
	}
	code = oneTimeCode()
	now := r.nowMS()
	l = SetupLink{ID: store.NewID(), UserID: userID, CreatedBy: by.Name, CreatedMS: now, ExpiresMS: now + SetupLinkLife.Milliseconds()}
	_, err = tx.Exec(ctx, `INSERT INTO identity_setup_link (id, user_id, code_hash, created_by, created_ms, expires_ms) VALUES ($1, $2, $3, $4, $5, $6)`,
		l.ID, userID, linkHash(code), l.CreatedBy, now, l.ExpiresMS)
	if err != nil {
		return "", l, fmt.Errorf("store set-up link: %w", err)
	}
	return code, l, nil
}

// SetupLinkOf is the link of a user that was neither used nor revoked, also one
// that has run out; ok is false when there is none.
func (r *Registry) SetupLinkOf(ctx context.Context, q store.Querier, userID string) (l SetupLink, ok bool, err error) {
	err = q.QueryRow(ctx, `SELECT id, user_id, created_by, created_ms, expires_ms FROM identity_setup_link
		WHERE user_id = $1 AND used_ms IS NULL AND revoked_ms IS NULL ORDER BY id DESC LIMIT 1`, userID).
		Scan(&l.ID, &l.UserID, &l.CreatedBy, &l.CreatedMS, &l.ExpiresMS)
	if errors.Is(err, sql.ErrNoRows) {
		return l, false, nil
	}
	if err != nil {
		return l, false, fmt.Errorf("read set-up link: %w", err)
	}
	return l, true, nil
}

// RevokeSetupLink makes a user's link useless; without one it is a fault. The user
// has no password then and needs a new link.
func (r *Registry) RevokeSetupLink(ctx context.Context, tx *store.Tx, by Principal, userID string) error {
	u, err := r.UserByID(ctx, tx, userID)
	if err != nil {
		return err
	}
	if err := mayChange(by, u); err != nil {
		return err
	}
	if _, ok, err := r.SetupLinkOf(ctx, tx, userID); err != nil || !ok {
		return errors.Join(err, fault.NotFound("identity.error.link_none"))
	}
	return r.endLinks(ctx, tx, userID)
}

func (r *Registry) endLinks(ctx context.Context, tx *store.Tx, userID string) error {
	_, err := tx.Exec(ctx, `UPDATE identity_setup_link SET revoked_ms = $1 WHERE user_id = $2 AND used_ms IS NULL AND revoked_ms IS NULL`, r.nowMS(), userID)
	if err != nil {
		return fmt.Errorf("revoke set-up link: %w", err)
	}
	return nil
}

// OpenSetupLink finds whose link a code is, without using it up: mail scanners and
// previews open links too. A code that is wrong, used, revoked or run out gives one
// and the same fault and counts as a failed attempt of the address.
func (r *Registry) OpenSetupLink(ctx context.Context, code, address string) (User, error) {
	from := subjectsAddress(address)
	err := r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return r.attempt(ctx, tx, from...) })
	if err != nil {
		return User{}, err
	}
	var u User
	var good bool
	err = r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		u, good, err = r.linkUser(ctx, tx, code)
		if err != nil {
			return err
		}
		if !good {
			// The refusal is stored, so this transaction must commit.
			return r.record(ctx, tx, Event{AtMS: r.nowMS(), Action: EventLinkRefused, Address: address})
		}
		return r.forgive(ctx, tx, subject{}, from)
	})
	if err == nil && !good {
		err = wrongLink()
	}
	return u, err
}

func wrongLink() error {
	return fault.New(fault.CodeUnauthenticated, "identity.error.link_wrong").WithHint("identity.error.link_wrong.hint")
}

func (r *Registry) linkUser(ctx context.Context, tx *store.Tx, code string) (u User, good bool, err error) {
	var userID string
	err = tx.QueryRow(ctx, `SELECT user_id FROM identity_setup_link WHERE code_hash = $1 AND used_ms IS NULL AND revoked_ms IS NULL AND expires_ms > $2`,
		linkHash(code), r.nowMS()).Scan(&userID)
	if errors.Is(err, sql.ErrNoRows) {
		return u, false, nil
	}
	if err != nil {
		return u, false, fmt.Errorf("read set-up link: %w", err)
	}
	u, err = r.UserByID(ctx, tx, userID)
	return u, err == nil && u.DisabledMS == 0, err
}

// UseSetupLink stores the password that the person chose, ends their sessions and
// uses the link up: of two that come at the same moment one wins. Whoever has a
// second factor still has to give it when signing in.
func (r *Registry) UseSetupLink(ctx context.Context, code, password, address string) (User, error) {
	u, err := r.OpenSetupLink(ctx, code, address)
	if err != nil {
		return User{}, err
	}
	p, err := r.prepare(ctx, u, password)
	if err != nil {
		return User{}, err
	}
	err = r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		now := r.nowMS()
		res, err := tx.Exec(ctx, `UPDATE identity_setup_link SET used_ms = $1 WHERE code_hash = $2 AND used_ms IS NULL AND revoked_ms IS NULL AND expires_ms > $3
			AND EXISTS (SELECT 1 FROM identity_user WHERE identity_user.id = identity_setup_link.user_id AND identity_user.disabled_ms IS NULL)`,
			now, linkHash(code), now)
		if err != nil {
			return fmt.Errorf("use set-up link: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, wrongLink())
		}
		if err := r.SetPassword(ctx, tx, p, ""); err != nil {
			return err
		}
		if !u.HasSecond() {
			if err := r.signedIn(ctx, tx, u.ID); err != nil {
				return err
			}
		}
		return r.record(ctx, tx, Event{AtMS: now, Action: EventLinkUsed, UserID: u.ID, Login: u.Login, Address: address})
	})
	return u, err
}
