package web

import (
	"sonae/internal/edge/web/view"
	"sonae/internal/review/catalog"
)

// guidelineEdition is the edition whose items are catalogued.
const guidelineEdition = "6.0"

// lang is the reader's language as the catalog takes it.
func (c *call) lang() catalog.Lang { return catalog.Lang(c.tr.Lang()) }

// guidelineShow is the browser of the ministry's guideline: our own words, what
// proves an item, and where it stands; never the official sentences.
func guidelineShow(s *site, c *call) error {
	g, ok := s.deps.Catalog.Guideline(guidelineEdition)
	if !ok {
		return errNothing
	}
	page, err := c.page(c.tr.T("guideline.title"))
	if err != nil {
		return err
	}
	v := &view.Guideline{Page: page, Name: g.Title.In(c.lang()), Issued: string(g.Issued), Official: g.Page, Completeness: g.Completeness.In(c.lang())}
	part := g.Parts[0]
	if asked := c.r.URL.Query().Get("part"); asked != "" {
		found, ok := g.Part(catalog.Part(asked))
		if !ok {
			return errNothing
		}
		part = found
	}
	for _, p := range g.Parts {
		v.Parts = append(v.Parts, view.CountTab{Href: "/guideline?part=" + string(p.Part), Label: p.Title.In(c.lang()), Count: c.tr.Number(int64(len(p.Items()))), Current: p == part})
	}
	v.Reader = c.tr.T("guideline.reader." + string(part.Reader))
	for _, d := range g.Documents {
		if d.Part == part.Part {
			v.PartURL = d.URL
		}
	}
	rows := c.guidelineRows(g.ID)
	for _, ch := range part.Chapters {
		v.Chapters = append(v.Chapters, c.guidelineChapter(ch, rows))
	}
	return c.render(v)
}

// guidelineRows finds, for each item, the checklist rows that refer to it.
func (c *call) guidelineRows(edition string) map[string][]view.ChecklistLink {
	out := map[string][]view.ChecklistLink{}
	for _, e := range c.s.deps.Catalog.Editions() {
		for _, sheet := range e.Sheets {
			for _, row := range sheet.Rows {
				for _, ref := range row.GuidelineRefs {
					if ref.EditionID != edition {
						continue
					}
					for _, id := range ref.ItemIDs {
						out[id] = append(out[id], view.ChecklistLink{Href: "/checklists/" + e.ID + "/" + sheet.ID + "#" + row.ID, Label: e.Era.In(c.lang()) + " " + sheet.Title.In(c.lang()) + " " + row.Number, Title: row.Title.In(c.lang())})
					}
				}
			}
		}
	}
	return out
}

func (c *call) guidelineChapter(ch *catalog.Chapter, rows map[string][]view.ChecklistLink) view.GuidelineChapter {
	out := view.GuidelineChapter{Number: ch.Number, Title: ch.Title.In(c.lang())}
	for _, item := range ch.Items() {
		row := view.GuidelineItem{ID: item.ID, Number: item.Number, Heading: item.Heading.In(c.lang()), Provisional: item.Provisional(), Links: rows[item.ID], Cloud: item.CloudMaySimplify}
		if item.Section != nil {
			row.Section = item.Section.Number + " " + item.Section.Title.In(c.lang())
		}
		if req, ok := item.Requirement(); ok {
			row.Known, row.Summary, row.Evidence = true, req.Summary.In(c.lang()), req.EvidenceNote.In(c.lang())
			row.Mode = c.known("guideline.mode.", req.EvidenceMode)
			if req.LaterEdition != nil {
				row.Later = req.LaterEdition.Text.In(c.lang())
			}
		}
		for _, r := range item.Roles {
			row.Roles = append(row.Roles, c.known("guideline.reader.", string(r)))
		}
		out.Items = append(out.Items, row)
	}
	return out
}
