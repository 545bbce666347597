package snmp

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Recording is an Agent that answers out of a file in the .snmprec form of snmpsim: one
// "OID|type|value" a line, type being the ASN.1 tag number, with an x behind it when the
// value is hexadecimal.
type Recording struct {
	vars []Var // rising
	// Skipped counts lines that could not be read.
	Skipped int
	// Other gives the recording of another context, nil when there is none.
	Other func(vlan int) *Recording
}

// recordingLine is the length a line may have.
const recordingLine = 1 << 20

// OpenRecording reads a recording. Lines need not be in order; those that cannot be read
// are counted. Errors: a line of over 1 MiB, a file without any line that can be read.
func OpenRecording(r io.Reader) (*Recording, error) {
	rec := &Recording{}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), recordingLine)
	for lines.Scan() {
		line := lines.Text()
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		v, err := recordedVar(line)
		if err != nil {
			rec.Skipped++
			continue
		}
		rec.vars = append(rec.vars, v)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read recording: %w", err)
	}
	if len(rec.vars) == 0 {
		return nil, errors.New("no recording: no line of the form OID|type|value")
	}
	slices.SortStableFunc(rec.vars, func(a, b Var) int { return compareOID(a.OID, b.OID) })
	rec.vars = slices.CompactFunc(rec.vars, func(a, b Var) bool { return a.OID == b.OID })
	return rec, nil
}

func recordedVar(line string) (Var, error) {
	parts := strings.SplitN(line, "|", 3)
	if len(parts) != 3 {
		return Var{}, errors.New("not OID|type|value")
	}
	if _, ok := appendOID(nil, parts[0]); !ok {
		return Var{}, fmt.Errorf("OID %q", parts[0])
	}
	v := Var{OID: "." + strings.TrimPrefix(parts[0], ".")}
	// "4:writecache" and the like are variation modules of snmpsim; "4e" writes bytes that
	// are no letters as \xNN.
	tag, module, _ := strings.Cut(parts[1], ":")
	number := strings.TrimRight(tag, "xe")
	body := []byte(parts[2])
	if strings.HasSuffix(tag, "e") {
		body = unescape(parts[2])
	}
	if module != "" {
		return v, nil
	}
	if strings.HasSuffix(tag, "x") {
		b, err := hex.DecodeString(strings.TrimPrefix(strings.ReplaceAll(strings.TrimSpace(parts[2]), " ", ""), "0x"))
		if err != nil {
			return v, fmt.Errorf("value of %s: %w", parts[0], err)
		}
		body = b
	}
	v.Value = recordedValue(number, body)
	return v, nil
}

func unescape(text string) []byte {
	var out []byte
	for i := 0; i < len(text); i++ {
		if i+3 < len(text) && text[i] == '\\' && text[i+1] == 'x' {
			if n, err := strconv.ParseUint(text[i+2:i+4], 16, 8); err == nil {
				out = append(out, byte(n))
				i += 3
				continue
			}
		}
		out = append(out, text[i])
	}
	return out
}

func recordedValue(tag string, body []byte) Value {
	text := strings.TrimSpace(string(body))
	switch tag {
	case "2", "65", "66", "67", "70":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			u, _ := strconv.ParseUint(text, 10, 64)
			return numberOf(u)
		}
		return Value{Kind: KindNumber, Number: n}
	case "4", "68":
		return Value{Kind: KindBytes, Bytes: body}
	case "6":
		return Value{Kind: KindOID, OID: "." + strings.TrimPrefix(text, ".")}
	case "64":
		if len(body) == 4 {
			return Value{Kind: KindAddress, Bytes: body}
		}
		a, err := netip.ParseAddr(text)
		if err != nil || !a.Is4() {
			return Value{}
		}
		return Value{Kind: KindAddress, Bytes: a.AsSlice()}
	}
	return Value{}
}

// Get implements Agent.
func (r *Recording) Get(_ context.Context, oids []string) ([]Var, error) {
	out := make([]Var, len(oids))
	for i, o := range oids {
		out[i].OID = o
		if at, ok := r.find(o); ok {
			out[i] = r.vars[at]
		}
	}
	return out, nil
}

func (r *Recording) find(oid string) (int, bool) {
	return slices.BinarySearchFunc(r.vars, oid, func(v Var, o string) int { return compareOID(v.OID, o) })
}

// Next implements Agent.
func (r *Recording) Next(_ context.Context, oids []string, repeat int) ([]Var, error) {
	at := make([]int, len(oids))
	for i, o := range oids {
		n, ok := r.find(o)
		if ok {
			n++
		}
		at[i] = n
	}
	var out []Var
	for round := 0; round < max(1, repeat); round++ {
		for i, o := range oids {
			if at[i]+round < len(r.vars) {
				out = append(out, r.vars[at[i]+round])
			} else if round == 0 {
				out = append(out, Var{OID: o})
			}
		}
	}
	return out, nil
}

// InContext implements Agent.
func (r *Recording) InContext(vlan int) (Agent, error) {
	if r.Other != nil {
		if other := r.Other(vlan); other != nil {
			return other, nil
		}
	}
	return nil, ErrSilent
}

// Close implements Agent.
func (r *Recording) Close() error { return nil }
