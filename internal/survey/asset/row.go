package asset

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// base is the part of the wide row that is not a field.
type base struct {
	id, facility         string
	rev                  int64
	createdMS, updatedMS int64
	seenMS               int64
	seenSource           Source
}

// baseCols come before the fields in the wide row.
var baseCols = []store.Col{{Name: "id", Type: store.Text}, {Name: "facility_id", Type: store.Text}, {Name: "kind", Type: store.Text},
	{Name: "status", Type: store.Text}, {Name: "kind_known", Type: store.Bool}, {Name: "main_source", Type: store.Text},
	{Name: "rev", Type: store.Int}, {Name: "created_ms", Type: store.Int}, {Name: "updated_ms", Type: store.Int},
	{Name: "last_seen_ms", Type: store.Int}, {Name: "last_source", Type: store.Text}, {Name: "required", Type: store.Int},
	{Name: "missing", Type: store.Int}, {Name: "contradictions", Type: store.Int}, {Name: "facet_key", Type: store.Text},
	{Name: "search", Type: store.Text}, {Name: "label", Type: store.Text}, {Name: "label_key", Type: store.Text}, {Name: "ip_key", Type: store.Text}}

// wideFields are the fields with a column of their own name: all but kind and
// status, which stand in baseCols.
var wideFields = Fields[2:]

var wideCols, wideConflict = func() ([]store.Col, string) {
	cols := slices.Clone(baseCols)
	for _, f := range wideFields {
		t := store.Text
		if f.Type == TypeBytes || f.Type == TypeInt {
			t = store.Int
		}
		cols = append(cols, store.Col{Name: string(f.Name), Type: t})
	}
	set := make([]string, 0, len(cols))
	for _, c := range cols[1:] {
		set = append(set, c.Name+" = excluded."+c.Name)
	}
	return cols, "ON CONFLICT (id) DO UPDATE SET " + strings.Join(set, ", ")
}()

// materialise computes the wide row from the base and the open facts, whose
// winners it marks. It is the only place where the row's values come from.
func materialise(b base, facts []Fact) Asset {
	values, contradictions := settle(facts)
	a := Asset{ID: b.id, FacilityID: b.facility, Rev: b.rev, Kind: KindOther, Status: StatusInUse, Values: values,
		CreatedMS: b.createdMS, UpdatedMS: b.updatedMS, LastSeenMS: b.seenMS, LastSource: b.seenSource, Contradictions: contradictions}
	if f := values[FieldFacility]; f != "" {
		a.FacilityID = f
	}
	delete(values, FieldFacility)
	if k := values[FieldKind]; k != "" {
		a.Kind = Kind(k)
	}
	if s := values[FieldStatus]; s != "" {
		a.Status = Status(s)
	}
	values[FieldStatus] = string(a.Status) // what a machine reports from is in use until somebody says otherwise
	a.Name = cmp.Or(values[FieldName], values[FieldHostName])
	a.MainSource = mainSource(facts)
	a.Required, a.Missing = len(requirements[a.Kind]), len(Missing(a.Kind, values))
	return a
}

// seeing is the order of sources by how well they know a machine.
var seeing = []Source{SourceAgent, SourceUSB, SourceScript, SourceGLPI, SourceFusion, SourceOCS, SourceSNMP, SourceNetInventory, SourcePassive, SourceDirectory, SourceCSV, SourceVendor, SourceSBOM, SourceContract, SourceManual, SourceFeed}

func mainSource(facts []Fact) Source {
	top := len(seeing)
	for _, f := range facts {
		if i := slices.Index(seeing, f.Source); i >= 0 && i < top {
			top = i
		}
	}
	if top == len(seeing) {
		return SourceManual
	}
	return seeing[top]
}

// wideRow gives the values of a row in the order of wideCols.
func wideRow(a Asset) []any {
	v := a.Values
	row := []any{a.ID, a.FacilityID, string(a.Kind), string(a.Status), v[FieldKind] != "", string(a.MainSource),
		a.Rev, a.CreatedMS, a.UpdatedMS, a.LastSeenMS, string(a.LastSource), int64(a.Required), int64(a.Missing), int64(a.Contradictions),
		facetKey(a), searchText(v), a.Name, sortKey(a.Name), ipKey(v[FieldIP])}
	for _, f := range wideFields {
		if f.Type != TypeBytes && f.Type != TypeInt {
			row = append(row, v[f.Name])
		} else if n, ok := v.Int(f.Name); ok {
			row = append(row, n)
		} else {
			row = append(row, nil)
		}
	}
	return row
}

// writeRows stores wide rows.
func writeRows(ctx context.Context, tx *store.Tx, list ...Asset) error {
	rows := make([][]any, len(list))
	for i, a := range list {
		rows[i] = wideRow(a)
	}
	return tx.InsertMany(ctx, "asset_asset", wideCols, rows, wideConflict)
}

// selectCols are read back by scanAsset.
var selectCols = func() string {
	names := []string{"a.id", "a.facility_id", "a.kind", "a.status", "a.kind_known", "a.main_source", "a.rev", "a.created_ms", "a.updated_ms",
		"a.last_seen_ms", "a.last_source", "a.required", "a.missing", "a.contradictions", "a.label"}
	for _, f := range wideFields {
		names = append(names, "a."+string(f.Name))
	}
	return strings.Join(names, ", ")
}()

// scanAsset reads one row of selectCols, and more into extra.
func scanAsset(scan func(...any) error, extra ...any) (Asset, error) {
	var a Asset
	var known bool
	fields := make([]sql.NullString, len(wideFields))
	into := []any{&a.ID, &a.FacilityID, &a.Kind, &a.Status, &known, &a.MainSource, &a.Rev, &a.CreatedMS, &a.UpdatedMS,
		&a.LastSeenMS, &a.LastSource, &a.Required, &a.Missing, &a.Contradictions, &a.Name}
	for i := range fields {
		into = append(into, &fields[i])
	}
	if err := scan(append(into, extra...)...); err != nil {
		return Asset{}, err
	}
	a.Values = Values{}
	for i, f := range wideFields {
		if fields[i].String != "" {
			a.Values[f.Name] = fields[i].String
		}
	}
	if known {
		a.Values[FieldKind] = string(a.Kind)
	}
	a.Values[FieldStatus] = string(a.Status)
	return a, nil
}

// lockAsset reads an asset and keeps others from changing it until the end of
// the transaction.
func lockAsset(ctx context.Context, tx *store.Tx, id string) (Asset, error) {
	row := tx.QueryRow(ctx, "SELECT "+selectCols+" FROM asset_asset a WHERE a.id = $1"+tx.ForUpdate(), id)
	return oneAsset(row, id)
}

func oneAsset(row *sql.Row, id string) (Asset, error) {
	a, err := scanAsset(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Asset{}, fault.NotFound("asset.error.not_found")
	}
	if err != nil {
		return Asset{}, fmt.Errorf("read asset %s: %w", id, err)
	}
	return a, nil
}

func (a Asset) base() base {
	return base{id: a.ID, facility: a.FacilityID, rev: a.Rev, createdMS: a.CreatedMS, updatedMS: a.UpdatedMS, seenMS: a.LastSeenMS, seenSource: a.LastSource}
}

// Allows reports whether the scope holds the asset.
func (s Scope) Allows(a Asset) bool {
	return s.All || slices.ContainsFunc(s.Places, func(p Place) bool {
		return (p.FacilityID == "" || p.FacilityID == a.FacilityID) && (p.Department == "" || p.Department == a.Values[FieldDepartment])
	})
}
