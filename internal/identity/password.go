package identity

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"sonae/internal/platform/fault"
)

// Password lengths in characters: MHLW guideline for medical information systems
// 7.0 (2026-06-29), system operation part: 13 or more, or 8 or more together with
// a second factor. The upper limit only bounds the work of hashing.
const (
	PasswordChars           = 13
	PasswordCharsWithSecond = 8
	passwordMaxChars        = 128
)

// Cost is the work of one password hash.
type Cost struct {
	MemoryKiB, Iterations uint32
	Parallelism           uint8
}

// PasswordCost is from the OWASP Password Storage Cheat Sheet, Argon2id, second set:
// 19 MiB of memory, 2 iterations, 1 degree of parallelism.
var PasswordCost = Cost{MemoryKiB: 19 << 10, Iterations: 2, Parallelism: 1}

// hashesAtOnce bounds the memory that strangers can make the server use.
const hashesAtOnce = 2

// hasher makes and checks password hashes.
type hasher struct {
	params *argon2id.Params
	slots  chan struct{}
	dummy  func() (string, error) // a hash nobody has the password of
	check  func(password, hash string) (bool, *argon2id.Params, error)
}

func newHasher(c Cost) (*hasher, error) {
	if c == (Cost{}) {
		c = PasswordCost
	}
	if c.Iterations == 0 || c.Parallelism == 0 || c.MemoryKiB < 8 {
		return nil, fmt.Errorf("password cost %+v is not possible", c)
	}
	h := &hasher{
		params: &argon2id.Params{Memory: c.MemoryKiB, Iterations: c.Iterations, Parallelism: c.Parallelism, SaltLength: 16, KeyLength: 32},
		slots:  make(chan struct{}, hashesAtOnce),
		check:  argon2id.CheckHash,
	}
	h.dummy = sync.OnceValues(func() (string, error) { return argon2id.CreateHash(randomText(32), h.params) })
	return h, nil
}

func (h *hasher) take(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// make hashes a password. Slow by design: never call it inside a transaction.
func (h *hasher) make(ctx context.Context, password string) (string, error) {
	if err := h.take(ctx); err != nil {
		return "", err
	}
	defer func() { <-h.slots }()
	return argon2id.CreateHash(norm.NFKC.String(password), h.params)
}

// matches checks a password; an empty hash (unknown user) costs the same time and
// never matches. weak is true when the hash was made with another cost.
func (h *hasher) matches(ctx context.Context, password, hash string) (ok, weak bool, err error) {
	known := hash != ""
	if !known {
		if hash, err = h.dummy(); err != nil {
			return false, false, err
		}
	}
	if err := h.take(ctx); err != nil {
		return false, false, err
	}
	defer func() { <-h.slots }()
	if utf8.RuneCountInString(password) > passwordMaxChars {
		password, known = "", false
	}
	ok, params, err := h.check(norm.NFKC.String(password), hash)
	if err != nil {
		return false, false, fmt.Errorf("check password: %w", err)
	}
	return ok && known, *params != *h.params, nil
}

// CheckPassword applies the rule for new passwords. The password is judged in the
// form it is hashed in (NFKC: full-width letters count as plain ones).
func CheckPassword(password, login string, second bool) error {
	if !utf8.ValidString(password) || strings.ContainsFunc(password, hidden) {
		return fault.Invalid("identity.error.characters").At("password")
	}
	p := norm.NFKC.String(password)
	chars := utf8.RuneCountInString(p)
	least := PasswordChars
	if second {
		least = PasswordCharsWithSecond
	}
	switch {
	case chars < least:
		return fault.Invalid("identity.error.password_short", "Least", least).At("password").WithHint("identity.error.password_short.hint")
	case chars > passwordMaxChars:
		return fault.Invalid("identity.error.too_long", "Most", passwordMaxChars).At("password")
	case easy(p, login):
		return fault.Invalid("identity.error.password_easy").At("password").WithHint("identity.error.password_short.hint")
	}
	return nil
}

// longEnough reports whether a password may stand without a second factor.
func longEnough(password string) bool {
	return utf8.RuneCountInString(norm.NFKC.String(password)) >= PasswordChars
}

// easy finds what guessing programs try first: few different characters, runs,
// the login name, and common passwords, also with digits and signs around them.
func easy(password, login string) bool {
	p := strings.ToLower(password)
	different := map[rune]bool{}
	for _, r := range p {
		different[r] = true
	}
	if len(different) < 5 || run(p) {
		return true
	}
	if l := foldLogin(login); l != "" && (p == l || utf8.RuneCountInString(l) >= 4 && core(p) == core(l)) {
		return true
	}
	c := core(p)
	for _, word := range common {
		// Twice the same word is as easy as once.
		if c == word || c == word+word || p == word {
			return true
		}
	}
	return false
}

// core is a password without digits and signs at both ends.
func core(p string) string {
	return strings.TrimFunc(p, func(r rune) bool { return r < 128 && (r < 'a' || r > 'z') })
}

// run reports whether every character follows the one before (123…, abc…, cba…)
// or the text is a piece of a keyboard row repeated.
func run(p string) bool {
	up, down := true, true
	r := []rune(p)
	for i := 1; i < len(r); i++ {
		d := r[i] - r[i-1]
		wrap := r[i-1] == '9' && r[i] == '0'
		up = up && (d == 1 || wrap)
		down = down && (d == -1 || r[i-1] == '0' && r[i] == '9')
	}
	if up || down {
		return true
	}
	for _, row := range []string{"qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn"} {
		if strings.Contains(strings.Repeat(row, 14), p) {
			return true
		}
	}
	return false
}

// common holds the words that stand first in every published count of leaked
// passwords, and those that lie near in a hospital; without digits at the ends.
var common = []string{
	"password", "passwort", "passw0rd", "pass", "passcode", "passphrase", "secret", "letmein", "welcome", "admin",
	"administrator", "root", "user", "guest", "test", "testing", "login", "default", "changeme", "qwerty", "qwertyuiop",
	"asdf", "asdfgh", "asdfghjkl", "zxcvbn", "zxcvbnm", "qazwsx", "qazwsxedc", "abc", "abcd", "abcdef", "iloveyou", "monkey",
	"dragon", "sunshine", "princess", "football", "baseball", "soccer", "superman", "batman", "master", "shadow",
	"trustno", "starwars", "whatever", "freedom", "hello", "michael", "computer", "internet", "samsung", "google",
	"microsoft", "windows", "fortinet", "cisco", "sakura", "doraemon", "pikachu", "pokemon", "arigato", "nihon", "japan",
	"tokyo", "osaka", "kyoto", "hospital", "byouin", "byoin", "clinic", "kango", "kangoshi", "doctor", "nurse", "karte",
	"denshikarte", "iryou", "medical", "system", "server", "network", "security", "sonae", "p@ssw0rd", "p@ssword",
}
