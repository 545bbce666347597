package ingest_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/wire"
)

func TestPolicyReachesTheAgent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := open(t, db)
		dev, other := d.device(t), d.device(t)
		key, err := d.registry.PolicyKey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		public := key.Public().(ed25519.PublicKey)
		seq, short := int64(0), false
		report := func(held int64, events ...wire.AgentEvent) *wire.SignedPolicy {
			t.Helper()
			r := newPool().pc(1)
			if short {
				r.DeviceID = dev.id
				r.Seal()
				r.Sections = wire.Sections{}
			}
			seq++
			r.Seq, r.Agent.Policy, r.Agent.Events = seq, held, events
			status, _, body := d.send(t, d.reportOf(dev, sealed(t, dev, r)))
			var reply wire.ReportReply
			if err := json.Unmarshal(body, &reply); err != nil || status != 200 {
				t.Fatalf("%d %s", status, body)
			}
			return reply.Policy
		}
		if report(0) != nil {
			t.Error("a policy that nobody made")
		}
		d.tx(t, func(ctx context.Context, tx *store.Tx) error {
			_, err := d.registry.SetPolicy(ctx, tx, identity.System("test"), identity.Policy{FacilityID: d.facility, Rules: identity.PolicyRules{IntervalMin: 120, Off: []string{"ports"}, Stop: true}})
			return err
		})
		signed := report(0)
		if signed == nil {
			t.Fatal("no policy")
		}
		p, err := signed.Open(public, dev.id)
		if err != nil || p.IntervalMin != 120 || !p.Stop || !slices.Equal(p.Off, []wire.Section{wire.SecPorts}) || p.ExpiresMS <= p.IssuedMS {
			t.Errorf("got %+v, %v", p, err)
		}
		if report(p.Version) != nil {
			t.Error("sent again to an agent that holds it")
		}
		// A machine on which nothing changed shows, too, what it follows.
		short = true
		report(p.Version + 1)
		if s, err := d.registry.StateOfDevice(t.Context(), db, dev.id); err != nil || s.Policy != p.Version+1 {
			t.Errorf("follows %d, %v, want %d", s.Policy, err, p.Version+1)
		}
		report(p.Version)
		if s, err := d.registry.StateOfDevice(t.Context(), db, dev.id); err != nil || s.Policy != p.Version {
			t.Errorf("follows %d, %v, want %d", s.Policy, err, p.Version)
		}
		// An agent that may not report asks.
		ask := func(as testDevice, signer ed25519.PrivateKey, named string, context string) (int, wire.PolicyReply) {
			t.Helper()
			body, _ := json.Marshal(wire.PolicyRequest{Version: wire.Version, DeviceID: named})
			status, _, answer := d.send(t, message{http.MethodPost, "/ingest/v1/policy", map[string]string{
				"Content-Type": "application/json", wire.HeaderDevice: as.id, wire.HeaderSignature: wire.SignAs(context, signer, body)}, body, false})
			var reply wire.PolicyReply
			_ = json.Unmarshal(answer, &reply)
			return status, reply
		}
		if status, reply := ask(dev, dev.key, dev.id, wire.PolicyRequestContext); status != 200 || reply.Policy == nil {
			t.Errorf("asked: %d %+v", status, reply)
		}
		for name, status := range map[string]int{
			"signed by another": first(ask(dev, other.key, dev.id, wire.PolicyRequestContext)),
			"signed as report":  first(ask(dev, dev.key, dev.id, wire.SignatureContext)),
		} {
			if status != 401 {
				t.Errorf("%s: %d", name, status)
			}
		}
		if status, _ := ask(dev, dev.key, other.id, wire.PolicyRequestContext); status != 422 {
			t.Errorf("names another device: %d", status)
		}
		// What happened to the agent is a fact on its page.
		report(p.Version, wire.AgentEvent{Kind: "stopped", AtMS: 5, Detail: "for 3h"})
		events, err := d.registry.DeviceEvents(t.Context(), db, dev.id)
		if err != nil || len(events) != 1 || events[0].Kind != "stopped" || events[0].SeenMS != start.UnixMilli() {
			t.Errorf("events %+v, %v", events, err)
		}
	})
}

func first(status int, _ wire.PolicyReply) int { return status }

// The server's rules and the protocol have one idea of what may be asked.
func TestPolicyLimitsAgree(t *testing.T) {
	var sections []string
	for _, s := range wire.AllSections {
		if s != wire.SecHardware && s != wire.SecOS {
			sections = append(sections, string(s))
		}
	}
	if !slices.Equal(sections, identity.PolicySections) {
		t.Errorf("sections %v, the protocol has %v", identity.PolicySections, sections)
	}
	for _, r := range []identity.PolicyRules{
		{}, {IntervalMin: 14}, {IntervalMin: 15}, {IntervalMin: wire.MaxIntervalMin}, {IntervalMin: wire.MaxIntervalMin + 1}, {IntervalMin: -1},
		{UploadKBps: wire.MinUploadKBps - 1}, {UploadKBps: wire.MinUploadKBps}, {UploadKBps: wire.MaxUploadKBps}, {UploadKBps: wire.MaxUploadKBps + 1},
		{QuietFrom: "08:30"}, {QuietTo: "08:30"}, {QuietFrom: "08:30", QuietTo: "08:30"}, {QuietFrom: "22:00", QuietTo: "06:00"}, {QuietFrom: "00:00", QuietTo: "20:01"}, {QuietFrom: "25:00", QuietTo: "06:00"},
		{Off: []string{"ports"}}, {Off: []string{"hardware"}}, {Off: []string{"x"}},
	} {
		p := wire.Policy{IntervalMin: r.IntervalMin, UploadKBps: r.UploadKBps, QuietFrom: r.QuietFrom, QuietTo: r.QuietTo}
		for _, s := range r.Off {
			p.Off = append(p.Off, wire.Section(s))
		}
		if here, there := r.Check() == nil, p.Check() == nil; here != there {
			t.Errorf("%+v: the server says %v, the protocol %v", r, here, there)
		}
	}
}
