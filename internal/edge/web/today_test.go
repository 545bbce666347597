package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
)

// The figures show how they moved once two days are known, and claim nothing before.
func TestTodayTrend(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f := w.facility("架空病院")
		w.user("boss", identity.Grant{Role: identity.Manager, FacilityID: f})
		w.user("ward", identity.Grant{Role: identity.Department, FacilityID: f, Department: "外来"})
		boss, ward := w.as("boss"), w.as("ward")
		keep := func(daysAgo int) {
			t.Helper()
			if err := asset.KeepFigures(t.Context(), db, []string{f}, w.clock().In(text.Tokyo()).AddDate(0, 0, -daysAgo)); err != nil {
				t.Fatal(err)
			}
		}
		keep(0)
		page := boss.get("/")
		boss.want(page, http.StatusOK, "推移の記録は今日からです")
		if strings.Contains(page.body, `class="spark"`) {
			t.Error("a line of one day")
		}
		keep(5)
		keep(4)
		keep(1)
		w.tx(func(ctx context.Context, tx *store.Tx) error {
			_, _, err := asset.Create(ctx, tx, asset.Scope{All: true}, f, asset.Values{asset.FieldKind: string(asset.KindPC), asset.FieldName: "外来-01", asset.FieldDepartment: "外来"}, "test", store.MS(w.clock()))
			return err
		})
		boss.want(boss.get("/"), http.StatusOK, `<svg class="spark" viewBox="0 0 80 28" aria-hidden="true"`, "11月19日より1増",
			"推移：11月19日は0、今日は1。この間の最小は0、最大は1。 数えていない日が2日あります。")
		// A department's people see their own count, whose history nobody kept.
		if body := ward.get("/").body; strings.Contains(body, `class="spark"`) || strings.Contains(body, "推移の記録") {
			t.Errorf("the hospital's history beside a department's figure\n%s", main(body))
		}
	})
}

// What one person puts aside shows again on its day, and to others all the time.
func TestTodayLater(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f, g := w.facility("架空病院"), w.facility("架空診療所")
		for _, name := range []string{"boss", "other"} {
			w.user(name, identity.Grant{Role: identity.Manager, FacilityID: f}, identity.Grant{Role: identity.Manager, FacilityID: g})
		}
		boss, other := w.as("boss"), w.as("other")
		const title, done = "安全管理責任者", "あとで見る 1件"
		field := `name="topic" value="officer"`
		boss.want(boss.get("/"), http.StatusOK, title, field, `min="2026-11-25"`)
		for until, want := range map[string]string{"": "明日から1年以内", "2026-11-24": "明日から1年以内", "2029-01-01": "明日から1年以内", "abc": "日付"} {
			boss.want(boss.post("/today/later", "topic", "officer", "until_on", until), http.StatusUnprocessableEntity, want)
		}
		boss.want(boss.post("/today/later", "topic", "nonsense", "until_on", "2026-11-26"), http.StatusConflict, "もう済んでいます")
		boss.want(boss.post("/today/later", "topic", "officer", "until_on", "2026-11-26"), http.StatusSeeOther)
		page := boss.get("/")
		boss.want(page, http.StatusOK, done, `id="later"`, "11月26日", "/today/later/back")
		if strings.Contains(page.body, `id="later-1" name="until_on"`) && strings.Count(page.body, field) != 1 {
			t.Error("what is put aside is still among the things to do")
		}
		if body := other.get("/").body; strings.Contains(body, done) || !strings.Contains(body, field) {
			t.Error("put aside for somebody else, too")
		}
		// One facility has its own line.
		boss.want(boss.post("/facility", "facility", g), http.StatusSeeOther)
		if body := boss.get("/").body; strings.Contains(body, done) || !strings.Contains(body, `value="officer/`+g+`"`) {
			t.Error("put aside in the view of one facility, too")
		}
		boss.want(boss.post("/facility", "facility", ""), http.StatusSeeOther)
		boss.want(boss.post("/today/later/back", "topic", "officer"), http.StatusSeeOther)
		if body := boss.get("/").body; strings.Contains(body, done) {
			t.Error("not taken back")
		}
		boss.want(boss.post("/today/later/back", "topic", "officer"), http.StatusConflict)
		boss.want(boss.post("/today/later", "topic", "officer", "until_on", "2026-11-25"), http.StatusSeeOther)
		w.wait(24 * time.Hour)
		boss = w.as("boss")
		if body := boss.get("/").body; strings.Contains(body, done) || !strings.Contains(body, field) {
			t.Error("it did not come back on its day")
		}
		if n := w.entries(string(identity.ProfileEdit)); n != 3 {
			t.Errorf("%d audit entries, want 3", n)
		}
		w.verified()
	})
}
