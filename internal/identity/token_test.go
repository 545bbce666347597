package identity

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sonae/internal/migration"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

func TestTokens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		a, b := d.facility("本院"), d.facility("分院")
		admin := d.user("admin", Grant{Role: Administrator, FacilityID: a.ID}).Principal("")
		issue := func(by Principal, n NewToken) (secret string, tok Token, err error) {
			err = d.try(func(ctx context.Context, tx *store.Tx) error {
				secret, tok, err = d.CreateToken(ctx, tx, by, n)
				return err
			})
			return secret, tok, err
		}
		for _, tt := range []struct {
			name string
			n    NewToken
			code fault.Code
		}{
			{"beyond own facility", NewToken{Name: "x", Grant: Grant{Role: Auditor, FacilityID: b.ID}}, fault.CodeForbidden},
			{"all facilities", NewToken{Name: "x", Grant: Grant{Role: Auditor}}, fault.CodeForbidden},
			{"no name", NewToken{Grant: Grant{Role: Auditor, FacilityID: a.ID}}, fault.CodeInvalid},
			{"no role", NewToken{Name: "x", Grant: Grant{FacilityID: a.ID}}, fault.CodeInvalid},
			{"run out", NewToken{Name: "x", Grant: Grant{Role: Auditor, FacilityID: a.ID}, ExpiresMS: 1}, fault.CodeInvalid},
		} {
			if _, _, err := issue(admin, tt.n); !fault.Is(err, tt.code) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		secret, tok, err := issue(admin, NewToken{Name: "backup", Grant: Grant{Role: Operator, FacilityID: a.ID}, Write: true, ExpiresMS: store.MS(d.clock.now().Add(time.Hour))})
		if err != nil || !strings.HasPrefix(secret, "sonae_") || len(secret) != 6+43 {
			t.Fatal(secret, err)
		}
		p, err := d.TokenPrincipal(t.Context(), secret, "192.0.2.1")
		if err != nil || !p.CanAt(AssetEdit, a.ID, "") || p.CanAt(AssetEdit, b.ID, "") || p.Kind != KindToken {
			t.Errorf("%+v, %v", p, err)
		}
		readSecret, _, err := issue(System("cli"), NewToken{Name: "read", Grant: Grant{Role: Administrator}})
		if err != nil {
			t.Fatal(err)
		}
		if p, err := d.TokenPrincipal(t.Context(), readSecret, ""); err != nil || p.Can(AssetEdit) || !p.Can(AuditRead) {
			t.Errorf("reading token: %+v, %v", p, err)
		}
		for _, bad := range []string{"", "sonae_", secret + "x", strings.ToUpper(secret), strings.Repeat("sonae_", 1000), "sonae_\x00"} {
			if _, err := d.TokenPrincipal(t.Context(), bad, ""); !fault.Is(err, fault.CodeUnauthenticated) {
				t.Errorf("%.40q: %v", bad, err)
			}
		}
		used := func() int64 {
			tk, err := d.TokenByID(t.Context(), db, tok.ID)
			if err != nil {
				t.Fatal(err)
			}
			return tk.LastUsedMS
		}
		first := used()
		d.clock.add(59 * time.Second)
		if _, err := d.TokenPrincipal(t.Context(), secret, ""); err != nil || used() != first {
			t.Errorf("last use written within a minute, %v", err)
		}
		d.clock.add(2 * time.Second)
		if _, err := d.TokenPrincipal(t.Context(), secret, ""); err != nil || used() == first {
			t.Errorf("last use not written after a minute, %v", err)
		}
		d.clock.add(time.Hour)
		if _, err := d.TokenPrincipal(t.Context(), secret, ""); !fault.Is(err, fault.CodeUnauthenticated) {
			t.Errorf("run out: %v", err)
		}
		list, err := d.Tokens(t.Context(), db)
		if err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		if err := d.try(func(ctx context.Context, tx *store.Tx) error { return d.RevokeToken(ctx, tx, admin, list[0].ID) }); !fault.Is(err, fault.CodeForbidden) {
			t.Errorf("revoked a token beyond own rights: %v", err)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			return d.RevokeToken(ctx, tx, System("cli"), list[0].ID)
		})
		if _, err := d.TokenPrincipal(t.Context(), readSecret, ""); !fault.Is(err, fault.CodeUnauthenticated) {
			t.Errorf("revoked: %v", err)
		}
	})
}

func key(i int) []byte {
	k := make([]byte, ed25519.PublicKeySize)
	copy(k, fmt.Sprint("key ", i))
	return k
}

func (d *desk) enroll(secret string, public []byte) (dev Device, err error) {
	err = d.try(func(ctx context.Context, tx *store.Tx) error {
		dev, err = d.Enroll(ctx, tx, Enrolling{Secret: secret, PublicKey: public, Name: "pc-1", Address: "192.0.2.5"})
		return err
	})
	return dev, err
}

func (d *desk) enrollToken(f Facility, uses int64) (string, EnrollToken) {
	d.t.Helper()
	var secret string
	var tok EnrollToken
	d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		secret, tok, err = d.CreateEnrollToken(ctx, tx, System("t"), EnrollToken{FacilityID: f.ID, MaxUses: uses, ExpiresMS: store.MS(d.clock.now().Add(time.Hour))})
		return err
	})
	return secret, tok
}

func TestEnroll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		f, g := d.facility("本院"), d.facility("分院")
		secret, tok := d.enrollToken(f, 2)
		other, _ := d.enrollToken(g, 5)
		dev, err := d.enroll(secret, key(1))
		if err != nil || dev.FacilityID != f.ID {
			t.Fatal(dev, err)
		}
		if again, err := d.enroll(secret, key(1)); err != nil || again.ID != dev.ID {
			t.Errorf("the same key again: %+v, %v", again, err)
		}
		if _, err := d.enroll(other, key(1)); !fault.Is(err, fault.CodeForbidden) {
			t.Errorf("the same key at another facility: %v", err)
		}
		if _, err := d.enroll(secret, key(2)); err != nil {
			t.Errorf("second use: %v", err)
		}
		for name, bad := range map[string]string{"used up": secret, "empty": "", "wrong": EnrollPrefix + "x", "API token": "sonae_x"} {
			if _, err := d.enroll(bad, key(3)); !fault.Is(err, fault.CodeUnauthenticated) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if again, err := d.enroll(secret, key(1)); err != nil || again.ID != dev.ID {
			t.Errorf("repeat with a used-up token: %v", err)
		}
		list, _, _, err := d.EnrollTokens(t.Context(), db, ListFilter{Scope: Scope{Places: []Place{{FacilityID: f.ID}}}})
		if err != nil || len(list) != 1 || list[0].Uses != 2 {
			t.Errorf("%+v, %v", list, err)
		}
		if _, err := d.enroll(other, []byte("short")); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("short key: %v", err)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.RevokeDevice(ctx, tx, dev.ID, "") })
		if _, err := d.enroll(secret, key(1)); !fault.Is(err, fault.CodeForbidden) {
			t.Errorf("a revoked key came back: %v", err)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.RevokeEnrollToken(ctx, tx, tok.ID) })
		if _, err := d.enroll(secret, key(2)); !fault.Is(err, fault.CodeUnauthenticated) {
			t.Errorf("revoked token: %v", err)
		}
		d.clock.add(2 * time.Hour)
		if _, err := d.enroll(other, key(4)); !fault.Is(err, fault.CodeUnauthenticated) {
			t.Errorf("token run out: %v", err)
		}
		devices, next, total, err := d.Devices(t.Context(), db, DeviceFilter{Scope: Scope{All: true}, Text: "PC", Limit: 1})
		if err != nil || len(devices) != 1 || next == "" || total != 2 {
			t.Errorf("%+v, %q, %d, %v", devices, next, total, err)
		}
	})
}

func TestLastUseIsNotShared(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		secret, _ := d.enrollToken(d.facility("本院"), 3)
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() { _, _ = d.enroll(secret, key(i)) })
		}
		wg.Wait()
		var n int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM identity_device`).Scan(&n); err != nil || n != 3 {
			t.Errorf("%d devices, %v", n, err)
		}
	})
}

func TestAdvanceSeqAndRevoke(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		secret, _ := d.enrollToken(d.facility("本院"), 3)
		dev, err := d.enroll(secret, key(1))
		if err != nil {
			t.Fatal(err)
		}
		advance := func(seq int64) error {
			return d.try(func(ctx context.Context, tx *store.Tx) error { return d.AdvanceSeq(ctx, tx, dev.ID, seq) })
		}
		for _, tt := range []struct {
			seq int64
			ok  bool
		}{{1, true}, {1, false}, {5, true}, {4, false}, {5, false}, {6, true}} {
			err := advance(tt.seq)
			if (err == nil) != tt.ok {
				t.Errorf("seq %d: %v", tt.seq, err)
			}
			if err != nil {
				f := fault.Of(err)
				if f.Code != fault.CodeConflict || f.Args[0] != "Seq" || f.Args[1].(int64) < tt.seq {
					t.Errorf("seq %d: %v %v", tt.seq, f, f.Args)
				}
			}
		}
		second := newDesk(t, db) // another server, with its own cache
		second.clock = d.clock
		second.devices.now = d.clock.now
		for _, r := range []*desk{d, second} {
			if got, err := r.DeviceByID(t.Context(), dev.ID); err != nil || string(got.PublicKey) != string(key(1)) {
				t.Fatal(got, err)
			}
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.RevokeDevice(ctx, tx, dev.ID, "") })
		if _, err := d.DeviceByID(t.Context(), dev.ID); !fault.Is(err, fault.CodeForbidden) {
			t.Errorf("same server, at once: %v", err)
		}
		d.clock.add(deviceTrust)
		if _, err := second.DeviceByID(t.Context(), dev.ID); !fault.Is(err, fault.CodeForbidden) {
			t.Errorf("other server, after %s: %v", deviceTrust, err)
		}
		if err := advance(100); !fault.Is(err, fault.CodeForbidden) {
			t.Errorf("report of a revoked device: %v", err)
		}
		for _, id := range []string{store.NewID(), "", "x' OR 1=1", "\x00"} {
			if _, err := d.DeviceByID(t.Context(), id); !fault.Is(err, fault.CodeNotFound) {
				t.Errorf("device %q: %v", id, err)
			}
		}
	})
}

func TestKnocksAreBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		for range 3 {
			if err := d.Knock(t.Context(), "192.0.2.9", "pc\x00-9\u202e <b>"); err != nil {
				t.Fatal(err)
			}
		}
		list, err := d.Knocks(t.Context(), db)
		if err != nil || len(list) != 1 || list[0].Count != 3 || list[0].Summary != "pc-9 <b>" {
			t.Errorf("%+v, %v", list, err)
		}
		for i := range 100 { // a flood writes little
			if err := d.Knock(t.Context(), "192.0.2.9", fmt.Sprint("flood ", i)); err != nil {
				t.Fatal(err)
			}
		}
		if list, err = d.Knocks(t.Context(), db); err != nil || len(list) > 20 {
			t.Errorf("%d after a flood, %v", len(list), err)
		}
		for i := range 520 {
			d.clock.add(time.Second)
			if err := d.Knock(t.Context(), "192.0.2.9", fmt.Sprint("slow ", i)); err != nil {
				t.Fatal(err)
			}
		}
		if list, err = d.Knocks(t.Context(), db); err != nil || len(list) != maxKnocks || list[0].Summary != "slow 519" {
			t.Errorf("%d knocks, newest %+v, %v", len(list), list[0], err)
		}
	})
}

func newSetup(code string) NewSetup {
	return NewSetup{Code: code, Facility: Facility{Name: "備え病院", Beds: 300}, Admin: NewUser{Login: "admin", Password: longPassword}, Address: "192.0.2.1"}
}

func TestSetup(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		old, err := d.SetupCode(t.Context())
		if err != nil || len(old) != 27 {
			t.Fatal(old, err)
		}
		code, err := d.SetupCode(t.Context()) // the server was started again
		if err != nil || code == old {
			t.Fatal(code, err)
		}
		for _, bad := range []string{"", old, "AAAAAA-AAAAAA-AAAAAA-AAAAAA", "'\x00"} {
			if _, _, err := d.Setup(t.Context(), newSetup(bad)); !fault.Is(err, fault.CodeUnauthenticated) {
				t.Errorf("code %q: %v", bad, err)
			}
		}
		weak := newSetup(code)
		weak.Admin.Password = "short"
		if _, _, err := d.Setup(t.Context(), weak); !fault.Is(err, fault.CodeInvalid) {
			t.Errorf("short password: %v", err)
		}
		u, f, err := d.Setup(t.Context(), newSetup(strings.ToLower(strings.ReplaceAll(code, "-", " "))))
		if err != nil || f.ID == "" || !u.Principal("").CanEverywhere(UserManage) {
			t.Fatal(u, f, err)
		}
		if _, _, err := d.Setup(t.Context(), newSetup(code)); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("a second time: %v", err)
		}
		if again, err := d.SetupCode(t.Context()); again != "" || err != nil {
			t.Errorf("a code after the set-up: %q, %v", again, err)
		}
		if d.events[len(d.events)-1] != "setup admin" {
			t.Errorf("events %q", d.events)
		}
	})
}

func TestSetupCodeRunsOut(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	code, err := d.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d.clock.add(setupCodeLife)
	if _, _, err := d.Setup(t.Context(), newSetup(code)); !fault.Is(err, fault.CodeUnauthenticated) {
		t.Errorf("err = %v", err)
	}
}

// TestSetupOnceOverTwoServers: two servers on one PostgreSQL, two people at once.
func TestSetupOnceOverTwoServers(t *testing.T) {
	address := storetest.PostgresURL(t)
	servers := make([]*desk, 2)
	for i := range servers {
		db, err := store.Open(t.Context(), store.Config{URL: address}, migration.Files)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		servers[i] = newDesk(t, db)
	}
	code, err := servers[0].SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for i := range 8 {
		wg.Go(func() {
			n := newSetup(code)
			n.Admin.Login = fmt.Sprint("admin", i)
			n.Facility.Name = fmt.Sprint("病院", i)
			_, _, err := servers[i%2].Setup(t.Context(), n)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !fault.Is(err, fault.CodeConflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var users, facilities int
	err = servers[1].db.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM identity_user), (SELECT count(*) FROM identity_facility)`).Scan(&users, &facilities)
	if err != nil || won != 1 || users != 1 || facilities != 1 {
		t.Errorf("%d won, %d users, %d facilities, %v", won, users, facilities, err)
	}
}
