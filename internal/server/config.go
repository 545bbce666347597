// Package server wires the rooms, edges and jobs of one Sonae server together,
// and holds what its commands do. It is the one package that imports them all;
// it has no rule of the field.
package server

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"sonae/internal/platform/transport"
)

// Config is everything an operator sets outside the database: defaults, then the
// file named by --config, then the environment, then flags. `sonae config`
// prints it with secrets masked.
type Config struct {
	Data      string `help:"Data folder: database, keys, self-made certificate." default:"./sonae-data" env:"SONAE_DATA" type:"path"`
	Database  string `help:"postgres://… to use PostgreSQL; empty for SQLite in the data folder." env:"SONAE_DATABASE"`
	SecretKey string `help:"Server key as 64 hexadecimal digits, for several servers on one database; default: the file secret.key in the data folder." env:"SONAE_SECRET_KEY"`
	mustExist bool   // a command that reads: an empty database would only hide a wrong path
	LogLevel  string `help:"What to log: debug, info, warn or error." enum:"debug,info,warn,error" default:"info" env:"SONAE_LOG_LEVEL"`
}

// Listen is how a running server is reached.
type Listen struct {
	Discovery
	Listen         string   `help:"Address to listen on. Beyond loopback Sonae speaks TLS only." default:"127.0.0.1:8787" env:"SONAE_LISTEN"`
	BaseURL        string   `help:"Address that people type, for links and passkeys; never taken from a request. Default: made from --listen." env:"SONAE_BASE_URL"`
	TLSCert        string   `help:"Certificate chain (PEM) of your own; without it a self-signed one is made when listening beyond loopback." env:"SONAE_TLS_CERT" type:"path"`
	TLSKey         string   `help:"Private key (PEM) for --tls-cert." env:"SONAE_TLS_KEY" type:"path"`
	TrustedProxies []string `help:"Networks whose X-Forwarded-For is believed, for example 10.0.0.5/32." env:"SONAE_TRUSTED_PROXIES"`
	// ClientCertHeader counts from trusted proxies only.
	ClientCertHeader string `help:"Header in which the trusted proxies hand over the client's certificate (RFC 9440, or URL-escaped PEM), for example Client-Cert; they must remove it from what clients send." env:"SONAE_CLIENT_CERT_HEADER"`
}

// Masked is the database address without its password, for logs and `sonae config`.
func (c Config) Masked() string {
	u, err := url.Parse(c.Database)
	if err != nil || c.Database == "" {
		return ""
	}
	return u.Redacted()
}

// certificate decides how the listener is protected: own certificate, none on
// loopback, self-signed beyond.
func (l Listen) certificate(dataDir string, clock func() (now int64)) (*transport.Certificate, error) {
	if (l.TLSCert == "") != (l.TLSKey == "") {
		return nil, errors.New("--tls-cert and --tls-key go together: give both, or neither")
	}
	if l.TLSCert != "" {
		c, err := transport.LoadCertificate(l.TLSCert, l.TLSKey)
		return &c, err
	}
	if transport.Loopback(l.Listen) {
		return nil, nil //nolint:nilnil // no certificate is a valid answer on loopback
	}
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	c, err := transport.SelfSigned(dataDir, transport.Hosts(l.Listen), time.UnixMilli(clock()))
	return &c, err
}

// localHost tells that people reach the server under a name of this machine only.
func localHost(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func (l Listen) proxies() (transport.Proxies, error) {
	var p transport.Proxies
	if l.ClientCertHeader != "" && len(l.TrustedProxies) == 0 {
		return nil, errors.New("--client-cert-header counts from trusted proxies only: name them with --trusted-proxies")
	}
	for _, text := range l.TrustedProxies {
		if !strings.Contains(text, "/") {
			a, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("--trusted-proxies %q is no address or network: %w", text, err)
			}
			p = append(p, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		n, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("--trusted-proxies %q is no network: %w", text, err)
		}
		p = append(p, n)
	}
	return p, nil
}

// baseURL is what links and passkeys rest on.
func (l Listen) baseURL(actual string, tls bool) (*url.URL, error) {
	if l.BaseURL == "" {
		scheme := "http"
		if tls {
			scheme = "https"
		}
		// Passkeys need a name, not an address: loopback is "localhost" to browsers.
		return &url.URL{Scheme: scheme, Host: strings.Replace(actual, "127.0.0.1:", "localhost:", 1)}, nil
	}
	u, err := url.Parse(l.BaseURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("--base-url %q: give it as https://name[:port]", l.BaseURL)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}
