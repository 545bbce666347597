package intake

import (
	"context"
	"encoding/json"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// Taken is what became of one row of an import that has begun.
type Taken struct {
	Number      int
	AssetID     string // empty when refused
	Name        string
	Outcome     Outcome
	Contradicts bool
	Problem     *Problem
	// Back is what undoing did: removed (the asset has left the ledger), back (values are
	// as before), stays (so are they, and the asset stays, because others speak of it), kept
	// (some values stay: a later import says them, too, or somebody has changed them), gone (the asset was not there any more), later (not taken back: a
	// later file speaks of the machine and goes first); empty = not undone.
	Back string
	Sets []Set // what the row set; filled by TakenRows
	// Machine is the file of a machine; nil in lists. Filled by TakenRows.
	Machine *Machine
}

// Set is one value that a row set.
type Set struct {
	Field  asset.Field
	Before string // what lists said before
	Value  string
	Kept   bool // not taken back: changed by somebody since
}

// storedProblem is a problem as it is kept: the message is written when it is read, in
// the reader's language.
type storedProblem struct {
	Column  int         `json:"column"`
	Heading string      `json:"heading,omitempty"`
	Field   asset.Field `json:"field,omitempty"`
	Code    fault.Code  `json:"code"`
	Key     string      `json:"key"`
	Hint    string      `json:"hint,omitempty"`
	Args    []string    `json:"args,omitempty"`
}

func rowOf(importID string, r Row) []any {
	problem := ""
	p := r.Problem
	if p == nil && r.Remark != nil {
		p = &Problem{Column: -1, Fault: r.Remark}
	}
	if p != nil {
		s := storedProblem{Column: p.Column, Heading: p.Heading, Field: p.Field, Code: p.Fault.Code, Key: p.Fault.Key, Hint: p.Fault.Hint}
		for _, a := range p.Fault.Args {
			s.Args = append(s.Args, fmt.Sprint(a))
		}
		if body, err := json.Marshal(s); err == nil { // plain values always marshal
			problem = string(body)
		}
	}
	id := r.AssetID
	if r.Outcome == OutcomeRefuse {
		id = ""
	}
	return []any{importID, int64(r.Number), id, short(r.Name), string(r.Outcome), r.Contradicts(), problem, ""}
}

func readProblem(text string) *Problem {
	var s storedProblem
	if text == "" || json.Unmarshal([]byte(text), &s) != nil {
		return nil
	}
	f := fault.New(s.Code, s.Key)
	f.Hint = s.Hint
	for _, a := range s.Args {
		f.Args = append(f.Args, a)
	}
	return &Problem{Column: s.Column, Heading: s.Heading, Field: s.Field, Fault: f}
}

// rowsAfter reads rows in order; outcome "" = all.
func rowsAfter(ctx context.Context, q store.Querier, importID string, after int, outcome Outcome, limit int) ([]Taken, error) {
	rows, err := q.Query(ctx, `SELECT row_no, asset_id, name, outcome, contradicts, problem, taken_back FROM intake_row
		WHERE import_id = $1 AND row_no > $2 AND ($3 = '' OR outcome = $4) ORDER BY row_no LIMIT $5`, importID, after, string(outcome), string(outcome), limit)
	if err != nil {
		return nil, fmt.Errorf("read rows of import %s: %w", importID, err)
	}
	defer func() { _ = rows.Close() }()
	var out []Taken
	for rows.Next() {
		var t Taken
		var problem string
		if err := rows.Scan(&t.Number, &t.AssetID, &t.Name, &t.Outcome, &t.Contradicts, &problem, &t.Back); err != nil {
			return nil, fmt.Errorf("read rows of import %s: %w", importID, err)
		}
		t.Problem = readProblem(problem)
		out = append(out, t)
	}
	return out, rows.Err()
}

// TakenRows lists what became of the rows of an import that has begun, with what they
// set. after is the number of the last row of the page before; limit 1–200.
func TakenRows(ctx context.Context, q store.Querier, importID string, outcome Outcome, after, limit int) ([]Taken, error) {
	list, err := rowsAfter(ctx, q, importID, after, outcome, limit)
	if err != nil || len(list) == 0 {
		return list, err
	}
	at := map[string]int{}
	var ids []string
	for i, t := range list {
		if t.AssetID != "" {
			at[t.AssetID] = i
			ids = append(ids, t.AssetID)
		}
	}
	machines, err := machinesOf(ctx, q, importID, list[0].Number, list[len(list)-1].Number)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if k, ok := machines[list[i].Number]; ok {
			list[i].Machine = &k.Machine
		}
	}
	if len(ids) == 0 {
		return list, nil
	}
	args := []any{importID}
	rows, err := q.Query(ctx, `SELECT asset_id, field, before_value, value, kept FROM intake_set WHERE import_id = $1 AND before_value <> value AND `+store.In("asset_id", ids, &args)+` ORDER BY asset_id, field`, args...)
	if err != nil {
		return nil, fmt.Errorf("read values of import %s: %w", importID, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		var s Set
		if err := rows.Scan(&id, &s.Field, &s.Before, &s.Value, &s.Kept); err != nil {
			return nil, fmt.Errorf("read values of import %s: %w", importID, err)
		}
		t := &list[at[id]]
		t.Sets = append(t.Sets, s)
	}
	return list, rows.Err()
}
