package asset

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// sectionState is what is stored of one section of one source.
type sectionState struct {
	digest string
	bodyMS int64
	seenMS int64
	held   bool // confirmed together with the whole report
}

// sectionWork holds a source's sections as they were.
type sectionWork struct {
	device string // key of the device that reported last
	digest string // over all sections; empty: one is lacking
	seenMS int64  // when the source last saw the asset; 0 = never
	known  map[string]sectionState
	need   []string
}

func readSections(ctx context.Context, q store.Querier, assetID string, s Source) (sectionWork, error) {
	w := sectionWork{known: map[string]sectionState{}}
	rows, err := q.Query(ctx, `SELECT o.device_key, o.digest, o.seen_ms, s.section, s.digest, s.body_ms, s.seen_ms, s.held FROM asset_source o
		LEFT JOIN asset_section s ON s.asset_id = o.asset_id AND s.source = o.source WHERE o.asset_id = $1 AND o.source = $2`, assetID, string(s))
	if err != nil {
		return w, fmt.Errorf("read sections of asset %s: %w", assetID, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var section, digest *string
		var body, seen *int64
		var held *bool
		if err := rows.Scan(&w.device, &w.digest, &w.seenMS, &section, &digest, &body, &seen, &held); err != nil {
			return w, fmt.Errorf("read sections of asset %s: %w", assetID, err)
		}
		if section != nil {
			w.known[*section] = sectionState{*digest, *body, *seen, *held}
		}
	}
	return w, rows.Err()
}

// wholeDigest covers all sections: what Confirm compares.
func wholeDigest(digests map[string]string) string {
	h := sha256.New()
	for _, section := range sortedKeys(digests) {
		fmt.Fprintf(h, "%d:%s=%d:%s;", len(section), section, len(digests[section]), digests[section])
	}
	return hex.EncodeToString(h.Sum(nil))
}

var sectionCols = []store.Col{{Name: "asset_id", Type: store.Text}, {Name: "source", Type: store.Text}, {Name: "section", Type: store.Text},
	{Name: "digest", Type: store.Text}, {Name: "body_ms", Type: store.Int}, {Name: "seen_ms", Type: store.Int}, {Name: "held", Type: store.Bool}}

// write brings the section rows and the source row up to date and tells which
// bodies are needed. Rows that stay held are not touched: the source's own
// seen_ms speaks for them.
func (w sectionWork) write(ctx context.Context, tx *store.Tx, assetID string, o Observation, device string) (need []string, err error) {
	rows, lost, need := w.rows(assetID, o)
	if err := writeSections(ctx, tx, rows, lost); err != nil {
		return nil, err
	}
	digest := ""
	if o.Digests != nil && len(need) == 0 {
		digest = wholeDigest(o.Digests)
	}
	return need, writeSources(ctx, tx, [][]any{{assetID, string(o.Source), device, digest, o.AtMS}})
}

// rows are the sections as they are stored now: those that came, those that the source
// had and cannot be held to any more, and what it has to send.
func (w sectionWork) rows(assetID string, o Observation) (rows, lost [][]any, need []string) {
	came := o.cameWithBody()
	for _, s := range came {
		digest, held := o.Digests[s]
		// The kind has no digest of its own: it holds as long as the report does.
		held = held || s == SectionIdentity && o.Digests != nil
		rows = append(rows, []any{assetID, string(o.Source), s, digest, o.AtMS, o.AtMS, held})
	}
	for _, s := range sortedKeys(o.Digests) {
		old, known := w.known[s]
		if slices.Contains(came, s) || known && old.held && old.digest == o.Digests[s] {
			continue
		}
		need = append(need, s)
	}
	for _, s := range sortedKeys(w.known) {
		old := w.known[s]
		if old.held && s != SectionIdentity && !slices.Contains(came, s) && o.Digests != nil && (slices.Contains(need, s) || o.Digests[s] == "") {
			// Last confirmed with the report before this one.
			lost = append(lost, []any{assetID, string(o.Source), s, "", int64(0), w.seenMS, false})
		}
	}
	return rows, lost, need
}

var sourceCols = []store.Col{{Name: "asset_id", Type: store.Text}, {Name: "source", Type: store.Text}, {Name: "device_key", Type: store.Text},
	{Name: "digest", Type: store.Text}, {Name: "seen_ms", Type: store.Int}}

// writeSources stores when sources saw their assets.
func writeSources(ctx context.Context, tx *store.Tx, rows [][]any) error {
	return tx.InsertMany(ctx, "asset_source", sourceCols, rows, `ON CONFLICT (asset_id, source) DO UPDATE SET
		device_key = excluded.device_key, digest = excluded.digest, seen_ms = excluded.seen_ms`)
}

func writeSections(ctx context.Context, tx *store.Tx, rows, lost [][]any) error {
	err := tx.InsertMany(ctx, "asset_section", sectionCols, rows, `ON CONFLICT (asset_id, source, section) DO UPDATE SET
		digest = excluded.digest, body_ms = excluded.body_ms, seen_ms = excluded.seen_ms, held = excluded.held`)
	if err != nil {
		return err
	}
	return tx.InsertMany(ctx, "asset_section", sectionCols, lost, `ON CONFLICT (asset_id, source, section) DO UPDATE SET
		digest = '', seen_ms = excluded.seen_ms, held = FALSE`)
}

// cameWithBody lists the sections whose content is in this observation.
func (o Observation) cameWithBody() []string {
	out := slices.Clone(o.Reported)
	for s := range o.Groups {
		out = append(out, s)
	}
	if o.Volumes != nil {
		out = append(out, SectionVolumes)
	}
	if o.Disks != nil {
		out = append(out, SectionDisks)
	}
	if o.Kind != "" {
		out = append(out, SectionIdentity)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Confirm is the short way for an agent that found nothing changed: when digests
// are exactly those stored for the device, it renews the times and returns no
// need. Otherwise nothing is stored, and need names the sections whose bodies the
// server lacks, sorted; it may be empty for a known device when a section
// disappeared: then Observe has to take the report. ok tells whether all was
// confirmed. Two statements when it was.
func Confirm(ctx context.Context, tx *store.Tx, deviceID string, atMS int64, digests map[string]string) (assetID string, ok bool, need []string, err error) {
	if deviceID == "" || len(digests) == 0 {
		return "", false, nil, fault.Invalid("asset.error.observation")
	}
	confirmed, err := ConfirmAll(ctx, tx, []Unchanged{{deviceID, atMS, wholeDigest(digests)}})
	if err != nil {
		return "", false, nil, err
	}
	if assetID, ok = confirmed[deviceID]; ok {
		return assetID, true, nil, nil
	}
	assetID, need, err = lacking(ctx, tx, deviceKey(SourceAgent, deviceID), digests)
	return assetID, false, need, err
}

// lacking compares digests with those stored.
func lacking(ctx context.Context, q store.Querier, device string, digests map[string]string) (assetID string, need []string, err error) {
	err = q.QueryRow(ctx, `SELECT asset_id FROM asset_source WHERE device_key = $1 AND source = $2`, device, string(SourceAgent)).Scan(&assetID)
	if errors.Is(err, sql.ErrNoRows) {
		return "", sortedKeys(digests), nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("look up device: %w", err)
	}
	w, err := readSections(ctx, q, assetID, SourceAgent)
	if err != nil {
		return "", nil, err
	}
	for _, s := range sortedKeys(digests) {
		if old, known := w.known[s]; !known || !old.held || old.digest != digests[s] {
			need = append(need, s)
		}
	}
	return assetID, need, nil
}

// SectionSeen is when a source last confirmed a section of an asset.
type SectionSeen struct {
	Source  Source
	Section string
	BodyMS  int64 // when its content last came
	SeenMS  int64 // when it was last confirmed, with or without content
}

// LastSeen lists the sections of an asset with their times: "last seen" of rows
// in other rooms is the time of their section.
func LastSeen(ctx context.Context, q store.Querier, assetID string) ([]SectionSeen, error) {
	rows, err := q.Query(ctx, `SELECT s.source, s.section, s.body_ms, CASE WHEN s.held THEN o.seen_ms ELSE s.seen_ms END
		FROM asset_section s JOIN asset_source o ON o.asset_id = s.asset_id AND o.source = s.source
		WHERE s.asset_id = $1 ORDER BY s.source, s.section`, assetID)
	if err != nil {
		return nil, fmt.Errorf("read sections of asset %s: %w", assetID, err)
	}
	defer func() { _ = rows.Close() }()
	var out []SectionSeen
	for rows.Next() {
		var s SectionSeen
		if err := rows.Scan(&s.Source, &s.Section, &s.BodyMS, &s.SeenMS); err != nil {
			return nil, fmt.Errorf("read sections of asset %s: %w", assetID, err)
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
