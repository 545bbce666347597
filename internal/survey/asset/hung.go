package asset

import (
	"slices"

	"sonae/internal/platform/store"
)

// lifeFields belong to a row of the ledger, not to the machine: they are not carried
// over when two rows become one.
var lifeFields = []Field{FieldFacility, FieldStatus, FieldDisposedOn, FieldDisposalProof, FieldDisposalReason, FieldTrialEndsOn, FieldLoanEndsOn, FieldLoanTo}

// hung are this room's tables whose rows hang on an asset. Identity, conflicts and the
// wide row have rules of their own: see merge.go.
var hung = []store.Hung{
	{Table: "asset_fact", Owner: "asset_id", Key: []string{"asset_id", "field", "source", "first_ms"}, Source: "source", Twin: []string{"field"}, First: "first_ms", Gone: "gone_ms", Begin: beginFact},
	{Table: "asset_settlement", Owner: "asset_id", Key: []string{"asset_id", "field", "source", "first_ms"}, Source: "source", Twin: []string{"field"}, First: "first_ms", Gone: "gone_ms", Stays: true},
	{Table: "asset_source", Owner: "asset_id", Key: []string{"asset_id", "source"}, Source: "source", Twin: []string{}, Stale: map[string]any{"digest": ""}},
	{Table: "asset_section", Owner: "asset_id", Key: []string{"asset_id", "source", "section"}, Source: "source", Twin: []string{"section"}},
	store.HungSection("asset_volume", "asset_id"),
	store.HungSection("asset_disk", "asset_id"),
	store.HungSection("asset_printer", "asset_id"),
	store.HungSection("asset_monitor", "asset_id"),
	store.HungSection("asset_usb_storage", "asset_id"),
	store.HungSection("asset_memory_module", "asset_id"),
	{Table: "asset_member", Owner: "device_id", Key: []string{"system_id", "device_id", "first_ms"}, Twin: []string{"system_id"}, First: "first_ms", Gone: "gone_ms"},
	{Table: "asset_attachment", Owner: "asset_id", Key: []string{"id"}},
}

// own are the tables that merge.go moves by itself.
var (
	hungAsset    = store.Hung{Table: "asset_asset", Owner: "id", Key: []string{"id"}}
	hungIdentity = store.Hung{Table: "asset_identity", Owner: "asset_id", Key: []string{"id_key", "slot"}}
	hungConflict = store.Hung{Table: "asset_conflict", Owner: "asset_id", Key: []string{"id"}}
)

// Hung lists the tables of this room whose rows hang on an asset.
func Hung() []store.Hung { return slices.Clone(hung) }

// beginFact carries on since when the source says so.
func beginFact(row, was store.Image) bool {
	if slices.Contains(lifeFields, Field(row.Text("field"))) {
		return false
	}
	if row.Int("since_ms") == 0 {
		row["since_ms"] = was["first_ms"]
	}
	return true
}

// tables indexes all tables of a merge by name.
func tables(others []store.Hung) map[string]store.Hung {
	out := map[string]store.Hung{}
	for _, h := range slices.Concat(hung, others, []store.Hung{hungAsset, hungIdentity, hungConflict}) {
		out[h.Table] = h
	}
	return out
}
