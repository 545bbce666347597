package software

import (
	"context"
	"database/sql"
	"fmt"

	"sonae/internal/platform/store"
)

// SourceBill is the source of what bills of materials say; the ledger's word for it
// (asset.SourceSBOM).
const SourceBill = "sbom"

// Bill is a bill of materials: what the maker of a device or system says is in it.
type Bill struct {
	AssetID          string
	ID               string // the import that brought it
	Standard         string // CycloneDX, SPDX
	SpecVersion      string
	DocumentID       string // serial number or namespace; may be empty
	Revision         int64  // how often its maker has written it anew; 0 = not told
	WrittenMS        int64  // when, as the document says; 0 = not told
	Authors          string // people and programs
	Subject, Version string // what it says it is about
	Supplier         string // of the subject
	PURL, CPE        string // of the subject
	FileName, SHA256 string
	By               string // who brought it
	Components       int64
	FirstMS          int64 // in force since
	GoneMS           int64 // until; 0 = still
}

// Component is what a bill says of one component.
type Component struct {
	Kind, Name, Version, Supplier, Arch string
	PURL, CPE, Licence, Hashes          string
	FirstMS, GoneMS                     int64 // 0 = still there
}

// Key tells components of one bill apart.
func (c Component) Key() string {
	return rowKey(c.Name + "\n" + c.Version + "\n" + c.Kind + "\n" + c.Arch)
}

// Same reports that two bills say the same of a component.
func (c Component) Same(o Component) bool {
	c.FirstMS, c.GoneMS, o.FirstMS, o.GoneMS = 0, 0, 0, 0
	return c == o
}

var bills = store.Section{Table: "software_bill", Owner: "asset_id", Cols: []store.Col{
	{Name: "standard", Type: store.Text}, {Name: "spec_version", Type: store.Text}, {Name: "document_id", Type: store.Text}, {Name: "revision", Type: store.Int},
	{Name: "written_ms", Type: store.Int}, {Name: "authors", Type: store.Text}, {Name: "subject_name", Type: store.Text}, {Name: "subject_version", Type: store.Text},
	{Name: "subject_supplier", Type: store.Text}, {Name: "subject_purl", Type: store.Text}, {Name: "subject_cpe", Type: store.Text}, {Name: "file_name", Type: store.Text},
	{Name: "sha256", Type: store.Text}, {Name: "by_name", Type: store.Text}, {Name: "components", Type: store.Int},
}}

var components = store.Section{Table: "software_component", Owner: "asset_id", Cols: []store.Col{
	{Name: "title_no", Type: store.Int}, {Name: "kind", Type: store.Text}, {Name: "name", Type: store.Text}, {Name: "version", Type: store.Text},
	{Name: "supplier", Type: store.Text}, {Name: "arch", Type: store.Text}, {Name: "purl", Type: store.Text}, {Name: "cpe", Type: store.Text},
	{Name: "licence", Type: store.Text}, {Name: "hashes", Type: store.Text},
}}

// RecordBill makes a bill the one in force for its asset as of atMS, and the installs of
// SourceBill equal to its components. What another source says of the asset stays. Of
// components with equal keys the last wins.
func RecordBill(ctx context.Context, tx *store.Tx, b Bill, atMS int64, list []Component) (store.Change, error) {
	row := store.Row{Key: b.ID, Values: []any{b.Standard, b.SpecVersion, b.DocumentID, b.Revision, b.WrittenMS, b.Authors, b.Subject, b.Version, b.Supplier, b.PURL, b.CPE,
		b.FileName, b.SHA256, b.By, int64(len(list))}}
	if _, err := bills.Sync(ctx, tx, b.AssetID, SourceBill, atMS, []store.Row{row}); err != nil {
		return store.Change{}, err
	}
	rows := make([]store.Row, len(list))
	programs := make([]Program, len(list))
	for i, c := range list {
		programs[i] = Program{Kind: c.Kind, Name: c.Name, Version: c.Version, Publisher: c.Supplier, Arch: c.Arch}
		no := titleKey(c.Kind, c.Name, c.Version, c.Supplier, c.Arch).number()
		rows[i] = store.Row{Key: c.Key(), Values: []any{no, c.Kind, c.Name, c.Version, c.Supplier, c.Arch, c.PURL, c.CPE, c.Licence, c.Hashes}}
	}
	change, err := components.Sync(ctx, tx, b.AssetID, SourceBill, atMS, rows)
	if err != nil {
		return change, err
	}
	// A bill comes once in a while: its titles are offered without a memory of those stored.
	_, _, err = RecordInstalls(ctx, tx, NewKnown(), b.AssetID, SourceBill, atMS, programs)
	return change, err
}

// Bills lists the bills of an asset, the one in force first, then from the newest on.
func Bills(ctx context.Context, q store.Querier, assetID string) ([]Bill, error) {
	return read(ctx, q, "bills of materials", `SELECT row_key, standard, spec_version, document_id, revision, written_ms, authors, subject_name, subject_version, subject_supplier,
		subject_purl, subject_cpe, file_name, sha256, by_name, components, first_ms, coalesce(gone_ms, 0) FROM software_bill
		WHERE asset_id = $1 AND source = $2 ORDER BY CASE WHEN gone_ms IS NULL THEN 0 ELSE 1 END, first_ms DESC, row_key LIMIT 100`, []any{assetID, SourceBill},
		func(rows *sql.Rows) (Bill, error) {
			b := Bill{AssetID: assetID}
			err := rows.Scan(&b.ID, &b.Standard, &b.SpecVersion, &b.DocumentID, &b.Revision, &b.WrittenMS, &b.Authors, &b.Subject, &b.Version, &b.Supplier,
				&b.PURL, &b.CPE, &b.FileName, &b.SHA256, &b.By, &b.Components, &b.FirstMS, &b.GoneMS)
			return b, err
		})
}

// BillInForce gives the bill of an asset that is in force; its ID is empty when there is
// none.
func BillInForce(ctx context.Context, q store.Querier, assetID string) (Bill, error) {
	list, err := Bills(ctx, q, assetID)
	if err != nil || len(list) == 0 || list[0].GoneMS != 0 {
		return Bill{}, err
	}
	return list[0], nil
}

// HasBill reports that an asset has a bill of materials in force.
func HasBill(ctx context.Context, q store.Querier, assetID string) (bool, error) {
	var n int
	if err := q.QueryRow(ctx, `SELECT count(*) FROM software_bill WHERE asset_id = $1 AND gone_ms IS NULL`, assetID).Scan(&n); err != nil {
		return false, fmt.Errorf("look for a bill of materials: %w", err)
	}
	return n > 0, nil
}

const componentCols = `kind, name, version, supplier, arch, purl, cpe, licence, hashes, first_ms, coalesce(gone_ms, 0)`

func scanComponent(rows *sql.Rows, more ...any) (c Component, err error) {
	err = rows.Scan(append(more, &c.Kind, &c.Name, &c.Version, &c.Supplier, &c.Arch, &c.PURL, &c.CPE, &c.Licence, &c.Hashes, &c.FirstMS, &c.GoneMS)...)
	return c, err
}

// ComponentsInForce lists all components of the bill in force.
func ComponentsInForce(ctx context.Context, q store.Querier, assetID string) ([]Component, error) {
	return componentsAt(ctx, q, assetID, 0)
}

func componentsAt(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Component, error) {
	args := []any{assetID, SourceBill}
	where := openOrAt("c", atMS, &args)
	return read(ctx, q, "components", `SELECT `+componentCols+` FROM software_component c WHERE c.asset_id = $1 AND c.source = $2 AND `+where+` ORDER BY c.row_key`,
		args, func(rows *sql.Rows) (Component, error) { return scanComponent(rows) })
}

// ReturnBill makes the bill and components of an asset as they were at beforeMS: what an
// import of a later time did is undone as of nowMS, and stays in the history.
func ReturnBill(ctx context.Context, tx *store.Tx, assetID string, beforeMS, nowMS int64) error {
	all, err := Bills(ctx, tx, assetID)
	if err != nil {
		return err
	}
	list, err := componentsAt(ctx, tx, assetID, beforeMS)
	if err != nil {
		return err
	}
	for _, b := range all {
		if b.FirstMS <= beforeMS && (b.GoneMS == 0 || b.GoneMS > beforeMS) {
			_, err := RecordBill(ctx, tx, b, nowMS, list)
			return err
		}
	}
	if _, err := bills.Sync(ctx, tx, assetID, SourceBill, nowMS, nil); err != nil {
		return err
	}
	if _, err := components.Sync(ctx, tx, assetID, SourceBill, nowMS, nil); err != nil {
		return err
	}
	_, _, err = RecordInstalls(ctx, tx, NewKnown(), assetID, SourceBill, nowMS, nil)
	return err
}

// AssetsWithBillAbout lists the assets of a facility whose bill in force says that it is
// about something of this name: ten at most, in the order of their ids.
func AssetsWithBillAbout(ctx context.Context, q store.Querier, facilityID, subject string) ([]string, error) {
	if subject == "" {
		return nil, nil
	}
	return read(ctx, q, "bills of a subject", `SELECT b.asset_id FROM software_bill b JOIN asset_asset a ON a.id = b.asset_id
		WHERE a.facility_id = $1 AND b.subject_name = $2 AND b.gone_ms IS NULL ORDER BY b.asset_id LIMIT 10`, []any{facilityID, subject}, scanText)
}

// addComponents adds to installs what bills say of them.
func addComponents(ctx context.Context, q store.Querier, assetID string, atMS int64, list []Install) error {
	at := map[int64]*Install{}
	var numbers []int64
	for i := range list {
		if list[i].Source == SourceBill {
			at[list[i].no] = &list[i]
			numbers = append(numbers, list[i].no)
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	args := []any{assetID, SourceBill}
	where := openOrAt("c", atMS, &args)
	where += ` AND ` + store.In("c.title_no", numbers, &args)
	var no int64
	_, err := read(ctx, q, "components", `SELECT c.title_no, `+componentCols+` FROM software_component c WHERE c.asset_id = $1 AND c.source = $2 AND `+where, args,
		func(rows *sql.Rows) (Component, error) {
			c, err := scanComponent(rows, &no)
			if i := at[no]; i != nil && err == nil {
				i.Component = &c
			}
			return c, err
		})
	return err
}
