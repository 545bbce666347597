package evidence

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sonae/internal/platform/store"
	"sonae/internal/survey/software"
)

// risk tells how a risky service shows itself. Ports count when they can be
// reached from another machine.
type risk struct {
	tcpPorts [][2]int64 // ranges, both ends included
	services []string   // names as software.NameKey writes them
	programs []string   // parts of process names in lower case
}

// risks are the services a rule may watch for. Ports: IANA service name and port
// number registry (telnet 23, ms-wbt-server 3389, rfb 5900); X11-style further VNC
// displays follow 5900. mrxsmb10 is the driver of the SMBv1 client (Microsoft,
// "Detect, enable and disable SMBv1, SMBv2 and SMBv3 in Windows"). Remote control
// programs by the names of their processes.
var risks = map[string]risk{
	"smb1":             {services: []string{"mrxsmb10"}},
	"telnet":           {tcpPorts: [][2]int64{{23, 23}}, services: []string{"tlntsvr", "telnet.socket"}, programs: []string{"telnetd"}},
	"rdp_unrestricted": {tcpPorts: [][2]int64{{3389, 3389}}},
	"remote_control": {tcpPorts: [][2]int64{{5900, 5909}}, programs: []string{"teamviewer", "anydesk", "vncserver", "winvnc", "tvnserver",
		"x11vnc", "rustdesk", "splashtop", "ultravnc"}},
}

// riskyServices passes when no service of a watch list runs where nobody decided
// that it is needed and why. Such a decision is the exception the rule asks for.
var riskyServices = Check{Name: "risky_services", Needs: []string{"survey/software", "survey/network"}, Args: []string{"watch"},
	Run: func(ctx context.Context, q store.Querier, in Input) (Outcome, error) {
		watch, err := in.Args.Words("watch")
		if err != nil {
			return Outcome{}, err
		}
		if unknown := slices.IndexFunc(watch, func(w string) bool { _, ok := risks[w]; return !ok }); unknown >= 0 {
			return Outcome{}, fmt.Errorf("argument watch: %q is no risk", watch[unknown])
		}
		machines, telling, err := in.tellingMachines(ctx, q, sectionServices)
		if err != nil {
			return Outcome{}, err
		}
		excepted, err := in.exceptions(ctx, q)
		if err != nil {
			return Outcome{}, err
		}
		list, err := in.sightings(ctx, q, watch)
		if err != nil {
			return Outcome{}, err
		}
		out := Outcome{}
		skipped := out.collect(list, excepted)
		out.Figures = []Figure{count("machines", machines), count("machines_telling", telling), count("risky", out.FailingTotal), count("risky_excepted", skipped)}
		out.State = failIf(out.FailingTotal > 0)
		if out.State == Pass && telling == 0 {
			out.State, out.Missing = Unknown, "evidence.missing.no_reports"
		}
		out.Sources, err = in.sectionSources(ctx, q, sectionServices)
		return out, err
	}}

// exceptions are the services and programs that a person decided to be needed,
// with a reason, by kind of machine and name.
func (i Input) exceptions(ctx context.Context, q store.Querier) (map[string]bool, error) {
	list, err := software.Decisions(ctx, q, software.DecisionFilter{FacilityID: i.FacilityID, AtMS: i.AsOfMS})
	if err != nil {
		return nil, err
	}
	m := map[string]bool{}
	for _, d := range list {
		if d.Verdict == software.Needed && d.Reason != "" {
			m[d.AssetKind+"\x00"+software.NameKey(d.Name)] = true
		}
	}
	return m, nil
}

// sighting is a risky service on a machine.
type sighting struct {
	risk, assetID, kind, label, program string
	port                                int64
}

// collect lists the sightings that nobody excepted: one line a machine and risk.
// It gives how many were excepted.
func (o *Outcome) collect(list []sighting, excepted map[string]bool) (skipped int64) {
	seen := map[[2]string]bool{}
	for _, g := range list {
		key := [2]string{g.assetID, g.risk}
		switch {
		case seen[key]:
		case excepted[g.kind+"\x00"+software.NameKey(g.program)]:
			skipped++
		default:
			seen[key] = true
			o.failing(Item{AssetID: g.assetID, Label: g.label, Ref: g.risk, Reason: "evidence.reason.risky",
				Args: map[string]Arg{"Risk": {Key: "evidence.risk." + g.risk}, "Where": {Text: g.where()}}})
		}
	}
	return skipped
}

// where names the program and the port.
func (g sighting) where() string {
	if g.port == 0 {
		return g.program
	}
	return strings.TrimSpace(fmt.Sprintf("%s (TCP %d)", g.program, g.port))
}

// sightings finds watched services among open ports and running services, by risk
// in the order of the watch list, then by label. Names are matched here, once for
// each that occurs, and not by the database for each row.
func (i Input) sightings(ctx context.Context, q store.Querier, watch []string) ([]sighting, error) {
	services, err := i.riskyServices(ctx, q, watch)
	if err != nil {
		return nil, err
	}
	list, err := i.riskyPorts(ctx, q, watch)
	if err != nil {
		return nil, err
	}
	list = append(list, services...)
	slices.SortStableFunc(list, func(a, b sighting) int {
		return cmp.Or(cmp.Compare(slices.Index(watch, a.risk), slices.Index(watch, b.risk)), strings.Compare(a.label, b.label),
			strings.Compare(a.assetID, b.assetID), cmp.Compare(a.port, b.port), strings.Compare(a.program, b.program))
	})
	return list, nil
}

// riskyPorts reads sockets that other machines can reach.
func (i Input) riskyPorts(ctx context.Context, q store.Querier, watch []string) ([]sighting, error) {
	s := i.scope(computersOf(i.Target), running).add(` SELECT scope.id, scope.kind, scope.label, p.process, p.number FROM scope
		JOIN network_port p ON p.asset_id = scope.id WHERE p.exposed AND p.protocol = 'tcp' AND `)
	var list []sighting
	err := each(ctx, q, i.open(s, "p"), func(rows *sql.Rows) error {
		var g sighting
		if err := rows.Scan(&g.assetID, &g.kind, &g.label, &g.program, &g.port); err != nil {
			return err
		}
		for _, w := range watch {
			if risks[w].port(g.port) || risks[w].program(strings.ToLower(g.program)) {
				g.risk = w
				list = append(list, g)
			}
		}
		return nil
	})
	return list, err
}

// riskyServices finds the watched names among those in use, then the machines.
func (i Input) riskyServices(ctx context.Context, q store.Querier, watch []string) ([]sighting, error) {
	byName := map[string][]string{}
	s := i.scope(computersOf(i.Target), running).add(` SELECT DISTINCT v.name_key FROM scope JOIN software_service v ON v.asset_id = scope.id WHERE v.running AND `)
	err := each(ctx, q, i.open(s, "v"), func(rows *sql.Rows) error {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		for _, w := range watch {
			if slices.Contains(risks[w].services, name) || risks[w].program(name) {
				byName[name] = append(byName[name], w)
			}
		}
		return nil
	})
	if err != nil || len(byName) == 0 {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(byName))
	names = names[:min(len(names), maxRiskyNames)]
	s = i.scope(computersOf(i.Target), running).add(` SELECT scope.id, scope.kind, scope.label, v.name, v.name_key FROM scope
		JOIN software_service v ON v.asset_id = scope.id WHERE v.running AND v.name_key IN `)
	i.open(inList(s, names).add(` AND `), "v")
	var list []sighting
	err = each(ctx, q, s, func(rows *sql.Rows) error {
		var g sighting
		var name string
		if err := rows.Scan(&g.assetID, &g.kind, &g.label, &g.program, &name); err != nil {
			return err
		}
		for _, w := range byName[name] {
			g.risk = w
			list = append(list, g)
		}
		return nil
	})
	return list, err
}

// maxRiskyNames bounds the names in one statement; a hospital has a dozen.
const maxRiskyNames = 400

// port reports whether a port shows the risk.
func (r risk) port(n int64) bool {
	return slices.ContainsFunc(r.tcpPorts, func(p [2]int64) bool { return p[0] <= n && n <= p[1] })
}

// program reports whether a name in lower case shows the risk.
func (r risk) program(name string) bool {
	return slices.ContainsFunc(r.programs, func(part string) bool { return strings.Contains(name, part) })
}
