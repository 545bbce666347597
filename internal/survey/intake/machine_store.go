package intake

import (
	"context"
	"encoding/json"
	"fmt"

	"sonae/internal/platform/store"
)

var machineCols = []store.Col{{Name: "import_id", Type: store.Text}, {Name: "row_no", Type: store.Int}, {Name: "file_name", Type: store.Text}, {Name: "kind", Type: store.Text},
	{Name: "source", Type: store.Text}, {Name: "at_ms", Type: store.Int}, {Name: "sha256", Type: store.Text}, {Name: "kit_id", Type: store.Text}, {Name: "kit_name", Type: store.Text},
	{Name: "contents", Type: store.Text}, {Name: "notes", Type: store.Text}, {Name: "before_ms", Type: store.Int},
	{Name: "before_state", Type: store.Text}}

// keptMachine is what is kept of a machine's file beside its row.
type keptMachine struct {
	Machine
	before Before
	heir   bool // it stands for an earlier file that was taken back
}

func keepMachine(ctx context.Context, tx *store.Tx, importID string, r Row, before Before) error {
	m := r.Machine
	contents, err := json.Marshal(m.Contents)
	if err != nil {
		return fmt.Errorf("keep contents of row %d: %w", r.Number, err)
	}
	gaps, err := json.Marshal(m.Gaps)
	if err != nil {
		return fmt.Errorf("keep gaps of row %d: %w", r.Number, err)
	}
	row := []any{importID, int64(r.Number), m.Place, string(m.Kind), string(m.Source), m.AtMS, m.SHA256, m.KitID, m.KitName, string(contents), string(gaps), before.SeenMS, before.State}
	return tx.InsertMany(ctx, "intake_machine", machineCols, [][]any{row}, "ON CONFLICT DO NOTHING")
}

// machinesOf reads what is kept of the machines of rows from a number on.
func machinesOf(ctx context.Context, q store.Querier, importID string, from, to int) (map[int]keptMachine, error) {
	rows, err := q.Query(ctx, `SELECT row_no, file_name, kind, source, at_ms, sha256, kit_id, kit_name, contents, notes, before_ms, before_state, heir FROM intake_machine
		WHERE import_id = $1 AND row_no >= $2 AND row_no <= $3`, importID, from, to)
	if err != nil {
		return nil, fmt.Errorf("read machines of import %s: %w", importID, err)
	}
	defer func() { _ = rows.Close() }()
	out := map[int]keptMachine{}
	for rows.Next() {
		var k keptMachine
		var n int
		var contents, gaps string
		if err := rows.Scan(&n, &k.Place, &k.Kind, &k.Source, &k.AtMS, &k.SHA256, &k.KitID, &k.KitName, &contents, &gaps, &k.before.SeenMS, &k.before.State, &k.heir); err != nil {
			return nil, fmt.Errorf("read machines of import %s: %w", importID, err)
		}
		if err := json.Unmarshal([]byte(contents), &k.Contents); err != nil {
			return nil, fmt.Errorf("contents of import %s: %w", importID, err)
		}
		if err := json.Unmarshal([]byte(gaps), &k.Gaps); err != nil {
			return nil, fmt.Errorf("gaps of import %s: %w", importID, err)
		}
		out[n] = k
	}
	return out, rows.Err()
}

func machineOf(ctx context.Context, q store.Querier, importID string, number int) (keptMachine, error) {
	all, err := machinesOf(ctx, q, importID, number, number)
	return all[number], err
}

// inherit makes a file stand for the one before it, which said the same and is taken back.
func inherit(ctx context.Context, tx *store.Tx, heir follower, from keptMachine, same bool) error {
	_, err := tx.Exec(ctx, `UPDATE intake_machine SET before_ms = $1, before_state = $2, heir = $3 WHERE import_id = $4 AND row_no = $5`,
		from.before.SeenMS, from.before.State, !same, heir.importID, heir.number)
	if err != nil {
		return fmt.Errorf("hand row %d on: %w", heir.number, err)
	}
	return nil
}
