package collect

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"sonae/internal/agent/winreg"
	"sonae/internal/agent/wmi"
	"sonae/internal/wire"
)

// winRecord is the file calls.json of a Windows machine in testdata: what the
// functions of Calls and Native answer. What is null is a function that this
// system lacks; Denied names those that want more rights.
type winRecord struct {
	Arch           string
	SMBIOS         string // hex
	MemoryBytes    int64
	BootedMS       int64
	Volumes        []wire.Volume
	Links          []NativeLink
	Addresses      map[string][]string
	Sockets        map[string][]string // "tcp", "udp6" → "address port pid"
	Processes      []WinProcess
	Services       []WinService
	Users          []WinUser
	Groups         []WinGroup
	PasswordPolicy *WinPasswordPolicy
	Domain         *string
	Sessions       []string
	OldestEvent    map[string]time.Time
	LastEvent      map[string]time.Time // "channel query" → time
	Updates        *WinUpdates
	Denied         []string
}

// loadWindows turns an archive with registry.reg, wmi.json and calls.json into a
// Source; other files lie on drive C:. It panics on a broken archive.
func loadWindows(archive *txtar.Archive) *Source {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	var record winRecord
	windows := &Windows{WMI: &wmi.Recorded{}}
	tree := fstest.MapFS{}
	for _, f := range archive.Files {
		var err error
		switch f.Name {
		case "want.json":
		case "registry.reg":
			windows.Registry, err = winreg.Parse(f.Data)
		case "wmi.json":
			windows.WMI, err = wmi.Read(f.Data)
		case "calls.json":
			err = json.Unmarshal(f.Data, &record)
		default:
			tree[f.Name] = &fstest.MapFile{Mode: 0o644, Data: f.Data, ModTime: machineTime}
		}
		must(err)
	}
	windows.Calls = record.calls()
	smbios, err := hex.DecodeString(record.SMBIOS)
	must(err)
	return &Source{
		OS: "windows", Arch: record.Arch, Files: tree, Now: func() time.Time { return machineTime }, Windows: windows,
		Native: func() (*Native, error) {
			return &Native{
				SMBIOS: smbios, Hardware: wire.Hardware{MemoryBytes: record.MemoryBytes}, OS: wire.OS{BootedMS: record.BootedMS},
				Volumes: record.Volumes, Links: record.Links, AddressesOf: record.Addresses,
			}, nil
		},
	}
}

// recorded makes a function that answers from the record; nil for null.
func recorded[T any](r *winRecord, name string, value T, there bool) func() (T, error) {
	if slices.Contains(r.Denied, name) {
		return func() (T, error) { var none T; return none, fs.ErrPermission }
	}
	if !there {
		return nil
	}
	return func() (T, error) { return value, nil }
}

func (r *winRecord) calls() Calls {
	c := Calls{
		Processes: recorded(r, "processes", r.Processes, r.Processes != nil),
		Services:  recorded(r, "services", r.Services, r.Services != nil),
		Users:     recorded(r, "users", r.Users, r.Users != nil),
		Groups:    recorded(r, "groups", r.Groups, r.Groups != nil),
		Sessions:  recorded(r, "sessions", r.Sessions, r.Sessions != nil),
	}
	if p := r.PasswordPolicy; p != nil {
		c.PasswordPolicy = recorded(r, "policy", *p, true)
	}
	if r.Domain != nil {
		c.Join = func() (string, bool, error) { return *r.Domain, *r.Domain != "WORKGROUP", nil }
	}
	if p := r.PasswordPolicy; p == nil && slices.Contains(r.Denied, "policy") {
		c.PasswordPolicy = recorded(r, "policy", WinPasswordPolicy{}, true)
	}
	if r.Sockets != nil {
		c.Sockets = func(protocol string, v6 bool) ([]byte, error) {
			if v6 {
				return socketTable(protocol, r.Sockets[protocol+"6"]), nil
			}
			return socketTable(protocol, r.Sockets[protocol]), nil
		}
	}
	if r.OldestEvent != nil {
		c.OldestEvent = func(log string) (time.Time, error) {
			if slices.Contains(r.Denied, "event log "+log) {
				return time.Time{}, fs.ErrPermission
			}
			return r.OldestEvent[log], nil
		}
	}
	if r.LastEvent != nil {
		c.LastEvent = func(channel, query string) (time.Time, error) {
			when, ok := r.LastEvent[channel+" "+query]
			if !ok {
				return when, fs.ErrNotExist
			}
			return when, nil
		}
	}
	if u := r.Updates; u != nil {
		c.Updates = func(context.Context) (WinUpdates, error) { return *u, nil }
	}
	return c
}

// socketTable lays rows out as MIB_TCPTABLE_OWNER_PID and its like (tcpmib.h,
// udpmib.h).
func socketTable(protocol string, rows []string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(rows)))
	for _, row := range rows {
		var address string
		var port uint16
		var pid uint32
		if _, err := fmt.Sscan(row, &address, &port, &pid); err != nil {
			panic(err)
		}
		host := netip.MustParseAddr(strings.TrimSuffix(address, "%0"))
		local := binary.BigEndian.AppendUint16(nil, port)
		local = append(local, 0, 0)
		word := func(n uint32) { b = binary.LittleEndian.AppendUint32(b, n) }
		switch {
		case protocol == "tcp" && host.Is4():
			word(2) // MIB_TCP_STATE_LISTEN
			b = append(append(b, host.AsSlice()...), local...)
			word(0)
			word(0)
		case protocol == "tcp":
			b = append(b, host.AsSlice()...)
			word(0)
			b = append(b, local...)
			b = append(b, make([]byte, 24)...)
			word(2)
		case host.Is4():
			b = append(append(b, host.AsSlice()...), local...)
		default:
			b = append(b, host.AsSlice()...)
			word(0)
			b = append(b, local...)
		}
		word(pid)
	}
	return b
}
