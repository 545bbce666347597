package web

import (
	"context"
	"encoding/base64"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

// between finds what stands between two marks of a page.
func between(t *testing.T, page, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, from)
	if !ok {
		t.Fatalf("page lacks %q\n%s", from, main(page))
	}
	out, _, ok := strings.Cut(rest, to)
	if !ok {
		t.Fatalf("page lacks %q", to)
	}
	return html.UnescapeString(out)
}

func TestFirstRun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		code, err := w.reg.SetupCode(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b := w.browser()
		b.moved(b.get("/"), "/login?next=%2F")
		b.moved(b.get("/login"), "/setup")
		b.want(b.get("/setup"), 200, "設定用の番号が要ります")
		good := []string{"code", code, "facility", "架空市立あおば台病院", "kind", "hospital", "beds", "１９９", "name", "情報 花子", "login", "hanako", "password", password, "again", password}
		bad := func(name, value string) []string {
			out := append([]string(nil), good...)
			for i := 0; i < len(out); i += 2 {
				if out[i] == name {
					out[i+1] = value
				}
			}
			return out
		}
		for _, c := range []struct{ name, value, says string }{
			{"code", "AAAAAA-AAAAAA-AAAAAA-AAAAAA", "その番号は使えません"},
			{"facility", "", "入力してください"},
			{"beds", "many", "0から5000まで"},
			{"again", "another", "2つのパスワードが違います"},
			{"password", "short", ""},
			{"login", "with space", "使えない文字"},
		} {
			a := b.post("/setup", bad(c.name, c.value)...)
			b.want(a, 422, c.says)
			if c.name != "code" && (!strings.Contains(a.body, "架空市立") && c.name != "facility" || strings.Contains(a.body, password)) {
				t.Errorf("%s: input is lost, or a password is shown", c.name)
			}
		}
		b.moved(b.post("/setup", good...), "/")
		b.want(b.get("/"), 200, "登録しました", "架空市立あおば台病院", "情報 花子", "あなたのログインは、パスワードだけで")
		b.want(w.browser().post("/setup", good...), 409, "")
		b.want(w.browser().get("/setup?code="+code), 200, "初期設定は済んでいます")
		w.verified()
	})
}

func TestSignInWithSecondFactor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.facility("架空病院")
		w.user("boss", identity.Grant{Role: identity.Administrator})
		b := w.browser()
		b.want(b.post("/login", "login", "boss", "password", "wrong"), 422, "role=\"alert\"")
		b.want(b.post("/login", "login", "nobody", "password", "wrong"), 422, "role=\"alert\"")
		b.moved(b.get("/users?after=x"), "/login?next=%2Fusers%3Fafter%3Dx")
		b = w.as("boss")
		b.moved(b.post("/profile/totp/start"), "/profile/totp")
		page := b.get("/profile/totp")
		b.want(page, 200, "data:image/png;base64,")
		secret := strings.ReplaceAll(between(t, page.body, `<code id="totp-secret">`, "</code>"), " ", "")
		b.want(b.post("/profile/totp", "code", "000000"), 422, `aria-invalid="true"`)
		once := b.post("/profile/totp", "code", w.code(secret))
		b.want(once, 200, "もう表示できません")
		codes := regexp.MustCompile(`<li><code>([^<]+)</code></li>`).FindAllStringSubmatch(once.body, -1)
		if len(codes) < 8 {
			t.Fatalf("%d recovery codes", len(codes))
		}
		w.wait(2 * time.Minute)

		c := w.browser()
		c.moved(c.get("/login/second"), "/login?next=%2F")
		c.moved(c.post("/login", "login", "boss", "password", password, "next", "/audit"), "/login/second?next=%2Faudit")
		c.moved(c.get("/audit"), "/login?next=%2Faudit") // the password alone opens nothing
		c.want(c.get("/login/second?next=/audit"), 200, "認証アプリ")
		c.want(c.post("/login/second", "code", "123456", "next", "/audit"), 422, "role=\"alert\"")
		c.moved(c.post("/login/second", "code", w.code(secret), "next", "/audit"), "/audit")
		c.want(c.get("/audit"), 200, "ログインした", "ログインできなかった")

		d := w.browser()
		d.post("/login", "login", "boss", "password", password)
		d.want(d.get("/login/second?recovery=1"), 200, "予備の番号")
		d.moved(d.post("/login/second", "code", codes[0][1], "recovery", "1"), "/")
		e := w.browser()
		e.post("/login", "login", "boss", "password", password)
		e.want(e.post("/login/second", "code", codes[0][1], "recovery", "1"), 422) // used up

		// From one browser the others are signed out.
		list := c.get("/profile")
		c.want(list, 200, "この端末")
		ids := regexp.MustCompile(`/profile/sessions/([0-9a-f-]+)/revoke`).FindAllStringSubmatch(list.body, -1)
		if len(ids) < 2 {
			t.Fatalf("%d other sessions are listed", len(ids))
		}
		for _, id := range ids {
			c.moved(c.post("/profile/sessions/"+id[1]+"/revoke"), "/profile")
		}
		d.moved(d.get("/audit"), "/login?next=%2Faudit")
		c.want(c.get("/audit"), 200)
		c.want(c.post("/profile/sessions/"+store.NewID()+"/revoke"), 404)
		c.moved(c.post("/logout"), "/login?out=1")
		c.moved(c.get("/audit"), "/login?next=%2Faudit")
		w.verified()
	})
}

// code is what the authenticator shows now.
func (w *world) code(secret string) string {
	w.t.Helper()
	code, err := totp.GenerateCode(secret, w.clock())
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

func TestManageUsers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f := w.facility("架空病院")
		boss := w.user("boss", identity.Grant{Role: identity.Administrator})
		b := w.as("boss")
		b.want(b.post("/users", "name", "運用 太郎", "login", "taro", "role", "department", "facility", f), 422, "部署", `value="運用 太郎"`)
		once := b.post("/users", "name", "運用 太郎", "login", "taro", "role", "operator", "facility", f)
		b.want(once, 200, "taro", "もう表示できません")
		link := between(t, once.body, `<code id="once-link">`, "</code>")
		b.want(b.post("/users", "name", "x", "login", "TARO", "role", "operator", "facility", f), 409, "aria-invalid")
		b.want(b.get("/users"), 200, "運用 太郎", "パスワードの設定待ち")
		taro, err := w.reg.UserByLogin(t.Context(), db, "taro")
		if err != nil {
			t.Fatal(err)
		}

		// The link opens once, for choosing a password; it comes from configuration.
		path, ok := strings.CutPrefix(link, "http://localhost:8787")
		if !ok {
			t.Fatalf("link %s", link)
		}
		code := must(url.Parse(path)).Query().Get("code")
		c := w.browser()
		c.want(c.post("/login", "login", "taro", "password", ""), 422)
		c.want(c.get("/welcome?code=AAAAAA"), 404, "このリンクは使えません")
		c.want(c.get(path), 200, "運用 太郎", "taro")
		c.want(c.post("/welcome", "link", code, "password", password, "again", "x"), 422, "2つのパスワードが違います")
		c.want(c.post("/welcome", "link", code, "password", "short", "again", "short"), 422, "13文字以上")
		c.moved(c.post("/welcome", "link", code, "password", password, "again", password), "/profile")
		c.want(c.get("/profile"), 200, "パスワードを決めました")
		c.want(c.post("/welcome", "link", code, "password", password, "again", password), 404)
		c.want(c.post("/profile/password", "current", "no", "password", password, "again", password), 422, "いまのパスワードが違います")
		c.moved(c.post("/profile/password", "current", password, "password", password+"2", "again", password+"2"), "/profile")
		c.moved(c.post("/profile/password", "current", password+"2", "password", password, "again", password), "/profile")

		path = "/users/" + taro.ID
		b.moved(b.post(path, "name", "運用 次郎"), path)
		b.moved(b.post(path+"/grants", "role", "manager", "facility", f), path)
		c.want(c.get("/audit"), 200) // counts at once
		b.moved(b.post(path+"/grants/remove", "grant", "manager/"+f+"/"), path)
		c.moved(c.get("/audit"), "/login?next=%2Faudit") // a right less ends the sessions
		c.moved(c.post("/login", "login", "taro", "password", password), "/")
		c.want(c.get("/audit"), 403)
		b.want(b.post(path+"/grants/remove", "grant", "operator/"+f+"/"), 422) // nobody is left without a role
		b.moved(b.post(path+"/disable"), path)
		c.moved(c.get("/"), "/login?next=%2F")
		c.want(c.post("/login", "login", "taro", "password", password), 422)
		b.moved(b.post(path+"/enable"), path)
		c.moved(c.post("/login", "login", "taro", "password", password), "/")
		again := b.post(path + "/link")
		b.want(again, 200, "設定用リンク")
		c.moved(c.get("/"), "/login?next=%2F")
		c.want(c.post("/login", "login", "taro", "password", password), 422)
		b.want(b.get(path), 200, "設定用リンクを取り消す")
		b.moved(b.post(path+"/link/revoke"), path)
		b.want(b.post(path+"/link/revoke"), 404)
		c.want(c.get("/welcome?code="+must(url.Parse(between(t, again.body, `<code id="once-link">`, "</code>"))).Query().Get("code")), 404)

		// Nobody shuts themselves out, and the last administrator stays.
		b.want(b.post("/users/"+boss.ID+"/disable"), 403)
		b.want(b.post("/users/"+boss.ID+"/grants/remove", "grant", "administrator//"), 403)
		w.user("second", identity.Grant{Role: identity.Administrator, FacilityID: f})
		c = w.as("second")
		c.want(c.post("/users/"+boss.ID+"/disable"), 404) // has more rights than the other may see
		c.want(c.post(path+"/grants", "role", "administrator", "facility", ""), 403)
		w.verified()
	})
}

func TestTokensAndAgents(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f := w.facility("架空病院")
		w.user("boss", identity.Grant{Role: identity.Administrator})
		b := w.as("boss")
		b.want(b.post("/tokens", "name", "", "role", "auditor", "facility", "", "expires", "90"), 422, "入力してください")
		b.want(b.post("/tokens", "name", "x", "role", "auditor", "facility", "", "expires", "9999"), 422, "一覧から選んで")
		once := b.post("/tokens", "name", "監視", "role", "auditor", "facility", f, "expires", "90", "scope", "read")
		b.want(once, 200, "もう表示できません")
		secret := between(t, once.body, `<code id="once-token">`, "</code>")
		if _, err := w.reg.TokenPrincipal(t.Context(), secret, ""); err != nil {
			t.Fatalf("the shown token does not work: %v", err)
		}
		page := b.get("/tokens")
		b.want(page, 200, "監視", "読むだけ")
		if strings.Contains(page.body, secret) {
			t.Error("the secret is shown again")
		}
		b.moved(b.post("/tokens/"+between(t, page.body, `action="/tokens/`, `"`)), "/tokens")
		if _, err := w.reg.TokenPrincipal(t.Context(), secret, ""); err == nil {
			t.Error("a revoked token works")
		}

		if err := w.reg.Knock(t.Context(), "192.0.2.7", "MYSTERY-PC <script>"); err != nil {
			t.Fatal(err)
		}
		b.want(b.get("/"), 200, "登録されていない機器 1台", "MYSTERY-PC &lt;script&gt;")
		b.want(b.get("/devices"), 200, "192.0.2.7")
		b.want(b.post("/devices/tokens", "note", "", "uses", "3", "expires", "7"), 422)
		code := between(t, b.post("/devices/tokens", "note", "外来のPC", "uses", "3", "expires", "7").body, `<code id="once-code">`, "</code>")
		var device identity.Device
		w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
			device, err = w.reg.Enroll(ctx, tx, identity.Enrolling{Secret: code, PublicKey: []byte(strings.Repeat("p", 32)), Name: "PC-1"})
			return err
		})
		list := b.get("/devices")
		b.want(list, 200, "PC-1", "1 / 3")
		b.moved(b.post("/devices/"+device.ID+"/revoke"), "/devices")
		if _, err := w.reg.DeviceByID(t.Context(), device.ID); err == nil {
			t.Error("a revoked device is still let in")
		}
		b.want(b.post("/devices/entries", "protocol", "telnet"), 422)
		made := b.post("/devices/entries", "protocol", "ocs", "entry_note", "外来のOCS")
		b.want(made, 200, "/ocsinventory")
		packed, err := base64.StdEncoding.DecodeString(html.UnescapeString(between(t, made.body, `<code id="once-code">`, "</code>")))
		if err != nil {
			t.Fatal(err)
		}
		if e, err := w.reg.EntryBySecret(t.Context(), w.db, string(packed)); err != nil || e.Protocol != identity.ProtocolOCS {
			t.Errorf("%+v, %v", e, err)
		}
		entries := b.get("/devices")
		b.want(entries, 200, "外来のOCS")
		b.moved(b.post("/devices/entries/"+between(t, entries.body, `/devices/entries/`, `/close"`)+"/close"), "/devices")
		if _, err := w.reg.EntryBySecret(t.Context(), w.db, string(packed)); err == nil {
			t.Error("a closed entry lets in")
		}
		w.entryOfCertificates(b)
		b.moved(b.post("/devices/tokens/"+between(t, list.body, `/devices/tokens/`, `/revoke"`)+"/revoke"), "/devices")
		w.verified()
	})
}

// entryOfCertificates opens an entry for certificates, fills it and empties it again.
func (w *world) entryOfCertificates(b *browser) {
	w.t.Helper()
	b.want(b.post("/devices/entries", "protocol", "glpi", "method", "handshake"), 422)
	made := b.post("/devices/entries", "protocol", "glpi", "method", "certificate", "entry_note", "病棟のGLPI")
	list := b.get("/devices")
	b.want(list, 200, "病棟のGLPI", "有効な証明書なし")
	path := "/devices/entries/" + between(w.t, list.body, `<a href="/devices/entries/`, `"`)
	b.moved(made, path)
	b.want(b.get(path), 200, "ssl-cert-file", "/front/inventory.php", "誰も入れません")
	b.want(b.post(path+"/certificates", "certificate", "rubbish"), 422, "証明書として読めません")
	b.moved(b.post(path+"/certificates", "certificate", exampleCA), path)
	b.want(b.post(path+"/certificates", "certificate", exampleCA), 409, "すでに使われています")
	file := b.post(path + "/issued")
	b.want(file, 200, "BEGIN CERTIFICATE", "BEGIN PRIVATE KEY")
	page := b.get(path)
	b.want(page, 200, "CN=Example Hospital CA", "Sonaeが発行")
	if strings.Contains(page.body, "PRIVATE KEY") {
		w.t.Error("the key is shown again")
	}
	b.want(b.get("/devices"), 200, "病棟のGLPI", "開いている")
	rest := page.body
	for range 2 {
		id := between(w.t, rest, path+"/certificates/", "/remove")
		_, rest, _ = strings.Cut(rest, id)
		b.moved(b.post(path+"/certificates/"+id+"/remove"), path)
	}
	b.want(b.get(path), 200, "誰も入れません")
	b.moved(b.post(path+"/close"), "/devices")
	b.want(b.post(path+"/certificates", "certificate", exampleCA), 409, "閉じているか")
}

// exampleCA is a certificate authority made for tests; its key is nowhere.
const exampleCA = `-----BEGIN CERTIFICATE-----
MIIBYzCCARWgAwIBAgIUFMlBX7jTIhHmpsXGB3QEY0qqfKcwBQYDK2VwMB4xHDAa
BgNVBAMME0V4YW1wbGUgSG9zcGl0YWwgQ0EwIBcNMjYxMTI3MTc0MDMwWhgPMjEy
NjExMDMxNzQwMzBaMB4xHDAaBgNVBAMME0V4YW1wbGUgSG9zcGl0YWwgQ0EwKjAF
BgMrZXADIQDf8T5F4JCFogRHmel42ToHNKwBG9+NLdJhpVWnJnHUrKNjMGEwHQYD
VR0OBBYEFKE5oxj2OmuKxBuiVvB5qdkEu9C6MB8GA1UdIwQYMBaAFKE5oxj2OmuK
xBuiVvB5qdkEu9C6MA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMAUG
AytlcANBAI0ERHN7WiT8nsNVtwyeyvKKmUHh4D33WnRGDskNVWJMud4KFz4Oh76J
ln9YLyJ+RS/PXrQvtSyQ9zmwfsUpQg4=
-----END CERTIFICATE-----
`
