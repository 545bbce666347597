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
		chromedp.WSURLReadTimeout(time.Minute))
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stopAlloc)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 1366, Height: 768, DeviceScaleFactor: 1}); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return ctx
}

// run does steps in the browser; when one fails, the page is told with it.
func run(t *testing.T, ctx context.Context, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	step, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(step, steps...); err != nil {
		explain(t, ctx, what, err)
	}
}

// ask does one step that answers.
func ask[T any](t *testing.T, ctx context.Context, what string, a chromedp.Action[T]) T {
	t.Helper()
	step, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	out, err := chromedp.Run(step, a)
	if err != nil {
		explain(t, ctx, what, err)
	}
	return out
}

func explain(t *testing.T, ctx context.Context, what string, err error) {
	t.Helper()
	short, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	where, _ := chromedp.Run(short, chromedp.Location())
	body, _ := chromedp.Run(short, chromedp.Text(chromedp.CSS("body")))
	t.Fatalf("%s: %v\nat %s\n%.1500s", what, err, where, body)
}

// shot keeps a picture when somebody wants to look.
func shot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("SONAE_SCREENSHOTS")
	if dir == "" {
		return
	}
	png := ask(t, ctx, "picture", chromedp.CaptureScreenshot())
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	name = strings.Trim(strings.NewReplacer("/", "_", "?", "_", "&", "_", "=", "-").Replace(name), "_")
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

// cookie sets a preference as the preferences form would.
func cookie(t *testing.T, ctx context.Context, base, name, value string) {
	t.Helper()
	if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: base}); err != nil {
		t.Fatal(err)
	}
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
	run(t, ctx, "load axe on "+page, chromedp.Evaluate[chromedp.Void](string(script)))
	result := ask(t, ctx, "axe on "+page, chromedp.Evaluate[string](
		`axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
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
	found := ask(t, ctx, "layout of "+page, chromedp.Evaluate[[]string](`(() => {
		const out = [];
		if (document.documentElement.scrollWidth > document.documentElement.clientWidth + 1) out.push("the page is wider than the window: " + document.documentElement.scrollWidth);
		for (const e of document.querySelectorAll("main h1, main h2, main a, main button, main .badge, main .kpi-v, nav a")) {
			const s = getComputedStyle(e);
			if (s.overflow === "hidden" && s.textOverflow !== "ellipsis" && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1) out.push("cut off: " + e.outerHTML.slice(0, 120));
		}
		return out;
	})()`))
	for _, f := range found {
		t.Errorf("%s: %s", page, f)
	}
}
