// Package audit is the record of who did what, kept so that a later change to it
// shows. Entries form a Merkle tree (RFC 6962 hashes, by x/mod/sumdb/tlog); from
// time to time the tree's head is signed and kept as a checkpoint (x/mod/sumdb/note).
// An entry is written in the transaction of the change it tells about: there is
// no change without an entry and no entry without its change.
//
//	err := audit.Do(ctx, db, principal, "asset.edit", audit.Object{Kind: "asset", ID: id},
//		func(ctx context.Context, tx *store.Tx) (any, error) { return detail, assets.Edit(ctx, tx, …) })
//
// What is found and what cannot be is said in docs/decisions/0011-audit-log.md:
// in short, whoever changes the database alone is found by Verify; whoever also
// holds the server key is found only by a checkpoint kept elsewhere.
package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
)

// Actor is who did it, as known at that time.
type Actor struct {
	Kind string `json:"kind"` // user, token, device, system
	ID   string `json:"id"`
	Name string `json:"name"` // login, token or device name then; people change names
}

// Object is what it was done to. Empty fields do not apply.
type Object struct {
	Kind       string // "asset", "user", "pack", …
	ID         string
	Name       string // shown in lists; not a key
	FacilityID string // facility it belongs to: limits who may see the entry
}

// Entry is one thing somebody did. Texts are cut to limits and cleaned of
// characters a database refuses; see canonical.go.
type Entry struct {
	Seq     int64 // given by Append: 0, 1, 2, …
	AtMS    int64 // 0 = now
	Actor   Actor
	Action  string // as in identity, or an event such as "sign_in"
	Object  Object
	Address string // client address; may be empty
	// Detail is any value that encodes to JSON: changed fields, counts, hashes.
	// Never secrets. On reading it is json.RawMessage or nil.
	Detail any
}

// ActorOf names a principal.
func ActorOf(p identity.Principal) Actor {
	return Actor{Kind: string(p.Kind), ID: p.ID, Name: p.Name}
}

// Append adds an entry and gives its number. It locks the head row until the
// transaction ends, so call it last.
func Append(ctx context.Context, tx *store.Tx, e Entry) (int64, error) {
	if e.AtMS == 0 {
		e.AtMS = store.MS(time.Now())
	}
	rec, err := recordOf(e)
	if err != nil {
		return 0, err
	}
	var seq int64
	var packed []byte
	err = tx.QueryRow(ctx, `SELECT size, frontier FROM audit_head WHERE id = 1`+tx.ForUpdate()).Scan(&seq, &packed)
	if err != nil {
		return 0, fmt.Errorf("lock audit head: %w", err)
	}
	front, err := unpackFrontier(packed, seq)
	if err != nil {
		return 0, err
	}
	rec.Seq = seq
	body, err := rec.encode()
	if err != nil {
		return 0, err
	}
	front, hashes := front.append(seq, tlog.RecordHash(body))
	if err := insertEntry(ctx, tx, rec, body); err != nil {
		return 0, err
	}
	if err := insertHashes(ctx, tx, tlog.StoredHashIndex(0, seq), hashes); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `UPDATE audit_head SET size = $1, frontier = $2 WHERE id = 1`, seq+1, front.pack())
	if err != nil {
		return 0, fmt.Errorf("move audit head: %w", err)
	}
	return seq, nil
}

func insertEntry(ctx context.Context, tx *store.Tx, r record, body []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO audit_entry (seq, body, at_ms, actor_kind, actor_id, actor_name, action,
		object_kind, object_id, object_name, facility_id, address)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		r.Seq, body, r.AtMS, r.ActorKind, r.ActorID, r.ActorName, r.Action,
		r.ObjectKind, r.ObjectID, r.ObjectName, r.FacilityID, r.Address)
	if err != nil {
		return fmt.Errorf("store audit entry %d: %w", r.Seq, err)
	}
	return nil
}

// insertHashes stores the leaf and the subtrees it completes: two rows an entry
// on average, 1 + log2(size) at most.
func insertHashes(ctx context.Context, tx *store.Tx, first int64, hashes []tlog.Hash) error {
	var b strings.Builder
	b.WriteString(`INSERT INTO audit_hash (idx, hash) VALUES `)
	args := make([]any, 0, 2*len(hashes))
	for i := range hashes {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "($%d, $%d)", 2*i+1, 2*i+2)
		args = append(args, first+int64(i), hashes[i][:])
	}
	if _, err := tx.Exec(ctx, b.String(), args...); err != nil {
		return fmt.Errorf("store audit hashes: %w", err)
	}
	return nil
}

// Made is a detail that also names the object, for changes that learn its ID on
// the way (something was created).
type Made struct {
	Object Object
	Detail any
}

// ErrNoChange is returned by the function given to Do when nothing was to be
// done: no entry is written and Do returns nil.
var ErrNoChange = errors.New("nothing changed")

// Do runs a change and writes its entry in one transaction. fn returns what to
// tell about the change (nil, any JSON value, or Made). It may run more than
// once, like every store transaction.
func Do(ctx context.Context, db *store.DB, p identity.Principal, action identity.Action, object Object,
	fn func(ctx context.Context, tx *store.Tx) (detail any, err error)) error {
	err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		detail, err := fn(ctx, tx)
		if err != nil {
			return err
		}
		e := Entry{Actor: ActorOf(p), Action: string(action), Object: object, Address: p.Address, Detail: detail}
		if made, ok := detail.(Made); ok {
			e.Object, e.Detail = made.Object, made.Detail
		}
		_, err = Append(ctx, tx, e)
		return err
	})
	if errors.Is(err, ErrNoChange) {
		return nil
	}
	return err
}

// Refused records that p was not allowed an action on an object. Edges call it
// for signed-in principals only: strangers must not be able to fill the log.
func Refused(ctx context.Context, db *store.DB, p identity.Principal, action identity.Action, object Object) error {
	return Do(ctx, db, p, action+".refused", object, func(context.Context, *store.Tx) (any, error) { return nil, nil })
}

// RecordIdentity writes an event of identity; server wiring sets it as
// identity.Options.Record.
func RecordIdentity(ctx context.Context, tx *store.Tx, e identity.Event) error {
	var detail any
	if len(e.Detail) > 0 {
		detail = e.Detail
	}
	_, err := Append(ctx, tx, Entry{
		AtMS:    e.AtMS,
		Actor:   Actor{Kind: string(identity.KindUser), ID: e.UserID, Name: e.Login},
		Action:  e.Action,
		Object:  Object{Kind: "user", ID: e.UserID, Name: e.Login},
		Address: e.Address, Detail: detail,
	})
	return err
}
