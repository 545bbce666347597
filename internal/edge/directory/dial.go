package directory

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"sonae/internal/platform/fault"
)

// link is an open connection to a directory.
type link struct {
	*ldap.Conn
	guard  *guard
	limits limits
	ctx    context.Context //nolint:containedctx // lives as long as one reading, whose end closes the connection
	stop   func() bool
}

// dial connects over TLS and signs in. The connection closes when ctx ends.
func (d *Directory) dial(ctx context.Context, s Source, password string) (*link, error) {
	host, _, err := net.SplitHostPort(s.Address)
	if err != nil {
		return nil, fault.Invalid("directory.error.address_form").At("address").Because(err)
	}
	var shown string
	cfg := s.tls(host, &shown)
	open, cancel := context.WithTimeout(ctx, d.limits.connect)
	defer cancel()
	raw, err := (&tls.Dialer{NetDialer: &net.Dialer{}, Config: cfg}).DialContext(open, "tcp", s.Address)
	if err != nil {
		return nil, connectFault(s, err, shown)
	}
	l := &link{guard: newGuard(raw, d.limits.message), limits: d.limits, ctx: ctx}
	l.Conn = ldap.NewConn(l.guard, true)
	l.Conn.SetTimeout(d.limits.connect)
	l.Conn.Start()
	l.stop = context.AfterFunc(ctx, func() { _ = l.Conn.Close() })
	if err := l.Bind(s.BindName, password); err != nil {
		l.close()
		return nil, l.bindFault(err)
	}
	l.Conn.SetTimeout(d.limits.request)
	return l, nil
}

func (l *link) close() {
	l.stop()
	_ = l.Conn.Close()
}

// tls is how the server proves itself: by the pin when there is one, else by its
// name and an authority. shown receives the pin of the certificate presented.
func (s Source) tls(host string, shown *string) *tls.Config {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if s.CAPEM != "" {
		cfg.RootCAs = x509.NewCertPool()
		cfg.RootCAs.AppendCertsFromPEM([]byte(s.CAPEM))
	}
	verify := cfg.RootCAs
	cfg.InsecureSkipVerify = true // VerifyConnection below does it, so that the pin can be told in every case
	cfg.VerifyConnection = func(state tls.ConnectionState) error {
		leaf := state.PeerCertificates[0]
		*shown = PinOf(leaf)
		if s.Pin != "" {
			if *shown != s.Pin {
				return errPin
			}
			return nil
		}
		between := x509.NewCertPool()
		for _, c := range state.PeerCertificates[1:] {
			between.AddCert(c)
		}
		_, err := leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: verify, Intermediates: between})
		return err
	}
	return cfg
}

var errPin = errors.New("the server's key is another one than the pinned")

// PinOf is the pin of a certificate: SHA-256 of its public key (SubjectPublicKeyInfo,
// as in RFC 7469, section 2.4) in hex.
func PinOf(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// connectFault puts into words why there is no connection.
func connectFault(s Source, err error, shown string) error {
	say := func(key string, args ...any) error {
		return fault.New(fault.CodeUnavailable, key, append(args, "Address", s.Address)...).Because(err)
	}
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var dns *net.DNSError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, errPin):
		return say("directory.error.pin", "Pin", shown)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return say("directory.error.expired", "Until", invalid.Cert.NotAfter.UTC().Format(time.DateOnly), "Pin", shown)
	case errors.As(err, &name):
		return say("directory.error.host", "Names", strings.Join(name.Certificate.DNSNames, ", "), "Pin", shown)
	case errors.As(err, &authority):
		return say("directory.error.authority", "Pin", shown)
	case errors.As(err, &invalid):
		return say("directory.error.certificate", "Pin", shown)
	case errors.As(err, &dns):
		return say("directory.error.dns")
	case errors.As(err, &record):
		return say("directory.error.no_tls")
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		return say("directory.error.hangs")
	case strings.Contains(err.Error(), "refused"):
		return say("directory.error.refused")
	}
	return say("directory.error.connect")
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// bindReasons are the codes that Active Directory puts into the text of result 49
// (learn.microsoft.com, "Common Active Directory Bind Errors"; Samba sends the same).
var bindReasons = map[string]string{"533": "directory.error.bind_disabled", "775": "directory.error.bind_locked", "532": "directory.error.bind_expired",
	"773": "directory.error.bind_expired", "701": "directory.error.bind_expired", "530": "directory.error.bind_hours", "531": "directory.error.bind_hours"}

// bindFault puts into words why the reading account was not let in.
func (l *link) bindFault(err error) error {
	say := func(key string) error { return fault.New(fault.CodeUnavailable, key).Because(err) }
	switch {
	case ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials):
		for code, key := range bindReasons {
			if strings.Contains(err.Error(), "data "+code) {
				return say(key)
			}
		}
		return say("directory.error.bind")
	case ldap.IsErrorWithCode(err, ldap.LDAPResultStrongAuthRequired), ldap.IsErrorWithCode(err, ldap.LDAPResultConfidentialityRequired):
		return say("directory.error.no_tls")
	}
	return l.fault(err)
}

// fault puts into words why a request failed.
func (l *link) fault(err error) error {
	say := func(key string, args ...any) error {
		return fault.New(fault.CodeUnavailable, key, args...).Because(err)
	}
	if f := fault.Of(err); f.Code != fault.CodeInternal {
		return err
	}
	cause := l.guard.cause()
	switch {
	case errors.Is(l.ctx.Err(), context.DeadlineExceeded):
		return say("directory.error.hangs_midway")
	case errors.Is(cause, errTooMuch):
		return say("directory.error.too_much")
	case cause != nil:
		return say("directory.error.broken")
	case ldap.IsErrorWithCode(err, ldap.LDAPResultInsufficientAccessRights):
		return say("directory.error.rights")
	case ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject):
		return say("directory.error.base")
	case ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded), ldap.IsErrorWithCode(err, ldap.LDAPResultAdminLimitExceeded), ldap.IsErrorWithCode(err, ldap.LDAPResultTimeLimitExceeded):
		return say("directory.error.server_limit")
	case ldap.IsErrorWithCode(err, ldap.ErrorNetwork) && strings.Contains(err.Error(), "timed out"):
		return say("directory.error.hangs_midway")
	case errors.Is(err, io.EOF), l.IsClosing(), ldap.IsErrorWithCode(err, ldap.ErrorNetwork), ldap.IsErrorWithCode(err, ldap.LDAPResultUnavailable), ldap.IsErrorWithCode(err, ldap.LDAPResultBusy):
		return say("directory.error.lost")
	}
	if le, ok := errors.AsType[*ldap.Error](err); ok {
		return say("directory.error.result", "Code", ldap.LDAPResultCodeMap[le.ResultCode])
	}
	return say("directory.error.broken")
}
