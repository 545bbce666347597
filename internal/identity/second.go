package identity

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// TOTP as RFC 6238 with the values every generator app knows: SHA-1, 6 digits,
// steps of 30 s; one step before and after is accepted (section 5.2).
const (
	totpPeriodSeconds = 30
	totpSkewSteps     = 1
	totpIssuer        = "Sonae"
)

func totpPurpose(userID string) string { return "totp " + userID }

// TOTPSetup is what a person needs to set up a generator. Shown once.
type TOTPSetup struct {
	Secret string // base32, to type in
	URI    string // otpauth://…, to scan
}

// QR draws the URI as a PNG of about 240 × 240 pixels.
func (s TOTPSetup) QR() ([]byte, error) {
	key, err := otp.NewKeyFromURL(s.URI)
	if err != nil {
		return nil, fmt.Errorf("draw QR code: %w", err)
	}
	img, err := key.Image(240, 240)
	if err != nil {
		return nil, fmt.Errorf("draw QR code: %w", err)
	}
	var b bytes.Buffer
	err = png.Encode(&b, img)
	return b.Bytes(), err
}

// BeginTOTP makes a secret that counts only after ConfirmTOTP; a generator that
// is set up already stays valid until then.
func (r *Registry) BeginTOTP(ctx context.Context, tx *store.Tx, u User) (TOTPSetup, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: totpIssuer, AccountName: u.Login, Period: totpPeriodSeconds, SecretSize: 20})
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("make TOTP secret: %w", err)
	}
	sealed, err := r.seal.Seal(totpPurpose(u.ID), []byte(key.Secret()))
	if err != nil {
		return TOTPSetup{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE identity_user SET totp_pending = $1 WHERE id = $2`, sealed, u.ID); err != nil {
		return TOTPSetup{}, fmt.Errorf("store TOTP secret: %w", err)
	}
	return TOTPSetup{Secret: key.Secret(), URI: key.URL()}, nil
}

// PendingTOTP gives the set-up that waits for ConfirmTOTP, for showing it again.
func (r *Registry) PendingTOTP(ctx context.Context, q store.Querier, u User) (TOTPSetup, error) {
	secret, err := r.totpSecret(ctx, q, u.ID, "totp_pending")
	if err != nil {
		return TOTPSetup{}, err
	}
	if secret == "" {
		return TOTPSetup{}, fault.Conflict("identity.error.totp_not_begun")
	}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("TOTP secret: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: totpIssuer, AccountName: u.Login, Period: totpPeriodSeconds, Secret: raw})
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("TOTP set-up: %w", err)
	}
	return TOTPSetup{Secret: key.Secret(), URI: key.URL()}, nil
}

func (r *Registry) totpSecret(ctx context.Context, q store.Querier, userID, col string) (string, error) {
	var sealed []byte
	if err := q.QueryRow(ctx, `SELECT `+col+` FROM identity_user WHERE id = $1`, userID).Scan(&sealed); err != nil || sealed == nil {
		return "", notFound(err, "identity.error.user_unknown")
	}
	secret, err := r.seal.Unseal(totpPurpose(userID), sealed)
	return string(secret), err
}

// ConfirmTOTP makes the pending secret count after its first right code.
func (r *Registry) ConfirmTOTP(ctx context.Context, tx *store.Tx, userID, code string) error {
	secret, err := r.totpSecret(ctx, tx, userID, "totp_pending")
	if err != nil {
		return err
	}
	if secret == "" {
		return fault.Conflict("identity.error.totp_not_begun")
	}
	step, ok := stepOf(secret, code, r.now())
	if !ok {
		return fault.Invalid("identity.error.wrong_code").At("code").WithHint("identity.error.wrong_code.hint")
	}
	_, err = tx.Exec(ctx, `UPDATE identity_user SET totp_secret = totp_pending, totp_pending = NULL, totp_step = $1 WHERE id = $2`, step, userID)
	if err != nil {
		return fmt.Errorf("store TOTP secret: %w", err)
	}
	return nil
}

// stepOf finds the time step a code belongs to. All steps are compared, each in
// constant time.
func stepOf(secret, code string, now time.Time) (int64, bool) {
	code = strings.Join(strings.Fields(code), "")
	if len(code) != otp.DigitsSix.Length() {
		return 0, false
	}
	at := now.Unix() / totpPeriodSeconds
	var found int64
	ok := false
	for step := at - totpSkewSteps; step <= at+totpSkewSteps; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // after 1970
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found, ok = step, true
		}
	}
	return found, ok
}

// useTOTP accepts each step once (RFC 6238, 5.2): the row moves only upwards.
func (r *Registry) useTOTP(ctx context.Context, tx *store.Tx, userID, code string) (bool, error) {
	secret, err := r.totpSecret(ctx, tx, userID, "totp_secret")
	if err != nil || secret == "" {
		return false, err
	}
	step, ok := stepOf(secret, code, r.now())
	if !ok {
		return false, nil
	}
	res, err := tx.Exec(ctx, `UPDATE identity_user SET totp_step = $1 WHERE id = $2 AND totp_step < $3`, step, userID, step)
	if err != nil {
		return false, fmt.Errorf("note TOTP step: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// RemoveTOTP takes the generator away, unless the password is too short without.
func (r *Registry) RemoveTOTP(ctx context.Context, tx *store.Tx, userID string) error {
	_, err := tx.Exec(ctx, `UPDATE identity_user SET totp_secret = NULL, totp_pending = NULL, totp_step = 0 WHERE id = $1`, userID)
	if err != nil {
		return fmt.Errorf("remove TOTP: %w", err)
	}
	return r.checkSecondStays(ctx, tx, userID)
}

// ResetSecond takes all second factors of somebody who lost them. Their sessions
// end, and the password must be changed at the next sign-in.
func (r *Registry) ResetSecond(ctx context.Context, tx *store.Tx, by Principal, userID string) error {
	u, err := r.UserByID(ctx, tx, userID)
	if err != nil {
		return err
	}
	if err := mayChange(by, u); err != nil {
		return err
	}
	for _, q := range []string{
		`UPDATE identity_user SET totp_secret = NULL, totp_pending = NULL, totp_step = 0, password_must_change = TRUE WHERE id = $1`,
		`DELETE FROM identity_passkey WHERE user_id = $1`,
		`DELETE FROM identity_recovery WHERE user_id = $1`,
	} {
		if _, err := tx.Exec(ctx, q, userID); err != nil {
			return fmt.Errorf("reset second factor: %w", err)
		}
	}
	return r.EndSessions(ctx, tx, userID, "")
}

// recoveryCodes is how many codes a person gets; recoveryBytes makes them too long
// to guess (80 bits), so that a fast hash is enough.
const (
	recoveryCodes = 10
	recoveryBytes = 10
)

// NewRecoveryCodes makes ten single-use codes and forgets the old ones. They are
// shown once: only hashes are kept.
func (r *Registry) NewRecoveryCodes(ctx context.Context, tx *store.Tx, userID string) ([]string, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM identity_recovery WHERE user_id = $1`, userID); err != nil {
		return nil, fmt.Errorf("make recovery codes: %w", err)
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		b := make([]byte, recoveryBytes)
		_, _ = rand.Read(b) // never fails (crypto/rand)
		t := strings.ToLower(base32.StdEncoding.EncodeToString(b))
		codes[i] = t[:4] + "-" + t[4:8] + "-" + t[8:12] + "-" + t[12:]
		if _, err := tx.Exec(ctx, `INSERT INTO identity_recovery (user_id, code_hash) VALUES ($1, $2)`, userID, recoveryHash(userID, codes[i])); err != nil {
			return nil, fmt.Errorf("make recovery codes: %w", err)
		}
	}
	return codes, nil
}

func recoveryHash(userID, code string) []byte {
	plain := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(code))
	sum := sha256.Sum256([]byte(userID + "\n" + plain))
	return sum[:]
}

// useRecovery spends a code.
func (r *Registry) useRecovery(ctx context.Context, tx *store.Tx, userID, code string) (bool, error) {
	res, err := tx.Exec(ctx, `UPDATE identity_recovery SET used_ms = $1 WHERE user_id = $2 AND code_hash = $3 AND used_ms IS NULL`,
		r.nowMS(), userID, recoveryHash(userID, code))
	if err != nil {
		return false, fmt.Errorf("use recovery code: %w", err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// RecoveryLeft counts the codes a person can still use.
func (r *Registry) RecoveryLeft(ctx context.Context, q store.Querier, userID string) (int, error) {
	var n int
	err := q.QueryRow(ctx, `SELECT count(*) FROM identity_recovery WHERE user_id = $1 AND used_ms IS NULL`, userID).Scan(&n)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("count recovery codes: %w", err)
	}
	return n, nil
}
