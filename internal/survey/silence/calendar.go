package silence

import (
	"sort"
	"time"

	"sonae/internal/platform/store"
)

// span is a piece of time, in Unix ms; until is not part of it.
type span struct{ from, until int64 }

// calendar counts time as it counts for silence, for one facility. It remembers days and
// is for one goroutine.
type calendar struct {
	nowMS  int64
	zone   *time.Location
	up     []span          // when the server ran, oldest first; before the first nothing is known, and it counts
	closed map[string]bool // days of the facility, 2006-01-02
	known  map[int64]bool  // answers of isClosed by the first moment of the day
}

// isClosed reports whether a day is one on which people do not switch machines on:
// Sunday, public holiday, around the new year, or a day that the facility named.
func (c *calendar) isClosed(d time.Time) bool {
	key := store.MS(d)
	closed, ok := c.known[key]
	if !ok {
		closed = d.Weekday() == time.Sunday || c.closed[d.Format(time.DateOnly)] || nationalHoliday(d) || yearEnd(d)
		if c.known == nil {
			c.known = map[int64]bool{}
		}
		c.known[key] = closed
	}
	return closed
}

// upIn is how much of a piece of time the server ran.
func (c *calendar) upIn(s span) (ms int64) {
	if s.until <= s.from {
		return 0
	}
	if len(c.up) == 0 {
		return s.until - s.from
	}
	if first := c.up[0].from; s.from < first {
		ms = min(s.until, first) - s.from
		s.from = min(s.until, first)
	}
	i := sort.Search(len(c.up), func(i int) bool { return c.up[i].until > s.from })
	for ; i < len(c.up) && c.up[i].from < s.until; i++ {
		ms += min(c.up[i].until, s.until) - max(c.up[i].from, s.from)
	}
	// Since the last sign of life of the server, a few minutes at most, it runs: it
	// asks.
	if last := c.up[len(c.up)-1].until; last < s.until && s.until <= last+upGap.Milliseconds() {
		ms += s.until - max(last, s.from)
	}
	return ms
}

// countDays is how far back single days are looked at; what is older has counted
// enough for every limit that may be set.
const countDays = 3 * 365

// elapsed is the time since a moment.
type elapsed struct {
	counted int64 // ms that count
	skipped int64 // ms that do not: server down, closed, another day of the week
	down    int64 // of them: server down
}

// since counts the time from a moment until now. weekdays restricts it to days of the
// week (bit 0 = Sunday); 0 = all.
func (c *calendar) since(ms int64, skipClosed bool, weekdays int64) elapsed {
	all := span{min(ms, c.nowMS), c.nowMS}
	e := elapsed{counted: c.upIn(all)}
	e.down = all.until - all.from - e.counted
	if skipClosed || weekdays != 0 {
		e.counted = 0
		at := store.Time(all.from).In(c.zone)
		if oldest := store.Time(c.nowMS).In(c.zone).AddDate(0, 0, -countDays); at.Before(oldest) {
			at = oldest
		}
		begin := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, c.zone)
		for store.MS(begin) < all.until {
			next := begin.AddDate(0, 0, 1)
			open := !skipClosed || !c.isClosed(begin)
			if weekdays != 0 {
				open = open && weekdays&(1<<begin.Weekday()) != 0
			}
			if open {
				e.counted += c.upIn(span{max(store.MS(begin), all.from), min(store.MS(next), all.until)})
			}
			begin = next
		}
	}
	e.skipped = all.until - all.from - e.counted
	return e
}

// dayAfter is the first moment of the day after a moment.
func (c *calendar) dayAfter(ms int64) int64 {
	at := store.Time(ms).In(c.zone)
	return store.MS(time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, c.zone))
}

func (c *calendar) today() string { return store.Time(c.nowMS).In(c.zone).Format(time.DateOnly) }
