package api

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/review/catalog"
	"sonae/internal/review/evidence"
)

func (a *API) registerEvidence() {
	handle(a, op{method: get, path: "/evidence", id: "listEvidence", summary: "What the rules found at a facility, one record a rule", action: identity.EvidenceRead}, a.listEvidence)
	handle(a, op{method: get, path: "/evidence/history", id: "listEvidenceHistory", summary: "Earlier findings of a rule, newest first", action: identity.EvidenceRead}, a.evidenceHistory)
	handle(a, op{method: get, path: "/evidence/{id}", id: "getEvidence", summary: "One record; it never changes", action: identity.EvidenceRead}, a.getEvidence)
}

// Evidence is a stored evaluation of a rule.
type Evidence struct {
	ID              string              `json:"id"`
	FacilityID      string              `json:"facility_id"`
	Rule            string              `json:"rule"`
	Version         int                 `json:"version" doc:"Of the rule."`
	Target          catalog.Target      `json:"target"`
	Variant         string              `json:"variant,omitempty" doc:"Edition whose limits differ."`
	Suggestion      evidence.Suggestion `json:"suggestion" enum:"yes,no,none"`
	AsOf            *time.Time          `json:"as_of" doc:"The facts are those of this moment."`
	EvaluatedAt     *time.Time          `json:"evaluated_at"`
	ConfirmedAsOf   *time.Time          `json:"confirmed_as_of" doc:"Last moment with the same result."`
	ConfirmedAt     *time.Time          `json:"confirmed_at"`
	SHA256          string              `json:"sha256" doc:"Of the record as stored."`
	Checks          []EvidenceCheck     `json:"checks"`
	LimitsInForce   map[string]string   `json:"limits"`
	SourcesLastSeen []EvidenceSource    `json:"sources"`
}

// EvidenceCheck is what one check of a rule found.
type EvidenceCheck struct {
	Check        string          `json:"check"`
	Decides      catalog.Decides `json:"decides" doc:"yes, no or info: what it does to the suggestion."`
	State        evidence.State  `json:"state" enum:"pass,fail,unknown"`
	Figures      []Figure        `json:"figures"`
	Failing      []Failing       `json:"failing" doc:"At most 200."`
	FailingTotal int64           `json:"failing_total"`
	Missing      string          `json:"missing,omitempty" doc:"What is missing to tell, in the caller's language."`
}

// Figure is one measured value.
type Figure struct {
	Name   string        `json:"name"`
	Unit   evidence.Unit `json:"unit" doc:"count, share (ten-thousandths), days, hours, day or text."`
	Number int64         `json:"number"`
	Text   string        `json:"text,omitempty"`
}

// Failing is one thing that fails, and why.
type Failing struct {
	AssetID string `json:"asset_id,omitempty"`
	Ref     string `json:"ref,omitempty" doc:"What inside the asset, or another thing's ID."`
	Label   string `json:"label,omitempty"`
	Code    string `json:"code" doc:"Stable word of the reason."`
	Reason  string `json:"reason" doc:"In the caller's language."`
}

// EvidenceSource says which source a rule read and how fresh it was.
type EvidenceSource struct {
	Source   string     `json:"source"`
	Count    int64      `json:"count"`
	NewestAt *time.Time `json:"newest_at,omitempty"`
}

func evidenceOut(r evidence.Record, t text.Translator) Evidence {
	limits := map[string]string{}
	for name, v := range r.Body.Values {
		limits[name] = v.String()
	}
	return Evidence{ID: r.ID, FacilityID: r.FacilityID, Rule: r.Key.RuleID, Version: r.Body.Version, Target: r.Key.Target, Variant: r.Key.Variant, Suggestion: r.Suggestion,
		AsOf: moment(r.AsOfMS), EvaluatedAt: moment(r.EvaluatedMS), ConfirmedAsOf: moment(r.ConfirmedAsOfMS), ConfirmedAt: moment(r.ConfirmedMS), SHA256: r.SHA256,
		LimitsInForce: limits, Checks: each(r.Body.Checks, func(c evidence.Result) EvidenceCheck { return checkOut(c, t) }),
		SourcesLastSeen: each(r.Sources(), func(s evidence.SourceAge) EvidenceSource {
			return EvidenceSource{s.Source, s.Count, moment(s.NewestMS)}
		})}
}

func checkOut(c evidence.Result, t text.Translator) EvidenceCheck {
	out := EvidenceCheck{Check: c.Check, Decides: c.Decides, State: c.State, FailingTotal: c.FailingTotal,
		Figures: each(c.Figures, func(f evidence.Figure) Figure { return Figure(f) }),
		Failing: each(c.Failing, func(i evidence.Item) Failing { return failingOut(i, t) })}
	if c.Missing != "" {
		out.Missing = t.T(c.Missing)
	}
	return out
}

func failingOut(i evidence.Item, t text.Translator) Failing {
	var args []any
	for name, v := range i.Args {
		switch {
		case v.Key != "":
			args = append(args, name, t.T(v.Key))
		case v.Day != "":
			args = append(args, name, v.Day)
		default:
			args = append(args, name, v.Text)
		}
	}
	return Failing{AssetID: i.AssetID, Ref: i.Ref, Label: i.Label, Code: strings.TrimPrefix(i.Reason, "evidence.reason."), Reason: t.T(i.Reason, args...)}
}

type listEvidenceIn struct {
	Paging
	Facility string `query:"facility" required:"true" maxLength:"100"`
	AsOf     string `query:"as_of" maxLength:"10" doc:"Day; today when not said."`
	Rule     string `query:"rule" maxLength:"40"`
}

func (a *API) listEvidence(ctx context.Context, p identity.Principal, in *listEvidenceIn) (*List[Evidence], error) {
	f, err := a.facility(ctx, p, identity.EvidenceRead, identity.EvidenceRead, in.Facility, "facility")
	if err != nil {
		return nil, err
	}
	_, atMS, err := a.momentOf("as_of", in.AsOf)
	if err != nil {
		return nil, err
	}
	found, err := evidence.LatestAll(ctx, a.DB, f.ID, atMS)
	if err != nil {
		return nil, err
	}
	var list []Evidence
	for _, k := range evidence.Keys(a.Catalog) {
		if r, ok := found[k]; ok && (in.Rule == "" || in.Rule == k.RuleID) {
			list = append(list, evidenceOut(r, translatorOf(ctx)))
		}
	}
	return window("evidence", list, in.Paging, func(e Evidence) string { return e.ID })
}

// evidence finds a record that p may see.
func (a *API) evidence(ctx context.Context, p identity.Principal, id string) (evidence.Record, error) {
	r, err := byID(ctx, a, id, evidence.Get)
	if err == nil {
		err = a.need(ctx, p, identity.EvidenceRead, identity.EvidenceRead, audit.Object{Kind: "evidence", ID: r.ID, Name: r.Key.RuleID, FacilityID: r.FacilityID}, "")
	}
	return r, err
}

func (a *API) getEvidence(ctx context.Context, p identity.Principal, in *ByID) (*One[Evidence], error) {
	r, err := a.evidence(ctx, p, in.ID)
	if err != nil {
		return nil, err
	}
	return one(evidenceOut(r, translatorOf(ctx))), nil
}

type evidenceHistoryIn struct {
	Paging
	Facility string         `query:"facility" required:"true" maxLength:"100"`
	Rule     string         `query:"rule" required:"true" maxLength:"40"`
	Target   catalog.Target `query:"target" required:"true" enum:"all,server,pc,network,org"`
	Variant  string         `query:"variant" maxLength:"40"`
	AsOf     string         `query:"as_of" maxLength:"10" doc:"Only facts up to this day; all when not said."`
}

func (a *API) evidenceHistory(ctx context.Context, p identity.Principal, in *evidenceHistoryIn) (*List[Evidence], error) {
	f, err := a.facility(ctx, p, identity.EvidenceRead, identity.EvidenceRead, in.Facility, "facility")
	if err != nil {
		return nil, err
	}
	key := evidence.Key{RuleID: in.Rule, Target: in.Target, Variant: in.Variant}
	if !slices.Contains(evidence.Keys(a.Catalog), key) {
		return nil, errNothing.At("rule")
	}
	after, err := unseal("evidence-history", in.Cursor)
	if err != nil {
		return nil, err
	}
	page := evidence.Page{Limit: in.Limit}
	if after != "" {
		ms, id, _ := strings.Cut(after, " ")
		if page.AfterMS, err = strconv.ParseInt(ms, 10, 64); err != nil {
			return nil, fault.Invalid("api.error.cursor").At("cursor")
		}
		page.AfterID = id
	}
	if in.AsOf != "" {
		if _, page.UntilMS, err = a.momentOf("as_of", in.AsOf); err != nil {
			return nil, err
		}
	}
	list, err := evidence.History(ctx, a.DB, f.ID, key, page)
	if err != nil {
		return nil, err
	}
	total, err := evidence.HistoryCount(ctx, a.DB, f.ID, key, page.UntilMS)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) == in.Limit {
		next = seal("evidence-history", strconv.FormatInt(list[len(list)-1].AsOfMS, 10)+" "+list[len(list)-1].ID)
	}
	return listOf(each(list, func(r evidence.Record) Evidence { return evidenceOut(r, translatorOf(ctx)) }), next, total), nil
}
