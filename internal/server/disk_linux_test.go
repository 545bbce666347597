package server_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"sonae/internal/server/servertest"
)

// A full disk gives a clear refusal, what is stored stays readable, and the server
// goes on when space returns. The kernel's file size limit of the server's process
// stands for the disk, so that the test needs no rights.
func TestFullDisk(t *testing.T) {
	data := t.TempDir()
	p := servertest.Start(t, servertest.Options{Data: data})
	_, token := p.Prepare(t, 100)
	limit := func(bytes uint64) {
		t.Helper()
		if err := unix.Prlimit(p.PID(), unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}, nil); err != nil {
			t.Fatal(err)
		}
	}
	send := func(n int) error {
		t.Helper()
		m, err := p.Enroll(token, n, 300)
		if err != nil {
			return err
		}
		body, signature, err := m.Body()
		if err != nil {
			t.Fatal(err)
		}
		return p.Send(m.Device, body, signature)
	}
	for n := range 5 {
		if err := send(n); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(data, "sonae.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	limit(uint64(info.Size())) //nolint:gosec // a size is not negative

	full := 0
	for n := 5; n < 15; n++ {
		var refused *servertest.Refused
		err := send(n)
		switch {
		case errors.As(err, &refused) && refused.Status == http.StatusServiceUnavailable:
			full++
		case err != nil:
			t.Errorf("on a full disk: %v, want status 503", err)
		}
	}
	if full == 0 {
		t.Fatal("the disk never filled: the test proves nothing")
	}
	var page struct {
		Total int `json:"total"`
	}
	if err := p.Call(http.MethodGet, "/api/v1/assets?limit=1", nil, &page); err != nil {
		t.Errorf("reading on a full disk: %v", err)
	}
	if page.Total < 5 {
		t.Errorf("%d assets readable, want at least the 5 stored before", page.Total)
	}

	limit(unix.RLIM_INFINITY)
	if err := send(50); err != nil {
		t.Errorf("after space returned: %v", err)
	}
	report, err := p.Rooms(t).Audit.Verify(t.Context())
	if err != nil || !report.OK() {
		t.Errorf("audit log after a full disk: %v %+v", err, report.Damage)
	}
}
