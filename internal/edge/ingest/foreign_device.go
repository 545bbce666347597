package ingest

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/edge/ingest/foreign"
	"sonae/internal/identity"
	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
)

// maxReasons is how many devices an answer names; the log names each.
const maxReasons = 20

// Untaken is a device of a result that was not taken, and why.
type Untaken struct {
	Label string
	Why   *fault.Error
}

// TakeDevices stores what a result tells of devices on the network, each in a
// transaction of its own: one that cannot be taken does not keep the others away. taken
// counts those that are stored. Errors: unavailable and the like; then the sender sends
// all again.
func (s *Server) TakeDevices(ctx context.Context, entry identity.Entry, address string, m *foreign.Message) (taken int, untaken []Untaken, err error) {
	clock := s.now()
	changed := false
	for _, d := range m.Devices() {
		switch {
		case d.Failed != "":
			untaken = append(untaken, Untaken{d.Label, fault.Invalid("ingest.error.device_silent", "Says", d.Failed)})
			continue
		case d.Problem != nil:
			untaken = append(untaken, Untaken{d.Label, faultOf(d.Problem)})
			continue
		}
		t := foreignTaking{server: s, entry: entry, address: address, message: m, in: d.Inventory, device: true, atMS: store.MS(clock), source: asset.SourceNetInventory}
		err := s.db.Tx(ctx, t.run)
		if f := faultOf(err); err != nil && !slices.Contains([]fault.Code{fault.CodeInvalid, fault.CodeConflict, fault.CodeTooLarge, fault.CodeForbidden}, f.Code) {
			return taken, untaken, err
		} else if err != nil {
			untaken = append(untaken, Untaken{d.Label, f})
			continue
		}
		s.known.Remember(t.fresh)
		changed = changed || t.changed
		taken++
	}
	if changed {
		s.nudges.ask(entry.FacilityID, clock)
	}
	return taken, untaken, nil
}

// devices takes a result; it is refused when it tells of devices and none was taken.
func (e *exchange) devices(m *foreign.Message, entry identity.Entry) ([]byte, error) {
	taken, untaken, err := e.server.TakeDevices(e.r.Context(), entry, e.server.address(e.r), m)
	if err != nil {
		return nil, err
	}
	for _, u := range untaken {
		e.server.log.Warn("device of a result not taken", "device", u.Label, "address", e.server.address(e.r), "agent", clip(e.r.UserAgent(), 64), "err", u.Why)
	}
	reasons := e.reasons(untaken)
	if taken == 0 && len(untaken) > 0 {
		return nil, fault.Invalid("ingest.error.devices", "Reasons", reasons)
	}
	return foreign.ResultAnswer(m.JSON, reasons), nil
}

// reasons says why devices were not taken.
func (e *exchange) reasons(untaken []Untaken) string {
	var out []string
	for i, u := range untaken {
		if i == maxReasons {
			out = append(out, "… +"+strconv.Itoa(len(untaken)-i))
			break
		}
		out = append(out, u.Label+": "+e.words(u.Why))
	}
	return strings.Join(out, " / ")
}
