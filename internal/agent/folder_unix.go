//go:build unix

package agent

import (
	"fmt"
	"os"
	"syscall"
)

// protect takes the folder from other users.
func protect(dir string) error {
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a folder needs the x
		return fmt.Errorf("protect %s: %w", dir, err)
	}
	return nil
}

// checkOwner refuses a folder that another user made beforehand: its owner could
// open it again at any time.
func checkOwner(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("read the owner of %s: %w", dir, err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int64(stat.Uid) != int64(os.Geteuid()) {
		return fmt.Errorf("%s is not a folder of this account, so the token would not be safe there; remove it and try again", dir)
	}
	return protect(dir)
}
