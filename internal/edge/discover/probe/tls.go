package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"time"

	"sonae/internal/survey/network"
)

// tls shakes hands and reads the certificate; when HTTP is ordered, too, it asks for the
// first page. Nothing secret is sent, so whoever answers is fine: the certificate is what
// is looked at, not what is trusted. Old versions and ciphers are offered because old
// devices know no others.
func (h *host) tls(ctx context.Context, c net.Conn) error {
	cfg := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10} //nolint:gosec // see above
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		cfg.CipherSuites = append(cfg.CipherSuites, s.ID)
	}
	secure := tls.Client(c, cfg)
	if err := secure.HandshakeContext(ctx); err != nil {
		return err
	}
	state := secure.ConnectionState()
	h.traits.add(TraitTLSVersion, tls.VersionName(state.Version))
	if len(state.PeerCertificates) > 0 {
		readCertificate(state.PeerCertificates[0], &h.traits)
	}
	if !h.order.uses(HTTP) {
		return nil
	}
	if _, err := io.WriteString(secure, httpRequest(h.addr)); err != nil {
		return err
	}
	page, err := readAll(secure, pageBytes)
	readHTTP(page, &h.traits)
	return err
}

// readCertificate takes the names and the end of a certificate.
func readCertificate(c *x509.Certificate, t *traits) {
	t.add(network.TraitTLSSubject, clean([]byte(c.Subject.String()), network.TraitMax))
	t.add(TraitTLSIssuer, clean([]byte(c.Issuer.String()), network.TraitMax))
	if y := c.NotAfter.Year(); y > 1990 && y < 10000 {
		t.add(TraitTLSEnds, c.NotAfter.UTC().Format(time.DateOnly))
	}
}
