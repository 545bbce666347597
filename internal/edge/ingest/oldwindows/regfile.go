package oldwindows

import (
	"strconv"
	"strings"
	"time"

	"sonae/internal/wire"
)

// regKey is one key of "reg export" with its texts and numbers; names in lower case.
type regKey struct {
	path   string
	values map[string]string
}

// parseReg reads the keys of a file of reg export ("Windows Registry Editor Version
// 5.00"). Binary values are passed over: none is needed, and some hold secrets.
func parseReg(text string) []regKey {
	var out []regKey
	for _, line := range lines(text) {
		line = strings.TrimRight(line, "\r ")
		switch {
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			if len(out) >= wire.MaxPackages {
				return out
			}
			out = append(out, regKey{path: line[1 : len(line)-1], values: map[string]string{}})
		case strings.HasPrefix(line, `"`) && len(out) > 0:
			name, rest, ok := quoted(line)
			if !ok || !strings.HasPrefix(rest, "=") {
				continue
			}
			if value, ok := regValue(rest[1:]); ok {
				out[len(out)-1].values[strings.ToLower(name)] = value
			}
		}
	}
	return out
}

// quoted reads a text in quotation marks with \\ and \" in it.
func quoted(s string) (text, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", s, false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", s, false
}

func regValue(s string) (string, bool) {
	if hex, ok := strings.CutPrefix(s, "dword:"); ok {
		n, err := strconv.ParseUint(strings.TrimSpace(hex), 16, 32)
		return strconv.FormatUint(n, 10), err == nil
	}
	text, _, ok := quoted(s)
	return text, ok
}

// uninstallFiles are the exports of Uninstall keys, with how their programs are marked.
var uninstallFiles = []struct{ name, arch string }{{"reg-uninstall.reg", ""}, {"reg-uninstall32.reg", "386"}}

// software reads the programs of both views and of all users whose registry was loaded.
func (f *folder) software() error {
	list := []wire.Package{}
	seen := map[wire.Package]bool{}
	found := false
	add := func(name, arch string) {
		if _, ok := f.files[name]; !ok {
			return
		}
		text, ok := f.text(wire.SecPackages, name)
		if !ok {
			return
		}
		found = true
		for _, k := range parseReg(text) {
			if p, ok := program(k, arch); ok && !seen[p] && len(list) < wire.MaxPackages {
				seen[p] = true
				list = append(list, p)
			}
		}
	}
	for _, u := range uninstallFiles {
		add(u.name, u.arch)
	}
	users := 0
	for name := range f.files {
		if strings.HasPrefix(name, "reg-user-") {
			users++
		}
	}
	for i := 1; i <= users; i++ {
		add("reg-user-"+strconv.Itoa(i)+".reg", "")
	}
	if !found {
		f.note(wire.SecPackages, wire.Failed, "no export of the Uninstall keys")
		return nil
	}
	f.note(wire.SecPackages, wire.Partial, "programs of users who were not logged on are not listed")
	f.report.Sections.Packages = &list
	return nil
}

// program reads one Uninstall key. Updates and parts of programs stand in the same
// place; they are left away, as Windows' own list does.
func program(k regKey, arch string) (wire.Package, bool) {
	v := k.values
	name := keep(v["displayname"])
	if name == "" || v["systemcomponent"] == "1" || v["parentkeyname"] != "" || kbOnly(name, v) {
		return wire.Package{}, false
	}
	p := wire.Package{Name: name, Version: keep(v["displayversion"]), Publisher: keep(v["publisher"]), Kind: "registry", Arch: arch}
	if t, err := time.Parse("20060102", v["installdate"]); err == nil {
		p.InstalledOn = day(t)
	}
	return p, true
}

// kbOnly reports an update of Windows or of a program that is listed beside it.
func kbOnly(name string, v map[string]string) bool {
	release := strings.ToLower(v["releasetype"])
	return release == "security update" || release == "update rollup" || release == "hotfix" || release == "update" && kbForm.MatchString(name)
}
