package api_test

import (
	"context"
	"strings"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// Who may see one of two machines neither judges about both, nor reads of the other.
func TestOneSideOfTwo(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		atMS := store.MS(w.clock.now())
		var last asset.Result
		for i, mac := range []string{"f8:b1:56:00:00:01", "f8:b1:56:00:00:02"} {
			w.tx(func(ctx context.Context, tx *store.Tx) (err error) {
				last, err = asset.Observe(ctx, tx, asset.Observation{FacilityID: w.a.ID, Source: asset.SourceAgent, DeviceID: mac, AtMS: atMS + int64(i), Kind: asset.KindPC,
					Identity: asset.Identity{Maker: "Example", Serial: "SN-TWO", MACs: []string{mac}}, Groups: map[string]asset.Values{asset.SectionOS: {asset.FieldHostName: mac}}})
				return err
			})
		}
		list, err := asset.Conflicts(t.Context(), w.db, asset.ConflictFilter{Scope: asset.Scope{All: true}, AssetID: last.AssetID})
		w.must(err)
		if len(list) != 1 || list[0].OtherID == "" {
			t.Fatalf("%+v", list)
		}
		one := list[0]
		belongs := func(id, department string) {
			w.tx(func(ctx context.Context, tx *store.Tx) error {
				_, _, err := asset.Edit(ctx, tx, asset.Scope{All: true}, id, 0, asset.Values{asset.FieldDepartment: department}, "佐藤", store.MS(w.clock.now()))
				return err
			})
		}
		belongs(one.AssetID, here)
		belongs(one.OtherID, "外来")
		ward := w.token(identity.Grant{Role: identity.Department, FacilityID: w.a.ID, Department: here}, true)
		as := func(method, path, body string) answer {
			return w.do(request{method: method, path: path, token: ward, body: body})
		}
		for path, body := range map[string]string{"/answer": `{"outcome":"later"}`, "/answer?": `{"outcome":"different"}`, "/close": `{"note":"x"}`} {
			if got := as("POST", "/conflicts/"+one.ID+path, body); got.status != 403 {
				t.Errorf("%s %s: %d %s", path, body, got.status, got.body)
			}
		}
		// A machine of the department, out of which another one's came.
		mine := w.asset(w.a.ID, "こちら", here)
		theirs := w.asset(w.a.ID, "内緒の端末", here)
		merge := w.send("POST", "/assets/"+mine+"/merge", map[string]any{"other_id": theirs, "note": "内緒のわけ"}).text(t, "id")
		whole := "/assets/" + mine + "/merges"
		if got := string(w.ok(request{method: "GET", path: whole, token: ward}).body); !strings.Contains(got, "内緒の端末") {
			t.Errorf("what is in the own machine is its own: %s", got)
		}
		w.send("POST", whole+"/"+merge+"/undo", nil)
		belongs(theirs, "外来")
		got := string(w.ok(request{method: "GET", path: whole, token: ward}).body)
		if strings.Contains(got, "内緒") || strings.Contains(got, theirs) || !strings.Contains(got, `"hidden":true`) {
			t.Errorf("tells of a machine that may not be seen: %s", got)
		}
		if all := string(w.get(whole).body); !strings.Contains(all, "内緒のわけ") || !strings.Contains(all, theirs) {
			t.Errorf("hides from who may see: %s", all)
		}
	})
}
