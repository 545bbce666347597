package inspection

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"sonae/internal/review/evidence"
)

// SnapshotBody is what was handed over of a sheet, in canonical JSON (fields in
// this order, no HTML escaping).
type SnapshotBody struct {
	Edition    string        `json:"edition"`
	FiscalYear int           `json:"fiscal_year"`
	Sheet      string        `json:"sheet"`
	Subject    string        `json:"subject"`
	Facility   string        `json:"facility"`
	Day        string        `json:"day"`
	AsOfMS     int64         `json:"as_of_ms"`
	Progress   Progress      `json:"progress"`
	Rows       []SnapshotRow `json:"rows"`
}

// SnapshotRow is one row of it.
type SnapshotRow struct {
	Row        string              `json:"row"`
	Number     string              `json:"number"`
	Suggestion evidence.Suggestion `json:"suggestion"`
	Evidence   *Proof              `json:"evidence"`
	NotNeeded  bool                `json:"not_needed"`
	Review     Review              `json:"review"`
	Rounds     []SnapshotRound     `json:"rounds"`
	Links      []SnapshotLink      `json:"links"`
}

// SnapshotRound is one answer.
type SnapshotRound struct {
	Round       int                 `json:"round"`
	Value       Value               `json:"value"`
	ConfirmedOn string              `json:"confirmed_on"`
	TargetOn    string              `json:"target_on"`
	By          string              `json:"by"`
	Suggested   evidence.Suggestion `json:"suggested"`
	Proofs      []Proof             `json:"proofs"`
	Note        string              `json:"note"`
}

// SnapshotLink is one piece of proof beside a row.
type SnapshotLink struct {
	Kind   LinkKind `json:"kind"`
	Title  string   `json:"title"`
	Target string   `json:"target"`
	SHA256 string   `json:"sha256"`
}

// stored is a snapshot ready for its table.
type storedSnapshot struct {
	sheet, subject string
	body           []byte
	sha256         string
}

// snapshot freezes a sheet.
func (s *Sheet) snapshot() (storedSnapshot, error) {
	b := SnapshotBody{Edition: s.Ref.Edition, FiscalYear: s.Ref.FiscalYear, Sheet: s.Ref.Sheet, Subject: s.Ref.Subject, Facility: s.Ref.FacilityID,
		Day: s.Day, AsOfMS: s.AsOfMS, Progress: s.Progress, Rows: make([]SnapshotRow, 0, len(s.Rows))}
	for _, r := range s.Rows {
		row := SnapshotRow{Row: r.ID, Number: r.Number, Suggestion: r.Suggestion, NotNeeded: r.NotNeeded, Review: r.Review,
			Rounds: []SnapshotRound{}, Links: []SnapshotLink{}}
		if r.Evidence != nil {
			row.Evidence = &Proof{r.Evidence.ID, r.Evidence.SHA256}
		}
		for _, a := range r.Rounds {
			row.Rounds = append(row.Rounds, SnapshotRound{a.Round, a.Value, a.ConfirmedOn, a.TargetOn, a.By.Name, a.Suggested, append([]Proof{}, a.Proofs...), a.Note})
		}
		for _, l := range r.Links {
			row.Links = append(row.Links, SnapshotLink{l.Kind, l.Title, l.Target, l.SHA256})
		}
		b.Rows = append(b.Rows, row)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(b); err != nil {
		return storedSnapshot{}, fmt.Errorf("freeze sheet %s: %w", s.Ref.Sheet, err)
	}
	sum := sha256.Sum256(buf.Bytes())
	return storedSnapshot{s.Ref.Sheet, s.Ref.Subject, buf.Bytes(), hex.EncodeToString(sum[:])}, nil
}
