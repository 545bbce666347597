package directory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
)

// section is the part of the ledger's facts that ends when a computer leaves the
// directory. Name and kind stay, so that the row can still be recognised.
const section = "directory"

// chunk is how many computers are stored in one transaction.
const chunk = 50

// keep stores a reading: computers in steps, then, in one transaction, what went,
// the accounts, and that all was read. Each step may run again.
func (d *Directory) keep(ctx context.Context, s Source, r *reading, j job.Job) error {
	held, err := heldComputers(ctx, d.deps.DB, s.ID)
	if err != nil {
		return err
	}
	todo := r.computers
	if j.Attempt > 1 { // what an interrupted attempt stored already
		todo = slices.DeleteFunc(slices.Clone(todo), func(c Computer) bool { h, ok := held[c.Key]; return ok && h.SeenMS >= j.CreatedMS && h.same(c) })
	}
	skipped := int64(len(r.computers) - len(todo))
	total := int64(len(r.computers) + len(r.accounts))
	done := skipped
	for part := range slices.Chunk(todo, chunk) {
		if err := d.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return keepComputers(ctx, tx, s, r.atMS, part) }); err != nil {
			return err
		}
		done += int64(len(part))
		if err := job.Progress(ctx, done, total); err != nil {
			return err
		}
	}
	if r.full {
		if err := d.closeGone(ctx, s, r, held); err != nil {
			return err
		}
	}
	return d.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := keepAccounts(ctx, tx, s, r); err != nil {
			return err
		}
		return succeeded(ctx, tx, s, r)
	})
}

func keepComputers(ctx context.Context, tx *store.Tx, s Source, atMS int64, list []Computer) error {
	rows := make([]store.Row, len(list))
	for i, c := range list {
		res, err := asset.Observe(ctx, tx, c.observation(s, atMS))
		if err != nil {
			return fmt.Errorf("computer %s of directory %s: %w", c.Key, s.ID, err)
		}
		c.AssetID, c.SeenMS = res.AssetID, atMS
		rows[i] = c.row()
	}
	_, err := computers.Merge(ctx, tx, s.ID, source, atMS, rows)
	return err
}

// maxPurpose is what the ledger takes as purpose, in characters; a longer
// description stands in the directory's own list only.
const maxPurpose = 500

// observation is what the ledger is told. The GUID finds the row, the SMBIOS UUID, where
// network boot left it, and the whole name in the domain, where a machine says that it
// is joined under it; the short name never does.
func (c Computer) observation(s Source, atMS int64) asset.Observation {
	o := asset.Observation{FacilityID: s.FacilityID, Source: asset.SourceDirectory, DeviceID: c.Key, AtMS: atMS, AliveMS: c.LastLoginMS,
		Identity: asset.Identity{HostName: c.Name, DomainName: c.HostName, SMBIOSUUID: c.smbios},
		Groups: map[string]asset.Values{
			asset.SectionIdentity: {asset.FieldHostName: c.Name},
			section:               {asset.FieldOSName: c.OSName, asset.FieldOSVersion: c.OSVersion},
		}}
	if o.AliveMS == 0 {
		o.AliveMS = -1
	}
	if c.Description != "" && utf8.RuneCountInString(c.Description) <= maxPurpose {
		o.Groups[section][asset.FieldPurpose] = c.Description
	}
	switch os := strings.ToLower(c.OSName); {
	case strings.Contains(os, "windows") && strings.Contains(os, "server"):
		o.Kind = asset.KindServer
	case strings.Contains(os, "windows"):
		o.Kind = asset.KindPC
	}
	return o
}

// closeGone ends what a complete reading did not find any more.
func (d *Directory) closeGone(ctx context.Context, s Source, r *reading, held map[string]Computer) error {
	for _, c := range r.computers {
		delete(held, c.Key)
	}
	gone := make([]string, 0, len(held))
	for key := range held {
		gone = append(gone, key)
	}
	slices.Sort(gone)
	for part := range slices.Chunk(gone, chunk) {
		err := d.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, key := range part {
				if _, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: s.FacilityID, Source: asset.SourceDirectory, DeviceID: key, AtMS: r.atMS, AliveMS: -1,
					Groups: map[string]asset.Values{section: {}}}); err != nil {
					return fmt.Errorf("computer %s left directory %s: %w", key, s.ID, err)
				}
			}
			args := []any{r.atMS, s.ID}
			_, err := tx.Exec(ctx, `UPDATE directory_computer SET gone_ms = $1 WHERE directory_id = $2 AND gone_ms IS NULL AND `+store.In("row_key", part, &args), args...)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// keepAccounts stores the accounts: all of them after a full reading, else what came
// and those whose privileges changed.
func keepAccounts(ctx context.Context, tx *store.Tx, s Source, r *reading) error {
	if r.full {
		_, err := account.RecordDirectory(ctx, tx, s.ID, r.atMS, r.accounts)
		return err
	}
	known, err := account.DirectoryAccounts(ctx, tx, s.ID)
	if err != nil {
		return err
	}
	came := map[string]bool{}
	for _, a := range r.accounts {
		came[a.Key] = true
	}
	changed := slices.Clone(r.accounts)
	for _, a := range known {
		if why := r.privileged[a.Key]; !came[a.Key] && why != a.Why {
			a.Why, a.Privileged = why, why != ""
			changed = append(changed, a)
		}
	}
	_, err = account.MergeDirectory(ctx, tx, s.ID, r.atMS, changed)
	return err
}
