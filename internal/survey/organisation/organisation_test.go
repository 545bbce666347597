package organisation_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/organisation"
)

const (
	facility = "0192f0c1-2b3c-7d4e-8f5a-000000000001"
	branch   = "0192f0c1-2b3c-7d4e-8f5a-000000000002"
)

// do runs a change in a transaction of its own.
func do[T any](t testing.TB, db *store.DB, fn func(context.Context, *store.Tx, T, int64) (T, error), v T, nowMS int64) (out T, err error) {
	t.Helper()
	err = db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		out, err = fn(ctx, tx, v, nowMS)
		return err
	})
	return out, err
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantFault(t testing.TB, name string, err error, code fault.Code, place string) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Code != code || f.Place != place {
		t.Errorf("%s: got %v, want %s at %q", name, err, code, place)
	}
}

func TestDepartments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := must[organisation.Department](t)(do(t, db, organisation.CreateDepartment, organisation.Department{FacilityID: facility, Name: " 放射線科 ", Code: "R1", Phone: "2201"}, 100))
		got := must[organisation.Department](t)(organisation.DepartmentByID(t.Context(), db, d.ID))
		want := organisation.Department{ID: d.ID, FacilityID: facility, Name: "放射線科", Code: "R1", Phone: "2201", Revision: 1, CreatedMS: 100, UpdatedMS: 100}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, err := do(t, db, organisation.CreateDepartment, organisation.Department{FacilityID: facility, Name: "放射線科"}, 200)
		wantFault(t, "same name", err, fault.CodeConflict, "name")
		must[organisation.Department](t)(do(t, db, organisation.CreateDepartment, organisation.Department{FacilityID: branch, Name: "放射線科"}, 200))
		d.ClosedOn = "2026-03-31"
		closed := must[organisation.Department](t)(do(t, db, organisation.UpdateDepartment, d, 300))
		_, err = do(t, db, organisation.UpdateDepartment, d, 400)
		wantFault(t, "old revision", err, fault.CodeConflict, "")
		moved := closed
		moved.FacilityID = branch
		_, err = do(t, db, organisation.UpdateDepartment, moved, 400)
		wantFault(t, "other facility", err, fault.CodeNotFound, "")
		must[organisation.Department](t)(do(t, db, organisation.CreateDepartment, organisation.Department{FacilityID: facility, Name: "放射線科"}, 500))
		for day, want := range map[string]int{"": 2, "2026-03-31": 2, "2026-04-01": 1} {
			if list := must[[]organisation.Department](t)(organisation.Departments(t.Context(), db, facility, day)); len(list) != want {
				t.Errorf("%q: got %d, want %d", day, len(list), want)
			}
		}
	})
}

func TestStaff(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := must[organisation.Department](t)(do(t, db, organisation.CreateDepartment, organisation.Department{FacilityID: facility, Name: "総務課"}, 1))
		s := organisation.Staff{FacilityID: facility, Number: "A-1", Name: "見本 花子", Kana: "ミホン ハナコ", DepartmentID: d.ID, Job: "事務", Mail: "hanako@example.jp", Phone: "100", EmployedFrom: "2020-04-01", EmployedUntil: "2026-03-31"}
		s = must[organisation.Staff](t)(do(t, db, organisation.CreateStaff, s, 100))
		if diff := cmp.Diff(s, must[organisation.Staff](t)(organisation.StaffByID(t.Context(), db, s.ID))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, err := do(t, db, organisation.CreateStaff, organisation.Staff{FacilityID: facility, Number: "A-1", Name: "x"}, 1)
		wantFault(t, "number", err, fault.CodeConflict, "number")
		_, err = do(t, db, organisation.CreateStaff, organisation.Staff{FacilityID: branch, Name: "x", DepartmentID: d.ID}, 1)
		wantFault(t, "department of another facility", err, fault.CodeInvalid, "department_id")
		_, err = do(t, db, organisation.CreateStaff, organisation.Staff{FacilityID: facility, Name: "x", EmployedFrom: "2026-02-30"}, 1)
		wantFault(t, "no such day", err, fault.CodeInvalid, "employed_from")
		_, err = do(t, db, organisation.CreateStaff, organisation.Staff{FacilityID: facility, Name: "x", EmployedFrom: "2026-02-02", EmployedUntil: "2026-02-01"}, 1)
		wantFault(t, "order", err, fault.CodeInvalid, "employed_until")
		_, err = do(t, db, organisation.CreateStaff, organisation.Staff{FacilityID: facility, Name: "x\ny"}, 1)
		wantFault(t, "line break", err, fault.CodeInvalid, "name")
		for i := range 12 {
			must[organisation.Staff](t)(do(t, db, organisation.CreateStaff, organisation.Staff{FacilityID: facility, Name: "同姓 同名", Job: fmt.Sprint("職", i)}, 1))
		}
		f, seen := organisation.StaffFilter{Facilities: []string{facility}, Limit: 5}, map[string]bool{}
		for {
			list, total, next, err := organisation.ListStaff(t.Context(), db, f)
			if err != nil || total != 13 {
				t.Fatalf("total %d, %v", total, err)
			}
			for _, s := range list {
				seen[s.ID] = true
			}
			if f.After = next; next == "" {
				break
			}
		}
		if len(seen) != 13 {
			t.Errorf("pages hold %d people", len(seen))
		}
		for _, c := range []struct {
			f    organisation.StaffFilter
			want int64
		}{
			{organisation.StaffFilter{EmployedOn: "2026-03-31", DepartmentID: d.ID}, 1}, {organisation.StaffFilter{EmployedOn: "2026-04-01", DepartmentID: d.ID}, 0},
			{organisation.StaffFilter{EmployedOn: "2020-03-31", DepartmentID: d.ID}, 0}, {organisation.StaffFilter{Text: "a-1"}, 1}, {organisation.StaffFilter{Facilities: []string{}}, 0},
		} {
			if _, total, _, err := organisation.ListStaff(t.Context(), db, c.f); err != nil || total != c.want {
				t.Errorf("%+v: got %d, want %d (%v)", c.f, total, c.want, err)
			}
		}
	})
}

func TestAppointments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := must[organisation.Staff](t)(do(t, db, organisation.CreateStaff, organisation.Staff{FacilityID: facility, Name: "見本 太郎", EmployedFrom: "2020-04-01", EmployedUntil: "2027-03-31"}, 1))
		a := organisation.Appointment{FacilityID: facility, Role: organisation.RoleSafetyManager, StaffID: s.ID, AppointedBy: "病院長", AppointedOn: "2025-04-01"}
		for _, c := range []struct {
			name, place string
			change      func(*organisation.Appointment)
		}{
			{"role", "role", func(a *organisation.Appointment) { a.Role = "king" }},
			{"by nobody", "appointed_by", func(a *organisation.Appointment) { a.AppointedBy = " " }},
			{"no day", "appointed_on", func(a *organisation.Appointment) { a.AppointedOn = "" }},
			{"nobody", "staff_id", func(a *organisation.Appointment) { a.StaffID = store.NewID() }},
			{"not there yet", "appointed_on", func(a *organisation.Appointment) { a.AppointedOn = "2020-03-31" }},
			{"order", "until_on", func(a *organisation.Appointment) { a.UntilOn = "2025-03-31" }},
		} {
			bad := a
			c.change(&bad)
			_, err := do(t, db, organisation.Appoint, bad, 1)
			wantFault(t, c.name, err, fault.CodeInvalid, c.place)
		}
		a = must[organisation.Appointment](t)(do(t, db, organisation.Appoint, a, 100))
		a.UntilOn, a.EndReason, a.DocumentID = "2026-03-31", "異動", "blob-1"
		a = must[organisation.Appointment](t)(do(t, db, organisation.UpdateAppointment, a, 200))
		if diff := cmp.Diff(a, must[organisation.Appointment](t)(organisation.AppointmentByID(t.Context(), db, a.ID))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for day, want := range map[string]int{"2025-03-31": 0, "2025-04-01": 1, "2026-03-31": 1, "2026-04-01": 0, "": 1} {
			list := must[[]organisation.Appointment](t)(organisation.Appointments(t.Context(), db, organisation.AppointmentFilter{Facilities: []string{facility}, Role: organisation.RoleSafetyManager, StaffID: s.ID, ActiveOn: day}))
			if len(list) != want {
				t.Errorf("%q: got %d, want %d", day, len(list), want)
			}
			if day != "" && len(list) == 1 && !list[0].ActiveOn(day) {
				t.Errorf("%s: SQL and Go differ", day)
			}
		}
	})
}

func TestRecords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := organisation.Record{FacilityID: facility, Kind: organisation.KindStocktake, Title: "棚卸し", HeldOn: "2025-11-05", PeriodFrom: "2025-10-01", PeriodUntil: "2025-10-31", HeldBy: "総務課", Note: "一行\n二行", DocumentID: "d", CreatedBy: "u1"}
		for _, c := range []struct {
			name, place string
			change      func(*organisation.Record)
		}{
			{"kind", "kind", func(r *organisation.Record) { r.Kind = "party" }},
			{"title", "title", func(r *organisation.Record) { r.Title = "" }},
			{"day", "held_on", func(r *organisation.Record) { r.HeldOn = "令和7年" }},
			{"note", "note", func(r *organisation.Record) { r.Note = strings.Repeat("長", 4001) }},
			{"NUL", "held_by", func(r *organisation.Record) { r.HeldBy = "a\x00b" }},
			{"not UTF-8", "title", func(r *organisation.Record) { r.Title = "\xff" }},
		} {
			bad := r
			c.change(&bad)
			_, err := do(t, db, organisation.AddRecord, bad, 1)
			wantFault(t, c.name, err, fault.CodeInvalid, c.place)
		}
		r = must[organisation.Record](t)(do(t, db, organisation.AddRecord, r, 100))
		if diff := cmp.Diff(r, must[organisation.Record](t)(organisation.RecordByID(t.Context(), db, r.ID))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		later := r
		later.HeldOn = "2026-11-05"
		later = must[organisation.Record](t)(do(t, db, organisation.AddRecord, later, 200))
		withdraw := func(why string) error {
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				return organisation.WithdrawRecord(ctx, tx, facility, later.ID, 1, "u2", why, 300)
			})
		}
		wantFault(t, "no reason", withdraw(""), fault.CodeInvalid, "why")
		if err := withdraw("日付の誤り"); err != nil {
			t.Fatal(err)
		}
		wantFault(t, "twice", withdraw("x"), fault.CodeConflict, "")
		_, err := do(t, db, organisation.UpdateRecord, later, 400)
		wantFault(t, "withdrawn", err, fault.CodeConflict, "")
		for at, want := range map[int64]string{0: r.ID, 150: r.ID, 250: later.ID, 350: r.ID} {
			got := must[organisation.Record](t)(organisation.LatestRecord(t.Context(), db, facility, organisation.KindStocktake, "2026-12-31", at))
			if got.ID != want {
				t.Errorf("at %d: got %s", at, got.HeldOn)
			}
		}
		_, err = organisation.LatestRecord(t.Context(), db, facility, organisation.KindStocktake, "2025-11-04", 0)
		wantFault(t, "before the first", err, fault.CodeNotFound, "")
		list, next, err := organisation.Records(t.Context(), db, organisation.RecordFilter{Facilities: []string{facility}, Withdrawn: true, Limit: 1})
		if err != nil || len(list) != 1 || list[0].WithdrawnWhy != "日付の誤り" || next == "" {
			t.Fatalf("got %+v, %q, %v", list, next, err)
		}
		list, next, err = organisation.Records(t.Context(), db, organisation.RecordFilter{Withdrawn: true, Limit: 1, After: next})
		if err != nil || len(list) != 1 || list[0].ID != r.ID || next != "" {
			t.Errorf("got %+v, %q, %v", list, next, err)
		}
	})
}
