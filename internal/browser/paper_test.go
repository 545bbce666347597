//go:build unix

package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"golang.org/x/text/unicode/norm"

	"sonae/internal/server/servertest"
)

// A4 in points, and the margins of the print style sheet (14 mm above, 12 mm at the
// sides), with some tolerance for the space that fonts have around letters.
const (
	a4Width, a4Height     = 595.3, 841.9
	marginSide, marginTop = 32.6, 32.0
)

// Pages that hospitals print, on A4 and from the dark theme: the shell is gone, the
// head names facility and day, every cell of the tables is on the paper and inside
// its margins, the head of a table stands on each page, links are dark.
func TestPaper(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("pdftotext is not installed: apt-get install poppler-utils")
		}
		t.Skip("pdftotext is not installed (apt-get install poppler-utils)")
	}
	ctx := chromium(t)
	p := sampleHospital(t)
	cookie(t, ctx, p.URL, "sonae_lang", "ja")
	cookie(t, ctx, p.URL, "sonae_theme", "dark")
	signIn(t, ctx, p)
	for _, c := range []struct{ name, path string }{
		{"ledger", "/assets"},
		{"asset", serverAsset(t, p)},
		{"checklist", "/checklists/r7/medical"},
		{"audit", "/audit"},
	} {
		t.Run(c.name, func(t *testing.T) { paper(t, ctx, p.URL+c.path, c.name) })
	}
}

// serverAsset is the page of a machine that reports a lot.
func serverAsset(t *testing.T, p *servertest.Process) string {
	t.Helper()
	var found struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if err := p.Call("GET", "/api/v1/assets?q=EMR-AP&limit=1", nil, &found); err != nil || len(found.Items) == 0 {
		t.Fatalf("no server in the sample: %v", err)
	}
	return "/assets/" + found.Items[0].ID
}

// printed is what the page should bring onto paper.
type printed struct {
	Shell  []string   // parts of the shell that would be printed
	Head   string     // facility, title and day
	Tables [][]string // the words of each table: first the head, then the cells
	Places []string   // the facilities as the shell names them
	Links  []string   // links that would be lighter than the dark grey #4d4d4d
}

const printedScript = `(() => {
	const seen = e => e.checkVisibility({visibilityProperty: true});
	const words = e => { // what can be seen: no words for screen readers only, nothing in closed details
		const walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
		let out = "";
		while (walk.nextNode()) if (seen(walk.currentNode.parentElement) && !walk.currentNode.parentElement.closest(".vh")) out += walk.currentNode.data;
		return out.replace(/\s+/g, "");
	};
	return {
		Shell: [...document.querySelectorAll(".topbar, .sidenav, .skip, .tabs, .page-head .acts, .hero .acts, .chips a, .pager, .bulkbar, .evi-form, .filterbar, .list-search, main button, main input, main select")].filter(seen).map(e => e.outerHTML.slice(0, 120)),
		Head: document.querySelector(".print-head") && seen(document.querySelector(".print-head")) ? document.querySelector(".print-head").innerText : "",
		Tables: [...document.querySelectorAll("main table")].filter(seen).map(t => [[...t.querySelectorAll("thead th")].filter(seen).map(words).join("|"), ...[...t.querySelectorAll("tbody th, tbody td")].filter(seen).map(words).filter(w => w)]),
		Places: [...document.querySelectorAll(".topbar .fac-n, .topbar form[action='/facility'] button")].map(b => b.textContent.trim()),
		Links: [...document.querySelectorAll("main a")].filter(seen).filter(a => !/^rgb\((\d|[1-6]\d|7[0-7]), (\d|[1-6]\d|7[0-7]), (\d|[1-6]\d|7[0-7])\)$/.test(getComputedStyle(a).color)).map(a => a.outerHTML.slice(0, 120)),
	};
})()`

func paper(t *testing.T, ctx context.Context, address, name string) {
	run(t, ctx, name, chromedp.Navigate(address))
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	want := ask(t, ctx, name, chromedp.Evaluate[printed](printedScript))
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: ""}); err != nil {
		t.Fatal(err)
	}
	for _, s := range want.Shell {
		t.Errorf("is printed: %s", s)
	}
	for _, l := range want.Links {
		t.Errorf("this link is pale: %s", l)
	}
	tells := func(part string) bool { return part != "" && strings.Contains(want.Head, part) }
	if !slices.ContainsFunc(want.Places, tells) {
		t.Errorf("the head %q does not tell the facility, one of %q", want.Head, want.Places)
	}
	if !tells(strconv.Itoa(time.Now().Year())) {
		t.Errorf("the head %q does not tell the day", want.Head)
	}
	sheets := printPDF(t, ctx, name)
	checkTables(t, want, sheets)
}

// sheet is one page of paper: its text without spaces, and where the words lie.
type sheet struct {
	text  string
	boxes [][4]float64 // left, top, right, bottom in points
	wide  float64
	high  float64
}

// printPDF prints as the print button does and reads the PDF back.
func printPDF(t *testing.T, ctx context.Context, name string) []sheet {
	t.Helper()
	pdf := ask(t, ctx, "print "+name, chromedp.PrintToPDF(func(o *page.PrintToPDFParams) {
		css := true
		o.PreferCSSPageSize, o.PrintBackground = &css, &css
	}))
	dir := os.Getenv("SONAE_SCREENSHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "paper-"+name+".pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	sheets := readBoxes(t, pdftotext(t, "-bbox", path))
	// In the order of drawing the lines of one cell follow each other.
	for i, text := range strings.Split(pdftotext(t, "-raw", path), "\f") {
		if i < len(sheets) {
			sheets[i].text = plain(text)
		}
	}
	if len(sheets) == 0 || len(sheets) > 30 {
		t.Fatalf("%d pages", len(sheets))
	}
	return sheets
}

func pdftotext(t *testing.T, how, path string) string {
	t.Helper()
	out, err := exec.Command("pdftotext", how, path, "-").Output() //nolint:gosec // our own file
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// plain is a text without spaces, and with one code point for each character: fonts
// name some characters by a twin (CJK radicals).
func plain(text string) string {
	return strings.Join(strings.Fields(norm.NFKC.String(text)), "")
}

var (
	pageBox = regexp.MustCompile(`<page width="([\d.]+)" height="([\d.]+)">`)
	wordBox = regexp.MustCompile(`<word xMin="(-?[\d.]+)" yMin="(-?[\d.]+)" xMax="(-?[\d.]+)" yMax="(-?[\d.]+)">`)
)

func readBoxes(t *testing.T, bbox string) []sheet {
	t.Helper()
	sheets := []sheet{}
	number := func(s string) float64 {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for line := range strings.Lines(bbox) {
		if m := pageBox.FindStringSubmatch(line); m != nil {
			sheets = append(sheets, sheet{wide: number(m[1]), high: number(m[2])})
		}
		m := wordBox.FindStringSubmatch(line)
		if m == nil || len(sheets) == 0 {
			continue
		}
		s := &sheets[len(sheets)-1]
		s.boxes = append(s.boxes, [4]float64{number(m[1]), number(m[2]), number(m[3]), number(m[4])})
	}
	return sheets
}

func checkTables(t *testing.T, want printed, sheets []sheet) {
	t.Helper()
	all := ""
	for i, s := range sheets {
		all += s.text
		if s.wide < a4Width-1 || s.wide > a4Width+1 || s.high < a4Height-1 || s.high > a4Height+1 {
			t.Errorf("page %d is %.0f × %.0f points, want A4", i+1, s.wide, s.high)
		}
		for _, b := range s.boxes {
			if b[0] < marginSide || b[2] > s.wide-marginSide || b[1] < marginTop {
				t.Errorf("page %d: words at %.0f–%.0f × %.0f lie outside the margins", i+1, b[0], b[2], b[1])
				break
			}
		}
	}
	for _, table := range want.Tables {
		missing := 0
		for _, cell := range table[1:] {
			if !strings.Contains(all, plain(cell)) {
				if missing++; missing < 4 {
					t.Errorf("cell %q is not on the paper", cell)
				}
			}
		}
		if len(table) > 200 && len(sheets) > 1 { // a long table: its head stands on each page
			head, _, _ := strings.Cut(table[0], "|")
			for i, s := range sheets {
				if !strings.Contains(s.text, plain(head)) {
					t.Errorf("page %d has no head of the table (%q)", i+1, head)
				}
			}
		}
	}
}
