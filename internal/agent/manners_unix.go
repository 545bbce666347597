//go:build unix

package agent

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// lowPriority lets every other program go first. On Linux priority belongs to threads:
// those that run now get it, later ones inherit it. The systemd unit sets it, too.
func lowPriority() {
	const nice = 10
	if runtime.GOOS != "linux" {
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, nice)
		return
	}
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return
	}
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, nice)
			idleDisk(id)
		}
	}
}

// machineBusy tells that the machine has more to do than it can: load of the last minute over
// one and a half a processor (proc(5), loadavg).
func machineBusy() bool {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(string(text), " ")
	load, err := strconv.ParseFloat(first, 64)
	return err == nil && load > 1.5*float64(runtime.NumCPU())
}

// ownCPU is the processor time of this process, in user mode and in the kernel.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakKB is the most memory this process had, in 1024 bytes (getrusage(2): kilobytes on
// Linux, bytes on macOS).
func peakKB() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(u.Maxrss) / 1024
	}
	return int64(u.Maxrss)
}

// secure makes the folder its owner's alone. A folder of somebody else is refused: he
// could read the key or swap it at any time.
func secure(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Geteuid() && owner.Uid != 0 {
		name := strconv.Itoa(int(owner.Uid))
		if u, err := user.LookupId(name); err == nil {
			name = u.Username
		}
		return fmt.Errorf("the state folder %s belongs to %s, who could change the agent's key and settings: give it to the account the agent runs as, or choose another folder", dir, name)
	}
	return nil
}

// exposed lists what other users could change: the state folder and the program.
func exposed(dir string) []string {
	var out []string
	check := func(what, path string) {
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&os.ModeSymlink != 0 {
			return
		}
		if info.Mode().Perm()&0o022 != 0 && info.Mode()&os.ModeSticky == 0 {
			out = append(out, fmt.Sprintf("%s %s can be changed by other users (mode %o)", what, path, info.Mode().Perm()))
		}
	}
	check("state folder", dir)
	for _, name := range []string{"key", "device", "trust", "policy", "state"} {
		check("file", filepath.Join(dir, name))
	}
	if program, err := os.Executable(); err == nil {
		check("program", program)
		check("folder of the program", filepath.Dir(program))
	}
	return out
}
