// Package authority is a small certificate authority (X.509, RFC 5280): one key,
// one self-signed certificate, and leaves for devices (client side of TLS) and for
// this server (server side). It keeps no list: who may hold which certificate, and
// whether one was revoked, is for its user to say.
//
// The authority's key is ECDSA on P-256: every TLS library between the agent and
// the server can check it. Leaves of devices carry the device's own Ed25519 key.
package authority

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Lives and tolerances.
const (
	// Life of the authority: longer than the machines of a hospital are kept.
	Life = 20 * 365 * 24 * time.Hour
	// backdate lets a certificate be used at once by a server whose clock is behind.
	backdate = time.Hour
	// ServerName is the one name in the server's leaf. It is no host: the authority
	// signs for one Sonae only, so whoever holds such a leaf is that Sonae, under
	// whatever address it is reached.
	ServerName = "server.sonae.internal"
)

// Errors of Check, one a reason that people have to act on differently.
var (
	ErrForeign = errors.New("certificate of another authority")
	ErrExpired = errors.New("certificate has expired")
	ErrEarly   = errors.New("certificate is not valid yet")
	ErrUse     = errors.New("certificate is not for this use")
)

// Authority signs. Safe for concurrent use.
type Authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// New makes an authority whose certificate carries name.
func New(name string, now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make authority key: %w", err)
	}
	t := &x509.Certificate{
		SerialNumber: serialNumber(), Subject: pkix.Name{CommonName: name, Organization: []string{"Sonae"}},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(Life),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make authority certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read back authority certificate: %w", err)
	}
	return &Authority{key, cert}, nil
}

// stored is how an authority is kept (DER), to be sealed by its user.
type stored struct{ Key, Certificate []byte }

// Marshal gives key and certificate, for sealing.
func (a *Authority) Marshal() ([]byte, error) {
	key, err := x509.MarshalECPrivateKey(a.key)
	if err != nil {
		return nil, fmt.Errorf("encode authority key: %w", err)
	}
	return asn1.Marshal(stored{key, a.cert.Raw})
}

// Parse reads what Marshal wrote.
func Parse(secret []byte) (*Authority, error) {
	var s stored
	if rest, err := asn1.Unmarshal(secret, &s); err != nil || len(rest) > 0 {
		return nil, errors.New("stored authority cannot be read")
	}
	key, err := x509.ParseECPrivateKey(s.Key)
	if err != nil {
		return nil, fmt.Errorf("read authority key: %w", err)
	}
	cert, err := x509.ParseCertificate(s.Certificate)
	if err != nil {
		return nil, fmt.Errorf("read authority certificate: %w", err)
	}
	return &Authority{key, cert}, nil
}

// Certificate is the authority's own certificate in DER.
func (a *Authority) Certificate() []byte { return a.cert.Raw }

// X509 is the authority's own certificate, for the list that a TLS server names.
func (a *Authority) X509() *x509.Certificate { return a.cert }

// KeyPin is the hex SHA-256 of the authority's public key (SubjectPublicKeyInfo).
func (a *Authority) KeyPin() string {
	sum := sha256.Sum256(a.cert.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// Leaf is a signed certificate.
type Leaf struct {
	DER    []byte
	Serial string    // lower-case hexadecimal
	End    time.Time // end of validity, whole seconds
}

// Request checks a certificate signing request (PKCS #10, RFC 2986): the signature
// that proves possession, and that the key is the expected one. Names and
// extensions in it are not looked at: the authority alone says what a leaf holds.
func Request(csr []byte, key ed25519.PublicKey) error {
	r, err := x509.ParseCertificateRequest(csr)
	if err != nil {
		return fmt.Errorf("read certificate request: %w", err)
	}
	if err := r.CheckSignature(); err != nil {
		return fmt.Errorf("signature of certificate request: %w", err)
	}
	if have, ok := r.PublicKey.(ed25519.PublicKey); !ok || !have.Equal(key) {
		return errors.New("certificate request is for another key")
	}
	return nil
}

// Device signs a leaf for a device's key; id becomes its common name.
func (a *Authority) Device(id string, key ed25519.PublicKey, now time.Time, life time.Duration) (Leaf, error) {
	return a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: id, Organization: []string{"Sonae device"}}, NotAfter: now.Add(life),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, key, now)
}

// Server makes a leaf with a fresh key for this process, never stored.
func (a *Authority) Server(now time.Time, life time.Duration) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make server key: %w", err)
	}
	leaf, err := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "Sonae server", Organization: []string{"Sonae"}}, DNSNames: []string{ServerName}, NotAfter: now.Add(life),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, &key.PublicKey, now)
	if err != nil {
		return tls.Certificate{}, err
	}
	parsed, err := x509.ParseCertificate(leaf.DER)
	return tls.Certificate{Certificate: [][]byte{leaf.DER, a.cert.Raw}, PrivateKey: key, Leaf: parsed}, err
}

func (a *Authority) sign(t *x509.Certificate, key any, now time.Time) (Leaf, error) {
	t.SerialNumber, t.NotBefore, t.KeyUsage = serialNumber(), now.Add(-backdate), x509.KeyUsageDigitalSignature
	t.BasicConstraintsValid = true
	if t.NotAfter.After(a.cert.NotAfter) {
		t.NotAfter = a.cert.NotAfter
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, key, a.key)
	if err != nil {
		return Leaf{}, fmt.Errorf("sign certificate: %w", err)
	}
	return Leaf{der, Serial(t), t.NotAfter.UTC().Truncate(time.Second)}, nil
}

// Serial writes a certificate's number the way Leaf has it.
func Serial(c *x509.Certificate) string { return c.SerialNumber.Text(16) }

// serialNumber has 127 random bits (RFC 5280, 4.1.2.2: positive, at most 20 bytes).
func serialNumber() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return n.Add(n, big.NewInt(1))
}

// Check tells whether leaf is a device's leaf of this authority and valid at now.
func (a *Authority) Check(leaf *x509.Certificate, now time.Time) error {
	if !a.Signed(leaf) {
		return ErrForeign
	}
	return Valid(leaf, now)
}

// Signed tells whether this authority signed leaf. It is the dear half of Check, and
// its answer never changes.
func (a *Authority) Signed(leaf *x509.Certificate) bool {
	return leaf.CheckSignatureFrom(a.cert) == nil
}

// Valid tells whether leaf is for devices and valid at now; who signed it is not
// looked at.
func Valid(leaf *x509.Certificate, now time.Time) error {
	switch {
	case leaf.IsCA || len(leaf.ExtKeyUsage) != 1 || leaf.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth || len(leaf.UnhandledCriticalExtensions) > 0:
		return ErrUse
	case now.Before(leaf.NotBefore):
		return ErrEarly
	case now.After(leaf.NotAfter):
		return ErrExpired
	}
	return nil
}
