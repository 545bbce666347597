package store

import (
	"context"
	"sync/atomic"
)

type tripsKey struct{}

// CountTrips gives a context whose statements are counted, with the beginnings and ends
// of transactions on PostgreSQL: each is a way to the database and back, and most of what
// a small transaction costs. For measurements and for tests that hold a bound.
func CountTrips(ctx context.Context) (context.Context, *atomic.Int64) {
	n := new(atomic.Int64)
	return context.WithValue(ctx, tripsKey{}, n), n
}

func trip(ctx context.Context) {
	if n, ok := ctx.Value(tripsKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
}
