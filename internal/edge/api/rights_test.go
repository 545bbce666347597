package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"sonae/internal/edge/api"
	"sonae/internal/identity"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/review/evidence"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/intake"
)

// fill puts values into the places of a path.
func fill(path string, ids map[string]string) string {
	path = strings.TrimPrefix(path, "/api/v1")
	for name, id := range ids {
		path = strings.ReplaceAll(path, "{"+name+"}", id)
	}
	return path
}

// nowhere are identifiers of the right form that nothing has.
func nowhere() map[string]string {
	return map[string]string{"id": store.NewID(), "attachment": store.NewID(), "system": store.NewID(), "link": store.NewID(), "edition": "r7", "sheet": "medical", "row": "r7.medical.2.1", "merge": store.NewID(), "exception": store.NewID(), "certificate": store.NewID()}
}

func bodyFor(op api.Operation) any {
	if op.Method == http.MethodGet || op.Method == http.MethodDelete {
		return nil
	}
	return map[string]any{}
}

// TestRightsMatrix drives every operation with every role, with nobody, with a
// wrong token and with a token that may only read, and compares with the table of
// rights. The lists come from the code: a new operation is tested at once.
func TestRightsMatrix(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, role := range identity.Roles() {
			g := identity.Grant{Role: role}
			if role == identity.Department {
				g.Department = here
			}
			write, read := w.token(g, true), w.token(g, false)
			for _, op := range w.api.Operations() {
				path := fill(op.Path, nowhere())
				got := w.do(request{method: op.Method, path: path, token: write, body: bodyFor(op)})
				if refused, want := got.status == 403 || got.status == 401, !identity.Allowed(role, op.Action); refused != want {
					t.Errorf("%s as %s: %d, want refused=%v: %.200s", op.ID, role, got.status, want, got.body)
				}
				if op.Action.Reads() {
					continue
				}
				if got := w.do(request{method: op.Method, path: path, token: read, body: bodyFor(op)}); got.status != 403 {
					t.Errorf("%s as %s with a reading token: %d", op.ID, role, got.status)
				}
			}
		}
		for _, op := range w.api.Operations() {
			for name, token := range map[string]string{"nobody": "", "a wrong token": identity.TokenPrefix + "wrong"} {
				w.clock.pass(burstTime)
				got := w.do(request{method: op.Method, path: fill(op.Path, nowhere()), token: token, body: bodyFor(op)})
				if got.status != 401 || got.header.Get("WWW-Authenticate") == "" || got.text(t, "code") != "unauthenticated" {
					t.Errorf("%s as %s: %d %s", op.ID, name, got.status, got.body)
				}
			}
		}
	})
}

// foreign are things of facility B by the first word of their path.
type foreign map[string]string

func (w *world) foreign() foreign {
	w.t.Helper()
	f := foreign{"facilities": w.b.ID, "assets": w.machine(w.b.ID, "B-PC-1")}
	id := func(path string, body map[string]any) string {
		body["facility_id"] = w.b.ID
		return w.send("POST", path, body).text(w.t, "id")
	}
	f["enroll-tokens"] = id("/enroll-tokens", map[string]any{"max_uses": 1, "expires_in": "24h"})
	f["kits"] = id("/kits", map[string]any{"name": "b", "expires_in": "24h"})
	f["entries"] = id("/entries", map[string]any{"protocol": "ocs"})
	f["departments"] = id("/departments", map[string]any{"name": "外来"})
	f["staff"] = id("/staff", map[string]any{"name": "例示 花子"})
	f["appointments"] = id("/appointments", map[string]any{"role": "planner", "staff_id": f["staff"], "appointed_by": "院長", "appointed_on": "2026-04-01"})
	f["records"] = id("/records", map[string]any{"kind": "stocktake", "title": "棚卸し", "held_on": "2026-05-01", "held_by": "情報室"})
	vendorID := w.send("POST", "/vendors", map[string]any{"name": "例示保守"}).text(w.t, "id")
	f["contracts"] = id("/contracts", map[string]any{"vendor_id": vendorID, "title": "保守", "starts_on": "2026-04-01"})
	f["users"] = w.send("POST", "/users", map[string]any{"login": "b-manager", "grants": []any{map[string]any{"role": "manager", "facility_id": w.b.ID}}}).text(w.t, "id")
	f["tokens"] = w.send("POST", "/tokens", map[string]any{"name": "b", "grant": map[string]any{"role": "operator", "facility_id": w.b.ID}}).text(w.t, "id")
	f["no-probe"] = id("/no-probe", map[string]any{"kind": "address", "value": "192.0.2.9", "reason": "CT"})
	f["directories"] = id("/directories", map[string]any{"name": "AD", "address": "127.0.0.1:1", "base_dn": "DC=b", "bind_name": "x", "password": "x"})
	f["scan-credentials"] = id("/scan-credentials", map[string]any{"name": "b", "version": "2c", "community": "hidden-word"})
	f["scans"] = id("/scans", map[string]any{"name": "b", "kind": "snmp", "settings": map[string]any{"targets": "192.0.2.1", "credentials": []string{f["scan-credentials"]}, "workers": 4, "when": "hand"}})
	f["segments"] = id("/segments", map[string]any{"cidr": "192.0.2.0/24", "name": "病棟"})
	f["ways-in"] = id("/ways-in", map[string]any{"name": "保守回線", "party": "例示保守", "patch_owner": "例示保守"})
	f["scan-runs"] = w.send("POST", "/scans/"+f["scans"]+"/runs", nil).text(w.t, "id")
	w.stranger(w.b.ID, "00005e005378")
	f.rest(w)
	return f
}

// rest makes what the API itself cannot: a device, evidence, a job, a contradiction.
func (f foreign) rest(w *world) {
	now := store.MS(w.clock.now())
	w.tx(func(ctx context.Context, tx *store.Tx) error {
		secret, _, err := w.reg.CreateEnrollToken(ctx, tx, identity.System("test"), identity.EnrollToken{FacilityID: w.b.ID, MaxUses: 1, ExpiresMS: now + 1e6})
		if err != nil {
			return err
		}
		d, err := w.reg.Enroll(ctx, tx, identity.Enrolling{Secret: secret, PublicKey: make([]byte, 32), Name: "B-PC-1"})
		if err != nil {
			return err
		}
		f["devices"] = d.ID
		policy, err := w.reg.SetPolicy(ctx, tx, identity.System("test"), identity.Policy{FacilityID: w.b.ID, Rules: identity.PolicyRules{IntervalMin: 60}})
		if err != nil {
			return err
		}
		f["device-policies"] = policy.ID
		f["jobs"], err = job.Insert(ctx, tx, "evaluate", map[string]string{"facility": w.b.ID}, job.InsertOpts{})
		if err != nil {
			return err
		}
		f["packs"] = store.NewID()
		_, err = tx.Exec(ctx, `INSERT INTO inspection_pack (id, facility_id, edition, fiscal_year, day, as_of_ms, lang, by_id, by_name, made_ms, blob_id, file_name, size_bytes, pages, manifest_sha256, answers)
			VALUES ($1, $2, 'r7', 2026, '2026-11-24', 1, 'ja', 'x', 'x', 1, 'x', 'x.zip', 1, 1, 'x', '{}')`, f["packs"], w.b.ID)
		if err != nil {
			return err
		}
		m, err := intake.Create(ctx, tx, intake.Upload{FacilityID: w.b.ID, FileName: "b.csv", Body: []byte("管理番号,名称\nB-1,x\n")}, now)
		if err != nil {
			return err
		}
		f["imports"] = m.ID
		f["conflicts"] = store.NewID()
		_, err = tx.Exec(ctx, `INSERT INTO asset_conflict (id, asset_id, other_id, cause, key_kind, key_value, source, proof, first_ms, last_ms)
			VALUES ($1, $2, '', 'test', 'serial', 'x', 'agent', '{}', 1, 1)`, f["conflicts"], f["assets"])
		return err
	})
	_, err := evidence.Evaluate(w.t.Context(), w.db, w.cat, evidence.Request{FacilityID: w.b.ID, AsOfMS: now, NowMS: now})
	w.must(err)
	found, err := evidence.LatestAll(w.t.Context(), w.db, w.b.ID, now)
	w.must(err)
	for _, r := range found {
		f["evidence"] = r.ID
	}
}

// bodies that fit the description, so that what is checked is the thing itself.
func fitting(op api.Operation, w *world, facilityID string) any {
	rev := map[string]any{"rev": 1}
	switch op.ID {
	case "updateAsset":
		return map[string]any{"rev": 1, "values": map[string]string{"note": "x"}}
	case "settleField":
		return map[string]any{"rev": 1, "field": "note", "value": "x"}
	case "retireAsset":
		return map[string]any{"rev": 1, "disposed_on": "2026-11-01", "reason": "x"}
	case "moveAsset":
		return map[string]any{"facility_id": w.a.ID}
	case "updateDepartment", "updateStaff", "updateAppointment", "updateRecord", "updateContract", "updateVendor":
		return rev
	case "arrangeImport":
		return map[string]any{"fields": []string{"name"}}
	case "chooseImportAsset":
		return map[string]any{"asset_id": store.NewID()}
	case "withdrawRecord":
		return map[string]any{"rev": 1, "why": "x"}
	case "endNoProbe":
		return map[string]any{"reason": "x"}
	case "closeConflict":
		return map[string]any{"note": "x"}
	case "answerConflict":
		return map[string]any{"outcome": "later"}
	case "mergeAsset":
		return map[string]any{"other_id": store.NewID()}
	case "splitAsset":
		return map[string]any{"parts": []string{"agent"}}
	case "updateUser":
		return map[string]any{"disabled": true}
	case "setAccountOwner":
		return map[string]any{"name": "root", "kind": "shared"}
	case "joinSystem":
		return map[string]any{"role": "端末"}
	case "exceptAsset":
		return map[string]any{"until_on": "2026-12-31", "reason": "x"}
	case "updateDirectory", "updateScan", "updateScanCredential", "updateWayIn", "updateSegment":
		return rev
	case "acceptScanProposal":
		return map[string]any{"rev": 1, "address": "192.0.2.2"}
	case "tryScanCredential":
		return map[string]any{"address": "127.0.0.1:1"}
	case "readDirectory":
		return map[string]any{}
	case "addEntryCertificate":
		return map[string]any{"certificate": "x"}
	case "updateFacility":
		return map[string]any{"beds": 1}
	}
	return nil
}

// TestOthersThingsDoNotExist drives every operation on one thing with the most
// powerful role of facility A and a thing of facility B: the answer is that of a
// thing that is nowhere, to the letter, and the attempt is in the audit log.
func TestOthersThingsDoNotExist(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		things := w.foreign()
		token := w.token(identity.Grant{Role: identity.Administrator, FacilityID: w.a.ID}, true)
		tried := 0
		for _, op := range w.api.Operations() {
			kind, _, _ := strings.Cut(strings.TrimPrefix(op.Path, "/api/v1/"), "/")
			if !strings.Contains(op.Path, "{id}") || kind == "views" || kind == "vendors" {
				continue // a view belongs to its owner, companies to everybody: their own tests
			}
			id, ok := things[kind]
			if !ok {
				t.Errorf("%s: no thing of facility B to try it on", op.ID)
				continue
			}
			r := request{method: op.Method, token: token, body: fitting(op, w, w.b.ID)}
			if op.ID == "addAttachment" || op.ID == "addRecordFile" || op.ID == "addAppointmentFile" {
				r.body, r.media = form("x.pdf", []byte("%PDF-1.4\n"))
			}
			before := w.refusals()
			r.path = fill(op.Path, map[string]string{"id": id, "attachment": store.NewID(), "system": store.NewID(), "merge": store.NewID(), "exception": store.NewID(), "certificate": store.NewID()})
			got := w.do(r)
			r.path = fill(op.Path, nowhere())
			none := w.do(r)
			if got.status != 404 || string(got.body) != string(none.body) || none.status != 404 {
				t.Errorf("%s on a thing of B: %d %s\nnowhere: %d %s", op.ID, got.status, got.body, none.status, none.body)
			}
			if n := w.refusals() - before; n != 1 {
				t.Errorf("%s: %d refusals in the audit log, want 1", op.ID, n)
			}
			tried++
		}
		if tried < 30 {
			t.Errorf("only %d operations tried", tried)
		}
	})
}

// refusals counts the refusals in the audit log.
func (w *world) refusals() (n int) {
	w.t.Helper()
	page, err := audit.List(w.t.Context(), w.db, audit.Filter{Scope: identity.Scope{All: true}, Limit: 500})
	w.must(err)
	for _, e := range page.Entries {
		if strings.HasSuffix(e.Action, ".refused") {
			n++
		}
	}
	return n
}

// TestOthersIDsInQueriesAndBodies: an identifier of facility B in a filter, a batch
// or a body is as good as none.
func TestOthersIDsInQueriesAndBodies(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		things := w.foreign()
		ours := w.asset(w.a.ID, "ours", here)
		system := w.send("POST", "/assets", map[string]any{"facility_id": w.b.ID, "kind": "system", "values": map[string]string{"name": "電子カルテ", "patch_owner": "院内"}}).text(t, "id")
		vendorID := w.get("/vendors").items(t)[0]["id"].(string)
		token := w.token(identity.Grant{Role: identity.Administrator, FacilityID: w.a.ID}, true)
		b := w.b.ID
		person := map[string]any{"facility_id": b, "name": "x"}
		for _, r := range []request{
			{path: "/assets?facility=" + b},
			{path: "/assets?facility=" + w.a.ID + "&facility=" + b},
			{path: "/assets?system=" + system},
			{path: "/assets/export.csv?facility=" + b},
			{path: "/assets/export.xlsx?system=" + system},
			{path: "/conflicts?asset=" + things["assets"]},
			{path: "/departments?facility=" + b},
			{path: "/staff?facility=" + b},
			{path: "/staff?department=" + things["departments"]},
			{path: "/appointments?facility=" + b},
			{path: "/appointments?staff=" + things["staff"]},
			{path: "/records?facility=" + b},
			{path: "/contracts?facility=" + b},
			{path: "/contracts?asset=" + things["assets"]},
			{path: "/devices?facility=" + b},
			{path: "/checklists/r7/medical?facility=" + b},
			{path: "/evidence?facility=" + b},
			{path: "/evidence/history?rule=AE-INV-01&target=all&facility=" + b},
			{path: "/packs?facility=" + b},
			{path: "/audit?facility=" + b},
			{path: "/today?facility=" + b},
			{path: "/accounts?facility=" + b},
			{path: "/directory-accounts?facility=" + b},
			{path: "/topology?facility=" + b},
			{path: "/no-probe?facility=" + b},
			{method: "POST", path: "/no-probe", body: map[string]any{"facility_id": b, "kind": "address", "value": "192.0.2.7", "reason": "x"}},
			{path: "/topology/file?format=csv&facility=" + b},
			{path: "/topology/addresses?facility=" + b},
			{path: "/silence?facility=" + b},
			{path: "/silence/export.csv?facility=" + b},
			{path: "/silence/sources?facility=" + b},
			{path: "/silence/intervals?facility=" + b},
			{path: "/silence/closed-days?facility=" + b},
			{method: "PUT", path: "/silence/intervals", body: map[string]any{"facility_id": b, "kind": "agent"}},
			{method: "DELETE", path: "/silence/intervals?kind=agent&facility=" + b},
			{method: "PUT", path: "/silence/closed-days", body: map[string]any{"facility_id": b, "day": "2026-12-28", "name": "x"}},
			{method: "DELETE", path: "/silence/closed-days?day=2026-12-28&facility=" + b},
			{method: "POST", path: "/directories", body: map[string]any{"facility_id": b, "name": "x"}},
			{path: "/unlisted-devices?facility=" + b},
			{path: "/unlisted-devices/device?key=mac:00005e005378&facility=" + b},
			{method: "POST", path: "/unlisted-devices/adopt", body: map[string]any{"facility_id": b, "key": "mac:00005e005378", "kind": "pc"}},
			{method: "POST", path: "/unlisted-devices/visitor", body: map[string]any{"facility_id": b, "key": "mac:00005e005378", "note": "x", "until_on": "2026-12-01"}},
			{method: "POST", path: "/unlisted-devices/visitor/end", body: map[string]any{"facility_id": b, "key": "mac:00005e005378"}},
			{path: "/network-findings?facility=" + b},
			{path: "/network-findings/finding?key=storage%7Cmac:00005e005378&facility=" + b},
			{method: "POST", path: "/network-findings/aside", body: map[string]any{"facility_id": b, "key": "storage|mac:00005e005378", "facts": "x", "reason": "x", "until_on": "2026-12-01"}},
			{method: "POST", path: "/network-findings/reopen", body: map[string]any{"facility_id": b, "key": "storage|mac:00005e005378"}},
			{path: "/segments?facility=" + b},
			{path: "/segment-proposals?facility=" + b},
			{method: "POST", path: "/segments", body: map[string]any{"facility_id": b, "cidr": "198.51.100.0/24", "name": "x"}},
			{path: "/ways-in?facility=" + b},
			{path: "/way-in-proposals?facility=" + b},
			{method: "POST", path: "/way-in-proposals/refuse", body: map[string]any{"facility_id": b, "key": "x", "reason": "x"}},
			{method: "POST", path: "/ways-in", body: map[string]any{"facility_id": b, "name": "x", "party": "x", "patch_owner": "x"}},
			{path: "/scans?facility=" + b},
			{path: "/scan-credentials?facility=" + b},
			{path: "/scan-proposals?facility=" + b},
			{path: "/scan-proof?device=192.0.2.1&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z&facility=" + b},
			{path: "/scan-proof?asset=" + things["assets"] + "&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z&facility=" + w.a.ID},
			{method: "POST", path: "/scan-proposals/refuse", body: map[string]any{"facility_id": b, "address": "192.0.2.1", "reason": "x"}},
			{method: "POST", path: "/scan-credentials", body: map[string]any{"facility_id": b, "name": "x", "version": "2c", "community": "xy"}},
			{method: "POST", path: "/scans", body: map[string]any{"facility_id": b, "name": "x", "kind": "snmp", "settings": map[string]any{"when": "hand"}}},
			{path: "/baseline?facility=" + b},
			{path: "/baseline/undecided?facility=" + b},
			{path: "/baseline/deviations?facility=" + b},
			{method: "POST", path: "/baseline", body: map[string]any{"facility_id": b, "subject": "service", "name": "x", "asset_kind": "pc", "verdict": "needed"}},
			{method: "PUT", path: "/assets/" + ours + "/systems/" + system, body: map[string]any{}},
			{method: "DELETE", path: "/assets/" + ours + "/systems/" + system},
			{method: "POST", path: "/assets/" + ours + "/accounts/owner", body: map[string]any{"name": "root", "kind": "staff", "staff_id": things["staff"]}},
			{method: "POST", path: "/checklists/r7/medical/rows/r7.medical.2.1/links", body: map[string]any{"facility_id": b, "kind": "place", "title": "x", "target": "x"}},
			{method: "DELETE", path: "/checklists/r7/medical/rows/r7.medical.2.1/links/" + things["assets"] + "?facility=" + b},
			{path: "/checklists/r7/medical/files/" + things["assets"] + "?facility=" + b},
			{method: "PATCH", path: "/assets/bulk", body: map[string]any{"ids": []string{ours, things["assets"]}, "values": map[string]string{"note": "x"}}},
			{method: "POST", path: "/assets", body: map[string]any{"facility_id": b, "kind": "pc", "values": map[string]string{"name": "x"}}},
			{method: "POST", path: "/assets", body: map[string]any{"facility_id": w.a.ID, "kind": "pc", "values": map[string]string{"name": "x"}, "system_ids": []string{system}}},
			{method: "PATCH", path: "/assets/" + ours, body: map[string]any{"rev": 1, "system_ids": []string{system}}},
			{method: "POST", path: "/assets/" + ours + "/move", body: map[string]any{"facility_id": b}},
			{method: "POST", path: "/views", body: map[string]any{"name": "x", "query": "facility=" + b}},
			{method: "POST", path: "/views", body: map[string]any{"name": "x", "query": "system=" + system}},
			{method: "POST", path: "/departments", body: person},
			{method: "POST", path: "/staff", body: person},
			{method: "POST", path: "/appointments", body: map[string]any{"facility_id": b, "role": "planner"}},
			{method: "POST", path: "/appointments", body: map[string]any{"facility_id": w.a.ID, "role": "planner", "staff_id": things["staff"], "appointed_by": "院長", "appointed_on": "2026-04-01"}},
			{method: "POST", path: "/records", body: map[string]any{"facility_id": b}},
			{method: "POST", path: "/contracts", body: map[string]any{"facility_id": b}},
			{method: "POST", path: "/contracts", body: map[string]any{"facility_id": w.a.ID, "vendor_id": vendorID, "title": "x", "starts_on": "2026-04-01", "asset_ids": []string{things["assets"]}}},
			{method: "POST", path: "/enroll-tokens", body: map[string]any{"facility_id": b, "max_uses": 1, "expires_in": "24h"}},
			{method: "POST", path: "/kits", body: map[string]any{"facility_id": b, "name": "x", "expires_in": "24h"}},
			{method: "POST", path: "/entries", body: map[string]any{"facility_id": b, "protocol": "ocs"}},
			{method: "POST", path: "/packs", body: map[string]any{"facility_id": b, "edition": "r7"}},
			{method: "POST", path: "/checklists/r7/medical/rows/r7.medical.2.1/answer", body: map[string]any{"facility_id": b, "value": "yes", "confirmed_by": "x"}},
			{method: "POST", path: "/checklists/r7/medical/rows/r7.medical.2.1/answer", body: map[string]any{"facility_id": w.a.ID, "value": "yes", "confirmed_by": "x", "evidence_ids": []string{things["evidence"]}}},
			{method: "POST", path: "/tokens", body: map[string]any{"name": "x", "grant": map[string]any{"role": "operator", "facility_id": b}}},
			{method: "POST", path: "/users", body: map[string]any{"login": "x", "grants": []any{map[string]any{"role": "manager", "facility_id": b}}}},
		} {
			if r.method == "" {
				r.method = "GET"
			}
			r.token = token
			before := w.refusals()
			got := w.do(r)
			if got.status != 404 || got.text(t, "code") != "not_found" {
				t.Errorf("%s %s: %d %s", r.method, r.path, got.status, got.body)
			}
			if n := w.refusals() - before; n != 1 {
				t.Errorf("%s %s: %d refusals in the audit log, want 1", r.method, r.path, n)
			}
		}
		// Nothing of the batch happened, not even to our own.
		if got := w.get("/assets/" + ours).object(t); got["rev"] != float64(1) {
			t.Errorf("the batch changed our asset: %v", got["rev"])
		}
		w.listsShowNothingOf(token, things)
	})
}

// listsShowNothingOf reads every list without filters and looks for things of B.
func (w *world) listsShowNothingOf(token string, things foreign) {
	w.t.Helper()
	for _, op := range w.api.Operations() {
		if op.Method != http.MethodGet || strings.Contains(op.Path, "{") || strings.Contains(op.Path, "/evidence") || strings.Contains(op.Path, "/baseline") || op.ID == "listVendors" ||
			op.ID == "getUnlistedDevice" || op.ID == "getNetworkFinding" {
			continue
		}
		path := fill(op.Path, nil)
		switch {
		case strings.HasPrefix(path, "/topology"), path == "/scan-proposals", path == "/way-in-proposals", path == "/segments", path == "/segment-proposals": // of one facility
			path += "?facility=" + w.a.ID
		case path == "/scan-proof":
			path += "?device=192.0.2.1&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z&facility=" + w.a.ID
		}
		got := w.ok(request{method: "GET", path: path, token: token})
		for kind, id := range things {
			if kind != "facilities" && strings.Contains(string(got.body), id) {
				w.t.Errorf("%s shows %s of the other facility", op.ID, kind)
			}
		}
		if op.ID != "listAudit" && strings.Contains(string(got.body), w.b.ID) {
			w.t.Errorf("%s names the other facility: %.300s", op.ID, got.body)
		}
	}
}

// TestDepartments: somebody of one department sees and changes its assets only, and
// "all of B, one department of A" is possible.
func TestDepartments(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		mine, other, abroad := w.asset(w.a.ID, "mine", here), w.asset(w.a.ID, "other", "外来"), w.asset(w.b.ID, "abroad", here)
		token := w.token(identity.Grant{Role: identity.Department, FacilityID: w.a.ID, Department: here}, true)
		list := w.ok(request{method: "GET", path: "/assets", token: token}).items(t)
		if len(list) != 1 || list[0]["id"] != mine {
			t.Errorf("list: %v", list)
		}
		note := map[string]any{"rev": 1, "values": map[string]string{"note": "x"}}
		for id, want := range map[string]int{mine: 200, other: 404, abroad: 404} {
			if got := w.do(request{method: "PATCH", path: "/assets/" + id, token: token, body: note}); got.status != want {
				t.Errorf("patch %s: %d %s", id, got.status, got.body)
			}
		}
		for name, c := range map[string]struct {
			r    request
			want int
		}{
			"give away":                      {request{method: "PATCH", path: "/assets/" + mine, body: map[string]any{"rev": 2, "values": map[string]string{"department": "外来"}}}, 403},
			"dispose of by editing":          {request{method: "PATCH", path: "/assets/" + mine, body: map[string]any{"rev": 2, "status": "disposed", "values": map[string]string{"disposed_on": "2026-11-01", "disposal_reason": "x"}}}, 403},
			"dispose of in a batch":          {request{method: "PATCH", path: "/assets/bulk", body: map[string]any{"ids": []string{mine}, "values": map[string]string{"status": "disposed", "disposed_on": "2026-11-01", "disposal_reason": "x"}}}, 403},
			"enter for the own department":   {request{method: "POST", path: "/assets", body: map[string]any{"facility_id": w.a.ID, "kind": "other", "values": map[string]string{"name": "n", "department": here}}}, 201},
			"enter for another":              {request{method: "POST", path: "/assets", body: map[string]any{"facility_id": w.a.ID, "kind": "other", "values": map[string]string{"name": "n", "department": "外来"}}}, 403},
			"enter at another facility":      {request{method: "POST", path: "/assets", body: map[string]any{"facility_id": w.b.ID, "kind": "other", "values": map[string]string{"name": "n", "department": here}}}, 404},
			"move to another facility":       {request{method: "POST", path: "/assets/" + mine + "/move", body: map[string]any{"facility_id": w.b.ID}}, 404},
			"export holds own rows":          {request{method: "GET", path: "/assets/export.csv"}, 200},
			"another department's documents": {request{method: "GET", path: "/assets/" + other + "/attachments"}, 404},
		} {
			c.r.token = token
			got := w.do(c.r)
			if got.status != c.want {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
			if c.r.path == "/assets/export.csv" && (strings.Contains(string(got.body), "other") && strings.Contains(string(got.body), "外来") || strings.Contains(string(got.body), "abroad")) {
				t.Errorf("export: %s", got.body)
			}
		}
		// Two grants at once, as people have them.
		p := identity.Principal{Kind: identity.KindUser, ID: "u", Grants: []identity.Grant{{Role: identity.Operator, FacilityID: w.b.ID}, {Role: identity.Department, FacilityID: w.a.ID, Department: here}}}
		page, err := asset.List(t.Context(), w.db, asset.Filter{Scope: api.ScopeOf(p, identity.AssetRead)}, asset.Page{})
		w.must(err)
		for _, a := range page.Items {
			if a.ID == other {
				t.Errorf("the other department shows")
			}
		}
		if page.Total != 3 {
			t.Errorf("%d assets, want mine, the one entered and the one abroad", page.Total)
		}
	})
}

// TestViewsBelongToTheirOwner: nobody removes another's view, and private ones do
// not show.
func TestViewsBelongToTheirOwner(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.send("POST", "/views", map[string]any{"name": "古いPC", "query": "kind=pc&stale_days=90"}).text(t, "id")
		token := w.token(identity.Grant{Role: identity.Operator}, true)
		if got := w.ok(request{method: "GET", path: "/views", token: token}).items(t); len(got) != 0 {
			t.Errorf("views: %v", got)
		}
		if got := w.do(request{method: "DELETE", path: "/views/" + id, token: token}); got.status != 404 {
			t.Errorf("delete: %d", got.status)
		}
	})
}

func decode(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}
