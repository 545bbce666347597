//go:build unix

package browser

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// onMap is an expression about cytoscape's instance on the page, cy, and its device with
// a name, device(name).
func onMap(expression string) string {
	return `(() => { const cy = document.querySelector("[data-map-live]")._cyreg.cy; const device = name => cy.nodes().filter(n => (n.data("label") || "").startsWith(name + "\n"))[0]; return ` + expression + `; })()`
}

// openMap opens the map and waits until the script drew it.
func openMap(t *testing.T, ctx context.Context, address string) {
	t.Helper()
	run(t, ctx, "map", chromedp.Navigate(address))
	drawn(t, ctx)
}

func drawn(t *testing.T, ctx context.Context) {
	t.Helper()
	until(t, ctx, "the script draws the map", `(document.querySelector("[data-map-live]") || {dataset: {}}).dataset.ready === "true"`)
}

// bringUp scrolls to the map and waits until the page knows that it scrolled: the scroll
// event comes with a later frame, and before it the map takes the mouse to be elsewhere.
func bringUp(t *testing.T, ctx context.Context) {
	t.Helper()
	if _, err := chromedp.Call(ctx, page.BringToFront, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	ask(t, ctx, "scroll", chromedp.Evaluate[bool](`new Promise(done => { document.querySelector(".map-box").scrollIntoView(); requestAnimationFrame(() => requestAnimationFrame(() => done(true))); })`, chromedp.EvalAwaitPromise))
}

// until waits until an expression is true.
func until(t *testing.T, ctx context.Context, what, expression string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) { // the browser works on it
		if ask(t, ctx, what, chromedp.Evaluate[bool](`!!(`+expression+`)`)) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}

// drag moves the mouse with its button held from one place of the window to another.
func drag(t *testing.T, ctx context.Context, x, y, toX, toY float64, steps int) {
	t.Helper()
	mouse := func(kind input.DispatchMouseEventType, x, y float64) {
		if _, err := chromedp.Call(ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Button: input.MouseButtonLeft, Buttons: 1, ClickCount: 1}); err != nil {
			t.Fatal(err)
		}
	}
	mouse(input.DispatchMouseEventTypeMousePressed, x, y)
	for i := 1; i <= steps; i++ {
		part := float64(i) / float64(steps)
		mouse(input.DispatchMouseEventTypeMouseMoved, x+(toX-x)*part, y+(toY-y)*part)
	}
	mouse(input.DispatchMouseEventTypeMouseReleased, toX, toY)
}

// moveFrame moves a segment by its frame: what is in it goes along, the place is kept, and
// a frame reaches around a device that is moved out of it.
func moveFrame(t *testing.T, ctx context.Context, address string) {
	t.Helper()
	const printer = "PRINTER-0014"
	corners := func(of string) place { // upper left corner, on the map itself
		return ask(t, ctx, of, chromedp.Evaluate[place](onMap(`(() => { const n = `+of+`, p = n.position(); return {X: Math.round(p.x - n.data("w") / 2), Y: Math.round(p.y - n.data("h") / 2)}; })()`)))
	}
	own, frame := fmt.Sprintf(`device(%q)`, printer), fmt.Sprintf(`cy.nodes(".area").filter(n => { const p = device(%q).position(), q = n.position(); return Math.abs(p.x - q.x) < n.data("w") / 2 && Math.abs(p.y - q.y) < n.data("h") / 2; })[0]`, printer)
	saved := func(times int) {
		until(t, ctx, "the place is saved", fmt.Sprintf(`Number(document.querySelector("[data-map-live]").dataset.moved) === %d`, times))
	}
	bringUp(t, ctx)
	run(t, ctx, "move", chromedp.Click(chromedp.CSS(`[data-map-tool=move]`)))
	framed, device := corners(frame), corners(own)
	head := ask(t, ctx, "head of the frame", chromedp.Evaluate[place](onMap(`(() => { const n = `+frame+`, p = n.renderedPosition(), r = cy.container().getBoundingClientRect(); return {X: p.x - n.renderedWidth() / 2 + r.left + 5, Y: p.y - n.renderedHeight() / 2 + r.top + 5}; })()`)))
	drag(t, ctx, head.X, head.Y, head.X+30, head.Y+20, 4)
	saved(1)
	moved, along := corners(frame), corners(own)
	if by := (place{moved.X - framed.X, moved.Y - framed.Y}); by.X < 20 || by.Y < 10 || math.Abs(along.X-device.X-by.X) > 1 || math.Abs(along.Y-device.Y-by.Y) > 1 {
		t.Errorf("the frame went from %v to %v, the device in it from %v to %v", framed, moved, device, along)
	}
	openMap(t, ctx, address)
	if again := corners(own); math.Abs(again.X-along.X) > 1 || math.Abs(again.Y-along.Y) > 1 {
		t.Errorf("after loading again the device is at %v, its frame was moved and it stood at %v", again, along)
	}
	bringUp(t, ctx)
	run(t, ctx, "move", chromedp.Click(chromedp.CSS(`[data-map-tool=move]`)))
	from := placeOf(t, ctx, printer)
	drag(t, ctx, from.X, from.Y, from.X+8, from.Y+300, 4)
	saved(1)
	out, around := corners(own), ask(t, ctx, "lower edge", chromedp.Evaluate[float64](onMap(`(n => n.position("y") + n.data("h") / 2)(`+frame+`)`)))
	if out.Y-along.Y < 200 || around < out.Y {
		t.Errorf("the device stands at %v after it was moved out, its frame ends at %v", out, around)
	}
	shot(t, ctx, "live-frame")
}

// place is where something of the map is in the window.
type place struct{ X, Y float64 }

func placeOf(t *testing.T, ctx context.Context, device string) place {
	t.Helper()
	return ask(t, ctx, device, chromedp.Evaluate[place](onMap(fmt.Sprintf(`(() => { const p = device(%q).renderedPosition(), r = cy.container().getBoundingClientRect(); return {X: p.x + r.left, Y: p.y + r.top}; })()`, device))))
}

// The map that people move about in: pan, search, filter, path, card of a device, keys,
// and a box that stays where it was put.
func TestNetworkMapLive(t *testing.T) {
	ctx := chromium(t)
	p, facility := wideHospital(t, 120)
	own := tab(t, ctx)
	withAxe(t, own)
	cookie(t, own, p.URL, "sonae_lang", "ja")
	cookie(t, own, p.URL, "sonae_theme", "light")
	signIn(t, own, p)
	page := p.URL + "/network?facility=" + facility
	openMap(t, own, page)
	if n := ask(t, own, "devices", chromedp.Evaluate[int](onMap(`cy.nodes("[box]").not(".area").length`))); n != 120+3 {
		t.Errorf("%d boxes, want 120 devices and 3 ways in", n)
	}
	bringUp(t, own)

	// Dragging pans, also when it begins on a device.
	from := placeOf(t, own, "CORE-01")
	drag(t, own, from.X, from.Y, from.X+90, from.Y+40, 5)
	if to := placeOf(t, own, "CORE-01"); to.X-from.X < 60 || to.Y-from.Y < 20 {
		t.Errorf("dragging took CORE-01 from %v to %v", from, to)
	}
	panned := placeOf(t, own, "CORE-01")

	// A moved box is saved, and the view as well.
	run(t, own, "move", chromedp.Click(chromedp.CSS(`[data-map-tool=move]`)))
	drag(t, own, panned.X, panned.Y, panned.X+70, panned.Y-25, 5)
	until(t, own, "the place is saved", `document.querySelector("[data-map-live]").dataset.moved`)
	const stands = `(() => { const p = device("CORE-01").position(); return {X: Math.round(p.x), Y: Math.round(p.y)}; })()`
	moved := ask(t, own, "place", chromedp.Evaluate[place](onMap(stands)))
	if in := placeOf(t, own, "CORE-01"); in.X-panned.X < 40 {
		t.Errorf("moving took CORE-01 from %v to %v", panned, in)
	}
	openMap(t, own, page)
	if again := ask(t, own, "place", chromedp.Evaluate[place](onMap(stands))); math.Abs(again.X-moved.X) > 1 || math.Abs(again.Y-moved.Y) > 1 {
		t.Errorf("after loading again CORE-01 is at %v, was put at %v", again, moved)
	}

	moveFrame(t, own, page)

	// Searching dims the others, narrows the table and shows the first hit.
	run(t, own, "search", chromedp.SendKeys(chromedp.CSS(`#map-q`), "FW-VPN-02\r"))
	until(t, own, "the hit is chosen", `!document.getElementById("map-detail").hidden && document.querySelector("[data-f=name]").textContent === "FW-VPN-02"`)
	if n := ask(t, own, "dimmed", chromedp.Evaluate[int](onMap(`cy.nodes(".dim").length`))); n != 122 {
		t.Errorf("%d boxes are dimmed, want all but one", n)
	}
	if n := ask(t, own, "rows", chromedp.Evaluate[int](`document.querySelectorAll("#devices tbody tr").length`)); n != 1 {
		t.Errorf("the table shows %d rows, want 1", n)
	}
	axe(t, own, "map with a device chosen", allRules)
	shot(t, own, "live-chosen")
	run(t, own, "filter", chromedp.Evaluate[chromedp.Void](`document.getElementById("map-q").value = ""; const k = document.getElementById("map-kind"); k.value = "printer"; k.dispatchEvent(new Event("change", {bubbles: true}))`))
	until(t, own, "the filter is applied", onMap(`!device("PRINTER-0014").hasClass("dim") && device("CORE-01").hasClass("dim")`))

	// From here to there, along the switches.
	run(t, own, "path", chromedp.Evaluate[chromedp.Void](`document.getElementById("map-from").value = "FW-VPN-01"; document.getElementById("map-to").value = "PRINTER-0014"; document.querySelector("[data-map-ask=path]").requestSubmit()`))
	until(t, own, "the way is drawn", onMap(`cy.edges(".step").length === 4 && !device("CORE-01").hasClass("dim")`))
	shot(t, own, "live-path")

	// With keys alone: the next device, zoom, all.
	openMap(t, own, page)
	before := ask(t, own, "zoom", chromedp.Evaluate[float64](onMap(`cy.zoom()`)))
	run(t, own, "keys", chromedp.Evaluate[chromedp.Void](`document.querySelector("[data-map-live]").focus()`), chromedp.KeyEvent("+"), chromedp.KeyEvent("n"))
	until(t, own, "a device is chosen", `!document.getElementById("map-detail").hidden`)
	if after := ask(t, own, "zoom", chromedp.Evaluate[float64](onMap(`cy.zoom()`))); after <= before {
		t.Errorf("+ zoomed from %v to %v", before, after)
	}
	// Names of devices are text.
	if bad := ask(t, own, "markup", chromedp.Evaluate[int](`document.querySelectorAll("#map-detail b, .map b").length`)); bad != 0 {
		t.Error("a name became markup")
	}
	for _, lang := range []string{"ja", "en"} {
		cookie(t, own, p.URL, "sonae_lang", lang)
		openMap(t, own, page)
		run(t, own, "all", chromedp.Evaluate[chromedp.Void](`document.querySelector("[data-map-tool=fit]").click(); document.querySelector(".map-box").scrollIntoView()`))
		for _, theme := range []string{"light", "dark"} {
			run(t, own, theme, chromedp.Evaluate[chromedp.Void](`document.documentElement.dataset.theme = "`+theme+`"`))
			clipped(t, own, "map "+lang+" "+theme)
			shot(t, own, "live-small-"+lang+"-"+theme)
		}
	}
}
