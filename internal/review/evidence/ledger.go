package evidence

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// Columns of a scope that are no fields.
const (
	colRequired asset.Field = "required"
	colMissing  asset.Field = "missing"
)

// ledgerFields are the fields that checks ask for; a check that needs another adds
// it here.
var ledgerFields = []asset.Field{asset.FieldPatientData, asset.FieldOSName, asset.FieldOSVersion, asset.FieldFirmwareVersion, asset.FieldFirmwareOn,
	asset.FieldSupportEndsOn, asset.FieldVerifiedOn, asset.FieldLogDestination, asset.FieldRemoteMaintenance}

// Ledger is a facility's ledger as it was at a moment. The asset room rebuilds it
// from its facts once; every check of an evaluation reads it as a table, which is
// handed to the database as one parameter (docs/decisions/0002-store.md).
type Ledger struct {
	body   string // JSON: rows of id, kind, status, label, last_seen_ms, required, missing, fields…
	engine store.Engine
}

// ReadLedger rebuilds the ledger of a past moment. Assets that were not known yet
// are absent; the time an asset was last seen is known for now only and counts as
// of that moment at most.
func ReadLedger(ctx context.Context, q store.Querier, facilityID string, asOfMS int64) (*Ledger, error) {
	scope := asset.Scope{Places: []asset.Place{{FacilityID: facilityID}}}
	rows := [][]any{}
	err := asset.EachAsOf(ctx, q, scope, asOfMS, func(a asset.Asset) error {
		row := []any{a.ID, string(a.Kind), string(a.Status), a.Name, min(a.LastSeenMS, asOfMS), a.Required, a.Missing}
		for _, f := range ledgerFields {
			row = append(row, a.Values[f])
		}
		rows = append(rows, row)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the ledger as of %d: %w", asOfMS, err)
	}
	body, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("write the ledger as of %d: %w", asOfMS, err)
	}
	return &Ledger{body: string(body), engine: q.Engine()}, nil
}

// with begins a query WITH the table past.
func (l *Ledger) with(s *query) {
	var cols strings.Builder
	for n, c := range []string{"id", "kind", "status", "label", "last_seen_ms", "required", "missing"} {
		l.col(&cols, n, c, n >= 4)
	}
	for n, f := range ledgerFields {
		l.col(&cols, n+7, string(f), false)
	}
	from := "json_each(?) AS e"
	if l.engine == store.Postgres {
		from = "json_array_elements(CAST(? AS json)) AS e(value)"
	}
	s.add(`WITH past AS MATERIALIZED (SELECT `+strings.TrimSuffix(cols.String(), ", ")+` FROM `+from+`)`, l.body)
}

// col writes one column.
func (l *Ledger) col(b *strings.Builder, n int, name string, number bool) {
	text := fmt.Sprintf("e.value->>%d", n)
	if number {
		text = "CAST(" + text + " AS BIGINT)"
	}
	b.WriteString(text + " AS " + name + ", ")
}
