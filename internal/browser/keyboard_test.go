//go:build unix

package browser

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The main flow with the keyboard alone: sign in, filter the ledger, change an asset,
// confirm a row of the checklist, order a pack, sign out. Every stop on the way shows
// where the focus is.
func TestKeyboard(t *testing.T) {
	ctx := chromium(t)
	p := sampleHospital(t)
	cookie(t, ctx, p.URL, "sonae_lang", "ja")
	run(t, ctx, "sign-in page", chromedp.Navigate(p.URL+"/login"))
	keyboardSignIn(t, ctx)
	for _, step := range []struct {
		name string
		do   func(*testing.T, context.Context)
	}{
		{"skip link", skipLink},
		{"menus", keyboardMenus},
		{"filter the ledger", keyboardFilter},
		{"every stop of the ledger", everyStop},
		{"change an asset", keyboardEdit},
		{"confirm a row", keyboardConfirm},
		{"order a pack", keyboardPack},
		{"sign out", keyboardSignOut},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.do(t, ctx) }) {
			return
		}
	}
}

func keyboardSignIn(t *testing.T, ctx context.Context) {
	tabTo(t, ctx, `[name=login]`)
	press(t, ctx, login)
	tabTo(t, ctx, `[name=password]`)
	press(t, ctx, password+kb.Enter)
	await(t, ctx, "signed in", `document.querySelector(".sidenav")`)
}

// skipLink is the first stop, can be seen then, and leads into the page.
func skipLink(t *testing.T, ctx context.Context) {
	tabTo(t, ctx, `.skip`)
	press(t, ctx, kb.Enter)
	press(t, ctx, kb.Tab)
	if f := look(t, ctx, `main *`); !f.Match {
		t.Errorf("after the skip link Tab stops at %q in %s, want the first stop in main", f.Is, f.Region)
	}
}

// open follows the navigation to a page.
func open(t *testing.T, ctx context.Context, path string) {
	t.Helper()
	run(t, ctx, "reload", chromedp.Reload()) // Tab starts at the top again
	tabTo(t, ctx, `nav.sidenav a[href="`+path+`"]`)
	press(t, ctx, kb.Enter)
	await(t, ctx, "page "+path, `location.pathname.startsWith("`+path+`")`)
}

// pastShell goes to the main part by the skip link.
func pastShell(t *testing.T, ctx context.Context) {
	t.Helper()
	tabTo(t, ctx, `.skip`)
	press(t, ctx, kb.Enter)
}

// Menus open with Space and Enter, arrows walk through them, Escape closes them and
// gives the focus back.
func keyboardMenus(t *testing.T, ctx context.Context) {
	open(t, ctx, "/assets")
	for _, menu := range []string{".topbar .menu-end:last-child", ".page-head .menu", ".chips .menu"} {
		for _, key := range []string{" ", kb.Enter} {
			run(t, ctx, "reload", chromedp.Reload())
			tabTo(t, ctx, menu+` > summary`)
			press(t, ctx, key)
			await(t, ctx, menu+" opens", `document.activeElement.parentElement.open`)
			press(t, ctx, kb.ArrowDown)
			if f := look(t, ctx, `.menu-pop a, .menu-pop button`); !f.Match || len(f.Faults) > 0 {
				t.Errorf("%s: arrow down leads to %q %v", menu, f.Is, f.Faults)
			}
			press(t, ctx, kb.ArrowUp)
			press(t, ctx, kb.ArrowDown)
			press(t, ctx, kb.Escape)
			if open := ask(t, ctx, "menu", chromedp.Evaluate[bool](`!!document.querySelector("details.menu[open]")`)); open {
				t.Errorf("%s: Escape does not close it", menu)
			}
			if f := look(t, ctx, menu+` > summary`); !f.Match {
				t.Errorf("%s: after Escape the focus is at %q", menu, f.Is)
			}
		}
	}
}

func keyboardFilter(t *testing.T, ctx context.Context) {
	run(t, ctx, "reload", chromedp.Reload())
	pastShell(t, ctx)
	tabTo(t, ctx, `.chips .menu > summary`) // the first is the kind
	press(t, ctx, kb.Enter)
	press(t, ctx, kb.ArrowDown+kb.Enter)
	await(t, ctx, "filtered", `new URLSearchParams(location.search).get("kind")`)
	pastShell(t, ctx)
	tabTo(t, ctx, `#list-q`)
	press(t, ctx, "CHK"+kb.Enter)
	await(t, ctx, "searched", `new URLSearchParams(location.search).get("q") === "CHK" && document.querySelector("tbody a.t1")`)
}

// everyStop walks from the first to the last stop of a full page: nothing that can be
// used is left out, nothing holds the focus.
func everyStop(t *testing.T, ctx context.Context) {
	run(t, ctx, "reload", chromedp.Reload())
	stops := tabThrough(t, ctx)
	for _, f := range stops {
		for _, fault := range f.Faults {
			t.Errorf("%s: %s", f.Is, fault)
		}
	}
	want := ask(t, ctx, "usable elements", chromedp.Evaluate[int](`[...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && e.type !== "hidden").length`))
	if len(stops) != want {
		t.Errorf("Tab stops at %d of %d places", len(stops), want)
	}
}

func keyboardEdit(t *testing.T, ctx context.Context) {
	run(t, ctx, "reload", chromedp.Reload())
	pastShell(t, ctx)
	tabTo(t, ctx, `tbody a.t1`)
	press(t, ctx, kb.Enter)
	await(t, ctx, "asset", `document.querySelector(".hero")`)
	pastShell(t, ctx)
	tabTo(t, ctx, `main a[href$="/edit"]`)
	press(t, ctx, kb.Enter)
	await(t, ctx, "form", `location.pathname.endsWith("/edit")`)
	pastShell(t, ctx)
	tabTo(t, ctx, `main input[name=room]`)
	press(t, ctx, "a", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	press(t, ctx, "2F keyboard")
	tabTo(t, ctx, `main button.btn-primary[type=submit]`)
	press(t, ctx, " ")
	await(t, ctx, "saved", `!location.pathname.endsWith("/edit")`)
	if body := ask(t, ctx, "asset", chromedp.Text(chromedp.CSS("main"))); !strings.Contains(body, "2F keyboard") {
		t.Errorf("the change is not shown:\n%.800s", body)
	}
}

func keyboardConfirm(t *testing.T, ctx context.Context) {
	open(t, ctx, "/checklists")
	pastShell(t, ctx)
	tabTo(t, ctx, `main tbody a.t1:not([aria-current])`)
	press(t, ctx, kb.Enter)
	await(t, ctx, "row", `location.search.includes("row=") && document.querySelector("#evi")`)
	tabTo(t, ctx, `#evi input[type=radio][value=yes]`)
	press(t, ctx, " "+kb.ArrowDown)
	if !ask(t, ctx, "answer", chromedp.Evaluate[bool](`document.activeElement.value === "no" && document.activeElement.checked`)) {
		t.Error("arrow down does not choose the next answer")
	}
	press(t, ctx, kb.ArrowUp)
	tabTo(t, ctx, `#evi .evi-form button[type=submit]`)
	press(t, ctx, kb.Enter)
	await(t, ctx, "confirmed", `document.querySelector(".notice-ok")`)
}

func keyboardPack(t *testing.T, ctx context.Context) {
	open(t, ctx, "/packs")
	pastShell(t, ctx)
	tabTo(t, ctx, `form[action="/packs"] button[type=submit]`)
	press(t, ctx, kb.Enter)
	await(t, ctx, "ordered", `document.querySelector("#pk-state .job, #pk-state tbody tr, #pk-state .st-ok")`)
}

func keyboardSignOut(t *testing.T, ctx context.Context) {
	run(t, ctx, "reload", chromedp.Reload())
	tabTo(t, ctx, `.topbar .menu-end:last-child > summary`)
	press(t, ctx, kb.Enter)
	tabTo(t, ctx, `form[action="/logout"] button`)
	press(t, ctx, " ")
	await(t, ctx, "signed out", `location.pathname === "/login"`)
}

// The walk itself sees what it is there to see: a focus without a mark, one behind
// something, and one that does not move.
func TestKeyboardFaults(t *testing.T) {
	ctx := chromium(t)
	p := startPlain(t)
	for _, c := range []struct{ name, harm, fault string }{
		{"no mark", `const s = new CSSStyleSheet(); s.replaceSync("*:focus { outline: 0 !important }"); document.adoptedStyleSheets = [s]`, "cannot be seen"},
		{"covered", `const d = document.createElement("div"); d.id = "cover"; document.body.append(d); const s = new CSSStyleSheet(); s.replaceSync("#cover { position: fixed; inset: 0; z-index: 999 }"); document.adoptedStyleSheets = [s]`, "out of view"},
		{"trap", `document.addEventListener("keydown", e => { if (document.activeElement.matches("summary")) e.preventDefault(); })`, "does not lead on"},
	} {
		t.Run(c.name, func(t *testing.T) {
			run(t, ctx, "page", chromedp.Navigate(p.URL+"/login"))
			faults := func() (out string) {
				for _, f := range tabThrough(t, ctx) {
					out += strings.Join(f.Faults, "; ")
				}
				return out
			}
			if before := faults(); before != "" {
				t.Fatalf("the page as it is: %s", before)
			}
			run(t, ctx, "page", chromedp.Navigate(p.URL+"/login"), chromedp.Evaluate[chromedp.Void](c.harm))
			if got := faults(); !strings.Contains(got, c.fault) {
				t.Errorf("not seen: got %q, want %q", got, c.fault)
			}
		})
	}
}
