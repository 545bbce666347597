package identity

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"sonae/internal/platform/store"
)

// Lengths of sessions, as defaults: people at a shared ward PC walk away; a working
// day is the most that one sign-in carries. Guideline and law name no figure.
const (
	SessionIdle     = 30 * time.Minute
	SessionLifetime = 12 * time.Hour
	// anonymousLifetime bounds what strangers can make the server keep.
	anonymousLifetime = 10 * time.Minute
	// touchEvery is how exact "last seen" and the idle time are.
	touchEvery = time.Minute
)

// Keys of what a session holds.
const (
	keyUser     = "user"     // ID of the signed-in user
	keyPending  = "pending"  // user whose second factor is still to come
	keySince    = "since"    // when the password of that user was set, Unix ms
	keyProved   = "proved"   // when the person last gave a factor, Unix ms
	keyCeremony = "ceremony" // state of a passkey ceremony
	keyAddress  = "address"
	keyAgent    = "agent"
)

// Sessions carries who is signed in from request to request: scs, with the table
// identity_session behind it, so that every server knows every session. Values
// are strings and booleans only. Rows are marked as ended and not deleted: a slow
// request of the same browser must not write an ended session back.
type Sessions struct {
	*scs.SessionManager
	r *Registry
}

// SessionOptions sets up Sessions; zero durations mean the defaults.
type SessionOptions struct {
	Idle, Lifetime time.Duration
	// Secure is true when people reach the server by HTTPS; the cookie then is
	// bound to this host and to HTTPS (name prefix __Host-, RFC 6265bis 4.1.3.2).
	Secure bool
}

// NewSessions makes the session manager; wrap the handlers in its LoadAndSave.
func NewSessions(r *Registry, o SessionOptions) *Sessions {
	m := scs.New()
	m.IdleTimeout, m.Lifetime = SessionIdle, SessionLifetime
	if o.Idle > 0 {
		m.IdleTimeout = o.Idle
	}
	if o.Lifetime > 0 {
		m.Lifetime = o.Lifetime
	}
	m.Codec = sessionCodec{}
	m.Store = sessionStore{r}
	m.Cookie.Name, m.Cookie.Path = "sonae", "/"
	if o.Secure {
		m.Cookie.Name, m.Cookie.Secure = "__Host-sonae", true
	}
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode // links from mails keep people signed in
	m.Cookie.Persist = false                 // closing the browser ends it
	return &Sessions{m, r}
}

// Start signs a user in: the session gets a new secret, whatever it held before is
// forgotten, and the sign-in is stored when the request ends.
func (s *Sessions) Start(ctx context.Context, userID, address, userAgent string) error {
	if err := s.begin(ctx, keyUser, userID, address, userAgent); err != nil {
		return err
	}
	s.Prove(ctx)
	return nil
}

// StartPending notes that a user gave the right password and the second factor is
// still to come. The password counts only as long as it stays the same.
func (s *Sessions) StartPending(ctx context.Context, u User, address, userAgent string) error {
	if err := s.begin(ctx, keyPending, u.ID, address, userAgent); err != nil {
		return err
	}
	s.Put(ctx, keySince, strconv.FormatInt(u.PasswordMS, 10))
	return nil
}

// ProofLife is how long giving a password or factor allows changes of factors,
// passwords, tokens and rights: whoever finds an open session later cannot take the
// account over. The figure is ours.
const ProofLife = 10 * time.Minute

// Prove notes that the person of this session gave a password or factor just now.
func (s *Sessions) Prove(ctx context.Context) {
	s.Put(ctx, keyProved, strconv.FormatInt(s.r.nowMS(), 10))
}

// Proved reports whether that was within ProofLife.
func (s *Sessions) Proved(ctx context.Context) bool {
	at, err := strconv.ParseInt(s.GetString(ctx, keyProved), 10, 64)
	age := s.r.nowMS() - at
	return err == nil && age >= 0 && age < ProofLife.Milliseconds()
}

func (s *Sessions) begin(ctx context.Context, key, userID, address, userAgent string) error {
	if err := s.RenewToken(ctx); err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	if err := s.Clear(ctx); err != nil {
		return fmt.Errorf("clear session: %w", err)
	}
	s.Put(ctx, key, userID)
	s.Put(ctx, keyAddress, cutLine(address, 100))
	s.Put(ctx, keyAgent, cutLine(userAgent, 300))
	return nil
}

// Pending gives the user whose second factor is still to come; ok is false when
// there is none, or the password was changed or reset meanwhile.
func (s *Sessions) Pending(ctx context.Context) (u User, ok bool, err error) {
	id := s.GetString(ctx, keyPending)
	if id == "" {
		return User{}, false, nil
	}
	u, err = s.r.UserByID(ctx, s.r.db, id)
	if err != nil {
		return User{}, false, err
	}
	ok = u.DisabledMS == 0 && s.GetString(ctx, keySince) == strconv.FormatInt(u.PasswordMS, 10)
	return u, ok, nil
}

// PutCeremony keeps a passkey ceremony's state until TakeCeremony.
func (s *Sessions) PutCeremony(ctx context.Context, state string) { s.Put(ctx, keyCeremony, state) }

// TakeCeremony gives the state once; a second answer to one challenge finds none.
func (s *Sessions) TakeCeremony(ctx context.Context) string { return s.PopString(ctx, keyCeremony) }

// User gives the signed-in user of a request, or ok = false. Rights are read anew
// each time: a change counts from the next request on.
func (s *Sessions) User(ctx context.Context) (u User, ok bool, err error) {
	id := s.GetString(ctx, keyUser)
	if id == "" {
		return User{}, false, nil
	}
	u, err = s.r.UserByID(ctx, s.r.db, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && u.DisabledMS != 0 {
		return User{}, false, nil
	}
	return u, err == nil, err
}

// CurrentID is the ID of the request's own session in lists; empty when it has
// none yet.
func (s *Sessions) CurrentID(ctx context.Context) (string, error) {
	token := s.Token(ctx)
	if token == "" {
		return "", nil
	}
	var id string
	err := s.r.db.QueryRow(ctx, `SELECT id FROM identity_session WHERE token_hash = $1`, sessionHash(token)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

// sessionCodec writes values as JSON with sorted keys, so that an unchanged
// session has unchanged bytes and need not be written.
type sessionCodec struct{}

type sessionData struct {
	DeadlineMS int64          `json:"deadline_ms"`
	Values     map[string]any `json:"values"`
}

// Encode implements scs.Codec.
func (sessionCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	for k, v := range values {
		switch v.(type) {
		case string, bool:
		default:
			return nil, fmt.Errorf("session value %s is %T: only string and bool can be kept", k, v)
		}
	}
	return json.Marshal(sessionData{store.MS(deadline), values})
}

// Decode implements scs.Codec.
func (sessionCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var d sessionData
	if err := json.Unmarshal(b, &d); err != nil {
		return time.Time{}, nil, fmt.Errorf("session data: %w", err)
	}
	if d.Values == nil {
		d.Values = map[string]any{}
	}
	return store.Time(d.DeadlineMS), d.Values, nil
}

// sessionStore is the table as scs sees it.
type sessionStore struct{ r *Registry }

func sessionHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// FindCtx implements scs.CtxStore.
func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data []byte
	err := s.r.db.QueryRow(ctx, `SELECT data FROM identity_session WHERE token_hash = $1 AND expires_ms > $2 AND ended_ms IS NULL`,
		sessionHash(token), s.r.nowMS()).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	return data, true, nil
}

// CommitCtx implements scs.CtxStore. Nothing is written when the data is the same
// and the idle time moved by less than touchEvery.
func (s sessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	var d sessionData
	if err := json.Unmarshal(b, &d); err != nil {
		return fmt.Errorf("store session: %w", err)
	}
	text := func(key string) string { v, _ := d.Values[key].(string); return v }
	now := s.r.nowMS()
	expires := store.MS(expiry)
	user := sql.NullString{String: text(keyUser), Valid: text(keyUser) != ""}
	if !user.Valid {
		expires = min(expires, now+anonymousLifetime.Milliseconds())
	}
	hash := sessionHash(token)
	var fresh int
	err := s.r.db.QueryRow(ctx, `SELECT count(*) FROM identity_session WHERE token_hash = $1 AND data = $2 AND expires_ms > $3`,
		hash, b, expires-touchEvery.Milliseconds()).Scan(&fresh)
	if err != nil {
		return fmt.Errorf("store session: %w", err)
	}
	if fresh > 0 {
		return nil
	}
	return s.r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO identity_session (token_hash, id, user_id, data, address, user_agent, created_ms, seen_ms, expires_ms)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (token_hash) DO UPDATE SET user_id = excluded.user_id, data = excluded.data, address = excluded.address,
				user_agent = excluded.user_agent, seen_ms = excluded.seen_ms, expires_ms = excluded.expires_ms
			WHERE identity_session.ended_ms IS NULL`,
			hash, store.NewID(), user, b, text(keyAddress), text(keyAgent), now, now, expires)
		if err != nil {
			return fmt.Errorf("store session: %w", err)
		}
		return nil
	})
}

// DeleteCtx implements scs.CtxStore: it marks, see Sessions.
func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE identity_session SET ended_ms = $1, data = $2 WHERE token_hash = $3 AND ended_ms IS NULL`,
			s.r.nowMS(), []byte("{}"), sessionHash(token))
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return nil
	})
}

// Find, Commit and Delete complete scs.Store; scs uses the forms above.
func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit implements scs.Store.
func (s sessionStore) Commit(token string, b []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expiry)
}

// Delete implements scs.Store.
func (s sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// cutLine makes a text from outside storable: one line, valid, bounded in bytes.
func cutLine(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if hidden(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}
