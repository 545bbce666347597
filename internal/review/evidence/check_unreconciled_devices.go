package evidence

import (
	"context"
	"database/sql"
	"slices"

	"sonae/internal/platform/store"
	"sonae/internal/survey/network"
)

// unreconciled passes when everything seen on the network lately is known to
// somebody: a device that only the network tells about (SNMP, listening) is not in
// the ledger yet, whatever row stands for it; nor is one that the network map has and
// the ledger has not, visitors within their time excepted. When nothing has looked at the
// network in that time, the facts do not tell.
var unreconciled = Check{Name: "unreconciled_devices", Needs: []string{"survey/asset", "survey/network"}, Args: []string{"days"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		limit, err := in.Args.Int("days")
		if err != nil {
			return Outcome{}, err
		}
		since := in.AsOfMS - int64(limit)*dayMS
		out := Outcome{}
		out.Sources, err = in.ages(ctx, q, (&query{}).add(`SELECT s.source, count(*), max(s.seen_ms) FROM asset_source s
			JOIN asset_asset a ON a.id = s.asset_id WHERE a.facility_id = ? AND s.source IN ('snmp', 'passive') AND s.seen_ms >= ?
			GROUP BY s.source ORDER BY s.source`, in.FacilityID, since))
		if err != nil {
			return Outcome{}, err
		}
		s := (&query{}).add(`SELECT a.id, a.label, a.ip, a.created_ms FROM asset_asset a
			WHERE a.facility_id = ? AND a.status <> 'disposed' AND a.created_ms <= ? AND a.last_seen_ms >= ?
			AND a.main_source IN ('snmp', 'passive') AND NOT EXISTS (SELECT 1 FROM asset_fact f WHERE f.asset_id = a.id
				AND f.source NOT IN ('snmp', 'passive') AND f.first_ms <= ?) ORDER BY a.label_key, a.id`,
			in.FacilityID, in.AsOfMS, since, in.AsOfMS)
		err = each(ctx, q, s, func(rows *sql.Rows) error {
			it := Item{Reason: "evidence.reason.not_in_ledger"}
			var ip string
			var created int64
			if err := rows.Scan(&it.AssetID, &it.Label, &ip, &created); err != nil {
				return err
			}
			it.Args = map[string]Arg{"IP": {Text: ip}, "On": {Day: day(created)}}
			out.failing(it)
			return nil
		})
		if err != nil {
			return Outcome{}, err
		}
		if err := in.unlisted(ctx, q, since, &out); err != nil {
			return Outcome{}, err
		}
		out.Figures = []Figure{count("unreconciled", out.FailingTotal), days("limit_days", limit)}
		out.State = failIf(out.FailingTotal > 0)
		if out.State == Pass && len(out.Sources) == 0 {
			out.State, out.Missing = Unknown, "evidence.missing.no_discovery"
		}
		return out, nil
	}}

// unlisted adds the devices of the network map that were seen since then and are in no
// ledger, and who saw them when.
func (i Input) unlisted(ctx context.Context, q store.Querier, sinceMS int64, out *Outcome) error {
	seen, err := i.ages(ctx, q, (&query{}).add(`SELECT CASE WHEN how IN ('fdb', 'wifi', 'snmp') THEN 'snmp' ELSE 'passive' END, count(*), max(last_ms) FROM network_sighting
		WHERE facility_id = ? AND first_ms <= ? AND last_ms >= ? GROUP BY 1 ORDER BY 1`, i.FacilityID, i.AsOfMS, sinceMS))
	if err != nil || len(seen) == 0 {
		return err
	}
	for _, s := range seen {
		at := slices.IndexFunc(out.Sources, func(o SourceAge) bool { return o.Source == s.Source })
		if at < 0 {
			out.Sources = append(out.Sources, s)
			continue
		}
		out.Sources[at].Count, out.Sources[at].NewestMS = out.Sources[at].Count+s.Count, max(out.Sources[at].NewestMS, s.NewestMS)
	}
	g, err := network.Map(ctx, q, i.FacilityID, i.AsOfMS)
	if err != nil {
		return err
	}
	for _, n := range g.Nodes {
		if n.AssetID != "" || n.State == network.StateVisitor || n.LastMS < sinceMS {
			continue
		}
		it := Item{Ref: n.Key, Label: n.Name, Reason: "evidence.reason.not_in_ledger", Args: map[string]Arg{"IP": {}, "On": {Day: day(n.FirstMS)}}}
		if len(n.Addrs) > 0 {
			it.Args["IP"] = Arg{Text: n.Addrs[0]}
		} else if len(n.MACs) > 0 {
			it.Args["IP"] = Arg{Text: n.MACs[0]}
		}
		if it.Label == "" {
			it.Label = it.Args["IP"].Text
		}
		out.failing(it)
	}
	return nil
}
