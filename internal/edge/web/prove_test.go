package web

import (
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"testing"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

// reviewedProof is every route that asks for a password or factor first, checked by
// hand. The own password has its present one in its own form.
var reviewedProof = []string{
	"POST /profile/totp/start", "POST /profile/totp", "POST /profile/totp/remove", "POST /profile/codes", "POST /profile/passkeys/options",
	"POST /profile/passkeys", "POST /profile/passkeys/{id}/remove", "POST /devices/tokens", "POST /devices/entries", "POST /devices/entries/{id}/certificates", "POST /devices/entries/{id}/issued", "POST /devices/trust", "POST /devices/kits",
	"POST /devices/{id}/takeover", "POST /users", "POST /users/{id}/grants", "POST /users/{id}/grants/remove",
	"POST /users/{id}/enable", "POST /users/{id}/second", "POST /users/{id}/link", "POST /tokens", "POST /tokens/{id}/revoke",
}

// TestProofRoutes: eleven minutes after the sign-in none of them does anything.
func TestProofRoutes(t *testing.T) {
	var found []string
	for _, r := range routes() {
		if r.proof {
			found = append(found, r.pattern)
		}
	}
	if !slices.Equal(found, reviewedProof) {
		t.Errorf("proof routes are\n%v, reviewed are\n%v", found, reviewedProof)
	}
	w := newWorld(t, storetest.SQLite(t))
	w.facility("架空病院")
	w.user("boss", identity.Grant{Role: identity.Administrator})
	b := w.as("boss")
	w.wait(11 * time.Minute)
	before := w.entries("")
	for _, pattern := range found {
		method, path := concrete(pattern)
		b.want(b.do(method, path, map[string][]string{"name": {"x"}}), http.StatusForbidden, "本人の確認", `name="proof_password"`)
	}
	if n := w.entries("") - before; n != 0 {
		t.Errorf("%d entries were written", n)
	}
	got := b.raw("POST", "/profile/passkeys/options", "{}")
	b.want(got, http.StatusForbidden, `"prove":"/prove?next=%2Fprofile"`)
}

// TestProof: the form that was sent goes on after password or code, without script.
func TestProof(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f := w.facility("架空病院")
		w.user("boss", identity.Grant{Role: identity.Administrator})
		b := w.as("boss")
		b.moved(b.post("/profile/totp/start"), "/profile/totp")
		secret := strings.ReplaceAll(between(t, b.get("/profile/totp").body, `<code id="totp-secret">`, "</code>"), " ", "")
		b.want(b.post("/profile/totp", "code", w.code(secret)), 200)
		w.wait(11 * time.Minute)

		form := []string{"name", "監視 <x>", "role", "auditor", "facility", f, "expires", "90", "scope", "read", "password", "typed elsewhere"}
		page := b.post("/tokens", form...)
		b.want(page, http.StatusForbidden, `action="/tokens"`, `name="name" value="監視 &lt;x&gt;"`, `name="proof_code"`)
		if strings.Contains(page.body, "typed elsewhere") {
			t.Error("a password is carried along")
		}
		b.want(b.post("/tokens", append(form, "proof_password", "wrong")...), 422, "いまのパスワードが違います", `value="監視 &lt;x&gt;"`)
		b.want(b.post("/tokens", append(form, "proof_code", "000000")...), 422, "確認コードが違います")
		b.want(b.post("/tokens", append(form, "proof_password", password)...), 200, "もう表示できません")
		b.want(b.post("/tokens", form...), 200, "もう表示できません") // for ten minutes nobody asks again
		w.wait(11 * time.Minute)
		b.want(b.post("/tokens", append(form, "proof_code", w.code(secret))...), 200, "もう表示できません")

		w.wait(11 * time.Minute)
		b.want(b.get("/prove?next=/tokens"), http.StatusForbidden, `action="/prove"`, `name="next" value="/tokens"`)
		b.want(b.post("/prove", "next", "/tokens"), http.StatusForbidden)
		b.moved(b.post("/prove", "next", "https://evil.example/", "proof_password", password), "/")
		b.moved(b.get("/prove?next=/tokens"), "/tokens")
		if w.entries("sign_in.again") != 3 {
			t.Errorf("%d entries", w.entries("sign_in.again"))
		}

		// Guessing here is guessing a password: it ends in a wait.
		w.wait(11 * time.Minute)
		var last answer
		for range 7 {
			last = b.post("/prove", "proof_password", "wrong")
		}
		b.want(last, http.StatusTooManyRequests)
		w.verified()
	})
}

// TestNoFixation: a cookie from before the sign-in, and the one between password and
// second factor, are worth nothing afterwards.
func TestNoFixation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.facility("架空病院")
		w.user("boss", identity.Grant{Role: identity.Administrator})
		victim := w.browser()
		site := must(http.NewRequestWithContext(t.Context(), http.MethodGet, w.url, nil)).URL
		cookies := func() []*http.Cookie { return victim.client.Jar.Cookies(site) }
		with := func(known []*http.Cookie) *browser {
			thief := w.browser()
			jar, _ := cookiejar.New(nil) // never fails
			jar.SetCookies(site, known)
			thief.client.Jar = jar
			return thief
		}
		planted := []*http.Cookie{{Name: "sonae", Value: "planted-by-somebody-else-0123456789abcdefghi", Path: "/"}}
		victim.client.Jar.SetCookies(site, planted)
		victim.moved(victim.post("/login", "login", "boss", "password", password, "next", "/"), "/")
		if got := cookies(); len(got) == 0 || got[0].Value == planted[0].Value {
			t.Fatalf("the planted cookie is kept: %v", got)
		}
		thief := with(planted)
		thief.moved(thief.get("/audit"), "/login?next=%2Faudit")

		// Signed out, the old cookie opens nothing, also when it is sent again.
		old := cookies()
		victim.moved(victim.post("/logout"), "/login?out=1")
		thief = with(old)
		thief.moved(thief.get("/audit"), "/login?next=%2Faudit")
	})
}

// TestHalfSignInEndsWithThePassword: whoever gave the right password and waits at the
// second factor is out when the password is reset meanwhile.
func TestHalfSignInEndsWithThePassword(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.facility("架空病院")
		w.user("boss", identity.Grant{Role: identity.Administrator})
		u := w.user("taro", identity.Grant{Role: identity.Operator})
		b := w.as("taro")
		b.moved(b.post("/profile/totp/start"), "/profile/totp")
		secret := strings.ReplaceAll(between(t, b.get("/profile/totp").body, `<code id="totp-secret">`, "</code>"), " ", "")
		b.want(b.post("/profile/totp", "code", w.code(secret)), 200)
		w.wait(2 * time.Minute)
		half := w.browser()
		half.moved(half.post("/login", "login", "taro", "password", password, "next", "/"), "/login/second?next=%2F")
		boss := w.as("boss")
		once := boss.post("/users/" + u.ID + "/link")
		boss.want(once, 200)
		half.moved(half.post("/login/second", "code", w.code(secret)), "/login?next=%2F")

		// The link leads somebody with a second factor to the sign-in page, not inside.
		path, _ := strings.CutPrefix(between(t, once.body, `<code id="once-link">`, "</code>"), "http://localhost:8787/welcome?code=")
		c := w.browser()
		c.moved(c.post("/welcome", "link", path, "password", password, "again", password), "/login?set=1")
		c.moved(c.get("/audit"), "/login?next=%2Faudit")
	})
}

// TestSignOutEverywhereElse ends all sessions but this one.
func TestSignOutEverywhereElse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.facility("架空病院")
		w.user("boss", identity.Grant{Role: identity.Administrator})
		here, there, phone := w.as("boss"), w.as("boss"), w.as("boss")
		here.want(here.get("/profile"), 200, "ほかの端末をすべてログアウトする")
		here.moved(here.post("/profile/sessions/revoke"), "/profile")
		for _, b := range []*browser{there, phone} {
			b.moved(b.get("/"), "/login?next=%2F")
		}
		here.want(here.get("/"), 200)
		w.verified()
	})
}

// TestLinkIsThrottled over HTTP: guessing codes ends in a wait.
func TestLinkIsThrottled(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.user("boss", identity.Grant{Role: identity.Administrator})
	b := w.browser()
	var last answer
	for range 40 {
		last = b.get("/welcome?code=AAAAAA-AAAAAA-AAAAAA-AAAAAA")
	}
	b.want(last, http.StatusTooManyRequests)
}
