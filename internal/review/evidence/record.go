package evidence

import (
	"context"
	"database/sql"
	"errors"

	"sonae/internal/platform/store"
	"sonae/internal/survey/organisation"
)

// recordWithin passes when a dated record of a kind was made within so many days;
// figures are the last one's day and the limit.
func (i Input) recordWithin(ctx context.Context, q store.Querier, kind organisation.Kind) (Outcome, error) {
	limit, err := i.Args.Int("days")
	if err != nil {
		return Outcome{}, err
	}
	var total, newest int64
	var last string
	s := (&query{}).add(`SELECT count(*), coalesce(max(held_on), ''), coalesce(max(updated_ms), 0) FROM organisation_record
		WHERE facility_id = ? AND kind = ? AND held_on <= ? AND created_ms <= ? AND (withdrawn_ms IS NULL OR withdrawn_ms > ?)`,
		i.FacilityID, string(kind), i.today(), i.AsOfMS, i.AsOfMS)
	if err := one(ctx, q, s, &total, &last, &newest); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Outcome{}, err
	}
	return Outcome{
		State:   failIf(last == "" || last < i.daysBefore(limit)),
		Figures: []Figure{onDay("last_on", last), days("limit_days", limit)},
		Sources: []SourceAge{{Source: "records", Count: total, NewestMS: i.capped(newest)}},
	}, nil
}
