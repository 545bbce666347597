package agent

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckURL(t *testing.T) {
	tests := []struct {
		url string
		ok  bool
	}{
		{"https://sonae.example.jp", true}, {"https://sonae.example.jp:8787/", true}, {"https://192.0.2.1/sonae", true},
		{"http://127.0.0.1:8787", true}, {"http://[::1]:8787", true}, {"http://localhost:8787", true},
		{"http://sonae.example.jp", false}, {"http://192.0.2.1", false}, {"http://127.0.0.1.example.jp", false},
		{"http://localhost.example.jp", false}, {"sonae.example.jp", false}, {"", false}, {"ftp://127.0.0.1", false},
		{"https://user:pw@sonae.example.jp", false}, {"https://sonae.example.jp?x=1", false}, {"https://", false},
	}
	for _, tt := range tests {
		if _, err := checkURL(tt.url); (err == nil) != tt.ok {
			t.Errorf("checkURL(%q) = %v, want ok %v", tt.url, err, tt.ok)
		}
	}
}

// TestTrust speaks TLS to a server with a certificate nobody signed.
func TestTrust(t *testing.T) {
	ts := httptest.NewTLSServer(newHandler(newIngest(t)))
	defer ts.Close()
	leaf := ts.Certificate()
	sum := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	wrong := strings.Repeat("00", 32)
	tests := []struct {
		name, ca, pin string
		ok            bool
	}{
		{"nothing to trust it by", "", "", false},
		{"its authority", ca, "", true},
		{"its pin in hexadecimal", "", hex.EncodeToString(sum[:]), true},
		{"its pin in base64", "", "sha256/" + base64.StdEncoding.EncodeToString(sum[:]), true},
		{"another pin", "", wrong, false},
		{"both", ca, hex.EncodeToString(sum[:]), true},
		{"its authority, but another pin", ca, wrong, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			r.cfg.HTTPClient, r.cfg.ServerURL, r.cfg.CAFile, r.cfg.Pin = nil, ts.URL, tt.ca, tt.pin
			_, err := r.agent().Once(context.Background())
			if (err == nil) != tt.ok {
				t.Errorf("error = %v, want ok %v", err, tt.ok)
			}
		})
	}
}

// newHandler puts the test's server behind a real listener.
func newHandler(i *ingest) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		response, err := i.RoundTrip(r)
		if err != nil {
			i.t.Error(err)
			return
		}
		defer response.Body.Close()
		w.WriteHeader(response.StatusCode)
		io.Copy(w, response.Body)
	})
}

func TestNewRefuses(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"no server":       func(c *Config) { c.ServerURL = "" },
		"plain http":      func(c *Config) { c.ServerURL = "http://sonae.example.jp" },
		"no state folder": func(c *Config) { c.StateDir = "" },
		"pin too short":   func(c *Config) { c.HTTPClient, c.Pin = nil, "abcd" },
		"no such CA":      func(c *Config) { c.HTTPClient, c.CAFile = nil, "/nowhere/ca.pem" },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			change(&r.cfg)
			if _, err := New(r.cfg); err == nil {
				t.Error("no error")
			}
		})
	}
}
