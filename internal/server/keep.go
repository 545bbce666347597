package server

import (
	"context"
	"errors"
	"fmt"
	"io"

	"sonae/internal/edge/discover"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network"
)

// KeepOptions say whether what is found goes into the database of the data folder, for
// the map and the list of unlisted devices.
type KeepOptions struct {
	Keep     bool
	Facility string // name, code or ID; not needed when there is only one
}

// keeper stores what was found, or does nothing when it is nil.
type keeper struct {
	rooms    *Rooms
	facility identity.Facility
	took     network.Took
	devices  int // that said what they are
}

// keeping calls fn with a keeper, which is nil unless k asks for one, and notes in the
// audit log what was kept.
func keeping(ctx context.Context, cfg Config, version string, k KeepOptions, fn func(*keeper) error) error {
	if !k.Keep {
		return fn(nil)
	}
	cfg.mustExist = true
	return local(ctx, cfg, version, func(r *Rooms, by identity.Principal) error {
		f, err := r.onlyFacility(ctx, k.Facility)
		if err != nil {
			return err
		}
		kept := &keeper{rooms: r, facility: f}
		found := fn(kept)
		// What was kept before somebody stopped the command is there, and noted.
		err = audit.Do(context.WithoutCancel(ctx), r.DB, by, identity.AssetImport, audit.Object{Kind: "network", FacilityID: f.ID, Name: f.Name}, func(context.Context, *store.Tx) (any, error) {
			return map[string]any{"new": kept.took.New, "again": kept.took.Again, "devices": kept.devices, "unusable": kept.took.Unusable, "future": kept.took.Future, "over": kept.took.Over}, nil
		})
		return errors.Join(found, err)
	})
}

// observations is a Sink of discover that stores.
func (k *keeper) observations(ctx context.Context, batch []network.Observation) error {
	if k == nil {
		return nil
	}
	own := make([]network.Observation, len(batch))
	for i, o := range batch {
		o.FacilityID = k.facility.ID
		own[i] = o
	}
	return k.tx(ctx, func(ctx context.Context, tx *store.Tx) (network.Took, error) {
		return network.Observe(ctx, tx, own, store.MS(k.rooms.Now()))
	})
}

// reading takes what a device said into the ledger.
func (k *keeper) reading(ctx context.Context, r network.Reading) error {
	if k == nil {
		return nil
	}
	r.FacilityID = k.facility.ID
	k.devices++
	return k.tx(ctx, func(ctx context.Context, tx *store.Tx) (network.Took, error) {
		_, took, err := discover.TakeReading(ctx, tx, r, store.MS(k.rooms.Now()))
		return took, err
	})
}

// tx counts what a transaction took, once it is stored.
func (k *keeper) tx(ctx context.Context, fn func(context.Context, *store.Tx) (network.Took, error)) error {
	var took network.Took
	// What was found is stored even when somebody stops the command just now.
	err := k.rooms.DB.Tx(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) (err error) {
		took, err = fn(ctx, tx)
		return err
	})
	if err == nil {
		k.took.New, k.took.Again = k.took.New+took.New, k.took.Again+took.Again
		k.took.Unusable, k.took.Future, k.took.Over = k.took.Unusable+took.Unusable, k.took.Future+took.Future, k.took.Over+took.Over
	}
	return err
}

// say tells what was kept, and what was not and why.
func (k *keeper) say(t text.Translator, w io.Writer) {
	if k == nil {
		return
	}
	_, _ = fmt.Fprintln(w, t.T("discover.kept", "New", k.took.New, "Again", k.took.Again, "Devices", k.devices, "Facility", k.facility.Name))
	if k.took.Unusable+k.took.Future+k.took.Over > 0 {
		_, _ = fmt.Fprintln(w, t.T("discover.kept.not", "Unusable", k.took.Unusable, "Future", k.took.Future, "Over", k.took.Over))
	}
}
