package audit

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Filter selects entries for a list. Zero fields do not limit.
type Filter struct {
	// Scope limits to facilities; entries of no facility are shown only with Scope.All.
	Scope   identity.Scope
	ActorID string
	// Action is an action with all below it ("sign_in" also finds "sign_in.refused"),
	// or a whole group when it ends in "." ("asset.").
	Action     string
	ObjectKind string
	ObjectID   string
	FromMS     int64 // inclusive
	ToMS       int64 // exclusive
	Text       string
	// Before is the cursor: only entries with a smaller number. 0 = from the newest.
	Before int64
	Limit  int // 1–500; 0 means 50
}

// Page is one page of a list, newest entries first.
type Page struct {
	Entries []Entry
	Next    int64 // Filter.Before of the next page; 0 = no more
	Total   int64 // entries that match, whatever the page
}

// where writes the conditions without the cursor.
func (f Filter) where(args *[]any) string {
	and := []string{f.Scope.Where("facility_id", "", args)}
	add := func(cond string, v any) {
		*args = append(*args, v)
		and = append(and, fmt.Sprintf(cond, len(*args)))
	}
	if f.ActorID != "" {
		add("actor_id = $%d", f.ActorID)
	}
	if f.Action != "" {
		group := strings.TrimSuffix(f.Action, ".")
		cond := "action LIKE $%d ESCAPE '\\'"
		if group == f.Action {
			*args = append(*args, f.Action)
			cond = fmt.Sprintf("(action = $%d OR ", len(*args)) + cond + ")"
		}
		add(cond, strings.TrimPrefix(store.Like(group+"."), "%"))
	}
	if f.ObjectKind != "" {
		add("object_kind = $%d", f.ObjectKind)
	}
	if f.ObjectID != "" {
		add("object_id = $%d", f.ObjectID)
	}
	if f.FromMS > 0 {
		add("at_ms >= $%d", f.FromMS)
	}
	if f.ToMS > 0 {
		add("at_ms < $%d", f.ToMS)
	}
	if f.Text != "" {
		add("lower(actor_name || ' ' || action || ' ' || object_name || ' ' || address) LIKE $%d ESCAPE '\\'", store.Like(f.Text))
	}
	return strings.Join(and, " AND ")
}

// List gives one page. Callers check identity.AuditRead and set Scope first.
func List(ctx context.Context, q store.Querier, f Filter) (Page, error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, 500)
	var args []any
	where := f.where(&args)
	var page Page
	if err := q.QueryRow(ctx, `SELECT count(*) FROM audit_entry WHERE `+where, args...).Scan(&page.Total); err != nil {
		return page, fmt.Errorf("count audit entries: %w", err)
	}
	if f.Before > 0 {
		args = append(args, f.Before)
		where += fmt.Sprintf(" AND seq < $%d", len(args))
	}
	args = append(args, f.Limit+1)
	rows, err := q.Query(ctx, fmt.Sprintf(`SELECT body FROM audit_entry WHERE %s ORDER BY seq DESC LIMIT $%d`, where, len(args)), args...)
	if err != nil {
		return page, fmt.Errorf("list audit entries: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return page, fmt.Errorf("list audit entries: %w", err)
		}
		rec, err := decodeRecord(body)
		if err != nil {
			return page, err
		}
		page.Entries = append(page.Entries, rec.entry())
	}
	if len(page.Entries) > f.Limit {
		page.Entries = page.Entries[:f.Limit]
		page.Next = page.Entries[f.Limit-1].Seq
	}
	return page, rows.Err()
}

// Proof shows that an entry is in the log of a signed head; anybody can check it
// with CheckProof and the public key, without this system.
type Proof struct {
	Seq        int64
	Body       []byte // the hashed bytes of the entry
	Hashes     tlog.RecordProof
	Checkpoint Checkpoint
}

// Prove makes the proof of one entry against the newest checkpoint; it signs one
// first when the entry is newer. An entry that does not exist is a fault.
func (l *Log) Prove(ctx context.Context, seq int64) (Proof, error) {
	p := Proof{Seq: seq}
	rows, err := readRows(ctx, l.db, seq, seq+1)
	if err != nil {
		return p, err
	}
	if rows[seq] == nil {
		return p, fault.NotFound("audit.error.entry_unknown")
	}
	p.Body = rows[seq].body
	if p.Checkpoint, err = l.Latest(ctx); err == nil && p.Checkpoint.Size <= seq {
		p.Checkpoint, err = l.Sign(ctx)
	}
	if err != nil {
		return p, err
	}
	p.Hashes, err = tlog.ProveRecord(p.Checkpoint.Size, seq, tlog.HashReaderFunc(func(idx []int64) ([]tlog.Hash, error) {
		return l.hashes(ctx, idx)
	}))
	if err != nil {
		return p, fmt.Errorf("prove audit entry %d: %w", seq, err)
	}
	return p, nil
}

// hashes reads single tree hashes, for proofs: at most 2·log2(size) of them.
func (l *Log) hashes(ctx context.Context, idx []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(idx))
	for i, n := range idx {
		var h []byte
		if err := l.db.QueryRow(ctx, `SELECT hash FROM audit_hash WHERE idx = $1`, n).Scan(&h); err != nil {
			return nil, fmt.Errorf("read audit hash %d: %w", n, err)
		}
		copy(out[i][:], h)
	}
	return out, nil
}

// CheckProof checks that p's body is entry p.Seq of the head in its checkpoint,
// whose signature this log's key made.
func (l *Log) CheckProof(p Proof) error {
	c, err := l.ReadCheckpoint(p.Checkpoint.Note)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(p.Hashes, c.Size, c.Root, p.Seq, tlog.RecordHash(p.Body))
}
