package collect

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"sonae/internal/agent/winreg"
	"sonae/internal/agent/wmi"
)

// Windows is what there is to ask on Windows beside files. A nil function says
// that the source has nothing of the kind. calls_windows.go has the real ones;
// everything that decides stands in files that every system tests.
type Windows struct {
	Registry winreg.Registry
	WMI      wmi.WMI
	Calls    Calls
}

// Calls are functions of Windows that have neither a key nor a class. They give
// what Windows says as it says it.
type Calls struct {
	// Sockets gives a table of GetExtendedTcpTable (listeners) or
	// GetExtendedUdpTable, with owners, as bytes.
	Sockets func(protocol string, v6 bool) ([]byte, error)
	// Processes lists what runs.
	Processes func() ([]WinProcess, error)
	// Services lists services with their state (EnumServicesStatusEx).
	Services func() ([]WinService, error)
	// Users lists the accounts of this machine (NetUserEnum, level 3).
	Users func() ([]WinUser, error)
	// Groups lists the local groups with their members (NetLocalGroupEnum,
	// NetLocalGroupGetMembers, level 2).
	Groups func() ([]WinGroup, error)
	// PasswordPolicy reads NetUserModalsGet, levels 0 and 3.
	PasswordPolicy func() (WinPasswordPolicy, error)
	// Join names the domain or workgroup (NetGetJoinInformation).
	Join func() (name string, domain bool, err error)
	// Sessions names who is logged on (WTSEnumerateSessions), DOMAIN\name.
	Sessions func() ([]string, error)
	// OldestEvent is the time of the oldest record of an event log.
	OldestEvent func(log string) (time.Time, error)
	// LastEvent is the time of the newest event of a channel that an XPath query
	// finds; zero when none does, fs.ErrNotExist without the channel.
	LastEvent func(channel, query string) (time.Time, error)
	// Updates asks the Windows Update Agent, without going to the network.
	Updates func(ctx context.Context) (WinUpdates, error)
}

// WinProcess is a running program. Path is empty where it may not be seen.
type WinProcess struct {
	PID        uint32
	Name, Path string
}

// WinService is a service with its state.
type WinService struct {
	Name, Title string
	State       uint32 // SERVICE_RUNNING is 4 (winsvc.h)
	PID         uint32
}

// WinUser is an account as USER_INFO_3 has it (lmaccess.h).
type WinUser struct {
	Name, FullName, SID string
	Flags               uint32 // UF_…
	PasswordAgeSec      uint32
	LastLogonSec        uint32 // Unix time; 0: never, or not known
}

// WinGroup is a local group.
type WinGroup struct {
	Name, SID, Comment string
	Members            []WinMember
}

// WinMember is a member of a local group.
type WinMember struct {
	SID  string
	Name string // DOMAIN\name; empty when the domain does not answer
	Kind uint32 // SID_NAME_USE (winnt.h): 1 user, 2 group, 4 alias, 5 well-known group, 6 deleted
}

// WinPasswordPolicy is USER_MODALS_INFO_0 and 3. Times are in seconds; the
// largest number means "never" (TIMEQ_FOREVER).
type WinPasswordPolicy struct {
	MinLength, MaxAgeSec, MinAgeSec, History  uint32
	LockoutTries, LockoutSec, LockoutCountSec uint32
}

// WinUpdates is what the Windows Update Agent knows.
type WinUpdates struct {
	CheckedMS   int64 // last search that succeeded
	InstalledMS int64 // last installation that succeeded
	RebootNeed  bool
	Pending     []WinPending
	History     []WinInstalled
}

// WinPending is an update that is offered and not installed.
type WinPending struct {
	Title, KB, Severity string
	Security            bool
}

// WinInstalled is an entry of the update history.
type WinInstalled struct {
	Title  string
	AtMS   int64
	Result int64 // OperationResultCode: 2 succeeded, 3 with errors, 4 failed, 5 aborted
}

// errNotWindows is what a source without registry answers.
var errNotWindows = errors.New("the source has no registry")

// reg reads the registry of a source and notes what it may not read.
type reg struct {
	registry winreg.Registry
	gaps     *gaps
}

// registry gives the registry of a source.
func (s *Source) registry(g *gaps) (reg, error) {
	if s.Windows == nil || s.Windows.Registry == nil {
		return reg{}, errNotWindows
	}
	return reg{s.Windows.Registry, g}, nil
}

// values reads a key; nil when it is not there or may not be read, which is noted.
func (r reg) values(key ...string) winreg.Values {
	path := strings.Join(key, `\`)
	values, err := r.registry.Values(path)
	r.note(path, err)
	return values
}

// subkeys lists the keys in a key.
func (r reg) subkeys(key ...string) []string {
	path := strings.Join(key, `\`)
	names, err := r.registry.Subkeys(path)
	r.note(path, err)
	return names
}

// has tells whether a key is there.
func (r reg) has(key ...string) bool {
	_, err := r.registry.Written(strings.Join(key, `\`))
	return err == nil || errors.Is(err, fs.ErrPermission)
}

// writtenMS is when a key was last changed, Unix ms; 0 when that is not known.
func (r reg) writtenMS(key ...string) int64 {
	when, err := r.registry.Written(strings.Join(key, `\`))
	if err != nil || when.IsZero() {
		return 0
	}
	return when.UnixMilli()
}

func (r reg) note(path string, err error) {
	if err != nil && errors.Is(err, fs.ErrPermission) {
		r.gaps.noRight = true
		r.gaps.say("registry %s: the agent may not read it; run it as SYSTEM", path)
		return
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.gaps.say("%v", err)
	}
}

// Keys that several collectors read.
const (
	keyWindows   = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion`
	keyNT        = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	keyControl   = `HKLM\SYSTEM\CurrentControlSet\Control`
	keyServices  = `HKLM\SYSTEM\CurrentControlSet\Services`
	keyPolicies  = `HKLM\SOFTWARE\Policies\Microsoft`
	keyProfiles  = keyNT + `\ProfileList`
	systemSIDs   = "S-1-5-18 S-1-5-19 S-1-5-20 .DEFAULT"
	classesAfter = "_Classes"
)

// userHives lists the SIDs of people whose part of the registry is loaded, and
// notes how many are not: their settings lie in files that only they open.
func (r reg) userHives() []string {
	loaded := map[string]bool{}
	var list []string
	for _, sid := range r.subkeys("HKU") {
		if person(sid) {
			list, loaded[strings.ToUpper(sid)] = append(list, sid), true
		}
	}
	away := 0
	for _, sid := range r.subkeys(keyProfiles) {
		if person(sid) && !loaded[strings.ToUpper(sid)] {
			away++
		}
	}
	if away > 0 {
		r.gaps.say("%d of the people with a profile are not logged on: what only their own settings tell is not read", away)
	}
	return list
}

// person tells whether a name under HKEY_USERS is the SID of an account that
// people use: of a machine or domain (S-1-5-21), or of Entra ID (S-1-12-1).
func person(sid string) bool {
	return (strings.HasPrefix(sid, "S-1-5-21-") || strings.HasPrefix(sid, "S-1-12-1-")) && !strings.HasSuffix(sid, classesAfter)
}
