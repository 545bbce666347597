package api

import (
	"crypto/sha256"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/transport"
)

// Failures a caller may have at once, and how fast they are forgiven. Strangers are
// counted by address, callers with a valid token by token, so that one of them
// cannot lock out the other behind a shared address. A program that works never
// meets these numbers; one that guesses or loops on an error does.
const (
	burstAddress   = 30
	perMinAddress  = 12
	burstToken     = 300
	perMinToken    = 60
	maxSubjects    = 20_000           // a bucket takes about 100 bytes
	provenFor      = 15 * time.Minute // a token that worked is tried again although its address is barred
	maxProven      = 10_000
	tokenPrefix    = "token:"
	minRetryMillis = 1000
)

// failing are the answers that count: refusals and requests that cannot be read.
// A conflict (409) is part of normal work.
func failing(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// failures counts failures in a bucket for each subject. It lives in one process:
// with several servers each allows its own share. Safe for concurrent use.
type failures struct {
	mu     sync.Mutex
	by     map[string]bucket
	worked map[[32]byte]time.Time
}

type bucket struct {
	left float64
	at   time.Time
}

func newFailures() *failures {
	return &failures{by: map[string]bucket{}, worked: map[[32]byte]time.Time{}}
}

// subject is who a failure counts for.
func subject(p identity.Principal, r *http.Request) string {
	if p.SignedIn() {
		return tokenPrefix + p.ID
	}
	return transport.Address(r.Context())
}

// rates of a subject: failures at once, and forgiven in a second.
func rates(subject string) (burst, perSecond float64) {
	if len(subject) > len(tokenPrefix) && subject[:len(tokenPrefix)] == tokenPrefix {
		return burstToken, perMinToken / 60.0
	}
	return burstAddress, perMinAddress / 60.0
}

// block is what counts as one address: an IPv4 address, or the /64 of IPv6, which
// is one subnet (RFC 4291, section 2.5.4).
func block(subject string) string {
	a, err := netip.ParseAddr(subject)
	if err != nil || a.Unmap().Is4() {
		return subject
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return subject
	}
	return p.String()
}

// now gives the bucket of a subject as it stands.
func (f *failures) now(subject string, now time.Time) bucket {
	burst, perSecond := rates(subject)
	b, known := f.by[subject]
	if !known {
		return bucket{burst, now}
	}
	b.left = min(burst, b.left+now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	return b
}

// wait tells how long a subject has to wait before its next request; 0 = not at all.
func (f *failures) wait(subject string, now time.Time) time.Duration {
	subject = block(subject)
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.now(subject, now)
	if b.left >= 1 {
		return 0
	}
	_, perSecond := rates(subject)
	return time.Duration((1 - b.left) / perSecond * float64(time.Second))
}

// count takes one failure off.
func (f *failures) count(subject string, now time.Time) {
	subject = block(subject)
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.by) >= maxSubjects {
		f.forget(now)
	}
	b := f.now(subject, now)
	b.left = max(0, b.left-1)
	f.by[subject] = b
}

// forget drops buckets that are full again, and everything when none is: a flood
// from that many addresses is not for this to stop.
func (f *failures) forget(now time.Time) {
	for s := range f.by {
		if burst, _ := rates(s); f.now(s, now).left >= burst {
			delete(f.by, s)
		}
	}
	if len(f.by) >= maxSubjects {
		clear(f.by)
	}
}

// prove remembers that a token was valid.
func (f *failures) prove(token string, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.worked) >= maxProven {
		clear(f.worked)
	}
	f.worked[sha256.Sum256([]byte(token))] = now
}

// proven reports whether a token was valid lately. It is still looked up.
func (f *failures) proven(token string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, ok := f.worked[sha256.Sum256([]byte(token))]
	return ok && now.Sub(at) < provenFor
}

// tooMany is the refusal of a caller that has to wait.
func tooMany(wait time.Duration) error {
	e := fault.New(fault.CodeTooMany, "api.error.too_many").WithHint("api.error.too_many.hint")
	e.RetryMS = max(minRetryMillis, wait.Milliseconds())
	return e
}
