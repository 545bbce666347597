package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
)

// What was switched off stands first on the pages of the machine, in the ledger's
// filter and among today's things to do; a person cannot enter it.
func TestSwitchedOffIsSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := newLedger(t, db)
		now := store.MS(l.clock())
		l.observe("off", asset.Observation{FacilityID: l.main, Source: asset.SourceAgent, DeviceID: "device-off", AtMS: now, Kind: asset.KindPC,
			Identity: asset.Identity{Serial: "EX59-OFF"}, Groups: map[string]asset.Values{asset.SectionOS: {asset.FieldHostName: "OFF-01"}, "switched_off": {asset.FieldSwitchedOff: "auto_updates firewall"}}})
		l.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := software.RecordSwitchedOff(ctx, tx, l.ids["off"], "agent", now, []software.SwitchedOff{
				{What: "auto_updates", Name: "apt-daily.timer", By: "masked", SinceMS: now - 40*dayMS, Evidence: "/etc/systemd/system/apt-daily.timer"},
				{What: "firewall", By: "setting", Evidence: "/etc/ufw/ufw.conf ENABLED=no"}})
			if err == nil {
				_, err = software.RecordSettings(ctx, tx, l.ids["off"], "agent", now, []software.Setting{{Kind: "smb1_server", Value: software.On}, {Kind: "password_policy", Item: "min_length", Value: "8"}})
			}
			return err
		})
		b := l.as("op")
		b.want(b.get("/assets/"+l.ids["off"]), http.StatusOK, "意図的に停止", "自動更新、ファイアウォール")
		b.want(b.get("/assets/"+l.ids["off"]+"/protection"), http.StatusOK, "意図的に停止されているもの", "起動の禁止（mask）", "/etc/systemd/system/apt-daily.timer", "時期は不明",
			"SMB 1.0（サーバ）", "有効", "パスワード：最小文字数")
		b.want(b.get("/assets?switched_off=1&q=OFF-01"), http.StatusOK, "OFF-01", "意図的に停止 2件", "保護を意図的に停止")
		if a := b.get("/assets?switched_off=1&q=PC"); strings.Contains(main(a.body), "OFF-01") {
			t.Error("the filter finds what the text does not name")
		}
		b.want(b.get("/"), http.StatusOK, "保護の機能が意図的に止められています")
		if a := b.get("/assets/" + l.ids["off"] + "/edit"); strings.Contains(a.body, `name="switched_off"`) {
			t.Error("a person is asked for what only the machine tells")
		}
	})
}
