package collect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/wire"
)

// TestListIsComplete holds the list to its contract: every section is read on
// Linux and Windows, names are unique on each system.
func TestListIsComplete(t *testing.T) {
	read, names := map[wire.Section]bool{}, map[string]bool{}
	for _, c := range List() {
		if c.Name == "" || len(c.OS) == 0 || c.read == nil {
			t.Errorf("collector %+v is not complete", c)
		}
		for _, os := range c.OS {
			if names[os+" "+c.Name] {
				t.Errorf("two collectors %q on %s", c.Name, os)
			}
			names[os+" "+c.Name] = true
			read[wire.Section(os)+" "+c.Section] = true
		}
	}
	for _, section := range wire.AllSections {
		if !read["linux "+section] {
			t.Errorf("nothing reads %s on Linux", section)
		}
		if !read["windows "+section] {
			t.Errorf("nothing reads %s on Windows", section)
		}
	}
}

// TestOneFailureStopsNothing runs collectors that fail in every way there is.
func TestOneFailureStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disks := func(name string, read func(context.Context, *Source) ([]wire.Disk, error)) Collector {
			return collector(name, wire.SecDisks, "linux", read, func(s *wire.Sections, v []wire.Disk) { s.Disks = &v })
		}
		one := []wire.Disk{{Name: "sda"}}
		list := []Collector{
			disks("panics", func(context.Context, *Source) ([]wire.Disk, error) { var p *wire.Disk; return []wire.Disk{*p}, nil }),
			disks("fails", func(context.Context, *Source) ([]wire.Disk, error) { return one, errors.New("broken cable") }),
			disks("nothing there", func(context.Context, *Source) ([]wire.Disk, error) { return nil, fmt.Errorf("no disk: %w", ErrNoData) }),
			disks("no right", func(context.Context, *Source) ([]wire.Disk, error) { return nil, fs.ErrPermission }),
			disks("never ends", func(context.Context, *Source) ([]wire.Disk, error) { time.Sleep(time.Hour); return one, nil }),
			disks("other system", func(context.Context, *Source) ([]wire.Disk, error) { t.Error("ran on linux"); return nil, nil }),
			disks("partly", func(context.Context, *Source) ([]wire.Disk, error) {
				var g gaps
				g.say("one of two disks")
				g.say("one of two disks")
				return one, g.err()
			}),
		}
		list[5].OS = []string{"windows"}
		start := time.Now()
		result, err := Run(context.Background(), &Source{OS: "linux", Now: time.Now}, list)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != defaultLimit {
			t.Errorf("took %v, want the limit of the one that never ends, %v", took, defaultLimit)
		}
		time.Sleep(2 * time.Hour) // its late result must change nothing
		synctest.Wait()
		if diff := cmp.Diff(&one, result.Sections.Disks); diff != "" {
			t.Errorf("disks (-want +got):\n%s", diff)
		}
		var got []string
		for _, n := range result.Notes {
			if n.Section == wire.SecDisks {
				got = append(got, string(n.State)+" "+n.Reason)
			}
		}
		want := []string{
			"failed panics: panic: runtime error: invalid memory address or nil pointer dereference",
			"failed fails: broken cable",
			"no_data nothing there: no disk: nothing of the kind on this machine",
			"no_right no right: permission denied",
			"failed never ends: not finished after 10s: context deadline exceeded",
			"partial partly: one of two disks",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, &Source{OS: "linux"}, List()); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
}

// TestSectionsNobodyReads says so where it is not read.
func TestSectionsNobodyReads(t *testing.T) {
	src := &Source{OS: "darwin", Now: time.Now, Files: fstest.MapFS{}, Native: func() (*Native, error) {
		return &Native{OS: wire.OS{Name: "macOS 15", HostName: "mac"}, Links: []NativeLink{{Name: "Ethernet", MAC: "aa:bb:cc:00:11:22", Up: true}}, AddressesOf: map[string][]string{"Ethernet": {"192.0.2.5/24"}}, Volumes: []wire.Volume{{Mount: "C:", FreeBytes: 3<<30 + 1}}}, nil
	}}
	report, err := ReportOf(context.Background(), src, List(), "test")
	if err != nil {
		t.Fatal(err)
	}
	report.DeviceID, report.Seq = "d", 1
	report.CollectedMS = 1
	if err := report.Check(); err != nil {
		t.Error(err)
	}
	notYet := map[wire.Section]bool{}
	for _, n := range report.Notes {
		notYet[n.Section] = notYet[n.Section] || n.State == wire.NotYet || n.State == wire.NoData || n.State == wire.NoRight
	}
	for _, section := range wire.AllSections {
		if _, has := report.Digests[section]; has == notYet[section] {
			t.Errorf("%s: in the report %v, noted as not read %v", section, has, notYet[section])
		}
	}
}

// TestTidy cleans what no server may get.
func TestTidy(t *testing.T) {
	packages := []wire.Package{{Name: "a\x00b", Version: "caf\xe9", Publisher: strings.Repeat("あ", wire.MaxStringBytes)}}
	accounts := make([]wire.Account, wire.MaxAccounts+5)
	s := wire.Sections{Packages: &packages, Accounts: &accounts, Security: &wire.Security{RemoteAccess: []string{"x\x00"}}}
	notes := tidy(&s)
	p := (*s.Packages)[0]
	if p.Name != "ab" || p.Version != "caf\uFFFD" || len(p.Publisher) > wire.MaxStringBytes || strings.Contains(p.Publisher, "\uFFFD") || s.Security.RemoteAccess[0] != "x" {
		t.Errorf("not clean: %.40q", p)
	}
	if len(*s.Accounts) != wire.MaxAccounts || len(notes) != 1 || notes[0].State != wire.Partial {
		t.Errorf("%d accounts, notes %v; want the limit and a note", len(*s.Accounts), notes)
	}
}
