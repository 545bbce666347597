package intake_test

import (
	"context"
	"testing"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/intake"
)

// TestTripsOfAList bounds the ways to the database for a list of new machines: 15 for each
// 50 rows (13 measured), in the place of 8 for each row.
func TestTripsOfAList(t *testing.T) {
	db := storetest.Postgres(t)
	c := &clock{t0}
	m := do(t, db, func(ctx context.Context, tx *store.Tx) (intake.Import, error) {
		m, err := intake.Create(ctx, tx, intake.Upload{FacilityID: facilityA, FileName: "台帳.csv", Body: hospital(t, 200), ByID: "u", By: "佐藤"}, c.now())
		if err != nil {
			return m, err
		}
		return intake.Start(ctx, tx, m.ID, c.now())
	})
	ctx, trips := store.CountTrips(t.Context())
	if err := (intake.Deps{DB: db, NowMS: c.now}).Run(ctx, m.ID, nil); err != nil {
		t.Fatal(err)
	}
	if n := trips.Load(); n > 15*4+10 {
		t.Errorf("%d ways to the database for 200 rows", n)
	} else {
		t.Logf("%d ways to the database for 200 rows", n)
	}
	if m, err := intake.ByID(t.Context(), db, m.ID); err != nil || m.Counts.Create != 200 {
		t.Errorf("%+v, %v", m.Counts, err)
	}
}
