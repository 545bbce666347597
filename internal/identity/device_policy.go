package identity

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Settings of policies.
const (
	settingPolicyKey     = "identity.policy_key" // sealed with the server key
	settingPolicyVersion = "identity.policy_version"
	sealPolicy           = "device policy key"
)

// PolicyRules are what a policy may ask of an agent; nothing else can be asked. Limits
// are those of the agent's protocol, which checks them again.
type PolicyRules struct {
	IntervalMin int      `json:"interval_min,omitempty"` // between reports; 0 = as installed
	Off         []string `json:"off,omitempty"`          // sections that are not read
	UploadKBps  int      `json:"upload_kbps,omitempty"`  // 1000 bytes a second; 0 = no limit
	QuietFrom   string   `json:"quiet_from,omitempty"`   // "08:30" by the device's clock
	QuietTo     string   `json:"quiet_to,omitempty"`
	Stop        bool     `json:"stop,omitempty"` // the agent stops reading and reporting
}

// PolicySections are the parts of a report that a policy may switch off, in the words
// of the agent's protocol; hardware and operating system say which machine it is and
// are always read. Texts: "device.section." + word.
var PolicySections = []string{
	"disks", "volumes", "interfaces", "packages", "services", "ports", "accounts", "security", "updates",
	"peripherals", "extensions", "startup", "groups", "hardening", "switched_off", "backups",
}

// Limits of rules; the agent's protocol has the same (a test compares them).
const (
	minIntervalMin, maxIntervalMin = 15, 7 * 24 * 60
	minUploadKBps, maxUploadKBps   = 8, 100_000
	maxQuiet                       = 20 * time.Hour
)

// Check tells whether the rules are within their limits; a fault names the field.
func (p PolicyRules) Check() error {
	switch {
	case p.IntervalMin != 0 && (p.IntervalMin < minIntervalMin || p.IntervalMin > maxIntervalMin):
		return fault.Invalid("identity.error.policy_interval", "Least", minIntervalMin, "Most", maxIntervalMin).At("interval_min")
	case p.UploadKBps != 0 && (p.UploadKBps < minUploadKBps || p.UploadKBps > maxUploadKBps):
		return fault.Invalid("identity.error.policy_upload", "Least", minUploadKBps, "Most", maxUploadKBps).At("upload_kbps")
	}
	for _, section := range p.Off {
		if !slices.Contains(PolicySections, section) {
			return fault.Invalid("identity.error.policy_section").At("off")
		}
	}
	if p.QuietFrom == "" && p.QuietTo == "" {
		return nil
	}
	from, err1 := time.Parse("15:04", p.QuietFrom)
	to, err2 := time.Parse("15:04", p.QuietTo)
	if err1 != nil || err2 != nil || from.Equal(to) || (to.Sub(from)+24*time.Hour)%(24*time.Hour) > maxQuiet {
		return fault.Invalid("identity.error.policy_quiet", "Hours", int(maxQuiet.Hours())).At("quiet_from")
	}
	return nil
}

// Policy is rules for a group of devices. The closest one counts: device before
// department before facility before all. A Stop counts from any of them.
type Policy struct {
	ID         string
	FacilityID string // empty = all facilities
	Department string // empty = all of the facility
	DeviceID   string // empty = not one device only; FacilityID is the device's then
	Device     string // name of that device, in lists only
	Rules      PolicyRules
	By         string
	ChangedMS  int64
}

// policies is what a server remembers of the table: the version for a few seconds.
type policies struct {
	mu      sync.Mutex
	version int64
	until   time.Time
	key     ed25519.PrivateKey
}

// PolicyKey is the key that signs policies; agents learn its public half when they
// enrol. It is made when it is needed first.
func (r *Registry) PolicyKey(ctx context.Context) (ed25519.PrivateKey, error) {
	r.policies.mu.Lock()
	defer r.policies.mu.Unlock()
	if r.policies.key != nil {
		return r.policies.key, nil
	}
	seed, err := r.sharedSecret(ctx, settingPolicyKey, sealPolicy, func() ([]byte, error) {
		seed := make([]byte, ed25519.SeedSize)
		_, _ = rand.Read(seed) // never fails (crypto/rand)
		return seed, nil
	})
	if err != nil {
		return nil, err
	}
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("%s has %d bytes", sealPolicy, len(seed))
	}
	r.policies.key = ed25519.NewKeyFromSeed(seed)
	return r.policies.key, nil
}

// SetPolicy stores the rules of p's target in place of those before.
func (r *Registry) SetPolicy(ctx context.Context, tx *store.Tx, by Principal, p Policy) (Policy, error) {
	if err := p.Rules.Check(); err != nil {
		return p, err
	}
	p.Rules.Off = slices.Compact(slices.Sorted(slices.Values(p.Rules.Off))) // the protocol takes each once
	p.Department = strings.TrimSpace(p.Department)
	if err := checkLine(p.Department, 100, false); err != nil {
		return p, err.At("department")
	}
	if p.Department != "" && (p.FacilityID == "" || p.DeviceID != "") {
		return p, fault.Invalid("identity.error.policy_target").At("department")
	}
	rules, err := json.Marshal(p.Rules)
	if err != nil {
		return p, fmt.Errorf("encode policy: %w", err)
	}
	p.ID, p.By, p.ChangedMS = store.NewID(), by.Name, r.nowMS()
	err = tx.QueryRow(ctx, `INSERT INTO identity_policy (id, facility_id, department, device_id, rules, by_name, changed_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (facility_id, department, device_id) DO UPDATE SET rules = excluded.rules, by_name = excluded.by_name, changed_ms = excluded.changed_ms RETURNING id`,
		p.ID, p.FacilityID, p.Department, p.DeviceID, string(rules), p.By, p.ChangedMS).Scan(&p.ID)
	if err != nil {
		return p, fmt.Errorf("store policy: %w", err)
	}
	return p, r.raisePolicyVersion(ctx, tx)
}

// RemovePolicy takes a policy away; the next closer one counts then.
func (r *Registry) RemovePolicy(ctx context.Context, tx *store.Tx, id string) error {
	res, err := tx.Exec(ctx, `DELETE FROM identity_policy WHERE id = $1`, id)
	if err != nil {
		return fmt.Errorf("remove policy: %w", err)
	}
	if err := found(res, "identity.error.policy_unknown"); err != nil {
		return err
	}
	return r.raisePolicyVersion(ctx, tx)
}

// raisePolicyVersion makes agents take the new state for newer than any before.
func (r *Registry) raisePolicyVersion(ctx context.Context, tx *store.Tx) error {
	text, _, err := store.Setting(ctx, tx, settingPolicyVersion)
	if err != nil {
		return err
	}
	last, _ := strconv.ParseInt(text, 10, 64)
	next := max(r.nowMS(), last+1)
	err = store.SetSetting(ctx, tx, settingPolicyVersion, strconv.FormatInt(next, 10), r.nowMS())
	r.policies.mu.Lock()
	defer r.policies.mu.Unlock()
	r.policies.until = time.Time{}
	return err
}

// PolicyVersion is the version of the present state, at most a few seconds old; 0 =
// nobody ever made a policy. Cheap: for every report.
func (r *Registry) PolicyVersion(ctx context.Context) (int64, error) {
	r.policies.mu.Lock()
	defer r.policies.mu.Unlock()
	if r.now().Before(r.policies.until) {
		return r.policies.version, nil
	}
	text, _, err := store.Setting(ctx, r.db, settingPolicyVersion)
	if err != nil {
		return 0, err
	}
	version, _ := strconv.ParseInt(text, 10, 64)
	r.policies.version, r.policies.until = version, r.now().Add(settingTrust)
	return version, nil
}
