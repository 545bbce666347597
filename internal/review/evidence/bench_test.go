package evidence_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/review/catalog"
	"sonae/internal/review/evidence"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/software"
)

// crowd reports n machines with accounts, services, ports, updates and safeguards.
func (h *hospital) crowd(n int) {
	h.t.Helper()
	kinds := []asset.Kind{asset.KindPC, asset.KindPC, asset.KindPC, asset.KindPC, asset.KindServer}
	var services []software.Service
	for i := range 30 {
		services = append(services, software.Service{Name: fmt.Sprintf("svc%02d", i), Start: software.StartAuto, Running: true})
	}
	for done := 0; done < n; done += 100 {
		h.tx(func(ctx context.Context, tx *store.Tx) error {
			for range 100 {
				if err := h.one(ctx, tx, kinds[h.n%len(kinds)], services); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// one is a machine of the crowd.
func (h *hospital) one(ctx context.Context, tx *store.Tx, kind asset.Kind, services []software.Service) error {
	h.n++
	at := now - int64(h.n%40)*dayMS
	v := complete(kind, "", h.n)
	name := fmt.Sprintf("%s-%05d", kind, h.n)
	digests := map[string]string{}
	for _, s := range sections {
		digests[s] = "d"
	}
	r, err := asset.Observe(ctx, tx, asset.Observation{FacilityID: h.id, Source: asset.SourceAgent, DeviceID: store.NewID(), AtMS: at, Kind: kind, Reported: sections, Digests: digests,
		Identity: asset.Identity{Maker: "架空", Model: "X1", Serial: v[asset.FieldSerial], MACs: []string{v[asset.FieldMAC]}, HostName: name},
		Groups:   map[string]asset.Values{asset.SectionOS: {asset.FieldHostName: name, asset.FieldOSName: "Windows 11", asset.FieldOSVersion: "10.0.26100"}}})
	if err != nil {
		return err
	}
	accounts := []account.Account{user("admin", now), user("guest", 0), user("old", now-200*dayMS), user("maint", now-10*dayMS), user("user", now)}
	if _, err := account.Record(ctx, tx, r.AssetID, "agent", at, accounts); err != nil {
		return err
	}
	if _, err := software.RecordServices(ctx, tx, r.AssetID, "agent", at, services); err != nil {
		return err
	}
	if _, err := network.RecordPorts(ctx, tx, r.AssetID, "agent", at, []network.Port{{Protocol: "tcp", Address: "0.0.0.0", Number: 135, Process: "rpc"},
		{Protocol: "tcp", Address: "0.0.0.0", Number: 445, Process: "System"}, {Protocol: "tcp", Address: "0.0.0.0", Number: 3389, Process: "svchost"}}); err != nil {
		return err
	}
	if _, err := software.RecordUpdates(ctx, tx, r.AssetID, "agent", at, software.UpdateState{CheckedMS: at},
		[]software.Pending{{Name: "KB1", Offered: "1", Security: true, Severity: "Critical"}, {Name: "KB2", Offered: "1", Security: true}}); err != nil {
		return err
	}
	_, err = software.RecordSafeguards(ctx, tx, r.AssetID, "agent", at, []software.Safeguard{{Kind: software.GuardProtection, Name: "A", State: software.On, Detail: "antimalware"},
		{Kind: software.GuardLog, Name: "Security", State: software.Off, KeepDays: 90}, {Kind: software.GuardTime, State: software.On}})
	return err
}

// BenchmarkEvaluate judges all rules over 10,000 machines and names the slowest
// check: at most 1 s each.
func BenchmarkEvaluate(b *testing.B) {
	cat := loadCatalog(b)
	for engine, open := range map[string]func(testing.TB) *store.DB{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(engine, func(b *testing.B) {
			db := open(b)
			h := newHospital(b, db)
			h.crowd(10_000)
			slowest(b, h, cat)
			for b.Loop() {
				if _, err := evidence.Evaluate(b.Context(), db, cat, evidence.Request{FacilityID: h.id, AsOfMS: now, NowMS: now}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// slowest times every check of the catalog by itself, live and on the histories.
func slowest(b *testing.B, h *hospital, cat *catalog.Catalog) {
	b.Helper()
	for _, live := range []bool{true, false} {
		worst, name := time.Duration(0), ""
		var past *evidence.Ledger
		if !live {
			var err error
			if past, err = evidence.ReadLedger(b.Context(), h.db, h.id, now); err != nil {
				b.Fatal(err)
			}
		}
		for _, k := range evidence.KeysOf(evidence.InUse(cat, now)...) {
			rule, _ := cat.Rule(k.RuleID)
			values, err := rule.Values("", nil)
			if err != nil {
				b.Fatal(err)
			}
			calls, err := rule.Bind(values)
			if err != nil {
				b.Fatal(err)
			}
			for _, call := range calls {
				start := time.Now()
				for _, c := range evidence.Checks() {
					if c.Name == call.Name {
						if _, err := c.Run(b.Context(), h.db, evidence.Input{FacilityID: h.id, AsOfMS: now, Past: past, Target: k.Target, Args: call.Args}); err != nil {
							b.Fatal(err)
						}
					}
				}
				d := time.Since(start)
				if d > worst {
					worst, name = d, call.Name
				}
			}
		}
		b.Logf("live %v: slowest check %s %s", live, name, worst)
	}
}
