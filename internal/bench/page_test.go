//go:build linux

package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"sonae/internal/server"
	"sonae/internal/server/servertest"
)

// pages is a person who looks at the ledger: an auditor, who sees all of it.
func pages(t *testing.T, p *servertest.Process) *http.Client {
	t.Helper()
	login, password := fmt.Sprint("pages", time.Now().UnixNano()), "kamakura-bench-0147"
	if err := server.CreateUser(context.Background(), p.Config(), "test", server.GrantOptions{Name: login, Role: "auditor"}, strings.NewReader(password+"\n"), io.Discard); err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Transport: p.HTTP.Transport, Jar: jar}
	res, err := c.PostForm(p.URL+"/login", url.Values{"login": {login}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return c
}

// ledgerPage measures the ledger as people see it: with the tabs, the names and who
// does not report.
func ledgerPage(t *testing.T, engine string, p *servertest.Process) {
	t.Helper()
	c := pages(t, p)
	queries := []string{"", "?q=PC-01", "?kind=pc&sort=-last_seen", "?status=in_use&sort=name&limit=100", "?silence=silent"}
	var times []time.Duration
	for i := range 200 {
		start := time.Now()
		res, err := c.Get(p.URL + "/assets" + queries[i%len(queries)])
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(body), "list-q") {
			t.Fatalf("page: %s, %v", res.Status, err)
		}
		times = append(times, time.Since(start))
	}
	atMost("ledger_page_p95_ms", engine, percentile(times, 0.95), "ms", 50)
}
