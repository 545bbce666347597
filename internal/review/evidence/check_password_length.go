package evidence

import (
	"context"

	"sonae/internal/platform/store"
)

// passwordLength passes when no computer allows passwords shorter than min for its own
// accounts. Rules of a domain stand in the domain: where they hold, this is the machine's
// own rule beside them.
var passwordLength = Check{Name: "password_length", Needs: []string{"survey/software"}, Args: []string{"min"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		least, err := in.Args.Int("min")
		if err != nil {
			return Outcome{}, err
		}
		return in.judgeSetup(ctx, q, told{table: "software_setting", section: sectionHardening, reason: "evidence.reason.short_passwords",
			known: `g.kind = 'password_policy' AND g.item = 'min_length'`,
			wrong: `CASE WHEN g.kind = 'password_policy' AND g.item = 'min_length' THEN CAST(g.value AS BIGINT) < ? ELSE FALSE END`, args: []any{least}},
			count("min_length", int64(least)))
	}}
