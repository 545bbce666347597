package winreg

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/windows/registry"
)

// Live is the registry of this machine.
type Live struct{}

// roots are the hives a key may start with.
var roots = map[string]registry.Key{"HKLM": registry.LOCAL_MACHINE, "HKU": registry.USERS}

func open(key string, access uint32) (registry.Key, error) {
	root, path, _ := strings.Cut(key, `\`)
	hive, known := roots[strings.ToUpper(root)]
	if !known || len(key) > MaxPathBytes {
		return 0, fmt.Errorf("registry %.200s: %w", key, fs.ErrInvalid)
	}
	k, err := registry.OpenKey(hive, path, access|registry.WOW64_64KEY)
	if err != nil {
		return 0, fmt.Errorf("registry %.200s: %w", key, err) // Errno is fs.ErrNotExist or fs.ErrPermission by itself
	}
	return k, nil
}

// Subkeys lists the keys in a key.
func (Live) Subkeys(key string) ([]string, error) {
	k, err := open(key, registry.ENUMERATE_SUB_KEYS)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	names, err := k.ReadSubKeyNames(MaxSubkeys)
	if err != nil && !errors.Is(err, io.EOF) {
		return names, fmt.Errorf("registry %s: %w", key, err)
	}
	return names, nil
}

// Values reads the values of a key. One that changes meanwhile is left out.
func (Live) Values(key string) (Values, error) {
	k, err := open(key, registry.QUERY_VALUE)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	names, err := k.ReadValueNames(MaxValues)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("registry %s: %w", key, err)
	}
	values := make(Values, len(names))
	buf := make([]byte, 512)
	for _, name := range names {
		n, kind, err := k.GetValue(name, buf)
		if errors.Is(err, registry.ErrShortBuffer) || errors.Is(err, syscall.ERROR_MORE_DATA) {
			if n > MaxValueBytes {
				continue
			}
			buf = make([]byte, n)
			n, kind, err = k.GetValue(name, buf)
		}
		if err != nil || n > len(buf) {
			continue
		}
		values[strings.ToLower(name)] = Value{Name: name, Kind: Kind(kind), Data: append([]byte(nil), buf[:n]...)}
	}
	return values, nil
}

// Written is the key's time of last change.
func (Live) Written(key string) (time.Time, error) {
	k, err := open(key, registry.QUERY_VALUE)
	if err != nil {
		return time.Time{}, err
	}
	defer k.Close()
	info, err := k.Stat()
	if err != nil {
		return time.Time{}, fmt.Errorf("registry %s: %w", key, err)
	}
	if when := info.ModTime(); when.Unix() > 0 {
		return when.UTC(), nil
	}
	return time.Time{}, nil
}
