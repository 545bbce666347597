package inspection

import (
	"fmt"
	"strings"
	"time"

	"sonae/internal/platform/document"
	"sonae/internal/survey/asset"
)

// seenDays is "30 days" of the ledger's summary, as the design of the pack has it.
const seenDays = 30

// ledgerPages is chapter 2: a summary by kind, then every asset, kind by kind.
func (c *content) ledgerPages(p *document.PDF) {
	p.PageBreak()
	p.Heading(1, "2. "+c.tr.T("pack.ledger", "N", c.tr.Number(int64(len(c.ledger)))))
	if len(c.ledger) == 0 {
		p.Paragraph(c.tr.T("pack.ledger_empty"))
		return
	}
	groups := c.kinds()
	c.ledgerSummary(p, groups)
	p.SetPaper(document.A4Landscape)
	for i, g := range groups {
		p.Heading(2, fmt.Sprintf("2.%d %s", i+1, c.tr.T("pack.kind", "Kind", c.tr.T("asset.kind."+string(g.kind)), "N", c.tr.Number(int64(len(g.assets))))))
		p.Table(c.ledgerRows(g))
	}
	p.SetPaper(document.A4Portrait)
}

// kindGroup is the assets of one kind.
type kindGroup struct {
	kind   asset.Kind
	assets []asset.Asset
}

// kinds cuts the ledger, which is in order of kinds.
func (c *content) kinds() []kindGroup {
	var groups []kindGroup
	for _, a := range c.ledger {
		if n := len(groups); n == 0 || groups[n-1].kind != a.Kind {
			groups = append(groups, kindGroup{kind: a.Kind})
		}
		g := &groups[len(groups)-1]
		g.assets = append(g.assets, a)
	}
	return groups
}

// ledgerSummary counts by kind what an inspector asks first.
func (c *content) ledgerSummary(p *document.PDF, groups []kindGroup) {
	t := document.Table{Columns: []document.Column{{Title: c.tr.T("asset.field.kind"), Weight: 1}}}
	for i, key := range []string{"count", "complete", "seen", "support_ended"} {
		t.Columns = append(t.Columns, document.Column{Title: c.tr.T("pack.summary." + key), WidthMM: []float64{20, 46, 32, 30}[i], Align: document.Right})
	}
	var total [4]int
	for _, g := range groups {
		n := c.count(g.assets)
		for i := range total {
			total[i] += n[i]
		}
		t.Rows = append(t.Rows, c.summaryRow(c.tr.T("asset.kind."+string(g.kind)), n))
	}
	row := c.summaryRow(c.tr.T("pack.summary.total"), total)
	for i := range row {
		row[i].Bold, row[i].Shade = true, true
	}
	t.Rows = append(t.Rows, row)
	p.Label(c.tr.T("pack.summary.title"))
	p.Table(t)
}

func (c *content) summaryRow(name string, n [4]int) []document.Cell {
	row := document.Cells(name)
	for _, v := range n {
		row = append(row, document.Cell{Text: c.tr.Number(int64(v))})
	}
	return row
}

// count gives: assets, with place, status and custodian, seen or verified in 30
// days, out of support.
func (c *content) count(list []asset.Asset) (n [4]int) {
	since := time.UnixMilli(c.asOfMS).AddDate(0, 0, -seenDays)
	for _, a := range list {
		v := a.Values
		n[0]++
		if v[asset.FieldRoom]+v[asset.FieldBuilding] != "" && v[asset.FieldCustodian]+v[asset.FieldDepartment] != "" {
			n[1]++
		}
		if a.LastSeenMS >= since.UnixMilli() || v[asset.FieldVerifiedOn] >= today(since.UnixMilli()) {
			n[2]++
		}
		if on := v[asset.FieldSupportEndsOn]; on != "" && on < today(c.asOfMS) {
			n[3]++
		}
	}
	return n
}

// ledgerRows are all assets of a kind. A cell with two parts has them on two lines.
func (c *content) ledgerRows(g kindGroup) document.Table {
	t := document.Table{SizePt: 7, Columns: c.ledgerColumns()}
	for _, a := range g.assets {
		w := func(fields ...asset.Field) string { return c.join(a, fields...) }
		name := a.Name
		if name == "" {
			name = c.tr.T("evidence.unnamed")
		}
		seen := ""
		if a.LastSeenMS > 0 {
			seen = c.tr.Date(clock(a.LastSeenMS))
		} else if on := a.Values[asset.FieldVerifiedOn]; on != "" {
			seen = c.tr.Date(dayOf(on))
		}
		support := ""
		if on := a.Values[asset.FieldSupportEndsOn]; on != "" {
			support = c.tr.Date(dayOf(on))
		}
		t.Rows = append(t.Rows, document.Cells(lines(name, w(asset.FieldAssetTag)), lines(w(asset.FieldMaker, asset.FieldModel), w(asset.FieldSerial)),
			lines(w(asset.FieldBuilding, asset.FieldRoom)), c.word(asset.FieldStatus, string(a.Status)), lines(w(asset.FieldDepartment), w(asset.FieldCustodian)),
			lines(w(asset.FieldOSName, asset.FieldOSVersion), w(asset.FieldFirmwareVersion)), lines(w(asset.FieldIP), w(asset.FieldMAC)), support, w(asset.FieldVendor), seen))
	}
	return t
}

// ledgerColumns share the 261 mm of an A4 sheet on its side.
func (c *content) ledgerColumns() []document.Column {
	var cols []document.Column
	for _, s := range []struct {
		key     string
		widthMM float64
	}{{"name", 26}, {"model", 30}, {"place", 24}, {"status", 13}, {"custodian", 21}, {"os", 40}, {"address", 30}, {"support", 25}, {"vendor", 27}, {"seen", 25}} {
		cols = append(cols, document.Column{Title: c.tr.T("pack.ledger_col." + s.key), WidthMM: s.widthMM})
	}
	return cols
}

// join writes fields of an asset after each other, empty ones left out.
func (c *content) join(a asset.Asset, fields ...asset.Field) string {
	var parts []string
	for _, f := range fields {
		if v := a.Values[f]; v != "" {
			parts = append(parts, c.word(f, v))
		}
	}
	return strings.Join(parts, " ")
}

// lines joins what is not empty by line breaks.
func lines(parts ...string) string {
	var out []string
	for _, s := range parts {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "\n")
}
