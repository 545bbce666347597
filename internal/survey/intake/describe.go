package intake

import (
	"context"
	"strconv"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
)

// Report is a plan in words: what the page shows, the API answers and the command
// prints as JSON.
type Report struct {
	File       string         `json:"file"`
	Format     string         `json:"format" doc:"csv or xlsx, as found in the content; machines for files of machines, sbom for a bill of materials."`
	Charset    string         `json:"charset,omitempty" doc:"Of CSV, as found in the content."`
	Sheet      string         `json:"sheet,omitempty" doc:"Of Excel."`
	HeadingRow int            `json:"heading_row" doc:"Row of the headings, from 1."`
	Columns    []ColumnReport `json:"columns"`
	Counts     Counts         `json:"counts"`
	Bill       *BillReport    `json:"sbom,omitempty" doc:"Of a bill of materials: what it says of itself."`
	Rows       []RowReport    `json:"rows"`
}

// ColumnReport is one column of a list.
type ColumnReport struct {
	Heading string      `json:"heading"`
	Field   asset.Field `json:"field" doc:"Empty = left out."`
	Example string      `json:"example,omitempty" doc:"The first cell with something in it."`
}

// RowReport is what becomes of a row.
type RowReport struct {
	Row     int            `json:"row" doc:"Number in the file, from 1."`
	Outcome Outcome        `json:"outcome" doc:"create, change, gone, same or refuse."`
	AssetID string         `json:"asset_id,omitempty"`
	Name    string         `json:"name"`
	Changes []ChangeReport `json:"changes,omitempty"`
	Hidden  []HiddenReport `json:"hidden,omitempty" doc:"Kept as what the list says, while another source's value is shown."`
	Doubts  []DoubtReport  `json:"doubts,omitempty" doc:"Contradictions about identity, for the queue of conflicts."`
	Problem *ProblemReport `json:"problem,omitempty"`
	Remark  string         `json:"remark,omitempty" doc:"Why nothing happens although nothing is wrong, or what to know of a component."`
	Machine *MachineReport `json:"machine,omitempty" doc:"Of imports of machines: the file that speaks."`
	Part    *PartReport    `json:"component,omitempty" doc:"Of bills of materials, before they are taken in."`
	Parts   []PartChange   `json:"component_changes,omitempty" doc:"What changes about the component."`
	Back    string         `json:"taken_back,omitempty" doc:"After undoing: removed, back, stays, kept, gone or later (not undone yet)."`
}

// MachineReport is the file of one machine.
type MachineReport struct {
	Place       string       `json:"place" doc:"File or folder, with its place in an archive."`
	Kind        Kind         `json:"kind" doc:"sealed, script, systeminfo or unknown."`
	Source      asset.Source `json:"source,omitempty" doc:"Who says the facts."`
	CollectedAt *time.Time   `json:"collected_at,omitempty" doc:"When the facts were taken, as far as that can be believed."`
	SHA256      string       `json:"sha256"`
	Kit         string       `json:"kit,omitempty" doc:"Name of the collection kit."`
	Contents    []Content    `json:"contents,omitempty"`
	Gaps        []Gap        `json:"gaps,omitempty" doc:"What could not be collected, and why."`
}

func describeMachine(m *Machine) *MachineReport {
	if m == nil {
		return nil
	}
	out := &MachineReport{Place: m.Place, Kind: m.Kind, Source: m.Source, SHA256: m.SHA256, Kit: m.KitName, Contents: m.Contents, Gaps: m.Gaps}
	if m.AtMS > 0 {
		at := time.UnixMilli(m.AtMS).UTC()
		out.CollectedAt = &at
	}
	return out
}

// DescribeMachines puts the plan of an import of machines into the reader's words.
func DescribeMachines(m Import, p Plan, tr text.Translator) Report {
	r := Report{File: m.FileName, Format: string(FormMachines), Counts: p.Counts, Rows: make([]RowReport, len(p.Rows))}
	for i, row := range p.Rows {
		r.Rows[i] = describeRow(row, tr)
	}
	return r
}

// ChangeReport is one value.
type ChangeReport struct {
	Field asset.Field `json:"field"`
	Old   string      `json:"old"`
	New   string      `json:"new"`
	Kept  bool        `json:"kept,omitempty" doc:"After undoing: not taken back, because somebody has changed it since."`
}

// HiddenReport is a value that another source outranks.
type HiddenReport struct {
	Field  asset.Field  `json:"field"`
	Shown  string       `json:"shown"`
	Source asset.Source `json:"source"`
	List   string       `json:"list"`
}

// DoubtReport is a contradiction about identity.
type DoubtReport struct {
	Cause asset.Cause   `json:"cause"`
	Key   asset.KeyKind `json:"key"`
}

// ProblemReport is why a row is not taken in.
type ProblemReport struct {
	Column  string      `json:"column,omitempty" doc:"Letter of the column, as spreadsheets name it; empty = the whole row."`
	Heading string      `json:"heading,omitempty"`
	Field   asset.Field `json:"field,omitempty"`
	Code    fault.Code  `json:"code"`
	Text    string      `json:"text"`
}

// Describe puts a plan into the reader's words.
func Describe(l List, o Order, p Plan, tr text.Translator) Report {
	r := Report{File: o.FileName, Format: l.Grid.Format, Charset: l.Grid.Charset, Sheet: l.Grid.Sheet, HeadingRow: l.Row, Columns: l.columns(o.Columns), Counts: p.Counts, Rows: make([]RowReport, len(p.Rows))}
	for i, row := range p.Rows {
		r.Rows[i] = describeRow(row, tr)
	}
	return r
}

// columns lists the headings with their fields.
func (l List) columns(fields []asset.Field) []ColumnReport {
	out := make([]ColumnReport, len(l.Headings))
	for i, h := range l.Headings {
		out[i].Heading = h
		if i < len(fields) {
			out[i].Field = fields[i]
		}
		for _, row := range l.Grid.Rows {
			if i < len(row.Cells) && row.Cells[i] != "" {
				out[i].Example = short(row.Cells[i])
				break
			}
		}
	}
	return out
}

func describeRow(r Row, tr text.Translator) RowReport {
	out := RowReport{Row: r.Number, Outcome: r.Outcome, AssetID: r.AssetID, Name: r.Name, Problem: describeProblem(r.Problem, tr), Machine: describeMachine(r.Machine), Part: describePart(r.Part), Parts: r.Parts}
	if r.Remark != nil {
		out.Remark = sentence(r.Remark, tr)
	}
	for _, c := range r.Changed {
		if c.Field == asset.FieldStatus && c.Old == "" && c.Source == "" {
			continue // what the ledger assumes, not what the list says
		}
		out.Changes = append(out.Changes, ChangeReport{Field: c.Field, Old: c.Old, New: c.New})
	}
	for _, c := range r.Hidden {
		out.Hidden = append(out.Hidden, HiddenReport{Field: c.Field, Shown: c.Old, Source: c.Source, List: c.New})
	}
	for _, d := range r.Doubts {
		out.Doubts = append(out.Doubts, DoubtReport{Cause: d.Cause, Key: d.Key})
	}
	return out
}

// DescribeTaken puts a row that was carried out into the reader's words.
func DescribeTaken(t Taken, tr text.Translator) RowReport {
	out := RowReport{Row: t.Number, Outcome: t.Outcome, AssetID: t.AssetID, Name: t.Name, Problem: describeProblem(t.Problem, tr), Machine: describeMachine(t.Machine), Back: t.Back}
	if t.Outcome != OutcomeRefuse && out.Problem != nil {
		out.Remark, out.Problem = out.Problem.Text, nil
	}
	for _, s := range t.Sets {
		out.Changes = append(out.Changes, ChangeReport{Field: s.Field, Old: s.Before, New: s.Value, Kept: s.Kept})
	}
	return out
}

func describeProblem(p *Problem, tr text.Translator) *ProblemReport {
	if p == nil {
		return nil
	}
	return &ProblemReport{Column: Letter(p.Column), Heading: p.Heading, Field: p.Field, Code: p.Fault.Code, Text: sentence(p.Fault, tr)}
}

// sentence writes a fault; words of the ledger in it are translated, too.
func sentence(f *fault.Error, tr text.Translator) string {
	args := append([]any(nil), f.Args...)
	for i := 0; i+1 < len(args); i += 2 {
		v, _ := args[i+1].(string)
		switch args[i] {
		case "Key":
			args[i+1] = tr.T("asset.key." + v)
		case "Field":
			args[i+1] = tr.T("asset.field." + v)
		case "Part":
			args[i+1] = tr.T("intake.part." + v)
		case "Status":
			args[i+1] = tr.T("asset.status." + v)
		case "At": // Unix milliseconds
			if ms, err := strconv.ParseInt(v, 10, 64); err == nil {
				args[i+1] = tr.DateTime(time.UnixMilli(ms))
			}
		}
	}
	s := tr.T(f.Key, args...)
	if f.Hint != "" {
		if tr.Lang() != text.Japanese {
			s += " "
		}
		s += tr.T(f.Hint, args...)
	}
	return s
}

// Letter names a column as spreadsheets do: A, B … Z, AA; "" for -1.
func Letter(column int) string {
	s := ""
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}

// Foresee works out what a draft of either form would do now, in the reader's words.
func (m Import) Foresee(ctx context.Context, q store.Querier, door Door, nowMS int64, tr text.Translator) (Report, error) {
	if m.Form == FormBill {
		return ForeseeBill(ctx, q, m, tr)
	}
	if m.Form == FormMachines {
		plan, err := ForeseeMachines(ctx, q, door, m, nowMS)
		return DescribeMachines(m, plan, tr), err
	}
	l, err := m.List(ctx, q)
	if err != nil {
		return Report{}, err
	}
	plan, err := Foresee(ctx, q, l, m.Order, nowMS)
	return Describe(l, m.Order, plan, tr), err
}
