package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/document"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

// auditVerify orders a verification; a job reads the log while people go on.
func auditVerify(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	var id string
	err := s.deps.DB.Tx(c.r.Context(), func(ctx context.Context, tx *store.Tx) error {
		var err error
		id, err = audit.OrderVerification(ctx, tx, audit.VerifyArgs{Full: c.value("full") == "1", By: c.who.Name}, c.nowMS())
		return err
	})
	if err != nil {
		return err
	}
	if s.deps.Wake != nil {
		s.deps.Wake()
	}
	return c.redirect("/audit?job=" + id)
}

// auditState fills in the verification that runs, and the last outcome.
func (c *call) auditState(v *view.AuditList) error {
	ctx, db := c.r.Context(), c.s.deps.DB
	if id := c.r.URL.Query().Get("job"); store.ValidID(id) {
		if j, err := job.ByID(ctx, db, id); err == nil && j.Kind == audit.JobVerify { // an old or foreign job: the outcome below tells
			running := j.State == job.Available || j.State == job.Running
			if running || j.State == job.Discarded {
				v.Job = &view.Job{ID: id, Done: int(j.Done), Total: max(int(j.Total), 1), Running: running, Failed: !running, Href: "/audit?job=" + id}
			}
		}
	}
	list, err := audit.Verifications(ctx, db, 1)
	if err != nil || len(list) == 0 {
		return err
	}
	last := list[0]
	v.Last = &view.AuditOutcome{
		EndedMS: last.EndedMS, Size: int(last.Size), Root: last.Root.String(), Checkpoints: last.Checkpoints, From: int(last.From), OK: last.OK(),
		Words: c.tr.T("audit.verify.ok", "Count", c.tr.Number(last.Size-last.From), "Checkpoints", last.Checkpoints),
	}
	if d := last.Damage; d != nil {
		v.Last.Words = c.tr.T("audit.verify.damaged", "Seq", d.Seq, "What", c.tr.T(d.Kind.Key()))
	}
	if last.From > 0 {
		v.Last.FullMS, _, err = audit.LastFull(ctx, db)
	}
	return err
}

// auditExport writes the filtered log as CSV, oldest last, in pages, so that it
// needs little memory however long it is. That somebody took it is itself recorded.
func auditExport(s *site, c *call) error {
	filter, bad := auditFilter(c, c.r.URL.Query())
	if bad != nil {
		return bad
	}
	filter.Before, filter.Limit = 0, 500
	filter.Scope = c.who.Scope(identity.AuditExport)
	taken := audit.Object{Kind: "audit"}
	if err := audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AuditExport, taken,
		func(context.Context, *store.Tx) (any, error) {
			return map[string]string{"query": c.r.URL.Query().Encode()}, nil
		}); err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	c.w.Header().Set("Content-Disposition", `attachment; filename="sonae-audit-`+s.deps.Now().In(c.tr.Zone()).Format("20060102")+`.csv"`)
	out := document.NewCSVWriter(c.w)
	if err := out.Write(auditHeader(c)); err != nil {
		return nil //nolint:nilerr // the reader has gone; there is nobody to tell
	}
	for {
		found, err := audit.List(c.r.Context(), s.deps.DB, filter)
		if err != nil {
			c.logger().Error("audit export cut short", "err", err)
			panic(http.ErrAbortHandler) // the file must not look complete
		}
		for _, e := range found.Entries {
			if err := out.Write(auditFields(e)); err != nil {
				return nil //nolint:nilerr // the reader has gone
			}
		}
		if filter.Before = found.Next; filter.Before == 0 {
			break
		}
	}
	if err := out.Flush(); err != nil {
		c.logger().Debug("audit export not taken", "err", err)
	}
	return nil
}

func auditHeader(c *call) []string {
	var out []string
	for _, key := range []string{"audit.seq", "audit.at", "audit.actor.kind", "audit.actor", "audit.action", "audit.object.kind", "audit.object", "session.address", "audit.detail"} {
		out = append(out, c.tr.T(key))
	}
	return out
}

// auditFields is one entry with the words of machines: other programs read it.
func auditFields(e audit.Entry) []string {
	raw, _ := e.Detail.(json.RawMessage)
	return []string{
		strconv.FormatInt(e.Seq, 10), store.Time(e.AtMS).Format(time.RFC3339), e.Actor.Kind, e.Actor.Name,
		e.Action, e.Object.Kind, e.Object.Name, e.Address, string(raw),
	}
}
