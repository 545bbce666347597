//go:build unix

package browser

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"sonae/internal/server/servertest"
)

// setupAddress asks the running server's database for a fresh set-up code, as the
// server prints it at its start.
func setupAddress(t *testing.T, p *servertest.Process) string {
	t.Helper()
	code, err := p.Rooms(t).Identity.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p.URL + "/setup?code=" + url.QueryEscape(code)
}

// The first run as a new user does it, with scripts switched off: set up, see this
// machine with its facts, confirm a row of the checklist, download the pack.
func TestFirstRunWithoutScripts(t *testing.T) {
	ctx := chromium(t)
	p := servertest.Start(t, servertest.Options{Data: t.TempDir(), Up: true, Binary: serverBinary(t)})
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	cookie(t, ctx, p.URL, "sonae_lang", "ja")
	run(t, ctx, "set up", chromedp.Navigate(setupAddress(t, p)),
		chromedp.SendKeys(chromedp.CSS(`[name=facility]`), "試験病院"), chromedp.SetValue(chromedp.CSS(`[name=beds]`), "120"),
		chromedp.SendKeys(chromedp.CSS(`[name=name]`), "試験 花子"), chromedp.SendKeys(chromedp.CSS(`[name=login]`), "hanako"),
		chromedp.SendKeys(chromedp.CSS(`[name=password]`), "correct horse battery"), chromedp.SendKeys(chromedp.CSS(`[name=again]`), "correct horse battery"),
		chromedp.Click(chromedp.CSS(`form[action="/setup"] button[type=submit]`)), chromedp.WaitVisible(chromedp.CSS(`.sidenav`)))
	machine := awaitMachine(t, ctx, p)
	t.Run("packages", func(t *testing.T) { packagesShown(t, ctx, p, machine) })
	t.Run("answer", func(t *testing.T) { answerRow(t, ctx, p) })
	t.Run("pack", func(t *testing.T) { downloadPack(t, ctx, p) })
}

// awaitMachine opens the ledger until this machine is in it and gives its address.
func awaitMachine(t *testing.T, ctx context.Context, p *servertest.Process) string {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		run(t, ctx, "ledger", chromedp.Navigate(p.URL+"/assets"))
		rows := attributes(ctx, `main tbody a.t1`)
		if len(rows) > 0 {
			return rows[0]["href"]
		}
		if time.Now().After(deadline) {
			t.Fatal("this machine is not in the ledger a minute after set-up")
		}
		time.Sleep(500 * time.Millisecond) // another process works on it
	}
}

// attributes are those of every element that matches; none is an empty list.
func attributes(ctx context.Context, selector string) []map[string]string {
	list, err := chromedp.Run(ctx, chromedp.AttributesAll(chromedp.CSSAll(selector), chromedp.AtLeast(0)))
	if err != nil {
		return nil // no such element: the caller looks again until its own deadline
	}
	return list
}

func packagesShown(t *testing.T, ctx context.Context, p *servertest.Process, machine string) {
	out, err := exec.Command("dpkg-query", "-W", "-f", "${binary:Package}\n").Output()
	if err != nil {
		t.Skip("no dpkg here: packages cannot be compared")
	}
	name, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	name, _, _ = strings.Cut(name, ":")
	run(t, ctx, "software of this machine", chromedp.Navigate(p.URL+machine+"/software?q="+url.QueryEscape(name)))
	body := ask(t, ctx, "software", chromedp.Text(chromedp.CSS("main")))
	if !strings.Contains(body, name) {
		t.Errorf("package %s is not shown:\n%.600s", name, body)
	}
}

func answerRow(t *testing.T, ctx context.Context, p *servertest.Process) {
	sheet := p.URL + "/checklists/r7/medical?row=r7.medical.4.1"
	// The day must lie in a fiscal year of the edition; the form proposes today.
	run(t, ctx, "answer a row", chromedp.Navigate(sheet),
		chromedp.Click(chromedp.CSS(`#evi input[name=value][value=yes]`)), chromedp.Click(chromedp.CSS(`#evi .evi-form button[type=submit]`)),
		chromedp.WaitVisible(chromedp.CSS(`.notice`)))
	body := ask(t, ctx, "answered row", chromedp.Text(chromedp.CSS("main")))
	if !strings.Contains(body, "回答を記録しました") {
		t.Errorf("the answer was not recorded:\n%.1500s", body)
	}
}

func downloadPack(t *testing.T, ctx context.Context, p *servertest.Process) {
	run(t, ctx, "order a pack", chromedp.Navigate(p.URL+"/packs?edition=r7"), chromedp.Click(chromedp.CSS(`form[action="/packs"] button[type=submit]`)), chromedp.WaitVisible(chromedp.CSS(`#pk-state`)))
	deadline := time.Now().Add(time.Minute)
	for {
		run(t, ctx, "packs", chromedp.Navigate(p.URL+"/packs"))
		links := attributes(ctx, `#pk-state a[download]`)
		if len(links) > 0 {
			checkZip(t, fetch(t, ctx, p.URL+links[0]["href"]))
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("no pack a minute after it was ordered")
		}
		time.Sleep(500 * time.Millisecond) // another process works on it
	}
}

// fetch downloads with the browser's own session.
func fetch(t *testing.T, ctx context.Context, address string) []byte {
	t.Helper()
	jar, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range jar.Cookies {
		req.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s %v", address, res.Status, err)
	}
	return body
}

func checkZip(t *testing.T, body []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatalf("the pack is no ZIP: %v", err)
	}
	kinds := map[string]bool{}
	for _, f := range z.File {
		kinds[f.Name[strings.LastIndexByte(f.Name, '.')+1:]] = true
	}
	for _, want := range []string{"pdf", "xlsx", "csv", "json"} {
		if !kinds[want] {
			t.Errorf("the pack has no .%s file", want)
		}
	}
}
