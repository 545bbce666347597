package network

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// How long a sighting counts. No standard sets these: an office is closed for ten days
// at the turn of the year, and a cable that nobody confirmed for a month is no proof.
const (
	// LastSeenGrain is how exact Sighting.LastMS is while the same thing is said again.
	LastSeenGrain = time.Hour
	// StaleAfter is when a link that was not confirmed is greyed.
	StaleAfter = 14 * 24 * time.Hour
	// GoneAfter is when it is left out. Said again later, it begins a new row.
	GoneAfter = 35 * 24 * time.Hour
)

// maxSightings bounds the rows of a facility that are said at present: a station that
// makes up addresses must not fill the disk. 10,000 devices on 100 switches are below.
const maxSightings = 2_000_000

// skewMax is how far in the future a time may lie, for clocks that are not quite right.
const skewMax = 5 * time.Minute

// Sighting is an observation with the time through which it was made. AtMS is LastMS.
type Sighting struct {
	Observation
	ID      string
	FirstMS int64
	LastMS  int64
}

// Took says what became of observations.
type Took struct {
	New      int // rows that began
	Again    int // said before
	Unusable int // named nobody, or saw themselves
	Future   int // time after now: nothing is kept of them
	Over     int // not kept because the facility holds as many as it may
}

// Observe keeps observations that were heard, by listening or as answers to a search.
// Equal ones become one row that lasts; devices of the ledger that were heard count as
// seen. Errors: of the database.
func Observe(ctx context.Context, tx *store.Tx, list []Observation, nowMS int64) (Took, error) {
	return observe(ctx, tx, list, asset.SourcePassive, nowMS)
}

// observe keeps what a source said.
func observe(ctx context.Context, tx *store.Tx, list []Observation, source asset.Source, nowMS int64) (Took, error) {
	var took Took
	byFacility := map[string][]Observation{}
	for _, o := range list {
		o, ok := o.clean()
		switch {
		case !ok:
			took.Unusable++
		case o.AtMS > nowMS+skewMax.Milliseconds():
			took.Future++
		default:
			byFacility[o.FacilityID] = append(byFacility[o.FacilityID], o)
		}
	}
	for facility, part := range byFacility {
		if err := observeIn(ctx, tx, facility, part, source, nowMS, &took); err != nil {
			return took, fmt.Errorf("keep %d observations: %w", len(part), err)
		}
	}
	return took, nil
}

// span is an observation with the times at which a batch had it.
type span struct {
	Observation
	first, last int64
}

func observeIn(ctx context.Context, tx *store.Tx, facility string, list []Observation, source asset.Source, nowMS int64, took *Took) error {
	spans := map[string]span{}
	for _, o := range list {
		k := o.rowKey()
		s, again := spans[k]
		if !again {
			s = span{Observation: o, first: o.AtMS, last: o.AtMS}
		}
		s.first, s.last = min(s.first, o.AtMS), max(s.last, o.AtMS)
		spans[k] = s
	}
	keys := make([]string, 0, len(spans))
	for k := range spans {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	b := batch{facility: facility, source: source, nowMS: nowMS, spans: spans, room: -1, heard: map[string]int64{}}
	for part := range slices.Chunk(keys, 400) {
		if err := b.keep(ctx, tx, part, took); err != nil {
			return err
		}
	}
	if err := b.tell(ctx, tx); err != nil {
		return err
	}
	traits, err := keepTraits(ctx, tx, facility, list)
	if err != nil || !b.wrote && !traits {
		return err // what was only said again leaves the map as it is
	}
	return touch(ctx, tx, facility)
}

// batch is what one call keeps in a facility.
type batch struct {
	facility string
	source   asset.Source
	nowMS    int64
	spans    map[string]span
	room     int64            // rows that may still begin; -1 = not counted yet
	wrote    bool             // a row began or was lengthened
	heard    map[string]int64 // hardware addresses of rows that began or last on, with when they were there
}

// hasRoom reports whether one more row may begin. The rows are counted only for a batch
// that has something new: most say again what is there.
func (b *batch) hasRoom(ctx context.Context, tx *store.Tx) (bool, error) {
	if b.room < 0 {
		var n int64
		err := tx.QueryRow(ctx, `SELECT count(*) FROM network_sighting WHERE facility_id = $1 AND gone_ms IS NULL`, b.facility).Scan(&n)
		if err != nil {
			return false, fmt.Errorf("count sightings: %w", err)
		}
		b.room = max(0, maxSightings-n)
	}
	return b.room > 0, nil
}

// held is a row that is there.
type held struct {
	id, key     string
	first, last int64
}

func (b *batch) keep(ctx context.Context, tx *store.Tx, keys []string, took *Took) error {
	args := []any{b.facility}
	query := `SELECT id, row_key, first_ms, last_ms FROM network_sighting WHERE facility_id = $1 AND gone_ms IS NULL AND ` + store.In("row_key", keys, &args)
	rows, err := read(ctx, tx, "sightings", query, args, func(r *sql.Rows) (h held, err error) {
		return h, r.Scan(&h.id, &h.key, &h.first, &h.last)
	})
	if err != nil {
		return err
	}
	known := make(map[string]held, len(rows))
	for _, h := range rows {
		known[h.key] = h
	}
	var fresh [][]any
	for _, k := range keys {
		s, h := b.spans[k], known[k]
		if h.id != "" && s.first-h.last <= GoneAfter.Milliseconds() {
			took.Again++
			if err := b.lengthen(ctx, tx, h, s); err != nil {
				return err
			}
			continue
		}
		ok, err := b.hasRoom(ctx, tx)
		if err != nil {
			return err
		}
		if !ok {
			took.Over++
			continue
		}
		took.New++
		b.room--
		b.hear(s)
		fresh = append(fresh, s.row(b.facility, k))
		if h.id == "" {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE network_sighting SET gone_ms = last_ms WHERE id = $1`, h.id); err != nil {
			return fmt.Errorf("end sighting %s: %w", h.id, err)
		}
	}
	b.wrote = b.wrote || len(fresh) > 0
	return tx.InsertMany(ctx, "network_sighting", sightingCols, fresh, "ON CONFLICT DO NOTHING")
}

// lengthen makes a row last from the earlier to the later time.
func (b *batch) lengthen(ctx context.Context, tx *store.Tx, h held, s span) error {
	if s.last-h.last < LastSeenGrain.Milliseconds() && s.first >= h.first {
		return nil
	}
	b.wrote = true
	b.hear(s)
	_, err := tx.Exec(ctx, `UPDATE network_sighting SET first_ms = $1, last_ms = $2 WHERE id = $3`, min(h.first, s.first), max(h.last, s.last), h.id)
	return err
}

var sightingCols = []store.Col{
	{Name: "id", Type: store.Text}, {Name: "facility_id", Type: store.Text}, {Name: "row_key", Type: store.Text}, {Name: "how", Type: store.Text},
	{Name: "seer_chassis", Type: store.Text}, {Name: "seer_mac", Type: store.Text}, {Name: "seer_address", Type: store.Text}, {Name: "seer_name", Type: store.Text}, {Name: "seer_engine", Type: store.Text}, {Name: "seer_port", Type: store.Text},
	{Name: "seen_chassis", Type: store.Text}, {Name: "seen_mac", Type: store.Text}, {Name: "seen_address", Type: store.Text}, {Name: "seen_name", Type: store.Text}, {Name: "seen_engine", Type: store.Text}, {Name: "seen_port", Type: store.Text},
	{Name: "vlan", Type: store.Int}, {Name: "first_ms", Type: store.Int}, {Name: "last_ms", Type: store.Int},
}

func (s span) row(facility, key string) []any {
	row := append([]any{store.NewID(), facility, key, string(s.How)}, s.Seer.columns(s.SeerPort)...)
	row = append(row, s.Seen.columns(s.SeenPort)...)
	return append(row, int64(s.VLAN), s.first, s.last)
}

func (p Party) columns(port string) []any {
	return []any{p.ChassisID, p.MAC, addressText(p.Address), p.Name, p.EngineID, port}
}

func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// rowKey tells observations apart: everything but the time.
func (o Observation) rowKey() string {
	parts := []string{string(o.How), strconv.Itoa(o.VLAN)}
	for _, c := range slices.Concat(o.Seer.columns(o.SeerPort), o.Seen.columns(o.SeenPort)) {
		parts = append(parts, c.(string))
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

const sightingQuery = `SELECT id, how, seer_chassis, seer_mac, seer_address, seer_name, seer_engine, seer_port,
	seen_chassis, seen_mac, seen_address, seen_name, seen_engine, seen_port, vlan, first_ms, last_ms FROM network_sighting`

// Sightings lists what counts in a facility on a day (atMS; 0 = the time of nowMS):
// everything that had begun and had not been silent for GoneAfter, in the order in which
// it was first said. LastMS is never after atMS.
func Sightings(ctx context.Context, q store.Querier, facilityID string, atMS int64) ([]Sighting, error) {
	args := []any{facilityID, atMS, atMS - GoneAfter.Milliseconds()}
	query := sightingQuery + ` WHERE facility_id = $1 AND first_ms <= $2 AND last_ms >= $3 ORDER BY first_ms, row_key`
	return read(ctx, q, "sightings", query, args, scanSighting(facilityID, atMS))
}

func scanSighting(facilityID string, atMS int64) func(*sql.Rows) (Sighting, error) {
	return func(rows *sql.Rows) (Sighting, error) {
		s := Sighting{Observation: Observation{FacilityID: facilityID}}
		var seer, seen string
		err := rows.Scan(&s.ID, &s.How, &s.Seer.ChassisID, &s.Seer.MAC, &seer, &s.Seer.Name, &s.Seer.EngineID, &s.SeerPort,
			&s.Seen.ChassisID, &s.Seen.MAC, &seen, &s.Seen.Name, &s.Seen.EngineID, &s.SeenPort, &s.VLAN, &s.FirstMS, &s.LastMS)
		s.Seer.Address, s.Seen.Address = addressOf(seer), addressOf(seen)
		s.LastMS = min(s.LastMS, atMS)
		s.AtMS = s.LastMS
		return s, err
	}
}

// SightingsOf lists how a device was seen by atMS, the last first, at most limit.
func SightingsOf(ctx context.Context, q store.Querier, n Node, facilityID string, atMS int64, limit int) ([]Sighting, error) {
	args := []any{facilityID, atMS}
	named := store.In("seen_mac", n.MACs, &args) + " OR " + store.In("seen_address", n.Addrs, &args)
	args = append(args, int64(limit))
	query := sightingQuery + ` WHERE facility_id = $1 AND first_ms <= $2 AND (` + named + `) ORDER BY last_ms DESC, id LIMIT $` + strconv.Itoa(len(args))
	return read(ctx, q, "sightings of a device", query, args, scanSighting(facilityID, atMS))
}

// addressOf reads what addressText wrote; zero for none.
func addressOf(text string) netip.Addr {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}
	}
	return a
}
