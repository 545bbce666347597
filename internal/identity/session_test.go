package identity

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

// server is one of several servers on one database.
func server(t *testing.T, d *desk) (*httptest.Server, *Sessions) {
	t.Helper()
	s := NewSessions(d.Registry, SessionOptions{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /in/{id}", func(_ http.ResponseWriter, r *http.Request) {
		if err := s.Start(r.Context(), r.PathValue("id"), "192.0.2.1", r.UserAgent()); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) {
		u, ok, err := s.User(r.Context())
		if err != nil {
			t.Error(err)
		}
		_, _ = fmt.Fprint(w, u.Login, ok)
	})
	mux.HandleFunc("GET /set", func(_ http.ResponseWriter, r *http.Request) { s.PutCeremony(r.Context(), "c") })
	mux.HandleFunc("GET /take", func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, s.TakeCeremony(r.Context())) })
	mux.HandleFunc("GET /out", func(_ http.ResponseWriter, r *http.Request) {
		if err := s.Destroy(r.Context()); err != nil {
			t.Error(err)
		}
	})
	srv := httptest.NewServer(s.LoadAndSave(mux))
	t.Cleanup(srv.Close)
	return srv, s
}

type browser struct {
	t *testing.T
	*http.Client
}

func newBrowser(t *testing.T) browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return browser{t, &http.Client{Jar: jar}}
}

func (b browser) get(srv *httptest.Server, path string) string {
	b.t.Helper()
	res, err := b.Get(srv.URL + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body := make([]byte, 1000)
	n, _ := res.Body.Read(body)
	if res.StatusCode != http.StatusOK {
		b.t.Errorf("%s: %s", path, res.Status)
	}
	return string(body[:n])
}

func (b browser) cookie(srv *httptest.Server) string {
	u, _ := url.Parse(srv.URL)
	for _, c := range b.Jar.Cookies(u) {
		return c.Value
	}
	return ""
}

func TestSessionsWorkThroughAnyServer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		u := d.user("sato", Grant{Role: Administrator})
		a, _ := server(t, d)
		second, _ := server(t, d)
		b := newBrowser(t)
		if got := b.get(a, "/who"); got != "false" || b.cookie(a) != "" {
			t.Errorf("a stranger got %q, cookie %q", got, b.cookie(a))
		}
		b.get(a, "/set")
		before := b.cookie(a)
		b.get(a, "/in/"+u.ID)
		after := b.cookie(a)
		if before == "" || after == before {
			t.Error("the session's secret stayed the same at sign-in")
		}
		if got := b.get(a, "/take"); got != "" {
			t.Errorf("the session kept %q from before the sign-in", got)
		}
		for _, srv := range []*httptest.Server{a, second} {
			if got := b.get(srv, "/who"); got != "satotrue" {
				t.Errorf("who = %q", got)
			}
		}
		var stored int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM identity_session WHERE token_hash = $1`, after).Scan(&stored); err != nil || stored != 0 {
			t.Errorf("the secret itself is stored, %v", err)
		}
		list, err := d.SessionsOf(t.Context(), db, u.ID)
		if err != nil || len(list) != 1 || list[0].Address != "192.0.2.1" || list[0].UserAgent != "Go-http-client/1.1" {
			t.Errorf("list %+v, %v", list, err)
		}
	})
}

func TestEndedSessionStaysEnded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		u := d.user("sato", Grant{Role: Administrator})
		d.user("second-admin", Grant{Role: Administrator})
		srv, s := server(t, d)
		ends := map[string]func(id string){
			"by the list": func(id string) {
				d.tx(func(ctx context.Context, tx *store.Tx) error { return d.EndSession(ctx, tx, u.ID, id) })
			},
			"by signing out": nil,
			"by a new password": func(string) {
				p, err := d.prepare(t.Context(), u, "another long password")
				if err != nil {
					t.Fatal(err)
				}
				d.tx(func(ctx context.Context, tx *store.Tx) error { return d.SetPassword(ctx, tx, p, "") })
			},
			"by disabling": func(string) {
				d.tx(func(ctx context.Context, tx *store.Tx) error {
					return second(d.SetDisabled(ctx, tx, System("t"), u.ID, true))
				})
				d.tx(func(ctx context.Context, tx *store.Tx) error {
					return second(d.SetDisabled(ctx, tx, System("t"), u.ID, false))
				})
			},
		}
		for name, end := range ends {
			t.Run(name, func(t *testing.T) {
				b, other := newBrowser(t), newBrowser(t)
				b.get(srv, "/in/"+u.ID)
				secret := b.cookie(srv)
				// A slow request has read the session before it ends …
				slow, err := s.Load(t.Context(), secret)
				if err != nil {
					t.Fatal(err)
				}
				list, err := d.SessionsOf(t.Context(), db, u.ID)
				if err != nil || len(list) == 0 {
					t.Fatal(list, err)
				}
				if end == nil {
					b.get(srv, "/out")
				} else {
					end(list[0].ID)
				}
				// … and writes it back afterwards.
				d.clock.add(2 * time.Minute)
				s.Put(slow, "more", "x")
				if _, _, err := s.Commit(slow); err != nil {
					t.Fatal(err)
				}
				jar := other.Jar
				at, _ := url.Parse(srv.URL)
				jar.SetCookies(at, []*http.Cookie{{Name: s.Cookie.Name, Value: secret, Path: "/"}})
				if got := other.get(srv, "/who"); got != "false" {
					t.Errorf("who = %q", got)
				}
			})
		}
	})
}

func TestSessionRunsOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		d.clock.t = time.Now() // scs sets expiries by the machine's clock
		u := d.user("sato", Grant{Role: Administrator})
		srv, _ := server(t, d)
		b := newBrowser(t)
		b.get(srv, "/in/"+u.ID)
		d.clock.add(29 * time.Minute)
		if got := b.get(srv, "/who"); got != "satotrue" {
			t.Errorf("after 29 minutes: %q", got)
		}
		d.clock.add(3 * time.Minute)
		if got := b.get(srv, "/who"); got != "false" {
			t.Errorf("after the idle time: %q", got)
		}
		stranger := newBrowser(t)
		stranger.get(srv, "/set")
		d.clock.add(anonymousLifetime + time.Minute)
		if got := stranger.get(srv, "/take"); got != "" {
			t.Errorf("a stranger's session lived on: %q", got)
		}
		d.clock.add(24 * time.Hour)
		if err := d.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := db.QueryRow(t.Context(), `SELECT count(*) FROM identity_session`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows left, %v", n, err)
		}
	})
}

func TestCeremonyIsTakenOnce(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	srv, _ := server(t, d)
	b := newBrowser(t)
	b.get(srv, "/set")
	if first, second := b.get(srv, "/take"), b.get(srv, "/take"); first != "c" || second != "" {
		t.Errorf("took %q, then %q", first, second)
	}
}

func TestUnchangedSessionIsNotWritten(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	u := d.user("sato", Grant{Role: Administrator})
	srv, _ := server(t, d)
	b := newBrowser(t)
	b.get(srv, "/in/"+u.ID)
	seen := func() (ms int64) {
		if err := d.db.QueryRow(t.Context(), `SELECT seen_ms FROM identity_session WHERE user_id = $1`, u.ID).Scan(&ms); err != nil {
			t.Fatal(err)
		}
		return ms
	}
	first := seen()
	d.clock.add(10 * time.Second)
	b.get(srv, "/who")
	if seen() != first {
		t.Error("each request writes")
	}
}

func TestCookie(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	c := NewSessions(d.Registry, SessionOptions{Secure: true}).Cookie
	if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("%+v", c)
	}
	if _, err := (sessionCodec{}).Encode(time.Now(), map[string]any{"n": 1}); err == nil {
		t.Error("a number was accepted: it would come back as another type")
	}
}

func FuzzSessionData(f *testing.F) {
	f.Add([]byte(`{"deadline_ms":1,"values":{"user":"x"}}`))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _, _ = sessionCodec{}.Decode(b) })
}
