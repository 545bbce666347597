package api

import (
	"encoding/base64"
	"strings"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// List is the answer of every list.
type List[T any] struct {
	Body struct {
		Items []T    `json:"items"`
		Next  string `json:"next" doc:"Cursor of the next page; empty on the last one."`
		Total int    `json:"total" doc:"Rows in all, on all pages."`
	}
}

func listOf[T any](items []T, next string, total int) *List[T] {
	var l List[T]
	l.Body.Items, l.Body.Next, l.Body.Total = full(items), next, total
	return &l
}

// full turns a nil list into an empty one, which JSON writes as [].
func full[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// each maps a list.
func each[A, B any](list []A, fn func(A) B) []B {
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = fn(v)
	}
	return out
}

// One is the answer that holds one thing.
type One[T any] struct{ Body T }

func one[T any](v T) *One[T] { return &One[T]{Body: v} }

// None is the answer without a body (204).
type None struct{}

// Paging is what lists take that are read page by page.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Rows a page."`
	Cursor string `query:"cursor" maxLength:"20000" doc:"The field next of the page before."`
}

// Searching is what lists take that are read page by page and searched.
type Searching struct {
	Paging
	Q string `query:"q" maxLength:"200" doc:"In the names of a row."`
}

// listing is the filter of identity's lists. list names the list in cursors.
func (in *Searching) listing(list string, scope identity.Scope) (identity.ListFilter, error) {
	after, err := unseal(list, in.Cursor)
	return identity.ListFilter{Scope: scope, Text: in.Q, After: after, Limit: in.Limit}, err
}

// Nothing is the input of operations that take none.
type Nothing struct{}

// ByID is the input of operations on one thing.
type ByID struct {
	ID string `path:"id" maxLength:"100"`
}

// seal makes a room's cursor opaque and ties it to its list.
func seal(list, after string) string {
	if after == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(list + ":" + after))
}

// unseal reads a cursor of seal; empty is the first page, any other text that is
// none is a fault.
func unseal(list, cursor string) (after string, err error) {
	if cursor == "" {
		return "", nil
	}
	body, err := base64.RawURLEncoding.DecodeString(cursor)
	after, ok := strings.CutPrefix(string(body), list+":")
	if err != nil || !ok || strings.ToValidUTF8(after, "") != after || strings.ContainsRune(after, 0) {
		return "", fault.Invalid("api.error.cursor").At("cursor")
	}
	return after, nil
}

// window cuts a page out of a short list that a room gives whole. Its cursor is the
// key of the last row; keys rise through the list or fall through it, each once.
func window[T any](list string, all []T, p Paging, key func(T) string) (*List[T], error) {
	after, err := unseal(list, p.Cursor)
	if err != nil {
		return nil, err
	}
	from := 0
	for i, v := range all {
		if after != "" && key(v) == after {
			from = i + 1
		}
	}
	if after != "" && from == 0 {
		return nil, fault.Invalid("api.error.cursor").At("cursor")
	}
	to := min(len(all), from+p.Limit)
	next := ""
	if to < len(all) {
		next = seal(list, key(all[to-1]))
	}
	return listOf(all[from:to], next, len(all)), nil
}

// moment is a time as it is answered: RFC 3339 in UTC with milliseconds, absent
// for 0.
func moment(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	t := store.Time(ms)
	return &t
}

// Moment is the query of reads that can look back.
type Moment struct {
	AsOf string `query:"as_of" maxLength:"40" doc:"Show the state of this moment: a day (its end, Japan time) or a time in RFC 3339."`
}

// ms gives the moment as Unix ms; 0 = now.
func (q Moment) ms(zone *time.Location) (int64, error) {
	if q.AsOf == "" {
		return 0, nil
	}
	if t, err := time.Parse(time.RFC3339, q.AsOf); err == nil && t.UnixMilli() > 0 {
		return t.UnixMilli(), nil
	}
	return endOfDay("as_of", q.AsOf, zone)
}

// endOfDay is the last millisecond of a day.
func endOfDay(place, day string, zone *time.Location) (int64, error) {
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil || t.Year() < 1971 || t.Year() > 2199 {
		return 0, fault.Invalid("api.error.day").At(place)
	}
	return t.AddDate(0, 0, 1).UnixMilli() - 1, nil
}
