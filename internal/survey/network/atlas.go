package network

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"

	"sonae/internal/platform/store"
)

// atlasMS is how long a map is kept while nothing changes: links grow stale with time
// alone.
const atlasMS = 10 * 60 * 1000

// Atlas keeps the maps of the present, so that a page need not resolve 10,000 devices
// each time it is opened. A map is made anew when something it is made from changed, on
// whatever server. It may be used concurrently. Callers must not change a Graph.
type Atlas struct {
	fill func(*Graph)
	mu   sync.Mutex
	maps map[string]*kept // by facility
	// last are the newest maps, and making says which are made anew just now.
	last   map[string]Graph
	making map[string]bool
}

// kept is a map with what it was made from.
type kept struct {
	mu    sync.Mutex // held while the map is made: others wait for the one result
	stamp string
	graph Graph
}

// NewAtlas makes an empty one. fill adds to a map, before anybody sees it, what the
// devices are that are not in the ledger (recognise.Fill).
func NewAtlas(fill func(*Graph)) *Atlas {
	return &Atlas{fill: fill, maps: map[string]*kept{}, last: map[string]Graph{}, making: map[string]bool{}}
}

// Now gives the map of a facility as of nowMS. Errors: of the database.
func (a *Atlas) Now(ctx context.Context, q store.Querier, facilityID string, nowMS int64) (Graph, error) {
	stamp, err := stampOf(ctx, q, facilityID)
	if err != nil {
		return Graph{}, err
	}
	a.mu.Lock()
	k := a.maps[facilityID]
	if k == nil {
		k = &kept{}
		a.maps[facilityID] = k
	}
	a.mu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	if age := nowMS - k.graph.AtMS; k.stamp == stamp && age >= 0 && age < atlasMS {
		return k.graph, nil
	}
	g, err := Map(ctx, q, facilityID, nowMS)
	if err != nil {
		return Graph{}, err
	}
	a.fill(&g)
	k.stamp, k.graph = stamp, g
	a.mu.Lock()
	a.last[facilityID] = g
	a.mu.Unlock()
	return g, nil
}

// latelyMS is how old a map may be where a count is enough.
const latelyMS = 60 * 1000

// Lately gives the map of a facility as it was at most a minute ago, for counts that
// stand on every page: while machines report, a map of 10,000 devices would have to be
// made for each. An older one is given a last time and made anew behind it. seen is false
// when nothing was ever seen on the network there; then there is no map to make.
func (a *Atlas) Lately(ctx context.Context, q store.Querier, facilityID string, nowMS int64) (g Graph, seen bool, err error) {
	var version int64
	err = q.QueryRow(ctx, `SELECT coalesce(max(version), 0) FROM network_version WHERE facility_id = $1`, facilityID).Scan(&version)
	if err != nil || version == 0 {
		return Graph{}, false, err
	}
	a.mu.Lock()
	last, making := a.last[facilityID], a.making[facilityID]
	fresh := last.AtMS != 0 && nowMS >= last.AtMS && nowMS-last.AtMS < latelyMS
	if last.AtMS != 0 && !fresh && !making {
		a.making[facilityID] = true
	}
	a.mu.Unlock()
	switch {
	case last.AtMS == 0:
		g, err := a.Now(ctx, q, facilityID, nowMS)
		return g, true, err
	case !fresh && !making:
		go a.renew(context.WithoutCancel(ctx), q, facilityID, nowMS)
	}
	return last, true, nil
}

// renew makes a map anew for the next who asks. An error is theirs to see, too.
func (a *Atlas) renew(ctx context.Context, q store.Querier, facilityID string, nowMS int64) {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	_, err := a.Now(ctx, q, facilityID, nowMS)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.making[facilityID] = false
	if err != nil {
		delete(a.last, facilityID)
	}
}

// stampOf changes whenever something does that a map of the present is made from. Every
// part is answered from an index or a short table.
func stampOf(ctx context.Context, q store.Querier, facilityID string) (string, error) {
	var stamp strings.Builder
	for _, query := range []string{
		`SELECT coalesce(max(version), 0), 0 FROM network_version WHERE facility_id = $1`,
		`SELECT coalesce(max(updated_ms), 0), count(*) FROM network_segment WHERE facility_id = $1 AND ended_ms IS NULL`,
		`SELECT coalesce(max(updated_ms), 0), count(*) FROM asset_asset WHERE facility_id = $1`,
	} {
		var a, b int64
		if err := q.QueryRow(ctx, query, facilityID).Scan(&a, &b); err != nil {
			return "", fmt.Errorf("look whether the map of %s changed: %w", facilityID, err)
		}
		fmt.Fprintf(&stamp, "%d.%d ", a, b)
	}
	return stamp.String(), nil
}

// touch says that something the map is made from changed.
func touch(ctx context.Context, tx *store.Tx, facilityID string) error {
	_, err := tx.Exec(ctx, `INSERT INTO network_version (facility_id, version) VALUES ($1, 1) ON CONFLICT (facility_id) DO UPDATE SET version = network_version.version + 1`, facilityID)
	if err != nil {
		return fmt.Errorf("note a change of the map of %s: %w", facilityID, err)
	}
	return nil
}

// Sizes says how much there is to see on the map of each facility: devices of its ledger,
// and much more where something was seen on its network.
func Sizes(ctx context.Context, q store.Querier) (map[string]int64, error) {
	type size struct {
		id string
		n  int64
	}
	const query = `SELECT facility_id, count(*) FROM asset_asset WHERE kind NOT IN ('system', 'cloud') AND status <> 'disposed' GROUP BY facility_id
		UNION ALL SELECT facility_id, 1000000 FROM network_version`
	list, err := read(ctx, q, "facilities with a map", query, nil, func(rows *sql.Rows) (s size, err error) { return s, rows.Scan(&s.id, &s.n) })
	out := map[string]int64{}
	for _, s := range list {
		out[s.id] += s.n
	}
	return out, err
}
