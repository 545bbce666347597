// Package api is the REST edge under /api/v1: everything the pages do, for
// programs. Operations and their rights stand in one list (operations.go); the
// OpenAPI 3.1 description is derived from the Go types, committed as
// docs/openapi.json and compared in a test. Callers sign in with a bearer token
// (`sonae token create`). Errors are problem+json (RFC 9457) with a code and a
// hint in the language of Accept-Language.
//
// A list answers {"items": […], "next": "cursor or empty", "total": N}. Times are
// RFC 3339 in UTC, days are 2006-01-02.
//
// A request passes, in this order: form of the text (text.go), sign-in, failures
// of the past minutes (limit.go), the right to the operation (operation.go), huma's
// check against the description, and the handler, which checks the object itself
// (place.go): what belongs to another facility or department does not exist.
package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"sonae/internal/edge/directory"
	"sonae/internal/edge/discover/scanner"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/platform/transport"
	"sonae/internal/review/audit"
	"sonae/internal/review/catalog"
	"sonae/internal/survey/intake"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/recognise"
)

// Deps is what the edge works on. All fields but Wake are required.
type Deps struct {
	DB       *store.DB
	Identity *identity.Registry
	Audit    *audit.Log
	Catalog  *catalog.Catalog
	Text     *text.Catalogue
	Now      func() time.Time
	Version  string // of the server, for the description
	BaseURL  string // address that people open, for set-up links; from configuration
	// Directory sets up and reads directories (LDAP).
	Directory *directory.Directory
	// Scanner keeps credentials of searches and tries them.
	Scanner *scanner.Scanner
	// Hung are the tables of all rooms that go along when two assets become one.
	Hung []store.Hung
	// Wake tells the job queue that somebody waits for a job; nil = it looks by itself.
	Wake func()
	// Door takes in files of machines.
	Door intake.Door
}

// API is the edge. Safe for concurrent use once made.
type API struct {
	Deps
	huma     huma.API
	mux      *http.ServeMux
	ops      []Operation
	failures *failures
	atlas    *network.Atlas
}

// Operation is one entry of the API with its right; Operations lists them all.
type Operation struct {
	Method, Path, ID string
	Action           identity.Action
}

// New builds the edge with all operations. It sets huma's makers of errors, which
// are variables of that package; every API of one process shares them.
func New(d Deps) *API {
	if d.Wake == nil {
		d.Wake = func() {}
	}
	useProblems(d.Text)
	a := &API{Deps: d, mux: http.NewServeMux(), failures: newFailures(), atlas: network.NewAtlas(recognise.Fill)}
	cfg := huma.DefaultConfig("Sonae", "1")
	cfg.Info.Description = "Asset ledger, evidence, checklists and inspection packs of a hospital. See docs/api.md."
	cfg.OpenAPIPath = "/api/v1/openapi"
	cfg.DocsPath, cfg.SchemasPath = "", ""
	cfg.CreateHooks = nil // no $schema links: they would carry the request's host
	cfg.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", Description: "API token from `sonae token create` or the page Tokens."}}
	cfg.Security = []map[string][]string{{"token": {}}}
	a.huma = humago.New(a.mux, cfg)
	a.register()
	return a
}

// Operations lists every operation, for the test that drives each with each role.
func (a *API) Operations() []Operation { return slices.Clone(a.ops) }

// Description is the OpenAPI 3.1 document as JSON, the same for every server.
func (a *API) Description() ([]byte, error) { return a.huma.OpenAPI().MarshalJSON() }

// ServeHTTP signs the caller in and answers.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	t := a.translator(r)
	if err := checkAddress(r); err != nil {
		writeProblem(w, problemOf(err, t))
		return
	}
	if p := a.misrouted(r, t); p != nil {
		writeProblem(w, p)
		return
	}
	p, err := a.principal(r)
	if err != nil {
		writeProblem(w, problemOf(err, t))
		return
	}
	if wait := a.failures.wait(subject(p, r), a.Now()); wait > 0 {
		writeProblem(w, problemOf(tooMany(wait), t))
		return
	}
	rec := &recorder{ResponseWriter: w}
	ctx := context.WithValue(identity.WithPrincipal(r.Context(), p), translatorKey{}, t)
	a.mux.ServeHTTP(rec, r.WithContext(ctx))
	if failing(rec.status) {
		a.failures.count(subject(p, r), a.Now())
	}
}

// misrouted answers paths and methods that do not exist.
func (a *API) misrouted(r *http.Request, t text.Translator) *Problem {
	if _, pattern := a.mux.Handler(r); pattern != "" {
		return nil
	}
	var allow []string
	for _, m := range []string{get, post, replace, patch, remove} {
		probe := &http.Request{Method: m, URL: r.URL, Host: r.Host}
		if _, pattern := a.mux.Handler(probe); pattern != "" {
			allow = append(allow, m)
		}
	}
	if len(allow) == 0 {
		return problemOf(fault.NotFound("api.error.no_such_path").WithHint("api.error.no_such_path.hint"), t)
	}
	p := problemOf(fault.New(fault.CodeUnsupported, "api.error.method", "Allow", strings.Join(allow, ", ")), t)
	p.Status, p.allow = http.StatusMethodNotAllowed, strings.Join(allow, ", ")
	return p
}

// principal reads the bearer token. Without one the principal is nobody: the
// description is public, everything else refuses.
func (a *API) principal(r *http.Request) (identity.Principal, error) {
	value := r.Header.Get("Authorization")
	if value == "" {
		return identity.Principal{}, nil
	}
	address := transport.Address(r.Context())
	token, err := bearer(value)
	if err != nil {
		a.failures.count(address, a.Now())
		return identity.Principal{}, err
	}
	if wait := a.failures.wait(address, a.Now()); wait > 0 && !a.failures.proven(token, a.Now()) {
		return identity.Principal{}, tooMany(wait)
	}
	p, err := a.Identity.TokenPrincipal(r.Context(), token, address)
	if err != nil {
		if fault.Is(err, fault.CodeUnauthenticated) {
			a.failures.count(address, a.Now())
		}
		return identity.Principal{}, err
	}
	a.failures.prove(token, a.Now())
	return p, nil
}

// bearer reads "Bearer <token>" (RFC 6750, section 2.1).
func bearer(header string) (string, error) {
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "bearer") || token == "" || len(token) > 500 {
		return "", fault.New(fault.CodeUnauthenticated, "api.error.bearer").WithHint("api.error.bearer.hint")
	}
	return token, nil
}

type translatorKey struct{}

func (a *API) translator(r *http.Request) text.Translator {
	return a.Text.For(text.Match(r.Header.Get("Accept-Language")))
}

func translatorOf(ctx context.Context) text.Translator {
	t, _ := ctx.Value(translatorKey{}).(text.Translator)
	return t
}

func (a *API) nowMS() int64 { return store.MS(a.Now()) }
