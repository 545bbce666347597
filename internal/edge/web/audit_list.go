package web

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sonae/internal/edge/web/view"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
)

// auditGroups are the actions the list can be narrowed to, by prefix.
var auditGroups = []string{
	"sign_in", "asset.", "attachment.", "network.", "credential.", "checklist.", "pack.", "organisation.", "vendor.",
	"device.", "entry.", "directory.", "silence.", "user.", "token.", "facility.", "profile.",
}

// auditList shows the log, newest first, and its head.
func auditList(s *site, c *call) error {
	page, err := c.page(c.tr.T("audit.title"))
	if err != nil {
		return err
	}
	query := c.r.URL.Query()
	v := &view.AuditList{Page: page, CanExport: c.who.Can(identity.AuditExport), Kinds: auditKinds(c)}
	v.Form.Values = query
	filter, bad := auditFilter(c, query)
	if bad != nil {
		v.Form.Errors = map[string]string{bad.Place: c.text(bad)}
		c.status = fault.Status(bad)
	}
	if err := auditHead(s, c, v); err != nil {
		return err
	}
	if err := c.auditState(v); err != nil {
		return err
	}
	if c.htmx() && v.Job != nil {
		return c.fragment(v, "audit/state")
	}
	found, err := audit.List(c.r.Context(), s.deps.DB, filter)
	if err != nil {
		return err
	}
	for _, e := range found.Entries {
		v.Rows = append(v.Rows, auditRow(c, e))
	}
	v.Total = int(found.Total)
	auditPager(c, v, query, found)
	return c.render(v)
}

// auditKinds are the choices of the filter.
func auditKinds(c *call) []view.Choice {
	out := []view.Choice{{Value: "", Label: c.tr.T("audit.kind.all")}}
	for _, g := range auditGroups {
		out = append(out, view.Choice{Value: g, Label: c.tr.T("audit.kind." + strings.TrimSuffix(g, "."))})
	}
	return out
}

// auditFilter reads the query; an impossible date is named and left out.
func auditFilter(c *call, query url.Values) (audit.Filter, *fault.Error) {
	f := audit.Filter{Scope: c.who.Scope(identity.AuditRead), Text: clean(query.Get("q"), 100), Action: clean(query.Get("kind"), 60)}
	if n, ok := digits(query.Get("before")); ok {
		f.Before = int64(n)
	}
	var bad *fault.Error
	day := func(name string) time.Time {
		if query.Get(name) == "" {
			return time.Time{}
		}
		at, err := text.ParseDate(query.Get(name))
		if err != nil {
			bad = fault.Of(err).At(name)
		}
		return at
	}
	if at := day("from"); !at.IsZero() {
		f.FromMS = store.MS(at)
	}
	if at := day("to"); !at.IsZero() {
		f.ToMS = store.MS(at.AddDate(0, 0, 1)) // the last day is included
	}
	return f, bad
}

// clean makes a search word safe to hand on: valid UTF-8, no control characters,
// at most so many bytes.
func clean(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return strings.TrimSpace(s)
}

// auditHead fills in size, root and signature.
func auditHead(s *site, c *call, v *view.AuditList) error {
	head, err := s.deps.Audit.Head(c.r.Context())
	if err != nil {
		return err
	}
	latest, err := s.deps.Audit.Latest(c.r.Context())
	if err != nil {
		return err
	}
	v.Head = view.AuditHead{
		Size: int(head.Size), Root: head.Root.String(), PublicKey: s.deps.Audit.PublicKey(),
		SignedMS: latest.AtMS, Signed: int(latest.Size),
	}
	return nil
}

// auditPager sets the links to the first and the next page and to the export.
func auditPager(c *call, v *view.AuditList, query url.Values, found audit.Page) {
	keep := url.Values{}
	for _, name := range []string{"q", "kind", "from", "to"} {
		if query.Get(name) != "" {
			keep.Set(name, query.Get(name))
		}
	}
	v.Filtered = len(keep) > 0
	v.ExportHref = address("/audit/export", keep)
	first, next := "", ""
	if query.Get("before") != "" {
		first = address("/audit", keep)
	}
	if found.Next > 0 {
		keep.Set("before", strconv.FormatInt(found.Next, 10))
		next = address("/audit", keep)
	}
	v.Pager = v.Page.Pager(c.tr.T("audit.shown", "Total", c.tr.Number(found.Total), "Count", len(found.Entries)), first, next)
}

// address is a path with its query, without a lonely question mark.
func address(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// actorIcons tell people, programs and machines apart.
var actorIcons = map[string]string{"user": "user-circle", "token": "plug-connected", "device": "cpu", "system": "server"}

// objectPages are the pages of kinds of objects that have one.
var objectPages = map[string]string{"asset": "/assets/", "user": "/users/", "facility": "/facilities/", "vendor": "/vendors/",
	"segment": segmentPath + "/", "external": externalPath + "/", "scan": scanPath + "/"}

// auditRow puts one entry into words.
func auditRow(c *call, e audit.Entry) view.AuditRow {
	row := view.AuditRow{
		Seq: e.Seq, AtMS: e.AtMS, Actor: e.Actor.Name, ActorKind: c.known("audit.actor.", e.Actor.Kind), Icon: actorIcons[e.Actor.Kind],
		Action: c.actionWords(e.Action), Object: e.Object.Name, ObjectKind: c.known("audit.object.", e.Object.Kind), Address: e.Address,
	}
	if row.Icon == "" {
		row.Icon = "help-circle"
	}
	if row.Object == "" {
		row.Object, row.ObjectKind = row.ObjectKind, ""
	}
	if base := objectPages[e.Object.Kind]; base != "" && e.Object.ID != "" {
		row.ObjectHref = base + e.Object.ID
	}
	if raw, ok := e.Detail.(json.RawMessage); ok && len(raw) > 0 && string(raw) != "null" {
		row.Detail = indent(raw)
	}
	return row
}

// known is the text of a word from a fixed list, or the word itself.
func (c *call) known(prefix, word string) string {
	if word != "" && c.tr.Has(prefix+word) {
		return c.tr.T(prefix + word)
	}
	return word
}

// actionWords says what was done; an event that has no text is shown as it is.
func (c *call) actionWords(action string) string {
	if c.tr.Has("audit.action." + action) {
		return c.tr.T("audit.action." + action)
	}
	if refused, ok := strings.CutSuffix(action, ".refused"); ok {
		return c.tr.T("audit.refused", "What", c.known("identity.action.", refused))
	}
	return c.known("identity.action.", action)
}

// maxDetail bounds the shown detail in bytes; the export has all of it.
const maxDetail = 4000

// indent makes a detail readable.
func indent(raw json.RawMessage) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(raw); err != nil {
		return string(raw)
	}
	s := strings.TrimSpace(b.String())
	if len(s) > maxDetail {
		s = strings.ToValidUTF8(s[:maxDetail], "") + " …"
	}
	return s
}
