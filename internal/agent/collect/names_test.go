package collect

import "testing"

func TestSortedNames(t *testing.T) {
	if got := sortedNames([]string{"b", "", "a", "b"}); len(got) != 2 || got[0] != "a" || got[1] != "b" {
		t.Errorf("sortedNames = %q", got)
	}
}
