package api

import (
	"context"
	"strconv"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network/scan"
)

func (a *API) registerScanRuns() {
	handle(a, op{method: post, path: "/scans/{id}/runs", id: "beginScan", summary: "Begin a run of a search", action: identity.NetworkEdit, status: 202, about: "A search has one run at a time."}, a.beginScan)
	handle(a, op{method: get, path: "/scans/{id}/runs", id: "listScanRuns", summary: "Runs of a search, the newest first", action: identity.NetworkRead, about: "Kept for 400 days."}, a.listScanRuns)
	handle(a, op{method: get, path: "/scan-runs/{id}", id: "getScanRun", summary: "How far a run is", action: identity.NetworkRead}, a.getScanRun)
	handle(a, op{method: post, path: "/scan-runs/{id}/pause", id: "pauseScanRun", summary: "Let a run send nothing until it goes on", action: identity.NetworkEdit}, a.moveScanRun("paused", func(ctx context.Context, tx *store.Tx, r scan.Run, nowMS int64) error {
		return scan.Pause(ctx, tx, r.ID, nowMS)
	}))
	handle(a, op{method: post, path: "/scan-runs/{id}/resume", id: "resumeScanRun", summary: "Let a paused run go on where it was", action: identity.NetworkEdit}, a.moveScanRun("resumed", scan.GoOn))
	handle(a, op{method: post, path: "/scan-runs/{id}/stop", id: "stopScanRun", summary: "End a run; what it found stays", action: identity.NetworkEdit}, a.moveScanRun("stopped", func(ctx context.Context, tx *store.Tx, r scan.Run, nowMS int64) error {
		return scan.Stop(ctx, tx, r.ID, nowMS)
	}))
	handle(a, op{method: get, path: "/scan-runs/{id}/targets", id: "listScanTargets", summary: "What became of each target of a run", action: identity.NetworkRead}, a.listScanTargets)
	handle(a, op{method: get, path: "/scan-runs/{id}/sent", id: "listScanSent", summary: "What a run sent to whom, and what it left out", action: identity.NetworkRead, about: "By address; the lines of one address stand on one page. The field total is not counted."}, a.listScanSent)
}

// ScanRun is one carrying out of a search.
type ScanRun struct {
	ID         string     `json:"id"`
	ScanID     string     `json:"scan_id,omitempty" doc:"Absent: a credential was tried."`
	ScanRev    int64      `json:"scan_rev" doc:"The revision of the search it keeps to."`
	FacilityID string     `json:"facility_id"`
	Name       string     `json:"name"`
	State      scan.State `json:"state" enum:"waiting,running,paused,stopped,done,failed"`
	Scheduled  bool       `json:"scheduled" doc:"Begun by the schedule."`
	By         string     `json:"by,omitempty"`
	CreatedAt  *time.Time `json:"created_at"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	Done       int64      `json:"done"`
	Total      int64      `json:"total" doc:"0 = not counted yet."`
	Answered   int64      `json:"answered"`
	LeftOut    int64      `json:"left_out" doc:"By the do-not-probe list."`
	Quiet      int64      `json:"quiet" doc:"Answered before, not now."`
	Problem    string     `json:"problem,omitempty" doc:"What ended it, in the caller's language."`
}

func scanRunOut(ctx context.Context, r scan.Run) ScanRun {
	out := ScanRun{ID: r.ID, ScanID: r.PlanID, ScanRev: r.PlanRevision, FacilityID: r.FacilityID, Name: r.Name, State: r.State, Scheduled: r.SlotMS != 0, By: r.By, CreatedAt: moment(r.CreatedMS), StartedAt: moment(r.StartedMS),
		FinishedAt: moment(r.FinishedMS), Done: r.Done, Total: r.Total, Answered: r.Answered, LeftOut: r.LeftOut, Quiet: r.Quiet}
	if r.Problem != nil {
		out.Problem = translatorOf(ctx).T(r.Problem.Key, r.Problem.Args...)
	}
	return out
}

func (a *API) beginScan(ctx context.Context, p identity.Principal, in *ByID) (*One[ScanRun], error) {
	plan, err := a.scan(ctx, p, in.ID, identity.NetworkEdit)
	if err != nil {
		return nil, err
	}
	var r scan.Run
	err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, scanObject(plan), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		r, err = scan.Ask(ctx, tx, plan, p.Name, 0, a.nowMS())
		return map[string]string{"begun": r.ID}, err
	})
	if err != nil {
		return nil, err
	}
	a.wakeJobs()
	return one(scanRunOut(ctx, r)), nil
}

func (a *API) wakeJobs() {
	if a.Wake != nil {
		a.Wake()
	}
}

func (a *API) listScanRuns(ctx context.Context, p identity.Principal, in *listScanHistoryIn) (*List[ScanRun], error) {
	plan, err := a.scan(ctx, p, in.ID, identity.NetworkRead)
	if err != nil {
		return nil, err
	}
	before, err := unseal("scan-runs", in.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := scan.Runs(ctx, a.DB, plan.ID, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	total, err := scan.CountRuns(ctx, a.DB, plan.ID)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) > in.Limit {
		list = list[:in.Limit]
		next = list[in.Limit-1].ID
	}
	return listOf(each(list, func(r scan.Run) ScanRun { return scanRunOut(ctx, r) }), seal("scan-runs", next), total), nil
}

// scanRun reads the one of the address and checks the right to do action.
func (a *API) scanRun(ctx context.Context, p identity.Principal, id string, action identity.Action) (scan.Run, error) {
	if !store.ValidID(id) {
		return scan.Run{}, errNothing
	}
	r, err := scan.RunByID(ctx, a.DB, id)
	if err != nil {
		return r, notFoundHere(err)
	}
	return r, a.need(ctx, p, identity.NetworkRead, action, audit.Object{Kind: "scan", ID: r.PlanID, Name: r.Name, FacilityID: r.FacilityID}, "")
}

func (a *API) getScanRun(ctx context.Context, p identity.Principal, in *ByID) (*One[ScanRun], error) {
	r, err := a.scanRun(ctx, p, in.ID, identity.NetworkRead)
	if err != nil {
		return nil, err
	}
	return one(scanRunOut(ctx, r)), nil
}

func (a *API) moveScanRun(word string, do func(context.Context, *store.Tx, scan.Run, int64) error) func(context.Context, identity.Principal, *ByID) (*One[ScanRun], error) {
	return func(ctx context.Context, p identity.Principal, in *ByID) (*One[ScanRun], error) {
		r, err := a.scanRun(ctx, p, in.ID, identity.NetworkEdit)
		if err != nil {
			return nil, err
		}
		object := audit.Object{Kind: "scan", ID: r.PlanID, Name: r.Name, FacilityID: r.FacilityID}
		err = audit.Do(ctx, a.DB, p, identity.NetworkEdit, object, func(ctx context.Context, tx *store.Tx) (any, error) {
			return map[string]string{"run": r.ID, "change": word}, do(ctx, tx, r, a.nowMS())
		})
		if err != nil {
			return nil, err
		}
		a.wakeJobs()
		return a.getScanRun(ctx, p, in)
	}
}

// ScanTarget is what became of one target.
type ScanTarget struct {
	Address      string           `json:"address" doc:"As listed."`
	IP           string           `json:"ip,omitempty" doc:"What was asked."`
	State        scan.TargetState `json:"state" enum:"open,answered,trouble,quiet,left_out"`
	Trouble      string           `json:"trouble,omitempty" doc:"Word of what was wrong."`
	Text         string           `json:"text,omitempty" doc:"The same in the caller's language."`
	Rule         string           `json:"rule,omitempty" doc:"Why it was left out: kind of the rule and what it names."`
	Name         string           `json:"name,omitempty"`
	AssetID      string           `json:"asset_id,omitempty"`
	CredentialID string           `json:"credential_id,omitempty" doc:"That opened it."`
	Taken        int64            `json:"rows_taken"`
	Partial      []string         `json:"partial" doc:"Parts that could not be read."`
	BeforeAt     *time.Time       `json:"answered_before_at,omitempty"`
	At           *time.Time       `json:"at,omitempty"`
	TookMS       int64            `json:"took_ms"`
}

func scanTargetOut(ctx context.Context, t scan.Target) ScanTarget {
	out := ScanTarget{Address: t.Address, IP: t.IP, State: t.State, Trouble: t.Trouble, Rule: t.Rule, Name: t.Name, AssetID: t.AssetID, CredentialID: t.CredentialID, Taken: t.Taken, Partial: full(t.Partial),
		BeforeAt: moment(t.BeforeMS), At: moment(t.AtMS), TookMS: t.TookMS}
	for _, prefix := range []string{"snmp.trouble.", "scan.trouble."} {
		if tr := translatorOf(ctx); t.Trouble != "" && tr.Has(prefix+t.Trouble) {
			out.Text = tr.T(prefix + t.Trouble)
		}
	}
	return out
}

type listScanTargetsIn struct {
	ByID
	Paging
	State []scan.TargetState `query:"state,explode" maxItems:"5" enum:"open,answered,trouble,quiet,left_out"`
}

func (a *API) listScanTargets(ctx context.Context, p identity.Principal, in *listScanTargetsIn) (*List[ScanTarget], error) {
	r, err := a.scanRun(ctx, p, in.ID, identity.NetworkRead)
	if err != nil {
		return nil, err
	}
	after, err := unseal("scan-targets", in.Cursor)
	if err != nil {
		return nil, err
	}
	f := scan.TargetFilter{RunID: r.ID, States: in.State, Limit: in.Limit}
	f.After, _ = strconv.ParseInt(after, 10, 64) // anything else is the first page
	list, total, err := scan.Report(ctx, a.DB, f)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) == in.Limit {
		next = strconv.FormatInt(list[len(list)-1].Seq, 10)
	}
	return listOf(each(list, func(t scan.Target) ScanTarget { return scanTargetOut(ctx, t) }), seal("scan-targets", next), total), nil
}

// ScanSent is what was sent to an address, or that nothing was because of a rule.
type ScanSent struct {
	RunID    string     `json:"run_id"`
	Address  string     `json:"address"`
	MAC      string     `json:"mac,omitempty"`
	How      string     `json:"how" doc:"snmp, a method of a sweep, or maybe: the server ended before it wrote what was sent."`
	Rule     string     `json:"rule,omitempty" doc:"Not empty: nothing was sent, because of this."`
	Requests int64      `json:"requests" doc:"Packets, retransmissions included; 0 = not known, or nothing was sent."`
	FirstAt  *time.Time `json:"first_at"`
	LastAt   *time.Time `json:"last_at"`
}

func scanSentOut(s scan.Sent) ScanSent {
	return ScanSent{RunID: s.RunID, Address: s.Address, MAC: s.MAC, How: s.How, Rule: s.Rule, Requests: s.Packets, FirstAt: moment(s.FirstMS), LastAt: moment(s.LastMS)}
}

func (a *API) listScanSent(ctx context.Context, p identity.Principal, in *listScanHistoryIn) (*List[ScanSent], error) {
	r, err := a.scanRun(ctx, p, in.ID, identity.NetworkRead)
	if err != nil {
		return nil, err
	}
	after, err := unseal("scan-sent", in.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := scan.SentIn(ctx, a.DB, r.ID, after, in.Limit)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) >= in.Limit {
		next = list[len(list)-1].Address
	}
	return listOf(each(list, scanSentOut), seal("scan-sent", next), len(list)), nil
}
