package api

import (
	"context"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sonae/internal/identity"
	"sonae/internal/platform/document"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/silence"
)

func (a *API) registerSilence() {
	handle(a, op{method: get, path: "/silence", id: "listSilence", summary: "Sources of devices that do not report, the longest first", action: identity.AssetRead,
		about: "Judged every five minutes by the expected interval of each source. Time in which the server was down does not count and, where set so, closed days of the facility."}, a.listSilence)
	handle(a, op{method: get, path: "/silence/export.csv", id: "exportSilence", summary: "The same as CSV", action: identity.AssetExport}, a.exportSilence)
	handle(a, op{method: get, path: "/silence/sources", id: "listSources", summary: "Sources as a whole: directories, entries, agents, regular lists", action: identity.AssetRead,
		about: "Of the facilities of which the caller sees every device; those that do not report first."}, a.listSources)
	handle(a, op{method: get, path: "/assets/{id}/silence", id: "getAssetSilence", summary: "How each source of a device reports, and the exceptions that hold", action: identity.AssetRead}, a.assetSilence)
	handle(a, op{method: post, path: "/assets/{id}/silence", id: "exceptAsset", summary: "Except a device from what is expected, until a day", action: identity.AssetEdit, status: 201,
		about: "It stays on the list, as excepted."}, a.exceptAsset)
	handle(a, op{method: remove, path: "/assets/{id}/silence/{exception}", id: "endException", summary: "End an exception before its day", action: identity.AssetEdit, status: 204}, a.endException)
	a.registerIntervals()
}

// SilenceLine is one source of one device.
type SilenceLine struct {
	Source      asset.Source   `json:"source"`
	State       silence.State  `json:"state" doc:"reporting, late, silent, excepted, ended; empty when nothing is expected of the source."`
	Reason      silence.Reason `json:"reason" doc:"Why, as far as it is known; empty = not known."`
	LastAt      *time.Time     `json:"last_at,omitempty" doc:"Last report; absent when its time is not known."`
	SinceAt     *time.Time     `json:"since_at,omitempty" doc:"Since when it is in this state; in lists only."`
	NotCountedH int64          `json:"not_counted_hours,omitempty" doc:"Hours since the last report that do not count: server down, or closed."`
	OtherSource asset.Source   `json:"seen_by,omitempty" doc:"Another source that saw the device since."`
	OtherAt     *time.Time     `json:"seen_at,omitempty"`
	Refusal     string         `json:"refusal,omitempty" doc:"What the device was told when it was refused since, in the caller's language."`
	ExceptionID string         `json:"exception_id,omitempty"`
}

// SilenceRow is a line of the list.
type SilenceRow struct {
	AssetID    string `json:"asset_id"`
	Name       string `json:"name"`
	FacilityID string `json:"facility_id"`
	Department string `json:"department"`
	SilenceLine
}

func silenceLine(t text.Translator, l silence.Line) SilenceLine {
	out := SilenceLine{Source: l.Source, State: l.State, Reason: l.Reason, LastAt: moment(l.SeenMS), SinceAt: moment(l.SinceMS), NotCountedH: l.SkippedMS / time.Hour.Milliseconds(),
		OtherSource: l.OtherSource, OtherAt: moment(l.OtherMS)}
	if l.Refusal != "" && t.Has(l.Refusal) {
		out.Refusal = t.T(l.Refusal, "Hours", 48)
	}
	if l.Exception != nil {
		out.ExceptionID = l.Exception.ID
	}
	return out
}

// SilenceFilter are the filters of the list.
type SilenceFilter struct {
	Facility   []string         `query:"facility,explode" maxItems:"100"`
	State      []silence.State  `query:"state,explode" maxItems:"5" enum:"silent,late,excepted"`
	Source     []asset.Source   `query:"source,explode" maxItems:"20"`
	Department []string         `query:"department,explode" maxItems:"100"`
	Reason     []silence.Reason `query:"reason,explode" maxItems:"20"`
	Before     time.Time        `query:"before" doc:"Last report before this moment."`
}

func (a *API) silenceFilter(ctx context.Context, p identity.Principal, action identity.Action, in *SilenceFilter) (silence.Filter, error) {
	f := silence.Filter{Scope: scopeOf(p, action), States: in.State, Sources: in.Source, Departments: in.Department, Reasons: in.Reason}
	if !in.Before.IsZero() {
		f.BeforeMS = store.MS(in.Before)
	}
	if len(in.Facility) > 0 {
		var err error
		if f.FacilityIDs, err = a.facilities(ctx, p, action, in.Facility); err != nil {
			return f, err
		}
	}
	return f, nil
}

type listSilenceIn struct {
	Paging
	SilenceFilter
}

func (a *API) listSilence(ctx context.Context, p identity.Principal, in *listSilenceIn) (*List[SilenceRow], error) {
	f, err := a.silenceFilter(ctx, p, identity.AssetRead, &in.SilenceFilter)
	if err != nil {
		return nil, err
	}
	if f.After, err = unseal("silence", in.Cursor); err != nil {
		return nil, err
	}
	f.Limit = in.Limit
	rows, total, next, err := silence.List(ctx, a.DB, f)
	if err != nil {
		return nil, err
	}
	t := translatorOf(ctx)
	return listOf(each(rows, func(r silence.Row) SilenceRow { return silenceRow(t, r) }), seal("silence", next), total), nil
}

func silenceRow(t text.Translator, r silence.Row) SilenceRow {
	return SilenceRow{AssetID: r.AssetID, Name: r.Name, FacilityID: r.FacilityID, Department: r.Department, SilenceLine: silenceLine(t, r.Line)}
}

func (a *API) exportSilence(ctx context.Context, p identity.Principal, in *SilenceFilter) (*huma.StreamResponse, error) {
	f, err := a.silenceFilter(ctx, p, identity.AssetExport, in)
	if err != nil {
		return nil, err
	}
	object := audit.Object{Kind: "silence"}
	if len(f.FacilityIDs) == 1 {
		object.FacilityID = f.FacilityIDs[0]
	}
	err = audit.Do(ctx, a.DB, p, identity.AssetExport, object, func(context.Context, *store.Tx) (any, error) {
		return map[string]any{"format": "csv", "states": f.States}, nil
	})
	if err != nil {
		return nil, err
	}
	t := translatorOf(ctx)
	return download("sonae-silence-"+a.Now().In(t.Zone()).Format(time.DateOnly)+".csv", "text/csv; charset=utf-8", 0, func(w io.Writer) error {
		out := document.NewCSVWriter(w)
		if err := out.Write([]string{"asset_id", "name", "facility_id", "department", "source", "state", "reason", "last_at", "since_at", "seen_by", "seen_at", "exception_id"}); err != nil {
			return err
		}
		for f.Limit = 500; ; {
			rows, _, next, err := silence.List(ctx, a.DB, f)
			if err != nil {
				return err
			}
			for _, r := range rows {
				v := silenceRow(t, r)
				if err := out.Write([]string{v.AssetID, v.Name, v.FacilityID, v.Department, string(v.Source), string(v.State), string(v.Reason), stamp(v.LastAt), stamp(v.SinceAt), string(v.OtherSource), stamp(v.OtherAt), v.ExceptionID}); err != nil {
					return err
				}
			}
			if f.After = next; next == "" {
				return out.Flush()
			}
		}
	}), nil
}

func stamp(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// WholeSource is a source as a whole.
type WholeSource struct {
	Kind       silence.Kind   `json:"kind" doc:"directory, agent, glpi, fusioninventory, ocs or csv."`
	ID         string         `json:"id,omitempty" doc:"Of the directory or entry."`
	Name       string         `json:"name"`
	FacilityID string         `json:"facility_id"`
	State      silence.State  `json:"state"`
	Reason     silence.Reason `json:"reason"`
	LastAt     *time.Time     `json:"last_at,omitempty"`
	FailingAt  *time.Time     `json:"failing_at,omitempty" doc:"Of a directory: since when readings fail."`
	EveryHours int64          `json:"every_hours"`
	Devices    int            `json:"devices" doc:"Devices behind it."`
}

type listSourcesIn struct {
	Paging
	Facility []string `query:"facility,explode" maxItems:"100"`
}

func (a *API) listSources(ctx context.Context, p identity.Principal, in *listSourcesIn) (*List[WholeSource], error) {
	facilities, err := a.wholeFacilities(ctx, p, in.Facility)
	if err != nil {
		return nil, err
	}
	all, err := silence.Wholes(ctx, a.DB, facilities, a.nowMS(), text.Tokyo())
	if err != nil {
		return nil, err
	}
	out := each(all, func(w silence.Whole) WholeSource {
		return WholeSource{Kind: w.Kind, ID: w.ID, Name: w.Name, FacilityID: w.FacilityID, State: w.State, Reason: w.Reason, LastAt: moment(w.LastMS), FailingAt: moment(w.FailingMS),
			EveryHours: w.Expectation.EveryHours, Devices: w.Machines}
	})
	return window("sources", out, in.Paging, func(w WholeSource) string { return string(w.Kind) + "/" + w.FacilityID + "/" + w.ID })
}

// SilenceException is what a person said about the pace of a device.
type SilenceException struct {
	ID        string         `json:"id"`
	Source    asset.Source   `json:"source,omitempty" doc:"Empty = every source."`
	Weekdays  []time.Weekday `json:"weekdays" doc:"Days on which it is on, 0 = Sunday; empty = it is not expected at all."`
	UntilOn   string         `json:"until_on" doc:"Last day it holds."`
	Reason    string         `json:"reason"`
	By        string         `json:"by"`
	CreatedAt *time.Time     `json:"created_at"`
}

func exceptionOut(x silence.Exception) SilenceException {
	out := SilenceException{ID: x.ID, Source: x.Source, Weekdays: []time.Weekday{}, UntilOn: x.UntilOn, Reason: x.Reason, By: x.By, CreatedAt: moment(x.CreatedMS)}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if x.Weekdays&(1<<d) != 0 {
			out.Weekdays = append(out.Weekdays, d)
		}
	}
	return out
}

// AssetSilence is how a device reports.
type AssetSilence struct {
	Sources    []SilenceLine      `json:"sources"`
	Exceptions []SilenceException `json:"exceptions" doc:"Those that hold today."`
}

func (a *API) assetSilence(ctx context.Context, p identity.Principal, in *ByID) (*One[AssetSilence], error) {
	row, err := a.asset(ctx, p, identity.AssetRead, in.ID)
	if err != nil {
		return nil, err
	}
	lines, err := silence.OfAsset(ctx, a.DB, row.ID, a.nowMS(), text.Tokyo())
	if err != nil {
		return nil, err
	}
	held, err := silence.Exceptions(ctx, a.DB, row.ID, a.todayInJapan())
	if err != nil {
		return nil, err
	}
	t := translatorOf(ctx)
	return one(AssetSilence{Sources: full(each(lines, func(l silence.Line) SilenceLine { return silenceLine(t, l) })), Exceptions: full(each(held[row.ID], exceptionOut))}), nil
}

func (a *API) todayInJapan() string { return a.Now().In(text.Tokyo()).Format(time.DateOnly) }

type exceptAssetIn struct {
	ByID
	Body struct {
		Source   asset.Source   `json:"source,omitempty" maxLength:"40" doc:"Empty = every source."`
		Weekdays []time.Weekday `json:"weekdays,omitempty" maxItems:"7" doc:"Days on which it is on, 0 = Sunday; none = it is not expected at all."`
		UntilOn  string         `json:"until_on,omitempty" maxLength:"10" example:"2026-12-31" doc:"Last day it holds, at most two years ahead; required."`
		Reason   string         `json:"reason,omitempty" maxLength:"2000" doc:"Required."`
	}
}

func (a *API) exceptAsset(ctx context.Context, p identity.Principal, in *exceptAssetIn) (*One[SilenceException], error) {
	row, err := a.asset(ctx, p, identity.AssetEdit, in.ID)
	if err != nil {
		return nil, err
	}
	x := silence.Exception{AssetID: row.ID, Source: in.Body.Source, UntilOn: in.Body.UntilOn, Reason: in.Body.Reason, By: p.Name}
	for _, d := range in.Body.Weekdays {
		if d < 0 || d > 6 {
			return nil, fault.Invalid("silence.error.weekdays").At("weekdays")
		}
		x.Weekdays |= 1 << d
	}
	err = audit.Do(ctx, a.DB, p, identity.AssetEdit, objectOf(row), func(ctx context.Context, tx *store.Tx) (any, error) {
		var err error
		if x, err = silence.Except(ctx, tx, x, a.todayInJapan(), a.nowMS()); err != nil {
			return nil, err
		}
		return map[string]any{"silence": exceptionOut(x)}, silence.JudgeAsset(ctx, tx, row.ID, a.nowMS(), text.Tokyo())
	})
	if err != nil {
		return nil, err
	}
	return one(exceptionOut(x)), nil
}

type endExceptionIn struct {
	ByID
	Exception string `path:"exception" maxLength:"100"`
}

func (a *API) endException(ctx context.Context, p identity.Principal, in *endExceptionIn) (*None, error) {
	row, err := a.asset(ctx, p, identity.AssetEdit, in.ID)
	if err != nil {
		return nil, err
	}
	x, err := silence.ExceptionByID(ctx, a.DB, in.Exception)
	if err == nil && x.AssetID != row.ID {
		err = errNothing
	}
	if err != nil {
		return nil, notFoundHere(err)
	}
	err = audit.Do(ctx, a.DB, p, identity.AssetEdit, objectOf(row), func(ctx context.Context, tx *store.Tx) (any, error) {
		if err := silence.EndException(ctx, tx, x.ID, p.Name, a.nowMS()); err != nil {
			return nil, err
		}
		return map[string]any{"silence": map[string]any{"exception": x.ID, "ended": true}}, silence.JudgeAsset(ctx, tx, row.ID, a.nowMS(), text.Tokyo())
	})
	return &None{}, notFoundHere(err)
}
