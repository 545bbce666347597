package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

// TestNoProbe: medical devices stand on the list by themselves, rules are added and lifted
// with a reason, and nobody sees or changes those of another facility.
func TestNoProbe(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		f, g := w.facility("架空本院"), w.facility("架空分院")
		w.user("op", identity.Grant{Role: identity.Operator, FacilityID: f})
		w.user("branch", identity.Grant{Role: identity.Operator, FacilityID: g})
		w.user("reader", identity.Grant{Role: identity.Auditor, FacilityID: f})
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for _, d := range []asset.Observation{
				{DeviceID: "ct", Groups: map[string]asset.Values{"row": {asset.FieldName: "CT <1>", asset.FieldIP: "192.0.2.31"}}},
				{DeviceID: "mr", Groups: map[string]asset.Values{"row": {asset.FieldName: "MR"}}},
			} {
				d.FacilityID, d.Source, d.AtMS, d.Kind = f, asset.SourceCSV, 1, asset.KindMedical
				if _, err := asset.Observe(ctx, tx, d); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		op, branch, reader := w.as("op"), w.as("branch"), w.as("reader")
		op.want(op.get(noProbePath), http.StatusOK, "CT &lt;1&gt;", "192.0.2.31", "1 台はアドレスが分からない", "規則はまだありません")
		op.want(op.post(noProbePath, "facility_id", f, "kind", "address", "value", "ct.example", "reason", "x"), http.StatusUnprocessableEntity, "192.0.2.7 のように", `value="ct.example"`)
		op.want(op.post(noProbePath, "facility_id", f, "kind", "address", "value", "192.0.2.7"), http.StatusUnprocessableEntity, "理由を")
		op.moved(op.post(noProbePath, "facility_id", f, "kind", "range", "value", "192.0.2.64/26", "reason", "手術室"), noProbePath)
		page := op.get(noProbePath)
		op.want(page, http.StatusOK, "192.0.2.64/26", "手術室")
		id := regexp.MustCompile(`/network/no-probe/([0-9a-f-]{36})/end`).FindStringSubmatch(page.body)
		if id == nil {
			t.Fatal("no form to lift the rule")
		}
		end := noProbePath + "/" + id[1] + "/end"
		if body := main(branch.get(noProbePath).body); strings.Contains(body, "192.0.2.64") || strings.Contains(body, "192.0.2.31") || strings.Contains(body, "CT &lt;") {
			t.Error("another facility's list is shown")
		}
		branch.want(branch.post(end, "reason", "x"), http.StatusNotFound)
		branch.want(branch.post(noProbePath, "facility_id", f, "kind", "address", "value", "192.0.2.8", "reason", "x"), http.StatusNotFound)
		reader.want(reader.post(end, "reason", "x"), http.StatusForbidden)
		if body := main(reader.get(noProbePath).body); strings.Contains(body, "<form") {
			t.Error("a reader is shown forms")
		}
		op.want(op.post(end), http.StatusUnprocessableEntity, "理由を")
		op.moved(op.post(end, "reason", "撤去した"), noProbePath)
		if strings.Contains(main(op.get(noProbePath).body), "手術室") {
			t.Error("a lifted rule is shown")
		}
		op.want(op.get(noProbePath+"?"+url.Values{"ended": {"1"}}.Encode()), http.StatusOK, "192.0.2.64/26", "撤去した")
	})
}
