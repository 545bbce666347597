package api

import (
	"context"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

// HeldKey is a key that an asset is recognised by.
type HeldKey struct {
	Value   string       `json:"value"`
	Source  asset.Source `json:"source" doc:"That first brought it."`
	FirstAt *time.Time   `json:"first_at"`
	Shared  bool         `json:"shared" doc:"The other side holds it, too."`
}

// KeyLine sets the keys of one kind beside each other.
type KeyLine struct {
	Kind    asset.KeyKind `json:"kind"`
	Asset   []HeldKey     `json:"asset"`
	Other   []HeldKey     `json:"other"`
	Agrees  bool          `json:"agrees"`
	Differs bool          `json:"differs" doc:"Both know it, with nothing in common."`
}

// ConflictDetail is a contradiction with its proof.
type ConflictDetail struct {
	Conflict
	Keys []KeyLine `json:"keys" doc:"Empty without another asset that you may see."`
}

func heldOut(list []asset.HeldKey) []HeldKey {
	out := make([]HeldKey, len(list))
	for i, h := range list {
		out[i] = HeldKey{Value: h.Value, Source: h.Source, FirstAt: moment(h.FirstMS), Shared: h.Shared}
	}
	return out
}

// conflictFor reads a contradiction of an asset that the person may see.
func (a *API) conflictFor(ctx context.Context, p identity.Principal, id string, do identity.Action) (asset.Conflict, audit.Object, error) {
	if !store.ValidID(id) {
		return asset.Conflict{}, audit.Object{}, errNothing
	}
	object, department, err := a.conflictObject(ctx, id)
	if err != nil {
		return asset.Conflict{}, object, err
	}
	if err := a.need(ctx, p, identity.AssetRead, do, object, department); err != nil {
		return asset.Conflict{}, object, err
	}
	c, err := asset.ConflictByID(ctx, a.DB, id)
	return c, object, notFoundHere(err)
}

func (a *API) getConflict(ctx context.Context, p identity.Principal, in *ByID) (*One[ConflictDetail], error) {
	c, _, err := a.conflictFor(ctx, p, in.ID, identity.AssetRead)
	if err != nil {
		return nil, err
	}
	seen, both := a.conflictSeen(ctx, p, c)
	out := ConflictDetail{Conflict: seen, Keys: []KeyLine{}}
	if !both {
		return one(out), nil
	}
	list, err := asset.Compare(ctx, a.DB, c.AssetID, c.OtherID)
	for _, l := range list {
		out.Keys = append(out.Keys, KeyLine{Kind: l.Kind, Asset: heldOut(l.Mine), Other: heldOut(l.Theirs), Agrees: l.Agrees, Differs: l.Differs})
	}
	if err != nil {
		return nil, err
	}
	return one(out), nil
}

type answerConflictIn struct {
	ByID
	Body struct {
		Outcome asset.Outcome `json:"outcome" enum:"same,different,later"`
		KeepID  string        `json:"keep_id,omitempty" maxLength:"100" doc:"same: the asset that stays; empty: the older one."`
		Note    string        `json:"note,omitempty" maxLength:"500"`
	}
}

func (a *API) answerConflict(ctx context.Context, p identity.Principal, in *answerConflictIn) (*One[Conflict], error) {
	c, object, err := a.conflictFor(ctx, p, in.ID, identity.AssetEdit)
	if err != nil {
		return nil, err
	}
	if in.Body.Outcome == asset.OutcomeSame && c.OtherID != "" {
		if _, err := a.asset(ctx, p, identity.AssetEdit, c.OtherID); err != nil {
			return nil, at(err, "outcome")
		}
	}
	err = audit.Do(ctx, a.DB, p, identity.AssetEdit, object, func(ctx context.Context, tx *store.Tx) (any, error) {
		done, err := asset.AnswerConflict(ctx, tx, scopeOf(p, identity.AssetEdit), a.Hung,
			asset.Answer{ConflictID: c.ID, Outcome: in.Body.Outcome, KeepID: in.Body.KeepID, Note: in.Body.Note}, p.Name, a.nowMS())
		return map[string]string{"outcome": string(in.Body.Outcome), "note": in.Body.Note, "merge": done.ID, "kept": done.KeptID, "gone": done.GoneID}, err
	})
	if err != nil {
		return nil, err
	}
	if c, err = asset.ConflictByID(ctx, a.DB, c.ID); err != nil {
		return nil, err
	}
	seen, _ := a.conflictSeen(ctx, p, c)
	return one(seen), nil
}
