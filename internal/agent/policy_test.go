package agent

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sonae/internal/wire"
)

// ruled is a rig whose server signs policies.
func ruled(t *testing.T) *rig {
	r := newRig(t)
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	r.policyKey = key
	return r
}

// rule lets the server send a policy with the next answers.
func (r *rig) rule(p wire.Policy) wire.SignedPolicy {
	r.t.Helper()
	if p.DeviceID == "" {
		p.DeviceID = "device-1"
	}
	if p.ExpiresMS == 0 {
		p.IssuedMS, p.ExpiresMS = time.Now().UnixMilli(), time.Now().Add(wire.PolicyLife).UnixMilli()
	}
	signed, err := p.Sign(r.policyKey)
	if err != nil {
		r.t.Fatal(err)
	}
	r.policy = &signed
	return signed
}

func (r *rig) events() []string {
	var kinds []string
	for _, report := range r.got {
		for _, e := range report.Agent.Events {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}

func TestPolicyIsFollowed(t *testing.T) {
	r := ruled(t)
	a := r.agent()
	r.once(a)
	r.rule(wire.Policy{Version: 10, IntervalMin: 120, Off: []wire.Section{wire.SecAccounts}, UploadKBps: 64})
	r.once(a)
	if a.interval() != 2*time.Hour || a.rules().UploadKBps != 64 {
		t.Errorf("rules %+v", a.rules())
	}
	r.policy = nil
	r.once(a)
	last := r.got[len(r.got)-1]
	if _, has := last.Digests[wire.SecAccounts]; has || last.Agent.Policy != 10 {
		t.Errorf("switched off and still there: %v, policy %d", last.Digests, last.Agent.Policy)
	}
	if !slices.ContainsFunc(last.Notes, func(n wire.Note) bool { return n.Section == wire.SecAccounts && n.State == wire.NoRight }) {
		t.Errorf("the server is not told why: %+v", last.Notes)
	}
	// A new process follows the kept policy.
	if b := r.agent(); b.interval() != 2*time.Hour || b.policyHeld() != 10 {
		t.Errorf("after a start: %+v", b.rules())
	}
}

// What an agent does not take, from whomever it comes.
func TestPolicyRefused(t *testing.T) {
	other := ruled(t)
	for name, forge := range map[string]func(r *rig, old wire.SignedPolicy) wire.SignedPolicy{
		"another server's": func(r *rig, _ wire.SignedPolicy) wire.SignedPolicy {
			return other.rule(wire.Policy{Version: 99, Stop: true})
		},
		"for another device": func(r *rig, _ wire.SignedPolicy) wire.SignedPolicy {
			return r.rule(wire.Policy{Version: 99, DeviceID: "device-2", Stop: true})
		},
		"an older one": func(_ *rig, old wire.SignedPolicy) wire.SignedPolicy { return old },
		"one whose time is over": func(r *rig, _ wire.SignedPolicy) wire.SignedPolicy {
			return r.rule(wire.Policy{Version: 99, Stop: true, IssuedMS: 1, ExpiresMS: 2})
		},
		"a changed one": func(r *rig, _ wire.SignedPolicy) wire.SignedPolicy {
			p := r.rule(wire.Policy{Version: 99, IntervalMin: 60})
			p.Body = bytes.Replace(p.Body, []byte(":60"), []byte(":30"), 1)
			return p
		},
		"a report's signature": func(r *rig, _ wire.SignedPolicy) wire.SignedPolicy {
			p := r.rule(wire.Policy{Version: 99, Stop: true})
			p.Signature = ed25519.Sign(r.policyKey, append([]byte(wire.SignatureContext), p.Body...))
			return p
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := ruled(t)
			a := r.agent()
			r.once(a)
			old := r.rule(wire.Policy{Version: 5, Stop: true})
			r.rule(wire.Policy{Version: 10, IntervalMin: 120})
			r.once(a)
			forged := forge(r, old)
			r.policy = &forged
			r.once(a)
			if got := a.rules(); got.Version != 10 || got.Stop || got.IntervalMin != 120 {
				t.Errorf("now follows %+v", got)
			}
			r.policy = nil
			r.once(a)
			if !slices.Contains(r.events(), "policy") {
				t.Errorf("nobody hears of it: %v", r.events())
			}
			// Nor when it is put into the folder.
			if err := a.store.write("policy", forged); err != nil {
				t.Fatal(err)
			}
			if b := r.agent(); b.rules().Stop && name != "an older one" {
				t.Errorf("taken from the folder: %+v", b.rules())
			}
		})
	}
}

func TestPolicyEnds(t *testing.T) {
	r := ruled(t)
	now := time.Now()
	r.cfg.Now = func() time.Time { return now }
	r.serverMS = now.UnixMilli()
	a := r.agent()
	r.once(a)
	r.rule(wire.Policy{Version: 10, IntervalMin: 120})
	r.once(a)
	now = now.Add(wire.PolicyLife / 2)
	if got := a.policyHeld(); got != 10 {
		t.Errorf("holds %d", got)
	}
	now = now.Add(time.Minute)
	if got := a.policyHeld(); got != 0 {
		t.Errorf("half of its life is over and the agent asks for no other: %d", got)
	}
	now = now.Add(wire.PolicyLife)
	if a.interval() != DefaultInterval {
		t.Errorf("a policy holds on after its end: %+v", a.rules())
	}
}

func TestKillSwitch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ruled(t)
		a := r.agent()
		r.once(a)
		r.rule(wire.Policy{Version: 10, Stop: true})
		r.once(a)
		reports := len(r.got)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Hour)
		defer cancel()
		if err := a.Run(ctx); err != nil || len(r.got) != reports {
			t.Errorf("stopped, and %d more reports (%v)", len(r.got)-reports, err)
		}
		if _, err := a.Once(context.Background()); !errors.Is(err, ErrStopped) {
			t.Errorf("by hand: %v", err)
		}
		status, err := ReadStatus(r.cfg.StateDir)
		if err != nil || !status.Stopped || !strings.Contains(status.Line(time.Now()), "STOPPED") {
			t.Errorf("status %+v, %v", status, err)
		}
		// A stopped agent whose policy has ended asks before it reports.
		time.Sleep(2 * wire.PolicyLife)
		r.rule(wire.Policy{Version: 11, Stop: true})
		if _, err := a.Once(context.Background()); !errors.Is(err, ErrStopped) {
			t.Errorf("after the end of the first: %v", err)
		}
		r.rule(wire.Policy{Version: 12})
		if _, err := a.Once(context.Background()); err != nil || len(r.got) != reports+1 {
			t.Errorf("let go: %v, %d more reports", err, len(r.got)-reports)
		}
	})
}

func TestQuietHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ruled(t)
		a := r.agent()
		r.once(a)
		from := time.Now().Add(30 * time.Minute)
		r.rule(wire.Policy{Version: 10, IntervalMin: 60, QuietFrom: from.Format("15:04"), QuietTo: from.Add(3 * time.Hour).Format("15:04")})
		r.once(a)
		r.at = nil
		start := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 4*time.Hour)
		defer cancel()
		if err := a.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if len(r.at) != 1 || r.at[0].Sub(start) < 3*time.Hour+29*time.Minute {
			t.Errorf("requests at %v, want one after the quiet hours", r.at)
		}
	})
}

func TestBusyMachineIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		free := time.Now().Add(5 * time.Minute)
		r.cfg.Busy = func() bool { return time.Now().Before(free) }
		start := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
		defer cancel()
		_ = r.agent().Run(ctx)
		if len(r.at) == 0 || r.at[0].Sub(start) != 5*time.Minute {
			t.Errorf("requests at %v", r.at)
		}
		r.at, free = nil, time.Now().Add(100*time.Hour)
		start = time.Now()
		ctx, cancel = context.WithTimeout(context.Background(), 80*time.Minute)
		defer cancel()
		time.Sleep(2 * time.Minute)
		_ = r.agent().Run(ctx)
		if len(r.at) == 0 || r.at[0].Sub(start) > 20*time.Minute {
			t.Errorf("always busy: requests at %v, want one after %s", r.at, busyMost)
		}
	})
}

func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := bytes.Repeat([]byte("x"), 80_000)
		start := time.Now()
		got, err := io.ReadAll(&slowReader{ctx: context.Background(), from: bytes.NewReader(body), rate: bytesPerSecond(8, len(body))})
		if took := time.Since(start); err != nil || !bytes.Equal(got, body) || took < 9*time.Second || took > 11*time.Second {
			t.Errorf("%d bytes in %s, %v", len(got), took, err)
		}
	})
	if got := bytesPerSecond(8, 8<<20); got < 100_000 {
		t.Errorf("a large report at %d bytes a second would be cut by the server", got)
	}
	if bytesPerSecond(0, 1<<20) != 0 {
		t.Error("no limit is a limit")
	}
}
