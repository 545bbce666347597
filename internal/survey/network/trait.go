package network

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"

	"sonae/internal/platform/store"
)

// maxTraits is how many traits of one device are kept: a device that changes its banner
// with every word must not fill the disk. What comes later is left out.
const maxTraits = 200

// SeenTrait is a trait with the time through which the device showed it.
type SeenTrait struct {
	Trait
	Party   string // Party.Key of the device
	FirstMS int64
	LastMS  int64
}

type traitRow struct {
	party, trait, digest string
}

func keepTraits(ctx context.Context, tx *store.Tx, facility string, list []Observation) (wrote bool, err error) {
	fresh := map[traitRow]SeenTrait{}
	for _, o := range list {
		collectTraits(fresh, o.Seen.Key(), o.AtMS, o.Traits)
	}
	return storeTraits(ctx, tx, facility, fresh)
}

func collectTraits(into map[traitRow]SeenTrait, party string, atMS int64, list []Trait) {
	for _, t := range list {
		t = Trait{Key: cutText(t.Key, 64), Value: cutText(t.Value, TraitMax)}
		if t.Key == "" || t.Value == "" {
			continue
		}
		k := traitRow{party, t.Key, shortDigest(t.Value)}
		s, again := into[k]
		if !again {
			s = SeenTrait{Trait: t, Party: party, FirstMS: atMS, LastMS: atMS}
		}
		s.FirstMS, s.LastMS = min(s.FirstMS, atMS), max(s.LastMS, atMS)
		into[k] = s
	}
}

func shortDigest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// storeTraits keeps traits of devices, in an order that all transactions share, and
// reports whether anything was written.
func storeTraits(ctx context.Context, tx *store.Tx, facility string, fresh map[traitRow]SeenTrait) (wrote bool, err error) {
	parties := map[string][]traitRow{}
	for k := range fresh {
		parties[k.party] = append(parties[k.party], k)
	}
	names := make([]string, 0, len(parties))
	for p := range parties {
		names = append(names, p)
	}
	slices.Sort(names)
	for part := range slices.Chunk(names, 400) {
		n, err := storePart(ctx, tx, facility, part, parties, fresh)
		if err != nil {
			return wrote, fmt.Errorf("keep traits: %w", err)
		}
		wrote = wrote || n > 0
	}
	return wrote, nil
}

func storePart(ctx context.Context, tx *store.Tx, facility string, names []string, parties map[string][]traitRow, fresh map[traitRow]SeenTrait) (written int, err error) {
	args := []any{facility}
	query := `SELECT party_key, trait, digest, last_ms FROM network_trait WHERE facility_id = $1 AND ` + store.In("party_key", names, &args)
	there, count := map[traitRow]int64{}, map[string]int{}
	_, err = read(ctx, tx, "traits", query, args, func(rows *sql.Rows) (k traitRow, err error) {
		var last int64
		err = rows.Scan(&k.party, &k.trait, &k.digest, &last)
		there[k] = last
		count[k.party]++
		return k, err
	})
	if err != nil {
		return 0, err
	}
	var rows [][]any
	for _, name := range names {
		for _, k := range slices.SortedFunc(slices.Values(parties[name]), compareTraits) {
			s := fresh[k]
			last, known := there[k]
			switch {
			case known && s.LastMS-last < LastSeenGrain.Milliseconds():
				continue
			case !known && count[name] >= maxTraits:
				continue
			case !known:
				count[name]++
			}
			rows = append(rows, []any{facility, name, k.trait, k.digest, s.Value, s.FirstMS, s.LastMS})
		}
	}
	return len(rows), tx.InsertMany(ctx, "network_trait", traitCols, rows, "ON CONFLICT (facility_id, party_key, trait, digest) DO UPDATE SET last_ms = excluded.last_ms")
}

var traitCols = []store.Col{
	{Name: "facility_id", Type: store.Text}, {Name: "party_key", Type: store.Text}, {Name: "trait", Type: store.Text}, {Name: "digest", Type: store.Text},
	{Name: "value", Type: store.Text}, {Name: "first_ms", Type: store.Int}, {Name: "last_ms", Type: store.Int},
}

func compareTraits(a, b traitRow) int {
	return slices.Compare([]string{a.trait, a.digest}, []string{b.trait, b.digest})
}

// Traits lists what the devices of a facility showed by atMS, by device and trait.
func Traits(ctx context.Context, q store.Querier, facilityID string, atMS int64) (map[string][]SeenTrait, error) {
	query := `SELECT party_key, trait, value, first_ms, last_ms FROM network_trait WHERE facility_id = $1 AND first_ms <= $2 ORDER BY party_key, trait, first_ms, digest`
	list, err := read(ctx, q, "traits", query, []any{facilityID, atMS}, func(rows *sql.Rows) (s SeenTrait, err error) {
		return s, rows.Scan(&s.Party, &s.Key, &s.Value, &s.FirstMS, &s.LastMS)
	})
	out := map[string][]SeenTrait{}
	for _, s := range list {
		out[s.Party] = append(out[s.Party], s)
	}
	return out, err
}
