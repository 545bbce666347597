package collect

import (
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"sonae/internal/wire"
)

// Host is the machine the agent runs on.
func Host() *Source {
	return &Source{
		OS: runtime.GOOS, Arch: runtime.GOARCH, Files: os.DirFS("/"), Now: time.Now,
		Native: sync.OnceValues(readNative),
	}
}

// readNative asks sysctl(3) and reads SystemVersion.plist. The serial number is
// in the I/O registry, which this version does not read.
func readNative() (*Native, error) {
	n := &Native{Gaps: []string{"the serial number is not read by this version of the agent"}}
	h := &n.Hardware
	h.Maker = "Apple Inc."
	h.Model, _ = unix.Sysctl("hw.model")
	h.CPUModel, _ = unix.Sysctl("machdep.cpu.brand_string")
	if memory, err := unix.SysctlUint64("hw.memsize"); err == nil {
		h.MemoryBytes = int64(memory)
	}
	for name, to := range map[string]*int{"hw.physicalcpu": &h.CPUCores, "hw.logicalcpu": &h.CPUThreads, "hw.packages": &h.CPUSockets} {
		if number, err := unix.SysctlUint32(name); err == nil {
			*to = int(number)
		}
	}
	h.Chassis = "desktop"
	if strings.Contains(h.Model, "Book") {
		h.Chassis = "laptop"
	}
	n.InstallID, _ = unix.Sysctl("kern.uuid")
	host, _ := os.Hostname()
	plist, _ := os.ReadFile("/System/Library/CoreServices/SystemVersion.plist")
	version := plistText(string(plist), "ProductVersion")
	n.OS = wire.OS{Name: strings.TrimSpace(plistText(string(plist), "ProductName") + " " + version), ID: "macos", Version: version, HostName: host}
	n.OS.Kernel, _ = unix.Sysctl("kern.osrelease")
	if boot, err := unix.SysctlTimeval("kern.boottime"); err == nil {
		n.OS.BootedMS = boot.Sec / 60 * 60 * 1000
	}
	var s syscall.Statfs_t
	for _, mount := range []string{"/", "/System/Volumes/Data"} {
		if syscall.Statfs(mount, &s) == nil {
			n.Volumes = append(n.Volumes, wire.Volume{Mount: mount, FileSystem: "apfs", SizeBytes: int64(s.Blocks) * int64(s.Bsize), FreeBytes: int64(s.Bavail) * int64(s.Bsize)})
		}
	}
	return n, nativeLinks(n)
}

// plistText reads a text of an XML property list.
func plistText(plist, key string) string {
	found := regexp.MustCompile(`<key>` + key + `</key>\s*<string>([^<]*)</string>`).FindStringSubmatch(plist)
	if found == nil {
		return ""
	}
	return found[1]
}
