//go:build !windows

package main

import (
	"context"
	"errors"
)

// runService is for the service manager of Windows; others start and stop
// processes.
func runService(func(context.Context) error) error {
	return errors.New("--service is for Windows; leave it out")
}
