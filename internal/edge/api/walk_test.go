package api_test

import (
	"slices"
	"strings"
	"testing"

	"sonae/internal/identity"
)

// TestWalk is what a script does on its first day: look around, find a machine,
// write down who keeps it, see that in its history and in the audit log.
func TestWalk(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.machine(w.a.ID, "XRAY-PC-01")
		token := w.send("POST", "/tokens", map[string]any{"name": "script", "scope": "write", "expires_in": "720h",
			"grant": map[string]any{"role": "operator", "facility_id": w.a.ID}}).text(t, "token")
		if !strings.HasPrefix(token, identity.TokenPrefix) {
			t.Fatalf("token %q", token)
		}
		list := w.ok(request{method: "GET", path: "/assets?q=xray&kind=pc", token: token}).items(t)
		if len(list) != 1 || list[0]["id"] != id || list[0]["name"] != "XRAY-PC-01" || list[0]["main_source"] != "agent" {
			t.Fatalf("list: %v", list)
		}
		one := w.ok(request{method: "GET", path: "/assets/" + id, token: token}).object(t)
		facts, _ := one["facts"].([]any)
		if len(facts) == 0 || one["rev"] != float64(1) {
			t.Fatalf("asset: %v", one)
		}
		after := w.ok(request{method: "PATCH", path: "/assets/" + id, token: token, body: map[string]any{"rev": 1, "values": map[string]any{"custodian": "放射線技師長", "note": nil}}}).object(t)
		if after["rev"] != float64(2) || after["values"].(map[string]any)["custodian"] != "放射線技師長" {
			t.Fatalf("after: %v", after)
		}
		if got := w.do(request{method: "PATCH", path: "/assets/" + id, token: token, body: map[string]any{"rev": 1, "values": map[string]any{"custodian": "x"}}}); got.status != 409 {
			t.Errorf("an old revision: %d %s", got.status, got.body)
		}
		history := w.ok(request{method: "GET", path: "/assets/" + id + "/history?limit=1", token: token})
		rows := history.items(t)
		if rows[0]["field"] != "custodian" || rows[0]["new"] != "放射線技師長" || rows[0]["source"] != "manual" || rows[0]["by"] != "script" {
			t.Errorf("history: %v", rows)
		}
		if history.object(t)["total"].(float64) < 3 || history.text(t, "next") == "" {
			t.Errorf("history: %s", history.body)
		}
		log := w.get("/audit?action=asset.&object_id=" + id).items(t)
		if len(log) != 1 || log[0]["actor"].(map[string]any)["name"] != "script" || log[0]["address"] != "127.0.0.1" {
			t.Errorf("audit: %v", log)
		}
		// The day before the machine was not there.
		if got := w.do(request{method: "GET", path: "/assets/" + id + "?as_of=2026-11-23", token: token}); got.status != 404 {
			t.Errorf("the day before: %d %s", got.status, got.body)
		}
		if got := w.ok(request{method: "GET", path: "/assets/" + id + "/software?as_of=2026-11-24", token: token}).items(t); len(got) != 2 {
			t.Errorf("software of today: %v", got)
		}
	})
}

// TestRowsOfAMachine reads every list that hangs on an asset, page by page.
func TestRowsOfAMachine(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.machine(w.a.ID, "PC-1")
		for name, want := range map[string]struct {
			field string
			rows  []string
		}{
			"software":   {"name", []string{"bash", "zlib1g"}},
			"accounts":   {"name", []string{"nurse", "root"}},
			"interfaces": {"mac", []string{"00:00:5e:00:53:01"}},
			"ports":      {"process", []string{"sshd"}},
			"volumes":    {"encryption", []string{"on"}},
			"disks":      {"name", []string{"sda"}},
			"services":   {"name", []string{"sshd"}},
			"updates":    {"offered", []string{"5.3"}},
			"safeguards": {"kind", []string{"firewall"}},

			"switched-off":   {"what", []string{"auto_updates"}},
			"settings":       {"kind", []string{"smb1_server"}},
			"backups":        {"product", []string{"restic"}},
			"printers":       {"name", []string{"reception"}},
			"monitors":       {"model", []string{"EX2400"}},
			"usb-storage":    {"serial", []string{"A1"}},
			"memory-modules": {"slot", []string{"DIMM_A1"}},
			"extensions":     {"id", []string{"x@example.org"}},
			"startup":        {"name", []string{"backup.timer"}},
			"groups":         {"name", []string{"sudo"}},
			"patches":        {"number", []string{"KB0000001"}},
			"update-runs":    {"result", []string{"failed"}},
		} {
			var got []string
			cursor := ""
			for range len(want.rows) + 1 {
				page := w.get("/assets/" + id + "/" + name + "?limit=1&cursor=" + cursor)
				for _, row := range page.items(t) {
					got = append(got, row[want.field].(string))
				}
				if total := page.object(t)["total"]; total != float64(len(want.rows)) {
					t.Errorf("%s: total %v", name, total)
				}
				if cursor = page.text(t, "next"); cursor == "" {
					break
				}
			}
			if !slices.Equal(got, want.rows) {
				t.Errorf("%s: got %v, want %v", name, got, want.rows)
			}
		}
	})
}
