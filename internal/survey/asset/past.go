package asset

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// ListAsOf gives one page of the ledger as it was at a moment, with total, facets
// and overview as List gives them. The rows are rebuilt from the facts of that
// moment (EachAsOf); filter, order and cursor follow the same rules as the
// database's list. What only the present knows cannot be asked: a filter with
// StaleDays or Silence is invalid.
func ListAsOf(ctx context.Context, q store.Querier, f Filter, p Page, atMS int64) (ListPage, error) {
	order, err := orderOf(p.Sort)
	if err != nil {
		return ListPage{}, err
	}
	limit := cmp.Or(p.Limit, defaultLimit)
	if limit < 1 || limit > maxLimit {
		return ListPage{}, fault.Invalid("asset.error.limit", "Max", maxLimit).At("limit")
	}
	rows, t, err := f.past(ctx, q, p.Sort, atMS)
	if err != nil {
		return ListPage{}, err
	}
	from := 0
	if p.Cursor != "" {
		at, err := order.parse(p.Cursor)
		if err != nil {
			return ListPage{}, err
		}
		from, _ = slices.BinarySearchFunc(rows, pastRow{key: at.Key, asset: Asset{ID: at.ID}}, order.compare)
		if from < len(rows) && rows[from].key == at.Key && rows[from].asset.ID == at.ID {
			from++
		}
	}
	to := min(from+limit, len(rows))
	page := ListPage{Total: len(rows), Facets: t.facets(), Overview: overviewOf(t.kinds, t.look)}
	for _, r := range rows[from:to] {
		page.Items = append(page.Items, r.asset)
	}
	if to < len(rows) {
		page.Next = order.cursor(rows[to-1].key, rows[to-1].asset.ID)
	}
	return page, nil
}

// EachRowAsOf walks the rows of a filter as they were at a moment, by name, for
// exports. An error of fn ends the walk.
func EachRowAsOf(ctx context.Context, q store.Querier, f Filter, atMS int64, fn func(Asset) error) error {
	rows, _, err := f.past(ctx, q, Sort{}, atMS)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := fn(r.asset); err != nil {
			return err
		}
	}
	return nil
}

// pastRow is a row with its place in the order.
type pastRow struct {
	key   string
	asset Asset
}

// compare orders rows as items does.
func (o order) compare(a, b pastRow) int {
	n := cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.asset.ID, b.asset.ID))
	if o.desc {
		return -n
	}
	return n
}

// past gives the rows of a moment that pass the filter, in order, and the counts.
func (f Filter) past(ctx context.Context, q store.Querier, s Sort, atMS int64) ([]pastRow, *tally, error) {
	if err := f.check(); err != nil {
		return nil, nil, err
	}
	if f.StaleDays > 0 || len(f.Silence) > 0 {
		return nil, nil, fault.Invalid("asset.as_of.filter").At("as_of")
	}
	order, err := orderOf(s)
	if err != nil {
		return nil, nil, err
	}
	only, err := f.onlyThen(ctx, q, atMS)
	if err != nil {
		return nil, nil, err
	}
	words, t, l := searchWords(f.Text), f.tally(), limitsAt(atMS, f.Zone)
	parts := make([]string, len(facetFields))
	var rows []pastRow
	err = EachAsOf(ctx, q, f.Scope, atMS, func(a Asset) error {
		if only != nil && !only[a.ID] || !f.passes(a, words) || !cutKey(facetKey(a), parts) {
			return nil
		}
		if t.add(parts, len(a.concerns(l)) > 0) {
			rows = append(rows, pastRow{sortText(a, s.By), a})
		}
		return nil
	})
	slices.SortFunc(rows, order.compare)
	return rows, t, err
}

// onlyThen lists the assets that AssetIDs and SystemID leave; nil = all.
func (f Filter) onlyThen(ctx context.Context, q store.Querier, atMS int64) (map[string]bool, error) {
	if f.AssetIDs == nil && f.SystemID == "" {
		return nil, nil //nolint:nilnil // no restriction
	}
	only := map[string]bool{}
	for _, id := range f.AssetIDs {
		only[id] = true
	}
	if f.SystemID == "" {
		return only, nil
	}
	devices, err := textColumn(ctx, q, "members", "SELECT device_id FROM asset_member WHERE system_id = $1 AND "+store.AsOf("", 2), []any{f.SystemID, atMS})
	members := make(map[string]bool, len(devices))
	for _, id := range devices {
		members[id] = f.AssetIDs == nil || only[id]
	}
	return members, err
}

// passes applies what common asks of the database.
func (f Filter) passes(a Asset, words []string) bool {
	if len(f.FacilityIDs) > 0 && !slices.Contains(f.FacilityIDs, a.FacilityID) || f.Incomplete && a.Missing == 0 || f.Contradicting && a.Contradictions == 0 ||
		f.SwitchedOff && a.Values[FieldSwitchedOff] == "" {
		return false
	}
	if end := a.Values[FieldSupportEndsOn]; f.SupportEndsBy != "" && (end == "" || end > f.SupportEndsBy) {
		return false
	}
	if !answers(f.RemoteMaintenance, a.Values[FieldRemoteMaintenance]) || !answers(f.InternetFacing, a.Values[FieldInternetFacing]) ||
		!answers(f.PatientData, a.Values[FieldPatientData]) {
		return false
	}
	if len(words) == 0 {
		return true
	}
	text := searchText(a.Values)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// answers compares a yes/no/unknown value, where none means unknown.
func answers(want []string, have string) bool {
	return len(want) == 0 || slices.Contains(want, cmp.Or(have, "unknown"))
}

// sortText is the key that sortable gives in SQL.
func sortText(a Asset, by Field) string {
	switch by {
	case "", FieldName:
		return sortKey(a.Name)
	case FieldIP:
		return ipKey(a.Values[FieldIP])
	case FieldLastSeen:
		return fmt.Sprintf("%019d", a.LastSeenMS)
	case FieldSource:
		return string(a.MainSource)
	case FieldKind:
		return string(a.Kind)
	}
	if info, ok := Info(by); ok && (info.Type == TypeBytes || info.Type == TypeInt) {
		n, _ := a.Values.Int(by)
		return fmt.Sprintf("%019d", n)
	}
	return a.Values[by]
}
