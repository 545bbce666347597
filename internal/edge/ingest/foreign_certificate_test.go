package ingest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sonae/internal/edge/ingest/foreign"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/transport"
)

// hospitalCA is an authority that is not Sonae's.
type hospitalCA struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	at   time.Time
}

func newCA(t testing.TB, name string, at time.Time) hospitalCA {
	t.Helper()
	c := hospitalCA{at: at}
	c.cert, c.key = c.make(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, KeyUsage: x509.KeyUsageCertSign, NotBefore: at.Add(-48 * time.Hour), NotAfter: at.Add(400 * 24 * time.Hour)})
	return c
}

// make signs a certificate with a fresh key; the first one by itself.
func (c hospitalCA) make(t testing.TB, wanted *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wanted.SerialNumber, wanted.BasicConstraintsValid = big.NewInt(time.Now().UnixNano()), true
	parent, by := c.cert, c.key
	if parent == nil {
		parent, by = wanted, key
	}
	der, err := x509.CreateCertificate(rand.Reader, wanted, parent, &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

// client is a certificate of a PC, changed by change.
func (c hospitalCA) client(t testing.TB, change func(*x509.Certificate)) *tls.Certificate {
	t.Helper()
	wanted := &x509.Certificate{Subject: pkix.Name{CommonName: "pc"}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		NotBefore: c.at.Add(-time.Hour), NotAfter: c.at.Add(time.Hour)}
	if change != nil {
		change(wanted)
	}
	cert, key := c.make(t, wanted)
	return &tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

func asPEM(cert *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
}

// entryFor opens an entry for certificates and adds some.
func (g gate) entryFor(t testing.TB, p identity.Protocol, facility string, certs ...*x509.Certificate) identity.Entry {
	t.Helper()
	var e identity.Entry
	g.tx(t, func(ctx context.Context, tx *store.Tx) (err error) {
		if _, e, err = g.registry.OpenEntry(ctx, tx, identity.System("test"), identity.Entry{Protocol: p, Method: identity.MethodCertificate, FacilityID: facility}); err != nil {
			return err
		}
		for _, c := range certs {
			if _, err := g.registry.AddEntryCertificate(ctx, tx, identity.System("test"), g.own, e.ID, asPEM(c)); err != nil {
				return err
			}
		}
		return nil
	})
	return e
}

// issued makes a certificate for an entry.
func (g gate) issued(t testing.TB, e identity.Entry) (text string, pair *tls.Certificate, c identity.EntryCertificate) {
	t.Helper()
	g.tx(t, func(ctx context.Context, tx *store.Tx) (err error) {
		text, c, err = g.registry.IssueEntryCertificate(ctx, tx, identity.System("test"), g.own, e.ID)
		return err
	})
	made, err := tls.X509KeyPair([]byte(text), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return text, &made, c
}

// other is a client as agents of other makers are: it offers no protocol names.
func other(t testing.TB, pair *tls.Certificate) *http.Client {
	t.Helper()
	tr := &http.Transport{TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}, TLSClientConfig: &tls.Config{InsecureSkipVerify: true,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if pair == nil {
				return &tls.Certificate{}, nil
			}
			return pair, nil
		}}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func (g gate) facilityB(t testing.TB) string {
	t.Helper()
	var f identity.Facility
	g.tx(t, func(ctx context.Context, tx *store.Tx) (err error) {
		f, err = g.registry.CreateFacility(ctx, tx, identity.Facility{Name: "見本分院", Kind: identity.Hospital})
		return err
	})
	return f.ID
}

func TestEntryByCertificate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		g := openTLS(t, newWorld(t, db), "", nil)
		ours, theirs, stranger := newCA(t, "病院CA", g.now()), newCA(t, "分院CA", g.now()), newCA(t, "病院CA", g.now())
		b := g.facilityB(t)
		inventory := recordedMessage(t, "fusioninventory-2.6-inventory.xml")
		send := func(pair *tls.Certificate, path string, header map[string]string) (int, string) {
			t.Helper()
			status, _, body := g.post(t, other(t, pair), message{http.MethodPost, path, header, inventory, false})
			return status, string(body)
		}
		const path = "/plugins/fusioninventory/"
		if status, answer := send(ours.client(t, nil), path, nil); status != 404 {
			t.Errorf("before any entry is open: %d %s", status, answer)
		}
		fusion := g.entryFor(t, identity.ProtocolFusion, g.facility, ours.cert)
		glpi := g.entryFor(t, identity.ProtocolGLPI, b, theirs.cert)
		ocs := g.entryFor(t, identity.ProtocolOCS, b)
		_, ofOCS, _ := g.issued(t, ocs)
		_, own, made := g.issued(t, fusion)
		pinned := stranger.client(t, nil)
		x, _ := x509.ParseCertificate(pinned.Certificate[0])
		g.tx(t, func(ctx context.Context, tx *store.Tx) error {
			_, err := g.registry.AddEntryCertificate(ctx, tx, identity.System("test"), g.own, fusion.ID, asPEM(x))
			return err
		})
		g.set(g.now().Add(4 * time.Second)) // until listeners know
		dev := g.device(t)
		for _, c := range []struct {
			name   string
			pair   *tls.Certificate
			header map[string]string
			status int
			says   string
		}{
			{"none", nil, nil, 401, "Neither the secret"},
			{"none, in Japanese", nil, map[string]string{"Accept-Language": "ja"}, 401, "合言葉も"},
			{"of the authority", ours.client(t, nil), nil, 200, "<REPLY>"},
			{"pinned", pinned, nil, 200, "<REPLY>"},
			{"issued by Sonae", own, nil, 200, "<REPLY>"},
			{"another authority of the same name", stranger.client(t, nil), nil, 401, "does not open this entry"},
			{"expired", ours.client(t, func(c *x509.Certificate) { c.NotAfter = g.now().Add(-time.Minute) }), nil, 401, "expired"},
			{"not valid yet", ours.client(t, func(c *x509.Certificate) { c.NotBefore = g.now().Add(time.Minute) }), nil, 401, "not valid yet"},
			{"a server's", ours.client(t, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), nil, 401, "key usage"},
			{"the authority itself", &tls.Certificate{Certificate: [][]byte{ours.cert.Raw}, PrivateKey: ours.key}, nil, 401, "key usage"},
			{"of another protocol and facility", theirs.client(t, nil), nil, 403, "protocol"},
			{"of the entry for OCS", ofOCS, nil, 401, "another entry"},
			{"of a device", g.certificate(t, dev), nil, 401, "Sonae agent"},
			{"none, header of a stranger", nil, map[string]string{"Client-Cert": ":" + base64.StdEncoding.EncodeToString(own.Certificate[0]) + ":"}, 401, "Neither the secret"},
		} {
			before := g.rows(t)
			status, answer := send(c.pair, path, c.header)
			if status != c.status || !strings.Contains(answer, c.says) {
				t.Errorf("%s: %d %s", c.name, status, answer)
			}
			if after := g.rows(t); c.status != 200 && after["asset_asset"] != before["asset_asset"] {
				t.Errorf("%s left a machine behind", c.name)
			}
		}
		if rows := g.assets(t); len(rows) != 1 || rows[0].FacilityID != g.facility {
			t.Errorf("%+v", rows)
		}
		// The other way round: what opens an entry reports for no device.
		for name, pair := range map[string]*tls.Certificate{"issued": own, "of the hospital": ours.client(t, nil)} {
			if status, _, body := g.post(t, client(t, pair), g.report(t, dev, dev)); status != 401 {
				t.Errorf("%s at the devices' door: %d %s", name, status, body)
			}
		}
		// A secret is still right for an entry of its own, whatever certificate is shown.
		var secret string
		g.tx(t, func(ctx context.Context, tx *store.Tx) (err error) {
			secret, _, err = g.registry.OpenEntry(ctx, tx, identity.System("test"), identity.Entry{Protocol: identity.ProtocolFusion, FacilityID: b})
			return err
		})
		basic := map[string]string{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("sonae:"+secret))}
		if status, answer := send(stranger.client(t, nil), path, basic); status != 200 {
			t.Errorf("secret beside a foreign certificate: %d %s", status, answer)
		}
		// Removed and closed count from the next request on, on connections that are open, too.
		kept := other(t, own)
		post := func() (int, string) {
			status, _, body := g.post(t, kept, message{http.MethodPost, path, nil, inventory, false})
			return status, string(body)
		}
		if status, answer := post(); status != 200 {
			t.Errorf("%d %s", status, answer)
		}
		g.tx(t, func(ctx context.Context, tx *store.Tx) error {
			_, err := g.registry.RemoveEntryCertificate(ctx, tx, fusion.ID, made.ID)
			return err
		})
		if status, answer := post(); status != 401 || !strings.Contains(answer, "another entry") {
			t.Errorf("removed: %d %s", status, answer)
		}
		g.tx(t, func(ctx context.Context, tx *store.Tx) error { return g.registry.CloseEntry(ctx, tx, fusion.ID) })
		if status, answer := send(ours.client(t, nil), path, nil); status != 401 {
			t.Errorf("closed: %d %s", status, answer)
		}
		g.tx(t, func(ctx context.Context, tx *store.Tx) error { return g.registry.CloseEntry(ctx, tx, glpi.ID) })
		if knocks, err := g.registry.Knocks(t.Context(), g.db); err != nil || len(knocks) == 0 {
			t.Errorf("bad certificates are no knocks: %v, %v", knocks, err)
		}
	})
}

// The authorities whose certificates count are named in the handshake; browsers, and
// everybody while no entry wants one, are asked for nothing.
func TestWhoIsAskedForCertificates(t *testing.T) {
	g := openTLS(t, newWorld(t, storetest.SQLite(t)), "", nil)
	ca := newCA(t, "病院CA", g.now())
	asked := func(protocols ...string) [][]byte {
		t.Helper()
		var names [][]byte
		conn, err := tls.Dial("tcp", g.address, &tls.Config{InsecureSkipVerify: true, NextProtos: protocols, GetClientCertificate: func(r *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			names = append([][]byte{nil}, r.AcceptableCAs...)
			return &tls.Certificate{}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if g.own.Signed(conn.ConnectionState().PeerCertificates[0]) {
			t.Error("not the listener's usual certificate")
		}
		_ = conn.Close()
		return names
	}
	if names := asked(); names != nil {
		t.Errorf("asked though no entry wants one: %q", names)
	}
	g.set(g.now().Add(4 * time.Second))
	e := g.entryFor(t, identity.ProtocolGLPI, g.facility, ca.cert)
	_, _, _ = g.issued(t, e)
	for _, offers := range [][]string{nil, {"http/1.1"}} {
		if names := asked(offers...); len(names) != 3 || string(names[1]) != string(ca.cert.RawSubject) && string(names[2]) != string(ca.cert.RawSubject) {
			t.Errorf("%v: %q", offers, names)
		}
	}
	if names := asked("h2", "http/1.1"); names != nil {
		t.Errorf("a browser is asked: %q", names)
	}
	g.tx(t, func(ctx context.Context, tx *store.Tx) error { return g.registry.CloseEntry(ctx, tx, e.ID) })
	g.set(g.now().Add(4 * time.Second))
	if names := asked(); names != nil {
		t.Errorf("asked after the entry was closed: %q", names)
	}
}

// Behind a proxy the certificate comes in its header.
func TestEntryByCertificateThroughProxy(t *testing.T) {
	g := openTLS(t, newWorld(t, storetest.SQLite(t)), "Client-Cert", transport.Proxies{netip.MustParsePrefix("127.0.0.0/8")})
	ca := newCA(t, "病院CA", g.now())
	g.entryFor(t, identity.ProtocolFusion, g.facility, ca.cert)
	good, bad := ca.client(t, nil), newCA(t, "x", g.now()).client(t, nil)
	for name, c := range map[string]struct {
		value  string
		status int
	}{
		"good": {":" + base64.StdEncoding.EncodeToString(good.Certificate[0]) + ":", 200}, "foreign": {":" + base64.StdEncoding.EncodeToString(bad.Certificate[0]) + ":", 401},
		"none": {"-", 401}, "rubbish": {"<script>", 401},
	} {
		// The proxy's own certificate, if it has one, says nothing about the client.
		status, _, answer := g.post(t, other(t, good), message{http.MethodPost, foreign.OwnPath, map[string]string{"Client-Cert": c.value}, recordedMessage(t, "fusioninventory-2.6-inventory.xml"), false})
		if status != c.status {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
}
