package server

import (
	"context"

	"sonae/internal/demo"
	"sonae/internal/edge/discover"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/review/audit"
	"sonae/internal/survey/network"
)

// keepDemoNetwork takes in what was seen on the network of the sample hospital, through
// the doors that readings, listening and people use.
func (s *Server) keepDemoNetwork(ctx context.Context, facilityID string, n demo.Network) error {
	by := identity.System("sonae up --demo")
	return audit.Do(ctx, s.DB, by, identity.AssetImport, audit.Object{Kind: "network", FacilityID: facilityID}, func(ctx context.Context, tx *store.Tx) (any, error) {
		keep := demoKeeper{tx: tx, facility: facilityID, nowMS: store.MS(s.Now())}
		return map[string]any{"devices": len(n.Readings), "ways": len(n.Ways)}, keep.all(ctx, n)
	})
}

type demoKeeper struct {
	tx       *store.Tx
	facility string
	nowMS    int64
}

func (k demoKeeper) all(ctx context.Context, n demo.Network) error {
	for _, s := range n.Segments {
		s.FacilityID = k.facility
		if _, err := network.CreateSegment(ctx, k.tx, s, n.SinceMS); err != nil {
			return err
		}
	}
	for _, r := range n.Readings {
		r.FacilityID = k.facility
		if _, _, err := discover.TakeReading(ctx, k.tx, r, k.nowMS); err != nil {
			return err
		}
	}
	for i := range n.Heard {
		n.Heard[i].FacilityID = k.facility
	}
	if _, err := network.Observe(ctx, k.tx, n.Heard, k.nowMS); err != nil {
		return err
	}
	for _, m := range n.Visitors {
		m.FacilityID = k.facility
		if _, err := network.SetMark(ctx, k.tx, m, m.AtMS); err != nil {
			return err
		}
	}
	for _, e := range n.Ways {
		e.FacilityID = k.facility
		if _, err := network.CreateExternal(ctx, k.tx, e, k.nowMS); err != nil {
			return err
		}
	}
	for key, reason := range n.NoWays {
		if err := network.RefuseProposal(ctx, k.tx, k.facility, key, reason, "医療情報室", k.nowMS); err != nil {
			return err
		}
	}
	return nil
}
