package intake

import (
	"context"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// What undoing did with a row; shown by "intake.back." + word. Empty = it stands.
const (
	backRemoved = "removed" // the asset has left the ledger
	backDone    = "back"    // values are as before
	backStays   = "stays"   // values are as before; the asset stays: others speak of it, or something hangs on it
	backKept    = "kept"    // some values stay: a later import says them, too, or somebody has changed them
	backGone    = "gone"    // the asset was not there any more
	backLater   = "later"   // a later file speaks of the machine: it stands until that one is taken back
)

// standing is the condition of rows that were taken in and not taken back. A file that was
// there before (a same one with a remark) was not taken in.
const standing = `r.outcome <> 'refuse' AND r.taken_back IN ('', 'later') AND (r.outcome <> 'same' OR r.problem = '')`

// follower is the next file in which the same source speaks of the same machine.
type follower struct {
	importID, fileName string
	number             int
	atMS               int64
	by                 string // as the facts name it
	same               bool   // it says exactly what stood before it
}

// nextOf finds the file that follows one of a machine; nil when it is the newest.
func nextOf(ctx context.Context, q store.Querier, assetID string, s asset.Source, atMS int64) (*follower, error) {
	rows, err := q.Query(ctx, `SELECT m.import_id, m.row_no, m.at_ms, m.kit_name, r.outcome, m.heir, i.file_name, i.by_name FROM intake_row r
		JOIN intake_machine m ON m.import_id = r.import_id AND m.row_no = r.row_no JOIN intake_import i ON i.id = r.import_id
		WHERE r.asset_id = $1 AND m.source = $2 AND m.at_ms > $3 AND `+standing+` ORDER BY m.at_ms LIMIT 1`, assetID, string(s), atMS)
	if err != nil {
		return nil, fmt.Errorf("look for later files of asset %s: %w", assetID, err)
	}
	defer func() { _ = rows.Close() }()
	var out *follower
	for rows.Next() {
		var f follower
		var o Order
		var kit string
		var outcome Outcome
		var heir bool
		if err := rows.Scan(&f.importID, &f.number, &f.atMS, &kit, &outcome, &heir, &f.fileName, &o.By); err != nil {
			return nil, fmt.Errorf("look for later files of asset %s: %w", assetID, err)
		}
		o.FileName = f.fileName
		f.by, f.same = o.Said(kit), outcome == OutcomeSame && !heir
		out = &f
	}
	return out, rows.Err()
}

// inTheWay tells whether an import can be taken back at all: conflict, with the newest of
// the imports that have to be taken back first, when later files speak of all its machines.
func inTheWay(ctx context.Context, q store.Querier, m Import) error {
	if m.Form != FormMachines {
		return nil
	}
	var file string
	free, newest := false, int64(0)
	for after := 0; !free; {
		rows, err := rowsAfter(ctx, q, m.ID, after, "", batchRows)
		if err != nil || len(rows) == 0 {
			free = free || newest == 0
			if err != nil {
				return err
			}
			break
		}
		machines, err := machinesOf(ctx, q, m.ID, rows[0].Number, rows[len(rows)-1].Number)
		if err != nil {
			return err
		}
		for _, r := range rows {
			after = r.Number
			if !r.stands() {
				continue
			}
			next, err := nextOf(ctx, q, r.AssetID, machines[r.Number].Source, machines[r.Number].AtMS)
			if err != nil {
				return err
			}
			if next == nil || next.same {
				free = true
				break
			}
			if next.atMS > newest {
				newest, file = next.atMS, next.fileName
			}
		}
	}
	if free {
		return nil
	}
	return fault.Conflict("intake.error.later", "File", file).WithHint("intake.error.later.hint")
}

// stands reports whether a row was taken in and not taken back.
func (t Taken) stands() bool {
	return t.Outcome != OutcomeRefuse && (t.Back == "" || t.Back == backLater) && (t.Outcome != OutcomeSame || t.Problem == nil)
}

// broughtBack reports whether the import that brought an asset into the ledger is taken
// back already.
func broughtBack(ctx context.Context, q store.Querier, assetID string) (bool, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT count(*) FROM intake_row WHERE asset_id = $1 AND outcome = 'create' AND taken_back NOT IN ('', 'later')`, assetID).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look who brought asset %s: %w", assetID, err)
	}
	return n > 0, nil
}

// listedMS is when the newest list that stands, other than importID, spoke of an asset; 0 =
// none does. Rows of before statements were kept in full count as of the end of their import.
func listedMS(ctx context.Context, q store.Querier, importID, assetID string) (int64, error) {
	var ms int64
	err := q.QueryRow(ctx, `SELECT COALESCE(max(COALESCE((SELECT max(s.at_ms) FROM intake_set s WHERE s.import_id = r.import_id AND s.asset_id = r.asset_id), i.finished_ms)), 0)
		FROM intake_row r JOIN intake_import i ON i.id = r.import_id WHERE r.asset_id = $1 AND r.import_id <> $2 AND i.form = 'list' AND `+standing, assetID, importID).Scan(&ms)
	if err != nil {
		return 0, fmt.Errorf("look for other lists of asset %s: %w", assetID, err)
	}
	return ms, nil
}

// setsOf reads what a list said of one asset, with what the next list that stands said of
// the same fields.
func setsOf(ctx context.Context, q store.Querier, importID, assetID string) ([]asset.Said, error) {
	later, err := statements(ctx, q, `s.asset_id = $1 AND s.import_id <> $2 AND `+standing, assetID, importID)
	if err != nil {
		return nil, err
	}
	mine, err := statements(ctx, q, `s.asset_id = $1 AND s.import_id = $2`, assetID, importID)
	if err != nil {
		return nil, err
	}
	out := make([]asset.Said, len(mine))
	for i, s := range mine {
		out[i] = s.Said
		for _, l := range later {
			if l.Field == s.Field && l.AtMS > s.AtMS {
				out[i].Next = asset.Next{Value: l.Value, AtMS: l.AtMS, By: l.by}
				break
			}
		}
	}
	return out, nil
}

// stated is a statement of a list, and who made it.
type stated struct {
	asset.Said
	by string
}

// statements reads what lists said of an asset, by field and time.
func statements(ctx context.Context, q store.Querier, cond string, args ...any) ([]stated, error) {
	rows, err := q.Query(ctx, `SELECT s.field, s.value, s.at_ms, s.before_value, s.before_by, i.file_name, i.by_name FROM intake_set s
		JOIN intake_import i ON i.id = s.import_id AND i.form = 'list' JOIN intake_row r ON r.import_id = s.import_id AND r.asset_id = s.asset_id
		WHERE `+cond+` ORDER BY s.field, s.at_ms`, args...)
	if err != nil {
		return nil, fmt.Errorf("read what lists said: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []stated
	for rows.Next() {
		var s stated
		var o Order
		if err := rows.Scan(&s.Field, &s.Value, &s.AtMS, &s.Before, &s.BeforeBy, &o.FileName, &o.By); err != nil {
			return nil, fmt.Errorf("read what lists said: %w", err)
		}
		s.by = o.Said("")
		out = append(out, s)
	}
	return out, rows.Err()
}
