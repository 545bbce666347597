package web

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

// enrolDays are the lives of an enrolment code; a roll-out takes days, not months.
var enrolDays = []int{7, 1, 30}

const (
	devicePath = "/devices"
	cardPage   = 20 // rows a page of codes and entries, which stand beside the agents
)

// deviceKeep is what the pagers of the page leave as it is: what is looked for, and
// where the other lists stand.
func (c *call) deviceKeep() url.Values {
	keep := url.Values{}
	for _, name := range []string{"q", "after", "codes", "entries"} {
		keep.Set(name, clean(c.r.URL.Query().Get(name), 100))
	}
	return keep
}

// maxEnrol is how many agents one code may let in, as identity checks it too.
const maxEnrol = 100_000

// agentSilence is how long without a report makes an agent silent: a week spans
// holidays and weekends.
const agentSilence = 7 * 24 * time.Hour

// deviceList shows agents, enrolment codes, and unknown machines that knocked.
func deviceList(s *site, c *call) error { return devicePage(s, c, nil) }

func devicePage(s *site, c *call, wrong error) error {
	page, err := c.page(c.tr.T("devices.title"))
	if err != nil {
		return err
	}
	v := &view.DeviceList{Page: page, CanManage: c.who.Can(identity.DeviceManage), Q: clean(c.r.URL.Query().Get("q"), 100)}
	for _, days := range enrolDays {
		v.Expiries = append(v.Expiries, view.Choice{Value: strconv.Itoa(days), Label: c.tr.T("token.days", "Days", days)})
	}
	if v.Facilities, _, err = c.places(identity.DeviceManage); err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	seen := c.seen(identity.DeviceRead)
	v.Many = len(seen) != 1 && len(names) > 1
	scope := facilityScope(seen)
	if err := deviceRows(s, c, v, scope, names); err != nil {
		return err
	}
	if err := enrolRows(s, c, v, scope, names); err != nil {
		return err
	}
	if err := entryRows(s, c, v, scope, names); err != nil {
		return err
	}
	if v.Knocks, err = c.knockRows(); err != nil {
		return err
	}
	if err := trustRows(s, c, v, scope); err != nil {
		return err
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// facilityScope is what seen gives, as identity filters by it.
func facilityScope(seen []string) identity.Scope {
	if seen == nil {
		return identity.Scope{All: true}
	}
	var scope identity.Scope
	for _, id := range seen {
		scope.Places = append(scope.Places, identity.Place{FacilityID: id})
	}
	return scope
}

func deviceRows(s *site, c *call, v *view.DeviceList, scope identity.Scope, names map[string]string) error {
	list, next, total, err := s.deps.Identity.Devices(c.r.Context(), s.deps.DB, identity.DeviceFilter{Scope: scope, Text: v.Q, After: c.r.URL.Query().Get("after"), Limit: 100})
	if err != nil {
		return err
	}
	for _, d := range list {
		row := view.DeviceRow{ID: d.ID, Name: d.Name, Facility: names[d.FacilityID], EnrolMS: d.EnrolledMS, SeenMS: d.LastSeenMS, CertificateMS: d.CertificateEndMS, Open: d.RevokedMS == 0}
		row.StateKind, row.State = c.deviceState(d)
		v.Devices = append(v.Devices, row)
	}
	v.Total = total
	if v.Q != "" { // the head says how many there are
		if _, _, v.Total, err = s.deps.Identity.Devices(c.r.Context(), s.deps.DB, identity.DeviceFilter{Scope: scope, Limit: 1}); err != nil {
			return err
		}
	}
	v.Pager = pagerOf(c, &v.Page, devicePath, c.deviceKeep(), len(list), int64(total), next)
	return nil
}

func enrolRows(s *site, c *call, v *view.DeviceList, scope identity.Scope, names map[string]string) error {
	list, next, total, err := s.deps.Identity.EnrollTokens(c.r.Context(), s.deps.DB,
		identity.ListFilter{Scope: scope, Text: v.Q, After: c.r.URL.Query().Get("codes"), Limit: cardPage})
	if err != nil {
		return err
	}
	v.TokenPager = pagerBy(c, &v.Page, "codes", devicePath, c.deviceKeep(), len(list), int64(total), next)
	people := c.people()
	for _, t := range list {
		row := view.EnrolRow{
			ID: t.ID, Note: t.Note, Facility: names[t.FacilityID], By: people(t.CreatedBy), MadeMS: t.CreatedMS, EndMS: t.ExpiresMS,
			Used: int(t.Uses), Max: int(t.MaxUses),
		}
		row.StateKind, row.State, row.Open = c.lifeWords(t.RevokedMS, t.ExpiresMS)
		if row.Open && t.Uses >= t.MaxUses {
			row.StateKind, row.State, row.Open = "none", c.tr.T("devices.used_up"), false
		}
		row.Open = row.Open && c.who.CanAt(identity.DeviceManage, t.FacilityID, "")
		v.Tokens = append(v.Tokens, row)
	}
	return nil
}

// knockRows are unknown machines. They belong to no facility yet, so people see
// them who may see agents anywhere.
func (c *call) knockRows() ([]view.KnockRow, error) {
	list, err := c.s.deps.Identity.Knocks(c.r.Context(), c.s.deps.DB)
	var rows []view.KnockRow
	for _, k := range list {
		if len(rows) == 20 {
			break
		}
		rows = append(rows, view.KnockRow{Summary: k.Summary, Address: k.Address, FirstMS: k.FirstMS, LastMS: k.LastMS, Count: int(k.Count)})
	}
	return rows, err
}

// enrolCreate issues an enrolment code and shows it, once.
func enrolCreate(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	facility, err := c.placeOf(identity.DeviceManage)
	if err != nil {
		return devicePage(s, c, err)
	}
	uses, err := c.whole("uses", 1, maxEnrol)
	if err != nil {
		return devicePage(s, c, err)
	}
	end, err := c.expiry(enrolDays)
	if err == nil && c.value("note") == "" {
		err = fault.Invalid("form.error.empty").At("note")
	}
	if err != nil {
		return devicePage(s, c, err)
	}
	var secret string
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.DeviceManage, audit.Object{Kind: "enroll_token", FacilityID: facility},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			var made identity.EnrollToken
			var err error
			secret, made, err = s.deps.Identity.CreateEnrollToken(ctx, tx, c.who, identity.EnrollToken{FacilityID: facility, Note: c.value("note"), MaxUses: int64(uses), ExpiresMS: end})
			return audit.Made{Object: audit.Object{Kind: "enroll_token", ID: made.ID, Name: made.Note, FacilityID: facility}, Detail: map[string]int64{"max_uses": made.MaxUses, "expires_ms": made.ExpiresMS}}, err
		})
	if err != nil {
		return devicePage(s, c, err)
	}
	page, err := c.page(c.tr.T("devices.made"))
	if err != nil {
		return err
	}
	v := &view.Once{Page: page, Heading: c.tr.T("devices.made"), Lead: c.tr.T("devices.made.lead"), Warning: c.tr.T("secret.once"), BackHref: "/devices", BackLabel: c.tr.T("devices.back")}
	v.Items = []view.OnceItem{
		{Label: c.tr.T("devices.code"), Secret: v.Page.Secret("once-code", secret)},
		{Label: c.tr.T("devices.server"), Secret: v.Page.Secret("once-server", s.deps.BaseURL.String())},
	}
	v.Items = append(v.Items, installSteps(s, c, &v.Page, secret)...)
	return c.render(v)
}

// enrolRevoke ends an enrolment code; agents it let in stay.
func enrolRevoke(s *site, c *call) error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	t, err := s.deps.Identity.EnrollTokenByID(c.r.Context(), s.deps.DB, id)
	if err != nil {
		return err
	}
	if err := c.need(identity.DeviceRead, identity.DeviceManage, t.FacilityID, ""); err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.DeviceManage, audit.Object{Kind: "enroll_token", ID: id, Name: t.Note, FacilityID: t.FacilityID},
		func(ctx context.Context, tx *store.Tx) (any, error) {
			return map[string]bool{"revoked": true}, s.deps.Identity.RevokeEnrollToken(ctx, tx, id)
		})
	if err != nil {
		return err
	}
	return c.done(devicePath, "devices.enrol.revoked")
}
