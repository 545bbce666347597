package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	catalogdata "sonae/catalog"
	"sonae/internal/edge/api"
	"sonae/internal/edge/directory"
	"sonae/internal/edge/discover/scanner"
	"sonae/internal/edge/ingest"
	"sonae/internal/edge/web"
	"sonae/internal/identity"
	"sonae/internal/migration"
	"sonae/internal/platform/job"
	"sonae/internal/platform/seal"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/platform/transport"
	"sonae/internal/review/audit"
	"sonae/internal/review/catalog"
	"sonae/internal/review/evidence"
	"sonae/internal/wire"
)

// Rooms is an opened Sonae without a listener: what local commands work on.
type Rooms struct {
	Config   Config
	Version  string
	Log      *slog.Logger
	Now      func() time.Time
	DB       *store.DB
	Identity *identity.Registry
	Audit    *audit.Log
	Catalog  *catalog.Catalog
	Texts    *text.Catalogue
	// Directory reads Active Directory.
	Directory *directory.Directory
	// Scanner carries out searches of the network.
	Scanner *scanner.Scanner
}

// Open opens database, keys and catalog. baseURL is where people reach the pages;
// commands that serve nothing pass "http://localhost".
func Open(ctx context.Context, cfg Config, version, baseURL string, log *slog.Logger) (*Rooms, error) {
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder %s: %w", cfg.Data, err)
	}
	r := &Rooms{Config: cfg, Version: version, Log: log, Now: time.Now}
	key, err := seal.Open(cfg.Data, cfg.SecretKey)
	if err != nil {
		return nil, err
	}
	if r.Texts, err = text.Load(); err != nil {
		return nil, err
	}
	if r.Catalog, err = catalog.Load(catalogdata.FS); err != nil {
		return nil, fmt.Errorf("read catalog: %w", err)
	}
	if err := evidence.Verify(r.Catalog); err != nil {
		return nil, err
	}
	if r.DB, err = store.Open(ctx, store.Config{URL: cfg.Database, DataDir: cfg.Data}, migration.Files); err != nil {
		return nil, err
	}
	if err := r.openRooms(ctx, key, baseURL); err != nil {
		return nil, errors.Join(err, r.DB.Close())
	}
	return r, nil
}

func (r *Rooms) openRooms(ctx context.Context, key *seal.Key, baseURL string) (err error) {
	r.Identity, err = identity.New(r.DB, identity.Options{Seal: key, BaseURL: baseURL, Now: r.Now, Record: audit.RecordIdentity})
	if err != nil {
		return err
	}
	r.Directory = directory.New(directory.Deps{DB: r.DB, Seal: key, Now: r.Now})
	r.Scanner = scanner.New(scanner.Deps{DB: r.DB, Seal: key, Now: r.Now, Log: r.Log})
	r.Audit, err = audit.Open(ctx, r.DB, key, r.Now)
	return err
}

// Close closes the database.
func (r *Rooms) Close() error { return r.DB.Close() }

// Server is a Sonae that listens.
type Server struct {
	*Rooms
	BaseURL  *url.URL // where people reach it
	Cert     *transport.Certificate
	listener net.Listener
	http     *http.Server
	queue    *job.Queue
	ingest   *ingest.Server
	trim     trimmer
	// discovery is where to listen for devices.
	discovery Discovery
}

// Start opens the rooms and binds the address; Run serves. Binding first means
// that port 0 works and that a taken port is told before anything is written.
func Start(ctx context.Context, cfg Config, listen Listen, demo bool, version string, log *slog.Logger) (*Server, error) {
	proxies, err := listen.proxies()
	if err != nil {
		return nil, err
	}
	cert, err := listen.certificate(cfg.Data, func() int64 { return time.Now().UnixMilli() })
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", listen.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w (is another Sonae running? choose another address with --listen)", listen.Listen, err)
	}
	base, err := listen.baseURL(l.Addr().String(), cert != nil)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	rooms, err := Open(ctx, cfg, version, base.String(), log)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s := &Server{Rooms: rooms, BaseURL: base, Cert: cert, listener: l, discovery: listen.Discovery}
	if err := s.rememberBaseURL(ctx); err != nil {
		return nil, errors.Join(err, l.Close(), rooms.Close())
	}
	s.queue = s.jobs()
	agents, err := s.agents(ctx)
	if err != nil {
		return nil, errors.Join(err, l.Close(), rooms.Close())
	}
	handler, err := s.handler(listen, len(proxies) > 0, demo)
	if err != nil {
		return nil, errors.Join(err, l.Close(), rooms.Close())
	}
	s.http = transport.NewServer(transport.Frame(handler, proxies, log), cert, agents, log)
	return s, nil
}

// Address is host:port as bound.
func (s *Server) Address() string { return s.listener.Addr().String() }

// LocalURL reaches the server from this machine, whatever people use.
func (s *Server) LocalURL() string {
	_, port, _ := net.SplitHostPort(s.Address())
	if s.Cert != nil {
		return "https://127.0.0.1:" + port
	}
	return "http://127.0.0.1:" + port
}

// agents is how agents are met by the listener: with a certificate of Sonae's own
// authority, which goes on when the hospital's own certificate is renewed.
func (s *Server) agents(ctx context.Context) (*transport.Agents, error) {
	authority, err := s.Identity.Authority(ctx)
	if err != nil {
		return nil, err
	}
	return &transport.Agents{Protocols: []string{wire.ALPN, wire.ALPNAgain}, Authority: authority, Now: s.Now, Others: s.entryAuthorities}, nil
}

// entryAuthorities are whose certificates programs of other makers are asked for.
func (s *Server) entryAuthorities() [][]byte {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	names, err := s.Identity.EntryAuthorities(ctx)
	if err != nil { // the entry answers that there is no certificate; the next handshake asks again
		s.Log.Error("authorities of entries", "err", err)
	}
	return names
}

// agentPin is what agents know the server by when nobody signed its certificate.
func (s *Server) agentPin() string {
	if s.Cert == nil || !s.Cert.SelfSigned {
		return ""
	}
	return s.Cert.KeyPin
}

// handler is the top of the address space: reports, API, health, then pages.
func (s *Server) handler(listen Listen, proxied, demo bool) (http.Handler, error) {
	tls := s.Cert != nil
	s.ingest = ingest.New(ingest.Deps{DB: s.DB, Identity: s.Identity, Texts: s.Texts, Log: s.Log, Now: s.Now,
		Local: s.Cert == nil && !proxied && localHost(s.BaseURL), CertHeader: listen.ClientCertHeader})
	door := s.ingest.Door() // one for all: files wait for the same places as reports
	pages, err := web.New(web.Deps{DB: s.DB, Texts: s.Texts, Log: s.Log, Now: s.Now, Identity: s.Identity, Audit: s.Audit, Catalog: s.Catalog,
		BaseURL: s.BaseURL, AgentPin: s.agentPin(), TLS: tls, Demo: demo, Version: s.Version, Wake: s.queue.Wake, Directory: s.Directory, Scanner: s.Scanner, Door: door, Hung: hung()})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/ingest/", s.trim.watch(s.ingest.Routes()))
	others := s.trim.watch(s.ingest.Foreign())
	for _, path := range ingest.ForeignPaths() {
		mux.Handle(path, others)
	}
	mux.Handle("/api/", s.trim.watch(api.New(api.Deps{DB: s.DB, Identity: s.Identity, Audit: s.Audit, Catalog: s.Catalog, Text: s.Texts, Now: s.Now, Version: s.Version, BaseURL: s.BaseURL.String(), Wake: s.queue.Wake, Directory: s.Directory, Scanner: s.Scanner, Door: door, Hung: hung()})))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.metrics())
	mux.Handle("/", s.trim.watch(pages))
	return mux, nil
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	if err := s.DB.Ping(ctx); err != nil {
		s.Log.Warn("not ready", "err", err)
		http.Error(w, "database does not answer", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}

// Run serves until ctx ends, then lets requests and jobs finish and closes.
func (s *Server) Run(ctx context.Context) error {
	s.queueAtStart(ctx)
	jobsCtx, stopJobs := context.WithCancel(context.WithoutCancel(ctx))
	jobsDone := make(chan error, 1)
	go func() { jobsDone <- s.queue.Run(jobsCtx) }()
	go s.trim.run(jobsCtx)
	heard := make(chan struct{})
	go func() { defer close(heard); s.hear(jobsCtx) }()
	served := make(chan error, 1)
	go func() {
		if s.Cert != nil {
			served <- s.http.ServeTLS(s.listener, "", "")
		} else {
			served <- s.http.Serve(s.listener)
		}
	}()
	var err error
	select {
	case <-ctx.Done():
	case err = <-served:
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	if e := s.http.Shutdown(stop); e != nil {
		err = errors.Join(err, s.http.Close())
	}
	s.ingest.Close()
	stopJobs()
	if e := <-jobsDone; e != nil && !errors.Is(e, context.Canceled) {
		err = errors.Join(err, e)
	}
	<-heard
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	// What was written since the last signature is covered before the process ends.
	if _, e := s.Audit.Sign(stop); e != nil {
		err = errors.Join(err, e)
	}
	return errors.Join(err, s.Close())
}

// Logger makes the process logger: text on standard error.
func Logger(level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: l}))
}

// Explain adds what to do next to errors that people meet at the start.
func Explain(err error) string {
	text := err.Error()
	switch {
	case errors.Is(err, fs.ErrPermission):
		return text + "\nThe account that runs Sonae may not use that file or folder: choose another one with --data, or give it the right."
	case store.KindOf(err) == store.KindFull:
		return text + "\nThe disk is full: free some space, nothing stored is lost."
	case strings.Contains(text, "connection refused"):
		return text + "\nIs the database running, and is its address right (--database)?"
	}
	return text
}
