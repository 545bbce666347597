package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"testing"
	"time"
)

// maker signs certificates of any form, as other people's authorities do.
type maker struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func make509(t *testing.T, t509 *x509.Certificate, by *maker) maker {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t509.SerialNumber, t509.BasicConstraintsValid = big.NewInt(time.Now().UnixNano()), true
	if t509.NotBefore.IsZero() {
		t509.NotBefore, t509.NotAfter = day.Add(-time.Hour), day.Add(24*time.Hour)
	}
	parent, signer := t509, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, t509, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return maker{cert, key}
}

func ca(t *testing.T, name string, by *maker) maker {
	t.Helper()
	return make509(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, KeyUsage: x509.KeyUsageCertSign}, by)
}

func TestChain(t *testing.T) {
	root := ca(t, "root", nil)
	sub, other := ca(t, "sub", &root), ca(t, "root", nil) // the same name, another key
	old := make509(t, &x509.Certificate{Subject: pkix.Name{CommonName: "old"}, IsCA: true, KeyUsage: x509.KeyUsageCertSign, NotBefore: day.Add(-48 * time.Hour), NotAfter: day.Add(-time.Hour)}, nil)
	clientUse := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	sign := func(by maker, change func(*x509.Certificate)) maker {
		c := &x509.Certificate{Subject: pkix.Name{CommonName: "pc"}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: clientUse}
		if change != nil {
			change(c)
		}
		return make509(t, c, &by)
	}
	leaf := func(by maker, change func(*x509.Certificate)) *x509.Certificate { return sign(by, change).cert }
	pc := sign(root, nil)
	good, deep := pc.cert, leaf(sub, nil)
	for name, c := range map[string]struct {
		chain  []*x509.Certificate
		anchor maker
		at     time.Time
		length int
		want   error
	}{
		"direct":                        {[]*x509.Certificate{good}, root, day, 2, nil},
		"through an intermediate":       {[]*x509.Certificate{deep, sub.cert}, root, day, 3, nil},
		"intermediate as anchor":        {[]*x509.Certificate{deep}, sub, day, 2, nil},
		"intermediate not brought":      {[]*x509.Certificate{deep}, root, day, 0, ErrForeign},
		"same name, other key":          {[]*x509.Certificate{good}, other, day, 0, ErrForeign},
		"nothing":                       {nil, root, day, 0, ErrForeign},
		"too many":                      {[]*x509.Certificate{deep, sub.cert, sub.cert, sub.cert, sub.cert, sub.cert}, root, day, 0, ErrForeign},
		"expired":                       {[]*x509.Certificate{good}, root, good.NotAfter.Add(time.Second), 2, ErrExpired},
		"early":                         {[]*x509.Certificate{good}, root, good.NotBefore.Add(-time.Second), 2, ErrEarly},
		"expired and foreign":           {[]*x509.Certificate{good}, other, good.NotAfter.Add(time.Second), 0, ErrForeign},
		"authority out of date":         {[]*x509.Certificate{leaf(old, nil)}, old, day, 0, ErrAnchorTime},
		"server's":                      {[]*x509.Certificate{leaf(root, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })}, root, day, 0, ErrUse},
		"server and client":             {[]*x509.Certificate{leaf(root, func(c *x509.Certificate) { c.ExtKeyUsage = append(clientUse, x509.ExtKeyUsageServerAuth) })}, root, day, 2, nil},
		"no usage said":                 {[]*x509.Certificate{leaf(root, func(c *x509.Certificate) { c.KeyUsage, c.ExtKeyUsage = 0, nil })}, root, day, 2, nil},
		"key for encryption only":       {[]*x509.Certificate{leaf(root, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment })}, root, day, 2, ErrUse},
		"an authority is no client":     {[]*x509.Certificate{sub.cert}, root, day, 2, ErrUse},
		"the anchor itself":             {[]*x509.Certificate{root.cert}, root, day, 1, ErrUse},
		"leaf as authority of the leaf": {[]*x509.Certificate{leaf(pc, nil), good}, root, day, 0, ErrForeign},
	} {
		length, err := Chain(c.chain, c.anchor.cert, c.at)
		if !errors.Is(err, c.want) || err == nil && c.want != nil || length != c.length {
			t.Errorf("%s: got %d, %v; want %d, %v", name, length, err, c.length, c.want)
		}
	}
}

func TestClient(t *testing.T) {
	a := newAuthority(t)
	leaf, key, err := a.Client("entry", day, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	text, err := PEM(leaf.DER, key)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(text, text)
	if err != nil || Usable(pair.Leaf, day) != nil || !errors.Is(Usable(pair.Leaf, leaf.End.Add(time.Second)), ErrExpired) {
		t.Errorf("%v, %v", pair.Leaf, err)
	}
}
