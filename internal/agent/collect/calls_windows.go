package collect

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// liveCalls are the functions of this machine.
func liveCalls() Calls {
	return Calls{
		Sockets: socketTables, Processes: runningProcesses, Services: enumServices, Users: enumUsers, Groups: enumGroups,
		PasswordPolicy: passwordModals, Join: joined, Sessions: loggedOn, OldestEvent: oldestEvent, LastEvent: lastEvent, Updates: new(updateAgent).ask,
	}
}

// Libraries with functions that x/sys lacks; they are loaded from the system's own
// folder only.
var (
	iphlpapi = windows.NewLazySystemDLL("iphlpapi.dll")
	netapi32 = windows.NewLazySystemDLL("netapi32.dll")
	wtsapi32 = windows.NewLazySystemDLL("wtsapi32.dll")
	advapi32 = windows.NewLazySystemDLL("advapi32.dll")
)

// errNoFunction is what call answers for a function that is not there.
var errNoFunction = errors.New("this Windows does not have the function")

// call calls a function that may be missing on this Windows. result is the
// function's own return value. Pointers among the arguments are converted in the
// call itself, so that what they point to stays where it is.
//
//go:uintptrescapes
func call(proc *windows.LazyProc, args ...uintptr) (result uintptr, err error) {
	if err := proc.Find(); err != nil {
		return 0, fmt.Errorf("%s: %w", proc.Name, errNoFunction)
	}
	result, _, last := proc.Call(args...)
	if errors.Is(last, syscall.Errno(0)) {
		last = errors.New("no answer, and no reason given")
	}
	return result, last
}

// maxTableBytes bounds what a table of the system may take: 100,000 sockets.
const maxTableBytes = 8 << 20

// socketTables calls GetExtendedTcpTable for listeners with owners (class 3) or
// GetExtendedUdpTable with owners (class 1).
func socketTables(protocol string, v6 bool) ([]byte, error) {
	proc, class := iphlpapi.NewProc("GetExtendedTcpTable"), uintptr(3)
	if protocol == "udp" {
		proc, class = iphlpapi.NewProc("GetExtendedUdpTable"), 1
	}
	family := uintptr(windows.AF_INET)
	if v6 {
		family = windows.AF_INET6
	}
	size := uint32(64 << 10)
	for range 4 { // it may grow meanwhile
		buf := make([]byte, size)
		code, _ := call(proc, uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&size)), 0, family, class, 0)
		switch {
		case code == 0:
			return buf, nil
		case !errors.Is(syscall.Errno(code), windows.ERROR_INSUFFICIENT_BUFFER) || size > maxTableBytes:
			return nil, fmt.Errorf("%s: %w", proc.Name, syscall.Errno(code))
		}
		size += 4096
	}
	return nil, fmt.Errorf("%s: the table keeps growing", proc.Name)
}

// runningProcesses takes a snapshot; paths are those the agent may see.
func runningProcesses() ([]WinProcess, error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, fmt.Errorf("snapshot of processes: %w", err)
	}
	defer windows.CloseHandle(snapshot)
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	var list []WinProcess
	for err = windows.Process32First(snapshot, &entry); err == nil && len(list) < 65536; err = windows.Process32Next(snapshot, &entry) {
		list = append(list, WinProcess{PID: entry.ProcessID, Name: windows.UTF16ToString(entry.ExeFile[:]), Path: processPath(entry.ProcessID)})
	}
	return list, nil
}

func processPath(pid uint32) string {
	if pid <= 4 {
		return "" // idle and system are no programs
	}
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return ""
	}
	defer windows.CloseHandle(process)
	var name [1024]uint16
	size := uint32(len(name))
	if windows.QueryFullProcessImageName(process, 0, &name[0], &size) != nil {
		return ""
	}
	return windows.UTF16ToString(name[:min(size, uint32(len(name)))])
}

// enumServices asks the service manager for all services.
func enumServices() ([]WinService, error) {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT|windows.SC_MANAGER_ENUMERATE_SERVICE)
	if err != nil {
		return nil, fmt.Errorf("service manager: %w", err)
	}
	defer windows.CloseServiceHandle(manager)
	size := uint32(128 << 10)
	for range 4 {
		buf := make([]byte, size)
		var needed, count uint32
		err = windows.EnumServicesStatusEx(manager, windows.SC_ENUM_PROCESS_INFO, windows.SERVICE_WIN32, windows.SERVICE_STATE_ALL, &buf[0], size, &needed, &count, nil, nil)
		if err == nil {
			list := make([]WinService, 0, count)
			for _, s := range unsafe.Slice((*windows.ENUM_SERVICE_STATUS_PROCESS)(unsafe.Pointer(&buf[0])), count) {
				list = append(list, WinService{
					Name: windows.UTF16PtrToString(s.ServiceName), Title: windows.UTF16PtrToString(s.DisplayName),
					State: s.ServiceStatusProcess.CurrentState, PID: s.ServiceStatusProcess.ProcessId,
				})
			}
			return list, nil
		}
		if !errors.Is(err, windows.ERROR_MORE_DATA) || size > maxTableBytes {
			return nil, fmt.Errorf("service manager: %w", err)
		}
		size += needed + 4096
	}
	return nil, fmt.Errorf("service manager: %w", err)
}

// joined calls NetGetJoinInformation.
func joined() (string, bool, error) {
	var name *uint16
	var status uint32
	if err := windows.NetGetJoinInformation(nil, &name, &status); err != nil {
		return "", false, fmt.Errorf("NetGetJoinInformation: %w", err)
	}
	defer windows.NetApiBufferFree((*byte)(unsafe.Pointer(name)))
	return windows.UTF16PtrToString(name), status == windows.NetSetupDomainName, nil
}

// loggedOn names the people in the sessions of the machine (WTSUserName is 5,
// WTSDomainName 7).
func loggedOn() ([]string, error) {
	var sessions *windows.WTS_SESSION_INFO
	var count uint32
	if err := windows.WTSEnumerateSessions(0, 0, 1, &sessions, &count); err != nil {
		return nil, fmt.Errorf("WTSEnumerateSessions: %w", err)
	}
	defer windows.WTSFreeMemory(uintptr(unsafe.Pointer(sessions)))
	query := wtsapi32.NewProc("WTSQuerySessionInformationW")
	text := func(session uint32, class uintptr) string {
		var body *uint16
		var size uint32
		if ok, _ := call(query, 0, uintptr(session), class, uintptr(unsafe.Pointer(&body)), uintptr(unsafe.Pointer(&size))); ok == 0 || body == nil {
			return ""
		}
		defer windows.WTSFreeMemory(uintptr(unsafe.Pointer(body)))
		return windows.UTF16PtrToString(body)
	}
	var list []string
	for _, s := range unsafe.Slice(sessions, count) {
		if user := text(s.SessionID, 5); user != "" {
			list = append(list, text(s.SessionID, 7)+`\`+user)
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// oldestEvent reads the oldest record of an event log. The Security log is open to
// administrators only.
func oldestEvent(log string) (time.Time, error) {
	name, err := windows.UTF16PtrFromString(log)
	if err != nil {
		return time.Time{}, err
	}
	handle, err := call(advapi32.NewProc("OpenEventLogW"), 0, uintptr(unsafe.Pointer(name)))
	if handle == 0 {
		return time.Time{}, fmt.Errorf("OpenEventLog: %w", err)
	}
	defer func() { _, _ = call(advapi32.NewProc("CloseEventLog"), handle) }()
	var oldest uint32
	if ok, err := call(advapi32.NewProc("GetOldestEventLogRecord"), handle, uintptr(unsafe.Pointer(&oldest))); ok == 0 {
		return time.Time{}, fmt.Errorf("GetOldestEventLogRecord: %w", err)
	}
	// EVENTLOG_SEEK_READ and EVENTLOG_FORWARDS_READ; a record has at most 64 KiB.
	const seekForward = 0x2 | 0x4
	buf := make([]byte, 64<<10)
	var read, needed uint32
	ok, err := call(advapi32.NewProc("ReadEventLogW"), handle, seekForward, uintptr(oldest), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)), uintptr(unsafe.Pointer(&read)), uintptr(unsafe.Pointer(&needed)))
	switch {
	case ok == 0 && (errors.Is(err, windows.ERROR_HANDLE_EOF) || errors.Is(err, windows.ERROR_INVALID_PARAMETER)):
		return time.Time{}, nil // the log is empty
	case ok == 0:
		return time.Time{}, fmt.Errorf("ReadEventLog: %w", err)
	case read < 16:
		return time.Time{}, nil
	}
	// EVENTLOGRECORD: Length, Reserved, RecordNumber, TimeGenerated in Unix time.
	return time.Unix(int64(binary.LittleEndian.Uint32(buf[12:])), 0), nil
}

// Flags of EvtQuery and EvtRender (winevt.h).
const (
	evtChannelPath      = 0x1
	evtReverseDirection = 0x200
	evtRenderEventXML   = 1
	evtWaitMS           = 3000
)

// lastEvent asks the event log for the newest event that fits.
func lastEvent(channel, query string) (time.Time, error) {
	wevtapi := windows.NewLazySystemDLL("wevtapi.dll")
	path, err := windows.UTF16PtrFromString(channel)
	if err != nil {
		return time.Time{}, err
	}
	filter, err := windows.UTF16PtrFromString(query)
	if err != nil {
		return time.Time{}, err
	}
	found, err := call(wevtapi.NewProc("EvtQuery"), 0, uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(filter)), evtChannelPath|evtReverseDirection)
	if found == 0 {
		if errors.Is(err, windows.ERROR_EVT_CHANNEL_NOT_FOUND) {
			return time.Time{}, fs.ErrNotExist
		}
		return time.Time{}, fmt.Errorf("EvtQuery: %w", err)
	}
	closeHandle := wevtapi.NewProc("EvtClose")
	defer func() { _, _ = call(closeHandle, found) }()
	var event uintptr
	var count uint32
	if ok, err := call(wevtapi.NewProc("EvtNext"), found, 1, uintptr(unsafe.Pointer(&event)), evtWaitMS, 0, uintptr(unsafe.Pointer(&count))); ok == 0 || count == 0 {
		if errors.Is(err, windows.ERROR_NO_MORE_ITEMS) {
			return time.Time{}, nil
		}
		return time.Time{}, fmt.Errorf("EvtNext: %w", err)
	}
	defer func() { _, _ = call(closeHandle, event) }()
	buf := make([]uint16, 32<<10)
	var used, properties uint32
	if ok, err := call(wevtapi.NewProc("EvtRender"), 0, event, evtRenderEventXML, uintptr(2*len(buf)), uintptr(unsafe.Pointer(&buf[0])), uintptr(unsafe.Pointer(&used)), uintptr(unsafe.Pointer(&properties))); ok == 0 {
		return time.Time{}, fmt.Errorf("EvtRender: %w", err)
	}
	return eventTime(windows.UTF16ToString(buf)), nil
}
