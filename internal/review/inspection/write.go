package inspection

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"sonae/internal/platform/blob"
	"sonae/internal/platform/document"
	"sonae/internal/platform/job"
)

// write makes all files and the ZIP around them; it gives the pages of the PDF and
// the hash of the manifest.
func (c *content) write(ctx context.Context, out io.Writer) (pages int, manifestHash string, err error) {
	zip := document.NewArchiveWriter(out, clock(c.madeMS))
	var pdf bytes.Buffer
	report, err := c.pdf().Render(&pdf)
	if err != nil {
		return 0, "", fmt.Errorf("write PDF of pack: %w", err)
	}
	if _, err := zip.Add("pack.pdf", "application/pdf", &pdf); err != nil {
		return 0, "", err
	}
	if err := job.Progress(ctx, 3, steps); err != nil {
		return 0, "", err
	}
	tables := c.tables()
	if err := c.addExcel(zip, tables); err != nil {
		return 0, "", err
	}
	if err := job.Progress(ctx, 4, steps); err != nil {
		return 0, "", err
	}
	if err := c.addFiles(zip, tables); err != nil {
		return 0, "", err
	}
	if err := c.addPapers(ctx, zip); err != nil {
		return 0, "", err
	}
	_, hash, err := zip.Close(c.manifest(report.Pages))
	if err != nil {
		return 0, "", err
	}
	return report.Pages, hash, job.Progress(ctx, 5, steps)
}

// manifest are the fields of manifest.json beside the list of files.
func (c *content) manifest(pages int) map[string]any {
	return map[string]any{
		"schema": "sonae.pack/1", "edition": c.edition.ID, "fiscal_year": c.year, "date": c.day,
		"as_of": clock(c.asOfMS).UTC().Format(time.RFC3339), "made": clock(c.madeMS).UTC().Format(time.RFC3339), "made_by": c.byName,
		"facility":    map[string]any{"id": c.facility.ID, "name": c.facility.Name, "code": c.facility.Code},
		"provisional": c.edition.Provisional, "mark": c.mark, "pages": pages, "answers": c.progress(), "assets": len(c.ledger),
	}
}

// addExcel writes the workbook.
func (c *content) addExcel(zip *document.ArchiveWriter, tables []table) error {
	book, err := document.NewWorkbook(document.WorkbookOptions{Title: c.facility.Name + " " + c.heading(), Author: c.byName, Lang: c.tr.Lang(), Created: clock(c.madeMS)})
	if err != nil {
		return err
	}
	defer func() { _ = book.Close() }()
	for _, t := range tables {
		if _, err := book.Sheet(t.sheet, document.Narrow(t.columns, t.rows), t.rows); err != nil {
			return err
		}
	}
	var buf bytes.Buffer
	if err := book.Write(&buf); err != nil {
		return fmt.Errorf("write workbook of pack: %w", err)
	}
	_, err = zip.Add("pack.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &buf)
	return err
}

// addFiles writes the CSV files and the frozen bytes that the hashes speak of.
func (c *content) addFiles(zip *document.ArchiveWriter, tables []table) error {
	for _, t := range tables {
		var buf bytes.Buffer
		if err := writeCSV(&buf, t); err != nil {
			return fmt.Errorf("write %s: %w", t.file, err)
		}
		if _, err := zip.Add("csv/"+t.file+".csv", "text/csv", &buf); err != nil {
			return err
		}
	}
	for i, s := range c.snapshots {
		if _, err := zip.Add(fmt.Sprintf("snapshot/%02d-%s.json", i+1, s.sheet), "application/json", bytes.NewReader(s.body)); err != nil {
			return err
		}
	}
	for _, p := range c.proofs {
		if p.record == nil {
			continue
		}
		body, err := p.record.Canonical()
		if err != nil {
			return err
		}
		if _, err := zip.Add(fmt.Sprintf("evidence/%s-%s-%s.json", p.number, p.rule.ID, p.record.Key.Target), "application/json", bytes.NewReader(body)); err != nil {
			return err
		}
	}
	return nil
}

// addPapers copies the files that people put beside rows. What arrives is compared
// with the hash on paper: a blob is read to its end, and its reader checks it.
func (c *content) addPapers(ctx context.Context, zip *document.ArchiveWriter) error {
	for _, s := range c.sheets {
		for _, r := range s.Rows {
			for _, l := range r.Links {
				if l.Kind != LinkFile {
					continue
				}
				file, err := c.open(ctx, l.Target)
				if err != nil {
					return fmt.Errorf("open file %s of row %s: %w", l.ID, r.ID, err)
				}
				if _, err := zip.Add(c.files[l.ID], blob.MediaTypeOf(l.Title), file); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// writeCSV writes a table with its titles as the first row.
func writeCSV(out io.Writer, t table) error {
	w := document.NewCSVWriter(out)
	row := make([]string, len(t.columns))
	for i, col := range t.columns {
		row[i] = col.Title
	}
	if err := w.Write(row); err != nil {
		return err
	}
	for values := range t.rows {
		for i, v := range values {
			row[i] = csvText(t.columns[i].Kind, v)
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	return w.Flush()
}

// csvText writes a value in the form that programs read again.
func csvText(kind document.Kind, v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case time.Time:
		switch {
		case v.IsZero():
			return ""
		case kind == document.DateTime:
			return v.Format("2006-01-02 15:04")
		}
		return v.Format(time.DateOnly)
	}
	return ""
}
