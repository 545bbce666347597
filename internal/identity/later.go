package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Later is one thing to do that a person put aside, for themselves only, until a day.
type Later struct {
	Topic   string // what is put aside: a word, and an ID where the word is not enough
	UntilOn string // 2006-01-02: on this day it shows again
	SetMS   int64
}

// Limits of what a person puts aside.
const (
	// LaterDays is how far ahead: a year, as the checklist goes round.
	LaterDays = 366
	maxLater  = 500
)

// topicForm is a word, alone or with the ID of a thing.
var topicForm = regexp.MustCompile(`^[a-z_]{1,40}(/[0-9a-f-]{36})?$`)

// personOf is the user behind a principal: the person of a session, or the one whose
// rights a token rests on. Tokens made on the server's machine have none.
func personOf(ctx context.Context, q store.Querier, p Principal) (string, error) {
	switch p.Kind {
	case KindUser:
		return p.ID, nil
	case KindToken:
		var owner string
		err := q.QueryRow(ctx, `SELECT owner_id FROM identity_token WHERE id = $1`, p.ID).Scan(&owner)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return "", fmt.Errorf("find owner of token: %w", err)
		}
		return owner, nil
	}
	return "", nil
}

// PutOff puts a topic aside for the person behind p, until a day after today; the
// topic's earlier day is replaced. Errors: invalid with the place, conflict when no
// person stands behind p or 500 things are put aside already.
func (r *Registry) PutOff(ctx context.Context, tx *store.Tx, p Principal, topic, untilOn, today string) (Later, error) {
	if !topicForm.MatchString(topic) {
		return Later{}, fault.Invalid("identity.error.later_topic").At("topic")
	}
	last, err := time.Parse(time.DateOnly, today)
	if err != nil {
		return Later{}, fmt.Errorf("put off: today is %q: %w", today, err)
	}
	until, err := time.Parse(time.DateOnly, untilOn)
	if err != nil || untilOn <= today || until.After(last.AddDate(0, 0, LaterDays)) {
		return Later{}, fault.Invalid("identity.error.later_day").At("until_on").Because(err)
	}
	user, err := personOf(ctx, tx, p)
	if err != nil {
		return Later{}, err
	}
	if user == "" {
		return Later{}, fault.Conflict("identity.error.later_nobody")
	}
	// What has come back needs no row any more.
	if _, err := tx.Exec(ctx, `DELETE FROM identity_later WHERE user_id = $1 AND until_on <= $2`, user, today); err != nil {
		return Later{}, fmt.Errorf("put off: %w", err)
	}
	var n int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM identity_later WHERE user_id = $1 AND topic <> $2`, user, topic).Scan(&n); err != nil {
		return Later{}, fmt.Errorf("put off: %w", err)
	}
	if n >= maxLater {
		return Later{}, fault.Conflict("identity.error.later_many", "Max", maxLater)
	}
	l := Later{Topic: topic, UntilOn: untilOn, SetMS: r.nowMS()}
	_, err = tx.Exec(ctx, `INSERT INTO identity_later (user_id, topic, until_on, set_ms) VALUES ($1, $2, $3, $4)
		ON CONFLICT (user_id, topic) DO UPDATE SET until_on = excluded.until_on, set_ms = excluded.set_ms`, user, l.Topic, l.UntilOn, l.SetMS)
	if err != nil {
		return Later{}, fmt.Errorf("put off %s: %w", topic, err)
	}
	return l, nil
}

// TakeBack makes a topic show again at once. Errors: not_found when it is not put
// aside.
func (r *Registry) TakeBack(ctx context.Context, tx *store.Tx, p Principal, topic string) error {
	user, err := personOf(ctx, tx, p)
	if err != nil {
		return err
	}
	res, err := tx.Exec(ctx, `DELETE FROM identity_later WHERE user_id = $1 AND topic = $2`, user, topic)
	if err != nil {
		return fmt.Errorf("take back %s: %w", topic, err)
	}
	return found(res, "identity.error.later_gone")
}

// PutAside lists what the person behind p has put aside beyond today, the first to
// come back first; nothing when no person stands behind p.
func (r *Registry) PutAside(ctx context.Context, q store.Querier, p Principal, today string) ([]Later, error) {
	user, err := personOf(ctx, q, p)
	if err != nil || user == "" {
		return nil, err
	}
	rows, err := q.Query(ctx, `SELECT topic, until_on, set_ms FROM identity_later WHERE user_id = $1 AND until_on > $2 ORDER BY until_on, topic`, user, today)
	if err != nil {
		return nil, fmt.Errorf("list what is put aside: %w", err)
	}
	return collect(rows, func(scan func(...any) error) (l Later, err error) {
		err = scan(&l.Topic, &l.UntilOn, &l.SetMS)
		return l, err
	})
}
