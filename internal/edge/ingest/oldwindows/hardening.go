package oldwindows

import (
	"regexp"
	"strconv"
	"strings"

	"sonae/internal/wire"
)

// registry reads reg-values.txt: lines "== NAME" of the collector, and below each what
// reg query printed: "    ValueName    REG_DWORD    0x1". Only these names are asked for.
func (f *folder) registry() map[string]string {
	out := map[string]string{}
	text, ok := f.text(wire.SecHardening, "reg-values.txt")
	if !ok {
		return out
	}
	name := ""
	for _, line := range lines(text) {
		if rest, ok := strings.CutPrefix(line, "== "); ok {
			name = keep(rest)
			continue
		}
		_, rest, ok := strings.Cut(line, "REG_")
		if !ok || name == "" {
			continue
		}
		kind, value, _ := strings.Cut(rest, " ")
		kind, tabbed, _ := strings.Cut(kind, "\t")
		value = strings.TrimSpace(tabbed + value)
		if kind == "DWORD" {
			n, err := strconv.ParseUint(strings.TrimPrefix(value, "0x"), 16, 32)
			if err != nil {
				continue
			}
			value = strconv.FormatUint(n, 10)
		}
		out[name] = keep(value)
	}
	return out
}

func answer(values map[string]string, name, yes string) *bool {
	v, ok := values[name]
	if !ok {
		return nil
	}
	on := v == yes
	return &on
}

// hardening reads the settings.
func (f *folder) hardening() error {
	v := f.registry()
	h := &wire.Hardening{SMB1Server: answer(v, "smb1", "1"), PasswordPolicy: f.policy()}
	if start, ok := v["smb1client"]; ok { // Start of the driver mrxsmb10: 4 = disabled
		on := start != "4"
		h.SMB1Client = &on
	}
	if deny, ok := v["rdp-deny"]; ok {
		port, _ := strconv.Atoi(v["rdp-port"])
		if port < 0 || port > 65535 {
			port = 0
		}
		h.RemoteDesktop = &wire.RemoteDesktop{Enabled: deny == "0", NLA: answer(v, "rdp-nla", "1"), Port: port}
	}
	if auto, ok := v["autologon"]; ok {
		h.AutoLogon = &wire.AutoLogon{Enabled: auto == "1", User: v["autologon-user"], ClearPassword: f.manifest["autologon-password"] == "present", Source: `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon`}
	}
	for _, p := range []struct {
		prefix, source string
		enforced       bool
	}{{"lock-policy", `HKCU\Software\Policies\Microsoft\Windows\Control Panel\Desktop`, true}, {"lock", `HKCU\Control Panel\Desktop`, false}} {
		if _, ok := v[p.prefix+"-active"]; !ok {
			continue
		}
		seconds, _ := strconv.Atoi(v[p.prefix+"-timeout"])
		h.ScreenLock = append(h.ScreenLock, wire.ScreenLock{User: keep(f.manifest["user"]), Seconds: max(seconds, 0), On: answer(v, p.prefix+"-active", "1"), Password: answer(v, p.prefix+"-secure", "1"), Enforced: p.enforced, Source: p.source})
	}
	for _, name := range []string{"domain", "private", "public"} {
		if on := answer(v, "firewall-"+name, "1"); on != nil {
			h.Firewall = append(h.Firewall, wire.FirewallProfile{Name: name, On: on})
		}
	}
	f.report.Sections.Hardening = h
	return nil
}

// security reads firewall, anti-malware and automatic updates.
func (f *folder) security() error {
	v := f.registry()
	s := &wire.Security{}
	var on, off []string
	for _, name := range []string{"domain", "private", "public"} {
		switch v["firewall-"+name] {
		case "1":
			on = append(on, name)
		case "0":
			off = append(off, name)
		}
	}
	if len(on)+len(off) > 0 {
		all := len(off) == 0
		s.FirewallOn = &all
		if len(off) > 0 {
			s.FirewallDetail = "off: " + strings.Join(off, ", ")
		}
	}
	// 1 never … 4 installs by itself; NoAutoUpdate goes before (Windows Update Agent, AUOptions).
	if options := first(v["au-policy"], v["au"]); options != "" {
		auto := options == "4" && v["au-none"] != "1"
		s.AutoUpdates = &auto
	}
	for _, name := range []string{"antivirus2", "antivirus"} {
		if _, ok := f.files["wmic-"+name+".txt"]; !ok {
			continue
		}
		for _, o := range f.wmic(wire.SecSecurity, name) {
			if product := o.get("displayName"); product != "" && len(s.Protection) < 64 {
				p := wire.Protection{Product: product, Kind: "antimalware", Version: o.get("versionNumber"), Running: o.yes("onAccessScanningEnabled")}
				if state := o.number("productState"); state > 0 {
					p.Running = state>>8&0xf0 == 0x10 // second byte: 0x10 on, 0x00 off, as Security Center shows it
				}
				s.Protection = append(s.Protection, p)
			}
		}
	}
	if v["rdp-deny"] == "0" {
		s.RemoteAccess = append(s.RemoteAccess, "rdp")
	}
	f.report.Sections.Security = s
	return nil
}

// program1 is a command up to the end of its program's name: arguments may hold
// passwords.
var program1 = regexp.MustCompile(`(?i)^.*?\.(exe|com|cmd|bat|vbs|js|ps1|msc|dll)\b"?`)

// startup reads the tasks of schtasks /query /fo csv /v. Headings are translated; name
// and command stand in the second and ninth column since Vista (first and eighth before,
// where no folder comes first).
func (f *folder) startup() error {
	rows := f.csv(wire.SecStartup, "schtasks.csv")
	if rows == nil {
		return nil
	}
	host := f.report.Sections.OS.HostName
	out := []wire.StartupItem{}
	seen := map[string]bool{}
	for _, row := range rows {
		if len(row) < 10 || !strings.EqualFold(strings.TrimSpace(row[0]), host) || len(out) == wire.MaxRows {
			continue
		}
		name := keep(row[1])
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		item := wire.StartupItem{Name: name, Kind: "scheduled_task", Enabled: true}
		if len(row) > 20 {
			if command := keep(row[8]); program1.MatchString(command) {
				item.Command = keep(wire.WithoutSecrets(command))
			}
		}
		out = append(out, item)
	}
	f.note(wire.SecStartup, wire.Partial, "whether a task is switched off is not read: the words for it are translated")
	f.report.Sections.Startup = &out
	return nil
}
