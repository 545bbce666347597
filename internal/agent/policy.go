package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"sonae/internal/wire"
)

// ErrStopped says that the server's policy tells this agent to be silent.
var ErrStopped = errors.New("the server's policy stops this agent; it only asks whether that still holds")

// errOldPolicy is a policy that is older than the one held: somebody plays back an old
// one.
var errOldPolicy = errors.New("older than the policy that is in force")

// follow takes a policy: signed by the key from enrolment, for this device, not older
// than the one it has, and not over. Anything else stays without effect and is told to
// the server as an event.
func (a *Agent) follow(signed *wire.SignedPolicy) {
	if signed == nil {
		return
	}
	if err := a.accept(*signed); err != nil {
		a.cfg.Log.Warn("policy refused", "err", err)
		a.happened("policy", err.Error())
	}
}

func (a *Agent) accept(signed wire.SignedPolicy) error {
	p, err := signed.Open(a.store.trust.PolicyKey, a.store.device.ID)
	if err != nil {
		return err
	}
	have := a.store.policy
	if p.Version < have.Version || p.Version == have.Version && p.IssuedMS < have.IssuedMS {
		return errOldPolicy
	}
	if p.ExpiresMS <= a.serverNow().UnixMilli() {
		return errors.New("its time is over")
	}
	if err := a.store.write("policy", signed); err != nil {
		return err
	}
	a.store.policy = p
	return nil
}

// serverNow is the time by the server's clock, as far as its last answer told: a
// machine whose own clock is wrong by years still knows when a policy ends.
func (a *Agent) serverNow() time.Time {
	return a.cfg.Now().Add(time.Duration(a.store.state.OffsetMS) * time.Millisecond)
}

// rules are what holds now; the zero policy when there is none or its time is over.
func (a *Agent) rules() wire.Policy {
	if p := a.store.policy; p.ExpiresMS > a.serverNow().UnixMilli() {
		return p
	}
	return wire.Policy{}
}

// policyHeld is what the agent tells the server: 0 when it wants the policy again,
// because half of its life is over.
func (a *Agent) policyHeld() int64 {
	p := a.store.policy
	if p.ExpiresMS-a.serverNow().UnixMilli() < (p.ExpiresMS-p.IssuedMS)/2 {
		return 0
	}
	return p.Version
}

// interval is the time between reports.
func (a *Agent) interval() time.Duration {
	if min := a.rules().IntervalMin; min > 0 {
		return time.Duration(min) * time.Minute
	}
	return a.cfg.Interval
}

// askPolicy asks for the policy without reporting.
func (a *Agent) askPolicy(ctx context.Context) error {
	if a.store.device.ID == "" {
		return nil
	}
	body, err := json.Marshal(wire.PolicyRequest{Version: wire.Version, DeviceID: a.store.device.ID, Have: a.policyHeld()})
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	var reply wire.PolicyReply
	err = a.server.post(ctx, "/ingest/v1/policy", body, http.Header{
		"Content-Type": {"application/json"}, wire.HeaderDevice: {a.store.device.ID},
		wire.HeaderSignature: {wire.SignAs(wire.PolicyRequestContext, a.store.key, body)},
	}, &reply)
	if err != nil {
		return err
	}
	a.heard(reply.ServerMS)
	a.follow(reply.Policy)
	return a.store.save()
}

// clockJump is how far the difference between the two clocks may move between answers
// before that is worth a note.
const clockJump = 5 * time.Minute

// heard compares the server's clock with this machine's.
func (a *Agent) heard(serverMS int64) {
	if serverMS <= 0 {
		return
	}
	offset := serverMS - a.cfg.Now().UnixMilli()
	moved := time.Duration(offset-a.store.state.OffsetMS) * time.Millisecond
	if a.store.state.Heard && moved.Abs() > clockJump {
		a.happened("clock", fmt.Sprintf("the clock moved by %s against the server's", (-moved).Round(time.Second)))
	}
	a.store.state.OffsetMS, a.store.state.Heard = offset, true
}

// strip takes away what the policy says is not to be read, and says so in a note.
func strip(report *wire.Report, off []wire.Section) {
	if len(off) == 0 {
		return
	}
	var keep []wire.Section
	for _, body := range report.Sections.Carried() {
		if !slices.Contains(off, body.Section) {
			keep = append(keep, body.Section)
		}
	}
	report.Sections = report.Sections.Only(keep...)
	report.Notes = slices.DeleteFunc(report.Notes, func(n wire.Note) bool { return slices.Contains(off, n.Section) })
	for _, section := range off {
		delete(report.Digests, section)
		report.Notes = append(report.Notes, wire.Note{Section: section, State: wire.NoRight, Reason: "the server's policy says not to read it"})
	}
}
