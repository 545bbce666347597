package identity

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"

	"database/sql"
)

// EnrollPrefix starts every enrolment token.
const EnrollPrefix = "sonae_enroll_"

// EnrollToken lets agents become known devices of a facility. Its secret is shown
// once and kept as a hash.
type EnrollToken struct {
	ID         string
	FacilityID string
	Note       string // what it is for; at most 200 characters
	MaxUses    int64  // 1–100,000
	Uses       int64
	CreatedBy  string
	CreatedMS  int64
	ExpiresMS  int64
	RevokedMS  int64 // 0 = not revoked
}

// CreateEnrollToken issues an enrolment token. FacilityID, MaxUses and ExpiresMS
// must be set; the rest is filled in.
func (r *Registry) CreateEnrollToken(ctx context.Context, tx *store.Tx, by Principal, t EnrollToken) (secret string, out EnrollToken, err error) {
	t.Note = strings.TrimSpace(t.Note)
	if err := checkLine(t.Note, 200, false); err != nil {
		return "", t, err.At("note")
	}
	if _, err := r.FacilityByID(ctx, tx, t.FacilityID); err != nil {
		return "", t, err
	}
	t.ID, t.CreatedBy, t.CreatedMS, t.Uses, t.RevokedMS = store.NewID(), by.Name, r.nowMS(), 0, 0
	switch {
	case t.MaxUses < 1 || t.MaxUses > 100_000:
		return "", t, fault.Invalid("identity.error.max_uses").At("max_uses")
	case t.ExpiresMS <= t.CreatedMS:
		return "", t, fault.Invalid("identity.error.expired").At("expires")
	}
	secret = EnrollPrefix + randomText(tokenBytes)
	_, err = tx.Exec(ctx, `INSERT INTO identity_enroll_token (id, token_hash, facility_id, note, max_uses, created_by, created_ms, expires_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, t.ID, tokenHash(secret), t.FacilityID, t.Note, t.MaxUses, t.CreatedBy, t.CreatedMS, t.ExpiresMS)
	if err != nil {
		return "", t, fmt.Errorf("store enrolment token: %w", err)
	}
	return secret, t, nil
}

func scanEnrollToken(scan func(...any) error) (EnrollToken, error) {
	var t EnrollToken
	var revoked sql.NullInt64
	err := scan(&t.ID, &t.FacilityID, &t.Note, &t.MaxUses, &t.Uses, &t.CreatedBy, &t.CreatedMS, &t.ExpiresMS, &revoked)
	t.RevokedMS = revoked.Int64
	return t, err
}

var enrollTokenTable = listed[EnrollToken]{
	table: "identity_enroll_token", cols: `id, facility_id, note, max_uses, uses, created_by, created_ms, expires_ms, revoked_ms`,
	search: []string{"note", "created_by"}, scan: scanEnrollToken, id: func(t EnrollToken) string { return t.ID },
}

// EnrollTokens lists enrolment tokens of the facilities in scope, newest first, with the
// next cursor (empty = no more) and how many match in all.
func (r *Registry) EnrollTokens(ctx context.Context, q store.Querier, f ListFilter) (list []EnrollToken, next string, total int, err error) {
	return enrollTokenTable.page(ctx, q, f)
}

// EnrollTokenByID reads an enrolment token, ended ones too; not_found when there is none.
func (r *Registry) EnrollTokenByID(ctx context.Context, q store.Querier, id string) (EnrollToken, error) {
	return enrollTokenTable.byID(ctx, q, id, "identity.error.token_unknown")
}

// RevokeEnrollToken ends an enrolment token; devices it let in stay.
func (r *Registry) RevokeEnrollToken(ctx context.Context, tx *store.Tx, id string) error {
	res, err := tx.Exec(ctx, `UPDATE identity_enroll_token SET revoked_ms = coalesce(revoked_ms, $1) WHERE id = $2`, r.nowMS(), id)
	if err != nil {
		return fmt.Errorf("revoke enrolment token: %w", err)
	}
	return found(res, "identity.error.token_unknown")
}

// Enrolling is what an agent says of itself when it enrols.
type Enrolling struct {
	Secret    string
	PublicKey []byte // Ed25519, 32 bytes
	Name      string // host name; cut to 200 bytes
	Address   string
}

// Enroll makes a device known. The same key with a good token gives the same
// device again and uses nothing up: an agent whose answer was lost simply repeats.
// A key that was revoked stays out.
func (r *Registry) Enroll(ctx context.Context, tx *store.Tx, e Enrolling) (Device, error) {
	bad := fault.New(fault.CodeUnauthenticated, "identity.error.enroll_token").WithHint("identity.error.enroll_token.hint")
	if len(e.PublicKey) != ed25519.PublicKeySize {
		return Device{}, fault.Invalid("identity.error.device_key").At("public_key")
	}
	if !strings.HasPrefix(e.Secret, EnrollPrefix) || len(e.Secret) > 200 {
		return Device{}, bad
	}
	now := r.nowMS()
	// Taking a use first locks the token's row: two agents cannot share the last use.
	var tokenID, facilityID string
	var uses, most int64
	err := tx.QueryRow(ctx, `UPDATE identity_enroll_token SET uses = uses + 1 WHERE token_hash = $1 AND revoked_ms IS NULL AND expires_ms > $2
		RETURNING id, facility_id, uses, max_uses`, tokenHash(e.Secret), now).Scan(&tokenID, &facilityID, &uses, &most)
	if err != nil {
		if fault.Is(notFound(err, "x"), fault.CodeNotFound) {
			return Device{}, bad
		}
		return Device{}, fmt.Errorf("use enrolment token: %w", err)
	}
	known, err := scanDevice(tx.QueryRow(ctx, `SELECT `+deviceCols+` FROM identity_device WHERE public_key = $1`, e.PublicKey).Scan)
	if err == nil {
		return r.enrolledBefore(ctx, tx, known, tokenID, facilityID)
	}
	if !fault.Is(notFound(err, "x"), fault.CodeNotFound) {
		return Device{}, fmt.Errorf("find device: %w", err)
	}
	if uses > most {
		return Device{}, bad // the transaction ends, and the use with it
	}
	d := Device{ID: store.NewID(), PublicKey: e.PublicKey, FacilityID: facilityID, Name: cutLine(e.Name, 200), EnrolledMS: now}
	if most == 1 { // made for this one machine by a person
		d.Takeover = TakeoverGranted
	}
	_, err = tx.Exec(ctx, `INSERT INTO identity_device (id, public_key, facility_id, name, enroll_token_id, enrolled_ms, enrolled_from, takeover)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, d.ID, d.PublicKey, d.FacilityID, d.Name, tokenID, now, cutLine(e.Address, 100), d.Takeover)
	if err != nil {
		return Device{}, fmt.Errorf("store device: %w", err)
	}
	return d, nil
}

func (r *Registry) enrolledBefore(ctx context.Context, tx *store.Tx, d Device, tokenID, facilityID string) (Device, error) {
	if d.RevokedMS != 0 || d.FacilityID != facilityID {
		return Device{}, fault.Forbidden("identity.error.device_revoked")
	}
	if _, err := tx.Exec(ctx, `UPDATE identity_enroll_token SET uses = uses - 1 WHERE id = $1`, tokenID); err != nil {
		return Device{}, fmt.Errorf("give back a use: %w", err)
	}
	return d, nil
}
