package collect

import (
	"context"
	"errors"
	"slices"

	"sonae/internal/wire"
)

// ErrLeftOut says that a collector was not run on purpose.
var ErrLeftOut = errors.New("left out for now: it took too much of this machine, or the agent died while it ran")

// Watched is list with a watcher around each collector: begin is told its name before
// it runs and may refuse it (ErrLeftOut), end when it has ended or its time is over.
func Watched(list []Collector, begin func(name string) bool, end func(name string)) []Collector {
	out := slices.Clone(list)
	for i, c := range list {
		out[i].read = func(ctx context.Context, src *Source) (func(*wire.Sections), error) {
			if !begin(c.Name) {
				return nil, ErrLeftOut
			}
			defer end(c.Name)
			return c.read(ctx, src)
		}
	}
	return out
}

// Without is list without the collectors of the named sections.
func Without(list []Collector, off []wire.Section) []Collector {
	return slices.DeleteFunc(slices.Clone(list), func(c Collector) bool { return slices.Contains(off, c.Section) })
}
