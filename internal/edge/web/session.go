package web

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"sonae/internal/identity"
)

// visit is what a session knows about the person behind a request.
type visit struct {
	who      identity.Principal
	name     string // display name
	lang     string // language the person chose, may be empty
	facility string // facility in view; empty: all
	confined bool   // may only use confined routes
}

type visitKey struct{}

func visitOf(ctx context.Context) visit {
	v, _ := ctx.Value(visitKey{}).(visit)
	return v
}

// cookieSession is the name of the session cookie. The __Host- prefix would be
// better but browsers refuse it without TLS, which loopback does not have.
const cookieSession = "sonae_session"

// sessionFacility is the key of the facility in view.
const (
	sessionFacility = "facility"
	sessionFlash    = "flash"
)

// newSessions sets the cookie's properties.
func (s *site) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Lifetime = 12 * time.Hour
	m.Cookie.Name = cookieSession
	m.Cookie.HttpOnly = true
	m.Cookie.Secure = s.deps.TLS
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Persist = false
	return m
}

// session loads the session and who is signed in, for everything inside.
func (s *site) session(next http.Handler) http.Handler {
	return s.sessions.LoadAndSave(next)
}

// flash keeps one piece of news for the next page.
func (c *call) flash(kind, sentence string) {
	c.s.sessions.Put(c.r.Context(), sessionFlash, kind+"\n"+sentence)
}
