package audit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/identity"
	"sonae/internal/platform/seal"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/review/audit"
)

var start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func openLog(t testing.TB, db *store.DB) *audit.Log {
	t.Helper()
	key, err := seal.NewKey([]byte(strings.Repeat("k", seal.KeyBytes)))
	if err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(context.Background(), db, key, func() time.Time { return start })
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func person(name string) identity.Principal {
	return identity.Principal{Kind: identity.KindUser, ID: "u-" + name, Name: name, Address: "192.0.2.7"}
}

// fill appends n entries, with details of different sizes.
func fill(t testing.TB, db *store.DB, n int) {
	t.Helper()
	for i := range n {
		err := audit.Do(context.Background(), db, person("sato"), identity.AssetEdit,
			audit.Object{Kind: "asset", ID: fmt.Sprint("a", i), Name: "受付 <PC>", FacilityID: "f1"},
			func(context.Context, *store.Tx) (any, error) {
				return map[string]any{"n": i, "note": strings.Repeat("é", i%5)}, nil
			})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func verify(t testing.TB, log *audit.Log, trusted ...[]byte) audit.Report {
	t.Helper()
	r, err := log.Verify(context.Background(), trusted...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAppendAndVerify(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		log := openLog(t, db)
		if r := verify(t, log); !r.OK() || r.Size != 0 {
			t.Fatalf("empty log: %+v", r)
		}
		for n := range 17 {
			if r := verify(t, log); !r.OK() || r.Checked != int64(n) {
				t.Fatalf("after %d entries: %+v %+v", n, r, r.Damage)
			}
			if n%4 == 3 {
				if _, err := log.Sign(ctx); err != nil {
					t.Fatal(err)
				}
			}
			fill(t, db, 1)
		}
		head, err := log.Head(ctx)
		if err != nil {
			t.Fatal(err)
		}
		r := verify(t, log)
		if r.Head != head || r.Checkpoints != 4 || r.Signed != 15 {
			t.Errorf("report %+v, head %v", r, head)
		}
	})
}

func TestChangeAndEntryAreOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		log := openLog(t, db)
		boom := errors.New("boom")
		err := audit.Do(ctx, db, person("sato"), "setting.edit", audit.Object{Kind: "setting", ID: "x"}, func(ctx context.Context, tx *store.Tx) (any, error) {
			return nil, errors.Join(store.SetSetting(ctx, tx, "x", "1", 1), boom)
		})
		if !errors.Is(err, boom) {
			t.Fatalf("err = %v", err)
		}
		// The entry cannot be written (its detail has no JSON form): no change either.
		err = audit.Do(ctx, db, person("sato"), "setting.edit", audit.Object{Kind: "setting", ID: "x"}, func(ctx context.Context, tx *store.Tx) (any, error) {
			return make(chan int), store.SetSetting(ctx, tx, "x", "1", 1)
		})
		if err == nil {
			t.Fatal("a detail without a JSON form was accepted")
		}
		if err := audit.Do(ctx, db, person("sato"), "setting.edit", audit.Object{}, func(context.Context, *store.Tx) (any, error) { return nil, audit.ErrNoChange }); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := store.Setting(ctx, db, "x"); ok || err != nil {
			t.Errorf("setting stored: %v, %v", ok, err)
		}
		if h, err := log.Head(ctx); h.Size != 0 || err != nil {
			t.Errorf("head %v, %v", h, err)
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := openLog(t, db)
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				for i := range 25 {
					err := audit.Do(context.Background(), db, person(fmt.Sprint("w", w)), "asset.edit", audit.Object{Kind: "asset", ID: fmt.Sprint(i)},
						func(context.Context, *store.Tx) (any, error) { return nil, nil })
					if err != nil {
						t.Error(err)
					}
					if i%10 == 0 {
						if _, err := log.Sign(context.Background()); err != nil {
							t.Error(err)
						}
						if r := verify(t, log); !r.OK() {
							t.Errorf("growing log: %+v", r.Damage)
						}
					}
				}
			})
		}
		wg.Wait()
		if r := verify(t, log); !r.OK() || r.Checked != 200 {
			t.Errorf("%+v %+v", r, r.Damage)
		}
	})
}

func TestHostileText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		log := openLog(t, db)
		p := person("a\x00b\xff'; DROP TABLE audit_entry; --")
		p.Address = strings.Repeat("長", 500)
		err := audit.Do(ctx, db, p, "asset.edit", audit.Object{Kind: "asset", ID: "1", Name: "\u2028<script>\u202e"},
			func(context.Context, *store.Tx) (any, error) {
				return map[string]string{"big": strings.Repeat("x", 100_000)}, nil
			})
		if err != nil {
			t.Fatal(err)
		}
		if r := verify(t, log); !r.OK() {
			t.Errorf("%+v", r.Damage)
		}
		page, err := audit.List(ctx, db, audit.Filter{Scope: identity.Scope{All: true}})
		if err != nil {
			t.Fatal(err)
		}
		e := page.Entries[0]
		if e.Actor.Name != "a\uFFFDb\uFFFD'; DROP TABLE audit_entry; --" || len(e.Address) > 400 || !strings.HasPrefix(p.Address, e.Address) {
			t.Errorf("entry %+v", e)
		}
		var left struct {
			Bytes int `json:"left_out_bytes"`
		}
		if err := json.Unmarshal(e.Detail.(json.RawMessage), &left); err != nil || left.Bytes < 100_000 {
			t.Errorf("detail %s, %v", e.Detail, err)
		}
	})
}

func TestList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		for i := range 7 {
			facility := []string{"f1", "f2", ""}[i%3]
			err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, err := audit.Append(ctx, tx, audit.Entry{
					AtMS: 1000 + int64(i), Actor: audit.Actor{Kind: "user", ID: fmt.Sprint("u", i%2), Name: "Tanaka_100%"},
					Action: []string{"asset.edit", "assetx", "user.create"}[i%3], Object: audit.Object{Kind: "k", ID: fmt.Sprint(i), FacilityID: facility},
				})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		all := identity.Scope{All: true}
		for _, tt := range []struct {
			name  string
			f     audit.Filter
			want  []int64
			total int64
			next  int64
		}{
			{"all, first page", audit.Filter{Scope: all, Limit: 3}, []int64{6, 5, 4}, 7, 4},
			{"all, last page", audit.Filter{Scope: all, Limit: 3, Before: 1}, []int64{0}, 7, 0},
			{"one facility", audit.Filter{Scope: identity.Scope{Places: []identity.Place{{FacilityID: "f1"}}}}, []int64{6, 3, 0}, 3, 0},
			{"nothing allowed", audit.Filter{}, nil, 0, 0},
			{"a department sees nothing", audit.Filter{Scope: identity.Scope{Places: []identity.Place{{Department: "放射線科"}}}}, nil, 0, 0},
			{"actor", audit.Filter{Scope: all, ActorID: "u1"}, []int64{5, 3, 1}, 3, 0},
			{"action prefix", audit.Filter{Scope: all, Action: "asset."}, []int64{6, 3, 0}, 3, 0},
			{"action", audit.Filter{Scope: all, Action: "user.create"}, []int64{5, 2}, 2, 0},
			{"action with all below", audit.Filter{Scope: all, Action: "asset"}, []int64{6, 3, 0}, 3, 0},
			{"object", audit.Filter{Scope: all, ObjectKind: "k", ObjectID: "4"}, []int64{4}, 1, 0},
			{"time", audit.Filter{Scope: all, FromMS: 1002, ToMS: 1004}, []int64{3, 2}, 2, 0},
			{"text with wildcards", audit.Filter{Scope: all, Text: "a_100%", Limit: 1}, []int64{6}, 7, 6},
			{"text without a hit", audit.Filter{Scope: all, Text: "aX100"}, nil, 0, 0},
		} {
			t.Run(tt.name, func(t *testing.T) {
				page, err := audit.List(ctx, db, tt.f)
				if err != nil {
					t.Fatal(err)
				}
				var got []int64
				for _, e := range page.Entries {
					got = append(got, e.Seq)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" || page.Total != tt.total || page.Next != tt.next {
					t.Errorf("total %d, next %d, entries (-want +got):\n%s", page.Total, page.Next, diff)
				}
			})
		}
	})
}

func TestProof(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		log := openLog(t, db)
		fill(t, db, 13)
		for seq := range int64(13) {
			p, err := log.Prove(ctx, seq)
			if err != nil {
				t.Fatal(err)
			}
			if err := log.CheckProof(p); err != nil {
				t.Errorf("proof of %d: %v", seq, err)
			}
			p.Body[3] ^= 1
			if log.CheckProof(p) == nil {
				t.Errorf("proof of %d holds for other bytes", seq)
			}
		}
		if _, err := log.Prove(ctx, 13); err == nil {
			t.Error("an entry that does not exist was proved")
		}
	})
}

func TestKeyIsSharedAndSealed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		a, b := openLog(t, db), openLog(t, db)
		if a.PublicKey() != b.PublicKey() {
			t.Error("two servers have two keys")
		}
		other, err := seal.NewKey([]byte(strings.Repeat("o", seal.KeyBytes)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := audit.Open(ctx, db, other, nil); err == nil {
			t.Error("another server key opened the signing key")
		}
		value, _, err := store.Setting(ctx, db, "audit.signing_key")
		if err != nil || strings.Contains(value, "PRIVATE") {
			t.Errorf("signing key in clear: %q %v", value, err)
		}
	})
}

func BenchmarkAppendConcurrent(b *testing.B) {
	db := storetest.SQLite(b)
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := audit.Do(context.Background(), db, person("sato"), "asset.edit", audit.Object{Kind: "asset", ID: "1", FacilityID: "f1"},
				func(context.Context, *store.Tx) (any, error) { return map[string]any{"field": "name"}, nil })
			if err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}

func BenchmarkVerify(b *testing.B) {
	db := storetest.SQLite(b)
	log := openLog(b, db)
	const entries = 20_000
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { fill(b, db, entries/50) })
	}
	wg.Wait()
	for b.Loop() {
		if r := verify(b, log); !r.OK() || r.Checked != entries {
			b.Fatalf("%+v", r.Damage)
		}
	}
	b.ReportMetric(float64(entries*b.N)/b.Elapsed().Seconds(), "entries/s")
}
