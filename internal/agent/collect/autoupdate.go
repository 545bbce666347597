package collect

import (
	"context"
	"path"
	"strconv"
	"strings"
)

// autoUpdates tells whether updates are installed without anybody doing it:
// unattended-upgrades of Debian, dnf-automatic of Red Hat, transactional-update
// of SUSE. nil when none of them is there to be asked.
func autoUpdates(_ context.Context, src *Source) (*bool, error) {
	yes, no := true, false
	units := findUnits(src)
	for _, timer := range []string{"dnf-automatic-install.timer", "transactional-update.timer"} {
		if units.wanted[timer] {
			return &yes, nil
		}
	}
	if units.wanted["dnf-automatic.timer"] || units.wanted["dnf5-automatic.timer"] {
		on := strings.EqualFold(parseSpaced(src.line("/etc/dnf/automatic.conf"))["apply_updates"], "yes")
		return &on, nil
	}
	if !src.exists("/etc/apt") {
		return nil, nil
	}
	settings := map[string]string{}
	for _, pattern := range []string{"/etc/apt/apt.conf.d/*", "/etc/apt/apt.conf"} {
		for _, file := range src.glob(pattern) {
			if name := path.Base(file); strings.Contains(name, ".") && !strings.HasSuffix(name, ".conf") {
				continue // apt.conf(5): other endings are left out
			}
			parseAptConf(src.line(file), settings)
		}
	}
	every, err := strconv.Atoi(strings.TrimRight(settings["apt::periodic::unattended-upgrade"], "smhd"))
	always := settings["apt::periodic::unattended-upgrade"] == "always"
	if (err == nil && every > 0 || always) && settings["apt::periodic::enable"] != "0" && src.exists("/usr/bin/unattended-upgrade") {
		return &yes, nil
	}
	return &no, nil
}

// parseSpaced reads "key = value" lines.
func parseSpaced(text string) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			values[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return values
}

// parseAptConf reads the settings of an apt.conf(5) file that have a value, by
// full name in lower case: names may be written out with "::" or nested in braces.
func parseAptConf(text string, into map[string]string) {
	var scope []string
	name := ""
	tokens := aptTokens(text)
	for i, t := range tokens {
		switch {
		case t == "{":
			scope, name = append(scope, name), ""
		case t == "}":
			if len(scope) > 0 {
				scope = scope[:len(scope)-1]
			}
			name = ""
		case t == ";":
			name = ""
		case t[0] == '"':
			if name != "" && (i+1 >= len(tokens) || tokens[i+1] == ";") {
				full := strings.Join(append(append([]string{}, scope...), name), "::")
				into[strings.ToLower(strings.TrimLeft(full, ":"))] = strings.Trim(t, `"`)
			}
		default:
			name = t
		}
	}
}

// aptTokens splits into names, quoted values and the signs { } ;.
func aptTokens(text string) []string {
	var tokens []string
	for len(text) > 0 {
		switch c := text[0]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			text = text[1:]
		case strings.HasPrefix(text, "//") || c == '#':
			_, text, _ = strings.Cut(text, "\n")
		case strings.HasPrefix(text, "/*"):
			_, text, _ = strings.Cut(text, "*/")
		case c == '{' || c == '}' || c == ';':
			tokens, text = append(tokens, text[:1]), text[1:]
		case c == '"':
			end := strings.IndexByte(text[1:], '"')
			if end < 0 {
				return tokens
			}
			tokens, text = append(tokens, text[:end+2]), text[end+2:]
		default:
			end := strings.IndexAny(text, " \t\r\n{};\"")
			if end < 0 {
				end = len(text)
			}
			tokens, text = append(tokens, text[:end]), text[end:]
		}
	}
	return tokens
}

// screenLock reads after how many idle seconds GNOME locks the screen, where an
// administrator has set it for everybody (dconf system databases); 0 otherwise.
func screenLock(_ context.Context, src *Source) (int, error) {
	idle, locks := 0, true
	for _, file := range src.glob("/etc/dconf/db/*.d/*") {
		for key, value := range parseSpaced(src.line(file)) {
			switch key {
			case "idle-delay":
				idle, _ = strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(value, "uint32")))
			case "lock-enabled":
				locks = value != "false"
			}
		}
	}
	if !locks || idle < 0 {
		return 0, nil
	}
	return min(idle, 1<<30), nil
}
