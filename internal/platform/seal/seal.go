// Package seal encrypts the few secrets that must be read back (TOTP secrets, the
// audit signing key) with one server key, so that a copy of the database alone
// does not give them away. It does not help against somebody who has both.
//
// The key is 32 random bytes, from configuration (several servers on one database
// share it) or from the file secret.key in the data folder, made on first start.
// Without the key, sealed values are lost: a backup includes it.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeyBytes is the length of the server key (AES-256).
const KeyBytes = 32

// Key seals and opens values. Safe for concurrent use.
type Key struct{ secret []byte }

// NewKey takes exactly KeyBytes random bytes.
func NewKey(secret []byte) (*Key, error) {
	if len(secret) != KeyBytes {
		return nil, fmt.Errorf("server key has %d bytes, want %d", len(secret), KeyBytes)
	}
	return &Key{secret: append([]byte(nil), secret...)}, nil
}

// Open reads the key: from hexText when it is not empty (64 hexadecimal digits),
// else from dir/secret.key, which is made (mode 0600) when missing.
func Open(dir, hexText string) (*Key, error) {
	if hexText != "" {
		return parse("configured server key", hexText)
	}
	file := filepath.Join(dir, "secret.key")
	text, err := os.ReadFile(file) //nolint:gosec // the operator's own data folder
	if errors.Is(err, fs.ErrNotExist) {
		text, err = create(dir, file)
	}
	if err != nil {
		return nil, fmt.Errorf("server key %s: %w", file, err)
	}
	return parse("server key "+file, string(text))
}

func parse(what, text string) (*Key, error) {
	secret, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return nil, fmt.Errorf("%s: want %d hexadecimal digits", what, 2*KeyBytes)
	}
	k, err := NewKey(secret)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return k, nil
}

// create writes a new key under another name first and links it into place: of
// two processes that start at once, both end up with the same complete key.
func create(dir, file string) ([]byte, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	secret := make([]byte, KeyBytes)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	f, err := os.CreateTemp(dir, "secret.key.*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(hex.EncodeToString(secret) + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return nil, err
	}
	if err := os.Link(f.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(file) //nolint:gosec // the operator's own data folder
}

// gcm derives a key for one purpose (HKDF, RFC 5869), so that a value sealed for
// one cannot be passed off as another.
func (k *Key) gcm(purpose string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, k.secret, nil, "sonae/seal/v1/"+purpose, KeyBytes)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Seal encrypts and authenticates plain for purpose (AES-256-GCM, random nonce).
func (k *Key) Seal(purpose string, plain []byte) ([]byte, error) {
	g, err := k.gcm(purpose)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", purpose, err)
	}
	return g.Seal(nil, nil, plain, nil), nil
}

// Unseal is the reverse of Seal; it fails on any change, another purpose or
// another key.
func (k *Key) Unseal(purpose string, sealed []byte) ([]byte, error) {
	g, err := k.gcm(purpose)
	if err != nil {
		return nil, fmt.Errorf("unseal %s: %w", purpose, err)
	}
	plain, err := g.Open(nil, nil, sealed, nil)
	if err != nil {
		return nil, fmt.Errorf("unseal %s: damaged, or sealed with another server key", purpose)
	}
	return plain, nil
}
