package software

import "sonae/internal/platform/store"

// Hung lists the tables of this room whose rows hang on an asset. Installs that begin
// anew stand in the index by title at once: there are few, and nobody waits.
func Hung() []store.Hung {
	return []store.Hung{
		{Table: "software_install", Owner: "asset_id", Key: []string{"asset_id", "title_no", "source", "first_ms"}, Source: "source", Twin: []string{"title_no"},
			First: "first_ms", Gone: "gone_ms", Fresh: map[string]any{"settled": true}},
		{Table: "software_unsettled", Owner: "asset_id", Key: []string{"asset_id"}, Stays: true},
		store.HungSection("software_service", "asset_id"),
		store.HungSection("software_pending", "asset_id"),
		store.HungSection("software_safeguard", "asset_id"),
		store.HungSection("software_setting", "asset_id"),
		store.HungSection("software_switched_off", "asset_id"),
		store.HungSection("software_backup", "asset_id"),
		store.HungSection("software_extension", "asset_id"),
		store.HungSection("software_startup", "asset_id"),
		store.HungSection("software_patch", "asset_id"),
		store.HungSection("software_update_run", "asset_id"),
		store.HungSection("software_bill", "asset_id"),
		store.HungSection("software_component", "asset_id"),
		{Table: "software_update_state", Owner: "asset_id", Key: []string{"asset_id", "source"}, Source: "source", Twin: []string{}},
	}
}
