package ingest

import "context"

type withinKey struct{}

// Within marks a request that this very process makes to itself: nobody can show a
// certificate to himself, and nothing that comes over a network can carry the mark.
func Within(ctx context.Context) context.Context { return context.WithValue(ctx, withinKey{}, true) }

func within(ctx context.Context) bool {
	yes, _ := ctx.Value(withinKey{}).(bool)
	return yes
}
