package evidence

import (
	"context"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// versionKnown passes when the version of the operating system or firmware is
// known for enough of what is in use.
var versionKnown = Check{Name: "os_version_known", Needs: []string{"survey/asset"}, Args: []string{"min"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		out, err := in.coverage(ctx, q, `os_version <> '' OR firmware_version <> ''`, "evidence.reason.version_unknown", "version_known",
			asset.FieldOSVersion, asset.FieldFirmwareVersion)
		if err != nil {
			return Outcome{}, err
		}
		out.Sources, err = in.ledgerSources(ctx, q, kindsOf(in.Target))
		return out, err
	}}
