package seal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sonae/internal/platform/seal"
)

func TestRoundTripAndDamage(t *testing.T) {
	k, err := seal.Open(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	plain := []byte("JBSWY3DPEHPK3PXP")
	sealed, err := k.Seal("totp", plain)
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.Unseal("totp", sealed)
	if err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("Unseal = %q, %v", got, err)
	}
	if _, err := k.Unseal("audit", sealed); err == nil {
		t.Error("a value of another purpose was opened")
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := k.Unseal("totp", bad); err == nil {
			t.Errorf("byte %d changed and nobody saw it", i)
		}
	}
	other, err := seal.Open("", strings.Repeat("ab", seal.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Unseal("totp", sealed); err == nil {
		t.Error("another key opened it")
	}
}

func TestOpenMakesOneKey(t *testing.T) {
	dir := t.TempDir()
	keys := make([]*seal.Key, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], err = seal.Open(dir, ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	sealed, err := keys[0].Seal("x", []byte("y"))
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range keys {
		if _, err := k.Unseal("x", sealed); err != nil {
			t.Errorf("opener %d has another key: %v", i, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
	if st, err := os.Stat(left[0]); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, text := range map[string]string{"short": "abcd", "not hex": strings.Repeat("zz", 32), "long": strings.Repeat("ab", 33)} {
		t.Run(name, func(t *testing.T) {
			if _, err := seal.Open("", text); err == nil {
				t.Error("accepted")
			}
		})
	}
}
