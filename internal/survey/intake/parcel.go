package intake

import (
	"context"
	"fmt"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/survey/sbom"
)

// Parcel is what becomes one import of the files that a person brought: a list, a bill of
// materials, or all files of machines together.
type Parcel struct {
	list     *Upload
	bill     *Upload
	assetID  string // of a bill: as the person named it
	machines *Brought
}

// Parcels opens archives and sorts what a person brought: every list and every bill
// of materials is a parcel, all files of machines are one. A file that nobody knows is
// told of together with the others; alone, it is the error of its reader. sheet is of
// Excel files.
func Parcels(door Door, b Brought, sheet string) ([]Parcel, error) {
	files, err := Unpack(b.Files)
	if err != nil {
		return nil, err
	}
	var out []Parcel
	var others []File
	for _, f := range files {
		if !sbom.Is(f.Body) {
			others = append(others, f)
			continue
		}
		if _, err := sbom.Read(f.Body); err != nil {
			return nil, at(err, f.Name)
		}
		out = append(out, Parcel{assetID: b.AssetID, bill: &Upload{FacilityID: b.FacilityID, FileName: f.Name, Body: f.Body, ByID: b.ByID, By: b.By}})
	}
	lists, machines := door.Sort(others)
	for _, f := range lists {
		if _, err := Read(f.Body, sheet); err != nil {
			if len(files) == 1 {
				return nil, err
			}
			machines = append(machines, f)
			continue
		}
		out = append(out, Parcel{list: &Upload{FacilityID: b.FacilityID, FileName: f.Name, Sheet: sheet, Body: f.Body, ByID: b.ByID, By: b.By}})
	}
	if len(machines) > 0 {
		b.Files = machines
		b.Name = nameOf(b.Name, files)
		out = append(out, Parcel{machines: &b})
	}
	switch {
	case len(out) == 0:
		return nil, fault.Invalid("intake.error.no_machine")
	case len(out) > maxParcels:
		return nil, fault.TooLarge("intake.error.parcels", "Max", maxParcels)
	case b.AssetID != "" && len(out) > 1 || b.AssetID != "" && out[0].list != nil:
		return nil, fault.Invalid("intake.error.named_list").At("file")
	}
	return out, nil
}

// maxParcels bounds the imports that one upload makes.
const maxParcels = 50

// nameOf names an import of several files after the first, and says how many more.
func nameOf(name string, files []File) string {
	if name != "" {
		return name
	}
	first, _, _ := strings.Cut(files[0].Name, "/")
	if len(files) == 1 {
		return files[0].Name
	}
	return fmt.Sprintf("%s +%d", first, len(files)-1)
}

// Create keeps a parcel as a draft; see Create and CreateMachines.
func (p Parcel) Create(ctx context.Context, tx *store.Tx, door Door, nowMS int64) (Import, error) {
	switch {
	case p.bill != nil:
		return createBill(ctx, tx, *p.bill, p.assetID, nowMS)
	case p.list != nil:
		return Create(ctx, tx, *p.list, nowMS)
	}
	return CreateMachines(ctx, tx, door, *p.machines, nowMS)
}

// Name is what the import will be called.
func (p Parcel) Name() string {
	switch {
	case p.bill != nil:
		return cleanName(p.bill.FileName)
	case p.list != nil:
		return cleanName(p.list.FileName)
	}
	return cleanName(p.machines.Name)
}

// Foresee works out what a parcel would do and keeps nothing.
func (p Parcel) Foresee(ctx context.Context, q store.Querier, door Door, withoutNumber bool, nowMS int64, tr text.Translator) (Report, error) {
	if b := p.bill; b != nil {
		if err := billAsset(ctx, q, b.FacilityID, p.assetID); err != nil {
			return Report{}, err
		}
		doc, err := sbom.Read(b.Body)
		if err != nil {
			return Report{}, err
		}
		return describeBill(ctx, q, Order{FacilityID: b.FacilityID, AssetID: p.assetID}, p.Name(), doc, tr)
	}
	if b := p.machines; b != nil {
		o := Order{FacilityID: b.FacilityID, AssetID: b.AssetID, By: b.By, FileName: p.Name(), WithoutNumber: withoutNumber}
		list, err := door.Read(ctx, q, o, b.Files, nowMS)
		if err != nil {
			return Report{}, err
		}
		plan, err := foreseeMachines(ctx, q, door, o, list)
		return DescribeMachines(Import{FileName: p.Name()}, plan, tr), err
	}
	l, err := Read(p.list.Body, p.list.Sheet)
	if err != nil {
		return Report{}, err
	}
	columns, err := Columns(ctx, q, p.list.FacilityID, l.Headings)
	if err != nil {
		return Report{}, err
	}
	o := Order{FacilityID: p.list.FacilityID, FileName: p.Name(), By: p.list.By, Columns: columns, WithoutNumber: withoutNumber}
	plan, err := Foresee(ctx, q, l, o, nowMS)
	return Describe(l, o, plan, tr), err
}
