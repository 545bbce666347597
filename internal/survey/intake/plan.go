package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// section is the part of the source csv that all statements of lists stand in.
const section = "list"

// prepared is a row read: the observation it makes, or why it makes none.
type prepared struct {
	number      int
	observation asset.Observation
	name        string
	problem     *Problem
}

// prepare reads all rows. It needs no database, and gives the same for the same list
// and order at any time.
func prepare(l List, o Order) []prepared {
	out := make([]prepared, len(l.Grid.Rows))
	seen := map[string]int{}
	for i := range l.Grid.Rows {
		p := readRow(l, o, i)
		if p.problem == nil {
			p.problem = repeated(p, seen)
		}
		if p.problem == nil {
			for _, key := range p.observation.Keys() {
				seen[key] = p.number
			}
		}
		out[i] = p
	}
	return out
}

// repeated refuses a row with a number that a row above has: which of the two is
// right, the file does not say.
func repeated(p prepared, seen map[string]int) *Problem {
	for _, key := range p.observation.Keys() {
		if n, ok := seen[key]; ok {
			kind, _, _ := strings.Cut(key, ":")
			return &Problem{Column: -1, Fault: fault.Conflict("intake.error.repeated", "Row", n, "Key", kind)}
		}
	}
	return nil
}

// readRow makes the observation of one row.
func readRow(l List, o Order, i int) prepared {
	row := l.Grid.Rows[i]
	p := prepared{number: row.Number}
	values := asset.Values{}
	for col, text := range row.Cells {
		f := asset.Field("")
		if col < len(o.Columns) {
			f = o.Columns[col]
		}
		if f == "" {
			if p.problem == nil && col >= len(l.Headings) && strings.TrimSpace(text) != "" {
				p.problem = &Problem{Column: col, Fault: fault.Invalid("intake.error.no_heading")}
			}
			continue
		}
		c := cell{shown: text, since1904: l.Grid.Since1904, heading: l.Headings[col]}
		if col < len(row.Raw) {
			c.raw = row.Raw[col]
		}
		v, err := value(f, c)
		if err != nil && p.problem == nil {
			p.problem = &Problem{Column: col, Heading: l.Headings[col], Field: f, Fault: fault.Of(err)}
		}
		if v != "" {
			values[f] = v
		}
	}
	p.name = first(values[asset.FieldName], values[asset.FieldHostName], values[asset.FieldAssetTag], values[asset.FieldSerial])
	if p.problem == nil && len(values) == 0 {
		p.problem = &Problem{Column: -1, Fault: fault.Invalid("intake.error.row_empty")}
	}
	p.observation = observation(o, values)
	return p
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// observation is what a row says, in the ledger's terms.
func observation(o Order, v asset.Values) asset.Observation {
	kind := asset.Kind(v[asset.FieldKind])
	delete(v, asset.FieldKind)
	id := asset.Identity{Maker: v[asset.FieldMaker], Model: v[asset.FieldModel], Serial: v[asset.FieldSerial], HostName: v[asset.FieldHostName], AssetTag: v[asset.FieldAssetTag]}
	if mac := v[asset.FieldMAC]; mac != "" {
		id.MACs = []string{mac}
	}
	return asset.Observation{FacilityID: o.FacilityID, Source: asset.SourceCSV, By: o.Said(""), Identity: id, Kind: kind,
		Groups: map[string]asset.Values{section: v}, Partial: true}
}

// Plan is what a list would do.
type Plan struct {
	Counts Counts
	Rows   []Row
}

// Foresee works out what every row would do now, and stores nothing. Errors are those
// of the order; what is wrong with a row stands in the row.
func Foresee(ctx context.Context, q store.Querier, l List, o Order, nowMS int64) (Plan, error) {
	if err := o.check(l.Headings); err != nil {
		return Plan{}, err
	}
	names := map[string]int{}
	taken := map[string]int{}
	plan := Plan{Rows: make([]Row, 0, len(l.Grid.Rows))}
	all := prepare(l, o)
	rows, err := foreseeAll(ctx, q, o, all, nowMS)
	if err != nil {
		return Plan{}, err
	}
	for i, p := range all {
		r := rows[i]
		if n, twice := taken[r.AssetID]; r.AssetID != "" && r.Outcome != OutcomeRefuse && twice {
			r = refused(p, &Problem{Column: -1, Fault: fault.Conflict("intake.error.same_asset", "Row", n)})
		}
		if n, twice := names[nameKey(p)]; r.Outcome == OutcomeCreate && len(p.observation.Keys()) == 0 && twice {
			r = refused(p, &Problem{Column: -1, Fault: fault.Conflict("intake.error.same_name_row", "Row", n)})
		}
		if r.Outcome != OutcomeRefuse {
			taken[r.AssetID] = r.Number
			names[nameKey(p)] = r.Number
		}
		plan.Counts.add(r)
		plan.Rows = append(plan.Rows, r)
	}
	return plan, nil
}

// lookRows is how many rows are looked up together.
const lookRows = 200

// foreseeAll works out each row by itself, some hundred at a time.
func foreseeAll(ctx context.Context, q store.Querier, o Order, all []prepared, nowMS int64) ([]Row, error) {
	rows := make([]Row, 0, len(all))
	for part := range slices.Chunk(all, lookRows) {
		some, err := foresee(ctx, q, o, part, nowMS)
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

func nameKey(p prepared) string { return plain(p.name) }

func refused(p prepared, problem *Problem) Row {
	return Row{Number: p.number, Outcome: OutcomeRefuse, Name: p.name, Problem: problem}
}

// foresee works out rows, each as if it came alone. An error is trouble with the
// database; faults of a row become its problem.
func foresee(ctx context.Context, q store.Querier, o Order, part []prepared, nowMS int64) ([]Row, error) {
	out := make([]Row, len(part))
	var list []asset.Observation
	var at []int
	for i, p := range part {
		problem := p.problem
		if problem == nil && len(p.observation.Keys()) == 0 {
			var err error
			if problem, err = withoutNumber(ctx, q, o, p); err != nil {
				return nil, err
			}
		}
		if problem != nil {
			out[i] = refused(p, problem)
			continue
		}
		p.observation.AtMS = nowMS
		list, at = append(list, p.observation), append(at, i)
	}
	looks, err := asset.Foresee(ctx, q, list)
	if err != nil {
		return nil, err
	}
	for n, look := range looks {
		p := part[at[n]]
		if look.Err == nil {
			out[at[n]] = foreseen(p, look.Outlook)
			continue
		}
		f := fault.Of(look.Err)
		if f.Code == fault.CodeInternal {
			return nil, fmt.Errorf("row %d: %w", p.number, look.Err)
		}
		out[at[n]] = refused(p, &Problem{Column: columnOf(o, f.Place), Field: asset.Field(f.Place), Fault: f})
	}
	return out, nil
}

// foreseen names what an outlook is.
func foreseen(p prepared, look asset.Outlook) Row {
	r := Row{Number: p.number, AssetID: look.Asset.ID, Name: first(look.Asset.Name, p.name), Changed: look.Changed, Hidden: look.Hidden, Doubts: look.Doubts, sets: append(look.Sets, look.Agrees...), unknown: look.Unknown}
	switch {
	case r.AssetID == "":
		r.Outcome = OutcomeCreate
	case look.News:
		r.Outcome = OutcomeChange
	default:
		r.Outcome = OutcomeSame
	}
	return r
}

// columnOf finds the column of a field; -1 when no column has it.
func columnOf(o Order, place string) int {
	for i, f := range o.Columns {
		if f != "" && string(f) == place {
			return i
		}
	}
	return -1
}

// withoutNumber decides about a row with nothing to recognise a machine by. A host
// name or a name is never enough to change a known asset; with the order's consent the
// row becomes a new one, unless one of the same name is there.
func withoutNumber(ctx context.Context, q store.Querier, o Order, p prepared) (*Problem, error) {
	if !o.WithoutNumber {
		return &Problem{Column: -1, Fault: fault.Invalid("intake.error.no_number").WithHint("intake.error.no_number.hint")}, nil
	}
	v := p.observation.Groups[section]
	name := first(v[asset.FieldName], v[asset.FieldHostName])
	if name == "" {
		return &Problem{Column: -1, Fault: fault.Invalid("intake.error.no_name")}, nil
	}
	there, err := asset.Named(ctx, q, o.FacilityID, name)
	if err != nil {
		return nil, err
	}
	if there {
		return &Problem{Column: -1, Fault: fault.Conflict("intake.error.same_name", "Name", short(name))}, nil
	}
	return nil, nil //nolint:nilnil // no problem
}
