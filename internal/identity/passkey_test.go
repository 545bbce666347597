package identity

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/seal"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

// authenticator is a passkey in software: what a browser and a security key do
// together (WebAuthn Level 3, sections 6.1 and 6.5; CBOR by hand, RFC 8949).
type authenticator struct {
	t       *testing.T
	rpID    string
	origin  string
	flags   byte // user present 0x01, verified 0x04
	key     *ecdsa.PrivateKey
	id      []byte
	handle  []byte
	counter uint32
}

func newAuthenticator(t *testing.T) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &authenticator{t: t, rpID: "sonae.example.jp", origin: "https://sonae.example.jp", flags: 0x05, key: key, id: id}
}

var b64 = base64.RawURLEncoding

func (a *authenticator) clientData(kind, challenge string) []byte {
	b, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	return b
}

// data is the authenticator data: RP ID hash, flags, counter, then more.
func (a *authenticator) data(flags byte, more []byte) []byte {
	a.counter++
	hash := sha256.Sum256([]byte(a.rpID))
	out := append(hash[:], flags)
	out = binary.BigEndian.AppendUint32(out, a.counter)
	return append(out, more...)
}

// coseKey is the public key as COSE_Key (RFC 9052): EC2, ES256, P-256.
func (a *authenticator) coseKey() []byte {
	point, err := a.key.PublicKey.Bytes() // 0x04 ‖ X ‖ Y
	if err != nil {
		a.t.Fatal(err)
	}
	out := []byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}
	out = append(out, point[1:33]...)
	out = append(out, 0x22, 0x58, 0x20)
	return append(out, point[33:]...)
}

type creationOptions struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		RP        struct {
			ID string `json:"id"`
		} `json:"rp"`
		User struct {
			ID string `json:"id"`
		} `json:"user"`
		RPID string `json:"rpId"`
	} `json:"publicKey"`
}

func (a *authenticator) options(raw []byte) creationOptions {
	var o creationOptions
	if err := json.Unmarshal(raw, &o); err != nil || o.PublicKey.Challenge == "" {
		a.t.Fatalf("options %s: %v", raw, err)
	}
	return o
}

// create answers a registration.
func (a *authenticator) create(raw []byte) []byte {
	a.t.Helper()
	o := a.options(raw)
	if o.PublicKey.RP.ID != "sonae.example.jp" {
		a.t.Errorf("RP ID %q", o.PublicKey.RP.ID)
	}
	var err error
	if a.handle, err = b64.DecodeString(o.PublicKey.User.ID); err != nil {
		a.t.Fatal(err)
	}
	attested := make([]byte, 16) // AAGUID
	attested = binary.BigEndian.AppendUint16(attested, uint16(len(a.id)))
	attested = append(append(attested, a.id...), a.coseKey()...)
	auth := a.data(a.flags|0x40, attested)
	// {"fmt": "none", "attStmt": {}, "authData": bytes}
	object := append([]byte{0xa3, 0x63}, "fmt"...)
	object = append(append(object, 0x64), "none"...)
	object = append(append(object, 0x67), "attStmt"...)
	object = append(append(object, 0xa0, 0x68), "authData"...)
	object = append(object, 0x58, byte(len(auth)))
	object = append(object, auth...)
	return a.answer(map[string]string{
		"clientDataJSON":    b64.EncodeToString(a.clientData("webauthn.create", o.PublicKey.Challenge)),
		"attestationObject": b64.EncodeToString(object),
	})
}

// get answers a sign-in.
func (a *authenticator) get(raw []byte) []byte {
	a.t.Helper()
	client := a.clientData("webauthn.get", a.options(raw).PublicKey.Challenge)
	auth := a.data(a.flags, nil)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(bytes.Clone(auth), hash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(map[string]string{
		"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(auth),
		"signature": b64.EncodeToString(sig), "userHandle": b64.EncodeToString(a.handle),
	})
}

func (a *authenticator) answer(response map[string]string) []byte {
	b, err := json.Marshal(map[string]any{"id": b64.EncodeToString(a.id), "rawId": b64.EncodeToString(a.id), "type": "public-key", "response": response})
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

// register stores a's key for u.
func (d *desk) register(u User, a *authenticator) error {
	d.t.Helper()
	options, state, err := d.BeginPasskey(d.t.Context(), u.ID)
	if err != nil {
		return err
	}
	answer := a.create(options)
	return d.try(func(ctx context.Context, tx *store.Tx) error {
		_, err := d.FinishPasskey(ctx, tx, u.ID, state, "職員証", answer)
		return err
	})
}

func (d *desk) passkeySignIn(a *authenticator) (User, error) {
	d.t.Helper()
	options, state, err := d.BeginPasskeySignIn()
	if err != nil {
		d.t.Fatal(err)
	}
	return d.FinishPasskeySignIn(d.t.Context(), state, a.get(options), "")
}

func TestPasskeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		u := d.user("sato", Grant{Role: Administrator})
		a := newAuthenticator(t)
		if err := d.register(u, a); err != nil {
			t.Fatal(err)
		}
		id := uuid.MustParse(u.ID)
		if !bytes.Equal(a.handle, id[:]) {
			t.Errorf("handle %x", a.handle)
		}
		for range 2 {
			if got, err := d.passkeySignIn(a); err != nil || got.ID != u.ID {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		if got, err := d.SignIn(t.Context(), "sato", longPassword, ""); err != nil || !got.HasSecond() || got.Passkeys != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		keys, err := d.Passkeys(t.Context(), db, u.ID)
		if err != nil || len(keys) != 1 || keys[0].Name != "職員証" || keys[0].LastUsedMS == 0 {
			t.Errorf("%+v, %v", keys, err)
		}
		if err := d.register(u, a); err == nil {
			t.Error("the same key was registered twice")
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.RemovePasskey(ctx, tx, u.ID, keys[0].ID) })
		if _, err := d.passkeySignIn(a); !fault.Is(err, fault.CodeUnauthenticated) {
			t.Errorf("removed key: %v", err)
		}
	})
}

func TestPasskeyRefusals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		u, other := d.user("sato", Grant{Role: Administrator}), d.user("other", Grant{Role: Administrator})
		good := newAuthenticator(t)
		if err := d.register(u, good); err != nil {
			t.Fatal(err)
		}
		if _, err := d.passkeySignIn(good); err != nil {
			t.Fatal(err)
		}
		otherID := uuid.MustParse(other.ID)
		for _, tt := range []struct {
			name   string
			change func(a *authenticator)
		}{
			{"another origin", func(a *authenticator) { a.origin = "https://evil.example" }},
			{"another relying party", func(a *authenticator) { a.rpID = "evil.example" }},
			{"no PIN or finger", func(a *authenticator) { a.flags = 0x01 }},
			{"nobody present", func(a *authenticator) { a.flags = 0x04 }},
			{"another key", func(a *authenticator) { a.key = newAuthenticator(t).key }},
			{"another person's handle", func(a *authenticator) { a.handle = otherID[:] }},
			{"no handle", func(a *authenticator) { a.handle = nil }},
			{"a copied key: counter went back", func(a *authenticator) { a.counter = 0 }},
		} {
			t.Run(tt.name, func(t *testing.T) {
				bad := *good
				tt.change(&bad)
				if _, err := d.passkeySignIn(&bad); !fault.Is(err, fault.CodeUnauthenticated) {
					t.Errorf("sign-in: %v", err)
				}
			})
		}
		t.Run("answer to another challenge", func(t *testing.T) {
			options, _, _ := d.BeginPasskeySignIn()
			_, state, _ := d.BeginPasskeySignIn()
			if _, err := d.FinishPasskeySignIn(t.Context(), state, good.get(options), ""); !fault.Is(err, fault.CodeUnauthenticated) {
				t.Errorf("err = %v", err)
			}
		})
		t.Run("no ceremony", func(t *testing.T) {
			options, _, _ := d.BeginPasskeySignIn()
			if _, err := d.FinishPasskeySignIn(t.Context(), "", good.get(options), ""); !fault.Is(err, fault.CodeUnauthenticated) {
				t.Errorf("err = %v", err)
			}
		})
		t.Run("disabled person", func(t *testing.T) {
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				return second(d.SetDisabled(ctx, tx, System("t"), u.ID, true))
			})
			if _, err := d.passkeySignIn(good); !fault.Is(err, fault.CodeUnauthenticated) {
				t.Errorf("err = %v", err)
			}
		})
		evil := newAuthenticator(t)
		evil.origin = "https://evil.example"
		if err := d.register(other, evil); !fault.Is(err, fault.CodeUnauthenticated) {
			t.Errorf("registered from another origin: %v", err)
		}
	})
}

func TestPasskeysNeedAHostName(t *testing.T) {
	k, err := seal.NewKey(make([]byte, seal.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.SQLite(t)
	for base, want := range map[string]bool{
		"": false, "http://127.0.0.1:8787": false, "https://192.0.2.1": false, "https://[::1]:8787": false,
		"http://sonae.example.jp": false, "https://sonae.example.jp:8443": true, "http://localhost:8787": true,
	} {
		r, err := New(db, Options{Seal: k, BaseURL: base})
		if err != nil {
			t.Errorf("%q: %v", base, err)
			continue
		}
		if r.PasskeysPossible() != want {
			t.Errorf("%q: %v", base, r.PasskeysPossible())
		}
		if _, _, err := r.BeginPasskeySignIn(); (err == nil) != want {
			t.Errorf("%q: %v", base, err)
		}
	}
}

func FuzzPasskeyAnswer(f *testing.F) {
	k, err := seal.NewKey(make([]byte, seal.KeyBytes))
	if err != nil {
		f.Fatal(err)
	}
	db := storetest.SQLite(f)
	r, err := New(db, Options{Seal: k, BaseURL: "https://sonae.example.jp"})
	if err != nil {
		f.Fatal(err)
	}
	_, state, err := r.BeginPasskeySignIn()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"AA"}}`))
	f.Add([]byte(strings.Repeat("[", 10000)))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if _, err := r.FinishPasskeySignIn(context.Background(), state, answer, ""); err == nil {
			t.Error("signed in")
		}
	})
}
