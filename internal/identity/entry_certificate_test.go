package identity

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"sonae/internal/platform/authority"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

// signed makes a certificate, by itself or by another.
func signed(t testing.TB, wanted, by *x509.Certificate, key, byKey ed25519.PrivateKey) *x509.Certificate {
	t.Helper()
	wanted.SerialNumber, wanted.BasicConstraintsValid = big.NewInt(time.Now().UnixNano()), true
	if by == nil {
		by, byKey = wanted, key
	}
	der, err := x509.CreateCertificate(rand.Reader, wanted, by, key.Public(), byKey)
	if err != nil {
		t.Fatal(err)
	}
	x, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func inPEM(x *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: x.Raw})
}

func TestEntryCertificates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		own, err := d.Authority(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		a, b := d.facility("本院").ID, d.facility("分院").ID
		entry := func(p Protocol, m Method, facility string) (e Entry) {
			d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
				_, e, err = d.OpenEntry(ctx, tx, System("test"), Entry{Protocol: p, Method: m, FacilityID: facility})
				return err
			})
			return e
		}
		add := func(e Entry, file []byte) (c EntryCertificate, err error) {
			err = d.try(func(ctx context.Context, tx *store.Tx) error {
				c, err = d.AddEntryCertificate(ctx, tx, System("test"), own, e.ID, file)
				return err
			})
			return c, err
		}
		now := d.clock.now()
		_, key, _ := ed25519.GenerateKey(nil)
		_, key2, _ := ed25519.GenerateKey(nil)
		form := func(change func(*x509.Certificate)) *x509.Certificate {
			c := &x509.Certificate{Subject: pkix.Name{CommonName: "pc"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature}
			if change != nil {
				change(c)
			}
			return c
		}
		asCA := func(c *x509.Certificate) { c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign }
		root := signed(t, form(asCA), nil, key, nil)
		leaf := signed(t, form(nil), root, key2, key)
		glpi, secret := entry(ProtocolGLPI, MethodCertificate, a), entry(ProtocolGLPI, MethodSecret, a)

		weak, _ := rsa.GenerateKey(rand.Reader, 1024)
		der, err := x509.CreateCertificate(rand.Reader, form(func(c *x509.Certificate) { c.SerialNumber = big.NewInt(1) }), root, weak.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		device, err := own.Device("x", key.Public().(ed25519.PublicKey), now, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		private, _ := x509.MarshalPKCS8PrivateKey(key)
		for name, c := range map[string]struct {
			file []byte
			key  string
		}{
			"nothing": {nil, "form"}, "text": {[]byte("<script>"), "form"}, "large": {bytes.Repeat([]byte("x"), MaxCertificateBytes+1), "large"},
			"two": {append(inPEM(root), inPEM(leaf)...), "two"}, "with key": {append(inPEM(leaf), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...), "key"},
			"request": {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: leaf.Raw}), "form"}, "half": {inPEM(leaf)[:200], "form"},
			"expired":                     {inPEM(signed(t, form(func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) }), root, key2, key)), "expired"},
			"server's":                    {inPEM(signed(t, form(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), root, key2, key)), "use"},
			"authority that may not sign": {inPEM(signed(t, form(func(c *x509.Certificate) { c.IsCA = true }), nil, key, nil)), "use"},
			"short key":                   {der, "weak"}, "Sonae's authority": {own.Certificate(), "own"}, "a device's": {device.DER, "own"},
		} {
			if _, err := add(glpi, c.file); !fault.Is(err, fault.CodeInvalid) || fault.Of(err).Key != "identity.error.entry_certificate_"+c.key || fault.Of(err).Place != "certificate" {
				t.Errorf("%s: %v", name, err)
			}
		}
		conflict := func(name string, err error) {
			t.Helper()
			if !fault.Is(err, fault.CodeConflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err = add(secret, inPEM(leaf))
		conflict("entry with a secret", err)
		if _, err := add(Entry{ID: store.NewID()}, inPEM(leaf)); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("no entry: %v", err)
		}
		kept, err := add(glpi, root.Raw) // DER, as Windows exports it
		if err != nil || kept.Kind != CertificateCA || kept.Subject != "CN=pc" || kept.EndMS != store.MS(root.NotAfter) {
			t.Errorf("%+v, %v", kept, err)
		}
		_, err = add(glpi, inPEM(root))
		conflict("twice", err)
		_, err = add(entry(ProtocolGLPI, MethodCertificate, a), inPEM(root))
		conflict("another entry of the protocol", err)
		_, err = add(entry(ProtocolOCS, MethodCertificate, b), inPEM(root))
		conflict("another facility", err)
		ocs := entry(ProtocolOCS, MethodCertificate, a)
		if _, err := add(ocs, inPEM(root)); err != nil {
			t.Errorf("another protocol of the facility: %v", err)
		}

		opens := func(x *x509.Certificate, protocols ...Protocol) (n int, key string) {
			list, err := d.EntriesByCertificate(t.Context(), db, []*x509.Certificate{x}, protocols...)
			if err != nil {
				return 0, fault.Of(err).Key
			}
			return len(list), ""
		}
		want := func(what string, x *x509.Certificate, protocols []Protocol, n int, key string) {
			t.Helper()
			if got, why := opens(x, protocols...); got != n || why != key {
				t.Errorf("%s: %d, %s", what, got, why)
			}
		}
		want("both protocols", leaf, Protocols, 2, "")
		want("one protocol", leaf, []Protocol{ProtocolOCS}, 1, "")
		want("no entry of the protocol", leaf, []Protocol{ProtocolFusion}, 0, "")
		want("authority as client", root, Protocols, 0, "identity.error.entry_certificate_use")
		d.clock.add(2 * time.Hour)
		want("expired", leaf, Protocols, 0, "identity.error.certificate_expired")
		d.clock.add(-2 * time.Hour)

		if names, err := d.EntryAuthorities(t.Context()); err != nil || len(names) != 1 || !bytes.Equal(names[0], root.RawSubject) {
			t.Errorf("%q, %v", names, err)
		}
		for _, e := range []Entry{glpi, ocs} {
			list, err := d.EntryCertificates(t.Context(), db, e.ID)
			if err != nil || len(list) != 1 {
				t.Fatalf("%+v, %v", list, err)
			}
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				_, err := d.RemoveEntryCertificate(ctx, tx, e.ID, list[0].ID)
				return err
			})
		}
		want("removed", leaf, Protocols, 0, "")
		if names, err := d.EntryAuthorities(t.Context()); err != nil || len(names) != 0 {
			t.Errorf("%q, %v", names, err)
		}
		if err := d.try(func(ctx context.Context, tx *store.Tx) error {
			_, err := d.RemoveEntryCertificate(ctx, tx, ocs.ID, kept.ID)
			return err
		}); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("of another entry: %v", err)
		}
		issuedCertificates(t, d, own, glpi)
	})
}

// issuedCertificates fills an entry with certificates that Sonae made.
func issuedCertificates(t *testing.T, d *desk, own *authority.Authority, e Entry) {
	t.Helper()
	issue := func() (text string, err error) {
		err = d.try(func(ctx context.Context, tx *store.Tx) error {
			text, _, err = d.IssueEntryCertificate(ctx, tx, System("test"), own, e.ID)
			return err
		})
		return text, err
	}
	for range maxEntryCertificates {
		text, err := issue()
		if err != nil {
			t.Fatal(err)
		}
		block, rest := pem.Decode([]byte(text))
		x, err := x509.ParseCertificate(block.Bytes)
		if err != nil || !bytes.Contains(rest, []byte("PRIVATE KEY")) {
			t.Fatalf("%s, %v", text, err)
		}
		if list, err := d.EntriesByCertificate(t.Context(), d.db, []*x509.Certificate{x}, ProtocolGLPI); err != nil || len(list) != 1 || list[0].ID != e.ID {
			t.Errorf("%+v, %v", list, err)
		}
	}
	if _, err := issue(); !fault.Is(err, fault.CodeConflict) {
		t.Errorf("one too many: %v", err)
	}
}

// FuzzReadEntryCertificate: files of strangers never crash; what is taken is one
// certificate.
func FuzzReadEntryCertificate(f *testing.F) {
	_, key, _ := ed25519.GenerateKey(nil)
	x := signed(f, &x509.Certificate{Subject: pkix.Name{CommonName: "pc"}, NotAfter: time.Now().Add(time.Hour)}, nil, key, nil)
	f.Add(inPEM(x))
	f.Add(x.Raw)
	f.Add(append(inPEM(x), inPEM(x)...))
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := readEntryCertificate(file)
		if (got == nil) == (err == nil) {
			t.Errorf("%v, %v", got, err)
		}
		if err == nil {
			_ = checkEntryCertificate(got, time.Now())
		}
	})
}
