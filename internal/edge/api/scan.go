package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network/scan"
)

func (a *API) registerScans() {
	handle(a, op{method: get, path: "/scans", id: "listScans", summary: "Searches of the network that the server keeps, by name", action: identity.NetworkRead}, a.listScans)
	handle(a, op{method: post, path: "/scans", id: "createScan", summary: "Keep a search", action: identity.NetworkEdit, status: 201,
		about: "Lines of targets that cannot be read are named in the error; nothing is kept then."}, a.createScan)
	handle(a, op{method: get, path: "/scans/{id}", id: "getScan", summary: "One search with its next start and its last run", action: identity.NetworkRead}, a.getScan)
	handle(a, op{method: patch, path: "/scans/{id}", id: "updateScan", summary: "Change a search", action: identity.NetworkEdit, about: "A run under way keeps to what it began with."}, a.updateScan)
	handle(a, op{method: remove, path: "/scans/{id}", id: "endScan", summary: "Take a search out of use", action: identity.NetworkEdit, status: 204, about: "Its runs and the record of what was sent stay."}, a.endScan)
	handle(a, op{method: get, path: "/scans/{id}/history", id: "listScanHistory", summary: "Every state of a search, the newest first", action: identity.NetworkRead}, a.listScanHistory)
	a.registerScanRuns()
	a.registerScanCredentials()
	a.registerScanProof()
}

// ScanSettings are whom a search asks, how and when.
type ScanSettings struct {
	Targets     string   `json:"targets,omitempty" maxLength:"262144" doc:"snmp: one a line: address, host name, either with :port, 192.0.2.0/24, 192.0.2.10-20."`
	Credentials []string `json:"credentials,omitempty" maxItems:"8" doc:"snmp: IDs, tried in this order."`
	Workers     int      `json:"workers,omitempty" minimum:"1" maximum:"64" doc:"snmp: devices asked at a time."`
	Segments    []string `json:"segments,omitempty" maxItems:"200" doc:"sweep: IDs of segments."`
	Methods     []string `json:"methods,omitempty" maxItems:"10" enum:"arp,ping,tcp,http,ssh,tls,smb,sip,rtsp,dicom" doc:"sweep."`
	Ports       []int    `json:"ports,omitempty" maxItems:"64" doc:"sweep: TCP; empty = those the methods are for."`
	Rate        int      `json:"rate,omitempty" minimum:"1" maximum:"1000" doc:"sweep: packets a second."`
	When        string   `json:"when" enum:"hand,hours,days"`
	Hours       int      `json:"hours,omitempty" minimum:"1" maximum:"744" doc:"hours: every so many."`
	Days        []int    `json:"days,omitempty" maxItems:"7" doc:"days: 0 Sunday to 6 Saturday, on which the window opens."`
	From        int      `json:"from_minute,omitempty" minimum:"0" maximum:"1439" doc:"days: minute of the day, Asia/Tokyo."`
	Until       int      `json:"until_minute,omitempty" minimum:"0" maximum:"1439" doc:"days: not after from_minute = on the next day."`
}

func scanSettingsOut(s scan.Settings) ScanSettings {
	return ScanSettings{Targets: s.Targets, Credentials: s.Credentials, Workers: s.Workers, Segments: s.Segments, Methods: s.Methods, Ports: s.Ports, Rate: s.Rate,
		When: string(s.Schedule.When), Hours: s.Schedule.Hours, Days: s.Schedule.Days, From: s.Schedule.From, Until: s.Schedule.Until}
}

func (s ScanSettings) settings() scan.Settings {
	return scan.Settings{Targets: s.Targets, Credentials: s.Credentials, Workers: s.Workers, Segments: s.Segments, Methods: s.Methods, Ports: s.Ports, Rate: s.Rate,
		Schedule: scan.Schedule{When: scan.When(s.When), Hours: s.Hours, Days: s.Days, From: s.From, Until: s.Until}}
}

// Scan is a search that the server keeps.
type Scan struct {
	ID         string       `json:"id"`
	Rev        int64        `json:"rev"`
	FacilityID string       `json:"facility_id"`
	Name       string       `json:"name"`
	Kind       scan.Kind    `json:"kind" enum:"snmp,sweep"`
	Enabled    bool         `json:"enabled" doc:"Begun by its schedule."`
	Settings   ScanSettings `json:"settings"`
	By         string       `json:"by" doc:"Who made this state."`
	FromAt     *time.Time   `json:"from_at"`
	UntilAt    *time.Time   `json:"until_at,omitempty" doc:"Of past states."`
	NextAt     *time.Time   `json:"next_at,omitempty" doc:"Next start by the schedule."`
	LastRun    *ScanRun     `json:"last_run,omitempty"`
}

func (a *API) scanOut(p scan.Plan) Scan {
	out := Scan{ID: p.ID, Rev: p.Revision, FacilityID: p.FacilityID, Name: p.Name, Kind: p.Kind, Enabled: p.Enabled, Settings: scanSettingsOut(p.Settings), By: p.By, FromAt: moment(p.FromMS), UntilAt: moment(p.UntilMS)}
	if at, ok := p.Settings.Schedule.Next(store.Time(p.CreatedMS), a.Now().In(text.Tokyo())); ok && p.Enabled && p.UntilMS == 0 {
		out.NextAt = moment(store.MS(at))
	}
	return out
}

// scansOut adds the last runs.
func (a *API) scansOut(ctx context.Context, plans []scan.Plan) ([]Scan, error) {
	last, err := scan.LastRuns(ctx, a.DB, plans)
	if err != nil {
		return nil, err
	}
	return each(plans, func(p scan.Plan) Scan {
		out := a.scanOut(p)
		if r, ok := last[p.ID]; ok {
			run := scanRunOut(ctx, r)
			out.LastRun = &run
		}
		return out
	}), nil
}

type listScansIn struct {
	Paging
	Facility []string `query:"facility,explode" maxItems:"100"`
}

func (a *API) listScans(ctx context.Context, p identity.Principal, in *listScansIn) (*List[Scan], error) {
	facilities, err := a.facilities(ctx, p, identity.NetworkRead, in.Facility)
	if err != nil {
		return nil, err
	}
	plans, err := scan.Plans(ctx, a.DB, facilities)
	if err != nil {
		return nil, err
	}
	out, err := a.scansOut(ctx, plans)
	if err != nil {
		return nil, err
	}
	return window("scans", out, in.Paging, func(s Scan) string { return s.ID })
}

func scanObject(p scan.Plan) audit.Object {
	return audit.Object{Kind: "scan", ID: p.ID, Name: p.Name, FacilityID: p.FacilityID}
}

// scan reads the one of the address and checks the right to do action.
func (a *API) scan(ctx context.Context, p identity.Principal, id string, action identity.Action) (scan.Plan, error) {
	if !store.ValidID(id) {
		return scan.Plan{}, errNothing
	}
	plan, err := scan.PlanByID(ctx, a.DB, id)
	if err != nil {
		return plan, notFoundHere(err)
	}
	return plan, a.need(ctx, p, identity.NetworkRead, action, scanObject(plan), "")
}

func (a *API) getScan(ctx context.Context, p identity.Principal, in *ByID) (*One[Scan], error) {
	plan, err := a.scan(ctx, p, in.ID, identity.NetworkRead)
	if err != nil {
		return nil, err
	}
	out, err := a.scansOut(ctx, []scan.Plan{plan})
	if err != nil {
		return nil, err
	}
	return one(out[0]), nil
}

type createScanIn struct {
	Body struct {
		FacilityID string       `json:"facility_id" maxLength:"100"`
		Name       string       `json:"name" maxLength:"100"`
		Kind       scan.Kind    `json:"kind" enum:"snmp,sweep"`
		Enabled    bool         `json:"enabled,omitempty"`
		Settings   ScanSettings `json:"settings"`
	}
}

func (a *API) createScan(ctx context.Context, p identity.Principal, in *createScanIn) (*One[Scan], error) {
	f, err := a.facility(ctx, p, identity.TodayRead, identity.NetworkEdit, in.Body.FacilityID, "facility_id")
	if err != nil {
		return nil, err
	}
	plan := scan.Plan{FacilityID: f.ID, Name: in.Body.Name, Kind: in.Body.Kind, Enabled: in.Body.Enabled, Settings: in.Body.Settings.settings(), By: p.Name}
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, scanObject(plan), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		plan, err = scan.CreatePlan(ctx, tx, plan, a.nowMS())
		return audit.Made{Object: scanObject(plan), Detail: a.scanOut(plan)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(a.scanOut(plan)), nil
}

type updateScanIn struct {
	ByID
	Body struct {
		Rev      int64         `json:"rev" minimum:"1"`
		Name     *string       `json:"name,omitempty" maxLength:"100"`
		Enabled  *bool         `json:"enabled,omitempty"`
		Settings *ScanSettings `json:"settings,omitempty" doc:"As a whole."`
	}
}

func (a *API) updateScan(ctx context.Context, p identity.Principal, in *updateScanIn) (*One[Scan], error) {
	before, err := a.scan(ctx, p, in.ID, identity.NetworkEdit)
	if err != nil {
		return nil, err
	}
	after := before
	put(&after.Name, in.Body.Name)
	put(&after.Enabled, in.Body.Enabled)
	if in.Body.Settings != nil {
		after.Settings = in.Body.Settings.settings()
	}
	after.Revision, after.By = in.Body.Rev, p.Name
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, scanObject(before), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		after, err = scan.UpdatePlan(ctx, tx, after, a.nowMS())
		return map[string]Scan{"before": a.scanOut(before), "after": a.scanOut(after)}, err
	})
	if err != nil {
		return nil, err
	}
	return one(a.scanOut(after)), nil
}

type endScanIn struct {
	ByID
	Rev int64 `query:"rev" minimum:"1" default:"1" doc:"The revision that was seen."`
}

func (a *API) endScan(ctx context.Context, p identity.Principal, in *endScanIn) (*None, error) {
	plan, err := a.scan(ctx, p, in.ID, identity.NetworkEdit)
	if err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, scanObject(plan), func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]bool{"ended": true}, scan.EndPlan(ctx, tx, plan.ID, in.Rev, a.nowMS())
	})
	return &None{}, err
}

type listScanHistoryIn struct {
	ByID
	Paging
}

func (a *API) listScanHistory(ctx context.Context, p identity.Principal, in *listScanHistoryIn) (*List[Scan], error) {
	plan, err := a.scan(ctx, p, in.ID, identity.NetworkRead)
	if err != nil {
		return nil, err
	}
	past, err := scan.PlanHistory(ctx, a.DB, plan.ID)
	if err != nil {
		return nil, err
	}
	return window("scan-history", each(past, a.scanOut), in.Paging, func(s Scan) string { return s.FromAt.String() })
}
