package evidence

import (
	"context"

	"sonae/internal/platform/store"
)

// localAdminManaged passes when the built-in administrator of every computer that tells
// has a password of its own that a product changes (Windows LAPS or the like).
var localAdminManaged = Check{Name: "local_admin_managed", Needs: []string{"survey/software"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		return in.judgeSetup(ctx, q, told{table: "software_setting", section: sectionHardening, reason: "evidence.reason.local_admin_unmanaged", good: true,
			known: `g.kind = 'local_admin' AND g.item = 'managed' AND g.value <> 'unknown'`,
			wrong: `g.kind = 'local_admin' AND g.item = 'managed' AND g.value IN ('windows_laps', 'laps', 'other')`})
	}}
