package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"sonae/internal/edge/discover"
	"sonae/internal/edge/discover/tables"
	"sonae/internal/platform/fault"
)

// tables reads lease files and ARP tables. A file that is none is an error after the
// others.
func (f *finder) tables(ctx context.Context) error {
	var failed []error
	for _, name := range f.o.Tables {
		t, err := readTable(name)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", name, spoken(f.t, err)))
			continue
		}
		for batch := range slices.Chunk(t.Observations, discover.BatchMax) {
			if err := ctx.Err(); err != nil {
				break // stopped by a person: what was read so far is shown
			}
			if err := f.keep(ctx, batch); err != nil {
				return err
			}
		}
		f.sources = append(f.sources, sourceJSON{Name: name, Form: t.Form, Unread: len(t.Unread) + t.UnreadMore})
		f.say("discover.table", "Name", name, "Form", f.t.T("tables.form."+string(t.Form)), "Count", len(t.Observations))
		for _, line := range t.Unread {
			f.say("discover.table_unread", "Name", name, "Line", line.Number, "Text", line.Text)
		}
		if t.UnreadMore > 0 {
			f.say("discover.table_unread_more", "Name", name, "Count", t.UnreadMore)
		}
	}
	return errors.Join(failed...)
}

// readTable reads one file; lines without a time count as of when it was written.
func readTable(name string) (tables.Table, error) {
	file, err := os.Open(name) //nolint:gosec // the person at the terminal named it
	if err != nil {
		return tables.Table{}, fault.Invalid("discover.error.open", "Name", name).Because(err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil || info.IsDir() {
		return tables.Table{}, fault.Invalid("discover.error.folder", "Name", name).Because(err)
	}
	body, err := io.ReadAll(io.LimitReader(file, tables.SizeMax+1))
	if err != nil {
		return tables.Table{}, fault.Invalid("discover.error.open", "Name", name).Because(err)
	}
	return tables.Read(body, info.ModTime())
}
