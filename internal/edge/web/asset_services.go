package web

import (
	"context"
	"net/url"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
)

// servicesShown bounds the page: what most devices have comes first, and the list
// grows shorter with every decision.
const servicesShown = 200

// serviceList is where people decide which services a kind of device needs
// (evidence rule AE-SVC-01): undecided ones, ones to be stopped, the baseline.
func serviceList(s *site, c *call) error { return serviceListPage(s, c, c.r.URL.Query(), nil) }

func serviceListPage(s *site, c *call, query url.Values, wrong error) error {
	page, err := c.page(c.tr.T("services.title"))
	if err != nil {
		return err
	}
	v := &view.ServiceList{Page: page, Show: query.Get("show"), Kind: query.Get("kind"), Subject: query.Get("subject")}
	if v.Subject != string(software.SubjectProgram) {
		v.Subject = string(software.SubjectService)
	}
	if err := c.serviceFacility(v, query.Get("facility")); err != nil {
		return err
	}
	v.CanEdit = c.who.CanAt(identity.AssetEdit, v.Place, "")
	c.serviceTabs(v)
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	if v.Place == "" {
		return c.render(v)
	}
	if v.Show == "decided" {
		err = c.decidedRows(s, v)
	} else {
		err = c.observedRows(s, v)
	}
	if err != nil {
		return err
	}
	return c.render(v)
}

// serviceFacility settles which facility's baseline is shown.
func (c *call) serviceFacility(v *view.ServiceList, asked string) error {
	all, err := c.facilities()
	if err != nil {
		return err
	}
	now := c.facility()
	if asked != "" {
		now = asked
	}
	for _, f := range all {
		if !c.who.CanAt(identity.AssetRead, f.ID, "") {
			continue
		}
		v.Places = append(v.Places, view.Choice{Value: f.ID, Label: f.Name, Current: f.ID == now})
		if f.ID == now || now == "" && v.Place == "" {
			v.Place = f.ID
		}
	}
	if asked != "" && v.Place == "" {
		return errNothing
	}
	if len(v.Places) < 2 {
		v.Places = nil
	}
	return nil
}

func (v serviceQuery) href(show, kind, subject string) string {
	out := url.Values{}
	for name, value := range map[string]string{"show": show, "kind": kind, "subject": subject, "facility": v.facility} {
		if value != "" {
			out.Set(name, value)
		}
	}
	return address("/services", out)
}

// serviceQuery carries the facility through the links of the page.
type serviceQuery struct{ facility string }

func (c *call) serviceTabs(v *view.ServiceList) {
	q := serviceQuery{}
	if len(v.Places) > 0 {
		q.facility = v.Place
	}
	for _, show := range []string{"", "unneeded", "decided"} {
		key := "services.tab.undecided"
		if show != "" {
			key = "services.tab." + show
		}
		v.Tabs = append(v.Tabs, view.Tab{Href: q.href(show, v.Kind, v.Subject), Label: c.tr.T(key), Current: show == v.Show})
	}
	for _, subject := range []software.Subject{software.SubjectService, software.SubjectProgram} {
		v.Subjects = append(v.Subjects, view.Tab{Href: q.href(v.Show, v.Kind, string(subject)), Label: c.tr.T("services.subject." + string(subject)), Current: string(subject) == v.Subject})
	}
	v.Kinds = append(v.Kinds, view.Tab{Href: q.href(v.Show, "", v.Subject), Label: c.tr.T("assets.tab.all"), Current: v.Kind == ""})
	for _, k := range []asset.Kind{asset.KindPC, asset.KindServer, asset.KindVM, asset.KindMedical, asset.KindStorage, asset.KindOther} {
		v.Kinds = append(v.Kinds, view.Tab{Href: q.href(v.Show, string(k), v.Subject), Label: c.tr.T(kindKey(k)), Current: v.Kind == string(k)})
	}
	v.Here = q.href(v.Show, v.Kind, v.Subject)
}

func (c *call) observedRows(s *site, v *view.ServiceList) error {
	find := software.Undecided
	if v.Show == "unneeded" {
		find = software.Deviations
	}
	list, err := find(c.r.Context(), s.deps.DB, software.ObservedFilter{FacilityID: v.Place, Subject: software.Subject(v.Subject), AssetKind: v.Kind})
	v.Total = len(list)
	for _, o := range list[:min(len(list), servicesShown)] {
		v.Rows = append(v.Rows, view.ServiceDecision{Name: o.Name, Kind: o.AssetKind, KindLabel: c.known("asset.kind.", o.AssetKind), Icon: kindIcon(asset.Kind(o.AssetKind)),
			Assets: int(o.Assets), Href: searchIn(assetPath, "") + "&kind=" + url.QueryEscape(o.AssetKind)})
	}
	return err
}

func (c *call) decidedRows(s *site, v *view.ServiceList) error {
	list, err := software.Decisions(c.r.Context(), s.deps.DB, software.DecisionFilter{FacilityID: v.Place, Subject: software.Subject(v.Subject), AssetKind: v.Kind})
	v.Total = len(list)
	for _, d := range list {
		v.Rows = append(v.Rows, view.ServiceDecision{Name: d.Name, Kind: d.AssetKind, KindLabel: c.known("asset.kind.", d.AssetKind), Icon: kindIcon(asset.Kind(d.AssetKind)),
			Verdict: string(d.Verdict), VerdictLabel: c.known("services.verdict.", string(d.Verdict)), Reason: d.Reason, AtMS: d.DecidedMS})
	}
	return err
}

// serviceDecide writes one decision, or withdraws it.
func serviceDecide(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	facility := c.value("facility")
	if !store.ValidID(facility) {
		return errNothing
	}
	if err := c.need(identity.AssetRead, identity.AssetEdit, facility, ""); err != nil {
		return err
	}
	d := software.Decision{FacilityID: facility, Subject: software.Subject(c.value("subject")), Name: c.r.PostFormValue("name"), AssetKind: c.value("kind"),
		Verdict: software.Verdict(c.value("verdict")), Reason: c.value("reason"), DecidedBy: c.who.ID, DecidedMS: c.nowMS()}
	if !knownKind(d.AssetKind) {
		return errNothing
	}
	object := audit.Object{Kind: "decision", Name: clean(strings.ToValidUTF8(d.Name, "�"), 200), FacilityID: facility}
	err := audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AssetEdit, object, func(ctx context.Context, tx *store.Tx) (any, error) {
		detail := map[string]any{"subject": d.Subject, "kind": d.AssetKind, "verdict": d.Verdict, "reason": d.Reason}
		if d.Verdict == "" {
			return detail, software.Withdraw(ctx, tx, d)
		}
		_, err := software.Decide(ctx, tx, d)
		return detail, err
	})
	if err != nil {
		return serviceListPage(s, c, url.Values{"facility": {facility}, "subject": {string(d.Subject)}}, err)
	}
	return c.done(c.value("next"), "services.decided", "Name", object.Name)
}
