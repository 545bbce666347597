// Package oldwindows reads what Windows' own commands print: the folder that the
// collector for old Windows writes (packaging/oldwindows), and outputs of systeminfo and
// wmic qfe by themselves. It does no input or output: files in, a *wire.Report out.
//
//	folders, rest := oldwindows.Folders(names)
//	report, err := oldwindows.Folder(files) // one machine
//	report, ok := oldwindows.SystemInfo(body)
//
// Outputs come in the code page of the console, in UTF-16 (wmic, reg export) or UTF-8,
// and in the language of the system. What is read stands in property names that are
// never translated (wmic, registry), in the order of lines (systeminfo, net accounts) or
// in numbers; labels are not looked at.
package oldwindows

import (
	"fmt"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"sonae/internal/wire"
)

// Names of the files of a folder. The collector writes them; they never change.
const (
	Manifest = "sonae-collect.txt" // first
	Done     = "done.txt"          // last: without it the folder is not complete
)

// Limits of what is read of a folder.
const (
	maxFileBytes = 32 << 20
	maxLines     = 400_000
	maxText      = 1000 // of a value that is kept
)

// IsManifest reports whether a file's name is that of a manifest.
func IsManifest(name string) bool {
	return strings.EqualFold(path.Base(strings.ReplaceAll(name, `\`, "/")), Manifest)
}

// folder is one machine's files on their way into a report.
type folder struct {
	files    map[string][]byte // by name in lower case
	page     string            // code page of the console: "932"; empty = not told
	manifest map[string]string
	sizes    map[string]int64
	report   *wire.Report
}

// Folder reads the folder of one machine; files by name, without the folder. The report
// has no DeviceID. Errors are *wire.Refusal.
func Folder(files map[string][]byte) (*wire.Report, error) {
	f := &folder{files: map[string][]byte{}, report: &wire.Report{Version: wire.Version, Seq: 1, DeviceID: wire.SealedDevice, Agent: wire.Agent{Version: "script", OS: "windows", Arch: "unknown"}}}
	for name, body := range files {
		f.files[strings.ToLower(name)] = body
	}
	if err := f.readManifest(); err != nil {
		return nil, err
	}
	f.report.CollectedMS = f.collected()
	for _, part := range []func() error{f.system, f.hardware, f.storage, f.network, f.software, f.services, f.ports, f.accounts, f.security, f.updates, f.hardening, f.startup} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	f.completeness()
	sort.SliceStable(f.report.Notes, func(i, j int) bool { return f.report.Notes[i].Section < f.report.Notes[j].Section })
	f.report.Seal()
	return f.report, f.report.Check()
}

// readManifest reads "name=value" lines and "file=NAME SIZE" lines.
func (f *folder) readManifest() error {
	body, ok := f.files[Manifest]
	if !ok || !strings.HasPrefix(string(body), "sonae-collect ") {
		return &wire.Refusal{Code: wire.CodeMalformed, Place: Manifest, Reason: "not the manifest of the collector for old Windows"}
	}
	if !strings.HasPrefix(string(body), "sonae-collect 1") {
		return &wire.Refusal{Code: wire.CodeWrongVersion, Place: Manifest, Reason: "written by a newer collector"}
	}
	f.manifest, f.sizes = map[string]string{}, map[string]int64{}
	text, _ := decode(body, "")
	for _, line := range lines(text) {
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		if name == "file" {
			if at := strings.LastIndexByte(value, ' '); at > 0 {
				if n, err := strconv.ParseInt(value[at+1:], 10, 64); err == nil {
					f.sizes[strings.ToLower(value[:at])] = n
				}
			}
			continue
		}
		f.manifest[name] = value
	}
	f.page = digitsOf(f.manifest["codepage"])
	// The names in the manifest are in the console's code page, which it names itself.
	if text, _ := decode(body, f.page); f.page != "" {
		for _, line := range lines(text) {
			if name, value, ok := strings.Cut(line, "="); ok && name != "file" {
				f.manifest[name] = strings.TrimSpace(value)
			}
		}
	}
	return nil
}

// text decodes a file; false when it is missing, empty or cannot be read, with a note
// for the section.
func (f *folder) text(section wire.Section, name string) (string, bool) {
	body, ok := f.files[name]
	switch {
	case !ok:
		f.note(section, wire.Failed, "%s is missing", name)
		return "", false
	case len(body) > maxFileBytes:
		f.note(section, wire.Failed, "%s is larger than %d MB", name, maxFileBytes>>20)
		return "", false
	}
	if n, told := f.sizes[name]; told && n != int64(len(body)) {
		f.note(section, wire.Partial, "%s has %d bytes, the manifest says %d: it was cut or changed", name, len(body), n)
	}
	text, sure := decode(body, f.page)
	if !sure {
		f.note(section, wire.Partial, "%s: some signs are not in the code page it was taken for", name)
	}
	if strings.TrimSpace(text) == "" {
		f.note(section, wire.NoData, "%s is empty", name)
		return "", false
	}
	return text, true
}

// note tells of a gap, each once.
func (f *folder) note(section wire.Section, state wire.State, format string, args ...any) {
	n := wire.Note{Section: section, State: state, Reason: keep(fmt.Sprintf(format, args...))}
	if !slices.Contains(f.report.Notes, n) && len(f.report.Notes) < 200 {
		f.report.Notes = append(f.report.Notes, n)
	}
}

// completeness tells of a folder that the collector did not finish, and of what it never
// reads.
func (f *folder) completeness() {
	told := map[wire.Section]bool{}
	for _, body := range f.report.Sections.Carried() {
		told[body.Section] = true
	}
	for _, n := range f.report.Notes {
		told[n.Section] = true
	}
	for _, section := range wire.AllSections {
		if !told[section] {
			f.note(section, wire.NotYet, "the script for old Windows does not read it")
		}
	}
	if _, ok := f.files[Done]; !ok {
		f.note(wire.SecOS, wire.Partial, "%s is missing: the collector was stopped before its end, or the folder was not copied whole", Done)
	}
	if f.manifest["admin"] == "no" {
		f.note(wire.SecAccounts, wire.NoRight, "the collector did not run as administrator")
	}
}

func lines(text string) []string {
	out := strings.SplitN(strings.ReplaceAll(strings.ReplaceAll(text, "\r\r\n", "\n"), "\r\n", "\n"), "\n", maxLines+1)
	return out[:min(len(out), maxLines)] // what came last of too many would be the whole rest
}

// keep makes a value fit to be stored: one line, without signs of control, short.
func keep(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == '\ufeff' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxText {
		return string(r[:maxText])
	}
	return s
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
