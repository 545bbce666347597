package wire

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"
)

func sameOf(key ed25519.PrivateKey) (Unchanged, []byte) {
	u := Unchanged{DeviceID: "0192f3a4-0000-7000-8000-000000000001", Whole: strings.Repeat("ab", 32), Policy: 7}
	return u, SignSame(key, u, 300, 1_764_000_000_000)
}

// TestSame wants a message that holds for one device, state, number and time only.
func TestSame(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public := key.Public().(ed25519.PublicKey)
	u, body := sameOf(key)
	if len(body) != 80 {
		t.Errorf("%d bytes", len(body))
	}
	s, err := DecodeSame(body)
	if err != nil || s.Seq != 300 || s.CollectedMS != 1_764_000_000_000 || s.Mark != u.Mark() || !s.Verify(public, u) {
		t.Fatalf("%+v, %v", s, err)
	}
	for name, other := range map[string]Unchanged{
		"device": {"0192f3a4-0000-7000-8000-000000000002", u.Whole, u.Policy},
		"state":  {u.DeviceID, strings.Repeat("ac", 32), u.Policy},
		"policy": {u.DeviceID, u.Whole, u.Policy + 1},
	} {
		if other.Mark() == u.Mark() || s.Verify(public, other) {
			t.Errorf("another %s is taken for the same", name)
		}
	}
	for i := range body {
		changed := bytes.Clone(body)
		changed[i] ^= 1
		if s, err := DecodeSame(changed); err == nil && s.Verify(public, u) {
			t.Errorf("byte %d changed and nobody saw it", i)
		}
		if _, err := DecodeSame(body[:i]); err == nil {
			t.Errorf("%d bytes are taken for a message", i)
		}
	}
	for name, bad := range map[string][]byte{
		"a byte more":           append(bytes.Clone(body), 0),
		"number zero":           SignSame(key, u, 0, 1),
		"no time":               SignSame(key, u, 1, 0),
		"a time far away":       SignSame(key, u, 1, 1<<60),
		"a number below zero":   SignSame(key, u, -1, 1),
		"a number made longer":  append([]byte{0x81, 0x80, 0x00, 0x01}, SignSame(key, u, 1, 1)[2:]...),
		"a number without end":  bytes.Repeat([]byte{0xff}, 80),
		"signature of a report": []byte(Sign(key, body)),
	} {
		if s, err := DecodeSame(bad); err == nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func FuzzDecodeSame(f *testing.F) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	u, body := sameOf(key)
	f.Add(body)
	f.Add(body[:79])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeSame(b)
		if err != nil {
			return
		}
		if s.Seq < 1 || s.CollectedMS < 1 || len(b) > MaxSameBytes {
			t.Errorf("%x: %+v", b, s)
		}
		if s.Verify(key.Public().(ed25519.PublicKey), u) && !bytes.Equal(b, SignSame(key, u, s.Seq, s.CollectedMS)) {
			t.Errorf("%x has another form", b)
		}
	})
}
