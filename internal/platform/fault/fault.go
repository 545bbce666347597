// Package fault is the one error type for everything a person or a calling
// program may see. A fault carries a code (what kind of trouble), a message key
// with arguments (what was attempted, on what) and a hint key (what to do next);
// edges turn it into a page or problem+json in the reader's language. Any other
// error is "internal" to the outside and complete in the log.
//
//	return fault.Invalid("asset.error.name_empty").At("name")
package fault

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Code is the kind of trouble. Callers decide on it; texts never depend on it.
type Code string

// The codes in use. Each has exactly one HTTP status (see Status).
const (
	CodeInvalid         Code = "invalid"         // input is wrong; the place is named
	CodeUnauthenticated Code = "unauthenticated" // nobody is signed in, or the token is not valid
	CodeForbidden       Code = "forbidden"       // signed in, but the role does not allow it
	CodeNotFound        Code = "not_found"       // does not exist, or may not be seen by this person
	CodeConflict        Code = "conflict"        // state changed meanwhile, or already exists
	CodeTooLarge        Code = "too_large"       // a size, count or ratio limit was passed
	CodeUnsupported     Code = "unsupported"     // media type, version or encoding is not accepted
	CodeTooMany         Code = "too_many"        // rate limit or lock-out; Retry-After is set
	CodeUnavailable     Code = "unavailable"     // storage full, database away; try again later
	CodeInternal        Code = "internal"        // everything else
)

// Error is what a person may see. Zero value is not useful; use the constructors.
type Error struct {
	Code    Code   // kind of trouble
	Key     string // message key in the catalogue of texts
	Args    []any  // name, value pairs for the message
	Hint    string // message key of what to do next; empty when the message says it
	Place   string // field, row or path the trouble is at; empty when not applicable
	RetryMS int64  // after how many milliseconds to try again; 0 = not said
	Err     error  // cause for the log; never shown
}

// Error gives the log form: code, key, place and cause.
func (e *Error) Error() string {
	s := string(e.Code) + " " + e.Key
	if e.Place != "" {
		s += " at " + e.Place
	}
	var sSb50 strings.Builder
	for i := 0; i+1 < len(e.Args); i += 2 {
		sSb50.WriteString(fmt.Sprintf(" %v=%q", e.Args[i], fmt.Sprint(e.Args[i+1])))
	}
	s += sSb50.String()
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// At returns a copy that names the place (field name, row number, path).
func (e *Error) At(place string) *Error { c := *e; c.Place = place; return &c }

// WithHint returns a copy with the message key of what to do next.
func (e *Error) WithHint(key string) *Error { c := *e; c.Hint = key; return &c }

// Because returns a copy with the cause for the log.
func (e *Error) Because(err error) *Error { c := *e; c.Err = err; return &c }

// New makes a fault; args are name, value pairs for the message text.
func New(code Code, key string, args ...any) *Error {
	return &Error{Code: code, Key: key, Args: args}
}

// Invalid is New with CodeInvalid.
func Invalid(key string, args ...any) *Error { return New(CodeInvalid, key, args...) }

// NotFound is New with CodeNotFound.
func NotFound(key string, args ...any) *Error { return New(CodeNotFound, key, args...) }

// Forbidden is New with CodeForbidden.
func Forbidden(key string, args ...any) *Error { return New(CodeForbidden, key, args...) }

// Conflict is New with CodeConflict.
func Conflict(key string, args ...any) *Error { return New(CodeConflict, key, args...) }

// TooLarge is New with CodeTooLarge.
func TooLarge(key string, args ...any) *Error { return New(CodeTooLarge, key, args...) }

// Of finds the fault inside err; any other error becomes an internal fault with
// err as its cause. Of(nil) is nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Error](err); ok {
		return f
	}
	return &Error{Code: CodeInternal, Key: "error.internal", Hint: "error.internal.hint", Err: err}
}

// Is reports whether err carries a fault with this code.
func Is(err error, code Code) bool { return err != nil && Of(err).Code == code }

// statuses is the one place that maps codes to HTTP (RFC 9110, section 15).
var statuses = map[Code]int{
	CodeInvalid:         http.StatusUnprocessableEntity,
	CodeUnauthenticated: http.StatusUnauthorized,
	CodeForbidden:       http.StatusForbidden,
	CodeNotFound:        http.StatusNotFound,
	CodeConflict:        http.StatusConflict,
	CodeTooLarge:        http.StatusRequestEntityTooLarge,
	CodeUnsupported:     http.StatusUnsupportedMediaType,
	CodeTooMany:         http.StatusTooManyRequests,
	CodeUnavailable:     http.StatusServiceUnavailable,
	CodeInternal:        http.StatusInternalServerError,
}

// Status gives the HTTP status for err: 200 for nil, 500 for unknown errors.
func Status(err error) int {
	if err == nil {
		return http.StatusOK
	}
	if s, ok := statuses[Of(err).Code]; ok {
		return s
	}
	return http.StatusInternalServerError
}
