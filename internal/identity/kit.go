package identity

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"filippo.io/age"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// maxKitLife bounds a collection kit: a round through a hospital takes weeks, and a
// stick that is lost should not stay good for years.
const maxKitLife = 366 * 24 * time.Hour

// Kit is a collection kit: what somebody carries on a stick to machines that never
// report by themselves. Its file holds a key to encrypt with and one to sign with; the
// server keeps their counterparts, so that who finds a stick can read nothing.
type Kit struct {
	ID         string
	FacilityID string
	Name       string // what it is for; 1–200 characters
	CreatedBy  string // name of who made it
	CreatedMS  int64
	ExpiresMS  int64
	RevokedMS  int64 // 0 = not revoked
	LastUsedMS int64 // when a file made with it was last taken in; 0 = never
	Files      int64 // files taken in
}

// KitKeys open the files that were made with a kit.
type KitKeys struct {
	Kit
	Identity  string            // age X25519 identity, secret
	PublicKey ed25519.PublicKey // of its signatures
}

// kitFile is the file that is handed out, once. Package wire of the agent reads it.
type kitFile struct {
	Version   int    `json:"sonae_kit"`
	ID        string `json:"id"`
	Name      string `json:"name"`
	Facility  string `json:"facility"`
	Recipient string `json:"recipient"`
	Key       []byte `json:"signing_key"`
	CreatedMS int64  `json:"created_ms"`
	ExpiresMS int64  `json:"expires_ms"`
}

// KitFileName is how the file of a kit is called; programs look for that name.
const KitFileName = "sonae-kit.json"

func kitPurpose(id string) string { return "kit " + id }

// CreateKit makes a collection kit and its file, whose signing key is kept nowhere else.
// FacilityID, Name and ExpiresMS must be set; the rest is filled in. Errors: invalid
// with its place, not found (facility).
func (r *Registry) CreateKit(ctx context.Context, tx *store.Tx, by Principal, k Kit) (file []byte, out Kit, err error) {
	k.Name = strings.TrimSpace(k.Name)
	if err := checkLine(k.Name, 200, true); err != nil {
		return nil, k, err.At("name")
	}
	f, err := r.FacilityByID(ctx, tx, k.FacilityID)
	if err != nil {
		return nil, k, err
	}
	k.ID, k.CreatedBy, k.CreatedMS, k.RevokedMS, k.LastUsedMS, k.Files = store.NewID(), by.Name, r.nowMS(), 0, 0, 0
	if k.ExpiresMS <= k.CreatedMS || k.ExpiresMS > k.CreatedMS+maxKitLife.Milliseconds() {
		return nil, k, fault.Invalid("identity.error.kit_life").At("expires")
	}
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, k, fmt.Errorf("make keys of kit: %w", err)
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, k, fmt.Errorf("make keys of kit: %w", err)
	}
	sealed, err := r.seal.Seal(kitPurpose(k.ID), []byte(key.String()))
	if err != nil {
		return nil, k, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO identity_kit (id, facility_id, name, identity_sealed, public_key, created_by, created_ms, expires_ms, files) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)`,
		k.ID, k.FacilityID, k.Name, sealed, []byte(public), k.CreatedBy, k.CreatedMS, k.ExpiresMS)
	if err != nil {
		return nil, k, fmt.Errorf("store kit: %w", err)
	}
	file, err = json.MarshalIndent(kitFile{Version: 1, ID: k.ID, Name: k.Name, Facility: f.Name, Recipient: key.Recipient().String(), Key: private.Seed(), CreatedMS: k.CreatedMS, ExpiresMS: k.ExpiresMS}, "", "  ")
	return file, k, err
}

const kitCols = `id, facility_id, name, created_by, created_ms, expires_ms, revoked_ms, last_used_ms, files`

func scanKit(scan func(...any) error) (Kit, error) {
	var k Kit
	var revoked, used sql.NullInt64
	err := scan(&k.ID, &k.FacilityID, &k.Name, &k.CreatedBy, &k.CreatedMS, &k.ExpiresMS, &revoked, &used, &k.Files)
	k.RevokedMS, k.LastUsedMS = revoked.Int64, used.Int64
	return k, err
}

var kitTable = listed[Kit]{table: "identity_kit", cols: kitCols, search: []string{"name", "created_by"}, scan: scanKit, id: func(k Kit) string { return k.ID }}

// Kits lists collection kits of the facilities in scope, newest first, with the next
// cursor (empty = no more) and how many match in all.
func (r *Registry) Kits(ctx context.Context, q store.Querier, f ListFilter) (list []Kit, next string, total int, err error) {
	return kitTable.page(ctx, q, f)
}

// KitByID reads a kit, revoked and expired ones too; not_found when there is none.
func (r *Registry) KitByID(ctx context.Context, q store.Querier, id string) (Kit, error) {
	return kitTable.byID(ctx, q, id, "identity.error.kit_unknown")
}

// KitKeys opens the keys of a kit. Errors: not_found; forbidden when it was revoked or
// has expired.
func (r *Registry) KitKeys(ctx context.Context, q store.Querier, id string) (KitKeys, error) {
	k, err := r.KitByID(ctx, q, id)
	if err != nil {
		return KitKeys{}, err
	}
	switch {
	case k.RevokedMS != 0:
		return KitKeys{}, fault.Forbidden("identity.error.kit_revoked", "Name", k.Name).WithHint("identity.error.kit.hint")
	case k.ExpiresMS <= r.nowMS():
		return KitKeys{}, fault.Forbidden("identity.error.kit_expired", "Name", k.Name).WithHint("identity.error.kit.hint")
	}
	out := KitKeys{Kit: k}
	var sealed, public []byte
	if err := q.QueryRow(ctx, `SELECT identity_sealed, public_key FROM identity_kit WHERE id = $1`, id).Scan(&sealed, &public); err != nil {
		return out, fmt.Errorf("read keys of kit %s: %w", id, err)
	}
	plain, err := r.seal.Unseal(kitPurpose(id), sealed)
	if err != nil {
		return out, fmt.Errorf("read keys of kit %s: %w", id, err)
	}
	out.Identity, out.PublicKey = string(plain), public
	return out, nil
}

// UsedKit notes that a file made with a kit was taken in.
func (r *Registry) UsedKit(ctx context.Context, tx *store.Tx, id string) error {
	_, err := tx.Exec(ctx, `UPDATE identity_kit SET last_used_ms = $1, files = files + 1 WHERE id = $2`, r.nowMS(), id)
	if err != nil {
		return fmt.Errorf("note use of kit %s: %w", id, err)
	}
	return nil
}

// RevokeKit ends a kit: files made with it are refused from now on, whenever they were
// made. What was taken in stays.
func (r *Registry) RevokeKit(ctx context.Context, tx *store.Tx, id string) error {
	res, err := tx.Exec(ctx, `UPDATE identity_kit SET revoked_ms = coalesce(revoked_ms, $1) WHERE id = $2`, r.nowMS(), id)
	if err != nil {
		return fmt.Errorf("revoke kit: %w", err)
	}
	return found(res, "identity.error.kit_unknown")
}
