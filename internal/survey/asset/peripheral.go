package asset

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"

	"sonae/internal/platform/store"
)

// Printer is a print queue of a machine.
type Printer struct {
	Source  Source // who says so
	Name    string
	Driver  string
	Port    string
	Address string // host name or address of a network printer
	Default bool
	Shared  bool // offered to other machines
	FirstMS int64
	GoneMS  int64 // 0 = still so
}

// Monitor is a display connected to a machine.
type Monitor struct {
	Source   Source // who says so
	Maker    string
	Model    string
	Serial   string
	MadeYear int64 // 0 = not told
	Port     string
	FirstMS  int64
	GoneMS   int64 // 0 = still so
}

// USBStorage is a storage device that was connected to a machine by USB.
type USBStorage struct {
	Source    Source // who says so
	Kind      string // disk, optical, floppy, portable, reader, other
	Vendor    string
	Product   string
	Serial    string
	VendorID  string // four hex digits, or empty
	ProductID string // four hex digits, or empty
	FirstSeen string // 2006-01-02 by the machine's own record, or empty
	LastSeen  string // 2006-01-02 by the machine's own record, or empty
	Connected bool   // when last reported
	FirstMS   int64
	GoneMS    int64 // 0 = still so
}

// MemoryModule is one slot with a memory module in it.
type MemoryModule struct {
	Source    Source // who says so
	Slot      string
	Kind      string // DDR4 …
	Maker     string
	Part      string
	Serial    string
	SizeBytes int64
	SpeedMTs  int64 // million transfers a second; 0 = not told
	FirstMS   int64
	GoneMS    int64 // 0 = still so
}

var printers = store.Section{Table: "asset_printer", Owner: "asset_id", Cols: []store.Col{
	{Name: "name", Type: store.Text}, {Name: "driver", Type: store.Text}, {Name: "port", Type: store.Text}, {Name: "address", Type: store.Text}, {Name: "is_default", Type: store.Bool}, {Name: "shared", Type: store.Bool},
}}

// RecordPrinters makes the printers of a machine and source equal to list as of atMS.
func RecordPrinters(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []Printer) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, v := range list {
		rows[i] = store.Row{Key: rowKey(v.Name), Values: []any{v.Name, v.Driver, v.Port, v.Address, v.Default, v.Shared}}
	}
	return printers.Sync(ctx, tx, assetID, source, atMS, rows)
}

// Printers lists the printers of a machine, now or as of atMS (0 = now).
func Printers(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Printer, error) {
	args := []any{assetID}
	query := `SELECT x.source, x.name, x.driver, x.port, x.address, x.is_default, x.shared, x.first_ms, coalesce(x.gone_ms, 0)
		FROM asset_printer x WHERE x.asset_id = $1 AND ` + openOrAt("x", atMS, &args) + ` ORDER BY x.row_key, x.source`
	return read(ctx, q, "printers of "+assetID, query, args, func(rows *sql.Rows) (v Printer, err error) {
		err = rows.Scan(&v.Source, &v.Name, &v.Driver, &v.Port, &v.Address, &v.Default, &v.Shared, &v.FirstMS, &v.GoneMS)
		return v, err
	})
}

var monitors = store.Section{Table: "asset_monitor", Owner: "asset_id", Volatile: 1, Cols: []store.Col{
	{Name: "maker", Type: store.Text}, {Name: "model", Type: store.Text}, {Name: "serial", Type: store.Text}, {Name: "made_year", Type: store.Int}, {Name: "port", Type: store.Text},
}}

// RecordMonitors makes the monitors of a machine and source equal to list as of atMS.
func RecordMonitors(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []Monitor) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, v := range list {
		rows[i] = store.Row{Key: rowKey(monitorKey(v)), Values: []any{v.Maker, v.Model, v.Serial, v.MadeYear, v.Port}}
	}
	return monitors.Sync(ctx, tx, assetID, source, atMS, rows)
}

// Monitors lists the monitors of a machine, now or as of atMS (0 = now).
func Monitors(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Monitor, error) {
	args := []any{assetID}
	query := `SELECT x.source, x.maker, x.model, x.serial, x.made_year, x.port, x.first_ms, coalesce(x.gone_ms, 0)
		FROM asset_monitor x WHERE x.asset_id = $1 AND ` + openOrAt("x", atMS, &args) + ` ORDER BY x.row_key, x.source`
	return read(ctx, q, "monitors of "+assetID, query, args, func(rows *sql.Rows) (v Monitor, err error) {
		err = rows.Scan(&v.Source, &v.Maker, &v.Model, &v.Serial, &v.MadeYear, &v.Port, &v.FirstMS, &v.GoneMS)
		return v, err
	})
}

var usbStorage = store.Section{Table: "asset_usb_storage", Owner: "asset_id", Volatile: 3, Cols: []store.Col{
	{Name: "kind", Type: store.Text}, {Name: "vendor", Type: store.Text}, {Name: "product", Type: store.Text}, {Name: "serial", Type: store.Text}, {Name: "vendor_id", Type: store.Text}, {Name: "product_id", Type: store.Text}, {Name: "first_seen", Type: store.Text}, {Name: "last_seen", Type: store.Text}, {Name: "connected", Type: store.Bool},
}}

// RecordUSBStorage makes the USB storage that a machine remembers equal to list as of atMS.
func RecordUSBStorage(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []USBStorage) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, v := range list {
		rows[i] = store.Row{Key: rowKey(v.Kind + "/" + v.VendorID + v.Vendor + "/" + v.ProductID + v.Product + "/" + v.Serial), Values: []any{v.Kind, v.Vendor, v.Product, v.Serial, v.VendorID, v.ProductID, v.FirstSeen, v.LastSeen, v.Connected}}
	}
	return usbStorage.Sync(ctx, tx, assetID, source, atMS, rows)
}

// AllUSBStorage lists the USB storage that a machine remembers, latest first, now or as of
// atMS (0 = now).
func AllUSBStorage(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]USBStorage, error) {
	args := []any{assetID}
	query := `SELECT x.source, x.kind, x.vendor, x.product, x.serial, x.vendor_id, x.product_id, x.first_seen, x.last_seen, x.connected, x.first_ms, coalesce(x.gone_ms, 0)
		FROM asset_usb_storage x WHERE x.asset_id = $1 AND ` + openOrAt("x", atMS, &args) + ` ORDER BY x.last_seen DESC, x.row_key, x.source`
	return read(ctx, q, "USB storage of "+assetID, query, args, func(rows *sql.Rows) (v USBStorage, err error) {
		err = rows.Scan(&v.Source, &v.Kind, &v.Vendor, &v.Product, &v.Serial, &v.VendorID, &v.ProductID, &v.FirstSeen, &v.LastSeen, &v.Connected, &v.FirstMS, &v.GoneMS)
		return v, err
	})
}

var memoryModules = store.Section{Table: "asset_memory_module", Owner: "asset_id", Cols: []store.Col{
	{Name: "slot", Type: store.Text}, {Name: "kind", Type: store.Text}, {Name: "maker", Type: store.Text}, {Name: "part", Type: store.Text}, {Name: "serial", Type: store.Text}, {Name: "size_bytes", Type: store.Int}, {Name: "speed_mts", Type: store.Int},
}}

// RecordMemoryModules makes the memory modules of a machine equal to list as of atMS.
func RecordMemoryModules(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []MemoryModule) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, v := range list {
		rows[i] = store.Row{Key: rowKey(v.Slot), Values: []any{v.Slot, v.Kind, v.Maker, v.Part, v.Serial, v.SizeBytes, v.SpeedMTs}}
	}
	return memoryModules.Sync(ctx, tx, assetID, source, atMS, rows)
}

// MemoryModules lists the memory modules of a machine, now or as of atMS (0 = now).
func MemoryModules(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]MemoryModule, error) {
	args := []any{assetID}
	query := `SELECT x.source, x.slot, x.kind, x.maker, x.part, x.serial, x.size_bytes, x.speed_mts, x.first_ms, coalesce(x.gone_ms, 0)
		FROM asset_memory_module x WHERE x.asset_id = $1 AND ` + openOrAt("x", atMS, &args) + ` ORDER BY x.row_key, x.source`
	return read(ctx, q, "memory modules of "+assetID, query, args, func(rows *sql.Rows) (v MemoryModule, err error) {
		err = rows.Scan(&v.Source, &v.Slot, &v.Kind, &v.Maker, &v.Part, &v.Serial, &v.SizeBytes, &v.SpeedMTs, &v.FirstMS, &v.GoneMS)
		return v, err
	})
}

// monitorKey tells two monitors of one maker without serial numbers apart by their port.
func monitorKey(v Monitor) string {
	key := v.Maker + "/" + v.Model + "/" + v.Serial
	if v.Serial == "" {
		key += "/" + v.Port
	}
	return key
}

// rowKeyMax keeps keys far below what an index of PostgreSQL takes (2,704 bytes).
const rowKeyMax = 512

// rowKey shortens a key; a long one ends in its SHA-256.
func rowKey(key string) string {
	if len(key) <= rowKeyMax {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return strings.ToValidUTF8(key[:rowKeyMax-2*len(sum)], "") + hex.EncodeToString(sum[:])
}

func openOrAt(alias string, atMS int64, args *[]any) string {
	if atMS == 0 {
		return alias + ".gone_ms IS NULL"
	}
	*args = append(*args, atMS)
	return store.AsOf(alias, len(*args))
}

func read[T any](ctx context.Context, q store.Querier, what, query string, args []any, scan func(*sql.Rows) (T, error)) ([]T, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", what, err)
	}
	defer func() { _ = rows.Close() }()
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", what, err)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}
