package agent

import (
	"context"
	"errors"
	"net/http"

	"sonae/internal/wire"
)

// maySame tells that a wire.Same says all that the report does: the server knows this
// machine by its certificate, and which policy it follows.
func (a *Agent) maySame(report wire.Report) bool {
	return a.server.certified && !a.store.state.NoSame && report.Agent.Policy == a.store.state.PolicyTold && report.CollectedMS > 0
}

// same sends the shortest report. An older server does not know it, and a proxy may keep
// the certificate back: then NoSame is set, and today's reports go the usual way.
func (a *Agent) same(ctx context.Context, u wire.Unchanged, report wire.Report, result *Result) (wire.ReportReply, error) {
	body := wire.SignSame(a.store.key, u, report.Seq, report.CollectedMS)
	result.Bytes += len(body)
	a.server.kbps = a.rules().UploadKBps
	var reply wire.ReportReply
	err := a.server.post(ctx, "/ingest/v1/same", body, http.Header{}, &reply)
	var problem *Problem
	switch {
	case err == nil:
		a.heard(reply.ServerMS)
		a.follow(reply.Policy)
	case errors.As(err, &problem):
		a.store.state.NoSame = !problem.replay() && problem.Status < http.StatusInternalServerError && problem.Status != http.StatusTooManyRequests
	}
	return reply, err
}
