package transport

import (
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
// asked for nothing.
type Agents struct {
	Protocols []string // any of them
	Authority *authority.Authority
	Now       func() time.Time
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
func (a *Agents) config() func(*tls.ClientHelloInfo) (*tls.Config, error) {
	authorities := x509.NewCertPool()
	authorities.AddCert(a.Authority.X509())
	leaf, kept := serverLeaf{agents: a}, sessions{}
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		ClientAuth: tls.RequestClientCert, ClientCAs: authorities, GetCertificate: leaf.get,
		WrapSession: kept.wrap, UnwrapSession: kept.unwrap,
	}
	return func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		for _, name := range hello.SupportedProtos {
			if slices.Contains(a.Protocols, name) {
				return config, nil
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
