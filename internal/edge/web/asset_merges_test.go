package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
)

// Who may see one of two machines neither judges about both, nor reads of the other.
func TestOneSideOfTwo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLedger(t, db)
		list, err := asset.Conflicts(t.Context(), db, asset.ConflictFilter{Scope: asset.Scope{All: true}})
		if err != nil || len(list) == 0 {
			t.Fatalf("%v %v", list, err)
		}
		mine := list[0].AssetID
		var split asset.Merged
		l.tx(func(ctx context.Context, tx *store.Tx) error {
			if _, _, err := asset.Move(ctx, tx, asset.Scope{All: true}, mine, l.main, "佐藤", store.MS(l.clock())); err != nil && mine == l.ids["twin"] {
				return err
			}
			if split, err = asset.Split(ctx, tx, asset.Scope{All: true}, nil, l.ids["pc"], []string{"snmp"}, "内緒の端末", "内緒のわけ", "佐藤", store.MS(l.clock())); err != nil {
				return err
			}
			for _, id := range []string{mine, l.ids["pc"]} {
				if _, _, err := asset.Edit(ctx, tx, asset.Scope{All: true}, id, 0, asset.Values{asset.FieldDepartment: "放射線科"}, "佐藤", store.MS(l.clock())); err != nil {
					return err
				}
			}
			_, _, err := asset.Edit(ctx, tx, asset.Scope{All: true}, split.GoneID, 0, asset.Values{asset.FieldDepartment: "看護部"}, "佐藤", store.MS(l.clock()))
			return err
		})
		ward, op := l.as("ward"), l.as("op")
		line := "/conflicts/" + list[0].ID
		page := ward.get(line)
		ward.want(page, http.StatusOK, "あなたが見られない機器")
		for _, form := range []string{"/answer", "/close"} {
			if strings.Contains(page.body, line+form) {
				t.Errorf("the form %s is offered", form)
			}
		}
		ward.want(ward.post(line+"/answer", "outcome", "later"), http.StatusForbidden)
		ward.want(ward.post(line+"/answer", "outcome", "different"), http.StatusForbidden)
		ward.want(ward.post(line+"/close", "note", "x"), http.StatusForbidden)
		if one, err := asset.ConflictByID(t.Context(), db, list[0].ID); err != nil || one.LaterMS != 0 || one.ClosedMS != 0 {
			t.Errorf("the line is aside or closed: %+v, %v", one, err)
		}
		merges := "/assets/" + l.ids["pc"] + "/merges"
		seen := ward.get(merges)
		ward.want(seen, http.StatusOK, "この行から分けた", "あなたが見られない機器")
		for _, secret := range []string{"内緒", split.GoneID, split.ID + "/undo"} {
			if strings.Contains(seen.body, secret) {
				t.Errorf("the page tells %q", secret)
			}
		}
		op.want(op.get(merges), http.StatusOK, "内緒の端末", "内緒のわけ", split.GoneID)
		l.verified()
	})
}
