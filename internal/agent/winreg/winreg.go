// Package winreg reads the registry of Windows through one small interface with
// two implementations: Live on Windows, and File, which reads the text that
// "reg export" writes, so that whatever a collector does with the registry is
// tested on every system.
//
//	values, err := reg.Values(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`)
//	build := values.Text("CurrentBuild")
//
// Keys are named as people write them: HKLM or HKU, then the path, with
// backslashes. Names are not case-sensitive. Always the 64-bit view is read where
// there is one; the other stands in it as Wow6432Node.
package winreg

import "time"

// Registry is a registry to read from. Its functions may be called concurrently.
// They return an error that is fs.ErrNotExist when there is no such key, and
// fs.ErrPermission when it may not be read.
type Registry interface {
	// Subkeys lists the names of the keys in a key, in the registry's own order,
	// at most MaxSubkeys.
	Subkeys(key string) ([]string, error)
	// Values reads all values of a key, at most MaxValues.
	Values(key string) (Values, error)
	// Written is when something in the key itself (not in the keys below it) was
	// last changed. Zero when the registry does not tell.
	Written(key string) (time.Time, error)
}

// Bounds on what is read of one key. The largest key of a real machine that a
// collector lists, Component Based Servicing\Packages, has some 10,000 subkeys;
// the largest value it reads, an update's list of files, is never needed.
const (
	MaxSubkeys    = 50000
	MaxValues     = 4096
	MaxValueBytes = 64 << 10 // longer values are cut
	MaxPathBytes  = 4096     // of a key with all its parents
)
