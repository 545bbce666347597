package web

import (
	"fmt"
	"slices"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
)

// trendDays is how many days the lines beside the figures show: four weeks, so that
// the same day of the week is compared.
const trendDays = 28

// compareDays is how far back the words beside a figure look.
const compareDays = 7

// trendFrom is the first day of the lines.
func (c *call) trendFrom() string {
	return c.s.deps.Now().In(text.Tokyo()).AddDate(0, 0, -trendDays).Format(time.DateOnly)
}

// figureDays are the kept figures of the facilities in view before today; nil for
// people who see a department only, since figures are kept for whole facilities.
func (c *call) figureDays() (map[asset.Figure][]view.SparkPoint, error) {
	if c.departmentLimited() {
		return nil, nil //nolint:nilnil // no history is a valid answer
	}
	yesterday := c.s.deps.Now().In(text.Tokyo()).AddDate(0, 0, -1).Format(time.DateOnly)
	days, err := asset.FigureDays(c.r.Context(), c.s.deps.DB, c.seen(identity.AssetRead), c.trendFrom(), yesterday)
	if err != nil {
		return nil, err
	}
	out := map[asset.Figure][]view.SparkPoint{}
	for figure, list := range days {
		for _, d := range list {
			out[figure] = append(out[figure], view.SparkPoint{Day: d.Day, Count: d.Count})
		}
	}
	return out, nil
}

// trend draws how a figure moved until now. What was counted before today is past;
// today's point is the figure on the page itself.
func (c *call) trend(k *view.KPI, past []view.SparkPoint, now int) {
	if n := len(past); n > 0 && past[n-1].Day == c.today() {
		past = past[:n-1]
	}
	if len(past) == 0 {
		k.Trend = c.tr.T("today.trend.begins")
		return
	}
	points := slices.Concat(past, []view.SparkPoint{{Day: c.today(), Count: now}})
	k.Spark = view.NewSpark(points)
	k.SparkWords = c.trendWords(points)
	then := c.compared(past)
	day, moved := c.shortDay(then.Day), now-then.Count
	switch {
	case moved > 0:
		k.TrendIcon, k.Trend = "arrow-up", c.tr.T("today.trend.more", "Day", day, "Count", c.tr.Number(int64(moved)))
	case moved < 0:
		k.TrendIcon, k.Trend = "arrow-down", c.tr.T("today.trend.fewer", "Day", day, "Count", c.tr.Number(int64(-moved)))
	default:
		k.Trend = c.tr.T("today.trend.same", "Day", day)
	}
}

// compared is the day that now is compared with: a week ago or, where that day was not
// counted, the next one that was.
func (c *call) compared(past []view.SparkPoint) view.SparkPoint {
	week := c.s.deps.Now().In(text.Tokyo()).AddDate(0, 0, -compareDays).Format(time.DateOnly)
	for _, p := range past {
		if p.Day >= week {
			return p
		}
	}
	return past[len(past)-1]
}

// trendWords say the line: where it began, where it is, its bounds and its holes.
func (c *call) trendWords(points []view.SparkPoint) string {
	first, last := points[0], points[len(points)-1]
	least, most := first.Count, first.Count
	for _, p := range points {
		least, most = min(least, p.Count), max(most, p.Count)
	}
	number := func(n int) string { return c.tr.Number(int64(n)) }
	words := c.tr.T("today.trend.words", "From", c.shortDay(first.Day), "First", number(first.Count), "Last", number(last.Count), "Least", number(least), "Most", number(most))
	if holes := daysUntil(first.Day, last.Day) + 1 - len(points); holes > 0 {
		words += " " + c.tr.T("today.trend.holes", "Count", holes)
	}
	return words
}

// shortDay is a stored day of the last weeks, without the year.
func (c *call) shortDay(day string) string {
	at, err := time.ParseInLocation(time.DateOnly, day, text.Tokyo())
	if err != nil {
		return day
	}
	if c.tr.Lang() == text.Japanese {
		return fmt.Sprintf("%d月%d日", at.Month(), at.Day())
	}
	return at.Format("2 Jan")
}
