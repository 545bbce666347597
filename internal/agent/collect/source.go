package collect

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Source is everything a collector may touch: it opens nothing it was not
// given, so every collector runs on every developer's machine. Host gives the
// real one; tests build theirs from a folder or archive. Functions that are nil
// say that the system has nothing of the kind.
type Source struct {
	OS    string           // value of GOOS the source looks like
	Arch  string           // value of GOARCH
	Files fs.FS            // root of the file system, with /proc and /sys; links are followed
	Now   func() time.Time // the machine's clock

	// Space tells the size and the free space of a mounted file system.
	Space func(mount string) (sizeBytes, freeBytes int64, err error)
	// Addresses lists the addresses of every interface, by its name.
	Addresses func() (map[string][]netip.Prefix, error)
	// ClockSynced tells whether the kernel believes its clock to follow a source.
	ClockSynced func() (bool, error)
	// FilterChains answers a netlink request for all nftables chains with the
	// kernel's messages, see nfchain.go.
	FilterChains func() ([][]byte, error)
	// Windows is what only Windows has; nil elsewhere.
	Windows *Windows
	// Native is what the system's own interfaces say where there are no files
	// to read: Windows and macOS.
	Native func() (*Native, error)

	once struct {
		processes func() ([]process, error)
		packages  func() (packageSet, error)
	}
	prepare sync.Once
}

// memo makes the readings that several collectors share happen once a run.
func (s *Source) memo() {
	s.prepare.Do(func() {
		s.once.processes = sync.OnceValues(func() ([]process, error) { return readProcesses(s) })
		s.once.packages = sync.OnceValues(func() (packageSet, error) { return readPackages(s) })
	})
}

// maxTextBytes bounds a configuration or kernel file that is read whole; the
// longest real one, /proc/cpuinfo of 1,024 threads, has about 1.5 MB.
const maxTextBytes = 4 << 20

// text reads a whole file. The name is that under the root, with or without a
// leading slash.
func (s *Source) text(name string) (string, error) {
	f, err := s.open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, maxTextBytes+1))
	if err != nil {
		return "", fmt.Errorf("read /%s: %w", clip(name), err)
	}
	if len(body) > maxTextBytes {
		return "", fmt.Errorf("read /%s: more than %d bytes", clip(name), maxTextBytes)
	}
	return string(body), nil
}

// open opens a file for reading, whichever size it has.
func (s *Source) open(name string) (fs.File, error) {
	return s.Files.Open(clip(name))
}

// line is the file's text without space around it; "" when it cannot be read.
func (s *Source) line(name string) string {
	text, err := s.text(name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.TrimRight(text, "\x00\n"))
}

// lines is the file's text by line; nil when it does not exist.
func (s *Source) lines(name string) ([]string, error) {
	text, err := s.text(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n"), nil
}

// names lists a folder in order; nil when it does not exist or cannot be read.
func (s *Source) names(dir string) []string {
	entries, err := fs.ReadDir(s.Files, clip(dir))
	if err != nil {
		return nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	slices.Sort(names)
	return names
}

// glob lists files by pattern (path.Match), in order.
func (s *Source) glob(pattern string) []string {
	found, err := fs.Glob(s.Files, clip(pattern))
	if err != nil {
		return nil
	}
	return found
}

// exists tells whether there is something of that name the agent can see.
func (s *Source) exists(name string) bool {
	_, err := fs.Stat(s.Files, clip(name))
	return err == nil
}

// link gives the target of a symbolic link; "" when it is none.
func (s *Source) link(name string) string {
	target, err := fs.ReadLink(s.Files, clip(name))
	if err != nil {
		return ""
	}
	return target
}

// changedMS is when a file was last written, Unix ms; 0 when it is not there.
func (s *Source) changedMS(name string) int64 {
	info, err := fs.Stat(s.Files, clip(name))
	if err != nil || info.ModTime().Unix() <= 0 {
		return 0
	}
	return info.ModTime().UnixMilli()
}

// clip turns an absolute name into one for fs.FS.
func clip(name string) string {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	if name == "" {
		return "."
	}
	return name
}

// readerAt gives random access to a file that may be large.
func (s *Source) readerAt(name string) (io.ReaderAt, int64, io.Closer, error) {
	f, err := s.open(name)
	if err != nil {
		return nil, 0, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, nil, err
	}
	at, ok := f.(io.ReaderAt)
	if !ok {
		f.Close()
		return nil, 0, nil, fmt.Errorf("read /%s: no random access", clip(name))
	}
	return at, info.Size(), f, nil
}

// dayMS rounds a time down to its day in UTC.
func dayMS(ms int64) int64 { return ms - ms%(24*3600*1000) }
