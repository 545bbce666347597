package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sonae/internal/identity"
	"sonae/internal/platform/blob"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
)

// parcels reads the files and folders that were named. Lists are an import each, files
// of machines one together.
func (r *Rooms) parcels(f identity.Facility, assetID string, by identity.Principal, o ImportOptions) ([]intake.Parcel, error) {
	var out []intake.Parcel
	var machines []intake.File
	brought := intake.Brought{FacilityID: f.ID, AssetID: assetID, ByID: by.ID, By: by.Name}
	for _, name := range o.Files {
		files, err := readFiles(name)
		if err == nil {
			files, err = intake.Unpack(files)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, r.plain(err))
		}
		lists, some := r.door().Sort(files)
		machines = append(machines, some...)
		if len(lists) == 0 {
			continue
		}
		if len(some) > 0 { // what no reader knows stays beside what it came with
			machines = append(machines, lists...)
			continue
		}
		brought.Files = lists
		parcels, err := intake.Parcels(r.door(), brought, o.Sheet)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, r.plain(err))
		}
		out = append(out, parcels...)
	}
	if len(machines) == 0 {
		return out, nil
	}
	brought.Files = machines
	parcels, err := intake.Parcels(r.door(), brought, o.Sheet)
	if err != nil {
		return nil, r.plain(err)
	}
	return append(out, parcels...), nil
}

// readFiles reads a file, or all files of a folder with the folder's name before theirs.
func readFiles(name string) ([]intake.File, error) {
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		body, err := readFile(name)
		return []intake.File{{Name: filepath.Base(name), Body: body}}, err
	}
	var out []intake.File
	total := 0
	err = filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := readFile(path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if total += len(body); total > maxFolderBytes || len(out) >= maxFolderFiles {
			return fmt.Errorf("holds more than %d files or %d MB; name its parts one by one", maxFolderFiles, maxFolderBytes>>20)
		}
		rel, err := filepath.Rel(filepath.Dir(name), path)
		out = append(out, intake.File{Name: filepath.ToSlash(rel), Body: body})
		return err
	})
	return out, err
}

// Limits of a folder that is named, as for archives.
const (
	maxFolderBytes = 256 << 20
	maxFolderFiles = 5000
)

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

// namedAsset finds the asset that files are about, by ID or host name.
func (r *Rooms) namedAsset(ctx context.Context, facilityID, name string) (string, error) {
	if name == "" || store.ValidID(name) {
		return name, nil
	}
	ids, err := asset.ByHostName(ctx, r.DB, facilityID, name)
	if err != nil {
		return "", err
	}
	if len(ids) != 1 {
		return "", fmt.Errorf("%d assets of the facility have the host name %q: name one by its ID with --asset ID", len(ids), name)
	}
	return ids[0], nil
}

// printBill says what a bill of materials is about, and what it replaces.
func printBill(b *strings.Builder, r *intake.BillReport, gone int) {
	if r == nil {
		return
	}
	fmt.Fprintf(b, "  %s %s of %q, version %q, supplier %q: %d components, %d without a version, %d with neither package URL nor CPE\n",
		r.Standard, r.Version, r.Subject.Name, r.Subject.Version, r.Subject.Supplier, r.Components, r.NoVersion, r.NoID)
	for _, l := range r.LeftOut {
		fmt.Fprintf(b, "  %d of kind %q are left out: they are no software\n", l.Count, l.Kind)
	}
	if r.Before != nil {
		fmt.Fprintf(b, "  it replaces %s (%s %s): %d components are gone\n", r.Before.FileName, r.Before.Subject, r.Before.Version, gone)
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
	printBill(&b, r.Bill, c.Gone)
	for _, col := range r.Columns {
		if col.Field == "" {
			fmt.Fprintf(&b, "  column %q is left out\n", col.Heading)
		}
	}
	for _, row := range r.Rows {
		if row.Machine != nil && row.Problem == nil {
			fmt.Fprintf(&b, "  %s: %s (%s)", row.Machine.Place, row.Outcome, row.Name)
			if row.Remark != "" {
				b.WriteString(": " + row.Remark)
			}
			b.WriteString("\n")
		}
		if row.Problem == nil {
			continue
		}
		if row.Machine != nil {
			fmt.Fprintf(&b, "  %s: %s\n", row.Machine.Place, row.Problem.Text)
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
