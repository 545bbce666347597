package ingest

import (
	"context"
	"fmt"

	"sonae/internal/edge/ingest/foreign"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/account"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/software"
)

// foreignSources are the sources that stand for what agents of a protocol say.
var foreignSources = map[identity.Protocol]asset.Source{
	identity.ProtocolGLPI: asset.SourceGLPI, identity.ProtocolFusion: asset.SourceFusion, identity.ProtocolOCS: asset.SourceOCS,
}

// TakeForeign stores an inventory that came through an entry. When it returns nil, all
// of it is committed; else nothing is. A partial inventory of a machine that is not
// known stores nothing: without the rest nobody could tell which machine it is, and
// the agent sends all again by itself. Errors: invalid (a value the ledger refuses),
// unavailable.
func (s *Server) TakeForeign(ctx context.Context, entry identity.Entry, address string, m *foreign.Message, in foreign.Inventory) error {
	clock := s.now()
	t := foreignTaking{server: s, entry: entry, address: address, message: m, in: in, atMS: store.MS(clock), source: foreignSources[entry.Protocol]}
	if err := s.db.Tx(ctx, t.run); err != nil {
		return err
	}
	s.known.Remember(t.fresh)
	if t.changed {
		s.nudges.ask(entry.FacilityID, clock)
	}
	return nil
}

// foreignTaking is one inventory on its way into the database.
type foreignTaking struct {
	server  *Server
	entry   identity.Entry
	address string
	message *foreign.Message
	in      foreign.Inventory
	device  bool // somebody asked it over the network; the message is not its own
	source  asset.Source
	// atMS is the server's time: the agents send none of their own that could be
	// trusted, and what they keep for later they collect anew.
	atMS int64

	fresh   software.Fresh
	changed bool
}

// run is the transaction; it may run more than once.
func (t *foreignTaking) run(ctx context.Context, tx *store.Tx) error {
	t.fresh, t.changed = nil, false
	if t.message.Partial && !t.device {
		known, err := asset.DeviceKnown(ctx, tx, t.source, t.message.DeviceID)
		if err != nil || !known {
			return err
		}
	}
	o := asset.Observation{
		FacilityID: t.entry.FacilityID, Source: t.source, DeviceID: t.message.DeviceID, AtMS: t.atMS, Identity: t.in.Identity, Kind: t.in.Kind,
		Groups: t.in.Groups, Reported: t.in.Reported(), Volumes: t.in.Volumes, Disks: t.in.Disks,
	}
	if t.device {
		o.DeviceID, o.Partial = "", true // the name in the message is that of who asked
		if !asset.Recognisable(o) {
			return fault.Invalid("ingest.error.device_nameless").WithHint("ingest.hint.device_nameless")
		}
	}
	res, err := asset.Observe(ctx, tx, o)
	if err != nil || res.Older {
		return err
	}
	t.changed = res.Created || len(res.Changed) > 0 || res.Conflicts > 0 || res.Volumes > 0
	if err := t.lists(ctx, tx, res); err != nil {
		return fmt.Errorf("take in inventory of asset %s: %w", res.AssetID, err)
	}
	return t.tell(ctx, tx, res)
}

// lists hands the rows to their rooms; where a stronger source keeps a list, that of
// this source is empty.
func (t *foreignTaking) lists(ctx context.Context, tx *store.Tx, res asset.Result) error {
	source := string(t.source)
	note := func(ch store.Change, err error) error {
		t.changed = t.changed || ch.Any()
		return err
	}
	if list := kept(t.in.Safeguards, res, foreign.SecSecurity); list != nil {
		if err := note(software.RecordSafeguards(ctx, tx, res.AssetID, source, t.atMS, *list)); err != nil {
			return err
		}
	}
	if list := kept(t.in.Interfaces, res, foreign.SecInterfaces); list != nil {
		if err := note(network.RecordInterfaces(ctx, tx, res.AssetID, source, t.atMS, *list)); err != nil {
			return err
		}
	}
	if list := kept(t.in.Accounts, res, foreign.SecAccounts); list != nil {
		if err := note(account.Record(ctx, tx, res.AssetID, source, t.atMS, *list)); err != nil {
			return err
		}
	}
	list := kept(t.in.Programs, res, foreign.SecPackages)
	if list == nil {
		return nil
	}
	ch, fresh, err := software.RecordInstalls(ctx, tx, t.server.known, res.AssetID, source, t.atMS, *list)
	t.fresh = fresh
	return note(ch, err)
}

func kept[T any](list *[]T, res asset.Result, section string) *[]T {
	if _, stronger := res.Outranked[section]; stronger && list != nil {
		return &[]T{}
	}
	return list
}

// tell writes the audit entry of a new asset. It comes last, because it locks a row
// that other transactions want.
func (t *foreignTaking) tell(ctx context.Context, tx *store.Tx, res asset.Result) error {
	if !res.Created {
		return nil
	}
	who := t.entry.Principal(t.address)
	_, err := audit.Append(ctx, tx, audit.Entry{
		AtMS: t.atMS, Actor: audit.Actor{Kind: string(who.Kind), ID: who.ID, Name: who.Name}, Action: "asset.found", Address: t.address,
		Object: audit.Object{Kind: "asset", ID: res.AssetID, Name: t.in.Identity.HostName, FacilityID: t.entry.FacilityID},
		Detail: map[string]any{"entry": t.entry.ID, "source": t.source, "device": t.message.DeviceID, "agent": t.message.Client},
	})
	return err
}
