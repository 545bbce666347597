package web

import (
	"context"
	"slices"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
)

// comparedFields stand under the keys: what people recognise a device by.
var comparedFields = []asset.Field{asset.FieldMaker, asset.FieldModel, asset.FieldHostName, asset.FieldOSName, asset.FieldIP, asset.FieldDepartment, asset.FieldRoom, asset.FieldUser}

// conflictShow sets two devices side by side: what agrees, what differs, and where and
// when each was seen.
func conflictShow(s *site, c *call) error { return conflictShowPage(s, c, nil) }

func conflictShowPage(s *site, c *call, wrong error) error {
	id, err := c.id("id")
	if err != nil {
		return err
	}
	ctx, db, scope := c.r.Context(), s.deps.DB, c.assetScope(identity.AssetRead)
	one, err := asset.ConflictByID(ctx, db, id)
	if err != nil {
		return err
	}
	mine, err := c.conflictOne(one)
	if err != nil {
		return err
	}
	page, err := c.page(c.tr.T("conflicts.title"))
	if err != nil {
		return err
	}
	v := &view.ConflictShow{Page: page, ID: one.ID, Cause: c.known("asset.cause.", string(one.Cause)), FirstMS: one.FirstMS, LastMS: one.LastMS,
		ClosedMS: one.ClosedMS, ClosedBy: one.ClosedBy, Note: one.Note}
	if one.KeyValue != "" {
		v.Key, v.Value = c.known("asset.key.", string(one.KeyKind)), one.ShownKey()
	}
	if one.Outcome != "" {
		v.Outcome = c.known("asset.outcome.", string(one.Outcome))
	}
	if one.LaterMS > c.nowMS() {
		v.LaterMS = one.LaterMS
	}
	edit := c.assetScope(identity.AssetEdit)
	v.CanAnswer = one.ClosedMS == 0 && edit.Allows(mine)
	v.Mine, v.SplitHref = c.conflictPart(mine), assetPath+"/"+mine.ID+"/merges"
	if one.OtherID != "" {
		theirs, err := asset.Get(ctx, db, scope, one.OtherID)
		switch {
		case fault.Is(err, fault.CodeNotFound):
			v.Elsewhere = one.ClosedMS == 0
		case err != nil:
			return err
		default:
			v.Pair, v.Theirs = true, c.conflictPart(theirs)
			v.CanMerge = edit.Allows(theirs) && mine.FacilityID == theirs.FacilityID
			if err := c.compareAssets(v, mine, theirs); err != nil {
				return err
			}
		}
	}
	if err := c.wrong(&v.Page, wrong); err != nil {
		return err
	}
	return c.render(v)
}

// conflictOne reads the device an entry is about. One that went into another has no
// page of its own any more: its entry is told about the device that stayed.
func (c *call) conflictOne(one asset.Conflict) (asset.Asset, error) {
	ctx, db, scope := c.r.Context(), c.s.deps.DB, c.assetScope(identity.AssetRead)
	a, err := asset.Get(ctx, db, scope, one.AssetID)
	if !fault.Is(err, fault.CodeNotFound) {
		return a, err
	}
	into, intoErr := asset.MergedInto(ctx, db, one.AssetID)
	if intoErr != nil || into == "" {
		return a, err
	}
	return asset.Get(ctx, db, scope, into)
}

func (c *call) conflictPart(a asset.Asset) view.ConflictSide {
	return view.ConflictSide{ID: a.ID, Href: assetPath + "/" + a.ID, Name: c.assetLabel(a), Tag: a.Values[asset.FieldAssetTag]}
}

// compareAssets fills in the table of both sides.
func (c *call) compareAssets(v *view.ConflictShow, mine, theirs asset.Asset) error {
	lines, err := asset.Compare(c.r.Context(), c.s.deps.DB, mine.ID, theirs.ID)
	if err != nil {
		return err
	}
	for _, l := range lines {
		row := view.ConflictKey{Label: c.known("asset.key.", string(l.Kind)), Mine: c.heldKeys(l.Mine), Theirs: c.heldKeys(l.Theirs)}
		switch {
		case l.Agrees:
			row.Kind, row.State = "ok", c.tr.T("conflict.agrees")
		case l.Differs:
			row.Kind, row.State = "warn", c.tr.T("conflict.differs")
		}
		v.Keys = append(v.Keys, row)
	}
	names, err := c.assetNames(c.r.Context(), mine, theirs)
	if err != nil {
		return err
	}
	for _, f := range comparedFields {
		a, b := mine.Values[f], theirs.Values[f]
		if a == "" && b == "" {
			continue
		}
		v.Fields = append(v.Fields, view.ConflictField{Label: c.fieldLabel(f), Mine: c.valueWords(f, a, names), Theirs: c.valueWords(f, b, names), Differs: a != "" && b != "" && a != b})
	}
	seen := func(a asset.Asset) string {
		if a.LastSeenMS == 0 {
			return ""
		}
		return c.tr.DateTime(store.Time(a.LastSeenMS))
	}
	v.Fields = append(v.Fields, view.ConflictField{Label: c.tr.T("conflict.seen"), Mine: seen(mine), Theirs: seen(theirs)})
	return nil
}

func (c *call) heldKeys(list []asset.HeldKey) []view.ConflictValue {
	out := make([]view.ConflictValue, len(list))
	for i, h := range list {
		out[i] = view.ConflictValue{Value: h.Value, SourceKind: string(h.Source), Source: c.known("asset.source.", string(h.Source)), AtMS: h.FirstMS, Shared: h.Shared}
	}
	return out
}

// conflictAnswer stores what a person says: the same, another, or later.
func conflictAnswer(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	id, err := c.id("id")
	if err != nil {
		return err
	}
	a, err := c.conflictOwner(id)
	if err != nil {
		return err
	}
	outcome := asset.Outcome(c.value("outcome"))
	if !slices.Contains([]asset.Outcome{asset.OutcomeSame, asset.OutcomeDifferent, asset.OutcomeLater}, outcome) {
		return conflictShowPage(s, c, fault.Invalid("asset.error.choice").At("outcome"))
	}
	answer := asset.Answer{ConflictID: id, Outcome: outcome, KeepID: c.value("keep"), Note: c.value("note")}
	var done asset.Merged
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.AssetEdit, assetObject(a), func(ctx context.Context, tx *store.Tx) (_ any, err error) {
		done, err = asset.AnswerConflict(ctx, tx, c.assetScope(identity.AssetEdit), s.deps.Hung, answer, c.by(), c.nowMS())
		return map[string]string{"conflict": id, "outcome": string(outcome), "note": answer.Note, "merge": done.ID, "kept": done.KeptID, "gone": done.GoneID}, err
	})
	if err != nil {
		return conflictShowPage(s, c, err)
	}
	if done.ID != "" {
		return c.done(assetPath+"/"+done.KeptID+"/merges", "merge.done", "Name", done.GoneName)
	}
	return c.done(conflictPath, "conflict.answered."+string(outcome))
}
