package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
)

// A manager keeps minutes with a record and a letter with an appointment; an auditor
// reads them, others see nothing.
func TestOrganisationDocuments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f, other := w.facility("架空病院"), w.facility("架空診療所")
		w.user("boss", identity.Grant{Role: identity.Manager, FacilityID: f})
		w.user("auditor", identity.Grant{Role: identity.Auditor, FacilityID: f})
		w.user("stranger", identity.Grant{Role: identity.Manager, FacilityID: other})
		ids := w.foreign(f)
		boss, auditor, stranger := w.as("boss"), w.as("auditor"), w.as("stranger")
		for list, base := range map[string]string{"/organisation/records": "/organisation/records/" + ids["/organisation/records"], "/organisation": "/organisation/appointments/" + ids["/organisation/appointments"]} {
			boss.want(boss.get(list), http.StatusOK, `href="`+base+`"`)
			boss.want(boss.get(base), http.StatusOK, "まだありません", `enctype="multipart/form-data"`)
			before := w.entries(string(identity.OrganisationEdit))
			const pdf = "%PDF-1.4 <script>alert(1)</script>"
			boss.moved(boss.upload(base+"/files", `../議事録"<b>.pdf`, pdf, nil), base)
			boss.want(boss.upload(base+"/files", "evil.html", "<script>alert(1)</script>", nil), http.StatusUnsupportedMediaType, "この形式は保存できません")
			boss.want(boss.upload(base+"/files", "", "", nil), http.StatusUnprocessableEntity, "ファイルが空です")
			if n := w.entries(string(identity.OrganisationEdit)) - before; n != 1 {
				t.Errorf("%d audit entries, want 1", n)
			}
			page := boss.get(base)
			boss.want(page, http.StatusOK, "議事録", "/delete")
			boss.want(boss.get(list), http.StatusOK, "書類 1件")
			address := regexp.MustCompile(base + `/files/[0-9a-f-]{36}`).FindString(page.body)
			got := auditor.get(address)
			if got.body != pdf || got.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment;") || got.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("download: %q %v", got.body, got.header)
			}
			read := auditor.get(base)
			if auditor.want(read, http.StatusOK, address); strings.Contains(read.body, "multipart/form-data") || strings.Contains(read.body, "/delete") {
				t.Error("an auditor is offered to change files")
			}
			auditor.want(auditor.upload(base+"/files", "a.pdf", pdf, nil), http.StatusForbidden)
			auditor.want(auditor.post(address+"/delete"), http.StatusForbidden)
			stranger.want(stranger.get(address), http.StatusNotFound)
			stranger.want(stranger.get(base), http.StatusNotFound)
			stranger.want(stranger.upload(base+"/files", "a.pdf", pdf, nil), http.StatusNotFound)
			stranger.want(stranger.post(address+"/delete"), http.StatusNotFound)
			if list == "/organisation/records" {
				boss.want(boss.post(base+"/withdraw", "revision", "1", "why", "日付の誤り"), http.StatusSeeOther)
				boss.want(boss.post(address+"/delete"), http.StatusConflict, "取り消した記録の書類")
				boss.want(boss.get(base), http.StatusOK, address, "取り消し: 日付の誤り")
				continue
			}
			boss.moved(boss.post(address+"/delete"), base)
			boss.want(boss.get(address), http.StatusNotFound)
		}
		w.verified()
	})
}
