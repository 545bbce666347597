package server

import (
	"context"
	"fmt"
	"io"

	"sonae/internal/identity"
	"sonae/internal/platform/text"
	"sonae/internal/survey/network/noprobe"
)

// gating makes the gate of a command that sends. Where there is a database, its
// do-not-probe list always counts, of all facilities: no option leaves it out.
type gating struct {
	cfg      Config
	version  string
	file     string // more rules; empty = none
	t        text.Translator
	progress io.Writer
}

func (g gating) do(ctx context.Context, fn func(*noprobe.Gate) error) error {
	var lists []noprobe.Loader
	if g.file != "" {
		lists = append(lists, noprobe.File(g.file))
	}
	if g.cfg.Database == "" && needDatabase(g.cfg) != nil { // a bare machine
		if len(lists) == 0 {
			_, _ = fmt.Fprintln(g.progress, g.t.T("probe.no_list"))
			lists = append(lists, noprobe.None())
		}
		return g.open(ctx, lists, fn)
	}
	return local(ctx, g.cfg, g.version, func(r *Rooms, _ identity.Principal) error {
		return g.open(ctx, append(lists, noprobe.Ledger(r.DB, "", r.Now)), fn)
	})
}

func (g gating) open(ctx context.Context, lists []noprobe.Loader, fn func(*noprobe.Gate) error) error {
	gate := noprobe.New(lists...)
	if err := gate.Reload(ctx); err != nil {
		return spoken(g.t, err)
	}
	s := gate.Summary()
	_, _ = fmt.Fprintln(g.progress, g.t.T("probe.list", "Rules", s.Rules, "Devices", s.Devices))
	if s.Unknown > 0 {
		_, _ = fmt.Fprintln(g.progress, g.t.T("probe.list_unknown", "Count", s.Unknown))
	}
	return fn(gate)
}
