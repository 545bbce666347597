package inspection

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"sonae/internal/platform/store"
	"sonae/internal/review/evidence"
)

const answerCols = `id, edition, fiscal_year, sheet, subject, row_id, round, value, confirmed_on, target_on, by_id, by_name, suggested, evidence, note, created_ms`

// answers reads the rounds of a sheet by row, first round first: all of them, or
// those confirmed up to a day (2006-01-02).
func answers(ctx context.Context, q store.Querier, ref Ref, untilDay string) (map[string][]Answer, error) {
	if untilDay == "" {
		untilDay = "9999-12-31"
	}
	rows, err := q.Query(ctx, `SELECT `+answerCols+` FROM inspection_answer
		WHERE facility_id = $1 AND edition = $2 AND fiscal_year = $3 AND sheet = $4 AND subject = $5 AND confirmed_on <= $6
		ORDER BY row_id, round`, ref.FacilityID, ref.Edition, ref.FiscalYear, ref.Sheet, ref.Subject, untilDay)
	if err != nil {
		return nil, fmt.Errorf("read answers of %s %s: %w", ref.Edition, ref.Sheet, err)
	}
	defer func() { _ = rows.Close() }()
	found := map[string][]Answer{}
	for rows.Next() {
		a, err := scanAnswer(rows, ref.FacilityID)
		if err != nil {
			return nil, err
		}
		found[a.RowID] = append(found[a.RowID], a)
	}
	return found, rows.Err()
}

func scanAnswer(rows *sql.Rows, facilityID string) (Answer, error) {
	a := Answer{Ref: Ref{FacilityID: facilityID}}
	var value, suggested, proofs string
	err := rows.Scan(&a.ID, &a.Ref.Edition, &a.Ref.FiscalYear, &a.Ref.Sheet, &a.Ref.Subject, &a.RowID, &a.Round, &value,
		&a.ConfirmedOn, &a.TargetOn, &a.By.ID, &a.By.Name, &suggested, &proofs, &a.Note, &a.CreatedMS)
	if err != nil {
		return Answer{}, fmt.Errorf("read answers: %w", err)
	}
	a.Value, a.Suggested = Value(value), evidence.Suggestion(suggested)
	if err := json.Unmarshal([]byte(proofs), &a.Proofs); err != nil {
		return Answer{}, fmt.Errorf("read proofs of answer %s: %w", a.ID, err)
	}
	return a, nil
}

// Subjects lists the vendors and systems for which a vendor's form of an edition
// has answers in a fiscal year, sorted.
func Subjects(ctx context.Context, q store.Querier, ref Ref) ([]string, error) {
	rows, err := q.Query(ctx, `SELECT DISTINCT subject FROM inspection_answer
		WHERE facility_id = $1 AND edition = $2 AND fiscal_year = $3 AND sheet = $4 AND subject <> '' ORDER BY subject`,
		ref.FacilityID, ref.Edition, ref.FiscalYear, ref.Sheet)
	if err != nil {
		return nil, fmt.Errorf("read subjects of %s %s: %w", ref.Edition, ref.Sheet, err)
	}
	defer func() { _ = rows.Close() }()
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("read subjects: %w", err)
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
