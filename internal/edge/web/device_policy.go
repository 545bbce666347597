package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

// policyIntervals are the choices of minutes between reports; 0 = as installed.
var policyIntervals = []int{0, 15, 30, 60, 120, 240, 480, 1440}

const policyPath = "/devices/policies"

// listPage is how many rows a page of the lists about agents has.
const listPage = 50

// policyAll is the choice of all facilities in the form.
const policyAll = "all"

// policyList shows the policies for agents and the form for another one.
func policyList(s *site, c *call) error { return policyPage(s, c, nil) }

func policyPage(s *site, c *call, wrong error) error {
	page, err := c.page(c.tr.T("policy.title"))
	if err != nil {
		return err
	}
	v := &view.PolicyList{Page: page, CanManage: c.who.Can(identity.DeviceManage)}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	places, fixed, err := c.places(identity.DeviceManage)
	if err != nil {
		return err
	}
	if c.who.CanEverywhere(identity.DeviceManage) {
		v.Targets = append(v.Targets, view.Choice{Value: policyAll, Label: c.tr.T("policy.all")})
	}
	v.Targets = append(v.Targets, places...)
	if len(v.Targets) > 1 { // a policy for everybody is chosen, not left standing
		v.Targets = slices.Insert(v.Targets, 0, view.Choice{Label: c.tr.T("policy.target.choose")})
	}
	if fixed != "" && !slices.ContainsFunc(v.Targets, func(x view.Choice) bool { return x.Value == fixed }) {
		v.Targets = append(v.Targets, view.Choice{Value: fixed, Label: names[fixed]})
	}
	for _, minutes := range policyIntervals {
		v.Intervals = append(v.Intervals, view.Choice{Value: strconv.Itoa(minutes), Label: c.intervalWords(minutes)})
	}
	for _, section := range identity.PolicySections {
		v.Sections = append(v.Sections, view.Choice{Value: section, Label: c.tr.T("device.section." + section)})
	}
	if id := c.r.FormValue("device"); store.ValidID(id) {
		d, err := s.deps.Identity.DeviceByID(c.r.Context(), id)
		if err == nil && c.who.CanAt(identity.DeviceManage, d.FacilityID, "") {
			v.DeviceID, v.Device = d.ID, d.Name
		}
	}
	if err = policyRows(s, c, v, names); err != nil {
		return err
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

func (c *call) intervalWords(minutes int) string {
	switch {
	case minutes == 0:
		return c.tr.T("policy.interval.installed")
	case minutes%60 == 0:
		return c.tr.T("policy.interval.hours", "Count", minutes/60)
	}
	return c.tr.T("policy.interval.minutes", "Count", minutes)
}

// policyRows are a page of the policies that the reader may see.
func policyRows(s *site, c *call, v *view.PolicyList, names map[string]string) error {
	v.Q = clean(c.r.URL.Query().Get("q"), 100)
	list, next, total, err := s.deps.Identity.Policies(c.r.Context(), s.deps.DB,
		identity.ListFilter{Scope: facilityScope(c.seen(identity.DeviceRead)), Text: v.Q, After: c.r.URL.Query().Get("after"), Limit: listPage})
	if err != nil {
		return err
	}
	for _, p := range list {
		all := p.FacilityID == ""
		row := view.PolicyRow{ID: p.ID, By: p.By, ChangedMS: p.ChangedMS, Stop: p.Rules.Stop, Words: c.ruleWords(p.Rules)}
		switch {
		case all:
			row.Target = c.tr.T("policy.all")
		case p.DeviceID != "":
			row.Target, row.Href = orSame(p.Device, p.DeviceID), "/devices/"+p.DeviceID
		default:
			row.Target = strings.TrimSpace(names[p.FacilityID] + " " + p.Department)
		}
		row.CanRemove = all && c.who.CanEverywhere(identity.DeviceManage) || !all && c.who.CanAt(identity.DeviceManage, p.FacilityID, "")
		v.Rows = append(v.Rows, row)
	}
	v.Pager = pagerOf(c, &v.Page, policyPath, url.Values{"q": {v.Q}}, len(list), int64(total), next)
	return nil
}

// ruleWords says what rules ask, a line each.
func (c *call) ruleWords(r identity.PolicyRules) []string {
	var out []string
	if r.Stop {
		out = append(out, c.tr.T("policy.stop"))
	}
	if r.IntervalMin > 0 {
		out = append(out, c.tr.T("policy.interval")+": "+c.intervalWords(r.IntervalMin))
	}
	if r.QuietFrom != "" {
		out = append(out, c.tr.T("policy.quiet.words", "From", r.QuietFrom, "To", r.QuietTo))
	}
	if r.UploadKBps > 0 {
		out = append(out, c.tr.T("policy.upload.words", "Count", r.UploadKBps))
	}
	if len(r.Off) > 0 {
		names := make([]string, len(r.Off))
		for i, section := range r.Off {
			names[i] = c.known("device.section.", section)
		}
		out = append(out, c.tr.T("policy.off")+": "+strings.Join(names, ", "))
	}
	if len(out) == 0 {
		out = append(out, c.tr.T("policy.nothing"))
	}
	return out
}

// policyForm reads the form: for whom, and what.
func policyForm(s *site, c *call) (identity.Policy, audit.Object, error) {
	p := identity.Policy{Department: c.value("department")}
	o := audit.Object{Kind: "device_policy"}
	switch target := c.value("target"); {
	case c.value("device") != "":
		d, err := s.deps.Identity.DeviceByID(c.r.Context(), c.value("device"))
		if err != nil || !c.who.CanAt(identity.DeviceManage, d.FacilityID, "") {
			return p, o, errNothing
		}
		p.DeviceID, p.FacilityID, p.Department, o.Name = d.ID, d.FacilityID, "", d.Name
	case target == "": // a choice that stops every agent is made, not left
		return p, o, fault.Invalid("policy.error.target").At("target")
	case target == policyAll:
		if !c.who.CanEverywhere(identity.DeviceManage) {
			c.recordRefusal(identity.DeviceManage, "")
			return p, o, fault.Invalid("identity.error.everywhere").At("target")
		}
	default:
		if err := c.need(identity.DeviceRead, identity.DeviceManage, target, ""); err != nil {
			return p, o, err
		}
		p.FacilityID = target
	}
	o.FacilityID = p.FacilityID
	var err error
	if p.Rules.IntervalMin, err = c.wholeOr("interval_min"); err != nil {
		return p, o, err
	}
	if p.Rules.UploadKBps, err = c.wholeOr("upload_kbps"); err != nil {
		return p, o, err
	}
	p.Rules.QuietFrom, p.Rules.QuietTo = c.value("quiet_from"), c.value("quiet_to")
	p.Rules.Off, p.Rules.Stop = c.r.PostForm["off"], c.value("stop") == "1"
	return p, o, nil
}

// wholeOr is a number that may be missing: 0.
func (c *call) wholeOr(name string) (int, error) {
	if c.value(name) == "" {
		return 0, nil
	}
	return c.whole(name, 0, 1_000_000)
}

// policySet stores a policy.
func policySet(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	p, o, err := policyForm(s, c)
	if err != nil {
		return policyPage(s, c, err)
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.DeviceManage, o, func(ctx context.Context, tx *store.Tx) (any, error) {
		set, err := s.deps.Identity.SetPolicy(ctx, tx, c.who, p)
		o.ID = set.ID
		return audit.Made{Object: o, Detail: map[string]any{"department": p.Department, "device": p.DeviceID, "rules": p.Rules}}, err
	})
	if err != nil {
		return policyPage(s, c, err)
	}
	return c.done(policyPath, "policy.set")
}

// policyRemove takes a policy away.
func policyRemove(s *site, c *call) error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	p, err := s.deps.Identity.PolicyByID(c.r.Context(), s.deps.DB, id)
	if err != nil {
		return err
	}
	o := audit.Object{Kind: "device_policy", ID: id, FacilityID: p.FacilityID}
	if o.FacilityID == "" && !c.who.CanEverywhere(identity.DeviceManage) {
		c.recordRefusal(identity.DeviceManage, "")
		return policyPage(s, c, fault.Invalid("identity.error.everywhere"))
	}
	if o.FacilityID != "" {
		if err := c.need(identity.DeviceRead, identity.DeviceManage, o.FacilityID, ""); err != nil {
			return err
		}
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.DeviceManage, o, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"removed": true}, s.deps.Identity.RemovePolicy(ctx, tx, id)
	})
	if err != nil {
		return err
	}
	return c.done(policyPath, "policy.removed")
}
