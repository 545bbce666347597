package identity

import (
	"context"
	"strings"
	"testing"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

func TestEntries(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		a, b := d.facility("本院"), d.facility("分院")
		open := func(e Entry) (secret string, out Entry, err error) {
			err = d.try(func(ctx context.Context, tx *store.Tx) error {
				secret, out, err = d.OpenEntry(ctx, tx, System("test"), e)
				return err
			})
			return secret, out, err
		}
		for name, e := range map[string]Entry{
			"no protocol": {FacilityID: a.ID}, "other protocol": {Protocol: "telnet", FacilityID: a.ID},
			"note": {Protocol: ProtocolOCS, FacilityID: a.ID, Note: strings.Repeat("x", 201)}, "hidden signs": {Protocol: ProtocolOCS, FacilityID: a.ID, Note: "a\x00"},
		} {
			if _, _, err := open(e); !fault.Is(err, fault.CodeInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, err := open(Entry{Protocol: ProtocolOCS, FacilityID: store.NewID()}); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("unknown facility: %v", err)
		}
		if any, err := d.AnyEntry(t.Context(), db, Protocols...); err != nil || any {
			t.Errorf("open before anybody opened one: %v, %v", any, err)
		}
		secret, e, err := open(Entry{Protocol: ProtocolOCS, FacilityID: a.ID, Note: "外来"})
		if err != nil || len(secret) < 27 {
			t.Fatal(secret, err)
		}
		for protocol, want := range map[Protocol]bool{ProtocolOCS: true, ProtocolGLPI: false} {
			if any, err := d.AnyEntry(t.Context(), db, protocol); err != nil || any != want {
				t.Errorf("%s: %v, %v", protocol, any, err)
			}
		}
		for range 2 {
			got, err := d.EntryBySecret(t.Context(), db, secret)
			if err != nil || got.ID != e.ID || got.LastUsedMS == 0 {
				t.Errorf("%+v, %v", got, err)
			}
			d.clock.add(2 * time.Minute)
		}
		for _, bad := range []string{"", secret + "x", strings.ToUpper(secret), strings.Repeat("x", 1000), "\x00"} {
			if _, err := d.EntryBySecret(t.Context(), db, bad); !fault.Is(err, fault.CodeUnauthenticated) {
				t.Errorf("%q: %v", bad, err)
			}
		}
		for f, want := range map[string]int{a.ID: 1, b.ID: 0} {
			list, _, _, err := d.Entries(t.Context(), db, ListFilter{Scope: Scope{Places: []Place{{FacilityID: f}}}})
			if err != nil || len(list) != want {
				t.Errorf("%+v, %v", list, err)
			}
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.CloseEntry(ctx, tx, e.ID) })
		if _, err := d.EntryBySecret(t.Context(), db, secret); !fault.Is(err, fault.CodeUnauthenticated) {
			t.Errorf("closed: %v", err)
		}
		if err := d.try(func(ctx context.Context, tx *store.Tx) error { return d.CloseEntry(ctx, tx, store.NewID()) }); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("unknown: %v", err)
		}
	})
}
