// Package web is the pages that people see: routes, sign-in, the shell around
// every page, forms and what they answer. Rules of the field live in the rooms it
// calls; markup lives in view; files besides HTML in static. How to add a page is
// in docs/add-a-page.md.
//
// Pages work without JavaScript (except passkeys). Every change is a POST form
// that answers with a redirect, keeps what was typed when something is wrong, and
// is written to the audit log in the same transaction.
package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"sonae/internal/edge/directory"
	"sonae/internal/edge/discover/scanner"
	"sonae/internal/edge/web/static"
	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/review/catalog"
	"sonae/internal/survey/intake"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/recognise"
)

// Deps is what the pages need. All fields without "may be" are required.
type Deps struct {
	DB       *store.DB
	Texts    *text.Catalogue
	Log      *slog.Logger
	Now      func() time.Time
	Identity *identity.Registry
	Audit    *audit.Log
	Catalog  *catalog.Catalog
	// BaseURL is the configured address people type; links that leave the page
	// (set-up links, passkeys) use it and never the request's Host.
	BaseURL *url.URL
	// AgentPin is the SHA-256 of the server's key for agents, in hexadecimal; "" when
	// its certificate is signed by somebody they know.
	AgentPin string
	TLS      bool // people reach the server over TLS: Secure cookies and HSTS
	Demo     bool // sample data: every page says so
	Version  string
	// Directory sets up and reads directories (LDAP).
	Directory *directory.Directory
	// Scanner keeps credentials of searches and tries them.
	Scanner *scanner.Scanner
	// Hung are the tables of all rooms that go along when two assets become one.
	Hung []store.Hung
	// Wake tells the job queue that somebody waits for a job; may be nil.
	Wake func()
	// Door takes in files of machines.
	Door intake.Door
}

// site is the running web edge. Safe for concurrent use.
type site struct {
	deps     Deps
	engine   *view.Engine
	files    *static.Files
	sessions *identity.Sessions
	mux      *http.ServeMux
	atlas    *network.Atlas
}

// New builds the handler of all pages. It answers every path that it is given;
// the caller routes /api and the like elsewhere first.
func New(d Deps) (http.Handler, error) {
	s, err := build(d)
	if err != nil {
		return nil, err
	}
	return s.handler(), nil
}

// build makes the site without the chain around it.
func build(d Deps) (*site, error) {
	files, err := static.Load()
	if err != nil {
		return nil, err
	}
	engine, err := view.New(files)
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	s := &site{deps: d, engine: engine, files: files, mux: http.NewServeMux(), atlas: network.NewAtlas(recognise.Fill)}
	s.sessions = identity.NewSessions(d.Identity, identity.SessionOptions{Secure: d.TLS})
	for _, r := range routes() {
		s.mux.Handle(r.pattern, s.serve(r))
	}
	s.mux.Handle("/", s.serve(route{pattern: "/", action: public, handle: unknown}))
	return s, nil
}

// handler is the chain around all routes, outermost first: security headers,
// static files, then refusal of other sites' forms and the session.
func (s *site) handler() http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(s.crossOrigin))
	pages := s.recovered(s.session(guard.Handler(s.mux)))
	outer := http.NewServeMux()
	outer.Handle("GET "+static.Prefix, s.files)
	outer.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.files.URL("favicon.svg"), http.StatusFound)
	})
	outer.Handle("/", pages)
	return secure(outer, s.deps.TLS)
}
