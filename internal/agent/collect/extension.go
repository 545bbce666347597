package collect

import (
	"context"

	"sonae/internal/wire"
)

// extensions lists the extensions of browsers in every profile of every person.
func extensions(_ context.Context, src *Source) ([]wire.Extension, error) {
	var g gaps
	list := []wire.Extension{}
	for _, h := range src.homes() {
		list = append(list, browserExtensions(src, h.dir, h.user, &g)...)
	}
	return sortExtensions(list), g.err()
}
