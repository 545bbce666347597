// Package transport is the HTTP machinery under every edge: listener with TLS,
// time limits, the client's address, request identifiers, panics and the access
// log. It knows nothing of pages, APIs or reports.
package transport

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// Time limits of one request. A report of MaxWireBytes over a 1 Mbit/s line
// takes 64 s; slower senders try again later.
const (
	readHeaderTime = 10 * time.Second
	readTime       = 120 * time.Second
	writeTime      = 180 * time.Second
	idleTime       = 120 * time.Second
	maxHeaderBytes = 32 << 10
)

// NewServer makes an HTTP server with every time limit set; cert may be nil for
// plain HTTP on loopback. agents, when not nil, is how clients are met that offer its
// protocol name.
func NewServer(handler http.Handler, cert *Certificate, agents *Agents, log *slog.Logger) *http.Server {
	s := &http.Server{
		Handler: handler, ReadHeaderTimeout: readHeaderTime, ReadTimeout: readTime, WriteTimeout: writeTime,
		IdleTimeout: idleTime, MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	if cert != nil {
		s.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert.TLS}}
		if agents != nil {
			s.TLSConfig.GetConfigForClient = agents.config(s.TLSConfig)
		}
	}
	return s
}

type ctxKey int

const (
	keyAddress ctxKey = iota
	keyRequest
	keyProxied
)

// Address is the client's address as established by Frame; empty outside of it.
func Address(ctx context.Context) string {
	a, _ := ctx.Value(keyAddress).(string)
	return a
}

// Proxied tells whether the peer is one of the trusted proxies: only then may a
// header speak for the client. false outside of Frame.
func Proxied(ctx context.Context) bool {
	yes, _ := ctx.Value(keyProxied).(bool)
	return yes
}

// RequestID is the identifier that appears in the log and on error pages.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(keyRequest).(string)
	return id
}

// Proxies are the addresses whose X-Forwarded-For is believed; empty = none.
type Proxies []netip.Prefix

// Frame wraps every request of the server: client address, request identifier,
// panic to 500, access log at debug level.
func Frame(next http.Handler, proxies Proxies, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := newRequestID()
		ctx := context.WithValue(r.Context(), keyAddress, clientAddress(r, proxies))
		ctx = context.WithValue(ctx, keyRequest, id)
		if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil && proxies.trust(host) {
			ctx = context.WithValue(ctx, keyProxied, true)
		}
		w.Header().Set("X-Request-Id", id)
		rec := &recorder{ResponseWriter: w}
		start := time.Now()
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { //nolint:errorlint // the documented sentinel is compared by identity
					panic(p)
				}
				log.Error("panic in handler", "request", id, "path", r.URL.Path, "err", p, "stack", string(debug.Stack()))
				if !rec.wrote {
					http.Error(rec, "internal error, request "+id, http.StatusInternalServerError)
				}
			}
			log.Debug("request", "request", id, "method", r.Method, "path", r.URL.Path, "status", rec.status, "ms", time.Since(start).Milliseconds())
		}()
		next.ServeHTTP(rec, r.WithContext(ctx))
	})
}

type recorder struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (r *recorder) WriteHeader(status int) {
	if !r.wrote {
		r.status, r.wrote = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if !r.wrote {
		r.status, r.wrote = http.StatusOK, true
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the real writer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func newRequestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return hex.EncodeToString(b[:])
}

// clientAddress is the peer, or, when the peer is a trusted proxy, the last
// address in X-Forwarded-For that is not one.
func clientAddress(r *http.Request, proxies Proxies) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if !proxies.trust(host) {
		return host
	}
	parts := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, part := range slices.Backward(parts) {
		a := strings.TrimSpace(part)
		if _, err := netip.ParseAddr(a); err != nil {
			return host
		}
		if !proxies.trust(a) {
			return a
		}
	}
	return host
}

func (p Proxies) trust(host string) bool {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, prefix := range p {
		if prefix.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}
