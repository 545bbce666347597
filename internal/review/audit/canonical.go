package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of an entry. Longer names are cut; a longer detail is replaced by its
// hash and size: an entry is never refused for its length, because that would
// refuse the change it tells about.
const (
	maxNameBytes   = 400
	maxDetailBytes = 64 << 10
)

// record is the hashed form. Field order, names and version never change; a new
// form gets a new version number. Its JSON, without HTML escaping and without
// spaces, is the body.
type record struct {
	Version    int             `json:"v"`
	Seq        int64           `json:"seq"`
	AtMS       int64           `json:"at_ms"`
	ActorKind  string          `json:"actor_kind"`
	ActorID    string          `json:"actor_id"`
	ActorName  string          `json:"actor_name"`
	Action     string          `json:"action"`
	ObjectKind string          `json:"object_kind"`
	ObjectID   string          `json:"object_id"`
	ObjectName string          `json:"object_name"`
	FacilityID string          `json:"facility_id"`
	Address    string          `json:"address"`
	Detail     json.RawMessage `json:"detail,omitempty"`
}

// recordOf cleans an entry; Seq is filled in under the lock.
func recordOf(e Entry) (record, error) {
	detail, err := encodeDetail(e.Detail)
	if err != nil {
		return record{}, fmt.Errorf("audit entry %s: detail: %w", e.Action, err)
	}
	return record{
		Version: 1, AtMS: e.AtMS,
		ActorKind: clean(e.Actor.Kind), ActorID: clean(e.Actor.ID), ActorName: clean(e.Actor.Name),
		Action:     clean(e.Action),
		ObjectKind: clean(e.Object.Kind), ObjectID: clean(e.Object.ID), ObjectName: clean(e.Object.Name),
		FacilityID: clean(e.Object.FacilityID), Address: clean(e.Address),
		Detail: detail,
	}, nil
}

// clean makes a text both engines store as it is: valid UTF-8, no NUL, bounded.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	if len(s) <= maxNameBytes {
		return s
	}
	s = s[:maxNameBytes]
	for len(s) > 0 && !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s
}

func encodeDetail(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	b, err := marshal(v)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(b, []byte("null")) {
		return nil, nil
	}
	if len(b) > maxDetailBytes {
		sum := sha256.Sum256(b)
		return marshal(map[string]any{"left_out_bytes": len(b), "left_out_sha256": hex.EncodeToString(sum[:])})
	}
	return b, nil
}

// marshal is JSON without HTML escapes and without the final line break.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func (r record) encode() ([]byte, error) {
	b, err := marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode audit entry: %w", err)
	}
	return b, nil
}

// decodeRecord reads a body and insists on its one canonical form.
func decodeRecord(body []byte) (record, error) {
	var r record
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return r, fmt.Errorf("audit body: %w", err)
	}
	again, err := r.encode()
	if err != nil {
		return r, err
	}
	if r.Version != 1 || !bytes.Equal(again, body) {
		return r, fmt.Errorf("audit body %d: not in canonical form", r.Seq)
	}
	return r, nil
}

// entry is the reverse of recordOf.
func (r record) entry() Entry {
	e := Entry{
		Seq: r.Seq, AtMS: r.AtMS, Action: r.Action, Address: r.Address,
		Actor:  Actor{Kind: r.ActorKind, ID: r.ActorID, Name: r.ActorName},
		Object: Object{Kind: r.ObjectKind, ID: r.ObjectID, Name: r.ObjectName, FacilityID: r.FacilityID},
	}
	if r.Detail != nil {
		e.Detail = r.Detail
	}
	return e
}
