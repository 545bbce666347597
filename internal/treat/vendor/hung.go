package vendor

import "sonae/internal/platform/store"

// Hung lists the tables of this room whose rows hang on an asset.
func Hung() []store.Hung {
	return []store.Hung{
		{Table: "vendor_coverage", Owner: "asset_id", Key: []string{"contract_id", "asset_id", "added_ms"}, Twin: []string{"contract_id"}, First: "added_ms", Gone: "removed_ms"},
	}
}
