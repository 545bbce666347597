package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// batchRows is how many rows one transaction takes: some 50 ms of the one writer of
// SQLite, so that reports of agents come in between.
const batchRows = 50

// Deps is what carrying out an import needs.
type Deps struct {
	DB    *store.DB
	NowMS func() int64
	// Finished is called in the transaction that ends an import or its taking back; the
	// server writes the audit entry there.
	Finished func(ctx context.Context, tx *store.Tx, m Import) error
	// Holds reports that something of another room hangs on an asset (a contract), so
	// that it must not leave the ledger.
	Holds func(ctx context.Context, q store.Querier, assetID string) (bool, error)
	// Door takes in files of machines; nil when there are only lists.
	Door Door
	// Hung are the tables of other rooms that hang on assets: rows that were merged since
	// are taken apart to take an import back.
	Hung []store.Hung

	batch int // rows a transaction; 0 = batchRows
}

// Worker does the jobs of JobKind.
func (d Deps) Worker() job.Worker {
	return func(ctx context.Context, j job.Job) error {
		var args jobArgs
		if err := json.Unmarshal(j.Args, &args); err != nil {
			return job.Discard(err)
		}
		err := d.Run(ctx, args.ID, func(done, total int) error { return job.Progress(ctx, int64(done), int64(total)) })
		if fault.Is(err, fault.CodeNotFound) {
			return job.Discard(err)
		}
		return err
	}
}

// Run carries an import on from where it is: into the ledger, or back out. Several may
// run at once and after a crash: each batch is one transaction that holds the import's
// row and stores how far it came. progress may be nil.
func (d Deps) Run(ctx context.Context, id string, progress func(done, total int) error) error {
	m, err := ByID(ctx, d.DB, id)
	if err != nil {
		return err
	}
	step := d.takeBackSome
	switch m.State {
	case StateRunning:
		if step, err = d.takeStep(ctx, m); err != nil {
			return err
		}
	case StateUndoing:
	default:
		return nil
	}
	for raced := false; ; {
		var now Import
		err := d.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			var err error
			if now, err = byID(ctx, tx, id, tx.ForUpdate()); err != nil || now.State != m.State {
				return err
			}
			return step(ctx, tx, &now)
		})
		if errors.Is(err, asset.ErrRace) && !raced {
			raced = true // once more, each row by itself
			continue
		}
		if err != nil || now.State != m.State {
			return err
		}
		raced = false
		if progress != nil {
			if err := progress(now.Done, now.Total); err != nil {
				return err
			}
		}
	}
}

// takeStep gives what takes the next part of an import in. A machine's file is a
// transaction of its own: it takes as long as a full report of an agent.
func (d Deps) takeStep(ctx context.Context, m Import) (func(context.Context, *store.Tx, *Import) error, error) {
	if m.Form == FormMachines {
		list, err := m.Machines(ctx, d.DB, d.Door, d.NowMS())
		return func(ctx context.Context, tx *store.Tx, m *Import) error { return d.takeMachine(ctx, tx, m, list) }, err
	}
	if m.Form == FormBill {
		doc, err := m.Bill(ctx, d.DB)
		return func(ctx context.Context, tx *store.Tx, m *Import) error { return d.takeBill(ctx, tx, m, doc) }, err
	}
	l, err := m.List(ctx, d.DB)
	if err != nil {
		return nil, err
	}
	rows, alone := prepare(l, m.Order), false
	return func(ctx context.Context, tx *store.Tx, m *Import) error {
		err := d.takeSome(ctx, tx, m, rows, alone)
		alone = errors.Is(err, asset.ErrRace)
		return err
	}, nil
}

// takeSome takes the next rows into the ledger. alone writes each new machine by itself:
// somebody else registers the same ones just now.
func (d Deps) takeSome(ctx context.Context, tx *store.Tx, m *Import, rows []prepared, alone bool) error {
	nowMS := d.NowMS()
	end := min(m.Done+cmp.Or(d.batch, batchRows), len(rows))
	part := rows[min(m.Done, end):end]
	t := taker{tx: tx, m: m, nowMS: nowMS, alone: alone, batch: asset.NewBatch(tx), here: map[string]int{}, keys: map[string]bool{}}
	looks, err := foresee(ctx, tx, m.Order, part, nowMS)
	if err != nil {
		return err
	}
	var out, sets [][]any
	for i, p := range part {
		r, err := t.take(ctx, p, looks[i])
		if err != nil {
			return err
		}
		m.Counts.add(r)
		out = append(out, rowOf(m.ID, r))
		sets = append(sets, r.setRows(m.ID)...)
	}
	if err := t.batch.Flush(ctx); err != nil {
		return err
	}
	if err := tx.InsertMany(ctx, "intake_row", rowCols, out, "ON CONFLICT DO NOTHING"); err != nil {
		return err
	}
	if err := tx.InsertMany(ctx, "intake_set", setCols, sets, "ON CONFLICT DO NOTHING"); err != nil {
		return err
	}
	m.Done, m.Total = end, len(rows)
	if end == len(rows) {
		m.State, m.FinishedMS = StateDone, nowMS
	}
	return d.keep(ctx, tx, *m, m.State == StateDone)
}

// setRows are the values that a row set, as they are kept.
func (r Row) setRows(importID string) (rows [][]any) {
	if r.Outcome == OutcomeRefuse {
		return nil
	}
	for _, s := range r.sets {
		rows = append(rows, []any{importID, r.AssetID, string(s.Field), s.Value, s.AtMS, s.Before, s.BeforeBy, false})
	}
	return rows
}

var (
	rowCols = []store.Col{{Name: "import_id", Type: store.Text}, {Name: "row_no", Type: store.Int}, {Name: "asset_id", Type: store.Text}, {Name: "name", Type: store.Text},
		{Name: "outcome", Type: store.Text}, {Name: "contradicts", Type: store.Bool}, {Name: "problem", Type: store.Text}, {Name: "taken_back", Type: store.Text}}
	setCols = []store.Col{{Name: "import_id", Type: store.Text}, {Name: "asset_id", Type: store.Text}, {Name: "field", Type: store.Text}, {Name: "value", Type: store.Text},
		{Name: "at_ms", Type: store.Int}, {Name: "before_value", Type: store.Text}, {Name: "before_by", Type: store.Text}, {Name: "kept", Type: store.Bool}}
)

// keep stores how far the import is, and tells when it ended.
func (d Deps) keep(ctx context.Context, tx *store.Tx, m Import, ended bool) error {
	counts, err := json.Marshal(m.Counts)
	if err != nil {
		return fmt.Errorf("counts of import %s: %w", m.ID, err)
	}
	_, err = tx.Exec(ctx, `UPDATE intake_import SET state = $1, finished_ms = $2, undone_ms = $3, next_row = $4, rows_total = $5, counts = $6 WHERE id = $7`,
		string(m.State), m.FinishedMS, m.UndoneMS, m.Done, m.Total, string(counts), m.ID)
	if err != nil {
		return fmt.Errorf("store progress of import %s: %w", m.ID, err)
	}
	if ended && d.Finished != nil {
		return d.Finished(ctx, tx, m)
	}
	return nil
}

// taker takes the rows of one transaction. What they come to is foreseen for all of them
// at once; where an earlier row of the same transaction changed that, it is foreseen
// again.
type taker struct {
	tx    *store.Tx
	m     *Import
	nowMS int64
	alone bool
	batch *asset.Batch
	here  map[string]int  // assets that were spoken of, and in which row
	keys  map[string]bool // keys that were spoken of
}

// take does one row. What is wrong with it becomes its problem, as in the preview.
func (t *taker) take(ctx context.Context, p prepared, r Row) (Row, error) {
	r, err := t.afresh(ctx, p, r)
	if err != nil || r.Outcome == OutcomeRefuse {
		return r, err
	}
	if r.AssetID != "" {
		n, err := takenBefore(ctx, t.tx, t.m.ID, r.AssetID, t.here)
		if err != nil {
			return r, err
		}
		if n > 0 {
			return refused(p, &Problem{Column: -1, Fault: fault.Conflict("intake.error.same_asset", "Row", n)}), nil
		}
	}
	p.observation.AtMS = t.nowMS
	res, err := t.observe(ctx, p.observation, r.unknown)
	if err != nil {
		return r, fmt.Errorf("row %d: %w", p.number, err)
	}
	if res.Older { // lists spoke of the device at a time that lies ahead: the clock went back
		return refused(p, &Problem{Column: -1, Fault: fault.Conflict("intake.error.clock_back").WithHint("intake.error.clock_back.hint")}), nil
	}
	r.AssetID = res.AssetID
	if res.Created {
		r.Outcome = OutcomeCreate
	}
	t.here[r.AssetID] = r.Number
	return r, nil
}

// afresh foresees a row again when an earlier one spoke of its keys or its asset. A row
// without keys goes by its name, which any of them may have given.
func (t *taker) afresh(ctx context.Context, p prepared, r Row) (Row, error) {
	keys := p.observation.Keys()
	spoken := len(keys) == 0 && len(t.here) > 0 || r.AssetID != "" && t.here[r.AssetID] > 0
	for _, key := range keys {
		spoken = spoken || t.keys[key]
		t.keys[key] = true
	}
	if !spoken || p.problem != nil {
		return r, nil
	}
	if err := t.batch.Flush(ctx); err != nil {
		return r, err
	}
	rows, err := foresee(ctx, t.tx, t.m.Order, []prepared{p}, t.nowMS)
	if err != nil {
		return r, err
	}
	return rows[0], nil
}

func (t *taker) observe(ctx context.Context, o asset.Observation, unknown bool) (asset.Result, error) {
	if unknown && !t.alone {
		return t.batch.New(ctx, o)
	}
	return asset.Observe(ctx, t.tx, o)
}

// takenBefore gives the row of this import that spoke of the asset already; 0 = none.
func takenBefore(ctx context.Context, tx *store.Tx, importID, assetID string, here map[string]int) (int, error) {
	if n := here[assetID]; n > 0 {
		return n, nil
	}
	var n int
	err := tx.QueryRow(ctx, `SELECT COALESCE(min(row_no), 0) FROM intake_row WHERE import_id = $1 AND asset_id = $2`, importID, assetID).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("look for an earlier row: %w", err)
	}
	return n, nil
}
