package evidence

import (
	"context"
	"database/sql"

	"sonae/internal/platform/store"
)

// unreconciled passes when everything seen on the network lately is known to
// somebody: a device that only the network tells about (SNMP, listening) is not in
// the ledger yet, whatever row stands for it. When nothing has looked at the
// network in that time, the facts do not tell.
var unreconciled = Check{Name: "unreconciled_devices", Needs: []string{"survey/asset"}, Args: []string{"days"},
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
		out.Figures = []Figure{count("unreconciled", out.FailingTotal), days("limit_days", limit)}
		out.State = failIf(out.FailingTotal > 0)
		if out.State == Pass && len(out.Sources) == 0 {
			out.State, out.Missing = Unknown, "evidence.missing.no_discovery"
		}
		return out, nil
	}}
