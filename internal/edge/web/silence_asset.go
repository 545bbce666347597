package web

import (
	"context"
	"slices"
	"strconv"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/silence"
)

// assetSilence is what the page of a machine says of its sources.
func (c *call) assetSilence(o openAsset, canEdit bool) (*view.AssetSilence, error) {
	lines, err := silence.OfAsset(c.r.Context(), c.s.deps.DB, o.ID, c.nowMS(), text.Tokyo())
	if err != nil {
		return nil, err
	}
	held, err := silence.Exceptions(c.r.Context(), c.s.deps.DB, o.ID, c.today())
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 && len(held) == 0 {
		return nil, nil //nolint:nilnil // nobody but people ever spoke of it
	}
	v := &view.AssetSilence{CanEdit: canEdit}
	for _, l := range lines {
		row := view.SilenceLine{Source: string(l.Source), SourceText: c.known("asset.source.", string(l.Source)), StateKind: silenceKinds[l.State], State: c.tr.T("silence.state." + orSame(string(l.State), "unset")),
			Reason: c.silenceReason(l.Reason, l.Refusal), LastMS: l.SeenMS, Skipped: c.skipped(l.SkippedMS)}
		if !l.Expectation.Off && l.State != silence.Ended {
			row.Every = c.tr.T("silence.expected", "Every", c.hours(l.Expectation.EveryHours), "Silent", c.hours(l.Expectation.SilentHours))
		}
		if l.State != silence.Reporting && l.OtherSource != "" {
			row.Elsewhere, row.ElsewhereKind, row.ElsewhereMS = c.known("asset.source.", string(l.OtherSource)), string(l.OtherSource), l.OtherMS
		}
		v.Lines = append(v.Lines, row)
		v.Sources = append(v.Sources, view.Choice{Value: string(l.Source), Label: row.SourceText})
	}
	v.Sources = slices.Insert(v.Sources, 0, view.Choice{Label: c.tr.T("silence.source.all")})
	p := c.bare("")
	for _, x := range held[o.ID] {
		v.Exceptions = append(v.Exceptions, view.AssetException{ID: x.ID, Source: orSame(c.known("asset.source.", string(x.Source)), c.tr.T("silence.source.all")), Days: c.weekdays(x.Weekdays),
			Until: p.Day(x.UntilOn), Reason: x.Reason, By: x.By})
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		v.Weekdays = append(v.Weekdays, view.Choice{Value: strconv.Itoa(int(d)), Label: c.weekdays(1 << d)})
	}
	return v, nil
}

// assetExcept adds an exception for a machine.
func assetExcept(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	a, err := c.assetFor(identity.AssetEdit)
	if err != nil {
		return err
	}
	x := silence.Exception{AssetID: a.ID, Source: asset.Source(c.value("source")), Reason: c.value("reason"), By: c.by()}
	if x.UntilOn, err = c.day("until_on"); err != nil {
		return assetShowPage(s, c, err)
	}
	for _, v := range c.r.PostForm["weekday"] {
		d, ok := digits(v)
		if !ok || d > 6 {
			return assetShowPage(s, c, fault.Invalid("silence.error.weekdays").At("weekday"))
		}
		x.Weekdays |= 1 << d
	}
	err = c.assetSilenceChange(a, func(ctx context.Context, tx *store.Tx) (any, error) {
		made, err := silence.Except(ctx, tx, x, c.today(), c.nowMS())
		return map[string]any{"exception": made.ID, "source": made.Source, "weekdays": made.Weekdays, "until_on": made.UntilOn, "reason": made.Reason}, err
	})
	if err != nil {
		return assetShowPage(s, c, err)
	}
	return c.done(assetPath+"/"+a.ID+"#silence", "form.saved")
}

// assetExceptEnd ends an exception.
func assetExceptEnd(s *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	a, err := c.assetFor(identity.AssetEdit)
	if err != nil {
		return err
	}
	id, err := c.id("exception")
	if err != nil {
		return err
	}
	x, err := silence.ExceptionByID(c.r.Context(), s.deps.DB, id)
	if fault.Is(err, fault.CodeNotFound) || err == nil && x.AssetID != a.ID {
		return errNothing
	}
	if err != nil {
		return err
	}
	err = c.assetSilenceChange(a, func(ctx context.Context, tx *store.Tx) (any, error) {
		return map[string]any{"exception": x.ID, "ended": true, "reason": x.Reason}, silence.EndException(ctx, tx, x.ID, c.by(), c.nowMS())
	})
	if err != nil {
		return err
	}
	return c.done(assetPath+"/"+a.ID+"#silence", "form.saved")
}

// assetSilenceChange writes a change with its audit entry and judges the machine anew.
func (c *call) assetSilenceChange(a asset.Asset, do func(context.Context, *store.Tx) (any, error)) error {
	return audit.Do(c.r.Context(), c.s.deps.DB, c.who, identity.AssetEdit, assetObject(a), func(ctx context.Context, tx *store.Tx) (any, error) {
		detail, err := do(ctx, tx)
		if err != nil {
			return nil, err
		}
		return map[string]any{"silence": detail}, silence.JudgeAsset(ctx, tx, a.ID, c.nowMS(), text.Tokyo())
	})
}
