package asset

import (
	"context"
	"fmt"
	"slices"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// maxBulk bounds one BulkEdit, so that a slip of the hand stays readable in the
// audit log and the writer is not held for long.
const maxBulk = 1000

// Create enters an asset by hand. set holds its fields; kind is one of them or
// KindOther. Errors: invalid with the field as place; conflict when another asset
// in the ledger has the same serial, tag or MAC address; forbidden when the scope
// does not hold the new asset.
func Create(ctx context.Context, tx *store.Tx, scope Scope, facilityID string, set Values, by string, nowMS int64) (Asset, []Change, error) {
	set, err := canonicalAll(set)
	if err == nil {
		err = byHand(set)
	}
	if err != nil {
		return Asset{}, nil, err
	}
	if facilityID == "" {
		return Asset{}, nil, fault.Invalid("asset.error.facility").At(string(FieldFacility))
	}
	if set[FieldKind] == "" {
		return Asset{}, nil, fault.Invalid("asset.error.empty").At(string(FieldKind))
	}
	if set[FieldName] == "" && set[FieldHostName] == "" {
		return Asset{}, nil, fault.Invalid("asset.error.empty").At(string(FieldName))
	}
	id := store.NewID()
	facts := []Fact{{Field: FieldFacility, Value: facilityID, Source: SourceManual, By: by, FirstMS: nowMS}}
	rows := [][]any{factRow(id, facts[0])}
	for _, f := range sortedKeys(set) {
		fact := Fact{Field: f, Value: set[f], Source: SourceManual, By: by, FirstMS: nowMS}
		facts, rows = append(facts, fact), append(rows, factRow(id, fact))
	}
	a := materialise(base{id: id, facility: facilityID, rev: 1, createdMS: nowMS, updatedMS: nowMS}, facts)
	if err := checkEdit(ctx, tx, scope, Asset{}, a, true); err != nil {
		return Asset{}, nil, err
	}
	if err := claimByHand(ctx, tx, a, nowMS); err != nil {
		return Asset{}, nil, err
	}
	if err := insertFacts(ctx, tx, rows); err != nil {
		return Asset{}, nil, err
	}
	return a, changes(id, nil, a.Values, facts, nowMS), writeRows(ctx, tx, a)
}

// Edit changes fields of an asset by hand. A value becomes a manual fact, which
// wins over every other source; an empty value takes the manual fact away, so
// that the other sources show again. A value equal to the one shown is left as it
// is and not pinned. rev is the revision the person saw; 0 skips the comparison.
// Errors: not_found (also outside the scope), conflict (changed meanwhile, or a
// key of another asset), invalid, forbidden (would leave the scope).
func Edit(ctx context.Context, tx *store.Tx, scope Scope, id string, rev int64, set Values, by string, nowMS int64) (Asset, []Change, error) {
	before, err := lockIn(ctx, tx, scope, id)
	if err != nil {
		return Asset{}, nil, err
	}
	if rev != 0 && rev != before.Rev {
		return Asset{}, nil, fault.Conflict("asset.error.changed_meanwhile").WithHint("asset.error.changed_meanwhile.hint")
	}
	return edit(ctx, tx, scope, before, set, by, nowMS)
}

func lockIn(ctx context.Context, tx *store.Tx, scope Scope, id string) (Asset, error) {
	if !store.ValidID(id) {
		return Asset{}, fault.NotFound("asset.error.not_found")
	}
	a, err := lockAsset(ctx, tx, id)
	if err != nil {
		return Asset{}, err
	}
	if !scope.Allows(a) {
		return Asset{}, fault.NotFound("asset.error.not_found")
	}
	return a, nil
}

// byHand refuses the fields that only a machine fills.
func byHand(set Values) error {
	for _, f := range sortedKeys(set) {
		if info, ok := Info(f); ok && info.ObservedOnly && set[f] != "" {
			return fault.Invalid("asset.error.observed_only").At(string(f))
		}
	}
	return nil
}

func edit(ctx context.Context, tx *store.Tx, scope Scope, before Asset, set Values, by string, nowMS int64) (Asset, []Change, error) {
	facts, err := openFacts(ctx, tx, before.ID)
	if err != nil {
		return Asset{}, nil, err
	}
	p, err := replanByHand(facts, before, set, by, nowMS)
	if err != nil || len(p.opened)+len(p.closed) == 0 {
		return before, nil, err
	}
	return applyByHand(ctx, tx, scope, before, p, nowMS)
}

// applyByHand checks and stores what a person changes.
func applyByHand(ctx context.Context, tx *store.Tx, scope Scope, before Asset, p plan, nowMS int64) (Asset, []Change, error) {
	b := before.base()
	b.rev++
	b.updatedMS = max(nowMS, b.updatedMS)
	after := materialise(b, p.facts)
	if err := checkEdit(ctx, tx, scope, before, after, false); err != nil {
		return Asset{}, nil, err
	}
	if keyFieldChanged(before, after) {
		if err := claimByHand(ctx, tx, after, nowMS); err != nil {
			return Asset{}, nil, err
		}
	}
	if err := p.apply(ctx, tx, before.ID, SourceManual, nowMS); err != nil {
		return Asset{}, nil, err
	}
	return after, changes(before.ID, before.Values, after.Values, p.facts, nowMS), writeRows(ctx, tx, after)
}

// replanByHand works out the manual facts after an edit.
func replanByHand(open []Fact, before Asset, set Values, by string, nowMS int64) (plan, error) {
	p := plan{by: by}
	if err := byHand(set); err != nil {
		return p, err
	}
	mine := map[Field]Fact{}
	for _, f := range open {
		if f.Source == SourceManual {
			mine[f.Field] = f
		}
	}
	drop := map[Field]bool{}
	for _, field := range sortedKeys(set) {
		value, err := Canonical(field, set[field])
		if err != nil {
			return p, err
		}
		old, pinned := mine[field]
		switch {
		case value == "" && !pinned, pinned && old.Value == value, !pinned && value == before.Values[field]:
			continue
		case value == "":
			p.closed, drop[field] = append(p.closed, field), true
			continue
		case pinned:
			p.closed, drop[field] = append(p.closed, field), true
		}
		p.opened = append(p.opened, Fact{Field: field, Value: value, Source: SourceManual, By: by, FirstMS: nowMS})
	}
	for _, f := range open {
		if f.Source != SourceManual || !drop[f.Field] {
			p.facts = append(p.facts, f)
		}
	}
	p.facts = append(p.facts, p.opened...)
	return p, nil
}

// checkEdit holds the rules that span fields.
func checkEdit(ctx context.Context, tx *store.Tx, scope Scope, before, after Asset, created bool) error {
	if !scope.Allows(after) {
		return fault.Forbidden("asset.error.outside_scope").At(string(FieldDepartment))
	}
	if created && after.Status == StatusDisposed {
		return fault.Invalid("asset.error.choice").At(string(FieldStatus))
	}
	if err := checkLife(after); err != nil {
		return err
	}
	if err := checkOwner(before, after, created); err != nil {
		return err
	}
	proof := after.Values[FieldDisposalProof]
	if proof == "" || proof == before.Values[FieldDisposalProof] {
		return nil
	}
	if _, err := attachmentOf(ctx, tx, after.ID, proof); err != nil {
		return fault.Invalid("asset.error.file").At(string(FieldDisposalProof)).Because(err)
	}
	return nil
}

func keyFieldChanged(a, b Asset) bool {
	return slices.ContainsFunc([]Field{FieldMaker, FieldSerial, FieldAssetTag, FieldMAC},
		func(f Field) bool { return a.Values[f] != b.Values[f] })
}

// claimByHand makes the keys that people typed those of the asset, so that its
// agent finds it later. A key that another asset holds is a conflict at once: the
// person can look.
func claimByHand(ctx context.Context, tx *store.Tx, a Asset, nowMS int64) error {
	keys := keysOf(Observation{FacilityID: a.FacilityID, Source: SourceManual, Identity: Identity{
		Maker: a.Values[FieldMaker], Serial: a.Values[FieldSerial], AssetTag: a.Values[FieldAssetTag], MACs: []string{a.Values[FieldMAC]}}})
	if _, err := tx.Exec(ctx, `DELETE FROM asset_identity WHERE asset_id = $1 AND (source = $2 OR id_key LIKE 'tag:%')`, a.ID, string(SourceManual)); err != nil {
		return fmt.Errorf("release keys of asset %s: %w", a.ID, err)
	}
	candidates, slots, err := findCandidates(ctx, tx, keys.all())
	if err != nil {
		return err
	}
	held := heldBy(candidates, a.ID)
	var rows [][]any
	for _, key := range keys.all() {
		for _, c := range candidates {
			if c.id != a.ID && !c.disposed && slices.Contains(c.keys, key) && !slices.Contains(held, key) && keys.claims(key, c) {
				return fault.Conflict("asset.error.key_taken", "AssetID", c.id).At(keyField(kindOf(key)))
			}
		}
		if !slices.Contains(held, key) {
			rows = append(rows, []any{key, slots[key], a.ID, string(SourceManual), nowMS})
		}
	}
	return claimKeys(ctx, tx, rows)
}

func keyField(k KeyKind) string {
	switch k {
	case KeyTag:
		return string(FieldAssetTag)
	case KeyMAC:
		return string(FieldMAC)
	}
	return string(FieldSerial)
}

// BulkEdit sets the same fields on many assets: all or none. At most 1,000. The
// error names the first asset that cannot be changed.
func BulkEdit(ctx context.Context, tx *store.Tx, scope Scope, ids []string, set Values, by string, nowMS int64) ([]Change, error) {
	if len(ids) > maxBulk {
		return nil, fault.TooLarge("asset.error.bulk", "Max", maxBulk)
	}
	var out []Change
	// One order for all, so that two bulk edits cannot wait for each other.
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		_, changed, err := Edit(ctx, tx, scope, id, 0, set, by, nowMS)
		if err != nil {
			return nil, fmt.Errorf("asset %s: %w", clip(id), err)
		}
		out = append(out, changed...)
	}
	return out, nil
}

// Disposal is how an asset left.
type Disposal struct {
	On      string // date
	ProofID string // attachment of the asset: certificate of destruction …
	Reason  string // needed when there is no proof
}

// Retire records that an asset was disposed of. It leaves lists, and stays in the
// ledger with its history.
func Retire(ctx context.Context, tx *store.Tx, scope Scope, id string, rev int64, d Disposal, by string, nowMS int64) (Asset, []Change, error) {
	set := Values{FieldStatus: string(StatusDisposed), FieldDisposedOn: d.On, FieldDisposalProof: d.ProofID, FieldDisposalReason: d.Reason}
	return Edit(ctx, tx, scope, id, rev, set, by, nowMS)
}

// Move gives assets to another facility. The scope must hold both.
func Move(ctx context.Context, tx *store.Tx, scope Scope, id, facilityID, by string, nowMS int64) (Asset, []Change, error) {
	before, err := lockIn(ctx, tx, scope, id)
	if err != nil || before.FacilityID == facilityID {
		return before, nil, err
	}
	facts, err := openFacts(ctx, tx, id)
	if err != nil {
		return Asset{}, nil, err
	}
	p := plan{by: by, opened: []Fact{{Field: FieldFacility, Value: facilityID, Source: SourceManual, By: by, FirstMS: nowMS}}}
	for _, f := range facts {
		if f.Field == FieldFacility && f.Source == SourceManual {
			p.closed = append(p.closed, f.Field)
			continue
		}
		p.facts = append(p.facts, f)
	}
	p.facts = append(p.facts, p.opened...)
	b := before.base()
	b.rev++
	b.updatedMS = max(nowMS, b.updatedMS)
	after := materialise(b, p.facts)
	if facilityID == "" || !scope.Allows(after) {
		return Asset{}, nil, fault.Forbidden("asset.error.outside_scope").At(string(FieldFacility))
	}
	if err := claimByHand(ctx, tx, after, nowMS); err != nil { // tags are of a facility
		return Asset{}, nil, err
	}
	if err := p.apply(ctx, tx, id, SourceManual, nowMS); err != nil {
		return Asset{}, nil, err
	}
	change := Change{AssetID: id, Field: FieldFacility, Old: before.FacilityID, New: facilityID, Source: SourceManual, By: by, AtMS: nowMS}
	return after, []Change{change}, writeRows(ctx, tx, after)
}
