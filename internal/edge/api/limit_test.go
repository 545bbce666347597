package api_test

import (
	"strconv"
	"testing"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
)

var identityAuditor = identity.Grant{Role: identity.Auditor}

// TestFailuresAreLimited: guessing ends in 429 with Retry-After, a token that works
// goes on from the same address, and waiting helps.
func TestFailuresAreLimited(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.get("/assets") // this token has worked
		wrong := request{method: "GET", path: "/assets", token: identity.TokenPrefix + "guess"}
		var barred answer
		for i := range 100 {
			w.clock.pass(-10 * time.Second) // time stands still
			if barred = w.do(wrong); barred.status == 429 {
				break
			}
			if i == 99 {
				t.Fatalf("100 wrong tokens: %d", barred.status)
			}
		}
		wait, err := strconv.Atoi(barred.header.Get("Retry-After"))
		if err != nil || wait < 1 || barred.text(t, "code") != "too_many" {
			t.Errorf("barred: %v %s", barred.header, barred.body)
		}
		w.clock.pass(-10 * time.Second)
		if got := w.do(request{method: "GET", path: "/assets"}); got.status != 429 {
			t.Errorf("nobody from the same address: %d", got.status)
		}
		w.clock.pass(-10 * time.Second)
		w.get("/assets")
		w.clock.pass(time.Duration(wait)*time.Second - 10*time.Second)
		if got := w.do(wrong); got.status != 401 {
			t.Errorf("after the wait: %d", got.status)
		}
	})
}

// TestATokenThatLoopsIsLimited: probing identifiers ends, for that token alone.
func TestATokenThatLoopsIsLimited(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		token := w.token(identityAuditor, false)
		for range 300 {
			w.clock.pass(-10 * time.Second)
			if got := w.do(request{method: "GET", path: "/assets/" + store.NewID(), token: token}); got.status != 404 {
				t.Fatalf("probe: %d", got.status)
			}
		}
		w.clock.pass(-10 * time.Second)
		if got := w.do(request{method: "GET", path: "/assets", token: token}); got.status != 429 {
			t.Errorf("after 300 failures: %d", got.status)
		}
		w.get("/assets")
	})
}
