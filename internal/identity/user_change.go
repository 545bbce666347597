package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// UserFilter selects users for a list. Zero fields do not limit.
type UserFilter struct {
	Text  string // in login or name
	After string // cursor: foldLogin of the last one, as Users gave it
	Limit int    // 1–500; 0 means 100
}

// Users lists users by login name, the cursor of the next page (empty = no more)
// and how many match in all.
func (r *Registry) Users(ctx context.Context, q store.Querier, f UserFilter) (users []User, next string, total int, err error) {
	if f.Limit <= 0 || f.Limit > 500 {
		f.Limit = 100
	}
	f.Text, f.After = storable(f.Text), storable(f.After)
	const where = ` FROM identity_user WHERE lower(login || ' ' || name) LIKE $1 ESCAPE '\'`
	if err := q.QueryRow(ctx, `SELECT count(*)`+where, store.Like(f.Text)).Scan(&total); err != nil {
		return nil, "", 0, fmt.Errorf("count users: %w", err)
	}
	rows, err := q.Query(ctx, `SELECT `+userCols+where+` AND login_key > $2 ORDER BY login_key LIMIT $3`, store.Like(f.Text), f.After, f.Limit+1)
	if err != nil {
		return nil, "", 0, fmt.Errorf("list users: %w", err)
	}
	if users, err = collect(rows, scanUser); err != nil {
		return nil, "", 0, err
	}
	if len(users) > f.Limit {
		users = users[:f.Limit]
		next = foldLogin(users[f.Limit-1].Login)
	}
	for i := range users {
		if users[i].Grants, err = grantsOf(ctx, q, users[i].ID); err != nil {
			return nil, "", 0, err
		}
	}
	return users, next, total, nil
}

// SetPreferences stores what people may change about themselves.
func (r *Registry) SetPreferences(ctx context.Context, tx *store.Tx, userID string, p Preferences) error {
	if err := p.validate(); err != nil {
		return err
	}
	res, err := tx.Exec(ctx, `UPDATE identity_user SET name = $1, mail = $2, lang = $3, theme = $4, density = $5 WHERE id = $6`,
		p.Name, p.Mail, p.Lang, p.Theme, p.Density, userID)
	if err != nil {
		return fmt.Errorf("store preferences: %w", err)
	}
	return found(res, "identity.error.user_unknown")
}

// guard lets changes that could remove the last administrator happen one at a time.
func guard(ctx context.Context, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE identity_guard SET id = 1 WHERE id = 1`)
	return err
}

// keepsAdministrator is a fault when nobody could administer any more.
func keepsAdministrator(ctx context.Context, tx *store.Tx) error {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM identity_grant AS g JOIN identity_user AS u ON u.id = g.user_id
		WHERE g.role = 'administrator' AND g.facility_id = '' AND u.disabled_ms IS NULL`).Scan(&n)
	if err != nil {
		return fmt.Errorf("count administrators: %w", err)
	}
	if n == 0 {
		return fault.Conflict("identity.error.last_administrator")
	}
	return nil
}

// mayChange is a fault unless by holds everything the user holds: nobody takes
// over somebody with more rights by changing their password.
func mayChange(by Principal, u User) error {
	for _, g := range u.Grants {
		if !by.MayGrant(g) {
			return fault.Forbidden("identity.error.grant_beyond").WithHint("identity.error.not_allowed.hint")
		}
	}
	return nil
}

// Ended says what a change of somebody's rights ended besides, for the audit entry.
type Ended struct {
	Tokens []string `json:"tokens_revoked,omitempty"` // names of API tokens
}

// SetGrants replaces a user's rights. The last administrator keeps theirs. When
// something is taken away, the user's sessions end, and API tokens that reach
// beyond what is left are revoked.
func (r *Registry) SetGrants(ctx context.Context, tx *store.Tx, by Principal, userID string, grants []Grant) (Ended, error) {
	if err := checkGrants(by, grants); err != nil {
		return Ended{}, err
	}
	u, err := r.guarded(ctx, tx, by, userID)
	if err != nil {
		return Ended{}, err
	}
	if err := r.storeGrants(ctx, tx, userID, grants); err != nil {
		return Ended{}, err
	}
	if err := keepsAdministrator(ctx, tx); err != nil || !lowered(u.Grants, grants) {
		return Ended{}, err
	}
	u.Grants = grants
	left := u.Principal("")
	names, err := r.revokeTokens(ctx, tx, userID, func(t Token) bool { return !left.MayGrant(t.Grant) })
	if err != nil {
		return Ended{}, err
	}
	return Ended{names}, r.EndSessions(ctx, tx, userID, "")
}

// lowered reports whether something of before is no longer held.
func lowered(before, after []Grant) bool {
	return slices.ContainsFunc(before, func(old Grant) bool {
		return !slices.ContainsFunc(after, func(g Grant) bool { return g.Role == old.Role && g.covers(old) })
	})
}

// guarded locks the guard row and reads a user whom by may change.
func (r *Registry) guarded(ctx context.Context, tx *store.Tx, by Principal, userID string) (User, error) {
	if err := guard(ctx, tx); err != nil {
		return User{}, err
	}
	u, err := r.UserByID(ctx, tx, userID)
	if err != nil {
		return User{}, err
	}
	return u, mayChange(by, u)
}

// SetDisabled stops a user from signing in, ends their sessions and revokes their
// API tokens and set-up link, or lets them sign in again; what was revoked stays
// so. The last administrator cannot be disabled.
func (r *Registry) SetDisabled(ctx context.Context, tx *store.Tx, by Principal, userID string, disabled bool) (Ended, error) {
	if _, err := r.guarded(ctx, tx, by, userID); err != nil {
		return Ended{}, err
	}
	at := int64(0)
	if disabled {
		at = r.nowMS()
	}
	if _, err := tx.Exec(ctx, `UPDATE identity_user SET disabled_ms = $1 WHERE id = $2`, nullMS(at), userID); err != nil {
		return Ended{}, fmt.Errorf("disable user: %w", err)
	}
	if !disabled {
		return Ended{}, keepsAdministrator(ctx, tx)
	}
	names, err := r.revokeTokens(ctx, tx, userID, func(Token) bool { return true })
	if err != nil {
		return Ended{}, err
	}
	return Ended{names}, errors.Join(r.endLinks(ctx, tx, userID), r.EndSessions(ctx, tx, userID, ""), keepsAdministrator(ctx, tx))
}

// PreparedPassword is a checked and hashed new password.
type PreparedPassword struct {
	userID, hash string
	long         bool
}

// PreparePassword checks and hashes a person's new password, outside a transaction.
// current must be the present password; a wrong one counts as a failed sign-in.
// Nobody sets somebody else's password: see CreateSetupLink.
func (r *Registry) PreparePassword(ctx context.Context, by Principal, current, password string) (PreparedPassword, error) {
	if by.Kind != KindUser {
		return PreparedPassword{}, by.refuse(ProfileEdit)
	}
	u, err := r.UserByID(ctx, r.db, by.ID)
	if err != nil {
		return PreparedPassword{}, err
	}
	if _, err := r.checkSecret(ctx, u.Login, current, by.Address); err != nil {
		return PreparedPassword{}, atPlace(err, "current")
	}
	return r.prepare(ctx, u, password)
}

func (r *Registry) prepare(ctx context.Context, u User, password string) (PreparedPassword, error) {
	if err := CheckPassword(password, u.Login, u.HasSecond()); err != nil {
		return PreparedPassword{}, err
	}
	hash, err := r.hasher.make(ctx, password)
	return PreparedPassword{userID: u.ID, hash: hash, long: longEnough(password)}, err
}

// atPlace names the field of a fault; other errors stay as they are.
func atPlace(err error, place string) error {
	if f := fault.Of(err); f.Code != fault.CodeInternal {
		return f.At(place)
	}
	return err
}

// SetPassword stores a prepared password and ends the user's other sessions.
// keepSession is the ID of the session to keep, or empty.
func (r *Registry) SetPassword(ctx context.Context, tx *store.Tx, p PreparedPassword, keepSession string) error {
	if !p.long {
		// Judged again here: the second factor may be gone since it was prepared.
		u, err := r.UserByID(ctx, tx, p.userID)
		if err != nil {
			return err
		}
		if !u.HasSecond() {
			return fault.Invalid("identity.error.password_short", "Least", PasswordChars).At("password").WithHint("identity.error.password_short.hint")
		}
	}
	res, err := tx.Exec(ctx, `UPDATE identity_user SET password_hash = $1, password_long = $2, password_must_change = FALSE, password_ms = $3 WHERE id = $4`,
		p.hash, p.long, r.nowMS(), p.userID)
	if err != nil {
		return fmt.Errorf("store password: %w", err)
	}
	if err := found(res, "identity.error.user_unknown"); err != nil {
		return err
	}
	return r.EndSessions(ctx, tx, p.userID, keepSession)
}

// checkSecondStays is a fault when the last second factor goes while the password
// is too short to stand alone.
func (r *Registry) checkSecondStays(ctx context.Context, tx *store.Tx, userID string) error {
	u, err := r.UserByID(ctx, tx, userID)
	if err != nil || u.HasSecond() {
		return err
	}
	var long bool
	if err := tx.QueryRow(ctx, `SELECT password_long FROM identity_user WHERE id = $1`, userID).Scan(&long); err != nil {
		return fmt.Errorf("read user: %w", err)
	}
	if !long {
		return fault.Conflict("identity.error.second_needed", "Least", PasswordChars)
	}
	return nil
}
