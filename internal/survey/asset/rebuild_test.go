package asset_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

func TestRebuildAfterARelease(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		queue := func() bool {
			return do(t, db, func(ctx context.Context, tx *store.Tx) (bool, error) { return asset.QueueRebuild(ctx, tx, t0) })
		}
		work := asset.RebuildWorker(db, func() int64 { return t0 })
		exec := func(statement string) {
			do(t, db, func(ctx context.Context, tx *store.Tx) (int, error) {
				_, err := tx.Exec(ctx, statement)
				return 0, err
			})
		}
		for range 2 {
			if queue() {
				t.Fatal("a new installation wants a rebuild")
			}
		}
		id := observe(t, db, report(1, t0)).AssetID
		before := get(t, db, id)
		if queue() {
			t.Fatal("rows of this release want a rebuild")
		}
		for name, value := range map[string]string{"another release": `{"fingerprint":"old","done":true}`, "stopped on the way": `{"fingerprint":"` + asset.Fingerprint() + `","after":""}`, "broken": `{`} {
			exec(`UPDATE setting SET value = '` + value + `' WHERE name = 'asset.rebuilt'`)
			exec(`UPDATE asset_asset SET missing = 99`)
			if !queue() {
				t.Errorf("%s: no rebuild", name)
			}
			if err := work(t.Context(), job.Job{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, get(t, db, id)); diff != "" {
				t.Errorf("%s (-before +rebuilt)\n%s", name, diff)
			}
			if queue() {
				t.Errorf("%s: rebuilt, and again", name)
			}
		}
		// What was done before the stop is not done again.
		exec(`UPDATE asset_asset SET missing = 99`)
		exec(`UPDATE setting SET value = '{"fingerprint":"` + asset.Fingerprint() + `","after":"` + id + `"}' WHERE name = 'asset.rebuilt'`)
		if err := work(t.Context(), job.Job{}); err != nil || get(t, db, id).Missing != 99 {
			t.Errorf("started again: %v", err)
		}
	})
}
