package evidence

import (
	"context"
	"encoding/json"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/catalog"
)

// Parameters reads the limits that this installation sets in place of the rules'
// own, by rule. Rules without any are absent.
func Parameters(ctx context.Context, q store.Querier) (map[string]catalog.Values, error) {
	rows, err := q.Query(ctx, `SELECT rule_id, name, value FROM evidence_parameter ORDER BY rule_id, name`)
	if err != nil {
		return nil, fmt.Errorf("read limits of evidence rules: %w", err)
	}
	defer func() { _ = rows.Close() }()
	all := map[string]catalog.Values{}
	for rows.Next() {
		var rule, name, text string
		if err := rows.Scan(&rule, &name, &text); err != nil {
			return nil, fmt.Errorf("read limits of evidence rules: %w", err)
		}
		var v catalog.Value
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			return nil, fmt.Errorf("read limit %s of rule %s: %w", name, rule, err)
		}
		if all[rule] == nil {
			all[rule] = catalog.Values{}
		}
		all[rule][name] = v
	}
	return all, rows.Err()
}

// SetParameter sets a limit of a rule for this installation, within the range of
// its unit; by is the user's id. A fault names what is wrong.
func SetParameter(ctx context.Context, tx *store.Tx, cat *catalog.Catalog, ruleID, name string, value catalog.Value, by string, nowMS int64) error {
	rule, ok := cat.Rule(ruleID)
	if !ok {
		return fault.NotFound("evidence.error.no_rule", "Rule", ruleID)
	}
	if _, err := rule.Values("", catalog.Values{name: value}); err != nil {
		return fault.Invalid("evidence.error.limit", "Name", name).At(name).Because(err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write limit %s: %w", name, err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO evidence_parameter (rule_id, name, value, set_by, set_ms) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (rule_id, name) DO UPDATE SET value = excluded.value, set_by = excluded.set_by, set_ms = excluded.set_ms`,
		ruleID, name, string(text), by, nowMS)
	if err != nil {
		return fmt.Errorf("store limit %s of rule %s: %w", name, ruleID, err)
	}
	return nil
}

// ResetParameter goes back to the rule's own limit.
func ResetParameter(ctx context.Context, tx *store.Tx, ruleID, name string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM evidence_parameter WHERE rule_id = $1 AND name = $2`, ruleID, name); err != nil {
		return fmt.Errorf("reset limit %s of rule %s: %w", name, ruleID, err)
	}
	return nil
}
