package collect

import "slices"

// sortedNames sorts names and drops empty and equal ones.
func sortedNames(names []string) []string {
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" })
	slices.Sort(names)
	return slices.Compact(names)
}
