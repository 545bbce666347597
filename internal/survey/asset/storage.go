package asset

import (
	"context"
	"database/sql"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// maxStorage bounds the volumes or disks of one machine.
const maxStorage = 4096

var volumeSection = store.Section{Table: "asset_volume", Owner: "asset_id", Volatile: 1, Cols: []store.Col{
	{Name: "mount", Type: store.Text}, {Name: "device", Type: store.Text}, {Name: "file_system", Type: store.Text}, {Name: "size_bytes", Type: store.Int},
	{Name: "encryption", Type: store.Text}, {Name: "method", Type: store.Text}, {Name: "free_bytes", Type: store.Int}}}

var diskSection = store.Section{Table: "asset_disk", Owner: "asset_id", Cols: []store.Col{
	{Name: "name", Type: store.Text}, {Name: "model", Type: store.Text}, {Name: "serial", Type: store.Text}, {Name: "kind", Type: store.Text},
	{Name: "bus", Type: store.Text}, {Name: "size_bytes", Type: store.Int}, {Name: "health", Type: store.Text}}}

// writeStorage brings volumes and disks up to date when they were reported, and
// returns how many rows changed.
func writeStorage(ctx context.Context, tx *store.Tx, assetID string, o Observation) (int, error) {
	n := 0
	if o.Volumes != nil {
		rows, err := volumeRows(*o.Volumes)
		if err != nil {
			return 0, err
		}
		ch, err := volumeSection.Sync(ctx, tx, assetID, string(o.Source), o.AtMS, rows)
		if err != nil {
			return 0, err
		}
		n += ch.Added + ch.Changed + ch.Gone
	}
	if o.Disks != nil {
		rows, err := diskRows(*o.Disks)
		if err != nil {
			return n, err
		}
		ch, err := diskSection.Sync(ctx, tx, assetID, string(o.Source), o.AtMS, rows)
		if err != nil {
			return n, err
		}
		n += ch.Added + ch.Changed + ch.Gone
	}
	return n, nil
}

func volumeRows(list []Volume) ([]store.Row, error) {
	if len(list) > maxStorage {
		return nil, fault.TooLarge("asset.error.too_many_rows", "Max", maxStorage).At(SectionVolumes)
	}
	rows := make([]store.Row, 0, len(list))
	for _, v := range list {
		if err := checkTexts(SectionVolumes, v.Mount, v.Device, v.FileSystem, v.Method); err != nil {
			return nil, err
		}
		switch v.Encryption {
		case EncryptionOn, EncryptionOff, EncryptionUnknown:
		default:
			return nil, fault.Invalid("asset.error.choice").At(SectionVolumes)
		}
		rows = append(rows, store.Row{Key: v.Mount, Values: []any{v.Mount, v.Device, v.FileSystem, v.SizeBytes, string(v.Encryption), v.Method, v.FreeBytes}})
	}
	return rows, nil
}

func diskRows(list []Disk) ([]store.Row, error) {
	if len(list) > maxStorage {
		return nil, fault.TooLarge("asset.error.too_many_rows", "Max", maxStorage).At(SectionDisks)
	}
	rows := make([]store.Row, 0, len(list))
	for _, d := range list {
		if err := checkTexts(SectionDisks, d.Name, d.Model, d.Serial, d.Kind, d.Bus, d.Health); err != nil {
			return nil, err
		}
		rows = append(rows, store.Row{Key: d.Name + "\x1f" + d.Serial, Values: []any{d.Name, d.Model, d.Serial, d.Kind, d.Bus, d.SizeBytes, d.Health}})
	}
	return rows, nil
}

func checkTexts(place string, texts ...string) error {
	for _, t := range texts {
		if len(t) > maxKeyText || !validText(t, maxKeyText) {
			return fault.Invalid("asset.error.not_text").At(place)
		}
	}
	return nil
}

// Volumes lists the volumes of an asset at a time, by mount; atMS 0 = now.
func Volumes(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Volume, error) {
	rows, err := storageRows(ctx, q, `source, mount, device, file_system, size_bytes, encryption, method, free_bytes`, "asset_volume", "mount", assetID, atMS)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []Volume
	for rows.Next() {
		var v Volume
		if err := rows.Scan(&v.Source, &v.Mount, &v.Device, &v.FileSystem, &v.SizeBytes, &v.Encryption, &v.Method, &v.FreeBytes, &v.FirstMS, &v.GoneMS); err != nil {
			return nil, fmt.Errorf("read volumes of asset %s: %w", assetID, err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// Disks lists the disks of an asset at a time, by name; atMS 0 = now.
func Disks(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Disk, error) {
	rows, err := storageRows(ctx, q, `source, name, model, serial, kind, bus, size_bytes, health`, "asset_disk", "name", assetID, atMS)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []Disk
	for rows.Next() {
		var d Disk
		if err := rows.Scan(&d.Source, &d.Name, &d.Model, &d.Serial, &d.Kind, &d.Bus, &d.SizeBytes, &d.Health, &d.FirstMS, &d.GoneMS); err != nil {
			return nil, fmt.Errorf("read disks of asset %s: %w", assetID, err)
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// storageRows asks for open rows, or those of a time.
func storageRows(ctx context.Context, q store.Querier, cols, table, order, assetID string, atMS int64) (*sql.Rows, error) {
	query := "SELECT " + cols + ", first_ms, COALESCE(gone_ms, 0) FROM " + table + " WHERE asset_id = $1 AND "
	args := []any{assetID}
	if atMS == 0 {
		query += "gone_ms IS NULL"
	} else {
		query += store.AsOf("", 2)
		args = append(args, atMS)
	}
	rows, err := q.Query(ctx, query+" ORDER BY "+order+", source", args...)
	if err != nil {
		return nil, fmt.Errorf("read %s of asset %s: %w", table, assetID, err)
	}
	return rows, nil
}
