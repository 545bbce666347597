package inspection_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	datafiles "sonae/catalog"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/text"
	"sonae/internal/review/audit"
	"sonae/internal/review/catalog"
	"sonae/internal/review/inspection"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/organisation"
)

const dayMS = int64(24 * 3600 * 1000)

// now is noon in Tokyo of 16 February 2026, in fiscal 2025, the year of R7.
var now = time.Date(2026, 2, 16, 12, 0, 0, 0, text.Tokyo()).UnixMilli()

var by = inspection.By{ID: "01900000-0000-7000-8000-0000000000ff", Name: "情報 花子"}

func loadCatalog(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Load(datafiles.FS)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// world is a facility with its checklists.
type world struct {
	t   testing.TB
	db  *store.DB
	cat *catalog.Catalog
	ref inspection.Ref
	now int64
	n   int
}

func newWorld(t testing.TB, db *store.DB) *world {
	w := &world{t: t, db: db, cat: loadCatalog(t), now: now}
	w.ref = inspection.Ref{Edition: "r7", Sheet: "medical", FacilityID: store.NewID(), FiscalYear: 2025}
	return w
}

func (w *world) tx(fn func(ctx context.Context, tx *store.Tx) error) error {
	return w.db.Tx(context.Background(), fn)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// confirm answers a row today; change adjusts the confirmation.
func (w *world) confirm(rowID string, v inspection.Value, change func(*inspection.Confirmation)) (inspection.Answer, error) {
	c := inspection.Confirmation{Ref: w.ref, RowID: rowID, Value: v, ConfirmedOn: "2026-02-16", By: by, NowMS: w.now}
	if change != nil {
		change(&c)
	}
	var a inspection.Answer
	err := w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		a, err = inspection.Confirm(ctx, tx, w.cat, c)
		return err
	})
	return a, err
}

func (w *world) answer(rowID string, v inspection.Value, change func(*inspection.Confirmation)) inspection.Answer {
	w.t.Helper()
	a, err := w.confirm(rowID, v, change)
	w.must(err)
	return a
}

func (w *world) load(ref inspection.Ref, atMS int64) *inspection.Sheet {
	w.t.Helper()
	s, err := inspection.Load(context.Background(), w.db, w.cat, ref, atMS)
	w.must(err)
	return s
}

func (w *world) row(rowID string) *inspection.Row {
	w.t.Helper()
	r, ok := w.load(w.ref, w.now).Find(rowID)
	if !ok {
		w.t.Fatalf("no row %s", rowID)
	}
	return r
}

func (w *world) stocktake(on string) {
	w.t.Helper()
	w.must(w.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := organisation.AddRecord(ctx, tx, organisation.Record{FacilityID: w.ref.FacilityID, Kind: organisation.KindStocktake, Title: "棚卸", HeldOn: on, HeldBy: "佐藤", CreatedBy: by.ID}, w.now)
		return err
	}))
}

func (w *world) asset(set asset.Values) string {
	w.t.Helper()
	var id string
	w.must(w.tx(func(ctx context.Context, tx *store.Tx) error {
		a, _, err := asset.Create(ctx, tx, asset.Scope{All: true}, w.ref.FacilityID, set, "sato", w.now-30*dayMS)
		id = a.ID
		return err
	}))
	return id
}

// box is a complete asset.
func (w *world) box(kind asset.Kind, name string) asset.Values {
	w.n++
	return asset.Values{asset.FieldKind: string(kind), asset.FieldName: name, asset.FieldStatus: "in_use", asset.FieldBuilding: "本館", asset.FieldRoom: fmt.Sprintf("%d階北", w.n%9+1),
		asset.FieldCustodian: "佐藤 太郎", asset.FieldDepartment: "外来看護部", asset.FieldMaker: "架空電機", asset.FieldModel: fmt.Sprintf("KD-%04d", w.n%50), asset.FieldSerial: fmt.Sprintf("SN%07d", w.n),
		asset.FieldAssetTag: fmt.Sprintf("A-%05d", w.n), asset.FieldIP: fmt.Sprintf("10.%d.%d.%d", w.n/60000, w.n/250%240, w.n%250+1), asset.FieldMAC: fmt.Sprintf("02:00:00:%02x:%02x:%02x", w.n>>16, w.n>>8&255, w.n&255),
		asset.FieldOSName: "Windows 11 Pro", asset.FieldOSVersion: "10.0.26100", asset.FieldSupportEndsOn: "2030-01-31", asset.FieldVendor: "架空医療情報システム", asset.FieldPatchOwner: "病院"}
}

// deps make packs for the world's facility.
func (w *world) deps(clock func() time.Time) inspection.Deps {
	w.t.Helper()
	texts, err := text.Load()
	w.must(err)
	return inspection.Deps{DB: w.db, Catalog: w.cat, Texts: texts, Now: clock,
		Facility: func(_ context.Context, _ store.Querier, id string) (identity.Facility, error) {
			if id != w.ref.FacilityID {
				return identity.Facility{}, fault.NotFound("identity.error.facility_unknown")
			}
			return identity.Facility{ID: id, Name: "架空市立あおば台病院", Code: "1310000001", Kind: identity.Hospital, Beds: 199}, nil
		}}
}

func (w *world) clock() time.Time { return time.UnixMilli(w.now) }

func (w *world) request() inspection.Request {
	return inspection.Request{Edition: w.ref.Edition, FacilityID: w.ref.FacilityID, Date: "2026-03-05",
		By: audit.Actor{Kind: "user", ID: by.ID, Name: "hanako"}, ByName: by.Name}
}
