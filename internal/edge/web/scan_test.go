package web

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/review/audit"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network/scan"
)

// Through the pages: a credential whose secret nobody sees again, a plan with its bad
// lines named, a run that is paused, goes on and is stopped, the report, and the proof;
// and nothing of it for people of another facility.
func TestScanPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f, g := w.facility("架空病院"), w.facility("架空診療所")
		w.user("boss", identity.Grant{Role: identity.Administrator})
		w.user("op", identity.Grant{Role: identity.Operator, FacilityID: f})
		w.user("reader", identity.Grant{Role: identity.Auditor, FacilityID: f})
		w.user("branch", identity.Grant{Role: identity.Administrator, FacilityID: g})
		boss := w.as("boss")
		boss.want(boss.get("/network/scans"), http.StatusOK, "探索の計画はまだありません")
		form := []string{"facility_id", f, "name", "読取用", "version", "2c", "community", ""}
		boss.want(boss.post("/network/credentials", form...), http.StatusUnprocessableEntity, "コミュニティ")
		form[len(form)-1] = "hidden-word"
		made := boss.post("/network/credentials", form...)
		key := strings.TrimSuffix(made.to(), "/edit")
		boss.moved(made, key+"/edit")
		page := boss.get(key + "/edit")
		boss.want(page, http.StatusOK, "読取用")
		if strings.Contains(page.body, "hidden-word") {
			t.Error("the secret is on the page")
		}
		keyID := key[strings.LastIndex(key, "/")+1:]

		op := w.as("op")
		op.want(op.get(key+"/edit"), http.StatusForbidden)
		op.want(op.post(key+"/try", "address", "127.0.0.1"), http.StatusForbidden)
		op.want(op.get("/network/scans/new"), http.StatusOK, "読取用", "22:00")
		plan := []string{"kind", "snmp", "name", "夜の確認", "workers", "4", "credential1", keyID, "when", "days", "day", "1", "day", "3", "from", "22:00", "until", "５:30", "enabled", "1", "targets", "192.0.2.1\n10.0.0.999"}
		op.want(op.post("/network/scans", plan...), http.StatusUnprocessableEntity, "2: 10.0.0.999", `value="夜の確認"`)
		plan[len(plan)-1] = "192.0.2.1\n192.0.2.2"
		made = op.post("/network/scans", plan...)
		at := made.to()
		op.moved(made, at)
		op.want(op.get(at), http.StatusOK, "夜の確認", "月・水 22:00〜05:30", "問い合わせ先 2個", "まだ実施していません")
		op.want(op.get("/network/scans"), http.StatusOK, "夜の確認", "未実施")
		stale := append(append([]string{}, plan...), "revision", "1")
		op.moved(op.post(at, stale...), at)
		op.want(op.post(at, stale...), http.StatusConflict)
		op.want(op.post(key+"/remove", "revision", "1"), http.StatusForbidden)
		boss.want(boss.post(key+"/remove", "revision", "1"), http.StatusConflict, "夜の確認")

		made = op.post(at + "/run")
		run := made.to()
		op.moved(made, run)
		op.want(op.get(run), http.StatusOK, "<progress", "一時停止")
		op.want(op.post(at+"/run"), http.StatusConflict)
		op.moved(op.post(run+"/pause"), run)
		op.want(op.post(run+"/pause"), http.StatusConflict)
		op.want(op.get(run), http.StatusOK, "一時停止中", "続ける")
		op.moved(op.post(run+"/resume"), run)
		runID := run[strings.LastIndex(run, "/")+1:]
		w.tx(func(ctx context.Context, tx *store.Tx) error { return reported(ctx, tx, f, runID, store.MS(w.clock())) })
		op.moved(op.post(run+"/stop"), run)
		op.want(op.get(run), http.StatusOK, "中止", "応答しなくなった", "SNMPv3 のユーザー名", "送っていません（医療機器 輸液ポンプ01")
		op.want(op.get(run+"?state=quiet"), http.StatusOK, "192.0.2.2")
		op.want(op.get(run+"/sent"), http.StatusOK, "192.0.2.1", "400日")
		op.want(op.get(run+"/sent?format=csv"), http.StatusOK, "192.0.2.1")
		op.want(op.get("/network/scans/proof?device=192.0.2.1"), http.StatusOK, "送ったものがあります", "夜の確認")
		op.want(op.get("/network/scans/proof?device=192.0.2.9"), http.StatusOK, "何も送っていません", "探索 1回")
		op.want(op.get("/network/scans/proof?device=192.0.2.3"), http.StatusOK, "この機器へは何も送っていません", "探さない範囲などにより送らなかったもの")
		op.want(op.get("/network/scans/proof?device=x"), http.StatusUnprocessableEntity, "MACアドレス")
		op.want(op.get("/network/scans/proof?device=192.0.2.1&format=csv"), http.StatusOK, "192.0.2.1")
		for _, device := range []string{"192.0.2.1", "192.0.2.3", "192.0.2.9"} {
			sheet := op.get("/network/scans/proof?device=" + device + "&format=pdf")
			if op.want(sheet, http.StatusOK, "%PDF-"); sheet.body != op.get("/network/scans/proof?device="+device+"&format=pdf").body {
				t.Errorf("%s: the same record gives other bytes", device)
			}
			if dir := os.Getenv("SONAE_TEST_SHEETS"); dir != "" { // for whoever wants to look at them
				if err := os.WriteFile(filepath.Join(dir, device+".pdf"), []byte(sheet.body), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		pump := w.pump(f)
		op.want(op.get("/network/scans/proof?asset="+pump), http.StatusOK, "輸液ポンプ", "アドレスが分からない")

		reader := w.as("reader")
		for _, path := range []string{"/network/scans", at, run, run + "/sent", "/network/credentials"} {
			if a := reader.get(path); a.status != http.StatusOK || strings.Contains(main(a.body), `method="post"`) {
				t.Errorf("%s for the reader: %d\n%s", path, a.status, main(a.body))
			}
		}
		branch := w.as("branch")
		for _, path := range []string{at, run, run + "/sent", key + "/edit", "/network/scans/proof?asset=" + pump, "/network/scans/proof?device=192.0.2.1&facility=" + f, "/network/scans/new?facility=" + f} {
			branch.want(branch.get(path), http.StatusNotFound)
		}
		for _, path := range []string{at, at + "/run", at + "/end", run + "/pause", run + "/resume", run + "/stop", key, key + "/try", key + "/remove"} {
			branch.want(branch.post(path, "revision", "1"), http.StatusNotFound)
		}
		branch.want(branch.post("/network/scans/refuse", "facility_id", f, "address", "192.0.2.1", "reason", "x"), http.StatusNotFound)
		branch.want(branch.post("/network/scans/accept", "plan", at[strings.LastIndex(at, "/")+1:], "address", "192.0.2.1"), http.StatusNotFound)
		if strings.Contains(branch.get("/network/scans").body, "夜の確認") {
			t.Error("another facility sees the plan")
		}
		op.want(op.get("/"), http.StatusOK, "ネットワークの探索（次は")
		if strings.Contains(branch.get("/").body, "ネットワークの探索") {
			t.Error("another facility hears of the searches")
		}
		for state, want := range map[string]string{"failed": "終わらなかったネットワークの探索", "shut": "認証情報が使えなくなった機器"} {
			w.tx(func(ctx context.Context, tx *store.Tx) error {
				query := `UPDATE network_scan_run SET state = 'failed' WHERE id = $1`
				if state == "shut" {
					query = `UPDATE network_scan_target SET trouble = 'credential', before_ms = 1 WHERE run_id = $1`
				}
				_, err := tx.Exec(ctx, query, run[strings.LastIndex(run, "/")+1:])
				return err
			})
			op.want(op.get("/"), http.StatusOK, want, `href="`+run)
		}
		op.moved(op.post(at+"/end", "revision", "2"), "/network/scans")
		op.want(op.get(at), http.StatusNotFound)
		op.want(op.get(run), http.StatusOK)
		w.verified()
		w.hides("hidden-word")
	})
}

// hides checks that a word stands neither in the log nor in the audit log.
func (w *world) hides(word string) {
	w.t.Helper()
	if strings.Contains(w.logs.String(), word) {
		w.t.Error("the secret is in the log")
	}
	page, err := audit.List(w.t.Context(), w.db, audit.Filter{Scope: identity.Scope{All: true}, Limit: 500})
	if err != nil || len(page.Entries) == 0 {
		w.t.Fatal(err)
	}
	for _, e := range page.Entries {
		if strings.Contains(fmt.Sprint(e.Detail), word) {
			w.t.Errorf("the secret is in the audit log: %s %s", e.Action, e.Detail)
		}
	}
}

// reported is what a scanner writes of a run.
func reported(ctx context.Context, tx *store.Tx, facilityID, runID string, nowMS int64) error {
	r := scan.Run{ID: runID, FacilityID: facilityID}
	if err := scan.Begin(ctx, tx, runID, nowMS); err != nil {
		return err
	}
	if err := scan.SetTargets(ctx, tx, runID, []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"}); err != nil {
		return err
	}
	for i, t := range []scan.Target{{State: scan.Trouble, Trouble: "credential", Partial: []string{"fdb: snmp: rows"}}, {State: scan.Quiet, Trouble: "silent", BeforeMS: 1}, {State: scan.LeftOut, Rule: "medical:輸液ポンプ01"}} {
		t.Seq, t.AtMS, t.IP = int64(i+1), nowMS, "192.0.2."+string(rune('1'+i))
		t.Address = t.IP
		if _, err := scan.Settle(ctx, tx, r, t); err != nil {
			return err
		}
		if err := scan.Note(ctx, tx, []scan.Sent{{RunID: runID, FacilityID: facilityID, Address: t.IP, How: scan.HowSNMP, Rule: t.Rule, Packets: 2, FirstMS: nowMS, LastMS: nowMS}}); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) pump(facilityID string) (id string) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		a, _, err := asset.Create(ctx, tx, asset.Scope{All: true}, facilityID, asset.Values{asset.FieldKind: "medical", asset.FieldName: "輸液ポンプ"}, "x", store.MS(w.clock()))
		id = a.ID
		return err
	})
	return id
}

// The test button says in words what came of it, and a proposal is decided by a person.
func TestScanTryAndProposals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f := w.facility("架空病院")
		w.user("boss", identity.Grant{Role: identity.Administrator})
		boss := w.as("boss")
		silent, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = silent.Close() }()
		made := boss.post("/network/credentials", "name", "v3", "version", "3", "user", "ward", "auth", "sha256", "auth_key", "hidden-word-1", "priv", "aes", "priv_key", "hidden-word-2")
		key := strings.TrimSuffix(made.to(), "/edit")
		boss.moved(made, key+"/edit")
		boss.want(boss.post(key+"/try", "address", "192.0.2.0/24"), http.StatusUnprocessableEntity, "試す相手を1つだけ")
		begin := time.Now()
		boss.moved(boss.post(key+"/try", "address", silent.LocalAddr().String()), key+"/edit")
		if time.Since(begin) > 20*time.Second {
			t.Error("a test takes", time.Since(begin))
		}
		boss.want(boss.get(key+"/edit"), http.StatusOK, "127.0.0.1", "応答がありません")
		w.tx(func(ctx context.Context, tx *store.Tx) error {
			for _, name := range []string{"SW-1", "SW-2"} {
				_, _, err := asset.Create(ctx, tx, asset.Scope{All: true}, f, asset.Values{asset.FieldKind: "network", asset.FieldName: name, asset.FieldIP: "192.0.2." + name[3:], asset.FieldPatchOwner: "x"}, "x", store.MS(w.clock()))
				if err != nil {
					return err
				}
			}
			return nil
		})
		page := boss.get("/network/scans")
		boss.want(page, http.StatusOK, "問い合わせ先の候補", "SW-1", "計画を作る")
		boss.want(boss.get("/network/scans/new?facility="+f+"&address=192.0.2.1"), http.StatusOK, "192.0.2.1</textarea>")
		keyID := key[strings.LastIndex(key, "/")+1:]
		made = boss.post("/network/scans", "kind", "snmp", "name", "p", "workers", "4", "credential1", keyID, "when", "hand", "targets", "192.0.2.100")
		boss.moved(made, made.to())
		planID := regexp.MustCompile(`[0-9a-f-]{36}$`).FindString(made.to())
		boss.moved(boss.post("/network/scans/accept", "plan", planID, "address", "192.0.2.1"), "/network/scans")
		boss.want(boss.post("/network/scans/refuse", "facility_id", f, "address", "192.0.2.2", "reason", ""), http.StatusUnprocessableEntity)
		boss.moved(boss.post("/network/scans/refuse", "facility_id", f, "address", "192.0.2.2", "reason", "業者の装置"), "/network/scans")
		if body := boss.get("/network/scans").body; strings.Contains(body, "問い合わせ先の候補") {
			t.Error("decided proposals are still there")
		}
		boss.want(boss.get(made.to()), http.StatusOK, "問い合わせ先 2個", "変更の経過")
		w.verified()
		w.hides("hidden-word")
	})
}
