package transport

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// maxCertHeader bounds the header of a proxy; a device's certificate in escaped PEM
// has about 1 kB.
const maxCertHeader = 16 << 10

// ErrCertHeader says that a trusted proxy sent a header that holds no certificate.
var ErrCertHeader = errors.New("the proxy's header holds no certificate")

// ClientCertificate is the client's certificate: of its own TLS connection, or, when
// the peer is a trusted proxy and header names what it sends, the one the proxy saw.
// From anybody else the header does not count, whatever it holds. nil = none.
//
// The header is that of RFC 9440 (":base64 of the DER:"), or PEM escaped as in a URL
// (nginx, $ssl_client_escaped_cert), or bare base64 of the DER.
func ClientCertificate(r *http.Request, header string) (*x509.Certificate, error) {
	chain, err := ClientChain(r, header)
	if err != nil || len(chain) == 0 {
		return nil, err
	}
	return chain[0], nil
}

// ClientChain is ClientCertificate and what the client brought along with it; a proxy
// hands over the first one only. Empty = none.
func ClientChain(r *http.Request, header string) ([]*x509.Certificate, error) {
	if header != "" && Proxied(r.Context()) {
		leaf, err := headerCertificate(r.Context(), r.Header.Values(header))
		if err != nil || leaf == nil {
			return nil, err
		}
		return []*x509.Certificate{leaf}, nil
	}
	if r.TLS != nil {
		return r.TLS.PeerCertificates, nil
	}
	return nil, nil
}

func headerCertificate(_ context.Context, values []string) (*x509.Certificate, error) {
	if len(values) == 0 || len(values) == 1 && strings.Trim(values[0], " -") == "" {
		return nil, nil //nolint:nilnil // the proxy saw none
	}
	// Two of them: the client sent one itself and the proxy did not take it away.
	if len(values) > 1 || len(values[0]) > maxCertHeader {
		return nil, ErrCertHeader
	}
	text := strings.TrimSpace(values[0])
	if strings.HasPrefix(text, "-----") {
		plain, err := url.PathUnescape(text)
		if err != nil {
			return nil, ErrCertHeader
		}
		block, rest := pem.Decode([]byte(plain))
		if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
			return nil, ErrCertHeader
		}
		return parseCertificate(block.Bytes)
	}
	if len(text) > 2 && text[0] == ':' && text[len(text)-1] == ':' {
		text = text[1 : len(text)-1]
	}
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, ErrCertHeader
	}
	return parseCertificate(der)
}

func parseCertificate(der []byte) (*x509.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, ErrCertHeader
	}
	return c, nil
}
