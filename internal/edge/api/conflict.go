package api

import (
	"context"
	"encoding/json"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

func (a *API) registerConflicts() {
	handle(a, op{method: get, path: "/conflicts", id: "listConflicts", summary: "Contradictions about which machine is which, newest first", action: identity.AssetRead}, a.listConflicts)
	handle(a, op{method: get, path: "/conflicts/{id}", id: "getConflict", summary: "One contradiction with both sides' keys beside each other", action: identity.AssetRead}, a.getConflict)
	handle(a, op{method: post, path: "/conflicts/{id}/answer", id: "answerConflict", summary: "Say whether two assets are the same machine, a different one, or ask again later", action: identity.AssetEdit}, a.answerConflict)
	handle(a, op{method: post, path: "/conflicts/{id}/close", id: "closeConflict", summary: "Settle a contradiction", action: identity.AssetEdit, status: 204}, a.closeConflict)
}

// Conflict is a contradiction about identity that a person must settle.
type Conflict struct {
	ID       string          `json:"id"`
	AssetID  string          `json:"asset_id" doc:"Asset that the observation went to."`
	OtherID  string          `json:"other_id,omitempty" doc:"Asset that claims the same key."`
	Cause    asset.Cause     `json:"cause"`
	KeyKind  asset.KeyKind   `json:"key_kind"`
	KeyValue string          `json:"key_value"`
	Source   asset.Source    `json:"source"`
	Proof    json.RawMessage `json:"proof,omitempty" doc:"Both sides' keys as they were."`
	FirstAt  *time.Time      `json:"first_at"`
	LastAt   *time.Time      `json:"last_at"`
	ClosedAt *time.Time      `json:"closed_at,omitempty"`
	ClosedBy string          `json:"closed_by,omitempty"`
	Note     string          `json:"note,omitempty"`
	Outcome  asset.Outcome   `json:"outcome,omitempty" doc:"same, different; empty: open, or closed with a note alone."`
	LaterAt  *time.Time      `json:"later_at,omitempty" doc:"Put aside until then."`
}

func conflictOut(c asset.Conflict) Conflict {
	out := Conflict{ID: c.ID, AssetID: c.AssetID, OtherID: c.OtherID, Cause: c.Cause, KeyKind: c.KeyKind, KeyValue: c.KeyValue, Source: c.Source,
		FirstAt: moment(c.FirstMS), LastAt: moment(c.LastMS), ClosedAt: moment(c.ClosedMS), ClosedBy: c.ClosedBy, Note: c.Note, Outcome: c.Outcome, LaterAt: moment(c.LaterMS)}
	if json.Valid([]byte(c.Proof)) {
		out.Proof = json.RawMessage(c.Proof)
	}
	return out
}

// conflictSeen is a contradiction as somebody may see it: the other side may belong to
// somebody else, and then neither it nor the proof shows. both tells that it does.
func (a *API) conflictSeen(ctx context.Context, p identity.Principal, c asset.Conflict) (out Conflict, both bool) {
	out = conflictOut(c)
	if c.OtherID == "" {
		return out, false
	}
	if _, err := asset.Get(ctx, a.DB, scopeOf(p, identity.AssetRead), c.OtherID); err != nil {
		out.OtherID, out.Proof = "", nil
		return out, false
	}
	return out, true
}

type listConflictsIn struct {
	Paging
	Asset  string `query:"asset" maxLength:"100" doc:"On either side."`
	Closed bool   `query:"closed" doc:"Settled ones, too."`
	Awake  bool   `query:"awake" doc:"Without those that were put aside."`
}

func (a *API) listConflicts(ctx context.Context, p identity.Principal, in *listConflictsIn) (*List[Conflict], error) {
	if in.Asset != "" {
		if _, err := a.asset(ctx, p, identity.AssetRead, in.Asset); err != nil {
			return nil, at(err, "asset")
		}
	}
	after, err := unseal("conflicts", in.Cursor)
	if err != nil {
		return nil, err
	}
	f := asset.ConflictFilter{Scope: scopeOf(p, identity.AssetRead), AssetID: in.Asset, Closed: in.Closed, Limit: in.Limit, After: after}
	if in.Awake {
		f.AwakeMS = a.nowMS()
	}
	list, err := asset.Conflicts(ctx, a.DB, f)
	if err != nil {
		return nil, err
	}
	total, err := asset.ConflictCount(ctx, a.DB, f)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) == in.Limit {
		next = seal("conflicts", list[len(list)-1].ID)
	}
	out := make([]Conflict, len(list))
	for i, c := range list {
		out[i], _ = a.conflictSeen(ctx, p, c)
	}
	return listOf(out, next, total), nil
}

type closeConflictIn struct {
	ByID
	Body struct {
		Note string `json:"note" minLength:"1" maxLength:"500" doc:"Why it is settled."`
	}
}

func (a *API) closeConflict(ctx context.Context, p identity.Principal, in *closeConflictIn) (*None, error) {
	if !store.ValidID(in.ID) {
		return nil, errNothing
	}
	object, department, err := a.conflictObject(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.need(ctx, p, identity.AssetRead, identity.AssetEdit, object, department); err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.AssetEdit, object, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]string{"note": in.Body.Note}, asset.CloseConflict(ctx, tx, scopeOf(p, identity.AssetEdit), in.ID, in.Body.Note, p.Name, a.nowMS())
	})
	return &None{}, err
}

// conflictObject names a contradiction by the asset it is about.
func (a *API) conflictObject(ctx context.Context, id string) (audit.Object, string, error) {
	c, err := asset.ConflictByID(ctx, a.DB, id)
	if err != nil {
		return audit.Object{}, "", notFoundHere(err)
	}
	row, err := asset.Get(ctx, a.DB, asset.Scope{All: true}, c.AssetID)
	if err != nil {
		return audit.Object{}, "", notFoundHere(err)
	}
	return audit.Object{Kind: "conflict", ID: c.ID, Name: row.Name, FacilityID: row.FacilityID}, row.Values[asset.FieldDepartment], nil
}
