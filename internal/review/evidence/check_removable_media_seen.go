package evidence

import (
	"context"

	"sonae/internal/platform/store"
)

// mediaSeen passes when no USB storage was connected to a computer within the limit.
var mediaSeen = Check{Name: "removable_media_seen", Needs: []string{"survey/asset"}, Args: []string{"days"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		limit, err := in.Args.Int("days")
		if err != nil {
			return Outcome{}, err
		}
		since := in.daysBefore(limit)
		return in.judgeSetup(ctx, q, told{table: "asset_usb_storage", section: sectionPeripherals, reason: "evidence.reason.removable_media_seen",
			wrong: `g.kind <> 'optical' AND (g.connected OR g.last_seen >= ?) AND (g.last_seen = '' OR g.last_seen <= ?)`, args: []any{since, in.today()}}, days("limit_days", limit))
	}}
