//go:build !linux

package discover

import "sonae/internal/platform/fault"

// openTap refuses: other systems have no packet socket without a driver or library that
// Sonae would have to bring. Capture files are read everywhere.
func openTap(string) (tap, error) {
	return nil, fault.New(fault.CodeUnsupported, "discover.error.no_listening").WithHint("discover.error.no_listening_hint")
}
