package ingest_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"sonae/internal/edge/ingest"
	"sonae/internal/identity"
	"sonae/internal/platform/authority"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/transport"
	"sonae/internal/wire"
)

// gate is a running entry over TLS, as the server has it.
type gate struct {
	*world
	url     string
	address string
	own     *authority.Authority
}

// openTLS runs the entry behind the real listener; header is what trusted proxies,
// here this machine, hand a certificate over with.
func openTLS(t *testing.T, w *world, header string, proxies transport.Proxies) gate {
	t.Helper()
	own, err := w.registry.Authority(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	deps := w.deps()
	deps.Log, deps.Local, deps.CertHeader = slog.New(slog.DiscardHandler), false, header
	server := ingest.New(deps)
	cert, err := transport.SelfSigned(t.TempDir(), []string{"127.0.0.1"}, w.now())
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/ingest/", server.Routes())
	for _, path := range ingest.ForeignPaths() {
		mux.Handle(path, server.Foreign())
	}
	others := func() [][]byte {
		names, err := w.registry.EntryAuthorities(context.Background())
		if err != nil {
			t.Error(err)
		}
		return names
	}
	srv := transport.NewServer(transport.Frame(mux, proxies, deps.Log), &cert, &transport.Agents{Protocols: []string{wire.ALPN, wire.ALPNAgain}, Authority: own, Now: w.now, Others: others}, deps.Log)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { _ = srv.ServeTLS(l, "", ""); close(done) }()
	t.Cleanup(func() { _ = srv.Close(); <-done; server.Close() })
	return gate{w, "https://" + l.Addr().String(), l.Addr().String(), own}
}

// client shows pair, if any, and offers the agent's protocol name.
func client(t *testing.T, pair *tls.Certificate) *http.Client {
	t.Helper()
	tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{wire.ALPN, "http/1.1"},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if pair == nil {
				return &tls.Certificate{}, nil
			}
			return pair, nil
		}}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func (g gate) post(t *testing.T, c *http.Client, m message) (status int, header http.Header, body []byte) {
	t.Helper()
	return g.postIn(t, t.Context(), c, m)
}

func (g gate) postIn(t *testing.T, ctx context.Context, c *http.Client, m message) (status int, header http.Header, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, m.method, g.url+m.path, bytes.NewReader(m.body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range m.header {
		req.Header.Set(k, v)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, body
}

// certificate asks for a device's certificate as an agent does.
func (g gate) certificate(t *testing.T, d testDevice) *tls.Certificate {
	t.Helper()
	csr, err := x509.CreateCertificateRequest(nil, &x509.CertificateRequest{}, d.key)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := json.Marshal(wire.CertificateRequest{Version: wire.Version, DeviceID: d.id, CSR: csr})
	status, _, answer := g.post(t, client(t, nil), message{http.MethodPost, "/ingest/v1/certificate", map[string]string{"Content-Type": "application/json"}, body, false})
	var trust wire.Trust
	if err := json.Unmarshal(answer, &trust); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	if len(trust.Authorities) != 1 || !bytes.Equal(trust.Authorities[0], g.own.Certificate()) {
		t.Error("the answer names another authority")
	}
	return &tls.Certificate{Certificate: [][]byte{trust.Certificate}, PrivateKey: d.key}
}

// forge makes a certificate that the server never gave.
func forge(t *testing.T, by *authority.Authority, id string, key ed25519.PrivateKey, at time.Time) *tls.Certificate {
	t.Helper()
	leaf, err := by.Device(id, key.Public().(ed25519.PublicKey), at, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{leaf.DER}, PrivateKey: key}
}

var reportNumber int64 = 1000

// report is a signed report of d with the next number.
func (g gate) report(t *testing.T, d, signedBy testDevice) message {
	t.Helper()
	r := newPool().pc(1)
	reportNumber++
	r.Seq = reportNumber
	m := door{world: g.world}.reportOf(d, sealed(t, d, r))
	m.header[wire.HeaderSignature] = wire.Sign(signedBy.key, m.body)
	return m
}

// Peers' class S8: having no certificate, or any other one, is never a way in.
func TestCertificates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		g := openTLS(t, newWorld(t, db), "Client-Cert", nil)
		a, b, gone := g.device(t), g.device(t), g.device(t)
		mine, others, goneCert := g.certificate(t, a), g.certificate(t, b), g.certificate(t, gone)
		g.tx(t, func(ctx context.Context, tx *store.Tx) error {
			return g.registry.RevokeDevice(ctx, tx, gone.id, "盗難")
		})
		other, err := authority.New("another", g.now())
		if err != nil {
			t.Fatal(err)
		}
		escaped := url.PathEscape(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: mine.Certificate[0]})))
		for _, c := range []struct {
			name     string
			pair     *tls.Certificate
			device   testDevice
			signedBy testDevice
			header   map[string]string
			status   int
			reason   string
		}{
			{"good", mine, a, a, nil, 200, ""},
			{"none", nil, a, a, nil, 401, "certificate_missing"},
			{"foreign authority", forge(t, other, a.id, a.key, g.now()), a, a, nil, 401, "certificate_foreign"},
			{"expired", forge(t, g.own, a.id, a.key, g.now().Add(-2*time.Hour)), a, a, nil, 401, "certificate_expired"},
			{"not valid yet", forge(t, g.own, a.id, a.key, g.now().Add(3*time.Hour)), a, a, nil, 401, "certificate_early"},
			{"never given", forge(t, g.own, a.id, a.key, g.now()), a, a, nil, 401, "certificate_replaced"},
			{"of another device", others, a, a, nil, 401, "certificate_device"},
			{"right name, another key", forge(t, g.own, a.id, b.key, g.now()), a, a, nil, 401, "certificate_device"},
			{"of A, signed by B", mine, a, b, nil, 401, "signature"},
			{"of A, report of B", mine, b, b, nil, 401, "certificate_device"},
			{"revoked", goneCert, gone, gone, nil, 403, "device_revoked"},
			{"header of a stranger, RFC 9440", nil, a, a, map[string]string{"Client-Cert": ":" + base64.StdEncoding.EncodeToString(mine.Certificate[0]) + ":"}, 401, "certificate_missing"},
			{"header of a stranger, PEM", nil, a, a, map[string]string{"Client-Cert": escaped}, 401, "certificate_missing"},
			{"header of a stranger beside a bad certificate", others, a, a, map[string]string{"Client-Cert": escaped}, 401, "certificate_device"},
			{"verdict of a stranger", nil, a, a, map[string]string{"X-SSL-Client-Verify": "SUCCESS", "Ssl-Client-Verify": "SUCCESS", "X-Forwarded-For": "127.0.0.1"}, 401, "certificate_missing"},
		} {
			before := g.rows(t)
			m := g.report(t, c.device, c.signedBy)
			maps.Copy(m.header, c.header)
			status, header, body := g.post(t, client(t, c.pair), m)
			if c.status == 200 {
				if status != 200 {
					t.Fatalf("%s: %d %s", c.name, status, body)
				}
				continue
			}
			p := problem(t, header, body)
			if status != c.status || p.Type != "urn:sonae:ingest:"+c.reason || p.Hint == "" {
				t.Errorf("%s: got %d %+v", c.name, status, p)
			}
			after := g.rows(t)
			delete(before, "job") // the good report's evaluation is asked for a moment later
			delete(after, "job")
			if fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("%s left something behind: %v, then %v", c.name, before, after)
			}
		}
		// Optional: none is needed, a bad one is still refused.
		g.tx(t, func(ctx context.Context, tx *store.Tx) error {
			return g.registry.SetCertificateRequired(ctx, tx, false)
		})
		if status, _, body := g.post(t, client(t, nil), g.report(t, a, a)); status != 200 {
			t.Errorf("optional, none: %d %s", status, body)
		}
		if status, _, body := g.post(t, client(t, others), g.report(t, a, a)); status != 401 {
			t.Errorf("optional, another device's: %d %s", status, body)
		}
	})
}

// Behind a proxy: its header counts when the proxy is trusted and the name configured,
// and still does not replace the signature.
func TestCertificateThroughProxy(t *testing.T) {
	here := transport.Proxies{netip.MustParsePrefix("127.0.0.0/8")}
	w := newWorld(t, storetest.SQLite(t))
	trusting := openTLS(t, w, "Client-Cert", here)
	a, b := w.device(t), w.device(t)
	mine, others := trusting.certificate(t, a), trusting.certificate(t, b)
	rfc := func(c *tls.Certificate) string {
		return ":" + base64.StdEncoding.EncodeToString(c.Certificate[0]) + ":"
	}
	escaped := url.PathEscape(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: mine.Certificate[0]})))
	noName := openTLS(t, w, "", here)
	for _, c := range []struct {
		name     string
		g        gate
		value    string
		signedBy testDevice
		status   int
		reason   string
	}{
		{"RFC 9440", trusting, rfc(mine), a, 200, ""},
		{"escaped PEM", trusting, escaped, a, 200, ""},
		{"bare base64", trusting, base64.StdEncoding.EncodeToString(mine.Certificate[0]), a, 200, ""},
		{"none seen", trusting, "", a, 401, "certificate_missing"},
		{"none seen, as nginx says it", trusting, "-", a, 401, "certificate_missing"},
		{"another device's", trusting, rfc(others), a, 401, "certificate_device"},
		{"A's certificate copied, signed by B", trusting, rfc(mine), b, 401, "signature"},
		{"rubbish", trusting, "<script>", a, 401, "certificate_header"},
		{"name not configured", noName, rfc(mine), a, 401, "certificate_missing"},
	} {
		m := c.g.report(t, a, c.signedBy)
		if c.value != "" {
			m.header["Client-Cert"] = c.value
		}
		status, header, body := c.g.post(t, client(t, nil), m)
		if status != c.status {
			t.Errorf("%s: got %d %s", c.name, status, body)
		}
		if status != 200 && problem(t, header, body).Type != "urn:sonae:ingest:"+c.reason {
			t.Errorf("%s: got %s", c.name, body)
		}
	}
}

// On a server that only this machine reaches, over plain HTTP, nobody can show a
// certificate; a proxy that was put before it without a word does not get round that.
func TestLocalWithoutCertificate(t *testing.T) {
	d := open(t, storetest.SQLite(t))
	dev := d.device(t)
	m := d.reportOf(dev, sealed(t, dev, newPool().pc(1)))
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"} {
		m.header[name] = "x"
		if status, _, body := d.send(t, m); status != 401 {
			t.Errorf("with %s: %d %s", name, status, body)
		}
		delete(m.header, name)
	}
	if status, _, body := d.send(t, m); status != 200 {
		t.Errorf("%d %s", status, body)
	}
}

// A browser is asked for nothing and sees the listener's own certificate.
func TestBrowserIsNotAsked(t *testing.T) {
	g := openTLS(t, newWorld(t, storetest.SQLite(t)), "", nil)
	for _, protocols := range [][]string{{"h2", "http/1.1"}, {wire.ALPN, "http/1.1"}} {
		asked := false
		conn, err := tls.Dial("tcp", g.address, &tls.Config{InsecureSkipVerify: true, NextProtos: protocols, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked = true
			return &tls.Certificate{}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		agent := protocols[0] == wire.ALPN
		if byOwn := g.own.Signed(conn.ConnectionState().PeerCertificates[0]); asked != agent || byOwn != agent {
			t.Errorf("%v: asked %v, own leaf %v", protocols, asked, byOwn)
		}
		conn.Close()
	}
}

// A machine set up anew has a new key. Somebody who only knows a group token must not
// become another machine by saying so.
func TestSetUpAnew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		old, again, single := d.device(t), d.device(t), d.deviceWith(t, 1)
		number := int64(0)
		send := func(dev testDevice, machine int) (int, string) {
			t.Helper()
			r := newPool().pc(machine)
			number++
			r.Seq = number
			status, header, body := d.send(t, d.reportOf(dev, sealed(t, dev, r)))
			if status == 200 {
				return status, ""
			}
			return status, problem(t, header, body).Type
		}
		want := func(what string, dev testDevice, machine, status int) {
			t.Helper()
			if got, reason := send(dev, machine); got != status {
				t.Errorf("%s: got %d %s, want %d", what, got, reason, status)
			}
		}
		want("the machine", old, 1, 200)
		want("the same machine, group token", again, 1, 403)
		want("once more", again, 1, 403)
		want("the device before goes on", old, 1, 200)
		if n := d.count(t, `SELECT count(*) FROM asset_asset`); n != 1 {
			t.Errorf("%d assets, want 1", n)
		}
		if n := d.count(t, `SELECT count(*) FROM audit_entry WHERE action = 'device.takeover_asked'`); n != 1 {
			t.Errorf("%d questions in the audit log, want 1", n)
		}
		d.tx(t, func(ctx context.Context, tx *store.Tx) error {
			waiting, err := d.registry.WaitingTakeovers(ctx, tx, identity.Scope{All: true})
			if err != nil || len(waiting) != 1 {
				t.Fatalf("waiting: %+v, %v", waiting, err)
			}
			return d.registry.GrantTakeOver(ctx, tx, again.id, waiting[0].TakeoverAsset)
		})
		want("after a person's yes", again, 1, 200)
		want("the device before", old, 1, 403)
		want("token for one machine", single, 1, 200)
		want("the one before that", again, 1, 403)
		if n := d.count(t, `SELECT count(*) FROM asset_asset`); n != 1 {
			t.Errorf("%d assets, want 1", n)
		}
		if n := d.count(t, `SELECT count(*) FROM audit_entry WHERE action = 'device.replaced'`); n != 2 {
			t.Errorf("%d replacements in the audit log, want 2", n)
		}
		// An honest machine first, then it poses as another one.
		thief := d.deviceWith(t, 1)
		want("a machine of its own", thief, 7, 200)
		want("turns into the other", thief, 1, 403)
		want("the other goes on", single, 1, 200)
	})
}
