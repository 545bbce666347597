package collect

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"sonae/internal/agent/winreg"
	"sonae/internal/agent/wmi"
	"sonae/internal/wire"
)

// Host is the machine the agent runs on.
func Host() *Source {
	return &Source{
		OS: runtime.GOOS, Arch: runtime.GOARCH, Files: os.DirFS(`C:\`), Now: time.Now,
		Native:  sync.OnceValues(readNative),
		Windows: &Windows{Registry: winreg.Live{}, WMI: new(wmi.Live), Calls: liveCalls()},
	}
}

func readNative() (*Native, error) {
	n := &Native{}
	gap := func(what string, err error) {
		if err != nil {
			n.Gaps = append(n.Gaps, fmt.Sprintf("%s: %v", what, err))
		}
	}
	var err error
	n.SMBIOS, err = smbiosTable()
	gap("SMBIOS", err)
	gap("memory", memory(&n.Hardware))
	n.Hardware.CPUThreads = runtime.NumCPU()
	n.OS.BootedMS = time.Now().Add(-windows.DurationSinceBoot()).Truncate(time.Minute).UnixMilli()
	gap("volumes", driveVolumes(n))
	gap("interfaces", nativeLinks(n))
	return n, nil
}

// memory calls GlobalMemoryStatusEx.
func memory(h *wire.Hardware) error {
	var status struct {
		length, load                                                         uint32
		total, available, totalPage, availablePage, totalVirtual, available2 uint64
		extended                                                             uint64
	}
	status.length = uint32(unsafe.Sizeof(status))
	proc := windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")
	if ok, _, err := proc.Call(uintptr(unsafe.Pointer(&status))); ok == 0 {
		return err
	}
	h.MemoryBytes = int64(status.total)
	return nil
}

// smbiosTable calls GetSystemFirmwareTable for "RSMB"; eight bytes of header
// stand before the table (RawSMBIOSData).
func smbiosTable() ([]byte, error) {
	const provider, head = 'R'<<24 | 'S'<<16 | 'M'<<8 | 'B', 8
	proc := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetSystemFirmwareTable")
	size, _, err := proc.Call(provider, 0, 0, 0)
	if size <= head || size > 1<<20 {
		return nil, fmt.Errorf("GetSystemFirmwareTable: %w", err)
	}
	buf := make([]byte, size)
	if got, _, err := proc.Call(provider, 0, uintptr(unsafe.Pointer(&buf[0])), size); got != size {
		return nil, fmt.Errorf("GetSystemFirmwareTable: %w", err)
	}
	return buf[head:], nil
}

// driveVolumes lists fixed drives with letters.
func driveVolumes(n *Native) error {
	mask, err := windows.GetLogicalDrives()
	if err != nil {
		return err
	}
	for i := range 26 {
		root := string(rune('A'+i)) + `:\`
		path, err := windows.UTF16PtrFromString(root)
		if mask&(1<<i) == 0 || err != nil || windows.GetDriveType(path) != windows.DRIVE_FIXED {
			continue
		}
		v := wire.Volume{Mount: root[:2]}
		var name [windows.MAX_PATH + 1]uint16
		if windows.GetVolumeInformation(path, nil, 0, nil, nil, nil, &name[0], uint32(len(name))) == nil {
			v.FileSystem = windows.UTF16ToString(name[:])
		}
		var free, total uint64
		if windows.GetDiskFreeSpaceEx(path, nil, &total, &free) == nil {
			v.SizeBytes, v.FreeBytes = int64(total), int64(free)
		}
		n.Volumes = append(n.Volumes, v)
	}
	return nil
}
