package agent

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"sonae/internal/wire"
)

// Problem is an answer of the server that is not what was asked for (RFC 9457).
type Problem struct {
	Status     int           `json:"-"`    // HTTP
	Type       string        `json:"type"` // "urn:sonae:ingest:replay"
	Code       string        `json:"code"`
	Title      string        `json:"title"`
	Detail     string        `json:"detail"`
	Hint       string        `json:"hint"`
	Seq        int64         `json:"seq"` // with code "replay": highest number the server has
	RetryAfter time.Duration `json:"-"`   // 0 = not said
}

// reason is the word to decide by: the end of a Sonae type, else the code.
func (p *Problem) reason() string {
	if word, ok := strings.CutPrefix(p.Type, "urn:sonae:ingest:"); ok && word != "" {
		return word
	}
	return p.Code
}

// unknownDevice tells that the server does not know the device ID any more.
func (p *Problem) unknownDevice() bool {
	reason := p.reason()
	return p.Status == http.StatusUnauthorized && (reason == "unknown_device" || reason == "device_unknown")
}

// wantsCertificate tells that the server asks for a (better) device certificate.
func (p *Problem) wantsCertificate() bool {
	return p.Status == http.StatusUnauthorized && strings.HasPrefix(p.reason(), "certificate_")
}

// replay tells that the server has seen a higher sequence number, Seq.
func (p *Problem) replay() bool { return p.Status == http.StatusConflict && p.Seq > 0 }

// Error says what the server said, and its hint.
func (p *Problem) Error() string {
	parts := []string{fmt.Sprintf("the server answered %d", p.Status)}
	for _, text := range []string{p.reason(), p.Detail, p.Hint} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	if len(parts) == 1 {
		parts = append(parts, http.StatusText(p.Status))
	}
	return strings.Join(parts, ": ")
}

// final tells that this report will never be taken, however often it is sent.
func (p *Problem) final() bool {
	switch p.Status {
	case http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusBadRequest, http.StatusUnsupportedMediaType:
		return p.reason() != "truncated" // cut on the way, not by us
	}
	return false
}

// hopeless tells that a person has to do something first.
func (p *Problem) hopeless() bool {
	return p.Status == http.StatusUnauthorized || p.Status == http.StatusForbidden || p.Status == http.StatusNotFound
}

// server is the other end.
type server struct {
	base   string
	client *http.Client // by what the enrolment gave, when it gave something
	plain  *http.Client // by what the configuration says
	cfg    Config
	// certified says that the server is shown this device's certificate, if no proxy is
	// between.
	certified bool
	kbps      int // most that is sent, 1000 bytes a second; 0 = no limit
}

// Times and sizes of one exchange.
const (
	connectTimeout  = 15 * time.Second
	exchangeTimeout = 2 * time.Minute
	maxReplyBytes   = 64 << 10
	maxRetryAfter   = 24 * time.Hour
)

func newServer(cfg Config) (*server, error) {
	base, err := checkURL(cfg.ServerURL)
	if err != nil {
		return nil, err
	}
	if cfg.HTTPClient != nil {
		return &server{base: base, client: cfg.HTTPClient, plain: cfg.HTTPClient, cfg: cfg}, nil
	}
	config, err := tlsConfig(cfg.CAFile, cfg.Pin)
	if err != nil {
		return nil, err
	}
	client := newClient(config, true)
	return &server{base: base, client: client, plain: client, cfg: cfg}, nil
}

func newClient(config *tls.Config, http2 bool) *http.Client {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout: connectTimeout, TLSClientConfig: config, ForceAttemptHTTP2: http2,
		IdleConnTimeout: 30 * time.Second, DisableCompression: true, // answers are small
	}
	return &http.Client{
		Transport: transport, Timeout: exchangeTimeout,
		// A redirect would carry token and report to somebody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// rely makes the connections after enrolment: the agent offers its own protocol name,
// shows the device's certificate, and trusts a server that the enrolment's authority
// vouches for, beside the one of the configuration.
func (s *server) rely(t trust, key ed25519.PrivateKey) {
	if s.cfg.HTTPClient != nil {
		return
	}
	if s.client != s.plain {
		s.client.CloseIdleConnections()
	}
	s.client, s.certified = s.plain, false
	if t.roots == nil {
		return
	}
	config, err := tlsConfig(s.cfg.CAFile, s.cfg.Pin)
	if err != nil {
		return // it was good when the agent started; s.plain still has it
	}
	configured := config.VerifyConnection
	config.NextProtos = []string{wire.ALPN, "http/1.1"}
	config.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return t.pair(key), nil }
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if t.vouches(state.PeerCertificates) {
			return nil
		}
		return configured(state)
	}
	s.client = newClient(config, false)
	s.client.Transport.(*http.Transport).DialTLSContext = (&resumer{config: config}).dial
	s.certified = t.leaf != nil && strings.HasPrefix(s.base, "https:")
}

// rest ends the connection: with hours to the next report it serves nobody.
func (s *server) rest() {
	if s.cfg.HTTPClient == nil {
		s.client.CloseIdleConnections()
		s.plain.CloseIdleConnections()
	}
}

// checkURL takes https, and http for this machine only.
func checkURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%q is not the address of a server; write it like https://sonae.example.jp", text)
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return "", fmt.Errorf("%q is not safe: the agent speaks https; http is for a server on this machine only", text)
	}
	return strings.TrimSuffix(u.String(), "/"), nil
}

// ParsePin reads the SHA-256 of a public key (SubjectPublicKeyInfo, RFC 7469
// 2.4) in hexadecimal or base64, with or without "sha256/" before it.
func ParsePin(text string) ([]byte, error) {
	text = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(text), "sha256/"), "sha256:")
	for _, decode := range []func(string) ([]byte, error){hex.DecodeString, base64.StdEncoding.DecodeString, base64.RawURLEncoding.DecodeString} {
		if sum, err := decode(text); err == nil && len(sum) == sha256.Size {
			return sum, nil
		}
	}
	return nil, errors.New("the pin is not a SHA-256 in hexadecimal or base64; copy it from the server's start message")
}

// tlsConfig trusts the system's authorities, or only the one of the file, or, with a
// pin alone, only the server that has exactly this key: that is how a self-made
// certificate is trusted. With file and pin both must hold.
func tlsConfig(caFile, pin string) (*tls.Config, error) {
	var roots *x509.CertPool
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, fmt.Errorf("read certificate authority: %w", err)
		}
		roots = x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM form", caFile)
		}
	}
	var want []byte
	if pin != "" {
		var err error
		if want, err = ParsePin(pin); err != nil {
			return nil, err
		}
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // VerifyConnection is the check: it runs for every connection, resumed ones too
		VerifyConnection: func(state tls.ConnectionState) error {
			if want == nil || caFile != "" {
				if err := verifyChain(state, roots); err != nil {
					return err
				}
			}
			if want != nil && !pinned(state, want) {
				return errPin
			}
			return nil
		},
	}, nil
}

// errPin says that the server is another one than the pin names.
var errPin = errors.New("the server's key is not the pinned one; if its certificate was renewed, set the new pin")

// verifyChain is what crypto/tls does by itself: signatures, time, name; roots nil are
// the system's.
func verifyChain(state tls.ConnectionState, roots *x509.CertPool) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("the server showed no certificate")
	}
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, DNSName: state.ServerName})
	return err
}

func pinned(state tls.ConnectionState, want []byte) bool {
	if len(state.PeerCertificates) == 0 {
		return false
	}
	sum := sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo)
	return bytes.Equal(sum[:], want)
}

func (s *server) enrol(ctx context.Context, request wire.EnrollRequest) (wire.EnrollReply, error) {
	var reply wire.EnrollReply
	body, err := json.Marshal(request)
	if err != nil {
		return reply, fmt.Errorf("encode request: %w", err)
	}
	err = s.post(ctx, "/ingest/v1/enroll", body, http.Header{"Content-Type": {"application/json"}}, &reply)
	if err == nil && reply.DeviceID == "" {
		err = errors.New("the server gave no device ID; is the address that of a Sonae server?")
	}
	return reply, err
}

func (s *server) certificate(ctx context.Context, request wire.CertificateRequest) (wire.Trust, error) {
	var reply wire.Trust
	body, err := json.Marshal(request)
	if err != nil {
		return reply, fmt.Errorf("encode request: %w", err)
	}
	err = s.post(ctx, "/ingest/v1/certificate", body, http.Header{"Content-Type": {"application/json"}}, &reply)
	if err == nil && len(reply.Certificate) == 0 {
		err = errors.New("the server gave no certificate")
	}
	return reply, err
}

func (s *server) report(ctx context.Context, device, signature string, body []byte) (wire.ReportReply, error) {
	var reply wire.ReportReply
	err := s.post(ctx, "/ingest/v1/report", body, http.Header{
		"Content-Type": {wire.ReportType}, "Content-Encoding": {wire.EncodingZstd},
		wire.HeaderDevice: {device}, wire.HeaderSignature: {signature},
	}, &reply)
	return reply, err
}

func (s *server) post(ctx context.Context, path string, body []byte, header http.Header, reply any) error {
	response, err := s.do(ctx, s.client, path, body, header)
	if err != nil && s.client != s.plain && untrusted(err) {
		// The server's database may be another one, with another authority. Whom the
		// configuration trusts may tell us that, without our certificate.
		response, err = s.do(ctx, s.plain, path, body, header)
	}
	if err != nil {
		return unreachable(s.base, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxReplyBytes))
	if err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return problemOf(response, text)
	}
	if short, ok := reply.(*wire.ReportReply); ok && response.StatusCode == http.StatusNoContent {
		if at, err := http.ParseTime(response.Header.Get("Date")); err == nil {
			short.ServerMS = at.UnixMilli()
		}
		return nil
	}
	if err := json.Unmarshal(text, reply); err != nil {
		return errors.New("the server's answer is not that of a Sonae server; check the address")
	}
	return nil
}

func (s *server) do(ctx context.Context, client *http.Client, path string, body []byte, header http.Header) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if rate := bytesPerSecond(s.kbps, len(body)); rate > 0 {
		request.GetBody = func() (io.ReadCloser, error) {
			return io.NopCloser(&slowReader{ctx: ctx, from: bytes.NewReader(body), rate: rate}), nil
		}
		request.Body, _ = request.GetBody()
	}
	request.Header = header
	if header.Get("Content-Type") != "" { // else each byte counts
		request.Header.Set("Accept", "application/json, application/problem+json")
	}
	request.Header["User-Agent"] = nil // the report says what sent it
	return client.Do(request)
}

// untrusted tells that the server was reached and its certificate was not accepted.
func untrusted(err error) bool {
	var unknown x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &unknown) || errors.As(err, &wrongName) || errors.As(err, &invalid) || errors.Is(err, errPin)
}

// unreachable says what to look at.
func unreachable(base string, err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // the rest repeats method and address
	}
	var unknown x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &unknown):
		return fmt.Errorf("reach %s: nobody this machine trusts signed the server's certificate; give its authority with --ca, or its key with --pin: %w", base, err)
	case errors.As(err, &wrongName):
		return fmt.Errorf("reach %s: the certificate is for another name; use that name, or give the key with --pin: %w", base, err)
	}
	return fmt.Errorf("reach %s: %w; check the address, the network and the firewall between", base, err)
}

// problemOf reads an answer that is not a success; it need not be from Sonae.
func problemOf(response *http.Response, text []byte) *Problem {
	p := &Problem{}
	if json.Unmarshal(text, p) != nil {
		p = &Problem{}
	}
	p.Status = response.StatusCode
	for _, s := range []*string{&p.Type, &p.Code, &p.Title, &p.Detail, &p.Hint} {
		*s = strings.Map(func(r rune) rune {
			if r < 0x20 || r == 0x7f {
				return ' '
			}
			return r
		}, (*s)[:min(len(*s), 500)])
	}
	p.RetryAfter = retryAfter(response.Header.Get("Retry-After"))
	return p
}

// retryAfter reads seconds (RFC 9110, 10.2.3); dates are of no use between two
// clocks that may differ.
func retryAfter(text string) time.Duration {
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(min(seconds, 1<<20))*time.Second, maxRetryAfter)
}
