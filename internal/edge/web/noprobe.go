package web

import (
	"context"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/noprobe"
)

// noProbePath is the list of what active scanning never touches.
const noProbePath = "/network/no-probe"

// noProbeList shows the rules, and the medical devices that are on the list by themselves.
func noProbeList(_ *site, c *call) error { return c.noProbePage(nil) }

func (c *call) noProbePage(wrong error) error {
	page, err := c.page(c.tr.T("noprobe.title"))
	if err != nil {
		return err
	}
	places, err := c.unlistedPlaces(identity.NetworkRead)
	if err != nil {
		return err
	}
	v := &view.NoProbeList{Page: page, Many: len(places) > 1, Ended: c.r.URL.Query().Get("ended") == "1"}
	ids, names := make([]string, len(places)), map[string]string{}
	for i, f := range places {
		ids[i], names[f.ID] = f.ID, f.Name
		if c.who.CanAt(identity.NetworkEdit, f.ID, "") {
			v.Places = append(v.Places, view.Choice{Value: f.ID, Label: f.Name, Current: c.value("facility_id") == f.ID})
		}
	}
	rules, err := noprobe.Rules(c.r.Context(), c.s.deps.DB, ids, v.Ended)
	if err != nil {
		return err
	}
	for _, r := range rules {
		v.Rows = append(v.Rows, view.NoProbeRow{ID: r.ID, Kind: c.tr.T("noprobe.kind." + string(r.Kind)), Value: r.Show(), Reason: r.Reason, By: r.By, AtMS: r.AtMS, Facility: names[r.FacilityID],
			EndedMS: r.EndedMS, EndedBy: r.EndedBy, EndReason: r.EndReason, CanEnd: r.EndedMS == 0 && c.who.CanAt(identity.NetworkEdit, r.FacilityID, "")})
	}
	devices, err := noprobe.Devices(c.r.Context(), c.s.deps.DB, ids, c.nowMS())
	if err != nil {
		return err
	}
	for _, d := range devices {
		v.Devices = append(v.Devices, c.noProbeDevice(d, names[d.FacilityID]))
		if !d.Known() {
			v.Unknown++
		}
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	if err := c.noProbeFields(v, ids); err != nil {
		return err
	}
	return c.render(v)
}

func (c *call) noProbeDevice(d noprobe.Device, facility string) view.NoProbeDevice {
	out := view.NoProbeDevice{Href: "/assets/" + d.AssetID, Name: d.Name, Facility: facility}
	for _, a := range d.Addresses {
		out.Addresses = append(out.Addresses, a.String())
	}
	for _, m := range d.MACs {
		out.Addresses = append(out.Addresses, noprobe.ShowMAC(m))
	}
	var sources []string
	for _, s := range d.Sources {
		sources = append(sources, c.tr.T("asset.source."+s))
	}
	out.Sources = strings.Join(sources, c.tr.T("map.comma"))
	return out
}

// noProbeFields are those of the form: what is typed and, of a segment, chosen.
func (c *call) noProbeFields(v *view.NoProbeList, facilities []string) error {
	if len(v.Places) == 0 {
		return nil
	}
	var kinds []view.Choice
	for _, k := range noprobe.Kinds {
		kinds = append(kinds, view.Choice{Value: string(k), Label: c.tr.T("noprobe.kind." + string(k)), Current: c.value("kind") == string(k)})
	}
	segments := []view.Choice{{Value: "", Label: c.tr.T("noprobe.segment.none")}}
	for _, f := range facilities {
		list, err := network.Segments(c.r.Context(), c.s.deps.DB, f, 0)
		if err != nil {
			return err
		}
		for _, s := range list {
			segments = append(segments, view.Choice{Value: s.ID, Label: s.Name + " " + s.CIDR, Current: c.value("segment") == s.ID})
		}
	}
	p := &v.Page
	v.Fields = []view.Input{p.Input("kind", "noprobe.kind").From(kinds), p.Input("value", "noprobe.value").Help("noprobe.value.help").Max(100)}
	if len(segments) > 1 {
		v.Fields = append(v.Fields, p.Input("segment", "noprobe.segment").From(segments))
	}
	v.Fields = append(v.Fields, p.Input("reason", "noprobe.reason").Must().Max(500))
	return nil
}

// noProbeAdd puts a rule on the list.
func noProbeAdd(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	facility := c.value("facility_id")
	if !store.ValidID(facility) {
		return errNothing
	}
	if err := c.need(identity.NetworkRead, identity.NetworkEdit, facility, ""); err != nil {
		return err
	}
	r := noprobe.Rule{FacilityID: facility, Kind: noprobe.Kind(c.value("kind")), Value: c.value("value"), Reason: c.value("reason"), By: c.by()}
	if r.Kind == noprobe.KindSegment {
		r.Value = c.value("segment")
	}
	err := audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, audit.Object{Kind: "no_probe", FacilityID: facility}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		r, err = noprobe.Add(ctx, tx, r, c.nowMS())
		return audit.Made{Object: audit.Object{Kind: "no_probe", ID: r.ID, Name: r.Show(), FacilityID: facility}, Detail: noProbeDetail(r)}, err
	})
	if err != nil {
		return c.noProbePage(err)
	}
	return c.done(noProbePath, "noprobe.added", "Value", r.Show())
}

func noProbeDetail(r noprobe.Rule) map[string]any {
	return map[string]any{"kind": r.Kind, "value": r.Value, "reason": r.Reason, "end_reason": r.EndReason}
}

// noProbeEnd takes a rule off the list, with a reason.
func noProbeEnd(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	id, err := c.id("id")
	if err != nil {
		return err
	}
	r, err := noprobe.ByID(c.r.Context(), s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) {
		return errNothing
	}
	if err != nil {
		return err
	}
	if err := c.need(identity.NetworkRead, identity.NetworkEdit, r.FacilityID, ""); err != nil {
		return err
	}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.NetworkEdit, audit.Object{Kind: "no_probe", ID: r.ID, Name: r.Show(), FacilityID: r.FacilityID}, func(ctx context.Context, tx *store.Tx) (any, error) {
		ended, err := noprobe.End(ctx, tx, r.FacilityID, r.ID, c.by(), c.value("reason"), c.nowMS())
		return noProbeDetail(ended), err
	})
	if err != nil {
		return c.noProbePage(err)
	}
	return c.done(noProbePath, "noprobe.ended", "Value", r.Show())
}
