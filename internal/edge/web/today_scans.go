package web

import (
	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/survey/network/scan"
)

// scanPlansToday are the searches in use that the person may see, with their last runs.
func (c *call) scanPlansToday(action identity.Action) ([]scan.Plan, map[string]scan.Run, error) {
	if !c.who.Can(action) {
		return nil, nil, nil
	}
	plans, err := scan.Plans(c.r.Context(), c.s.deps.DB, c.seen(action))
	if err != nil || len(plans) == 0 {
		return nil, nil, err
	}
	last, err := scan.LastRuns(c.r.Context(), c.s.deps.DB, plans)
	return plans, last, err
}

// todoScans: searches whose last run failed, and devices that no longer take the credential
// that opened them before.
func todoScans(c *call) ([]todo, error) {
	plans, last, err := c.scanPlansToday(identity.NetworkEdit)
	if err != nil || len(plans) == 0 {
		return nil, err
	}
	var failed, refused todo
	var failedCount, devices int
	for _, p := range plans {
		r, ran := last[p.ID]
		if !ran {
			continue
		}
		href := scanPath + "/" + p.ID + "/runs/" + r.ID
		if r.State == scan.Failed {
			if failedCount++; failed.href == "" {
				failed.href = href
			}
			if len(failed.meta) < 3 {
				failed.meta = append(failed.meta, p.Name)
			}
		}
		n, err := scan.Shut(c.r.Context(), c.s.deps.DB, r.ID)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			if devices += n; refused.href == "" {
				refused.href = href + "?state=" + string(scan.Trouble)
			}
			if len(refused.meta) < 3 {
				refused.meta = append(refused.meta, p.Name)
			}
		}
	}
	var out []todo
	if failedCount > 0 {
		failed.urgency, failed.key, failed.args = urgentWeek, "scans", []any{"Count", failedCount}
		out = append(out, failed)
	}
	if devices > 0 {
		refused.urgency, refused.key, refused.args = urgentWeek, "scan_keys", []any{"Count", devices}
		out = append(out, refused)
	}
	return out, nil
}

// scanFreshness says when the last search ended and when the next one is due.
func (c *call) scanFreshness() ([]view.Freshness, error) {
	plans, last, err := c.scanPlansToday(identity.NetworkRead)
	if err != nil || len(plans) == 0 {
		return nil, err
	}
	f, next, ended := view.Freshness{Kind: "ok"}, int64(0), int64(0)
	for _, p := range plans {
		if at := c.scanNext(p); at > 0 && (next == 0 || at < next) {
			next = at
		}
		r := last[p.ID]
		ended = max(ended, r.FinishedMS)
		if r.State == scan.Failed {
			f.Kind = "warn"
		}
	}
	p := c.bare("")
	f.Label = c.tr.T("today.fresh.scans.none")
	if next > 0 {
		f.Label = c.tr.T("today.fresh.scans", "Next", p.DateTime(next))
	}
	if ended > 0 {
		f.When = p.Ago(ended)
	}
	return []view.Freshness{f}, nil
}
