package ingest_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"sonae/internal/edge/ingest"
	"sonae/internal/identity"
	"sonae/internal/platform/seal"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
)

// world is a database with a facility, and devices that may report to it.
type world struct {
	db       *store.DB
	registry *identity.Registry
	texts    *text.Catalogue
	facility string
	token    string       // enrolment
	clock    atomic.Int64 // Unix nanoseconds; handlers of another process's requests read it too
	devices  int
}

type testDevice struct {
	id  string
	key ed25519.PrivateKey
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	key, err := seal.NewKey(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{db: db}
	w.set(start)
	if w.registry, err = identity.New(db, identity.Options{Seal: key, Now: w.now}); err != nil {
		t.Fatal(err)
	}
	if w.texts, err = text.Load(); err != nil {
		t.Fatal(err)
	}
	w.tx(t, func(ctx context.Context, tx *store.Tx) error {
		f, err := w.registry.CreateFacility(ctx, tx, identity.Facility{Name: "見本病院", Kind: identity.Hospital})
		if err != nil {
			return err
		}
		w.facility = f.ID
		w.token, _, err = w.registry.CreateEnrollToken(ctx, tx, identity.System("test"), identity.EnrollToken{FacilityID: f.ID, MaxUses: 100_000, ExpiresMS: store.MS(start.AddDate(1, 0, 0))})
		return err
	})
	return w
}

func (w *world) now() time.Time  { return time.Unix(0, w.clock.Load()).UTC() }
func (w *world) set(t time.Time) { w.clock.Store(t.UnixNano()) }

func (w *world) deps() ingest.Deps {
	return ingest.Deps{DB: w.db, Identity: w.registry, Texts: w.texts, Now: w.now, Local: true}
}

func (w *world) tx(t testing.TB, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := w.db.Tx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// device makes a key and enrols it with a token for many machines.
func (w *world) device(t testing.TB) testDevice { return w.deviceWith(t, 100_000) }

// deviceWith enrols with a token for so many machines.
func (w *world) deviceWith(t testing.TB, uses int64) (d testDevice) {
	t.Helper()
	token := w.token
	if uses != 100_000 {
		w.tx(t, func(ctx context.Context, tx *store.Tx) (err error) {
			token, _, err = w.registry.CreateEnrollToken(ctx, tx, identity.System("test"), identity.EnrollToken{FacilityID: w.facility, MaxUses: uses, ExpiresMS: store.MS(start.AddDate(1, 0, 0))})
			return err
		})
	}
	w.devices++
	seed := sha256.Sum256(fmt.Append(nil, "device ", w.devices))
	d.key = ed25519.NewKeyFromSeed(seed[:])
	public, _ := d.key.Public().(ed25519.PublicKey)
	w.tx(t, func(ctx context.Context, tx *store.Tx) error {
		made, err := w.registry.Enroll(ctx, tx, identity.Enrolling{Secret: token, PublicKey: public, Name: "PC", Address: "192.0.2.1"})
		d.id = made.ID
		return err
	})
	return d
}
