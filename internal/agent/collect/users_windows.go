package collect

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// userInfo3 is USER_INFO_3 of lmaccess.h.
type userInfo3 struct {
	name, password               *uint16
	passwordAge, privilege       uint32
	homeDir, comment             *uint16
	flags                        uint32
	script                       *uint16
	authFlags                    uint32
	fullName, userComment, parms *uint16
	workstations                 *uint16
	lastLogon, lastLogoff        uint32
	expires, maxStorage          uint32
	unitsPerWeek                 uint32
	logonHours                   *byte
	badPasswords, logons         uint32
	logonServer                  *uint16
	country, codePage            uint32
	userID, groupID              uint32
	profile, homeDrive           *uint16
	passwordExpired              uint32
}

// Bounds and words of the enumerations.
const (
	normalAccounts = 2       // FILTER_NORMAL_ACCOUNT
	enumBytes      = 1 << 20 // asked for at a time
	maxEnum        = 20000   // accounts: wire.MaxAccounts
)

// enumUsers lists the accounts of this machine.
func enumUsers() ([]WinUser, error) {
	var list []WinUser
	var resume uint32
	for {
		var buf *byte
		var read, total uint32
		err := windows.NetUserEnum(nil, 3, normalAccounts, &buf, enumBytes, &read, &total, &resume)
		if errors.Is(err, windows.ERROR_INVALID_LEVEL) {
			return enumUserNames()
		}
		if err != nil && !errors.Is(err, windows.ERROR_MORE_DATA) {
			return nil, fmt.Errorf("NetUserEnum: %w", err)
		}
		if buf != nil {
			for _, u := range unsafe.Slice((*userInfo3)(unsafe.Pointer(buf)), read) {
				list = append(list, WinUser{
					Name: windows.UTF16PtrToString(u.name), FullName: windows.UTF16PtrToString(u.fullName), Flags: u.flags,
					PasswordAgeSec: u.passwordAge, LastLogonSec: u.lastLogon, SID: sidOf(windows.UTF16PtrToString(u.name)),
				})
			}
			_ = windows.NetApiBufferFree(buf)
		}
		if err == nil || read == 0 || len(list) >= maxEnum {
			return list, nil
		}
	}
}

// enumUserNames is enumUsers for systems that know only the smallest levels of the
// function: the names, and USER_INFO_1 of each.
func enumUserNames() ([]WinUser, error) {
	var buf *byte
	var read, total, resume uint32
	if err := windows.NetUserEnum(nil, 0, normalAccounts, &buf, enumBytes, &read, &total, &resume); err != nil {
		return nil, fmt.Errorf("NetUserEnum: %w", err)
	}
	defer windows.NetApiBufferFree(buf)
	var list []WinUser
	for _, name := range unsafe.Slice((**uint16)(unsafe.Pointer(buf)), read) {
		var body *byte
		if err := windows.NetUserGetInfo(nil, name, 1, &body); err != nil {
			return nil, fmt.Errorf("NetUserGetInfo: %w", err)
		}
		info := (*struct {
			name, password         *uint16
			passwordAge, privilege uint32
			homeDir, comment       *uint16
			flags                  uint32
		})(unsafe.Pointer(body))
		text := windows.UTF16PtrToString(name)
		list = append(list, WinUser{Name: text, Flags: info.flags, PasswordAgeSec: info.passwordAge, SID: sidOf(text)})
		_ = windows.NetApiBufferFree(body)
	}
	return list, nil
}

// sidOf asks for the SID of a local account; "" when there is none.
func sidOf(name string) string {
	sid, _, _, err := windows.LookupSID("", name)
	if err != nil {
		return ""
	}
	return sid.String()
}

// netEnum asks a function like NetLocalGroupEnum until it has given everything, and
// hands each buffer with its count of rows to take.
func netEnum(name string, ask func(buf **byte, read, total *uint32, resume *uintptr) (uintptr, error), take func(buf *byte, count uint32)) error {
	var resume uintptr
	for range 100 {
		var buf *byte
		var read, total uint32
		code, err := ask(&buf, &read, &total, &resume)
		switch {
		case errors.Is(err, errNoFunction):
			return err
		case code != 0 && !errors.Is(syscall.Errno(code), windows.ERROR_MORE_DATA):
			return fmt.Errorf("%s: %w", name, syscall.Errno(code))
		}
		if buf != nil {
			take(buf, read)
			_ = windows.NetApiBufferFree(buf)
		}
		if code == 0 || read == 0 {
			return nil
		}
	}
	return nil
}

// enumGroups lists the local groups with their members.
func enumGroups() ([]WinGroup, error) {
	type groupInfo struct{ name, comment *uint16 } // LOCALGROUP_INFO_1
	var list []WinGroup
	enum := netapi32.NewProc("NetLocalGroupEnum")
	err := netEnum(enum.Name, func(buf **byte, read, total *uint32, resume *uintptr) (uintptr, error) {
		return call(enum, 0, 1, uintptr(unsafe.Pointer(buf)), enumBytes, uintptr(unsafe.Pointer(read)), uintptr(unsafe.Pointer(total)), uintptr(unsafe.Pointer(resume)))
	}, func(buf *byte, count uint32) {
		for _, g := range unsafe.Slice((*groupInfo)(unsafe.Pointer(buf)), count) {
			list = append(list, WinGroup{Name: windows.UTF16PtrToString(g.name), Comment: windows.UTF16PtrToString(g.comment)})
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].SID = sidOf(list[i].Name)
		list[i].Members, err = groupMembers(list[i].Name)
		if err != nil {
			return list, err
		}
	}
	return list, nil
}

func groupMembers(group string) ([]WinMember, error) {
	type memberInfo struct { // LOCALGROUP_MEMBERS_INFO_2
		sid  *windows.SID
		kind uint32
		name *uint16
	}
	name, err := windows.UTF16PtrFromString(group)
	if err != nil {
		return nil, err
	}
	var list []WinMember
	members := netapi32.NewProc("NetLocalGroupGetMembers")
	err = netEnum(members.Name, func(buf **byte, read, total *uint32, resume *uintptr) (uintptr, error) {
		return call(members, 0, uintptr(unsafe.Pointer(name)), 2, uintptr(unsafe.Pointer(buf)), enumBytes, uintptr(unsafe.Pointer(read)), uintptr(unsafe.Pointer(total)), uintptr(unsafe.Pointer(resume)))
	}, func(buf *byte, count uint32) {
		for _, m := range unsafe.Slice((*memberInfo)(unsafe.Pointer(buf)), count) {
			if len(list) < maxEnum && m.sid != nil {
				list = append(list, WinMember{SID: m.sid.String(), Kind: m.kind, Name: windows.UTF16PtrToString(m.name)})
			}
		}
	})
	return list, err
}

// passwordModals reads USER_MODALS_INFO_0 and 3.
func passwordModals() (WinPasswordPolicy, error) {
	var p WinPasswordPolicy
	proc := netapi32.NewProc("NetUserModalsGet")
	read := func(level uintptr, take func(values []uint32), count int) error {
		var buf *byte
		code, err := call(proc, 0, level, uintptr(unsafe.Pointer(&buf)))
		if errors.Is(err, errNoFunction) {
			return err
		}
		if code != 0 || buf == nil {
			return fmt.Errorf("NetUserModalsGet: %w", syscall.Errno(code))
		}
		take(unsafe.Slice((*uint32)(unsafe.Pointer(buf)), count))
		return windows.NetApiBufferFree(buf)
	}
	err := read(0, func(v []uint32) { p.MinLength, p.MaxAgeSec, p.MinAgeSec, p.History = v[0], v[1], v[2], v[4] }, 5)
	if err != nil {
		return p, err
	}
	err = read(3, func(v []uint32) { p.LockoutSec, p.LockoutCountSec, p.LockoutTries = v[0], v[1], v[2] }, 3)
	return p, err
}
