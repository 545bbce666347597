package server

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

const hungFacility = "01900000-0000-7000-8000-00000000000a"

// columnsOf lists the columns of every table with their types.
func columnsOf(t *testing.T, db *store.DB) map[string]map[string]string {
	t.Helper()
	query := `SELECT m.name, p.name, p.type FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table'`
	if db.Engine() == store.Postgres {
		query = `SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'`
	}
	rows, err := db.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string]map[string]string{}
	for rows.Next() {
		var table, column, kind string
		if err := rows.Scan(&table, &column, &kind); err != nil {
			t.Fatal(err)
		}
		if out[table] == nil {
			out[table] = map[string]string{}
		}
		out[table][column] = strings.ToLower(kind)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// asides name assets, or look as if, and stay as they are when rows become one or are
// parted: by column, with the reason.
var asides = map[string]string{
	"asset_identity.asset_id": "moved by rules", "asset_conflict.asset_id": "moved by rules", "asset_conflict.other_id": "moved by rules",
	"asset_merge.kept_id": "the journal itself", "asset_merge.gone_id": "the journal itself",
	"asset_member.system_id": "systems are not merged", "account_group.system_id": "the number of a group in its machine", "account_local.system_id": "the number of an account in its machine",
	"intake_row.asset_id": "what an import did", "intake_set.asset_id": "what an import did", "intake_import.asset_id": "what an import was for",
	"silence_state.asset_id": "judged anew every time", "silence_refusal.device_id": "an agent, not an asset",
	"identity_device.takeover_asset": "asked anew with the next report", "identity_policy.device_id": "an agent, not an asset", "identity_device_event.device_id": "an agent, not an asset",
	"asset_asset.asset_tag": "a sticker", "software_decision.asset_kind": "a kind",
}

// namesAsset reports whether a column looks as if it named an asset.
func namesAsset(column string) bool {
	return strings.Contains(column, "asset") || slices.Contains([]string{"device_id", "system_id", "machine_id", "computer_id", "other_id", "kept_id", "gone_id"}, column)
}

// A table that names assets and is in no list would be left behind by a merge.
func TestEveryTableOfAnAssetIsHung(t *testing.T) {
	db := storetest.SQLite(t)
	listed, owners := map[string]store.Hung{}, map[string]bool{}
	for _, h := range slices.Concat(asset.Hung(), hung()) {
		if listed[h.Table].Table != "" {
			t.Errorf("table %s is listed twice", h.Table)
		}
		listed[h.Table], owners[h.Table+"."+h.Owner] = h, true
	}
	all := columnsOf(t, db)
	for table, columns := range all {
		for column := range columns {
			if name := table + "." + column; namesAsset(column) && !owners[name] && asides[name] == "" {
				t.Errorf("%s names assets: list it in Hung of its room, or say here why it stays", name)
			}
		}
	}
	for name := range asides {
		table, column, _ := strings.Cut(name, ".")
		if all[table][column] == "" || owners[name] {
			t.Errorf("%s is said to stay, and is not there or moves", name)
		}
	}
	for table, h := range listed {
		for _, column := range slices.Concat(h.Key, h.Twin, []string{h.Owner}) {
			if all[table][column] == "" {
				t.Errorf("%s has no column %s", table, column)
			}
		}
	}
}

// fill stores a row of any table: set columns as given, the others with something.
func fill(t *testing.T, db *store.DB, table string, columns map[string]string, set map[string]any) {
	t.Helper()
	row := store.Image{}
	for name, kind := range columns {
		switch {
		case strings.Contains(kind, "bool"):
			row[name] = true
		case strings.Contains(kind, "int"):
			row[name] = int64(7)
		case kind == "bytea" || kind == "blob":
			row[name] = []byte{0, 1, 2}
		default:
			row[name] = "x"
		}
		if strings.HasPrefix(name, "gone_") || name == "ended_ms" || name == "removed_ms" {
			row[name] = nil
		}
	}
	if row["gone_by"] == nil && columns["gone_by"] != "" {
		row["gone_by"] = ""
	}
	inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
		ok, err := store.Hung{Table: table}.Insert(ctx, tx, row.With(set))
		if err == nil && !ok {
			return fmt.Errorf("%s: a row stands there", table)
		}
		return err
	})
}

func inTx(t *testing.T, db *store.DB, fn func(context.Context, *store.Tx) error) {
	t.Helper()
	if err := db.Tx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// dump writes down every row of every table, except the list of merges itself.
func dump(t *testing.T, db *store.DB, columns map[string]map[string]string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for table := range columns {
		if table == "asset_merge" || strings.HasPrefix(table, "goose") || strings.HasPrefix(table, "sqlite") {
			continue
		}
		list, err := store.Hung{Table: table, Key: []string{"1"}}.Rows(t.Context(), db, "1 = 1")
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range list {
			var line []string
			for _, name := range slices.Sorted(maps.Keys(row)) {
				line = append(line, fmt.Sprintf("%s=%v", name, row[name]))
			}
			out[table] = append(out[table], strings.Join(line, " "))
		}
		slices.Sort(out[table])
	}
	return out
}

// hungWorld has two assets with rows in every table that hangs on one.
func hungWorld(t *testing.T, db *store.DB) (a, b string) {
	t.Helper()
	const t0 = int64(1_790_000_000_000)
	observe := func(o asset.Observation) (id string) {
		o.FacilityID = hungFacility
		inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
			res, err := asset.Observe(ctx, tx, o)
			id = res.AssetID
			return err
		})
		return id
	}
	group := func(host, serial string) map[string]asset.Values {
		return map[string]asset.Values{asset.SectionOS: {asset.FieldHostName: host}, asset.SectionHardware: {asset.FieldSerial: serial, asset.FieldMaker: "Dell"}}
	}
	volumes := &[]asset.Volume{{Mount: "/", Encryption: asset.EncryptionOn}}
	a = observe(asset.Observation{Source: asset.SourceAgent, DeviceID: "d1", AtMS: t0, Identity: asset.Identity{Maker: "Dell", Serial: "EX59204", MACs: []string{"f8:b1:56:00:00:01"}},
		Groups: group("pc-1", "EX59204"), Volumes: volumes, Digests: map[string]string{asset.SectionOS: "1", asset.SectionHardware: "1", asset.SectionVolumes: "1"}})
	b = observe(asset.Observation{Source: asset.SourceAgent, DeviceID: "d2", AtMS: t0 + 5, Identity: asset.Identity{Maker: "Dell", Serial: "EX59204", MACs: []string{"f8:b1:56:00:00:02"}},
		Groups: group("pc-2", "EX59204"), Volumes: volumes})
	observe(asset.Observation{Source: asset.SourceDirectory, DeviceID: "g2", AtMS: t0 + 6, AliveMS: -1, Identity: asset.Identity{MACs: []string{"f8:b1:56:00:00:02"}}, Groups: map[string]asset.Values{"directory": {asset.FieldPurpose: "受付"}}})
	observe(asset.Observation{Source: asset.SourceOCS, DeviceID: "o2", AtMS: t0 + 6, Identity: asset.Identity{MACs: []string{"f8:b1:56:00:00:02"}}, Groups: map[string]asset.Values{asset.SectionOS: {asset.FieldOSName: "Windows 11"}}})
	inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
		_, _, err := asset.Edit(ctx, tx, asset.Scope{All: true}, b, 0, asset.Values{asset.FieldRoom: "201"}, "佐藤", t0+7)
		return err
	})
	columns := columnsOf(t, db)
	fill(t, db, "vendor_vendor", columns["vendor_vendor"], map[string]any{"id": "x"})
	fill(t, db, "vendor_contract", columns["vendor_contract"], map[string]any{"id": "x", "vendor_id": "x"})
	for _, h := range slices.Concat(asset.Hung(), hung()) {
		if slices.Contains([]string{"asset_fact", "asset_source", "asset_section", "asset_volume"}, h.Table) {
			continue
		}
		for i, id := range []string{a, b, b} {
			set := map[string]any{h.Owner: id}
			if i == 2 { // a row that only b has
				for _, col := range h.Twin {
					if columns[h.Table][col] == "text" && col != "contract_id" {
						set[col] = "y"
					} else if col == "title_no" {
						set[col] = int64(8)
					}
				}
				if h.Source != "" {
					set[h.Source] = string(asset.SourceOCS)
				}
				if h.Twin == nil && h.Source == "" || slices.Contains(h.Twin, "contract_id") {
					continue
				}
			} else if h.Source != "" {
				set[h.Source] = string(asset.SourceAgent)
			}
			for _, col := range []string{"id", "run_id"} {
				if slices.Contains(h.Key, col) {
					set[col] = store.NewID()
				}
			}
			if h.Table == "directory_computer" {
				set["row_key"] = id
			}
			fill(t, db, h.Table, columns[h.Table], set)
		}
	}
	return a, b
}

// Taken back, a merge has left nothing behind: every table is as it was.
func TestMergeAndBackLeavesEveryTableAsItWas(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, b := hungWorld(t, db)
		columns := columnsOf(t, db)
		before := dump(t, db, columns)
		all := asset.Scope{All: true}
		var done asset.Merged
		inTx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			done, err = asset.Merge(ctx, tx, all, hung(), a, b, "同じPC", "佐藤", 1_790_000_100_000)
			return err
		})
		if _, err := asset.Get(t.Context(), db, all, b); err == nil {
			t.Error("the row is still there")
		}
		for _, h := range slices.Concat(asset.Hung(), hung()) {
			where := h.Owner + " = $1"
			if h.Gone != "" {
				where += " AND " + h.Gone + " IS NULL"
			}
			left, err := h.Rows(t.Context(), db, where, b)
			if err != nil || len(left) > 0 {
				t.Errorf("%s: %d rows left behind, %v", h.Table, len(left), err)
			}
			there, err := h.Rows(t.Context(), db, where, a)
			if err != nil || len(there) == 0 && h.Table != "asset_settlement" && h.Table != "software_unsettled" {
				t.Errorf("%s: nothing at the row that stays, %v", h.Table, err)
			}
		}
		inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := asset.Unmerge(ctx, tx, all, hung(), done.ID, "佐藤", 1_790_000_200_000)
			return err
		})
		if diff := cmp.Diff(before, dump(t, db, columns)); diff != "" {
			t.Errorf("after taking back (-before +after)\n%s", diff)
		}
	})
}

// The same for a split.
func TestSplitAndBackLeavesEveryTableAsItWas(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, b := hungWorld(t, db)
		columns := columnsOf(t, db)
		before := dump(t, db, columns)
		all := asset.Scope{All: true}
		for _, parts := range [][]string{{"ocs"}, {"agent"}, {"manual"}, {"ocs", "manual"}, {"directory"}} {
			var done asset.Merged
			inTx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				done, err = asset.Split(ctx, tx, all, hung(), b, parts, "別のPC", "", "佐藤", 1_790_000_100_000)
				return err
			})
			if got, err := asset.Get(t.Context(), db, all, done.GoneID); err != nil || got.Name != "別のPC" {
				t.Errorf("%v: new row %+v, %v", parts, got, err)
			}
			for _, h := range hung() { // a table that one source speaks in goes with that source
				if there, err := h.Rows(t.Context(), db, h.Owner+" = $1", done.GoneID); h.Says != "" && (err != nil || (len(there) > 0) != slices.Contains(parts, h.Says)) {
					t.Errorf("%v: %d rows of %s at the new row, %v", parts, len(there), h.Table, err)
				}
			}
			inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, err := asset.Unmerge(ctx, tx, all, hung(), done.ID, "佐藤", 1_790_000_200_000)
				return err
			})
			if diff := cmp.Diff(before, dump(t, db, columns)); diff != "" {
				t.Errorf("%v after taking back (-before +after)\n%s", parts, diff)
			}
		}
	})
}
