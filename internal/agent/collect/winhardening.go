package collect

import (
	"context"
	"strings"

	"sonae/internal/wire"
)

// winHardening reads how the machine is set up against attack.
func winHardening(_ context.Context, src *Source) (*wire.Hardening, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	h := &wire.Hardening{ScreenLock: r.screenLocks(), AutoLogon: r.autoLogon(), RemoteDesktop: r.remoteDesktop(src)}
	h.SMB1Server, h.SMB1Client = r.smb1()
	for _, p := range r.profiles() {
		h.Firewall = append(h.Firewall, wire.FirewallProfile{Name: p.name, On: p.on, Inbound: p.inbound})
	}
	h.PasswordPolicy = src.passwordPolicy(&g)
	h.LocalAdmin = r.localAdmin(src)
	return h, g.err()
}

// smb1 tells whether SMB version 1 is offered and spoken. Its drivers are removed
// with the feature (srv and mrxsmb10; "How to detect, enable and disable SMBv1",
// learn.microsoft.com).
func (r reg) smb1() (server, client *bool) {
	offers := r.has(keyServices, "srv") && !r.values(keyServices, "srv").Is("Start", startDisabled) &&
		!r.values(keyServices, `LanmanServer\Parameters`).Is("SMB1", 0) && !r.values(keyServices, "LanmanServer").Is("Start", startDisabled)
	speaks := r.has(keyServices, "mrxsmb10") && !r.values(keyServices, "mrxsmb10").Is("Start", startDisabled)
	return &offers, &speaks
}

// remoteDesktop reads whether RDP is open, and who may come in: the members of
// Remote Desktop Users, and administrators.
func (r reg) remoteDesktop(src *Source) *wire.RemoteDesktop {
	d := &wire.RemoteDesktop{Enabled: r.rdpEnabled()}
	listener := r.values(keyTerminal, `WinStations\RDP-Tcp`)
	if n, ok := firstNumber("UserAuthentication", r.values(keyTerminalPolicy), listener); ok {
		nla := n == 1
		d.NLA = &nla
	}
	if port := listener.Int("PortNumber"); port != 3389 && port <= 65535 { // the usual one: [MS-RDPBCGR] 1.9
		d.Port = port
	}
	if src.Windows.Calls.Groups == nil {
		return d
	}
	groups, err := src.Windows.Calls.Groups()
	r.gaps.add("who may use remote desktop", err)
	host := r.values(keyControl, `ComputerName\ActiveComputerName`).Text("ComputerName")
	if name, _ := membersOf(groups, sidAdministrators, host); name != "" {
		d.Allowed = append(d.Allowed, name)
	}
	_, members := membersOf(groups, sidRemoteDesktop, host)
	d.Allowed = sortedNames(append(d.Allowed, members...))
	return d
}

const keyWinlogon = keyNT + `\Winlogon`

// autoLogon reads the log-on without a person. Of the password only whether it
// lies in the registry is taken; its text leaves the function with nobody.
func (r reg) autoLogon() *wire.AutoLogon {
	v := r.values(keyWinlogon)
	a := &wire.AutoLogon{Enabled: v.Is("AutoAdminLogon", 1), ClearPassword: v.Text("DefaultPassword") != ""}
	if !a.Enabled && !a.ClearPassword {
		return a
	}
	a.Source = keyWinlogon
	if a.User = v.Text("DefaultUserName"); a.User != "" && v.Text("DefaultDomainName") != "" {
		a.User = v.Text("DefaultDomainName") + `\` + a.User
	}
	return a
}

// never is TIMEQ_FOREVER (lmaccess.h).
const never = 1<<32 - 1

// passwordPolicy reads what the system asks of local passwords. Whether they have
// to be complex is in the part of the registry that nobody may read.
func (s *Source) passwordPolicy(g *gaps) *wire.PasswordPolicy {
	if s.Windows.Calls.PasswordPolicy == nil {
		return nil
	}
	p, err := s.Windows.Calls.PasswordPolicy()
	if err != nil {
		g.add("password policy", err)
		return nil
	}
	number := func(n, unit uint32) *int {
		value := 0
		if n != never {
			value = int((uint64(n) + uint64(unit) - 1) / uint64(unit))
		}
		return &value
	}
	const day, minute = 86400, 60
	return &wire.PasswordPolicy{
		MinLength: number(p.MinLength, 1), History: number(p.History, 1), MinAgeDays: number(p.MinAgeSec, day), MaxAgeDays: number(p.MaxAgeSec, day),
		LockoutThreshold: number(p.LockoutTries, 1), LockoutMinutes: number(p.LockoutSec, minute), Source: "NetUserModalsGet",
	}
}

// Keys of Windows LAPS, strongest first: device management, group policy, local
// ("Configure policy settings for Windows LAPS", learn.microsoft.com), and of the
// older LAPS.
var keysLAPS = []string{
	`HKLM\SOFTWARE\Microsoft\Policies\LAPS`, keyWindows + `\Policies\LAPS`, keyWindows + `\LAPS\Config`,
}

const keyOldLAPS = `HKLM\SOFTWARE\Policies\Microsoft Services\AdmPwd`

// localAdmin tells who changes the built-in administrator's password, and when it
// was last changed.
func (r reg) localAdmin(src *Source) *wire.LocalAdmin {
	a := &wire.LocalAdmin{Managed: "none"}
	if r.values(keyOldLAPS).Is("AdmPwdEnabled", 1) {
		a.Managed = "laps"
	}
	for _, key := range keysLAPS {
		if n, ok := r.values(key).Number("BackupDirectory"); ok {
			if n != 0 {
				a.Managed = "windows_laps"
			}
			break
		}
	}
	if src.Windows.Calls.Users == nil {
		return a
	}
	users, err := src.Windows.Calls.Users()
	r.gaps.add("the built-in administrator", err)
	for _, u := range users {
		// The number of the built-in administrator is 500 whatever its name.
		if strings.HasSuffix(u.SID, "-500") && u.PasswordAgeSec > 0 {
			a.ChangedMS = max(0, dayMS(src.Now().UnixMilli()-int64(u.PasswordAgeSec)*1000))
		}
	}
	return a
}
