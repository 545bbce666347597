// Package identity knows who uses Sonae and from where: people, their roles and
// sessions, API tokens, the facilities everything belongs to, and the devices
// that may report. It also answers what each of them may do (permission.go, one
// table) and carries the answer through a request as a Principal.
//
// Everything lives in the database, so that any of several servers can serve any
// request. Secrets are kept as hashes (passwords, tokens, codes) or sealed with
// the server key (TOTP); nothing secret is ever in an event or a log line.
//
// Changes take the caller's transaction, so that the caller can put the audit
// entry beside them. What happens without a signed-in caller (sign-in, first
// set-up) tells Options.Record, in the same transaction.
//
//	reg, err := identity.New(db, identity.Options{Seal: key, BaseURL: cfg.BaseURL})
//	facility, err := reg.CreateFacility(ctx, tx, identity.Facility{Name: "本院", Kind: identity.Hospital})
package identity

import (
	"context"
	"errors"
	"time"

	"sonae/internal/platform/seal"
	"sonae/internal/platform/store"
)

// Event is something a person did or tried while signing in or on their own
// account, for the audit log. Detail never holds a secret.
type Event struct {
	AtMS    int64
	Action  string            // for example "sign_in", "sign_in.refused"
	UserID  string            // empty when the login name is unknown
	Login   string            // as typed, cut to 200 bytes
	Address string            // client address; may be empty
	Detail  map[string]string // further facts: reason, how
}

// Options sets up a Registry. Zero fields get the defaults named at each.
type Options struct {
	// Seal encrypts TOTP secrets. Required.
	Seal *seal.Key
	// BaseURL is the address people use, from configuration ("https://sonae.example.jp").
	// Passkeys are bound to its host name; nothing is ever taken from a request.
	BaseURL string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Record writes an audit entry in the transaction of the event; nil means none
	// (tests of this room only).
	Record func(ctx context.Context, tx *store.Tx, e Event) error
	// Cost sets the password hash; the zero value means PasswordCost.
	Cost Cost
}

// Registry is the room's door: all reading and writing of people, facilities,
// tokens and devices. Safe for concurrent use.
type Registry struct {
	db       *store.DB
	seal     *seal.Key
	now      func() time.Time
	record   func(ctx context.Context, tx *store.Tx, e Event) error
	hasher   *hasher
	passkey  *passkeys // nil when the base URL cannot carry passkeys
	devices  *deviceCache
	leaves   signedLeaves
	trust    trust
	policies policies
	knocks   *knockLimit
	asked    entryNames
}

// New makes a Registry on an open database.
func New(db *store.DB, o Options) (*Registry, error) {
	if o.Seal == nil {
		return nil, errors.New("identity: no server key")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Record == nil {
		o.Record = func(context.Context, *store.Tx, Event) error { return nil }
	}
	r := &Registry{db: db, seal: o.Seal, now: o.Now, record: o.Record}
	var err error
	if r.hasher, err = newHasher(o.Cost); err != nil {
		return nil, err
	}
	if r.passkey, err = newPasskeys(o.BaseURL); err != nil {
		return nil, err
	}
	r.devices = newDeviceCache(o.Now)
	r.knocks = newKnockLimit(o.Now)
	return r, nil
}

// nowMS is the clock as the database stores it.
func (r *Registry) nowMS() int64 { return store.MS(r.now()) }
