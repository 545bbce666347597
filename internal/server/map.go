package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/review/diagram"
)

// MapOptions say which network diagram to write. The ending of the file chooses its
// form.
type MapOptions struct{ Facility, Date, Language, Paper, File string }

// WriteMap writes the network diagram of a facility to a file.
func WriteMap(ctx context.Context, cfg Config, version string, o MapOptions, w io.Writer) error {
	format, ok := diagram.FormatOf(strings.TrimPrefix(strings.ToLower(filepath.Ext(o.File)), "."))
	if !ok {
		var endings []string
		for _, f := range diagram.Formats {
			endings = append(endings, f.Ending)
		}
		return fmt.Errorf("--out %q: the name must end in one of %s", o.File, strings.Join(endings, ", "))
	}
	paper, ok := diagram.Papers[o.Paper]
	if !ok {
		return fmt.Errorf("--paper %q: choose a3 or a4", o.Paper)
	}
	cfg.mustExist = true
	return local(ctx, cfg, version, func(r *Rooms, by identity.Principal) error {
		f, err := r.mapFacility(ctx, o.Facility)
		if err != nil {
			return err
		}
		now := store.MS(r.Now())
		req := diagram.Request{FacilityID: f.ID, Facility: f.Name, AtMS: now, NowMS: now}
		if o.Date != "" {
			day, err := text.ParseDate(o.Date)
			if err != nil {
				return err
			}
			y, m, d := day.Date()
			start := time.Date(y, m, d, 0, 0, 0, 0, text.Tokyo())
			if store.MS(start) > now {
				return fault.Invalid("asset.as_of.future").At("date")
			}
			req.AtMS = min(store.MS(start.AddDate(0, 0, 1))-1, now)
		}
		sheet, err := diagram.Load(ctx, r.DB, req, r.Texts.For(o.Language))
		if err != nil {
			return err
		}
		if err := sheet.Number(ctx, r.DB); err != nil {
			return err
		}
		var body bytes.Buffer
		if err := format.Write(sheet, &body, paper); err != nil {
			return err
		}
		err = audit.Do(ctx, r.DB, by, identity.NetworkExport, audit.Object{Kind: "network_map", Name: sheet.Mark(), FacilityID: f.ID}, func(context.Context, *store.Tx) (any, error) {
			return map[string]any{"format": format.Name, "as_of": o.Date}, nil
		})
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.File, body.Bytes(), 0o600); err != nil {
			return fmt.Errorf("write %s: %w", o.File, err)
		}
		_, err = fmt.Fprintf(w, "%s: %d devices, %d links, %s\n", o.File, len(sheet.Graph.Nodes), len(sheet.Graph.Links), sheet.Mark())
		return err
	})
}

// mapFacility is the facility that was named, or the only one.
func (r *Rooms) mapFacility(ctx context.Context, name string) (identity.Facility, error) {
	if name != "" {
		return r.facility(ctx, name)
	}
	all, err := r.Identity.Facilities(ctx, r.DB)
	if err != nil {
		return identity.Facility{}, err
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return r.facility(ctx, name)
}
