package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// limit says when failures of one subject make it wait: free tries, then a wait
// that doubles with each further failure. Guideline 7.0 asks for a lock after
// repeated failures; the figures are ours. A locked person waits minutes and
// needs nobody, so that locking others out is no lasting harm.
type limit struct {
	free        int
	first, most time.Duration
	forget      time.Duration // quiet time after which counting starts anew
}

var (
	limitUser    = limit{free: 5, first: 30 * time.Second, most: 15 * time.Minute, forget: time.Hour}
	limitSecond  = limit{free: 5, first: 30 * time.Second, most: time.Hour, forget: 24 * time.Hour}
	limitAddress = limit{free: 30, first: time.Minute, most: time.Hour, forget: time.Hour} // many people behind one address
)

// wait is how long to wait after this many failures.
func (l limit) wait(failures int64) time.Duration {
	over := failures - int64(l.free)
	if over < 0 {
		return 0
	}
	if over > 20 {
		return l.most
	}
	return min(l.first<<over, l.most)
}

// subject is what failures are counted for.
type subject struct {
	key   string
	limit limit
}

// subjectUser counts by what was typed, whether such a user exists or not: both
// answer alike. The hash bounds the length and keeps mistyped passwords out.
func subjectUser(login string) subject {
	sum := sha256.Sum256([]byte(foldLogin(login)))
	return subject{"user:" + hex.EncodeToString(sum[:16]), limitUser}
}

func subjectSecond(userID string) subject { return subject{"second:" + userID, limitSecond} }

// subjectsAddress counts an IPv4 address, or the /64 of an IPv6 address (one
// customer's share, RFC 6177); none when the address is unknown.
func subjectsAddress(address string) []subject {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return nil
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		p, _ := ip.Prefix(64)
		return []subject{{"address:" + p.String(), limitAddress}}
	}
	return []subject{{"address:" + ip.String(), limitAddress}}
}

// attempt counts one try of each subject before the secret is looked at, so that
// many tries at once cannot all see the same count. When a subject has to wait, it
// returns a fault and the caller's transaction must end with it.
func (r *Registry) attempt(ctx context.Context, tx *store.Tx, subjects ...subject) error {
	now := r.nowMS()
	for _, s := range subjects {
		var failures, until int64
		err := tx.QueryRow(ctx, `INSERT INTO identity_throttle (subject, failures, last_ms, until_ms) VALUES ($1, 1, $2, 0)
			ON CONFLICT (subject) DO UPDATE SET last_ms = excluded.last_ms,
				failures = CASE WHEN identity_throttle.last_ms < $3 AND identity_throttle.until_ms < $4 THEN 1 ELSE identity_throttle.failures + 1 END
			RETURNING failures, until_ms`, s.key, now, now-s.limit.forget.Milliseconds(), now).Scan(&failures, &until)
		if err != nil {
			return fmt.Errorf("count attempt: %w", err)
		}
		if until > now {
			f := fault.New(fault.CodeTooMany, "identity.error.locked", "Seconds", (until-now+999)/1000)
			f.RetryMS = until - now
			return f
		}
		if wait := s.limit.wait(failures); wait > 0 {
			if _, err := tx.Exec(ctx, `UPDATE identity_throttle SET until_ms = $1 WHERE subject = $2`, now+wait.Milliseconds(), s.key); err != nil {
				return fmt.Errorf("count attempt: %w", err)
			}
		}
	}
	return nil
}

// forgive takes back a success: the person's count starts anew, and the address
// loses only this one try, so that one valid account does not free an attacker.
func (r *Registry) forgive(ctx context.Context, tx *store.Tx, own subject, address []subject) error {
	if _, err := tx.Exec(ctx, `DELETE FROM identity_throttle WHERE subject = $1`, own.key); err != nil {
		return fmt.Errorf("forgive attempt: %w", err)
	}
	for _, s := range address {
		if _, err := tx.Exec(ctx, `UPDATE identity_throttle SET failures = failures - 1, until_ms = 0 WHERE subject = $1 AND failures > 0`, s.key); err != nil {
			return fmt.Errorf("forgive attempt: %w", err)
		}
	}
	return nil
}

// Tidy removes what has run out: sessions, counts, codes. A job calls it hourly.
func (r *Registry) Tidy(ctx context.Context) error {
	now := r.now()
	return r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, q := range []struct {
			text string
			ms   int64
		}{
			{`DELETE FROM identity_session WHERE expires_ms < $1`, store.MS(now)},
			{`DELETE FROM identity_setup_link WHERE expires_ms < $1`, store.MS(now.Add(-90 * 24 * time.Hour))},
			{`DELETE FROM identity_throttle WHERE last_ms < $1`, store.MS(now.Add(-24 * time.Hour))},
			{`DELETE FROM identity_knock WHERE last_ms < $1`, store.MS(now.Add(-90 * 24 * time.Hour))},
		} {
			if _, err := tx.Exec(ctx, q.text, q.ms); err != nil {
				return fmt.Errorf("tidy identity: %w", err)
			}
		}
		return nil
	})
}
