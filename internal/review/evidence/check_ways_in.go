package evidence

import (
	"context"
	"fmt"
	"slices"

	"sonae/internal/platform/store"
	"sonae/internal/survey/network"
)

// waysGaps passes when no registered way in from outside has one of the gaps that the
// rule names (network.External.Gaps). Without any way in the register the facts do not
// tell: every hospital has one.
var waysGaps = Check{Name: "ways_in_gaps", Needs: []string{"survey/network"}, Args: []string{"gaps"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		watch, err := in.Args.Words("gaps")
		if err != nil {
			return Outcome{}, err
		}
		if unknown := slices.IndexFunc(watch, func(w string) bool { return !slices.Contains(network.GapWords, w) }); unknown >= 0 {
			return Outcome{}, fmt.Errorf("argument gaps: %q is no gap", watch[unknown])
		}
		list, err := network.Externals(ctx, q, []string{in.FacilityID}, in.AsOfMS)
		if err != nil {
			return Outcome{}, err
		}
		out, withGaps, newest := Outcome{}, int64(0), int64(0)
		for _, e := range list {
			newest = max(newest, e.FromMS)
			had := false
			for _, g := range e.Gaps(in.today()) {
				if slices.Contains(watch, g) {
					had = true
					out.failing(Item{AssetID: e.AssetID, Ref: e.ID + " " + g, Label: e.Name, Reason: "evidence.reason.way_gap",
						Args: map[string]Arg{"Gap": {Key: "external.gap." + g}, "Party": {Text: e.Party}}})
				}
			}
			if had {
				withGaps++
			}
		}
		out.Figures = []Figure{count("ways_in", int64(len(list))), count("ways_in_gaps", withGaps)}
		out.State = failIf(out.FailingTotal > 0)
		if len(list) == 0 {
			out.State, out.Missing = Unknown, "evidence.missing.no_ways_in"
			return out, nil
		}
		out.Sources = []SourceAge{{Source: "ways_in", Count: int64(len(list)), NewestMS: newest}}
		return out, nil
	}}

// waysUnregistered passes when nothing is known that may be a way in and that nobody
// registered or answered.
var waysUnregistered = Check{Name: "ways_in_unregistered", Needs: []string{"survey/network", "survey/software"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		list, err := network.Proposals(ctx, q, in.FacilityID, in.AsOfMS)
		if err != nil {
			return Outcome{}, err
		}
		out := Outcome{}
		for _, p := range list {
			if p.FirstMS > in.AsOfMS {
				continue
			}
			out.failing(Item{AssetID: p.AssetID, Ref: p.Key, Label: p.Name, Reason: "evidence.reason.way_unregistered",
				Args: map[string]Arg{"Kind": {Key: "external.proposal." + string(p.Kind)}, "Proof": {Text: p.Proof}, "On": {Day: day(p.FirstMS)}}})
		}
		out.Figures = []Figure{count("ways_in_unregistered", out.FailingTotal)}
		out.State = failIf(out.FailingTotal > 0)
		return out, nil
	}}
