//go:build unix

package browser

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focus is where the keyboard is.
type focus struct {
	Is     string   // tag, name and first words of the element; empty: nowhere, the page is left
	Region string   // skip, header, nav, main or other
	Match  bool     // it is what the walk looks for
	Faults []string // what somebody who uses the keyboard would complain about
}

// focusScript tells the focus and its faults. The element that had the focus before
// is kept on the window, to see that the mark moved with it.
const focusScript = `((wanted) => {
	const e = document.activeElement, faults = [];
	const name = x => (x.tagName.toLowerCase() + " " + (x.id ? "#" + x.id : x.name || "") + " " + (x.innerText || x.ariaLabel || x.value || "").trim().slice(0, 40)).replace(/\s+/g, " ");
	// A date field has stops inside: year, month, day, calendar.
	// The mark is an outline of the element, or of the box that stands for it.
	const marked = x => [x, x.parentElement].some(b => { const s = getComputedStyle(b); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 && !/^rgba\(.*, 0\)$/.test(s.outlineColor); });
	const before = window.sonaeFocus;
	window.sonaeFocus = e;
	if (!e || e === document.body || e === document.documentElement) return {Is: "", Region: "", Match: false, Faults: faults};
	if (before === e && e.type !== "date") faults.push("Tab does not lead on from here");
	if (!marked(e)) faults.push("the focus cannot be seen");
	if (before && before !== e && before.isConnected && !before.contains(e) && !e.contains(before) && before.parentElement !== e.parentElement && marked(before)) faults.push("the mark of the focus stayed at " + name(before));
	const b = e.getBoundingClientRect();
	if (b.width < 2 || b.height < 2) faults.push("the focus is on something without a size");
	const spots = [[.5, .5], [.1, .5], [.9, .5], [.5, .1], [.5, .9]].map(([x, y]) => document.elementFromPoint(b.left + b.width * x, b.top + b.height * y));
	if (!spots.some(s => s && (e.contains(s) || s.contains(e) && s !== document.documentElement && s !== document.body && s.tagName !== "MAIN" || s.tagName === "LABEL" && s.control === e))) faults.push("the focus is hidden or out of view");
	const region = e.classList.contains("skip") ? "skip" : e.closest("header") ? "header" : e.closest("nav.sidenav") ? "nav" : e.closest("main") ? "main" : "other";
	return {Is: name(e), Region: region, Match: wanted !== "" && e.matches(wanted), Faults: faults};
})(%q)`

// look tells where the focus is; wanted is a selector, or empty.
func look(t *testing.T, ctx context.Context, wanted string) focus {
	t.Helper()
	return ask(t, ctx, "focus", chromedp.Evaluate[focus](fmt.Sprintf(focusScript, wanted)))
}

// press sends keys as a person would.
func press(t *testing.T, ctx context.Context, keys string, opts ...chromedp.KeyOption) {
	t.Helper()
	run(t, ctx, fmt.Sprintf("press %q", keys), chromedp.KeyEvent(keys, opts...))
}

// mostTabs is more than any page has places to stop at.
const mostTabs = 500

// tabTo presses Tab until the focus is on what the selector names. Each stop must be
// visible, and the regions must follow each other as on the screen.
func tabTo(t *testing.T, ctx context.Context, wanted string) {
	t.Helper()
	stops := []string{}
	last := -1
	for range mostTabs {
		press(t, ctx, kb.Tab)
		f := look(t, ctx, wanted)
		if f.Is == "" {
			t.Fatalf("Tab left the page without reaching %s; it stopped at:\n%s", wanted, strings.Join(stops, "\n"))
		}
		stops = append(stops, f.Region+": "+f.Is)
		for _, fault := range f.Faults {
			t.Errorf("%s: %s", f.Is, fault)
		}
		order := strings.Index("skip header nav main other", f.Region)
		if order < last {
			t.Errorf("%s (%s) comes after a later part of the page", f.Is, f.Region)
		}
		last = order
		if f.Match {
			return
		}
	}
	t.Fatalf("%s is not reached with %d Tabs", wanted, mostTabs)
}

// tabThrough presses Tab from the start to the end of the page and gives the stops:
// a trap never ends.
func tabThrough(t *testing.T, ctx context.Context) []focus {
	t.Helper()
	out := []focus{}
	for range mostTabs {
		press(t, ctx, kb.Tab)
		f := look(t, ctx, "")
		if f.Is == "" || (len(out) > 0 && f.Region == "skip") {
			return out
		}
		out = append(out, f)
		if len(f.Faults) > 0 && f.Faults[0] == "Tab does not lead on from here" {
			return out
		}
	}
	return out
}

// await waits until an expression is true on the page, which may be a new one.
func await(t *testing.T, ctx context.Context, what, expression string) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		step, cancel := context.WithTimeout(ctx, 5*time.Second)
		yes, err := chromedp.Run(step, chromedp.Evaluate[bool](`document.readyState === "complete" && !!(`+expression+`)`))
		cancel()
		if err == nil && yes {
			return
		}
		if time.Now().After(deadline) {
			explain(t, ctx, what, fmt.Errorf("%s does not become true: %w", expression, err))
		}
		time.Sleep(20 * time.Millisecond) // another process works on it
	}
}
