//go:build unix

package browser

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestFigureNetworkMap measures the map of 2,000 devices in a real browser: when
// something is seen first, when every device is drawn, and frames while the mouse drags
// it about. With SONAE_BENCH only: make bench prints the figures.
func TestFigureNetworkMap(t *testing.T) {
	if os.Getenv("SONAE_BENCH") == "" {
		t.Skip("figures are measured by make bench")
	}
	ctx := chromium(t)
	p, facility := wideHospital(t, 2000)
	own := tab(t, ctx)
	cookie(t, own, p.URL, "sonae_lang", "ja")
	cookie(t, own, p.URL, "sonae_theme", "light")
	signIn(t, own, p)
	page := p.URL + "/network?facility=" + facility
	var paints, draws []float64
	for range 5 {
		run(t, own, "leave", chromedp.Navigate("about:blank"))
		openMap(t, own, page)
		paints = append(paints, ask(t, own, "paint", chromedp.Evaluate[float64](`performance.getEntriesByName("first-contentful-paint").map(e => e.startTime)[0] || 1e6`)))
		draws = append(draws, ask(t, own, "drawn", chromedp.Evaluate[float64](`performance.getEntriesByName("sonae-map").map(e => e.startTime)[0] || 1e6`)))
	}
	t.Log(paints, draws)
	figure("map_2000_first_paint_ms", median(paints), "ms", 2000, median(paints) <= 2000)
	figure("map_2000_drawn_ms", median(draws), "ms", 2000, median(draws) <= 2000)
	shot(t, own, "live-wide-top")
	bringUp(t, own)
	shot(t, own, "live-wide-all")
	for name, zoom := range map[string]float64{"all": 0, "near": 0.7} {
		if zoom > 0 {
			run(t, own, "zoom", chromedp.Evaluate[chromedp.Void](fmt.Sprintf(onMap(`(cy.zoom(%v), cy.center(), 0)`), zoom)))
		}
		var rates []float64
		for range 5 {
			rates = append(rates, framesWhileDragging(t, own))
		}
		figure("map_2000_pan_"+name+"_frames_per_s", median(rates), "1/s", 30, median(rates) >= 30)
		shot(t, own, "live-wide-"+name)
	}
}

// framesWhileDragging drags the map about with the mouse for some seconds and counts the
// frames that the browser drew meanwhile, by requestAnimationFrame.
func framesWhileDragging(t *testing.T, ctx context.Context) float64 {
	t.Helper()
	run(t, ctx, "count", chromedp.Evaluate[chromedp.Void](`window.frames_ = {n: 0, on: true, from: performance.now()}; (function f() { if (!frames_.on) return; frames_.n++; frames_.to = performance.now(); requestAnimationFrame(f); })()`))
	for i := range 8 {
		d := float64(120 * (1 - 2*(i%2)))
		drag(t, ctx, 640, 350, 640+d, 350+d, 40)
	}
	return ask(t, ctx, "frames", chromedp.Evaluate[float64](`(() => { frames_.on = false; return frames_.n * 1000 / (frames_.to - frames_.from); })()`))
}

func median(list []float64) float64 {
	slices.Sort(list)
	return math.Round(list[len(list)/2]*10) / 10
}

// figure prints one line as make bench does.
func figure(name string, value float64, unit string, target float64, ok bool) {
	_, _ = fmt.Fprintln(os.Stdout, strings.TrimSpace(fmt.Sprintf(`FIGURE {"figure": %q, "engine": "sqlite", "value": %v, "unit": %q, "target": %v, "ok": %v}`, name, value, unit, target, ok)))
}
