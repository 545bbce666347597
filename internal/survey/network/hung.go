package network

import "sonae/internal/platform/store"

// Hung lists the tables of this room whose rows hang on an asset.
func Hung() []store.Hung {
	hung := []store.Hung{
		store.HungSection("network_interface", "asset_id"),
		store.HungSection("network_address", "asset_id"),
		store.HungSection("network_port", "asset_id"),
		{Table: "network_external", Owner: "asset_id", Key: []string{"id", "revision"}},
		{Table: "network_scan_target", Owner: "asset_id", Key: []string{"run_id", "seq"}},
	}
	for _, s := range deviceSections {
		hung = append(hung, store.HungSection(s.Table, s.Owner))
	}
	return hung
}
