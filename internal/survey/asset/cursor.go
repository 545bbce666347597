package asset

import (
	"encoding/base64"
	"encoding/json"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// maxCursor bounds a cursor from outside: a key of at most 500 characters of 4
// bytes, escaped, in base64.
const maxCursor = 20_000

// order is a sort as SQL.
type order struct {
	name string // what the cursor must have been made for
	expr string
	desc bool
}

// place is the last row of a page, as the cursor carries it.
type place struct {
	Sort string `json:"s"`
	Key  string `json:"k"`
	ID   string `json:"i"`
}

func orderOf(s Sort) (order, error) {
	expr, ok := sortable(s.By)
	if !ok {
		return order{}, fault.Invalid("asset.error.sort").At("sort")
	}
	o := order{name: string(s.By), expr: expr, desc: s.Desc}
	if s.By == "" {
		o.name = string(FieldName)
	}
	if s.Desc {
		o.name = "-" + o.name
	}
	return o, nil
}

// by orders by a key and the ID.
func (o order) by(key string) string {
	if o.desc {
		return key + " DESC, a.id DESC"
	}
	return key + ", a.id"
}

// after keeps the rows behind a place.
func (o order) after(w *where, at place) {
	if o.desc {
		w.add("("+o.expr+", a.id) < (?, ?)", at.Key, at.ID)
		return
	}
	w.add("("+o.expr+", a.id) > (?, ?)", at.Key, at.ID)
}

func (o order) cursor(key, id string) string {
	body, err := json.Marshal(place{o.name, key, id})
	if err != nil { // strings always marshal
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(body)
}

// parse reads a cursor; one that was made for another order is refused.
func (o order) parse(cursor string) (place, error) {
	bad := fault.Invalid("asset.error.cursor").At("cursor")
	if len(cursor) > maxCursor {
		return place{}, bad
	}
	body, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return place{}, bad
	}
	var at place
	if err := json.Unmarshal(body, &at); err != nil || at.Sort != o.name || !store.ValidID(at.ID) || !validText(at.Key, maxLong) {
		return place{}, bad
	}
	return at, nil
}
