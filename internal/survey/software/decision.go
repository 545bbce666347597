package software

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Subject is what a decision is about.
type Subject string

// Subjects.
const (
	SubjectService Subject = "service"
	SubjectProgram Subject = "program"
)

// Verdict is what a person decided about a service or program on a kind of machine.
// Undecided is not stored: it is the absence of a decision.
type Verdict string

// Verdicts.
const (
	Needed   Verdict = "needed"   // belongs to the baseline of this kind of machine
	Unneeded Verdict = "unneeded" // to be stopped or removed
)

// Decision is one line of the baseline: needed or not, per name and kind of
// machine (AE-SVC-01 asks for a baseline per role and a decision per deviation).
type Decision struct {
	ID         string
	FacilityID string
	Subject    Subject
	Name       string // compared by NameKey
	AssetKind  string // pc, server …
	Verdict    Verdict
	Reason     string // 0–1,000 characters
	DecidedBy  string // user id
	DecidedMS  int64
	EndedMS    int64 // replaced or withdrawn; 0 = in force
	EndedBy    string
}

// Decide puts a decision in force and ends the one before it, if any. ID and ended
// fields are filled in. Errors: invalid with the place.
func Decide(ctx context.Context, tx *store.Tx, d Decision) (Decision, error) {
	d.Name, d.Reason = strings.TrimSpace(d.Name), strings.TrimSpace(d.Reason)
	switch {
	case d.Subject != SubjectService && d.Subject != SubjectProgram:
		return d, fault.Invalid("software.error.subject").At("subject")
	case d.Verdict != Needed && d.Verdict != Unneeded:
		return d, fault.Invalid("software.error.verdict").At("verdict")
	case NameKey(d.Name) == "" || len(d.Name) > 4096 || !utf8.ValidString(d.Name) || strings.Contains(d.Name, "\x00"):
		return d, fault.Invalid("software.error.name").At("name")
	case utf8.RuneCountInString(d.Reason) > 1000 || !utf8.ValidString(d.Reason) || strings.Contains(d.Reason, "\x00"):
		return d, fault.Invalid("software.error.reason").At("reason")
	case d.AssetKind == "" || d.FacilityID == "":
		return d, fault.Invalid("software.error.kind").At("asset_kind")
	}
	if err := Withdraw(ctx, tx, d); err != nil && !fault.Is(err, fault.CodeNotFound) {
		return d, err
	}
	d.ID, d.EndedMS, d.EndedBy = store.NewID(), 0, ""
	_, err := tx.Exec(ctx, `INSERT INTO software_decision (id, facility_id, subject, name_key, name, asset_kind, verdict, reason, decided_by, decided_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		d.ID, d.FacilityID, string(d.Subject), NameKey(d.Name), d.Name, d.AssetKind, string(d.Verdict), d.Reason, d.DecidedBy, d.DecidedMS)
	if store.KindOf(err) == store.KindUnique {
		return d, fault.Conflict("software.error.decided_meanwhile")
	}
	if err != nil {
		return d, fmt.Errorf("store decision on %s: %w", d.Name, err)
	}
	return d, nil
}

// Withdraw ends the decision in force on d's facility, subject, name and kind, by
// d.DecidedBy at d.DecidedMS: the matter is undecided again. Errors: not found.
func Withdraw(ctx context.Context, tx *store.Tx, d Decision) error {
	res, err := tx.Exec(ctx, `UPDATE software_decision SET ended_ms = $1, ended_by = $2
		WHERE facility_id = $3 AND subject = $4 AND asset_kind = $5 AND name_key = $6 AND ended_ms IS NULL`,
		d.DecidedMS, d.DecidedBy, d.FacilityID, string(d.Subject), d.AssetKind, NameKey(d.Name))
	if err != nil {
		return fmt.Errorf("withdraw decision on %s: %w", d.Name, err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fault.NotFound("software.error.no_decision")
	}
	return nil
}

// DecisionFilter says which decisions are wanted.
type DecisionFilter struct {
	FacilityID string
	Subject    Subject // empty = both
	AssetKind  string  // empty = every kind
	AtMS       int64   // in force at this time; 0 = now
}

// Decisions lists the baseline by kind and name.
func Decisions(ctx context.Context, q store.Querier, f DecisionFilter) ([]Decision, error) {
	args := []any{f.FacilityID}
	where := `facility_id = $1`
	if f.Subject != "" {
		args = append(args, string(f.Subject))
		where += fmt.Sprintf(` AND subject = $%d`, len(args))
	}
	if f.AssetKind != "" {
		args = append(args, f.AssetKind)
		where += fmt.Sprintf(` AND asset_kind = $%d`, len(args))
	}
	if f.AtMS == 0 {
		where += ` AND ended_ms IS NULL`
	} else {
		args = append(args, f.AtMS)
		where += fmt.Sprintf(` AND decided_ms <= $%d AND (ended_ms IS NULL OR ended_ms > $%d)`, len(args), len(args))
	}
	query := `SELECT id, subject, name, asset_kind, verdict, reason, decided_by, decided_ms, coalesce(ended_ms, 0), ended_by
		FROM software_decision WHERE ` + where + ` ORDER BY asset_kind, subject, name_key, decided_ms`
	return read(ctx, q, "decisions", query, args, func(rows *sql.Rows) (Decision, error) {
		d := Decision{FacilityID: f.FacilityID}
		err := rows.Scan(&d.ID, &d.Subject, &d.Name, &d.AssetKind, &d.Verdict, &d.Reason, &d.DecidedBy, &d.DecidedMS, &d.EndedMS, &d.EndedBy)
		return d, err
	})
}

// Observed is a service or program that is on machines of a kind, with the verdict
// in force or none.
type Observed struct {
	Subject   Subject
	NameKey   string
	Name      string // one of the spellings in use
	AssetKind string
	Assets    int64   // machines that have it
	Verdict   Verdict // empty = undecided
}

// ObservedFilter says which part of the deviation list is wanted.
type ObservedFilter struct {
	FacilityID string
	Subject    Subject
	AssetKind  string // empty = every kind
	Verdict    Verdict
	AtMS       int64 // as of this time; 0 = now
	Limit      int   // 0 = no limit
}

// observedFrom are the rows each subject comes from. A service counts when it
// starts by itself or runs: one that is installed and switched off is no deviation.
var observedFrom = map[Subject]string{
	SubjectService: `SELECT o.asset_id, o.name_key, o.name, o.first_ms, o.gone_ms FROM software_service o WHERE (o.start_mode = 'auto' OR o.running)`,
	SubjectProgram: `SELECT i.asset_id, t.name_key, t.name, i.first_ms, i.gone_ms FROM software_install i JOIN software_title t ON t.no = i.title_no`,
}

// Undecided lists what machines have and nobody has decided about, most machines
// first. Disposed machines do not count.
func Undecided(ctx context.Context, q store.Querier, f ObservedFilter) ([]Observed, error) {
	f.Verdict = ""
	return observed(ctx, q, f)
}

// Deviations lists what machines have although it was decided as Unneeded, most
// machines first.
func Deviations(ctx context.Context, q store.Querier, f ObservedFilter) ([]Observed, error) {
	f.Verdict = Unneeded
	return observed(ctx, q, f)
}

func observed(ctx context.Context, q store.Querier, f ObservedFilter) ([]Observed, error) {
	from, ok := observedFrom[f.Subject]
	if !ok {
		return nil, fault.Invalid("software.error.subject").At("subject")
	}
	decided, err := Decisions(ctx, q, DecisionFilter{FacilityID: f.FacilityID, Subject: f.Subject, AssetKind: f.AssetKind, AtMS: f.AtMS})
	if err != nil {
		return nil, err
	}
	verdicts := map[[2]string]Verdict{}
	for _, d := range decided {
		verdicts[[2]string{d.AssetKind, NameKey(d.Name)}] = d.Verdict
	}
	args := []any{f.FacilityID}
	where := `a.facility_id = $1 AND a.status <> 'disposed'`
	if f.AssetKind != "" {
		args = append(args, f.AssetKind)
		where += fmt.Sprintf(` AND a.kind = $%d`, len(args))
	}
	where += " AND " + openOrAt("x", f.AtMS, &args)
	query := `SELECT a.kind, x.name_key, min(x.name), count(DISTINCT x.asset_id) FROM (` + from + `) AS x
		JOIN asset_asset a ON a.id = x.asset_id WHERE ` + where + ` GROUP BY a.kind, x.name_key`
	list, err := read(ctx, q, "observed "+string(f.Subject)+"s", query, args, func(rows *sql.Rows) (Observed, error) {
		o := Observed{Subject: f.Subject}
		err := rows.Scan(&o.AssetKind, &o.NameKey, &o.Name, &o.Assets)
		o.Verdict = verdicts[[2]string{o.AssetKind, o.NameKey}]
		return o, err
	})
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(o Observed) bool { return o.Verdict != f.Verdict })
	slices.SortFunc(list, func(a, b Observed) int {
		if a.Assets != b.Assets {
			return int(b.Assets - a.Assets)
		}
		return strings.Compare(a.AssetKind+"\x00"+a.NameKey, b.AssetKind+"\x00"+b.NameKey)
	})
	if f.Limit > 0 && len(list) > f.Limit {
		list = list[:f.Limit]
	}
	return list, nil
}
