package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/document"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
)

// verifyTime bounds a check that a person waits for; `sonae audit verify` has no bound.
const verifyTime = 60 * time.Second

// auditVerify reads the whole log and says what it found.
func auditVerify(s *site, c *call) error {
	ctx, cancel := context.WithTimeout(c.r.Context(), verifyTime)
	defer cancel()
	report, err := s.deps.Audit.Verify(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		c.flash("warn", c.tr.T("audit.verify.long", "Seconds", int(verifyTime/time.Second)))
	case err != nil:
		return err
	case report.OK():
		c.flash("ok", c.tr.T("audit.verify.ok", "Count", c.tr.Number(report.Checked), "Checkpoints", report.Checkpoints))
	default:
		c.logger().Error("audit log is damaged", "seq", report.Damage.Seq, "kind", string(report.Damage.Kind), "err", report.Damage.Detail)
		c.flash("danger", c.tr.T("audit.verify.damaged", "Seq", report.Damage.Seq, "What", c.tr.T(report.Damage.Kind.Key())))
	}
	return c.redirect("/audit")
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
