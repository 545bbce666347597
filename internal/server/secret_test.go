//go:build unix

package server_test

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"sonae/internal/edge/directory/directorytest"
	"sonae/internal/identity"
	"sonae/internal/server/servertest"
)

// Whoever reads the data folder finds no secret that opens anything: neither those
// that Sonae only compares nor those that it has to give on.
func TestDataFolderHoldsNoSecret(t *testing.T) {
	data := t.TempDir()
	e := estate{t: t, p: servertest.Start(t, servertest.Options{Data: data})}
	facility, enroll := e.p.Prepare(t, 1)
	secrets := map[string]string{"API token": e.p.Token, "enrolment token": enroll, "password": "correct horse battery", "directory password": "geheim-und-lang"}
	var opened struct{ Secret string }
	e.must(e.p.Call(http.MethodPost, "/api/v1/entries", map[string]any{"facility_id": facility, "protocol": string(identity.ProtocolGLPI)}, &opened))
	secrets["entry"] = opened.Secret
	ldap := directorytest.New(t)
	e.must(e.p.Call(http.MethodPost, "/api/v1/directories", map[string]any{"facility_id": facility, "name": "AD", "address": ldap.Address, "pin": ldap.Pin, "base_dn": "DC=x",
		"bind_name": "reader", "password": secrets["directory password"]}, nil))
	e.signIn()
	at, err := url.Parse(e.p.URL)
	e.must(err)
	for _, c := range e.client.Jar.Cookies(at) {
		if len(c.Value) > 16 {
			secrets["cookie "+c.Name] = c.Value
		}
	}
	if len(secrets) < 6 {
		t.Fatalf("only %d secrets are looked for: %v", len(secrets), secrets)
	}
	e.p.Stop() // so that everything is in the files
	files, held := 0, 0
	err = filepath.WalkDir(data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path) //nolint:gosec // the test's own folder
		if err != nil {
			return err
		}
		files++
		if bytes.Contains(content, []byte(facility)) {
			held++
		}
		for what, secret := range secrets {
			// Tokens are a name and a secret part: the whole is looked for, and its end.
			for _, part := range []string{secret, secret[len(secret)/2:]} {
				if len(part) >= 8 && bytes.Contains(content, []byte(part)) {
					t.Errorf("%s holds the %s", filepath.Base(path), what)
				}
			}
		}
		return nil
	})
	e.must(err)
	if files == 0 || held == 0 {
		t.Errorf("%d files, the facility in %d: this is not the data folder", files, held)
	}
}
