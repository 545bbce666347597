package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/survey/silence"
	"sonae/internal/wire"
)

// Problem is a refusal as the agent gets it (RFC 9457). Agents decide by Code and
// Seq; the texts are for the people who read the agent's log.
type Problem struct {
	Type   string `json:"type"` // urn:sonae:ingest:<reason>
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`            // word of package fault
	Detail string `json:"detail"`          // what is wrong
	Hint   string `json:"hint,omitempty"`  // what to do next
	Place  string `json:"place,omitempty"` // member the trouble is at
	Seq    *int64 `json:"seq,omitempty"`   // replay: highest number the server holds
}

// replayed is a report whose number the server has seen already.
type replayed struct {
	seq   int64 // highest number that was received
	cause error
}

func (r *replayed) Error() string { return r.cause.Error() }
func (r *replayed) Unwrap() error { return r.cause }

// retry times, in milliseconds, told by Retry-After.
const (
	retryFullMS = 60_000
	retryBusyMS = 5_000
)

// codes of wire refusals as codes people and programs decide on. A code that is not
// here is invalid.
var refusalCodes = map[wire.Code]fault.Code{
	wire.CodeTooLarge:     fault.CodeTooLarge,
	wire.CodeRatio:        fault.CodeTooLarge,
	wire.CodeTooMany:      fault.CodeTooLarge,
	wire.CodeEncoding:     fault.CodeUnsupported,
	wire.CodeWrongVersion: fault.CodeUnsupported,
}

// faultOf turns whatever went wrong into what may be said about it.
func faultOf(err error) *fault.Error {
	var refusal *wire.Refusal
	var seen *replayed
	var known *fault.Error
	var tooLong *http.MaxBytesError
	var broken net.Error
	switch {
	case errors.As(err, &seen):
		return fault.Conflict("ingest.error.replay").WithHint("ingest.hint.replay")
	case errors.As(err, &refusal):
		code, ok := refusalCodes[refusal.Code]
		if !ok {
			code = fault.CodeInvalid
		}
		f := fault.New(code, "ingest.error."+string(refusal.Code)).At(refusal.Place).Because(refusal)
		if code == fault.CodeUnsupported {
			return f.WithHint("ingest.hint.versions")
		}
		return f.WithHint("ingest.hint.update")
	case errors.As(err, &known):
		return known
	case errors.As(err, &tooLong):
		return fault.TooLarge("ingest.error.too_large").WithHint("ingest.hint.update").Because(err)
	case store.KindOf(err) == store.KindFull:
		f := fault.New(fault.CodeUnavailable, "ingest.error.full").WithHint("ingest.hint.full").Because(err)
		f.RetryMS = retryFullMS
		return f
	case store.KindOf(err) == store.KindRetry, errors.As(err, &broken), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		f := fault.New(fault.CodeUnavailable, "ingest.error.busy").WithHint("ingest.hint.later").Because(err)
		f.RetryMS = retryBusyMS
		return f
	}
	return fault.Of(err)
}

// refuse answers with a problem and logs what the answer does not tell.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := faultOf(err)
	level := s.log.Info
	if f.Code == fault.CodeInternal || f.Code == fault.CodeUnavailable {
		level = s.log.Error
	}
	level("report refused", "path", r.URL.Path, "address", s.address(r), "device", clip(r.Header.Get(wire.HeaderDevice), 64), "err", f)
	s.remember(r, f)
	lang := text.English
	if accept := r.Header.Get("Accept-Language"); accept != "" {
		lang = text.Match(accept)
	}
	t := s.texts.For(lang)
	p := Problem{
		Type: "urn:sonae:ingest:" + reason(f.Key), Title: t.T("ingest.title." + string(f.Code)), Status: fault.Status(f),
		Code: string(f.Code), Detail: t.T(f.Key, f.Args...), Place: f.Place,
	}
	if f.Hint != "" {
		p.Hint = t.T(f.Hint, f.Args...)
	}
	if seen, ok := errors.AsType[*replayed](err); ok {
		p.Seq = &seen.seq
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Language", t.Lang())
	if f.RetryMS > 0 {
		h.Set("Retry-After", strconv.FormatInt((f.RetryMS+999)/1000, 10))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Sonae-Device") // RFC 9110, section 11.6.1 wants one
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the agent is gone when this fails
}

// remembered are the refusals that keep a device from reporting until a person does
// something.
var remembered = []fault.Code{fault.CodeUnauthenticated, fault.CodeForbidden, fault.CodeInvalid, fault.CodeTooLarge, fault.CodeUnsupported}

// remember keeps what a known device was refused for, so that people see why it is
// silent. The sender's answer does not depend on it.
func (s *Server) remember(r *http.Request, f *fault.Error) {
	id := r.Header.Get(wire.HeaderDevice)
	if id == "" || !slices.Contains(remembered, f.Code) {
		return
	}
	if err := silence.Refused(r.Context(), s.db, id, f.Key, store.MS(s.now())); err != nil {
		s.log.Error("refusal not kept", "device", clip(id, 64), "err", err)
	}
}

// reason is the last part of a message key.
func reason(key string) string {
	for i := len(key) - 1; i >= 0; i-- {
		if key[i] == '.' {
			return key[i+1:]
		}
	}
	return key
}

// clip keeps hostile headers short in the log.
func clip(s string, most int) string { return s[:min(len(s), most)] }
