package oldwindows

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"sonae/internal/wire"
)

// Lines of systeminfo that are not indented stand in one order in every language and
// release from XP to 11. Labels are translated, so the order is what is read.
const (
	infoHost, infoOS, infoVersion = 0, 1, 2
	infoMaker, infoModel          = 11, 12
	infoType, infoBIOS            = 13, 15
	infoMemory                    = 22
)

var (
	kbForm      = regexp.MustCompile(`\b(KB|Q)(\d{5,8})\b`)
	numberedRow = regexp.MustCompile(`^\s+\[(\d+)\]: ?(.*)$`)
	versionForm = regexp.MustCompile(`^(\d+\.\d+\.\d+)\b`)
	anyDigit    = regexp.MustCompile(`[0-9]`)
)

// info is what systeminfo tells.
type info struct {
	lines  []string // values in order
	from   int      // where the line of the host name stands: before the release; -1 = cut away
	hotfix []string // KB numbers
}

// parseInfo reads the output of systeminfo; ok is false for anything else.
func parseInfo(text string) (in info, ok bool) {
	for _, line := range lines(text) {
		if m := numberedRow.FindStringSubmatch(line); m != nil {
			if k := kbForm.FindStringSubmatch(m[2]); k != nil {
				in.hotfix = append(in.hotfix, "KB"+k[2])
			}
			continue
		}
		label, value, found := cutLabel(line)
		if !found || strings.HasPrefix(line, " ") || label == "" {
			continue
		}
		in.lines = append(in.lines, strings.TrimSpace(value))
	}
	for i := 1; i <= infoVersion+1 && i < len(in.lines); i++ {
		if versionForm.MatchString(in.lines[i]) && strings.Contains(in.lines[i-1], "Windows") {
			in.from = i - infoVersion
			return in, len(in.lines) > in.from+infoModel
		}
	}
	return in, false
}

// cutLabel divides "Label: value"; Japanese and Chinese consoles may use the wide sign.
func cutLabel(line string) (label, value string, ok bool) {
	at := strings.IndexAny(line, ":：")
	if at <= 0 {
		return "", "", false
	}
	sign := ":"
	if strings.HasPrefix(line[at:], "：") {
		sign = "："
	}
	return strings.TrimSpace(line[:at]), line[at+len(sign):], true
}

// SystemInfo reads the output of systeminfo, or of wmic qfe, that stands by itself. ok
// is false when the file is neither.
func SystemInfo(body []byte) (report *wire.Report, ok bool) {
	if len(body) > maxFileBytes {
		return nil, false
	}
	text, _ := decode(body, "")
	r := &wire.Report{Version: wire.Version, Seq: 1, DeviceID: wire.SealedDevice, Agent: wire.Agent{Version: "systeminfo", OS: "windows", Arch: "unknown"}}
	if in, ok := parseInfo(text); ok {
		in.fill(r)
		r.Seal()
		return r, true
	}
	if fixes, host, ok := parseQFE(text); ok {
		r.Sections.Updates = &wire.Updates{Installed: fixes, Pending: []wire.Pending{}}
		r.Notes = append(r.Notes, wire.Note{Section: wire.SecUpdates, State: wire.Partial, Reason: "installed updates only; which ones wait is not known"})
		if host != "" {
			r.Sections.Hardware = &wire.Hardware{Identity: wire.Identity{HostName: host, OSFamily: "windows"}}
		}
		r.Seal()
		return r, true
	}
	return nil, false
}

// fill puts what systeminfo tells into a report.
func (in info) fill(r *wire.Report) {
	at := func(i int) string {
		if i += in.from; i >= 0 && i < len(in.lines) {
			return keep(in.lines[i])
		}
		return ""
	}
	r.Sections.OS = &wire.OS{Family: "windows", Name: osName(at(infoOS)), Version: versionForm.FindString(at(infoVersion)), Edition: servicePack(at(infoVersion)), HostName: at(infoHost)}
	h := &wire.Hardware{Identity: wire.Identity{Maker: at(infoMaker), Model: at(infoModel), HostName: at(infoHost), OSFamily: "windows"}, BIOSVersion: at(infoBIOS)}
	if anyDigit.MatchString(at(infoMemory)) {
		if mib, err := strconv.ParseInt(digitsOf(at(infoMemory)), 10, 64); err == nil && mib < 1<<24 {
			h.MemoryBytes = mib << 20
		}
	}
	h.Virtual, h.Chassis = virtual(h.Maker, h.Model)
	if strings.HasPrefix(strings.ToLower(at(infoType)), "x64") {
		r.Sections.OS.Arch = "amd64"
	} else if strings.HasPrefix(strings.ToLower(at(infoType)), "x86") {
		r.Sections.OS.Arch = "386"
	}
	r.Sections.Hardware = h
	r.Sections.Updates = &wire.Updates{Installed: []wire.InstalledUpdate{}, Pending: []wire.Pending{}}
	seen := map[string]bool{}
	for _, kb := range in.hotfix[:min(len(in.hotfix), wire.MaxRows)] {
		if !seen[kb] {
			seen[kb] = true
			r.Sections.Updates.Installed = append(r.Sections.Updates.Installed, wire.InstalledUpdate{ID: kb})
		}
	}
	r.Notes = append(r.Notes, wire.Note{Section: wire.SecHardware, State: wire.Partial, Reason: "systeminfo tells neither serial number nor addresses"})
}

// osName takes the marks off that consoles cannot show: "Microsoft(R) Windows(R) XP".
func osName(s string) string {
	s = strings.NewReplacer("(R)", "", "(TM)", "", "®", "", "™", "", "(C)", "").Replace(s)
	return strings.Join(strings.Fields(s), " ")
}

var packForm = regexp.MustCompile(`Service Pack (\d+)`)

func servicePack(s string) string {
	if m := packForm.FindStringSubmatch(s); m != nil {
		return "Service Pack " + m[1]
	}
	return ""
}

// virtual names the hypervisor that maker and model of the firmware tell of.
func virtual(maker, model string) (name, chassis string) {
	text := strings.ToLower(maker + " " + model)
	for _, v := range []struct{ word, name string }{{"vmware", "vmware"}, {"virtualbox", "virtualbox"}, {"innotek", "virtualbox"}, {"qemu", "qemu"}, {"kvm", "kvm"}, {"xen", "xen"}, {"virtual machine", "hyper-v"}, {"bochs", "qemu"}} {
		if strings.Contains(text, v.word) {
			return v.name, "virtual"
		}
	}
	return "", ""
}

// parseQFE reads the table that "wmic qfe list" prints, whose headings are never
// translated.
func parseQFE(text string) (fixes []wire.InstalledUpdate, host string, ok bool) {
	columns := map[string]int{}
	seen := map[string]bool{}
	for _, line := range lines(text) {
		row := []rune(line)
		if len(columns) == 0 {
			if strings.Contains(line, "HotFixID") && strings.Contains(line, "InstalledOn") {
				for _, name := range []string{"CSName", "HotFixID", "InstalledOn", "InstalledBy", "Name", "Description"} {
					if before, _, ok := strings.Cut(line, name); ok {
						columns[name] = len([]rune(before))
					}
				}
			}
			continue
		}
		if name := keep(field(row, columns, "CSName")); name != "" && host == "" {
			host, _, _ = strings.Cut(name, " ")
		}
		k := kbForm.FindStringSubmatch(field(row, columns, "HotFixID"))
		if k == nil {
			k = kbForm.FindStringSubmatch(line)
		}
		if k == nil || seen[k[2]] {
			continue
		}
		seen[k[2]] = true
		fixes = append(fixes, wire.InstalledUpdate{ID: "KB" + k[2], InstalledOn: installedOn(firstWord(field(row, columns, "InstalledOn")))})
	}
	return fixes[:min(len(fixes), wire.MaxRows)], host, len(columns) > 0
}

// field is what stands from a column on.
func field(row []rune, columns map[string]int, name string) string {
	at, ok := columns[name]
	if !ok || at >= len(row) {
		return ""
	}
	return string(row[at:])
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return word
}

// installedOn reads the day of an update: 20190321, 2019/3/21, a FILETIME in hex digits
// (Vista), or parts in an order that only numbers can tell. A day that may be two days
// is left away.
func installedOn(s string) string {
	if t, err := time.Parse("20060102", s); err == nil {
		return day(t)
	}
	if len(s) == 16 {
		if n, err := strconv.ParseUint(s, 16, 64); err == nil { // 100 ns since 1601-01-01 UTC
			return day(time.Unix(int64(n/10_000_000)-11_644_473_600, 0).UTC()) //nolint:gosec // below 2^40
		}
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '.' || r == '-' })
	if len(parts) != 3 {
		return ""
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil {
			return ""
		}
		n[i] = v
	}
	switch {
	case n[0] > 1900: // year first
		return ymd(n[0], n[1], n[2])
	case n[2] > 1900 && n[1] > 12, n[2] > 1900 && n[0] == n[1]:
		return ymd(n[2], n[0], n[1])
	case n[2] > 1900 && n[0] > 12:
		return ymd(n[2], n[1], n[0])
	}
	return ""
}

func ymd(y, m, d int) string {
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Year() != y || int(t.Month()) != m || t.Day() != d {
		return ""
	}
	return day(t)
}

// day writes a day between 1990 and 2100, else nothing.
func day(t time.Time) string {
	if t.Year() < 1990 || t.Year() > 2100 {
		return ""
	}
	return t.Format(time.DateOnly)
}
