package evidence

import (
	"context"

	"sonae/internal/platform/store"
)

// backupWithin passes when every computer on which a backup program was found had a
// success within the limit. Copies that are made from elsewhere do not show.
var backupWithin = Check{Name: "backup_within", Needs: []string{"survey/software"}, Args: []string{"days"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		limit, err := in.Args.Int("days")
		if err != nil {
			return Outcome{}, err
		}
		return in.judgeSetup(ctx, q, told{table: "software_backup", section: sectionBackups, reason: "evidence.reason.backup_old", good: true,
			known: `g.product <> ''`, wrong: `g.last_ok_ms >= ?`, args: []any{in.AsOfMS - int64(limit)*dayMS}}, days("limit_days", limit))
	}}
