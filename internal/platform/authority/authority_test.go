package authority

import (
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"testing"
	"time"
)

var day = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

func newAuthority(t *testing.T) *Authority {
	t.Helper()
	a, err := New("Sonae test", day)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func device(t *testing.T, a *Authority, life time.Duration) (*x509.Certificate, ed25519.PrivateKey) {
	t.Helper()
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := a.Device("0192aaaa", public, day, life)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(leaf.DER)
	if err != nil {
		t.Fatal(err)
	}
	if Serial(cert) != leaf.Serial || !cert.NotAfter.Equal(leaf.End) || cert.Subject.CommonName != "0192aaaa" {
		t.Errorf("leaf %+v does not tell what %v holds", leaf, cert.Subject)
	}
	return cert, key
}

func TestCheck(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	mine, _ := device(t, a, 24*time.Hour)
	foreign, _ := device(t, other, 24*time.Hour)
	server, err := a.Server(day, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		leaf *x509.Certificate
		at   time.Time
		want error
	}{
		"good":              {mine, day, nil},
		"first moment":      {mine, mine.NotBefore, nil},
		"last moment":       {mine, mine.NotAfter, nil},
		"expired":           {mine, mine.NotAfter.Add(time.Second), ErrExpired},
		"early":             {mine, mine.NotBefore.Add(-time.Second), ErrEarly},
		"foreign":           {foreign, day, ErrForeign},
		"server's leaf":     {server.Leaf, day, ErrUse},
		"authority itself":  {a.X509(), day, ErrUse},
		"another authority": {other.X509(), day, ErrForeign},
	} {
		if err := a.Check(c.leaf, c.at); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// A device's leaf must not pass as the server's, nor the other way round, for any
// verifier of X.509.
func TestLeavesAreOfOneUse(t *testing.T) {
	a := newAuthority(t)
	mine, _ := device(t, a, 24*time.Hour)
	server, err := a.Server(day, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.X509())
	if _, err := mine.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: day, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}); err == nil {
		t.Error("a device may pose as the server")
	}
	if _, err := server.Leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: day, DNSName: ServerName, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}); err != nil {
		t.Error(err)
	}
}

func TestMarshal(t *testing.T) {
	a := newAuthority(t)
	secret, err := a.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(secret)
	if err != nil {
		t.Fatal(err)
	}
	leaf, _ := device(t, again, time.Hour)
	if err := a.Check(leaf, day); err != nil || a.KeyPin() != again.KeyPin() {
		t.Errorf("the authority read back is another one: %v", err)
	}
	for _, bad := range [][]byte{nil, secret[:len(secret)-1], append(secret, 0)} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("%d bytes were read", len(bad))
		}
	}
}

func TestLifeEndsWithTheAuthority(t *testing.T) {
	a := newAuthority(t)
	public, _, _ := ed25519.GenerateKey(nil)
	leaf, err := a.Device("x", public, day.Add(Life-time.Hour), 24*time.Hour)
	if err != nil || leaf.End.After(a.X509().NotAfter) {
		t.Errorf("ends %v after its authority %v, err %v", leaf.End, a.X509().NotAfter, err)
	}
}

func TestRequest(t *testing.T) {
	public, key, _ := ed25519.GenerateKey(nil)
	other, _, _ := ed25519.GenerateKey(nil)
	csr, err := x509.CreateCertificateRequest(nil, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	if err := Request(csr, public); err != nil {
		t.Error(err)
	}
	if Request(csr, other) == nil {
		t.Error("a request for another key is taken")
	}
	for i := range csr {
		bad := append([]byte(nil), csr...)
		bad[i] ^= 1
		if Request(bad, public) == nil {
			t.Errorf("byte %d changed, and taken", i)
		}
	}
}

// FuzzRequest: bytes of strangers never crash and never pass.
func FuzzRequest(f *testing.F) {
	_, key, _ := ed25519.GenerateKey(nil)
	csr, _ := x509.CreateCertificateRequest(nil, &x509.CertificateRequest{}, key)
	f.Add(csr)
	other, _, _ := ed25519.GenerateKey(nil)
	f.Fuzz(func(t *testing.T, body []byte) {
		if Request(body, other) == nil {
			t.Error("passed")
		}
	})
}
