package collect

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"sonae/internal/agent/wmi"
	"sonae/internal/wire"
)

// protectService is how a product shows itself by its service where there is no
// Security Center (servers), and where it is no antivirus (EDR).
type protectService struct {
	service, name, kind string
	source              string // where the name is from
}

// protectServices are services by the names that their makers give in their pages
// on checking the agent on Windows. A product that is not here is seen only
// through the Security Center: add a line with its source.
var protectServices = []protectService{
	{"Sense", "Microsoft Defender for Endpoint", "edr", "learn.microsoft.com, defender-endpoint/run-detection-test: sc query sense"},
	{"CSFalconService", "CrowdStrike Falcon", "edr", "CrowdStrike, deploy Falcon sensor for Windows: sc query csagent, CSFalconService"},
	{"SentinelAgent", "SentinelOne", "edr", "SentinelOne, Windows agent services"},
	{"CbDefense", "VMware Carbon Black", "edr", "docs.vmware.com, Carbon Black Cloud Windows sensor"},
	{"CybereasonActiveProbe", "Cybereason", "edr", "Cybereason, Windows sensor services"},
	{"cyserver", "Palo Alto Cortex XDR", "edr", "docs-cortex.paloaltonetworks.com, Windows agent services"},
	{"xagt", "Trellix EDR (HX)", "edr", "docs.trellix.com, Endpoint Security HX agent: xagt"},
	{"ElasticEndpoint", "Elastic Defend", "edr", "elastic.co, Elastic Defend: ElasticEndpoint service"},
	{"WazuhSvc", "Wazuh agent", "edr", "documentation.wazuh.com: net start Wazuh"},
	{"ntrtscan", "Trend Micro Apex One", "antimalware", "success.trendmicro.com, Apex One agent services: Real-time Scan (ntrtscan.exe)"},
	{"ds_agent", "Trend Micro Deep Security", "antimalware", "help.deepsecurity.trendmicro.com: sc query ds_agent"},
	{"SepMasterService", "Symantec Endpoint Protection", "antimalware", "techdocs.broadcom.com, Endpoint Protection services"},
	{"mfetp", "Trellix Endpoint Security", "antimalware", "docs.trellix.com, Endpoint Security services: mfetp"},
	{"ekrn", "ESET Endpoint / Server Security", "antimalware", "help.eset.com: ESET Service (ekrn)"},
	{"Sophos Endpoint Defense Service", "Sophos", "antimalware", "docs.sophos.com, Endpoint services on Windows"},
	{"EPSecurityService", "Bitdefender GravityZone", "antimalware", "bitdefender.com, BEST for Windows services"},
	{"AVP*", "Kaspersky Endpoint Security", "antimalware", "support.kaspersky.com, KES for Windows: AVP.KES"},
	{"klnagent", "Kaspersky Network Agent", "other", "support.kaspersky.com, Network Agent: klnagent"},
	{"Sysmon*", "Sysmon", "other", "learn.microsoft.com, sysinternals/downloads/sysmon"},
}

// winProtection asks the Security Center of client editions which products have
// registered, reads Defender's own state from the registry, and finds the rest by
// their services.
func winProtection(ctx context.Context, src *Source) ([]wire.Protection, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	states := src.serviceStates(&g)
	list := []wire.Protection{}
	if d, ok := r.defender(states, src.Now()); ok {
		list = append(list, d)
	}
	list = append(list, registeredProducts(ctx, src, &g)...)
	for _, p := range protectServices { // in this order: the first of a maker counts
		for _, name := range slices.Sorted(maps.Keys(states)) {
			state := states[name]
			if !named(p.service, state.Name) || hasProduct(list, p.name) {
				continue
			}
			running := state.State == serviceRunning
			// Sense is on every edition; it runs only where the machine was taken
			// into the organisation's console.
			if p.service != "Sense" || running {
				list = append(list, wire.Protection{Product: p.name, Kind: p.kind, Running: running})
			}
		}
	}
	slices.SortFunc(list, func(a, b wire.Protection) int {
		return cmp.Or(strings.Compare(a.Product, b.Product), strings.Compare(a.Kind, b.Kind))
	})
	return list, g.err()
}

// hasProduct tells whether a product of that maker is in the list: the Security
// Center and the table name it differently.
func hasProduct(list []wire.Protection, name string) bool {
	maker, _, _ := strings.Cut(name, " ")
	return slices.ContainsFunc(list, func(p wire.Protection) bool {
		return p.Product == name || maker != "Microsoft" && strings.Contains(strings.ToLower(p.Product), strings.ToLower(maker))
	})
}

// Parts of AntiVirusProduct.productState. Microsoft does not document them; these
// are the ones that WSC_SECURITY_PRODUCT_STATE and its signature state (iwscapi.h)
// come from, as agreed by those who read them.
const (
	stateMask, stateOn          = 0xf000, 0x1000
	signatureMask, signatureOld = 0x00f0, 0x0010
)

// registeredProducts asks the Security Center; Defender's row is left to defender.
func registeredProducts(ctx context.Context, src *Source, g *gaps) []wire.Protection {
	w, err := src.wmi()
	if err != nil {
		return nil
	}
	rows, err := w.Query(ctx, `root\SecurityCenter2`, "AntiVirusProduct", "displayName", "productState")
	if errors.Is(err, wmi.ErrNotThere) {
		return nil // server editions
	}
	g.add("Security Center", err)
	var list []wire.Protection
	for _, row := range rows {
		name := spaced(row.Text("displayName"))
		if name == "" || strings.HasPrefix(name, "Windows Defender") || strings.HasPrefix(name, "Microsoft Defender") || hasExact(list, name) {
			continue
		}
		state := row.Int("productState")
		on := state&stateMask == stateOn
		p := wire.Protection{Product: name, Kind: "antimalware", Running: on, RealTime: &on}
		if state&signatureMask == signatureOld {
			g.say("%s says of itself that its patterns are out of date", name)
		}
		list = append(list, p)
	}
	return list
}

func hasExact(list []wire.Protection, name string) bool {
	return slices.ContainsFunc(list, func(p wire.Protection) bool { return p.Product == name })
}

const (
	keyDefender       = `HKLM\SOFTWARE\Microsoft\Windows Defender`
	keyDefenderPolicy = keyPolicies + `\Windows Defender`
)

// defender reads the state of Microsoft Defender; false where it is not there.
func (r reg) defender(states map[string]WinService, now time.Time) (wire.Protection, bool) {
	main := r.values(keyDefender)
	service, known := states["windefend"]
	if main == nil || !known && !r.has(keyServices, "WinDefend") {
		return wire.Protection{}, false
	}
	p := wire.Protection{Product: "Microsoft Defender Antivirus", Kind: "antimalware", Running: service.State == serviceRunning}
	// …\Platform\4.18.24090.11-0\ holds the program since it updates itself.
	if folder := path.Base(inWindows(strings.TrimRight(main.Text("InstallLocation"), `\`))); strings.Count(folder, ".") >= 2 {
		p.Version, _, _ = strings.Cut(folder, "-")
	}
	patterns := r.values(keyDefender, "Signature Updates")
	p.PatternVersion = patterns.Text("AVSignatureVersion")
	if when := patterns.Time("AVSignatureApplied"); !when.IsZero() && winTimeMS(when, now) != 0 {
		p.PatternDate = when.Format(time.DateOnly)
	} else if when := patterns.Time("SignaturesLastUpdated"); !when.IsZero() && winTimeMS(when, now) != 0 {
		p.PatternDate = when.Format(time.DateOnly)
	}
	realTime := p.Running && r.defenderOff() == nil && !main.Is("PassiveMode", 1) && !main.Is("PassiveMode", 2)
	p.RealTime = &realTime
	return p, true
}

// setting is a value of the registry that turns something off.
type setting struct {
	key, name string
	policy    bool
}

// offSettings are the values that turn Defender or its watching of files off.
var offSettings = []struct {
	setting
	what string // of wire.SwitchedOff
}{
	{setting{keyDefenderPolicy, "DisableAntiSpyware", true}, "malware_protection"},
	{setting{keyDefenderPolicy, "DisableAntiVirus", true}, "malware_protection"},
	{setting{keyDefender, "DisableAntiSpyware", false}, "malware_protection"},
	{setting{keyDefender, "DisableAntiVirus", false}, "malware_protection"},
	{setting{keyDefenderPolicy + `\Real-Time Protection`, "DisableRealtimeMonitoring", true}, "real_time_protection"},
	{setting{keyDefender + `\Real-Time Protection`, "DisableRealtimeMonitoring", false}, "real_time_protection"},
}

// defenderOff lists the settings that turn it off; nil when there is none.
func (r reg) defenderOff() []wire.SwitchedOff {
	var list []wire.SwitchedOff
	for _, s := range offSettings {
		if r.values(s.key).Is(s.name, 1) {
			list = append(list, r.offBy(s.what, "Microsoft Defender Antivirus", s.setting, "1"))
		}
	}
	return list
}

// offBy makes the row of a setting, with when its key was last written.
func (r reg) offBy(what, name string, s setting, value string) wire.SwitchedOff {
	by := "setting"
	if s.policy {
		by = "policy"
	}
	return wire.SwitchedOff{What: what, Name: name, By: by, SinceMS: r.writtenMS(s.key), Evidence: s.key + `\` + s.name + " = " + value}
}
