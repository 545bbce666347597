package scan

import (
	"time"

	"sonae/internal/platform/fault"
)

// When says how a plan is started. Shown by "scan.when." + word.
type When string

// Ways of starting.
const (
	ByHand  When = "hand"
	EveryN  When = "hours" // every so many hours, counted from when the plan was made
	OnDays  When = "days"  // on days of the week, between two times of the day
	dayMins      = 24 * 60
)

// Whens is every way in the order of pages.
var Whens = []When{ByHand, EveryN, OnDays}

// Schedule is when a plan runs. Times of the day are those of the hospital (Asia/Tokyo,
// which has no summer time).
type Schedule struct {
	When  When  `json:"when"`
	Hours int   `json:"hours,omitempty"` // hours: 1–744, a month
	Days  []int `json:"days,omitempty"`  // days: 0 Sunday … 6 Saturday, on which the window opens
	// From and Until are minutes of the day, 0–1439. A window whose end is not after its
	// beginning lasts past midnight. Outside of it a run waits and goes on in the next.
	From  int `json:"from,omitempty"`
	Until int `json:"until,omitempty"`
}

const hoursMost = 744

func (s *Schedule) check() error {
	switch s.When {
	case ByHand:
		*s = Schedule{When: ByHand}
	case EveryN:
		if s.Hours < 1 || s.Hours > hoursMost {
			return fault.Invalid("form.error.number", "Min", 1, "Max", hoursMost).At("hours")
		}
		*s = Schedule{When: EveryN, Hours: s.Hours}
	case OnDays:
		var set [7]bool
		for _, d := range s.Days {
			if d < 0 || d > 6 {
				return fault.Invalid("form.error.choice").At("days")
			}
			set[d] = true
		}
		days := []int{}
		for d, is := range set {
			if is {
				days = append(days, d)
			}
		}
		if len(days) == 0 {
			return fault.Invalid("scan.error.days").At("days")
		}
		if s.From < 0 || s.From >= dayMins || s.Until < 0 || s.Until >= dayMins || s.From == s.Until {
			return fault.Invalid("scan.error.window").At("until")
		}
		*s = Schedule{When: OnDays, Days: days, From: s.From, Until: s.Until}
	default:
		return fault.Invalid("form.error.choice").At("when")
	}
	return nil
}

// window is the time a schedule of days is open from a day on.
func (s Schedule) window(day time.Time) (from, until time.Time) {
	length := s.Until - s.From
	if length <= 0 {
		length += dayMins
	}
	from = time.Date(day.Year(), day.Month(), day.Day(), 0, s.From, 0, 0, day.Location())
	return from, from.Add(time.Duration(length) * time.Minute)
}

func (s Schedule) on(day time.Time) bool {
	for _, d := range s.Days {
		if time.Weekday(d) == day.Weekday() {
			return true
		}
	}
	return false
}

// Slot is the start that is due at a moment: the newest that has come and whose window
// is still open; ok is false when there is none. made is when the plan was made, from
// which hours are counted. now carries the zone of the hospital.
func (s Schedule) Slot(made, now time.Time) (at time.Time, ok bool) {
	switch s.When {
	case EveryN:
		every := time.Duration(s.Hours) * time.Hour
		n := now.Sub(made) / every
		return made.Add(n * every), n >= 1
	case OnDays:
		for _, day := range []time.Time{now, now.AddDate(0, 0, -1)} {
			from, until := s.window(day)
			if s.on(day) && !now.Before(from) && now.Before(until) {
				return from, true
			}
		}
	}
	return at, false
}

// Next is the first start after a moment; ok is false when there is none.
func (s Schedule) Next(made, now time.Time) (at time.Time, ok bool) {
	switch s.When {
	case EveryN:
		every := time.Duration(s.Hours) * time.Hour
		return made.Add((max(0, now.Sub(made)/every) + 1) * every), true
	case OnDays:
		for n := range 8 {
			day := now.AddDate(0, 0, n)
			if from, _ := s.window(day); s.on(day) && from.After(now) {
				return from, true
			}
		}
	}
	return at, false
}

// Allows reports whether a run that the schedule began may send at a moment, and if not,
// when it may again.
func (s Schedule) Allows(now time.Time) (ok bool, again time.Time) {
	if s.When != OnDays {
		return true, now
	}
	if _, open := s.Slot(now, now); open {
		return true, now
	}
	again, _ = s.Next(now, now)
	return false, again
}
