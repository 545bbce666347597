package web

import (
	"context"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

// facilityList shows the facilities that the person may see.
func facilityList(s *site, c *call) error { return facilityPage(s, c, nil) }

// facilityPage is the list with the form of a new facility, and what is wrong with it.
func facilityPage(s *site, c *call, wrong error) error {
	page, err := c.page(c.tr.T("facilities.title"))
	if err != nil {
		return err
	}
	v := &view.FacilityList{Page: page, CanAdd: c.who.CanEverywhere(identity.FacilityManage), Kinds: facilityKinds(c, identity.Hospital)}
	all, err := c.facilities()
	if err != nil {
		return err
	}
	for _, f := range all {
		v.Rows = append(v.Rows, facilityRow(c, f))
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

func facilityRow(c *call, f identity.Facility) view.FacilityRow {
	return view.FacilityRow{ID: f.ID, Name: f.Name, Code: f.Code, Kind: c.tr.T(f.Kind.Key()), Beds: f.Beds}
}

func facilityKinds(c *call, current identity.FacilityKind) []view.Choice {
	return choices(c, identity.FacilityKinds(), identity.FacilityKind.Key, current)
}

// facilityInput reads the fields that both forms have.
func facilityInput(c *call, f identity.Facility) (identity.Facility, error) {
	beds, err := c.whole("beds", 0, 5000)
	f.Name, f.Code, f.Kind, f.Beds = c.value("name"), c.value("code"), identity.FacilityKind(c.value("kind")), beds
	return f, err
}

// facilityCreate adds a facility: only for people whose right has no limit.
func facilityCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	if err := c.who.Need(identity.FacilityManage, "", ""); err != nil {
		return err
	}
	f, err := facilityInput(c, identity.Facility{})
	if err != nil {
		return facilityPage(s, c, err)
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.FacilityManage, audit.Object{Kind: "facility", Name: f.Name},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			made, err := s.deps.Identity.CreateFacility(ctx, tx, f)
			return audit.Made{Object: audit.Object{Kind: "facility", ID: made.ID, Name: made.Name, FacilityID: made.ID}, Detail: made}, err
		})
	if err != nil {
		return facilityPage(s, c, err)
	}
	return c.done("/facilities", "facility.created", "Name", f.Name)
}

// facilityOne reads the facility of the address, as far as the person may see it.
func facilityOne(s *site, c *call) (identity.Facility, error) {
	id, err := c.id("id")
	if err != nil {
		return identity.Facility{}, err
	}
	if !c.who.CanAt(identity.TodayRead, id, "") {
		return identity.Facility{}, errNothing
	}
	return s.deps.Identity.FacilityByID(c.r.Context(), s.deps.DB, id)
}

// facilityForm shows one facility.
func facilityForm(s *site, c *call) error {
	f, err := facilityOne(s, c)
	if err != nil {
		return err
	}
	return facilityFormPage(c, f, nil)
}

func facilityFormPage(c *call, f identity.Facility, wrong error) error {
	page, err := c.page(f.Name)
	if err != nil {
		return err
	}
	v := &view.FacilityForm{
		Page: page, ID: f.ID, Row: facilityRow(c, f), Kinds: facilityKinds(c, f.Kind),
		CanSet: c.who.CanAt(identity.FacilityManage, f.ID, ""),
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// facilityUpdate changes name, kind and beds of a facility.
func facilityUpdate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	old, err := facilityOne(s, c)
	if err != nil {
		return err
	}
	if err := c.who.Need(identity.FacilityManage, old.ID, ""); err != nil {
		return err
	}
	f, err := facilityInput(c, old)
	if err == nil {
		err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.FacilityManage, audit.Object{Kind: "facility", ID: f.ID, Name: f.Name, FacilityID: f.ID},
			func(ctx context.Context, tx *store.Tx) (any, error) {
				return map[string]identity.Facility{"before": old, "after": f}, s.deps.Identity.UpdateFacility(ctx, tx, f)
			})
	}
	if err != nil {
		return facilityFormPage(c, old, err)
	}
	return c.done("/facilities", "form.saved")
}
