package directory

import (
	"testing"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store/storetest"
)

// checkDomain presses the test button with everything right and with each thing
// wrong.
func checkDomain(t *testing.T, d *domain) {
	w := newWorld(t, storetest.SQLite(t))
	found, err := w.dir.Check(t.Context(), withMinutes(d.source()), readerPassword)
	if err != nil || found.Computers != 103 || found.Accounts < 5 {
		t.Fatalf("%+v, %v", found, err)
	}
	for _, c := range []struct {
		name, password, key string
		change              func(*Source)
	}{
		{"password", "wrong", "directory.error.bind", func(*Source) {}},
		{"user", readerPassword, "directory.error.bind", func(s *Source) { s.BindName = "nobody@hosp.example" }},
		{"disabled account", "x", "directory.error.bind", func(s *Source) { s.BindName = "svc-pacs@hosp.example" }},
		{"base", readerPassword, "directory.error.base", func(s *Source) { s.BaseDN = "OU=nowhere,DC=hosp,DC=example" }},
		{"empty base", readerPassword, "directory.error.nothing", func(s *Source) { s.BaseDN = "CN=Infrastructure,DC=hosp,DC=example" }},
		{"authority", readerPassword, "directory.error.authority", func(s *Source) { s.CAPEM = "" }},
		{"pin", readerPassword, "directory.error.pin", func(s *Source) { s.Pin = "00000000000000000000000000000000000000000000000000000000000000ff" }},
		{"port", readerPassword, "directory.error.refused", func(s *Source) { s.Address = s.Address[:len(s.Address)-3] + "637" }},
	} {
		s := withMinutes(d.source())
		c.change(&s)
		_, err := w.dir.Check(t.Context(), s, c.password)
		if f := fault.Of(err); f == nil || f.Key != c.key {
			t.Errorf("%s: got %v, want %s", c.name, err, c.key)
		}
	}
}

func withMinutes(s Source) Source { s.Minutes = 60; return s }
