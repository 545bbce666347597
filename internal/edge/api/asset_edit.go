package api

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

type createAssetIn struct {
	Body struct {
		FacilityID string       `json:"facility_id" maxLength:"100"`
		Kind       asset.Kind   `json:"kind,omitempty" maxLength:"40"`
		Status     asset.Status `json:"status,omitempty" maxLength:"40" doc:"in_use when not said."`
		Values     asset.Values `json:"values,omitempty" maxProperties:"100"`
		SystemIDs  []string     `json:"system_ids,omitempty" maxItems:"100" doc:"Medical information systems it belongs to."`
	}
}

// with puts kind and status, which stand beside the values, among them.
func with(values asset.Values, kind asset.Kind, status asset.Status) (asset.Values, error) {
	out := asset.Values{}
	maps.Copy(out, values)
	for f, v := range map[asset.Field]string{asset.FieldKind: string(kind), asset.FieldStatus: string(status)} {
		if v == "" {
			continue
		}
		if out[f] != "" && out[f] != v {
			return nil, fault.Invalid("api.error.said_twice").At(string(f))
		}
		out[f] = v
	}
	return out, nil
}

// changeDetail is what the audit log keeps of an edit.
type changeDetail struct {
	Changes []fieldChange `json:"changes,omitempty"`
	Joined  []string      `json:"systems_joined,omitempty"`
	Left    []string      `json:"systems_left,omitempty"`
}

type fieldChange struct {
	Field asset.Field `json:"field"`
	Old   string      `json:"old"`
	New   string      `json:"new"`
	// Settled is the source that says old while new stands.
	Settled asset.Source `json:"settled,omitempty"`
}

func fieldChanges(changes []asset.Change) []fieldChange {
	return each(changes, func(c asset.Change) fieldChange {
		out := fieldChange{Field: c.Field, Old: c.Old, New: c.New}
		if c.Settled {
			out.Settled = c.Source
		}
		return out
	})
}

func (a *API) createAsset(ctx context.Context, p identity.Principal, in *createAssetIn) (*One[AssetDetail], error) {
	b := in.Body
	set, err := with(b.Values, b.Kind, b.Status)
	if err != nil {
		return nil, err
	}
	if err := a.placeNew(ctx, p, b.FacilityID, set[asset.FieldDepartment]); err != nil {
		return nil, err
	}
	if err := a.systems(ctx, p, b.SystemIDs); err != nil {
		return nil, err
	}
	scope := scopeOf(p, identity.AssetEdit)
	var made asset.Asset
	err = audit.Do(ctx, a.DB, p, identity.AssetEdit, audit.Object{Kind: "asset"}, func(ctx context.Context, tx *store.Tx) (any, error) {
		var changes []asset.Change
		var err error
		if made, changes, err = asset.Create(ctx, tx, scope, b.FacilityID, set, p.Name, a.nowMS()); err != nil {
			return nil, err
		}
		detail := changeDetail{Changes: fieldChanges(changes)}
		detail.Joined, detail.Left, err = a.setSystems(ctx, tx, scope, made.ID, b.SystemIDs, p.Name)
		return audit.Made{Object: objectOf(made), Detail: detail}, err
	})
	if err != nil {
		return nil, err
	}
	out, err := a.assetDetail(ctx, p, made, 0)
	return one(out), err
}

// placeNew checks that p may enter assets at a facility, in a department of theirs.
func (a *API) placeNew(ctx context.Context, p identity.Principal, facilityID, department string) error {
	if !store.ValidID(facilityID) {
		return errNothing.At("facility_id")
	}
	f, err := a.Identity.FacilityByID(ctx, a.DB, facilityID)
	if fault.Is(err, fault.CodeNotFound) {
		return errNothing.At("facility_id")
	}
	if err != nil {
		return err
	}
	if p.CanAt(identity.AssetEdit, f.ID, department) {
		return nil
	}
	o := audit.Object{Kind: "facility", ID: f.ID, Name: f.Name, FacilityID: f.ID}
	a.noteRefusal(ctx, p, identity.AssetEdit, o)
	if ids, all := p.Facilities(identity.AssetRead); !all && !slices.Contains(ids, f.ID) {
		return errNothing.At("facility_id")
	}
	return at(p.Need(identity.AssetEdit, f.ID, department), string(asset.FieldDepartment))
}

// systems checks the systems that an asset is to belong to.
func (a *API) systems(ctx context.Context, p identity.Principal, ids []string) error {
	for i, id := range ids {
		if _, err := a.asset(ctx, p, identity.AssetEdit, id); err != nil {
			return at(err, fmt.Sprintf("system_ids[%d]", i))
		}
	}
	return nil
}

// setSystems makes the systems of a device, as far as the scope holds them, equal
// to ids.
func (a *API) setSystems(ctx context.Context, tx *store.Tx, scope asset.Scope, deviceID string, ids []string, by string) (joined, left []string, err error) {
	now, err := asset.SystemsOf(ctx, tx, scope, deviceID, 0)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range now {
		if !slices.Contains(ids, m.SystemID) {
			if err := asset.RemoveMember(ctx, tx, scope, m.SystemID, deviceID, a.nowMS()); err != nil {
				return nil, nil, err
			}
			left = append(left, m.SystemID)
		}
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if slices.ContainsFunc(now, func(m asset.Member) bool { return m.SystemID == id }) {
			continue
		}
		if err := asset.AddMember(ctx, tx, scope, id, deviceID, "", by, a.nowMS()); err != nil {
			return nil, nil, at(err, "system_ids")
		}
		joined = append(joined, id)
	}
	return joined, left, nil
}

type updateAssetIn struct {
	ByID
	Body struct {
		Rev       int64                   `json:"rev" minimum:"1" doc:"The revision you saw."`
		Kind      asset.Kind              `json:"kind,omitempty" maxLength:"40"`
		Status    asset.Status            `json:"status,omitempty" maxLength:"40"`
		Values    map[asset.Field]*string `json:"values,omitempty" maxProperties:"100" doc:"Fields to change; null or \"\" takes the value entered by hand away."`
		SystemIDs *[]string               `json:"system_ids,omitempty" maxItems:"100" doc:"All systems it belongs to from now on; absent = as before."`
	}
}

// cleared turns null into the ledger's "no value".
func cleared(values map[asset.Field]*string) asset.Values {
	out := asset.Values{}
	for f, v := range values {
		out[f] = ""
		if v != nil {
			out[f] = *v
		}
	}
	return out
}

// rightFor is what an edit needs: disposing of something, or taking that back, is
// more than editing.
func rightFor(before asset.Asset, set asset.Values) identity.Action {
	status, said := set[asset.FieldStatus]
	if said && (status == string(asset.StatusDisposed)) != (before.Status == asset.StatusDisposed) {
		return identity.AssetRetire
	}
	return identity.AssetEdit
}

func (a *API) updateAsset(ctx context.Context, p identity.Principal, in *updateAssetIn) (*One[AssetDetail], error) {
	set, err := with(cleared(in.Body.Values), in.Body.Kind, in.Body.Status)
	if err != nil {
		return nil, err
	}
	row, err := a.asset(ctx, p, identity.AssetEdit, in.ID)
	if err != nil {
		return nil, err
	}
	right := rightFor(row, set)
	if err := a.need(ctx, p, identity.AssetRead, right, objectOf(row), row.Values[asset.FieldDepartment]); err != nil {
		return nil, err
	}
	if in.Body.SystemIDs != nil {
		if err := a.systems(ctx, p, *in.Body.SystemIDs); err != nil {
			return nil, err
		}
	}
	scope := scopeOf(p, right)
	err = audit.Do(ctx, a.DB, p, right, objectOf(row), func(ctx context.Context, tx *store.Tx) (any, error) {
		after, changes, err := asset.Edit(ctx, tx, scope, in.ID, in.Body.Rev, set, p.Name, a.nowMS())
		if err != nil {
			return nil, err
		}
		row = after
		detail := changeDetail{Changes: fieldChanges(changes)}
		if in.Body.SystemIDs != nil {
			if detail.Joined, detail.Left, err = a.setSystems(ctx, tx, scope, in.ID, *in.Body.SystemIDs, p.Name); err != nil {
				return nil, err
			}
		}
		if len(detail.Changes)+len(detail.Joined)+len(detail.Left) == 0 {
			return nil, audit.ErrNoChange
		}
		return detail, nil
	})
	if err != nil {
		return nil, err
	}
	out, err := a.assetDetail(ctx, p, row, 0)
	return one(out), err
}

type settleFieldIn struct {
	ByID
	Body struct {
		Rev   int64       `json:"rev" minimum:"1" doc:"The revision you saw."`
		Field asset.Field `json:"field" maxLength:"60"`
		Value string      `json:"value" minLength:"1" maxLength:"10000" doc:"The right value: the one shown, one that a source says, or another."`
	}
}

func (a *API) settleField(ctx context.Context, p identity.Principal, in *settleFieldIn) (*One[AssetDetail], error) {
	row, err := a.asset(ctx, p, identity.AssetEdit, in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	right := rightFor(row, asset.Values{b.Field: b.Value})
	if err := a.need(ctx, p, identity.AssetRead, right, objectOf(row), row.Values[asset.FieldDepartment]); err != nil {
		return nil, err
	}
	return a.changeAsset(ctx, p, right, row, func(ctx context.Context, tx *store.Tx) (asset.Asset, []asset.Change, error) {
		return asset.Decide(ctx, tx, scopeOf(p, right), in.ID, b.Rev, b.Field, b.Value, p.Name, a.nowMS())
	})
}

// changeAsset makes one change with its audit entry and answers with the asset as it
// is then.
func (a *API) changeAsset(ctx context.Context, p identity.Principal, do identity.Action, row asset.Asset,
	change func(ctx context.Context, tx *store.Tx) (asset.Asset, []asset.Change, error),
) (*One[AssetDetail], error) {
	err := audit.Do(ctx, a.DB, p, do, objectOf(row), func(ctx context.Context, tx *store.Tx) (any, error) {
		after, changes, err := change(ctx, tx)
		if err != nil {
			return nil, err
		}
		row = after
		if len(changes) == 0 {
			return nil, audit.ErrNoChange
		}
		return changeDetail{Changes: fieldChanges(changes)}, nil
	})
	if err != nil {
		return nil, err
	}
	out, err := a.assetDetail(ctx, p, row, 0)
	return one(out), err
}

type bulkAssetsIn struct {
	Body struct {
		IDs    []string                `json:"ids" minItems:"1" maxItems:"1000"`
		Values map[asset.Field]*string `json:"values" minProperties:"1" maxProperties:"100" doc:"The same fields for all; null or \"\" takes the value entered by hand away."`
	}
}

// BulkResult says what a bulk change did.
type BulkResult struct {
	Assets  int `json:"assets" doc:"Assets that got another value."`
	Changes int `json:"changes" doc:"Values that changed."`
}

func (a *API) bulkUpdateAssets(ctx context.Context, p identity.Principal, in *bulkAssetsIn) (*One[BulkResult], error) {
	set := cleared(in.Body.Values)
	right := identity.AssetEdit
	objects := map[string]audit.Object{}
	for i, id := range in.Body.IDs {
		row, err := a.asset(ctx, p, identity.AssetEdit, id)
		if err != nil {
			return nil, at(err, fmt.Sprintf("ids[%d]", i))
		}
		if needed := rightFor(row, set); needed != identity.AssetEdit {
			right = needed
			if err := a.need(ctx, p, identity.AssetRead, right, objectOf(row), row.Values[asset.FieldDepartment]); err != nil {
				return nil, err
			}
		}
		objects[id] = objectOf(row)
	}
	var result BulkResult
	err := a.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		changes, err := asset.BulkEdit(ctx, tx, scopeOf(p, right), in.Body.IDs, set, p.Name, a.nowMS())
		if err != nil {
			return err
		}
		result = BulkResult{Changes: len(changes)}
		// One entry an asset, so that each asset's log is whole.
		for len(changes) > 0 {
			id := changes[0].AssetID
			n := slices.IndexFunc(changes, func(c asset.Change) bool { return c.AssetID != id })
			if n < 0 {
				n = len(changes)
			}
			e := audit.Entry{AtMS: a.nowMS(), Actor: audit.ActorOf(p), Action: string(right), Object: objects[id], Address: p.Address, Detail: changeDetail{Changes: fieldChanges(changes[:n])}}
			if _, err := audit.Append(ctx, tx, e); err != nil {
				return err
			}
			changes = changes[n:]
			result.Assets++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return one(result), nil
}

type retireAssetIn struct {
	ByID
	Body struct {
		Rev     int64  `json:"rev" minimum:"1" doc:"The revision you saw."`
		On      string `json:"disposed_on" maxLength:"10" doc:"Day of disposal."`
		ProofID string `json:"proof_id,omitempty" maxLength:"100" doc:"Attachment of the asset: certificate of destruction …"`
		Reason  string `json:"reason,omitempty" maxLength:"2000" doc:"Needed when there is no proof."`
	}
}

func (a *API) retireAsset(ctx context.Context, p identity.Principal, in *retireAssetIn) (*One[AssetDetail], error) {
	row, err := a.asset(ctx, p, identity.AssetRetire, in.ID)
	if err != nil {
		return nil, err
	}
	b := in.Body
	return a.changeAsset(ctx, p, identity.AssetRetire, row, func(ctx context.Context, tx *store.Tx) (asset.Asset, []asset.Change, error) {
		return asset.Retire(ctx, tx, scopeOf(p, identity.AssetRetire), in.ID, b.Rev, asset.Disposal{On: b.On, ProofID: b.ProofID, Reason: b.Reason}, p.Name, a.nowMS())
	})
}

type moveAssetIn struct {
	ByID
	Body struct {
		FacilityID string `json:"facility_id" maxLength:"100"`
	}
}

func (a *API) moveAsset(ctx context.Context, p identity.Principal, in *moveAssetIn) (*One[AssetDetail], error) {
	row, err := a.asset(ctx, p, identity.AssetEdit, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.placeNew(ctx, p, in.Body.FacilityID, row.Values[asset.FieldDepartment]); err != nil {
		return nil, err
	}
	err = audit.Do(ctx, a.DB, p, identity.AssetEdit, objectOf(row), func(ctx context.Context, tx *store.Tx) (any, error) {
		after, changes, err := asset.Move(ctx, tx, scopeOf(p, identity.AssetEdit), in.ID, in.Body.FacilityID, p.Name, a.nowMS())
		if err != nil {
			return nil, err
		}
		row = after
		if len(changes) == 0 {
			return nil, audit.ErrNoChange
		}
		return audit.Made{Object: objectOf(row), Detail: changeDetail{Changes: fieldChanges(changes)}}, nil
	})
	if err != nil {
		return nil, err
	}
	out, err := a.assetDetail(ctx, p, row, 0)
	return one(out), err
}
