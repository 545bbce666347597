package collect

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"flag"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"sonae/internal/wire"
)

var update = flag.Bool("update", false, "write what the collectors find into testdata/machines")

// machineTime is the clock of the machines in testdata, and the time of their files.
var machineTime = time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)

// loadMachine turns an archive into a Source. The section "links" lists symbolic
// links, "dates" the times of single files; names ending in ".b64" are decoded.
func loadMachine(archive *txtar.Archive) *Source {
	if slices.ContainsFunc(archive.Files, func(f txtar.File) bool { return f.Name == "registry.reg" }) {
		return loadWindows(archive)
	}
	tree := fstest.MapFS{}
	for _, f := range archive.Files {
		switch name := f.Name; {
		case name == "want.json" || name == "dates":
		case name == "links":
			for line := range strings.Lines(string(f.Data)) {
				if from, to, ok := strings.Cut(strings.TrimSpace(line), " -> "); ok {
					tree[from] = &fstest.MapFile{Mode: fs.ModeSymlink | 0o777, Data: []byte(to), ModTime: machineTime}
				}
			}
		default:
			data := f.Data
			if short, ok := strings.CutSuffix(name, ".b64"); ok {
				name = short
				data, _ = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(data)), ""))
			}
			tree[name] = &fstest.MapFile{Mode: 0o644, Data: data, ModTime: machineTime}
		}
	}
	for _, f := range archive.Files {
		if f.Name == "dates" {
			for line := range strings.Lines(string(f.Data)) {
				day, name, _ := strings.Cut(strings.TrimSpace(line), " ")
				if when, err := time.Parse(time.DateOnly, day); err == nil && tree[name] != nil {
					tree[name].ModTime = when
				}
			}
		}
	}
	return &Source{
		OS: "linux", Arch: "amd64", Files: tree, Now: func() time.Time { return machineTime },
		Space:       func(string) (int64, int64, error) { return 100 << 30, 40<<30 + 12345, nil },
		ClockSynced: func() (bool, error) { return true, nil },
		Addresses: func() (map[string][]netip.Prefix, error) {
			return map[string][]netip.Prefix{
				"lo":   {netip.MustParsePrefix("127.0.0.1/8")},
				"eth0": {netip.MustParsePrefix("192.0.2.17/24"), netip.MustParsePrefix("2001:db8::17/64"), netip.MustParsePrefix("2001:db8::abcd/64")},
			}, nil
		},
	}
}

// TestMachines runs every collector on the machines of testdata and compares all
// sections and notes. With -update it writes what it finds: read the difference.
func TestMachines(t *testing.T) {
	names, err := filepath.Glob("testdata/machines/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no machines in testdata: %v", err)
	}
	for _, name := range names {
		t.Run(baseWithout(name, ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			report, err := ReportOf(context.Background(), loadMachine(archive), List(), "test")
			if err != nil {
				t.Fatal(err)
			}
			report.DeviceID, report.Seq = "test", 1
			if err := report.Check(); err != nil {
				t.Errorf("the server would refuse it: %v", err)
			}
			again, err := ReportOf(context.Background(), loadMachine(archive), List(), "test")
			if diff := cmp.Diff(report.Digests, again.Digests); err != nil || diff != "" {
				t.Errorf("an unchanged machine has other digests: %v\n%s", err, diff)
			}
			var got bytes.Buffer
			e := json.NewEncoder(&got)
			e.SetIndent("", " ")
			e.SetEscapeHTML(false)
			if err := e.Encode(struct {
				Sections wire.Sections
				Notes    []wire.Note
			}{report.Sections, report.Notes}); err != nil {
				t.Fatal(err)
			}
			want := wanted(archive)
			if *update {
				want.Data = got.Bytes()
				if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(want.Data), got.String()); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

// wanted is the expectation in an archive, added when missing.
func wanted(archive *txtar.Archive) *txtar.File {
	for i := range archive.Files {
		if archive.Files[i].Name == "want.json" {
			return &archive.Files[i]
		}
	}
	archive.Files = append(archive.Files, txtar.File{Name: "want.json"})
	return &archive.Files[len(archive.Files)-1]
}
