package evidence

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"sonae/internal/platform/store"
	"sonae/internal/survey/software"
)

// risk tells how a risky service shows itself. Ports count when they can be
// reached from another machine.
type risk struct {
	tcpPorts [][2]int // ranges, both ends included
	services []string // names as software.NameKey writes them
	programs []string // parts of process names in lower case
}

// risks are the services a rule may watch for. Ports: IANA service name and port
// number registry (telnet 23, ms-wbt-server 3389, rfb 5900); X11-style further VNC
// displays follow 5900. mrxsmb10 is the driver of the SMBv1 client (Microsoft,
// "Detect, enable and disable SMBv1, SMBv2 and SMBv3 in Windows"). Remote control
// programs by the names of their processes.
var risks = map[string]risk{
	"smb1":             {services: []string{"mrxsmb10"}},
	"telnet":           {tcpPorts: [][2]int{{23, 23}}, services: []string{"tlntsvr", "telnet.socket"}, programs: []string{"telnetd"}},
	"rdp_unrestricted": {tcpPorts: [][2]int{{3389, 3389}}},
	"remote_control": {tcpPorts: [][2]int{{5900, 5909}}, programs: []string{"teamviewer", "anydesk", "vncserver", "winvnc", "tvnserver",
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
		out, found := Outcome{}, map[string]int64{}
		for _, w := range watch {
			if err := out.watch(ctx, q, in, w, excepted, found); err != nil {
				return Outcome{}, err
			}
		}
		out.Figures = []Figure{count("machines", machines), count("machines_telling", telling), count("risky", out.FailingTotal), count("risky_excepted", found["excepted"])}
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

// watch lists where one risk shows itself: open ports and running services.
func (o *Outcome) watch(ctx context.Context, q store.Querier, in Input, name string, excepted map[string]bool, found map[string]int64) error {
	seen := map[string]bool{} // one line a machine and risk
	return each(ctx, q, in.riskRows(risks[name]), func(rows *sql.Rows) error {
		it := Item{Reason: "evidence.reason.risky"}
		var kind, process string
		var port int64
		if err := rows.Scan(&it.AssetID, &kind, &it.Label, &process, &port); err != nil {
			return err
		}
		if seen[it.AssetID] {
			return nil
		}
		if excepted[kind+"\x00"+software.NameKey(process)] {
			found["excepted"]++
			return nil
		}
		seen[it.AssetID] = true
		it.Ref = name
		it.Args = map[string]Arg{"Risk": {Key: "evidence.risk." + name}, "Where": {Text: strings.TrimSpace(process + portText(port))}}
		o.failing(it)
		return nil
	})
}

// portText writes a port beside its process.
func portText(port int64) string {
	if port == 0 {
		return ""
	}
	return fmt.Sprintf(" (TCP %d)", port)
}

// riskRows reads machine, kind, label, process or service, and port.
func (i Input) riskRows(r risk) *query {
	s := i.scope(computersOf(i.Target), running).add(` SELECT scope.id, scope.kind, scope.label, p.process, p.number FROM scope
		JOIN network_port p ON p.asset_id = scope.id WHERE p.exposed AND p.protocol = 'tcp' AND (1 = 0`)
	for _, ports := range r.tcpPorts {
		s.add(` OR p.number BETWEEN ? AND ?`, ports[0], ports[1])
	}
	for _, name := range r.programs {
		s.add(` OR lower(p.process) LIKE ?`, "%"+name+"%")
	}
	i.open(s.add(`) AND `), "p").add(` UNION SELECT scope.id, scope.kind, scope.label, v.name, 0 FROM scope
		JOIN software_service v ON v.asset_id = scope.id WHERE v.running AND (1 = 0`)
	for _, name := range r.services {
		s.add(` OR v.name_key = ?`, name)
	}
	for _, name := range r.programs {
		s.add(` OR v.name_key LIKE ?`, "%"+name+"%")
	}
	return i.open(s.add(`) AND `), "v").add(` ORDER BY 3, 1, 5, 4`)
}
