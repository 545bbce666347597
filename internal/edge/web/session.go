package web

import (
	"context"
	"net/http"

	"sonae/internal/identity"
	"sonae/internal/platform/transport"
)

// visit is what a session knows about the person behind a request.
type visit struct {
	who      identity.Principal
	user     identity.User
	name     string // of the user, as shown
	facility string // facility in view; empty: all
	confined bool   // may only use confined routes
}

type visitKey struct{}

func visitOf(ctx context.Context) visit {
	v, _ := ctx.Value(visitKey{}).(visit)
	return v
}

// Keys of what pages keep in a session beside who is signed in.
const (
	sessionFacility = "facility" // ID of the facility in view
	sessionFlash    = "flash"    // news for the next page: kind, newline, sentence
)

// session loads the session and who is signed in, for everything inside.
func (s *site) session(next http.Handler) http.Handler {
	s.sessions.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) { s.newCall(w, r).fail(err) }
	return s.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, ok, err := s.sessions.User(r.Context())
		if err != nil {
			fresh(w)
			s.newCall(w, r).fail(err)
			return
		}
		if ok {
			who := user.Principal(transport.Address(r.Context()))
			v := visit{who: who, user: user, name: user.Name, facility: s.sessions.GetString(r.Context(), sessionFacility), confined: user.MustChange}
			ctx := context.WithValue(r.Context(), visitKey{}, v)
			r = r.WithContext(identity.WithPrincipal(ctx, who))
		}
		next.ServeHTTP(w, r)
	}))
}

// flash keeps one piece of news for the next page.
func (c *call) flash(kind, sentence string) {
	c.s.sessions.Put(c.r.Context(), sessionFlash, kind+"\n"+sentence)
}

// address is where the request came from, as the audit log records it.
func (c *call) address() string { return transport.Address(c.r.Context()) }
