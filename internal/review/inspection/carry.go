package inspection

import (
	"context"
	"fmt"

	"sonae/internal/platform/store"
	"sonae/internal/review/catalog"
)

// Carryover is what a row may take over from an earlier year: a proposal with its
// old days, never an answer.
type Carryover struct {
	Value Value    // Yes when every old row said so; else No or NotApplicable of the first that did not
	From  []Answer // the last answers it rests on, one for each old row
}

// carryovers finds what the rows of a sheet may take over. The year before of the
// same edition goes first; else the edition before, in the last year it was
// answered. Rows that merge several old ones need an answer to each.
func carryovers(ctx context.Context, q store.Querier, cat *catalog.Catalog, form *catalog.Sheet, ref Ref) (map[string]*Carryover, error) {
	lastYear, err := lastAnswers(ctx, q, ref, ref.Edition, ref.FiscalYear)
	if err != nil {
		return nil, err
	}
	before := map[string]Answer{}
	var pairs []catalog.Carry
	if prev := form.Edition.PreviousID; prev != "" {
		if before, err = lastAnswers(ctx, q, ref, prev, ref.FiscalYear+1); err != nil {
			return nil, err
		}
		if pairs, err = cat.CarryOver(prev, form.Edition.ID); err != nil {
			return nil, err
		}
	}
	found := map[string]*Carryover{}
	for _, p := range pairs {
		if c := proposal(p.From, before); c != nil && p.To.Sheet == form {
			found[p.To.ID] = c
		}
	}
	for _, r := range form.Rows {
		if c := proposal([]*catalog.Row{r}, lastYear); c != nil {
			found[r.ID] = c
		}
	}
	return found, nil
}

// proposal combines the answers of old rows; nil when one of them has none.
func proposal(rows []*catalog.Row, given map[string]Answer) *Carryover {
	c := &Carryover{Value: Yes}
	for _, r := range rows {
		a, ok := given[r.ID]
		if !ok {
			return nil
		}
		if a.Value != Yes && c.Value == Yes {
			c.Value = a.Value
		}
		c.From = append(c.From, a)
	}
	if len(c.From) == 0 {
		return nil
	}
	return c
}

// lastAnswers reads the last answer of every row of an edition in the latest
// fiscal year before a given one that has any, for the same facility and subject.
func lastAnswers(ctx context.Context, q store.Querier, ref Ref, edition string, beforeYear int) (map[string]Answer, error) {
	rows, err := q.Query(ctx, `SELECT `+answerCols+` FROM inspection_answer WHERE facility_id = $1 AND edition = $2 AND subject = $3
		AND fiscal_year = (SELECT max(fiscal_year) FROM inspection_answer WHERE facility_id = $4 AND edition = $5 AND subject = $6 AND fiscal_year < $7)
		ORDER BY row_id, round`, ref.FacilityID, edition, ref.Subject, ref.FacilityID, edition, ref.Subject, beforeYear)
	if err != nil {
		return nil, fmt.Errorf("read answers of edition %s: %w", edition, err)
	}
	defer func() { _ = rows.Close() }()
	last := map[string]Answer{}
	for rows.Next() {
		a, err := scanAnswer(rows, ref.FacilityID)
		if err != nil {
			return nil, err
		}
		last[a.RowID] = a // the last round comes last
	}
	return last, rows.Err()
}
