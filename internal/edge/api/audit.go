package api

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
)

func (a *API) registerAudit() {
	handle(a, op{method: get, path: "/audit", id: "listAudit", summary: "Who did what, newest first", action: identity.AuditRead,
		about: "Entries of no facility are seen by those without a limit."}, a.listAudit)
	handle(a, op{method: get, path: "/audit/head", id: "getAuditHead", summary: "State of the log: size, root and the last signed checkpoint", action: identity.AuditRead}, a.auditHead)
	handle(a, op{method: post, path: "/audit/verify", id: "verifyAudit", summary: "Order a verification of the log", action: identity.AuditRead, status: 202,
		about: "The outcome is at `/audit/verifications` when the job has completed. It goes on from the last one, held against a signed checkpoint; with `full`, or with checkpoints that you kept elsewhere, every entry is read. Only your own checkpoints show a log that was rewritten with the server's own key."}, a.verifyAudit)
	handle(a, op{method: get, path: "/audit/verifications", id: "listAuditVerifications", summary: "Outcomes of verifications, newest first", action: identity.AuditRead,
		about: "At most the newest 1,000. `sonae audit verify` on the server reads everything at once."}, a.listVerifications)
}

// AuditEntry is one thing somebody did.
type AuditEntry struct {
	Seq        int64           `json:"seq"`
	At         *time.Time      `json:"at"`
	Actor      audit.Actor     `json:"actor"`
	Action     string          `json:"action"`
	ObjectKind string          `json:"object_kind,omitempty"`
	ObjectID   string          `json:"object_id,omitempty"`
	ObjectName string          `json:"object_name,omitempty"`
	FacilityID string          `json:"facility_id,omitempty"`
	Address    string          `json:"address,omitempty"`
	Detail     json.RawMessage `json:"detail,omitempty"`
}

func auditEntryOut(e audit.Entry) AuditEntry {
	out := AuditEntry{Seq: e.Seq, At: moment(e.AtMS), Actor: e.Actor, Action: e.Action, ObjectKind: e.Object.Kind, ObjectID: e.Object.ID, ObjectName: e.Object.Name,
		FacilityID: e.Object.FacilityID, Address: e.Address}
	out.Detail, _ = e.Detail.(json.RawMessage) // nil when there is none
	return out
}

type listAuditIn struct {
	Paging
	Q        string   `query:"q" maxLength:"200" doc:"In actor, action, object or address."`
	Facility []string `query:"facility,explode" maxItems:"100"`
	Actor    string   `query:"actor" maxLength:"100" doc:"ID of who did it."`
	Action   string   `query:"action" maxLength:"60" doc:"An action with all below it, or a whole group: asset."`
	Kind     string   `query:"object_kind" maxLength:"60"`
	Object   string   `query:"object_id" maxLength:"200"`
	From     string   `query:"from" maxLength:"40" doc:"Day or time, inclusive."`
	Until    string   `query:"until" maxLength:"40" doc:"Day (its end, Japan time) or time."`
}

// span reads from and until.
func (in *listAuditIn) span() (fromMS, toMS int64, err error) {
	if in.From != "" {
		if fromMS, err = (Moment{in.From}).ms(text.Tokyo()); err != nil {
			return 0, 0, at(fault.Invalid("api.error.day"), "from")
		}
		if len(in.From) == len(time.DateOnly) {
			fromMS -= 24*time.Hour.Milliseconds() - 1 // the day's begin
		}
	}
	if in.Until != "" {
		if toMS, err = (Moment{in.Until}).ms(text.Tokyo()); err != nil {
			return 0, 0, at(fault.Invalid("api.error.day"), "until")
		}
		toMS++
	}
	return fromMS, toMS, nil
}

func (a *API) listAudit(ctx context.Context, p identity.Principal, in *listAuditIn) (*List[AuditEntry], error) {
	scope, err := a.scopeAt(ctx, p, identity.AuditRead, in.Facility)
	if err != nil {
		return nil, err
	}
	f := audit.Filter{Scope: scope, ActorID: in.Actor, Action: in.Action, ObjectKind: in.Kind, ObjectID: in.Object, Text: in.Q, Limit: in.Limit}
	if f.FromMS, f.ToMS, err = in.span(); err != nil {
		return nil, err
	}
	after, err := unseal("audit", in.Cursor)
	if err != nil {
		return nil, err
	}
	if after != "" {
		if f.Before, err = strconv.ParseInt(after, 10, 64); err != nil || f.Before < 1 {
			return nil, fault.Invalid("api.error.cursor").At("cursor")
		}
	}
	page, err := audit.List(ctx, a.DB, f)
	if err != nil {
		return nil, err
	}
	next := ""
	if page.Next > 0 {
		next = seal("audit", strconv.FormatInt(page.Next, 10))
	}
	return listOf(each(page.Entries, auditEntryOut), next, int(page.Total)), nil
}

// AuditHead is the state of the log.
type AuditHead struct {
	Size       int64       `json:"size" doc:"Number of entries."`
	Root       string      `json:"root" doc:"Root of the Merkle tree over them, base64 (RFC 6962)."`
	PublicKey  string      `json:"public_key" doc:"Checks checkpoints (x/mod/sumdb/note). Keep a copy elsewhere."`
	Checkpoint *Checkpoint `json:"checkpoint,omitempty"`
}

// Checkpoint is a signed head.
type Checkpoint struct {
	Size int64      `json:"size"`
	Root string     `json:"root"`
	At   *time.Time `json:"at"`
	Note string     `json:"note" doc:"The signed text. Keep copies elsewhere."`
}

func (a *API) auditHead(ctx context.Context, _ identity.Principal, _ *Nothing) (*One[AuditHead], error) {
	head, err := a.Audit.Head(ctx)
	if err != nil {
		return nil, err
	}
	last, err := a.Audit.Latest(ctx)
	if err != nil {
		return nil, err
	}
	out := AuditHead{Size: head.Size, Root: head.Root.String(), PublicKey: a.Audit.PublicKey()}
	if last.Size > 0 {
		out.Checkpoint = &Checkpoint{Size: last.Size, Root: last.Root.String(), At: moment(last.AtMS), Note: string(last.Note)}
	}
	return one(out), nil
}

type verifyAuditIn struct {
	Body *struct {
		Full        bool     `json:"full,omitempty" doc:"Read every entry."`
		Checkpoints []string `json:"checkpoints,omitempty" maxItems:"100" doc:"Notes that you kept elsewhere."`
	}
}

// AuditReport is the outcome of a verification.
type AuditReport struct {
	ID          string       `json:"id"`
	BeganAt     *time.Time   `json:"began_at"`
	EndedAt     *time.Time   `json:"ended_at"`
	By          string       `json:"by,omitempty" doc:"Who asked; absent = the daily job."`
	OK          bool         `json:"ok"`
	Size        int64        `json:"size"`
	Root        string       `json:"root"`
	From        int64        `json:"from" doc:"Entries below were counted, not read again; 0 = all were read."`
	Checkpoints int          `json:"checkpoints" doc:"Signed checkpoints that agreed."`
	Signed      int64        `json:"signed" doc:"Size that the newest agreeing checkpoint covers."`
	Damage      *AuditDamage `json:"damage,omitempty"`
}

// AuditDamage is the first thing found wrong.
type AuditDamage struct {
	Seq     int64  `json:"seq" doc:"First damaged entry."`
	LastSeq int64  `json:"last_seq,omitempty"`
	Kind    string `json:"kind"`
	Detail  string `json:"detail"`
	Text    string `json:"text" doc:"In the caller's language."`
}

func (a *API) verifyAudit(ctx context.Context, p identity.Principal, in *verifyAuditIn) (*One[Job], error) {
	args := audit.VerifyArgs{By: p.Name}
	if in.Body != nil {
		args.Full, args.Trusted = in.Body.Full, in.Body.Checkpoints
		for i, note := range in.Body.Checkpoints {
			if _, err := a.Audit.ReadCheckpoint([]byte(note)); err != nil {
				return nil, fault.Invalid("api.error.checkpoint").At(fmt.Sprintf("checkpoints[%d]", i)).Because(err)
			}
		}
	}
	var id string
	err := a.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		id, err = audit.OrderVerification(ctx, tx, args, a.nowMS())
		return err
	})
	if err != nil {
		return nil, err
	}
	a.Wake()
	return a.oneJob(ctx, id)
}

func (a *API) listVerifications(ctx context.Context, _ identity.Principal, in *Paging) (*List[AuditReport], error) {
	all, err := audit.Verifications(ctx, a.DB, 1000)
	if err != nil {
		return nil, err
	}
	t := translatorOf(ctx)
	return window("verifications", each(all, func(v audit.Verification) AuditReport {
		out := AuditReport{ID: v.ID, BeganAt: moment(v.BeganMS), EndedAt: moment(v.EndedMS), By: v.By, OK: v.OK(), Size: v.Size, Root: v.Root.String(), From: v.From,
			Checkpoints: v.Checkpoints, Signed: v.Signed}
		if d := v.Damage; d != nil {
			out.Damage = &AuditDamage{Seq: d.Seq, LastSeq: d.LastSeq, Kind: string(d.Kind), Detail: d.Detail, Text: t.T(d.Kind.Key())}
		}
		return out
	}), *in, func(r AuditReport) string { return r.ID })
}
