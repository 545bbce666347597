package web

import "net/http"

// contentPolicy is the Content-Security-Policy of every page: nothing inline,
// nothing from elsewhere. data: images are QR codes and the network map's icons.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// permissions switches off what pages never use; passkeys stay allowed.
const permissions = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), " +
	"publickey-credentials-get=(self), publickey-credentials-create=(self)"

// secure sets the security headers of every answer. HSTS (RFC 6797) only makes
// sense, and is only allowed, over TLS.
func secure(next http.Handler, tls bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY") // browsers before frame-ancestors
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", permissions)
		if tls || r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// maxFormBytes bounds the body of an ordinary form; uploads name their own bound.
const maxFormBytes = 256 << 10

// fresh marks an answer as never to be kept: pages show who may see what.
func fresh(w http.ResponseWriter) { w.Header().Set("Cache-Control", "no-store") }
