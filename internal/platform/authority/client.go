package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"
)

// maxIntermediates is how many certificates beside its own a client may bring; chains
// have one or two.
const maxIntermediates = 4

// ErrAnchorTime says that the certificate of a CA that a chain leads to is out of date.
var ErrAnchorTime = errors.New("certificate of the authority is out of date")

// Client signs a certificate with a fresh key for a program that is no device of ours;
// name becomes its common name. It can never pass as a device's: those carry the
// device's own Ed25519 key and identifier, and this key is ECDSA on P-256.
func (a *Authority) Client(name string, now time.Time, life time.Duration) (Leaf, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Leaf{}, nil, fmt.Errorf("make client key: %w", err)
	}
	leaf, err := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name, Organization: []string{"Sonae entry"}}, NotAfter: now.Add(life),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, &key.PublicKey, now)
	return leaf, key, err
}

// PEM writes a certificate (DER) and its key into one text, as programs built on
// OpenSSL read a client certificate from a single file.
func PEM(der []byte, key *ecdsa.PrivateKey) ([]byte, error) {
	k, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode client key: %w", err)
	}
	out := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return append(out, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: k})...), nil
}

// Usable tells whether leaf may prove a TLS client and is valid at now; who signed it
// is not looked at. Without an extended key usage any use is meant (RFC 5280,
// 4.2.1.12). Errors: ErrUse, ErrEarly, ErrExpired.
func Usable(leaf *x509.Certificate, now time.Time) error {
	switch {
	case leaf.IsCA || len(leaf.UnhandledCriticalExtensions) > 0 || !forClients(leaf):
		return ErrUse
	case now.Before(leaf.NotBefore):
		return ErrEarly
	case now.After(leaf.NotAfter):
		return ErrExpired
	}
	return nil
}

func forClients(c *x509.Certificate) bool {
	if c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return false
	}
	if len(c.ExtKeyUsage) == 0 && len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}

// Chain tells whether chain, a client's certificate and what it brought along, leads
// to anchor, which may be an intermediate authority, and is good at now; length is the
// number of certificates from the client's to the anchor. Errors: ErrForeign, ErrUse,
// ErrEarly, ErrExpired, ErrAnchorTime.
func Chain(chain []*x509.Certificate, anchor *x509.Certificate, now time.Time) (length int, err error) {
	if len(chain) == 0 || len(chain) > 1+maxIntermediates {
		return 0, ErrForeign
	}
	leaf := chain[0]
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(anchor)
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	// At a moment when the leaf is valid: whose it is, is one question, and whether it
	// is still good another.
	at := now
	if at.Before(leaf.NotBefore) {
		at = leaf.NotBefore
	} else if at.After(leaf.NotAfter) {
		at = leaf.NotAfter
	}
	found, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		return 0, chainFault(leaf, err, now)
	}
	length = len(slices.MinFunc(found, func(a, b []*x509.Certificate) int { return len(a) - len(b) }))
	return length, Usable(leaf, now)
}

func chainFault(leaf *x509.Certificate, err error, now time.Time) error {
	bad, ok := errors.AsType[x509.CertificateInvalidError](err)
	if ok && bad.Reason == x509.IncompatibleUsage {
		return ErrUse
	}
	if ok && bad.Reason == x509.Expired {
		if err := Usable(leaf, now); err != nil {
			return err
		}
		return ErrAnchorTime
	}
	return fmt.Errorf("%w: %w", ErrForeign, err)
}
