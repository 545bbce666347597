package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"sonae/internal/agent"
)

// serverFlags say where the server is and why it may be trusted.
type serverFlags struct {
	Server   string        `help:"Address of the server, https://…; after the first time it is remembered." env:"SONAE_AGENT_SERVER" placeholder:"URL"`
	Token    string        `help:"Enrolment token, needed once; make one on the server with: sonae token enroll --facility NAME." env:"SONAE_AGENT_TOKEN"`
	State    string        `help:"Folder of key and state (${default})." env:"SONAE_AGENT_STATE" default:"${state}" placeholder:"DIR"`
	CA       string        `name:"ca" help:"PEM file of the authority that signed the server's certificate." env:"SONAE_AGENT_CA" placeholder:"FILE"`
	Pin      string        `help:"SHA-256 of the server's public key, for a server with a certificate of its own making." env:"SONAE_AGENT_PIN"`
	Interval time.Duration `help:"Time between reports; 1h when none was ever given." env:"SONAE_AGENT_INTERVAL" placeholder:"1h"`
}

// fill takes what was not given from what "install" or "configure" kept, and the
// server's address also from an enrolment.
func (f *serverFlags) fill() error {
	kept, err := agent.ReadSettings(f.State)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		if errors.Is(err, fs.ErrPermission) {
			return forbidden(f.State)
		}
		return err
	}
	if f.Interval == 0 {
		f.Interval = cmp.Or(kept.Interval(), agent.DefaultInterval)
	}
	// The kept pin and authority are those of the kept server, not of another one.
	if f.Server == "" || f.Server == kept.Server {
		f.Server, f.Pin, f.CA = kept.Server, cmp.Or(f.Pin, kept.Pin), cmp.Or(f.CA, kept.CAFile)
	}
	if f.Server == "" {
		status, err := agent.ReadStatus(f.State)
		if errors.Is(err, fs.ErrPermission) {
			return forbidden(f.State)
		}
		f.Server = status.Server
	}
	if least := leastInterval(f.Server); f.Interval < least {
		return fmt.Errorf("the interval %s is too short; the least is %s", f.Interval, least)
	}
	return nil
}

// leastInterval keeps a mistyped interval from becoming a load test.
func leastInterval(server string) time.Duration {
	if measured(server) {
		return time.Second
	}
	return time.Minute
}

// measured tells that the server is on this machine: somebody tries or measures it, and
// does not want to wait for a minute, or until the machine has time.
func measured(server string) bool {
	u, err := url.Parse(server)
	return err == nil && net.ParseIP(u.Hostname()).IsLoopback()
}

// errNoServer says that nobody has said yet where to report to.
var errNoServer = errors.New("no server is known yet; give its address with --server and an enrolment token with --token")

// open makes the agent of these flags.
func (f serverFlags) open(log *slog.Logger) (*agent.Agent, error) {
	if err := f.fill(); err != nil {
		return nil, err
	}
	if f.Server == "" {
		return nil, errNoServer
	}
	var busy func() bool // nil = as the system says
	if measured(f.Server) {
		busy = func() bool { return false }
	}
	a, err := agent.New(agent.Config{
		Busy: busy, ServerURL: f.Server, Token: f.Token, StateDir: f.State, Version: version, CAFile: f.CA, Pin: f.Pin,
		Interval: f.Interval, Spread: startSpread, Log: log,
	})
	if errors.Is(err, fs.ErrPermission) {
		return nil, forbidden(f.State)
	}
	return a, err
}

// startSpread is over how long the machines of a hospital spread their first
// report after power comes back.
const startSpread = 5 * time.Minute

func forbidden(dir string) error {
	return fmt.Errorf("no right to use %s; run as administrator (root), or choose another folder with --state", dir)
}

type runCmd struct {
	serverFlags
	Service bool `help:"Run under the Windows service manager." hidden:""`
}

// Run reports until it is told to stop; under a service manager it is stopped
// through that.
func (r *runCmd) Run(ctx context.Context) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	log.Info("agent started", "version", version)
	if r.Service {
		return runService(func(ctx context.Context) error { return r.stay(ctx, log) })
	}
	a, err := r.open(log)
	if err != nil {
		return err
	}
	return a.Run(ctx)
}

// stayPause is how long the service waits for somebody to set it up.
const stayPause = 30 * time.Second

// stay is the loop of a service that was installed before anybody said which
// server to report to: it waits for that instead of failing.
func (r *runCmd) stay(ctx context.Context, log *slog.Logger) error {
	for {
		a, err := r.open(log)
		if err == nil {
			return a.Run(ctx)
		}
		log.Warn("not set up", "err", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(stayPause):
		}
	}
}

func printJSON(out io.Writer, value any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(value)
}

type statusCmd struct {
	State string `help:"Folder of key and state (${default})." env:"SONAE_AGENT_STATE" default:"${state}" placeholder:"DIR"`
	JSON  bool   `name:"json" help:"Print JSON." xor:"form"`
	Line  bool   `help:"Print one line, to read out to a help desk." xor:"form"`
}

// Run shows the state; it fails when this machine does not report.
func (s *statusCmd) Run(out io.Writer) error {
	status, err := agent.ReadStatus(s.State)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return forbidden(s.State)
	case errors.Is(err, fs.ErrNotExist):
		status = agent.Status{}
	case err != nil:
		return err
	}
	if s.JSON {
		if err := printJSON(out, status); err != nil {
			return err
		}
	}
	if s.Line {
		_, err := fmt.Fprintln(out, status.Line(time.Now()))
		return err
	}
	if status.DeviceID == "" {
		return errors.New("this machine is not enrolled; run: sonae-agent install --server URL --token TOKEN")
	}
	if s.JSON {
		return nil
	}
	when := func(ms int64) string {
		if ms == 0 {
			return "never"
		}
		return time.UnixMilli(ms).Format(time.RFC3339)
	}
	_, err = fmt.Fprintf(out, "device      %s\nserver      %s\nlast report %s\nlast try    %s\n", status.DeviceID, status.Server, when(status.LastDoneMS), when(status.LastTryMS))
	if err == nil && status.LastError != "" {
		_, err = fmt.Fprintf(out, "last error  %s\n", status.LastError)
	}
	return err
}

// defaultStateDir is where each system keeps the state of services.
func defaultStateDir() string {
	switch runtime.GOOS {
	case "windows":
		root := os.Getenv("ProgramData")
		if root == "" {
			root = `C:\ProgramData`
		}
		return filepath.Join(root, "Sonae", "agent")
	case "darwin":
		return "/Library/Application Support/Sonae Agent"
	}
	return "/var/lib/sonae-agent"
}
