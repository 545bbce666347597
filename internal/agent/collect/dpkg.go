package collect

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"sonae/internal/wire"
)

// packageSet is the installed packages of every package manager found.
type packageSet struct {
	list     []wire.Package
	managers []string // dpkg, rpm, snap …
	gaps     gaps
}

// packages lists what the package managers of the system have installed.
func packages(_ context.Context, src *Source) ([]wire.Package, error) {
	set, err := src.packages()
	if err != nil {
		return nil, err
	}
	return set.list, set.gaps.err()
}

// packages are read once a run: updates and protection need them too.
func (s *Source) packages() (packageSet, error) {
	s.memo()
	return s.once.packages()
}

func readPackages(src *Source) (packageSet, error) {
	var set packageSet
	for _, manager := range []struct {
		name string
		read func(*Source) ([]wire.Package, error)
	}{
		{"dpkg", dpkgPackages}, {"rpm", rpmPackages}, {"pacman", pacmanPackages}, {"apk", apkPackages},
		{"snap", snapPackages}, {"flatpak", flatpakPackages}, {"homebrew", brewPackages}, {"pip", pipPackages}, {"npm", npmPackages}, {"app", macApps},
	} {
		list, err := manager.read(src)
		if errors.Is(err, ErrNoData) {
			continue
		}
		if err != nil {
			set.gaps.add(manager.name, err)
		}
		set.managers = append(set.managers, manager.name)
		set.list = append(set.list, list...)
	}
	if len(set.managers) == 0 {
		return set, fmt.Errorf("no database of packages: %w", ErrNoData)
	}
	if len(set.list) == 0 && len(set.gaps.reasons) > 0 {
		return set, errors.New(strings.Join(set.gaps.reasons, "; "))
	}
	slices.SortStableFunc(set.list, func(a, b wire.Package) int {
		return strings.Compare(a.Name+"\x00"+a.Arch+"\x00"+a.Version, b.Name+"\x00"+b.Arch+"\x00"+b.Version)
	})
	return set, nil
}

// dpkgPackages reads /var/lib/dpkg/status, and the day each package's file list
// was written.
func dpkgPackages(src *Source) ([]wire.Package, error) {
	f, err := src.open("/var/lib/dpkg/status")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoData
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := parseDpkgStatus(f)
	if err != nil {
		return nil, fmt.Errorf("read dpkg status: %w", err)
	}
	days := installDays(src)
	for i, p := range list {
		day := days[p.Name]
		if day == "" {
			day = days[p.Name+":"+p.Arch]
		}
		list[i].InstalledOn = day
	}
	return list, nil
}

// installDays maps package names, with ":arch" where dpkg writes it, to the day
// of the last installation or upgrade.
func installDays(src *Source) map[string]string {
	days := map[string]string{}
	entries, err := fs.ReadDir(src.Files, "var/lib/dpkg/info")
	if err != nil {
		return days
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".list")
		if !ok {
			continue
		}
		if info, err := e.Info(); err == nil && info.ModTime().Unix() > 0 {
			days[name] = info.ModTime().UTC().Format(time.DateOnly)
		}
	}
	return days
}

// parseDpkgStatus reads a dpkg status file (dpkg-query(1), deb-control(5)) and
// keeps what is installed: the third word of Status. Packages on hold are, those
// of which only configuration files are left are not.
func parseDpkgStatus(r io.Reader) ([]wire.Package, error) {
	var list []wire.Package
	var p wire.Package
	installed := false
	err := eachField(r, func(name, value string) {
		switch name {
		case "":
			if installed && p.Name != "" {
				list = append(list, p)
			}
			p, installed = wire.Package{Kind: "dpkg"}, false
		case "Package":
			p.Name = value
		case "Status":
			words := strings.Fields(value)
			installed = len(words) == 3 && words[2] == "installed"
		case "Version":
			p.Version = value
		case "Architecture":
			p.Arch = value
		case "Source":
			p.Source, _, _ = strings.Cut(value, " ") // a version follows when it differs
		case "Maintainer":
			p.Publisher, _, _ = strings.Cut(value, " <")
		}
	}, "Package", "Status", "Version", "Architecture", "Source", "Maintainer")
	return list, err
}

// maxFieldBytes bounds a line of a control file; the longest fields are lists
// of dependencies.
const maxFieldBytes = 1 << 20

// eachField calls found for the wanted fields of each paragraph of a control
// file, and with an empty name at the end of each. Continuation lines are passed
// over: none of the wanted fields has any.
func eachField(r io.Reader, found func(name, value string), wanted ...string) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxFieldBytes)
	open := false
	found("", "")
	for lines.Scan() {
		line := lines.Bytes()
		if len(line) == 0 {
			if open {
				found("", "")
			}
			open = false
			continue
		}
		open = true
		for _, name := range wanted {
			if len(line) > len(name) && line[len(name)] == ':' && string(line[:len(name)]) == name {
				found(name, strings.TrimSpace(string(line[len(name)+1:])))
				break
			}
		}
	}
	if open {
		found("", "")
	}
	return lines.Err()
}

// baseWithout gives the last part of a path without one of the endings.
func baseWithout(name string, endings ...string) string {
	base := path.Base(name)
	for _, e := range endings {
		if short, ok := strings.CutSuffix(base, e); ok {
			return short
		}
	}
	return base
}
