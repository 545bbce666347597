package silence

import "sonae/internal/platform/store"

// Hung lists the tables whose rows hang on an asset. What was judged is judged anew.
func Hung() []store.Hung {
	return []store.Hung{{Table: "silence_exception", Owner: "asset_id", Key: []string{"id"}}}
}
