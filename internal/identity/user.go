package identity

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// User is a person who signs in.
type User struct {
	ID    string `json:"id"`
	Login string `json:"login"` // as shown; unique whatever the case and width
	Preferences
	Grants       []Grant `json:"grants"`
	CreatedMS    int64   `json:"created_ms"`
	DisabledMS   int64   `json:"disabled_ms,omitempty"`     // 0 = may sign in
	LastSignInMS int64   `json:"last_sign_in_ms,omitempty"` // 0 = never
	PasswordMS   int64   `json:"password_ms"`               // when the password was set; 0 = there is none
	// MustChange is true after somebody else took the second factors away.
	MustChange bool `json:"must_change_password"`
	TOTP       bool `json:"totp"`     // a code generator is set up
	Passkeys   int  `json:"passkeys"` // number of passkeys
}

// HasPassword reports whether the person has chosen a password.
func (u User) HasPassword() bool { return u.PasswordMS != 0 }

// HasSecond reports whether the person has a second factor.
func (u User) HasSecond() bool { return u.TOTP || u.Passkeys > 0 }

// Preferences are what people may change about themselves.
type Preferences struct {
	Name    string `json:"name"`    // 1–100 characters
	Mail    string `json:"mail"`    // may be empty; at most 254 characters (RFC 5321, 4.5.3.1)
	Lang    string `json:"lang"`    // "ja" or "en"
	Theme   string `json:"theme"`   // "auto", "light", "dark"
	Density string `json:"density"` // "standard", "compact", "relaxed"
}

func (p *Preferences) validate() error {
	p.Name, p.Mail = strings.TrimSpace(p.Name), strings.TrimSpace(p.Mail)
	choose := func(v *string, choices ...string) bool {
		if *v == "" {
			*v = choices[0]
		}
		return slices.Contains(choices, *v)
	}
	if err := checkLine(p.Name, 100, true); err != nil {
		return err.At("name")
	}
	if err := checkLine(p.Mail, 254, false); err != nil {
		return err.At("mail")
	}
	if p.Mail != "" && strings.Count(p.Mail, "@") != 1 {
		return fault.Invalid("identity.error.mail").At("mail")
	}
	switch {
	case !choose(&p.Lang, "ja", "en"):
		return fault.Invalid("identity.error.choice").At("lang")
	case !choose(&p.Theme, "auto", "light", "dark"):
		return fault.Invalid("identity.error.choice").At("theme")
	case !choose(&p.Density, "standard", "compact", "relaxed"):
		return fault.Invalid("identity.error.choice").At("density")
	}
	return nil
}

// foldLogin is the form in which login names are compared: NFKC, case folded,
// without spaces around; what no database takes becomes U+FFFD.
func foldLogin(login string) string {
	return cases.Fold().String(norm.NFKC.String(strings.TrimSpace(storable(login))))
}

// storable makes any text from outside fit for a query: PostgreSQL refuses NUL and
// broken UTF-8.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// NewUser is what creating a user takes.
type NewUser struct {
	Login string // 1–100 characters, no spaces inside
	Preferences
	Grants   []Grant
	Password string
	// ByLink is true when the person chooses the password with a set-up link; until
	// then nobody can sign in.
	ByLink bool
}

// PreparedUser is a checked new user with a hashed password; see PrepareUser.
type PreparedUser struct {
	user NewUser
	hash string
}

// PrepareUser checks a new user and hashes the password: the slow part, outside a
// transaction. by may give only what it holds.
func (r *Registry) PrepareUser(ctx context.Context, by Principal, n NewUser) (PreparedUser, error) {
	n.Login = strings.TrimSpace(n.Login)
	if err := checkLine(n.Login, 100, true); err != nil {
		return PreparedUser{}, err.At("login")
	}
	if strings.ContainsAny(n.Login, " \u3000") {
		return PreparedUser{}, fault.Invalid("identity.error.characters").At("login")
	}
	if n.Name == "" {
		n.Name = n.Login
	}
	if err := n.validate(); err != nil {
		return PreparedUser{}, err
	}
	if err := checkGrants(by, n.Grants); err != nil {
		return PreparedUser{}, err
	}
	if n.ByLink {
		n.Password = ""
		return PreparedUser{user: n}, nil
	}
	if err := CheckPassword(n.Password, n.Login, false); err != nil {
		return PreparedUser{}, err
	}
	hash, err := r.hasher.make(ctx, n.Password)
	n.Password = ""
	return PreparedUser{n, hash}, err
}

func checkGrants(by Principal, grants []Grant) error {
	if len(grants) == 0 {
		return fault.Invalid("identity.error.grant_missing").At("grants")
	}
	if len(grants) > 200 {
		return fault.Invalid("identity.error.too_many").At("grants")
	}
	for _, g := range grants {
		if err := g.Validate(); err != nil {
			return err
		}
		if !by.MayGrant(g) {
			return fault.Forbidden("identity.error.grant_beyond").WithHint("identity.error.not_allowed.hint")
		}
	}
	return nil
}

// CreateUser stores a prepared user. A login name that exists is a conflict.
func (r *Registry) CreateUser(ctx context.Context, tx *store.Tx, p PreparedUser) (User, error) {
	now := r.nowMS()
	u := User{ID: store.NewID(), Login: p.user.Login, Preferences: p.user.Preferences, Grants: p.user.Grants,
		CreatedMS: now, PasswordMS: now}
	if p.user.ByLink {
		u.PasswordMS = 0
	}
	_, err := tx.Exec(ctx, `INSERT INTO identity_user (id, login, login_key, name, mail, lang, theme, density,
		password_hash, password_long, password_must_change, password_ms, created_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		u.ID, u.Login, foldLogin(u.Login), u.Name, u.Mail, u.Lang, u.Theme, u.Density, p.hash, !p.user.ByLink, false, u.PasswordMS, now)
	if store.KindOf(err) == store.KindUnique {
		return User{}, fault.Conflict("identity.error.login_exists").At("login").Because(err)
	}
	if err != nil {
		return User{}, fmt.Errorf("store user: %w", err)
	}
	return u, r.storeGrants(ctx, tx, u.ID, u.Grants)
}

func (r *Registry) storeGrants(ctx context.Context, tx *store.Tx, userID string, grants []Grant) error {
	if _, err := tx.Exec(ctx, `DELETE FROM identity_grant WHERE user_id = $1`, userID); err != nil {
		return fmt.Errorf("store rights: %w", err)
	}
	for _, g := range grants {
		if g.FacilityID != "" {
			if _, err := r.FacilityByID(ctx, tx, g.FacilityID); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO identity_grant (user_id, role, facility_id, department) VALUES ($1, $2, $3, $4)
			ON CONFLICT DO NOTHING`, userID, string(g.Role), g.FacilityID, g.Department)
		if err != nil {
			return fmt.Errorf("store rights: %w", err)
		}
	}
	return nil
}

const userCols = `id, login, name, mail, lang, theme, density, password_must_change, password_ms, totp_secret IS NOT NULL,
	created_ms, disabled_ms, last_sign_in_ms, (SELECT count(*) FROM identity_passkey WHERE identity_passkey.user_id = identity_user.id)`

func scanUser(scan func(...any) error) (User, error) {
	var u User
	var disabled, last sql.NullInt64
	err := scan(&u.ID, &u.Login, &u.Name, &u.Mail, &u.Lang, &u.Theme, &u.Density, &u.MustChange, &u.PasswordMS, &u.TOTP,
		&u.CreatedMS, &disabled, &last, &u.Passkeys)
	u.DisabledMS, u.LastSignInMS = disabled.Int64, last.Int64
	return u, err
}

// UserByID finds a user with grants; unknown ones are a fault.
func (r *Registry) UserByID(ctx context.Context, q store.Querier, id string) (User, error) {
	return r.user(ctx, q, `id = $1`, id)
}

// UserByLogin finds a user by login name, whatever its case and width.
func (r *Registry) UserByLogin(ctx context.Context, q store.Querier, login string) (User, error) {
	return r.user(ctx, q, `login_key = $1`, foldLogin(login))
}

func (r *Registry) user(ctx context.Context, q store.Querier, where, arg string) (User, error) {
	u, err := scanUser(q.QueryRow(ctx, `SELECT `+userCols+` FROM identity_user WHERE `+where, arg).Scan)
	if err != nil {
		return u, notFound(err, "identity.error.user_unknown")
	}
	u.Grants, err = grantsOf(ctx, q, u.ID)
	return u, err
}

func grantsOf(ctx context.Context, q store.Querier, userID string) ([]Grant, error) {
	rows, err := q.Query(ctx, `SELECT role, facility_id, department FROM identity_grant WHERE user_id = $1 ORDER BY role, facility_id, department`, userID)
	if err != nil {
		return nil, fmt.Errorf("read rights: %w", err)
	}
	return collect(rows, func(scan func(...any) error) (Grant, error) {
		var g Grant
		err := scan(&g.Role, &g.FacilityID, &g.Department)
		return g, err
	})
}

// Principal makes the principal of a signed-in user.
func (u User) Principal(address string) Principal {
	return Principal{Kind: KindUser, ID: u.ID, Name: u.Login, Grants: u.Grants, Address: address}
}
