package identity

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"sonae/internal/platform/authority"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// CertificateKind is what a certificate of an entry lets in. Shown by
// "entry.certificate." + word.
type CertificateKind string

// Kinds of certificates.
const (
	CertificateCA     CertificateKind = "ca"     // every client certificate that this authority signed
	CertificateLeaf   CertificateKind = "leaf"   // this one certificate
	CertificateIssued CertificateKind = "issued" // this one certificate, which Sonae made
)

// Limits and lives.
const (
	// maxEntryCertificates bounds what one entry holds at a time: more than one so that
	// the next can be rolled out before the one before is removed.
	maxEntryCertificates = 20
	// EntryCertificateLife of certificates that Sonae makes for entries: nobody renews
	// them by itself, and a key that signs is to be changed after one to three years
	// (NIST SP 800-57 Part 1 Rev. 5, 5.3.6).
	EntryCertificateLife = 2 * 365 * 24 * time.Hour
)

// EntryCertificate opens an entry for whoever holds its key (kinds leaf and issued) or
// a certificate that it signed (kind ca). Key and text of an issued one are shown once
// and not kept.
type EntryCertificate struct {
	ID        string
	EntryID   string
	Kind      CertificateKind
	SHA256    string // of the certificate, lower-case hexadecimal
	Subject   string // distinguished name (RFC 2253)
	Issuer    string
	StartMS   int64
	EndMS     int64
	AddedBy   string
	AddedMS   int64
	RemovedMS int64 // 0 = opens the entry
}

const entryCertificateCols = `id, entry_id, kind, sha256, subject, issuer, start_ms, end_ms, added_by, added_ms, removed_ms`

func scanEntryCertificate(scan func(...any) error) (EntryCertificate, error) {
	var c EntryCertificate
	var removed sql.NullInt64
	err := scan(&c.ID, &c.EntryID, &c.Kind, &c.SHA256, &c.Subject, &c.Issuer, &c.StartMS, &c.EndMS, &c.AddedBy, &c.AddedMS, &removed)
	c.RemovedMS = removed.Int64
	return c, err
}

// EntryCertificates lists the certificates that open an entry, newest first.
func (r *Registry) EntryCertificates(ctx context.Context, q store.Querier, entryID string) ([]EntryCertificate, error) {
	rows, err := q.Query(ctx, `SELECT `+entryCertificateCols+` FROM identity_entry_certificate WHERE entry_id = $1 AND removed_ms IS NULL ORDER BY id DESC`, entryID)
	if err != nil {
		return nil, fmt.Errorf("list certificates of entry: %w", err)
	}
	return collect(rows, scanEntryCertificate)
}

// AddEntryCertificate lets a certificate (PEM or DER, exactly one) open an entry: an
// authority's, or a single client's. a is Sonae's own authority, whose certificates are
// for devices and never open an entry. Errors: invalid (place "certificate"), conflict
// (entry closed or opened by secret, certificate known already, too many).
func (r *Registry) AddEntryCertificate(ctx context.Context, tx *store.Tx, by Principal, a *authority.Authority, entryID string, file []byte) (EntryCertificate, error) {
	x, err := readEntryCertificate(file)
	if err != nil {
		return EntryCertificate{}, err
	}
	if x.Equal(a.X509()) || a.Signed(x) {
		return EntryCertificate{}, fault.Invalid("identity.error.entry_certificate_own").At("certificate")
	}
	if err := checkEntryCertificate(x, r.now()); err != nil {
		return EntryCertificate{}, err
	}
	kind := CertificateLeaf
	if x.IsCA {
		kind = CertificateCA
	}
	return r.storeEntryCertificate(ctx, tx, by, entryID, kind, x)
}

// IssueEntryCertificate makes a certificate with a key for an entry. text is both in
// PEM, to be shown once: the key is kept nowhere. Errors: conflict.
func (r *Registry) IssueEntryCertificate(ctx context.Context, tx *store.Tx, by Principal, a *authority.Authority, entryID string) (text string, c EntryCertificate, err error) {
	leaf, key, err := a.Client(entryID, r.now(), EntryCertificateLife)
	if err != nil {
		return "", c, err
	}
	pem, err := authority.PEM(leaf.DER, key)
	if err != nil {
		return "", c, err
	}
	x, err := x509.ParseCertificate(leaf.DER)
	if err != nil {
		return "", c, fmt.Errorf("read back certificate of entry: %w", err)
	}
	c, err = r.storeEntryCertificate(ctx, tx, by, entryID, CertificateIssued, x)
	return string(pem), c, err
}

func (r *Registry) storeEntryCertificate(ctx context.Context, tx *store.Tx, by Principal, entryID string, kind CertificateKind, x *x509.Certificate) (EntryCertificate, error) {
	e, err := r.EntryByID(ctx, tx, entryID)
	if err != nil {
		return EntryCertificate{}, err
	}
	c := EntryCertificate{ID: store.NewID(), EntryID: e.ID, Kind: kind, SHA256: certificateSum(x), Subject: cutLine(x.Subject.String(), 500), Issuer: cutLine(x.Issuer.String(), 500),
		StartMS: store.MS(x.NotBefore), EndMS: store.MS(x.NotAfter), AddedBy: by.Name, AddedMS: r.nowMS()}
	if err := r.entryTakes(ctx, tx, e, c.SHA256); err != nil {
		return c, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO identity_entry_certificate (id, entry_id, kind, sha256, subject, issuer, der, start_ms, end_ms, added_by, added_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, c.ID, c.EntryID, string(c.Kind), c.SHA256, c.Subject, c.Issuer, x.Raw, c.StartMS, c.EndMS, c.AddedBy, c.AddedMS)
	if err != nil {
		return c, fmt.Errorf("store certificate of entry: %w", err)
	}
	r.asked.forget()
	return c, nil
}

// entryTakes checks that the entry is one that certificates open, has room, and that
// the certificate tells it from every other entry.
func (r *Registry) entryTakes(ctx context.Context, tx *store.Tx, e Entry, sum string) error {
	if e.Method != MethodCertificate || e.ClosedMS != 0 {
		return fault.Conflict("identity.error.entry_no_certificates")
	}
	var have, taken int64
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM identity_entry_certificate WHERE entry_id = $1 AND removed_ms IS NULL`, e.ID).Scan(&have); err != nil {
		return fmt.Errorf("count certificates of entry: %w", err)
	}
	if have >= maxEntryCertificates {
		return fault.Conflict("identity.error.entry_certificates_many", "Max", maxEntryCertificates)
	}
	err := tx.QueryRow(ctx, `SELECT count(*) FROM identity_entry_certificate c JOIN identity_entry e ON e.id = c.entry_id
		WHERE c.sha256 = $1 AND c.removed_ms IS NULL AND e.closed_ms IS NULL AND (e.protocol = $2 OR e.facility_id <> $3)`, sum, string(e.Protocol), e.FacilityID).Scan(&taken)
	if err != nil {
		return fmt.Errorf("look for certificate of entry: %w", err)
	}
	if taken > 0 {
		return fault.Conflict("identity.error.entry_certificate_taken").At("certificate")
	}
	return nil
}

// RemoveEntryCertificate ends that a certificate opens an entry, at once. Errors: not
// found.
func (r *Registry) RemoveEntryCertificate(ctx context.Context, tx *store.Tx, entryID, id string) (EntryCertificate, error) {
	c, err := scanEntryCertificate(tx.QueryRow(ctx, `SELECT `+entryCertificateCols+` FROM identity_entry_certificate WHERE id = $1 AND entry_id = $2 AND removed_ms IS NULL`, id, entryID).Scan)
	if err != nil {
		return c, notFound(err, "identity.error.entry_certificate_unknown")
	}
	c.RemovedMS = r.nowMS()
	if _, err := tx.Exec(ctx, `UPDATE identity_entry_certificate SET removed_ms = $1 WHERE id = $2`, c.RemovedMS, c.ID); err != nil {
		return c, fmt.Errorf("remove certificate of entry: %w", err)
	}
	r.asked.forget()
	return c, nil
}

func certificateSum(x *x509.Certificate) string {
	sum := sha256.Sum256(x.Raw)
	return hex.EncodeToString(sum[:])
}
