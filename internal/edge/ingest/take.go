package ingest

import (
	"context"
	"errors"
	"fmt"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/software"
	"sonae/internal/wire"
)

// Ingest stores a checked report of a device and tells what else the server needs.
// When it returns nil, everything is committed; else nothing is. Errors:
// unauthenticated (unknown or revoked device), conflict (replay), invalid (a value the
// ledger refuses), unavailable (storage full, database away).
func (s *Server) Ingest(ctx context.Context, deviceID string, report *wire.Report) (wire.ReportReply, error) {
	device, err := s.identity.DeviceByID(ctx, deviceID)
	if err != nil {
		return wire.ReportReply{}, err
	}
	return s.take(ctx, device, "", report)
}

func (s *Server) take(ctx context.Context, device identity.Device, address string, report *wire.Report) (wire.ReportReply, error) {
	clock := s.now()
	now := store.MS(clock)
	t := taking{
		server: s, device: device, address: address, report: report, nowMS: now, source: asset.SourceAgent,
		// A clock that runs ahead must not outdate the reports of the days to come.
		atMS: min(report.CollectedMS, now),
	}
	if err := s.store(ctx, &t); err != nil {
		if t.wants.asset != "" {
			err = errors.Join(err, s.askTakeover(ctx, &t))
		}
		return wire.ReportReply{}, err
	}
	s.known.Remember(t.fresh)
	if t.changed {
		s.nudges.ask(device.FacilityID, clock)
	}
	reply := wire.ReportReply{Seq: report.Seq, ServerMS: now, Digests: t.asksDigests}
	for _, section := range t.need {
		reply.Need = append(reply.Need, wire.Section(section))
	}
	policy, err := s.policyFor(ctx, device, report.Agent.Policy)
	if err != nil { // the report is stored: the policy comes with the next one
		s.log.Error("policy not sent", "device", device.ID, "err", err)
	}
	reply.Policy = policy
	return reply, nil
}

// store runs the transaction of a report, or hands it to together.
func (s *Server) store(ctx context.Context, t *taking) error {
	if t.digestsOnly() {
		return s.together.store(ctx, t)
	}
	return s.db.Tx(ctx, t.run)
}

// taking is one report on its way into the database.
type taking struct {
	server  *Server
	device  identity.Device
	address string
	report  *wire.Report
	nowMS   int64
	atMS    int64
	source  asset.Source // how the rooms know who says it

	wants       wanted // an asset of another device
	need        []string
	asksDigests bool // Whole is not what is stored
	fresh       software.Fresh
	changed     bool // something that rules look at
}

// run is the transaction; it may run more than once.
func (t *taking) run(ctx context.Context, tx *store.Tx) error {
	t.need, t.asksDigests, t.fresh, t.changed, t.wants = nil, false, nil, false, wanted{}
	if err := t.advance(ctx, tx); err != nil {
		return err
	}
	if !t.digestsOnly() {
		if err := t.server.identity.RecordDeviceState(ctx, tx, t.device.ID, selfReport(t.report)); err != nil {
			return err
		}
	}
	if t.unchanged() {
		done, err := t.confirm(ctx, tx)
		if err != nil || done {
			return err
		}
	}
	return t.observe(ctx, tx)
}

// digestsOnly: nothing changed, says the agent, nothing happened to it, and it follows
// the policy that it followed before.
func (t *taking) digestsOnly() bool {
	return t.unchanged() && len(t.report.Agent.Events) == 0 && t.report.Agent.Policy == t.device.PolicyVersion
}

// unchanged: the report names what the machine has and carries nothing of it.
func (t *taking) unchanged() bool {
	return len(t.report.Sections.Carried()) == 0 && (len(t.report.Digests) > 0 || t.report.Whole != "")
}

// whole is the digest over all sections that this server can store.
func (t *taking) whole() string {
	if t.report.Whole != "" {
		return t.report.Whole
	}
	known := make(map[wire.Section]string, len(t.report.Digests))
	for section, digest := range digests(t.report) {
		known[wire.Section(section)] = digest
	}
	return wire.Whole(known)
}

// advance moves the report number; a number that is not above the last is a replay.
func (t *taking) advance(ctx context.Context, tx *store.Tx) error {
	err := t.server.identity.AdvanceSeq(ctx, tx, t.device.ID, t.report.Seq)
	switch {
	case fault.Is(err, fault.CodeConflict):
		return &replayed{seq: lastSeq(fault.Of(err)), cause: err}
	case fault.Is(err, fault.CodeForbidden):
		return revoked().Because(err)
	}
	return err
}

// lastSeq reads the number that identity tells with a conflict.
func lastSeq(f *fault.Error) int64 {
	for i := 0; i+1 < len(f.Args); i += 2 {
		if n, ok := f.Args[i+1].(int64); ok && f.Args[i] == "Seq" {
			return n
		}
	}
	return 0
}

// confirm is the short way for a machine where nothing changed. It is done, too, when
// the server lacks sections: nothing can be stored before they come.
func (t *taking) confirm(ctx context.Context, tx *store.Tx) (done bool, err error) {
	if t.report.Whole != "" {
		confirmed, err := asset.ConfirmAll(ctx, tx, []asset.Unchanged{{DeviceID: t.device.ID, AtMS: t.atMS, Whole: t.report.Whole}})
		t.asksDigests = len(confirmed) == 0
		return true, err
	}
	_, ok, need, err := asset.Confirm(ctx, tx, t.device.ID, t.atMS, digests(t.report))
	t.need = need
	return ok || len(need) > 0, err
}

// observe hands the sections to the rooms. A report older than what is stored changes
// nothing: history never goes backwards.
func (t *taking) observe(ctx context.Context, tx *store.Tx) error {
	o := observation(t.device.FacilityID, t.atMS, t.report)
	o.Guard = t.takeover
	res, err := asset.Observe(ctx, tx, o)
	if err != nil {
		return err
	}
	if err := t.settled(ctx, tx); err != nil {
		return err
	}
	t.need = res.Need
	if res.Older {
		return nil
	}
	if err := t.rooms(ctx, tx, res); err != nil {
		return err
	}
	return t.tell(ctx, tx, res)
}

// rooms hands the sections to the rooms beside the ledger.
func (t *taking) rooms(ctx context.Context, tx *store.Tx, res asset.Result) error {
	t.changed = res.Created || len(res.Changed) > 0 || res.Conflicts > 0 || res.Volumes > 0
	for _, step := range []func(context.Context, *store.Tx, string) error{t.safety, t.network, t.accounts, t.software, t.setup, t.surroundings} {
		if err := step(ctx, tx, res.AssetID); err != nil {
			return fmt.Errorf("take in report of asset %s: %w", res.AssetID, err)
		}
	}
	return nil
}

func (t *taking) software(ctx context.Context, tx *store.Tx, assetID string) error {
	if list := t.report.Sections.Packages; list != nil {
		ch, fresh, err := software.RecordInstalls(ctx, tx, t.server.known, assetID, string(t.source), t.atMS, programs(*list))
		if err != nil {
			return err
		}
		t.fresh = fresh
		t.changed = t.changed || ch.Any()
	}
	if list := t.report.Sections.Services; list != nil {
		ch, err := software.RecordServices(ctx, tx, assetID, string(t.source), t.atMS, services(*list))
		if err != nil {
			return err
		}
		t.changed = t.changed || ch.Any()
	}
	return nil
}

// safety takes in updates and safeguards. Both make rules look again each time they
// come: patterns and oldest log records matter though they make no history.
func (t *taking) safety(ctx context.Context, tx *store.Tx, assetID string) error {
	if u := t.report.Sections.Updates; u != nil {
		state := software.UpdateState{CheckedMS: u.CheckedMS, LastDoneMS: u.LastDoneMS, RebootNeed: u.RebootNeed}
		if _, err := software.RecordUpdates(ctx, tx, assetID, string(t.source), t.atMS, state, pending(u.Pending)); err != nil {
			return err
		}
		t.changed = true
	}
	if g := t.report.Sections.Security; g != nil {
		if _, err := software.RecordSafeguards(ctx, tx, assetID, string(t.source), t.atMS, safeguards(g)); err != nil {
			return err
		}
		t.changed = true
	}
	return nil
}

func (t *taking) network(ctx context.Context, tx *store.Tx, assetID string) error {
	if list := t.report.Sections.Interfaces; list != nil {
		if _, err := network.RecordInterfaces(ctx, tx, assetID, string(t.source), t.atMS, interfaces(*list)); err != nil {
			return err
		}
	}
	if list := t.report.Sections.Ports; list != nil {
		ch, err := network.RecordPorts(ctx, tx, assetID, string(t.source), t.atMS, ports(*list))
		if err != nil {
			return err
		}
		t.changed = t.changed || ch.Any()
	}
	return nil
}

func (t *taking) accounts(ctx context.Context, tx *store.Tx, assetID string) error {
	list := t.report.Sections.Accounts
	if list == nil {
		return nil
	}
	// Log-ons matter to rules though they make no history.
	t.changed = true
	_, err := account.Record(ctx, tx, assetID, string(t.source), t.atMS, accounts(*list))
	return err
}

// tell writes the audit entry of a new asset. It comes last, because it locks a row
// that other transactions want.
func (t *taking) tell(ctx context.Context, tx *store.Tx, res asset.Result) error {
	if !res.Created {
		return nil
	}
	_, err := audit.Append(ctx, tx, audit.Entry{
		AtMS: t.nowMS, Actor: actor(t.device), Action: "asset.found", Address: t.address,
		Object: audit.Object{Kind: "asset", ID: res.AssetID, Name: t.device.Name, FacilityID: t.device.FacilityID},
		Detail: map[string]any{"device": t.device.ID, "source": t.source},
	})
	return err
}

func actor(d identity.Device) audit.Actor {
	return audit.Actor{Kind: string(identity.KindDevice), ID: d.ID, Name: d.Name}
}
