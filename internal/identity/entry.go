package identity

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Protocol is what an agent of another maker speaks. Shown by "entry.protocol." + word.
type Protocol string

// Protocols with an entry.
const (
	ProtocolGLPI   Protocol = "glpi"            // GLPI Agent: XML first, then JSON
	ProtocolFusion Protocol = "fusioninventory" // FusionInventory 2.x: XML
	ProtocolOCS    Protocol = "ocs"             // OCS Inventory agent 2.x: XML
)

// Protocols is every protocol in the order of pages.
var Protocols = []Protocol{ProtocolGLPI, ProtocolFusion, ProtocolOCS}

// Method is what opens an entry. Shown by "entry.method." + word.
type Method string

// Methods. What opens an entry never changes; another one is another entry.
const (
	MethodSecret      Method = "secret"      // user name and secret with each request (HTTP Basic)
	MethodCertificate Method = "certificate" // a client certificate (TLS), see EntryCertificate
)

// Methods is every method in the order of pages; the first is the usual one.
var Methods = []Method{MethodSecret, MethodCertificate}

// EntryUser is the user name agents give beside the secret (HTTP Basic). The secret
// alone says which entry it is; the name is fixed so that instructions are the same
// everywhere.
const EntryUser = "sonae"

// entryBytes is the length of a secret, 160 bits: nobody guesses it, so that a plain
// hash keeps it.
const entryBytes = 20

// entryTrust is how long the time of use may lag: one write a minute instead of one a
// request.
const entryTrust = time.Minute

// Entry lets agents of another maker report into a facility. Without an open entry of
// a protocol the server does not answer to it at all. Its secret is shown once and
// kept as a hash; one that certificates open has none.
type Entry struct {
	ID         string
	Protocol   Protocol
	Method     Method
	FacilityID string
	Note       string // what it is for; at most 200 characters
	CreatedBy  string
	CreatedMS  int64
	ClosedMS   int64 // 0 = open
	LastUsedMS int64 // exact to a minute; 0 = never
}

// Principal makes the principal that reports through the entry; it has no rights
// beyond reporting.
func (e Entry) Principal(address string) Principal {
	return Principal{Kind: KindDevice, ID: e.ID, Name: cutLine(string(e.Protocol)+" "+e.Note, 200), FacilityID: e.FacilityID, Address: address}
}

// OpenEntry opens an entry. Protocol and FacilityID must be set, Method is
// MethodSecret when empty; the rest is filled in. secret is empty for an entry that
// certificates open. Errors: invalid with its place, not found (facility).
func (r *Registry) OpenEntry(ctx context.Context, tx *store.Tx, by Principal, e Entry) (secret string, out Entry, err error) {
	e.Note = strings.TrimSpace(e.Note)
	if err := checkLine(e.Note, 200, false); err != nil {
		return "", e, err.At("note")
	}
	if !slices.Contains(Protocols, e.Protocol) {
		return "", e, fault.Invalid("identity.error.protocol").At("protocol")
	}
	if e.Method == "" {
		e.Method = MethodSecret
	}
	if !slices.Contains(Methods, e.Method) {
		return "", e, fault.Invalid("identity.error.entry_method").At("method")
	}
	if _, err := r.FacilityByID(ctx, tx, e.FacilityID); err != nil {
		return "", e, err
	}
	e.ID, e.CreatedBy, e.CreatedMS, e.ClosedMS, e.LastUsedMS = store.NewID(), by.Name, r.nowMS(), 0, 0
	secret = randomText(entryBytes)
	_, err = tx.Exec(ctx, `INSERT INTO identity_entry (id, protocol, facility_id, note, secret_hash, created_by, created_ms, method) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.ID, string(e.Protocol), e.FacilityID, e.Note, tokenHash(secret), e.CreatedBy, e.CreatedMS, string(e.Method))
	if err != nil {
		return "", e, fmt.Errorf("store entry: %w", err)
	}
	if e.Method != MethodSecret {
		return "", e, nil // the hash stays one that nobody knows the secret of
	}
	return secret, e, nil
}

const entryCols = `id, protocol, facility_id, note, created_by, created_ms, closed_ms, last_used_ms, method`

func scanEntry(scan func(...any) error) (Entry, error) {
	var e Entry
	var closed, used sql.NullInt64
	err := scan(&e.ID, &e.Protocol, &e.FacilityID, &e.Note, &e.CreatedBy, &e.CreatedMS, &closed, &used, &e.Method)
	e.ClosedMS, e.LastUsedMS = closed.Int64, used.Int64
	return e, err
}

var entryTable = listed[Entry]{table: "identity_entry", cols: entryCols, search: []string{"note", "protocol"}, scan: scanEntry, id: func(e Entry) string { return e.ID }}

// Entries lists entries of the facilities in scope, newest first, closed ones too, with
// the next cursor (empty = no more) and how many match in all.
func (r *Registry) Entries(ctx context.Context, q store.Querier, f ListFilter) (list []Entry, next string, total int, err error) {
	return entryTable.page(ctx, q, f)
}

// EntryByID reads an entry, closed ones too; not_found when there is none.
func (r *Registry) EntryByID(ctx context.Context, q store.Querier, id string) (Entry, error) {
	return entryTable.byID(ctx, q, id, "identity.error.entry_unknown")
}

// CloseEntry closes an entry; machines it reported stay in the ledger.
func (r *Registry) CloseEntry(ctx context.Context, tx *store.Tx, id string) error {
	res, err := tx.Exec(ctx, `UPDATE identity_entry SET closed_ms = coalesce(closed_ms, $1) WHERE id = $2`, r.nowMS(), id)
	if err != nil {
		return fmt.Errorf("close entry: %w", err)
	}
	return found(res, "identity.error.entry_unknown")
}

// AnyEntry reports whether an entry of one of the protocols is open anywhere.
func (r *Registry) AnyEntry(ctx context.Context, q store.Querier, protocols ...Protocol) (bool, error) {
	var args []any
	var n int64
	err := q.QueryRow(ctx, `SELECT count(*) FROM identity_entry WHERE closed_ms IS NULL AND `+store.In("protocol", protocolWords(protocols), &args), args...).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for open entries: %w", err)
	}
	return n > 0, nil
}

func protocolWords(list []Protocol) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = string(p)
	}
	return out
}

// EntryBySecret finds the open entry of a secret and notes its use. Errors:
// unauthenticated when there is none.
func (r *Registry) EntryBySecret(ctx context.Context, db *store.DB, secret string) (Entry, error) {
	bad := fault.New(fault.CodeUnauthenticated, "identity.error.entry_secret").WithHint("identity.error.entry_secret.hint")
	if secret == "" || len(secret) > 200 {
		return Entry{}, bad
	}
	e, err := scanEntry(db.QueryRow(ctx, `SELECT `+entryCols+` FROM identity_entry WHERE secret_hash = $1 AND method = 'secret' AND closed_ms IS NULL`, tokenHash(secret)).Scan)
	if err != nil {
		if fault.Is(notFound(err, "x"), fault.CodeNotFound) {
			return Entry{}, bad
		}
		return Entry{}, fmt.Errorf("find entry: %w", err)
	}
	return r.UseEntry(ctx, db, e)
}

// UseEntry notes that an entry was used, at most once a minute.
func (r *Registry) UseEntry(ctx context.Context, db *store.DB, e Entry) (Entry, error) {
	now := r.nowMS()
	if now-e.LastUsedMS < entryTrust.Milliseconds() {
		return e, nil
	}
	err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE identity_entry SET last_used_ms = $1 WHERE id = $2`, now, e.ID)
		return err
	})
	if err != nil {
		return Entry{}, fmt.Errorf("note use of entry: %w", err)
	}
	e.LastUsedMS = now
	return e, nil
}
