package identity

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// passkeys runs the ceremonies of WebAuthn Level 3. Relying party and origin come
// from the configured base URL alone.
type passkeys struct{ web *webauthn.WebAuthn }

// ceremonyTime is how long a person has to touch the key (WebAuthn Level 3, 15.1
// recommends 5 to 10 minutes).
const ceremonyTime = 5 * time.Minute

// newPasskeys gives nil when the base URL cannot carry passkeys: browsers want a
// host name, not an address, and HTTPS except on localhost.
func newPasskeys(baseURL string) (*passkeys, error) {
	u, err := url.Parse(baseURL)
	if err != nil {
		return nil, fmt.Errorf("base URL %q: %w", baseURL, err)
	}
	name := u.Hostname()
	local := name == "localhost" || strings.HasSuffix(name, ".localhost")
	if name == "" || net.ParseIP(name) != nil || u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return nil, nil
	}
	limit := webauthn.TimeoutConfig{Enforce: true, Timeout: ceremonyTime, TimeoutUVD: ceremonyTime}
	web, err := webauthn.New(&webauthn.Config{
		Timeouts: webauthn.TimeoutsConfig{Login: limit, Registration: limit},
		RPID:     name, RPDisplayName: totpIssuer, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired, // a passkey then is two factors by itself
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys for %s: %w", baseURL, err)
	}
	return &passkeys{web}, nil
}

// PasskeysPossible reports whether the configured base URL can carry passkeys.
func (r *Registry) PasskeysPossible() bool { return r.passkey != nil }

// Passkey is one registered key, for lists.
type Passkey struct {
	ID         string
	Name       string
	CreatedMS  int64
	LastUsedMS int64 // 0 = never
}

// maxPasskeys a person; maxCeremonyBytes bounds what a browser sends.
const (
	maxPasskeys      = 20
	maxCeremonyBytes = 64 << 10
)

// keyOwner is a user as the library sees one.
type keyOwner struct {
	user User
	keys []webauthn.Credential
}

func (o keyOwner) WebAuthnID() []byte {
	id := uuid.MustParse(o.user.ID)
	return id[:]
}
func (o keyOwner) WebAuthnName() string                       { return o.user.Login }
func (o keyOwner) WebAuthnDisplayName() string                { return o.user.Name }
func (o keyOwner) WebAuthnCredentials() []webauthn.Credential { return o.keys }

func (r *Registry) keyOwner(ctx context.Context, q store.Querier, userID string) (keyOwner, error) {
	u, err := r.UserByID(ctx, q, userID)
	if err != nil {
		return keyOwner{}, err
	}
	rows, err := q.Query(ctx, `SELECT credential FROM identity_passkey WHERE user_id = $1 ORDER BY id`, userID)
	if err != nil {
		return keyOwner{}, fmt.Errorf("read passkeys: %w", err)
	}
	keys, err := collect(rows, func(scan func(...any) error) (webauthn.Credential, error) {
		var text string
		var c webauthn.Credential
		if err := scan(&text); err != nil {
			return c, err
		}
		return c, json.Unmarshal([]byte(text), &c)
	})
	return keyOwner{u, keys}, err
}

// Passkeys lists a person's keys.
func (r *Registry) Passkeys(ctx context.Context, q store.Querier, userID string) ([]Passkey, error) {
	rows, err := q.Query(ctx, `SELECT id, name, created_ms, last_used_ms FROM identity_passkey WHERE user_id = $1 ORDER BY id`, userID)
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	return collect(rows, func(scan func(...any) error) (Passkey, error) {
		var p Passkey
		var used sql.NullInt64
		err := scan(&p.ID, &p.Name, &p.CreatedMS, &used)
		p.LastUsedMS = used.Int64
		return p, err
	})
}

func noPasskeys() error { return fault.New(fault.CodeUnsupported, "identity.error.passkey_host") }

func wrongPasskey(err error) error {
	return fault.New(fault.CodeUnauthenticated, "identity.error.passkey_wrong").WithHint("identity.error.wrong_sign_in.hint").Because(err)
}

// BeginPasskey starts registering a key: options go to the browser as JSON, state
// into the session until FinishPasskey. Both are used once.
func (r *Registry) BeginPasskey(ctx context.Context, userID string) (options []byte, state string, err error) {
	if r.passkey == nil {
		return nil, "", noPasskeys()
	}
	owner, err := r.keyOwner(ctx, r.db, userID)
	if err != nil {
		return nil, "", err
	}
	if len(owner.keys) >= maxPasskeys {
		return nil, "", fault.Conflict("identity.error.too_many")
	}
	creation, session, err := r.passkey.web.BeginRegistration(owner,
		webauthn.WithExclusions(webauthn.Credentials(owner.keys).CredentialDescriptors()))
	if err != nil {
		return nil, "", fmt.Errorf("begin passkey: %w", err)
	}
	return ceremony(creation, session)
}

func ceremony(options any, session *webauthn.SessionData) ([]byte, string, error) {
	o, err := json.Marshal(options)
	if err != nil {
		return nil, "", fmt.Errorf("begin passkey: %w", err)
	}
	s, err := json.Marshal(session)
	return o, string(s), err
}

// FinishPasskey checks the browser's answer and stores the key.
func (r *Registry) FinishPasskey(ctx context.Context, tx *store.Tx, userID, state, name string, answer []byte) (Passkey, error) {
	if r.passkey == nil {
		return Passkey{}, noPasskeys()
	}
	name = strings.TrimSpace(name)
	if err := checkLine(name, 100, true); err != nil {
		return Passkey{}, err.At("name")
	}
	owner, err := r.keyOwner(ctx, tx, userID)
	if err != nil {
		return Passkey{}, err
	}
	session, err := r.session(state, answer)
	if err != nil {
		return Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBody(bytes.NewReader(answer))
	if err != nil {
		return Passkey{}, wrongPasskey(err)
	}
	cred, err := r.passkey.web.CreateCredential(owner, session, parsed)
	if err != nil {
		return Passkey{}, wrongPasskey(err)
	}
	text, err := json.Marshal(cred)
	if err != nil {
		return Passkey{}, fmt.Errorf("store passkey: %w", err)
	}
	p := Passkey{ID: store.NewID(), Name: name, CreatedMS: r.nowMS()}
	_, err = tx.Exec(ctx, `INSERT INTO identity_passkey (id, user_id, credential_id, credential, name, created_ms) VALUES ($1, $2, $3, $4, $5, $6)`,
		p.ID, userID, cred.ID, string(text), name, p.CreatedMS)
	if store.KindOf(err) == store.KindUnique {
		return Passkey{}, fault.Conflict("identity.error.passkey_exists").Because(err)
	}
	if err != nil {
		return Passkey{}, fmt.Errorf("store passkey: %w", err)
	}
	return p, nil
}

// session reads back what Begin… put into the session, and bounds the answer.
func (r *Registry) session(state string, answer []byte) (webauthn.SessionData, error) {
	var s webauthn.SessionData
	if len(answer) > maxCeremonyBytes {
		return s, fault.TooLarge("identity.error.passkey_wrong")
	}
	if err := json.Unmarshal([]byte(state), &s); err != nil || s.Challenge == "" {
		return s, wrongPasskey(errors.New("no ceremony under way"))
	}
	return s, nil
}

// RemovePasskey takes a key away, unless the password is too short without it.
func (r *Registry) RemovePasskey(ctx context.Context, tx *store.Tx, userID, id string) error {
	res, err := tx.Exec(ctx, `DELETE FROM identity_passkey WHERE id = $1 AND user_id = $2`, id, userID)
	if err != nil {
		return fmt.Errorf("remove passkey: %w", err)
	}
	if err := found(res, "identity.error.passkey_unknown"); err != nil {
		return err
	}
	return r.checkSecondStays(ctx, tx, userID)
}

// BeginPasskeySignIn starts a sign-in by passkey, with no login name: the key
// says who it belongs to.
func (r *Registry) BeginPasskeySignIn() (options []byte, state string, err error) {
	if r.passkey == nil {
		return nil, "", noPasskeys()
	}
	assertion, session, err := r.passkey.web.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, "", fmt.Errorf("begin passkey: %w", err)
	}
	return ceremony(assertion, session)
}

// FinishPasskeySignIn checks the answer and signs the key's owner in, with both
// factors: the key asked for PIN or finger. Failures count against the address.
func (r *Registry) FinishPasskeySignIn(ctx context.Context, state string, answer []byte, address string) (User, error) {
	return r.checkPasskey(ctx, state, answer, address, func(ctx context.Context, tx *store.Tx, u User) error {
		if err := r.signedIn(ctx, tx, u.ID); err != nil {
			return err
		}
		return r.record(ctx, tx, Event{AtMS: r.nowMS(), Action: EventSignIn, UserID: u.ID, Login: u.Login, Address: address, Detail: map[string]string{"second": "passkey"}})
	})
}

// checkPasskey counts the attempt, checks the answer and runs then in the
// transaction that notes the key's use; refusals are recorded.
func (r *Registry) checkPasskey(ctx context.Context, state string, answer []byte, address string, then func(ctx context.Context, tx *store.Tx, u User) error) (User, error) {
	if r.passkey == nil {
		return User{}, noPasskeys()
	}
	from := subjectsAddress(address)
	err := r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return r.attempt(ctx, tx, from...) })
	if err != nil {
		return User{}, err
	}
	session, err := r.session(state, answer)
	if err != nil {
		return User{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBody(bytes.NewReader(answer))
	if err != nil {
		return User{}, wrongPasskey(err)
	}
	var u User
	err = r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		u, err = r.finishAssertion(ctx, tx, session, parsed)
		if err != nil {
			return err
		}
		if err := r.forgive(ctx, tx, subject{}, from); err != nil {
			return err
		}
		return then(ctx, tx, u)
	})
	if fault.Is(err, fault.CodeUnauthenticated) {
		refused := r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return r.refused(ctx, tx, "", address, "passkey") })
		err = errors.Join(err, refused)
	}
	if err != nil {
		return User{}, err
	}
	return u, nil
}

// finishAssertion validates and stores the key's new counter; a counter that went
// back means a copied key (WebAuthn, 6.1.1) and is refused.
func (r *Registry) finishAssertion(ctx context.Context, tx *store.Tx, session webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) (User, error) {
	var owner keyOwner
	find := func(_, handle []byte) (webauthn.User, error) {
		id, err := uuid.FromBytes(handle)
		if err != nil {
			return nil, err
		}
		owner, err = r.keyOwner(ctx, tx, id.String())
		return owner, err
	}
	_, cred, err := r.passkey.web.ValidatePasskeyLogin(find, session, parsed)
	if err != nil {
		return User{}, wrongPasskey(err)
	}
	if cred.Authenticator.CloneWarning {
		return User{}, wrongPasskey(errors.New("signature counter went back"))
	}
	text, err := json.Marshal(cred)
	if err != nil {
		return User{}, fmt.Errorf("store passkey: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE identity_passkey SET credential = $1, last_used_ms = $2 WHERE credential_id = $3 AND user_id = $4`,
		string(text), r.nowMS(), cred.ID, owner.user.ID)
	return owner.user, err
}
