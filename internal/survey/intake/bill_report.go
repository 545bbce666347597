package intake

import (
	"context"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/survey/sbom"
	"sonae/internal/survey/software"
)

// BillReport is what a bill of materials says of itself.
type BillReport struct {
	Standard   string      `json:"standard" doc:"CycloneDX or SPDX."`
	Version    string      `json:"version" doc:"Of the standard."`
	Encoding   string      `json:"encoding" doc:"json, xml or tag-value."`
	Charset    string      `json:"charset"`
	DocumentID string      `json:"document_id,omitempty" doc:"Serial number or namespace of the document."`
	Revision   int         `json:"revision,omitempty" doc:"How often its maker has written it anew."`
	WrittenAt  *time.Time  `json:"written_at,omitempty" doc:"As the document says."`
	Authors    []string    `json:"authors,omitempty" doc:"People and programs that wrote it."`
	Subject    BillSubject `json:"subject" doc:"What it says it is about."`
	Components int         `json:"components"`
	NoVersion  int         `json:"no_version" doc:"Components without a version."`
	NoID       int         `json:"no_id" doc:"Components with neither package URL nor CPE."`
	LeftOut    []LeftOut   `json:"left_out,omitempty" doc:"What is no software, by kind."`
	Before     *BillBefore `json:"before,omitempty" doc:"The bill of the asset that this one would replace."`
}

// BillSubject is what a document says it is about.
type BillSubject struct {
	Name     string `json:"name,omitempty"`
	Version  string `json:"version,omitempty"`
	Supplier string `json:"supplier,omitempty"`
	Serial   string `json:"serial,omitempty"`
}

// LeftOut counts what was not taken.
type LeftOut struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// BillBefore is the bill in force.
type BillBefore struct {
	ImportID   string    `json:"import_id"`
	FileName   string    `json:"file_name"`
	Subject    string    `json:"subject"`
	Version    string    `json:"version"`
	Since      time.Time `json:"since"`
	Components int64     `json:"components"`
	// Newer: it says that it was written after the one that would replace it.
	Newer bool `json:"newer,omitempty" doc:"It was written after the one that would replace it."`
	// Other: it says that it is about something of another name.
	Other bool `json:"other,omitempty" doc:"It says that it is about something of another name."`
}

// PartReport is a component.
type PartReport struct {
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Version  string `json:"version"`
	Supplier string `json:"supplier"`
	PURL     string `json:"purl"`
	CPE      string `json:"cpe"`
	Licence  string `json:"licence"`
	Hashes   string `json:"hashes"`
}

// DescribeBill tells what a document says of itself, beside the bill in force.
func DescribeBill(doc sbom.Document, before software.Bill) *BillReport {
	s := doc.Subject
	r := &BillReport{Standard: doc.Standard, Version: doc.Version, Encoding: doc.Encoding, Charset: doc.Charset, DocumentID: doc.ID, Revision: doc.Revision, WrittenAt: timeOf(doc.CreatedMS),
		Authors: doc.Authors, Subject: BillSubject{s.Name, s.Version, s.Supplier, s.Serial}, Components: len(doc.Components)}
	for _, c := range doc.Components {
		if c.Version == "" {
			r.NoVersion++
		}
		if c.PURL == "" && c.CPE == "" {
			r.NoID++
		}
	}
	for _, l := range doc.LeftOut {
		r.LeftOut = append(r.LeftOut, LeftOut{l.Kind, l.Count})
	}
	if before.ID != "" {
		r.Before = &BillBefore{ImportID: before.ID, FileName: before.FileName, Subject: before.Subject, Version: before.Version, Since: time.UnixMilli(before.FirstMS).UTC(), Components: before.Components,
			Newer: before.WrittenMS > doc.CreatedMS && doc.CreatedMS > 0, Other: before.Subject != "" && s.Name != "" && software.NameKey(before.Subject) != software.NameKey(s.Name)}
	}
	return r
}

func timeOf(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	at := time.UnixMilli(ms).UTC()
	return &at
}

// ForeseeBill works out what a draft of a bill would do now.
func ForeseeBill(ctx context.Context, q store.Querier, m Import, tr text.Translator) (Report, error) {
	doc, err := m.Bill(ctx, q)
	if err != nil {
		return Report{}, err
	}
	return describeBill(ctx, q, m.Order, m.FileName, doc, tr)
}

func describeBill(ctx context.Context, q store.Querier, o Order, name string, doc sbom.Document, tr text.Translator) (Report, error) {
	p, err := foreseeBill(ctx, q, o, doc)
	if err != nil {
		return Report{}, err
	}
	r := Report{File: name, Format: string(FormBill), Charset: doc.Charset, Counts: p.Counts, Rows: make([]RowReport, len(p.Rows)), Bill: DescribeBill(doc, p.before)}
	for i, row := range p.Rows {
		r.Rows[i] = describeRow(row, tr)
	}
	return r, nil
}

func describePart(c *software.Component) *PartReport {
	if c == nil {
		return nil
	}
	return &PartReport{Kind: c.Kind, Name: c.Name, Version: c.Version, Supplier: c.Supplier, PURL: c.PURL, CPE: c.CPE, Licence: c.Licence, Hashes: c.Hashes}
}
