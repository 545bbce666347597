package identity

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"sonae/internal/platform/authority"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Lives of device certificates.
const (
	// CertificateLife spans the time a machine may be switched off and still report by
	// itself afterwards; agents renew when a third of it is left.
	CertificateLife = 180 * 24 * time.Hour
	// certificateLate is how long after its end a certificate may still be renewed with
	// the device's key alone: a ventilator cart comes back from repair. After that a
	// person has to enrol the machine again.
	certificateLate = 180 * 24 * time.Hour
	// certificateFresh: a certificate with more than this left is given again instead
	// of a new one, so that repeated requests cost nothing.
	certificateFresh = CertificateLife * 2 / 3
)

// IssueCertificate gives a device a certificate for its key. csr (PKCS #10, DER)
// proves that whoever asks holds the key; nothing else in it counts. While the device
// holds a fresh certificate it gets the same one again, and made is false. afresh is
// set right after enrolment, when a token has just vouched for the machine. Errors:
// forbidden (revoked, or lapsed so long ago that a token is needed), invalid (csr).
// The authority comes from the caller: making one needs a transaction of its own.
func (r *Registry) IssueCertificate(ctx context.Context, tx *store.Tx, a *authority.Authority, deviceID string, csr []byte, afresh bool) (der []byte, d Device, made bool, err error) {
	d, err = scanDevice(tx.QueryRow(ctx, `SELECT `+deviceCols+` FROM identity_device WHERE id = $1`, deviceID).Scan)
	if err != nil {
		return nil, d, false, notFound(err, "identity.error.device_unknown")
	}
	if err := revokedFault(d); err != nil {
		return nil, d, false, err
	}
	if err := authority.Request(csr, d.PublicKey); err != nil {
		return nil, d, false, fault.Invalid("identity.error.certificate_request").At("csr").Because(err)
	}
	now := r.now()
	end := time.UnixMilli(d.CertificateEndMS)
	if d.CertificateEndMS != 0 && !afresh && now.After(end.Add(certificateLate)) {
		return nil, d, false, fault.Forbidden("identity.error.certificate_lapsed")
	}
	if d.CertificateEndMS != 0 && now.Add(certificateFresh).Before(end) {
		err = tx.QueryRow(ctx, `SELECT certificate FROM identity_device WHERE id = $1`, d.ID).Scan(&der)
		return der, d, false, err
	}
	der, err = r.newCertificate(ctx, tx, a, &d, now)
	return der, d, err == nil, err
}

func (r *Registry) newCertificate(ctx context.Context, tx *store.Tx, a *authority.Authority, d *Device, now time.Time) ([]byte, error) {
	leaf, err := a.Device(d.ID, d.PublicKey, now, CertificateLife)
	if err != nil {
		return nil, err
	}
	if d.CertificateBefore == "" { // the newest is in use: it stays good until the next one is
		d.CertificateBefore = d.CertificateSerial
	}
	d.CertificateSerial, d.CertificateEndMS = leaf.Serial, store.MS(leaf.End)
	_, err = tx.Exec(ctx, `UPDATE identity_device SET certificate = $1, certificate_serial = $2, certificate_before = $3, certificate_end_ms = $4 WHERE id = $5`,
		leaf.DER, d.CertificateSerial, d.CertificateBefore, d.CertificateEndMS, d.ID)
	if err != nil {
		return nil, fmt.Errorf("store certificate: %w", err)
	}
	r.devices.drop(d.ID)
	return leaf.DER, nil
}

// signedLeaves remembers which leaf of a device was checked last, so that the
// signature of the authority costs once and not with every report.
type signedLeaves struct {
	mu   sync.Mutex
	byID map[string][sha256.Size]byte
}

func (s *signedLeaves) has(id string, sum [sha256.Size]byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[id] == sum
}

func (s *signedLeaves) add(id string, sum [sha256.Size]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil || len(s.byID) >= deviceCacheMax {
		s.byID = map[string][sha256.Size]byte{}
	}
	s.byID[id] = sum
}

// CheckCertificate tells whether leaf is a good certificate of device d now: of our
// authority, in time, for this device and key, and neither replaced nor revoked. Each
// thing that may be wrong is an unauthenticated fault with a reason of its own.
// That the peer holds the key is for TLS to have checked.
func (r *Registry) CheckCertificate(ctx context.Context, d Device, leaf *x509.Certificate) error {
	a, err := r.Authority(ctx)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(leaf.Raw)
	if !r.leaves.has(d.ID, sum) {
		if !a.Signed(leaf) {
			return badCertificate("identity.error.certificate_foreign")
		}
		if key, ok := leaf.PublicKey.(ed25519.PublicKey); !ok || leaf.Subject.CommonName != d.ID || !bytes.Equal(key, d.PublicKey) {
			return badCertificate("identity.error.certificate_device")
		}
		r.leaves.add(d.ID, sum)
	}
	switch err := authority.Valid(leaf, r.now()); {
	case errors.Is(err, authority.ErrExpired):
		return badCertificate("identity.error.certificate_expired")
	case errors.Is(err, authority.ErrEarly):
		return badCertificate("identity.error.certificate_early")
	case err != nil:
		return badCertificate("identity.error.certificate_foreign").Because(err)
	}
	return r.useCertificate(ctx, d, authority.Serial(leaf))
}

func badCertificate(key string) *fault.Error {
	return fault.New(fault.CodeUnauthenticated, key).WithHint("identity.hint.certificate")
}

// useCertificate compares the number with those the device may use; the first use of
// a new certificate ends the one before.
func (r *Registry) useCertificate(ctx context.Context, d Device, serial string) error {
	if serial != d.CertificateSerial && (serial != d.CertificateBefore || serial == "") {
		// Another server may have given it a moment ago.
		fresh, err := scanDevice(r.db.QueryRow(ctx, `SELECT `+deviceCols+` FROM identity_device WHERE id = $1`, d.ID).Scan)
		if err != nil {
			return notFound(err, "identity.error.device_unknown")
		}
		if d = fresh; serial != d.CertificateSerial && serial != d.CertificateBefore {
			return badCertificate("identity.error.certificate_replaced")
		}
		r.devices.put(d)
	}
	if serial != d.CertificateSerial || d.CertificateBefore == "" {
		return nil
	}
	err := r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE identity_device SET certificate_before = '' WHERE id = $1 AND certificate_serial = $2`, d.ID, serial)
		return err
	})
	r.devices.drop(d.ID)
	if err != nil {
		return fmt.Errorf("end replaced certificate: %w", err)
	}
	return nil
}
