package main

import (
	"strings"
	"testing"
)

// TestDefinitions makes sure that a program which installs itself puts its own
// path where the packages' definitions have theirs.
func TestDefinitions(t *testing.T) {
	for name, script := range map[string]string{"unit": systemdScript(), "property list": launchdConfig()} {
		if !strings.Contains(script, "{{Path | ") || !strings.Contains(script, "{{range Arguments}}") {
			t.Errorf("%s has no place for the path:\n%s", name, script)
		}
		if strings.Contains(script, packagedProgram+" ") || strings.Contains(script, macProgram) {
			t.Errorf("%s still names the package's program:\n%s", name, script)
		}
	}
}
