package directory

import (
	"context"
	"strings"
	"testing"
	"time"

	"sonae/internal/edge/directory/directorytest"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/account"
)

// sourceOf is the directory of a server for tests.
func sourceOf(f *directorytest.Server) Source {
	return Source{Name: "試験", Address: f.Address, Pin: f.Pin, BaseDN: "DC=x", BindName: "reader"}
}

// TestHostileServers: whatever a server does at the very end of a reading, nothing
// of it is stored, what was good stays, and people are told what is wrong.
func TestHostileServers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.dir.limits = limits{connect: time.Minute, request: time.Minute, reading: 2 * time.Minute, message: 1 << 20, page: 64 << 10, rows: 20, objects: 500, nested: 100, value: 4096}
		f := directorytest.New(t)
		s := w.good(w.create(sourceOf(f), "secret").ID, Asked{})
		if s.State.Computers != 45 || s.State.Accounts != 25 {
			t.Fatalf("state %+v", s.State)
		}
		good := s.State
		f.Computers.Store(44) // would close one
		for wrong, key := range map[string]string{
			"hangs at once": "directory.error.hangs_midway", "hangs": "directory.error.hangs_midway", "hangs up": "directory.error.lost", "size limit": "directory.error.server_limit",
			"no paging": "directory.error.not_paged", "same page": "directory.error.pages", "empty pages": "directory.error.pages", "new objects without end": "directory.error.endless",
			"one page without end": "directory.error.too_much", "length that lies": "directory.error.too_much", "inner length that lies": "directory.error.broken",
			"web server": "directory.error.broken", "no UTF-8": "directory.error.value_text", "NUL": "directory.error.value_text", "huge value": "directory.error.too_much",
			"longer than allowed": "directory.error.value_long", "no GUID": "directory.error.value_guid", "broken DN": "directory.error.value_text", "flags": "directory.error.value_number",
		} {
			f.Wrong.Store(wrong)
			w.dir.limits.connect, w.dir.limits.request = time.Minute, time.Minute
			if strings.HasPrefix(wrong, "hangs") && wrong != "hangs up" {
				w.dir.limits.connect, w.dir.limits.request = 2*time.Second, 2*time.Second
			}
			w.now = w.now.Add(time.Hour)
			s := w.read(s.ID, Asked{Full: true})
			if p := s.State.Problem; p == nil || p.Key != key {
				t.Errorf("%s: got %v, want %s", wrong, p, key)
			}
			if !s.State.Silent() || s.State.GoodMS != good.GoodMS || s.State.Computers != 45 || len(w.computers(s.ID, true)) != 0 || len(w.accounts(account.DirectoryFilter{})) != 25 {
				t.Errorf("%s: something of it was stored: %+v", wrong, s.State)
			}
			if pc := w.computers(s.ID, false)["PC-001"]; pc.SeenMS != good.GoodMS {
				t.Errorf("%s: a computer was renewed", wrong)
			}
		}
		f.Wrong.Store("")
		w.dir.limits.connect, w.dir.limits.request = time.Minute, time.Minute
		w.now = w.now.Add(time.Hour)
		if s = w.good(s.ID, Asked{Full: true}); s.State.Silent() || s.State.Computers != 44 || len(w.computers(s.ID, true)) != 1 {
			t.Errorf("after all that: %+v", s.State)
		}
	})
}

// TestMuchLessIsAskedAbout: an account that lost its rights sees little, and that
// must not close everything.
func TestMuchLessIsAskedAbout(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f := directorytest.New(t)
		s := w.good(w.create(sourceOf(f), "secret").ID, Asked{})
		f.Computers.Store(3)
		w.now = w.now.Add(fullEvery)
		if s = w.read(s.ID, Asked{}); s.State.Problem == nil || s.State.Problem.Key != "directory.error.shrunk_computers" || s.State.Computers != 45 {
			t.Errorf("state %+v", s.State)
		}
		if s = w.good(s.ID, Asked{Accept: true}); s.State.Computers != 3 {
			t.Errorf("accepted: %+v", s.State)
		}
	})
}

func TestRefusedSettings(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	for _, c := range []struct {
		place    string
		password string
		change   func(*Source)
	}{
		{"name", "x", func(s *Source) { s.Name = "" }},
		{"address", "x", func(s *Source) { s.Address = "ldap://dc1" }},
		{"address", "x", func(s *Source) { s.Address = "dc1:99999" }},
		{"address", "x", func(s *Source) { s.Address = "a b" }},
		{"base_dn", "x", func(s *Source) { s.BaseDN = "hosp" }},
		{"bind_name", "x", func(s *Source) { s.BindName = "a\x00" }},
		{"ca_pem", "x", func(s *Source) { s.CAPEM = "x" }},
		{"pin", "x", func(s *Source) { s.Pin = "abc" }},
		{"every_minutes", "x", func(s *Source) { s.Minutes = 1 }},
		{"password", "", func(*Source) {}},
	} {
		s := Source{FacilityID: facility, Name: "n", Address: "dc1", BaseDN: "DC=x", BindName: "b", Minutes: 60}
		c.change(&s)
		err := w.db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := w.dir.Create(ctx, tx, s, c.password)
			return err
		})
		if f := fault.Of(err); f == nil || f.Code != fault.CodeInvalid || f.Place != c.place {
			t.Errorf("%s: got %v", c.place, err)
		}
	}
}

// TestPasswordStaysHere: who may change the address cannot have the stored password
// sent there.
func TestPasswordStaysHere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		s := w.create(Source{Name: "n", Address: "ldaps://dc1", BaseDN: "DC=x", BindName: "b"}, "geheim")
		if s.Address != "dc1:636" {
			t.Errorf("address %q", s.Address)
		}
		update := func(s Source, password string) error {
			return w.db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := w.dir.Update(ctx, tx, s, password)
				return err
			})
		}
		moved := s
		moved.Address = "evil:636"
		if f := fault.Of(update(moved, "")); f == nil || f.Place != "password" {
			t.Errorf("moved without password: %v", f)
		}
		renamed := s
		renamed.Name = "m"
		if err := update(renamed, ""); err != nil {
			t.Error(err)
		}
		if !fault.Is(update(renamed, ""), fault.CodeConflict) {
			t.Error("an old revision was taken")
		}
		if got := w.source(s.ID); got.Name != "m" || strings.Contains(string(got.secret), "geheim") {
			t.Errorf("stored: %+v", got)
		}
		if p, err := w.dir.password(w.source(s.ID)); p != "geheim" || err != nil {
			t.Error(p, err)
		}
	})
}
