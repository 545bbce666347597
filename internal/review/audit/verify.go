package audit

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"sonae/internal/platform/store"
)

// DamageKind is what is wrong with the log, in the order people can act on.
type DamageKind string

// The kinds of damage; texts are "audit.damage." + kind.
const (
	DamageMissing    DamageKind = "missing"    // the entry's row is gone
	DamageBody       DamageKind = "body"       // its bytes do not match its hash, or have no valid form
	DamageColumn     DamageKind = "column"     // a column says something else than the hashed bytes
	DamageHash       DamageKind = "hash"       // a stored tree hash was changed
	DamageHead       DamageKind = "head"       // the head row does not match the entries
	DamageExtra      DamageKind = "extra"      // rows beyond the head
	DamageCheckpoint DamageKind = "checkpoint" // a checkpoint's text or signature is not valid
	DamageRewritten  DamageKind = "rewritten"  // entries and hashes agree, but not with a signed checkpoint
)

// Key is the message key that explains the damage.
func (k DamageKind) Key() string { return "audit.damage." + string(k) }

// Damage is the first thing found wrong.
type Damage struct {
	// Seq is the first damaged entry. For DamageRewritten it is the first that may
	// be: the damage lies in Seq … LastSeq. For DamageHead, DamageExtra and
	// DamageCheckpoint it is the size the damaged row speaks of.
	Seq     int64
	LastSeq int64
	Kind    DamageKind
	Detail  string // for operators and logs: column name, cause
}

// Report is the outcome of a verification.
type Report struct {
	Head
	From        int64   // entries below were counted, not read again; 0 = all were read
	Checked     int64   // entries that stand: those read, and those below From
	Checkpoints int     // signed checkpoints that agreed
	Signed      int64   // size that the newest agreeing checkpoint covers
	Damage      *Damage // nil when everything agrees
}

// OK reports whether nothing is damaged.
func (r Report) OK() bool { return r.Damage == nil }

// verifyPage is how many entries are read at a time; it bounds memory.
const verifyPage = 1000

// Options of a verification; the zero value reads everything.
type Options struct {
	// Trusted are checkpoint texts kept outside this system. They are compared where
	// entries are read, so From should be zero with them.
	Trusted [][]byte
	// From is a signed checkpoint up to which an earlier verification found nothing:
	// entries below it are counted, not read. Its signature vouches for the tree that
	// the later entries are held against. Size 0 = read everything.
	From Checkpoint
	// Progress is told how many entries were read of how many; nil = nobody asks. An
	// error stops the verification.
	Progress func(ctx context.Context, done, total int64) error
}

// Verify reads the whole log and names the first damage. trusted are checkpoint
// texts kept outside this system; they may be empty. Appending may go on
// meanwhile. An error means that the log could not be read, not that it is damaged.
func (l *Log) Verify(ctx context.Context, trusted ...[]byte) (Report, error) {
	return l.VerifyWith(ctx, Options{Trusted: trusted})
}

// VerifyWith is Verify with options. When what stands below From does not fit its
// signature any more, everything is read, so that the damage gets its name.
func (l *Log) VerifyWith(ctx context.Context, o Options) (Report, error) {
	v := &verification{log: l, progress: o.Progress}
	for _, text := range o.Trusted {
		c, err := l.ReadCheckpoint(text)
		if err != nil {
			return Report{}, fmt.Errorf("given checkpoint: %w", err)
		}
		v.trusted = append(v.trusted, c)
	}
	slices.SortStableFunc(v.trusted, func(a, b Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	if err := v.begin(ctx, o.From); err != nil {
		return Report{}, err
	}
	damage, err := v.run(ctx)
	v.report.Damage = damage
	v.report.Root = v.front.root()
	return v.report, err
}

// verification walks the log once.
type verification struct {
	log      *Log
	stored   checkpointStream
	trusted  []Checkpoint // ascending by size, all signatures checked
	front    frontier     // recomputed from the entries so far
	from     int64        // first entry that is read
	progress func(ctx context.Context, done, total int64) error
	report   Report
}

// begin starts at a checkpoint, or at 0 when there is none or it does not hold.
func (v *verification) begin(ctx context.Context, c Checkpoint) error {
	v.stored = checkpointStream{log: v.log, after: math.MinInt64}
	if c.Size == 0 {
		return nil
	}
	signed, err := v.log.ReadCheckpoint(c.Note)
	if err != nil || signed.Size != c.Size {
		return nil //nolint:nilerr // a checkpoint that does not hold vouches for nothing
	}
	front, err := storedFrontier(ctx, v.log.db, c.Size)
	if err != nil {
		return err
	}
	var rows int64
	if err := v.log.db.QueryRow(ctx, `SELECT count(*) FROM audit_entry WHERE seq >= 0 AND seq < $1`, c.Size).Scan(&rows); err != nil {
		return fmt.Errorf("count audit entries: %w", err)
	}
	if rows != c.Size || front.root() != signed.Root {
		return nil
	}
	v.from, v.front, v.stored.after = c.Size, front, c.Size
	v.report.From, v.report.Checked, v.report.Signed = c.Size, c.Size, c.Size
	return nil
}

// storedFrontier reads the hashes of the complete subtrees below size. A missing one
// is the zero hash, which fits no signature.
func storedFrontier(ctx context.Context, q store.Querier, size int64) (frontier, error) {
	var f frontier
	for start, level := int64(0), 62; level >= 0; level-- {
		if size&(1<<level) == 0 {
			continue
		}
		at := tlog.StoredHashIndex(level, start>>level)
		found, err := readHashes(ctx, q, at, at+1)
		if err != nil {
			return nil, err
		}
		var h tlog.Hash
		copy(h[:], found[at])
		f = append(f, h)
		start += 1 << level
	}
	return f, nil
}

// run: what is read first can only be smaller than what is read later, so a
// growing log is never mistaken for a damaged one.
func (v *verification) run(ctx context.Context) (*Damage, error) {
	signed, err := v.newestSigned(ctx)
	if err != nil {
		return nil, err
	}
	var rows, hashes int64
	if err := v.log.db.QueryRow(ctx, `SELECT count(*) FROM audit_entry`).Scan(&rows); err != nil {
		return nil, fmt.Errorf("count audit entries: %w", err)
	}
	if err := v.log.db.QueryRow(ctx, `SELECT count(*) FROM audit_hash`).Scan(&hashes); err != nil {
		return nil, fmt.Errorf("count audit hashes: %w", err)
	}
	size, packed, err := v.readHead(ctx)
	if err != nil {
		return nil, err
	}
	// The entries tell more than a broken head or checkpoint: walk them first.
	if d, err := v.walk(ctx, max(size, signed)); d != nil || err != nil {
		return d, err
	}
	bad, err := v.stored.rest(ctx)
	switch {
	case bad != nil || err != nil:
		return bad, err
	case v.report.Checked != size || !bytes.Equal(packed, v.front.pack()):
		return &Damage{Seq: size, LastSeq: size, Kind: DamageHead}, nil
	case rows > size, hashes > tlog.StoredHashCount(size):
		return &Damage{Seq: size, LastSeq: size, Kind: DamageExtra, Detail: fmt.Sprintf("%d entries, %d hashes", rows, hashes)}, nil
	}
	return nil, nil
}

// newestSigned is the size of the newest checkpoint whose signature holds.
func (v *verification) newestSigned(ctx context.Context) (int64, error) {
	size, err := v.log.newestValid(ctx)
	if n := len(v.trusted); n > 0 {
		size = max(size, v.trusted[n-1].Size)
	}
	return size, err
}

// readHead reads the head row without trusting it; a missing one is size -1.
func (v *verification) readHead(ctx context.Context) (int64, []byte, error) {
	var size loose
	var packed []byte
	err := v.log.db.QueryRow(ctx, `SELECT size, frontier FROM audit_head WHERE id = 1`).Scan(&size, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return -1, nil, nil
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read audit head: %w", err)
	}
	v.report.Size = int64(size)
	return int64(size), packed, nil
}

// loose reads a column that should be a whole number; SQLite lets whoever changes
// the file put anything there, which must count as damage and not as an error.
type loose int64

// Scan implements sql.Scanner.
func (l *loose) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		n = -1
	}
	*l = loose(n)
	return nil
}

// walk reads the entries from where it began to size-1 and stops at the first damage.
func (v *verification) walk(ctx context.Context, size int64) (*Damage, error) {
	for from := v.from; from < size; from += verifyPage {
		to := min(from+verifyPage, size)
		if d, err := v.walkPage(ctx, from, to); d != nil || err != nil {
			return d, err
		}
		if v.progress != nil {
			if err := v.progress(ctx, to-v.from, size-v.from); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

func (v *verification) walkPage(ctx context.Context, from, to int64) (*Damage, error) {
	rows, err := readRows(ctx, v.log.db, from, to)
	if err != nil {
		return nil, err
	}
	hashes, err := readHashes(ctx, v.log.db, tlog.StoredHashCount(from), tlog.StoredHashCount(to))
	if err != nil {
		return nil, err
	}
	for seq := from; seq < to; seq++ {
		if d := v.entry(seq, rows[seq], hashes); d != nil {
			return d, nil
		}
		v.report.Checked = seq + 1
		if d, err := v.checkpointsAt(ctx, seq+1); d != nil || err != nil {
			return d, err
		}
	}
	return nil, nil
}

// checkpointsAt compares every checkpoint up to this size that was not compared yet.
func (v *verification) checkpointsAt(ctx context.Context, size int64) (*Damage, error) {
	for {
		c, ok, err := v.stored.peek(ctx)
		if err != nil {
			return nil, err
		}
		if !ok || c.Size > size {
			break
		}
		v.stored.skip()
		if d := v.compare(c, size); d != nil {
			return d, nil
		}
	}
	for len(v.trusted) > 0 && v.trusted[0].Size <= size {
		c := v.trusted[0]
		v.trusted = v.trusted[1:]
		if d := v.compare(c, size); d != nil {
			return d, nil
		}
	}
	return nil, nil
}

// compare holds the tree so far against a signed checkpoint.
func (v *verification) compare(c Checkpoint, size int64) *Damage {
	if c.Size == size && c.Root == v.front.root() {
		v.report.Checkpoints++
		v.report.Signed = size
		return nil
	}
	return &Damage{Seq: v.report.Signed, LastSeq: c.Size - 1, Kind: DamageRewritten}
}

// entry checks one entry and adds it to the recomputed tree.
func (v *verification) entry(seq int64, row *rawRow, stored map[int64][]byte) *Damage {
	damage := func(k DamageKind, detail string) *Damage {
		return &Damage{Seq: seq, LastSeq: seq, Kind: k, Detail: detail}
	}
	if row == nil {
		return damage(DamageMissing, "")
	}
	rec, err := decodeRecord(row.body)
	if err != nil {
		return damage(DamageBody, err.Error())
	}
	if col := rec.differs(row); col != "" {
		return damage(DamageColumn, col)
	}
	leaf := tlog.RecordHash(row.body)
	first := tlog.StoredHashIndex(0, seq)
	next, hashes := v.front.append(seq, leaf)
	for i := range hashes {
		if bytes.Equal(stored[first+int64(i)], hashes[i][:]) {
			continue
		}
		if i == 0 {
			// Body and leaf disagree; either was changed. Name the entry.
			return damage(DamageBody, "hash differs")
		}
		return damage(DamageHash, fmt.Sprintf("hash %d", first+int64(i)))
	}
	v.front = next
	return nil
}

// rawRow is an entry as stored.
type rawRow struct {
	body []byte
	atMS loose
	record
}

// differs names the first column that disagrees with the hashed bytes.
func (r record) differs(row *rawRow) string {
	pairs := []struct {
		col      string
		got, own any
	}{
		{"seq", row.Seq, r.Seq}, {"at_ms", int64(row.atMS), r.AtMS},
		{"actor_kind", row.ActorKind, r.ActorKind}, {"actor_id", row.ActorID, r.ActorID}, {"actor_name", row.ActorName, r.ActorName},
		{"action", row.Action, r.Action},
		{"object_kind", row.ObjectKind, r.ObjectKind}, {"object_id", row.ObjectID, r.ObjectID}, {"object_name", row.ObjectName, r.ObjectName},
		{"facility_id", row.FacilityID, r.FacilityID}, {"address", row.Address, r.Address},
	}
	for _, p := range pairs {
		if p.got != p.own {
			return p.col
		}
	}
	return ""
}

func readRows(ctx context.Context, q store.Querier, from, to int64) (map[int64]*rawRow, error) {
	rows, err := q.Query(ctx, `SELECT seq, body, at_ms, actor_kind, actor_id, actor_name, action, object_kind, object_id,
		object_name, facility_id, address FROM audit_entry WHERE seq >= $1 AND seq < $2`, from, to)
	if err != nil {
		return nil, fmt.Errorf("read audit entries: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := make(map[int64]*rawRow, to-from)
	for rows.Next() {
		var r rawRow
		if err := rows.Scan(&r.Seq, &r.body, &r.atMS, &r.ActorKind, &r.ActorID, &r.ActorName, &r.Action, &r.ObjectKind, &r.ObjectID,
			&r.ObjectName, &r.FacilityID, &r.Address); err != nil {
			return nil, fmt.Errorf("read audit entries: %w", err)
		}
		out[r.Seq] = &r
	}
	return out, rows.Err()
}

func readHashes(ctx context.Context, q store.Querier, from, to int64) (map[int64][]byte, error) {
	rows, err := q.Query(ctx, `SELECT idx, hash FROM audit_hash WHERE idx >= $1 AND idx < $2`, from, to)
	if err != nil {
		return nil, fmt.Errorf("read audit hashes: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := make(map[int64][]byte, to-from)
	for rows.Next() {
		var idx int64
		var hash []byte
		if err := rows.Scan(&idx, &hash); err != nil {
			return nil, fmt.Errorf("read audit hashes: %w", err)
		}
		out[idx] = hash
	}
	return out, rows.Err()
}
