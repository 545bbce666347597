package ingest

import (
	"context"

	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/wire"
)

// wanted is the asset that a device wants to go on with, and the devices that report
// for it.
type wanted struct {
	asset  string
	others []string
}

// takeover is the guard of an observation: the machine is known under another device.
// Was it set up anew, or does somebody pose as it? A token made for one machine
// answers that; else a person does.
func (t *taking) takeover(ctx context.Context, tx *store.Tx, assetID string, others []string) error {
	ended, err := t.server.identity.TakeOver(ctx, tx, t.device, assetID, others)
	if fault.Is(err, fault.CodeForbidden) {
		t.wants = wanted{assetID, others}
	}
	if err != nil {
		return err
	}
	for _, old := range ended {
		_, err := audit.Append(ctx, tx, audit.Entry{
			AtMS: t.nowMS, Actor: actor(t.device), Action: "device.replaced", Address: t.address, Object: object(old),
			Detail: map[string]any{"by": t.device.ID, "asset": assetID},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// settled takes a grant back once the device's hardware has found its asset.
func (t *taking) settled(ctx context.Context, tx *store.Tx) error {
	if t.device.Takeover == identity.TakeoverNone || t.report.Sections.Hardware == nil {
		return nil
	}
	return t.server.identity.EndTakeOver(ctx, tx, t.device.ID)
}

// askTakeover puts the question to people, once, after the report was refused.
func (s *Server) askTakeover(ctx context.Context, t *taking) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		asked, err := s.identity.AskTakeOver(ctx, tx, t.device.ID, t.wants.asset, t.wants.others)
		if err != nil || !asked {
			return err
		}
		_, err = audit.Append(ctx, tx, audit.Entry{
			AtMS: t.nowMS, Actor: actor(t.device), Action: "device.takeover_asked", Address: t.address, Object: object(t.device),
			Detail: map[string]any{"asset": t.wants.asset, "device": t.wants.others, "host": hostName(t.report)},
		})
		return err
	})
}

func hostName(r *wire.Report) string {
	if r.Sections.OS == nil {
		return ""
	}
	return r.Sections.OS.HostName
}
