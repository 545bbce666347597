//go:build unix

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// axeScript is axe-core, read once.
var axeScript = sync.OnceValues(func() (string, error) {
	script, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	return string(script), err
})

// withAxe puts axe-core into every page that the tab opens from now on.
func withAxe(t *testing.T, ctx context.Context) {
	t.Helper()
	script, err := axeScript()
	if err != nil {
		t.Fatalf("axe-core: %v (run make assets)", err)
	}
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
		t.Fatal(err)
	}
}

// What axe-core is to look for.
const (
	// allRules are the rules of WCAG 2.2 A and AA and of good practice.
	allRules = `{type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}`
	// colourRules are those of allRules that read colours. The others see the same in
	// another theme as long as TestThemesDifferInColour holds.
	colourRules = `{type: "rule", values: ["color-contrast", "link-in-text-block"]}`
)

// violation is what axe-core found.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// axe runs axe-core on the page in view.
func axe(t *testing.T, ctx context.Context, name, rules string) {
	t.Helper()
	result := ask(t, ctx, "axe on "+name, chromedp.Evaluate[string](
		`axe.run(document, {runOnly: `+rules+`, resultTypes: ["violations"]}).then(r => JSON.stringify({ran: r.passes.length + r.violations.length + r.incomplete.length, violations: r.violations}))`, chromedp.EvalAwaitPromise))
	var found struct {
		Ran        int         `json:"ran"`
		Violations []violation `json:"violations"`
	}
	if err := json.Unmarshal([]byte(result), &found); err != nil {
		t.Fatal(err)
	}
	if found.Ran == 0 {
		t.Errorf("%s: axe-core had nothing to look at", name)
	}
	for _, v := range found.Violations {
		text := fmt.Sprintf("%s: %s (%s)", name, v.ID, v.Help)
		for i, n := range v.Nodes {
			if i == 3 {
				break
			}
			text += fmt.Sprintf("\n  %.300s\n  %.400s", n.HTML, n.Summary)
		}
		t.Error(text)
	}
}

// clipped finds what a careful designer would send back: a page wider than the
// window, or text cut off inside its box without a way to see it.
func clipped(t *testing.T, ctx context.Context, page string) {
	t.Helper()
	found := ask(t, ctx, "layout of "+page, chromedp.Evaluate[[]string](`(() => {
		const out = [];
		if (document.documentElement.scrollWidth > document.documentElement.clientWidth + 1) out.push("the page is wider than the window: " + document.documentElement.scrollWidth);
		for (const e of document.querySelectorAll("main h1, main h2, main a, main button, main .badge, main .kpi-v, nav a")) {
			const s = getComputedStyle(e);
			if (s.overflow === "hidden" && s.textOverflow !== "ellipsis" && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1) out.push("cut off: " + e.outerHTML.slice(0, 120));
		}
		const pen = document.createElement("canvas").getContext("2d");
		for (const e of document.querySelectorAll("main input[placeholder], .omni input")) {
			const s = getComputedStyle(e);
			pen.font = s.font;
			if (e.clientWidth > 1 && pen.measureText(e.placeholder).width > e.clientWidth - parseFloat(s.paddingLeft) - parseFloat(s.paddingRight) + 1) out.push("hint cut off: " + e.placeholder);
		}
		for (const e of document.querySelectorAll("main .tabs, main .chips")) if (e.scrollWidth > e.clientWidth + 1) out.push("runs out of the row: " + e.outerHTML.slice(0, 120));
		return out;
	})()`))
	for _, f := range found {
		t.Errorf("%s: %s", page, f)
	}
}
