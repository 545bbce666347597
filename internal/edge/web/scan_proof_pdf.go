package web

import (
	"context"
	"strings"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/document"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network/scan"
)

// scanProofFormats are the files that a proof can be had as.
var scanProofFormats = []string{"pdf", "csv"}

// scanProofSheet writes the proof as a PDF. The same record, looked up at the same moment,
// gives the same bytes.
func (c *call) scanProofSheet(v *view.ScanProof, p scan.Proof) error {
	if err := c.scanProofTaken("pdf", p); err != nil {
		return err
	}
	title, nowMS := c.tr.T("scan.proof.title"), c.nowMS()
	c.attachment("sonae-scan-proof-"+c.today()+".pdf", "application/pdf")
	doc := document.NewPDF(document.PDFOptions{Title: title + " " + v.Name, Lang: c.tr.Lang(), Created: store.Time(nowMS),
		HeaderLeft: v.Facility + "　" + title, HeaderRight: c.tr.T("scan.proof.asof") + " " + c.stamp(nowMS), FooterLeft: "Sonae", MissingNote: c.tr.T("pack.missing_glyphs")})
	doc.Title(v.Facility, title, v.Name)
	doc.Heading(1, v.Verdict)
	facts := [][]document.Cell{
		document.Cells(c.tr.T("scan.proof.device"), v.Name), document.Cells(c.tr.T("scan.proof.checked"), v.Addresses), document.Cells(c.tr.T("scan.proof.period"), v.Period),
		document.Cells(c.tr.T("scan.proof.runs"), v.Runs), document.Cells(c.tr.T("scan.proof.asof"), c.stamp(nowMS)),
	}
	if !v.Whole {
		facts = append(facts, document.Cells(c.tr.T("scan.proof.kept"), c.stamp(v.KeptMS)))
	}
	doc.Table(document.Table{Columns: []document.Column{{Title: c.tr.T("scan.proof.item"), WidthMM: 45}, {Title: c.tr.T("scan.proof.value")}}, Rows: facts})
	doc.Heading(2, c.tr.T("scan.proof.how"))
	doc.Paragraph(c.tr.T("scan.proof.how.text"))
	c.scanProofLines(doc, "scan.proof.sent", "", v.Sent)
	c.scanProofLines(doc, "scan.proof.maybe", "scan.proof.maybe.note", v.Maybe)
	c.scanProofLines(doc, "scan.proof.left_out", "", v.LeftOut)
	if v.More > 0 {
		doc.Paragraph(c.tr.T("scan.proof.more", "Count", v.More))
	}
	doc.Note(strings.ReplaceAll(c.tr.T("scan.proof.note"), "`", ""))
	_, err := doc.Render(c.w)
	return c.broken(err)
}

// scanProofLines adds one list of the proof; none when it is empty.
func (c *call) scanProofLines(doc *document.PDF, title, note string, lines []view.ScanSentLine) {
	if len(lines) == 0 {
		return
	}
	doc.Heading(2, c.tr.T(title))
	if note != "" {
		doc.Paragraph(c.tr.T(note))
	}
	t := document.Table{Columns: []document.Column{{Title: c.tr.T("scan.first"), WidthMM: 34}, {Title: c.tr.T("scan.lastsent"), WidthMM: 34}, {Title: c.tr.T("scan.address")}, {Title: c.tr.T("scan.how")}, {Title: c.tr.T("scan.packets"), WidthMM: 18, Align: document.Right}, {Title: c.tr.T("scan.name")}}}
	for _, l := range lines {
		how := l.How
		if l.Rule != "" {
			how = l.Rule
		}
		t.Rows = append(t.Rows, document.Cells(c.stamp(l.FirstMS), c.stamp(l.LastMS), strings.TrimSpace(l.Address+" "+l.MAC), how, l.Packets, l.RunName))
	}
	doc.Table(t)
}

// scanProofTaken checks the right to take a proof along, and notes that it was.
func (c *call) scanProofTaken(format string, p scan.Proof) error {
	if err := c.need(identity.NetworkRead, identity.NetworkExport, p.Subject.FacilityID, ""); err != nil {
		return err
	}
	return audit.Do(c.r.Context(), c.s.deps.DB, c.who, identity.NetworkExport, audit.Object{Kind: "scan_proof", ID: p.Subject.AssetID, Name: p.Subject.Name, FacilityID: p.Subject.FacilityID},
		func(context.Context, *store.Tx) (any, error) {
			return map[string]any{"format": format, "from_ms": p.FromMS, "to_ms": p.ToMS, "sent": len(p.Sent), "maybe": len(p.Maybe)}, nil
		})
}
