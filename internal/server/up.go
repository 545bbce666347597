package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"sonae/internal/agent"
	"sonae/internal/agent/collect"
	"sonae/internal/demo"
	"sonae/internal/edge/ingest"
	"sonae/internal/identity"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/review/evidence"
)

// UpOptions are what `sonae up` and `sonae serve` take.
type UpOptions struct {
	Config  Config
	Listen  Listen
	Demo    bool
	Version string
	Out     io.Writer // where the address for people goes
}

// firstLookInterval is how often `sonae up` reports this machine: often, since
// somebody is watching.
const firstLookInterval = 15 * time.Minute

// Serve runs the server alone until ctx ends.
func Serve(ctx context.Context, o UpOptions) error {
	s, err := Start(ctx, o.Config, o.Listen, false, o.Version, Logger(o.Config.LogLevel))
	if err != nil {
		return err
	}
	if err := s.greet(ctx, o.Out); err != nil {
		return errors.Join(err, s.Close())
	}
	return s.Run(ctx)
}

// Up runs the server with this machine in its ledger, and with the sample
// hospital when asked, until ctx ends.
func Up(ctx context.Context, o UpOptions) error {
	s, err := Start(ctx, o.Config, o.Listen, o.Demo, o.Version, Logger(o.Config.LogLevel))
	if err != nil {
		return err
	}
	if err := s.greet(ctx, o.Out); err != nil {
		return errors.Join(err, s.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if o.Demo {
			s.tell(ctx, o.Out, s.loadDemo(ctx, o.Out))
		}
		s.tell(ctx, o.Out, s.reportSelf(ctx, o.Out))
	}()
	err = s.Run(ctx)
	cancel()
	<-done
	return err
}

// tell prints what went wrong beside the server; the server itself goes on.
func (s *Server) tell(ctx context.Context, out io.Writer, err error) {
	if err != nil && ctx.Err() == nil {
		_, _ = fmt.Fprintln(out, "sonae: "+s.plain(err).Error())
	}
}

// greet says where to go: the one-time set-up address while nobody can sign in.
func (s *Server) greet(ctx context.Context, out io.Writer) error {
	code, err := s.Identity.SetupCode(ctx)
	if err != nil {
		return err
	}
	lines := "Sonae is ready: " + s.BaseURL.String() + "\n"
	if code != "" {
		lines = "Sonae is ready. Open this address once to set it up (valid for 24 hours):\n\n    " + s.BaseURL.String() + "/setup?code=" + url.QueryEscape(code) + "\n\n"
	}
	if s.Cert != nil && s.Cert.SelfSigned {
		lines += "The certificate is self-signed; agents may pin its key: " + s.Cert.KeyPin + "\n"
	}
	_, err = io.WriteString(out, lines)
	return err
}

// client speaks to this very server: the same messages and handlers as everybody's,
// without a network between.
func (s *Server) client() *http.Client {
	return &http.Client{Transport: within{s.http.Handler}, Timeout: 2 * time.Minute}
}

// within hands requests to a handler of this process.
type within struct{ handler http.Handler }

// RoundTrip serves the request and gives the whole answer.
func (w within) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(ingest.Within(r.Context()))
	in.RemoteAddr, in.RequestURI, in.Host = "127.0.0.1:0", r.URL.RequestURI(), r.URL.Host
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer func() { _ = in.Body.Close() }()
	a := &heard{header: http.Header{}}
	w.handler.ServeHTTP(a, in)
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return &http.Response{
		Status: strconv.Itoa(a.status) + " " + http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()), Request: r,
	}, nil
}

// heard keeps an answer.
type heard struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *heard) Header() http.Header { return h.header }

// SetReadDeadline has nothing to wait for: the whole request is here.
func (h *heard) SetReadDeadline(time.Time) error { return nil }

func (h *heard) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *heard) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(b)
}

// reportSelf runs the agent for this machine: the same messages, the same entry
// as every other machine's. It waits until there is a facility to belong to.
func (s *Server) reportSelf(ctx context.Context, out io.Writer) error {
	f, err := s.awaitFacility(ctx)
	if err != nil {
		return err
	}
	token, err := s.enrollToken(ctx, identity.System("sonae up"), f, 1, time.Hour, "this machine (sonae up)")
	if err != nil {
		return err
	}
	a, err := agent.New(agent.Config{ServerURL: s.LocalURL(), Token: token, StateDir: filepath.Join(s.Config.Data, "agent"), Version: s.Version,
		Interval: firstLookInterval, Pin: s.pin(), Shared: true, Log: s.Log.With("part", "agent")})
	if err != nil {
		return err
	}
	if _, err := a.Once(ctx); err != nil {
		return fmt.Errorf("report this machine: %w", err)
	}
	// Somebody is waiting to see suggestions: judge now, not when things have settled.
	if err := s.evaluateNow(ctx, f.ID); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, "This machine is in the ledger: "+s.BaseURL.String()+"/assets"); err != nil {
		return err
	}
	return a.Run(ctx)
}

// pin is what the agent of this machine knows this server by; empty without TLS.
func (s *Server) pin() string {
	if s.Cert == nil {
		return ""
	}
	return s.Cert.KeyPin
}

// evaluateNow moves the evaluation that the report asked for to this moment.
func (s *Server) evaluateNow(ctx context.Context, facilityID string) error {
	err := s.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := job.Insert(ctx, tx, evidence.JobEvaluate, evidence.JobArgs{Facility: facilityID}, job.InsertOpts{Unique: facilityID, Now: s.Now()})
		return err
	})
	s.queue.Wake()
	return err
}

// awaitFacility waits for the set-up; with several facilities, the oldest counts.
func (s *Server) awaitFacility(ctx context.Context) (identity.Facility, error) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		all, err := s.Identity.Facilities(ctx, s.DB)
		if err != nil {
			return identity.Facility{}, err
		}
		if len(all) > 0 {
			oldest := all[0]
			for _, f := range all {
				if f.CreatedMS < oldest.CreatedMS {
					oldest = f
				}
			}
			return oldest, nil
		}
		select {
		case <-ctx.Done():
			return identity.Facility{}, ctx.Err()
		case <-tick.C:
		}
	}
}

const settingDemo = "server.demo_loaded"

// loadDemo sends the sample hospital in, once a database.
func (s *Server) loadDemo(ctx context.Context, out io.Writer) error {
	if _, done, err := store.Setting(ctx, s.DB, settingDemo); done || err != nil {
		return err
	}
	by := identity.System("sonae up --demo")
	secret, err := s.token(ctx, by, identity.NewToken{Name: "sample hospital", Grant: identity.Grant{Role: identity.Administrator}, Write: true, ExpiresMS: store.MS(s.Now().Add(time.Hour))})
	if err != nil {
		return err
	}
	last := -1
	start := time.Now()
	err = demo.Load(ctx, demo.Client{BaseURL: s.LocalURL(), Token: secret, HTTP: s.client(), Network: s.keepDemoNetwork}, demo.Build(1, s.Now()), func(done, total int) {
		if percent := done * 100 / total; percent/25 != last {
			last = percent / 25
			_, _ = fmt.Fprintf(out, "sample hospital: %d %%\n", percent)
		}
	})
	err = errors.Join(err, s.dropToken(ctx, by, secret))
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "The sample hospital is loaded (%s).\n", time.Since(start).Round(100*time.Millisecond))
	return s.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return store.SetSetting(ctx, tx, settingDemo, "1", store.MS(s.Now()))
	})
}

// dropToken revokes the loader's token again.
func (s *Server) dropToken(ctx context.Context, by identity.Principal, secret string) error {
	p, err := s.Identity.TokenPrincipal(ctx, secret, "")
	if err != nil {
		return err
	}
	return audit.Do(ctx, s.DB, by, identity.TokenManage, audit.Object{Kind: "token", ID: p.ID, Name: p.Name}, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"change": "revoked"}, s.Identity.RevokeToken(ctx, tx, by, p.ID)
	})
}

// Collect prints what the agent would report about this machine.
func Collect(ctx context.Context, version string, asJSON bool, out io.Writer) error {
	report, err := collect.Report(ctx, version)
	if err != nil {
		return err
	}
	if asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(report)
	}
	s := report.Sections
	host := ""
	if s.OS != nil {
		host = s.OS.HostName + " · " + s.OS.Name
	}
	_, err = fmt.Fprintf(out, "%s\npackages %s · accounts %s · interfaces %s · listening ports %s · services %s\n", host,
		count(s.Packages), count(s.Accounts), count(s.Interfaces), count(s.Ports), count(s.Services))
	for _, n := range report.Notes {
		if err == nil {
			_, err = fmt.Fprintf(out, "%s: %s: %s\n", n.Section, n.State, n.Reason)
		}
	}
	return err
}

func count[T any](list *[]T) string {
	if list == nil {
		return "?"
	}
	return strconv.Itoa(len(*list))
}
