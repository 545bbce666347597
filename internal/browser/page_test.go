//go:build unix

package browser

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sonae/internal/server"
	"sonae/internal/server/servertest"
)

const (
	login    = "tanaka"
	password = "correct horse battery"
)

// Every page that the sample hospital's administrator can reach, in both languages
// and themes: no violation for axe-core, nothing clipped at 1366×768.
func TestEveryPage(t *testing.T) {
	ctx := chromium(t)
	p := sampleHospital(t)
	for _, gate := range []string{"/login", "/setup"} {
		everyLook(t, ctx, p, gate)
	}
	signIn(t, ctx, p)
	pages := crawl(t, ctx, p)
	if len(pages) < 20 {
		t.Errorf("only %d pages found: %v", len(pages), pages)
	}
	for _, page := range pages {
		everyLook(t, ctx, p, page)
	}
}

// sampleHospital starts a server and waits until the sample is loaded.
func sampleHospital(t *testing.T) *servertest.Process {
	t.Helper()
	p := servertest.Start(t, servertest.Options{Data: t.TempDir(), Demo: true})
	if err := server.CreateUser(t.Context(), p.Config(), "test", server.GrantOptions{Name: login, Role: "administrator"}, strings.NewReader(password+"\n"), discard{}); err != nil {
		t.Fatal(err)
	}
	var token strings.Builder
	if err := server.CreateToken(t.Context(), p.Config(), "test", server.GrantOptions{Name: "test", Role: "administrator", Expires: time.Hour}, &token); err != nil {
		t.Fatal(err)
	}
	p.Token = strings.TrimSpace(token.String())
	deadline := time.Now().Add(3 * time.Minute)
	for {
		var contracts struct {
			Total int `json:"total"`
		}
		// Contracts come last.
		if err := p.Call(http.MethodGet, "/api/v1/contracts?limit=1", nil, &contracts); err == nil && contracts.Total >= 15 {
			return p
		}
		if time.Now().After(deadline) {
			t.Fatalf("the sample hospital is not loaded after 3 minutes: %d contracts", contracts.Total)
		}
		time.Sleep(300 * time.Millisecond) // another process works on it
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func signIn(t *testing.T, ctx context.Context, p *servertest.Process) {
	t.Helper()
	run(t, ctx, "sign in", chromedp.Navigate(p.URL+"/login"), chromedp.SendKeys(chromedp.CSS(`[name=login]`), login), chromedp.SendKeys(chromedp.CSS(`[name=password]`), password),
		chromedp.Submit(chromedp.CSS(`[name=password]`)), chromedp.WaitVisible(chromedp.CSS(`.sidenav`)))
}

var (
	identifier = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	// download are addresses that answer with a file.
	download = regexp.MustCompile(`export|/file$|/attachments/|\.csv|\.xlsx|openapi|/static/`)
)

// shape tells pages of one kind from others: identifiers and query values do not count.
func shape(address string) string {
	path, query, _ := strings.Cut(address, "?")
	names := []string{}
	if values, err := url.ParseQuery(query); err == nil {
		for name := range values {
			if name == "as_of" || name == "kind" || name == "part" || name == "edition" {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return identifier.ReplaceAllString(path, "{id}") + "?" + strings.Join(names, "&")
}

// crawl follows links and gives one address for each kind of page.
func crawl(t *testing.T, ctx context.Context, p *servertest.Process) []string {
	t.Helper()
	seen := map[string]bool{}
	queue, pages := []string{"/", "/assets/conflicts", "/profile"}, []string{}
	for len(queue) > 0 && len(pages) < 80 {
		address := queue[0]
		queue = queue[1:]
		if seen[shape(address)] || download.MatchString(address) {
			continue
		}
		seen[shape(address)] = true
		res, err := chromedp.RunResponse(ctx, chromedp.Navigate(p.URL+address))
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		if res.Status >= http.StatusBadRequest {
			t.Errorf("a link leads to %s, status %d", address, res.Status)
			continue
		}
		pages = append(pages, address)
		queue = append(queue, ask(t, ctx, "links of "+address, chromedp.Evaluate[[]string](
			`[...document.querySelectorAll('a[href]')].map(a => new URL(a.href)).filter(u => u.origin === location.origin).map(u => u.pathname + u.search)`))...)
	}
	return pages
}

// looks are every language in every theme.
var looks = [][2]string{{"ja", "light"}, {"ja", "dark"}, {"en", "light"}, {"en", "dark"}}

// everyLook checks one page in each language and theme.
func everyLook(t *testing.T, ctx context.Context, p *servertest.Process, page string) {
	t.Helper()
	for _, look := range looks {
		lang, theme := look[0], look[1]
		name := page + " " + lang + " " + theme
		cookie(t, ctx, p.URL, "sonae_lang", lang)
		cookie(t, ctx, p.URL, "sonae_theme", theme)
		run(t, ctx, name, chromedp.Navigate(p.URL+page))
		axe(t, ctx, name)
		clipped(t, ctx, name)
		shot(t, ctx, lang+"-"+theme+"-"+shape(page))
	}
}
