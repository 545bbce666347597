package organisation_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/organisation"
)

func TestFiles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := must[organisation.Record](t)(do(t, db, organisation.AddRecord, organisation.Record{FacilityID: facility, Kind: organisation.KindMeeting, Title: "安全管理委員会", HeldOn: "2026-05-01", HeldBy: "医療情報室", CreatedBy: "u"}, 100))
		s := must[organisation.Staff](t)(do(t, db, organisation.CreateStaff, organisation.Staff{FacilityID: facility, Name: "架空 太郎"}, 100))
		a := must[organisation.Appointment](t)(do(t, db, organisation.Appoint, organisation.Appointment{FacilityID: facility, Role: organisation.RolePlanner, StaffID: s.ID, AppointedBy: "病院長", AppointedOn: "2026-04-01"}, 100))
		add := func(of organisation.Owner, name, content string) (f organisation.File, err error) {
			err = db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
				f, err = organisation.AddFile(ctx, tx, of, name, bytes.NewReader([]byte(content)), "佐藤", 200)
				return err
			})
			return f, err
		}
		remove := func(of organisation.Owner, id string) error {
			return db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := organisation.RemoveFile(ctx, tx, of, id, "鈴木", 300)
				return err
			})
		}
		const pdf = "%PDF-1.4\n議事録"
		minutes := must[organisation.File](t)(add(r.Owner(), `C:\書類\議事録.pdf`, pdf))
		letter := must[organisation.File](t)(add(a.Owner(), "任命書.pdf", pdf+"2"))
		if minutes.Name != "議事録.pdf" || minutes.MediaType != "application/pdf" || minutes.SizeBytes != int64(len(pdf)) || len(minutes.SHA256) != 64 {
			t.Errorf("stored %+v", minutes)
		}
		for _, c := range []struct {
			name string
			err  error
			code fault.Code
		}{
			{"a page", second(add(r.Owner(), "x.html", "<script>")), fault.CodeUnsupported},
			{"a page that says it is a PDF", second(add(r.Owner(), "x.pdf", "<script>")), fault.CodeUnsupported},
			{"empty", second(add(r.Owner(), "x.pdf", "")), fault.CodeInvalid},
			{"beside nothing", second(add(organisation.Owner{Kind: organisation.OwnerRecord, ID: store.NewID(), FacilityID: facility}, "x.pdf", pdf)), fault.CodeNotFound},
			{"of another facility", second(add(organisation.Owner{Kind: organisation.OwnerRecord, ID: r.ID, FacilityID: branch}, "x.pdf", pdf)), fault.CodeNotFound},
			{"removed beside another", remove(a.Owner(), minutes.ID), fault.CodeNotFound},
		} {
			if !fault.Is(c.err, c.code) {
				t.Errorf("%s: %v, want %s", c.name, c.err, c.code)
			}
		}
		list := must[[]organisation.File](t)(organisation.Files(t.Context(), db, r.Owner()))
		if diff := cmp.Diff([]organisation.File{minutes}, list); diff != "" {
			t.Errorf("files of the record (-want +got)\n%s", diff)
		}
		got, content, err := organisation.OpenFile(t.Context(), db, a.Owner(), letter.ID)
		if err != nil || got != letter {
			t.Fatalf("%+v %v", got, err)
		}
		if body, err := io.ReadAll(content); err != nil || string(body) != pdf+"2" {
			t.Errorf("%q %v", body, err)
		}
		if _, _, err := organisation.OpenFile(t.Context(), db, r.Owner(), letter.ID); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("a letter through a record: %v", err)
		}
		if counts := must[map[string]int](t)(organisation.FileCounts(t.Context(), db, organisation.OwnerRecord, []string{r.ID, a.ID})); len(counts) != 1 || counts[r.ID] != 1 {
			t.Errorf("counts %v", counts)
		}
		if err := remove(a.Owner(), letter.ID); err != nil {
			t.Fatal(err)
		}
		var kept, blobs int
		if err := db.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM organisation_file WHERE gone_by = '鈴木'), (SELECT count(*) FROM blob)`).Scan(&kept, &blobs); err != nil || kept != 1 || blobs != 1 {
			t.Errorf("%d traces, %d blobs, %v", kept, blobs, err)
		}
		for i := range 49 {
			must[organisation.File](t)(add(r.Owner(), fmt.Sprint(i, ".pdf"), pdf))
		}
		if _, err := add(r.Owner(), "51.pdf", pdf); !fault.Is(err, fault.CodeTooLarge) {
			t.Errorf("a 51st file: %v", err)
		}
		// A withdrawn record stays as it was.
		err = db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return organisation.WithdrawRecord(ctx, tx, facility, r.ID, r.Revision, "u", "誤り", 400)
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := remove(r.Owner(), minutes.ID); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("removed from a withdrawn record: %v", err)
		}
		if _, err := add(r.Owner(), "x.pdf", pdf); !fault.Is(err, fault.CodeConflict) {
			t.Errorf("added to a withdrawn record: %v", err)
		}
		if _, _, err := organisation.OpenFile(t.Context(), db, r.Owner(), minutes.ID); err != nil {
			t.Errorf("not readable any more: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }
