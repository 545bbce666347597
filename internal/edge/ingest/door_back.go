package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"sonae/internal/platform/store"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
	"sonae/internal/survey/network"
	"sonae/internal/survey/software"
)

// beforeState is what a source had said of a machine before a file, where the rooms keep no
// history of it.
type beforeState struct {
	Spoke    asset.Spoke            `json:"spoke"`
	Software software.Before        `json:"software"`
	Network  map[string]store.Loose `json:"network,omitempty"`
	Accounts map[string]store.Loose `json:"accounts,omitempty"`
}

// beforeOf reads it, between the ledger's taking in a file and the other rooms'.
func beforeOf(ctx context.Context, q store.Querier, res asset.Result, s asset.Source) (intake.Before, error) {
	state := beforeState{Spoke: res.Before}
	if state.Spoke.SeenMS > 0 {
		var errs [3]error
		state.Software, errs[0] = software.BeforeOf(ctx, q, res.AssetID, string(s))
		state.Network, errs[1] = network.Before(ctx, q, res.AssetID, string(s))
		state.Accounts, errs[2] = account.Before(ctx, q, res.AssetID, string(s))
		if err := errors.Join(errs[:]...); err != nil {
			return intake.Before{}, err
		}
	}
	body, err := json.Marshal(state)
	if err != nil {
		return intake.Before{}, fmt.Errorf("keep what was before of asset %s: %w", res.AssetID, err)
	}
	return intake.Before{SeenMS: state.Spoke.SeenMS, State: string(body)}, nil
}

// stateOf reads it again. Of files taken in before it was kept, only the time is known.
func stateOf(before intake.Before) (beforeState, error) {
	if before.State == "" {
		return beforeState{Spoke: asset.Spoke{SeenMS: before.SeenMS}}, nil
	}
	var state beforeState
	if err := json.Unmarshal([]byte(before.State), &state); err != nil {
		return state, fmt.Errorf("read what was before: %w", err)
	}
	return state, nil
}

// TakeBack undoes Take, in all rooms.
func (d Door) TakeBack(ctx context.Context, tx *store.Tx, assetID string, s asset.Source, atMS int64, before intake.Before, u asset.Undoing) (asset.ReportBack, error) {
	state, err := stateOf(before)
	if err != nil {
		return asset.ReportBack{}, err
	}
	back, err := asset.TakeBackReport(ctx, tx, assetID, s, atMS, state.Spoke, u)
	if err != nil || back.Newer || back.Gone {
		return back, err
	}
	if err := software.TakeBack(ctx, tx, assetID, string(s), atMS, state.Software); err != nil {
		return back, err
	}
	if err := network.TakeBack(ctx, tx, assetID, string(s), atMS, state.Network); err != nil {
		return back, err
	}
	return back, account.TakeBack(ctx, tx, assetID, string(s), atMS, state.Accounts)
}

// HandOn leaves what Take stored to the next file, in all rooms.
func (d Door) HandOn(ctx context.Context, tx *store.Tx, assetID string, s asset.Source, fromMS, toMS int64, by string, u asset.Undoing) error {
	if err := asset.HandOn(ctx, tx, assetID, s, fromMS, toMS, by, u); err != nil {
		return err
	}
	for _, room := range []func(context.Context, *store.Tx, string, string, int64, int64) error{software.HandOn, network.HandOn, account.HandOn} {
		if err := room(ctx, tx, assetID, string(s), fromMS, toMS); err != nil {
			return err
		}
	}
	return nil
}
