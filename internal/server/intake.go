package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"sonae/internal/edge/ingest"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/survey/intake"
	"sonae/internal/survey/software"
	"sonae/internal/treat/vendor"
)

// intakeDeps is what carrying imports out needs.
func (r *Rooms) intakeDeps() intake.Deps {
	return intake.Deps{DB: r.DB, NowMS: func() int64 { return store.MS(r.Now()) }, Finished: importFinished, Holds: held, Door: r.door(), Hung: hung()}
}

// held reports that something of another room hangs on an asset: a contract, or a bill of
// materials.
func held(ctx context.Context, q store.Querier, assetID string) (bool, error) {
	covered, err := vendor.Covers(ctx, q, assetID)
	if err != nil || covered {
		return covered, err
	}
	return software.HasBill(ctx, q, assetID)
}

// door takes in files of machines.
func (r *Rooms) door() intake.Door {
	return ingest.New(ingest.Deps{DB: r.DB, Identity: r.Identity, Texts: r.Texts, Log: r.Log, Now: r.Now}).Door()
}

// importFinished writes the entry of the audit log that ends an import.
func importFinished(ctx context.Context, tx *store.Tx, m intake.Import) error {
	what, atMS := "imported", m.FinishedMS
	switch m.State {
	case intake.StateUndone:
		what, atMS = "undone", m.UndoneMS
	case intake.StatePart:
		what, atMS = "undone_in_part", m.UndoneMS
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
	Asset         string // ID or host name of the asset that files of machines or a bill of materials are about; may be empty
	WithoutNumber bool
	DryRun        bool
	JSON          bool
	Language      string // of reasons: ja or en
}

// ImportFiles takes lists and files of machines into the ledger, or shows what that would
// do. Every list is one import of its own, all files of machines are one; the first that
// cannot be read ends the run.
func ImportFiles(ctx context.Context, cfg Config, version string, o ImportOptions, w io.Writer) error {
	cfg.mustExist = true
	return local(ctx, cfg, version, func(r *Rooms, by identity.Principal) error {
		f, err := r.onlyFacility(ctx, o.Facility)
		if err != nil {
			return err
		}
		asset, err := r.namedAsset(ctx, f.ID, o.Asset)
		if err != nil {
			return err
		}
		parcels, err := r.parcels(f, asset, by, o)
		if err != nil {
			return err
		}
		for _, p := range parcels {
			if err := r.importParcel(ctx, by, f, p, o, w); err != nil {
				return fmt.Errorf("%s: %w", p.Name(), r.plain(err))
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

// importParcel foresees an import or carries it out, and reports.
func (r *Rooms) importParcel(ctx context.Context, by identity.Principal, f identity.Facility, p intake.Parcel, o ImportOptions, w io.Writer) error {
	report, err := p.Foresee(ctx, r.DB, r.door(), o.WithoutNumber, store.MS(r.Now()), r.Texts.For(o.Language))
	if err != nil {
		return err
	}
	if !o.DryRun {
		m, err := r.carryOut(ctx, by, f, p, o)
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

// carryOut stores a parcel as an import and takes it in. Should this program die, a
// running server goes on with the job.
func (r *Rooms) carryOut(ctx context.Context, by identity.Principal, f identity.Facility, p intake.Parcel, o ImportOptions) (intake.Import, error) {
	var m intake.Import
	err := audit.Do(ctx, r.DB, by, identity.AssetImport, audit.Object{Kind: "import", Name: p.Name(), FacilityID: f.ID}, func(ctx context.Context, tx *store.Tx) (any, error) {
		now := store.MS(r.Now())
		var err error
		m, err = p.Create(ctx, tx, r.door(), now)
		if err == nil && o.WithoutNumber {
			m, err = intake.Arrange(ctx, tx, m.ID, m.Order.Columns, true, by.Name, now)
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
