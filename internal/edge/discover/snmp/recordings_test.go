package snmp

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sonae/internal/survey/network"
)

// corpus gives the folder with recordings of real devices.
func corpus(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("SONAE_TESTDATA")
	if folder == "" {
		t.Skip("SONAE_TESTDATA is not set: recordings of real devices are left out")
	}
	return filepath.Join(folder, "snmp-librenms")
}

// unpack calls fn for every file of an archive by its name without folder and suffix.
func unpack(t testing.TB, archive, suffix string, fn func(name string, body []byte)) {
	t.Helper()
	f, err := os.Open(filepath.Join(corpus(t), archive))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for tr := tar.NewReader(z); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		name, ok := strings.CutSuffix(filepath.Base(h.Name), suffix)
		if h.Typeflag != tar.TypeReg || !ok {
			continue
		}
		body, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		fn(name, body)
	}
}

var testTime = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// readings reads every recording.
func readings(t testing.TB) map[string]network.Reading {
	t.Helper()
	files := map[string][]byte{}
	unpack(t, "snmprec.tar.gz", ".snmprec", func(name string, body []byte) { files[name] = body })
	out := map[string]network.Reading{}
	for name, body := range files {
		rec, err := OpenRecording(bytes.NewReader(body))
		if strings.Contains(name, "@") && err != nil {
			continue // of a VLAN: some are empty
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		rec.Other = func(vlan int) *Recording {
			if other, ok := files[fmt.Sprintf("%s@%d", name, vlan)]; ok {
				r, _ := OpenRecording(bytes.NewReader(other))
				return r
			}
			return nil
		}
		began := time.Now()
		r, err := Read(t.Context(), rec, Limits{}, testTime)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if len(r.Partial) > 0 {
			t.Logf("%s: %v", name, r.Partial)
		}
		out[name] = r
	}
	return out
}

// expected is what LibreNMS derives from a recording.
type expected struct {
	OS struct {
		Discovery struct {
			Devices []struct{ Serial, Version, Hardware, SysName *string }
		}
		Poller any
	}
	Ports struct {
		Discovery, Poller any
	}
	Links struct {
		Discovery struct{ Links []expectedLink }
	} `json:"discovery-protocols"`
}

type expectedLink struct {
	Active                   int
	Protocol                 string
	Hostname                 string  `json:"remote_hostname"`
	Port                     string  `json:"remote_port"`
	Version                  *string `json:"remote_version"`
	IfAlias, IfDescr, IfName string
}

type expectedPort struct {
	IfIndex                                                       int
	IfName, IfDescr, IfAlias, IfPhysAddress, IfOperStatus, IfType *string
	IfSpeed                                                       *int64
	IfAdminStatus                                                 *string
	Deleted                                                       int
}

// portsOf takes the rows after the last step that has them.
func portsOf(v ...any) []expectedPort {
	for _, part := range v {
		b, _ := json.Marshal(part)
		var p struct{ Ports []expectedPort }
		if json.Unmarshal(b, &p) == nil && len(p.Ports) > 0 {
			return p.Ports
		}
	}
	return nil
}

// share counts how many of a kind are equal.
type share struct {
	equal, all int
	wrong      []string
}

func (s *share) add(ok bool, format string, args ...any) {
	s.all++
	if ok {
		s.equal++
	} else {
		s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
	}
}

func (s *share) percent() float64 { return 100 * float64(s.equal) / float64(max(1, s.all)) }

func text(s *string) string {
	if s == nil {
		return ""
	}
	return strings.Join(strings.Fields(*s), " ")
}
