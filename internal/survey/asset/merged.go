package asset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// MergeKind tells two rows that became one from one that became two.
type MergeKind string

// Kinds.
const (
	KindMerge MergeKind = "merge"
	KindSplit MergeKind = "split"
)

// Merged is one merge or split.
type Merged struct {
	ID         string
	Kind       MergeKind
	KeptID     string
	GoneID     string // merge: the row that went into the kept one; split: that came out of it
	GoneName   string
	FacilityID string
	Note       string
	By         string
	AtMS       int64
	UndoneMS   int64 // 0 = in force
	UndoneBy   string
}

const mergedCols = `id, kind, kept_id, gone_id, gone_name, facility_id, note, by_name, at_ms, COALESCE(undone_ms, 0), undone_by`

func scanMerged(scan func(...any) error) (m Merged, err error) {
	err = scan(&m.ID, &m.Kind, &m.KeptID, &m.GoneID, &m.GoneName, &m.FacilityID, &m.Note, &m.By, &m.AtMS, &m.UndoneMS, &m.UndoneBy)
	return m, err
}

// MergesOf lists the merges and splits of an asset, newest first, undone ones included;
// at most 100.
func MergesOf(ctx context.Context, q store.Querier, assetID string) ([]Merged, error) {
	rows, err := q.Query(ctx, `SELECT `+mergedCols+` FROM asset_merge WHERE kept_id = $1 OR gone_id = $2 ORDER BY at_ms DESC, id DESC LIMIT 100`, assetID, assetID)
	if err != nil {
		return nil, fmt.Errorf("list merges of asset %s: %w", assetID, err)
	}
	defer func() { _ = rows.Close() }()
	var out []Merged
	for rows.Next() {
		m, err := scanMerged(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("list merges of asset %s: %w", assetID, err)
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

// SeenMerge is a merge or split as somebody may see it from the side of one asset.
type SeenMerge struct {
	Merged
	Other Asset // the row on the other side; ID is empty when it has none now
	// Hidden: the other row is there, and the person may not see it. Neither it nor what
	// was noted about both is told then.
	Hidden bool
}

// MergesSeen is MergesOf for somebody who may see an asset and what is in scope.
func MergesSeen(ctx context.Context, q store.Querier, scope Scope, assetID string) ([]SeenMerge, error) {
	list, err := MergesOf(ctx, q, assetID)
	if err != nil {
		return nil, err
	}
	out := make([]SeenMerge, len(list))
	for i, m := range list {
		if out[i], err = m.seen(ctx, q, scope, assetID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (m Merged) seen(ctx context.Context, q store.Querier, scope Scope, assetID string) (SeenMerge, error) {
	out := SeenMerge{Merged: m}
	otherID := m.GoneID
	if m.GoneID == assetID {
		otherID = m.KeptID
	}
	var err error
	if out.Other, err = Get(ctx, q, scope, otherID); err == nil || !fault.Is(err, fault.CodeNotFound) {
		return out, err
	}
	out.Other = Asset{}
	if out.Hidden, err = elsewhere(ctx, q, scope, assetID, otherID); err != nil || !out.Hidden {
		return out, err
	}
	out.Note = ""
	if m.GoneID == assetID {
		out.KeptID = ""
	} else {
		out.GoneID, out.GoneName = "", ""
	}
	return out, nil
}

// elsewhere reports whether a row that the scope does not hold is one of somebody else's
// now. One that went into the asset itself, or left the ledger, is not.
func elsewhere(ctx context.Context, q store.Querier, scope Scope, assetID, otherID string) (bool, error) {
	_, err := Get(ctx, q, Scope{All: true}, otherID)
	if err == nil || !fault.Is(err, fault.CodeNotFound) {
		return err == nil, err
	}
	into, err := MergedInto(ctx, q, otherID)
	if err != nil || into == "" || into == assetID {
		return false, err
	}
	_, err = Get(ctx, q, scope, into)
	if fault.Is(err, fault.CodeNotFound) {
		return true, nil
	}
	return false, err
}

// MergeByID reads one merge or split. not_found when there is none.
func MergeByID(ctx context.Context, q store.Querier, id string) (Merged, error) {
	m, err := scanMerged(q.QueryRow(ctx, `SELECT `+mergedCols+` FROM asset_merge WHERE id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return m, fault.NotFound("asset.error.not_found")
	}
	if err != nil {
		return m, fmt.Errorf("read merge %s: %w", id, err)
	}
	return m, nil
}

// maxChain bounds how often rows went into rows that went into others.
const maxChain = 20

// MergedInto finds the asset that a row went into, along the chain; empty when it did
// not go into any.
func MergedInto(ctx context.Context, q store.Querier, id string) (kept string, err error) {
	for range maxChain {
		var next string
		err := q.QueryRow(ctx, `SELECT kept_id FROM asset_merge WHERE gone_id = $1 AND kind = 'merge' AND undone_ms IS NULL`, id).Scan(&next)
		if errors.Is(err, sql.ErrNoRows) {
			return kept, nil
		}
		if err != nil {
			return "", fmt.Errorf("look where asset %s went: %w", id, err)
		}
		kept, id = next, next
	}
	return kept, nil
}

// partsOf lists an asset and the rows that went into it: their history is its own.
func partsOf(ctx context.Context, q store.Querier, id string) ([]string, error) {
	out := []string{id}
	for i := 0; i < len(out) && len(out) < maxChain; i++ {
		gone, err := textColumn(ctx, q, "merges", `SELECT gone_id FROM asset_merge WHERE kept_id = $1 AND kind = 'merge' AND undone_ms IS NULL ORDER BY at_ms, id`, []any{out[i]})
		if err != nil {
			return nil, err
		}
		out = append(out, gone...)
	}
	return out, nil
}

// createdOf is when a row came into the ledger, one that went into another included.
// not_found when there is none.
func createdOf(ctx context.Context, q store.Querier, id string) (int64, error) {
	if !store.ValidID(id) {
		return 0, fault.NotFound("asset.error.not_found")
	}
	var ms int64
	err := q.QueryRow(ctx, `SELECT created_ms FROM asset_asset WHERE id = $1 UNION ALL SELECT created_ms FROM asset_merge WHERE gone_id = $2 AND kind = 'merge' AND undone_ms IS NULL`, id, id).Scan(&ms)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, fault.NotFound("asset.error.not_found")
	}
	if err != nil {
		return 0, fmt.Errorf("read asset %s: %w", id, err)
	}
	return ms, nil
}
