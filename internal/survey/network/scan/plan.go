package scan

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

const planCols = `id, revision, facility_id, name, kind, enabled, settings, by_name, created_ms, from_ms, coalesce(until_ms, 0)`

func scanPlan(scan func(...any) error) (p Plan, err error) {
	var settings string
	if err = scan(&p.ID, &p.Revision, &p.FacilityID, &p.Name, &p.Kind, &p.Enabled, &settings, &p.By, &p.CreatedMS, &p.FromMS, &p.UntilMS); err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(settings), &p.Settings)
}

// check makes a plan canonical. Errors: invalid with the place.
func (p *Plan) check(ctx context.Context, q store.Querier) error {
	p.Name = strings.TrimSpace(p.Name)
	if p.Name == "" {
		return fault.Invalid("form.error.empty").At("name")
	}
	if !fits(p.Name, 100) {
		return fault.Invalid("network.error.text", "Max", 100).At("name")
	}
	s := &p.Settings
	if err := s.Schedule.check(); err != nil {
		return err
	}
	switch p.Kind {
	case KindSNMP:
		*s = Settings{Targets: strings.TrimSpace(s.Targets), Credentials: s.Credentials, Workers: s.Workers, Schedule: s.Schedule}
		return p.checkSNMP(ctx, q)
	case KindSweep:
		*s = Settings{Segments: s.Segments, Methods: s.Methods, Ports: s.Ports, Rate: s.Rate, Schedule: s.Schedule}
		return p.checkSweep(ctx, q)
	}
	return fault.Invalid("form.error.choice").At("kind")
}

func (p *Plan) checkSNMP(ctx context.Context, q store.Querier) error {
	s := &p.Settings
	list, err := ReadTargets(s.Targets)
	if err != nil {
		return err
	}
	s.Credentials = unique(s.Credentials)
	switch {
	case len(list) == 0:
		return fault.Invalid("scan.error.no_targets").At("targets")
	case s.Workers < 1 || s.Workers > WorkersMost:
		return fault.Invalid("form.error.number", "Min", 1, "Max", WorkersMost).At("workers")
	case len(s.Credentials) == 0:
		return fault.Invalid("scan.error.no_credential").At("credentials")
	case len(s.Credentials) > credsMost:
		return fault.Invalid("scan.error.credentials_most", "Max", credsMost).At("credentials")
	}
	return p.known(ctx, q, "network_scan_credential", s.Credentials, "credentials")
}

func (p *Plan) checkSweep(ctx context.Context, q store.Querier) error {
	s := &p.Settings
	s.Segments, s.Methods = unique(s.Segments), unique(s.Methods)
	slices.Sort(s.Ports)
	s.Ports = slices.Compact(s.Ports)
	for _, m := range s.Methods {
		if !slices.Contains(Methods, m) {
			return fault.Invalid("form.error.choice").At("methods")
		}
	}
	for _, n := range s.Ports {
		if n < 1 || n > 65535 {
			return fault.Invalid("form.error.number", "Min", 1, "Max", 65535).At("ports")
		}
	}
	switch {
	case len(s.Segments) == 0 || len(s.Segments) > segmentsMost:
		return fault.Invalid("scan.error.no_segment").At("segments")
	case len(s.Methods) == 0:
		return fault.Invalid("scan.error.no_method").At("methods")
	case len(s.Ports) > portsMost:
		return fault.Invalid("scan.error.ports_most", "Max", portsMost).At("ports")
	case s.Rate < 1 || s.Rate > RateMost:
		return fault.Invalid("form.error.number", "Min", 1, "Max", RateMost).At("rate")
	}
	return p.known(ctx, q, "network_segment", s.Segments, "segments")
}

// known checks that rows are of the plan's facility; those of others are as good as none.
func (p *Plan) known(ctx context.Context, q store.Querier, table string, ids []string, place string) error {
	args := []any{p.FacilityID}
	var n int
	err := q.QueryRow(ctx, `SELECT count(*) FROM `+table+` WHERE facility_id = $1 AND `+store.In("id", ids, &args), args...).Scan(&n)
	if err != nil {
		return fmt.Errorf("check %s of a plan: %w", place, err)
	}
	if n != len(ids) {
		return fault.Invalid("form.error.choice").At(place)
	}
	return nil
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func fits(text string, most int) bool {
	return utf8.ValidString(text) && !strings.ContainsRune(text, 0) && utf8.RuneCountInString(text) <= most
}

// CreatePlan adds a plan. ID, revision and times are filled in. Errors: invalid with the
// place.
func CreatePlan(ctx context.Context, tx *store.Tx, p Plan, nowMS int64) (Plan, error) {
	if err := p.check(ctx, tx); err != nil {
		return p, err
	}
	p.ID, p.Revision, p.CreatedMS = store.NewID(), 1, nowMS
	return p, p.insert(ctx, tx, nowMS)
}

// UpdatePlan changes a plan; p.Revision is the one that was seen. Facility and kind stay.
// A run that is under way keeps to what it began with. Errors: invalid, conflict (changed
// meanwhile), not found.
func UpdatePlan(ctx context.Context, tx *store.Tx, p Plan, nowMS int64) (Plan, error) {
	old, err := PlanByID(ctx, tx, p.ID)
	if err != nil {
		return p, err
	}
	p.FacilityID, p.Kind, p.CreatedMS = old.FacilityID, old.Kind, old.CreatedMS
	if err := p.check(ctx, tx); err != nil {
		return p, err
	}
	if err := EndPlan(ctx, tx, p.ID, p.Revision, nowMS); err != nil {
		return p, err
	}
	p.Revision++
	return p, p.insert(ctx, tx, nowMS)
}

// EndPlan takes a plan out of use; its runs and revisions stay. Errors: conflict (changed
// meanwhile).
func EndPlan(ctx context.Context, tx *store.Tx, id string, revision, nowMS int64) error {
	res, err := tx.Exec(ctx, `UPDATE network_scan_plan SET until_ms = $1 WHERE id = $2 AND revision = $3 AND until_ms IS NULL`, nowMS, id, revision)
	if err != nil {
		return fmt.Errorf("end plan %s: %w", id, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fault.Conflict("network.error.changed").Because(err)
	}
	return nil
}

func (p *Plan) insert(ctx context.Context, tx *store.Tx, nowMS int64) error {
	body, err := json.Marshal(p.Settings)
	if err != nil {
		return fmt.Errorf("encode plan %s: %w", p.ID, err)
	}
	p.FromMS, p.UntilMS = nowMS, 0
	_, err = tx.Exec(ctx, `INSERT INTO network_scan_plan (id, revision, facility_id, name, kind, enabled, settings, by_name, created_ms, from_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, p.ID, p.Revision, p.FacilityID, p.Name, string(p.Kind), p.Enabled, string(body), p.By, p.CreatedMS, p.FromMS)
	if store.KindOf(err) == store.KindUnique {
		return fault.Conflict("network.error.changed").Because(err)
	}
	if err != nil {
		return fmt.Errorf("store plan %s: %w", p.ID, err)
	}
	return nil
}

// PlanByID reads a plan as it is now. Errors: not found.
func PlanByID(ctx context.Context, q store.Querier, id string) (Plan, error) {
	return onePlan(q.QueryRow(ctx, `SELECT `+planCols+` FROM network_scan_plan WHERE id = $1 AND until_ms IS NULL`, id).Scan)
}

// PlanAt reads a revision of a plan. Errors: not found.
func PlanAt(ctx context.Context, q store.Querier, id string, revision int64) (Plan, error) {
	return onePlan(q.QueryRow(ctx, `SELECT `+planCols+` FROM network_scan_plan WHERE id = $1 AND revision = $2`, id, revision).Scan)
}

func onePlan(row func(...any) error) (Plan, error) {
	p, err := scanPlan(row)
	if errors.Is(err, sql.ErrNoRows) {
		return p, fault.NotFound("scan.error.not_found")
	}
	if err != nil {
		return p, fmt.Errorf("read a plan: %w", err)
	}
	return p, nil
}

// Plans lists the plans of facilities (nil = all) by name.
func Plans(ctx context.Context, q store.Querier, facilities []string) ([]Plan, error) {
	var args []any
	where := `until_ms IS NULL`
	if facilities != nil {
		where += ` AND ` + store.In("facility_id", facilities, &args)
	}
	return rowsOf(ctx, q, "plans", `SELECT `+planCols+` FROM network_scan_plan WHERE `+where+` ORDER BY name, id`, args, scanPlan)
}

// PlanHistory lists every revision of a plan, the newest first.
func PlanHistory(ctx context.Context, q store.Querier, id string) ([]Plan, error) {
	return rowsOf(ctx, q, "revisions of a plan", `SELECT `+planCols+` FROM network_scan_plan WHERE id = $1 ORDER BY revision DESC`, []any{id}, scanPlan)
}

// rowsOf reads rows with one scan function.
func rowsOf[T any](ctx context.Context, q store.Querier, what, query string, args []any, scan func(func(...any) error) (T, error)) ([]T, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	defer func() { _ = rows.Close() }()
	var out []T
	for rows.Next() {
		v, err := scan(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", what, err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
