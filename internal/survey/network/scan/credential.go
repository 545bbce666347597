package scan

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/seal"
	"sonae/internal/platform/store"
)

// purpose is what secrets of credentials are sealed for.
const purpose = "network.scan"

// Secret is what a person types once and nobody reads again. Its printed forms show
// nothing of it.
type Secret struct {
	Community string `json:"community,omitempty"`
	AuthKey   string `json:"auth_key,omitempty"`
	PrivKey   string `json:"priv_key,omitempty"`
}

// Empty reports that nothing was typed.
func (s Secret) Empty() bool { return s == Secret{} }

// String shows no secret.
func (s Secret) String() string { return "(secret)" }

// GoString shows no secret.
func (s Secret) GoString() string { return "(secret)" }

// Format shows no secret, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("(secret)")) }

// LogValue shows no secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue("(secret)") }

// Credential is what opens devices, without its secret.
type Credential struct {
	ID         string
	FacilityID string
	Name       string // 1–100 characters
	Version    string // "2c" or "3"
	User       string // 3: user name
	Auth       string // 3: protocol of authentication; empty = none
	Priv       string // 3: protocol of encryption; empty = none
	Context    string // 3: context; usually empty
	Revision   int64
	By         string
	CreatedMS  int64
	UpdatedMS  int64

	sealed []byte
}

// Check is how a caller tests a credential with its secret before it is kept: the
// protocol's own rules, which live beside the protocol. Errors name the place.
type Check func(Credential, Secret) error

const credentialCols = `id, facility_id, name, version, user_name, auth, priv, context, secret, revision, by_name, created_ms, updated_ms`

func scanCredential(scan func(...any) error) (c Credential, err error) {
	return c, scan(&c.ID, &c.FacilityID, &c.Name, &c.Version, &c.User, &c.Auth, &c.Priv, &c.Context, &c.sealed, &c.Revision, &c.By, &c.CreatedMS, &c.UpdatedMS)
}

// clean brings a credential into one form and drops what its version does not use.
func (c *Credential) clean(s *Secret) error {
	c.Name = strings.TrimSpace(c.Name)
	switch {
	case c.Name == "":
		return fault.Invalid("form.error.empty").At("name")
	case !fits(c.Name, 100):
		return fault.Invalid("network.error.text", "Max", 100).At("name")
	}
	if c.Version == "2c" {
		c.User, c.Auth, c.Priv, c.Context, s.AuthKey, s.PrivKey = "", "", "", "", "", ""
		return nil
	}
	s.Community = ""
	if c.Auth == "" {
		s.AuthKey = ""
	}
	if c.Priv == "" {
		s.PrivKey = ""
	}
	if !fits(c.User, 32) || !fits(c.Context, 32) {
		return fault.Invalid("snmp.error.user").At("user")
	}
	return nil
}

// CreateCredential adds a credential; its secret is sealed and never given back. Errors:
// invalid with the place.
func CreateCredential(ctx context.Context, tx *store.Tx, key *seal.Key, c Credential, s Secret, check Check, nowMS int64) (Credential, error) {
	if err := c.clean(&s); err != nil {
		return c, err
	}
	if err := check(c, s); err != nil {
		return c, err
	}
	c.ID, c.Revision, c.CreatedMS, c.UpdatedMS = store.NewID(), 1, nowMS, nowMS
	if err := c.seal(key, s); err != nil {
		return c, err
	}
	_, err := tx.Exec(ctx, `INSERT INTO network_scan_credential (`+credentialCols+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		c.ID, c.FacilityID, c.Name, c.Version, c.User, c.Auth, c.Priv, c.Context, c.sealed, c.Revision, c.By, c.CreatedMS, c.UpdatedMS)
	if err != nil {
		return c, fmt.Errorf("store credential %s: %w", c.ID, err)
	}
	return c, nil
}

// UpdateCredential changes a credential; c.Revision is the one that was seen. What is
// empty in the secret keeps what is stored, unless the version changes. Errors: invalid,
// conflict, not found.
func UpdateCredential(ctx context.Context, tx *store.Tx, key *seal.Key, c Credential, s Secret, check Check, nowMS int64) (Credential, error) {
	old, err := CredentialByID(ctx, tx, c.ID)
	if err != nil {
		return c, err
	}
	c.FacilityID, c.CreatedMS = old.FacilityID, old.CreatedMS
	if c.Version == old.Version {
		stored, err := old.Open(key)
		if err != nil {
			return c, err
		}
		keepOld(&s.Community, stored.Community)
		keepOld(&s.AuthKey, stored.AuthKey)
		keepOld(&s.PrivKey, stored.PrivKey)
	}
	if err := c.clean(&s); err != nil {
		return c, err
	}
	if err := check(c, s); err != nil {
		return c, err
	}
	if err := c.seal(key, s); err != nil {
		return c, err
	}
	seen := c.Revision
	c.Revision, c.UpdatedMS = seen+1, nowMS
	res, err := tx.Exec(ctx, `UPDATE network_scan_credential SET name = $1, version = $2, user_name = $3, auth = $4, priv = $5, context = $6, secret = $7, revision = $8, by_name = $9, updated_ms = $10
		WHERE id = $11 AND revision = $12`, c.Name, c.Version, c.User, c.Auth, c.Priv, c.Context, c.sealed, c.Revision, c.By, c.UpdatedMS, c.ID, seen)
	if err != nil {
		return c, fmt.Errorf("change credential %s: %w", c.ID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return c, fault.Conflict("network.error.changed").Because(err)
	}
	return c, nil
}

func keepOld(now *string, old string) {
	if *now == "" {
		*now = old
	}
}

// RemoveCredential forgets a credential and its secret. Errors: conflict when a plan uses
// it, or it was changed meanwhile.
func RemoveCredential(ctx context.Context, tx *store.Tx, c Credential, revision int64) error {
	plans, err := Plans(ctx, tx, []string{c.FacilityID})
	if err != nil {
		return err
	}
	for _, p := range plans {
		if slices.Contains(p.Settings.Credentials, c.ID) {
			return fault.Conflict("scan.error.credential_used", "Plan", p.Name)
		}
	}
	res, err := tx.Exec(ctx, `DELETE FROM network_scan_credential WHERE id = $1 AND revision = $2`, c.ID, revision)
	if err != nil {
		return fmt.Errorf("remove credential %s: %w", c.ID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fault.Conflict("network.error.changed").Because(err)
	}
	return nil
}

func (c *Credential) seal(key *seal.Key, s Secret) error {
	body, err := json.Marshal(s)
	if err != nil {
		return errors.New("encode the secret of a credential")
	}
	c.sealed, err = key.Seal(purpose+"/"+c.ID, body)
	return err
}

// Open gives the secret, for asking. Errors: unavailable when it was sealed with another
// server key.
func (c Credential) Open(key *seal.Key) (s Secret, err error) {
	body, err := key.Unseal(purpose+"/"+c.ID, c.sealed)
	if err == nil {
		err = json.Unmarshal(body, &s)
	}
	if err != nil {
		return s, fault.New(fault.CodeUnavailable, "scan.error.sealed", "Name", c.Name).Because(err)
	}
	return s, nil
}

// CredentialByID reads a credential. Errors: not found.
func CredentialByID(ctx context.Context, q store.Querier, id string) (Credential, error) {
	c, err := scanCredential(q.QueryRow(ctx, `SELECT `+credentialCols+` FROM network_scan_credential WHERE id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fault.NotFound("scan.error.credential_not_found")
	}
	if err != nil {
		return c, fmt.Errorf("read credential %s: %w", id, err)
	}
	return c, nil
}

// Credentials lists the credentials of facilities (nil = all) by name.
func Credentials(ctx context.Context, q store.Querier, facilities []string) ([]Credential, error) {
	var args []any
	where := `1 = 1`
	if facilities != nil {
		where = store.In("facility_id", facilities, &args)
	}
	return rowsOf(ctx, q, "credentials", `SELECT `+credentialCols+` FROM network_scan_credential WHERE `+where+` ORDER BY name, id`, args, scanCredential)
}
