package transport

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

func TestClientAddress(t *testing.T) {
	proxies := Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	tests := map[string]struct {
		peer, forwarded, want string
	}{
		"direct":                  {"192.0.2.1:5", "", "192.0.2.1"},
		"forged by a stranger":    {"192.0.2.1:5", "203.0.113.9", "192.0.2.1"},
		"through the proxy":       {"10.0.0.2:5", "203.0.113.9", "203.0.113.9"},
		"forged before the proxy": {"10.0.0.2:5", "1.1.1.1, 203.0.113.9", "203.0.113.9"},
		"two proxies":             {"10.0.0.2:5", "203.0.113.9, 10.0.0.3", "203.0.113.9"},
		"rubbish":                 {"10.0.0.2:5", "<script>", "10.0.0.2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = tt.peer
			if tt.forwarded != "" {
				r.Header.Set("X-Forwarded-For", tt.forwarded)
			}
			if got := clientAddress(r, proxies); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestFrameTurnsPanicInto500(t *testing.T) {
	h := Frame(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") }), nil, slog.New(slog.DiscardHandler))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusInternalServerError || w.Header().Get("X-Request-Id") == "" {
		t.Errorf("got status %d, request id %q", w.Code, w.Header().Get("X-Request-Id"))
	}
}

func TestSelfSignedKeepsItsKey(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	first, err := SelfSigned(dir, []string{"sonae.example"}, now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := SelfSigned(dir, []string{"sonae.example"}, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if !again.Expires.Equal(first.Expires) {
		t.Error("a valid certificate was made anew")
	}
	renewed, err := SelfSigned(dir, []string{"sonae.example"}, now.Add(selfSignedLife))
	if err != nil {
		t.Fatal(err)
	}
	if renewed.KeyPin != first.KeyPin {
		t.Error("renewal changed the key that agents pin")
	}
	if !renewed.Expires.After(first.Expires) {
		t.Error("an ending certificate was not renewed")
	}
	moved, err := SelfSigned(dir, []string{"other.example"}, now)
	if err != nil {
		t.Fatal(err)
	}
	if moved.TLS.Leaf.VerifyHostname("other.example") != nil {
		t.Error("the certificate does not cover the new name")
	}
}

func TestLoopback(t *testing.T) {
	for listen, want := range map[string]bool{"127.0.0.1:8787": true, "localhost:1": true, "[::1]:1": true, "0.0.0.0:1": false, ":8787": false, "192.0.2.1:1": false, "x": false} {
		if got := Loopback(listen); got != want {
			t.Errorf("Loopback(%q) = %v", listen, got)
		}
	}
}
