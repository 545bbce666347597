package servertest

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Inside calls fn on a thread that is in a network namespace. The thread ends with fn.
func Inside(namespace string, fn func() error) error {
	failed := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread must not be used again
		f, err := os.Open("/run/netns/" + namespace)
		if err != nil {
			failed <- err
			return
		}
		defer func() { _ = f.Close() }()
		if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err != nil { //nolint:gosec // a file descriptor fits
			failed <- err
			return
		}
		failed <- fn()
	}()
	return <-failed
}
