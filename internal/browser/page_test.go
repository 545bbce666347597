//go:build unix

package browser

import (
	"context"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"sonae/internal/server/servertest"
)

// Every page that the sample hospital's administrator can reach, in both languages
// and themes: no violation for axe-core, nothing clipped at 1366×768. The languages
// run side by side, each in a tab of its own.
func TestEveryPage(t *testing.T) {
	ctx := chromium(t)
	p := sampleHospital(t)
	pages := crawl(t, p)
	if len(pages) < 40 {
		t.Errorf("only %d pages found: %v", len(pages), pages)
	}
	for _, lang := range []string{"ja", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			own := tab(t, ctx)
			withAxe(t, own)
			cookie(t, own, p.URL, "sonae_lang", lang)
			cookie(t, own, p.URL, "sonae_theme", "light")
			for _, gate := range []string{"/login", "/setup"} {
				bothThemes(t, own, p, lang, gate)
			}
			signIn(t, own, p)
			for _, page := range pages {
				bothThemes(t, own, p, lang, page)
			}
		})
	}
}

// bothThemes checks one page in light and dark. The page is loaded once: the two
// differ in one attribute only, which the server writes and crawl has seen.
func bothThemes(t *testing.T, ctx context.Context, p *servertest.Process, lang, page string) {
	t.Helper()
	run(t, ctx, page, chromedp.Navigate(p.URL+page))
	got := ask(t, ctx, page, chromedp.Evaluate[string](`document.documentElement.lang + " " + document.documentElement.dataset.theme`))
	if got != lang+" light" {
		t.Errorf("%s: served as %q, want %q", page, got, lang+" light")
	}
	for _, theme := range []string{"light", "dark"} {
		name := page + " " + lang + " " + theme
		rules := allRules
		if theme == "dark" {
			rules = colourRules
			run(t, ctx, name, chromedp.Evaluate[chromedp.Void](`document.documentElement.dataset.theme = "dark"`))
		}
		axe(t, ctx, name, rules)
		clipped(t, ctx, name)
		shot(t, ctx, lang+"-"+theme+"-"+shape(page))
	}
}

// Themes differ in colour alone, which lets TestEveryPage look for everything else in
// one of them; and the theme that follows the device is the dark one word for word.
func TestThemesDifferInColour(t *testing.T) {
	ctx := chromium(t)
	p := startPlain(t)
	run(t, ctx, "set-up page", chromedp.Navigate(p.URL+"/setup"))
	type rule struct{ Selector, Name, Value string }
	rules := ask(t, ctx, "style sheet", chromedp.Evaluate[[]rule](`(() => {
		const out = [];
		const walk = (list, media) => { for (const r of list) {
			if (r.selectorText && r.selectorText.includes("data-theme")) for (const n of r.style) out.push({Selector: r.selectorText, Name: n, Value: r.style.getPropertyValue(n)});
			else if (r.cssRules && !(r.media && r.media.mediaText.includes("print"))) walk(r.cssRules);
		} };
		for (const s of document.styleSheets) walk(s.cssRules);
		return out;
	})()`))
	of := map[string][]rule{}
	for _, r := range rules {
		colour := []string{"color-scheme", "outline-color", "box-shadow"}
		if r.Name[:2] != "--" && !slices.Contains(colour, r.Name) {
			t.Errorf("%s { %s } is no colour: look for all rules in both themes", r.Selector, r.Name)
		}
		of[r.Selector] = append(of[r.Selector], rule{Name: r.Name, Value: r.Value})
	}
	dark := of[`:root[data-theme="dark"]`]
	if len(dark) < 20 {
		t.Fatalf("the dark theme has %d colours", len(dark))
	}
	if auto := of[`:root[data-theme="auto"]`]; !slices.Equal(dark, auto) {
		t.Errorf("the theme that follows the device differs from dark:\n%v\n%v", auto, dark)
	}
}
