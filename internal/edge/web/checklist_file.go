package web

import (
	"context"
	"net/url"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/review/inspection"
)

// checklistAttach puts an uploaded file beside a row.
func checklistAttach(s *site, c *call) error {
	file, name, wrong := c.upload("file") // reads the form, too
	if wrong != nil && fault.Of(wrong).Code == fault.CodeInternal {
		return wrong
	}
	if wrong == nil {
		defer func() { _ = file.Close() }()
	}
	o, err := c.sheetForm()
	if err != nil {
		return err
	}
	row := c.value("row")
	if wrong != nil {
		return c.checklistPage(o, row, wrong)
	}
	link := inspection.Link{Ref: o.ref, RowID: row, AddedBy: c.who.ID, AddedMS: c.nowMS()}
	err = audit.Do(c.r.Context(), s.deps.DB, c.who, identity.ChecklistConfirm, o.object(row), func(ctx context.Context, tx *store.Tx) (any, error) {
		l, err := inspection.AddFile(ctx, tx, s.deps.Catalog, link, name, file)
		return map[string]any{"change": "file added", "link": l.ID, "title": l.Title, "size_bytes": l.SizeBytes, "sha256": l.SHA256}, err
	})
	if err != nil {
		return c.checklistPage(o, row, err)
	}
	return c.done(o.address(row), "checklist.link_added")
}

// checklistFile sends a file that stands beside a row.
func checklistFile(s *site, c *call) error {
	id, err := c.id("file")
	if err != nil {
		return err
	}
	o, err := c.openSheetOf()
	if err != nil {
		return err
	}
	l, content, err := inspection.OpenFile(c.r.Context(), s.deps.DB, o.ref, id)
	if err != nil {
		return err
	}
	return c.sendFile(l.Title, l.SizeBytes, content)
}

// fileHref is where a file beside a row is downloaded.
func (o openSheet) fileHref(id string) string {
	return o.path() + "/files/" + id + "?" + url.Values{"facility": {o.ref.FacilityID}}.Encode()
}
