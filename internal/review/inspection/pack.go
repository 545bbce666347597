package inspection

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/review/catalog"
	"sonae/internal/review/evidence"
)

// Deps is what making a pack needs.
type Deps struct {
	DB       *store.DB
	Catalog  *catalog.Catalog
	Texts    *text.Catalogue
	Facility func(ctx context.Context, q store.Querier, id string) (identity.Facility, error)
	Now      func() time.Time
}

// SheetRef names a form inside a request.
type SheetRef struct {
	Sheet   string `json:"sheet"`
	Subject string `json:"subject,omitempty"`
}

// Request says which pack to make. It encodes to JSON, as the arguments of a job.
type Request struct {
	Edition    string      `json:"edition"`
	Sheets     []SheetRef  `json:"sheets,omitempty"` // empty = the institution's form and every vendor's form with answers
	FacilityID string      `json:"facility"`
	Date       string      `json:"date"`           // the day the pack speaks for; today and later days: as things are now
	Lang       string      `json:"lang,omitempty"` // "ja" (default) or "en"
	By         audit.Actor `json:"by"`             // who makes it
	ByName     string      `json:"by_name"`        // the name on paper; empty = By.Name
}

// Pack is a stored pack.
type Pack struct {
	ID             string
	FacilityID     string
	Edition        string
	FiscalYear     int
	Day            string // the day it speaks for
	AsOfMS         int64  // moment of its facts
	Lang           string
	By             By
	MadeMS         int64
	BlobID         string // the ZIP
	FileName       string
	SizeBytes      int64
	Pages          int    // of the PDF
	ManifestSHA256 string // of manifest.json, hex; also in the audit entry
	Answers        map[string]Progress
}

// maxSheets bounds the forms of one pack: a large hospital has about 60 vendors.
const maxSheets = 500

// maxPackBytes bounds the ZIP; 30,000 assets take about 60 MB.
const maxPackBytes = 256 << 20

// steps of making a pack, for the progress bar: judge, gather, PDF, Excel, CSV, store.
const steps = 6

// Make makes a pack: it judges the evidence as of the day, gathers everything,
// writes PDF, Excel, CSV and manifest into one ZIP, and stores it with snapshots of
// its sheets and an audit entry that carries the manifest's hash. Equal data and
// times give equal bytes. It may run inside a job and tells its progress then.
// Errors: invalid, not_found, too_large.
func Make(ctx context.Context, d Deps, r Request) (Pack, error) {
	c, err := gather(ctx, d, &r)
	if err != nil {
		return Pack{}, err
	}
	if err := job.Progress(ctx, 2, steps); err != nil {
		return Pack{}, err
	}
	var zip bytes.Buffer
	pages, hash, err := c.write(ctx, &zip)
	if err != nil {
		return Pack{}, err
	}
	p := Pack{ID: store.NewID(), FacilityID: r.FacilityID, Edition: r.Edition, FiscalYear: c.year, Day: r.Date, AsOfMS: c.asOfMS, Lang: r.Lang,
		By: By{ID: r.By.ID, Name: r.ByName}, MadeMS: c.madeMS, FileName: fmt.Sprintf("sonae-pack-%s-%s.zip", r.Edition, r.Date),
		SizeBytes: int64(zip.Len()), Pages: pages, ManifestSHA256: hash, Answers: c.progress()}
	err = d.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return p.store(ctx, tx, c, bytes.NewReader(zip.Bytes()), r.By)
	})
	if err != nil {
		return Pack{}, err
	}
	_ = job.Progress(ctx, steps, steps)
	return p, nil
}

// check completes and checks a request.
func (r *Request) check(d Deps) (*catalog.Edition, error) {
	e, ok := d.Catalog.Edition(r.Edition)
	if !ok {
		return nil, fault.NotFound("inspection.error.no_edition", "Edition", clip(r.Edition))
	}
	if r.Lang == "" {
		r.Lang = text.Japanese
	}
	if r.ByName == "" {
		r.ByName = r.By.Name
	}
	switch {
	case dayOf(r.Date).IsZero():
		return nil, fault.Invalid("inspection.error.date").At("date")
	case r.Lang != text.Japanese && r.Lang != text.English:
		return nil, fault.Invalid("inspection.error.lang").At("lang")
	case len(r.Sheets) > maxSheets:
		return nil, fault.TooLarge("inspection.error.sheets", "Max", maxSheets).At("sheets")
	case r.By.ID == "" || !line(r.ByName, maxName):
		return nil, fault.Invalid("inspection.error.by").At("by")
	}
	return e, nil
}

// asOf is the moment whose facts a pack for a day shows: the end of a past day, or
// now.
func asOf(day string, now time.Time) int64 {
	end := dayOf(day).AddDate(0, 0, 1).UnixMilli() - 1
	return min(end, store.MS(now))
}

// judge brings the evidence up to the moment of the pack.
func (d Deps) judge(ctx context.Context, edition, facilityID string, asOfMS, nowMS int64) error {
	_, err := evidence.Evaluate(ctx, d.DB, d.Catalog, evidence.Request{FacilityID: facilityID, Edition: edition, AsOfMS: asOfMS, NowMS: nowMS})
	return err
}

// store writes the pack's rows and its audit entry.
func (p *Pack) store(ctx context.Context, tx *store.Tx, c *content, zip *bytes.Reader, by audit.Actor) error {
	b, err := blob.Put(ctx, tx, zip, maxPackBytes)
	if err != nil {
		return err
	}
	p.BlobID = b.ID
	counts, err := json.Marshal(p.Answers)
	if err != nil {
		return fmt.Errorf("write answers of pack: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO inspection_pack (id, facility_id, edition, fiscal_year, day, as_of_ms, lang, by_id, by_name, made_ms, blob_id,
		file_name, size_bytes, pages, manifest_sha256, answers) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		p.ID, p.FacilityID, p.Edition, p.FiscalYear, p.Day, p.AsOfMS, p.Lang, p.By.ID, p.By.Name, p.MadeMS, p.BlobID,
		p.FileName, p.SizeBytes, p.Pages, p.ManifestSHA256, string(counts))
	if err != nil {
		return fmt.Errorf("store pack: %w", err)
	}
	for _, s := range c.snapshots {
		_, err := tx.Exec(ctx, `INSERT INTO inspection_snapshot (pack_id, sheet, subject, body, sha256) VALUES ($1, $2, $3, $4, $5)`,
			p.ID, s.sheet, s.subject, s.body, s.sha256)
		if err != nil {
			return fmt.Errorf("store snapshot of %s: %w", s.sheet, err)
		}
	}
	_, err = audit.Append(ctx, tx, audit.Entry{AtMS: p.MadeMS, Actor: by, Action: string(identity.PackMake),
		Object: audit.Object{Kind: "pack", ID: p.ID, Name: p.FileName, FacilityID: p.FacilityID},
		Detail: map[string]any{"edition": p.Edition, "fiscal_year": p.FiscalYear, "date": p.Day, "as_of_ms": p.AsOfMS,
			"manifest_sha256": p.ManifestSHA256, "size_bytes": p.SizeBytes}})
	return err
}
