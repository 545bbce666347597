package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

func TestSecurityHeaders(t *testing.T) {
	plain := newWorld(t, storetest.SQLite(t))
	tls := newWorld(t, storetest.SQLite(t), func(d *Deps) { d.TLS = true })
	css := plain.site.files.URL("sonae.css")
	for _, path := range []string{"/login", "/", "/nothing", css, "/static/0/none.css"} {
		t.Run(path, func(t *testing.T) {
			got := plain.browser().get(path)
			for name, want := range map[string]string{
				"Content-Security-Policy":    contentPolicy,
				"X-Content-Type-Options":     "nosniff",
				"Referrer-Policy":            "no-referrer",
				"Cross-Origin-Opener-Policy": "same-origin",
				"Strict-Transport-Security":  "",
			} {
				if got.header.Get(name) != want {
					t.Errorf("%s: %q, want %q", name, got.header.Get(name), want)
				}
			}
			if got.header.Get("Permissions-Policy") == "" || got.header.Get("X-Request-Id") == "" {
				t.Error("no Permissions-Policy or request identifier")
			}
			kept := got.header.Get("Cache-Control")
			if path == css != (kept == "public, max-age=31536000, immutable") || !strings.HasPrefix(path, "/static/") && !strings.Contains(kept, "no-store") {
				t.Errorf("Cache-Control %q", kept)
			}
		})
	}
	if got := tls.browser().get("/login").header.Get("Strict-Transport-Security"); !strings.HasPrefix(got, "max-age=") {
		t.Errorf("over TLS: HSTS %q", got)
	}
	if strings.Contains(contentPolicy, "unsafe") {
		t.Error("the policy allows inline code")
	}
}

// TestSessionCookie: the cookie cannot be read by scripts, is sent to this site only,
// and a new secret is made at sign-in (session fixation).
func TestSessionCookie(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), func(d *Deps) { d.TLS = true })
	w.user("boss", identity.Grant{Role: identity.Administrator})
	a := w.browser().post("/login", "login", "boss", "password", password)
	cookie := a.header.Get("Set-Cookie")
	for _, part := range []string{"__Host-sonae=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("cookie %q lacks %s", cookie, part)
		}
	}
}

// TestOtherSitesForms: a form that another site sends changes nothing, whatever the
// route and whoever is signed in.
func TestOtherSitesForms(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.facility("架空病院")
	w.user("boss", identity.Grant{Role: identity.Administrator})
	b := w.as("boss")
	before := w.entries("")
	for _, r := range routes() {
		method, path := concrete(r.pattern)
		if method != http.MethodPost {
			continue
		}
		for name, header := range map[string][2]string{
			"other origin":    {"Origin", "https://evil.example"},
			"null origin":     {"Origin", "null"},
			"fetch metadata":  {"Sec-Fetch-Site", "cross-site"},
			"other subdomain": {"Sec-Fetch-Site", "same-site"},
		} {
			b.header = http.Header{header[0]: {header[1]}}
			if a := b.do(method, path, url.Values{"name": {"x"}}); a.status != http.StatusForbidden {
				t.Errorf("%s, %s: %d, want 403", r.pattern, name, a.status)
			}
		}
	}
	b.header = http.Header{}
	if after := w.entries(""); after != before {
		t.Errorf("%d changes were made", after-before)
	}
	b.want(b.get("/"), http.StatusOK)
}

// TestHostHeader: what a request says its host is appears nowhere (peers' class S14).
func TestHostHeader(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.facility("架空病院")
	w.user("boss", identity.Grant{Role: identity.Administrator})
	b := w.as("boss")
	cookies := b.client.Jar.Cookies(must(url.Parse(w.url)))
	for _, r := range routes() {
		method, path := concrete(r.pattern)
		req := httptest.NewRequestWithContext(t.Context(), method, path, nil)
		req.Host = "evil.example"
		req.Header.Set("X-Forwarded-Host", "evil.example")
		req.Header.Set("Forwarded", "host=evil.example")
		for _, c := range cookies {
			req.AddCookie(c)
		}
		rec := httptest.NewRecorder()
		w.site.handler().ServeHTTP(rec, req)
		if strings.Contains(rec.Body.String(), "evil.example") || strings.Contains(rec.Header().Get("Location"), "evil.example") {
			t.Errorf("%s repeats the Host header", r.pattern)
		}
	}
	made := w.as("boss").post("/devices/tokens", "note", "x", "uses", "3", "expires", "7")
	b.want(made, http.StatusOK, "http://localhost:8787")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestOpenRedirect(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.facility("架空病院")
	w.user("boss", identity.Grant{Role: identity.Administrator})
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/\t/evil.example", "javascript:alert(1)"} {
		b := w.browser()
		b.moved(b.post("/login", "login", "boss", "password", password, "next", next), "/")
		b.moved(b.post("/preferences", "lang", "en", "next", next), "/")
		b.moved(b.post("/facility", "facility", "", "next", next), "/")
		b.moved(b.get("/login?next="+url.QueryEscape(next)), "/")
	}
}

func TestLimits(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.facility("架空病院")
	w.user("boss", identity.Grant{Role: identity.Administrator})
	b := w.as("boss")
	b.want(b.post("/facilities", "name", strings.Repeat("あ", maxFormBytes)), http.StatusRequestEntityTooLarge, "大きすぎます")
	b.want(b.post("/facilities", "name", "\xff\xfe", "beds", "1"), http.StatusSeeOther) // replaced, not stored broken
	b.want(b.post("/facilities", "name", "a\x00b", "beds", "1"), http.StatusUnprocessableEntity, "使えない文字")
	b.want(b.get("/users/not-an-id"), http.StatusNotFound)
	b.want(b.get("/users/"+store.NewID()), http.StatusNotFound)
	b.want(b.do("DELETE", "/users", nil), http.StatusMethodNotAllowed)
	if a := b.do("POST", "/audit", url.Values{}); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != "GET" {
		t.Errorf("POST /audit: %d, Allow %q", a.status, a.header.Get("Allow"))
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/facilities", strings.NewReader("name=%zz"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("broken form: %d", res.StatusCode)
	}
}

// TestFailures: a page that breaks says so in the reader's language, inside the shell
// or without it, and the cause is in the log only.
func TestFailures(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	broken := w.site.serve(route{pattern: "GET /broken", action: public, handle: func(*site, *call) error { panic("secret cause") }})
	rec := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/broken", nil)
	r.Header.Set("Accept-Language", "en")
	w.site.recovered(w.site.session(broken)).ServeHTTP(rec, r)
	if rec.Code != 500 || !strings.Contains(rec.Body.String(), "Something stopped half-way") || strings.Contains(rec.Body.String(), "secret cause") {
		t.Errorf("panic: %d %s", rec.Code, rec.Body)
	}
	if !strings.Contains(w.logs.String(), "secret cause") {
		t.Error("the cause is not in the log")
	}
	w.facility("架空病院")
	w.user("boss", identity.Grant{Role: identity.Administrator})
	b := w.as("boss")
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	if a := b.get("/"); a.status < 500 || !strings.Contains(a.body, "<h1") {
		t.Errorf("without database: %d\n%s", a.status, a.body)
	}
}

func TestLanguage(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.facility("架空病院")
	w.user("boss", identity.Grant{Role: identity.Administrator})
	b := w.browser()
	b.header.Set("Accept-Language", "en-GB, ja;q=0.5")
	b.want(b.get("/login"), 200, `<html lang="en"`)
	b.post("/preferences", "lang", "ja", "theme", "dark", "density", "compact", "next", "/login")
	b.want(b.get("/login"), 200, `<html lang="ja" data-theme="dark" data-density="compact"`)
	b.post("/preferences", "lang", "tlh", "theme", `"><script>`, "next", "/login")
	b.want(b.get("/login"), 200, `<html lang="ja" data-theme="dark" data-density="compact"`)
	// Somebody without a cookie gets the language of their account.
	c := w.as("boss")
	c.header.Set("Accept-Language", "en")
	c.want(c.get("/"), 200, `<html lang="ja"`)
	c.post("/profile", "name", "Boss", "lang", "en", "theme", "light", "density", "relaxed")
	c.want(c.get("/"), 200, `<html lang="en" data-theme="light" data-density="relaxed"`)
	// Another browser of the same person looks the same.
	d := w.as("boss")
	d.want(d.get("/"), 200, `<html lang="en" data-theme="light" data-density="relaxed"`)
}
