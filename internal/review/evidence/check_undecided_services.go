package evidence

import (
	"context"
	"database/sql"
	"strconv"

	"sonae/internal/platform/store"
	"sonae/internal/survey/software"
)

// undecidedServices passes when somebody decided about every service that runs or
// starts by itself, by kind of machine, and what was found unneeded is gone.
var undecidedServices = Check{Name: "undecided_services", Needs: []string{"survey/software"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		machines, telling, err := in.tellingMachines(ctx, q, sectionServices)
		if err != nil {
			return Outcome{}, err
		}
		verdicts, err := in.verdicts(ctx, q)
		if err != nil {
			return Outcome{}, err
		}
		out, undecided, unneeded := Outcome{}, int64(0), int64(0)
		if out.Sources, err = in.sectionSources(ctx, q, sectionServices); err != nil {
			return Outcome{}, err
		}
		machinesOf := `count(*)`
		if len(out.Sources) > 1 {
			machinesOf = `count(DISTINCT v.asset_id)` // two sources may tell of one machine; it costs a second sort
		}
		// The same rows as software.Undecided and software.Deviations, in one pass over
		// the machines of this row's classes only.
		s := in.scope(computersOf(in.Target), running).add(` SELECT scope.kind, v.name_key, min(v.name), ` + machinesOf + ` FROM scope
			JOIN software_service v ON v.asset_id = scope.id WHERE (v.start_mode = 'auto' OR v.running) AND `)
		in.open(s, "v").add(` GROUP BY scope.kind, v.name_key ORDER BY scope.kind, v.name_key`)
		err = each(ctx, q, s, func(rows *sql.Rows) error {
			var kind, key, name string
			var n int64
			if err := rows.Scan(&kind, &key, &name, &n); err != nil {
				return err
			}
			switch verdicts[[2]string{kind, key}] {
			case "":
				undecided++
				out.failing(serviceItem("evidence.reason.service_undecided", kind, name, n))
			case software.Unneeded:
				unneeded++
				out.failing(serviceItem("evidence.reason.service_unneeded", kind, name, n))
			}
			return nil
		})
		if err != nil {
			return Outcome{}, err
		}
		out.Figures = []Figure{count("machines", machines), count("machines_telling", telling),
			count("services_undecided", undecided), count("services_unneeded", unneeded)}
		out.State = failIf(out.FailingTotal > 0)
		if out.State == Pass && telling == 0 {
			out.State, out.Missing = Unknown, "evidence.missing.no_reports"
		}
		return out, nil
	}}

// verdicts are the decisions on services in force, by kind of machine and name.
func (i Input) verdicts(ctx context.Context, q store.Querier) (map[[2]string]software.Verdict, error) {
	list, err := software.Decisions(ctx, q, software.DecisionFilter{FacilityID: i.FacilityID, Subject: software.SubjectService, AtMS: i.AsOfMS})
	if err != nil {
		return nil, err
	}
	m := map[[2]string]software.Verdict{}
	for _, d := range list {
		m[[2]string{d.AssetKind, software.NameKey(d.Name)}] = d.Verdict
	}
	return m, nil
}

// serviceItem names a service on a kind of machine.
func serviceItem(reason, kind, name string, machines int64) Item {
	return Item{Ref: kind, Label: name, Reason: reason,
		Args: map[string]Arg{"Kind": {Key: "asset.kind." + kind}, "N": {Text: strconv.FormatInt(machines, 10)}}}
}
