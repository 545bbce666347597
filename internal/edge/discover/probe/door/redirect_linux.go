package door

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// redirects are the kernel's settings whether it believes routers that name another way
// (RFC 792; Linux, ip-sysctl: accept_redirects). While we send through a router it must
// not: it would look for the other station by a broadcast.
type redirects struct {
	mu   sync.Mutex
	was  map[string][]byte // what stood in the settings that were changed
	done map[string]error  // by interface
}

// noRedirects switches them off for an interface until close. Errors: no right to.
func (s *system) noRedirects(l *link) error {
	r := &s.redirects
	r.mu.Lock()
	defer r.mu.Unlock()
	if err, known := r.done[l.name]; known {
		return err
	}
	if r.was == nil {
		r.was, r.done = map[string][]byte{}, map[string]error{}
	}
	var err error
	for _, file := range []string{"ipv4/conf/all", "ipv4/conf/" + l.name, "ipv6/conf/" + l.name} {
		name := filepath.Join("/proc/sys/net", file, "accept_redirects")
		was, readErr := os.ReadFile(name) //nolint:gosec // a setting of the kernel
		if os.IsNotExist(readErr) || readErr == nil && bytes.Equal(bytes.TrimSpace(was), []byte("0")) {
			continue // no IPv6, or off already
		}
		if readErr == nil {
			readErr = os.WriteFile(name, []byte("0"), 0o644) //nolint:gosec // it exists
		}
		if readErr != nil {
			err = fmt.Errorf("switch redirects off: %w", readErr)
			break
		}
		r.was[name] = was
	}
	r.done[l.name] = err
	return err
}

func (r *redirects) restore() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, was := range r.was {
		_ = os.WriteFile(name, was, 0o644) //nolint:gosec // it exists
	}
}
