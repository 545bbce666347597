package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"sonae/internal/platform/blob"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// maxMachines bounds the machines of one import.
const maxMachines = 1000

// Brought is what a person brought: some files, of one name for the list of imports.
type Brought struct {
	FacilityID string
	AssetID    string // the machine that the person named; empty = the files tell
	Name       string // of the file, or of the first of several
	Files      []File // as Door.Sort gave them
	ByID, By   string
}

// CreateMachines keeps files of machines as one draft. Errors: too_large; invalid when
// there is nothing to read.
func CreateMachines(ctx context.Context, tx *store.Tx, door Door, b Brought, nowMS int64) (Import, error) {
	o := Order{FacilityID: b.FacilityID, AssetID: b.AssetID, By: b.By, FileName: cleanName(b.Name)}
	list, err := door.Read(ctx, tx, o, b.Files, nowMS)
	if err != nil {
		return Import{}, err
	}
	if len(list) == 0 {
		return Import{}, fault.Invalid("intake.error.no_machine")
	}
	if len(list) > maxMachines {
		return Import{}, fault.TooLarge("intake.error.machines", "Max", maxMachines)
	}
	body, err := pack(b.Files)
	if err != nil {
		return Import{}, err
	}
	kept, err := blob.Put(ctx, tx, bytes.NewReader(body), blob.MaxFileBytes)
	if err != nil {
		return Import{}, err
	}
	m := Import{ID: store.NewID(), FileName: o.FileName, SHA256: kept.SHA256, SizeBytes: kept.SizeBytes, State: StateDraft, ByID: b.ByID,
		CreatedMS: nowMS, Total: len(list), Order: o, Form: FormMachines, blobID: kept.ID}
	if len(b.Files) == 1 { // the hash that people can compare
		sum := sha256.Sum256(b.Files[0].Body)
		m.SHA256, m.SizeBytes = hex.EncodeToString(sum[:]), int64(len(b.Files[0].Body))
	}
	return m, m.insert(ctx, tx)
}

// Machines reads the files of an import again.
func (m Import) Machines(ctx context.Context, q store.Querier, door Door, nowMS int64) ([]Machine, error) {
	body, err := m.body(ctx, q)
	if err != nil {
		return nil, err
	}
	files, err := unpackKept(body)
	if err != nil {
		return nil, err
	}
	return door.Read(ctx, q, m.Order, files, nowMS)
}

// ForeseeMachines works out what an import would do with every machine now, and stores
// nothing.
func ForeseeMachines(ctx context.Context, q store.Querier, door Door, m Import, nowMS int64) (Plan, error) {
	list, err := m.Machines(ctx, q, door, nowMS)
	if err != nil {
		return Plan{}, err
	}
	return foreseeMachines(ctx, q, door, m.Order, list)
}

func foreseeMachines(ctx context.Context, q store.Querier, door Door, o Order, list []Machine) (Plan, error) {
	plan := Plan{Rows: make([]Row, 0, len(list))}
	taken := map[string]int{}
	for i, machine := range list {
		row, _, err := foreseeMachine(ctx, q, door, o, i+1, machine)
		if err != nil {
			return Plan{}, err
		}
		if n, twice := taken[row.AssetID]; twice && row.AssetID != "" && row.Outcome != OutcomeRefuse && machine.Source == list[n-1].Source {
			row = refusedMachine(row, fault.Conflict("intake.error.same_machine", "Row", n))
		}
		if row.AssetID != "" && row.Outcome != OutcomeRefuse {
			taken[row.AssetID] = row.Number
		}
		plan.Counts.add(row)
		plan.Rows = append(plan.Rows, row)
	}
	return plan, nil
}

func refusedMachine(r Row, f *fault.Error) Row {
	return Row{Number: r.Number, Outcome: OutcomeRefuse, Name: r.Name, Machine: r.Machine, Problem: &Problem{Column: -1, Fault: f}}
}

// sameTime is how exact the times in files are, in milliseconds: two files of one second
// come in the order in which they are brought.
const sameTime = 1000

// foreseeMachine works out one machine.
func foreseeMachine(ctx context.Context, q store.Querier, door Door, o Order, number int, machine Machine) (Row, Sight, error) {
	r := Row{Number: number, Name: first(machine.Name, machine.Place), Machine: &machine}
	if machine.Problem != nil {
		return refusedMachine(r, machine.Problem), Sight{}, nil
	}
	before, err := takenAlready(ctx, q, o.FacilityID, machine.SHA256)
	if err != nil {
		return r, Sight{}, err
	}
	sight, err := door.Foresee(ctx, q, o, machine)
	if err != nil {
		return r, sight, err
	}
	if last := sight.BeforeMS; last >= machine.AtMS && last < machine.AtMS+sameTime {
		// Each file of a machine has a time of its own, by which it can be taken back.
		machine.AtMS = last + 1
	}
	if sight.Problem != nil {
		return refusedMachine(r, sight.Problem), sight, nil
	}
	look := sight.Outlook
	r.AssetID, r.Name = look.Asset.ID, first(look.Asset.Name, r.Name)
	r.Changed, r.Hidden, r.Doubts, r.sets = look.Changed, look.Hidden, look.Doubts, look.Sets
	switch {
	case before != nil && before.AssetID == look.Asset.ID:
		r.Outcome, r.Changed = OutcomeSame, nil
		r.Remark = fault.Conflict("intake.remark.again", "File", before.FileName, "At", strconv.FormatInt(before.FinishedMS, 10))
	case r.AssetID == "":
		r.Outcome = OutcomeCreate
	case sight.BeforeMS > machine.AtMS:
		return refusedMachine(r, fault.Conflict("intake.error.older", "At", strconv.FormatInt(sight.BeforeMS, 10))), sight, nil
	case sight.Same:
		r.Outcome = OutcomeSame
	default:
		r.Outcome = OutcomeChange
	}
	return r, sight, nil
}

// earlier is where a file was taken in before.
type earlier struct {
	AssetID, FileName string
	FinishedMS        int64
}

// takenAlready looks for the same bytes among what was taken in at a facility and not
// taken back.
func takenAlready(ctx context.Context, q store.Querier, facilityID, sha256 string) (*earlier, error) {
	rows, err := q.Query(ctx, `SELECT r.asset_id, i.file_name, i.started_ms FROM intake_machine m
		JOIN intake_row r ON r.import_id = m.import_id AND r.row_no = m.row_no JOIN intake_import i ON i.id = m.import_id
		WHERE m.sha256 = $1 AND i.facility_id = $2 AND r.outcome IN ('create', 'change') AND r.taken_back = '' AND r.asset_id <> '' ORDER BY m.import_id DESC LIMIT 1`, sha256, facilityID)
	if err != nil {
		return nil, fmt.Errorf("look for an earlier import: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out *earlier
	for rows.Next() {
		out = &earlier{}
		if err := rows.Scan(&out.AssetID, &out.FileName, &out.FinishedMS); err != nil {
			return nil, fmt.Errorf("look for an earlier import: %w", err)
		}
	}
	return out, rows.Err()
}

// takeMachine takes the next machine into the ledger.
func (d Deps) takeMachine(ctx context.Context, tx *store.Tx, m *Import, list []Machine) error {
	nowMS := d.NowMS()
	if m.Done < len(list) {
		number := m.Done + 1
		r, sight, err := foreseeMachine(ctx, tx, d.Door, m.Order, number, list[m.Done])
		if err != nil {
			return err
		}
		before := Before{SeenMS: sight.BeforeMS}
		if r.Outcome == OutcomeCreate || r.Outcome == OutcomeChange || r.Outcome == OutcomeSame && r.Remark == nil {
			if r, before, err = d.takeOne(ctx, tx, m, r); err != nil {
				return err
			}
		}
		m.Counts.add(r)
		if err := tx.InsertMany(ctx, "intake_row", rowCols, [][]any{rowOf(m.ID, r)}, "ON CONFLICT DO NOTHING"); err != nil {
			return err
		}
		if err := errors.Join(keepMachine(ctx, tx, m.ID, r, before), tx.InsertMany(ctx, "intake_set", setCols, r.setRows(m.ID), "ON CONFLICT DO NOTHING")); err != nil {
			return err
		}
		m.Done = number
	}
	m.Total = len(list)
	if m.Done >= len(list) {
		m.State, m.FinishedMS = StateDone, nowMS
	}
	return d.keep(ctx, tx, *m, m.State == StateDone)
}

// takeOne stores one machine. What the ledger refuses becomes its problem.
func (d Deps) takeOne(ctx context.Context, tx *store.Tx, m *Import, r Row) (Row, Before, error) {
	n, err := takenWith(ctx, tx, m.ID, r.AssetID, string(r.Machine.Source))
	if err != nil {
		return r, Before{}, err
	}
	if n > 0 {
		return refusedMachine(r, fault.Conflict("intake.error.same_machine", "Row", n)), Before{}, nil
	}
	res, before, err := d.Door.Take(ctx, tx, m.Order, *r.Machine)
	if err != nil {
		return r, before, fmt.Errorf("%s: %w", r.Machine.Place, err)
	}
	if res.Older || r.AssetID != "" && res.AssetID != r.AssetID || r.AssetID == "" && !res.Created {
		// Another import or report came between looking and taking.
		return r, before, fmt.Errorf("%s: the ledger has changed meanwhile, to be tried again", r.Machine.Place)
	}
	r.AssetID = res.AssetID
	return r, before, nil
}

// takenWith gives the row of this import in which the same source spoke of the asset
// already; 0 = none.
func takenWith(ctx context.Context, q store.Querier, importID, assetID, source string) (int, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT COALESCE(min(r.row_no), 0) FROM intake_row r JOIN intake_machine m ON m.import_id = r.import_id AND m.row_no = r.row_no
		WHERE r.import_id = $1 AND r.asset_id = $2 AND m.source = $3 AND r.asset_id <> ''`, importID, assetID, source).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("look for an earlier row: %w", err)
	}
	return n, nil
}
