package agent

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// lowPriority is background mode: low processor, disk and memory priority (Windows
// Vista and later, SetPriorityClass).
func lowPriority() {
	const backgroundBegin = 0x00100000 // PROCESS_MODE_BACKGROUND_BEGIN
	_ = windows.SetPriorityClass(windows.CurrentProcess(), backgroundBegin)
}

var getSystemTimes = windows.NewLazySystemDLL("kernel32.dll").NewProc("GetSystemTimes")

// machineBusy tells that the processors had no more than a tenth of a second to spare.
func machineBusy() bool {
	idle1, all1, ok1 := systemTimes()
	time.Sleep(time.Second)
	idle2, all2, ok2 := systemTimes()
	return ok1 && ok2 && all2 > all1 && (idle2-idle1)*10 < all2-all1
}

// systemTimes are idle and whole processor time since the start, in 100 ns; kernel time
// has idle time in it.
func systemTimes() (idle, all uint64, ok bool) {
	var i, k, u windows.Filetime
	done, _, _ := getSystemTimes.Call(uintptr(unsafe.Pointer(&i)), uintptr(unsafe.Pointer(&k)), uintptr(unsafe.Pointer(&u)))
	ticks := func(f windows.Filetime) uint64 { return uint64(f.HighDateTime)<<32 | uint64(f.LowDateTime) }
	return ticks(i), ticks(k) + ticks(u), done != 0
}

func ownCPU() time.Duration {
	var made, ended, kernel, user windows.Filetime
	if windows.GetProcessTimes(windows.CurrentProcess(), &made, &ended, &kernel, &user) != nil {
		return 0
	}
	ticks := func(f windows.Filetime) int64 { return int64(f.HighDateTime)<<32 | int64(f.LowDateTime) }
	return time.Duration(ticks(kernel)+ticks(user)) * 100
}

// peakKB is what the Go runtime took from the system, in 1024 bytes.
func peakKB() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys / 1024)
}

// secure leaves the folder to SYSTEM, the administrators and its owner, and refuses one
// that somebody else made beforehand, or whose parent is somebody else's: its owner
// could swap the key, or the server that is reported to, at any time.
func secure(dir string) error {
	if err := checkOwner(dir); err != nil {
		return err
	}
	return ownerOf(filepath.Dir(dir))
}

// exposed lists what ordinary users could change. The rights are read as text (SDDL): an
// allowing entry for Everyone, Users or Authenticated Users that includes writing.
func exposed(dir string) []string {
	var out []string
	paths := []string{dir}
	if program, err := os.Executable(); err == nil {
		paths = append(paths, program, filepath.Dir(program))
	}
	for _, path := range paths {
		d, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
		if err == nil && openToUsers(d.String()) {
			out = append(out, path+" can be changed by ordinary users")
		}
	}
	return out
}

func openToUsers(sddl string) bool {
	for _, entry := range strings.Split(sddl, "(") {
		fields := strings.Split(strings.TrimRight(entry, ")"), ";")
		if len(fields) != 6 || fields[0] != "A" || fields[5] != "WD" && fields[5] != "BU" && fields[5] != "AU" {
			continue
		}
		for _, right := range []string{"FA", "FW", "GA", "GW", "WD", "WO"} {
			if strings.Contains(fields[2], right) {
				return true
			}
		}
	}
	return false
}
