package collect

import (
	"strings"
)

// environment gives the variables that paths in the registry are written with, as
// the registry itself defines them.
func (r reg) environment() map[string]string {
	root := r.values(keyNT).Text("SystemRoot")
	if root == "" || strings.Contains(root, "%") {
		root = `C:\Windows`
	}
	drive, _, _ := strings.Cut(root, `\`)
	folders := r.values(keyWindows)
	env := map[string]string{
		"systemroot": root, "windir": root, "systemdrive": drive,
		"programfiles": folders.Text("ProgramFilesDir"), "programfiles(x86)": folders.Text("ProgramFilesDir (x86)"),
		"programw6432": folders.Text("ProgramW6432Dir"), "commonprogramfiles": folders.Text("CommonFilesDir"),
		"programdata": r.values(keyNT + `\ProfileList`).Text("ProgramData"),
	}
	for name, value := range env {
		if strings.Contains(value, "%") {
			env[name] = strings.NewReplacer("%SystemDrive%", drive, "%SystemRoot%", root).Replace(value)
		}
	}
	return env
}

// maxExpanded bounds a text whose variables are replaced.
const maxExpanded = 4096

// expand replaces %NAME% by the variable's value; unknown ones stand.
func expand(text string, env map[string]string) string {
	var b strings.Builder
	for b.Len() < maxExpanded {
		before, rest, open := strings.Cut(text, "%")
		b.WriteString(before)
		if !open {
			break
		}
		name, after, closed := strings.Cut(rest, "%")
		value := env[strings.ToLower(name)]
		if !closed || value == "" {
			b.WriteString("%")
			text = rest
			continue
		}
		b.WriteString(value)
		text = after
	}
	return cut(b.String(), maxExpanded)
}

// programOf takes the program out of a command line: what stands in quotes, else
// up to the first ending of a program, else up to the first space. Paths of the
// kernel's form (\??\C:\…, \SystemRoot\…) become ordinary ones.
func programOf(command string, env map[string]string) string {
	command = strings.TrimSpace(expand(command, env))
	if rest, quoted := strings.CutPrefix(command, `"`); quoted {
		command, _, _ = strings.Cut(rest, `"`)
	} else {
		low := strings.ToLower(command)
		end := len(command)
		for _, ending := range []string{".exe", ".com", ".bat", ".cmd", ".sys", ".vbs", ".ps1"} {
			if at := strings.Index(low, ending); at >= 0 && at+len(ending) < end && low[at+len(ending)] == ' ' {
				end = at + len(ending)
			}
		}
		if end == len(command) && !endsLikeProgram(low) {
			if at := strings.IndexByte(command, ' '); at > 0 {
				end = at
			}
		}
		command = command[:end]
	}
	command = strings.TrimPrefix(command, `\??\`)
	if rest, ok := cutPrefixFold(command, `\SystemRoot\`); ok {
		command = env["systemroot"] + `\` + rest
	}
	if rest, ok := cutPrefixFold(command, `system32\`); ok {
		command = env["systemroot"] + `\System32\` + rest
	}
	return command
}

func endsLikeProgram(low string) bool {
	at := strings.LastIndexByte(low, '.')
	return at >= 0 && at >= len(low)-4
}

func cutPrefixFold(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

// inWindows turns a path of drive C: into one of Source.Files.
func inWindows(path string) string {
	path = strings.ReplaceAll(path, `\`, "/")
	if len(path) >= 2 && path[1] == ':' {
		path = path[2:]
	}
	return path
}
