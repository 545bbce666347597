package agent

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"

	"sonae/internal/wire"
)

// resumer opens TLS connections. A session that the server remembers is taken up with a
// small hello and a small key exchange: its secret comes from the whole handshake before,
// which holds against quantum computers, and everything after it is derived from that
// secret, too (RFC 8446, 7.1; docs/decisions/0029). A server that has forgotten the
// session gets a whole handshake.
type resumer struct {
	config *tls.Config // with its ClientSessionCache
	brief  sync.Map    // hosts that take the short hello
}

// dial is for http.Transport.DialTLSContext.
func (r *resumer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*connectTimeout)
	defer cancel()
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	whole := r.config.Clone()
	whole.ServerName = host // also the key of the cache
	if _, have := whole.ClientSessionCache.Get(host); have {
		conn, err := connect(ctx, network, address, r.small(whole))
		if conn == nil {
			return nil, err
		}
		if err == nil {
			return conn, nil
		}
		_ = conn.Close()
		whole.ClientSessionCache.Put(host, nil)
	}
	conn, err := connect(ctx, network, address, whole)
	if err != nil {
		if conn != nil {
			_ = conn.Close()
		}
		return nil, err
	}
	r.learn(host, conn.ConnectionState())
	return conn, nil
}

// errForgotten says that the server makes a whole handshake in the place of a session.
var errForgotten = errors.New("the server has forgotten the session")

// small is the configuration to take a session up with, and for nothing else: this
// machine's certificate never goes over a key exchange that a quantum computer might
// open. The short hello leaves out what the session says: the version, and who asks.
func (r *resumer) small(whole *tls.Config) *tls.Config {
	small := whole.Clone()
	small.CurvePreferences = []tls.CurveID{tls.X25519}
	small.VerifyConnection = func(state tls.ConnectionState) error {
		if !state.DidResume {
			return errForgotten
		}
		return whole.VerifyConnection(state)
	}
	if _, brief := r.brief.Load(whole.ServerName); brief {
		small.MinVersion, small.NextProtos = tls.VersionTLS13, []string{wire.ALPNAgain}
	}
	return small
}

// learn notes after a whole handshake whether the next hello may be the short one:
// Sonae's own listener answers agents with no protocol name, a proxy or an older server
// with one.
func (r *resumer) learn(host string, state tls.ConnectionState) {
	if state.Version >= tls.VersionTLS13 && state.NegotiatedProtocol == "" {
		r.brief.Store(host, true)
	} else {
		r.brief.Delete(host)
	}
}

// connect gives no connection when nobody answers, and one with the error when the
// handshake went wrong.
func connect(ctx context.Context, network, address string, config *tls.Config) (*tls.Conn, error) {
	raw, err := (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, config)
	return conn, conn.HandshakeContext(ctx)
}
