package spool

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func open(t *testing.T, dir string) *Spool {
	t.Helper()
	s, err := Open(dir, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNewestWins(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "spool"))
	if _, err := s.Get(); !errors.Is(err, ErrEmpty) {
		t.Fatalf("new spool: error = %v, want ErrEmpty", err)
	}
	for _, body := range []string{"one", "two", ""} {
		if err := s.Put([]byte(body)); err != nil {
			t.Fatal(err)
		}
		got, err := s.Get()
		if err != nil || string(got) != body {
			t.Fatalf("Get = %q, %v; want %q", got, err, body)
		}
	}
	if entries, _ := os.ReadDir(s.dir); len(entries) != 1 {
		t.Errorf("%d files in the spool, want 1", len(entries))
	}
	for range 2 {
		if err := s.Drop(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Get(); !errors.Is(err, ErrEmpty) {
		t.Errorf("after Drop: error = %v, want ErrEmpty", err)
	}
}

// TestCutAtEveryByte plays a power loss at every byte of a write: the name still
// has the old file, and the new one beside it has only its beginning.
func TestCutAtEveryByte(t *testing.T) {
	whole := pack([]byte("the new report"))
	for cut := range len(whole) + 1 {
		dir := t.TempDir()
		s := open(t, dir)
		if err := s.Put([]byte("the old report")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "report"+tempMark+"1"), whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		s = open(t, dir)
		if got, err := s.Get(); err != nil || string(got) != "the old report" {
			t.Fatalf("cut at %d: Get = %q, %v; want the old report", cut, got, err)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 1 {
			t.Fatalf("cut at %d: %d files left, want 1", cut, len(entries))
		}
	}
}

// TestDamageAtEveryByte plays a disk that lost the end of a file it called
// written, or flipped a bit: nothing false may come back.
func TestDamageAtEveryByte(t *testing.T) {
	body := []byte("the report as it was")
	whole := pack(body)
	for at := range whole {
		flipped := bytes.Clone(whole)
		flipped[at] ^= 0x10
		for _, damaged := range [][]byte{whole[:at], flipped, append(bytes.Clone(whole), whole[:at+1]...)} {
			dir := t.TempDir()
			s := open(t, dir)
			if err := os.WriteFile(s.file(), damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Get(); !errors.Is(err, ErrEmpty) {
				t.Fatalf("damage at %d: Get = %q, %v; want ErrEmpty", at, got, err)
			}
			if err := s.Put(body); err != nil {
				t.Fatalf("damage at %d: %v", at, err)
			}
			if got, err := s.Get(); err != nil || !bytes.Equal(got, body) {
				t.Fatalf("damage at %d: Get after Put = %q, %v", at, got, err)
			}
		}
	}
}

func TestTooLarge(t *testing.T) {
	s := open(t, t.TempDir())
	if err := s.Put([]byte("small")); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(make([]byte, 1001)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error = %v, want ErrTooLarge", err)
	}
	if got, err := s.Get(); err != nil || string(got) != "small" {
		t.Errorf("Get = %q, %v; want what was there", got, err)
	}
}

func TestOnlyOwnerMayRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no mode bits")
	}
	dir := filepath.Join(t.TempDir(), "spool")
	s := open(t, dir)
	if err := s.Put([]byte("x")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{dir: 0o700, s.file(): 0o600} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v (%v), want %v", name, info.Mode().Perm(), err, want)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(pack([]byte("body")))
	f.Fuzz(func(t *testing.T, packed []byte) {
		if body, err := unpack(packed); err == nil && !bytes.Equal(pack(body), packed) {
			t.Errorf("%x unpacks to %x, which packs to something else", packed, body)
		}
	})
}
