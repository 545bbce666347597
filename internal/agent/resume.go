package agent

import (
	"context"
	"crypto/tls"
	"net"
)

// resumer opens TLS connections. A session that the server remembers is taken up with a
// small key exchange: its secret comes from the whole handshake before, which holds
// against quantum computers, and everything after it is derived from that secret, too
// (RFC 8446, 7.1). A server that has forgotten the session gets a whole handshake.
type resumer struct {
	config *tls.Config // with its ClientSessionCache
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
		small := whole.Clone()
		small.CurvePreferences = []tls.CurveID{tls.X25519}
		conn, err := connect(ctx, network, address, small)
		if conn == nil {
			return nil, err
		}
		if err == nil && conn.ConnectionState().DidResume {
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
	return conn, nil
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
