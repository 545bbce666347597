package ingest_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/software"
	"sonae/internal/wire"
)

// What a machine says about its set-up is kept with its history: a protection that was
// off on a day and is on today has both answers.
func TestSetupIsKeptWithItsHistory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		dev := d.device(t)
		r := newPool().pc(1)
		report(t, d, dev, r)
		off := r.CollectedMS
		ctx, id := t.Context(), ""
		if err := db.QueryRow(ctx, `SELECT id FROM asset_asset`).Scan(&id); err != nil {
			t.Fatal(err)
		}
		wantCounts(t, d, id, 0)

		d.set(start.Add(time.Minute))
		r.Seq, r.CollectedMS = 2, off+60_000
		r.Sections.SwitchedOff, r.Sections.Hardening.SMB1Server, r.Sections.Groups = &[]wire.SwitchedOff{}, new(true), &[]wire.Group{{Name: "Administrators", Privileged: true}}
		r.Sections.Peripherals.USBStorage[0].LastSeen = "2026-11-24"
		report(t, d, dev, r)
		wantCounts(t, d, id, off)
		now, _ := software.AllSwitchedOff(ctx, db, id, 0)
		then, err := software.AllSwitchedOff(ctx, db, id, off)
		if err != nil || len(now) != 0 || len(then) != 2 || then[0].What != "auto_updates" || then[0].SinceMS != start.UnixMilli()-86400000*40 || then[1].By != "setting" {
			t.Errorf("switched off now %v, then %v, %v", now, then, err)
		}
		if got, was := setting(ctx, db, id, 0), setting(ctx, db, id, off); got != "on" || was != "off" {
			t.Errorf("SMB 1 now %s, then %s", got, was)
		}
		groups, err := account.Groups(ctx, db, id, 0)
		if err != nil || len(groups) != 1 || groups[0].Name != "Administrators" {
			t.Errorf("groups now %v, %v", groups, err)
		}
		usb, err := asset.AllUSBStorage(ctx, db, id, 0)
		if err != nil || len(usb) != 1 || usb[0].LastSeen != "2026-11-24" || usb[0].FirstMS != off {
			t.Errorf("USB storage now %+v, %v: the last day makes no new row", usb, err)
		}
		a, _, err := asset.AsOf(ctx, db, asset.Scope{All: true}, id, off)
		if err != nil || a.Values[asset.FieldSwitchedOff] != "auto_updates firewall" {
			t.Errorf("the ledger then says %q, %v", a.Values[asset.FieldSwitchedOff], err)
		}
		if n := d.count(t, `SELECT count(*) FROM asset_asset WHERE switched_off = ''`); n != 1 {
			t.Error("the ledger still says that something is switched off")
		}
	})
}

func report(t *testing.T, d door, dev testDevice, r *wire.Report) {
	t.Helper()
	if status, _, body := d.send(t, d.reportOf(dev, sealed(t, dev, r))); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
}

func setting(ctx context.Context, db *store.DB, id string, atMS int64) string {
	list, err := software.Settings(ctx, db, id, atMS)
	for _, s := range list {
		if s.Kind == "smb1_server" {
			return s.Value
		}
	}
	return fmt.Sprint(err)
}

// wantCounts reads every list of the first report back.
func wantCounts(t *testing.T, d door, id string, atMS int64) {
	t.Helper()
	ctx := t.Context()
	for name, count := range map[string]func() (int, int, error){
		"backups":    func() (int, int, error) { l, err := software.Backups(ctx, d.db, id, atMS); return len(l), 1, err },
		"extensions": func() (int, int, error) { l, err := software.Extensions(ctx, d.db, id, atMS); return len(l), 10, err },
		"startup":    func() (int, int, error) { l, err := software.StartupItems(ctx, d.db, id, atMS); return len(l), 20, err },
		"patches":    func() (int, int, error) { l, err := software.Patches(ctx, d.db, id, atMS); return len(l), 30, err },
		"runs":       func() (int, int, error) { l, err := software.UpdateRuns(ctx, d.db, id, atMS); return len(l), 1, err },
		"groups":     func() (int, int, error) { l, err := account.Groups(ctx, d.db, id, atMS); return len(l), 15, err },
		"printers":   func() (int, int, error) { l, err := asset.Printers(ctx, d.db, id, atMS); return len(l), 1, err },
		"monitors":   func() (int, int, error) { l, err := asset.Monitors(ctx, d.db, id, atMS); return len(l), 1, err },
		"memory":     func() (int, int, error) { l, err := asset.MemoryModules(ctx, d.db, id, atMS); return len(l), 1, err },
		"settings":   func() (int, int, error) { l, err := software.Settings(ctx, d.db, id, atMS); return len(l), 18, err },
	} {
		if got, want, err := count(); err != nil || got != want {
			t.Errorf("%s at %d: %d rows, want %d, %v", name, atMS, got, want, err)
		}
	}
}
