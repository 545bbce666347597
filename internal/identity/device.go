package identity

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Device is a computer whose agent may report: it holds the private half of a key.
type Device struct {
	ID         string
	PublicKey  []byte // Ed25519, 32 bytes
	FacilityID string
	Name       string // host name at enrolment
	EnrolledMS int64
	RevokedMS  int64 // 0 = may report
	RevokedWhy string
	LastSeq    int64 // highest report number taken
	LastSeenMS int64 // 0 = never

	CertificateSerial string // of the newest certificate, hexadecimal; empty = it has none
	CertificateBefore string // of the one before, while the newest was not used yet
	CertificateEndMS  int64  // end of the newest; 0 = it has none

	PolicyVersion int64 // of the policy it says it follows; 0 = none

	Takeover      Takeover // whether it may go on with another device's machine
	TakeoverOf    string   // device it wants to go on for, while it waits
	TakeoverAsset string   // that device's asset
	TakeoverMS    int64    // since when it waits
}

// Principal makes the principal of a device; it has no rights beyond reporting.
func (d Device) Principal(address string) Principal {
	return Principal{Kind: KindDevice, ID: d.ID, Name: d.Name, FacilityID: d.FacilityID, Address: address}
}

const deviceCols = `id, public_key, facility_id, name, enrolled_ms, revoked_ms, revoked_why, last_seq, last_seen_ms,
	certificate_serial, certificate_before, certificate_end_ms, policy_version, takeover, takeover_of, takeover_asset, takeover_ms`

func scanDevice(scan func(...any) error) (Device, error) {
	var d Device
	var revoked, seen sql.NullInt64
	err := scan(&d.ID, &d.PublicKey, &d.FacilityID, &d.Name, &d.EnrolledMS, &revoked, &d.RevokedWhy, &d.LastSeq, &seen,
		&d.CertificateSerial, &d.CertificateBefore, &d.CertificateEndMS, &d.PolicyVersion, &d.Takeover, &d.TakeoverOf, &d.TakeoverAsset, &d.TakeoverMS)
	d.RevokedMS, d.LastSeenMS = revoked.Int64, seen.Int64
	return d, err
}

// The cache of devices: entries are trusted this long, so a revoked key works at
// most this long after the commit on another server (at once on this one).
const (
	deviceTrust    = 3 * time.Second
	deviceCacheMax = 20_000 // entries; about 5 MB
)

type deviceCache struct {
	mu   sync.Mutex
	now  func() time.Time
	byID map[string]cachedDevice
}

type cachedDevice struct {
	device Device
	until  time.Time
}

func newDeviceCache(now func() time.Time) *deviceCache {
	return &deviceCache{now: now, byID: map[string]cachedDevice{}}
}

func (c *deviceCache) get(id string) (Device, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byID[id]
	return e.device, ok && c.now().Before(e.until)
}

func (c *deviceCache) put(d Device) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.byID) >= deviceCacheMax {
		clear(c.byID) // it fills again within seconds
	}
	c.byID[d.ID] = cachedDevice{d, c.now().Add(deviceTrust)}
}

func (c *deviceCache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, id)
}

// DeviceByID finds the device behind a report, for checking its signature. Unknown
// and revoked devices are faults (not_found, forbidden). LastSeq and LastSeenMS may
// be a few seconds old; AdvanceSeq decides.
func (r *Registry) DeviceByID(ctx context.Context, id string) (Device, error) {
	if d, ok := r.devices.get(id); ok {
		return d, revokedFault(d)
	}
	if !store.ValidID(id) {
		return Device{}, fault.NotFound("identity.error.device_unknown")
	}
	d, err := scanDevice(r.db.QueryRow(ctx, `SELECT `+deviceCols+` FROM identity_device WHERE id = $1`, id).Scan)
	if err != nil {
		return Device{}, notFound(err, "identity.error.device_unknown")
	}
	r.devices.put(d)
	return d, revokedFault(d)
}

func revokedFault(d Device) error {
	if d.RevokedMS != 0 {
		return fault.Forbidden("identity.error.device_revoked")
	}
	return nil
}

// AdvanceSeq takes a report's number in the transaction that stores the report.
// Numbers only rise: one that does not is a conflict whose "Seq" argument is the
// last number taken (the report came before, or is a replay). A device revoked
// meanwhile is forbidden.
func (r *Registry) AdvanceSeq(ctx context.Context, tx *store.Tx, deviceID string, seq int64) error {
	if n, err := r.AdvanceSeqs(ctx, tx, []Report{{deviceID, seq}}); err != nil || n == 1 {
		return err
	}
	var last int64
	var revoked bool
	err := tx.QueryRow(ctx, `SELECT last_seq, revoked_ms IS NOT NULL FROM identity_device WHERE id = $1`, deviceID).Scan(&last, &revoked)
	switch {
	case err != nil:
		return notFound(err, "identity.error.device_unknown")
	case revoked:
		return fault.Forbidden("identity.error.device_revoked")
	}
	return fault.Conflict("identity.error.device_seq", "Seq", last)
}

// Report is the number of a device's report.
type Report struct {
	DeviceID string
	Seq      int64
}

var reportCols = []store.Col{{Name: "device", Type: store.Text}, {Name: "seq", Type: store.Int}}

// AdvanceSeqs is AdvanceSeq for many devices, each at most once in list. It returns
// how many numbers were taken; the others stay as they are, and AdvanceSeq tells why.
func (r *Registry) AdvanceSeqs(ctx context.Context, tx *store.Tx, list []Report) (int, error) {
	rows := make([][]any, len(list))
	for i, x := range list {
		rows[i] = []any{x.DeviceID, x.Seq}
	}
	from, args, err := tx.Relation("v", reportCols, rows, 2)
	if err != nil {
		return 0, fmt.Errorf("advance report numbers: %w", err)
	}
	res, err := tx.Exec(ctx, `UPDATE identity_device SET last_seq = v.seq, last_seen_ms = $1 FROM `+from+`
		WHERE identity_device.id = v.device AND identity_device.last_seq < v.seq AND identity_device.revoked_ms IS NULL`, append([]any{r.nowMS()}, args...)...)
	if err != nil {
		return 0, fmt.Errorf("advance report numbers: %w", err)
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// RevokeDevice ends a device's right to report, at once and on every server: its
// certificate is not taken any more and its key can never enrol again. why is what
// people read later; at most 200 characters, empty when nobody said. A device that was
// revoked before keeps the first time and reason.
func (r *Registry) RevokeDevice(ctx context.Context, tx *store.Tx, id, why string) error {
	why = strings.TrimSpace(why)
	if err := checkLine(why, 200, false); err != nil {
		return err.At("why")
	}
	res, err := tx.Exec(ctx, `UPDATE identity_device SET revoked_ms = coalesce(revoked_ms, $1),
		revoked_why = CASE WHEN revoked_ms IS NULL THEN $2 ELSE revoked_why END, takeover = '' WHERE id = $3`, r.nowMS(), why, id)
	if err != nil {
		return fmt.Errorf("revoke device: %w", err)
	}
	r.devices.drop(id)
	return found(res, "identity.error.device_unknown")
}

// DeviceFilter selects devices for a list. Zero fields do not limit.
type DeviceFilter struct {
	Scope Scope  // facilities that may be seen
	Text  string // in the name
	After string // cursor: ID of the last one
	Limit int    // 1–500; 0 means 100
}

// Devices lists devices, oldest first, with the next cursor (empty = no more) and
// how many match in all.
func (r *Registry) Devices(ctx context.Context, q store.Querier, f DeviceFilter) (devices []Device, next string, total int, err error) {
	if f.Limit <= 0 || f.Limit > 500 {
		f.Limit = 100
	}
	f.Text, f.After = storable(f.Text), storable(f.After)
	var args []any
	where := f.Scope.Where("facility_id", "", &args)
	args = append(args, store.Like(f.Text))
	where += fmt.Sprintf(` AND lower(name) LIKE $%d ESCAPE '\'`, len(args))
	if err := q.QueryRow(ctx, `SELECT count(*) FROM identity_device WHERE `+where, args...).Scan(&total); err != nil {
		return nil, "", 0, fmt.Errorf("count devices: %w", err)
	}
	args = append(args, f.After, f.Limit+1)
	rows, err := q.Query(ctx, fmt.Sprintf(`SELECT %s FROM identity_device WHERE %s AND id > $%d ORDER BY id LIMIT $%d`,
		deviceCols, where, len(args)-1, len(args)), args...)
	if err != nil {
		return nil, "", 0, fmt.Errorf("list devices: %w", err)
	}
	if devices, err = collect(rows, scanDevice); err != nil {
		return nil, "", 0, err
	}
	if len(devices) > f.Limit {
		devices = devices[:f.Limit]
		next = devices[f.Limit-1].ID
	}
	return devices, next, total, nil
}

// Knock is an unknown device that tried to report.
type Knock struct {
	ID      string
	Address string
	Summary string // what it says of itself: host name, serial; at most 200 bytes
	Count   int64  // at least this often: floods are not counted one by one
	FirstMS int64
	LastMS  int64
}

// maxKnocks bounds the table; the one not seen for longest goes first.
const maxKnocks = 500

// knockLimit lets strangers cause few writes: a burst, then some a second.
type knockLimit struct {
	mu     sync.Mutex
	now    func() time.Time
	tokens float64
	at     time.Time
}

const (
	knockBurst     = 20.0
	knockPerSecond = 2.0
)

func newKnockLimit(now func() time.Time) *knockLimit {
	return &knockLimit{now: now, tokens: knockBurst, at: now()}
}

func (l *knockLimit) allow() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.tokens = min(knockBurst, l.tokens+knockPerSecond*max(0, now.Sub(l.at).Seconds()))
	l.at = now
	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
}

// Knock notes that an unknown device tried to report. Cheap under a flood: beyond a
// few a second nothing is written.
func (r *Registry) Knock(ctx context.Context, address, summary string) error {
	if !r.knocks.allow() {
		return nil
	}
	address, summary = cutLine(address, 100), cutLine(strings.TrimSpace(summary), 200)
	now := r.nowMS()
	return r.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO identity_knock (id, address, summary, knock_count, first_ms, last_ms) VALUES ($1, $2, $3, 1, $4, $5)
			ON CONFLICT (address, summary) DO UPDATE SET knock_count = identity_knock.knock_count + 1, last_ms = excluded.last_ms`,
			store.NewID(), address, summary, now, now)
		if err != nil {
			return fmt.Errorf("note knock: %w", err)
		}
		_, err = tx.Exec(ctx, `DELETE FROM identity_knock WHERE id IN (SELECT id FROM identity_knock ORDER BY last_ms DESC, id DESC LIMIT 1000 OFFSET $1)`, maxKnocks)
		return err
	})
}

// Knocks lists unknown devices, the last seen first.
func (r *Registry) Knocks(ctx context.Context, q store.Querier) ([]Knock, error) {
	rows, err := q.Query(ctx, `SELECT id, address, summary, knock_count, first_ms, last_ms FROM identity_knock ORDER BY last_ms DESC, id DESC LIMIT $1`, maxKnocks)
	if err != nil {
		return nil, fmt.Errorf("list knocks: %w", err)
	}
	return collect(rows, func(scan func(...any) error) (Knock, error) {
		var k Knock
		return k, scan(&k.ID, &k.Address, &k.Summary, &k.Count, &k.FirstMS, &k.LastMS)
	})
}
