package directory

import (
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// Hung lists the tables of this room whose rows name an asset: they follow it.
func Hung() []store.Hung {
	return []store.Hung{{Table: "directory_computer", Owner: "asset_id", Key: []string{"directory_id", "source", "row_key", "first_ms"}, Says: string(asset.SourceDirectory)}}
}
