package wire

import "fmt"

// Code is a stable, machine-readable reason why a message was refused.
type Code string

// Codes of a refusal. They are part of the protocol: never renamed, only added.
const (
	CodeTruncated    Code = "truncated"     // the bytes end before the message does
	CodeTooLarge     Code = "too_large"     // wire size, inflated size or one string over its limit
	CodeRatio        Code = "ratio"         // compressed better than honest reports do: a bomb
	CodeDepth        Code = "depth"         // nested deeper than MaxDepth
	CodeEncoding     Code = "encoding"      // unknown or broken compression
	CodeMalformed    Code = "malformed"     // not JSON, bytes after the end, or a member twice
	CodeNotUTF8      Code = "not_utf8"      // not UTF-8, or half of a surrogate pair
	CodeNUL          Code = "nul"           // U+0000, raw or as \u0000: PostgreSQL text cannot hold it
	CodeWrongVersion Code = "wrong_version" // Version is missing or not ours
	CodeWrongType    Code = "wrong_type"    // a string where a number belongs, and the like
	CodeTooMany      Code = "too_many"      // more rows than the limit of the list
	CodeBadValue     Code = "bad_value"     // right type, impossible value
	CodeSignature    Code = "signature"     // of a sealed file: not made with the kit it names
)

// Refusal says why a message was not accepted. Nothing of a refused message may
// be stored.
type Refusal struct {
	Code   Code
	Place  string // member the reason is about, "sections.packages[17].name"; "" = the whole message
	Reason string // plain English, for the log and the help desk; holds no bytes of the message
}

// Error gives code, place and reason in one line.
func (r *Refusal) Error() string {
	if r.Place == "" {
		return fmt.Sprintf("message refused (%s): %s", r.Code, r.Reason)
	}
	return fmt.Sprintf("message refused (%s) at %s: %s", r.Code, r.Place, r.Reason)
}

// refuse builds a Refusal.
func refuse(code Code, place, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Place: place, Reason: fmt.Sprintf(format, args...)}
}
