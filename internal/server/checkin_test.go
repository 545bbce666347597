//go:build unix

package server_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sonae/internal/agent"
	"sonae/internal/server/servertest"
	"sonae/internal/wire"
)

// maxCheckin bounds an unchanged check-in: what TCP carries both ways from the first
// byte of the TLS hello to the last notice of closing, headers of TCP and IP apart.
const maxCheckin = 1000 // bytes

// relay stands between agent and server, counts, and lets each side close in its own
// time, so that the closing is counted, too.
type relay struct {
	listener    net.Listener
	to          atomic.Value // string
	bytes       atomic.Int64
	connections atomic.Int64
	open        sync.WaitGroup
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{listener: l}
	r.to.Store(to)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			r.connections.Add(1)
			r.open.Add(1)
			go r.carry(conn.(*net.TCPConn))
		}
	}()
	return r
}

func (r *relay) carry(client *net.TCPConn) {
	defer r.open.Done()
	defer func() { _ = client.Close() }()
	conn, err := net.Dial("tcp", r.to.Load().(string))
	if err != nil {
		return
	}
	server := conn.(*net.TCPConn)
	defer func() { _ = server.Close() }()
	var both sync.WaitGroup
	pass := func(to, from *net.TCPConn) {
		n, _ := io.Copy(struct{ io.Writer }{to}, struct{ io.Reader }{from})
		rest, _ := io.Copy(io.Discard, from) // the other side is gone; it was sent all the same
		r.bytes.Add(n + rest)
		_ = to.CloseWrite()
	}
	both.Go(func() { pass(server, client) })
	both.Go(func() { pass(client, server) })
	both.Wait()
}

// take waits for the connections to end and gives what they carried since the last take.
func (r *relay) take() (bytes, connections int64) {
	r.open.Wait()
	return r.bytes.Swap(0), r.connections.Swap(0)
}

// checkin is an agent of its own key, certificate and TLS; only the inventory is made up.
type checkin struct {
	*relay
	agent *agent.Agent
	now   time.Duration // ahead
}

func newCheckin(t *testing.T, p *servertest.Process, token string) *checkin {
	t.Helper()
	c := &checkin{relay: newRelay(t, strings.TrimPrefix(p.URL, "https://"))}
	report := servertest.NewReport(1, 300)
	report.Seal()
	var err error
	c.agent, err = agent.New(agent.Config{
		ServerURL: "https://" + c.listener.Addr().String(), Pin: p.Pin(t), Token: token, Version: "test", Shared: true,
		StateDir: filepath.Join(t.TempDir(), "state"), Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return time.Now().Add(c.now) },
		Collect: func(context.Context, string) (wire.Report, error) {
			r := report
			r.CollectedMS = time.Now().Add(c.now).UnixMilli()
			return r, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// report sends one and gives the sections that went with it and what all of it took.
func (c *checkin) report(t *testing.T, what string) (sections int, bytes, connections int64) {
	t.Helper()
	result, err := c.agent.Once(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	bytes, connections = c.take()
	t.Logf("%s: %d bytes over %d connections, %d sections", what, bytes, connections, len(result.Sent))
	return len(result.Sent), bytes, connections
}

// TestCheckinIsSmall holds the published figure: an unchanged machine's check-in, TLS
// handshake included, takes below 1,000 bytes. It goes on to what happens when the
// server has forgotten the session, as after a restart: one whole handshake, which holds
// against quantum computers again, nothing lost, and the next one small.
func TestCheckinIsSmall(t *testing.T) {
	data := t.TempDir()
	p := servertest.Start(t, servertest.Options{Data: data, TLS: true})
	_, token := p.Prepare(t, 1)
	c := newCheckin(t, p, token)
	if sections, _, _ := c.report(t, "enrolment"); sections == 0 {
		t.Fatal("the first report carried nothing")
	}
	small := func(what string) {
		t.Helper()
		if sections, bytes, connections := c.report(t, what); sections != 0 || bytes >= maxCheckin || connections != 1 {
			t.Errorf("%s: %d bytes over %d connections, %d sections; want below %d over one", what, bytes, connections, sections, maxCheckin)
		}
	}
	small("unchanged")
	small("unchanged again")

	p.Stop()
	key := p.Token
	p = servertest.Start(t, servertest.Options{Data: data, TLS: true})
	p.Token = key
	c.to.Store(strings.TrimPrefix(p.URL, "https://"))
	// A small hello that comes to nothing, then a whole handshake: 6.7 kB measured.
	if sections, bytes, connections := c.report(t, "the server has forgotten the session"); sections != 0 || connections != 2 || bytes >= 7*maxCheckin {
		t.Errorf("forgotten: %d bytes over %d connections, %d sections", bytes, connections, sections)
	}
	small("after that")
	c.now += 25 * time.Hour // a day's volumes and accounts are due
	c.report(t, "daily")
	c.report(t, "the clock jumped") // tells so
	small("after that day")
	var list struct {
		Total int `json:"total"`
	}
	if err := p.Call(http.MethodGet, "/api/v1/assets", nil, &list); err != nil || list.Total != 1 {
		t.Errorf("%d assets, %v", list.Total, err)
	}
}
