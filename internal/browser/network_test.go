//go:build unix

package browser

import (
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// firstPaint bounds how long the map of the sample hospital takes until something is
// seen. Timings decide under make bench only, where the machine is quiet.
const firstPaint = 2 * time.Second

// The network map in both languages and themes, searched, on a past day, and the
// address plan; something is painted before the script draws.
func TestNetworkPages(t *testing.T) {
	ctx := chromium(t)
	p := sampleHospital(t)
	for _, lang := range []string{"ja", "en"} {
		own := tab(t, ctx)
		withAxe(t, own)
		cookie(t, own, p.URL, "sonae_lang", lang)
		cookie(t, own, p.URL, "sonae_theme", "light")
		signIn(t, own, p)
		for _, page := range []string{"/network", "/network?view=fit", "/network?kind=vpn&from=a&to=b", "/network/addresses", "/network/segments", "/network/segments?as_of=2026-01-10", "/network/segments/new", "/unlisted", "/unlisted?state=overdue", "/unlisted?state=visitor", "/external"} {
			bothThemes(t, own, p, lang, page)
		}
		for _, list := range []string{"/unlisted?q=WSR", "/external", "/network/segments"} { // a page of each kind
			run(t, own, list, chromedp.Navigate(p.URL+list))
			page := ask(t, own, list, chromedp.Evaluate[string](`const a = document.querySelector("main tbody a[href^='/unlisted/'], main tbody a[href^='/external/'], main .table tbody a[href^='/network/segments/']"); a ? a.getAttribute("href") : ""`))
			if page == "" {
				t.Errorf("%s: leads to nothing", list)
				continue
			}
			bothThemes(t, own, p, lang, page)
		}
		run(t, own, "map", chromedp.Navigate(p.URL+"/network"))
		ms := ask(t, own, "paint", chromedp.Evaluate[float64](`performance.getEntriesByName("first-contentful-paint").map(e => e.startTime)[0] || 0`))
		t.Logf("%s: first paint after %.0f ms", lang, ms)
		if ms == 0 || os.Getenv("SONAE_BENCH") != "" && time.Duration(ms)*time.Millisecond > firstPaint {
			t.Errorf("first paint after %.0f ms", ms)
		}
	}
}
