package scanner

import (
	"context"
	"encoding/json"
	"net/netip"

	"sonae/internal/edge/discover/probe"
	"sonae/internal/edge/discover/probe/door"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/job"
	"sonae/internal/platform/store"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/noprobe"
	"sonae/internal/survey/network/scan"
)

// sweep looks for devices in the segments of a plan, from where the run is. A batch is
// stored with the place where to go on, in one transaction.
func (s *Scanner) sweep(ctx context.Context, r scan.Run, p scan.Plan, gate *noprobe.Gate) error {
	order, err := s.order(ctx, p)
	if err != nil {
		return err
	}
	var from probe.Cursor
	if r.Place != "" {
		if err := json.Unmarshal([]byte(r.Place), &from); err != nil {
			return err
		}
	}
	if from.Order != "" && from.Order != order.Key() { // a segment was changed meanwhile: all of it anew
		from = probe.Cursor{}
	}
	if err := s.lapse(ctx, r, int64(from.Next)); err != nil {
		return err
	}
	_, err = probe.Run(ctx, order, gate, from, probe.Log{
		Ahead: func(ctx context.Context, parts []probe.Part) error { return s.ahead(ctx, r, parts) },
		Tell:  func(ctx context.Context, b probe.Batch) error { return s.keep(ctx, r, b) },
	})
	return err
}

// lapse writes down that something may have been sent to those whom a server that died was
// asking, from place next of the run on.
func (s *Scanner) lapse(ctx context.Context, r scan.Run, next int64) error {
	return s.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return scan.Lapse(ctx, tx, r.ID, next, s.nowMS()) })
}

// ahead writes down whom a sweep asks next.
func (s *Scanner) ahead(ctx context.Context, r scan.Run, parts []probe.Part) error {
	list := make([]scan.Ahead, len(parts))
	for i, p := range parts {
		list[i] = scan.Ahead{RunID: r.ID, FacilityID: r.FacilityID, Seq: int64(p.Seq), From: p.First.String(), To: p.Last.String(), Number: int64(p.Count), AtMS: s.nowMS()}
	}
	return s.deps.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return scan.WriteAhead(ctx, tx, list) })
}

// order is whom a plan asks, and how: its segments as they are now.
func (s *Scanner) order(ctx context.Context, p scan.Plan) (probe.Order, error) {
	o := probe.Order{Rate: p.Settings.Rate}
	segments, err := network.Segments(ctx, s.deps.DB, p.FacilityID, 0)
	if err != nil {
		return o, err
	}
	wanted := map[string]bool{}
	for _, id := range p.Settings.Segments {
		wanted[id] = true
	}
	for _, one := range segments {
		if prefix, err := netip.ParsePrefix(one.CIDR); err == nil && wanted[one.ID] {
			o.Ranges = append(o.Ranges, prefix)
		}
	}
	if len(o.Ranges) == 0 {
		return o, fault.Conflict("scan.error.no_segment")
	}
	for _, m := range p.Settings.Methods {
		o.Methods = append(o.Methods, probe.Method(m))
	}
	for _, n := range p.Settings.Ports {
		o.Ports = append(o.Ports, uint16(n)) //nolint:gosec // checked when the plan was kept
	}
	return o.Checked()
}

// keep stores a batch: what was sent to whom, who was left out, what answered, and where
// to go on. It is stored also when the run is being stopped.
func (s *Scanner) keep(ctx context.Context, r scan.Run, b probe.Batch) error {
	place, err := json.Marshal(b.Progress.Cursor)
	if err != nil {
		return err
	}
	swept := scan.Swept{Done: int64(b.Progress.Done), Total: int64(b.Progress.Total), LeftOut: int64(len(b.Refused)), Place: string(place), Next: int64(b.Progress.Cursor.Next), Ended: b.Ended}
	var seen []network.Observation
	for _, a := range b.Answers {
		seen = append(seen, a.Observation(r.FacilityID, network.Party{}, ""))
		swept.Answers = append(swept.Answers, scan.Target{Address: a.Address.String(), IP: a.Address.String(), State: scan.Answered, Name: a.Name, Taken: 1, AtMS: a.AtMS, TookMS: a.Took.Milliseconds()})
	}
	for _, x := range b.Sent {
		swept.Sent = append(swept.Sent, sentOf(r, x))
	}
	for _, x := range b.Refused {
		swept.Sent = append(swept.Sent, scan.Sent{RunID: r.ID, FacilityID: r.FacilityID, Address: x.Address.String(), MAC: network.MACKey(x.MAC.String()), How: "sweep", Rule: ReasonText(&x), FirstMS: x.AtMS, LastMS: x.AtMS})
	}
	err = s.deps.DB.Tx(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error {
		if _, err := network.Observe(ctx, tx, seen, s.nowMS()); err != nil {
			return err
		}
		return scan.Sweep(ctx, tx, r, swept, s.nowMS())
	})
	if err != nil {
		return err
	}
	if err := job.Progress(ctx, swept.Done, swept.Total); err != nil {
		s.deps.Log.Debug("progress not told", "run", r.ID, "err", err)
	}
	return nil
}

func sentOf(r scan.Run, x door.Sent) scan.Sent {
	return scan.Sent{RunID: r.ID, FacilityID: r.FacilityID, Address: x.Address.String(), MAC: network.MACKey(x.MAC.String()), How: string(x.Method), Packets: int64(x.Packets), FirstMS: x.AtMS, LastMS: x.AtMS}
}

// ReasonText is how it stands in reports why an address was left out: the kind of the
// rule, a colon and what it names; where no rule names the address itself, the reason of
// the door in front.
func ReasonText(x *door.Refused) string {
	rule := ""
	if x.Rule.Kind != "" {
		rule = string(x.Rule.Kind) + ":" + x.Rule.Show()
	}
	switch x.Reason {
	case door.ReasonRule:
		return rule
	case door.ReasonAddress: // not the kind of rule of the same word
		return "no_station:" + rule
	}
	return string(x.Reason) + ":" + rule
}
