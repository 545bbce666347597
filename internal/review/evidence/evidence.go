// Package evidence suggests answers to checklist rows from facts, and keeps the
// proof. Rules are catalog data (which checks, which limits); checks are a fixed
// list in Go (check.go), each one measurable condition over the survey. A rule's
// checks together suggest yes, no or nothing; a person decides (review/inspection).
//
// Every evaluation leaves a record: rule and version, limits, figures, the things
// that fail and why, the sources with their age, and the SHA-256 of all that. A
// record never changes. When a later evaluation finds the same, only the time of
// the last confirmation moves on, so that three quiet years are one row.
//
//	sum, err := evidence.Evaluate(ctx, db, cat, evidence.Request{FacilityID: f, AsOfMS: now, NowMS: now})
//	records, err := evidence.LatestAll(ctx, db, f, atMS)
//	r, ok := records[evidence.KeyOf(row)]
//
// docs/add-an-evidence-rule.md says how to add a rule or a check.
package evidence

import (
	"context"

	"sonae/internal/platform/store"
	"sonae/internal/review/catalog"
)

// State is how a check ended.
type State string

// The states. Unknown means that the facts do not tell; it is never a silent pass.
const (
	Pass    State = "pass"
	Fail    State = "fail"
	Unknown State = "unknown"
)

// Suggestion is what a rule proposes for a row.
type Suggestion string

// The suggestions.
const (
	SuggestYes  Suggestion = "yes"
	SuggestNo   Suggestion = "no"
	SuggestNone Suggestion = "none" // 提案なし: a person must find out
)

// Unit is the unit of a figure.
type Unit string

// The units. A share counts ten-thousandths, so that it stays exact.
const (
	UnitCount Unit = "count"
	UnitShare Unit = "share"
	UnitDays  Unit = "days"
	UnitHours Unit = "hours"
	UnitDay   Unit = "day"  // Text is a day, 2006-01-02, or empty for never
	UnitText  Unit = "text" // Text as it stands in the data
)

// Figure is one measured value. Shown by the message key "evidence.figure." + Name.
type Figure struct {
	Name   string `json:"name"`
	Unit   Unit   `json:"unit"`
	Number int64  `json:"number"`
	Text   string `json:"text,omitempty"`
}

// Arg is a value inside the sentence of a reason: exactly one of the three is set.
type Arg struct {
	Text string `json:"text,omitempty"` // as it stands in the data, never a key
	Key  string `json:"key,omitempty"`  // message key
	Day  string `json:"day,omitempty"`  // 2006-01-02
}

// Item is one thing that fails, and why.
type Item struct {
	AssetID string `json:"asset,omitempty"` // empty when it is no asset
	Ref     string `json:"ref,omitempty"`   // what inside the asset: account, service; or another thing's id
	Label   string `json:"label,omitempty"` // name of the asset or thing for people
	// Reason is a message key; Args are its values by name. Values must stand still
	// while nothing happens (dates, not ages), or every day would be a new record.
	Reason string         `json:"reason"`
	Args   map[string]Arg `json:"args,omitempty"`
}

// SourceAge says which source a check read and how fresh it was.
type SourceAge struct {
	Source   string `json:"source"`              // word of asset.Source, or a room's own: records, staff, contracts
	Count    int64  `json:"count"`               // things it told about
	NewestMS int64  `json:"newest_ms,omitempty"` // latest word from it, Unix ms; 0 = never
}

// Outcome is what one check found.
type Outcome struct {
	State   State
	Figures []Figure
	Failing []Item // at most MaxFailing; FailingTotal counts all
	// FailingTotal is how many things fail, listed or not.
	FailingTotal int64
	Sources      []SourceAge
	// Missing is the message key of what is missing, with State Unknown.
	Missing string
}

// Input is what a check gets.
type Input struct {
	FacilityID string
	AsOfMS     int64 // the facts of this moment are asked for
	// Past is the ledger as it was then (ReadLedger); nil: the moment is now, and the
	// ledger's current rows are read.
	Past   *Ledger
	Target catalog.Target // what the row is about; limits the classes of devices
	Args   catalog.Args
}

// Check is one measurable condition. Run reads and never writes; it must take less
// than a second on 10,000 assets, so it counts in SQL and lists only what fails.
// A missing argument or a failing query is an error; missing facts are Unknown.
type Check struct {
	Name  string   // as rules call it
	Needs []string // rooms whose facts it reads
	Args  []string // arguments it takes, all needed
	Run   func(ctx context.Context, q store.Querier, in Input) (Outcome, error)
}

// MaxFailing bounds the listed things of one check: a list longer than this helps
// nobody on paper, and records stay small.
const MaxFailing = 200
