package collect

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sonae/internal/wire"
)

const (
	manyUsers = 5000
	manyFiles = 100_000
	// heapLimit is what the agent's watchdog allows (internal/agent, capHeap).
	heapLimit = 128 << 20
)

// A file server with 5,000 users and 100,000 files where programs are looked for: no
// collector runs into its time, the memory stays under what the watchdog allows, and
// the report is one that the server takes.
func TestLargeMachine(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 100,000 files")
	}
	root := t.TempDir()
	write := func(name, text string) {
		full := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var passwd, group, shadow strings.Builder
	for i := range manyUsers {
		fmt.Fprintf(&passwd, "u%05d:x:%d:100:職員 %d:/home/u%05d:/bin/bash\n", i, 10_000+i, i, i)
		fmt.Fprintf(&shadow, "u%05d:$6$salt$hash:20000:0:99999:7:::\n", i)
		fmt.Fprintf(&group, "g%05d:x:%d:u%05d\n", i, 10_000+i, i)
		write(fmt.Sprintf("home/u%05d/.profile", i), "umask 022\n")
	}
	write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n"+passwd.String())
	write("etc/shadow", "root:!:20000:0:99999:7:::\n"+shadow.String())
	write("etc/group", "root:x:0:\nsudo:x:27:u00001\n"+group.String())
	write("etc/os-release", "ID=debian\nVERSION_ID=\"13\"\nPRETTY_NAME=\"Debian GNU/Linux 13\"\n")
	write("proc/stat", "btime 1795000000\n")
	const perKit = 100 // files; two of them say what it is
	for kit := range (manyFiles - manyUsers) / perKit {
		info := fmt.Sprintf("usr/lib/python3/dist-packages/kit%d-1.%d.dist-info/", kit, kit)
		write(info+"METADATA", fmt.Sprintf("Metadata-Version: 2.1\nName: kit%d\nVersion: 1.%d\n", kit, kit))
		write(info+"INSTALLER", "pip\n")
		code := filepath.Join(root, fmt.Sprintf("usr/lib/python3/dist-packages/kit%d", kit))
		if err := os.Mkdir(code, 0o700); err != nil {
			t.Fatal(err)
		}
		for part := range perKit - 2 { // links are names without a file of their own: quicker to make
			if err := os.Link(filepath.Join(root, info, "INSTALLER"), filepath.Join(code, fmt.Sprintf("part%02d.py", part))); err != nil {
				t.Fatal(err)
			}
		}
	}
	src := &Source{OS: "linux", Arch: "amd64", Files: os.DirFS(root), Now: func() time.Time { return machineTime }}
	r := withinLimits(t, src)
	if got := r.Sections.Accounts; got == nil || len(*got) != manyUsers+1 {
		t.Error("not all accounts are in the report")
	}
	if got := r.Sections.Packages; got == nil || len(*got) != (manyFiles-manyUsers)/perKit {
		t.Error("not all programs are in the report")
	}
}

// A domain controller lists its whole directory as its own accounts.
func TestLargeDomainController(t *testing.T) {
	r := &winRecord{Users: []WinUser{}, Groups: []WinGroup{{Name: "Administrators", SID: sidAdministrators}}}
	all := WinGroup{Name: "Users", SID: "S-1-5-32-545"}
	for i := range manyUsers {
		u := WinUser{Name: fmt.Sprintf("u%05d", i), SID: fmt.Sprintf("S-1-5-21-1-2-3-%d", 1000+i), PasswordAgeSec: 86400}
		r.Users = append(r.Users, u)
		all.Members = append(all.Members, WinMember{SID: u.SID, Kind: 1})
	}
	r.Groups[0].Members = all.Members[:2]
	for i := range 1000 { // each group of a department holds everybody
		r.Groups = append(r.Groups, WinGroup{Name: fmt.Sprintf("部署%03d", i), SID: fmt.Sprintf("S-1-5-21-1-2-3-%d", 90_000+i), Members: all.Members[:manyUsers/10]})
	}
	r.Groups = append(r.Groups, all)
	src := &Source{OS: "windows", Arch: "amd64", Files: os.DirFS(t.TempDir()), Now: func() time.Time { return machineTime }, Windows: &Windows{Calls: r.calls()}}
	var accounts []Collector
	for _, c := range List() {
		if c.Section == wire.SecAccounts || c.Section == wire.SecGroups {
			accounts = append(accounts, c)
		}
	}
	report := withinLimits(t, src, accounts...)
	list := *report.Sections.Accounts
	if len(list) != manyUsers || !list[1].Privileged || list[2].Privileged || len(list[0].Groups) < 1000 {
		t.Errorf("%d accounts, the first in %d groups", len(list), len(list[0].Groups))
	}
}

// withinLimits takes an inventory and watches its memory.
func withinLimits(t *testing.T, src *Source, list ...Collector) wire.Report {
	t.Helper()
	if list == nil {
		list = List()
	}
	var most atomic.Uint64
	done, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			metrics.Read(sample)
			most.Store(max(most.Load(), sample[0].Value.Uint64()))
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	r, err := ReportOf(context.Background(), src, list, "test")
	close(stop)
	<-done
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range r.Notes {
		if strings.Contains(n.Reason, "not finished") || strings.Contains(n.Reason, "panic") {
			t.Errorf("%+v", n)
		}
	}
	r.DeviceID, r.Seq = "test", 1
	if err := r.Check(); err != nil {
		t.Errorf("the server would refuse it: %v", err)
	}
	t.Logf("most memory %d MB", most.Load()>>20)
	if most.Load() > heapLimit {
		t.Errorf("takes %d MB of memory, the watchdog allows %d", most.Load()>>20, heapLimit>>20)
	}
	return r
}
