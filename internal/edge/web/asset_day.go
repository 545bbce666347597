package web

import (
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
)

// endOfDay is the last moment of a day as people write it; today gives 0 (now).
func (c *call) endOfDay(day string) (atMS int64, iso string, err error) {
	at, err := text.ParseDate(day)
	if err != nil {
		return 0, "", fault.Of(err).At("as_of")
	}
	iso = at.Format(time.DateOnly)
	if iso > c.today() {
		return 0, "", fault.Invalid("asset.as_of.future").At("as_of")
	}
	if iso == c.today() {
		return 0, "", nil
	}
	y, m, d := at.Date()
	return store.MS(time.Date(y, m, d+1, 0, 0, 0, 0, c.tr.Zone())) - 1, iso, nil
}
