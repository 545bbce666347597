package api

import (
	"context"
	"slices"
	"strings"

	"sonae/internal/identity"
	"sonae/internal/review/catalog"
)

func (a *API) registerGuideline() {
	handle(a, op{method: get, path: "/guideline/{edition}", id: "listGuideline", summary: "Items of the guideline, in our own words", action: identity.GuidelineRead,
		about: "Items of which only the number is known are left out unless `unknown` asks for them; they never have a requirement."}, a.listGuideline)
}

// GuidelineItem is one numbered item (遵守事項).
type GuidelineItem struct {
	ID             string         `json:"id"`
	Part           catalog.Part   `json:"part" doc:"governance, management or control."`
	PartTitle      catalog.Text   `json:"part_title"`
	Chapter        int            `json:"chapter"`
	ChapterTitle   catalog.Text   `json:"chapter_title"`
	Section        string         `json:"section,omitempty"`
	Heading        catalog.Text   `json:"heading"`
	Number         string         `json:"number"`
	NumberVerified bool           `json:"number_verified"`
	Verified       bool           `json:"verified"`
	Provisional    bool           `json:"provisional" doc:"Its duty, or its number, was not confirmed."`
	ContentKnown   bool           `json:"content_known"`
	Roles          []catalog.Role `json:"roles"`
	AppliesTo      []string       `json:"applies_to" doc:"Types of institution; empty = unknown."`
	SourcePage     string         `json:"source_page,omitempty"`
	Requirement    *Requirement   `json:"requirement,omitempty" doc:"Absent when only the number is known."`
}

// Requirement is what an item asks, in our own words.
type Requirement struct {
	Summary      catalog.Text  `json:"summary"`
	EvidenceMode string        `json:"evidence_mode" doc:"automatic, assisted, document or attestation."`
	EvidenceNote catalog.Text  `json:"evidence_note"`
	LaterEdition string        `json:"later_edition,omitempty"`
	LaterNote    *catalog.Text `json:"later_note,omitempty" doc:"What public notes report about a later edition."`
}

func guidelineItemOut(i *catalog.Item) GuidelineItem {
	out := GuidelineItem{ID: i.ID, Part: i.Part.Part, PartTitle: i.Part.Title, Chapter: i.Chapter.Number, ChapterTitle: i.Chapter.Title, Heading: i.Heading,
		Number: i.Number, NumberVerified: i.NumberVerified, Verified: i.Verified, Provisional: i.Provisional(), ContentKnown: i.ContentKnown(),
		Roles: full(i.Roles), AppliesTo: full(i.AppliesTo), SourcePage: i.SourcePage}
	if i.Section != nil {
		out.Section = i.Section.Number
	}
	if req, ok := i.Requirement(); ok {
		out.Requirement = &Requirement{Summary: req.Summary, EvidenceMode: req.EvidenceMode, EvidenceNote: req.EvidenceNote}
		if later := req.LaterEdition; later != nil {
			out.Requirement.LaterEdition, out.Requirement.LaterNote = later.EditionID, &later.Text
		}
	}
	return out
}

type listGuidelineIn struct {
	Paging
	Edition string       `path:"edition" maxLength:"20" example:"6.0"`
	Part    catalog.Part `query:"part" enum:"governance,management,control"`
	Role    catalog.Role `query:"role" enum:"executive,planning_manager,operator"`
	Q       string       `query:"q" maxLength:"200" doc:"In number or summary."`
	Unknown bool         `query:"unknown" doc:"Items of which only the number is known, too."`
}

func (in *listGuidelineIn) wants(i *catalog.Item) bool {
	if in.Part != "" && i.Part.Part != in.Part || in.Role != "" && !slices.Contains(i.Roles, in.Role) || !in.Unknown && !i.ContentKnown() {
		return false
	}
	if in.Q == "" {
		return true
	}
	req, _ := i.Requirement()
	return strings.Contains(strings.ToLower(i.ID+" "+i.Number+" "+req.Summary.JA+" "+req.Summary.EN), strings.ToLower(in.Q))
}

func (a *API) listGuideline(_ context.Context, _ identity.Principal, in *listGuidelineIn) (*List[GuidelineItem], error) {
	g, ok := a.Catalog.Guideline(in.Edition)
	if !ok {
		return nil, errNothing
	}
	var list []GuidelineItem
	for _, part := range g.Parts {
		for _, i := range part.Items() {
			if in.wants(i) {
				list = append(list, guidelineItemOut(i))
			}
		}
	}
	return window("guideline", list, in.Paging, func(i GuidelineItem) string { return i.ID })
}
