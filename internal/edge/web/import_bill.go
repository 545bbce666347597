package web

import (
	"context"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
	"sonae/internal/survey/sbom"
	"sonae/internal/survey/software"
)

// fillBill shows a draft of a bill of materials: what it says of itself, which asset it
// may be about, and what would change there.
func (c *call) fillBill(v *view.ImportShow, m intake.Import) error {
	report, err := m.Foresee(c.r.Context(), c.s.deps.DB, c.s.deps.Door, c.nowMS(), c.tr)
	if err != nil {
		return err
	}
	v.Bill = c.billView(report.Bill)
	v.ReadAs = v.Bill.Form
	if err := c.billAsset(v, m); err != nil {
		return err
	}
	if v.CanImport {
		if err := c.billProposals(v, m, report.Bill.Subject); err != nil {
			return err
		}
	}
	c.importPlan(v, report.Counts, report.Rows)
	v.Ready = 0
	if v.AssetHref != "" {
		v.Ready = report.Counts.Rows - report.Counts.Refuse - report.Counts.Gone
	}
	return nil
}

// billAsset names the asset that an import of a bill is about, if somebody chose one that
// the person may see.
func (c *call) billAsset(v *view.ImportShow, m intake.Import) error {
	if m.Order.AssetID == "" {
		return nil
	}
	a, err := asset.Get(c.r.Context(), c.s.deps.DB, c.assetScope(identity.AssetRead), m.Order.AssetID)
	if fault.Is(err, fault.CodeNotFound) {
		return nil
	}
	v.AssetHref, v.AssetName = assetPath+"/"+a.ID+"/software", c.assetLabel(a)
	return err
}

// billProposals offers assets to choose from: those that the document speaks of, or that
// the person searches for.
func (c *call) billProposals(v *view.ImportShow, m intake.Import, s intake.BillSubject) error {
	v.Q = clean(c.r.URL.Query().Get("q"), 100)
	v.Asking = v.AssetHref == "" || v.Q != ""
	about := sbom.Subject{Name: s.Name, Serial: s.Serial}
	list, err := intake.Proposals(c.r.Context(), c.s.deps.DB, c.assetScope(identity.AssetRead), m.Order.FacilityID, about, v.Q)
	if err != nil {
		return err
	}
	for _, p := range list {
		values := p.Asset.Values
		one := view.ImportProposal{ID: p.Asset.ID, Name: c.assetLabel(p.Asset), Href: assetPath + "/" + p.Asset.ID, Kind: c.tr.T(kindKey(p.Asset.Kind)),
			Model: strings.TrimSpace(values[asset.FieldMaker] + " " + values[asset.FieldModel]), Serial: values[asset.FieldSerial], Current: p.Asset.ID == m.Order.AssetID}
		if p.Reason != "" {
			one.Reason = c.tr.T("intake.reason." + p.Reason)
		}
		v.Proposals = append(v.Proposals, one)
	}
	v.More = len(list) >= intake.MaxProposals
	return nil
}

// billView puts a bill of materials into the reader's words.
func (c *call) billView(r *intake.BillReport) *view.ImportBill {
	b := &view.ImportBill{Form: r.Standard + " " + r.Version + " · " + strings.ToUpper(r.Encoding), Subject: strings.TrimSpace(r.Subject.Name + " " + r.Subject.Version), Supplier: r.Subject.Supplier,
		Serial: r.Subject.Serial, Authors: strings.Join(r.Authors, " · "), ID: r.DocumentID, Components: c.tr.Number(int64(r.Components))}
	if r.Charset != "utf-8" {
		b.Form += " · " + strings.ToUpper(r.Charset)
	}
	if r.WrittenAt != nil {
		b.WrittenMS = store.MS(*r.WrittenAt)
	}
	if r.NoVersion > 0 {
		b.Notes = append(b.Notes, c.tr.T("intake.bill.no_version", "Count", c.tr.Number(int64(r.NoVersion))))
	}
	if r.NoID > 0 {
		b.Notes = append(b.Notes, c.tr.T("intake.bill.no_id", "Count", c.tr.Number(int64(r.NoID))))
	}
	var left []string
	for _, l := range r.LeftOut {
		left = append(left, c.known("intake.bill.left.", l.Kind)+" "+c.tr.Number(int64(l.Count)))
	}
	if len(left) > 0 {
		b.LeftOut = c.tr.T("intake.bill.left_out", "List", strings.Join(left, " · "))
	}
	if before := r.Before; before != nil {
		b.Before = c.tr.T("intake.bill.before.text", "File", before.FileName, "Subject", before.Subject, "Version", before.Version, "Count", c.tr.Number(before.Components), "At", c.tr.DateTime(before.Since))
		if before.Newer {
			b.Warnings = append(b.Warnings, c.tr.T("intake.bill.older"))
		}
		if before.Other {
			b.Warnings = append(b.Warnings, c.tr.T("intake.bill.other"))
		}
	}
	return b
}

// importPart adds what is told of a component.
func (c *call) importPart(line *view.ImportLine, r intake.RowReport) {
	if p := r.Part; p != nil {
		var parts []string
		for _, s := range []string{p.Kind, p.Supplier, p.Licence} {
			if s != "" {
				parts = append(parts, s)
			}
		}
		line.How = strings.Join(parts, " · ")
		if line.Contents = p.PURL; line.Contents == "" {
			line.Contents = p.CPE
		}
	}
	for _, ch := range r.Parts {
		line.Changes = append(line.Changes, view.ImportChange{Label: c.tr.T("intake.part." + ch.Part), Old: ch.Old, New: orSame(ch.New, c.tr.T("intake.empty_value"))})
	}
}

// importChoose says which asset a bill of materials is about.
func importChoose(_ *site, c *call) error {
	if err := c.form(); err != nil {
		return err
	}
	a, err := c.importAsset()
	if err != nil {
		return err
	}
	return c.importChange("chosen", "intake.bill.picked", func(ctx context.Context, tx *store.Tx, m intake.Import) (intake.Import, error) {
		return intake.Choose(ctx, tx, m.ID, a.ID)
	})
}

// billRows lists the bills of materials of an asset.
func (c *call) billRows(o openAsset) ([]view.BillRow, error) {
	list, err := software.Bills(c.r.Context(), c.s.deps.DB, o.ID)
	var out []view.BillRow
	for _, b := range list {
		if o.atMS != 0 && (b.FirstMS > o.atMS || b.GoneMS != 0 && b.GoneMS <= o.atMS) {
			continue
		}
		out = append(out, view.BillRow{ImportID: b.ID, File: b.FileName, Subject: strings.TrimSpace(b.Subject + " " + b.Version), Supplier: b.Supplier, Form: b.Standard + " " + b.SpecVersion,
			WrittenMS: b.WrittenMS, SinceMS: b.FirstMS, GoneMS: b.GoneMS, By: b.By, Components: int(b.Components)})
	}
	return out, err
}
