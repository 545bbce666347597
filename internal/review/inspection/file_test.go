package inspection_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"sonae/internal/platform/document"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/review/catalog"
	"sonae/internal/review/inspection"
)

// attach puts a file beside a row.
func (w *world) attach(ref inspection.Ref, rowID, name string, content []byte) (inspection.Link, error) {
	var l inspection.Link
	err := w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		l, err = inspection.AddFile(ctx, tx, w.cat, inspection.Link{Ref: ref, RowID: rowID, AddedBy: by.ID, AddedMS: w.now}, name, bytes.NewReader(content))
		return err
	})
	return l, err
}

func TestFilesBesideRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		pdf := []byte("%PDF-1.7\nBCP")
		long := strings.Repeat("𠮷", 90) + ".pdf"
		first, err := w.attach(w.ref, bcp, `C:\tmp\BCP 第3版.pdf`, pdf)
		w.must(err)
		if first.Title != "BCP 第3版.pdf" || first.SizeBytes != int64(len(pdf)) || first.SHA256 != hexSum(pdf) {
			t.Errorf("got %+v", first)
		}
		_, err = w.attach(w.ref, bcp, long, pdf)
		w.must(err)
		for name, content := range map[string][]byte{"a.exe": []byte("MZ"), "a.pdf": []byte("<html>"), "b.pdf": nil} {
			if _, err := w.attach(w.ref, bcp, name, content); !fault.Is(err, fault.CodeUnsupported) && !fault.Is(err, fault.CodeInvalid) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if _, err := w.attach(w.ref, "r7.medical.9.9", "a.pdf", pdf); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("no such row: got %v", err)
		}
		l, content, err := inspection.OpenFile(t.Context(), db, w.ref, first.ID)
		w.must(err)
		if body, err := io.ReadAll(content); err != nil || !bytes.Equal(body, pdf) || l.RowID != bcp {
			t.Errorf("read %q of %s, %v", body, l.RowID, err)
		}
		elsewhere := w.ref
		elsewhere.FacilityID = store.NewID()
		if _, _, err := inspection.OpenFile(t.Context(), db, elsewhere, first.ID); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("another facility opens the file: %v", err)
		}

		_, files := w.pack(w.deps(w.clock), w.request()) // compares every file with the manifest
		dir := "files/01-medical/" + bcp + "/"
		if !bytes.Equal(files[dir+"01-BCP 第3版.pdf"], pdf) {
			t.Error("the file is not in the pack")
		}
		var manifest struct{ Files []document.ManifestFile }
		w.must(json.Unmarshal(files[document.ManifestName], &manifest))
		listed := 0
		for _, f := range manifest.Files {
			if strings.HasPrefix(f.Name, dir) {
				listed++
				if f.SHA256 != first.SHA256 || f.MediaType != "application/pdf" || len(filepath.Base(f.Name)) > 255 {
					t.Errorf("the manifest says %+v", f)
				}
			}
		}
		if listed != 2 {
			t.Errorf("%d files in the manifest", listed)
		}
		if said := paper(t, files["pack.pdf"]); !strings.Contains(said, squeeze(dir+"01-BCP 第3版.pdf")) || !strings.Contains(said, first.SHA256) {
			t.Error("the file is not on paper")
		}
		w.must(w.tx(func(ctx context.Context, tx *store.Tx) error {
			return inspection.RemoveLink(ctx, tx, w.ref.FacilityID, first.ID, by.ID, w.now)
		}))
		if _, _, err := inspection.OpenFile(t.Context(), db, w.ref, first.ID); !fault.Is(err, fault.CodeNotFound) {
			t.Errorf("a removed file opens: %v", err)
		}
	})
}

// Two vendors' forms stand in the pack in order, each with its own answers, and a file
// beside a vendor's row is found.
func TestPackWithTwoVendors(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.fill()
		e, _ := w.cat.Edition("r7")
		form := e.VendorSheet()
		vendors := []string{"架空電算株式会社　電子カルテ", "架空メディカル㈱　医用画像（PACS）"}
		for i, v := range vendors {
			ref := w.ref
			ref.Sheet, ref.Subject = form.ID, v
			for n, r := range form.Rows {
				value, target := inspection.Yes, ""
				if n%3 == 1 && i == 1 && !r.IsGate() {
					value, target = inspection.No, "2026-03-20"
				}
				w.answer(r.ID, value, func(c *inspection.Confirmation) {
					c.Ref, c.TargetOn, c.By.Name = ref, target, "業者 "+v[:6]
				})
			}
			if i == 1 {
				_, err := w.attach(ref, form.Rows[len(form.Rows)-1].ID, "MDS.pdf", []byte("%PDF-1.7\nMDS"))
				w.must(err)
			}
		}
		p, files := w.pack(w.deps(w.clock), w.request())
		if dir := os.Getenv("SONAE_PDF_DIR"); dir != "" { // to look at
			w.must(os.WriteFile(filepath.Join(dir, "vendors.pdf"), files["pack.pdf"], 0o600))
			w.must(os.WriteFile(filepath.Join(dir, "vendors.xlsx"), files["pack.xlsx"], 0o600))
		}
		frozen, err := inspection.Snapshots(t.Context(), db, p.ID)
		w.must(err)
		if len(frozen) != 3 {
			t.Errorf("%d snapshots", len(frozen))
		}
		said := paper(t, files["pack.pdf"])
		at := strings.LastIndex(said, "1.1チェックリスト（") // past the contents
		for _, v := range sorted(vendors) {
			i := strings.Index(said[at:], squeeze("チェックリスト（"+form.Title.JA+" "+v+"）"))
			if i < 0 {
				t.Errorf("the form of %s is not on paper, or out of order", v)
				continue
			}
			at += i
			for _, r := range form.Rows {
				if !strings.Contains(said[at:], squeeze(r.Title.JA)) {
					t.Errorf("%s: row %s is not on paper", v, r.ID)
				}
			}
			want := w.load(inspection.Ref{Edition: "r7", Sheet: form.ID, FacilityID: w.ref.FacilityID, FiscalYear: 2025, Subject: v}, w.now).Progress
			if p.Answers[form.ID+"/"+v] != want || want.Unanswered != 0 {
				t.Errorf("%s: the pack counts %+v, want %+v", v, p.Answers[form.ID+"/"+v], want)
			}
		}
		checkRowPages(t, files["pack.pdf"])
		book, err := excelize.OpenReader(bytes.NewReader(files["pack.xlsx"]))
		w.must(err)
		defer func() { _ = book.Close() }()
		if n := len(slices.DeleteFunc(book.GetSheetList(), func(s string) bool { return !strings.HasPrefix(s, form.Title.JA) })); n != 2 {
			t.Errorf("%d vendors' sheets in the workbook: %v", n, book.GetSheetList())
		}
		for _, name := range []string{"csv/checklist-" + form.ID + "-1.csv", "csv/checklist-" + form.ID + "-2.csv"} {
			if n := len(readCSV(t, files[name])); n != len(form.Rows)+1 {
				t.Errorf("%s has %d rows", name, n)
			}
		}
		if form.Kind != catalog.SheetVendor {
			t.Error("not a vendor's form")
		}
	})
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }
