package evidence

import (
	"context"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// updatesAssessed passes when enough of what is in use was looked at for updates:
// a computer whose package manager tells what is waiting, or a device whose
// firmware stands in the ledger with its version and date.
var updatesAssessed = Check{Name: "updates_assessed", Needs: []string{"survey/asset", "survey/software"}, Args: []string{"min"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		const told = `EXISTS (SELECT 1 FROM asset_section e WHERE e.asset_id = scope.id AND e.section = '` + sectionUpdates + `')
			OR EXISTS (SELECT 1 FROM software_update_state u WHERE u.asset_id = scope.id)
			OR (firmware_version <> '' AND firmware_on <> '')`
		out, err := in.coverage(ctx, q, told, "evidence.reason.updates_not_told", "updates_assessed", asset.FieldFirmwareVersion, asset.FieldFirmwareOn)
		if err != nil {
			return Outcome{}, err
		}
		out.Sources, err = in.sectionSources(ctx, q, sectionUpdates)
		return out, err
	}}
