package asset

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
)

// JobPairs is the kind of the periodic job that looks for rows that may be one machine
// (FindPairs).
const JobPairs = "asset.pairs"

// PairsJob runs it all day: a directory's rows and an agent's meet within minutes.
var PairsJob = job.Periodic{Kind: JobPairs, Every: 10 * time.Minute}

// ByItself is who answers a line that needs no person.
const ByItself = "Sonae"

// maxAlike is how many rows of one name may look alike: more share a word, not a machine.
const maxAlike = 4

// maxPairs bounds the lines that one run opens.
const maxPairs = 500

// joinStep is how many rows one transaction joins.
const joinStep = 50

// PairsWorker runs FindPairs.
func PairsWorker(db *store.DB, others []store.Hung, nowMS func() int64) job.Worker {
	return func(ctx context.Context, _ job.Job) error {
		_, _, err := FindPairs(ctx, db, others, nowMS())
		return err
	}
}

// FindPairs does what a report cannot do while it comes in. What a directory says under a
// name that two machines claim goes to a row of its own (giveBackNames). Rows that only a directory
// tells of go into the machine that says it is joined under that name: nothing but the
// order in which both came had kept them apart. Rows of one name that no number tells
// apart become lines of the queue. It returns how many rows were joined and lines opened.
func FindPairs(ctx context.Context, db *store.DB, others []store.Hung, nowMS int64) (joined, opened int, err error) {
	if err := giveBackNames(ctx, db, others, nowMS); err != nil {
		return 0, 0, err
	}
	for {
		n, err := joinSome(ctx, db, others, nowMS)
		joined += n
		if err != nil {
			return joined, 0, err
		}
		if n == 0 {
			break
		}
	}
	pairs, err := lookalikes(ctx, db)
	if err != nil {
		return joined, 0, err
	}
	err = db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		opened, err = openPairs(ctx, tx, pairs, nowMS)
		return err
	})
	return joined, opened, err
}

// joinSome joins some rows that only a directory tells of.
func joinSome(ctx context.Context, db *store.DB, others []store.Hung, nowMS int64) (n int, err error) {
	list, err := scanPairs(ctx, db, `SELECT asset_id, other_id FROM asset_conflict WHERE closed_ms IS NULL AND cause = $1 AND key_kind = $2 ORDER BY id`, string(CauseTwoAssets), string(KeyDomain))
	if err != nil {
		return 0, err
	}
	err = db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n = 0
		for _, p := range list {
			if n == joinStep {
				return nil
			}
			for _, pair := range [][2]string{{p.a, p.b}, {p.b, p.a}} {
				bare, err := onlyDirectory(ctx, tx, pair[0], pair[1])
				if err != nil {
					return err
				}
				if !bare {
					continue
				}
				if _, err := Merge(ctx, tx, Scope{All: true}, others, pair[0], pair[1], "", ByItself, nowMS); err != nil {
					return err
				}
				n++
				break
			}
		}
		return nil
	})
	return n, err
}

// pair is two assets with the name they share.
type pair struct{ a, b, name string }

func scanPairs(ctx context.Context, q store.Querier, query string, args ...any) ([]pair, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list pairs: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var out []pair
	for rows.Next() {
		var p pair
		if err := rows.Scan(&p.a, &p.b); err != nil {
			return nil, fmt.Errorf("list pairs: %w", err)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// lookalikes finds rows of one facility that carry the same name and that no key tells
// apart.
func lookalikes(ctx context.Context, q store.Querier) ([]pair, error) {
	rows, err := q.Query(ctx, `SELECT id, facility_id, label, host_name FROM asset_asset WHERE status <> $1 AND kind <> $2 ORDER BY id`, string(StatusDisposed), string(KindSystem))
	if err != nil {
		return nil, fmt.Errorf("list names: %w", err)
	}
	defer func() { _ = rows.Close() }()
	by := map[string][]string{}
	for rows.Next() {
		var id, facility, label, host string
		if err := rows.Scan(&id, &facility, &label, &host); err != nil {
			return nil, fmt.Errorf("list names: %w", err)
		}
		for _, name := range sortedUnique([]string{plainName(label), plainName(host)}) {
			by[facility+"|"+name] = append(by[facility+"|"+name], id)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list names: %w", err)
	}
	_ = rows.Close()
	var out []pair
	for _, key := range sortedKeys(by) {
		ids := slices.Compact(by[key])
		if len(ids) < 2 || len(ids) > maxAlike {
			continue
		}
		_, name, _ := strings.Cut(key, "|")
		for i, a := range ids {
			for _, b := range ids[i+1:] {
				out = append(out, pair{a, b, name})
			}
		}
	}
	return untold(ctx, q, out)
}

// plainName is a host's name without its domain, comparable.
func plainName(s string) string {
	name, _, _ := strings.Cut(foldNumber(s), ".")
	return strings.TrimSpace(name)
}

// untold leaves the pairs that nothing tells apart.
func untold(ctx context.Context, q store.Querier, list []pair) ([]pair, error) {
	var out []pair
	for part := range slices.Chunk(list, 200) {
		var ids []string
		for _, p := range part {
			ids = append(ids, p.a, p.b)
		}
		keys, err := keysOfMany(ctx, q, sortedUnique(ids))
		if err != nil {
			return nil, err
		}
		for _, p := range part {
			w := compare(byKind(keys[p.a]), candidate{keys: keys[p.b]})
			if len(w.differ) == 0 && !w.apart && !w.twoTags {
				out = append(out, p)
			}
		}
	}
	return out, nil
}

func keysOfMany(ctx context.Context, q store.Querier, ids []string) (map[string][]string, error) {
	var args []any
	rows, err := q.Query(ctx, `SELECT asset_id, id_key FROM asset_identity WHERE `+store.In("asset_id", ids, &args), args...)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string][]string{}
	for rows.Next() {
		var id, key string
		if err := rows.Scan(&id, &key); err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
		out[id] = append(out[id], key)
	}
	return out, rows.Err()
}

// openPairs brings the lines about names up to date: new ones open, those that are told
// apart by now close.
func openPairs(ctx context.Context, tx *store.Tx, list []pair, nowMS int64) (opened int, err error) {
	now := map[pair]bool{}
	var rows [][]any
	for _, p := range list {
		now[pair{a: p.a, b: p.b}], now[pair{a: p.b, b: p.a}] = true, true
		if len(rows) == maxPairs {
			continue
		}
		key := string(keyHost) + ":" + p.name
		asked, err := askedAlready(ctx, tx, p.a, p.b, clash{key: key}, nowMS)
		if err != nil {
			return 0, err
		}
		if !asked {
			rows = append(rows, []any{store.NewID(), p.a, p.b, string(CauseLookalike), string(keyHost), key, "", "{}", nowMS, nowMS})
		}
	}
	if err := tx.InsertMany(ctx, "asset_conflict", conflictCols, rows, "ON CONFLICT DO NOTHING"); err != nil {
		return 0, err
	}
	open, err := scanPairs(ctx, tx, `SELECT asset_id, other_id FROM asset_conflict WHERE closed_ms IS NULL AND cause = $1`, string(CauseLookalike))
	if err != nil {
		return 0, err
	}
	for _, p := range open {
		if now[p] {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE asset_conflict SET closed_ms = $1, closed_by = $2 WHERE asset_id = $3 AND other_id = $4 AND cause = $5 AND closed_ms IS NULL`,
			nowMS, ByItself, p.a, p.b, string(CauseLookalike)); err != nil {
			return 0, fmt.Errorf("close a line: %w", err)
		}
	}
	return len(rows), nil
}
