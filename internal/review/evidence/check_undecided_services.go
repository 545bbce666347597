package evidence

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
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
		undecided, err := in.observed(ctx, q, software.Undecided)
		if err != nil {
			return Outcome{}, err
		}
		unneeded, err := in.observed(ctx, q, software.Deviations)
		if err != nil {
			return Outcome{}, err
		}
		out := Outcome{Figures: []Figure{count("machines", machines), count("machines_telling", telling),
			count("services_undecided", int64(len(undecided))), count("services_unneeded", int64(len(unneeded)))}}
		for _, o := range unneeded {
			out.failing(serviceItem("evidence.reason.service_unneeded", o))
		}
		for _, o := range undecided {
			out.failing(serviceItem("evidence.reason.service_undecided", o))
		}
		out.State = failIf(out.FailingTotal > 0)
		if out.State == Pass && telling == 0 {
			out.State, out.Missing = Unknown, "evidence.missing.no_reports"
		}
		out.Sources, err = in.sectionSources(ctx, q, sectionServices)
		return out, err
	}}

// observed asks for services of the kinds in scope, by kind and name.
func (i Input) observed(ctx context.Context, q store.Querier, list func(context.Context, store.Querier, software.ObservedFilter) ([]software.Observed, error)) ([]software.Observed, error) {
	f := software.ObservedFilter{FacilityID: i.FacilityID, Subject: software.SubjectService}
	if !i.Live {
		f.AtMS = i.AsOfMS
	}
	all, err := list(ctx, q, f)
	if err != nil {
		return nil, err
	}
	kinds := computersOf(i.Target)
	all = slices.DeleteFunc(all, func(o software.Observed) bool { return !slices.Contains(kinds, asset.Kind(o.AssetKind)) })
	slices.SortFunc(all, func(a, b software.Observed) int {
		return strings.Compare(a.AssetKind+"\x00"+a.NameKey, b.AssetKind+"\x00"+b.NameKey)
	})
	return all, nil
}

// serviceItem names a service on a kind of machine.
func serviceItem(reason string, o software.Observed) Item {
	return Item{Ref: o.AssetKind, Label: o.Name, Reason: reason,
		Args: map[string]Arg{"Kind": {Key: "asset.kind." + o.AssetKind}, "N": {Text: fmt.Sprint(o.Assets)}}}
}
