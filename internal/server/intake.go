package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"sonae/internal/identity"
	"sonae/internal/platform/blob"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/survey/intake"
	"sonae/internal/treat/vendor"
)

// intakeDeps is what carrying imports out needs.
func (r *Rooms) intakeDeps() intake.Deps {
	return intake.Deps{DB: r.DB, NowMS: func() int64 { return store.MS(r.Now()) }, Finished: importFinished, Holds: vendor.Covers}
}

// importFinished writes the entry of the audit log that ends an import.
func importFinished(ctx context.Context, tx *store.Tx, m intake.Import) error {
	what, atMS := "imported", m.FinishedMS
	if m.State == intake.StateUndone {
		what, atMS = "undone", m.UndoneMS
	}
	p := identity.System("import")
	_, err := audit.Append(ctx, tx, audit.Entry{AtMS: atMS, Actor: audit.ActorOf(p), Action: string(identity.AssetImport),
		Object: audit.Object{Kind: "import", ID: m.ID, Name: m.FileName, FacilityID: m.Order.FacilityID},
		Detail: map[string]any{"change": what, "sha256": m.SHA256, "counts": m.Counts, "undone_by": m.UndoneBy}})
	return err
}

// ImportOptions say which lists to take in, and how.
type ImportOptions struct {
	Files         []string
	Facility      string // name, code or ID; may be empty when there is only one
	Sheet         string
	WithoutNumber bool
	DryRun        bool
	JSON          bool
	Language      string // of reasons: ja or en
}

// ImportFiles takes lists into the ledger, or shows what that would do. Every file is
// one import of its own; the first that cannot be read ends the run.
func ImportFiles(ctx context.Context, cfg Config, version string, o ImportOptions, w io.Writer) error {
	cfg.mustExist = true
	return local(ctx, cfg, version, func(r *Rooms, by identity.Principal) error {
		f, err := r.onlyFacility(ctx, o.Facility)
		if err != nil {
			return err
		}
		for _, file := range o.Files {
			if err := r.importFile(ctx, by, f, file, o, w); err != nil {
				return fmt.Errorf("%s: %w", file, r.plain(err))
			}
		}
		return nil
	})
}

// onlyFacility finds the facility named, or the only one there is.
func (r *Rooms) onlyFacility(ctx context.Context, name string) (identity.Facility, error) {
	if name != "" {
		return r.facility(ctx, name)
	}
	all, err := r.Identity.Facilities(ctx, r.DB)
	if err != nil {
		return identity.Facility{}, err
	}
	if len(all) != 1 {
		return identity.Facility{}, fmt.Errorf("there are %d facilities: say which one with --facility NAME", len(all))
	}
	return all[0], nil
}

func (r *Rooms) importFile(ctx context.Context, by identity.Principal, f identity.Facility, file string, o ImportOptions, w io.Writer) error {
	body, err := readFile(file)
	if err != nil {
		return err
	}
	list, err := intake.Read(body, o.Sheet)
	if err != nil {
		return err
	}
	columns, err := intake.Columns(ctx, r.DB, f.ID, list.Headings)
	if err != nil {
		return err
	}
	order := intake.Order{FacilityID: f.ID, FileName: filepath.Base(file), By: by.Name, Columns: columns, WithoutNumber: o.WithoutNumber}
	plan, err := intake.Foresee(ctx, r.DB, list, order, store.MS(r.Now()))
	if err != nil {
		return err
	}
	report := intake.Describe(list, order, plan, r.Texts.For(o.Language))
	if !o.DryRun {
		m, err := r.carryOut(ctx, by, f, body, o, order)
		if err != nil {
			return err
		}
		report.Counts = m.Counts
		if report.Rows, err = r.takenRows(ctx, m, r.Texts.For(o.Language)); err != nil {
			return err
		}
	}
	if o.JSON {
		return json.NewEncoder(w).Encode(report)
	}
	return printReport(w, report, o.DryRun)
}

// readFile reads at most what an import may hold.
func readFile(name string) ([]byte, error) {
	in, err := os.Open(name)
	if err != nil {
		return nil, errors.New("cannot be opened: check the name and your rights to it")
	}
	defer func() { _ = in.Close() }()
	body, err := io.ReadAll(io.LimitReader(in, blob.MaxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	return body, nil
}

// carryOut stores the list as an import and takes it in. Should this program die, a
// running server goes on with the job.
func (r *Rooms) carryOut(ctx context.Context, by identity.Principal, f identity.Facility, body []byte, o ImportOptions, order intake.Order) (intake.Import, error) {
	var m intake.Import
	err := audit.Do(ctx, r.DB, by, identity.AssetImport, audit.Object{Kind: "import", Name: order.FileName, FacilityID: f.ID}, func(ctx context.Context, tx *store.Tx) (any, error) {
		now := store.MS(r.Now())
		var err error
		m, err = intake.Create(ctx, tx, intake.Upload{FacilityID: f.ID, FileName: order.FileName, Sheet: o.Sheet, Body: body, ByID: by.ID, By: by.Name}, now)
		if err == nil && o.WithoutNumber {
			m, err = intake.Arrange(ctx, tx, m.ID, order.Columns, true, by.Name, now)
		}
		if err == nil {
			m, err = intake.Start(ctx, tx, m.ID, now)
		}
		return audit.Made{Object: audit.Object{Kind: "import", ID: m.ID, Name: m.FileName, FacilityID: f.ID}, Detail: map[string]any{"change": "started", "sha256": m.SHA256, "rows": m.Total}}, err
	})
	if err != nil {
		return m, err
	}
	if err := r.intakeDeps().Run(ctx, m.ID, nil); err != nil {
		return m, err
	}
	return intake.ByID(ctx, r.DB, m.ID)
}

func (r *Rooms) takenRows(ctx context.Context, m intake.Import, tr text.Translator) ([]intake.RowReport, error) {
	var out []intake.RowReport
	for after := 0; ; {
		some, err := intake.TakenRows(ctx, r.DB, m.ID, "", after, 200)
		if err != nil || len(some) == 0 {
			return out, err
		}
		for _, t := range some {
			out = append(out, intake.DescribeTaken(t, tr))
			after = t.Number
		}
	}
}

// printReport writes a summary, and every row that is refused.
func printReport(w io.Writer, r intake.Report, dry bool) error {
	verb := "imported"
	if dry {
		verb = "dry run, nothing stored"
	}
	c := r.Counts
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s; %d rows: %d new, %d changed, %d unchanged, %d refused; %d contradict another source\n", r.File, verb, c.Rows, c.Create, c.Change, c.Same, c.Refuse, c.Contradicts)
	for _, col := range r.Columns {
		if col.Field == "" {
			fmt.Fprintf(&b, "  column %q is left out\n", col.Heading)
		}
	}
	for _, row := range r.Rows {
		if row.Problem == nil {
			continue
		}
		place := ""
		if row.Problem.Column != "" {
			place = fmt.Sprintf(", column %s %q", row.Problem.Column, row.Problem.Heading)
		}
		fmt.Fprintf(&b, "  row %d%s: %s\n", row.Row, place, row.Problem.Text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
