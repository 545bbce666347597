//go:build unix

package server_test

import (
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"sonae/internal/platform/store/storetest"
	"sonae/internal/server"
	"sonae/internal/server/servertest"
)

// Two servers on one PostgreSQL: sessions, jobs and reports work through either.
func TestTwoServersOnOneDatabase(t *testing.T) {
	database := storetest.PostgresURL(t)
	a := servertest.Start(t, servertest.Options{Data: t.TempDir(), Database: database})
	b := servertest.Start(t, servertest.Options{Data: t.TempDir(), Database: database})
	facility, token := a.Prepare(t, 4)
	b.Token = a.Token

	t.Run("reports", func(t *testing.T) { reportThroughBoth(t, a, b, token) })
	t.Run("session", func(t *testing.T) { sessionThroughBoth(t, a, b) })
	t.Run("job", func(t *testing.T) { packThroughBoth(t, a, b, facility) })
}

func reportThroughBoth(t *testing.T, a, b *servertest.Process, token string) {
	m, err := a.Enroll(token, 1, 50)
	if err != nil {
		t.Fatal(err)
	}
	for seq, p := range []*servertest.Process{b, a, b} {
		m.Report.Seq = int64(seq + 1)
		body, signature, err := m.Body()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Send(m.Device, body, signature); err != nil {
			t.Fatalf("report %d: %v", seq+1, err)
		}
		other := a
		if p == a {
			other = b
		}
		var refused *servertest.Refused
		if err := other.Send(m.Device, body, signature); !errors.As(err, &refused) || refused.Status != http.StatusConflict {
			t.Errorf("the same report through the other server: %v, want 409", err)
		}
	}
	for _, p := range []*servertest.Process{a, b} {
		var page struct {
			Total int `json:"total"`
		}
		if err := p.Call(http.MethodGet, "/api/v1/assets", nil, &page); err != nil || page.Total != 1 {
			t.Errorf("%d assets, err %v; want 1", page.Total, err)
		}
	}
}

// sessionThroughBoth signs in at one server and goes on at the other with the
// same cookie, as behind a load balancer.
func sessionThroughBoth(t *testing.T, a, b *servertest.Process) {
	err := server.CreateUser(t.Context(), a.Config(), "test", server.GrantOptions{Name: "tanaka", Role: "administrator"}, strings.NewReader("correct horse battery\n"), discard{})
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	res, err := client.PostForm(a.URL+"/login", url.Values{"login": {"tanaka"}, "password": {"correct horse battery"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	here, err := url.Parse(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	there, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	jar.SetCookies(there, jar.Cookies(here))
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err = client.Get(b.URL + "/assets")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("the session of one server at the other: status %d, want 200", res.StatusCode)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func packThroughBoth(t *testing.T, a, b *servertest.Process, facility string) {
	var job struct {
		ID string `json:"job_id"`
	}
	in := map[string]any{"edition": "r7", "facility_id": facility, "date": time.Now().Format(time.DateOnly)}
	if err := a.Call(http.MethodPost, "/api/v1/packs", in, &job); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		var list struct {
			Total int `json:"total"`
		}
		if err := b.Call(http.MethodGet, "/api/v1/packs?facility="+facility, nil, &list); err != nil {
			t.Fatal(err)
		}
		if list.Total == 1 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the pack ordered at one server is not there at the other after a minute")
		}
		time.Sleep(100 * time.Millisecond) // a real process works on it: nothing to wait on but its answer
	}
}
