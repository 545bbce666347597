package software

import "testing"

// The memory is bounded, forgets the titles that are not in use, and keeps those that
// are.
func TestKnownForgetsWhatIsNotUsed(t *testing.T) {
	k := NewKnown()
	k.max = 100
	id := func(n int) key { return key{byte(n), byte(n >> 8), byte(n >> 16)} }
	used := id(1 << 20)
	k.Remember(Fresh{used})
	for n := range 1000 {
		if len(k.missing([]key{used})) != 0 {
			t.Fatalf("forgot a title in use after %d others", n)
		}
		k.Remember(Fresh{id(n)})
		if size := len(k.young) + len(k.old); size > 200 {
			t.Fatalf("remembers %d titles", size)
		}
	}
	if len(k.missing([]key{id(0)})) != 1 {
		t.Error("remembers a title nobody asked for")
	}
}
