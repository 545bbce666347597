package wire

import (
	"errors"
	"io"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Decode reads one report: decompression, limits, form and version. What comes
// back has the right types and bounded lists; whether its values make sense is
// for Report.Check. Errors are *Refusal, or the error of r.
//
// Members this version does not know are passed over, so that a newer agent may
// say more; a member given twice is refused, because two readers could take
// different ones for true.
func Decode(r io.Reader, encoding string, limits Limits) (*Report, error) {
	var report Report
	if err := decodeInto(r, encoding, limits, &report); err != nil {
		return nil, err
	}
	// encoding/json also takes "Version"; the walk before it does not.
	if report.Version != Version {
		return nil, refuse(CodeWrongVersion, "version", "this server speaks version %d", Version)
	}
	return &report, nil
}

// DecodeEnroll reads an enrolment request, with the checks of Decode and the
// length of the key. Errors are *Refusal, or the error of r.
func DecodeEnroll(r io.Reader, encoding string, limits Limits) (*EnrollRequest, error) {
	var request EnrollRequest
	if err := decodeInto(r, encoding, limits, &request); err != nil {
		return nil, err
	}
	if request.Version != Version {
		return nil, refuse(CodeWrongVersion, "version", "this server speaks version %d", Version)
	}
	if err := request.check(); err != nil {
		return nil, err
	}
	return &request, nil
}

func decodeInto(r io.Reader, encoding string, limits Limits, into any) error {
	body, err := Inflate(r, encoding, limits)
	if err != nil {
		return err
	}
	version, refusal := scan(body, limits)
	if refusal != nil {
		return refusal
	}
	if v, err := strconv.Atoi(string(version)); err != nil || v != Version {
		return refuse(CodeWrongVersion, "version", "this server speaks version %d", Version)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return unmarshalRefusal(body, err)
	}
	return nil
}

// unmarshalRefusal names the place of an error of the JSON library.
func unmarshalRefusal(body []byte, err error) *Refusal {
	if wrong, ok := errors.AsType[*json.SemanticError](err); ok && wrong.GoType != nil {
		return refuse(CodeWrongType, pointerPlace(wrong.JSONPointer), "expected %s", wrong.GoType.Kind())
	}
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return refuse(CodeMalformed, placeAt(body, int(syntax.ByteOffset)-1), "not JSON")
	}
	return refuse(CodeBadValue, "", "a value cannot be read")
}

// pointerPlace writes a JSON pointer (RFC 6901) as scanner.place does. The protocol
// has no members whose names are numbers, so a number is a row.
func pointerPlace(p jsontext.Pointer) string {
	var s scanner
	for token := range p.Tokens() {
		if row, err := strconv.Atoi(token); err == nil {
			s.path = append(s.path, step{index: row})
		} else {
			s.path = append(s.path, step{key: []byte(token)})
		}
	}
	return s.place()
}
