package web

import (
	"slices"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
)

// seen lists the facilities whose things a list shows for an action: the one in
// view, or all that the person may see. nil means every facility, empty none.
func (c *call) seen(action identity.Action) []string {
	ids, all := c.who.Facilities(action)
	if now := c.facility(); now != "" {
		if all || slices.Contains(ids, now) {
			return []string{now}
		}
		return []string{}
	}
	if all {
		return nil
	}
	if ids == nil {
		return []string{}
	}
	return ids
}

// places are the choices of a facility for something new. With one facility, or one
// in view, there is nothing to choose: fixed is its ID.
func (c *call) places(action identity.Action) (list []view.Choice, fixed string, err error) {
	all, err := c.s.deps.Identity.FacilitiesFor(c.r.Context(), c.s.deps.DB, c.who, action)
	if err != nil {
		return nil, "", err
	}
	now := c.facility()
	for _, f := range all {
		if f.ClosedMS != 0 || !c.who.CanAt(action, f.ID, "") {
			continue
		}
		if f.ID == now {
			return nil, f.ID, nil
		}
		list = append(list, view.Choice{Value: f.ID, Label: f.Name})
	}
	if len(list) == 1 {
		return nil, list[0].Value, nil
	}
	return list, "", nil
}

// placeOf is where something new belongs: the field "facility_id", else the only
// possible facility. A facility without the right is the same fault as an unknown one.
func (c *call) placeOf(action identity.Action) (string, error) {
	return c.placeIn("facility_id", action)
}

// placeIn is placeOf on a page that asks for two facilities.
func (c *call) placeIn(field string, action identity.Action) (string, error) {
	id := c.value(field)
	if id == "" {
		_, fixed, err := c.places(action)
		if err != nil {
			return "", err
		}
		id = fixed
	}
	if !store.ValidID(id) || !c.who.CanAt(action, id, "") {
		return "", fault.Invalid("form.error.choice").At(field)
	}
	return id, nil
}

// facilityNames maps IDs to names, for lists over several facilities.
func (c *call) facilityNames() (map[string]string, error) {
	all, err := c.s.deps.Identity.Facilities(c.r.Context(), c.s.deps.DB)
	names := make(map[string]string, len(all))
	for _, f := range all {
		names[f.ID] = f.Name
	}
	return names, err
}

// day reads a date field in any usual form and gives it as 2006-01-02; empty stays empty.
func (c *call) day(name string) (string, error) {
	typed := c.value(name)
	if typed == "" {
		return "", nil
	}
	at, err := text.ParseDate(typed)
	if err != nil {
		return "", fault.Of(err).At(name)
	}
	return at.Format(time.DateOnly), nil
}

// days reads several date fields; the first that cannot be read is the error.
func (c *call) days(names ...string) ([]string, error) {
	out := make([]string, len(names))
	var first error
	for i, name := range names {
		d, err := c.day(name)
		if err != nil && first == nil {
			first = err
		}
		out[i] = d
	}
	return out, first
}

// today is the day of the reader's time zone, as rooms compare days.
func (c *call) today() string { return c.s.deps.Now().In(c.tr.Zone()).Format(time.DateOnly) }

// revision is the state of a thing that a form was made from.
func (c *call) revision() int64 {
	n, _ := digits(c.value("revision")) // anything else is revision 0, which no thing has
	return int64(n)
}
