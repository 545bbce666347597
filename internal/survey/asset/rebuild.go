package asset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
)

// JobRebuild is the kind of the job that recomputes every wide row after a release
// changed what rows are made of (RebuildWorker).
const JobRebuild = "asset.rebuild"

// settingRebuilt holds the fingerprint that the rows were made with, and while a
// rebuild runs the last asset done.
const settingRebuilt = "asset.rebuilt"

// rebuildStep is how many rows one transaction recomputes: some 100 ms of the writer.
const rebuildStep = 100

// rebuildState is the value of the setting.
type rebuildState struct {
	Fingerprint string `json:"fingerprint"` // of the rows, or of those up to After
	After       string `json:"after,omitempty"`
	Done        bool   `json:"done"`
}

// Fingerprint changes when what a row is computed from changes with a release: the
// fields, their order of sources, what is required of each kind, the facets, and the
// tables that keys are made by.
func Fingerprint() string {
	body, err := json.Marshal([]any{3, Fields, observedOrder, recordedOrder, seeing, requirements, facetFields, makerTable, placeholderTable, addressTable})
	if err != nil { // tables of words always marshal
		return ""
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// QueueRebuild inserts a job of JobRebuild when the rows were made by another
// release; it tells whether it did. Call it at start. A new installation has no rows
// and only notes the fingerprint.
func QueueRebuild(ctx context.Context, tx *store.Tx, nowMS int64) (queued bool, err error) {
	state, err := readRebuild(ctx, tx)
	if err != nil {
		return false, err
	}
	if state.Done && state.Fingerprint == Fingerprint() {
		return false, nil
	}
	var rows int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM asset_asset LIMIT 1) AS a`).Scan(&rows); err != nil {
		return false, fmt.Errorf("look for assets to rebuild: %w", err)
	}
	if rows == 0 {
		return false, writeRebuild(ctx, tx, rebuildState{Fingerprint: Fingerprint(), Done: true}, nowMS)
	}
	_, err = job.Insert(ctx, tx, JobRebuild, nil, job.InsertOpts{Unique: JobRebuild})
	return err == nil, err
}

// RebuildWorker recomputes all rows in steps. A server that stops goes on where it
// was; another release in between starts again.
func RebuildWorker(db *store.DB, nowMS func() int64) job.Worker {
	return func(ctx context.Context, _ job.Job) error {
		for done := int64(0); ; done += rebuildStep {
			var state rebuildState
			err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
				state, err = rebuildSome(ctx, tx, nowMS())
				return err
			})
			if err != nil || state.Done {
				return err
			}
			if err := job.Progress(ctx, done+rebuildStep, 0); err != nil {
				return err
			}
		}
	}
}

// rebuildSome does one step and stores how far it came in the same transaction.
func rebuildSome(ctx context.Context, tx *store.Tx, nowMS int64) (rebuildState, error) {
	state, err := readRebuild(ctx, tx)
	if err != nil {
		return state, err
	}
	if state.Fingerprint != Fingerprint() {
		state = rebuildState{Fingerprint: Fingerprint()}
	}
	if state.Done {
		return state, nil
	}
	last, err := Rebuild(ctx, tx, state.After, rebuildStep)
	if err != nil {
		return state, err
	}
	if err := rekey(ctx, tx, state.After, last); err != nil {
		return state, err
	}
	state.After, state.Done = last, last == ""
	return state, writeRebuild(ctx, tx, state, nowMS)
}

func readRebuild(ctx context.Context, q store.Querier) (state rebuildState, err error) {
	value, ok, err := store.Setting(ctx, q, settingRebuilt)
	if err != nil || !ok || json.Unmarshal([]byte(value), &state) != nil {
		return rebuildState{}, err // none, or written by another release: rebuild
	}
	return state, nil
}

func writeRebuild(ctx context.Context, tx *store.Tx, state rebuildState, nowMS int64) error {
	body, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("write the state of the rebuild: %w", err)
	}
	return store.SetSetting(ctx, tx, settingRebuilt, string(body), nowMS)
}
