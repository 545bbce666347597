package web

import (
	"context"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

// topic names a thing to do when it is put aside: with one facility in view, only
// what that facility has is put aside.
func (c *call) topic(t todo) string {
	about := t.about
	if about == "" && !t.everywhere {
		about = c.facility()
	}
	if about == "" {
		return t.key
	}
	return t.key + "/" + about
}

// putAside divides things to do: those the person put aside go to the page's own
// list, the others come back in their order. What was put aside and is done
// meanwhile shows nowhere, like any other thing that is done.
func (c *call) putAside(v *view.Today, all []todo) (open []todo, err error) {
	list, err := c.s.deps.Identity.PutAside(c.r.Context(), c.s.deps.DB, c.who, c.today())
	if err != nil {
		return nil, err
	}
	aside := map[string]todo{}
	for _, t := range all {
		aside[c.topic(t)] = t
	}
	until := map[string]bool{}
	for _, l := range list {
		if t, ok := aside[l.Topic]; ok {
			until[l.Topic] = true
			v.Later = append(v.Later, view.LaterTodo{Topic: l.Topic, Title: c.todoTitle(t), Until: v.DayWeekday(l.UntilOn)})
		}
	}
	for _, t := range all {
		if !until[c.topic(t)] {
			open = append(open, t)
		}
	}
	return open, nil
}

// laterDays are the first and the last day until which a thing may be put aside.
func (c *call) laterDays() (from, until string) {
	now := c.s.deps.Now().In(c.tr.Zone())
	return now.AddDate(0, 0, 1).Format(time.DateOnly), now.AddDate(0, 0, identity.LaterDays).Format(time.DateOnly)
}

// laterObject is what the audit log names: the person's own page.
func (c *call) laterObject() audit.Object {
	return audit.Object{Kind: "user", ID: c.who.ID, Name: c.who.Name}
}

// todayLater puts one thing to do aside until a day, for this person only.
func todayLater(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	topic := c.value("topic")
	all, err := c.allTodos()
	if err != nil {
		return err
	}
	there := false
	for _, t := range all {
		there = there || c.topic(t) == topic
	}
	if !there {
		return todayPage(c, fault.Conflict("today.later.over"))
	}
	until, err := c.day("until_on")
	if err != nil {
		return todayPage(c, atTop(err))
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ProfileEdit, c.laterObject(), func(ctx context.Context, tx *store.Tx) (any, error) {
		l, err := s.deps.Identity.PutOff(ctx, tx, c.who, topic, until, c.today())
		return map[string]string{"change": "put aside", "topic": l.Topic, "until_on": l.UntilOn}, err
	})
	if err != nil {
		return todayPage(c, atTop(err))
	}
	p := c.bare("")
	return c.done("/", "today.later.done", "Day", p.DayWeekday(until))
}

// todayLaterBack makes a thing to do show again at once.
func todayLaterBack(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	topic := c.value("topic")
	err := audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ProfileEdit, c.laterObject(), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"change": "taken back", "topic": topic}, s.deps.Identity.TakeBack(ctx, tx, c.who, topic)
	})
	if fault.Is(err, fault.CodeNotFound) {
		return todayPage(c, fault.Conflict("identity.error.later_gone"))
	}
	if err != nil {
		return todayPage(c, err)
	}
	return c.done("/", "today.later.back.done")
}

// atTop takes the place from a fault: every line has the same fields, so the page says
// what is wrong above them.
func atTop(err error) error { return fault.Of(err).At("") }
