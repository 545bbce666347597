package audit

import (
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"sonae/internal/identity"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
)

// JobVerify is the kind of job that verifies the log: once a day by itself, and
// when somebody asks.
const JobVerify = "audit.verify"

// verifyTries bounds the attempts of a verification: it reads everything anew.
const verifyTries = 3

// VerifyArgs say how to verify. The zero value goes on from the last verification.
type VerifyArgs struct {
	Full    bool     `json:"full,omitempty"`    // read every entry
	Trusted []string `json:"trusted,omitempty"` // checkpoints kept elsewhere; they make it full
	By      string   `json:"by,omitempty"`      // name of who asked
}

// Verification is the stored outcome of a verification.
type Verification struct {
	ID               string
	BeganMS, EndedMS int64
	By               string // name of who asked; empty: the daily job
	Report
}

// OrderVerification asks for a verification and gives the job's ID. One that waits
// already, asked for alike, is shared.
func OrderVerification(ctx context.Context, tx *store.Tx, a VerifyArgs, nowMS int64) (string, error) {
	unique := "asked"
	if a.Full {
		unique = "asked full"
	}
	if len(a.Trusted) > 0 {
		unique = "" // each with its own checkpoints
	}
	return job.Insert(ctx, tx, JobVerify, a, job.InsertOpts{Unique: unique, MaxAttempts: verifyTries, Now: store.Time(nowMS)})
}

// VerifyWorker does the jobs of kind JobVerify. The outcome is stored, and an entry
// in the log says that it was verified, by whom and with which outcome.
func (l *Log) VerifyWorker(ctx context.Context, j job.Job) error {
	var a VerifyArgs
	if err := json.Unmarshal(j.Args, &a); err != nil {
		return job.Discard(fmt.Errorf("verify audit log: %w", err))
	}
	o := Options{Progress: job.Progress}
	for _, text := range a.Trusted {
		o.Trusted = append(o.Trusted, []byte(text))
	}
	var err error
	if !a.Full && len(a.Trusted) == 0 {
		if o.From, err = l.vouched(ctx); err != nil {
			return err
		}
	}
	v := Verification{ID: store.NewID(), BeganMS: store.MS(l.now()), By: a.By}
	if v.Report, err = l.VerifyWith(ctx, o); err != nil {
		return err
	}
	v.EndedMS = store.MS(l.now())
	return l.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return l.keep(ctx, tx, v) })
}

// vouched is the signed checkpoint that the last verification reached, if it found
// nothing. Somebody who can change the table of outcomes can make a verification
// begin too late, but not pass entries that the signature does not fit; a full
// verification does not look at it.
func (l *Log) vouched(ctx context.Context) (Checkpoint, error) {
	last, err := Verifications(ctx, l.db, 1)
	if err != nil || len(last) == 0 || !last[0].OK() {
		return Checkpoint{}, err
	}
	return l.newestUpTo(ctx, last[0].Size)
}

// keep stores an outcome with its entry.
func (l *Log) keep(ctx context.Context, tx *store.Tx, v Verification) error {
	d := v.Damage
	if d == nil {
		d = &Damage{}
	}
	_, err := tx.Exec(ctx, `INSERT INTO audit_verification (id, began_ms, ended_ms, by_name, from_size, size, root, checkpoints, signed, damage_kind, damage_seq, damage_last, damage_detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		v.ID, v.BeganMS, v.EndedMS, v.By, v.From, v.Size, v.Root.String(), v.Checkpoints, v.Signed, string(d.Kind), d.Seq, d.LastSeq, clean(d.Detail))
	if err != nil {
		return fmt.Errorf("store audit verification: %w", err)
	}
	detail := map[string]any{"from": v.From, "size": v.Size, "root": v.Root.String(), "ok": v.OK()}
	if !v.OK() {
		detail["damage"], detail["seq"] = string(d.Kind), d.Seq
	}
	by := v.By
	if by == "" {
		by = "daily verification"
	}
	_, err = Append(ctx, tx, Entry{AtMS: v.EndedMS, Actor: ActorOf(identity.System(by)), Action: "audit.verified", Object: Object{Kind: "audit"}, Detail: detail})
	return err
}

// Verifications lists the outcomes, newest first, at most limit. Checked is the
// size then.
func Verifications(ctx context.Context, q store.Querier, limit int) ([]Verification, error) {
	rows, err := q.Query(ctx, `SELECT id, began_ms, ended_ms, by_name, from_size, size, root, checkpoints, signed, damage_kind, damage_seq, damage_last, damage_detail
		FROM audit_verification ORDER BY ended_ms DESC, id DESC LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list audit verifications: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []Verification
	for rows.Next() {
		var v Verification
		var d Damage
		var root string
		err := rows.Scan(&v.ID, &v.BeganMS, &v.EndedMS, &v.By, &v.From, &v.Size, &root, &v.Checkpoints, &v.Signed, &d.Kind, &d.Seq, &d.LastSeq, &d.Detail)
		if err != nil {
			return nil, fmt.Errorf("list audit verifications: %w", err)
		}
		if v.Root, err = tlog.ParseHash(root); err != nil {
			return nil, fmt.Errorf("list audit verifications: %w", err)
		}
		v.Checked = v.Size
		if d.Kind != "" {
			v.Damage = &d
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// LastFull is the newest outcome for which every entry was read; ok is false when
// there is none.
func LastFull(ctx context.Context, q store.Querier) (endedMS int64, ok bool, err error) {
	err = q.QueryRow(ctx, `SELECT coalesce(max(ended_ms), 0) FROM audit_verification WHERE from_size = 0`).Scan(&endedMS)
	return endedMS, endedMS > 0, err
}
