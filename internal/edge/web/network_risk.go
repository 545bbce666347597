package web

import (
	"slices"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

// Words of the filter by risk that the ledger does not know; the others are asset.Reason.
const (
	riskFinding = "finding" // something on the network to look at, not put aside
	riskEntry   = "entry"   // a way in from outside ends here
)

// riskReasons are the reasons of the ledger that weigh on the network, most urgent first.
var riskReasons = []asset.Reason{asset.ReasonSupportOver, asset.ReasonSwitchedOff, asset.ReasonSilent, asset.ReasonSupportNear, asset.ReasonContradicting}

// riskChoices are the risks to filter by. The map of a past day knows ways in only: what
// weighs on a device is judged as of now.
func (p *networkPage) riskChoices() []view.Choice {
	words := []string{riskEntry}
	if p.day == "" {
		words = append(words, riskFinding)
		if p.who.Can(identity.AssetRead) {
			for _, r := range riskReasons {
				words = append(words, string(r))
			}
		}
	}
	out := make([]view.Choice, len(words))
	for i, w := range words {
		out[i] = view.Choice{Value: w, Label: p.tr.T("map.risk." + w), Current: p.values.Get("risk") == w}
	}
	return out
}

// atRisk are the devices that the chosen risk weighs on, by Node.Key; nil = none chosen.
func (p *networkPage) atRisk() (map[string]bool, error) {
	chosen := p.values.Get("risk")
	if chosen == "" || !slices.ContainsFunc(p.riskChoices(), func(c view.Choice) bool { return c.Value == chosen }) {
		return nil, nil
	}
	out := map[string]bool{}
	switch chosen {
	case riskEntry:
		for _, w := range p.sheet.Outside {
			for _, key := range w.Via {
				out[key] = out[key] || w.Entry()
			}
		}
		return out, nil
	case riskFinding:
		list, err := network.Findings(p.r.Context(), p.s.deps.DB, p.sheet.Graph, p.nowMS())
		for _, f := range list {
			for _, key := range f.Nodes {
				out[key] = out[key] || f.Aside == nil
			}
		}
		return out, err
	}
	return out, p.concerned(asset.Reason(chosen), out)
}

// concerned marks the devices that the ledger has a reason for.
func (p *networkPage) concerned(reason asset.Reason, out map[string]bool) error {
	keys := map[string]string{}
	for _, n := range p.sheet.Graph.Nodes {
		keys[n.AssetID] = n.Key
	}
	f := asset.Filter{Scope: p.assetScope(identity.AssetRead), FacilityIDs: []string{p.sheet.FacilityID}, NowMS: p.nowMS(), Zone: p.tr.Zone(), Attention: true}
	return asset.EachRow(p.r.Context(), p.s.deps.DB, f, func(a asset.Asset) error {
		has := slices.ContainsFunc(a.Concerns(p.nowMS(), f.Zone), func(c asset.Concern) bool { return c.Reason == reason })
		if key := keys[a.ID]; key != "" && has {
			out[key] = true
		}
		return nil
	})
}
