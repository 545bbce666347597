package collect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"sonae/internal/wire"
)

// hardening reads how the machine is set up against attack from its own files: SSH,
// PAM, display managers, access control of the kernel, Samba, firewall.
func hardening(_ context.Context, src *Source) (*wire.Hardening, error) {
	var g gaps
	h := &wire.Hardening{
		SSH: sshServer(src, &g), PasswordPolicy: passwordPolicy(src, &g), AutoLogon: autoLogon(src), AccessControl: accessControl(src),
		LocalAdmin: localAdmin(src, &g), RemoteDesktop: remoteDesktop(src), Firewall: filterProfiles(src),
	}
	if l, ok := screenLockSetting(src); ok {
		h.ScreenLock = []wire.ScreenLock{l}
	}
	h.SMB1Server, h.SMB1Client = smb1(src)
	return h, g.err()
}

// readINI reads "[section]", "key = value" files: values by section and key, both in
// lower case; the last counts.
func readINI(text string, into map[string]string) {
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if name, ok := strings.CutPrefix(line, "["); ok {
			section = strings.ToLower(strings.TrimSpace(strings.TrimSuffix(name, "]")))
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok {
			into[section+"/"+strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
		}
	}
}

// autoLogon looks at the display managers and at getty(8).
func autoLogon(src *Source) *wire.AutoLogon {
	found := false
	for _, m := range []struct {
		files    []string
		on, user string // keys; on is empty where a user is enough
	}{
		{[]string{"/etc/gdm3/custom.conf", "/etc/gdm3/daemon.conf", "/etc/gdm/custom.conf"}, "daemon/automaticloginenable", "daemon/automaticlogin"},
		{[]string{"/etc/gdm3/custom.conf", "/etc/gdm3/daemon.conf", "/etc/gdm/custom.conf"}, "daemon/timedloginenable", "daemon/timedlogin"},
		{append([]string{"/etc/lightdm/lightdm.conf"}, src.glob("/etc/lightdm/lightdm.conf.d/*.conf")...), "", "seat:*/autologin-user"},
		{append([]string{"/etc/sddm.conf"}, src.glob("/etc/sddm.conf.d/*.conf")...), "", "autologin/user"},
	} {
		for _, file := range m.files {
			text, err := src.text(file)
			if err != nil {
				continue
			}
			found = true
			values := map[string]string{}
			readINI(text, values)
			if user := values[m.user]; user != "" && (m.on == "" || strings.EqualFold(values[m.on], "true")) {
				return &wire.AutoLogon{Enabled: true, User: user, Source: "/" + clip(file)}
			}
		}
	}
	for _, file := range src.glob("/etc/systemd/system/*getty@*.service.d/*.conf") {
		if _, after, ok := strings.Cut(src.line(file), "--autologin"); ok {
			if words := strings.Fields(strings.TrimPrefix(after, "=")); len(words) > 0 {
				return &wire.AutoLogon{Enabled: true, User: words[0], Source: "/" + clip(file)}
			}
		}
	}
	if found {
		return &wire.AutoLogon{}
	}
	return nil
}

// accessControl tells which mandatory access control the kernel enforces.
func accessControl(src *Source) *wire.AccessControl {
	switch src.line("/sys/fs/selinux/enforce") {
	case "1":
		return &wire.AccessControl{System: "selinux", State: "enforcing"}
	case "0":
		return &wire.AccessControl{System: "selinux", State: "permissive"}
	}
	switch src.line("/sys/module/apparmor/parameters/enabled") {
	case "Y":
		a := &wire.AccessControl{System: "apparmor", State: "unknown"}
		if text, err := src.text("/sys/kernel/security/apparmor/profiles"); err == nil {
			enforced, complaining := strings.Count(text, "(enforce)"), strings.Count(text, "(complain)")
			a.Detail = strconv.Itoa(enforced) + " enforced, " + strconv.Itoa(complaining) + " complaining"
			a.State = "permissive"
			if enforced > 0 {
				a.State = "enforcing"
			}
		}
		return a
	case "N":
		return &wire.AccessControl{System: "apparmor", State: "disabled"}
	}
	if src.exists("/etc/selinux/config") {
		return &wire.AccessControl{System: "selinux", State: "disabled"}
	}
	return nil
}

// localAdmin marks root's stored password, so that machines cloned with it are found:
// the hash of a salted hash, from which neither can be guessed.
func localAdmin(src *Source, g *gaps) *wire.LocalAdmin {
	lines, err := src.lines("/etc/shadow")
	g.add("/etc/shadow", err)
	for _, line := range lines {
		field := strings.Split(line, ":")
		if len(field) < 3 || field[0] != "root" {
			continue
		}
		a := &wire.LocalAdmin{Managed: "none"}
		if hash := strings.TrimLeft(field[1], "!*"); len(hash) > 20 { // shorter ones have no salt worth the name
			sum := sha256.Sum256([]byte("sonae local admin v1\x00" + hash))
			a.Marker = hex.EncodeToString(sum[:])
			if d := days(field[2]); d > 0 {
				a.ChangedMS = d * 24 * 3600 * 1000
			}
		}
		return a
	}
	return nil
}

// remoteDesktop is xrdp.
func remoteDesktop(src *Source) *wire.RemoteDesktop {
	procs, _ := src.processes()
	running := slices.ContainsFunc(procs, func(p process) bool { return p.name == "xrdp" })
	text, err := src.text("/etc/xrdp/xrdp.ini")
	if err != nil && !running {
		return nil
	}
	values := map[string]string{}
	readINI(text, values)
	r := &wire.RemoteDesktop{Enabled: running}
	if port := number(values["globals/port"]); port != nil && *port <= 65535 {
		r.Port = *port
	}
	readINI(src.line("/etc/xrdp/sesman.ini"), values)
	if group := values["security/terminalserverusers"]; group != "" && strings.EqualFold(values["security/alwaysgroupcheck"], "true") {
		r.Allowed = []string{group}
	}
	return r
}

// filterProfiles names the program in charge of the packet filter.
func filterProfiles(src *Source) []wire.FirewallProfile {
	name, state, ok := strings.Cut(firewallManager(src), " (")
	if !ok {
		return nil
	}
	p := wire.FirewallProfile{Name: strings.TrimSuffix(name, ".service"), On: new(state == "on)")}
	if name == "ufw" {
		switch strings.ToUpper(parseAssignments(src.line("/etc/default/ufw"))["DEFAULT_INPUT_POLICY"]) {
		case "DROP", "REJECT":
			p.Inbound = "block"
		case "ACCEPT":
			p.Inbound = "allow"
		}
	}
	return []wire.FirewallProfile{p}
}

// smb1 reads whether Samba still speaks SMB 1: NT1 and older names (smb.conf(5),
// "server min protocol"; SMB2_02 by default since Samba 4.11).
func smb1(src *Source) (server, client *bool) {
	text, err := src.text("/etc/samba/smb.conf")
	if err != nil {
		return nil, nil
	}
	values := map[string]string{}
	readINI(text, values)
	old := func(keys ...string) *bool {
		for _, key := range keys {
			switch v := strings.ToUpper(values["global/"+key]); v {
			case "NT1", "LANMAN1", "LANMAN2", "CORE", "COREPLUS":
				return new(true)
			case "":
			default:
				return new(false)
			}
		}
		return new(false)
	}
	units := findUnits(src)
	procs, _ := src.processes()
	if units.wanted["smbd.service"] || units.wanted["smb.service"] || slices.ContainsFunc(procs, func(p process) bool { return p.name == "smbd" }) {
		server = old("server min protocol", "min protocol")
	}
	return server, old("client min protocol")
}

// screenLockSetting is what an administrator set for everybody in dconf's system
// databases; ok is false when nothing is set there.
func screenLockSetting(src *Source) (l wire.ScreenLock, ok bool) {
	for _, file := range src.glob("/etc/dconf/db/*.d/*") {
		if info, err := fs.Stat(src.Files, clip(file)); err != nil || info.IsDir() {
			continue
		}
		values := map[string]string{}
		readINI(src.line(file), values)
		if idle, set := values["org/gnome/desktop/session/idle-delay"]; set {
			if n := number(strings.TrimPrefix(idle, "uint32")); n != nil {
				l.Seconds, ok, l.Source = *n, true, "/"+clip(file)
				l.On = new(*n > 0)
			}
		}
		if lock, set := values["org/gnome/desktop/screensaver/lock-enabled"]; set {
			l.Password, ok, l.Source = new(lock != "false"), true, "/"+clip(file)
		}
	}
	if ok && l.On == nil {
		l.On = l.Password
	}
	for _, file := range src.glob("/etc/dconf/db/*.d/locks/*") {
		if strings.Contains(src.line(file), "/org/gnome/desktop/s") { // session/idle-delay, screensaver/…
			l.Enforced = ok
		}
	}
	return l, ok
}

// sshServer reads sshd_config(5): of a word given twice the first counts, and files
// named by Include stand where the word does. Match blocks are for some only; their
// conditions are named when they change one of the answers.
func sshServer(src *Source, g *gaps) *wire.SSHServer {
	const main = "/etc/ssh/sshd_config"
	text, err := src.text(main)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			g.add(main, err)
		}
		return nil
	}
	c := sshConfig{values: map[string]string{}}
	c.read(src, text, 0)
	yes := func(key string, otherwise bool) bool {
		if v, set := c.values[key]; set {
			return strings.EqualFold(v, "yes")
		}
		return otherwise
	}
	s := &wire.SSHServer{RootLogin: "prohibit-password", Exceptions: sortedNames(c.exceptions), ConfigChangedMS: max(src.changedMS(main), c.changedMS)}
	switch v := strings.ToLower(c.values["permitrootlogin"]); v {
	case "yes", "no", "prohibit-password", "forced-commands-only":
		s.RootLogin = v
	case "without-password":
		s.RootLogin = "prohibit-password"
	}
	// Passwords also come in by the keyboard-interactive way, which asks PAM.
	keyboard := yes("kbdinteractiveauthentication", yes("challengeresponseauthentication", true)) && yes("usepam", false)
	s.PasswordLogin = new(yes("passwordauthentication", true) || keyboard)
	s.EmptyPasswords = new(yes("permitemptypasswords", false))
	units := findUnits(src)
	procs, _ := src.processes()
	s.Enabled = units.wanted["ssh.service"] || units.wanted["sshd.service"] || units.wanted["ssh.socket"] || units.wanted["sshd.socket"] ||
		slices.ContainsFunc(procs, func(p process) bool { return p.name == "sshd" })
	return s
}

// sshConfig collects what sshd_config says.
type sshConfig struct {
	values     map[string]string // outside of Match, keys in lower case
	exceptions []string
	changedMS  int64
	match      string // condition of the open Match block
}

// sshWatched are the words whose exceptions matter.
var sshWatched = []string{"permitrootlogin", "passwordauthentication", "permitemptypasswords", "kbdinteractiveauthentication"}

func (c *sshConfig) read(src *Source, text string, depth int) {
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(strings.Replace(line, "=", " ", 1)), " ")
		key, value = strings.ToLower(key), strings.Trim(strings.TrimSpace(value), `"`)
		switch {
		case key == "" || strings.HasPrefix(key, "#"):
		case key == "match":
			c.match = value
			if strings.EqualFold(value, "all") {
				c.match = ""
			}
		case key == "include" && depth < 4:
			for pattern := range strings.FieldsSeq(value) {
				if !path.IsAbs(pattern) {
					pattern = "/etc/ssh/" + pattern
				}
				for _, file := range src.glob(pattern) {
					outer := c.match
					c.read(src, src.line(file), depth+1)
					c.match, c.changedMS = outer, max(c.changedMS, src.changedMS(file))
				}
			}
		case c.match != "":
			if slices.Contains(sshWatched, key) {
				c.exceptions = append(c.exceptions, c.match)
			}
		default:
			if _, set := c.values[key]; !set {
				c.values[key] = value
			}
		}
	}
}
