package identity

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sonae/internal/platform/seal"
	"sonae/internal/platform/store"
)

// clock is a time that only tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// desk is a registry under test with what it recorded.
type desk struct {
	*Registry
	t      *testing.T
	clock  *clock
	events []string
}

const longPassword = "correct horse battery 鍵"

// newDesk makes a registry with a cheap password hash and base URL
// https://sonae.example.jp.
func newDesk(t *testing.T, db *store.DB) *desk {
	t.Helper()
	d := &desk{t: t, clock: &clock{t: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}}
	key, err := seal.NewKey([]byte(strings.Repeat("k", seal.KeyBytes)))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	d.Registry, err = New(db, Options{
		Seal: key, BaseURL: "https://sonae.example.jp", Now: d.clock.now, Cost: Cost{MemoryKiB: 64, Iterations: 1, Parallelism: 1},
		Record: func(_ context.Context, _ *store.Tx, e Event) error {
			mu.Lock()
			defer mu.Unlock()
			d.events = append(d.events, strings.TrimSpace(fmt.Sprint(e.Action, " ", e.Login)))
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// tx runs fn in a transaction and fails the test when it fails.
func (d *desk) tx(fn func(ctx context.Context, tx *store.Tx) error) {
	d.t.Helper()
	if err := d.try(fn); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) try(fn func(ctx context.Context, tx *store.Tx) error) error {
	return d.db.Tx(d.t.Context(), fn)
}

// user creates somebody with a long password.
func (d *desk) user(login string, grants ...Grant) User {
	d.t.Helper()
	p, err := d.PrepareUser(d.t.Context(), System("test"), NewUser{Login: login, Password: longPassword, Grants: grants})
	if err != nil {
		d.t.Fatal(err)
	}
	var u User
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		u, err = d.CreateUser(ctx, tx, p)
		return err
	})
	return u
}

func (d *desk) facility(name string) Facility {
	d.t.Helper()
	var f Facility
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		var err error
		f, err = d.CreateFacility(ctx, tx, Facility{Name: name, Beds: 300})
		return err
	})
	return f
}

// second drops what a change ended besides.
func second(_ Ended, err error) error { return err }
