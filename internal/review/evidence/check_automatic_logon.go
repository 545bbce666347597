package evidence

import (
	"context"

	"sonae/internal/platform/store"
)

// automaticLogon passes when no computer logs somebody on without asking.
var automaticLogon = Check{Name: "automatic_logon", Needs: []string{"survey/software"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		return in.judgeSetup(ctx, q, told{table: "software_setting", section: sectionHardening, reason: "evidence.reason.automatic_logon",
			known: `g.kind = 'auto_logon' AND g.item = ''`, wrong: `g.kind = 'auto_logon' AND g.item = '' AND g.value = 'on'`})
	}}
