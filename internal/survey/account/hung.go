package account

import "sonae/internal/platform/store"

// Hung lists the tables of this room whose rows hang on an asset.
func Hung() []store.Hung {
	return []store.Hung{
		store.HungSection("account_local", "asset_id"),
		store.HungSection("account_group", "asset_id"),
		{Table: "account_owner", Owner: "asset_id", Key: []string{"id"}, ID: "id", Twin: []string{"account_key"}, First: "set_ms", Gone: "ended_ms"},
	}
}
