package audit

import (
	"bytes"
	"testing"
)

// FuzzDecodeRecord: a body that is accepted is the canonical form of its record.
func FuzzDecodeRecord(f *testing.F) {
	rec, err := recordOf(Entry{AtMS: 1, Action: "asset.edit", Object: Object{Name: "<&>\u2028"}, Detail: map[string]any{"a": []int{1}, "b": "\u0000"}})
	if err != nil {
		f.Fatal(err)
	}
	body, err := rec.encode()
	if err != nil {
		f.Fatal(err)
	}
	if _, err := decodeRecord(body); err != nil {
		f.Fatalf("own form refused: %v", err)
	}
	f.Add(body)
	f.Add([]byte(`{"v":1,"seq":0}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		rec, err := decodeRecord(b)
		if err != nil {
			return
		}
		again, err := rec.encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q became %q, %v", b, again, err)
		}
	})
}

// FuzzEntry: whatever an entry holds, its form can be read back and is stable.
func FuzzEntry(f *testing.F) {
	f.Add("sato", "asset.edit", "192.0.2.1", "detail")
	f.Add("\x00\xff", "\u2028", string(bytes.Repeat([]byte("長"), 300)), "<script>")
	f.Fuzz(func(t *testing.T, name, action, address, detail string) {
		rec, err := recordOf(Entry{Actor: Actor{Name: name}, Action: action, Address: address, Detail: map[string]string{detail: detail}})
		if err != nil {
			t.Fatal(err)
		}
		body, err := rec.encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeRecord(body)
		if err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		if len(got.ActorName) > maxNameBytes || bytes.ContainsRune([]byte(got.ActorName), 0) {
			t.Errorf("name %q", got.ActorName)
		}
	})
}
