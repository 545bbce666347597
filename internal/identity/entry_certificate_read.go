package identity

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"time"

	"sonae/internal/platform/authority"
	"sonae/internal/platform/fault"
)

// MaxCertificateBytes bounds an uploaded certificate; one has 1 to 3 kB.
const MaxCertificateBytes = 64 << 10

// minRSABits of a key that may open an entry (NIST SP 800-131A Rev. 2, table 2:
// shorter ones are disallowed).
const minRSABits = 2048

// readEntryCertificate reads one certificate: PEM, or DER as Windows exports it. More
// than one is refused, so that nobody lets in a whole authority who meant one machine.
func readEntryCertificate(file []byte) (*x509.Certificate, error) {
	bad := func(key string) error { return fault.Invalid(key).At("certificate") }
	if len(file) > MaxCertificateBytes {
		return nil, bad("identity.error.entry_certificate_large")
	}
	der := file
	if bytes.Contains(file, []byte("-----BEGIN")) {
		der = nil
		for block, rest := pem.Decode(file); block != nil; block, rest = pem.Decode(rest) {
			switch {
			case strings.Contains(block.Type, "PRIVATE KEY"):
				return nil, bad("identity.error.entry_certificate_key")
			case block.Type != "CERTIFICATE":
				return nil, bad("identity.error.entry_certificate_form")
			case der != nil:
				return nil, bad("identity.error.entry_certificate_two")
			}
			der = block.Bytes
		}
	}
	x, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fault.Invalid("identity.error.entry_certificate_form").At("certificate").Because(err)
	}
	return x, nil
}

// checkEntryCertificate refuses what could never let anybody in, or anybody at all. One
// that is not valid yet may be there ahead of its time.
func checkEntryCertificate(x *x509.Certificate, now time.Time) error {
	bad := func(key string) error { return fault.Invalid(key).At("certificate") }
	if now.After(x.NotAfter) {
		return bad("identity.error.entry_certificate_expired")
	}
	if k, ok := x.PublicKey.(*rsa.PublicKey); ok && k.N.BitLen() < minRSABits {
		return bad("identity.error.entry_certificate_weak")
	}
	if x.IsCA {
		if x.KeyUsage != 0 && x.KeyUsage&x509.KeyUsageCertSign == 0 {
			return bad("identity.error.entry_certificate_use")
		}
		return nil
	}
	if err := authority.Usable(x, now); errors.Is(err, authority.ErrUse) {
		return bad("identity.error.entry_certificate_use")
	}
	return nil
}
