package asset_test

import (
	"context"
	"strings"
	"testing"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

func TestConflictsAreQueuedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		first := observe(t, db, report(1, t0))
		clone := report(1, t0+1)
		clone.FacilityID, clone.DeviceID = facilityB, "device-of-b"
		got := observe(t, db, clone)
		if !got.Created || got.Conflicts != 1 {
			t.Fatalf("same machine in another facility: %+v", got)
		}
		clone.AtMS++
		if again := observe(t, db, clone); again.AssetID != got.AssetID || again.Conflicts != 0 {
			t.Errorf("again: %+v", again)
		}
		// Without a name of its own, too, the machine finds its asset again.
		clone.DeviceID, clone.Source, clone.AtMS = "", asset.SourceSNMP, t0+9
		if again := observe(t, db, clone); again.AssetID != got.AssetID {
			t.Errorf("without device name: %+v", again)
		}
		list, err := asset.Conflicts(t.Context(), db, asset.ConflictFilter{Scope: asset.Scope{Places: []asset.Place{{FacilityID: facilityB}}}})
		if err != nil || len(list) != 1 {
			t.Fatalf("queue: %v, %v", list, err)
		}
		c := list[0]
		if c.Cause != asset.CauseFacility || c.OtherID != first.AssetID || c.LastMS <= c.FirstMS || !strings.Contains(c.Proof, "EX59-204001") {
			t.Errorf("entry: %+v", c)
		}
		for _, f := range []asset.ConflictFilter{{Scope: asset.Scope{Places: []asset.Place{{FacilityID: facilityA}}}}, {}} {
			if list, err := asset.Conflicts(t.Context(), db, f); err != nil || len(list) != 0 {
				t.Errorf("outside the scope: %v, %v", list, err)
			}
		}
		closeIt := func() error {
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return asset.CloseConflict(ctx, tx, everything, c.ID, "貸し出し中", "sato", t0+20)
			})
		}
		if err := closeIt(); err != nil {
			t.Fatal(err)
		}
		if err := closeIt(); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("closing twice: %v", err)
		}
	})
}

func TestTwoAgentsByTurns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, b := report(1, t0), report(1, t0+1)
		b.DeviceID = "copied"
		observe(t, db, a)
		if got := observe(t, db, b); got.Conflicts != 0 {
			t.Errorf("set up anew once: %+v", got)
		}
		a.AtMS = t0 + 2
		if got := observe(t, db, a); got.Conflicts != 1 {
			t.Errorf("the first agent again: %+v", got)
		}
	})
}
