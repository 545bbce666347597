package web

import (
	"context"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

// deviceShow is one agent: certificate, state, and what a person may do about it.
func deviceShow(s *site, c *call) error { return deviceOne(s, c, nil) }

// deviceOf finds a device that the reader may see, revoked ones too.
func deviceOf(s *site, c *call) (identity.Device, error) {
	id, err := c.id("id")
	if err != nil {
		return identity.Device{}, err
	}
	d, err := s.deps.Identity.DeviceByID(c.r.Context(), id)
	switch {
	case fault.Is(err, fault.CodeNotFound):
		return d, errNothing
	case err != nil && !fault.Is(err, fault.CodeForbidden): // revoked: it can still be looked at
		return d, err
	}
	return d, c.need(identity.DeviceRead, identity.DeviceRead, d.FacilityID, "")
}

func deviceOne(s *site, c *call, wrong error) error {
	d, err := deviceOf(s, c)
	if err != nil {
		return err
	}
	page, err := c.page(d.Name)
	if err != nil {
		return err
	}
	names, err := c.facilityNames()
	if err != nil {
		return err
	}
	v := &view.DeviceShow{
		Page: page, ID: d.ID, Name: d.Name, Facility: names[d.FacilityID], EnrolMS: d.EnrolledMS, SeenMS: d.LastSeenMS,
		RevokedMS: d.RevokedMS, RevokedWhy: d.RevokedWhy, Certificate: d.CertificateSerial, CertificateMS: d.CertificateEndMS,
		CanManage: d.RevokedMS == 0 && c.who.CanAt(identity.DeviceManage, d.FacilityID, ""),
	}
	v.StateKind, v.State = c.deviceState(d)
	if err := deviceSays(s, c, d, v); err != nil {
		return err
	}
	if d.Takeover == identity.TakeoverWaits {
		v.Waits = &view.DeviceWaits{SinceMS: d.TakeoverMS, DeviceID: d.TakeoverOf, AssetID: d.TakeoverAsset}
		if other, err := s.deps.Identity.DeviceByID(c.r.Context(), d.TakeoverOf); err == nil || fault.Is(err, fault.CodeForbidden) {
			v.Waits.Device, v.Waits.SeenMS = other.Name, other.LastSeenMS
		}
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// deviceSays is what the agent told of itself, and what is asked of it.
func deviceSays(s *site, c *call, d identity.Device, v *view.DeviceShow) error {
	ctx := c.r.Context()
	state, err := s.deps.Identity.StateOfDevice(ctx, s.deps.DB, d.ID)
	if err != nil {
		return err
	}
	v.AgentVersion, v.CPUMS, v.PeakKB = state.Version, int(state.CPUMS), int(state.PeakKB)
	department, err := asset.AgentDepartment(ctx, s.deps.DB, d.ID)
	if err != nil {
		return err
	}
	rules, version, err := s.deps.Identity.PolicyOf(ctx, d, department)
	if err != nil {
		return err
	}
	if version != 0 {
		v.Policy = c.ruleWords(rules)
	}
	events, err := s.deps.Identity.DeviceEvents(ctx, s.deps.DB, d.ID)
	for _, e := range events {
		v.Events = append(v.Events, view.DeviceEvent{AtMS: e.AtMS, Kind: c.known("device.event.", e.Kind), Detail: e.Detail})
	}
	return err
}

// deviceState is the badge of a device.
func (c *call) deviceState(d identity.Device) (kind, words string) {
	switch {
	case d.RevokedMS != 0:
		return "none", c.tr.T("token.state.revoked")
	case d.Takeover == identity.TakeoverWaits:
		return "warn", c.tr.T("devices.waits")
	case d.LastSeenMS < c.nowMS()-agentSilence.Milliseconds():
		return "silent", c.tr.T("devices.silent")
	}
	return "ok", c.tr.T("devices.reports")
}

// trustRows are the demand for certificates and the devices that wait for a person.
func trustRows(s *site, c *call, v *view.DeviceList, scope identity.Scope) error {
	var err error
	ctx := c.r.Context()
	if v.Required, err = s.deps.Identity.CertificateRequired(ctx); err != nil {
		return err
	}
	if v.Without, err = s.deps.Identity.DevicesWithoutCertificate(ctx, s.deps.DB, scope); err != nil {
		return err
	}
	v.CanDemand = c.who.CanEverywhere(identity.DeviceManage)
	waiting, err := s.deps.Identity.WaitingTakeovers(ctx, s.deps.DB, scope)
	for _, d := range waiting {
		v.Waiting = append(v.Waiting, view.DeviceRow{ID: d.ID, Name: d.Name, EnrolMS: d.EnrolledMS, SeenMS: d.TakeoverMS})
	}
	return err
}

// deviceTrust turns the demand for certificates on or off, for all facilities.
func deviceTrust(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	if !c.who.CanEverywhere(identity.DeviceManage) {
		c.recordRefusal(identity.DeviceManage, "")
		return devicePage(s, c, fault.Invalid("identity.error.everywhere"))
	}
	on := c.value("required") == "on"
	err := audit.Do(c.r.Context(), s.deps.DB, c.who, identity.DeviceManage, audit.Object{Kind: "device_trust"}, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"certificate_required": on}, s.deps.Identity.SetCertificateRequired(ctx, tx, on)
	})
	if err != nil {
		return err
	}
	if on {
		return c.done(devicePath, "devices.required.on")
	}
	return c.done(devicePath, "devices.required.off")
}

// deviceChange runs a change of one device that the reader may manage.
func deviceChange(s *site, c *call, change func(ctx context.Context, tx *store.Tx, d identity.Device) (any, error)) error {
	d, err := deviceOf(s, c)
	if err != nil {
		return err
	}
	if err := c.need(identity.DeviceRead, identity.DeviceManage, d.FacilityID, ""); err != nil {
		return err
	}
	if d.RevokedMS != 0 {
		return errNothing
	}
	return audit.Do(c.r.Context(), s.deps.DB, c.who, identity.DeviceManage, audit.Object{Kind: "device", ID: d.ID, Name: d.Name, FacilityID: d.FacilityID},
		func(ctx context.Context, tx *store.Tx) (any, error) { return change(ctx, tx, d) })
}

// deviceRevoke ends an agent's right to report.
func deviceRevoke(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	why := c.value("why")
	err := deviceChange(s, c, func(ctx context.Context, tx *store.Tx, d identity.Device) (any, error) {
		return map[string]any{"revoked": true, "why": why}, s.deps.Identity.RevokeDevice(ctx, tx, d.ID, why)
	})
	if fault.Is(err, fault.CodeInvalid) {
		return deviceOne(s, c, err)
	}
	if err != nil {
		return err
	}
	return c.done(devicePath, "devices.revoked")
}

// deviceTakeover is the yes to a machine that was set up anew.
func deviceTakeover(s *site, c *call) error {
	err := deviceChange(s, c, func(ctx context.Context, tx *store.Tx, d identity.Device) (any, error) {
		return map[string]any{"takeover": "granted", "of": d.TakeoverOf, "asset": c.value("asset")}, s.deps.Identity.GrantTakeOver(ctx, tx, d.ID, c.value("asset"))
	})
	if fault.Is(err, fault.CodeConflict) {
		return deviceOne(s, c, err)
	}
	if err != nil {
		return err
	}
	return c.done(devicePath, "devices.takeover.granted")
}
