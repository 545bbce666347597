package audit

import (
	"context"
	"fmt"
)

// checkpointPage is how many checkpoints are read at a time: a server that signs
// every minute makes more than a million in three years.
const checkpointPage = 1000

// checkpointStream gives the stored checkpoints in order of size, some at a time,
// each with its signature checked. Bad ones are left out; the first is remembered.
type checkpointStream struct {
	log     *Log
	after   int64 // size of the last one read
	page    []Checkpoint
	ended   bool
	unsized bool // rows without a size were looked for
	bad     *Damage
}

// peek is the next good one; ok is false at the end.
func (s *checkpointStream) peek(ctx context.Context) (c Checkpoint, ok bool, err error) {
	for len(s.page) == 0 && !s.ended {
		if err := s.fill(ctx); err != nil {
			return Checkpoint{}, false, err
		}
	}
	if len(s.page) == 0 {
		return Checkpoint{}, false, nil
	}
	return s.page[0], true, nil
}

func (s *checkpointStream) skip() { s.page = s.page[1:] }

// rest reads to the end and gives the first bad one, if any.
func (s *checkpointStream) rest(ctx context.Context) (*Damage, error) {
	for s.page = nil; !s.ended; s.page = nil {
		if err := s.fill(ctx); err != nil {
			return nil, err
		}
	}
	return s.bad, nil
}

// fill reads a page. SQLite lets whoever changes the file put texts where a size
// should be; they sort behind all numbers and do not move the cursor.
func (s *checkpointStream) fill(ctx context.Context) error {
	if !s.unsized {
		s.unsized = true
		var n int64
		if err := s.log.db.QueryRow(ctx, `SELECT count(*) FROM audit_checkpoint WHERE size IS NULL`).Scan(&n); err != nil {
			return fmt.Errorf("read audit checkpoints: %w", err)
		}
		if n > 0 {
			s.note(Checkpoint{Head: Head{Size: -1}}, nil)
		}
	}
	rows, err := s.log.checkpoints(ctx, `WHERE size > $1 ORDER BY size LIMIT $2`, s.after, checkpointPage)
	if err != nil {
		return err
	}
	moved := false
	for _, c := range rows {
		if c.Size > s.after {
			s.after, moved = c.Size, true
		}
		signed, err := s.log.valid(c)
		if err != nil {
			s.note(c, err)
			continue
		}
		s.page = append(s.page, signed)
	}
	s.ended = len(rows) < checkpointPage || !moved
	return nil
}

// note remembers the first bad checkpoint.
func (s *checkpointStream) note(c Checkpoint, err error) {
	if s.bad != nil {
		return
	}
	size := c.Size
	if signed, readErr := s.log.ReadCheckpoint(c.Note); readErr == nil {
		size = signed.Size // the text is whole, so a column was changed
	}
	s.bad = &Damage{Seq: size, LastSeq: size, Kind: DamageCheckpoint, Detail: fmt.Sprint(err)}
}

// valid checks the signature of a stored checkpoint, and that its columns say what
// was signed.
func (l *Log) valid(c Checkpoint) (Checkpoint, error) {
	signed, err := l.ReadCheckpoint(c.Note)
	if err == nil && (signed.Size != c.Size || signed.AtMS != c.AtMS) {
		err = errCheckpoint
	}
	return signed, err
}

// newestValid is the size of the newest stored checkpoint whose signature holds; 0
// when there is none.
func (l *Log) newestValid(ctx context.Context) (int64, error) {
	c, err := l.newestUpTo(ctx, 1<<62)
	return c.Size, err
}

// newestUpTo is the newest valid checkpoint of at most this size; Size 0 = none.
func (l *Log) newestUpTo(ctx context.Context, size int64) (Checkpoint, error) {
	for {
		rows, err := l.checkpoints(ctx, `WHERE size <= $1 ORDER BY size DESC LIMIT $2`, size, checkpointPage)
		if err != nil || len(rows) == 0 {
			return Checkpoint{}, err
		}
		before := size
		for _, c := range rows {
			if signed, err := l.valid(c); err == nil {
				return signed, nil
			}
			if c.Size >= 0 {
				size = min(size, c.Size-1)
			}
		}
		if size == before {
			return Checkpoint{}, nil
		}
	}
}
