//go:build unix

package web

import (
	"context"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"sonae/internal/identity"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/transport"
)

// chromium starts a real browser with a virtual authenticator that says yes.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("Chromium is not installed: apt-get install chromium")
		}
		t.Skip("Chromium is not installed (apt-get install chromium): passkeys are not tried")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(time.Minute))
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stopAlloc)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	yes := true
	if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	_, err = chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: yes, HasUserVerification: yes, IsUserVerified: yes, AutomaticPresenceSimulation: yes,
	}})
	if err != nil {
		t.Fatalf("virtual authenticator: %v", err)
	}
	return ctx
}

// TestPasskeys registers a passkey and signs in with it alone, then removes it.
func TestPasskeys(t *testing.T) {
	ctx := chromium(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	base := "http://localhost:" + port // browsers take localhost, and no address, for passkeys
	w := newWorldAt(t, storetest.SQLite(t), base)
	server := &httptest.Server{Listener: listener, Config: transport.NewServer(transport.Frame(w.site.handler(), nil, w.site.deps.Log), nil, nil, w.site.deps.Log)}
	server.Start()
	t.Cleanup(server.Close)
	w.facility("架空病院")
	boss := w.user("boss", identity.Grant{Role: identity.Administrator})

	do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			body, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
			t.Fatalf("%s: %v\n%s\n%s", what, err, body, w.logs)
		}
	}
	click := func(selector string) chromedp.Action[chromedp.Void] { return chromedp.Click(selector) }
	do("sign in with the password", chromedp.Navigate(base+"/login?next=/profile"), chromedp.SendKeys("#f-login", "boss"), chromedp.SendKeys("#f-password", password),
		click("form[action='/login'] button"), chromedp.WaitVisible("#f-passkey"))
	do("add a passkey", chromedp.SendKeys("#f-passkey", "事務室のPC"), click("[data-passkey=add]"), chromedp.WaitVisible(".notice-ok"), chromedp.WaitVisible("form[action*='/profile/passkeys/']"))
	do("sign out", chromedp.Evaluate[chromedp.Void]("document.querySelector(\"form[action='/logout']\").submit()"), chromedp.WaitVisible("#f-login"))
	do("sign in with the passkey", chromedp.Navigate(base+"/login?next=/audit"), chromedp.WaitVisible("[data-passkey=login]"), click("[data-passkey=login]"), chromedp.WaitVisible("#audit-rows"))
	if u, err := w.reg.UserByID(t.Context(), w.db, boss.ID); err != nil || u.Passkeys != 1 {
		t.Fatalf("%+v %v", u, err)
	}
	// Now the password alone is not enough, and the page offers the passkey.
	b := w.browser()
	b.moved(b.post("/login", "login", "boss", "password", password), "/login/second?next=%2F")
	b.want(b.get("/login/second"), 200, "data-passkey=\"login\"", "予備の番号")
	// An answer to no challenge, or a broken one, opens nothing.
	for _, body := range []string{"", "{}", `{"credential":{"id":"x"}}`, strings.Repeat("x", maxPasskeyBytes+2)} {
		if a := b.raw("POST", "/login/passkey", body); a.status < 400 || a.status >= 500 {
			t.Errorf("passkey answer %.20q: %d %s", body, a.status, a.body)
		}
	}
	do("remove it", chromedp.Navigate(base+"/profile"), click("form[action*='/profile/passkeys/'] button"), chromedp.WaitVisible(".notice-ok"), chromedp.WaitVisible("#f-passkey"))
	if u, err := w.reg.UserByID(t.Context(), w.db, boss.ID); err != nil || u.Passkeys != 0 {
		t.Fatalf("%+v %v", u, err)
	}
	w.verified()
}
