package identity

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// TokenPrefix starts every API token, so that scanners for leaked secrets and
// people recognise one. 32 random bytes follow as base64url.
const (
	TokenPrefix = "sonae_"
	tokenBytes  = 32
)

// Token is an API token without its secret.
type Token struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Grant     Grant  `json:"grant"`
	Write     bool   `json:"write"` // false: scope "read"
	CreatedBy string `json:"created_by"`
	// OwnerID is the user on whose rights the token rests: its maker, or the owner of
	// the token that made it. Empty for tokens made on the server's machine.
	OwnerID    string `json:"owner_id,omitempty"`
	CreatedMS  int64  `json:"created_ms"`
	ExpiresMS  int64  `json:"expires_ms,omitempty"`   // 0 = never
	LastUsedMS int64  `json:"last_used_ms,omitempty"` // exact to a minute; 0 = never
	RevokedMS  int64  `json:"revoked_ms,omitempty"`
}

// NewToken is what issuing a token takes.
type NewToken struct {
	Name      string // 1–100 characters
	Grant     Grant
	Write     bool
	ExpiresMS int64 // 0 = never
}

// tokenHash: the secret has 256 random bits, so one fast hash is enough.
func tokenHash(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// CreateToken issues a token and gives its secret, which is shown once. by may
// give only what it holds.
func (r *Registry) CreateToken(ctx context.Context, tx *store.Tx, by Principal, n NewToken) (secret string, t Token, err error) {
	n.Name = strings.TrimSpace(n.Name)
	if err := checkLine(n.Name, 100, true); err != nil {
		return "", Token{}, err.At("name")
	}
	if err := checkGrants(by, []Grant{n.Grant}); err != nil {
		return "", Token{}, err
	}
	now := r.nowMS()
	if n.ExpiresMS != 0 && n.ExpiresMS <= now {
		return "", Token{}, fault.Invalid("identity.error.expired").At("expires")
	}
	if n.Grant.FacilityID != "" {
		if _, err := r.FacilityByID(ctx, tx, n.Grant.FacilityID); err != nil {
			return "", Token{}, err
		}
	}
	owner, err := r.owner(ctx, tx, by)
	if err != nil {
		return "", Token{}, err
	}
	t = Token{ID: store.NewID(), Name: n.Name, Grant: n.Grant, Write: n.Write, CreatedBy: by.Name, OwnerID: owner, CreatedMS: now, ExpiresMS: n.ExpiresMS}
	secret = TokenPrefix + randomText(tokenBytes)
	_, err = tx.Exec(ctx, `INSERT INTO identity_token (id, token_hash, name, role, facility_id, department, can_write, created_by, owner_id, created_ms, expires_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		t.ID, tokenHash(secret), t.Name, string(t.Grant.Role), t.Grant.FacilityID, t.Grant.Department, t.Write, t.CreatedBy, t.OwnerID, now, nullMS(t.ExpiresMS))
	if err != nil {
		return "", Token{}, fmt.Errorf("store token: %w", err)
	}
	return secret, t, nil
}

// owner is whose rights a token made by somebody rests on.
func (r *Registry) owner(ctx context.Context, tx *store.Tx, by Principal) (string, error) {
	switch by.Kind {
	case KindUser:
		return by.ID, nil
	case KindToken:
		t, err := r.TokenByID(ctx, tx, by.ID)
		return t.OwnerID, err
	}
	return "", nil
}

// revokeTokens ends the live tokens of an owner that a test picks, and gives their
// names.
func (r *Registry) revokeTokens(ctx context.Context, tx *store.Tx, ownerID string, pick func(Token) bool) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT `+tokenCols+` FROM identity_token WHERE owner_id = $1 AND revoked_ms IS NULL ORDER BY id`, ownerID)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	list, err := collect(rows, scanToken)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, t := range list {
		if !pick(t) {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE identity_token SET revoked_ms = $1 WHERE id = $2`, r.nowMS(), t.ID); err != nil {
			return nil, fmt.Errorf("revoke token: %w", err)
		}
		names = append(names, t.Name)
	}
	return names, nil
}

const tokenCols = `id, name, role, facility_id, department, can_write, created_by, owner_id, created_ms, expires_ms, last_used_ms, revoked_ms`

func scanToken(scan func(...any) error) (Token, error) {
	var t Token
	var expires, used, revoked sql.NullInt64
	err := scan(&t.ID, &t.Name, &t.Grant.Role, &t.Grant.FacilityID, &t.Grant.Department, &t.Write, &t.CreatedBy, &t.OwnerID, &t.CreatedMS, &expires, &used, &revoked)
	t.ExpiresMS, t.LastUsedMS, t.RevokedMS = expires.Int64, used.Int64, revoked.Int64
	return t, err
}

// Tokens lists all tokens, newest first, revoked ones too (at most 1,000).
func (r *Registry) Tokens(ctx context.Context, q store.Querier) ([]Token, error) {
	rows, err := q.Query(ctx, `SELECT `+tokenCols+` FROM identity_token ORDER BY id DESC LIMIT 1000`)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return collect(rows, scanToken)
}

// TokenByID finds a token without its secret.
func (r *Registry) TokenByID(ctx context.Context, q store.Querier, id string) (Token, error) {
	t, err := scanToken(q.QueryRow(ctx, `SELECT `+tokenCols+` FROM identity_token WHERE id = $1`, id).Scan)
	return t, notFound(err, "identity.error.token_unknown")
}

// RevokeToken ends a token at once; a revoked one stays in the list. Revoking
// twice is no error.
func (r *Registry) RevokeToken(ctx context.Context, tx *store.Tx, by Principal, id string) error {
	t, err := r.TokenByID(ctx, tx, id)
	if err != nil {
		return err
	}
	if !by.MayGrant(t.Grant) {
		return fault.Forbidden("identity.error.grant_beyond").WithHint("identity.error.not_allowed.hint")
	}
	if _, err := tx.Exec(ctx, `UPDATE identity_token SET revoked_ms = $1 WHERE id = $2 AND revoked_ms IS NULL`, r.nowMS(), id); err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	return nil
}

// TokenPrincipal finds who a bearer token stands for. Unknown, run-out and revoked
// tokens give the same fault. The last use is written at most once a minute.
func (r *Registry) TokenPrincipal(ctx context.Context, secret, address string) (Principal, error) {
	bad := fault.New(fault.CodeUnauthenticated, "identity.error.token_wrong").WithHint("identity.error.token_wrong.hint")
	if !strings.HasPrefix(secret, TokenPrefix) || len(secret) > 200 {
		return Principal{}, bad
	}
	now := r.nowMS()
	t, err := scanToken(r.db.QueryRow(ctx, `SELECT `+tokenCols+` FROM identity_token
		WHERE token_hash = $1 AND revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $2)`, tokenHash(secret), now).Scan)
	if f := fault.Of(notFound(err, "x")); f != nil && f.Code == fault.CodeNotFound {
		return Principal{}, bad
	}
	if err != nil {
		return Principal{}, fmt.Errorf("find token: %w", err)
	}
	if now-t.LastUsedMS >= touchEvery.Milliseconds() {
		err = r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE identity_token SET last_used_ms = $1 WHERE id = $2`, now, t.ID)
			return err
		})
		if err != nil {
			return Principal{}, fmt.Errorf("note use of token: %w", err)
		}
	}
	return Principal{Kind: KindToken, ID: t.ID, Name: t.Name, Grants: []Grant{t.Grant}, ReadOnly: !t.Write, Address: address}, nil
}
