package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"sonae/internal/identity"
	"sonae/internal/review/audit"
)

// Methods of the list of operations.
const (
	get     = http.MethodGet
	post    = http.MethodPost
	replace = http.MethodPut
	patch   = http.MethodPatch
	remove  = http.MethodDelete
)

// maxBodyBytes bounds a JSON body unless its operation says otherwise.
const maxBodyBytes = 1 << 20

// op is one line of the list of operations.
type op struct {
	method, path, id, summary string
	action                    identity.Action
	about                     string // more for the description
	status                    int    // 0 = 200
	maxBody                   int64  // 0 = maxBodyBytes
}

// handle registers an operation: the right is checked before anything of the
// request is read, and every error becomes a problem in the caller's language.
// Handlers still check the object itself (facility, department).
func handle[I, O any](a *API, o op, fn func(context.Context, identity.Principal, *I) (*O, error)) {
	o.path = "/api/v1" + o.path
	if o.maxBody == 0 {
		o.maxBody = maxBodyBytes
	}
	a.ops = append(a.ops, Operation{o.method, o.path, o.id, o.action})
	tag, _, _ := strings.Cut(strings.TrimPrefix(o.path, "/api/v1/"), "/")
	about := "Needs the right `" + string(o.action) + "`."
	if o.about != "" {
		about = o.about + "\n\n" + about
	}
	ho := huma.Operation{Method: o.method, Path: o.path, OperationID: o.id, Summary: o.summary, Description: about, Tags: []string{tag}, DefaultStatus: o.status,
		MaxBodyBytes: o.maxBody, BodyReadTimeout: 2 * time.Minute, RejectUnknownQueryParameters: true, Errors: []int{400, 401, 403, 404, 409, 413, 422, 429},
		Middlewares: huma.Middlewares{a.admit(o, tag)}}
	huma.Register(a.huma, ho, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, identity.From(ctx), in)
		if err != nil {
			return nil, problemOf(err, translatorOf(ctx))
		}
		return out, nil
	})
}

// admit checks the right to an operation and bounds the body.
func (a *API) admit(o op, tag string) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		p := identity.From(r.Context())
		if err := p.NeedAny(o.action); err != nil {
			a.noteRefusal(r.Context(), p, o.action, audit.Object{Kind: tag, ID: r.PathValue("id")})
			writeProblem(w, problemOf(err, translatorOf(r.Context())))
			return
		}
		// huma bounds JSON by itself, not forms with files.
		r.Body = http.MaxBytesReader(w, r.Body, o.maxBody)
		next(ctx)
		if r.MultipartForm != nil { // net/http tidies up only the request it made
			_ = r.MultipartForm.RemoveAll()
		}
	}
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the real writer.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
