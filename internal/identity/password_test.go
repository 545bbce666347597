package identity

import (
	"strings"
	"testing"

	"sonae/internal/platform/fault"
)

func TestCheckPassword(t *testing.T) {
	for _, tt := range []struct {
		name, password, login string
		second                bool
		key                   string // empty = good
	}{
		{"long words", "correct horse battery", "sato", false, ""},
		{"thirteen", "x7Kp2mQz9Lw4v", "sato", false, ""},
		{"twelve", "x7Kp2mQz9Lw4", "sato", false, "identity.error.password_short"},
		{"eight with second", "x7Kp2mQz", "sato", true, ""},
		{"seven with second", "x7Kp2mQ", "sato", true, "identity.error.password_short"},
		{"Japanese counts characters", "あさひがのぼるまどべのねこ", "sato", false, ""},
		{"common with figures", "Password20262026!", "sato", false, "identity.error.password_easy"},
		{"common twice", "passwordpassword", "sato", false, "identity.error.password_easy"},
		{"full-width common", "ｐａｓｓｗｏｒｄ２０２６１", "sato", false, "identity.error.password_easy"},
		{"figures in a row", "1234567890123", "sato", false, "identity.error.password_easy"},
		{"letters backwards", "zyxwvutsrqponm", "sato", false, "identity.error.password_easy"},
		{"keyboard row", "qwertyuiopqwe", "sato", false, "identity.error.password_easy"},
		{"one letter", strings.Repeat("a", 20), "sato", false, "identity.error.password_easy"},
		{"login name", "sato.hanako.ns", "Sato.Hanako.NS", false, "identity.error.password_easy"},
		{"login name with figures", "satohanakons2026", "satohanakons", false, "identity.error.password_easy"},
		{"login name reversed case, width", "ＳＡＴＯＨＡＮＡＫＯＮＳ", "satohanakons", true, "identity.error.password_easy"},
		{"hospital", "hospital12345", "sato", false, "identity.error.password_easy"},
		{"too long", strings.Repeat("ab1c", 33), "sato", false, "identity.error.too_long"},
		{"control character", "correct\x00horse battery", "sato", false, "identity.error.characters"},
		{"broken UTF-8", "correct\xffhorse battery", "sato", false, "identity.error.characters"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := CheckPassword(tt.password, tt.login, tt.second)
			if tt.key == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if f := fault.Of(err); f == nil || f.Key != tt.key {
				t.Errorf("err = %v, want %s", err, tt.key)
			}
		})
	}
}

func TestHasher(t *testing.T) {
	h, err := newHasher(Cost{MemoryKiB: 64, Iterations: 1, Parallelism: 1})
	if err != nil {
		t.Fatal(err)
	}
	hash, err := h.make(t.Context(), "ＡＢＣ café correct horse")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$") {
		t.Fatal(hash, err)
	}
	for _, tt := range []struct {
		name, password, hash string
		want                 bool
	}{
		{"same", "ＡＢＣ café correct horse", hash, true},
		{"other width, other accents", "ABC cafe\u0301 correct horse", hash, true},
		{"other case", "abc café correct horse", hash, false},
		{"empty", "", hash, false},
		{"unknown user", "anything", "", false},
		{"far too long", strings.Repeat("x", 1<<20), hash, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ok, weak, err := h.matches(t.Context(), tt.password, tt.hash)
			if err != nil || ok != tt.want || weak {
				t.Errorf("matches = %v, weak %v, %v", ok, weak, err)
			}
		})
	}
	stronger, err := newHasher(Cost{MemoryKiB: 128, Iterations: 1, Parallelism: 1})
	if err != nil {
		t.Fatal(err)
	}
	if ok, weak, err := stronger.matches(t.Context(), "ＡＢＣ café correct horse", hash); !ok || !weak || err != nil {
		t.Errorf("old cost: %v, weak %v, %v", ok, weak, err)
	}
	if PasswordCost.MemoryKiB < 19<<10 || PasswordCost.Iterations < 2 {
		t.Errorf("cost %+v is below the OWASP minimum", PasswordCost)
	}
}

func FuzzCheckPassword(f *testing.F) {
	f.Add("correct horse battery", "sato", false)
	f.Add("ｐａｓｓ\xff", "\x00", true)
	f.Fuzz(func(t *testing.T, password, login string, second bool) {
		err := CheckPassword(password, login, second)
		if err == nil && len(password) < PasswordCharsWithSecond {
			t.Errorf("accepted %q", password)
		}
	})
}
