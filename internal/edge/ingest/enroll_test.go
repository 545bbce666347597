package ingest_test

import (
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/wire"
)

func TestEnroll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		public, key, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		request := wire.EnrollRequest{Version: wire.Version, Token: d.token, PublicKey: public, Identity: wire.Identity{HostName: "受付-01", Serial: "S1", OSFamily: "linux"}}
		enroll := func(change func(*wire.EnrollRequest)) (int, http.Header, []byte) {
			r := request
			if change != nil {
				change(&r)
			}
			body, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			return d.send(t, message{http.MethodPost, "/ingest/v1/enroll", map[string]string{"Content-Type": "application/json"}, body, false})
		}
		before := d.rows(t)
		for _, c := range []struct {
			name   string
			change func(*wire.EnrollRequest)
			status int
			code   string
		}{
			{"wrong token", func(r *wire.EnrollRequest) { r.Token += "x" }, 401, "unauthenticated"},
			{"no token", func(r *wire.EnrollRequest) { r.Token = "" }, 422, "invalid"},
			{"short key", func(r *wire.EnrollRequest) { r.PublicKey = r.PublicKey[:31] }, 422, "invalid"},
			{"version", func(r *wire.EnrollRequest) { r.Version = 9 }, 415, "unsupported"},
			{"too long", func(r *wire.EnrollRequest) { r.Token = strings.Repeat("x", wire.MaxEnrollBytes) }, 413, "too_large"},
		} {
			status, header, body := enroll(c.change)
			if p := problem(t, header, body); status != c.status || p.Code != c.code {
				t.Errorf("%s: got %d %s", c.name, status, body)
			}
		}
		if diff := cmp.Diff(before, d.rows(t)); diff != "" {
			t.Errorf("refusals left something behind (-before +after):\n%s", diff)
		}
		if n := d.count(t, `SELECT count(*) FROM identity_knock WHERE summary LIKE '%受付-01%'`); n != 1 {
			t.Errorf("%d knocks", n)
		}
		var first, again wire.EnrollReply
		for _, reply := range []*wire.EnrollReply{&first, &again} { // an agent that lost the answer repeats
			status, _, body := enroll(nil)
			if err := json.Unmarshal(body, reply); err != nil || status != http.StatusOK {
				t.Fatalf("%d %s", status, body)
			}
		}
		if first.DeviceID != again.DeviceID || !store.ValidID(first.DeviceID) || first.ServerMS != start.UnixMilli() {
			t.Errorf("got %+v, then %+v", first, again)
		}
		if assets, devices := d.count(t, `SELECT count(*) FROM asset_asset`), d.count(t, `SELECT count(*) FROM identity_device`); assets != 0 || devices != 1 {
			t.Errorf("%d assets, %d devices", assets, devices)
		}
		dev := testDevice{first.DeviceID, key}
		if status, _, body := d.send(t, d.reportOf(dev, sealed(t, dev, newPool().pc(1)))); status != http.StatusOK {
			t.Errorf("first report: %d %s", status, body)
		}
		if n := d.count(t, `SELECT count(*) FROM audit_entry WHERE action = 'device.enrolled' OR action = 'asset.found'`); n < 2 {
			t.Errorf("%d audit entries", n)
		}
	})
}
