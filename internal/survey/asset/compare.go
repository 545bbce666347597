package asset

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sonae/internal/platform/store"
)

// HeldKey is a key that an asset is recognised by.
type HeldKey struct {
	Kind    KeyKind
	Value   string // without what tells facilities and sources apart
	Source  Source // that first brought it
	FirstMS int64
	Shared  bool // the other side holds it, too
}

// KeyLine sets the keys of one kind of two assets side by side.
type KeyLine struct {
	Kind   KeyKind
	Mine   []HeldKey
	Theirs []HeldKey
	Agrees bool // they have one in common
	// Differs: both know it, and have nothing in common. Another agent, tag or name is
	// no contradiction, and does not stand here as one.
	Differs bool
}

// Compare sets two assets side by side: which keys agree, which differ, and where and
// when each was first seen. In the order in which keys speak.
func Compare(ctx context.Context, q store.Querier, mineID, theirsID string) ([]KeyLine, error) {
	var args []any
	rows, err := q.Query(ctx, `SELECT asset_id, id_key, source, first_ms FROM asset_identity WHERE `+store.In("asset_id", []string{mineID, theirsID}, &args)+` ORDER BY id_key`, args...)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	defer func() { _ = rows.Close() }()
	type side struct {
		keys []string
		held map[KeyKind][]HeldKey
	}
	sides := map[string]*side{mineID: {held: map[KeyKind][]HeldKey{}}, theirsID: {held: map[KeyKind][]HeldKey{}}}
	for rows.Next() {
		var id, key string
		var h HeldKey
		if err := rows.Scan(&id, &key, &h.Source, &h.FirstMS); err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
		h.Kind, h.Value = kindOf(key), shownKey(key)
		s := sides[id]
		s.keys = append(s.keys, key)
		s.held[h.Kind] = append(s.held[h.Kind], h)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	mine, theirs := sides[mineID], sides[theirsID]
	w := compare(byKind(mine.keys), candidate{keys: theirs.keys})
	var out []KeyLine
	for _, kind := range keyKinds {
		line := KeyLine{Kind: kind, Mine: mine.held[kind], Theirs: theirs.held[kind]}
		said := kind == KeyNumber && len(mine.held[KeySerial]) > 0 && len(theirs.held[KeySerial]) > 0 && len(common(byKind(mine.keys)[KeySerial], byKind(theirs.keys)[KeySerial])) > 0
		if len(line.Mine)+len(line.Theirs) == 0 || said {
			continue
		}
		line.mark()
		line.Differs = slices.Contains(w.differ, kind) || kind == KeyVirtual && w.apart && len(line.Mine) > 0 && len(line.Theirs) > 0
		out = append(out, line)
	}
	return out, nil
}

// mark notes what both hold.
func (l *KeyLine) mark() {
	for i := range l.Mine {
		for j := range l.Theirs {
			if l.Mine[i].Value == l.Theirs[j].Value {
				l.Mine[i].Shared, l.Theirs[j].Shared, l.Agrees = true, true, true
			}
		}
	}
}

// shownKey is a key as people read it.
func shownKey(key string) string {
	_, value, _ := strings.Cut(key, ":")
	switch kindOf(key) {
	case KeySerial:
		return strings.Replace(value, "|", " ", 1)
	case KeyTag, KeyDomain, KeyName:
		_, value, _ = strings.Cut(value, "|")
	}
	return strings.ReplaceAll(value, "|", " ")
}

// ShownKey is the key of a line of the queue as people read it.
func (c Conflict) ShownKey() string { return shownKey(c.KeyValue) }
