package ingest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/wire"
)

func TestFullReportIsStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		dev := d.device(t)
		r := newPool().pc(1)
		status, _, body := d.send(t, d.reportOf(dev, sealed(t, dev, r)))
		var reply wire.ReportReply
		if err := json.Unmarshal(body, &reply); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		if diff := cmp.Diff(wire.ReportReply{Seq: 1, ServerMS: start.UnixMilli()}, reply); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		d.server.Close() // asks for the evaluation at once
		for table, want := range map[string]int64{
			"asset_asset": 1, "software_install": 300, "software_service": 40, "network_port": 25, "account_local": 10, "network_interface": 3,
			"network_address": 4, "software_pending": 1, "software_safeguard": 5, "asset_volume": 2, "asset_disk": 1, "job": 1,
		} {
			if got := d.count(t, `SELECT count(*) FROM `+table); got != want {
				t.Errorf("%s: got %d rows, want %d", table, got, want)
			}
		}
		var ip, mac, kind, args string
		if err := db.QueryRow(t.Context(), `SELECT ip, mac, kind, (SELECT args FROM job) FROM asset_asset`).Scan(&ip, &mac, &kind, &args); err != nil {
			t.Fatal(err)
		}
		if ip != "10.10.0.2" || mac != "00:00:5e:00:00:10" || kind != "pc" || args != `{"facility":"`+d.facility+`"}` {
			t.Errorf("got %s %s %s %s", ip, mac, kind, args)
		}
		// Nothing changed: digests alone are enough, and add no row.
		before := d.rows(t)
		r.Sections, r.Seq, r.CollectedMS = wire.Sections{}, 2, r.CollectedMS+1000
		d.set(d.now().Add(time.Minute))
		if status, _, body = d.send(t, d.reportOf(dev, sealed(t, dev, r))); status != http.StatusOK || strings.Contains(string(body), "need") {
			t.Fatalf("%d %s", status, body)
		}
		before["numbers"] = 2
		if diff := cmp.Diff(before, d.rows(t)); diff != "" {
			t.Errorf("an unchanged report changed rows (-before +after):\n%s", diff)
		}
		if got := d.count(t, `SELECT last_seen_ms FROM asset_asset`); got != r.CollectedMS {
			t.Errorf("last seen at %d, want %d", got, r.CollectedMS)
		}
	})
}

func TestNeedAsksForWhatIsMissing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		dev := d.device(t)
		full := newPool().pc(1)
		sealed(t, dev, full)
		r := *full
		need := func(sections wire.Sections) string {
			t.Helper()
			r.Sections = sections
			status, _, body := d.send(t, d.reportOf(dev, sealed(t, dev, &r)))
			var reply wire.ReportReply
			if err := json.Unmarshal(body, &reply); err != nil || status != http.StatusOK {
				t.Fatalf("%d %s", status, body)
			}
			r.Seq++
			return fmt.Sprint(reply.Need)
		}
		r.Digests["weather"] = strings.Repeat("0", 64) // of a newer agent: nothing this server could ask for
		if got := need(wire.Sections{}); strings.Count(got, " ") != len(full.Digests)-2 {
			t.Errorf("a server that knows nothing asks for %s", got)
		}
		if n := d.count(t, `SELECT count(*) FROM asset_asset`); n != 0 {
			t.Errorf("digests alone made %d assets", n)
		}
		if got := need(full.Sections.Only(wire.SecHardware, wire.SecOS, wire.SecPackages)); strings.Contains(got, "packages") || !strings.Contains(got, "ports") {
			t.Errorf("after three sections the server asks for %s", got)
		}
		if got := need(full.Sections); got != "[]" {
			t.Errorf("after all sections the server asks for %s", got)
		}
	})
}

func TestHostileTextIsStoredAsText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		for i, text := range []string{
			`'; DROP TABLE asset_asset; --`, `" OR ""="`, `%00 %s \x00 \u0041`, `<script>alert(1)</script>`, `{{.}} ${x} #{y}`, "a\tb\nc\r\n", `=cmd|'/c calc'!A0`,
			"\u202eevil\u2066", "髙﨑㈱", "👩‍⚕️", `\`, `$1 ?1 :a @b`, "\ufeffx", "\uffff",
		} {
			dev := d.device(t)
			r := newPool().pc(i)
			s := &r.Sections
			s.OS.HostName, s.OS.Name, s.Hardware.Model, s.Hardware.CPUModel = text, text, text, text
			(*s.Packages)[0] = wire.Package{Name: text, Version: text, Publisher: text, Kind: text, Arch: text, Source: text}
			(*s.Services)[0] = wire.Service{Name: text, Title: text, Start: "auto", Path: text, RunAs: text}
			(*s.Ports)[0].Process, (*s.Ports)[0].Path, (*s.Ports)[0].User = text, text, text
			(*s.Accounts)[0] = wire.Account{Name: text, ID: text, FullName: text, Why: text, Groups: []string{text}}
			(*s.Interfaces)[0].Name = text
			s.Security.Protection[0].Product, s.Security.TimeSource, s.Security.RemoteAccess = text, text, []string{text}
			s.Updates.Pending[0].Name, s.Updates.Pending[0].Have, s.Updates.Pending[0].Offered, s.Updates.Pending[0].Severity = text, text, text, text
			before := d.rows(t)
			status, header, body := d.send(t, d.reportOf(dev, sealed(t, dev, r)))
			if status != http.StatusOK {
				p := problem(t, header, body)
				if diff := cmp.Diff(before, d.rows(t)); diff != "" || p.Code != "invalid" {
					t.Errorf("%q: %d %s\n%s", text, status, body, diff)
				}
				t.Logf("%q is refused at %s: %s", text, p.Place, p.Detail)
				continue
			}
			for column, want := range map[string]int64{
				"asset_asset.host_name": 1, "asset_asset.os_name": 1, "asset_asset.model": 1, "software_title.name": 1, "software_title.version": 1, "software_title.publisher": 1,
				"software_title.kind": 1, "software_title.arch": 1, "software_title.origin": 1, "software_service.name": 1, "software_service.path": 1, "software_service.run_as": 1,
				"network_port.process": 1, "network_port.path": 1, "network_port.run_as": 1, "network_interface.name": 1, "account_local.name": 1, "account_local.system_id": 1,
				"account_local.full_name": 1, "account_local.why": 1, "software_pending.name": 1, "software_pending.offered": 1, "software_pending.severity": 1, "software_safeguard.name": 2, "software_safeguard.detail": 1,
			} {
				table, name, _ := strings.Cut(column, ".")
				if got := d.count(t, `SELECT count(*) FROM `+table+` WHERE `+name+` = $1`, text); got != want {
					t.Errorf("%q in %s: %d rows, want %d", text, column, got, want)
				}
			}
		}
	})
}

func TestRowsInAreRowsAcknowledged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		const machines, rounds = 12, 5
		p := newPool()
		devices := make([]testDevice, machines)
		for i := range devices {
			devices[i] = d.device(t)
		}
		var acknowledged [machines]atomic.Int64
		var replays, others atomic.Int64
		var all sync.WaitGroup
		for i := range machines {
			for copyOf := range 2 { // two agents with one key: each number counts once
				all.Go(func() {
					for round := range rounds {
						r := p.pc(i)
						r.Seq, r.CollectedMS = int64(round+1), r.CollectedMS+int64(round)
						extra := append(*r.Sections.Packages, wire.Package{Kind: "msi", Name: fmt.Sprintf("round %d", round), Version: fmt.Sprint(i)})
						r.Sections.Packages = &extra
						m := d.reportOf(devices[i], sealed(t, devices[i], r))
						if copyOf == 1 && round%2 == 1 {
							m.body = m.body[:len(m.body)-9]
						}
						switch status, _, body := d.send(t, m); status {
						case http.StatusOK:
							acknowledged[i].Add(1)
						case http.StatusConflict:
							replays.Add(1)
						case http.StatusUnauthorized:
							others.Add(1)
						default:
							t.Errorf("%d %s", status, body)
						}
					}
				})
			}
		}
		all.Wait()
		for i := range machines {
			var last int64
			if err := db.QueryRow(t.Context(), `SELECT last_seq FROM identity_device WHERE id = $1`, devices[i].id).Scan(&last); err != nil {
				t.Fatal(err)
			}
			if n := acknowledged[i].Load(); n < 1 || n > rounds || last < n {
				t.Errorf("machine %d: %d acknowledged, last number %d", i, n, last)
			}
			got := d.count(t, `SELECT count(*) FROM software_install i JOIN software_title s ON s.no = i.title_no WHERE s.version = $1 AND s.name LIKE 'round %'`, fmt.Sprint(i))
			if want := acknowledged[i].Load(); got != want {
				t.Errorf("machine %d: %d rows for %d acknowledged reports", i, got, want)
			}
			if open := d.count(t, `SELECT count(*) FROM software_install i JOIN software_title s ON s.no = i.title_no WHERE s.version = $1 AND s.name LIKE 'round %' AND i.gone_ms IS NULL`, fmt.Sprint(i)); open != 1 {
				t.Errorf("machine %d: %d rounds are open, want the last", i, open)
			}
		}
		if assets, entries := d.count(t, `SELECT count(*) FROM asset_asset`), d.count(t, `SELECT count(*) FROM audit_entry`); assets != machines || entries != machines {
			t.Errorf("%d assets and %d audit entries for %d machines", assets, entries, machines)
		}
		if replays.Load() == 0 || others.Load() == 0 {
			t.Errorf("%d replays and %d broken reports: the test did not try them", replays.Load(), others.Load())
		}
	})
}

func TestOldAndFutureClocks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		dev := d.device(t)
		report := func(seq, collectedMS int64, pkg string) {
			t.Helper()
			r := newPool().pc(1)
			r.Seq, r.CollectedMS, r.Sections.Packages = seq, collectedMS, &[]wire.Package{{Kind: "msi", Name: pkg}}
			if status, _, body := d.send(t, d.reportOf(dev, sealed(t, dev, r))); status != http.StatusOK {
				t.Fatalf("%d %s", status, body)
			}
		}
		open := func() (name string) {
			t.Helper()
			if err := db.QueryRow(t.Context(), `SELECT s.name FROM software_install i JOIN software_title s ON s.no = i.title_no WHERE i.gone_ms IS NULL`).Scan(&name); err != nil {
				t.Fatal(err)
			}
			return name
		}
		week := start.AddDate(0, 0, -7).UnixMilli()
		report(1, week, "last week") // kept for a week by an agent without a line
		if got := d.count(t, `SELECT first_ms FROM software_install`); got != week {
			t.Errorf("first seen at %d, want the report's own time %d", got, week)
		}
		report(2, start.UnixMilli(), "today")
		report(3, start.Add(-time.Hour).UnixMilli(), "an hour ago")
		if got := open(); got != "today" {
			t.Errorf("an older report won: %s", got)
		}
		report(4, start.Add(40*time.Hour).UnixMilli(), "clock ahead")
		d.set(d.now().Add(time.Minute))
		report(5, d.now().UnixMilli(), "clock set right")
		if got := open(); got != "clock set right" {
			t.Errorf("a clock that ran ahead hides later reports: %s", got)
		}
	})
}
