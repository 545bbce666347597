package identity

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

func TestLater(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		const today, tomorrow = "2026-11-24", "2026-11-25"
		sato, suzuki := d.user("sato", Grant{Role: Manager}).Principal(""), d.user("suzuki", Grant{Role: Manager}).Principal("")
		put := func(p Principal, topic, until, today string) error {
			return d.try(func(ctx context.Context, tx *store.Tx) error {
				_, err := d.PutOff(ctx, tx, p, topic, until, today)
				return err
			})
		}
		aside := func(p Principal, today string) []string {
			t.Helper()
			list, err := d.PutAside(t.Context(), db, p, today)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, l := range list {
				out = append(out, l.UntilOn+" "+l.Topic)
			}
			return out
		}
		contract := "contract/" + store.NewID()
		for _, one := range [][2]string{{"silent", "2026-12-01"}, {contract, tomorrow}, {"silent", "2026-12-02"}} {
			if err := put(sato, one[0], one[1], today); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff([]string{tomorrow + " " + contract, "2026-12-02 silent"}, aside(sato, today)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if got := aside(suzuki, today); got != nil {
			t.Errorf("what one person put aside is aside for another: %v", got)
		}
		if got := aside(sato, tomorrow); len(got) != 1 {
			t.Errorf("on its day it did not come back: %v", got)
		}
		for name, c := range map[string]struct{ topic, until, place string }{
			"today": {"silent", today, "until_on"}, "yesterday": {"silent", "2026-11-23", "until_on"}, "no day": {"silent", "2026-02-30", "until_on"}, "empty": {"silent", "", "until_on"},
			"after two years": {"silent", "2028-11-24", "until_on"}, "hostile topic": {"silent/../x", tomorrow, "topic"}, "no topic": {"", tomorrow, "topic"},
		} {
			if f := fault.Of(put(sato, c.topic, c.until, today)); f == nil || f.Code != fault.CodeInvalid || f.Place != c.place {
				t.Errorf("%s: %v", name, f)
			}
		}
		take := func(p Principal) error {
			return d.try(func(ctx context.Context, tx *store.Tx) error { return d.TakeBack(ctx, tx, p, "silent") })
		}
		if err := take(suzuki); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("somebody else took it back: %v", err)
		}
		if err := take(sato); err != nil || len(aside(sato, today)) != 1 {
			t.Errorf("taken back: %v, %v", err, aside(sato, today))
		}
		// A program acts for the person its token rests on; one of the machine for nobody.
		token := func(by Principal, name string) Principal {
			var tok Token
			d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
				_, tok, err = d.CreateToken(ctx, tx, by, NewToken{Name: name, Grant: Grant{Role: Manager}, Write: true})
				return err
			})
			return Principal{Kind: KindToken, ID: tok.ID, Name: name, Grants: []Grant{tok.Grant}}
		}
		boss := d.user("boss", Grant{Role: Administrator}).Principal("")
		if err := put(boss, "officer", tomorrow, today); err != nil {
			t.Fatal(err)
		}
		if got := aside(token(System("t"), "machine"), today); got != nil {
			t.Errorf("a token of nobody sees %v", got)
		}
		if err := put(token(System("t"), "machine 2"), "silent", tomorrow, today); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("a token of nobody: %v", err)
		}
		if got := aside(token(boss, "own"), today); len(got) != 0 && got[0] != tomorrow+" officer" {
			t.Errorf("a token of boss sees %v", got)
		}
	})
}
