package inspection

import (
	"context"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/review/catalog"
)

// DayCount is how many numbered rows stood at はい at the end of a day.
type DayCount struct {
	Day string // 2006-01-02 in Japan
	Yes int
}

// YesByDay follows a sheet from a day until another (both included), as the rounds of
// its answers tell: nothing is stored for it, because answers never change. It begins
// on the day of the first answer and is empty when there is none. Errors: not_found.
func YesByDay(ctx context.Context, q store.Querier, cat *catalog.Catalog, ref Ref, from, until string) ([]DayCount, error) {
	form, err := sheetOf(cat, ref)
	if err != nil {
		return nil, err
	}
	given, err := answers(ctx, q, ref, until)
	if err != nil {
		return nil, err
	}
	first := ""
	for _, rounds := range given {
		if day := rounds[0].ConfirmedOn; first == "" || day < first {
			first = day
		}
	}
	if first == "" {
		return nil, nil
	}
	var out []DayCount
	for at := dayOf(max(first, from)); at.Format(time.DateOnly) <= until; at = at.AddDate(0, 0, 1) {
		day := at.Format(time.DateOnly)
		out = append(out, DayCount{Day: day, Yes: yesOn(form, given, day)})
	}
	return out, nil
}

// yesOn counts the rows that stood at はい on a day.
func yesOn(form *catalog.Sheet, given map[string][]Answer, day string) (n int) {
	then := make(map[string][]Answer, len(given))
	for row, rounds := range given {
		for i, a := range rounds {
			if a.ConfirmedOn <= day {
				then[row] = rounds[:i+1]
			}
		}
	}
	noSystem := gateSaysNo(form, then)
	for _, r := range form.Rows {
		rounds := then[r.ID]
		if r.Number != "" && len(rounds) > 0 && (!noSystem || r.IsGate()) && rounds[len(rounds)-1].Value == Yes {
			n++
		}
	}
	return n
}
