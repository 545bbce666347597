package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

func (a *API) registerDevicePolicies() {
	handle(a, op{method: get, path: "/devices/{id}", id: "getDevice", summary: "One device, with what its agent says of itself", action: identity.DeviceRead}, a.getDevice)
	handle(a, op{method: get, path: "/device-policies", id: "listDevicePolicies", summary: "Policies for agents", action: identity.DeviceRead,
		about: "The closest policy counts: device before department before facility before all. `stop` counts from any of them. A policy for all is shown to everybody whom it covers; `q` looks in the names of departments and devices."}, a.listDevicePolicies)
	handle(a, op{method: replace, path: "/device-policies", id: "setDevicePolicy", summary: "Set the policy of all devices, a facility, a department or one device", action: identity.DeviceManage,
		about: "Replaces the policy of that target. Without facility and device it counts for all, so the right must have no limit. Agents get it, signed, with their next report."}, a.setDevicePolicy)
	handle(a, op{method: remove, path: "/device-policies/{id}", id: "removeDevicePolicy", summary: "Remove a policy; the next closer one counts then", action: identity.DeviceManage, status: 204}, a.removeDevicePolicy)
}

// DeviceEvent is something that happened to an agent itself, as it told.
type DeviceEvent struct {
	Kind   string     `json:"kind" doc:"stopped, away, program, settings, state, open, clock, watchdog or policy; newer agents may know more."`
	At     *time.Time `json:"at" doc:"By the device's clock."`
	Detail string     `json:"detail,omitempty" doc:"Plain English."`
	SeenAt *time.Time `json:"seen_at" doc:"When the server heard of it."`
}

// DeviceDetail is a device with what its agent says of itself.
type DeviceDetail struct {
	Device
	AgentVersion  string        `json:"agent_version,omitempty"`
	PolicyVersion int64         `json:"policy_version,omitempty" doc:"Version of the policy that it follows; missing when none."`
	CPUMS         int64         `json:"cpu_ms,omitempty" doc:"Processor time for its last report that had something new."`
	PeakKB        int64         `json:"peak_kb,omitempty" doc:"Most memory of the agent since its start, in 1024 bytes."`
	Events        []DeviceEvent `json:"events" doc:"What happened to the agent, the newest first; at most 100."`
}

func (a *API) getDevice(ctx context.Context, p identity.Principal, in *ByID) (*One[DeviceDetail], error) {
	d, err := a.Identity.DeviceByID(ctx, in.ID)
	if err != nil && !fault.Is(err, fault.CodeForbidden) {
		return nil, notFoundHere(err)
	}
	if err := a.need(ctx, p, identity.DeviceRead, identity.DeviceRead, audit.Object{Kind: "device", ID: d.ID, Name: d.Name, FacilityID: d.FacilityID}, ""); err != nil {
		return nil, err
	}
	state, err := a.Identity.StateOfDevice(ctx, a.DB, d.ID)
	if err != nil {
		return nil, err
	}
	events, err := a.Identity.DeviceEvents(ctx, a.DB, d.ID)
	out := DeviceDetail{Device: deviceOut(d), AgentVersion: state.Version, PolicyVersion: state.Policy, CPUMS: state.CPUMS, PeakKB: state.PeakKB, Events: []DeviceEvent{}}
	for _, e := range events {
		out.Events = append(out.Events, DeviceEvent{Kind: e.Kind, At: moment(e.AtMS), Detail: e.Detail, SeenAt: moment(e.SeenMS)})
	}
	return one(out), err
}

// DevicePolicy is what is asked of the agents of a target.
type DevicePolicy struct {
	ID         string     `json:"id"`
	FacilityID string     `json:"facility_id,omitempty" doc:"Missing: all facilities."`
	Department string     `json:"department,omitempty"`
	DeviceID   string     `json:"device_id,omitempty"`
	Device     string     `json:"device,omitempty" doc:"Name of the device; in lists."`
	Rules      Rules      `json:"rules"`
	By         string     `json:"by"`
	ChangedAt  *time.Time `json:"changed_at"`
}

// Rules are what a policy may ask of an agent; there is nothing else.
type Rules struct {
	IntervalMin int      `json:"interval_min,omitempty" minimum:"0" maximum:"10080" doc:"Minutes between reports, 15 to 10080; 0 = as installed."`
	Off         []string `json:"off,omitempty" maxItems:"40" doc:"Sections that are not read: disks, volumes, interfaces, packages, services, ports, accounts, security, updates, peripherals, extensions, startup, groups, hardening, switched_off, backups."`
	UploadKBps  int      `json:"upload_kbps,omitempty" minimum:"0" maximum:"100000" doc:"Most that is sent, 1000 bytes a second, from 8; 0 = no limit."`
	QuietFrom   string   `json:"quiet_from,omitempty" maxLength:"5" example:"08:30" doc:"By the device's clock: from then to quiet_to it neither reads nor sends."`
	QuietTo     string   `json:"quiet_to,omitempty" maxLength:"5" example:"12:00"`
	Stop        bool     `json:"stop,omitempty" doc:"The agent stops reading and reporting; it only asks whether that still holds."`
}

func policyOut(p identity.Policy) DevicePolicy {
	return DevicePolicy{ID: p.ID, FacilityID: p.FacilityID, Department: p.Department, DeviceID: p.DeviceID, Device: p.Device, Rules: Rules(p.Rules), By: p.By, ChangedAt: moment(p.ChangedMS)}
}

func (a *API) listDevicePolicies(ctx context.Context, p identity.Principal, in *Searching) (*List[DevicePolicy], error) {
	f, err := in.listing("device-policies", p.Scope(identity.DeviceRead))
	if err != nil {
		return nil, err
	}
	list, next, total, err := a.Identity.Policies(ctx, a.DB, f)
	if err != nil {
		return nil, err
	}
	return listOf(each(list, policyOut), seal("device-policies", next), total), nil
}

type setDevicePolicyIn struct {
	Body struct {
		FacilityID string `json:"facility_id,omitempty" maxLength:"100"`
		Department string `json:"department,omitempty" maxLength:"100"`
		DeviceID   string `json:"device_id,omitempty" maxLength:"100" doc:"One device; its facility need not be given."`
		Rules      Rules  `json:"rules"`
	}
}

func (a *API) setDevicePolicy(ctx context.Context, p identity.Principal, in *setDevicePolicyIn) (*One[DevicePolicy], error) {
	policy := identity.Policy{FacilityID: in.Body.FacilityID, Department: in.Body.Department, DeviceID: in.Body.DeviceID, Rules: identity.PolicyRules(in.Body.Rules)}
	o := audit.Object{Kind: "device_policy"}
	switch {
	case policy.DeviceID != "":
		d, _, err := a.deviceFor(ctx, p, policy.DeviceID)
		if err != nil {
			return nil, err
		}
		policy.FacilityID, o.Name, o.FacilityID = d.FacilityID, d.Name, d.FacilityID
	case policy.FacilityID != "":
		f, err := a.facility(ctx, p, identity.TodayRead, identity.DeviceManage, policy.FacilityID, "facility_id")
		if err != nil {
			return nil, err
		}
		o.Name, o.FacilityID = f.Name, f.ID
	case !p.CanEverywhere(identity.DeviceManage):
		a.noteRefusal(ctx, p, identity.DeviceManage, o)
		return nil, fault.Forbidden("identity.error.everywhere")
	}
	err := audit.Do(ctx, a.DB, p, identity.DeviceManage, o, func(ctx context.Context, tx *store.Tx) (any, error) {
		set, err := a.Identity.SetPolicy(ctx, tx, p, policy)
		policy = set
		o.ID = set.ID
		return audit.Made{Object: o, Detail: policyOut(set)}, err
	})
	return one(policyOut(policy)), err
}

func (a *API) removeDevicePolicy(ctx context.Context, p identity.Principal, in *ByID) (*None, error) {
	policy, err := a.Identity.PolicyByID(ctx, a.DB, in.ID)
	if err != nil {
		return nil, notFoundHere(err)
	}
	o := audit.Object{Kind: "device_policy", ID: in.ID, FacilityID: policy.FacilityID}
	if policy.FacilityID == "" && !p.CanEverywhere(identity.DeviceManage) {
		a.noteRefusal(ctx, p, identity.DeviceManage, o)
		return nil, fault.Forbidden("identity.error.everywhere")
	}
	if policy.FacilityID != "" {
		if err := a.need(ctx, p, identity.DeviceRead, identity.DeviceManage, o, ""); err != nil {
			return nil, err
		}
	}
	err = audit.Do(ctx, a.DB, p, identity.DeviceManage, o, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"removed": true}, a.Identity.RemovePolicy(ctx, tx, in.ID)
	})
	return &None{}, err
}
