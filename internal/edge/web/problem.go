package web

import (
	"net/http"
	"strconv"

	"sonae/internal/edge/web/view"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/transport"
)

// problems are the statuses that have texts of their own ("problem.404.what",
// ".so", ".next"); any other is told as 500 or 404.
var problems = map[int]bool{401: true, 403: true, 404: true, 405: true, 409: true, 413: true, 415: true, 422: true, 429: true, 500: true, 503: true}

// problem draws the page of a status; what the fault says itself stands in the
// middle. If even that cannot be drawn, plain text must do.
func (c *call) problem(status int, f *fault.Error) {
	if !problems[status] {
		status = http.StatusInternalServerError
	}
	key := "problem." + strconv.Itoa(status)
	body := view.ProblemBody{
		Status: status, RequestID: transport.RequestID(c.r.Context()),
		What: c.tr.T(key + ".what"), SoWhat: c.tr.T(key + ".so"),
		NextHref: "/", NextLabel: c.tr.T("problem.home"),
	}
	minutes := (f.RetryMS + 59_999) / 60_000
	if status == http.StatusTooManyRequests {
		minutes = max(minutes, 1)
		c.w.Header().Set("Retry-After", strconv.FormatInt(max((f.RetryMS+999)/1000, 1), 10))
		body.Next = c.tr.T(key+".next", "Minutes", minutes)
	} else {
		body.Next = c.tr.T(key + ".next")
	}
	if status == http.StatusUnauthorized {
		body.NextHref, body.NextLabel = "/login", c.tr.T("problem.login")
	}
	if own := f.Key; own != "" && f.Code != fault.CodeInternal && c.tr.Has(own) && own != key+".what" {
		body.SoWhat = c.text(f) + c.joiner() + body.SoWhat
	}
	c.showProblem(status, body)
}

// showProblem draws inside the shell for people who are signed in.
func (c *call) showProblem(status int, body view.ProblemBody) {
	var v view.View = &view.Problem{Page: c.bare(body.What), ProblemBody: body}
	if c.who.SignedIn() {
		if page, err := c.page(body.What); err == nil { // without database: the plain page
			v = &view.AppProblem{Page: page, ProblemBody: body}
		}
	}
	if err := c.renderStatus(status, v); err != nil {
		c.logger().Error("problem page failed", "err", err)
		http.Error(c.w, http.StatusText(status), status)
	}
}

// crossOrigin refuses a change that another site sent (CSRF).
func (s *site) crossOrigin(w http.ResponseWriter, r *http.Request) {
	c := s.newCall(w, r)
	fresh(w)
	c.showProblem(http.StatusForbidden, view.ProblemBody{
		Status: http.StatusForbidden, RequestID: transport.RequestID(r.Context()),
		What: c.tr.T("problem.cross.what"), SoWhat: c.tr.T("problem.cross.so"), Next: c.tr.T("problem.cross.next"),
		NextHref: "/", NextLabel: c.tr.T("problem.home"),
	})
}
