package web

import (
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
)

// newCall reads language and principal of a request.
func (s *site) newCall(w http.ResponseWriter, r *http.Request) *call {
	v := visitOf(r.Context())
	return &call{w: w, r: r, s: s, who: v.who, visit: v, tr: s.deps.Texts.For(s.language(r, v))}
}

// language is the cookie's, else the person's, else the browser's, else Japanese.
func (s *site) language(r *http.Request, v visit) string {
	if lang := preference(r, cookieLang); lang != "" {
		return lang
	}
	if v.user.Lang != "" {
		return v.user.Lang
	}
	return text.Match(r.Header.Get("Accept-Language"))
}

// serve turns a line of the route table into a handler: size limit, right to be
// here at all, then the page. Whether somebody may see or change the one thing in
// the address is checked again by the page.
func (s *site) serve(rt route) http.Handler {
	limit := rt.maxBody
	if limit == 0 {
		limit = maxFormBytes
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		fresh(w)
		c := s.newCall(w, r)
		if err := c.admit(rt); err != nil {
			c.refuse(err)
			return
		}
		if rt.proof {
			if ok, err := c.proved(); err != nil || !ok {
				if err != nil {
					c.fail(err)
				}
				return
			}
		}
		if err := rt.handle(s, c); err != nil {
			c.fail(err)
		}
	})
}

// admit decides whether this principal may use the route at all.
func (c *call) admit(rt route) error {
	switch rt.action {
	case public:
		return nil
	case signedIn:
		if !c.who.SignedIn() {
			return fault.New(fault.CodeUnauthenticated, "problem.401.what")
		}
	default:
		if err := c.who.NeedAny(rt.action); err != nil {
			c.recordRefusal(rt.action, "")
			if why := refusals[rt.action]; why != "" && c.who.SignedIn() {
				err = fault.Forbidden(why).Because(err)
			}
			return err
		}
	}
	if c.visit.confined && !rt.confined {
		return errConfined
	}
	return nil
}

// refusals say why a role may not see something, where the table of rights alone would
// leave people asking.
var refusals = map[identity.Action]string{identity.NetworkRead: "map.refused", identity.NetworkExport: "map.refused", identity.NetworkEdit: "map.refused"}

// errConfined: something has to be done on the own profile first.
var errConfined = fault.Forbidden("profile.must")

// refuse sends people who are not signed in to sign in, when they only wanted to
// look; a form gets a page that says so.
func (c *call) refuse(err error) {
	switch {
	case err == errConfined: //nolint:errorlint // compared by identity: it never is wrapped
		_ = c.redirect("/profile") // never fails
	case fault.Is(err, fault.CodeUnauthenticated) && c.r.Method == http.MethodGet && !c.htmx():
		_ = c.redirect("/login?next=" + url.QueryEscape(c.r.URL.RequestURI())) // never fails
	case fault.Is(err, fault.CodeUnauthenticated) && c.htmx():
		c.w.Header().Set("HX-Redirect", "/login")
		c.fail(err)
	default:
		c.fail(err)
	}
}

// unknown answers every address and method that no route has.
func unknown(s *site, c *call) error {
	var others []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		probe := &http.Request{Method: method, URL: c.r.URL, Host: c.r.Host}
		if _, pattern := s.mux.Handler(probe); pattern != "/" && method != c.r.Method {
			others = append(others, method)
		}
	}
	if len(others) > 0 {
		c.w.Header().Set("Allow", strings.Join(others, ", "))
		c.problem(http.StatusMethodNotAllowed, fault.Invalid("problem.405.what"))
		return nil
	}
	return errNothing
}

// recovered turns a panic into a page and a line in the log.
func (s *site) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler { //nolint:errorlint // the documented sentinel is compared by identity
				panic(p)
			}
			s.newCall(w, r).fail(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}()
		next.ServeHTTP(w, r)
	})
}

// need checks the right to do something to one thing. Whoever may not even see it
// gets the same answer as for a thing that does not exist. Refusals are recorded.
func (c *call) need(see, do identity.Action, facilityID, department string) error {
	if !c.who.CanAt(see, facilityID, department) {
		c.recordRefusal(see, facilityID)
		return errNothing
	}
	err := c.who.Need(do, facilityID, department)
	if err != nil {
		c.recordRefusal(do, facilityID)
	}
	return err
}

// recordRefusal notes in the audit log that somebody who is signed in was kept from
// something. The answer is the same when noting it fails.
func (c *call) recordRefusal(action identity.Action, facilityID string) {
	if !c.who.SignedIn() {
		return
	}
	object := audit.Object{Kind: "page", Name: c.r.Method + " " + c.r.URL.Path, FacilityID: facilityID}
	if err := audit.Refused(c.r.Context(), c.s.deps.DB, c.who, action, object); err != nil {
		c.logger().Error("refusal not recorded", "err", err)
	}
}
