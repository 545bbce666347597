package scan

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/network"
)

// Subject is the device that a proof is about: all addresses and hardware addresses that
// are looked for in the record.
type Subject struct {
	FacilityID string
	AssetID    string // empty: not named by the ledger
	Name       string
	Addresses  []string // 192.0.2.7, sorted
	MACs       []string // network.MACKey, sorted
}

// Proof says what was sent to a device in a time, or that nothing was.
type Proof struct {
	Subject  Subject
	FromMS   int64
	ToMS     int64
	KeptMS   int64 // the record is whole from here on; 0 = always
	Runs     int   // runs of the facility in that time that began to send
	Tries    int   // of them: credentials tried on one address
	Sent     []Line
	Maybe    []Line // something may have been sent: a server ended without warning, or a run is at it now
	LeftOut  []Line // nothing was sent, because of a rule
	MoreSent int    // lines beyond the first proofMost
}

// Line is a line of the record with its run.
type Line struct {
	Sent
	Run Run
}

// Untouched reports that the record is whole for that time and nothing was sent.
func (p Proof) Untouched() bool { return p.Whole() && len(p.Sent)+len(p.Maybe) == 0 }

// Whole reports whether the record covers all of the time.
func (p Proof) Whole() bool { return p.KeptMS <= p.FromMS }

// proofMost is how many lines a proof prints.
const proofMost = 500

// SubjectOfAddress reads what a person typed, an address or a hardware address, and adds
// what the network knows to go with it: a hardware address goes with the addresses at
// which it was seen. Errors: invalid with the place.
func SubjectOfAddress(ctx context.Context, q store.Querier, facilityID, typed string) (Subject, error) {
	s := Subject{FacilityID: facilityID, Name: strings.TrimSpace(typed)}
	if a, err := netip.ParseAddr(s.Name); err == nil && a.Zone() == "" {
		s.Addresses = []string{a.Unmap().String()}
		return s, nil
	}
	mac := network.MACKey(s.Name)
	if mac == "" {
		return s, fault.Invalid("scan.error.subject").At("device")
	}
	s.MACs = []string{mac}
	return s, s.follow(ctx, q)
}

// SubjectOfAsset gathers every address and hardware address that a device of the ledger
// has or had. Errors: of the database.
func SubjectOfAsset(ctx context.Context, q store.Querier, facilityID, assetID, name string) (Subject, error) {
	s := Subject{FacilityID: facilityID, AssetID: assetID, Name: name}
	var err error
	if s.Addresses, err = texts(ctx, q, `SELECT DISTINCT address FROM network_address WHERE asset_id = $1`, assetID); err != nil {
		return s, err
	}
	if s.MACs, err = texts(ctx, q, `SELECT DISTINCT mac_key FROM network_interface WHERE asset_id = $1 AND mac_key <> ''`, assetID); err != nil {
		return s, err
	}
	more, err := texts(ctx, q, `SELECT DISTINCT value FROM asset_fact WHERE asset_id = $1 AND field = 'ip'`, assetID)
	if err != nil {
		return s, err
	}
	for _, v := range more {
		if a, err := netip.ParseAddr(strings.TrimSpace(v)); err == nil {
			s.Addresses = append(s.Addresses, a.Unmap().String())
		}
	}
	if more, err = texts(ctx, q, `SELECT DISTINCT value FROM asset_fact WHERE asset_id = $1 AND field = 'mac'`, assetID); err != nil {
		return s, err
	}
	for _, v := range more {
		if mac := network.MACKey(v); mac != "" {
			s.MACs = append(s.MACs, mac)
		}
	}
	return s, s.follow(ctx, q)
}

// follow adds the addresses at which the hardware addresses were seen.
func (s *Subject) follow(ctx context.Context, q store.Querier) error {
	for _, mac := range s.MACs {
		seen, err := texts(ctx, q, `SELECT DISTINCT seen_address FROM network_sighting WHERE facility_id = $1 AND seen_mac = $2 AND seen_address <> ''`, s.FacilityID, mac)
		if err != nil {
			return err
		}
		s.Addresses = append(s.Addresses, seen...)
	}
	slices.Sort(s.Addresses)
	slices.Sort(s.MACs)
	s.Addresses, s.MACs = slices.Compact(s.Addresses), slices.Compact(s.MACs)
	return nil
}

func texts(ctx context.Context, q store.Querier, query string, args ...any) ([]string, error) {
	return rowsOf(ctx, q, "addresses of a device", query, args, func(scan func(...any) error) (s string, err error) { return s, scan(&s) })
}

// Prove looks for a device in the record of what was sent, from fromMS up to, but not
// with, toMS.
func Prove(ctx context.Context, q store.Querier, s Subject, fromMS, toMS int64) (Proof, error) {
	p := Proof{Subject: s, FromMS: fromMS, ToMS: toMS}
	err := q.QueryRow(ctx, `SELECT from_ms FROM network_scan_kept WHERE facility_id = $1`, s.FacilityID).Scan(&p.KeptMS)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("read since when the record is whole: %w", err)
	}
	err = q.QueryRow(ctx, `SELECT count(*), coalesce(sum(CASE WHEN kind = 'try' THEN 1 ELSE 0 END), 0) FROM network_scan_run
		WHERE facility_id = $1 AND started_ms > 0 AND started_ms < $2 AND (finished_ms = 0 OR finished_ms >= $3)`, s.FacilityID, toMS, fromMS).Scan(&p.Runs, &p.Tries)
	if err != nil {
		return p, fmt.Errorf("count runs: %w", err)
	}
	lines, err := s.lines(ctx, q, fromMS, toMS)
	if err != nil {
		return p, err
	}
	now, err := s.underway(ctx, q, toMS)
	if err != nil {
		return p, err
	}
	runs := map[string]Run{}
	for _, l := range append(now, lines...) {
		if _, known := runs[l.RunID]; !known {
			if runs[l.RunID], err = RunByID(ctx, q, l.RunID); err != nil && !fault.Is(err, fault.CodeNotFound) {
				return p, err
			}
		}
		one := Line{l, runs[l.RunID]}
		switch {
		case len(p.Sent)+len(p.Maybe)+len(p.LeftOut) >= proofMost:
			p.MoreSent++
		case l.How == HowMaybe:
			p.Maybe = append(p.Maybe, one)
		case l.Rule != "":
			p.LeftOut = append(p.LeftOut, one)
		default:
			p.Sent = append(p.Sent, one)
		}
	}
	return p, nil
}

// lines are the lines of the record about a device, what was sent before what was not.
func (s Subject) lines(ctx context.Context, q store.Querier, fromMS, toMS int64) ([]Sent, error) {
	if len(s.Addresses)+len(s.MACs) == 0 {
		return nil, nil
	}
	args := []any{s.FacilityID, toMS, fromMS}
	var who []string
	if len(s.Addresses) > 0 {
		who = append(who, store.In("address", s.Addresses, &args))
	}
	if len(s.MACs) > 0 {
		who = append(who, store.In("mac", s.MACs, &args))
	}
	return rowsOf(ctx, q, "the record about a device", `SELECT `+sentCols+` FROM network_scan_sent WHERE facility_id = $1 AND first_ms < $2 AND last_ms >= $3 AND (`+strings.Join(who, " OR ")+`)
		ORDER BY CASE WHEN rule = '' THEN 0 ELSE 1 END, first_ms, run_id, address, how`, args, scanSent)
}
