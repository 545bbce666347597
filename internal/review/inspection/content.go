package inspection

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"sonae/internal/identity"
	"sonae/internal/platform/blob"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/catalog"
	"sonae/internal/review/evidence"
	"sonae/internal/survey/asset"
)

// content is everything a pack shows, gathered before a page is written.
type content struct {
	tr        text.Translator
	lang      catalog.Lang
	facility  identity.Facility
	edition   *catalog.Edition
	year      int
	day       string
	asOfMS    int64
	madeMS    int64
	byName    string
	sheets    []*Sheet
	proofs    []proof
	ledger    []asset.Asset
	names     map[string]string // of people and vendors that the ledger names by id
	snapshots []storedSnapshot
	files     map[string]string // place in the ZIP of each file beside a row, by link id
	open      func(ctx context.Context, blobID string) (io.Reader, error)
	mark      string // 照合番号: first digits of a hash over all of it
}

// proof is one chapter of the evidence: a rule, what it found, and the rows it
// stands beside.
type proof struct {
	number string // 3.4
	rule   *catalog.Rule
	rows   []Row
	record *evidence.Record // nil: a person answers, or never evaluated
}

// gather reads everything as of the moment of the pack. The request is completed.
func gather(ctx context.Context, d Deps, r *Request) (*content, error) {
	e, err := r.check(d)
	if err != nil {
		return nil, err
	}
	c := &content{edition: e, tr: d.Texts.For(r.Lang), lang: catalog.Lang(r.Lang), year: FiscalYear(e, r.Date), day: r.Date, byName: r.ByName,
		madeMS: store.MS(d.Now()), asOfMS: asOf(r.Date, d.Now())}
	if c.facility, err = d.Facility(ctx, d.DB, r.FacilityID); err != nil {
		return nil, err
	}
	if err := d.judge(ctx, r.Edition, r.FacilityID, c.asOfMS, c.madeMS); err != nil {
		return nil, err
	}
	if err := job.Progress(ctx, 1, steps); err != nil {
		return nil, err
	}
	if err := c.loadSheets(ctx, d, r); err != nil {
		return nil, err
	}
	if c.ledger, err = ledgerAsOf(ctx, d.DB, r.FacilityID, c.asOfMS, c.madeMS); err != nil {
		return nil, err
	}
	if c.names, err = namesOf(ctx, d.DB, r.FacilityID); err != nil {
		return nil, err
	}
	c.collectProofs(d.Catalog)
	c.files = c.zipNames()
	c.open = func(ctx context.Context, id string) (io.Reader, error) { return blob.Open(ctx, d.DB, id) }
	c.stamp()
	return c, nil
}

// loadSheets reads the forms: those asked for, or the institution's form and every
// vendor's form with answers.
func (c *content) loadSheets(ctx context.Context, d Deps, r *Request) error {
	refs := r.Sheets
	if len(refs) == 0 {
		refs = []SheetRef{{Sheet: c.edition.InstitutionSheet().ID}}
		if v := c.edition.VendorSheet(); v != nil {
			subjects, err := Subjects(ctx, d.DB, Ref{Edition: c.edition.ID, Sheet: v.ID, FacilityID: r.FacilityID, FiscalYear: c.year})
			if err != nil {
				return err
			}
			for _, s := range subjects[:min(len(subjects), maxSheets)] {
				refs = append(refs, SheetRef{v.ID, s})
			}
		}
	}
	for _, ref := range refs {
		s, err := Load(ctx, d.DB, d.Catalog, Ref{c.edition.ID, ref.Sheet, r.FacilityID, c.year, ref.Subject}, c.asOfMS)
		if err != nil {
			return err
		}
		frozen, err := s.snapshot()
		if err != nil {
			return err
		}
		c.sheets, c.snapshots = append(c.sheets, s), append(c.snapshots, frozen)
	}
	return nil
}

// progress is the count of answers by form.
func (c *content) progress() map[string]Progress {
	m := map[string]Progress{}
	for _, s := range c.sheets {
		name := s.Ref.Sheet
		if s.Ref.Subject != "" {
			name += "/" + s.Ref.Subject
		}
		m[name] = s.Progress
	}
	return m
}

// collectProofs makes a chapter of each rule and target, in the order of the rows.
func (c *content) collectProofs(cat *catalog.Catalog) {
	at := map[string]int{}
	for _, s := range c.sheets {
		for _, r := range s.Rows {
			rule, rec := r.Rule, r.Evidence
			if r.CrossCheck != nil {
				rule, rec = r.CrossCheck.Rule, r.CrossCheck
			} else if s.Form.Kind == catalog.SheetVendor {
				continue // the vendor's word; nothing of ours to show
			}
			key := rule.ID + " " + string(r.Target)
			i, ok := at[key]
			if !ok {
				i = len(c.proofs)
				at[key] = i
				c.proofs = append(c.proofs, proof{number: fmt.Sprintf("3.%d", i+1), rule: rule, record: rec})
			}
			c.proofs[i].rows = append(c.proofs[i].rows, r)
		}
	}
}

// papersChapter lists what people put beside the rows.
const papersChapter = "4"

// proofOf finds the chapter of a row; a vendor's row without one of its own leads to
// the papers beside it. Empty when there is nothing to show.
func (c *content) proofOf(r Row) string {
	for _, p := range c.proofs {
		if slices.ContainsFunc(p.rows, func(other Row) bool { return other.ID == r.ID }) {
			return p.number
		}
	}
	if len(r.Links) > 0 {
		return papersChapter
	}
	return ""
}

// stamp computes the 照合番号. It covers the frozen sheets, the evidence and the
// ledger; the manifest's hash cannot stand inside the files it covers.
func (c *content) stamp() {
	h := sha256.New()
	for _, s := range c.snapshots {
		h.Write([]byte(s.sha256))
	}
	for _, p := range c.proofs {
		if p.record != nil {
			h.Write([]byte(p.record.SHA256))
		}
	}
	for _, a := range c.ledger {
		fmt.Fprintf(h, "%s %d %d;", a.ID, a.UpdatedMS, a.LastSeenMS)
	}
	digits := strings.ToUpper(hex.EncodeToString(h.Sum(nil)[:6]))
	c.mark = digits[:4] + "-" + digits[4:8] + "-" + digits[8:]
}

// ledgerAsOf reads what was in the ledger at a moment, disposed assets left out: by
// kind in page order, then by name, then by id.
func ledgerAsOf(ctx context.Context, q store.Querier, facilityID string, asOfMS, nowMS int64) ([]asset.Asset, error) {
	scope := asset.Scope{Places: []asset.Place{{FacilityID: facilityID}}}
	var list []asset.Asset
	add := func(a asset.Asset) error {
		if a.Status != asset.StatusDisposed {
			list = append(list, a)
		}
		return nil
	}
	var err error
	if asOfMS == nowMS {
		err = asset.EachRow(ctx, q, asset.Filter{Scope: scope, FacilityIDs: []string{facilityID}}, add)
	} else {
		err = asset.EachAsOf(ctx, q, scope, asOfMS, add)
	}
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b asset.Asset) int {
		return cmp.Or(cmp.Compare(slices.Index(asset.Kinds, a.Kind), slices.Index(asset.Kinds, b.Kind)),
			natural(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return list, nil
}

// natural compares names as people count: PC-9 before PC-10.
func natural(a, b string) int {
	for a != "" && b != "" {
		x, y := leading(a), leading(b)
		if isDigit(x[0]) && isDigit(y[0]) {
			m, n := strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if c := cmp.Or(cmp.Compare(len(m), len(n)), strings.Compare(m, n)); c != 0 {
				return c
			}
		} else if c := strings.Compare(x, y); c != 0 {
			return c
		}
		a, b = a[len(x):], b[len(y):]
	}
	return cmp.Compare(len(a), len(b))
}

// leading is the run of digits, or of anything else, that a name begins with.
func leading(s string) string {
	digits := isDigit(s[0])
	for i := range len(s) {
		if isDigit(s[i]) != digits {
			return s[:i]
		}
	}
	return s
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// namesOf reads the names behind ids that ledger values may hold: vendors, staff
// and users.
func namesOf(ctx context.Context, q store.Querier, facilityID string) (map[string]string, error) {
	rows, err := q.Query(ctx, `SELECT id, name FROM vendor_vendor UNION ALL SELECT id, name FROM organisation_staff WHERE facility_id = $1
		UNION ALL SELECT id, name FROM identity_user`, facilityID)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	defer func() { _ = rows.Close() }()
	names := map[string]string{}
	for rows.Next() {
		var id, name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, fmt.Errorf("read names: %w", err)
		}
		names[id] = name
	}
	return names, rows.Err()
}
