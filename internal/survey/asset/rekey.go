package asset

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sonae/internal/platform/store"
)

// heldKey is a row of asset_identity.
type heldKey struct {
	key, asset, source string
	slot, firstMS      int64
}

// rekey brings the keys of the assets after "after" up to last (empty: to the end) into
// the form of this release: spellings of makers, placeholders and the order of UUIDs
// change with the tables.
func rekey(ctx context.Context, tx *store.Tx, after, last string) error {
	query, args := `SELECT id_key, asset_id, source, slot, first_ms FROM asset_identity WHERE asset_id > $1`, []any{after}
	if last != "" {
		query, args = query+` AND asset_id <= $2`, append(args, last)
	}
	rows, err := tx.Query(ctx, query+` ORDER BY asset_id, id_key`, args...)
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	defer func() { _ = rows.Close() }()
	held := map[string][]heldKey{}
	for rows.Next() {
		var h heldKey
		if err := rows.Scan(&h.key, &h.asset, &h.source, &h.slot, &h.firstMS); err != nil {
			return fmt.Errorf("read keys: %w", err)
		}
		held[h.asset] = append(held[h.asset], h)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	_ = rows.Close()
	for _, asset := range sortedKeys(held) {
		if err := rekeyOne(ctx, tx, held[asset]); err != nil {
			return err
		}
	}
	return nil
}

func rekeyOne(ctx context.Context, tx *store.Tx, held []heldKey) error {
	has := map[string]bool{}
	for _, h := range held {
		has[h.key] = true
	}
	for _, h := range held {
		now := renewed(h.key)
		if !slices.Contains(now, h.key) {
			if _, err := tx.Exec(ctx, `DELETE FROM asset_identity WHERE id_key = $1 AND slot = $2`, h.key, h.slot); err != nil {
				return fmt.Errorf("renew keys of asset %s: %w", h.asset, err)
			}
		}
		for _, key := range now {
			if has[key] {
				continue
			}
			has[key] = true
			if err := appendKey(ctx, tx, key, h.asset, h.source, h.firstMS); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendKey gives an asset a key at the next free slot.
func appendKey(ctx context.Context, tx *store.Tx, key, asset, source string, firstMS int64) error {
	var slot int64
	if err := tx.QueryRow(ctx, `SELECT COALESCE(max(slot) + 1, 0) FROM asset_identity WHERE id_key = $1`, key).Scan(&slot); err != nil {
		return fmt.Errorf("look for a slot: %w", err)
	}
	return tx.InsertMany(ctx, "asset_identity", identityCols, [][]any{{key, slot, asset, source, firstMS}}, "")
}

// renewed gives what stands for a stored key in this release.
func renewed(key string) (out []string) {
	kind, value, _ := strings.Cut(key, ":")
	switch KeyKind(kind) {
	case KeySerial:
		maker, serial, _ := strings.Cut(value, "|")
		out = []string{serialKey(maker, serial), numberKey(serial)}
	case KeyNumber:
		out = []string{numberKey(value)}
	case KeyUUID:
		out = []string{uuidKey(value)}
	case KeyMAC:
		out = []string{macKey(value), virtualKey(value)}
	default:
		return []string{key}
	}
	return slices.DeleteFunc(out, func(k string) bool { return k == "" })
}
