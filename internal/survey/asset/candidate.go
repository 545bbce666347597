package asset

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sonae/internal/platform/store"
)

// maxCandidateKeys bounds what one lookup reads; a shared key that slipped
// through the lists of identity.go must not slow every report.
const maxCandidateKeys = 2000

// findCandidates reads the assets that hold any of keys, with all their keys, and
// the next free slot of each key.
func findCandidates(ctx context.Context, q store.Querier, keys []string) ([]candidate, map[string]int64, error) {
	slots := map[string]int64{}
	if len(keys) == 0 {
		return nil, slots, nil
	}
	most := maxCandidateKeys * (1 + len(keys)/100) // keys of many machines at once: see Foresee
	// A new machine, the common case at first, costs one look into an index.
	var args []any
	ids, err := textColumn(ctx, q, "identity", `SELECT DISTINCT asset_id FROM asset_identity WHERE `+store.In("id_key", keys, &args)+fmt.Sprintf(` ORDER BY asset_id LIMIT %d`, most), args)
	if err != nil || len(ids) == 0 {
		return nil, slots, err
	}
	args = nil
	query := `SELECT i.id_key, i.slot, i.asset_id, a.facility_id, a.status FROM asset_identity i JOIN asset_asset a ON a.id = i.asset_id
		WHERE ` + store.In("i.asset_id", ids, &args) + ` ORDER BY i.asset_id, i.id_key`
	args = append(args, most)
	rows, err := q.Query(ctx, fmt.Sprintf("%s LIMIT $%d", query, len(args)), args...)
	if err != nil {
		return nil, nil, fmt.Errorf("look up identity: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []candidate
	for rows.Next() {
		var key, id, facility, status string
		var slot int64
		if err := rows.Scan(&key, &slot, &id, &facility, &status); err != nil {
			return nil, nil, fmt.Errorf("look up identity: %w", err)
		}
		if len(out) == 0 || out[len(out)-1].id != id {
			out = append(out, candidate{id: id, facility: facility, disposed: Status(status) == StatusDisposed})
		}
		c := &out[len(out)-1]
		c.keys = append(c.keys, key)
		slots[key] = max(slots[key], slot+1)
	}
	return out, slots, rows.Err()
}

var identityCols = []store.Col{{Name: "id_key", Type: store.Text}, {Name: "slot", Type: store.Int}, {Name: "asset_id", Type: store.Text},
	{Name: "source", Type: store.Text}, {Name: "first_ms", Type: store.Int}}

// claimKeys stores keys. When another transaction took one of the slots
// meanwhile, it takes the own ones back and returns errRace: the machine has to
// be looked up again.
func claimKeys(ctx context.Context, tx *store.Tx, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	added, err := tx.InsertNew(ctx, "asset_identity", identityCols, rows)
	if err != nil || added == len(rows) || tx.Engine() == store.SQLite { // one writer: nobody can have come between
		return err
	}
	id := rows[0][2].(string)
	var args []any
	keys := make([]string, len(rows))
	for i, r := range rows {
		keys[i] = r[0].(string)
	}
	args = append(args, id)
	cond := store.In("id_key", keys, &args)
	var n int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM asset_identity WHERE asset_id = $1 AND `+cond, args...).Scan(&n); err != nil {
		return fmt.Errorf("check claimed keys: %w", err)
	}
	if n == len(rows) {
		return nil
	}
	if _, err := tx.Exec(ctx, `DELETE FROM asset_identity WHERE asset_id = $1 AND `+cond, args...); err != nil {
		return fmt.Errorf("take back keys: %w", err)
	}
	return errRace
}

// proof is what a conflict keeps for the person who settles it.
type proof struct {
	Seen      Identity `json:"seen"`
	Device    string   `json:"device,omitempty"`
	Facility  string   `json:"facility"`
	SeenKeys  []string `json:"seen_keys"`
	OtherID   string   `json:"other_id"`
	OtherKeys []string `json:"other_keys"`
}

var conflictCols = []store.Col{{Name: "id", Type: store.Text}, {Name: "asset_id", Type: store.Text}, {Name: "other_id", Type: store.Text},
	{Name: "cause", Type: store.Text}, {Name: "key_kind", Type: store.Text}, {Name: "key_value", Type: store.Text}, {Name: "source", Type: store.Text},
	{Name: "proof", Type: store.Text}, {Name: "first_ms", Type: store.Int}, {Name: "last_ms", Type: store.Int}}

// recordClashes puts conflicts into the queue: one open line for two assets, however
// many keys and causes. One that is open already only gets its time renewed; one that a
// person has answered is not asked again unless another key says so. It returns how
// many are new.
func recordClashes(ctx context.Context, tx *store.Tx, assetID string, o Observation, k keySet, clashes []clash) (int, error) {
	added := 0
	for _, c := range clashes {
		other := c.other
		if other == assetID {
			other = ""
		}
		asked, err := askedAlready(ctx, tx, assetID, other, c, o.AtMS)
		if err != nil {
			return added, err
		}
		if asked {
			continue
		}
		keys, err := keysHeld(ctx, tx, c.other)
		if err != nil {
			return added, err
		}
		body, err := json.Marshal(proof{o.Identity, o.DeviceID, o.FacilityID, k.all(), c.other, keys})
		if err != nil {
			return added, fmt.Errorf("write proof: %w", err)
		}
		row := []any{store.NewID(), assetID, other, string(c.cause), string(kindOf(c.key)), c.key, string(o.Source), string(body), o.AtMS, o.AtMS}
		if err := tx.InsertMany(ctx, "asset_conflict", conflictCols, [][]any{row}, "ON CONFLICT DO NOTHING"); err != nil {
			return added, err
		}
		added++
	}
	return added, nil
}

// askedAlready renews the open line about two assets, or about the cause at one, and
// reports whether there is nothing to ask.
func askedAlready(ctx context.Context, tx *store.Tx, assetID, other string, c clash, atMS int64) (bool, error) {
	about, args := aboutTwo(assetID, other)
	if other == "" {
		about, args = `asset_id = $1 AND other_id = $2 AND cause = $3`, []any{assetID, "", string(c.cause)}
	}
	n := len(args)
	res, err := tx.Exec(ctx, fmt.Sprintf(`UPDATE asset_conflict SET last_ms = $%d WHERE %s AND closed_ms IS NULL`, n+1, about), append(args, atMS)...)
	if err != nil {
		return false, fmt.Errorf("renew conflict: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return true, err
	}
	return answered(ctx, tx, about, args, c.key)
}

// aboutTwo is the condition of lines about two assets.
func aboutTwo(a, b string) (string, []any) {
	return `(asset_id = $1 AND other_id = $2 OR asset_id = $3 AND other_id = $4)`, []any{a, b, b, a}
}

// answered reports whether a person has answered a line of a condition, and knew of key.
func answered(ctx context.Context, q store.Querier, about string, args []any, key string) (bool, error) {
	list, err := textColumn(ctx, q, "answers", `SELECT agreed FROM asset_conflict WHERE `+about+` AND outcome <> ''`, args)
	return slices.ContainsFunc(list, func(agreed string) bool { return slices.Contains(strings.Split(agreed, "\n"), key) }), err
}

func keysHeld(ctx context.Context, q store.Querier, assetID string) ([]string, error) {
	return textColumn(ctx, q, "identity", `SELECT id_key FROM asset_identity WHERE asset_id = $1 ORDER BY id_key LIMIT 200`, []any{assetID})
}

// textColumn reads one column; what names it in errors.
func textColumn(ctx context.Context, q store.Querier, what, query string, args []any) ([]string, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", what, err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("look up %s: %w", what, err)
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// claimAll stores the keys of machines that nobody holds a key of; all of them, or it is
// ErrRace.
func claimAll(ctx context.Context, tx *store.Tx, rows [][]any) error {
	added, err := tx.InsertNew(ctx, "asset_identity", identityCols, rows)
	if err == nil && added < len(rows) {
		return ErrRace
	}
	return err
}
