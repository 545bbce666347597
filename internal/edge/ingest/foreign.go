package ingest

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/edge/ingest/foreign"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/text"
	"sonae/internal/wire"
)

// Foreign is the entry for agents of other makers, to be mounted at foreign.Paths. It
// answers as if it were not there until an administrator opens it (identity.Entry);
// then a message is checked from cheap to dear: rate of the address, certificate or
// secret, size, form. Bodies are read to their end even when refused: these clients send all of a
// body before they listen.
//
//	POST <path>                  prolog, contact, inventory
//	GET  <path>?action=getConfig {}: no task that lets a server run commands
func (s *Server) Foreign() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := http.MaxBytesReader(w, r.Body, wire.MaxWireBytes)
		e := exchange{server: s, w: w, r: r, packing: foreign.Plain}
		answer, err := e.run(body)
		_, _ = io.Copy(io.Discard, body)
		if err != nil {
			e.refuse(err)
			return
		}
		e.answer(http.StatusOK, answer)
	})
}

// ForeignPaths are the patterns to mount Foreign at.
func ForeignPaths() []string {
	var out []string
	for _, p := range foreign.Paths {
		out = append(out, p)
		if !strings.HasSuffix(p, ".php") {
			out = append(out, p+"/")
		}
	}
	return out
}

// exchange is one request of an agent of another maker.
type exchange struct {
	server  *Server
	w       http.ResponseWriter
	r       *http.Request
	packing foreign.Packing
	json    bool
}

func (e *exchange) run(body io.Reader) ([]byte, error) {
	s, ctx := e.server, e.r.Context()
	e.json = e.r.Header.Get("GLPI-Agent-ID") != "" && e.r.Method == http.MethodGet
	if err := s.admit(e.r); err != nil {
		return nil, err
	}
	open, err := s.identity.AnyEntry(ctx, s.db, e.expected()...)
	if err != nil {
		return nil, err
	}
	if !open {
		return nil, fault.NotFound("ingest.error.no_entry")
	}
	entries, err := e.entries()
	if err != nil {
		return nil, err
	}
	switch e.r.Method {
	case http.MethodGet:
		if e.r.URL.Query().Get("action") == "getConfig" {
			e.json = true
			return []byte("{}"), nil
		}
		return nil, fault.Invalid("ingest.error.query").WithHint("ingest.hint.query")
	case http.MethodPost:
		return e.take(body, entries)
	}
	return nil, fault.NotFound("ingest.error.no_entry")
}

// expected are the protocols that may come in at the path.
func (e *exchange) expected() []identity.Protocol {
	switch path := e.r.URL.Path; {
	case strings.HasPrefix(path, foreign.OwnPath):
		return identity.Protocols
	case strings.HasPrefix(path, foreign.OCSPath):
		return []identity.Protocol{identity.ProtocolOCS}
	}
	return []identity.Protocol{identity.ProtocolGLPI, identity.ProtocolFusion}
}

// take reads a message and does what it asks for, through the entry of its protocol.
func (e *exchange) take(body io.Reader, entries []identity.Entry) ([]byte, error) {
	if e.r.ContentLength > wire.MaxWireBytes {
		return nil, fault.TooLarge("ingest.error.too_large").WithHint("ingest.hint.update")
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, truncated(e.r, err)
	}
	m, in, err := e.read(raw)
	if err != nil {
		return nil, err
	}
	e.json = m.JSON
	protocol := m.Protocol(e.r.URL.Path, e.r.Header.Get("GLPI-Agent-ID"), e.r.UserAgent())
	i := slices.IndexFunc(entries, func(e identity.Entry) bool { return e.Protocol == protocol })
	if i < 0 {
		return nil, fault.Forbidden("ingest.error.entry_protocol").WithHint("ingest.hint.entry_protocol")
	}
	entry, err := e.server.identity.UseEntry(e.r.Context(), e.server.db, entries[i])
	if err != nil {
		return nil, err
	}
	switch {
	case m.Query == foreign.Prolog, m.Query == foreign.Contact:
	case m.Result():
		return e.devices(m, entry)
	case m.Query == foreign.Report:
		if err := e.server.TakeForeign(e.r.Context(), entry, e.server.address(e.r), m, in); err != nil {
			return nil, err
		}
	default:
		return nil, fault.Invalid("ingest.error.query").WithHint("ingest.hint.query").At(string(m.Query))
	}
	return m.Answer(protocol), nil
}

// read parses a body; only a few at a time, because one may take up to its limits in
// memory.
func (e *exchange) read(raw []byte) (m *foreign.Message, in foreign.Inventory, err error) {
	release, err := e.server.decodingSlot(e.r.Context())
	if err != nil {
		return nil, in, err
	}
	defer release()
	plain, packing, err := foreign.Unpack(raw)
	e.packing = packing
	if err != nil {
		return nil, in, err
	}
	e.json = len(plain) > 0 && plain[0] == '{'
	if m, err = foreign.Parse(plain); err != nil {
		return nil, in, err
	}
	if m.Query == foreign.Report && !m.Result() {
		in = m.Inventory()
	}
	return m, in, nil
}

// decodingSlot waits until a message may be decoded.
func (s *Server) decodingSlot(ctx context.Context) (release func(), err error) {
	select {
	case s.decoding <- struct{}{}:
		return func() { <-s.decoding }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// answer sends in the packing that came: OCS reads no other.
func (e *exchange) answer(status int, body []byte) {
	h := e.w.Header()
	switch {
	case e.packing != foreign.Plain:
		h.Set("Content-Type", "application/x-compressed")
	case e.json:
		h.Set("Content-Type", "application/json")
	default:
		h.Set("Content-Type", "application/xml; charset=utf-8")
	}
	body = foreign.Pack(body, e.packing)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	e.w.WriteHeader(status)
	_, _ = e.w.Write(body) // the agent is gone when this fails
}

// refuse answers in the protocol's own form and logs why.
func (e *exchange) refuse(err error) {
	f := faultOf(err)
	level := e.server.log.Info
	if f.Key == unproved {
		level = e.server.log.Debug // the usual way to ask for it
	}
	if slices.Contains([]fault.Code{fault.CodeInternal, fault.CodeUnavailable}, f.Code) {
		level = e.server.log.Error
	}
	level("other agent refused", "path", e.r.URL.Path, "address", e.server.address(e.r), "agent", clip(e.r.UserAgent(), 64), "err", f)
	if f.RetryMS > 0 {
		e.w.Header().Set("Retry-After", strconv.FormatInt((f.RetryMS+999)/1000, 10))
	}
	if f.Code == fault.CodeUnauthenticated {
		// Nothing after the realm: FusionInventory takes all up to the last quote for it.
		e.w.Header().Set("WWW-Authenticate", `Basic realm="Sonae"`)
	}
	e.answer(fault.Status(f), foreign.ErrorAnswer(e.json, e.words(f)))
}

// words says what is wrong, and what to do, in the language asked for.
func (e *exchange) words(f *fault.Error) string {
	t := e.server.texts.For(text.English)
	if accept := e.r.Header.Get("Accept-Language"); accept != "" {
		t = e.server.texts.For(text.Match(accept))
	}
	words := []string{t.T(f.Key, f.Args...)}
	if f.Place != "" {
		words[0] += " (" + f.Place + ")"
	}
	if f.Hint != "" {
		words = append(words, t.T(f.Hint, f.Args...))
	}
	return strings.Join(words, " ")
}
