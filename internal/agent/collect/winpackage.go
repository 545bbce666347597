package collect

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"sonae/internal/wire"
)

// keyUninstall is where installers write what they installed, below SOFTWARE of
// the machine or of a person ("Uninstall Registry Key", learn.microsoft.com).
const keyUninstall = `Microsoft\Windows\CurrentVersion\Uninstall`

// winPackages reads the Uninstall keys of both views and of every person who is
// logged on, and Store apps. Updates of programs, which stand beside them, are
// left to winUpdates.
func winPackages(_ context.Context, src *Source) ([]wire.Package, error) {
	g := gaps{account: "SYSTEM"}
	r, err := src.registry(&g)
	if err != nil {
		return nil, err
	}
	list := []wire.Package{}
	for _, p := range r.uninstall(src.Arch, r.userHives()) {
		if !p.update {
			list = append(list, p.Package)
		}
	}
	list = append(list, r.storeApps()...)
	slices.SortFunc(list, comparePackages)
	return slices.Compact(list), g.err()
}

func comparePackages(a, b wire.Package) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version), strings.Compare(a.Arch, b.Arch),
		strings.Compare(a.Kind, b.Kind), strings.Compare(a.Publisher, b.Publisher), strings.Compare(a.InstalledOn, b.InstalledOn))
}

// installed is an entry of an Uninstall key.
type installed struct {
	wire.Package
	update bool   // of another program, not one of its own
	key    string // name of its key: a product code for Windows Installer
}

// uninstall reads all entries that have a name, of the machine and of these people.
func (r reg) uninstall(arch string, people []string) []installed {
	word := map[string]string{"amd64": "x64", "386": "x86", "arm64": "arm64"}[arch]
	if r.has(`HKLM\SOFTWARE\Wow6432Node`) && word == "x86" {
		word = "x64" // an agent of 32 bits on a system of 64
	}
	folders := []struct{ key, arch string }{
		{`HKLM\SOFTWARE\` + keyUninstall, word},
		{`HKLM\SOFTWARE\Wow6432Node\` + keyUninstall, "x86"},
	}
	for _, sid := range people {
		folders = append(folders, struct{ key, arch string }{`HKU\` + sid + `\Software\` + keyUninstall, ""},
			struct{ key, arch string }{`HKU\` + sid + `\Software\Wow6432Node\` + keyUninstall, "x86"})
	}
	var list []installed
	for _, folder := range folders {
		for _, name := range r.subkeys(folder.key) {
			if p, ok := r.uninstallEntry(folder.key, name, folder.arch); ok {
				list = append(list, p)
			}
		}
	}
	return list
}

func (r reg) uninstallEntry(folder, name, arch string) (installed, bool) {
	values := r.values(folder, name)
	p := installed{key: name, Package: wire.Package{
		Name: spaced(values.Text("DisplayName")), Version: values.Text("DisplayVersion"), Publisher: spaced(values.Text("Publisher")),
		Kind: "registry", Arch: arch, InstalledOn: installDay(values.Text("InstallDate")),
	}}
	if p.Name == "" {
		return p, false
	}
	if values.Is("WindowsInstaller", 1) {
		p.Kind = "msi"
	}
	// Updates name the program they belong to, or what kind of update they are.
	kind := strings.ToLower(values.Text("ReleaseType"))
	p.update = values.Text("ParentKeyName") != "" || strings.Contains(kind, "update") || strings.Contains(kind, "hotfix")
	return p, true
}

// spaced makes one line of a text.
func spaced(text string) string { return strings.Join(strings.Fields(text), " ") }

// installDay reads the forms that installers write a day in: 20240131, as Windows
// Installer does, and those of programs that ask the system for its own form.
func installDay(text string) string {
	for _, form := range []string{"20060102", "2006/01/02", "2006/1/2", "2006-01-02", "2006.01.02", "2006年1月2日"} {
		if day, err := time.Parse(form, text); err == nil && day.Year() > 1990 && day.Year() < 2100 {
			return day.Format(time.DateOnly)
		}
	}
	return "" // 1/2/2024 may be January or February
}

// Where Windows keeps which Store apps it has: those of the machine and of each
// person, and those of the people whose registry is loaded.
const (
	keyAllUsers = keyWindows + `\Appx\AppxAllUserStore`
	keyAppModel = `Local Settings\Software\Microsoft\Windows\CurrentVersion\AppModel\Repository\Packages`
)

// storeApps lists the main packages of Store apps, each once.
func (r reg) storeApps() []wire.Package {
	folders := []string{keyAllUsers + `\Applications`}
	for _, sid := range r.subkeys(keyAllUsers) {
		if person(sid) {
			folders = append(folders, keyAllUsers+`\`+sid)
		}
	}
	for _, sid := range r.userHives() {
		folders = append(folders, `HKU\`+sid+classesAfter+`\`+keyAppModel)
	}
	var list []wire.Package
	for _, folder := range folders {
		for _, name := range r.subkeys(folder) {
			if p, ok := parseStoreApp(name); ok {
				list = append(list, p)
			}
		}
	}
	return list
}

// storeApp is a package full name: Name_Version_Architecture_ResourceId_PublisherId
// ("Package identity", learn.microsoft.com).
var storeApp = regexp.MustCompile(`^([-.A-Za-z0-9]{3,50})_(\d{1,5}(?:\.\d{1,5}){3})_(x86|x64|arm|arm64|neutral|x86a64)_([-.~A-Za-z0-9]{0,30})_([a-hjkmnp-tv-z0-9]{13})$`)

// microsoftIDs are the publisher ids of Windows itself and of Microsoft's apps.
var microsoftIDs = []string{"cw5n1h2txyewy", "8wekyb3d8bbwe"}

// parseStoreApp reads a full name; false for bundles (resource id "~") and for
// packages of resources, which belong to a main one.
func parseStoreApp(name string) (wire.Package, bool) {
	part := storeApp.FindStringSubmatch(name)
	if part == nil || part[4] == "~" || strings.HasPrefix(part[4], "split.") {
		return wire.Package{}, false
	}
	p := wire.Package{Name: part[1], Version: part[2], Arch: part[3], Kind: "store"}
	if slices.Contains(microsoftIDs, part[5]) {
		p.Publisher = "Microsoft Corporation"
	}
	return p, true
}
