package agent

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"sonae/internal/wire"
)

// trust is what this machine and its server know each other by since enrolment: the
// device's certificate and the authority that signs the server's. It stands in the
// file "trust"; losing it costs one request for another certificate.
type trust struct {
	wire.Trust
	leaf  *x509.Certificate // of Certificate; nil = none
	roots *x509.CertPool    // of Authorities; nil = none
}

// readTrust takes what a server sent, when it fits this machine's key.
func readTrust(t wire.Trust, key ed25519.PrivateKey) (trust, error) {
	out := trust{Trust: t}
	if len(t.PolicyKey) != 0 && len(t.PolicyKey) != ed25519.PublicKeySize {
		return trust{}, errors.New("the server's policy key is not an Ed25519 key")
	}
	for _, der := range t.Authorities {
		authority, err := x509.ParseCertificate(der)
		if err != nil || !authority.IsCA {
			return trust{}, errors.New("the server sent an authority that is none")
		}
		if out.roots == nil {
			out.roots = x509.NewCertPool()
		}
		out.roots.AddCert(authority)
	}
	if len(t.Certificate) == 0 {
		return out, nil
	}
	leaf, err := x509.ParseCertificate(t.Certificate)
	if err != nil {
		return trust{}, fmt.Errorf("the server sent a certificate that cannot be read: %w", err)
	}
	if public, ok := leaf.PublicKey.(ed25519.PublicKey); !ok || !bytes.Equal(public, key.Public().(ed25519.PublicKey)) {
		return trust{}, errors.New("the server sent a certificate for another key")
	}
	out.leaf = leaf
	return out, nil
}

// ends is when the certificate ends; zero without one.
func (t trust) ends() time.Time {
	if t.leaf == nil {
		return time.Time{}
	}
	return t.leaf.NotAfter
}

// due tells that less than a third of the certificate's life is left, or that there
// is none.
func (t trust) due(now time.Time) bool {
	return t.leaf == nil || t.leaf.NotAfter.Sub(now) < t.leaf.NotAfter.Sub(t.leaf.NotBefore)/3
}

// pair is the certificate for TLS; empty = the agent shows none.
func (t trust) pair(key ed25519.PrivateKey) *tls.Certificate {
	if t.leaf == nil {
		return &tls.Certificate{}
	}
	return &tls.Certificate{Certificate: [][]byte{t.Certificate}, PrivateKey: key, Leaf: t.leaf}
}

// vouches tells whether the authority from enrolment signed the server's certificate.
// The time in it is not looked at: clocks of old machines are wrong by years, the
// server keeps such a key in memory only and changes it every few weeks.
func (t trust) vouches(peer []*x509.Certificate) bool {
	if t.roots == nil || len(peer) == 0 {
		return false
	}
	_, err := peer[0].Verify(x509.VerifyOptions{
		Roots: t.roots, CurrentTime: peer[0].NotBefore.Add(time.Second), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return err == nil
}

// signingRequest proves to the server that this machine holds its key (RFC 2986).
func (s *store) signingRequest() ([]byte, error) {
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, s.key)
	if err != nil {
		return nil, fmt.Errorf("make certificate request: %w", err)
	}
	return der, nil
}

// rely begins to use what the server sent. What it does not send stays as it was: the
// policy key is the one from enrolment for as long as the machine is enrolled.
func (a *Agent) rely(t wire.Trust) error {
	have := a.store.trust.Trust
	if len(have.PolicyKey) > 0 {
		t.PolicyKey = have.PolicyKey
	}
	if len(t.Certificate) == 0 {
		t.Certificate = have.Certificate
	}
	if len(t.Authorities) == 0 {
		t.Authorities = have.Authorities
	}
	read, err := readTrust(t, a.store.key)
	if err != nil {
		return err
	}
	a.store.trust = read
	a.server.rely(read, a.store.key)
	return a.store.write("trust", read.Trust)
}

// askEvery is how often an agent asks for a certificate that it does not get.
const askEvery = 24 * time.Hour

// renew asks for a certificate when it is time, or at once when the server wants
// another one. Not getting one does not keep a report from being sent: the server
// will say if it needs it.
func (a *Agent) renew(ctx context.Context, now time.Time, wanted bool) {
	if !wanted && (!a.store.trust.due(now) || now.Sub(time.UnixMilli(a.store.state.AskedMS)).Abs() < askEvery) {
		return
	}
	a.store.state.AskedMS = now.UnixMilli()
	err := a.store.save()
	var got wire.Trust
	if err == nil {
		got, err = a.requestCertificate(ctx)
	}
	if err == nil {
		err = a.rely(got)
	}
	if err != nil {
		a.cfg.Log.Warn("no new certificate", "err", err, "ends", a.store.trust.ends())
	}
}

func (a *Agent) requestCertificate(ctx context.Context) (wire.Trust, error) {
	csr, err := a.store.signingRequest()
	if err != nil {
		return wire.Trust{}, err
	}
	return a.server.certificate(ctx, wire.CertificateRequest{Version: wire.Version, DeviceID: a.store.device.ID, CSR: csr})
}
