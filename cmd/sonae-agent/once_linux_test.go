package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"sonae/internal/wire"
)

// The promise of "once --out FILE", in the clear and sealed: it writes that file and
// nothing else, opens no connection and starts no program.

// testKit writes the file of a collection kit.
func testKit(t *testing.T) string {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(wire.Kit{
		Version: wire.KitVersion, ID: "0192d3a0-0000-7000-8000-000000000001", Name: "stick 1", Facility: "本院",
		Recipient: id.Recipient().String(), Key: make([]byte, ed25519.SeedSize), CreatedMS: 1, ExpiresMS: time.Now().Add(time.Hour).UnixMilli(),
	})
	name := filepath.Join(t.TempDir(), "kit.json")
	if err == nil {
		err = os.WriteFile(name, body, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// TestOnceIsTraced reads every system call that could change something.
func TestOnceIsTraced(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace")
	if out, err := exec.Command("strace", "-f", "-o", trace, "true").CombinedOutput(); err != nil {
		t.Skipf("NOTICE: strace does not run here (%v %s): the system calls of once --out are not read (apt-get install strace)", err, bytes.TrimSpace(out))
	}
	exe, kit := built(t), testKit(t)
	for name, extra := range map[string][]string{"in the clear": nil, "sealed": {"--kit", kit}} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "report")
			args := append([]string{"-f", "-s", "4096", "-o", trace, "-e", "trace=%file,%network,%process,%desc", exe, "once", "--out", out}, extra...)
			if said, err := exec.Command("strace", args...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			calls, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			checkCalls(t, string(calls), out)
		})
	}
}

var (
	// tracedCall is a line of strace: thread, call, arguments.
	tracedCall = regexp.MustCompile(`^\d+ +([a-z_0-9]+)\((.*)`)
	// changing are the calls that change a file system or ownership by name or descriptor.
	changing        = regexp.MustCompile(`^(mkdir|mknod|rename|unlink|rmdir|link|symlink|ch(mod|own)|fch(mod|own)|lchown|f?truncate|utim|futimes|f?setxattr|lsetxattr|f?removexattr|fallocate|mount|creat$|copy_file_range|sendfile|io_uring)`)
	opensForWriting = regexp.MustCompile(`O_(WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)`)
	talks           = regexp.MustCompile(`^(connect|listen|accept)`)
)

func checkCalls(t *testing.T, trace, out string) {
	t.Helper()
	wrote, programs := 0, 0
	for line := range strings.Lines(trace) {
		m := tracedCall.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		call, args := m[1], m[2]
		switch {
		case strings.HasPrefix(call, "open") && opensForWriting.MatchString(args):
			if wrote++; !strings.Contains(args, `"`+out+`"`) {
				t.Errorf("opened for writing: %s", line)
			}
		case changing.MatchString(call), talks.MatchString(call):
			t.Errorf("not promised: %s", line)
		case call == "socket" && !strings.HasPrefix(args, "AF_NETLINK"): // questions to the kernel
			t.Errorf("a connection: %s", line)
		case strings.HasPrefix(call, "exec"):
			programs++
		}
	}
	if wrote != 1 || programs != 1 {
		t.Errorf("%d files opened for writing, %d programs started; want the report and the agent itself", wrote, programs)
	}
}

// confine makes everything but the folder $1 read-only, proves that, and runs the rest.
// The network of the namespace has no interface that is up.
const confine = `set -eu
out=$1; shift
mount --bind "$out" "$out"
awk '{print $5}' /proc/self/mountinfo | while read -r at; do
  at=$(printf %b "$at")
  [ "$at" = "$out" ] || mount -o remount,bind,ro "$at" 2>/dev/null || true
done
for at in / /etc /tmp /var/tmp /var/lib /run /dev /dev/shm "$HOME"; do
  if [ -d "$at" ] && (: >"$at/sonae-confined") 2>/dev/null; then
    rm -f "$at/sonae-confined"; echo "can still write to $at" >&2; exit 96
  fi
done
if cut -d: -f1 /proc/net/dev | tail -n +3 | grep -qv '^ *lo$'; then echo "there is an interface" >&2; exit 96; fi
touch "$out/x"; rm "$out/x"
exec "$@"`

// TestOnceIsConfined takes the inventory where nothing else can be written and no
// network is.
func TestOnceIsConfined(t *testing.T) {
	inside := func(out string, args ...string) *exec.Cmd {
		cmd := exec.Command("unshare", append([]string{"--mount", "--net", "sh", "-c", confine, "sh", out}, args...)...)
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
		return cmd
	}
	if said, err := inside(t.TempDir(), "true").CombinedOutput(); err != nil {
		t.Skipf("NOTICE: no read-only namespace here (%v %s): run as root in a container that may unshare(1) to see once --out confined", err, bytes.TrimSpace(said))
	}
	exe, kit := built(t), testKit(t)
	free := sectionsOf(t, exec.Command(exe, "once", "--out", "-"))
	for name, extra := range map[string][]string{"in the clear": nil, "sealed": {"--kit", kit}} {
		t.Run(name, func(t *testing.T) {
			out := t.TempDir()
			args := append([]string{exe, "once", "--out", filepath.Join(out, "report")}, extra...)
			if said, err := inside(out, args...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			entries, err := os.ReadDir(out)
			if err != nil || len(entries) != 1 || entries[0].Name() != "report" {
				t.Errorf("in the folder: %v, %v; want the report alone", entries, err)
			}
		})
	}
	if confined := sectionsOf(t, inside(t.TempDir(), exe, "once", "--out", "-")); !slices.Equal(confined, free) {
		t.Errorf("confined it reads %v, else %v", confined, free)
	}
}

// sectionsOf are the sections that are in the report the command prints.
func sectionsOf(t *testing.T, cmd *exec.Cmd) []wire.Section {
	t.Helper()
	raw, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	report, err := wire.Decode(bytes.NewReader(raw), "", wire.ReportLimits())
	if err != nil {
		t.Fatal(err)
	}
	var names []wire.Section
	for _, body := range report.Sections.Carried() {
		names = append(names, body.Section)
	}
	return names
}
