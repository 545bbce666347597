package web

import (
	"net/url"
	"strings"
)

// maxLocal bounds a return address in bytes.
const maxLocal = 2000

// local gives next back when it is a path on this server, else "/": a link that
// leads people elsewhere after signing in would be a phishing aid (CWE-601).
// Browsers read \ as / and drop control characters, so both are refused.
func local(next string) string {
	if len(next) > maxLocal || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsFunc(next, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '\\' }) {
		return "/"
	}
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") {
		return "/"
	}
	return next
}
