package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/platform/text"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/silence"
)

// What does not report stands on its page with source and reason, on the first page as
// a number, and on the page of the machine; people except it and set its interval.
func TestSilencePages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f, g := w.facility("架空病院"), w.facility("架空診療所")
		w.user("root", identity.Grant{Role: identity.Administrator})
		w.user("op", identity.Grant{Role: identity.Operator, FacilityID: f})
		w.user("ward", identity.Grant{Role: identity.Department, FacilityID: f, Department: "外来"})
		w.user("branch", identity.Grant{Role: identity.Operator, FacilityID: g})
		now := store.MS(w.clock())
		ids := map[string]string{}
		see := func(name, department string, source asset.Source, daysAgo int64) {
			t.Helper()
			w.tx(func(ctx context.Context, tx *store.Tx) error {
				n := len(ids)
				if len(ids[name]) > 0 {
					n = 0
				}
				res, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: f, Source: source, AtMS: now - daysAgo*dayMS, Kind: asset.KindPC, Identity: asset.Identity{Maker: "架空", Serial: "SN-" + name, HostName: name},
					Groups: map[string]asset.Values{"os": {asset.FieldHostName: name}}})
				if err != nil || ids[name] != "" {
					return err
				}
				ids[name] = res.AssetID
				_, _, err = asset.Edit(ctx, tx, asset.Scope{All: true}, res.AssetID, 0, asset.Values{asset.FieldDepartment: department}, "x", now-int64(n))
				return err
			})
		}
		see("PC-QUIET", "外来", asset.SourceAgent, 30)
		see("PC-LIVES", "医事課", asset.SourceAgent, 30)
		see("PC-LIVES", "医事課", asset.SourceSNMP, 0)
		see("PC-WELL", "医事課", asset.SourceAgent, 0)
		if err := silence.JudgeAll(t.Context(), db, now, text.Tokyo()); err != nil {
			t.Fatal(err)
		}
		op, root := w.as("op"), w.as("root")
		page := op.get("/silence")
		op.want(page, http.StatusOK, "PC-QUIET", "PC-LIVES", "この情報源からの報告が止まりました", "SNMP")
		if strings.Contains(page.body, "PC-WELL") {
			t.Error("a machine that reports is on the list")
		}
		if body := op.get("/silence?reason=elsewhere&source=agent&since=quarter&department=" + "%E5%8C%BB%E4%BA%8B%E8%AA%B2").body; !strings.Contains(body, "PC-LIVES") || strings.Contains(body, "PC-QUIET") {
			t.Errorf("filters: %s", main(body))
		}
		op.want(op.get("/"), http.StatusOK, `href="/silence"`, "2台で、届くはずの報告が届いていません")
		op.want(op.get("/assets?silence=silent"), http.StatusOK, "PC-QUIET")
		_, rows, _ := strings.Cut(op.get("/assets?limit=200").body, "<tbody>")
		if n := strings.Count(rows, "報告なし</span>"); n != 2 {
			t.Errorf("the ledger calls %d machines silent, want 2", n)
		}
		op.want(op.get("/silence/export.csv"), http.StatusOK, "PC-QUIET", "報告なし")
		op.want(op.get("/assets/"+ids["PC-LIVES"]), http.StatusOK, "報告の様子", "報告なし", "1時間に1回の見込み")
		for path, name := range map[string]string{"/silence": "branch", "/silence?state=late": "branch", "/silence/export.csv": "branch"} {
			if body := w.as(name).get(path).body; strings.Contains(body, "PC-") {
				t.Errorf("%s sees another facility's machines on %s", name, path)
			}
		}
		if body := w.as("ward").get("/silence").body; !strings.Contains(body, "PC-QUIET") || strings.Contains(body, "PC-LIVES") {
			t.Error("a department's list is not its own")
		}

		// An exception puts it aside in sight, and its end brings it back.
		quiet := "/assets/" + ids["PC-QUIET"]
		op.want(op.post(quiet+"/silence", "until_on", "2020-01-01", "reason", "倉庫"), http.StatusUnprocessableEntity)
		if got := op.post(quiet+"/silence", "until_on", "2026-12-31", "reason", "倉庫で保管"); got.status != http.StatusSeeOther {
			t.Fatalf("%d %s", got.status, main(got.body))
		}
		if body := op.get("/silence").body; strings.Contains(body, "PC-QUIET") {
			t.Error("an excepted machine counts as not reporting")
		}
		op.want(op.get("/silence?state=excepted"), http.StatusOK, "PC-QUIET", "倉庫で保管")
		op.want(op.get(quiet), http.StatusOK, "倉庫で保管")
		held, err := silence.Exceptions(t.Context(), db, ids["PC-QUIET"], "2026-11-01")
		if err != nil || len(held[ids["PC-QUIET"]]) != 1 {
			t.Fatal(held, err)
		}
		end := fmt.Sprintf("/silence/%s/end", held[ids["PC-QUIET"]][0].ID)
		if got := op.post("/assets/" + ids["PC-WELL"] + end); got.status != http.StatusNotFound {
			t.Errorf("ended over another machine: %d", got.status)
		}
		if got := w.as("branch").post(quiet + end); got.status != http.StatusNotFound {
			t.Errorf("ended by another facility: %d", got.status)
		}
		if got := op.post(quiet + end); got.status != http.StatusSeeOther {
			t.Errorf("end: %d", got.status)
		}
		op.want(op.get("/silence"), http.StatusOK, "PC-QUIET")

		// Intervals and closed days are an administrator's.
		op.want(op.get("/silence/intervals"), http.StatusOK, "エージェント", "7日")
		root.want(root.get("/silence/intervals?facility="+f), http.StatusOK, "変える")
		root.want(root.post("/silence/intervals", "facility_id", f, "kind", "agent", "every_hours", "24", "grace_hours", "24", "silent_hours", "24"), http.StatusUnprocessableEntity, "より長く")
		if got := root.post("/silence/intervals", "facility_id", f, "kind", "agent", "every_hours", "24", "grace_hours", "24", "silent_hours", "2400"); got.status != http.StatusSeeOther {
			t.Errorf("set: %d %s", got.status, main(got.body))
		}
		root.want(root.get("/silence/intervals?facility="+f), http.StatusOK, "100日")
		root.post("/silence/intervals", "facility_id", f, "kind", "agent", "reset", "1")
		root.want(root.post("/silence/closed", "facility_id", f, "day", "いつか", "name", "x"), http.StatusUnprocessableEntity)
		root.post("/silence/closed", "facility_id", f, "day", "2026-12-28", "name", "病院祭")
		root.want(root.get("/silence/intervals?facility="+f), http.StatusOK, "病院祭")
		root.post("/silence/closed/remove", "facility_id", f, "day", "2026-12-28")
		if body := root.get("/silence/intervals?facility=" + f).body; strings.Contains(body, "病院祭") {
			t.Error("the closed day stays")
		}
		w.verified()
	})
}
