package identity

import (
	"context"
	"database/sql"
	"fmt"

	"sonae/internal/platform/store"
)

// Session is one signed-in browser, for lists.
type Session struct {
	ID        string
	Address   string
	UserAgent string
	CreatedMS int64
	SeenMS    int64 // exact to about a minute
	ExpiresMS int64
}

// SessionsOf lists a user's live sessions, the last used first.
func (r *Registry) SessionsOf(ctx context.Context, q store.Querier, userID string) ([]Session, error) {
	rows, err := q.Query(ctx, `SELECT id, address, user_agent, created_ms, seen_ms, expires_ms FROM identity_session
		WHERE user_id = $1 AND expires_ms > $2 AND ended_ms IS NULL ORDER BY seen_ms DESC, id LIMIT 200`, userID, r.nowMS())
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return collect(rows, func(scan func(...any) error) (Session, error) {
		var s Session
		return s, scan(&s.ID, &s.Address, &s.UserAgent, &s.CreatedMS, &s.SeenMS, &s.ExpiresMS)
	})
}

// EndSession ends one session of a user; it counts from the next request on, on
// every server.
func (r *Registry) EndSession(ctx context.Context, tx *store.Tx, userID, sessionID string) error {
	res, err := r.endSessions(ctx, tx, `id = $4`, userID, sessionID)
	if err != nil {
		return err
	}
	return found(res, "identity.error.session_unknown")
}

// EndSessions ends all sessions of a user but keepID, which may be empty.
func (r *Registry) EndSessions(ctx context.Context, tx *store.Tx, userID, keepID string) error {
	_, err := r.endSessions(ctx, tx, `id <> $4`, userID, keepID)
	return err
}

func (r *Registry) endSessions(ctx context.Context, tx *store.Tx, where, userID, id string) (sql.Result, error) {
	res, err := tx.Exec(ctx, `UPDATE identity_session SET ended_ms = $1, data = $2 WHERE user_id = $3 AND ended_ms IS NULL AND `+where,
		r.nowMS(), []byte("{}"), userID, id)
	if err != nil {
		return nil, fmt.Errorf("end sessions: %w", err)
	}
	return res, nil
}
