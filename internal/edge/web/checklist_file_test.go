package web

import (
	"net/http"
	"strings"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/review/inspection"
)

// A manager puts a file beside a row, an auditor reads it, others see nothing.
func TestChecklistFiles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f, other := w.facility("架空病院"), w.facility("架空診療所")
		w.user("boss", identity.Grant{Role: identity.Manager, FacilityID: f})
		w.user("auditor", identity.Grant{Role: identity.Auditor, FacilityID: f})
		w.user("stranger", identity.Grant{Role: identity.Manager, FacilityID: other})
		boss, sheet := w.as("boss"), "/checklists/r7/medical"
		row := map[string]string{"facility": f, "row": "r7.medical.4.1"}
		pdf := "%PDF-1.4 <script>alert(1)</script>"
		boss.want(boss.upload(sheet+"/files", `../規程"<b>.pdf`, pdf, row), http.StatusSeeOther)
		boss.want(boss.upload(sheet+"/files", "evil.html", "<script>alert(1)</script>", row), http.StatusUnsupportedMediaType, "この形式は保存できません")
		boss.want(boss.upload(sheet+"/files", "", "", row), http.StatusUnprocessableEntity, "ファイルが空です")
		if n := w.entries(string(identity.ChecklistConfirm)); n != 1 {
			t.Errorf("%d audit entries, want 1", n)
		}
		e, _ := w.site.deps.Catalog.Edition("r7")
		s, err := inspection.Load(t.Context(), db, w.site.deps.Catalog, inspection.Ref{Edition: "r7", Sheet: "medical", FacilityID: f, FiscalYear: inspection.FiscalYear(e, w.clock().Format("2006-01-02"))}, w.clock().UnixMilli()+1)
		if err != nil {
			t.Fatal(err)
		}
		r, _ := s.Find("r7.medical.4.1")
		if len(r.Links) != 1 {
			t.Fatalf("%d links", len(r.Links))
		}
		address := sheet + "/files/" + r.Links[0].ID + "?facility=" + f
		page := boss.get(sheet + "?facility=" + f + "&row=r7.medical.4.1")
		boss.want(page, http.StatusOK, address, r.Links[0].SHA256, `enctype="multipart/form-data"`)
		auditor := w.as("auditor")
		got := auditor.get(address)
		if got.body != pdf || got.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment;") || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("download: %q %v", got.body, got.header)
		}
		auditor.want(auditor.upload(sheet+"/files", "a.pdf", pdf, row), http.StatusForbidden)
		stranger := w.as("stranger")
		stranger.want(stranger.get(address), http.StatusNotFound)
		stranger.want(stranger.get(sheet+"/files/"+r.Links[0].ID+"?facility="+other), http.StatusNotFound)
		stranger.want(stranger.upload(sheet+"/files", "a.pdf", pdf, row), http.StatusNotFound)
	})
}
