package collect

import (
	"context"
	"slices"
	"strings"

	"sonae/internal/agent/winreg"
)

// remoteServices are services that let somebody in from outside, by the name
// their makers install them with. A name that ends in * is the beginning of one.
var remoteServices = []struct{ service, name string }{
	{"sshd", "sshd"}, {"WinRM", "winrm"}, {"TeamViewer*", "TeamViewer"}, {"AnyDesk*", "AnyDesk"}, {"RustDesk", "RustDesk"},
	{"SplashtopRemoteService", "Splashtop"}, {"LogMeIn", "LogMeIn"}, {"tvnserver", "vnc (TightVNC)"}, {"uvnc_service", "vnc (UltraVNC)"},
	{"vncserver", "vnc (RealVNC)"}, {"winvnc*", "vnc"}, {"ScreenConnect*", "ScreenConnect"}, {"chromoting", "Chrome Remote Desktop"},
	{"Tailscale", "tailscale"}, {"ZeroTierOneService", "zerotier"}, {"OpenVPNService*", "openvpn"}, {"WireGuard*", "wireguard"},
	{"SoftEther*", "SoftEther VPN"}, {"sevpn*", "SoftEther VPN"}, {"TlntSvr", "telnet"}, {"RemoteRegistry", "remote registry"},
}

// winRemoteAccess lists the ways in that are open: RDP when it is allowed, others
// when their service runs.
func winRemoteAccess(_ context.Context, src *Source) ([]string, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	var list []string
	if r.rdpEnabled() {
		list = append(list, "rdp")
	}
	for _, state := range src.serviceStates(&g) {
		for _, tool := range remoteServices {
			if state.State == serviceRunning && named(tool.service, state.Name) && !slices.Contains(list, tool.name) {
				list = append(list, tool.name)
			}
		}
	}
	slices.Sort(list)
	return list, g.err()
}

// named compares without case; a pattern may end in *.
func named(pattern, name string) bool {
	if start, open := strings.CutSuffix(pattern, "*"); open {
		_, ok := cutPrefixFold(name, start)
		return ok
	}
	return strings.EqualFold(pattern, name)
}

const (
	keyTerminal       = keyControl + `\Terminal Server`
	keyTerminalPolicy = keyPolicies + `\Windows NT\Terminal Services`
)

// rdpEnabled tells whether remote desktop lets anybody in. Without the value it
// does not.
func (r reg) rdpEnabled() bool {
	deny, ok := firstNumber("fDenyTSConnections", r.values(keyTerminalPolicy), r.values(keyTerminal))
	return ok && deny == 0 && !r.values(keyServices, "TermService").Is("Start", startDisabled)
}

// firstNumber is the first of several keys' values that is there.
func firstNumber(name string, keys ...winreg.Values) (uint64, bool) {
	for _, v := range keys {
		if n, ok := v.Number(name); ok {
			return n, true
		}
	}
	return 0, false
}

func compareText(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }
