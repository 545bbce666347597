package ingest

import (
	"context"

	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/review/evidence"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
	"sonae/internal/survey/software"
	"sonae/internal/wire"
)

// Door takes in files that machines or their makers wrote and somebody carried here:
// what they say goes the way of a report, as a source of its own. It implements
// intake.Door; who may bring files, and the audit log, are the caller's.
type Door struct{ server *Server }

// Door gives the entry for files.
func (s *Server) Door() Door { return Door{s} }

var _ intake.Door = Door{}

// order is what a machine's file asks of the ledger.
func (d Door) observation(o intake.Order, m intake.Machine) (asset.Observation, *wire.Report) {
	report := m.Report.(*wire.Report)
	seen := observation(o.FacilityID, m.AtMS, report)
	seen.Source, seen.DeviceID, seen.By = m.Source, "", o.Said(m.KitName)
	seen.AssetID = o.AssetID
	return seen, report
}

// Foresee works out what Take would do.
func (d Door) Foresee(ctx context.Context, q store.Querier, o intake.Order, m intake.Machine) (intake.Sight, error) {
	seen, report := d.observation(o, m)
	sight := intake.Sight{}
	if problem, err := d.named(ctx, q, o, m, &seen); problem != nil || err != nil {
		sight.Problem = problem
		return sight, err
	}
	list, err := asset.Foresee(ctx, q, []asset.Observation{seen})
	if err != nil {
		return sight, err
	}
	if list[0].Err != nil {
		sight.Problem = faultOf(list[0].Err)
		return sight, nil
	}
	sight.Outlook = list[0].Outlook
	if id := sight.Outlook.Asset.ID; id != "" {
		sight.BeforeMS, sight.Same, err = asset.Spoken(ctx, q, id, m.Source, digests(report))
	}
	return sight, err
}

// Take stores what a machine says.
func (d Door) Take(ctx context.Context, tx *store.Tx, o intake.Order, m intake.Machine) (asset.Result, intake.Before, error) {
	seen, report := d.observation(o, m)
	if problem, err := d.named(ctx, tx, o, m, &seen); problem != nil || err != nil {
		if err == nil {
			err = problem
		}
		return asset.Result{}, intake.Before{}, err
	}
	res, err := asset.Observe(ctx, tx, seen)
	if err != nil || res.Older {
		return res, intake.Before{}, err
	}
	before, err := beforeOf(ctx, tx, res, m.Source)
	if err != nil {
		return res, before, err
	}
	t := taking{server: d.server, report: yield(report, res.Outranked), nowMS: store.MS(d.server.now()), atMS: m.AtMS, source: m.Source}
	if err := t.rooms(ctx, tx, res); err != nil {
		return res, before, err
	}
	if _, ok := res.Outranked[string(wire.SecSecurity)]; ok {
		if _, err := software.RecordSafeguards(ctx, tx, res.AssetID, string(m.Source), m.AtMS, nil); err != nil {
			return res, before, err
		}
	}
	if m.KitID != "" {
		if err := d.server.identity.UsedKit(ctx, tx, m.KitID); err != nil {
			return res, before, err
		}
	}
	return res, before, d.evaluate(ctx, tx, o.FacilityID)
}

// yield empties the lists that a stronger source keeps (asset.Result.Outranked), so that
// no row of a machine stands in the ledger twice.
func yield(r *wire.Report, stronger map[string]asset.Source) *wire.Report {
	out := *r
	s := &out.Sections
	for section := range stronger {
		switch wire.Section(section) {
		case wire.SecInterfaces:
			s.Interfaces = &[]wire.Interface{}
		case wire.SecPackages:
			s.Packages = &[]wire.Package{}
		case wire.SecServices:
			s.Services = &[]wire.Service{}
		case wire.SecAccounts:
			s.Accounts = &[]wire.Account{}
		case wire.SecSecurity:
			s.Security = nil
		}
	}
	return &out
}

// evaluate has the rules look at the facility again. One job waits at a time, whatever
// is brought.
func (d Door) evaluate(ctx context.Context, tx *store.Tx, facilityID string) error {
	now := d.server.now()
	_, err := job.Insert(ctx, tx, evidence.JobEvaluate, evidence.JobArgs{Facility: facilityID}, job.InsertOpts{Unique: facilityID, Now: now, RunAt: now.Add(evaluateDelay)})
	return err
}

// named finds the machine where nothing in its file tells it from others: by its host
// name when one machine of the facility has it. It is a suggestion that a person
// confirms; without one, a new machine is made only when the person said so.
func (d Door) named(ctx context.Context, q store.Querier, o intake.Order, m intake.Machine, seen *asset.Observation) (problem *faultError, err error) {
	if o.AssetID != "" || len(seen.Keys()) > 0 {
		return nil, nil //nolint:nilnil // no problem
	}
	ids, err := asset.ByHostName(ctx, q, o.FacilityID, m.Name)
	switch {
	case err != nil:
		return nil, err
	case len(ids) == 1:
		seen.AssetID = ids[0]
		return nil, nil //nolint:nilnil // no problem
	case len(ids) > 1:
		return problemHere("intake.error.host_twice", "Name", clip(m.Name, 64), "Count", len(ids)), nil
	case m.Name == "" || !o.WithoutNumber:
		return problemHere("intake.error.nobody", "Name", clip(m.Name, 64)), nil
	}
	return nil, nil //nolint:nilnil // no problem
}
