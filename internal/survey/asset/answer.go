package asset

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
)

// Outcome is what a person answered to a line of the queue. Shown by
// "asset.outcome." + word.
type Outcome string

// Outcomes. A line closed with a note alone has none: it comes back when the
// contradiction is seen again.
const (
	OutcomeSame      Outcome = "same"
	OutcomeDifferent Outcome = "different"
	OutcomeLater     Outcome = "later" // stays open, put aside for laterFor
)

// laterFor is how long a line is put aside.
const laterFor = 7 * 24 * time.Hour

// Answer is what a person says about a line.
type Answer struct {
	ConflictID string
	Outcome    Outcome
	KeepID     string // same, with two assets: the one that stays; empty = the older row
	Note       string
}

// AnswerConflict stores an answer. Two assets that are the same become one (Merge, with
// the tables of other rooms); "different" and, at one asset, "same" are remembered and
// asked again only when another key says otherwise. changed is the merge, zero when
// there was none. Errors: not_found (also outside the scope), conflict when it is closed
// already, invalid, forbidden when "different" or "later" is said of a machine outside the
// scope, and those of Merge.
func AnswerConflict(ctx context.Context, tx *store.Tx, scope Scope, others []store.Hung, a Answer, by string, nowMS int64) (merged Merged, err error) {
	if !validText(a.Note, maxText) {
		return merged, fault.Invalid("asset.error.too_long", "Max", maxText).At("note")
	}
	c, err := openConflict(ctx, tx, scope, a.ConflictID)
	if err != nil {
		return merged, err
	}
	switch a.Outcome {
	case OutcomeLater: // aside for everybody
		if err := seenBoth(ctx, tx, scope, c.OtherID); err != nil {
			return merged, err
		}
		_, err = tx.Exec(ctx, `UPDATE asset_conflict SET later_ms = $1 WHERE id = $2`, nowMS+laterFor.Milliseconds(), c.ID)
		return merged, wrapped(err, "put conflict %s aside", c.ID)
	case OutcomeDifferent:
		if c.OtherID == "" {
			return merged, fault.Invalid("asset.error.split_first").WithHint("asset.error.split_first.hint").At("outcome")
		}
		if err := seenBoth(ctx, tx, scope, c.OtherID); err != nil {
			return merged, err
		}
	case OutcomeSame:
		if c.OtherID != "" {
			kept, gone, err := keepOf(ctx, tx, c, a.KeepID)
			if err != nil {
				return merged, err
			}
			return Merge(ctx, tx, scope, others, kept, gone, a.Note, by, nowMS)
		}
	default:
		return merged, fault.Invalid("asset.error.choice").At("outcome")
	}
	agreed, err := agreedKeys(ctx, tx, c)
	if err != nil {
		return merged, err
	}
	_, err = tx.Exec(ctx, `UPDATE asset_conflict SET closed_ms = $1, closed_by = $2, note = $3, outcome = $4, agreed = $5 WHERE id = $6`,
		nowMS, by, a.Note, string(a.Outcome), strings.Join(agreed, "\n"), c.ID)
	return merged, wrapped(err, "answer conflict %s", c.ID)
}

func wrapped(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// openConflict reads an open line whose sides the scope holds, as far as they are there.
func openConflict(ctx context.Context, tx *store.Tx, scope Scope, id string) (Conflict, error) {
	if !store.ValidID(id) {
		return Conflict{}, fault.NotFound("asset.error.not_found")
	}
	c, err := ConflictByID(ctx, tx, id)
	if err != nil {
		return c, err
	}
	if _, err := Get(ctx, tx, scope, c.AssetID); err != nil {
		return c, err
	}
	if c.ClosedMS > 0 {
		return c, fault.Conflict("asset.error.changed_meanwhile")
	}
	return c, nil
}

// seenBoth refuses a judgement about two machines by somebody who may see only one of
// them; a machine that is no longer in the ledger hides nothing. otherID is empty for a
// line about one machine.
func seenBoth(ctx context.Context, tx *store.Tx, scope Scope, otherID string) error {
	if otherID == "" {
		return nil
	}
	_, err := Get(ctx, tx, scope, otherID)
	if !fault.Is(err, fault.CodeNotFound) {
		return err
	}
	if _, err := Get(ctx, tx, Scope{All: true}, otherID); fault.Is(err, fault.CodeNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return fault.Forbidden("conflict.elsewhere").At("outcome")
}

// keepOf says which of two rows stays: the one asked for, else the older.
func keepOf(ctx context.Context, q store.Querier, c Conflict, keep string) (kept, gone string, err error) {
	switch keep {
	case c.AssetID:
		return c.AssetID, c.OtherID, nil
	case c.OtherID:
		return c.OtherID, c.AssetID, nil
	case "":
	default:
		return "", "", fault.Invalid("asset.error.choice").At("keep")
	}
	mine, err := createdOf(ctx, q, c.AssetID)
	if err != nil {
		return "", "", err
	}
	theirs, err := createdOf(ctx, q, c.OtherID)
	if err != nil {
		return "", "", err
	}
	if theirs < mine {
		return c.OtherID, c.AssetID, nil
	}
	return c.AssetID, c.OtherID, nil
}

// agreedKeys are the keys that are answered with a line: those both hold, or at one
// asset the names of its devices.
func agreedKeys(ctx context.Context, q store.Querier, c Conflict) ([]string, error) {
	mine, err := keysHeld(ctx, q, c.AssetID)
	if err != nil {
		return nil, err
	}
	if c.OtherID == "" {
		mine = slices.DeleteFunc(mine, func(key string) bool { return kindOf(key) != KeyDevice })
		return sortedUnique(append(mine, c.KeyValue)), nil
	}
	theirs, err := keysHeld(ctx, q, c.OtherID)
	if err != nil {
		return nil, err
	}
	return sortedUnique(append(common(mine, theirs), c.KeyValue)), nil
}
