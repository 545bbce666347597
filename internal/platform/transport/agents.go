package transport

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"sync"
	"time"

	"sonae/internal/platform/authority"
)

// Agents is how a listener meets clients that offer a protocol name of their own in
// the TLS hello (RFC 7301): with a certificate of the authority, and asking for theirs.
// Everybody else, browsers above all, sees the listener's usual certificate and is
// asked for nothing; so do programs of other makers until an entry wants theirs.
type Agents struct {
	Protocols []string // any of them
	Authority *authority.Authority
	Now       func() time.Time
	// Others gives the names (DER) of the authorities whose certificates clients of
	// other makers may show; none = they are asked for nothing. It is called at each
	// handshake of a client that does not offer HTTP/2, as every browser does; nil = none.
	Others func() [][]byte
}

// serverLeafLife is short because a process makes its own leaves and stores none.
const serverLeafLife = 30 * 24 * time.Hour

// config gives the function for tls.Config.GetConfigForClient. The client's
// certificate is taken as it is: who signed it, and whether it is still good, is for
// the entry to say in words, not for a broken handshake. TLS has checked that the
// client holds its key.
//
// No protocol name is answered (RFC 7301, 3.2 leaves that to the server): HTTP/1.1 is
// what both speak, and the name would come back at every check-in. Agents know by it,
// too, that they speak to this listener and not to a proxy before it.
func (a *Agents) config(usual *tls.Config) func(*tls.ClientHelloInfo) (*tls.Config, error) {
	authorities := x509.NewCertPool()
	authorities.AddCert(a.Authority.X509())
	leaf, kept := serverLeaf{agents: a}, sessions{}
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		ClientAuth: tls.RequestClientCert, ClientCAs: authorities, GetCertificate: leaf.get,
		WrapSession: kept.wrap, UnwrapSession: kept.unwrap,
	}
	others := others{certificates: usual.Certificates}
	return func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		for _, name := range hello.SupportedProtos {
			if slices.Contains(a.Protocols, name) {
				return config, nil
			}
		}
		if a.Others != nil && !slices.Contains(hello.SupportedProtos, "h2") {
			if names := a.Others(); len(names) > 0 {
				return others.config(names), nil
			}
		}
		return nil, nil //nolint:nilnil // the documented way to say: as configured
	}
}

// serverLeaf is made when it is needed and again when half of its life is over.
type serverLeaf struct {
	agents *Agents
	mu     sync.Mutex
	cert   *tls.Certificate
	until  time.Time
}

func (l *serverLeaf) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.agents.Now()
	if l.cert != nil && now.Before(l.until) {
		return l.cert, nil
	}
	cert, err := l.agents.Authority.Server(now, serverLeafLife)
	if err != nil {
		return nil, err
	}
	l.cert, l.until = &cert, now.Add(serverLeafLife/2)
	return l.cert, nil
}

// others meets programs of other makers when an entry wants their certificate: with the
// listener's usual certificate, asking for one of the named authorities. As with
// agents, whether it is good is said by the entry.
type others struct {
	certificates []tls.Certificate
	kept         sessions
	mu           sync.Mutex
	names        [][]byte
	made         *tls.Config
}

// maxNamesBytes bounds the names in a handshake; TLS has room for 65,535 (RFC 8446,
// 4.2.4). Beyond it none is named, and a client shows what it was told to.
const maxNamesBytes = 16 << 10

func (o *others) config(names [][]byte) *tls.Config {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.made != nil && slices.EqualFunc(o.names, names, bytes.Equal) {
		return o.made
	}
	pool, size := x509.NewCertPool(), 0
	for _, name := range names {
		size += len(name)
		pool.AddCert(&x509.Certificate{Raw: name, RawSubject: name}) // only the name goes out
	}
	if size > maxNamesBytes {
		pool = nil
	}
	o.names = names
	o.made = &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, Certificates: o.certificates,
		ClientAuth: tls.RequestClientCert, ClientCAs: pool, WrapSession: o.kept.wrap, UnwrapSession: o.kept.unwrap,
	}
	return o.made
}
