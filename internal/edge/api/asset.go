package api

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sonae/internal/identity"
	"sonae/internal/survey/asset"
)

func (a *API) registerAssets() {
	handle(a, op{method: get, path: "/assets", id: "listAssets", summary: "The ledger, filtered", action: identity.AssetRead,
		about: "Disposed assets are left out unless `status` asks for them. Filters that stand twice are alternatives; different filters all have to fit."}, a.listAssets)
	handle(a, op{method: post, path: "/assets", id: "createAsset", summary: "Enter an asset by hand", action: identity.AssetEdit, status: 201,
		about: "`values` holds fields by name, as in the answers. A serial number, tag or MAC address of another asset is a conflict."}, a.createAsset)
	handle(a, op{method: get, path: "/assets/{id}", id: "getAsset", summary: "One asset with where each value comes from", action: identity.AssetRead}, a.getAsset)
	handle(a, op{method: patch, path: "/assets/{id}", id: "updateAsset", summary: "Change fields by hand", action: identity.AssetEdit,
		about: "A value entered by hand wins over what machines report. null or \"\" takes the value entered by hand away, so that the reported one shows again. `rev` is the revision you saw."}, a.updateAsset)
	handle(a, op{method: patch, path: "/assets/bulk", id: "bulkUpdateAssets", summary: "Change fields of many assets: all or none", action: identity.AssetEdit}, a.bulkUpdateAssets)
	handle(a, op{method: post, path: "/assets/{id}/settle", id: "settleField", summary: "Settle what sources disagree about", action: identity.AssetEdit,
		about: "Say which value of a field is right. The value shown stays, and counts as settled until the other source says something new; a source's value is taken into the ledger; any other value is entered by hand."}, a.settleField)
	handle(a, op{method: post, path: "/assets/{id}/retire", id: "retireAsset", summary: "Record that an asset was disposed of", action: identity.AssetRetire}, a.retireAsset)
	handle(a, op{method: post, path: "/assets/{id}/move", id: "moveAsset", summary: "Give an asset to another facility", action: identity.AssetEdit}, a.moveAsset)
	a.registerAssetRows()
	a.registerAssetSetup()
	a.registerAttachments()
	a.registerExports()
	a.registerViews()
	a.registerConflicts()
}

// Asset is one row of the ledger.
type Asset struct {
	ID         string       `json:"id"`
	FacilityID string       `json:"facility_id"`
	Rev        int64        `json:"rev" doc:"Rises with every stored change; send it back when you change something. 0 in a view of the past."`
	Kind       asset.Kind   `json:"kind"`
	Status     asset.Status `json:"status"`
	Name       string       `json:"name" doc:"The name given, else the host name, else empty."`
	Values     asset.Values `json:"values" doc:"The value shown of every field that has one."`
	CreatedAt  *time.Time   `json:"created_at"`
	UpdatedAt  *time.Time   `json:"updated_at" doc:"Last change of any value, not of a mere confirmation."`
	LastSeenAt *time.Time   `json:"last_seen_at,omitempty" doc:"Last time an observing source saw it; absent when never."`
	LastSource asset.Source `json:"last_source,omitempty"`
	MainSource asset.Source `json:"main_source" doc:"Best source that knows it."`
	Required   int          `json:"required" doc:"Fields that a complete row of this kind has."`
	Missing    int          `json:"missing" doc:"How many of them are empty."`
	Disputed   int          `json:"contradictions" doc:"Fields about which sources disagree, unsettled."`
}

func assetOut(a asset.Asset) Asset {
	if a.Values == nil {
		a.Values = asset.Values{}
	}
	return Asset{ID: a.ID, FacilityID: a.FacilityID, Rev: a.Rev, Kind: a.Kind, Status: a.Status, Name: a.Name, Values: a.Values,
		CreatedAt: moment(a.CreatedMS), UpdatedAt: moment(a.UpdatedMS), LastSeenAt: moment(a.LastSeenMS), LastSource: a.LastSource,
		MainSource: a.MainSource, Required: a.Required, Missing: a.Missing, Disputed: a.Contradictions}
}

// Fact is one statement of one source about one field.
type Fact struct {
	Field       asset.Field  `json:"field"`
	Value       string       `json:"value"`
	Source      asset.Source `json:"source"`
	Section     string       `json:"section,omitempty" doc:"Part of the report it came in."`
	By          string       `json:"by,omitempty" doc:"Who entered it, when a person did."`
	SinceAt     *time.Time   `json:"since_at"`
	ConfirmedAt *time.Time   `json:"confirmed_at,omitempty" doc:"When the source said so last."`
	Shown       bool         `json:"shown" doc:"This is the value the ledger shows."`
	Contradicts bool         `json:"contradicts" doc:"The ledger shows another value although this source says this one, and nobody has settled it."`
	SettledBy   string       `json:"settled_by,omitempty" doc:"Who settled that the value shown stands although this source says this one."`
	SettledAt   *time.Time   `json:"settled_at,omitempty"`
}

func factOut(f asset.Fact) Fact {
	out := Fact{Field: f.Field, Value: f.Value, Source: f.Source, Section: f.Section, By: f.By, SinceAt: moment(f.FirstMS), ConfirmedAt: moment(f.LastMS),
		Shown: f.Winning, Contradicts: f.Contradicts}
	if f.Settled {
		out.SettledBy, out.SettledAt = f.Decision.By, moment(f.Decision.AtMS)
	}
	return out
}

// Membership is a device's place in a medical information system.
type Membership struct {
	ID      string     `json:"id" doc:"Of the other side: the system for a device, the device for a system."`
	Name    string     `json:"name"`
	Kind    asset.Kind `json:"kind"`
	Role    string     `json:"role"`
	By      string     `json:"by"`
	SinceAt *time.Time `json:"since_at"`
	GoneAt  *time.Time `json:"gone_at,omitempty"`
}

func membershipOut(m asset.Member, id string) Membership {
	return Membership{ID: id, Name: m.Name, Kind: m.Kind, Role: m.Role, By: m.By, SinceAt: moment(m.FirstMS), GoneAt: moment(m.GoneMS)}
}

// AssetDetail is an asset with where its values come from.
type AssetDetail struct {
	Asset
	MissingFields []asset.Field `json:"missing_fields"`
	Facts         []Fact        `json:"facts"`
	Systems       []Membership  `json:"systems" doc:"Medical information systems it belongs to."`
	Sections      []Section     `json:"sections" doc:"When each part of each source's report was last confirmed; empty in a view of the past."`
}

// Section is a part of a source's report.
type Section struct {
	Source      asset.Source `json:"source"`
	Section     string       `json:"section"`
	ReceivedAt  *time.Time   `json:"received_at" doc:"When its content last came."`
	ConfirmedAt *time.Time   `json:"confirmed_at"`
}

type assetAsOfIn struct {
	ByID
	Moment
}

func (a *API) getAsset(ctx context.Context, p identity.Principal, in *assetAsOfIn) (*One[AssetDetail], error) {
	row, err := a.asset(ctx, p, identity.AssetRead, in.ID)
	if err != nil {
		return nil, err
	}
	atMS, err := in.ms(translatorOf(ctx).Zone())
	if err != nil {
		return nil, err
	}
	detail, err := a.assetDetail(ctx, p, row, atMS)
	if err != nil {
		return nil, err
	}
	return one(detail), nil
}

func (a *API) assetDetail(ctx context.Context, p identity.Principal, row asset.Asset, atMS int64) (AssetDetail, error) {
	scope := scopeOf(p, identity.AssetRead)
	var facts []asset.Fact
	var seen []asset.SectionSeen
	var err error
	if atMS != 0 {
		row, facts, err = asset.AsOf(ctx, a.DB, scope, row.ID, atMS)
	} else if facts, err = asset.Facts(ctx, a.DB, row.ID); err == nil {
		seen, err = asset.LastSeen(ctx, a.DB, row.ID)
	}
	if err != nil {
		return AssetDetail{}, err
	}
	systems, err := asset.SystemsOf(ctx, a.DB, scope, row.ID, atMS)
	if err != nil {
		return AssetDetail{}, err
	}
	return AssetDetail{Asset: assetOut(row), MissingFields: full(asset.Missing(row.Kind, row.Values)), Facts: each(facts, factOut),
		Systems: each(systems, func(m asset.Member) Membership { return membershipOut(m, m.SystemID) }),
		Sections: each(seen, func(s asset.SectionSeen) Section {
			return Section{Source: s.Source, Section: s.Section, ReceivedAt: moment(s.BodyMS), ConfirmedAt: moment(s.SeenMS)}
		})}, nil
}

// AssetFilter is what lists of assets are narrowed by: the filters of the ledger, with the names of saved views and page
// addresses.
type AssetFilter struct {
	Q                 string         `query:"q" maxLength:"500" doc:"Words that all have to occur somewhere."`
	Facility          []string       `query:"facility,explode" maxItems:"100"`
	Kind              []asset.Kind   `query:"kind,explode" maxItems:"20"`
	Status            []asset.Status `query:"status,explode" maxItems:"20"`
	Department        []string       `query:"department,explode" maxItems:"100" doc:"An empty value finds assets without one; the same for the next four."`
	Room              []string       `query:"room,explode" maxItems:"100"`
	Custodian         []string       `query:"custodian,explode" maxItems:"100"`
	OS                []string       `query:"os,explode" maxItems:"100"`
	Vendor            []string       `query:"vendor,explode" maxItems:"100"`
	Source            []asset.Source `query:"source,explode" maxItems:"20" doc:"Best source that knows the asset."`
	Criticality       []string       `query:"criticality,explode" maxItems:"10"`
	System            string         `query:"system" maxLength:"100" doc:"Devices of this medical information system."`
	StaleDays         int            `query:"stale_days" minimum:"0" maximum:"3650" doc:"Not seen and not verified for more than so many days."`
	Attention         bool           `query:"attention" doc:"Something is to be looked at: support over or ending within 90 days, silent for too long, a protection switched off on purpose, sources disagree, a required field empty, or never seen and never verified."`
	Incomplete        bool           `query:"incomplete" doc:"A required field is empty."`
	Contradicting     bool           `query:"contradicting" doc:"Sources disagree and nobody has settled it."`
	SwitchedOff       bool           `query:"switched_off" doc:"A protection was switched off on purpose."`
	SupportEndsBy     string         `query:"support_ends_by" maxLength:"10" doc:"Day; support ends on it or before."`
	RemoteMaintenance []string       `query:"remote_maintenance,explode" maxItems:"5"`
	InternetFacing    []string       `query:"internet_facing,explode" maxItems:"5"`
	PatientData       []string       `query:"patient_data,explode" maxItems:"5"`
	Silence           []string       `query:"silence,explode" maxItems:"3" doc:"A source of the asset is silent, late or excepted; see /silence. Not for a past day."`

	values url.Values // as sent: huma takes an empty value for none
}

// Resolve implements huma.Resolver: it keeps the query as it was sent.
func (f *AssetFilter) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	f.values = u.Query()
	return nil
}

// filter gives the ledger's filter for a right; facilities and the system are
// checked like any other identifier.
func (a *API) filter(ctx context.Context, p identity.Principal, action identity.Action, in *AssetFilter) (asset.Filter, error) {
	for name, on := range map[string]bool{"attention": in.Attention, "incomplete": in.Incomplete, "contradicting": in.Contradicting, "switched_off": in.SwitchedOff} {
		in.values.Del(name)
		if on {
			in.values.Set(name, "1")
		}
	}
	f, err := asset.ParseFilter(in.values)
	if err != nil {
		return f, err
	}
	if len(f.FacilityIDs) > 0 {
		if f.FacilityIDs, err = a.facilities(ctx, p, action, f.FacilityIDs); err != nil {
			return f, err
		}
	}
	if f.SystemID != "" {
		if _, err := a.asset(ctx, p, action, f.SystemID); err != nil {
			return f, at(err, "system")
		}
	}
	f.Scope, f.NowMS, f.Zone = scopeOf(p, action), a.nowMS(), translatorOf(ctx).Zone()
	return f, nil
}

type listAssetsIn struct {
	Paging
	Moment
	AssetFilter
	Sort   string `query:"sort" maxLength:"60" doc:"Field of a list column, with - before it for falling order; empty = name."`
	Facets bool   `query:"facets" doc:"Also count by the values of the main fields, each without its own filter."`
}

// AssetList is a page of the ledger.
type AssetList struct {
	Body struct {
		Items  []Asset `json:"items"`
		Next   string  `json:"next" doc:"Cursor of the next page; empty on the last one."`
		Total  int     `json:"total" doc:"Rows in all, on all pages."`
		Facets []Facet `json:"facets,omitempty"`
		// Overview goes with the facets.
		Overview *Overview `json:"overview,omitempty"`
	}
}

// Overview counts what the filter finds whatever its kind.
type Overview struct {
	All       int     `json:"all"`
	Attention int     `json:"attention" doc:"How many of them have something to be looked at."`
	Kinds     []Count `json:"kinds"`
}

// Facet counts assets by the values of a field.
type Facet struct {
	Field  asset.Field `json:"field"`
	Counts []Count     `json:"counts" doc:"Most first; at most 200."`
}

// Count is one value of a facet.
type Count struct {
	Value string `json:"value" doc:"Empty = no value."`
	Count int    `json:"count"`
}

func (a *API) listAssets(ctx context.Context, p identity.Principal, in *listAssetsIn) (*AssetList, error) {
	f, err := a.filter(ctx, p, identity.AssetRead, &in.AssetFilter)
	if err != nil {
		return nil, err
	}
	field, desc := strings.CutPrefix(in.Sort, "-")
	atMS, err := in.ms(translatorOf(ctx).Zone())
	if err != nil {
		return nil, err
	}
	ask := asset.Page{Sort: asset.Sort{By: asset.Field(field), Desc: desc}, Limit: in.Limit, Cursor: in.Cursor, Facets: in.Facets}
	var page asset.ListPage
	if atMS == 0 {
		page, err = asset.List(ctx, a.DB, f, ask)
	} else {
		page, err = asset.ListAsOf(ctx, a.DB, f, ask, atMS)
	}
	if err != nil {
		return nil, err
	}
	var out AssetList
	out.Body.Items, out.Body.Next, out.Body.Total = each(page.Items, assetOut), page.Next, page.Total
	if !in.Facets {
		return &out, nil
	}
	count := func(c asset.Count) Count { return Count{c.Value, c.N} }
	out.Body.Facets = each(page.Facets, func(f asset.Facet) Facet { return Facet{Field: f.Field, Counts: each(f.Counts, count)} })
	out.Body.Overview = &Overview{All: page.Overview.All, Attention: page.Overview.Attention, Kinds: each(page.Overview.ByKind, count)}
	return &out, nil
}
