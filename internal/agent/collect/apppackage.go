package collect

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"sonae/internal/wire"
)

// maxInstalls bounds the programs read of one package manager.
const maxInstalls = wire.MaxPackages

// pacmanPackages reads the local database of pacman (libalpm, "desc" files).
func pacmanPackages(src *Source) ([]wire.Package, error) {
	files := src.glob("/var/lib/pacman/local/*/desc")
	if len(files) == 0 {
		return nil, ErrNoData
	}
	var list []wire.Package
	for _, file := range files[:min(len(files), maxInstalls)] {
		if p, ok := parsePacman(src.line(file)); ok {
			list = append(list, p)
		}
	}
	return list, nil
}

// parsePacman reads a desc file: "%NAME%" and the value on the next line.
func parsePacman(text string) (wire.Package, bool) {
	values := map[string]string{}
	key := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "%"); ok {
			key = strings.TrimSuffix(name, "%")
		} else if line != "" && values[key] == "" {
			values[key] = line
		}
	}
	p := wire.Package{Kind: "pacman", Name: values["NAME"], Version: values["VERSION"], Arch: values["ARCH"], InstalledOn: unixDay(values["INSTALLDATE"])}
	if base := values["BASE"]; base != p.Name {
		p.Source = base
	}
	return p, p.Name != ""
}

// unixDay is the day of a time in seconds since 1970; empty when it is none.
func unixDay(seconds string) string {
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || n <= 0 || n > 4133980799 { // the end of 2100
		return ""
	}
	return time.Unix(n, 0).UTC().Format(time.DateOnly)
}

// apkPackages reads the database of Alpine's apk (apk-tools, "installed").
func apkPackages(src *Source) ([]wire.Package, error) {
	for _, name := range []string{"/lib/apk/db/installed", "/usr/lib/apk/db/installed"} {
		f, err := src.open(name)
		if err != nil {
			continue
		}
		defer f.Close()
		body, err := io.ReadAll(io.LimitReader(f, maxDatabaseText))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		return parseAPK(string(body)), nil
	}
	return nil, ErrNoData
}

// maxDatabaseText bounds a text database of packages: that of a full desktop has 30 MB.
const maxDatabaseText = 64 << 20

// parseAPK reads records separated by an empty line: P name, V version, A
// architecture, o origin (wiki.alpinelinux.org, "Apk spec").
func parseAPK(text string) []wire.Package {
	var list []wire.Package
	p := wire.Package{Kind: "apk"}
	add := func() {
		if p.Name != "" && len(list) < maxInstalls {
			if p.Source == p.Name {
				p.Source = ""
			}
			list = append(list, p)
		}
		p = wire.Package{Kind: "apk"}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			add()
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		switch key {
		case "P":
			p.Name = value
		case "V":
			p.Version = value
		case "A":
			p.Arch = value
		case "o":
			p.Source = value
		}
	}
	add()
	return list
}

// snapPackages reads the description inside each mounted snap (snapcraft.io,
// "The snap format"): meta/snap.yaml.
func snapPackages(src *Source) ([]wire.Package, error) {
	var list []wire.Package
	for _, root := range []string{"/snap", "/var/lib/snapd/snap"} {
		for _, file := range src.glob(root + "/*/current/meta/snap.yaml") {
			p := wire.Package{Kind: "snap", Name: path.Base(path.Dir(path.Dir(path.Dir(file))))}
			for line := range strings.Lines(src.line(file)) {
				if version, ok := strings.CutPrefix(line, "version:"); ok {
					p.Version = strings.Trim(strings.TrimSpace(version), `'"`)
				}
			}
			list = append(list, p)
		}
		if len(list) > 0 {
			return list, nil // the second root is another name of the first
		}
	}
	return nil, ErrNoData
}

// flatpakPackages reads the applications of Flatpak, of the system and of people, with
// the newest release of their AppStream data (freedesktop.org, AppStream 1.0, 2.1.1).
func flatpakPackages(src *Source) ([]wire.Package, error) {
	roots := []string{"/var/lib/flatpak/app"}
	for _, h := range src.homes() {
		roots = append(roots, h.dir+"/.local/share/flatpak/app")
	}
	var list []wire.Package
	for _, root := range roots {
		for _, id := range src.names(root) {
			active := root + "/" + id + "/current/active"
			if !src.exists(active) || len(list) >= maxInstalls {
				continue
			}
			p := wire.Package{Kind: "flatpak", Name: id}
			for _, file := range []string{"/files/share/metainfo/" + id + ".metainfo.xml", "/files/share/appdata/" + id + ".appdata.xml"} {
				if p.Version = firstRelease(src.line(active + file)); p.Version != "" {
					break
				}
			}
			list = append(list, p)
		}
	}
	if list == nil {
		return nil, ErrNoData
	}
	return list, nil
}

// firstRelease is the version of the first release element.
func firstRelease(xml string) string {
	_, rest, ok := strings.Cut(xml, "<release ")
	if !ok {
		return ""
	}
	element, _, _ := strings.Cut(rest, ">")
	_, value, _ := strings.Cut(element, `version="`)
	version, _, _ := strings.Cut(value, `"`)
	return version
}

// brewPackages reads the cellar of Homebrew: a folder a formula, a folder a version
// (docs.brew.sh, "Formula Cookbook"), and the casks.
func brewPackages(src *Source) ([]wire.Package, error) {
	var list []wire.Package
	for _, prefix := range []string{"/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"} {
		for _, folder := range []string{"Cellar", "Caskroom"} {
			for _, name := range src.names(prefix + "/" + folder) {
				for _, version := range src.names(prefix + "/" + folder + "/" + name) {
					if !strings.HasPrefix(version, ".") && len(list) < maxInstalls {
						list = append(list, wire.Package{Kind: "homebrew", Name: name, Version: version})
					}
				}
			}
		}
	}
	if list == nil {
		return nil, ErrNoData
	}
	return list, nil
}

// pipPackages reads the packages of the system's Python that pip or another installer
// put there (packaging.python.org, "Recording installed projects"): those of the
// distribution's own packages are known already.
func pipPackages(src *Source) ([]wire.Package, error) {
	var list []wire.Package
	seen := map[string]bool{}
	for _, pattern := range []string{
		"/usr/lib/python3*/dist-packages/*.dist-info", "/usr/lib/python3*/site-packages/*.dist-info", "/usr/lib64/python3*/site-packages/*.dist-info",
		"/usr/local/lib/python3*/dist-packages/*.dist-info", "/usr/local/lib/python3*/site-packages/*.dist-info",
		"/Library/Frameworks/Python.framework/Versions/3*/lib/python3*/site-packages/*.dist-info",
	} {
		for _, folder := range src.glob(pattern) {
			switch by := src.line(folder + "/INSTALLER"); by {
			case "debian", "rpm", "dpkg", "apk", "":
				continue
			}
			p := parseMetadata(src.line(folder + "/METADATA"))
			if p.Name != "" && !seen[p.Name+" "+p.Version] && len(list) < maxInstalls {
				seen[p.Name+" "+p.Version] = true
				list = append(list, p)
			}
		}
	}
	if list == nil {
		return nil, ErrNoData
	}
	return list, nil
}

// parseMetadata reads the head of core metadata (PEP 566).
func parseMetadata(text string) wire.Package {
	p := wire.Package{Kind: "pip"}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			break
		}
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "Name":
			p.Name = value
		case "Version":
			p.Version = value
		case "Author", "Maintainer":
			p.Publisher = cmp.Or(p.Publisher, value)
		}
	}
	return p
}

// npmPackages reads what npm installed for everybody (docs.npmjs.com, "folders").
func npmPackages(src *Source) ([]wire.Package, error) {
	var list []wire.Package
	for _, root := range []string{"/usr/lib/node_modules", "/usr/local/lib/node_modules", "/opt/homebrew/lib/node_modules"} {
		for _, pattern := range []string{"/*/package.json", "/@*/*/package.json"} {
			for _, file := range src.glob(root + pattern) {
				var about struct{ Name, Version string }
				if json.Unmarshal([]byte(src.line(file)), &about) == nil && about.Name != "" && len(list) < maxInstalls {
					list = append(list, wire.Package{Kind: "npm", Name: about.Name, Version: about.Version})
				}
			}
		}
	}
	if list == nil {
		return nil, ErrNoData
	}
	return list, nil
}
