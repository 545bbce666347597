//go:build unix

package browser

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sonae/internal/server/servertest"
)

var (
	identifier = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	// download are addresses that answer with a file.
	download = regexp.MustCompile(`export|/file$|/attachments/|\.csv|\.xlsx|openapi|/static/`)
	anchor   = regexp.MustCompile(`<a [^>]*\bhref="([^"]*)"`)
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

// reader is a signed-in client that shows pages in the dark theme.
func reader(t *testing.T, p *servertest.Process) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	base, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	jar.SetCookies(base, []*http.Cookie{{Name: "sonae_theme", Value: "dark"}, {Name: "sonae_lang", Value: "ja"}})
	res, err := client.PostForm(p.URL+"/login", url.Values{"login": {login}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("sign in: %s", res.Status)
	}
	return client
}

// crawl follows links and gives one address for each kind of page. It reads without
// the browser, which opens every page it finds later; and it asks for the dark theme,
// so that each page is known to be served in it.
func crawl(t *testing.T, p *servertest.Process) []string {
	t.Helper()
	client := reader(t, p)
	seen := map[string]bool{}
	queue, pages := []string{"/", "/conflicts", "/profile"}, []string{}
	for len(queue) > 0 && len(pages) < 120 {
		address := queue[0]
		queue = queue[1:]
		if seen[shape(address)] || download.MatchString(address) {
			continue
		}
		seen[shape(address)] = true
		body, status := get(t, client, p.URL+address)
		if status >= http.StatusBadRequest {
			t.Errorf("a link leads to %s, status %d", address, status)
			continue
		}
		if !strings.Contains(body, `data-theme="dark"`) {
			t.Errorf("%s: not served in the dark theme that was asked for", address)
		}
		pages = append(pages, address)
		queue = append(queue, links(t, p.URL+address, body)...)
	}
	return pages
}

func get(t *testing.T, client *http.Client, address string) (body string, status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), res.StatusCode
}

// links are the addresses on this server that a page links to.
func links(t *testing.T, from, body string) []string {
	t.Helper()
	base, err := url.Parse(from)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, m := range anchor.FindAllStringSubmatch(body, -1) {
		u, err := base.Parse(html.UnescapeString(m[1]))
		if err != nil {
			t.Errorf("%s: link %q: %v", from, m[1], err)
			continue
		}
		if u.Host == base.Host {
			u.Fragment = ""
			out = append(out, u.RequestURI())
		}
	}
	return out
}
