package web

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/platform/transport"
	"sonae/internal/review/inspection"
)

// call is one request on its way through a handler: what came, who asks, in
// which language. Handlers read from it, then answer with one of render, done,
// or an error, which becomes a page.
type call struct {
	w  http.ResponseWriter
	r  *http.Request
	s  *site
	tr text.Translator
	// who asks; the zero Principal when nobody is signed in.
	who identity.Principal
	// visit is what the session knows beyond who asks.
	visit visit
	// sheet is the checklist of today, once it was read; see todaySheet.
	sheet *inspection.Sheet
	// status of a page that shows a form again; 0 means 200. See wrong.
	status int
}

// handler answers one route. An error becomes a page in the reader's language.
type handler func(s *site, c *call) error

// nowMS is the time of this request for what is written.
func (c *call) nowMS() int64 { return store.MS(c.s.deps.Now()) }

// form parses the body of a form; broken or oversize bodies are faults.
func (c *call) form() error {
	err := c.r.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fault.TooLarge("problem.413.what").Because(err)
	case err != nil:
		return fault.Invalid("problem.422.what").Because(err)
	}
	return nil
}

// value is one field of the form without blanks around it; invalid UTF-8 is
// replaced, so that nothing broken reaches a room.
func (c *call) value(name string) string {
	return strings.TrimSpace(strings.ToValidUTF8(c.r.PostFormValue(name), "�"))
}

// id is a path value that must have the form of an ID; anything else is the same
// 404 as an ID that does not exist.
func (c *call) id(name string) (string, error) {
	id := c.r.PathValue(name)
	if !store.ValidID(id) {
		return "", errNothing
	}
	return id, nil
}

// errNothing is the answer for what does not exist and for what exists elsewhere:
// the two must not be told apart (peers' class S5).
var errNothing = fault.NotFound("problem.404.what")

// render answers with a whole page; the status is 200 unless wrong found something.
func (c *call) render(v view.View) error { return c.renderStatus(c.formStatus(), v) }

// renderStatus is render with a status of its own.
func (c *call) renderStatus(status int, v view.View) error {
	return c.write(status, func(w *strings.Builder) error { return c.s.engine.Render(w, v) })
}

// fragment answers with one named part of a page, for htmx.
func (c *call) fragment(v view.View, name string) error {
	return c.write(http.StatusOK, func(w *strings.Builder) error { return c.s.engine.Fragment(w, v, name) })
}

func (c *call) write(status int, draw func(*strings.Builder) error) error {
	var b strings.Builder
	if err := draw(&b); err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.WriteHeader(status)
	if _, err := c.w.Write([]byte(b.String())); err != nil {
		c.s.deps.Log.Debug("answer not taken", "path", c.r.URL.Path, "err", err) // the reader has gone
	}
	return nil
}

// htmx reports whether the request asks for a fragment. The header is set by the
// script and is no secret; it only chooses between a part and the whole.
func (c *call) htmx() bool { return c.r.Header.Get("HX-Request") == "true" }

// done answers a change: news for the next page, and the way there (303, so that
// reloading does not send the form again).
func (c *call) done(to, key string, args ...any) error {
	if key != "" {
		c.flash("ok", c.tr.T(key, args...))
	}
	return c.redirect(to)
}

// redirect sends the reader to a local path.
func (c *call) redirect(to string) error {
	http.Redirect(c.w, c.r, local(to), http.StatusSeeOther)
	return nil
}

// fail draws the page for an error and logs what people cannot repair.
func (c *call) fail(err error) {
	f := fault.Of(err)
	if store.KindOf(err) == store.KindFull {
		f = fault.New(fault.CodeUnavailable, "problem.503.what").Because(err)
	}
	status := fault.Status(f)
	if status >= http.StatusInternalServerError {
		c.s.deps.Log.Error("page failed", "request", transport.RequestID(c.r.Context()), "method", c.r.Method, "path", c.r.URL.Path, "err", err)
	} else {
		c.s.deps.Log.Debug("page refused", "request", transport.RequestID(c.r.Context()), "path", c.r.URL.Path, "err", err)
	}
	c.problem(status, f)
}

// text writes what a fault says, in the reader's language.
func (c *call) text(f *fault.Error) string {
	s := c.tr.T(f.Key, f.Args...)
	if f.Hint != "" {
		s += c.joiner() + c.tr.T(f.Hint, f.Args...)
	}
	return s
}

// joiner stands between two sentences.
func (c *call) joiner() string {
	if c.tr.Lang() == text.Japanese {
		return ""
	}
	return " "
}

// logger is the log with what tells this request apart.
func (c *call) logger() *slog.Logger {
	return c.s.deps.Log.With("request", transport.RequestID(c.r.Context()))
}
