package server

import (
	"context"
	"fmt"
	"sync"

	"sonae/internal/edge/discover"
	"sonae/internal/edge/discover/probe/door"
	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/survey/network"
)

// Discovery is where the server listens for devices on the network.
type Discovery struct {
	DiscoverListen   []string `help:"Network interfaces to listen on for devices, for example eth1 (Linux; needs the right CAP_NET_RAW). Nothing is sent." env:"SONAE_DISCOVER_LISTEN"`
	DiscoverFacility string   `help:"Facility (name, code or ID) whose network that is; not needed when there is only one." env:"SONAE_DISCOVER_FACILITY"`
}

// hear listens until ctx ends. What is wrong is logged; the server goes on without.
func (s *Server) hear(ctx context.Context) {
	if len(s.discovery.DiscoverListen) == 0 {
		return
	}
	f, err := s.listenFacility(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.Error("not listening for devices", "err", s.plain(err))
		}
		return
	}
	s.Log.Info("listening for devices", "interfaces", s.discovery.DiscoverListen, "facility", f.Name)
	var doors sync.WaitGroup
	defer doors.Wait()
	doors.Go(func() { // who was heard just now may be asked also where nobody may be searched for
		if err := door.Listen(ctx, s.discovery.DiscoverListen); err != nil {
			s.Log.Warn("searches do not know who was heard", "err", s.plain(err))
		}
	})
	heard, err := discover.Listen(ctx, discover.Listening{FacilityID: f.ID, Interfaces: s.discovery.DiscoverListen, Sink: s.keepObservations,
		Failed: func(place string, err error) { s.Log.Warn("listening for devices", "place", place, "err", err) }})
	if err != nil {
		s.Log.Error("not listening for devices", "err", s.plain(err))
		return
	}
	for _, h := range heard {
		s.Log.Info("listened for devices", "interface", h.Interface, "packets", h.Packets, "lost", h.Lost, "malformed", h.Malformed, "dropped", h.Dropped)
	}
}

// listenFacility is the facility that was named; else the only one, which the set-up may
// have to make first.
func (s *Server) listenFacility(ctx context.Context) (identity.Facility, error) {
	if _, err := s.awaitFacility(ctx); err != nil {
		return identity.Facility{}, err
	}
	f, err := s.onlyFacility(ctx, s.discovery.DiscoverFacility)
	if err != nil {
		return f, fmt.Errorf("--discover-facility: %w", err)
	}
	return f, nil
}

// keepObservations is the Sink of listening.
func (s *Server) keepObservations(ctx context.Context, batch []network.Observation) error {
	return s.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		took, err := network.Observe(ctx, tx, batch, store.MS(s.Now()))
		if err == nil && took.Over+took.Future > 0 {
			s.Log.Warn("observations not kept", "over", took.Over, "future", took.Future)
		}
		return err
	})
}
