//go:build unix && !linux

package agent

// idleDisk: other systems know no such class.
func idleDisk(int) {}
