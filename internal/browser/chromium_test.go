//go:build unix

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"sonae/internal/server/servertest"
)

func TestMain(m *testing.M) { servertest.Main(m) }

// chromium starts the browser, or leaves the test out when there is none.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("Chromium is not installed: apt-get install chromium")
		}
		t.Skip("Chromium is not installed (apt-get install chromium): browser tests are left out")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1366, 768),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute))
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stopAlloc)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	ctx, cancel := context.WithTimeout(ctx, 8*time.Minute)
	t.Cleanup(cancel)
	if err := chromedp.Run(ctx, emulation.SetDeviceMetricsOverride(1366, 768, 1, false)); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return ctx
}

func run(t *testing.T, ctx context.Context, what string, actions ...chromedp.Action) {
	t.Helper()
	step, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	if err := chromedp.Run(step, actions...); err != nil {
		var where, body string
		_ = chromedp.Run(ctx, chromedp.Location(&where), chromedp.Text("body", &body, chromedp.ByQuery))
		t.Fatalf("%s: %v\nat %s\n%.1500s", what, err, where, body)
	}
}

// shot keeps a picture when somebody wants to look.
func shot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("SONAE_SCREENSHOTS")
	if dir == "" {
		return
	}
	var png []byte
	run(t, ctx, "picture", chromedp.CaptureScreenshot(&png))
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	name = strings.Trim(strings.NewReplacer("/", "_", "?", "_", "&", "_", "=", "-").Replace(name), "_")
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

// cookie sets a preference as the preferences form would.
func cookie(base, name, value string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		return network.SetCookie(name, value).WithURL(base).Do(ctx)
	})
}

// violation is what axe-core found.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// axe runs axe-core on the page in view with the rules of WCAG 2.2 A and AA.
func axe(t *testing.T, ctx context.Context, page string) {
	t.Helper()
	script, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("axe-core: %v (run make assets)", err)
	}
	var result string
	run(t, ctx, "axe on "+page, chromedp.Evaluate(string(script), nil), chromedp.Evaluate(
		`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => JSON.stringify(r.violations))`,
		&result, func(p *chromedp.EvaluateParams) *chromedp.EvaluateParams { return p.WithAwaitPromise(true) }))
	var found []violation
	if err := json.Unmarshal([]byte(result), &found); err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		text := fmt.Sprintf("%s: %s (%s)", page, v.ID, v.Help)
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
	var found []string
	run(t, ctx, "layout of "+page, chromedp.Evaluate(`(() => {
		const out = [];
		if (document.documentElement.scrollWidth > document.documentElement.clientWidth + 1) out.push("the page is wider than the window: " + document.documentElement.scrollWidth);
		for (const e of document.querySelectorAll("main h1, main h2, main a, main button, main .badge, main .kpi-v, nav a")) {
			const s = getComputedStyle(e);
			if (s.overflow === "hidden" && s.textOverflow !== "ellipsis" && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1) out.push("cut off: " + e.outerHTML.slice(0, 120));
		}
		return out;
	})()`, &found))
	for _, f := range found {
		t.Errorf("%s: %s", page, f)
	}
}
