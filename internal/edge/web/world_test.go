package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sonae/catalog"
	"sonae/internal/edge/directory"
	"sonae/internal/edge/discover/scanner"
	"sonae/internal/edge/discover/snmp"
	"sonae/internal/edge/ingest"
	"sonae/internal/identity"
	"sonae/internal/platform/seal"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/platform/transport"
	"sonae/internal/review/audit"
	reviewcatalog "sonae/internal/review/catalog"
	"sonae/internal/survey/account"
	"sonae/internal/survey/network"
	"sonae/internal/survey/silence"
	"sonae/internal/survey/software"
	"sonae/internal/treat/vendor"
)

// world is a running web edge on a real database, with a clock that tests move.
type world struct {
	t    *testing.T
	db   *store.DB
	reg  *identity.Registry
	log  *audit.Log
	site *site
	url  string
	logs *strings.Builder

	mu  sync.Mutex
	now time.Time
}

const password = "correct horse battery staple"

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) wait(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// newWorld starts one; change may alter what New gets.
func newWorld(t *testing.T, db *store.DB, change ...func(*Deps)) *world {
	t.Helper()
	return newWorldAt(t, db, "http://localhost:8787", change...)
}

// newWorldAt is newWorld with another base URL.
func newWorldAt(t *testing.T, db *store.DB, base string, change ...func(*Deps)) *world {
	t.Helper()
	baseURL, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, now: time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC), logs: &strings.Builder{}}
	key, err := seal.NewKey([]byte(strings.Repeat("k", seal.KeyBytes)))
	if err != nil {
		t.Fatal(err)
	}
	w.reg, err = identity.New(db, identity.Options{
		Seal: key, BaseURL: base, Now: w.clock, Record: audit.RecordIdentity,
		Cost: identity.Cost{MemoryKiB: 64, Iterations: 1, Parallelism: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.log, err = audit.Open(t.Context(), db, key, w.clock); err != nil {
		t.Fatal(err)
	}
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	cat, err := reviewcatalog.Load(catalog.FS)
	if err != nil {
		t.Fatal(err)
	}
	d := Deps{
		DB: db, Texts: texts, Log: slog.New(slog.NewTextHandler(w.logs, nil)), Now: w.clock, Identity: w.reg, Audit: w.log, Catalog: cat,
		BaseURL: baseURL, Version: "test", Directory: directory.New(directory.Deps{DB: db, Seal: key, Now: w.clock}),
		Scanner: scanner.New(scanner.Deps{DB: db, Seal: key, Now: w.clock, Log: slog.New(slog.NewTextHandler(w.logs, nil)), Patience: snmp.Patience{Timeout: 300 * time.Millisecond, Retries: -1}}), Door: ingest.New(ingest.Deps{DB: db, Identity: w.reg, Texts: texts, Now: w.clock}).Door(),
		Hung: slices.Concat(software.Hung(), account.Hung(), network.Hung(), vendor.Hung(), silence.Hung(), directory.Hung()),
	}
	for _, fn := range change {
		fn(&d)
	}
	if w.site, err = build(d); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(transport.Frame(w.site.handler(), nil, d.Log))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// tx runs fn in a transaction.
func (w *world) tx(fn func(ctx context.Context, tx *store.Tx) error) {
	w.t.Helper()
	if err := w.db.Tx(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// facility makes one.
func (w *world) facility(name string) string {
	w.t.Helper()
	var id string
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		f, err := w.reg.CreateFacility(ctx, tx, identity.Facility{Name: name, Kind: identity.Hospital, Beds: 199})
		id = f.ID
		return err
	})
	return id
}

// user makes a person with these rights and gives their login name.
func (w *world) user(login string, grants ...identity.Grant) identity.User {
	w.t.Helper()
	prepared, err := w.reg.PrepareUser(w.t.Context(), identity.System("test"), identity.NewUser{
		Login: login, Password: password, Grants: grants, Preferences: identity.Preferences{Name: "名前 " + login},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	var u identity.User
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		u, err = w.reg.CreateUser(ctx, tx, prepared)
		return err
	})
	return u
}

// browser is somebody in front of the pages: keeps cookies, follows no redirect.
type browser struct {
	w      *world
	client *http.Client
	header http.Header
}

func (w *world) browser() *browser {
	jar, _ := cookiejar.New(nil) // never fails
	return &browser{w: w, header: http.Header{}, client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is what came back.
type answer struct {
	status int
	body   string
	header http.Header
}

func (a answer) to() string { return a.header.Get("Location") }

func (b *browser) do(method, path string, form url.Values) answer {
	b.w.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(b.w.t.Context(), method, b.w.url+path, body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	r.Header = b.header.Clone()
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.client.Do(r)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return answer{res.StatusCode, string(data), res.Header}
}

func (b *browser) get(path string) answer { b.w.t.Helper(); return b.do("GET", path, nil) }

// raw sends any body.
func (b *browser) raw(method, path, body string) answer {
	b.w.t.Helper()
	r, err := http.NewRequestWithContext(b.w.t.Context(), method, b.w.url+path, strings.NewReader(body))
	if err != nil {
		b.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := b.client.Do(r)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return answer{res.StatusCode, string(data), res.Header}
}

// post sends a form; pairs are name, value.
func (b *browser) post(path string, pairs ...string) answer {
	b.w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.do("POST", path, form)
}

// as signs somebody in who has only a password.
func (w *world) as(login string) *browser {
	w.t.Helper()
	b := w.browser()
	if a := b.post("/login", "login", login, "password", password, "next", "/"); a.status != http.StatusSeeOther || a.to() != "/" {
		w.t.Fatalf("sign in %s: %d %s\n%s", login, a.status, a.to(), main(a.body))
	}
	return b
}

// main is the part of a page worth printing in a failure.
func main(page string) string {
	if i := strings.Index(page, "<main"); i >= 0 {
		page = page[i:]
	}
	if len(page) > 3000 {
		page = page[:3000]
	}
	return page
}

// want checks status and that the page holds all the words.
func (b *browser) want(a answer, status int, words ...string) {
	b.w.t.Helper()
	if a.status != status {
		b.w.t.Fatalf("got %d (to %q), want %d\n%s", a.status, a.to(), status, main(a.body))
	}
	for _, word := range words {
		if !strings.Contains(a.body, word) {
			b.w.t.Fatalf("page lacks %q\n%s", word, main(a.body))
		}
	}
}

// moved checks a redirect.
func (b *browser) moved(a answer, to string) {
	b.w.t.Helper()
	if a.status != http.StatusSeeOther || a.to() != to {
		b.w.t.Fatalf("got %d to %q, want 303 to %q\n%s", a.status, a.to(), to, main(a.body))
	}
}

// entries counts audit entries of an action.
func (w *world) entries(action string) int64 {
	w.t.Helper()
	page, err := audit.List(w.t.Context(), w.db, audit.Filter{Scope: identity.Scope{All: true}, Action: action})
	if err != nil {
		w.t.Fatal(err)
	}
	return page.Total
}

// verified fails the test when the audit log does not verify.
func (w *world) verified() {
	w.t.Helper()
	report, err := w.log.Verify(w.t.Context())
	if err != nil || !report.OK() {
		w.t.Fatalf("audit log: %v, damage %+v", err, report.Damage)
	}
}
