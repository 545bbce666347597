package identity

import (
	"context"
	"encoding/base64"
	"fmt"
	"sync"
	"time"

	"sonae/internal/platform/authority"
	"sonae/internal/platform/store"
)

// Settings of the authority, and of what is asked of devices.
const (
	settingAuthority           = "identity.authority" // sealed with the server key
	settingCertificateRequired = "identity.certificate_required"
	sealAuthority              = "device authority"
)

// settingTrust is how long a server goes on with what it read of a setting.
const settingTrust = 3 * time.Second

// trust is what a server keeps of its authority. The key never changes, so it is read
// once.
type trust struct {
	mu        sync.Mutex
	authority *authority.Authority
	required  bool
	requiredT time.Time // until when required counts
}

// Authority is Sonae's own certificate authority: it is made when it is needed first
// and kept in the database, sealed with the server key; all servers share it.
func (r *Registry) Authority(ctx context.Context) (*authority.Authority, error) {
	r.trust.mu.Lock()
	defer r.trust.mu.Unlock()
	if r.trust.authority != nil {
		return r.trust.authority, nil
	}
	secret, err := r.sharedSecret(ctx, settingAuthority, sealAuthority, func() ([]byte, error) {
		a, err := authority.New("Sonae device authority", r.now())
		if err != nil {
			return nil, err
		}
		return a.Marshal()
	})
	if err != nil {
		return nil, err
	}
	a, err := authority.Parse(secret)
	if err != nil {
		return nil, err
	}
	r.trust.authority = a
	return a, nil
}

// sharedSecret reads a sealed setting, or stores what fresh makes; of several servers
// that start at once, one is first and all use its secret.
func (r *Registry) sharedSecret(ctx context.Context, setting, purpose string, fresh func() ([]byte, error)) ([]byte, error) {
	text, ok, err := store.Setting(ctx, r.db, setting)
	if err != nil {
		return nil, err
	}
	if !ok {
		secret, err := fresh()
		if err != nil {
			return nil, err
		}
		box, err := r.seal.Seal(purpose, secret)
		if err != nil {
			return nil, err
		}
		if text, err = r.firstSetting(ctx, setting, base64.StdEncoding.EncodeToString(box)); err != nil {
			return nil, err
		}
	}
	box, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("setting %s: %w", setting, err)
	}
	secret, err := r.seal.Unseal(purpose, box)
	if err != nil {
		return nil, fmt.Errorf("%s: %w (is the server key the one this database was made with?)", purpose, err)
	}
	return secret, nil
}

// firstSetting stores value unless there is one, and gives the one that stands.
func (r *Registry) firstSetting(ctx context.Context, name, value string) (stands string, err error) {
	err = r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO setting (name, value, updated_ms) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING`, name, value, r.nowMS())
		if err != nil {
			return fmt.Errorf("store setting %s: %w", name, err)
		}
		stands, _, err = store.Setting(ctx, tx, name)
		return err
	})
	return stands, err
}

// CertificateRequired tells whether reports over the network need a device
// certificate. New installations begin with true. Another server's change counts
// within seconds.
func (r *Registry) CertificateRequired(ctx context.Context) (bool, error) {
	r.trust.mu.Lock()
	defer r.trust.mu.Unlock()
	if now := r.now(); now.Before(r.trust.requiredT) {
		return r.trust.required, nil
	}
	value, _, err := store.Setting(ctx, r.db, settingCertificateRequired)
	if err != nil {
		return true, err
	}
	r.trust.required, r.trust.requiredT = value != "off", r.now().Add(settingTrust)
	return r.trust.required, nil
}

// SetCertificateRequired turns the demand on or off.
func (r *Registry) SetCertificateRequired(ctx context.Context, tx *store.Tx, on bool) error {
	value := "off"
	if on {
		value = "on"
	}
	err := store.SetSetting(ctx, tx, settingCertificateRequired, value, r.nowMS())
	r.trust.mu.Lock()
	defer r.trust.mu.Unlock()
	r.trust.requiredT = time.Time{} // this server reads it anew
	return err
}

// DevicesWithoutCertificate counts devices of a scope that may report and hold no
// valid certificate: those that would be shut out by the demand.
func (r *Registry) DevicesWithoutCertificate(ctx context.Context, q store.Querier, scope Scope) (n int, err error) {
	var args []any
	where := scope.Where("facility_id", "", &args)
	args = append(args, r.nowMS())
	err = q.QueryRow(ctx, fmt.Sprintf(`SELECT count(*) FROM identity_device WHERE %s AND revoked_ms IS NULL AND certificate_end_ms < $%d`, where, len(args)), args...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count devices without certificate: %w", err)
	}
	return n, nil
}
