package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/review/audit"
)

// A search through the API from its credential to the proof; the secret comes back
// nowhere.
func TestScans(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		made := w.send("POST", "/scan-credentials", map[string]any{"facility_id": w.a.ID, "name": "v3", "version": "3", "user": "ward", "auth": "sha256", "auth_key": "hidden-word-1", "priv": "aes", "priv_key": "hidden-word-2"})
		key := made.text(t, "id")
		settings := map[string]any{"targets": "192.0.2.1\n192.0.2.2-300", "credentials": []string{key}, "workers": 4, "when": "days", "days": []int{1}, "from_minute": 1320, "until_minute": 300}
		body := map[string]any{"facility_id": w.a.ID, "name": "夜", "kind": "snmp", "enabled": true, "settings": settings}
		admin := w.token(identity.Grant{Role: identity.Administrator}, true)
		if got := w.do(request{method: "POST", path: "/scans", token: admin, body: body}); got.status != 422 || !strings.Contains(string(got.body), "2: 192.0.2.2-300") {
			t.Errorf("%d %s", got.status, got.body)
		}
		settings["targets"] = "192.0.2.1"
		one := w.send("POST", "/scans", body)
		id := one.text(t, "id")
		if one.text(t, "next_at") == "" {
			t.Error("no next start")
		}
		w.send("PATCH", "/scans/"+id, map[string]any{"rev": 1, "enabled": false})
		if got := w.do(request{method: "PATCH", path: "/scans/" + id, token: admin, body: map[string]any{"rev": 1, "enabled": true}}); got.status != http.StatusConflict {
			t.Errorf("%d %s", got.status, got.body)
		}
		run := w.send("POST", "/scans/"+id+"/runs", nil).text(t, "id")
		for _, step := range []struct {
			do     string
			status int
			state  string
		}{{"pause", 200, "paused"}, {"pause", 409, ""}, {"resume", 200, "waiting"}, {"stop", 200, "stopped"}, {"stop", 409, ""}} {
			got := w.do(request{method: "POST", path: "/scan-runs/" + run + "/" + step.do, token: admin})
			if got.status != step.status || step.state != "" && got.text(t, "state") != step.state {
				t.Errorf("%s: %d %s", step.do, got.status, got.body)
			}
		}
		tried := w.send("POST", "/scan-credentials/"+key+"/try", map[string]any{"address": "127.0.0.1:1"})
		if tried.text(t, "trouble") != "off" && tried.text(t, "trouble") != "silent" {
			t.Errorf("%s", tried.body)
		}
		proof := w.get("/scan-proof?device=192.0.2.1&from=2020-01-01T00:00:00Z&to=2099-01-01T00:00:00Z&facility=" + w.a.ID).object(t)
		if proof["untouched"] != true {
			t.Errorf("%v", proof)
		}
		if proof = w.get("/scan-proof?device=127.0.0.1&from=2020-01-01T00:00:00Z&to=2099-01-01T00:00:00Z&facility=" + w.a.ID).object(t); proof["untouched"] != false {
			t.Errorf("the test of a credential is not in the record: %v", proof)
		}
		for _, path := range []string{"/scans", "/scans/" + id, "/scans/" + id + "/history", "/scans/" + id + "/runs", "/scan-runs/" + run, "/scan-runs/" + run + "/targets", "/scan-runs/" + run + "/sent", "/scan-credentials", "/scan-proposals?facility=" + w.a.ID} {
			if got := w.get(path); strings.Contains(string(got.body), "hidden-word") {
				t.Errorf("%s shows the secret", path)
			}
		}
		page, err := audit.List(t.Context(), w.db, audit.Filter{Scope: identity.Scope{All: true}, Limit: 500})
		w.must(err)
		for _, e := range page.Entries {
			if strings.Contains(e.Action, "hidden") || strings.Contains(fmt.Sprint(e.Detail), "hidden-word") {
				t.Errorf("the secret is in the audit log: %v", e.Detail)
			}
		}
		if got := w.do(request{method: "DELETE", path: "/scan-credentials/" + key + "?rev=1", token: admin}); got.status != http.StatusConflict {
			t.Errorf("%d %s", got.status, got.body)
		}
		w.send("DELETE", "/scans/"+id+"?rev=2", nil)
		w.send("DELETE", "/scan-credentials/"+key+"?rev=1", nil)
	})
}
