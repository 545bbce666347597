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
		// Keys of an earlier release take the form of this one.
		exec(`DELETE FROM asset_identity`)
		exec(`INSERT INTO asset_identity (id_key, slot, asset_id, source, first_ms) VALUES ('serial:富士通|ex59204', 0, '` + id + `', 'agent', 1),
			('uuid:4c4c4544005130108048b4c04f4e4d32', 0, '` + id + `', 'agent', 1), ('serial:dell|default string', 0, '` + id + `', 'agent', 1), ('mac:f8:b1:56:aa:00:01', 0, '` + id + `', 'agent', 1)`)
		exec(`UPDATE setting SET value = '{}' WHERE name = 'asset.rebuilt'`)
		if err := work(t.Context(), job.Job{}); err != nil {
			t.Fatal(err)
		}
		want := []string{"mac:f8:b1:56:aa:00:01", "number:ex59204", "serial:fujitsu|ex59204", "uuid:44454c4c510010308048b4c04f4e4d32"}
		if diff := cmp.Diff(want, keys(t, db, id)); diff != "" {
			t.Errorf("keys (-want +got)\n%s", diff)
		}
		// What was done before the stop is not done again.
		exec(`UPDATE asset_asset SET missing = 99`)
		exec(`UPDATE setting SET value = '{"fingerprint":"` + asset.Fingerprint() + `","after":"` + id + `"}' WHERE name = 'asset.rebuilt'`)
		if err := work(t.Context(), job.Job{}); err != nil || get(t, db, id).Missing != 99 {
			t.Errorf("started again: %v", err)
		}
	})
}

// keys lists what an asset is recognised by.
func keys(t testing.TB, db *store.DB, id string) (out []string) {
	t.Helper()
	rows, err := db.Query(t.Context(), `SELECT id_key FROM asset_identity WHERE asset_id = $1 ORDER BY id_key`, id)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			t.Fatal(err)
		}
		out = append(out, key)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
