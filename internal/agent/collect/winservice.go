package collect

import (
	"context"
	"slices"
	"strings"

	"sonae/internal/agent/winreg"
	"sonae/internal/wire"
)

// Types and starts of a service (winnt.h, SERVICE_…).
const (
	serviceDrivers  = 0x0b // kernel, file system, recogniser: drivers
	serviceWin32    = 0x30 // own or shared process
	serviceUserInst = 0x80 // copy of a service for one session, gone at log-off
	startAuto       = 2
	startManual     = 3
	startDisabled   = 4
	serviceRunning  = 4
)

// winServices lists services, not drivers: how they start from the registry,
// whether they run from the service manager.
func winServices(_ context.Context, src *Source) ([]wire.Service, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	states := src.serviceStates(&g)
	env := r.environment()
	list := []wire.Service{}
	for _, name := range r.subkeys(keyServices) {
		v := r.values(keyServices, name)
		kind, ok := v.Number("Type")
		if !ok || kind&serviceWin32 == 0 || kind&serviceDrivers != 0 || kind&serviceUserInst != 0 {
			continue
		}
		state := states[strings.ToLower(name)]
		s := wire.Service{
			Name: name, Title: state.Title, Start: startName(v), Running: state.State == serviceRunning,
			Path: programOf(v.Text("ImagePath"), env), RunAs: v.Text("ObjectName"),
		}
		if title := v.Text("DisplayName"); s.Title == "" && !strings.HasPrefix(title, "@") {
			s.Title = title
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b wire.Service) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return list, g.err()
}

// serviceStates asks the service manager, by name in lower case.
func (s *Source) serviceStates(g *gaps) map[string]WinService {
	states := map[string]WinService{}
	if s.Windows == nil || s.Windows.Calls.Services == nil {
		g.say("which services run is not known")
		return states
	}
	all, err := s.Windows.Calls.Services()
	g.add("service manager", err)
	for _, state := range all {
		states[strings.ToLower(state.Name)] = state
	}
	return states
}

func startName(v winreg.Values) string {
	start, ok := v.Number("Start")
	switch {
	case !ok:
		return "other"
	case start == startDisabled:
		return "disabled"
	case start == startManual:
		return "manual"
	case start <= startAuto:
		return "auto"
	}
	return "other"
}
