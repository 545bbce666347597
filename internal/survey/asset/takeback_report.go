package asset

import (
	"context"
	"errors"
	"fmt"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// ReportBack is what TakeBackReport did.
type ReportBack struct {
	Changed []Change // of winning values
	Newer   bool     // the source has spoken of the asset since: nothing was taken back
	Removed bool     // the asset has left the ledger: the report had brought it, and nobody else speaks of it
	Gone    bool     // the asset was not there any more
}

// TakeBackReport undoes a whole report: what source s said of an asset as of atMS. Facts,
// volumes and disks that began with it end now, and what it had ended begins again.
// seenBeforeMS is when the source had spoken before it (Spoken); created tells that the
// asset came into the ledger with it. It does nothing when the source has spoken since:
// the later report stands on its own. The caller takes back what other rooms recorded,
// unless Newer or Gone is set.
func TakeBackReport(ctx context.Context, tx *store.Tx, id string, s Source, atMS, seenBeforeMS int64, created bool, by string, nowMS int64) (ReportBack, error) {
	before, err := lockAsset(ctx, tx, id)
	if fault.Is(err, fault.CodeNotFound) {
		return ReportBack{Gone: true}, nil
	}
	if err != nil {
		return ReportBack{}, err
	}
	seenMS, _, err := Spoken(ctx, tx, id, s, nil)
	if err != nil || seenMS != atMS {
		return ReportBack{Newer: err == nil}, err
	}
	facts, err := openFacts(ctx, tx, id)
	if err != nil {
		return ReportBack{}, err
	}
	ended, err := factsEnded(ctx, tx, id, s, atMS)
	if err != nil {
		return ReportBack{}, err
	}
	p := replanReport(facts, ended, s, atMS, by, nowMS, created)
	out := ReportBack{}
	if created && onlyFacility(p.facts, s) {
		if out.Removed, err = unreferenced(ctx, tx, id, s); err != nil {
			return out, err
		}
	}
	if out.Removed {
		p.closed = append(p.closed, FieldFacility)
	}
	if err := errors.Join(p.apply(ctx, tx, id, s, nowMS), storageBack(ctx, tx, id, s, atMS, nowMS), sourceBack(ctx, tx, id, s, seenBeforeMS)); err != nil {
		return out, err
	}
	if out.Removed {
		return out, removeRow(ctx, tx, id, by, nowMS)
	}
	b := before.base()
	b.rev++
	b.updatedMS = max(nowMS, b.updatedMS)
	if b.seenMS, b.seenSource, err = lastSighting(ctx, tx, id); err != nil {
		return out, err
	}
	after := materialise(b, p.facts)
	out.Changed = changes(id, before.Values, after.Values, p.facts, nowMS)
	if err := writeRows(ctx, tx, after); err != nil {
		return out, err
	}
	return out, reclaim(ctx, tx, after, p.facts, s, atMS, nowMS)
}

// replanReport works out the facts without what a report said. Where an asset belongs
// stays, whoever said so first.
func replanReport(open, ended []Fact, s Source, atMS int64, by string, nowMS int64, created bool) plan {
	p := plan{by: by}
	for _, f := range open {
		if f.Source != s || f.FirstMS != atMS || f.Field == FieldFacility && created {
			p.facts = append(p.facts, f)
			continue
		}
		p.closed = append(p.closed, f.Field)
	}
	for _, f := range ended {
		f.FirstMS = nowMS
		p.opened = append(p.opened, f)
	}
	p.facts = append(p.facts, p.opened...)
	return p
}

// factsEnded reads what a source stopped saying at a time.
func factsEnded(ctx context.Context, q store.Querier, assetID string, s Source, atMS int64) ([]Fact, error) {
	rows, err := q.Query(ctx, `SELECT field, section, value, by_name FROM asset_fact WHERE asset_id = $1 AND source = $2 AND gone_ms = $3 AND first_ms < $4 ORDER BY field`,
		assetID, string(s), atMS, atMS)
	if err != nil {
		return nil, fmt.Errorf("read facts of asset %s: %w", assetID, err)
	}
	defer func() { _ = rows.Close() }()
	var out []Fact
	for rows.Next() {
		f := Fact{Source: s}
		if err := rows.Scan(&f.Field, &f.Section, &f.Value, &f.By); err != nil {
			return nil, fmt.Errorf("read facts of asset %s: %w", assetID, err)
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

func storageBack(ctx context.Context, tx *store.Tx, id string, s Source, atMS, nowMS int64) error {
	for _, section := range []store.Section{volumeSection, diskSection, printers, monitors, usbStorage, memoryModules} {
		if _, err := section.TakeBack(ctx, tx, id, string(s), atMS, nowMS); err != nil {
			return err
		}
	}
	return nil
}

// sourceBack sets when a source spoke of an asset; 0 = it never did. What it held before
// is not known any more: an agent would be asked for all.
func sourceBack(ctx context.Context, tx *store.Tx, id string, s Source, seenMS int64) error {
	var err, more error
	if seenMS > 0 {
		_, err = tx.Exec(ctx, `UPDATE asset_source SET seen_ms = $1, digest = '' WHERE asset_id = $2 AND source = $3`, seenMS, id, string(s))
		_, more = tx.Exec(ctx, `UPDATE asset_section SET seen_ms = $1, body_ms = $2, digest = '', held = FALSE WHERE asset_id = $3 AND source = $4`, seenMS, seenMS, id, string(s))
	} else {
		_, err = tx.Exec(ctx, `DELETE FROM asset_source WHERE asset_id = $1 AND source = $2`, id, string(s))
		_, more = tx.Exec(ctx, `DELETE FROM asset_section WHERE asset_id = $1 AND source = $2`, id, string(s))
	}
	if err := errors.Join(err, more); err != nil {
		return fmt.Errorf("take back when asset %s was seen: %w", id, err)
	}
	return nil
}

// lastSighting is when an asset was last seen, and by whom; 0 = never.
func lastSighting(ctx context.Context, q store.Querier, id string) (int64, Source, error) {
	rows, err := q.Query(ctx, `SELECT source, seen_ms FROM asset_source WHERE asset_id = $1 ORDER BY seen_ms`, id)
	if err != nil {
		return 0, "", fmt.Errorf("read when asset %s was seen: %w", id, err)
	}
	defer func() { _ = rows.Close() }()
	var last int64
	var by Source
	for rows.Next() {
		var s Source
		var ms int64
		if err := rows.Scan(&s, &ms); err != nil {
			return 0, "", fmt.Errorf("read when asset %s was seen: %w", id, err)
		}
		if !papers[s] {
			last, by = ms, s
		}
	}
	return last, by, rows.Err()
}
