package collect

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"sonae/internal/wire"
)

// product is how an anti-malware or detection product shows itself on Linux.
type product struct {
	name, kind string
	processes  []string // comm, at most 15 bytes
	packages   []string // package names
	source     string   // where the names are from
}

// products are known by the service and package names that their makers give in
// their pages on installing and checking the agent on Linux. A product that is
// not here is not seen: add a line with its source.
var products = []product{
	{"ClamAV", "antimalware", []string{"clamd"}, []string{"clamav-daemon", "clamd", "clamav-server"}, "docs.clamav.net, Scanning: clamd"},
	{"ClamAV on-access scanner", "antimalware", []string{"clamonacc"}, nil, "docs.clamav.net, Scanning: on-access"},
	{"CrowdStrike Falcon", "edr", []string{"falcon-sensor", "falcon-sensor-b", "falcond"}, []string{"falcon-sensor"}, "CrowdStrike, deploy Falcon sensor for Linux: systemctl status falcon-sensor"},
	{"Microsoft Defender for Endpoint", "edr", []string{"wdavdaemon"}, []string{"mdatp"}, "learn.microsoft.com, defender-endpoint/linux-install-manually"},
	{"SentinelOne", "edr", []string{"s1-agent", "sentinelone-age", "s1-orchestrator"}, []string{"SentinelAgent", "sentinelagent"}, "SentinelOne, Linux agent: sentinelctl"},
	{"Trend Micro Deep Security / Apex One", "antimalware", []string{"ds_agent", "ds_am", "tmxbc"}, []string{"ds-agent", "ds_agent"}, "help.deepsecurity.trendmicro.com: systemctl status ds_agent"},
	{"Trend Micro ServerProtect", "antimalware", []string{"splx_agent", "vsapiapp"}, []string{"SProtectLinux"}, "docs.trendmicro.com, ServerProtect for Linux"},
	{"Trellix Endpoint Security", "antimalware", []string{"mfetpd", "mfeespd"}, []string{"McAfeeTP", "mcafeetp", "MFEtp"}, "docs.trellix.com, Endpoint Security for Linux: mfetpd"},
	{"Trellix EDR (HX)", "edr", []string{"xagt"}, []string{"xagt"}, "docs.trellix.com, Endpoint Security HX agent: xagt"},
	{"Sophos Protection for Linux", "antimalware", []string{"sophos-spl", "sophos_threat_d", "sophos_watchdog", "savd"}, nil, "docs.sophos.com, Linux: systemctl status sophos-spl"},
	{"ESET Endpoint / Server Security", "antimalware", []string{"startd", "oaeventd"}, []string{"eea", "efs"}, "help.eset.com, ESET Endpoint Antivirus for Linux: eea.service"},
	{"Kaspersky Endpoint Security", "antimalware", []string{"kesl", "kesl-supervisor"}, []string{"kesl"}, "support.kaspersky.com, KES for Linux: systemctl status kesl"},
	{"VMware Carbon Black", "edr", []string{"cbagentd", "cbdaemon"}, []string{"cb-psc-sensor", "cbagent"}, "docs.vmware.com, Carbon Black Cloud Linux sensor: cbagentd"},
	{"Palo Alto Cortex XDR", "edr", []string{"pmd", "authorized"}, []string{"cortex-agent"}, "docs-cortex.paloaltonetworks.com, Linux agent: traps_pmd"},
	{"Elastic Defend", "edr", []string{"elastic-endpoin"}, nil, "elastic.co, Elastic Defend: elastic-endpoint service"},
	{"Cybereason", "edr", []string{"cybereason-sens"}, []string{"cybereason-sensor"}, "Cybereason, Linux sensor: cybereason-sensor service"},
	{"Bitdefender GravityZone", "antimalware", []string{"bdsecd", "bdsec-agent"}, []string{"bitdefender-security-tools"}, "bitdefender.com, BEST for Linux: bdsec service"},
	{"WithSecure Elements", "antimalware", []string{"fsma2", "wsagent", "fsavd"}, []string{"f-secure-linuxsecurity"}, "help.f-secure.com, Linux Security 64: fsma2"},
	{"Dr.Web", "antimalware", []string{"drweb-configd"}, []string{"drweb-workstations", "drweb-file-servers"}, "download.geo.drweb.com, Dr.Web for Linux: drweb-configd"},
	{"Wazuh agent", "edr", []string{"wazuh-agentd"}, []string{"wazuh-agent"}, "documentation.wazuh.com: wazuh-agentd"},
	{"OSSEC agent", "integrity", []string{"ossec-agentd", "ossec-syscheckd"}, []string{"ossec-hids-agent"}, "ossec.net: ossec-agentd, ossec-syscheckd"},
	{"AIDE", "integrity", nil, []string{"aide"}, "aide.github.io"},
	{"Tripwire", "integrity", nil, []string{"tripwire"}, "github.com/Tripwire/tripwire-open-source"},
	{"osquery", "other", []string{"osqueryd"}, []string{"osquery"}, "osquery.readthedocs.io: osqueryd"},
	{"auditd", "other", []string{"auditd"}, nil, "man auditd(8)"},
}

// vague are process names that also belong to other programs: they count only
// with the package.
var vague = []string{"pmd", "authorized", "startd"}

// protection finds products of the table that run or are installed. A product
// that only is installed is reported as not running.
func protection(_ context.Context, src *Source) ([]wire.Protection, error) {
	var g gaps
	procs, err := src.processes()
	g.add("/proc", err)
	running := map[string]bool{}
	for _, p := range procs {
		running[p.name] = true
	}
	versions := map[string]string{}
	set, err := src.packages()
	if err == nil {
		for _, p := range set.list {
			versions[p.Name] = p.Version
		}
	}
	var list []wire.Protection
	for _, p := range products {
		found := wire.Protection{Product: p.name, Kind: p.kind}
		installed := false
		for _, name := range p.packages {
			if v, ok := versions[name]; ok {
				installed, found.Version = true, v
			}
		}
		found.Running = slices.ContainsFunc(p.processes, func(name string) bool {
			return running[name] && (installed || !slices.Contains(vague, name))
		})
		if !found.Running && !installed {
			continue
		}
		if p.name == "ClamAV" {
			found.PatternDate = clamPatterns(src)
		}
		list = append(list, found)
	}
	return list, g.err()
}

// clamPatterns reads the day of ClamAV's daily patterns from the head of their
// file, "ClamAV-VDB:07 Jun 2023 03-25 -0400:26931:…" (docs.clamav.net, CVD).
func clamPatterns(src *Source) string {
	for _, name := range []string{"/var/lib/clamav/daily.cld", "/var/lib/clamav/daily.cvd"} {
		f, err := src.open(name)
		if err != nil {
			continue
		}
		head := make([]byte, 64)
		n, _ := io.ReadFull(f, head)
		f.Close()
		if day := parseClamHead(string(head[:n])); day != "" {
			return day
		}
	}
	return ""
}

func parseClamHead(head string) string {
	field := strings.SplitN(head, ":", 3)
	if len(field) < 2 || field[0] != "ClamAV-VDB" {
		return ""
	}
	when, err := time.Parse("02 Jan 2006 15-04 -0700", field[1])
	if err != nil {
		return ""
	}
	return when.UTC().Format(time.DateOnly)
}

// remoteTools are programs that let somebody in from outside, by process name.
var remoteTools = []struct{ process, name string }{
	{"sshd", "sshd"}, {"dropbear", "dropbear"}, {"telnetd", "telnet"}, {"in.telnetd", "telnet"}, {"xrdp", "rdp (xrdp)"},
	{"gnome-remote-de", "rdp (GNOME)"}, {"krdpserver", "rdp (KDE)"}, {"Xvnc", "vnc"}, {"Xtigervnc", "vnc"}, {"x11vnc", "vnc"},
	{"vino-server", "vnc"}, {"teamviewerd", "TeamViewer"}, {"anydesk", "AnyDesk"}, {"rustdesk", "RustDesk"},
	{"splashtop-strea", "Splashtop"}, {"cockpit-tls", "cockpit"}, {"cockpit-ws", "cockpit"}, {"webmin", "webmin"},
	{"nxd", "NoMachine"}, {"openvpn", "openvpn"}, {"tailscaled", "tailscale"}, {"zerotier-one", "zerotier"},
}

// remoteAccess lists the ways in that run, and WireGuard, which has no process.
func remoteAccess(_ context.Context, src *Source) ([]string, error) {
	procs, err := src.processes()
	if err != nil {
		return nil, err
	}
	var list []string
	for _, tool := range remoteTools {
		runs := slices.ContainsFunc(procs, func(p process) bool { return p.name == tool.process })
		if runs && !slices.Contains(list, tool.name) {
			list = append(list, tool.name)
		}
	}
	for _, name := range src.names("/sys/class/net") {
		if strings.Contains(src.line("/sys/class/net/"+name+"/uevent"), "DEVTYPE=wireguard") && !slices.Contains(list, "wireguard") {
			list = append(list, "wireguard")
		}
	}
	slices.Sort(list)
	return list, nil
}
